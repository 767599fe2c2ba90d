//! Which curves of a run belong together: the lanes of the whole flow, of one node, and of a few nodes beside each other.
//!
//! Plain and without words or colours of their own: the window and the report give them names in their languages and
//! their colours, and draw the same curves.

use crate::report::{NodeSeries, Series};

/// Most nodes that are shown beside each other; further ones are left out.
pub const BESIDE: usize = 4;

/// Curves of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSpec {
    /// What is measured.
    pub what: Quantity,
    /// From bottom to top.
    pub lines: Vec<LineSpec>,
}

/// What a lane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Messages or calls, per second.
    Throughput,
    /// Latency or sojourn, milliseconds.
    Latency,
    /// The 99th percentile of the same, of several nodes.
    LatencyP99,
    /// Messages not yet acknowledged.
    Lag,
    /// Messages or calls waiting.
    Depth,
    /// Both of these.
    LagAndDepth,
    /// Share of servers busy, and of the time in which a circuit breaker was open.
    Busy,
    /// Tries after the first, per second.
    Retries,
    /// Instances up.
    Instances,
    /// Messages given up so far.
    DeadLetters,
}

/// What a quantity is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveUnit {
    /// Per second.
    PerSecond,
    /// Milliseconds.
    Milliseconds,
    /// A plain number.
    Count,
    /// A part of a whole.
    Share,
}

impl Quantity {
    /// What it is counted in.
    pub fn unit(self) -> CurveUnit {
        match self {
            Quantity::Throughput | Quantity::Retries => CurveUnit::PerSecond,
            Quantity::Latency | Quantity::LatencyP99 => CurveUnit::Milliseconds,
            Quantity::Busy => CurveUnit::Share,
            Quantity::Lag | Quantity::Depth | Quantity::LagAndDepth | Quantity::Instances | Quantity::DeadLetters => {
                CurveUnit::Count
            }
        }
    }
}

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct LineSpec {
    /// Which.
    pub which: Curve,
    /// Whether it is the one that the lane is about: the area below it is filled.
    pub main: bool,
    /// A value per bucket; none is a gap.
    pub values: Vec<Option<f32>>,
}

/// What a curve shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Curve {
    /// Messages acknowledged.
    Completed,
    /// Events produced.
    Produced,
    /// What leaves a node.
    Out,
    /// What arrives at a node.
    In,
    /// Tries that failed.
    Failed,
    /// Tries after the first.
    Retries,
    /// Median.
    P50,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Messages not yet acknowledged.
    Lag,
    /// Messages or calls waiting.
    Depth,
    /// Servers busy.
    Busy,
    /// Circuit breakers open.
    BreakerOpen,
    /// Instances up.
    Instances,
    /// Dead letters so far.
    DeadLetters,
    /// A node, beside others: its name and its position among them.
    Node(String, usize),
}

/// The lanes of the whole flow.
pub fn of_flow(series: &Series) -> Vec<LaneSpec> {
    let flow = &series.flow;
    vec![
        lane(
            Quantity::Throughput,
            [main(Curve::Completed, whole(&flow.completed_per_s)), line(Curve::Produced, whole(&flow.produced_per_s))],
        ),
        lane(
            Quantity::Latency,
            [
                main(Curve::P99, flow.p99_ms.clone()),
                line(Curve::P95, flow.p95_ms.clone()),
                line(Curve::P50, flow.p50_ms.clone()),
            ],
        ),
        lane(Quantity::Lag, [main(Curve::Lag, whole(&flow.lag))]),
        lane(Quantity::DeadLetters, [main(Curve::DeadLetters, whole(&flow.dead_letters))]),
    ]
}

/// The lanes of one node: those that its kind has.
pub fn of_node(node: &NodeSeries) -> Vec<LaneSpec> {
    let waiting = match (node.lag.is_empty(), node.depth.is_empty()) {
        (false, false) => Quantity::LagAndDepth,
        (true, false) => Quantity::Depth,
        _ => Quantity::Lag,
    };
    let depth = if node.lag.is_empty() { main } else { line };
    let lanes = [
        lane(
            Quantity::Throughput,
            [
                main(Curve::Out, whole(&node.out_per_s)),
                line(Curve::In, whole(&node.in_per_s)),
                line(Curve::Failed, whole(happening(&node.failed_per_s))),
            ],
        ),
        lane(Quantity::Latency, [main(Curve::P99, node.p99_ms.clone()), line(Curve::P50, node.p50_ms.clone())]),
        lane(waiting, [main(Curve::Lag, whole(&node.lag)), depth(Curve::Depth, whole(&node.depth))]),
        lane(
            Quantity::Busy,
            [
                main(Curve::Busy, whole(&node.utilization)),
                line(Curve::BreakerOpen, whole(happening(&node.breaker_open))),
            ],
        ),
        lane(Quantity::Instances, [main(Curve::Instances, whole(changing(&node.instances)))]),
        lane(Quantity::DeadLetters, [main(Curve::DeadLetters, whole(happening(&node.dead_letters)))]),
    ];
    lanes.into_iter().filter_map(speaking).collect()
}

/// The same with what a page has room for and a panel has not.
pub fn of_node_in_full(node: &NodeSeries) -> Vec<LaneSpec> {
    let mut lanes = of_node(node);
    lanes.extend(speaking(lane(Quantity::Retries, [line(Curve::Retries, whole(happening(&node.retries_per_s)))])));
    lanes
}

