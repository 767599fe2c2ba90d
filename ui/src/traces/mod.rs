//! The traces lens: where what arrived over OTLP lies in time and duration, its list, the waterfall of one trace, the details of one
//! of its rows; what operations take; two sets, or two traces, beside each other.
//!
//! Everything that telemetry says is other people's text and becomes text nodes only. Times are whole nanoseconds; they
//! become fractions only as pixels. Pure parts ([`tree`], [`ruler`], [`colours`], [`facts`], [`records`], the flame
//! graph's lanes) are tested natively.

pub(crate) mod colours;
mod contrast;
mod copy;
mod density;
mod details;
mod empty;
mod facts;
mod filter;
mod flame;
mod frame;
mod journey;
mod links;
mod list;
mod live;
mod logs;
mod map;
mod operations;
mod pair;
mod records;
mod ruler;
mod share;
mod sheet;
mod sight;
mod spans;
mod tree;
mod waterfall;
pub(crate) mod when;

use leptos::prelude::*;

pub(crate) use copy::{Copy, copy};
pub(crate) use density::{Region, slow_from};
pub(crate) use empty::{Absent, SendHow};
pub(crate) use ruler::{in_sight, scroll_to};
pub(crate) use sheet::Face;
pub(crate) use sight::Sight;

use crate::state::app;
use map::{Chart, MapDetails, MapOfMany, map_of_trace};
use sheet::Sheet;

/// The whole lens.
#[component]
pub(crate) fn TracesPage() -> impl IntoView {
    let app = app();
    if !app.traces.with_untracked(|traces| traces.loaded) {
        app.fetch_traces();
    }
    let sheet = Sheet::new(app);
    let many = Signal::derive(move || app.observing.map.with(|map| map.shown().map(|(_, map)| map.clone())));
    let many = Chart::new(app, false, Memo::new(move |_| many.get()).into());
    let one = map_of_trace(sheet);
    let one = Chart::new(app, true, Memo::new(move |_| one.get()).into());
    let is_map = move || app.observing.sight.get() == Sight::Map;
    let is_flow = move || app.observing.face.get() == Face::Flow && one.has_map();
    // A search that finds nothing is no empty file.
    let is_empty = Memo::new(move |_| app.traces.with(|traces| traces.list.is_empty() && traces.search.is_none()));
    view! {
        <div class="traces" data-test="traces">
            <Show when=move || !is_empty.get() fallback=|| view! { <empty::Empty /> }>
                <filter::FilterBar />
                <Show when=move || !is_map()><density::DensityPlot /></Show>
                <Show
                    when=move || app.observing.sight.get() == Sight::Operations
                    fallback=move || view! {
                        <div class="traces-body">
                            <list::List sheet />
                            <Show when=is_map fallback=move || view! { <waterfall::Waterfall sheet one /> }>
                                <MapOfMany chart=many />
                            </Show>
                            {move || match (is_map(), is_flow()) {
                                (true, _) => view! { <MapDetails chart=many /> }.into_any(),
                                (false, true) => view! { <MapDetails chart=one /> }.into_any(),
                                (false, false) => view! { <details::Details sheet /> }.into_any(),
                            }}
                        </div>
                    }
                >
                    <operations::OperationsView />
                </Show>
                <share::PointedMenu sheet />
            </Show>
        </div>
    }
}
