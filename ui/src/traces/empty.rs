//! A page without anything that was received: how to send some, or why none can arrive.

use leptos::prelude::*;

use super::{copy, facts};
use crate::{
    state::app,
    text::{self as words, carry, traces as text},
};

/// What a page would show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    Traces,
    Logs,
    Metrics,
}

#[component]
pub(super) fn Empty() -> impl IntoView {
    let app = app();
    view! {
        <Show
            when=move || app.traces.with(|traces| traces.loaded)
            fallback=|| view! { <div class="empty">{text::LOADING}</div> }
        >
            <SendHow signal=Absent::Traces />
        </Show>
    }
}

/// How to send what is not there.
#[component]
pub(crate) fn SendHow(signal: Absent) -> impl IntoView {
    let app = app();
    let (title, how_to, test) = match signal {
        Absent::Traces => (text::EMPTY_TITLE, text::EMPTY_HOW, "traces-empty"),
        Absent::Logs => (words::logs::EMPTY_TITLE, words::logs::EMPTY_HOW, "logs-empty"),
        Absent::Metrics => (words::metrics::EMPTY_TITLE, words::metrics::EMPTY_HOW, "metrics-empty"),
    };
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
                <p>{how_to}</p>
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
        <div class="empty traces-empty" data-test=test>
            <h2>{title}</h2>
            {trouble}
            {how}
            <Show when=move || signal == Absent::Traces>
                <button class="button" data-test="empty-import" on:click=move |_| app.import_traces()>
                    {carry::IMPORT}
                </button>
            </Show>
            <Show when=move || variables().is_none() && error().is_none()>
                <p>{text::RECEIVER_STARTING}</p>
            </Show>
        </div>
    }
}
