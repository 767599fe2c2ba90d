//! Running a case and comparing it with what is known.

use thalweg_flow::{Overrides, resolve};
use thalweg_sim::{Files, Observer, Plan, Report, RunOptions, SimError, run};

use crate::case::{Case, Look, Row};
use crate::estimate::Estimate;

/// One known answer beside what this build says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What is measured, such as `Wq`.
    pub what: String,
    /// Unit of the values, empty for plain numbers.
    pub unit: &'static str,
    /// What is known.
    pub exact: f64,
    /// What was simulated; none if nothing came about.
    pub simulated: Option<Estimate>,
    /// What the exact value may lie beyond the interval, because it is known, or can be measured, only so well.
    pub slack: f64,
    /// How often the case was run: twice when the first interval missed.
    pub looks: u32,
    /// Why the two do not agree; none if they do.
    pub disagreement: Option<String>,
}

impl Answer {
    /// Whether the simulation reproduces what is known.
    pub fn agrees(&self) -> bool {
        self.disagreement.is_none()
    }
}

/// The second look has so many times the replications of the first.
const CLOSER: u32 = 4;
/// And so many times narrower intervals: the root of [`CLOSER`].
const NARROWER: f64 = 2.0;
/// A scenario may not have more.
const MOST_REPLICATIONS: u32 = 10_000;

/// Runs a case. Of a hundred 99 % intervals one misses the truth: a random row that misses is looked at once more, with
/// other random numbers and [`CLOSER`] times as many of them, and that look counts. Its interval must be half as wide as
/// the first had to be, so that an error that is too small for the first look to be sure of does not pass at the second.
///
/// # Errors
/// When the run was cancelled.
pub fn check(case: &Case, threads: usize, observer: &dyn Observer) -> Result<Vec<Answer>, SimError> {
    let first = look(case, None, threads, observer)?;
    let mut answers = compare(case, &first, 1);
    let again = case.flow.is_some() && answers.iter().any(|a| !a.agrees() && a.simulated.is_some_and(|s| s.half > 0.0));
    if again && let Ok(report) = &first {
        let second =
            look(case, Some(report.replications.saturating_mul(CLOSER).min(MOST_REPLICATIONS)), threads, observer)?;
        let closer = compare(case, &second, 2);
        for (answer, closer) in answers.iter_mut().zip(closer) {
            if !answer.agrees() {
                *answer = closer;
            }
        }
    }
    Ok(answers)
}

/// The report of a case, or why there is none.
type Seen = Result<Report, String>;

