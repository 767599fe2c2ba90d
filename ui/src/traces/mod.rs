//! The traces lens: the list of what arrived over OTLP, the waterfall of one trace, the details of one of its rows.
//!
//! Everything that telemetry says is other people's text and becomes text nodes only. Times are whole nanoseconds; they
//! become fractions only as pixels. Pure parts ([`tree`], [`ruler`], [`colours`], [`facts`], the flame graph's lanes) are tested natively.

pub(crate) mod colours;
mod copy;
mod details;
mod empty;
mod facts;
mod filter;
mod flame;
mod list;
mod logs;
mod ruler;
mod share;
mod sheet;
mod tree;
mod waterfall;
pub(crate) mod when;

use leptos::prelude::*;

pub(crate) use copy::{Copy, copy};
pub(crate) use empty::{SendHow, Signal};
pub(crate) use ruler::{in_sight, scroll_to};

use crate::state::app;
use sheet::Sheet;

/// The whole lens.
#[component]
pub(crate) fn TracesPage() -> impl IntoView {
    let app = app();
    if !app.traces.with_untracked(|traces| traces.loaded) {
        app.fetch_traces();
    }
    let sheet = Sheet::new(app);
    // A search that finds nothing is no empty file.
    let is_empty = Memo::new(move |_| app.traces.with(|traces| traces.list.is_empty() && traces.search.is_none()));
    view! {
        <div class="traces" data-test="traces">
            <Show when=move || !is_empty.get() fallback=|| view! { <empty::Empty /> }>
                <filter::FilterBar />
                <div class="traces-body">
                    <list::List sheet />
                    <waterfall::Waterfall sheet />
                    <details::Details sheet />
                </div>
                <share::PointedMenu sheet />
            </Show>
        </div>
    }
}
