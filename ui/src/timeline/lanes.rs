//! Which curves are shown: those of the whole flow, of one node, or of a few nodes beside each other, with the window's
//! words and colours.

use thalweg_charts::{Band, Hue, Lane, Line, Timeline, Unit};
use thalweg_protocol::{
    Series,
    curves::{self, Curve, CurveUnit, LaneSpec, LineSpec, Quantity},
    report::{FaultReport, NodeSeries},
};

use crate::text::timeline as text;

/// Colours of nodes that are shown beside each other.
const BESIDE: [Hue; curves::BESIDE] = [Hue::Consumer, Hue::Accent, Hue::Channel, Hue::Service];

/// The curves of what is selected; of the whole flow when nothing is that the run knows.
pub(super) fn timeline(series: &Series, selection: &[String]) -> Timeline {
    let known: Vec<(&str, &NodeSeries)> =
        selection.iter().filter_map(|id| series.nodes.get(id).map(|node| (id.as_str(), node))).collect();
    let (specs, of) = match known.as_slice() {
        [] => (curves::of_flow(series), None),
        [(id, node)] => (curves::of_node(node), Some(*id)),
        several => (curves::of_nodes(several), None),
    };
    Timeline {
        title: text::TIMELINE.now().to_owned(),
        epoch: None,
        duration_s: series.duration_s,
        bucket_s: series.bucket_s,
        warmup_s: series.warmup_s,
        lanes: specs.into_iter().map(|spec| lane(spec, of)).collect(),
        bands: series.faults.iter().map(band).collect(),
        compared: None,
    }
}

fn lane(spec: LaneSpec, of: Option<&str>) -> Lane {
    let name = match spec.what {
        Quantity::Throughput => text::THROUGHPUT,
        Quantity::Latency => text::LATENCY,
        Quantity::LatencyP99 => text::LATENCY_P99,
        Quantity::Lag => text::LAG,
        Quantity::Depth => text::DEPTH,
        Quantity::LagAndDepth => text::LAG_AND_DEPTH,
        Quantity::Busy => text::BUSY,
        Quantity::Retries => text::RETRIES,
        Quantity::Instances => text::INSTANCES,
        Quantity::DeadLetters => text::DEAD_LETTERS,
    };
    let unit = match spec.what.unit() {
        CurveUnit::PerSecond => Unit::PerSecond,
        CurveUnit::Milliseconds => Unit::Milliseconds,
        CurveUnit::Count => Unit::Count,
        CurveUnit::Share => Unit::Share,
    };
    let name = of.map_or_else(|| (*name).to_owned(), |node| text::of_node(&name, node));
    Lane { name, unit, lines: spec.lines.into_iter().map(line).collect(), heat: None }
}

fn line(spec: LineSpec) -> Line {
    let (name, hue): (&str, Hue) = match &spec.which {
        Curve::Completed => (&text::COMPLETED, Hue::Consumer),
        Curve::Produced => (&text::PRODUCED, Hue::Producer),
        Curve::Out => (&text::OUT, Hue::Consumer),
        Curve::In => (&text::IN, Hue::Producer),
        Curve::Failed => (&text::FAILED, Hue::Dead),
        Curve::Retries => (&text::RETRIES_LINE, Hue::Channel),
        Curve::P50 => ("p50", Hue::Accent),
        Curve::P95 => ("p95", Hue::Service),
        Curve::P99 => ("p99", Hue::Consumer),
        Curve::Lag => (&text::LAG_LINE, Hue::Channel),
        Curve::Depth => (&text::DEPTH_LINE, Hue::Accent),
        Curve::Busy => (&text::BUSY_LINE, Hue::Service),
        Curve::BreakerOpen => (&text::OPEN_LINE, Hue::Dead),
        Curve::Instances => (&text::INSTANCES_LINE, Hue::Consumer),
        Curve::DeadLetters => (&text::SO_FAR, Hue::Dead),
        Curve::Node(id, position) => (id, BESIDE[position % BESIDE.len()]),
    };
    let line = Line::gapped(name, hue, &spec.values);
    if spec.main { line.fill() } else { line }
}

/// What stops work is red; what only hinders it is amber.
fn band(fault: &FaultReport) -> Band {
    let hue = if curves::stops(&fault.kind) { Hue::Dead } else { Hue::Channel };
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