fn look(case: &Case, replications: Option<u32>, threads: usize, observer: &dyn Observer) -> Result<Seen, SimError> {
    let Some(text) = case.document() else { return Ok(Err("no flow".to_owned())) };
    // Of its own for each case and look, so that luck in one says nothing about the others.
    let seed = Some(seed_of(&case.id) + u64::from(replications.is_some()));
    let overrides = Overrides { replications, seed, ..Overrides::default() };
    let resolved = match resolve(&text, None, &overrides) {
        Ok(resolved) => resolved,
        Err(problems) => return Ok(Err(listed("not a flow", problems))),
    };
    let plan = match Plan::compile(&resolved, &Files::new()) {
        Ok(plan) => plan,
        Err(refusals) => {
            return Ok(Err(listed("refused", refusals.into_iter().map(|r| format!("{}: {}", r.path, r.message)))));
        }
    };
    match run(&plan, &RunOptions { threads, ..RunOptions::default() }, observer) {
        Ok(report) => Ok(Ok(report)),
        Err(SimError::Cancelled) => Err(SimError::Cancelled),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// FNV-1a of a case's name, short enough to be typed.
fn seed_of(id: &str) -> u64 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    2 * u64::from(hash % 1_000_000)
}

fn listed(what: &str, reasons: impl IntoIterator<Item = impl ToString>) -> String {
    let reasons: Vec<String> = reasons.into_iter().map(|reason| reason.to_string()).collect();
    format!("{what}: {}", reasons.join("; "))
}

fn compare(case: &Case, seen: &Seen, looks: u32) -> Vec<Answer> {
    case.rows.iter().map(|row| row.compare(seen, looks)).collect()
}

impl Row {
    fn compare(&self, seen: &Seen, looks: u32) -> Answer {
        let (unit, simulated) = match (&self.look, seen) {
            (Look::Function(value), _) => ("", Ok(Estimate::fixed(*value))),
            (Look::Report(measure), Ok(report)) => {
                let read = (measure.read)(report).filter(|e| e.value.is_finite() && e.half.is_finite());
                (measure.unit, read.ok_or_else(|| "nothing was measured".to_owned()))
            }
            (Look::Report(measure), Err(reason)) => (measure.unit, Err(reason.clone())),
        };
        let disagreement = match &simulated {
            Ok(estimate) => self.judge(*estimate, looks),
            Err(reason) => Some(reason.clone()),
        };
        Answer {
            what: self.what.clone(),
            unit,
            exact: self.exact,
            simulated: simulated.ok(),
            slack: self.slack,
            looks,
            disagreement,
        }
    }

    fn judge(&self, estimate: Estimate, looks: u32) -> Option<String> {
        let width = if looks > 1 { self.width / NARROWER } else { self.width };
        let distance = (estimate.value - self.exact).abs();
        // What is not random is compared to the last digits of a double's sums.
        let rounding = 1e-9 * self.exact.abs();
        if distance > estimate.half + self.slack + rounding {
            Some("the interval does not hold the exact value".to_owned())
        } else if estimate.half > width * self.exact.abs() + self.slack {
            Some(format!("the interval is wider than {} % of the exact value", width * 100.0))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{sojourn, wait};

    fn mm1(exact: f64, width: f64) -> Case {
        Case::station("mm1", "M/M/1", "", "poisson: 80/s", "", ", service_time: { exponential: 10ms }")
            .runs("duration: 300s; warmup: 20s; replications: 10")
            .row("Wq", wait("server"), exact, width)
    }

    fn answers(case: &Case) -> Vec<Answer> {
        check(case, 2, &()).unwrap()
    }

    #[test]
    fn the_right_value_agrees_at_once() {
        let [answer] = &answers(&mm1(40.0, 0.2))[..] else { panic!("one answer") };
        assert!(answer.agrees() && answer.looks == 1, "{answer:?}");
    }

    #[test]
    fn a_wrong_value_disagrees_at_the_second_look_too() {
        let [answer] = &answers(&mm1(44.0, 0.2))[..] else { panic!("one answer") };
        assert_eq!(answer.looks, 2);
        assert!(answer.disagreement.as_ref().unwrap().contains("does not hold"), "{answer:?}");
    }

    /// An error of 3 % with an interval of ±4 %, of ±5 % that are allowed, passes once; at the second look ±4 % are vague.
    #[test]
    fn the_second_look_must_be_twice_as_sharp() {
        let case = mm1(40.0, 0.05);
        let estimate = Estimate { value: 41.2, half: 1.6 };
        assert_eq!(case.rows[0].judge(estimate, 1), None);
        assert!(case.rows[0].judge(estimate, 2).is_some_and(|why| why.contains("wider than 2.5 %")));
        let sharp = Estimate { value: 41.2, half: 0.8 };
        assert!(case.rows[0].judge(sharp, 2).is_some_and(|why| why.contains("does not hold")));
    }

    #[test]
    fn a_vague_interval_disagrees() {
        let [answer] = &answers(&mm1(40.0, 0.001))[..] else { panic!("one answer") };
        assert!(answer.disagreement.as_ref().unwrap().contains("wider"), "{answer:?}");
    }

    #[test]
    fn what_is_refused_or_not_measured_disagrees() {
        let [_, answer] = &answers(&mm1(40.0, 0.2).row("W", sojourn("nobody"), 50.0, 0.1))[..] else { panic!("two") };
        assert_eq!(answer.disagreement.as_deref(), Some("nothing was measured"));
        let [answer] = &answers(&mm1(40.0, 0.2).runs("duration: 0s"))[..] else { panic!("one answer") };
        assert!(answer.disagreement.is_some() && answer.simulated.is_none(), "{answer:?}");
    }
}
