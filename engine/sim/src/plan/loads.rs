//! Loads of the document as arrival processes.

use thalweg_flow::{Load, Rate};

use super::names::Compiler;
use super::{csv, times};
use crate::sample::Sampler;

/// How many events or messages may come of one cause.
pub(crate) const MAX_AT_ONCE: u32 = 1_000_000;
/// How many users a closed load may have.
const MAX_USERS: u32 = 1_000_000;

/// When a producer produces. Times in nanoseconds, rates per nanosecond.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arrivals {
    Never,
    /// The k-th at `k · period`.
    Constant {
        period: f64,
    },
    Poisson {
        gap: f64,
    },
    /// A Poisson process whose rate is a chain of straight lines.
    Varying(Vec<Segment>),
    /// A Poisson process with rate `mean + amplitude · sin(2πt/period)`, cut at 0.
    Sine {
        mean: f64,
        amplitude: f64,
        period: f64,
    },
    Bursts {
        on: f64,
        off: f64,
        gap: f64,
    },
    Batch {
        size: u32,
        every: Sampler,
    },
    Closed {
        users: u32,
        think_time: Sampler,
    },
    /// Times with the event type, as numbered by the plan; in order of time.
    Replay(Vec<(u64, Option<u32>)>),
}

/// A piece of a varying rate: from `start` on, `rate + slope · (t − start)`, until the next piece starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Segment {
    pub(crate) start: f64,
    pub(crate) rate: f64,
    pub(crate) slope: f64,
}

fn per_nano(rate: Rate) -> f64 {
    rate.as_per_second() / 1e9
}

impl Compiler<'_> {
    /// The arrival process of a load, or a refusal at `path` and silence.
    pub(crate) fn arrivals(&mut self, path: &str, load: &Load) -> Arrivals {
        if let Some(rate) = bad_rate(load) {
            self.refusals.add(path, format!("a rate of {rate}/s is none"), "rates are finite and not negative");
            return Arrivals::Never;
        }
        let flat = |at: u64, rate: f64| Segment { start: at as f64, rate, slope: 0.0 };
        match load {
            Load::Constant(rate) if per_nano(*rate) > 0.0 => Arrivals::Constant { period: 1.0 / per_nano(*rate) },
            Load::Poisson(rate) if per_nano(*rate) > 0.0 => Arrivals::Poisson { gap: 1.0 / per_nano(*rate) },
            Load::Constant(_) | Load::Poisson(_) => Arrivals::Never,
            Load::Ramp { from, to, over } => {
                let (from, to, over) = (per_nano(*from), per_nano(*to), over.as_nanos());
                let mut segments = Vec::new();
                if over > 0 {
                    segments.push(Segment { start: 0.0, rate: from, slope: (to - from) / over as f64 });
                }
                segments.push(flat(over, to));
                Arrivals::Varying(segments)
            }
            Load::Steps(steps) => {
                let mut segments = vec![flat(0, 0.0)];
                let mut steps = steps.clone();
                steps.sort_by_key(|step| step.at);
                segments.extend(steps.iter().map(|step| flat(step.at.as_nanos(), per_nano(step.rate))));
                Arrivals::Varying(segments)
            }
            Load::Spike { base, peak, at, length } => {
                let end = at.as_nanos().saturating_add(length.as_nanos());
                let base = per_nano(*base);
                Arrivals::Varying(vec![flat(0, base), flat(at.as_nanos(), per_nano(*peak)), flat(end, base)])
            }
            Load::Sine { mean, amplitude, period } => {
                let (mean, amplitude) = (per_nano(*mean), per_nano(*amplitude));
                match (period.as_nanos(), mean + amplitude > 0.0) {
                    (_, false) => Arrivals::Never,
                    (0, true) => {
                        self.refusals.add(path, "a wave needs a length", "give `period` a duration above 0");
                        Arrivals::Never
                    }
                    (period, true) => Arrivals::Sine { mean, amplitude, period: period as f64 },
                }
            }
            Load::Bursts { on, off, rate } => match (on.as_nanos(), off.as_nanos()) {
                (0, _) => Arrivals::Never,
                _ if per_nano(*rate) <= 0.0 => Arrivals::Never,
                (_, 0) => Arrivals::Poisson { gap: 1.0 / per_nano(*rate) },
                (on, off) => Arrivals::Bursts { on: on as f64, off: off as f64, gap: 1.0 / per_nano(*rate) },
            },
            Load::Batch { size, every } => {
                if *size > MAX_AT_ONCE {
                    let message = format!("{size} events in one moment are more than {MAX_AT_ONCE}");
                    self.refusals.add(path, message, "make the batch smaller and more frequent");
                    return Arrivals::Never;
                }
                Arrivals::Batch { size: *size, every: self.sampler(&format!("{path}.batch.every"), every) }
            }
            Load::Closed { users, think_time } => {
                if *users > MAX_USERS {
                    let message = format!("{users} users are more than the {MAX_USERS} that can be simulated");
                    self.refusals.add(path, message, "use an open load (`poisson`) for so many users");
                    return Arrivals::Never;
                }
                let think_time = self.sampler(&format!("{path}.closed.think_time"), think_time);
                Arrivals::Closed { users: *users, think_time }
            }
            Load::Replay(file) => self.replay(path, file),
        }
    }

    fn replay(&mut self, path: &str, file: &str) -> Arrivals {
        let read = self.file(file).and_then(|text| csv::rows(text).map_err(|row| times::in_file(file, &row)));
        let rows: Vec<(u64, Option<String>)> = match read {
            Ok(rows) => rows.into_iter().map(|(at, event)| (at, event.map(str::to_owned))).collect(),
            Err((message, help)) => {
                self.refusals.add(path, message, help);
                return Arrivals::Never;
            }
        };
        let mut arrivals: Vec<_> = rows.into_iter().map(|(at, e)| (at, e.map(|e| self.event_number(&e)))).collect();
        arrivals.sort_by_key(|(at, _)| *at);
        Arrivals::Replay(arrivals)
    }
}

