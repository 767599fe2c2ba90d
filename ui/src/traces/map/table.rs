//! A map as a table: a row for each line, with everything that was measured.

use leptos::prelude::*;
use thalweg_protocol::{
    TopologyMap,
    topology::{MeasuredTimes, TopologyEdge},
};

use super::{Chart, Thing};
use crate::{format, text::topology as text};

#[component]
pub(super) fn MapTable(chart: Chart) -> impl IntoView {
    let rows = move || {
        let map = chart.map.get()?;
        Some((0..map.edges.len()).map(|at| row(chart, &map, at)).collect_view())
    };
    let heads = [
        text::FROM,
        text::HOW,
        text::TO,
        text::MESSAGES,
        text::RATE,
        text::FAILED,
        text::TAKES,
        text::WAITS,
        text::REDELIVERED,
        text::SKEWED,
        text::EVIDENCE,
    ];
    view! {
        <div class="topo-table" data-test="map-table" tabindex="0" role="region" aria-label=text::TABLE>
            <table>
                <thead><tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(chart: Chart, map: &TopologyMap, at: usize) -> Option<impl IntoView + use<>> {
    let edge = map.edges.get(at)?;
    let name = |at: usize| map.nodes.get(at).map(|node| node.name.clone()).unwrap_or_default();
    let thing = Thing::Line(at);
    let count = |count: u64| if count == 0 { String::new() } else { format::count(count as f64) };
    let rate = edge.per_s.filter(|_| !chart.of_one).map(format::rate).unwrap_or_default();
    let has_failed = edge.errors > 0;
    Some(view! {
        <tr class:on=move || chart.selected.get() == Some(thing)>
            <th scope="row">
                <button class="link" data-test=format!("map-row-{at}") on:click=move |_| chart.choose(thing)>
                    {name(edge.from)}
                </button>
            </th>
            <td>{text::does(edge)}</td>
            <td>{name(edge.to)}</td>
            <td class="figure">{format::count(edge.messages as f64)}</td>
            <td class="figure">{rate}</td>
            <td class="figure" class:bad=has_failed>{count(edge.errors)}</td>
            <td class="figure">{times(edge.latency_ms.as_ref())}</td>
            <td class="figure">{times(edge.wait_ms.as_ref())}</td>
            <td class="figure">{count(edge.redelivered)}</td>
            <td class="figure">{count(edge.skewed)}</td>
            <td>{evidence(edge)}</td>
        </tr>
    })
}

/// Median, 95th and 99th percentile.
fn times(times: Option<&MeasuredTimes>) -> String {
    let Some(times) = times else { return String::new() };
    [times.p50, times.p95, times.p99].map(format::millis).join(" / ")
}

fn evidence(edge: &TopologyEdge) -> String {
    let of = &edge.evidence;
    let parts =
        [(of.links, text::LINKS), (of.parents, text::PARENTS), (of.ids, text::IDS), (of.offsets, text::OFFSETS)];
    let told = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {}", what.now()));
    told.collect::<Vec<_>>().join(", ")
}
