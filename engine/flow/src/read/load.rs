//! Loads: when a producer produces.

use super::Reader;
use super::fields::start_of;
use crate::model::{Duration, Load, LoadStep};
use crate::path::Step;
use crate::tree::Yaml;

const KINDS: [&str; 10] =
    ["constant", "poisson", "ramp", "steps", "spike", "sine", "bursts", "batch", "closed", "replay"];

impl Reader<'_> {
    /// A load: a map with one key that says which.
    pub(crate) fn load(&mut self, y: &Yaml) -> Option<Load> {
        let (name, value) = self.choice(y, "a load", &KINDS)?;
        self.within(Step::Key(name.to_owned()), |r| r.load_of(name, value))
    }

    fn load_of(&mut self, name: &str, y: &Yaml) -> Option<Load> {
        match name {
            "constant" => self.rate(y).map(Load::Constant),
            "poisson" => self.rate(y).map(Load::Poisson),
            "ramp" => {
                let mut f = self.fields(y, "a map, as in `ramp: { from: 10/s, to: 100/s, over: 5m }`")?;
                let from = f.req(self, "from", "10/s", Self::rate);
                let to = f.req(self, "to", "100/s", Self::rate);
                let over = f.req(self, "over", "5m", Self::duration_above_zero);
                f.done(self, "a ramp");
                Some(Load::Ramp { from: from?, to: to?, over: over? })
            }
            "steps" => self.steps_load(y),
            "spike" => {
                let mut f = self.fields(y, "a map, as in `spike: { base: 10/s, peak: 90/s, at: 2m, for: 30s }`")?;
                let base = f.req(self, "base", "10/s", Self::rate);
                let peak = f.req(self, "peak", "90/s", Self::rate);
                let at = f.req(self, "at", "2m", Self::duration);
                let length = f.req(self, "for", "30s", Self::duration_above_zero);
                f.done(self, "a spike");
                Some(Load::Spike { base: base?, peak: peak?, at: at?, length: length? })
            }
            "sine" => {
                let mut f = self.fields(y, "a map, as in `sine: { mean: 50/s, amplitude: 30/s, period: 1h }`")?;
                let mean = f.req(self, "mean", "50/s", Self::rate);
                let amplitude = f.req(self, "amplitude", "30/s", Self::rate);
                let period = f.req(self, "period", "1h", Self::duration_above_zero);
                f.done(self, "a sine");
                Some(Load::Sine { mean: mean?, amplitude: amplitude?, period: period? })
            }
            "bursts" => {
                let mut f = self.fields(y, "a map, as in `bursts: { on: 10s, off: 50s, rate: 300/s }`")?;
                let on = f.req(self, "on", "10s", Self::duration_above_zero);
                let off = f.req(self, "off", "50s", Self::duration_above_zero);
                let rate = f.req(self, "rate", "300/s", Self::rate);
                f.done(self, "bursts");
                Some(Load::Bursts { on: on?, off: off?, rate: rate? })
            }
            "batch" => {
                let mut f = self.fields(y, "a map, as in `batch: { size: 100, every: 1m }`")?;
                let size = f.req(self, "size", "100", Self::count);
                let every = f.req(self, "every", "1m", |r, y| {
                    let every = r.distribution(y)?;
                    r.never_zero(y, &every)?;
                    Some(every)
                });
                f.done(self, "a batch load");
                Some(Load::Batch { size: size?, every: every? })
            }
            "closed" => {
                let mut f = self.fields(y, "a map, as in `closed: { users: 50, think_time: 2s }`")?;
                let users = f.req(self, "users", "50", Self::count);
                let think_time = f.req(self, "think_time", "2s", Self::distribution);
                f.done(self, "a closed load");
                Some(Load::Closed { users: users?, think_time: think_time? })
            }
            _ => self.word_of_text(y).map(Load::Replay),
        }
    }

    fn steps_load(&mut self, y: &Yaml) -> Option<Load> {
        let mut last: Option<Duration> = None;
        let steps = self.list(y, |r, y| {
            let mut f = r.fields(y, "a map, as in `{ at: 5m, rate: 100/s }`")?;
            let at = f.req(r, "at", "5m", |r, y| {
                let at = r.duration(y)?;
                if let Some(before) = last.filter(|before| at <= *before) {
                    let help = Some("write the steps in the order of time".to_owned());
                    r.error(y.span.clone(), "order", format!("{at} does not come after {before}"), help);
                }
                last = Some(at);
                Some(at)
            });
            let rate = f.req(r, "rate", "100/s", Reader::rate);
            f.done(r, "a step");
            Some(LoadStep { at: at?, rate: rate? })
        });
        if y.items().is_empty() {
            self.expected(y, "at least one step, as in `steps: [{ at: 0s, rate: 10/s }]`");
            return None;
        }
        Some(Load::Steps(steps))
    }

    /// A time that lies between repetitions: always 0 would repeat without end at one moment.
    pub(crate) fn never_zero(&mut self, y: &Yaml, times: &crate::model::Distribution) -> Option<()> {
        use crate::model::{Distribution, Empirical};
        let zero = match times {
            Distribution::Const(time) => *time == Duration::ZERO,
            Distribution::Uniform { high, .. } => *high == Duration::ZERO,
            Distribution::Empirical(Empirical::Values(values)) => values.iter().all(|v| *v == Duration::ZERO),
            _ => false,
        };
        if !zero {
            return Some(());
        }
        let place = start_of(y);
        self.error(place, "zero", "this time must be longer than 0", Some("write `1ms` or more".to_owned()));
        None
    }
}
