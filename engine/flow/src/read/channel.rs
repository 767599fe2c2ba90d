//! Channels: topics, queues, exchanges, buses.

use super::contract::BROKER_KINDS;
use super::{Fields, Reader, shown};
use crate::model::{
    BrokerRef, Bus, BusRoute, Discard, Discipline, Exchange, ExchangeType, Ordering, Overflow, Pattern, Queue,
    QueueType, RetentionPolicy, Route, Topic,
};
use crate::suggest;
use crate::tree::{Kind, Yaml};

impl Reader<'_> {
    pub(super) fn topic(&mut self, f: &mut Fields<'_>) -> Topic {
        Topic {
            broker: f.opt(self, "broker", Self::broker_ref),
            partitions: f.opt(self, "partitions", Self::count),
            retention: f.opt(self, "retention", Self::duration_above_zero),
            max_bytes: f.opt(self, "max_bytes", Self::size),
            max_length: f.opt(self, "max_length", |r, y| r.whole(y, 1, u64::MAX)),
            discard: f.opt(self, "discard", |r, y| {
                r.one_of(y, "what is discarded", &[("old", Discard::Old), ("new", Discard::New)])
            }),
            retention_policy: f.opt(self, "retention_policy", |r, y| {
                let known = [
                    ("limits", RetentionPolicy::Limits),
                    ("interest", RetentionPolicy::Interest),
                    ("work-queue", RetentionPolicy::WorkQueue),
                ];
                r.one_of(y, "a retention policy", &known)
            }),
            ordering: f.opt(self, "ordering", Self::ordering),
            deduplication_window: f.opt(self, "deduplication_window", Self::duration_above_zero),
        }
    }

    fn ordering(&mut self, y: &Yaml) -> Option<Ordering> {
        let known =
            [("none", Ordering::None), ("per-partition", Ordering::PerPartition), ("per-key", Ordering::PerKey)];
        self.one_of(y, "an ordering", &known)
    }

    pub(super) fn queue(&mut self, f: &mut Fields<'_>) -> Queue {
        Queue {
            broker: f.opt(self, "broker", Self::broker_ref),
            queue_type: f.opt(self, "type", |r, y| {
                r.one_of(y, "a type of queue", &[("classic", QueueType::Classic), ("quorum", QueueType::Quorum)])
            }),
            max_length: f.opt(self, "max_length", |r, y| r.whole(y, 0, u64::MAX)),
            overflow: f.opt(self, "overflow", |r, y| {
                let known = [
                    ("drop-head", Overflow::DropHead),
                    ("reject-publish", Overflow::RejectPublish),
                    ("reject-publish-dlx", Overflow::RejectPublishDlx),
                ];
                r.one_of(y, "an overflow rule", &known)
            }),
            message_ttl: f.opt(self, "message_ttl", Self::distribution),
            delivery_limit: f.opt(self, "delivery_limit", Self::count),
            dead_letter: f.opt(self, "dead_letter", Self::word_of_text),
            visibility_timeout: f.opt(self, "visibility_timeout", Self::duration_above_zero),
            consumer_timeout: f.opt(self, "consumer_timeout", Self::duration_above_zero),
            ordering: f.opt(self, "ordering", Self::ordering),
            priority: f.opt(self, "priority", |r, y| r.whole(y, 1, 255).map(|n| n as u8)),
            discipline: f.opt(self, "discipline", |r, y| {
                let known = [
                    ("fifo", Discipline::Fifo),
                    ("lifo", Discipline::Lifo),
                    ("random", Discipline::Random),
                    ("priority", Discipline::Priority),
                ];
                r.one_of(y, "a discipline", &known)
            }),
            deduplication_window: f.opt(self, "deduplication_window", Self::duration_above_zero),
        }
    }

    pub(super) fn exchange(&mut self, f: &mut Fields<'_>) -> Exchange {
        Exchange {
            broker: f.opt(self, "broker", Self::broker_ref),
            exchange_type: f
                .opt(self, "type", |r, y| {
                    let known = [
                        ("direct", ExchangeType::Direct),
                        ("topic", ExchangeType::Topic),
                        ("fanout", ExchangeType::Fanout),
                        ("headers", ExchangeType::Headers),
                    ];
                    r.one_of(y, "a type of exchange", &known)
                })
                .unwrap_or(ExchangeType::Fanout),
            routes: f.list(self, "routes", |r, y| {
                let mut f = r.fields(y, "a route: a map with `to` and `pattern`")?;
                let to = f.req(r, "to", "CHANNEL", Reader::word_of_text);
                let pattern = f.opt(r, "pattern", Reader::pattern);
                f.done(r, "a route");
                Some(Route { to: to?, pattern })
            }),
        }
    }

    pub(super) fn bus(&mut self, f: &mut Fields<'_>) -> Bus {
        Bus {
            broker: f.opt(self, "broker", Self::broker_ref),
            routes: f.list(self, "routes", |r, y| {
                let mut f = r.fields(y, "a rule: a map with `to`, `pattern`, `retry`, `dead_letter`")?;
                let to = f.req(r, "to", "TARGET", Reader::word_of_text);
                let pattern = f.opt(r, "pattern", Reader::pattern);
                let retry = f.opt(r, "retry", Reader::retry);
                let dead_letter = f.opt(r, "dead_letter", Reader::word_of_text);
                f.done(r, "a rule of a bus");
                Some(BusRoute { to: to?, pattern, retry, dead_letter })
            }),
            throttle: f.opt(self, "throttle", Self::rate_above_zero),
        }
    }

    pub(super) fn pattern(&mut self, y: &Yaml) -> Option<Pattern> {
        match &y.kind {
            Kind::Scalar(_) => self.word_of_text(y).map(Pattern::Key),
            Kind::Map { .. } => Some(Pattern::Fields(y.to_json())),
            Kind::Seq { .. } => {
                self.expected(y, "a pattern: a text such as `order.placed`, or a map of fields");
                None
            }
        }
    }

    /// The name of a declared broker, or a kind of broker named directly.
    fn broker_ref(&mut self, y: &Yaml) -> Option<BrokerRef> {
        let name = self.word_of_text(y)?;
        if self.broker_names.contains(&name) {
            return Some(BrokerRef::Declared(name));
        }
        if let Some((_, kind)) = BROKER_KINDS.iter().find(|(word, _)| *word == name) {
            return Some(BrokerRef::Kind(*kind));
        }
        let mut known: Vec<&str> = self.broker_names.iter().map(String::as_str).collect();
        known.sort_unstable();
        known.extend(BROKER_KINDS.iter().map(|(word, _)| *word));
        let help = suggest::sentence(&name, &known);
        let near = suggest::nearest(&name, known.iter().copied()).map(str::to_owned);
        let path = self.path().clone();
        self.error(y.span.clone(), "unknown-broker", format!("there is no broker `{}`", shown(&name)), Some(help))
            .offer_word(&name, near.as_deref(), &path);
        None
    }
}
