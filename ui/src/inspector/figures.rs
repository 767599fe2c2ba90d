//! The simulate lens: what the run says of the selected node, or of the whole flow, at the scrubber's moment; what was
//! set; what was expected.

use leptos::prelude::*;
use thalweg_flow::{Flow, NodeKind};
use thalweg_protocol::{NodeOverlay, RunReport, Series, report::NodeReport};

use super::{expectations::Expectations, faults::Faults, sampled::Sampled, spec::sections, theory::Beside, value};
use crate::{
    actions::edit::quoted,
    canvas::{distribution, distribution_name},
    format,
    kit::Prose,
    state::{App, OpenDocument, app},
    text,
};

/// A line: what, how much, whether it is bad news.
pub(crate) type Row = (String, String, bool);

/// The panel.
#[component]
pub(super) fn Figures(node: Option<String>) -> impl IntoView {
    let app = app();
    let head = node.clone();
    let kind = {
        let node = node.clone();
        move || {
            node.as_ref().and_then(|id| app.scene.with(|s| s.nodes.get(id).map(|n| n.kind))).unwrap_or(text::FLOW.now())
        }
    };
    let title = move || {
        head.clone().unwrap_or_else(|| app.document.with(|d| d.as_ref().map(OpenDocument::title).unwrap_or_default()))
    };
    let moment = move || {
        let length = app.series.with(|s| s.as_ref().map_or(0.0, |s| s.duration_s));
        text::at_moment(&format::clock(app.scrubber.get()), &format::clock(length))
    };
    let now = {
        let node = node.clone();
        move || match &node {
            Some(id) => {
                app.overlay.with(|o| o.as_ref().and_then(|o| o.nodes.get(id)).map(node_rows)).unwrap_or_default()
            }
            None => flow_rows(app),
        }
    };
    let whole = {
        let node = node.clone();
        move || {
            app.results.with(|run| run.as_ref().map(|run| whole_run(&run.report, node.as_deref())).unwrap_or_default())
        }
    };
    view! {
        <header class="panel-head"><b>{title}</b><span class="sub">{kind}</span></header>
        {move || app.history.with(|history| history.older().map(|older| crate::text::runs::title(&older.kept))).map(|older| view! {
            <p class="note older" data-test="older-figures">{crate::text::runs::OLDER} ": " {older}</p>
        })}
        <h3 class="heading" data-test="moment">{moment}</h3>
        <Rows rows=Signal::derive(now) />
        <Show when={ let whole = whole.clone(); move || !whole().is_empty() }>
            <h3 class="heading">{move || app.results.with(|run| text::whole_run(run.as_ref().map_or(1, |run| run.report.replications)))}</h3>
        </Show>
        <Rows rows=Signal::derive(whole) />
        {node.is_none().then(|| view! { <Digest /> })}
        {node.clone().map(|node| view! { <Beside node /> })}
        <Expectations />
        <Faults node=node.clone() />
        {node.clone().map(|id| view! { <Settings id /> })}
        <Notes />
        <Sampled node />
    }
}

/// Lines below each other.
#[component]
pub(super) fn Rows(rows: Signal<Vec<Row>>) -> impl IntoView {
    move || {
        rows.get()
            .into_iter()
            .map(|(what, value, bad)| {
                view! {
                    <div class="row"><span>{what}</span><code class="selectable" class:bad=bad>{value}</code></div>
                }
            })
            .collect_view()
    }
}

/// The name of the results, equal for equal runs in every face.
#[component]
fn Digest() -> impl IntoView {
    let app = app();
    move || {
        let digest = app.results.with(|run| run.as_ref().map(|run| run.report.digest.clone()))?;
        Some(view! {
            <div class="row">
                <span>{text::figure::DIGEST}</span>
                <code class="selectable" data-test="digest">{digest}</code>
            </div>
        })
    }
}

