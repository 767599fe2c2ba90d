//! Which curves are shown: those of the whole flow, of one node, or of a few nodes beside each other.

use thalweg_charts::{Band, Hue, Lane, Line, Timeline, Unit};
use thalweg_protocol::{
    Series,
    report::{FaultReport, NodeSeries},
};

use crate::text::timeline as text;

/// Colours of nodes that are shown beside each other; further ones are left out.
const BESIDE: [Hue; 4] = [Hue::Consumer, Hue::Accent, Hue::Channel, Hue::Service];

/// The curves of what is selected; of the whole flow when nothing is that the run knows.
pub(super) fn timeline(series: &Series, selection: &[String]) -> Timeline {
    let known: Vec<(&str, &NodeSeries)> =
        selection.iter().filter_map(|id| series.nodes.get(id).map(|node| (id.as_str(), node))).collect();
    let lanes = match known.as_slice() {
        [] => of_flow(series),
        [(id, node)] => of_node(id, node),
        several => of_nodes(several),
    };
    Timeline {
        title: text::TIMELINE.now().to_owned(),
        duration_s: series.duration_s,
        bucket_s: series.bucket_s,
        warmup_s: series.warmup_s,
        lanes,
        bands: series.faults.iter().map(band).collect(),
    }
}

fn of_flow(series: &Series) -> Vec<Lane> {
    let flow = &series.flow;
    vec![
        lane(
            text::THROUGHPUT.now(),
            Unit::PerSecond,
            vec![
                Line::whole(text::COMPLETED.now(), Hue::Consumer, &flow.completed_per_s).fill(),
                Line::whole(text::PRODUCED.now(), Hue::Producer, &flow.produced_per_s),
            ],
        ),
        lane(
            text::LATENCY.now(),
            Unit::Milliseconds,
            vec![
                Line::gapped("p99", Hue::Consumer, &flow.p99_ms).fill(),
                Line::gapped("p95", Hue::Service, &flow.p95_ms),
                Line::gapped("p50", Hue::Accent, &flow.p50_ms),
            ],
        ),
        lane(text::LAG.now(), Unit::Count, vec![Line::whole(text::LAG_LINE.now(), Hue::Channel, &flow.lag).fill()]),
        lane(
            text::DEAD_LETTERS.now(),
            Unit::Count,
            vec![Line::whole(text::SO_FAR.now(), Hue::Dead, &flow.dead_letters).fill()],
        ),
    ]
}

fn of_node(id: &str, node: &NodeSeries) -> Vec<Lane> {
    let waiting = match (node.lag.is_empty(), node.depth.is_empty()) {
        (false, false) => text::LAG_AND_DEPTH,
        (true, false) => text::DEPTH,
        _ => text::LAG,
    };
    let lanes = [
        lane(
            text::THROUGHPUT.now(),
            Unit::PerSecond,
            vec![
                Line::whole(text::OUT.now(), Hue::Consumer, &node.out_per_s).fill(),
                Line::whole(text::IN.now(), Hue::Producer, &node.in_per_s),
                Line::whole(text::FAILED.now(), Hue::Dead, &node.failed_per_s),
            ],
        ),
        lane(
            text::LATENCY.now(),
            Unit::Milliseconds,
            vec![
                Line::gapped("p99", Hue::Consumer, &node.p99_ms).fill(),
                Line::gapped("p50", Hue::Accent, &node.p50_ms),
            ],
        ),
        lane(
            &waiting,
            Unit::Count,
            vec![
                Line::whole(text::LAG_LINE.now(), Hue::Channel, &node.lag).fill(),
                Line::whole(text::DEPTH_LINE.now(), Hue::Accent, &node.depth),
            ],
        ),
        lane(
            text::BUSY.now(),
            Unit::Share,
            vec![Line::whole(text::BUSY_LINE.now(), Hue::Service, &node.utilization).fill()],
        ),
        lane(
            text::INSTANCES.now(),
            Unit::Count,
            vec![Line::whole(text::INSTANCES_LINE.now(), Hue::Consumer, changing(&node.instances)).fill()],
        ),
        lane(
            text::DEAD_LETTERS.now(),
            Unit::Count,
            vec![Line::whole(text::SO_FAR.now(), Hue::Dead, &node.dead_letters).fill()],
        ),
    ];
    lanes.into_iter().filter_map(speaking).map(|lane| Lane { name: text::of_node(&lane.name, id), ..lane }).collect()
}

