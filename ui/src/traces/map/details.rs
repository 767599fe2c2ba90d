//! What is known of a box or a line of a map; of the whole map while none is looked at.

use leptos::prelude::*;
use thalweg_protocol::{
    TopologyMap,
    topology::{MeasuredTimes, TopologyEdge, TopologyNode},
};

use super::{Chart, Thing, picture};
use crate::{
    canvas::Hue,
    format,
    state::{App, Asked, JourneyOf},
    text::topology as text,
    traces::{Face, details::pair},
};

/// The right part of the lens beside a map.
#[component]
pub(in crate::traces) fn MapDetails(chart: Chart) -> impl IntoView {
    // What the pointer is over, else what is chosen.
    let thing = Memo::new(move |_| chart.hovered.get().or(chart.selected.get()));
    let shown = move || {
        let map = chart.map.get()?;
        Some(match thing.get() {
            Some(Thing::Box(at)) => map.nodes.get(at).map(|node| of_node(chart, at, node)).into_any(),
            Some(Thing::Line(at)) => map.edges.get(at).map(|edge| of_edge(chart, &map, edge)).into_any(),
            None => of_map(chart, &map).into_any(),
        })
    };
    view! { <aside class="trace-detail" data-test="map-detail" aria-label=crate::text::traces::DETAILS>{shown}</aside> }
}

fn of_map(chart: Chart, map: &TopologyMap) -> impl IntoView + use<> {
    let seconds = map.until_unix_nano.saturating_sub(map.from_unix_nano) as f64 / 1e9;
    let findings = text::findings(map, chart.of_one);
    let worth = (!findings.is_empty()).then(|| {
        let lines = findings.into_iter().map(|line| view! { <p class="says">{line}</p> });
        view! {
            <h3 class="heading">{text::WORTH_A_LOOK}</h3>
            <div data-test="map-findings">{lines.collect_view()}</div>
        }
    });
    let observed = (!chart.of_one).then(|| pair(text::WINDOW.now(), format::span(seconds)));
    view! {
        <h2>{text::MAP}</h2>
        <p class="sub">{text::CHOOSE}</p>
        <h3 class="heading">{text::COUNT}</h3>
        {pair(crate::text::TRACES.now(), format::count(map.traces as f64))}
        {pair(text::SPANS.now(), format::count(map.spans as f64))}
        {observed}
        {worth}
        <Legend />
    }
}

