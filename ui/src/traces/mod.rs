//! The traces lens: where what arrived over OTLP lies in time and duration, its list, the waterfall of one trace, the details of one
//! of its rows; what operations take; two sets, or two traces, beside each other.
//!
//! Everything that telemetry says is other people's text and becomes text nodes only. Times are whole nanoseconds; they
//! become fractions only as pixels. Pure parts ([`tree`], [`ruler`], [`colours`], [`facts`], the flame graph's lanes) are tested natively.

mod colours;
mod contrast;
mod copy;
mod density;
mod details;
mod empty;
mod facts;
mod filter;
mod flame;
mod list;
mod live;
mod operations;
mod pair;
mod ruler;
mod sheet;
mod sight;
mod tree;
mod waterfall;
mod when;

use leptos::prelude::*;

use crate::state::app;
use sheet::Sheet;

pub(crate) use density::{Region, slow_from};
pub(crate) use sight::Sight;

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
                <density::DensityPlot />
                <Show
                    when=move || app.surveys.sight.get() == Sight::Operations
                    fallback=move || view! {
                        <div class="traces-body">
                            <list::List sheet />
                            <waterfall::Waterfall sheet />
                            <details::Details sheet />
                        </div>
                    }
                >
                    <operations::OperationsView />
                </Show>
            </Show>
        </div>
    }
}
