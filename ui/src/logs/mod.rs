//! Log records: the page that lists all of them, and what a trace shows of its own.
//!
//! Everything that they say is other people's text and becomes text nodes only; what a row shows of a long one is its beginning.

mod bar;
mod details;
pub(crate) mod grave;
mod list;
mod when;

use leptos::prelude::*;

pub(crate) use details::{body, group};

use crate::{
    state::app,
    text::logs as text,
    traces::{Absent, SendHow},
};

/// The whole page.
#[component]
pub(crate) fn LogsPage() -> impl IntoView {
    let app = app();
    let (answered, paused) = app.logs.with_untracked(|logs| (logs.answered, logs.paused));
    if !answered {
        app.fetch_more_logs();
    } else if !paused {
        app.fetch_newer_logs();
    }
    // A question that nothing answers is no empty file.
    let is_empty = Memo::new(move |_| {
        app.logs.with(|logs| logs.answered && logs.list.is_empty() && logs.asked.is_everything() && !logs.has_more())
    });
    // Only before the first answer: later the line and what is being typed there would go with the list.
    let is_loading = Memo::new(move |before: Option<&bool>| {
        before != Some(&false) && app.logs.with(|logs| !logs.answered && logs.asked.is_everything())
    });
    view! {
        <div class="logs" data-test="logs">
            <Show
                when=move || !is_loading.get()
                fallback=|| view! { <div class="empty">{text::LOADING}</div> }
            >
                <Show when=move || !is_empty.get() fallback=|| view! { <SendHow signal=Absent::Logs /> }>
                    <bar::Bar />
                    <div class="logs-body">
                        <list::List />
                        <details::Details />
                    </div>
                </Show>
            </Show>
        </div>
    }
}
