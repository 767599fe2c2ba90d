//! The lens without traces: how to send some, or why none can arrive.

use leptos::prelude::*;

use super::{copy, facts};
use crate::{
    state::app,
    text::{carry, traces as text},
};

#[component]
pub(super) fn Empty() -> impl IntoView {
    let app = app();
    let loaded = move || app.traces.with(|traces| traces.loaded);
    let error = move || app.receiver.with(|receiver| receiver.as_ref().and_then(|receiver| receiver.error.clone()));
    let variables = move || {
        app.receiver.with(|receiver| {
            let receiver = receiver.as_ref()?;
            facts::variables(receiver.http.as_deref(), receiver.grpc.as_deref())
        })
    };
    let trouble = move || {
        error().map(|error| {
            view! {
                <div class="trouble" role="alert">
                    <b>{text::RECEIVER_FAILED}</b>
                    <p>{error.message}</p>
                    <p>{error.help}</p>
                </div>
            }
        })
    };
    let how = move || {
        variables().map(|variables| {
            let all = variables.each_ref().map(|(name, value)| format!("export {name}={value}")).join("\n");
            view! {
                <p>{text::EMPTY_HOW}</p>
                <div class="variables selectable">
                    {variables
                        .into_iter()
                        .map(|(name, value)| {
                            let line = format!("{name}={value}");
                            view! {
                                <div>
                                    <code><b>{name}</b>"="{value}</code>
                                    <copy::Copy value=line />
                                </div>
                            }
                        })
                        .collect_view()}
                </div>
                <button class="button" on:click=move |_| copy::copy(app, &all)>{text::COPY_BOTH}</button>
            }
        })
    };
    view! {
        <Show when=loaded fallback=|| view! { <div class="empty">{text::LOADING}</div> }>
            <div class="empty traces-empty" data-test="traces-empty">
                <h2>{text::EMPTY_TITLE}</h2>
                {trouble}
                {how}
                <button class="button" data-test="empty-import" on:click=move |_| app.import_traces()>
                    {carry::IMPORT}
                </button>
                <Show when=move || variables().is_none() && error().is_none()>
                    <p>{text::RECEIVER_STARTING}</p>
                </Show>
            </div>
        </Show>
    }
}
