//! Words of the timeline.

pub(crate) const TIMELINE: &str = "Timeline of the simulation";
pub(crate) const EMPTY: &str = "Press ▶ Simulate to see load, latency and dead letters over time.";
pub(crate) const OR_PRESS: &str = "or press";
pub(crate) const FIRST_CURVES: &str = "The first curves come in a moment.";
pub(crate) const SCRUBBER: &str = "Moment of the run";
pub(crate) const SCRUBBER_HINT: &str =
    "Drag to move through the run; arrow keys step, Space plays. Drag with Shift zooms, a double click shows all.";
pub(crate) const PLAY: &str = "Play the run";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const SPEED: &str = "Speed of playing";
pub(crate) const RESIZE: &str = "Height of the timeline";
pub(crate) const WARM_UP: &str = "warm-up";
pub(crate) const NO_VALUES: &str = "no values";
pub(crate) const SHOW_ALL: &str = "Show the whole run";

pub(crate) const THROUGHPUT: &str = "Throughput";
pub(crate) const LATENCY: &str = "Latency";
pub(crate) const LATENCY_P99: &str = "Latency p99";
pub(crate) const LAG: &str = "Lag";
pub(crate) const DEPTH: &str = "Depth";
pub(crate) const LAG_AND_DEPTH: &str = "Lag, depth";
pub(crate) const BUSY: &str = "Busy";
pub(crate) const INSTANCES: &str = "Instances";
pub(crate) const DEAD_LETTERS: &str = "Dead letters";

pub(crate) const PRODUCED: &str = "produced";
pub(crate) const COMPLETED: &str = "completed";
pub(crate) const IN: &str = "in";
pub(crate) const OUT: &str = "out";
pub(crate) const FAILED: &str = "failed";
pub(crate) const LAG_LINE: &str = "lag";
pub(crate) const DEPTH_LINE: &str = "depth";
pub(crate) const BUSY_LINE: &str = "servers busy";
pub(crate) const INSTANCES_LINE: &str = "instances up";
pub(crate) const SO_FAR: &str = "so far";

/// The name of a row that shows one node.
pub(crate) fn of_node(row: &str, node: &str) -> String {
    format!("{row} · {node}")
}

/// `07:42 of 20:00`.
pub(crate) fn of_whole(whole: &str) -> String {
    format!("of {whole}")
}

/// `60×`.
pub(crate) fn times(speed: u32) -> String {
    format!("{speed}×")
}

/// A fault that strikes at the pointer: what, when, how much it touched.
pub(crate) fn fault(what: &str, from: &str, until: &str, touched: &str) -> String {
    format!("{what} · {from}–{until} · touched {touched}")
}
