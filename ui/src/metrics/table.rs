//! The series of a metric as a table: which are drawn, in what colour, and their figures.

use leptos::prelude::*;

use super::curves::{Drawn, Group};
use crate::{format, state::Shared, text::metrics as text, timeline::hue_class};
use thalweg_protocol::signals::MetricKind;

/// Most series that are drawn at once.
const MOST: usize = 12;

#[component]
pub(super) fn Table(drawn: Memo<Option<Shared<Drawn>>>, chosen: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    let rows = move || {
        drawn.get().map(|drawn| drawn.groups.iter().map(|group| row(drawn_names(&drawn), group, chosen)).collect_view())
    };
    let kind = move || drawn.with(|drawn| drawn.as_ref().map(|drawn| drawn.kind));
    let latest = move || match kind() {
        Some(MetricKind::Histogram | MetricKind::ExponentialHistogram | MetricKind::Summary) => text::MEAN.now(),
        _ => text::LAST.now(),
    };
    let sum = move || match kind() {
        Some(MetricKind::Gauge) => text::MEAN.now(),
        Some(MetricKind::Counter | MetricKind::UpDownCounter) => text::GREW.now(),
        _ => text::COUNT.now(),
    };
    view! {
        <div class="metric-table" tabindex="0" role="group" aria-label=text::SERIES>
            <table data-test="metric-table">
                <thead>
                    <tr>
                        <th scope="col">{text::SERIES}</th>
                        <th scope="col" class="figure">{latest}</th>
                        <th scope="col" class="figure">{sum}</th>
                        <th scope="col" class="figure">{text::POINTS}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// Those that are drawn now, in their order.
fn drawn_names(drawn: &Drawn) -> Vec<String> {
    drawn.groups.iter().filter(|group| group.hue.is_some()).map(|group| group.name.clone()).collect()
}

fn row(drawn: Vec<String>, group: &Group, chosen: RwSignal<Option<Vec<String>>>) -> impl IntoView + use<> {
    let name = group.name.clone();
    let toggle = {
        let name = name.clone();
        move |_| {
            let mut names = drawn.clone();
            match names.iter().position(|known| *known == name) {
                Some(at) => drop(names.remove(at)),
                None if names.len() < MOST => names.push(name.clone()),
                None => return,
            }
            chosen.set(Some(names));
        }
    };
    let is_drawn = group.hue.is_some();
    let class = group.hue.map_or("series-name", hue_class);
    let said = |value: &Option<String>| value.clone().unwrap_or_else(|| format::UNKNOWN.to_owned());
    view! {
        <tr data-test="metric-series" data-name=name.clone()>
            <td>
                <button
                    class=format!("series-toggle {class}")
                    class:off=!is_drawn
                    aria-pressed=is_drawn.to_string()
                    title=text::DRAW
                    on:click=toggle
                >
                    <i></i>
                    <span>{name.clone()}</span>
                </button>
            </td>
            <td class="figure">{said(&group.last)}</td>
            <td class="figure">{said(&group.sum)}</td>
            <td class="figure">{format::count(group.points as f64)}</td>
        </tr>
    }
}
