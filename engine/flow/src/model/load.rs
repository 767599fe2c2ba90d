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

impl Load {
    /// The rate at a moment, given in seconds from the start of the run, in events per second. Of `bursts`, `batch` and
    /// the like, whose moments are drawn, it is the rate in the long run; none where only a run can tell (`closed`) or
    /// only a file (`replay`).
    pub fn rate_at(&self, second: f64) -> Option<f64> {
        Some(match self {
            Load::Constant(rate) | Load::Poisson(rate) => rate.as_per_second(),
            Load::Ramp { from, to, over } => {
                let (from, to, over) = (from.as_per_second(), to.as_per_second(), over.as_secs_f64());
                let share = if over > 0.0 { (second / over).clamp(0.0, 1.0) } else { 1.0 };
                from + (to - from) * share
            }
            Load::Steps(steps) => {
                let begun = steps.iter().take_while(|step| step.at.as_secs_f64() <= second);
                begun.last().map_or(0.0, |step| step.rate.as_per_second())
            }
            Load::Spike { base, peak, at, length } => {
                let (from, length) = (at.as_secs_f64(), length.as_secs_f64());
                let inside = from <= second && second < from + length;
                if inside { peak.as_per_second() } else { base.as_per_second() }
            }
            Load::Sine { mean, amplitude, period } => {
                let turn = std::f64::consts::TAU * second / period.as_secs_f64();
                (mean.as_per_second() + amplitude.as_per_second() * turn.sin()).max(0.0)
            }
            Load::Bursts { on, off, rate } => {
                let (on, off) = (on.as_secs_f64(), off.as_secs_f64());
                rate.as_per_second() * on / (on + off)
            }
            Load::Batch { size, every } => {
                let every = crate::scenario_edit::mean_s(every).filter(|every| *every > 0.0)?;
                f64::from(*size) / every
            }
            Load::Closed { .. } | Load::Replay(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_s: f64) -> Rate {
        Rate::per_second(per_s)
    }

    fn time(s: f64) -> Duration {
        Duration::from_secs_f64(s)
    }

    fn at<const N: usize>(load: &Load, moments: [f64; N]) -> [f64; N] {
        moments.map(|second| load.rate_at(second).unwrap())
    }

    #[test]
    fn rates_follow_their_definitions() {
        let ramp = Load::Ramp { from: rate(10.0), to: rate(110.0), over: time(100.0) };
        assert_eq!(at(&ramp, [0.0, 50.0, 100.0, 900.0]), [10.0, 60.0, 110.0, 110.0]);
        let step = |at, per_s| LoadStep { at: time(at), rate: rate(per_s) };
        let steps = Load::Steps(vec![step(10.0, 5.0), step(20.0, 0.0)]);
        assert_eq!(at(&steps, [9.0, 10.0, 19.0, 20.0]), [0.0, 5.0, 5.0, 0.0]);
        let spike = Load::Spike { base: rate(1.0), peak: rate(9.0), at: time(60.0), length: time(30.0) };
        assert_eq!(at(&spike, [59.0, 60.0, 89.0, 90.0]), [1.0, 9.0, 9.0, 1.0]);
        let sine = Load::Sine { mean: rate(10.0), amplitude: rate(20.0), period: time(400.0) };
        let [mean, crest, trough] = at(&sine, [0.0, 100.0, 300.0]);
        assert!((mean - 10.0).abs() < 1e-9 && (crest - 30.0).abs() < 1e-9 && trough == 0.0);
    }

    #[test]
    fn what_is_drawn_has_its_rate_in_the_long_run() {
        let bursts = Load::Bursts { on: time(10.0), off: time(30.0), rate: rate(100.0) };
        assert_eq!(bursts.rate_at(7.0), Some(25.0));
        let batch = Load::Batch { size: 50, every: Distribution::Exponential(time(10.0)) };
        assert_eq!(batch.rate_at(0.0), Some(5.0));
        assert_eq!(Load::Replay("orders.csv".into()).rate_at(0.0), None);
    }
}
