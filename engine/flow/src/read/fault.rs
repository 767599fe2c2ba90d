//! Faults: planned failures.

use super::fields::start_of;
use super::{Fields, Reader, shown};
use crate::model::{Chaos, EdgeRef, Fault, FaultKind, FaultName, FaultTarget};
use crate::suggest;
use crate::tree::Yaml;

/// The words of faults; each is the key that says what is struck.
pub(crate) const FAULTS: [&str; FaultName::ALL.len()] = {
    let mut words = [""; FaultName::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = FaultName::ALL[at].as_str();
        at += 1;
    }
    words
};

impl Reader<'_> {
    pub(super) fn fault(&mut self, y: &Yaml) -> Option<Fault> {
        let mut f = self.fields(y, "a fault: a map such as `{ at: 5m, for: 30s, outage: mailer }`")?;
        let at = f.req(self, "at", "5m", Self::distribution);
        let length = f.opt(self, "for", Self::distribution);
        let every = f.opt(self, "every", |r, y| {
            let every = r.distribution(y)?;
            r.never_zero(y, &every)?;
            Some(every)
        });
        if f.has("every") && !f.has("for") {
            let place = start_of(y);
            let help = Some("write `for: 30s` as well, or remove `every`".to_owned());
            self.error(place, "missing-key", "`every` repeats a fault that has no end", help);
        }
        let written: Vec<&'static str> = FAULTS.into_iter().filter(|name| f.has(name)).collect();
        let kind = match written.as_slice() {
            [name] => {
                let kind = self.fault_kind(&mut f, name);
                f.done(self, &format!("the fault `{name}`"));
                kind
            }
            [] => {
                self.no_fault_kind(y);
                None
            }
            several => {
                let place = start_of(y);
                let help = Some("write one list entry for each".to_owned());
                self.error(
                    place,
                    "one-key",
                    format!("this is {} faults in one: {}", several.len(), several.join(", ")),
                    help,
                );
                None
            }
        };
        Some(Fault { at: at?, length, every, kind: kind? })
    }

    pub(super) fn chaos(&mut self, y: &Yaml) -> Option<Chaos> {
        let mut f = self.fields(y, "a map, as in `{ seed: 7, rate: 6/h, kinds: [crash, slow] }`")?;
        let seed = f.opt(self, "seed", |r, y| r.whole(y, 0, u64::MAX));
        let rate = f.req(self, "rate", "6/h", Self::rate_above_zero);
        let known = FaultName::ALL.map(|name| (name.as_str(), name));
        let kinds = f.list(self, "kinds", |r, y| r.one_of(y, "a fault", &known));
        f.done(self, "`chaos`");
        Some(Chaos { seed, rate: rate?, kinds })
    }

    /// Nothing says what fails: the first key that could be a misspelt fault is the likely place.
    fn no_fault_kind(&mut self, y: &Yaml) {
        let own = ["at", "for", "every"];
        let strange = y.entries().iter().find(|e| !own.contains(&e.key.text.as_str()));
        if let Some(entry) = strange {
            let message = format!("there is no fault `{}`", shown(&entry.key.text));
            let help = suggest::sentence(&entry.key.text, &FAULTS);
            self.error(entry.key.span.clone(), "unknown-kind", message, Some(help));
            return;
        }
        let help = format!("write one of {}, and what it strikes", FAULTS.join(", "));
        self.error(start_of(y), "missing-key", "this fault does not say what fails", Some(help));
    }

    fn fault_kind(&mut self, f: &mut Fields<'_>, name: &'static str) -> Option<FaultKind> {
        let node = |r: &mut Self, f: &mut Fields<'_>| f.opt(r, name, Self::word_of_text);
        Some(match name {
            "crash" => {
                let node = node(self, f);
                let instances = f.opt(self, "instances", Self::count);
                FaultKind::Crash { node: node?, instances }
            }
            "slow" => {
                let node = node(self, f);
                let factor = f.req(self, "factor", "3", |r, y| r.between(y, 0.001, 1_000_000.0));
                FaultKind::Slow { node: node?, factor: factor? }
            }
            "errors" => {
                let node = node(self, f);
                let rate = f.req(self, "rate", "20%", Self::share);
                FaultKind::Errors { node: node?, rate: rate? }
            }
            "outage" => FaultKind::Outage { target: f.opt(self, name, Self::fault_target)? },
            "cut" => FaultKind::Cut { edge: f.opt(self, name, Self::edge_ref)? },
            "latency" => {
                let target = f.opt(self, name, Self::fault_target);
                let add = f.req(self, "add", "200ms", Self::distribution);
                FaultKind::Latency { target: target?, add: add? }
            }
            "duplicate" | "poison" => {
                let node = node(self, f);
                let share = f.req(self, "share", "1%", Self::share);
                let (node, share) = (node?, share?);
                if name == "poison" { FaultKind::Poison { node, share } } else { FaultKind::Duplicate { node, share } }
            }
            "schema_break" => FaultKind::SchemaBreak { event: node(self, f)? },
            "rebalance" => FaultKind::Rebalance { node: node(self, f)? },
            "throttle" => {
                let node = node(self, f);
                let limit = f.req(self, "limit", "50/s", Self::rate);
                FaultKind::Throttle { node: node?, limit: limit? }
            }
            "full" => FaultKind::Full { target: f.opt(self, name, Self::fault_target)? },
            "replay" => {
                let node = node(self, f);
                let back = f.opt(self, "back", Self::duration_above_zero);
                FaultKind::Replay { node: node?, back }
            }
            _ => FaultKind::Deploy { node: node(self, f)? },
        })
    }

    /// A node, a declared broker, or an edge; a node wins over a broker of the same name.
    fn fault_target(&mut self, y: &Yaml) -> Option<FaultTarget> {
        let text = self.word_of_text(y)?;
        if text.contains("->") {
            return self.edge_ref(y).map(FaultTarget::Edge);
        }
        if self.broker_names.contains(&text) && !self.node_names.contains(&text) {
            return Some(FaultTarget::Broker(text));
        }
        Some(FaultTarget::Node(text))
    }

    fn edge_ref(&mut self, y: &Yaml) -> Option<EdgeRef> {
        let text = self.word_of_text(y)?;
        let ends = text.split_once("->").map(|(from, to)| (from.trim(), to.trim()));
        match ends {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                Some(EdgeRef { from: from.to_owned(), to: to.to_owned() })
            }
            _ => {
                self.expected(y, "an edge, written `from -> to`");
                None
            }
        }
    }
}
