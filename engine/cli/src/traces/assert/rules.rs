//! What is demanded of the traces that were found.

use std::time::Duration;

use thalweg_charts::units;
use thalweg_protocol::TraceSummary;

use crate::args::{AssertArgs, CountRange};

/// Trace ids that are told of a rule at most.
const TOLD: usize = 20;

/// The demands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    count: CountRange,
    max_duration: Option<Duration>,
    no_errors: bool,
}

/// How traces stand to the demands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Judgement {
    /// All hold, as far as traces arrived.
    Holds,
    /// There are not enough yet, and nothing else is wrong.
    TooFew,
    /// What no later span can mend.
    Broken(Vec<Broken>),
}

impl Judgement {
    pub(super) fn holds(&self) -> bool {
        *self == Judgement::Holds
    }
}

/// A demand that is broken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Broken {
    /// The option's name.
    pub(super) rule: &'static str,
    /// In words.
    pub(super) what: String,
    /// The traces that break it, the first of them.
    pub(super) traces: Vec<String>,
}

impl Rules {
    pub(super) fn of(args: &AssertArgs) -> Self {
        Rules { count: args.count, max_duration: args.max_duration, no_errors: args.no_errors }
    }

    /// Whether a later span or trace can break what holds now.
    pub(super) fn can_turn(&self) -> bool {
        self.has_most() || self.max_duration.is_some() || self.no_errors
    }

    /// Whether there may be too many.
    pub(super) fn has_most(&self) -> bool {
        self.count.most.is_some()
    }

    pub(super) fn judge(&self, found: &[TraceSummary]) -> Judgement {
        let mut broken = Vec::new();
        let count = found.len() as u64;
        if let Some(most) = self.count.most.filter(|most| count > *most) {
            let most = if most == 0 { "none".to_owned() } else { format!("at most {}", units::whole(most)) };
            broken.push(of("count", found.iter(), |_| format!("{most} allowed")));
        }
        if let Some(most) = self.max_duration {
            let most_ms = most.as_secs_f64() * 1e3;
            let longer = found.iter().filter(|trace| trace.duration_ms > most_ms);
            let allowed = units::milliseconds(most_ms);
            broken.push(of("max-duration", longer, |count| {
                format!("{} longer than {allowed}", them(count, "is", "are"))
            }));
        }
        if self.no_errors {
            let failed = found.iter().filter(|trace| trace.errors > 0);
            broken.push(of("no-errors", failed, |count| format!("{} errors", them(count, "has", "have"))));
        }
        broken.retain(|rule| !rule.traces.is_empty());
        match () {
            () if !broken.is_empty() => Judgement::Broken(broken),
            () if count < self.count.least => Judgement::TooFew,
            () => Judgement::Holds,
        }
    }
}

fn of<'a>(
    rule: &'static str,
    traces: impl Iterator<Item = &'a TraceSummary>,
    what: impl Fn(usize) -> String,
) -> Broken {
    let traces: Vec<String> = traces.map(|trace| trace.trace_id.clone()).collect();
    let what = what(traces.len());
    Broken { rule, what, traces: traces.into_iter().take(TOLD).collect() }
}

fn them(count: usize, one: &str, many: &str) -> String {
    format!("{} of them {}", units::whole(count as u64), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(id: u8, duration_ms: f64, errors: u64) -> TraceSummary {
        TraceSummary {
            trace_id: format!("{id:032x}"),
            root: "place order".into(),
            service: "shop".into(),
            start_unix_nano: 1,
            duration_ms,
            spans: 3,
            errors,
            services: vec![],
        }
    }

    fn rules(count: &str, max_duration_ms: Option<u64>, no_errors: bool) -> Rules {
        Rules { count: count.parse().unwrap(), max_duration: max_duration_ms.map(Duration::from_millis), no_errors }
    }

    fn broken(judgement: Judgement) -> Vec<(&'static str, usize)> {
        let Judgement::Broken(broken) = judgement else { return Vec::new() };
        broken.into_iter().map(|rule| (rule.rule, rule.traces.len())).collect()
    }

    #[test]
    fn too_few_may_still_become_enough() {
        assert_eq!(rules(">=1", None, false).judge(&[]), Judgement::TooFew);
        assert_eq!(rules("2", Some(500), true).judge(&[trace(1, 1.0, 0)]), Judgement::TooFew);
        assert_eq!(rules(">=1", None, false).judge(&[trace(1, 1.0, 7)]), Judgement::Holds);
        assert_eq!(rules("0", None, false).judge(&[]), Judgement::Holds);
    }

    #[test]
    fn what_no_span_can_mend_is_broken() {
        let found = [trace(1, 500.0, 0), trace(2, 500.1, 1)];
        assert_eq!(broken(rules(">=1", Some(500), true).judge(&found)), [("max-duration", 1), ("no-errors", 1)]);
        assert_eq!(broken(rules("<2", None, false).judge(&found)), [("count", 2)]);
        // Also while there are too few.
        assert_eq!(broken(rules(">=3", Some(100), false).judge(&found)), [("max-duration", 2)]);
    }

    #[test]
    fn only_existence_is_final() {
        assert!(!rules(">=2", None, false).can_turn());
        assert!(rules("2", None, false).can_turn() && rules("2", None, false).has_most());
        assert!(rules(">=1", Some(1), false).can_turn() && rules(">=1", None, true).can_turn());
    }

    #[test]
    fn sentences_count() {
        let Judgement::Broken(told) = rules("<=1", Some(1), true).judge(&[trace(1, 2.0, 1), trace(2, 2.0, 0)]) else {
            panic!("nothing is broken")
        };
        let told: Vec<_> = told.iter().map(|rule| rule.what.as_str()).collect();
        assert_eq!(told, ["at most 1 allowed", "2 of them are longer than 1 ms", "1 of them has errors"]);
    }
}