/// A node at the moment.
pub(crate) fn node_rows(o: &NodeOverlay) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |what: &str, value: Option<String>, bad: bool| {
        rows.extend(value.map(|value| (what.to_owned(), value, bad)));
    };
    let rate = |v: Option<f32>| v.map(|v| format::rate(v.into()));
    let count = |v: Option<f32>| v.map(|v| format::count(v.round().into()));
    row(
        text::figure::FAULT.now(),
        o.fault.as_ref().map(|(kind, left)| text::fault_left(kind, &format::span(left.ceil()))),
        true,
    );
    row(text::figure::BREAKER.now(), o.breaker_open.then(|| text::figure::OPEN.now().to_owned()), true);
    row(text::figure::IN.now(), rate(o.in_per_s), false);
    row(text::figure::OUT.now(), rate(o.out_per_s), false);
    row(text::figure::LAG.now(), count(o.lag), false);
    row(text::figure::DEPTH.now(), count(o.depth), false);
    let failed = o.failed_per_s.unwrap_or(0.0);
    row(text::figure::FAILED.now(), rate(o.failed_per_s), failed > 0.0);
    row(text::figure::RETRIES.now(), rate(o.retries_per_s), false);
    row(text::figure::BUSY.now(), o.utilization.map(|u| format::share(u.into())), false);
    row(text::figure::INSTANCES.now(), o.instances.map(|i| format::digits(i.into())), false);
    let latency = |v: Option<f32>| v.map_or_else(|| format::UNKNOWN.to_owned(), |v| format::millis(v.into()));
    let known = o.p50_ms.is_some() || o.p99_ms.is_some();
    row(text::figure::LATENCY.now(), known.then(|| format!("{} · {}", latency(o.p50_ms), latency(o.p99_ms))), false);
    let dead = o.dead_letters.unwrap_or(0.0);
    row(text::figure::DEAD_LETTERS.now(), count(o.dead_letters), dead > 0.0);
    rows
}

/// The flow at the moment.
fn flow_rows(app: App) -> Vec<Row> {
    let at = app.scrubber.get();
    app.series.with(|series| series.as_ref().and_then(|s| flow_moment(s, at)).unwrap_or_default())
}

fn flow_moment(series: &Series, at: f64) -> Option<Vec<Row>> {
    let bucket = series.bucket_at(at)?;
    let flow = &series.flow;
    let value = |curve: &[f32]| curve.get(bucket).copied().map_or(f64::NAN, f64::from);
    let quantile = |curve: &[Option<f32>]| {
        curve.get(bucket).copied().flatten().map_or_else(|| format::UNKNOWN.to_owned(), |v| format::millis(v.into()))
    };
    let dead = value(&flow.dead_letters);
    Some(vec![
        (text::figure::PRODUCED.now().to_owned(), format::rate(value(&flow.produced_per_s)), false),
        (text::figure::COMPLETED.now().to_owned(), format::rate(value(&flow.completed_per_s)), false),
        (
            text::figure::END_TO_END.now().to_owned(),
            format!("{} · {}", quantile(&flow.p50_ms), quantile(&flow.p99_ms)),
            false,
        ),
        (text::figure::WAITING.now().to_owned(), format::count(value(&flow.lag).round()), false),
        (text::figure::RETRIES.now().to_owned(), format::rate(value(&flow.retries_per_s)), false),
        (text::figure::DEAD_LETTERS.now().to_owned(), format::count(dead.round()), dead > 0.0),
    ])
}

