//! What produces, handles and answers: producers, consumers, services, stores, workflows, streams.

use super::fields::start_of;
use super::{Fields, Reader};
use crate::model::{
    Assignment, Attempts, Autoscale, Backoff, Batch, Breaker, Call, Checkpoint, Commit, Consumer, Duration, Failure,
    HandlingOrder, Idempotent, Jitter, Key, MessageId, Operation, Outbox, Producer, Publish, Requeue, Retry,
    RetryBudget, Service, Share, Step, Store, Stream, Subscription, Timer, Window, Workflow,
};
use crate::tree::{Kind, Yaml};

const KEYS: [&str; 3] = ["zipf", "uniform", "unique"];
const WINDOWS: [&str; 3] = ["tumbling", "sliding", "session"];

impl Reader<'_> {
    pub(super) fn producer(&mut self, f: &mut Fields<'_>) -> Producer {
        Producer {
            load: f.opt(self, "load", Self::load),
            publishes: f.list(self, "publishes", Self::publish),
            outbox: f.opt(self, "outbox", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ every: 1s, batch: 100 }`")?;
                let every = f.req(r, "every", "1s", Reader::duration_above_zero);
                let batch = f.req(r, "batch", "100", Reader::count);
                f.done(r, "an outbox");
                Some(Outbox { every: every?, batch: batch? })
            }),
        }
    }

    fn publish(&mut self, y: &Yaml) -> Option<Publish> {
        let mut f = self.fields(y, "a map, as in `{ to: orders, event: order.placed }`")?;
        let to = f.req(self, "to", "CHANNEL", Self::word_of_text);
        let publish = Publish {
            to: to.clone().unwrap_or_default(),
            event: f.opt(self, "event", Self::word_of_text),
            key: f.opt(self, "key", Self::message_key),
            probability: f.opt(self, "probability", Self::share),
            count: f.opt(self, "count", |r, y| r.whole(y, 1, 10_000).map(|n| n as u32)),
            delay: f.opt(self, "delay", Self::distribution),
            priority: f.opt(self, "priority", |r, y| r.whole(y, 0, 255).map(|n| n as u8)),
            size: f.opt(self, "size", Self::size),
            routing_key: f.opt(self, "routing_key", Self::word_of_text),
            attributes: f.opt(self, "attributes", Self::attributes).unwrap_or_default(),
            message_id: f.opt(self, "message_id", |r, y| {
                r.one_of(y, "what a message's id is made from", &[("cause", MessageId::Cause)])
            }),
        };
        f.done(self, "a `publishes` entry");
        to.map(|_| publish)
    }

    fn attributes(&mut self, y: &Yaml) -> Option<serde_json::Map<String, serde_json::Value>> {
        let attributes = match &y.kind {
            Kind::Map { .. } => y.to_json(),
            _ => serde_json::Value::Null,
        };
        let serde_json::Value::Object(attributes) = attributes else {
            self.expected(y, "a map of names and values, as in `{ region: eu }`");
            return None;
        };
        Some(attributes)
    }

    fn message_key(&mut self, y: &Yaml) -> Option<Key> {
        if let Some(scalar) = y.scalar() {
            if scalar.text == "unique" {
                return Some(Key::Unique);
            }
            self.expected(y, "`unique`, `{ uniform: { keys: 1000 } }` or `{ zipf: { keys: 1000, s: 1.0 } }`");
            return None;
        }
        let (name, y) = self.choice(y, "a key", &KEYS)?;
        if name == "unique" {
            self.error(y.span.clone(), "wrong-type", "`unique` takes no value", Some("write `key: unique`".to_owned()));
            return None;
        }
        let mut f = self.fields(y, "a map with `keys`")?;
        let keys = f.req(self, "keys", "1000", |r, y| r.whole(y, 1, 1_000_000_000));
        let key = if name == "zipf" {
            let s = f.req(self, "s", "1.0", |r, y| r.between(y, 0.0, 10.0));
            keys.zip(s).map(|(keys, s)| Key::Zipf { keys, s })
        } else {
            keys.map(|keys| Key::Uniform { keys })
        };
        f.done(self, "this key");
        key
    }

    pub(super) fn consumer(&mut self, f: &mut Fields<'_>) -> Consumer {
        Consumer {
            subscribes: f.list(self, "subscribes", Self::subscription),
            instances: f.opt(self, "instances", Self::count),
            concurrency: f.opt(self, "concurrency", Self::count),
            rate_limit: f.opt(self, "rate_limit", Self::rate_above_zero),
            service_time: f.opt(self, "service_time", Self::distribution),
            failure: f.opt(self, "failure", Self::failure),
            timeout: f.opt(self, "timeout", Self::duration_above_zero),
            retry: f.opt(self, "retry", Self::retry),
            dead_letter: f.opt(self, "dead_letter", Self::word_of_text),
            idempotent: f.opt(self, "idempotent", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ key: event_id, window: 24h }`")?;
                let key = f.req(r, "key", "event_id", Reader::word_of_text);
                let window = f.req(r, "window", "24h", Reader::duration_above_zero);
                let lookup = f.opt(r, "lookup", Reader::duration);
                f.done(r, "`idempotent`");
                Some(Idempotent { key: key?, window: window?, lookup })
            }),
            calls: f.list(self, "calls", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ service: card-network, timeout: 1s }`")?;
                let call = r.call(&mut f);
                f.done(r, "a `calls` entry");
                call
            }),
            publishes: f.list(self, "publishes", Self::publish),
            batch: f.opt(self, "batch", Self::batch),
            autoscale: f.opt(self, "autoscale", Self::autoscale),
            order: f.opt(self, "order", |r, y| {
                r.one_of(y, "an order", &[("per-key", HandlingOrder::PerKey), ("none", HandlingOrder::None)])
            }),
            start_time: f.opt(self, "start_time", Self::distribution),
        }
    }

    fn subscription(&mut self, y: &Yaml) -> Option<Subscription> {
        let mut f = self.fields(y, "a map, as in `{ from: orders, group: payment }`")?;
        let from = f.req(self, "from", "CHANNEL", Self::word_of_text);
        let subscription = Subscription {
            from: from.clone().unwrap_or_default(),
            group: f.opt(self, "group", |r, y| {
                let group = r.word_of_text(y)?;
                if group.contains(['/', '(', ')']) || group.contains(char::is_whitespace) {
                    let help = Some("use letters, digits, `-`, `_` and `.`".to_owned());
                    r.error(y.span.clone(), "name", format!("`{}` cannot name a group", super::shown(&group)), help);
                    return None;
                }
                Some(group)
            }),
            prefetch: f.opt(self, "prefetch", Self::count),
            ack_deadline: f.opt(self, "ack_deadline", Self::duration_above_zero),
            backoff: f.list(self, "backoff", Self::duration_above_zero),
            max_lease: f.opt(self, "max_lease", Self::duration),
            max_ack_pending: f.opt(self, "max_ack_pending", Self::count),
            max_deliveries: f.opt(self, "max_deliveries", Self::count),
            visibility_timeout: f.opt(self, "visibility_timeout", Self::duration_above_zero),
            filter: f.opt(self, "filter", Self::pattern),
            batch: f.opt(self, "batch", Self::batch),
            session_timeout: f.opt(self, "session_timeout", Self::duration_above_zero),
            assignment: f.opt(self, "assignment", |r, y| {
                let known = [("eager", Assignment::Eager), ("cooperative", Assignment::Cooperative)];
                r.one_of(y, "an assignment", &known)
            }),
            rebalance_time: f.opt(self, "rebalance_time", Self::duration),
            static_membership: f
                .opt(self, "static_membership", |r, y| r.one_of(y, "a switch", &[("true", true), ("false", false)])),
            commit: f.opt(self, "commit", |r, y| {
                let known = [("auto", Commit::Auto), ("batch", Commit::Batch), ("message", Commit::Message)];
                r.one_of(y, "a way to commit", &known)
            }),
            commit_interval: f.opt(self, "commit_interval", Self::duration_above_zero),
            max_poll_records: f.opt(self, "max_poll_records", Self::count),
            max_poll_interval: f.opt(self, "max_poll_interval", Self::duration_above_zero),
        };
        f.done(self, "a `subscribes` entry");
        from.map(|_| subscription)
    }

    fn failure(&mut self, y: &Yaml) -> Option<Failure> {
        let mut f = self.fields(y, "a map, as in `{ rate: 0.5%, poison: 0.01% }`")?;
        let rate = f.opt(self, "rate", Self::share).unwrap_or(Share::ZERO);
        let poison = f.opt(self, "poison", Self::share).unwrap_or(Share::ZERO);
        f.done(self, "`failure`");
        Some(Failure { rate, poison })
    }

    pub(super) fn retry(&mut self, y: &Yaml) -> Option<Retry> {
        let mut f = self.fields(y, "a map, as in `{ attempts: 5, backoff: 200ms }`")?;
        let attempts = f.req(self, "attempts", "5", |r, y| {
            if y.scalar().is_some_and(|s| s.text == "unlimited") {
                return Some(Attempts::Unlimited);
            }
            if y.scalar().is_some_and(|s| s.text.parse::<f64>().is_err()) {
                r.expected(y, "a number of attempts (the first included), or `unlimited`");
                return None;
            }
            r.count(y).map(Attempts::AtMost)
        });
        let backoff = f.opt(self, "backoff", Self::backoff).unwrap_or(Backoff::Fixed(Duration::ZERO));
        let requeue = f.opt(self, "requeue", |r, y| {
            r.one_of(y, "a place in the queue", &[("front", Requeue::Front), ("back", Requeue::Back)])
        });
        let budget = f.opt(self, "budget", Self::retry_budget);
        f.done(self, "`retry`");
        Some(Retry { attempts: attempts?, backoff, requeue: requeue.unwrap_or_default(), budget })
    }

    fn retry_budget(&mut self, y: &Yaml) -> Option<RetryBudget> {
        if let Kind::Scalar(_) = &y.kind {
            return self.share(y).map(|share| RetryBudget { share, burst: RetryBudget::DEFAULT_BURST });
        }
        let mut f = self.fields(y, "a share such as `10%`, or a map, as in `{ share: 10%, burst: 100 }`")?;
        let share = f.req(self, "share", "10%", Self::share);
        let burst = f.opt(self, "burst", Self::count);
        f.done(self, "a retry budget");
        Some(RetryBudget { share: share?, burst: burst.unwrap_or(RetryBudget::DEFAULT_BURST) })
    }

    fn backoff(&mut self, y: &Yaml) -> Option<Backoff> {
        match &y.kind {
            Kind::Scalar(_) => self.duration(y).map(Backoff::Fixed),
            Kind::Seq { items, .. } => {
                let delays = self.list(y, Self::duration);
                if items.is_empty() {
                    self.expected(y, "at least one delay, as in `[1s, 10s, 1m]`");
                    return None;
                }
                (delays.len() == items.len()).then_some(Backoff::List(delays))
            }
            Kind::Map { .. } => {
                let (_, y) = self.choice(y, "a backoff", &["exponential"])?;
                let mut f = self.fields(y, "a map, as in `exponential: { first: 200ms, factor: 2, max: 10s }`")?;
                let first = f.req(self, "first", "200ms", Self::duration_above_zero);
                let factor = f.opt(self, "factor", |r, y| r.between(y, 1.0, 1000.0)).unwrap_or(2.0);
                let max = f.opt(self, "max", Self::duration_above_zero);
                let jitter = f.opt(self, "jitter", |r, y| {
                    let known = [
                        ("none", Jitter::None),
                        ("full", Jitter::Full),
                        ("equal", Jitter::Equal),
                        ("decorrelated", Jitter::Decorrelated),
                    ];
                    r.one_of(y, "a jitter", &known)
                });
                f.done(self, "an exponential backoff");
                let first = first?;
                if let Some(max) = max.filter(|max| *max < first) {
                    let place = start_of(y);
                    let help = Some(format!("write a `max` of {first} or more"));
                    self.error(
                        place,
                        "range",
                        format!("the longest delay {max} is shorter than the first {first}"),
                        help,
                    );
                }
                Some(Backoff::Exponential { first, factor, max, jitter: jitter.unwrap_or_default() })
            }
        }
    }

    /// The keys of a call, which a workflow's step shares.
    fn call(&mut self, f: &mut Fields<'_>) -> Option<Call> {
        let service = f.req(self, "service", "SERVICE", Self::word_of_text);
        let call = Call {
            service: service.clone().unwrap_or_default(),
            operation: f.opt(self, "operation", |r, y| {
                r.one_of(y, "an operation", &[("read", Operation::Read), ("write", Operation::Write)])
            }),
            timeout: f.opt(self, "timeout", Self::duration_above_zero),
            breaker: f.opt(self, "breaker", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ failures: 5, within: 10s, open: 30s }`")?;
                let failures = f.req(r, "failures", "5", Reader::count);
                let within = f.req(r, "within", "10s", Reader::duration_above_zero);
                let open = f.req(r, "open", "30s", Reader::duration_above_zero);
                f.done(r, "a breaker");
                Some(Breaker { failures: failures?, within: within?, open: open? })
            }),
            retry: f.opt(self, "retry", Self::retry),
            probability: f.opt(self, "probability", Self::share),
            max_concurrent: f.opt(self, "max_concurrent", Self::count),
        };
        service.map(|_| call)
    }

    fn batch(&mut self, y: &Yaml) -> Option<Batch> {
        let mut f = self.fields(y, "a map, as in `{ size: 100, wait: 1s }`")?;
        let size = f.req(self, "size", "100", Self::count);
        let wait = f.req(self, "wait", "1s", Self::duration);
        f.done(self, "a batch");
        Some(Batch { size: size?, wait: wait? })
    }

    fn autoscale(&mut self, y: &Yaml) -> Option<Autoscale> {
        let mut f = self.fields(y, "a map with `min`, `max`, `target_lag`, `every`, `cooldown`")?;
        let min = f.req(self, "min", "1", |r, y| r.whole(y, 0, 1_000_000).map(|n| n as u32));
        let max = f.req(self, "max", "10", Self::count);
        let target_lag = f.req(self, "target_lag", "100", |r, y| r.whole(y, 1, 1_000_000_000));
        let every = f.req(self, "every", "15s", Self::duration);
        let cooldown = f.req(self, "cooldown", "1m", Self::duration);
        let start_time = f.opt(self, "start_time", Self::distribution);
        f.done(self, "`autoscale`");
        let scale =
            Autoscale { min: min?, max: max?, target_lag: target_lag?, every: every?, cooldown: cooldown?, start_time };
        if scale.min > scale.max {
            let place = start_of(y);
            let message = format!("the fewest instances ({}) are more than the most ({})", scale.min, scale.max);
            self.error(place, "range", message, Some("exchange `min` and `max`".to_owned()));
            return None;
        }
        Some(scale)
    }

    pub(super) fn service(&mut self, f: &mut Fields<'_>) -> Service {
        Service {
            latency: f.opt(self, "latency", Self::distribution),
            concurrency: f.opt(self, "concurrency", Self::count),
            rate_limit: f.opt(self, "rate_limit", Self::rate_above_zero),
            failure: f.opt(self, "failure", Self::failure),
        }
    }

    pub(super) fn store(&mut self, f: &mut Fields<'_>) -> Store {
        Store {
            write_time: f.opt(self, "write_time", Self::distribution),
            read_time: f.opt(self, "read_time", Self::distribution),
            concurrency: f.opt(self, "concurrency", Self::count),
            projects_to: f.list(self, "projects_to", Self::word_of_text),
        }
    }

    pub(super) fn workflow(&mut self, f: &mut Fields<'_>) -> Workflow {
        Workflow {
            subscribes: f.list(self, "subscribes", Self::subscription),
            steps: f.list(self, "steps", |r, y| {
                let mut f = r.fields(y, "a step: a map with `name` and `service`")?;
                let name = f.req(r, "name", "NAME", Reader::word_of_text);
                let call = r.call(&mut f);
                let compensation = f.opt(r, "compensation", Reader::word_of_text);
                f.done(r, "a step");
                Some(Step { name: name?, call: call?, compensation })
            }),
            timers: f.list(self, "timers", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ before: ship, wait: 10m }`")?;
                let before = f.req(r, "before", "STEP", Reader::word_of_text);
                let wait = f.req(r, "wait", "10m", Reader::distribution);
                f.done(r, "a timer");
                Some(Timer { before: before?, wait: wait? })
            }),
            publishes: f.list(self, "publishes", Self::publish),
        }
    }

    pub(super) fn stream(&mut self, f: &mut Fields<'_>) -> Stream {
        Stream {
            subscribes: f.list(self, "subscribes", Self::subscription),
            publishes: f.list(self, "publishes", Self::publish),
            window: f.opt(self, "window", Self::window),
            watermark_delay: f.opt(self, "watermark_delay", Self::duration),
            checkpoint: f.opt(self, "checkpoint", |r, y| {
                let mut f = r.fields(y, "a map, as in `{ every: 30s, duration: 2s }`")?;
                let every = f.req(r, "every", "30s", Reader::duration_above_zero);
                let duration = f.req(r, "duration", "2s", Reader::duration);
                f.done(r, "a checkpoint");
                Some(Checkpoint { every: every?, duration: duration? })
            }),
            parallelism: f.opt(self, "parallelism", Self::count),
            restart_time: f.opt(self, "restart_time", Self::duration),
            service_time: f.opt(self, "service_time", Self::distribution),
        }
    }

    fn window(&mut self, y: &Yaml) -> Option<Window> {
        let (name, y) = self.choice(y, "a window", &WINDOWS)?;
        match name {
            "tumbling" => self.duration_above_zero(y).map(Window::Tumbling),
            "session" => self.duration_above_zero(y).map(Window::Session),
            _ => {
                let mut f = self.fields(y, "a map, as in `sliding: { size: 10m, every: 1m }`")?;
                let size = f.req(self, "size", "10m", Self::duration_above_zero);
                let every = f.req(self, "every", "1m", Self::duration_above_zero);
                f.done(self, "a sliding window");
                Some(Window::Sliding { size: size?, every: every? })
            }
        }
    }
}
