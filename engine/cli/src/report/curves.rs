//! A run's curves as charts.

use thalweg_charts::{Band, Hue, Lane, Line, Timeline, Unit};
use thalweg_protocol::{
    Run, Series,
    report::{FaultReport, NodeSeries},
};

/// Throughput, latency, lag and dead letters of the whole flow.
pub(super) fn of_flow(run: &Run) -> Timeline {
    let flow = &run.series.flow;
    let lanes = vec![
        lane(
            "Throughput",
            Unit::PerSecond,
            vec![
                Line::whole("completed", Hue::Consumer, &flow.completed_per_s).fill(),
                Line::whole("produced", Hue::Producer, &flow.produced_per_s),
            ],
        ),
        lane(
            "Latency",
            Unit::Milliseconds,
            vec![
                Line::gapped("p99", Hue::Consumer, &flow.p99_ms).fill(),
                Line::gapped("p95", Hue::Service, &flow.p95_ms),
                Line::gapped("p50", Hue::Accent, &flow.p50_ms),
            ],
        ),
        lane("Lag", Unit::Count, vec![Line::whole("lag", Hue::Channel, &flow.lag).fill()]),
        lane("Dead letters", Unit::Count, vec![Line::whole("dead letters", Hue::Dead, &flow.dead_letters).fill()]),
    ];
    let title = format!("{}, scenario {}", run.report.flow, run.report.scenario);
    timeline(title, &run.series, lanes)
}

/// What each node has curves for.
pub(super) fn of_nodes(run: &Run) -> Vec<(String, Timeline)> {
    let series = &run.series;
    let of_node = |(id, node): (&String, &NodeSeries)| {
        (id.clone(), timeline(format!("{id}, scenario {}", run.report.scenario), series, lanes(node)))
    };
    series.nodes.iter().map(of_node).filter(|(_, timeline)| !timeline.lanes.is_empty()).collect()
}

fn lanes(node: &NodeSeries) -> Vec<Lane> {
    let traffic = vec![
        Line::whole("out", Hue::Consumer, &node.out_per_s).fill(),
        Line::whole("in", Hue::Producer, &node.in_per_s),
    ];
    let latency =
        vec![Line::gapped("p99", Hue::Consumer, &node.p99_ms).fill(), Line::gapped("p50", Hue::Accent, &node.p50_ms)];
    let failures = vec![
        Line::whole("failed", Hue::Dead, &node.failed_per_s),
        Line::whole("retries", Hue::Channel, &node.retries_per_s),
    ];
    let one = |name: &str, hue, values: &[f32]| vec![Line::whole(name, hue, values).fill()];
    [
        lane("Messages", Unit::PerSecond, traffic),
        lane("Latency", Unit::Milliseconds, latency),
        lane("Lag", Unit::Count, one("lag", Hue::Channel, &node.lag)),
        lane("Waiting", Unit::Count, one("waiting", Hue::Channel, &node.depth)),
        lane("Busy", Unit::Share, one("busy", Hue::Accent, &node.utilization)),
        lane("Failures", Unit::PerSecond, failures),
        lane("Breaker open", Unit::Share, one("open", Hue::Dead, &node.breaker_open)),
        lane("Instances", Unit::Count, one("instances", Hue::Consumer, changing(&node.instances))),
        lane("Dead letters", Unit::Count, one("dead letters", Hue::Dead, &node.dead_letters)),
    ]
    .into_iter()
    .filter_map(speaking)
    .collect()
}

/// Nothing of a curve that always stays the same: the table already tells it.
fn changing(values: &[f32]) -> &[f32] {
    let is_flat = values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < f32::EPSILON);
    if is_flat { &[] } else { values }
}

/// Without lines that a node of its kind does not have; none when nothing ever happened in it.
fn speaking(mut lane: Lane) -> Option<Lane> {
    lane.lines.retain(|line| !line.values.is_empty());
    lane.max().is_some_and(|max| max > 0.0).then_some(lane)
}

fn lane(name: &str, unit: Unit, lines: Vec<Line>) -> Lane {
    Lane { name: name.to_owned(), unit, lines }
}

/// Every picture shows every fault: what strikes a service is seen in its callers.
fn timeline(title: String, series: &Series, lanes: Vec<Lane>) -> Timeline {
    let band = |fault: &FaultReport| Band {
        text: fault.text.clone(),
        // A crash leaves something standing; an outage does not.
        hue: if fault.kind == "outage" { Hue::Dead } else { Hue::Channel },
        from_s: fault.from_s,
        until_s: fault.until_s,
    };
    Timeline {
        title,
        duration_s: series.duration_s,
        bucket_s: series.bucket_s,
        warmup_s: series.warmup_s,
        lanes,
        bands: series.faults.iter().map(band).collect(),
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
        assert_eq!(names(0), ["Messages", "Lag"]);
        assert_eq!(names(1), ["Messages", "Latency", "Busy"]);
        assert_eq!(nodes[1].1.bands.len(), 2);
        assert_eq!(of_flow(&run).bands.len(), 2);
    }

    #[test]
    fn what_stays_the_same_is_not_drawn() {
        assert!(changing(&[3.0, 3.0, 3.0]).is_empty());
        assert_eq!(changing(&[3.0, 1.0]).len(), 2);
    }
}