#[component]
fn Legend() -> impl IntoView {
    let boxes = [
        (Hue::Producer, text::PUBLISH.now().to_owned()),
        (Hue::Channel, [text::TOPIC, text::QUEUE, text::EXCHANGE].map(crate::text::Word::now).join(", ")),
        (Hue::Consumer, text::HANDLES.now().to_owned()),
        (Hue::Service, text::SERVICE.now().to_owned()),
        (Hue::Store, text::DATABASE.now().to_owned()),
        (Hue::Dead, text::LEGEND_DEAD.now().to_owned()),
    ];
    let lines = [
        ("some", text::LEGEND_SOME),
        ("many", text::LEGEND_MANY),
        ("dead topo-dead-letter", text::LEGEND_DEAD),
        ("topo-call", text::LEGEND_CALL),
    ];
    view! {
        <h3 class="heading">{text::LEGEND}</h3>
        <ul class="topo-legend">
            {boxes.map(|(hue, words)| view! { <li><i class=format!("swatch {}", hue.class())></i>{words}</li> }).collect_view()}
            {lines
                .map(|(class, words)| {
                    view! {
                        <li>
                            <svg viewBox="0 0 22 8" aria-hidden="true" class=format!("topo-line {class}")>
                                <path class="way" d="M0 4H22" stroke-width="2" />
                            </svg>
                            {words}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        <p class="says">{text::LEGEND_WIDTH}</p>
    }
}

fn some(name: &str, count: u64) -> Option<impl IntoView + use<>> {
    (count > 0).then(|| pair(name, format::count(count as f64)))
}

fn said(name: &str, value: &str) -> Option<impl IntoView + use<>> {
    (!value.is_empty()).then(|| pair(name, value.to_owned()))
}

fn of_node(chart: Chart, at: usize, node: &TopologyNode) -> impl IntoView + use<> {
    use thalweg_protocol::topology::TopologyKind::Service;
    let system = if node.kind == Service { text::NAMESPACE } else { text::SYSTEM };
    let hue = chart.map.with_untracked(|map| map.as_ref().map_or("", |map| picture::hue(map, at).class()));
    view! {
        <div data-test="map-node-details">
            <h2 class=format!("selectable topo-name {hue}")>{node.name.clone()}</h2>
            <p class="sub">{text::kind(node)}</p>
            <h3 class="heading">{text::COUNT}</h3>
            {said(system.now(), &node.of)}
            {node.channel.as_ref().map(|channel| pair(text::OF_CHANNEL.now(), channel.clone()))}
            {some(text::SPANS.now(), node.spans)}
            {some(text::FAILED.now(), node.errors)}
            {some(text::REQUESTS.now(), node.requests)}
            {some(text::INSTANCES.now(), node.instances)}
            {some(text::PARTITIONS.now(), node.partitions)}
            {some(text::NAMES.now(), node.collapsed)}
            {said(text::BROKERS.now(), &node.brokers.join(", "))}
            {finds(chart, &node.filter)}
        </div>
    }
}

fn of_edge(chart: Chart, map: &TopologyMap, edge: &TopologyEdge) -> impl IntoView + use<> {
    let name = |at: usize| map.nodes.get(at).map(|node| node.name.clone()).unwrap_or_default();
    let counted = if edge.kind == "call" { text::CALLS } else { text::MESSAGES };
    let rate = edge.per_s.filter(|_| !chart.of_one).map(|per_s| pair(text::RATE.now(), format::rate(per_s)));
    let failed = (edge.errors > 0).then(|| {
        let share = format::share(edge.errors as f64 / edge.spans.max(1) as f64);
        pair(text::FAILED.now(), format!("{} ({share})", format::count(edge.errors as f64)))
    });
    let skewed = (edge.skewed > 0).then(|| {
        view! {
            {pair(text::SKEWED.now(), format::count(edge.skewed as f64))}
            <p class="says warn">"⚠ " {text::SKEWED_SAYS}</p>
        }
    });
    let fan_out = edge.fan_out.map(|fan_out| pair(text::FAN_OUT.now(), format::digits(fan_out)));
    view! {
        <div data-test="map-line-details">
            <h2 class="selectable">{name(edge.from)} " → " {name(edge.to)}</h2>
            <p class="sub">{text::does(edge)}</p>
            <h3 class="heading">{text::COUNT}</h3>
            {pair(counted.now(), format::count(edge.messages as f64))}
            {rate}
            {some(text::SPANS.now(), edge.spans)}
            {failed}
            {some(text::REDELIVERED.now(), edge.redelivered)}
            {fan_out}
            {times(text::TAKES.now(), edge.latency_ms.as_ref())}
            {times(text::WAITS.now(), edge.wait_ms.as_ref())}
            {skewed}
            {evidence(edge)}
            {finds(chart, &edge.filter)}
            {newest(chart.app, edge)}
        </div>
    }
}

fn times(title: &'static str, times: Option<&MeasuredTimes>) -> Option<impl IntoView + use<>> {
    let times = times?;
    let line = |name: &str, ms: f64| pair(name, format::millis(ms));
    let spread = (times.count > 1).then(|| {
        view! { {line("p50", times.p50)} {line("p95", times.p95)} {line("p99", times.p99)} {line("max", times.max)} }
    });
    let alone = (times.count == 1).then(|| line(title, times.max));
    Some(view! { <h3 class="heading">{title}</h3> {spread} {alone} })
}

fn evidence(edge: &TopologyEdge) -> Option<impl IntoView + use<>> {
    let of = &edge.evidence;
    if !matches!(edge.kind.as_str(), "deliver") {
        return None;
    }
    let counts =
        [(of.links, text::LINKS), (of.parents, text::PARENTS), (of.ids, text::IDS), (of.offsets, text::OFFSETS)];
    let none = counts.iter().all(|(count, _)| *count == 0);
    let lines = counts.map(|(count, what)| some(what.now(), count)).collect_view();
    let says = if none { text::NO_PAIRS } else { text::EVIDENCE_SAYS };
    Some(view! { <h3 class="heading">{text::EVIDENCE}</h3> {lines} <p class="says">{says}</p> })
}

/// The filter that finds its spans, and what lists them.
fn finds(chart: Chart, filter: &str) -> Option<impl IntoView + use<>> {
    let filter = Some(filter).filter(|filter| !filter.is_empty())?.to_owned();
    let asked = filter.clone();
    let list = move |_| {
        chart.app.observing.sight.set(crate::traces::Sight::List);
        let order = chart.app.filtering.asked.with_untracked(|asked| asked.order);
        chart.app.observing.clicked.set(Some(asked.clone()));
        chart.app.search_for(Asked { filter: asked.clone(), order });
    };
    Some(view! {
        <h3 class="heading">{text::FINDS}</h3>
        <p class="says selectable"><code data-test="map-filter">{filter}</code></p>
        <div class="topo-acts">
            <button class="button" data-test="map-list" on:click=list>{text::LIST_THESE}</button>
        </div>
    })
}

/// The newest span of a line: as a trace, and as the journey of its message.
fn newest(app: App, edge: &TopologyEdge) -> Option<impl IntoView + use<>> {
    let newest = edge.newest.clone()?;
    let of = JourneyOf { trace_id: newest.trace_id.clone(), span_id: Some(newest.span_id.clone()) };
    let follow = (edge.kind != "call").then(|| {
        let open = move |_| {
            app.open_span(&of.trace_id, of.span_id.as_deref(), Face::Journey);
        };
        view! { <button class="button" data-test="map-journey" on:click=open>{text::FOLLOW_NEWEST}</button> }
    });
    let open = move |_| app.open_span(&newest.trace_id, Some(&newest.span_id), Face::Waterfall);
    Some(view! {
        <div class="topo-acts">
            {follow}
            <button class="button" data-test="map-newest" on:click=open>{text::OPEN_NEWEST}</button>
        </div>
    })
}
