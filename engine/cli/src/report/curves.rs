//! A run's curves as charts, with the report's words and colours.

use thalweg_charts::{Band, Hue, Lane, Line, Timeline, Unit};
use thalweg_protocol::{
    Run, Series,
    curves::{self, Curve, CurveUnit, LaneSpec, LineSpec, Quantity},
    report::{FaultReport, NodeSeries},
};

/// Throughput, latency, lag and dead letters of the whole flow.
pub(super) fn of_flow(run: &Run) -> Timeline {
    let title = format!("{}, scenario {}", run.report.flow, run.report.scenario);
    timeline(title, &run.series, curves::of_flow(&run.series))
}

/// What each node has curves for.
pub(super) fn of_nodes(run: &Run) -> Vec<(String, Timeline)> {
    let series = &run.series;
    let of_node = |(id, node): (&String, &NodeSeries)| {
        let title = format!("{id}, scenario {}", run.report.scenario);
        (id.clone(), timeline(title, series, curves::of_node_in_full(node)))
    };
    // Lanes in which nothing ever happened say nothing on paper.
    let spoken = |(id, mut timeline): (String, Timeline)| {
        timeline.lanes.retain(|lane| lane.max().is_some_and(|max| max > 0.0));
        (id, timeline)
    };
    series.nodes.iter().map(of_node).map(spoken).filter(|(_, timeline)| !timeline.lanes.is_empty()).collect()
}

fn lane(spec: LaneSpec) -> Lane {
    let name = match spec.what {
        Quantity::Throughput => "Throughput",
        Quantity::Latency => "Latency",
        Quantity::LatencyP99 => "Latency p99",
        Quantity::Lag => "Lag",
        Quantity::Depth => "Waiting",
        Quantity::LagAndDepth => "Lag, waiting",
        Quantity::Busy => "Busy",
        Quantity::Retries => "Retries",
        Quantity::Instances => "Instances",
        Quantity::DeadLetters => "Dead letters",
    };
    let unit = match spec.what.unit() {
        CurveUnit::PerSecond => Unit::PerSecond,
        CurveUnit::Milliseconds => Unit::Milliseconds,
        CurveUnit::Count => Unit::Count,
        CurveUnit::Share => Unit::Share,
    };
    Lane { name: name.to_owned(), unit, lines: spec.lines.into_iter().map(|spec| line(&spec)).collect(), heat: None }
}

fn line(spec: &LineSpec) -> Line {
    let (name, hue) = match &spec.which {
        Curve::Completed => ("completed", Hue::Consumer),
        Curve::Produced => ("produced", Hue::Producer),
        Curve::Out => ("out", Hue::Consumer),
        Curve::In => ("in", Hue::Producer),
        Curve::Failed => ("failed", Hue::Dead),
        Curve::Retries => ("retries", Hue::Channel),
        Curve::P50 => ("p50", Hue::Accent),
        Curve::P95 => ("p95", Hue::Service),
        Curve::P99 => ("p99", Hue::Consumer),
        Curve::Lag => ("lag", Hue::Channel),
        Curve::Depth => ("waiting", Hue::Accent),
        Curve::Busy => ("busy", Hue::Accent),
        Curve::BreakerOpen => ("breaker open", Hue::Dead),
        Curve::Instances => ("instances", Hue::Consumer),
        Curve::DeadLetters => ("dead letters", Hue::Dead),
        Curve::Node(id, _) => (id.as_str(), Hue::Consumer),
    };
    let line = Line::gapped(name, hue, &spec.values);
    if spec.main { line.fill() } else { line }
}

/// Every picture shows every fault: what strikes a service is seen in its callers.
fn timeline(title: String, series: &Series, lanes: Vec<LaneSpec>) -> Timeline {
    let band = |fault: &FaultReport| Band {
        text: fault.text.clone(),
        hue: if curves::stops(&fault.kind) { Hue::Dead } else { Hue::Channel },
        from_s: fault.from_s,
        until_s: fault.until_s,
    };
    Timeline {
        title,
        epoch: None,
        duration_s: series.duration_s,
        bucket_s: series.bucket_s,
        warmup_s: series.warmup_s,
        lanes: lanes.into_iter().map(lane).collect(),
        bands: series.faults.iter().map(band).collect(),
        compared: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    #[test]
    fn a_node_shows_what_it_has() {
        let run = fixture::run();
        let nodes = of_nodes(&run);
        let names = |i: usize| nodes[i].1.lanes.iter().map(|lane| lane.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names(0), ["Throughput", "Lag"]);
        assert_eq!(names(1), ["Throughput", "Latency", "Busy"]);
        assert_eq!(nodes[1].1.bands.len(), 2);
        assert_eq!(of_flow(&run).bands.len(), 2);
    }
}
