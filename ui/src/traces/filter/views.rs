//! Filters that are kept under a name.

use leptos::{ev, html, prelude::*};
use thalweg_protocol::limits::FILTER_NAME;

use crate::{
    kit::{Menu, MenuState},
    state::{Asked, app},
    text::filter as text,
};

#[component]
pub(super) fn Views(line_is_empty: Signal<bool>) -> impl IntoView {
    let label = || format!("{} ▾", &*text::VIEWS);
    view! {
        <Menu label=move || view! { {label} } class="button" test="trace-views" right=true>
            <Entries line_is_empty />
        </Menu>
    }
}

#[component]
fn Entries(line_is_empty: Signal<bool>) -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let entries = move || {
        let saved = app.filtering.saved.get();
        if saved.is_empty() {
            return view! { <p class="none">{text::NO_VIEWS}</p> }.into_any();
        }
        saved
            .into_iter()
            .map(|saved| {
                let (test, removed) = (format!("view-{}", saved.name), saved.name.clone());
                let remove = text::remove_view(&saved.name);
                let title = saved.filter.clone();
                let asked = Asked { filter: saved.filter, order: saved.order };
                let choose = move |_| {
                    menu.close();
                    app.search_for(asked.clone());
                };
                view! {
                    <div class="view">
                        <button role="menuitem" data-test=test title=title on:click=choose>{saved.name}</button>
                        <button
                            class="remove"
                            title=remove.clone()
                            aria-label=remove
                            on:click=move |_| app.remove_saved_filter(&removed)
                        >
                            "×"
                        </button>
                    </div>
                }
            })
            .collect_view()
            .into_any()
    };
    view! {
        {entries}
        <Show when=move || !line_is_empty.get() && app.filtering.asked.with(|asked| !asked.is_live())>
            <hr />
            <NewView />
        </Show>
    }
}

/// A name for what is searched now.
#[component]
fn NewView() -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let input = NodeRef::<html::Input>::new();
    let keep = move || {
        let Some(field) = input.get_untracked() else { return };
        let name = field.value();
        if !name.trim().is_empty() {
            app.save_filter(&name);
            menu.close();
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            keep();
        }
    };
    view! {
        <div class="new-view">
            <input
                class="input"
                data-test="view-name"
                node_ref=input
                maxlength=FILTER_NAME.to_string()
                placeholder=text::KEEP_AS
                aria-label=text::KEEP_AS
                on:keydown=key
            />
            <button class="small" data-test="view-keep" on:click=move |_| keep()>{text::KEEP}</button>
        </div>
    }
}
