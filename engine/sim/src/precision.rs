//! As many replications as a wanted precision takes.
//!
//! The rule is sequential: after each wave the interval is looked at, and the next wave is sized by its width. What is
//! decided depends on results only, so the number of replications is the same for every number of threads.

use std::fmt;
use std::str::FromStr;

/// How sure a run shall be of its end-to-end latency: replications are added until the half width of the 95 % interval
/// is at most `share` of the value itself.
///
/// Written `1%` (of the mean) or `p99:2%`. The interval is Student's over replications; for a quantile that of the
/// replications' own quantiles. A run that stops as soon as its interval is narrow enough covers the truth a little
/// less often than 95 % (Law, "Simulation Modeling and Analysis", 9.4.1), which is why no run decides by fewer than
/// [`Until::FEWEST`] replications.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Until {
    /// What it is about.
    pub of: Precisely,
    /// Greatest half width of the interval, as a share of the value; above 0.
    pub share: f64,
}

/// What a precision is asked of, end to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precisely {
    /// The mean.
    Mean,
    /// The median.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
}

impl Precisely {
    const ALL: [Precisely; 4] = [Precisely::Mean, Precisely::P50, Precisely::P95, Precisely::P99];

    /// As it is written: `mean`, `p50`, `p95`, `p99`.
    pub fn name(self) -> &'static str {
        match self {
            Precisely::Mean => "mean",
            Precisely::P50 => "p50",
            Precisely::P95 => "p95",
            Precisely::P99 => "p99",
        }
    }
}

impl fmt::Display for Precisely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Until {
    /// The fewest replications that decide anything.
    pub const FEWEST: u32 = 10;
    /// The most replications that are run.
    pub const MOST: u32 = 10_000;

    /// How many replications to go for when `count` of them reached `reached` (half width over value).
    pub(crate) fn next_goal(&self, count: u32, reached: Option<f64>) -> u32 {
        // The half width falls with the root of the number; a tenth more, so that one step mostly does.
        let times = reached.map_or(2.0, |reached| 1.1 * (reached / self.share) * (reached / self.share));
        let wanted = (f64::from(count) * times.clamp(1.25, 4.0)) as u32;
        wanted.max(count + 1).min(Self::MOST)
    }
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "{text:?} is no precision: write a share such as `1%`, or of a quantile `p50:1%`, `p95:2%`, `p99:2%`"
            )
        };
        let (of, share) = text.split_once(':').unwrap_or(("mean", text));
        let of = Precisely::ALL.into_iter().find(|p| p.name() == of.trim()).ok_or_else(wrong)?;
        let share = share.trim().strip_suffix('%').ok_or_else(wrong)?.trim_end();
        let share = share.parse::<f64>().map_err(|_| wrong())? / 100.0;
        // Below a thousandth the histograms' own three digits would decide.
        if (0.001..=1.0).contains(&share) {
            Ok(Until { of, share })
        } else {
            Err(format!("a precision of {text} is out of reach or of no use: ask for 0.1% to 100%"))
        }
    }
}

/// What became of an [`Until`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionReport {
    /// What was asked for.
    pub asked: Until,
    /// Half width of the interval over the value; `None` when nothing was measured.
    pub reached: Option<f64>,
    /// Why no more replications were run.
    pub ended: PrecisionEnd,
}

/// Why no more replications were run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrecisionEnd {
    /// The interval is as narrow as was asked.
    Reached,
    /// Nothing was measured that more replications would tell more about.
    NothingMeasured,
    /// [`Until::MOST`] were run.
    Replications,
    /// The budget of events is used up.
    Budget,
}

impl PrecisionEnd {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            PrecisionEnd::Reached => "reached",
            PrecisionEnd::NothingMeasured => "nothing measured",
            PrecisionEnd::Replications => "most replications",
            PrecisionEnd::Budget => "event budget",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_written_as_shares() {
        assert_eq!("1%".parse(), Ok(Until { of: Precisely::Mean, share: 0.01 }));
        assert_eq!(" p99 : 2.5 %".parse(), Ok(Until { of: Precisely::P99, share: 0.025 }));
        for wrong in ["", "1", "p98:1%", "-1%", "nan%", "0%", "0.01%", "101%", "mean:%", "p99=1%"] {
            assert!(wrong.parse::<Until>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn waves_grow_by_what_the_width_asks_for() {
        let until = Until { of: Precisely::Mean, share: 0.01 };
        assert_eq!(until.next_goal(10, Some(0.0141)), 21);
        assert_eq!(until.next_goal(10, Some(0.5)), 40);
        assert_eq!(until.next_goal(3, Some(0.0101)), 4);
        assert_eq!(until.next_goal(9_000, Some(0.02)), Until::MOST);
        assert_eq!(until.next_goal(10, None), 20);
    }
}
