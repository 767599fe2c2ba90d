//! Loads: when a producer produces.

use schemars::JsonSchema;

use super::{Distribution, Duration, Rate};

/// When events are produced. Loads whose rate changes over time (`ramp`, `steps`, `spike`, `sine`, and `bursts` while on)
/// are Poisson processes of that rate; `constant` is evenly spaced.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "lowercase")]
pub enum Load {
    /// Evenly spaced.
    Constant(Rate),
    /// Independent arrivals.
    Poisson(Rate),
    /// From one rate to another in a straight line, then the second.
    Ramp {
        /// Rate at the start.
        from: Rate,
        /// Rate at the end and after it.
        to: Rate,
        /// How long the change takes.
        over: Duration,
    },
    /// A rate from each moment on; 0 before the first.
    Steps(Vec<LoadStep>),
    /// A base with one rectangle on top.
    Spike {
        /// Rate before and after.
        base: Rate,
        /// Rate during the spike.
        peak: Rate,
        /// When it begins.
        at: Duration,
        /// How long it lasts.
        #[schemars(rename = "for")]
        length: Duration,
    },
    /// `mean + amplitude · sin(2π t / period)`, cut at 0.
    Sine {
        /// Mean rate.
        mean: Rate,
        /// Greatest distance from the mean.
        amplitude: Rate,
        /// Length of one wave.
        period: Duration,
    },
    /// Exponentially long times on and off; arrivals only while on.
    Bursts {
        /// Mean length of the times on.
        on: Duration,
        /// Mean length of the times off.
        off: Duration,
        /// Rate while on.
        rate: Rate,
    },
    /// Several at once.
    Batch {
        /// How many.
        #[schemars(range(min = 1, max = 1_000_000))]
        size: u32,
        /// Time between batches.
        every: Distribution,
    },
    /// A fixed number of users, each of whom waits for the end of what it caused, thinks, and produces again.
    Closed {
        /// How many.
        #[schemars(range(min = 1, max = 1_000_000))]
        users: u32,
        /// Time from the end of one to the next.
        think_time: Distribution,
    },
    /// A CSV file relative to the flow file: times, or times and event types.
    Replay(String),
}

/// A rate from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoadStep {
    /// From when.
    pub at: Duration,
    /// The rate.
    pub rate: Rate,
}