/// A rate of the load that is no rate.
fn bad_rate(load: &Load) -> Option<f64> {
    let rates = match load {
        Load::Constant(rate) | Load::Poisson(rate) | Load::Bursts { rate, .. } => vec![*rate],
        Load::Ramp { from, to, .. } => vec![*from, *to],
        Load::Steps(steps) => steps.iter().map(|step| step.rate).collect(),
        Load::Spike { base, peak, .. } => vec![*base, *peak],
        Load::Sine { mean, amplitude, .. } => vec![*mean, *amplitude],
        Load::Batch { .. } | Load::Closed { .. } | Load::Replay(_) => Vec::new(),
    };
    rates.into_iter().map(Rate::as_per_second).find(|rate| !(rate.is_finite() && *rate >= 0.0))
}

impl Arrivals {
    /// Expected number of events in the first `duration` nanoseconds; of a closed load as if nothing took any time.
    pub(crate) fn expected(&self, duration: f64) -> f64 {
        match self {
            Arrivals::Never => 0.0,
            Arrivals::Constant { period } => (duration / period).floor(),
            Arrivals::Poisson { gap } => duration / gap,
            Arrivals::Varying(segments) => (0..segments.len()).map(|i| area(segments, i, duration)).sum(),
            Arrivals::Sine { mean, amplitude, .. } => (mean + amplitude) * duration,
            Arrivals::Bursts { on, off, gap } => duration / gap * on / (on + off) + duration / (on + off) / 1000.0,
            Arrivals::Batch { size, every } => f64::from(*size) * (1.0 + duration / every.mean().max(1.0)),
            Arrivals::Closed { users, think_time } => f64::from(*users) * (1.0 + duration / think_time.mean().max(1.0)),
            Arrivals::Replay(times) => times.partition_point(|(at, _)| (*at as f64) < duration) as f64,
        }
    }
}

/// Expected number of events of one segment before `duration`.
fn area(segments: &[Segment], index: usize, duration: f64) -> f64 {
    let segment = &segments[index];
    let end = segments.get(index + 1).map_or(duration, |next| next.start).min(duration);
    let length = (end - segment.start).max(0.0);
    length * (segment.rate + segment.slope * length / 2.0)
}
