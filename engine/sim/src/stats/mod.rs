//! What the kernel measures with: counts, time-weighted levels, latencies; and intervals of confidence.

mod counts;
mod latency;
mod moments;
mod sketch;
mod student;
mod weighted;
mod welch;

pub(crate) use counts::{
    ChannelCounts, ConsumerCounts, FlowCounts, GroupCounts, LimitCounts, MemoryCounts, PlaceCounts, ProducerCounts,
    ServiceCounts,
};
pub(crate) use latency::{Recorder, SPREAD_OF};
pub(crate) use moments::{above_zero, deviation};
pub(crate) use sketch::Sketch;
pub(crate) use student::{interval, ratio};
pub(crate) use weighted::Weighted;
pub use welch::{Sample, difference95};
