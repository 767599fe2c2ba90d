//! Distributions of times.

use super::Reader;
use super::fields::start_of;
use crate::model::{Distribution, Duration, Empirical, Phase, Spread};
use crate::tree::{Kind, Yaml};

const KINDS: [&str; 11] = [
    "const",
    "exponential",
    "uniform",
    "normal",
    "lognormal",
    "gamma",
    "erlang",
    "weibull",
    "pareto",
    "hyperexponential",
    "empirical",
];

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

impl Reader<'_> {
    /// A distribution, or a bare duration for a constant.
    pub(crate) fn distribution(&mut self, y: &Yaml) -> Option<Distribution> {
        if matches!(y.kind, Kind::Scalar(_)) {
            return self.duration(y).map(Distribution::Const);
        }
        let (name, value) = self.choice(y, "a distribution", &KINDS)?;
        self.within(crate::path::Step::Key(name.to_owned()), |r| r.distribution_of(name, value))
    }

    fn distribution_of(&mut self, name: &'static str, y: &Yaml) -> Option<Distribution> {
        match name {
            "const" => self.duration(y).map(Distribution::Const),
            "exponential" => self.duration_above_zero(y).map(Distribution::Exponential),
            "uniform" => self.uniform(y),
            "normal" => self.with_mean(y, "normal: { mean: 20ms, sd: 5ms }", |r, f, mean| {
                let sd = f.req(r, "sd", "5ms", Reader::duration)?;
                Some(Distribution::Normal { mean, sd })
            }),
            "lognormal" => self.lognormal(y),
            "gamma" => self.with_mean(y, "gamma: { mean: 40ms, cv: 0.8 }", |r, f, mean| {
                let cv = f.req(r, "cv", "0.8", |r, y| r.between(y, 0.001, 100.0))?;
                Some(Distribution::Gamma { mean, cv })
            }),
            "erlang" => self.with_mean(y, "erlang: { mean: 40ms, k: 3 }", |r, f, mean| {
                let k = f.req(r, "k", "3", |r, y| r.whole(y, 1, 1000))?;
                Some(Distribution::Erlang { mean, k: k as u32 })
            }),
            "weibull" => self.with_mean(y, "weibull: { mean: 40ms, shape: 0.7 }", |r, f, mean| {
                let shape = f.req(r, "shape", "0.7", |r, y| r.between(y, 0.1, 100.0))?;
                Some(Distribution::Weibull { mean, shape })
            }),
            "pareto" => self.with_mean(y, "pareto: { mean: 40ms, shape: 2.5 }", |r, f, mean| {
                let shape = f.req(r, "shape", "2.5", Reader::pareto_shape)?;
                Some(Distribution::Pareto { mean, shape })
            }),
            "hyperexponential" => self.hyperexponential(y),
            _ => self.empirical(y),
        }
    }

    fn with_mean(
        &mut self,
        y: &Yaml,
        example: &str,
        rest: impl FnOnce(&mut Self, &mut super::Fields<'_>, Duration) -> Option<Distribution>,
    ) -> Option<Distribution> {
        let mut f = self.fields(y, &format!("a map, as in `{example}`"))?;
        let mean = f.req(self, "mean", "20ms", Self::duration_above_zero);
        // The rest is read also without a mean, so that all its errors are told at once.
        let value = rest(self, &mut f, mean.unwrap_or(Duration::from_nanos(1)));
        f.done(self, "this distribution");
        mean.and(value)
    }

    /// A number in a range.
    pub(crate) fn between(&mut self, y: &Yaml, least: f64, most: f64) -> Option<f64> {
        let value = self.number(y)?;
        if (least..=most).contains(&value) {
            return Some(value);
        }
        let help = format!("write a number from {least} to {most}");
        self.error(y.span.clone(), "range", format!("{value} is not between {least} and {most}"), Some(help));
        None
    }

    fn uniform(&mut self, y: &Yaml) -> Option<Distribution> {
        let example = "two durations, as in `uniform: [10ms, 30ms]`";
        let [low, high] = y.items() else {
            self.expected(y, example);
            return None;
        };
        let (low, high_value) = (self.duration(low), self.duration(high));
        let (low, high_value) = (low?, high_value?);
        if low > high_value {
            let help = format!("write `[{high_value}, {low}]`");
            self.error(y.span.clone(), "range", format!("{low} is longer than {high_value}"), Some(help));
            return None;
        }
        Some(Distribution::Uniform { low, high: high_value })
    }

    fn lognormal(&mut self, y: &Yaml) -> Option<Distribution> {
        self.with_mean(y, "lognormal: { mean: 18ms, p99: 90ms }", |r, f, mean| {
            let mean_known = f.has("mean");
            let p99 = f.opt(r, "p99", |r, y| {
                let p99 = r.duration(y)?;
                if mean_known {
                    r.check_p99(y, mean, p99)?;
                }
                Some(p99)
            });
            let cv = f.opt(r, "cv", |r, y| r.between(y, 0.001, 100.0));
            if f.has("p99") == f.has("cv") {
                let message = if f.has("p99") { "both `p99` and `cv` are given" } else { "`p99` or `cv` is missing" };
                let place = start_of(y);
                r.error(place, "missing-key", message, Some("write one of `p99: 90ms` and `cv: 1.2`".to_owned()));
                return None;
            }
            let spread = p99.map(Spread::P99).or(cv.map(Spread::Cv))?;
            Some(Distribution::Lognormal { mean, spread })
        })
    }

    /// With σ the deviation of the logarithm, ln(p99/mean) = z·σ − σ²/2, which is at most z²/2 and at least 0 for the
    /// smaller root: beyond that no lognormal has such a tail.
    fn check_p99(&mut self, y: &Yaml, mean: Duration, p99: Duration) -> Option<()> {
        // A mean that could not be read is a nanosecond here; its own error is told already.
        if mean.as_nanos() == 1 {
            return Some(());
        }
        let ratio = p99.as_secs_f64() / mean.as_secs_f64();
        let most = (Z99 * Z99 / 2.0).exp();
        if ratio > 1.0 && ratio <= most {
            return Some(());
        }
        let limit = Duration::from_nanos((mean.as_nanos() as f64 * most).floor() as u64);
        let (message, help) = if ratio <= 1.0 {
            (format!("the p99 {p99} is not above the mean {mean}"), "write a longer p99".to_owned())
        } else {
            let message = format!("no lognormal with mean {mean} has a p99 of {p99}: at most {most:.2} times the mean");
            (message, format!("write {:.0}ms or less, or give `cv`, or use `pareto`", limit.as_millis_f64().floor()))
        };
        self.error(y.span.clone(), "range", message, Some(help));
        None
    }

    fn pareto_shape(&mut self, y: &Yaml) -> Option<f64> {
        let shape = self.number(y)?;
        if shape > 1.0 && shape <= 1000.0 {
            return Some(shape);
        }
        let message = if shape > 1.0 {
            format!("{shape} is more than 1000")
        } else {
            format!("a Pareto distribution of shape {shape} has no mean")
        };
        self.error(y.span.clone(), "range", message, Some("write a shape above 1, such as 2.5".to_owned()));
        None
    }

    fn hyperexponential(&mut self, y: &Yaml) -> Option<Distribution> {
        let mut whole = true;
        let phases = self.list(y, |r, y| {
            let phase = r.phase(y);
            whole &= phase.is_some();
            phase
        });
        if !whole || !matches!(y.kind, Kind::Seq { .. }) {
            return None;
        }
        let sum: f64 = phases.iter().map(|p| p.share.as_fraction()).sum();
        if (sum - 1.0).abs() > 1e-9 {
            let message = format!("the shares add up to {}%, not to 100%", (sum * 1e8).round() / 1e6);
            let place = start_of(y);
            self.error(place, "range", message, Some("change them so that they add up to 100%".to_owned()));
            return None;
        }
        Some(Distribution::Hyperexponential(phases))
    }

    fn phase(&mut self, y: &Yaml) -> Option<Phase> {
        let mut f = self.fields(y, "a map, as in `{ share: 90%, mean: 5ms }`")?;
        let share = f.req(self, "share", "90%", Self::share);
        let mean = f.req(self, "mean", "5ms", Self::duration_above_zero);
        f.done(self, "a branch");
        Some(Phase { share: share?, mean: mean? })
    }

    fn empirical(&mut self, y: &Yaml) -> Option<Distribution> {
        if matches!(y.kind, Kind::Scalar(_)) {
            return self.word_of_text(y).map(|path| Distribution::Empirical(Empirical::Path(path)));
        }
        let values = self.list(y, Self::duration);
        if y.items().is_empty() {
            self.expected(y, "observed durations `[12ms, 15ms]`, or the path of a CSV file");
            return None;
        }
        (values.len() == y.items().len()).then_some(Distribution::Empirical(Empirical::Values(values)))
    }
}