/// A few nodes as lines of the same lanes.
pub fn of_nodes(nodes: &[(&str, &NodeSeries)]) -> Vec<LaneSpec> {
    let lines = |curve: fn(&NodeSeries) -> Vec<Option<f32>>| {
        let shown = nodes.iter().take(BESIDE).enumerate();
        shown.map(|(i, (id, node))| line(Curve::Node((*id).to_owned(), i), curve(node))).collect::<Vec<_>>()
    };
    [
        (Quantity::Throughput, lines(|node| whole(either(&node.out_per_s, &node.in_per_s)))),
        (Quantity::LatencyP99, lines(|node| node.p99_ms.clone())),
        (Quantity::LagAndDepth, lines(|node| whole(either(&node.lag, &node.depth)))),
        (Quantity::DeadLetters, lines(|node| whole(&node.dead_letters))),
    ]
    .into_iter()
    .filter_map(|(what, lines)| speaking(LaneSpec { what, lines }))
    .collect()
}

/// Whether a fault is one in which work fails whoever does it (`outage`, `errors`, `cut`); the others hinder it.
pub fn stops(fault: &str) -> bool {
    matches!(fault, "outage" | "errors" | "cut")
}

fn lane<const N: usize>(what: Quantity, lines: [LineSpec; N]) -> LaneSpec {
    LaneSpec { what, lines: lines.into() }
}

fn main(which: Curve, values: Vec<Option<f32>>) -> LineSpec {
    LineSpec { which, main: true, values }
}

fn line(which: Curve, values: Vec<Option<f32>>) -> LineSpec {
    LineSpec { which, main: false, values }
}

fn whole(values: &[f32]) -> Vec<Option<f32>> {
    values.iter().copied().map(Some).collect()
}

/// Nothing of a curve that always stays the same: a figure already tells it.
fn changing(values: &[f32]) -> &[f32] {
    let is_flat = values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < f32::EPSILON);
    if is_flat { &[] } else { values }
}

/// Nothing of a curve that is always 0.
fn happening(values: &[f32]) -> &[f32] {
    if values.iter().any(|value| *value > 0.0) { values } else { &[] }
}

/// The first curve, or the second where its kind has no first.
fn either<'a>(first: &'a [f32], second: &'a [f32]) -> &'a [f32] {
    if first.is_empty() { second } else { first }
}

/// Without lines that mean nothing for the kind of node; none when no line is left.
fn speaking(mut lane: LaneSpec) -> Option<LaneSpec> {
    lane.lines.retain(|line| !line.values.is_empty());
    (!lane.lines.is_empty()).then_some(lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consumer() -> NodeSeries {
        NodeSeries {
            in_per_s: vec![2.0; 3],
            out_per_s: vec![1.0; 3],
            p99_ms: vec![None, Some(5.0), None],
            utilization: vec![0.5; 3],
            failed_per_s: vec![0.0; 3],
            breaker_open: vec![0.0; 3],
            instances: vec![2.0; 3],
            dead_letters: vec![0.0; 3],
            ..NodeSeries::default()
        }
    }

    fn quantities(lanes: &[LaneSpec]) -> Vec<Quantity> {
        lanes.iter().map(|lane| lane.what).collect()
    }

    #[test]
    fn a_node_shows_what_its_kind_has_and_what_happened() {
        let mut node = consumer();
        assert_eq!(quantities(&of_node(&node)), [Quantity::Throughput, Quantity::Latency, Quantity::Busy]);
        assert_eq!(of_node(&node)[0].lines.len(), 2, "no try failed");
        node.instances = vec![2.0, 5.0, 2.0];
        node.breaker_open = vec![0.0, 1.0, 0.0];
        node.failed_per_s = vec![0.0, 3.0, 0.0];
        node.retries_per_s = vec![0.0, 3.0, 0.0];
        assert!(quantities(&of_node(&node)).ends_with(&[Quantity::Busy, Quantity::Instances]));
        assert_eq!(of_node(&node)[2].lines.len(), 2, "a breaker was open");
        assert!(quantities(&of_node_in_full(&node)).ends_with(&[Quantity::Instances, Quantity::Retries]));
        assert_eq!(of_node(&node)[0].lines.len(), 3);
    }

    #[test]
    fn what_waits_is_the_main_line_of_a_queue() {
        let queue = NodeSeries { depth: vec![1.0; 3], ..NodeSeries::default() };
        let lanes = of_node(&queue);
        assert_eq!((lanes[0].what, lanes[0].lines[0].main), (Quantity::Depth, true));
        let both = NodeSeries { lag: vec![1.0; 3], depth: vec![1.0; 3], ..NodeSeries::default() };
        assert_eq!(of_node(&both)[0].what, Quantity::LagAndDepth);
    }

    #[test]
    fn several_nodes_are_lines_of_the_same_lanes() {
        let (consumer, producer) = (consumer(), NodeSeries { out_per_s: vec![2.0; 3], ..NodeSeries::default() });
        let lanes = of_nodes(&[("payment", &consumer), ("shop", &producer)]);
        assert_eq!(quantities(&lanes), [Quantity::Throughput, Quantity::LatencyP99, Quantity::DeadLetters]);
        let lines: Vec<_> = lanes[0].lines.iter().map(|line| line.which.clone()).collect();
        assert_eq!(lines, [Curve::Node("payment".into(), 0), Curve::Node("shop".into(), 1)]);
        assert_eq!(lanes[1].lines.len(), 1);
        let many: Vec<(&str, &NodeSeries)> = ["a", "b", "c", "d", "e"].map(|id| (id, &producer)).into();
        assert_eq!(of_nodes(&many)[0].lines.len(), BESIDE);
    }

    #[test]
    fn the_whole_flow_has_four_lanes() {
        assert_eq!(of_flow(&Series::default()).len(), 4);
    }
}
