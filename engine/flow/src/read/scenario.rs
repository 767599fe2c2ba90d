//! Scenarios: load, overrides, faults, expectations.

use super::Reader;
use crate::model::{Expectation, Scenario, Warmup};
use crate::text::parse_expectation;
use crate::tree::{Entry, Yaml};

/// The most replications of one run.
pub(crate) const MAX_REPLICATIONS: u64 = 10_000;

impl Reader<'_> {
    pub(super) fn scenario(&mut self, entry: &Entry) -> Option<Scenario> {
        self.check_name(entry, "scenario");
        let mut f = self.fields(&entry.value, "a scenario: a map with `duration`, `load`, `faults`, …")?;
        let scenario = Scenario {
            summary: f.opt(self, "summary", Self::text),
            duration: f.opt(self, "duration", Self::duration_above_zero),
            warmup: f.opt(self, "warmup", Self::warmup),
            seed: f.opt(self, "seed", |r, y| r.whole(y, 0, u64::MAX)),
            replications: f.opt(self, "replications", |r, y| r.whole(y, 1, MAX_REPLICATIONS).map(|n| n as u32)),
            load: f
                .opt(self, "load", |r, y| Some(r.named(y, "a map of loads by producer", |r, e| r.load(&e.value))))
                .unwrap_or_default(),
            set: f
                .opt(self, "set", |r, y| {
                    Some(r.named(y, "a map of values by path, such as `payment.instances: 8`", |_, e| {
                        Some(e.value.to_json())
                    }))
                })
                .unwrap_or_default(),
            faults: f.list(self, "faults", Self::fault),
            chaos: f.opt(self, "chaos", Self::chaos),
            expect: f.list(self, "expect", Self::expectation),
        };
        f.done(self, "a scenario");
        Some(scenario)
    }

    fn warmup(&mut self, y: &Yaml) -> Option<Warmup> {
        if y.scalar().is_some_and(|s| s.text == "auto") {
            Some(Warmup::Auto)
        } else {
            self.duration(y).map(Warmup::Fixed)
        }
    }

    fn expectation(&mut self, y: &Yaml) -> Option<Expectation> {
        let text = self.word_of_text(y)?;
        if text.len() > 500 {
            self.expected(y, "an expectation such as `p99(end_to_end) < 2s`");
            return None;
        }
        match parse_expectation(&text) {
            Ok(expectation) => Some(expectation),
            Err((range, error)) => {
                // The part can be underlined when the text stands in the file as it is.
                let exact = self.written(y.span.clone()) == text;
                let place = if exact { y.span.start + range.start..y.span.start + range.end } else { y.span.clone() };
                self.error(place, "expectation", error.message, error.help);
                None
            }
        }
    }
}