/// Figures of the whole run.
fn whole_run(report: &RunReport, node: Option<&str>) -> Vec<Row> {
    let ms = |v: Option<f64>| v.map_or_else(|| format::UNKNOWN.to_owned(), format::millis);
    let count = |v: u64| format::grouped(v as f64);
    let row = |what: &str, value: String| (what.to_owned(), value, false);
    let Some(id) = node else {
        let t = &report.totals;
        return vec![
            row(
                text::figure::END_TO_END.now(),
                format!("{} · {}", ms(report.end_to_end_ms.p50), ms(report.end_to_end_ms.p99)),
            ),
            row(text::figure::PRODUCED.now(), count(t.produced)),
            row(text::figure::COMPLETED.now(), count(t.completed)),
            (text::figure::DEAD_LETTERS.now().to_owned(), count(t.dead_lettered), t.dead_lettered > 0),
            (text::figure::LOST.now().to_owned(), count(t.lost), t.lost > 0),
            row(text::figure::RETRIES.now(), count(t.retries)),
            row(text::figure::IN_FLIGHT.now(), count(t.in_flight)),
        ];
    };
    match report.nodes.get(id) {
        Some(NodeReport::Producer { produced, rejected }) => {
            vec![
                row(text::figure::PRODUCED.now(), count(*produced)),
                row(text::figure::REJECTED.now(), count(*rejected)),
            ]
        }
        Some(NodeReport::Topic { published, trimmed, groups, .. }) => {
            let mut rows = vec![row(text::figure::PUBLISHED.now(), count(*published))];
            if *trimmed > 0 {
                rows.push((text::figure::TRIMMED.now().to_owned(), count(*trimmed), true));
            }
            for (group, report) in groups {
                rows.push(row(
                    &text::figure::lag_of(group),
                    text::figure::mean_and_most(
                        &format::count(report.lag.mean),
                        &report.lag.max.map_or_else(|| format::UNKNOWN.to_owned(), format::count),
                    ),
                ));
            }
            rows
        }
        Some(NodeReport::Exchange { published, .. } | NodeReport::Bus { published, .. }) => {
            vec![row(text::figure::PUBLISHED.now(), count(*published))]
        }
        Some(NodeReport::Queue { published, depth, .. }) => vec![
            row(text::figure::PUBLISHED.now(), count(*published)),
            row(
                text::figure::DEPTH.now(),
                text::figure::mean_and_most(
                    &format::count(depth.mean),
                    &depth.max.map_or_else(|| format::UNKNOWN.to_owned(), format::count),
                ),
            ),
        ],
        Some(NodeReport::Consumer(h)) => vec![
            row(text::figure::SOJOURN.now(), format!("{} · {}", ms(h.sojourn_ms.p50), ms(h.sojourn_ms.p99))),
            row(text::figure::COMPLETED.now(), count(h.completed)),
            row(text::figure::FAILED.now(), count(h.failed_attempts)),
            row(text::figure::RETRIES.now(), count(h.retries)),
            (text::figure::DEAD_LETTERS.now().to_owned(), count(h.dead_lettered), h.dead_lettered > 0),
            row(text::figure::BUSY.now(), format::share(h.utilization.mean)),
        ],
        Some(NodeReport::Service { calls, failed, latency_ms, utilization, .. }) => {
            let mut rows = vec![
                row(text::figure::CALLS.now(), count(*calls)),
                row(text::figure::FAILED.now(), count(*failed)),
                row(text::figure::LATENCY.now(), format!("{} · {}", ms(latency_ms.p50), ms(latency_ms.p99))),
            ];
            rows.extend(utilization.as_ref().map(|u| row(text::figure::BUSY.now(), format::share(u.mean))));
            rows
        }
        None => Vec::new(),
    }
}

/// What is set at the node, to be read beside its figures.
#[component]
fn Settings(id: String) -> impl IntoView {
    let app = app();
    let rows = move || app.document.with(|d| d.as_ref().map(|d| settings(d, d.flow(), &id)).unwrap_or_default());
    view! {
        <h3 class="heading">{text::SETTINGS}</h3>
        <Rows rows=Signal::derive(rows) />
    }
}

fn settings(document: &OpenDocument, flow: &Flow, id: &str) -> Vec<Row> {
    let Some(node) = flow.nodes.get(id) else { return Vec::new() };
    let fields = sections(node.kind.name()).iter().flat_map(|section| section.fields);
    let rows = fields.filter_map(|field| {
        let path = format!("nodes.{}.{}", quoted(id), field.path);
        let written = document.value(&path)?;
        let text = value::shown(field.input, &written).unwrap_or_else(|| in_words(node, field.path, &written));
        Some((field.label.now().to_owned(), text, false))
    });
    rows.collect()
}

/// A setting that has several values, in a few words.
fn in_words(node: &thalweg_flow::Node, field: &str, written: &serde_json::Value) -> String {
    let of_node = match (&node.kind, field) {
        (NodeKind::Producer(n), "load") => n.load.as_ref().map(crate::canvas::load),
        (NodeKind::Consumer(n), "service_time") => n.service_time.as_ref().map(distribution),
        (NodeKind::Service(n), "latency") => n.latency.as_ref().map(distribution),
        (NodeKind::Store(n), "write_time") => n.write_time.as_ref().map(distribution_name).map(str::to_owned),
        _ => None,
    };
    of_node.unwrap_or_else(|| {
        let mut parts = Vec::new();
        value::leaves(written, &mut parts);
        parts.join(" · ")
    })
}

/// What a reader must know to read the figures rightly.
#[component]
fn Notes() -> impl IntoView {
    let app = app();
    let notes = move || app.results.with(|run| run.as_ref().map(|run| run.report.notes.clone()).unwrap_or_default());
    move || {
        let notes = notes();
        (!notes.is_empty()).then(|| view! {
            <h3 class="heading">{text::NOTES}</h3>
            {notes.into_iter().map(|note| view! { <p class="hint selectable"><Prose text=note /></p> }).collect_view()}
        })
    }
}
