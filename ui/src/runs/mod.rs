//! Kept runs: the list beside the curves, the sign that an older run is shown, and the comparison of two.

mod comparison;
mod list;

use leptos::prelude::*;

use crate::{
    state::{App, app},
    text::runs as text,
};

pub(crate) use comparison::{ComparisonTable, Legend, title_of_baseline, title_of_run};
pub(crate) use list::RunList;

impl App {
    /// Whether the list is shown: as the user chose, else as soon as there is something to choose from; reactive.
    pub(crate) fn shows_runs(self) -> bool {
        self.runs_open.get().unwrap_or_else(|| self.history.with(|history| history.runs().len() > 1))
    }
}

/// Says that what is seen is not the latest, and whether the flow was changed since.
#[component]
pub(crate) fn OlderRun() -> impl IntoView {
    let app = app();
    let older = Memo::new(move |_| {
        let shown = app.lens.get() == crate::state::Lens::Simulate && app.running.with(Option::is_none);
        app.history.with(|history| history.older().filter(|_| shown).map(|older| text::title(&older.kept)))
    });
    let since = move || if app.stale.get() { text::CHANGED.now() } else { text::UNCHANGED.now() };
    view! {
        <div role="status" class="older-status">
            {move || older.get().map(|title| view! {
                <div class="older-run" data-test="older-run">
                    <b>{text::OLDER}</b>
                    <span class="title">{title}</span>
                    <span class="since" data-test="older-run-since">{since}</span>
                    <button class="button" data-test="latest-run" on:click=move |_| app.show_latest_run()>{text::BACK}</button>
                </div>
            })}
        </div>
    }
}