fn of_nodes(nodes: &[(&str, &NodeSeries)]) -> Vec<Lane> {
    let lines = |curve: fn(&NodeSeries) -> Vec<Option<f32>>| {
        let coloured = nodes.iter().zip(BESIDE);
        coloured.map(|((id, node), hue)| Line::gapped(id, hue, &curve(node))).collect()
    };
    [
        lane(text::THROUGHPUT.now(), Unit::PerSecond, lines(|node| whole(either(&node.out_per_s, &node.in_per_s)))),
        lane(text::LATENCY_P99.now(), Unit::Milliseconds, lines(|node| node.p99_ms.clone())),
        lane(text::LAG_AND_DEPTH.now(), Unit::Count, lines(|node| whole(either(&node.lag, &node.depth)))),
        lane(text::DEAD_LETTERS.now(), Unit::Count, lines(|node| whole(&node.dead_letters))),
    ]
    .into_iter()
    .filter_map(speaking)
    .collect()
}

/// Nothing of a curve that always stays the same.
fn changing(values: &[f32]) -> &[f32] {
    let is_flat = values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < f32::EPSILON);
    if is_flat { &[] } else { values }
}

/// The first curve, or the second where its kind has no first.
fn either<'a>(first: &'a [f32], second: &'a [f32]) -> &'a [f32] {
    if first.is_empty() { second } else { first }
}

fn whole(values: &[f32]) -> Vec<Option<f32>> {
    values.iter().copied().map(Some).collect()
}

/// Without lines that mean nothing for the kind of node; none when no line is left.
fn speaking(mut lane: Lane) -> Option<Lane> {
    lane.lines.retain(|line| !line.values.is_empty());
    (!lane.lines.is_empty()).then_some(lane)
}

fn lane(name: &str, unit: Unit, lines: Vec<Line>) -> Lane {
    Lane { name: name.to_owned(), unit, lines }
}

/// What stops everything is red; what only hinders is amber.
fn band(fault: &FaultReport) -> Band {
    let hue = if matches!(fault.kind.as_str(), "outage" | "errors") { Hue::Dead } else { Hue::Channel };
    Band { text: fault.text.clone(), hue, from_s: fault.from_s, until_s: fault.until_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        let consumer = NodeSeries {
            in_per_s: vec![2.0; 3],
            out_per_s: vec![1.0; 3],
            p99_ms: vec![None, Some(5.0), None],
            utilization: vec![0.5; 3],
            instances: vec![2.0; 3],
            ..NodeSeries::default()
        };
        let producer = NodeSeries { out_per_s: vec![2.0; 3], ..NodeSeries::default() };
        let fault = FaultReport {
            kind: "outage".into(),
            target: "card".into(),
            text: "outage card".into(),
            from_s: 1.0,
            until_s: 2.0,
            touched: 7,
        };
        Series {
            bucket_s: 1.0,
            buckets: 3,
            duration_s: 3.0,
            nodes: [("shop".to_owned(), producer), ("payment".to_owned(), consumer)].into_iter().collect(),
            faults: vec![fault],
            ..Series::default()
        }
    }

    fn names(timeline: &Timeline) -> Vec<&str> {
        timeline.lanes.iter().map(|lane| lane.name.as_str()).collect()
    }

    #[test]
    fn without_a_known_selection_the_whole_flow_is_shown() {
        for selection in [vec![], vec!["gone".to_owned()]] {
            let timeline = timeline(&series(), &selection);
            assert_eq!(names(&timeline), ["Throughput", "Latency", "Lag", "Dead letters"]);
            assert_eq!(timeline.bands[0].text, "outage card");
            assert_eq!(timeline.bands[0].hue, Hue::Dead);
        }
    }

    #[test]
    fn one_node_shows_what_its_kind_has_under_its_name() {
        let one = timeline(&series(), &["payment".to_owned()]);
        assert_eq!(names(&one), ["Throughput · payment", "Latency · payment", "Busy · payment"]);
        assert_eq!(one.lanes[0].lines.len(), 2, "no failed attempts were counted");
        assert_eq!(names(&timeline(&series(), &["shop".to_owned()])), ["Throughput · shop"]);
    }

    #[test]
    fn instances_are_shown_where_they_come_and_go() {
        let mut series = series();
        if let Some(payment) = series.nodes.get_mut("payment") {
            payment.instances = vec![2.0, 5.0, 2.0];
        }
        let one = timeline(&series, &["payment".to_owned()]);
        assert_eq!(one.lanes.last().map(|lane| lane.name.as_str()), Some("Instances · payment"));
    }

    #[test]
    fn several_nodes_are_lines_of_the_same_rows() {
        let both = timeline(&series(), &["payment".to_owned(), "shop".to_owned(), "gone".to_owned()]);
        assert_eq!(names(&both), ["Throughput", "Latency p99"]);
        let lines: Vec<_> = both.lanes[0].lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(lines, ["payment", "shop"]);
        assert_eq!(both.lanes[1].lines.len(), 1);
    }
}
