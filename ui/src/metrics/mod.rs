//! Metrics: the list of all, and one of them over time.

mod curves;
mod grid;
mod heat;
mod list;
mod one;
mod table;

use leptos::prelude::*;
use thalweg_charts::Unit;

pub(crate) use self::curves::spark;
use crate::{
    format,
    state::{Metrics, app},
    text::metrics as text,
    traces::{Absent, SendHow},
};

/// The whole page.
#[component]
pub(crate) fn MetricsPage() -> impl IntoView {
    let app = app();
    if app.metrics.with_untracked(|metrics| !metrics.loaded || metrics.stale) {
        app.fetch_metrics();
    }
    let loaded = Memo::new(move |_| app.metrics.with(|metrics| metrics.loaded));
    let is_empty = Memo::new(move |_| app.metrics.with(Metrics::is_empty));
    view! {
        <div class="metrics" data-test="metrics">
            <Show when=move || loaded.get() fallback=|| view! { <div class="empty">{text::LOADING}</div> }>
                <Show when=move || !is_empty.get() fallback=|| view! { <SendHow signal=Absent::Metrics /> }>
                    <div class="metrics-body">
                        <list::List />
                        <one::One />
                    </div>
                </Show>
            </Show>
        </div>
    }
}

/// A value in words: in the metric's own unit times `factor`, with what stands behind it.
fn say(value: f64, unit: Unit, factor: f64, behind: &str) -> String {
    let value = value * factor;
    let said = match unit {
        Unit::Milliseconds => format::millis(value),
        Unit::Share => format::share(value),
        Unit::PerSecond => format::rate(value),
        Unit::Count => format::count(value),
    };
    if behind.is_empty() { said } else { format!("{said} {behind}") }
}
