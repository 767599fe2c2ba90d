//! Producers, consumers and services.

use thalweg_flow::{self as flow, Attempts, BrokerKind, EdgeKind, Key, NodeKind, Requeue, Share};

use super::compile::Lists;
use super::names::Compiler;
use super::{
    Backoff, Breaker, Budget, Call, Consumer, NO_CLASS, NO_EVENT, Outbox, Place, Producer, Publish, Retry, Service,
    Subscription, Target,
};
use crate::plan::Arrivals;
use crate::plan::channels::kind_name;
use crate::plan::loads::MAX_AT_ONCE;
use crate::sample::{KeySampler, Sampler, Zipf};
use crate::slab::NIL;

/// How many instances there may be over all consumers.
const MAX_INSTANCES: u64 = 1_000_000;
/// How many calls one consumer may make: the kernel keeps one bit for each.
const MAX_CALLS: usize = 32;
/// How many breakers there may be over all instances and calls.
const MAX_BREAKERS: u32 = 1_000_000;

impl Compiler<'_> {
    pub(crate) fn producer(&mut self, name: &str, node: &flow::Producer, lists: &mut Lists) -> Producer {
        let flow::Producer { load, publishes, outbox } = node;
        let path = format!("nodes.{name}");
        let arrivals = match load {
            Some(load) => self.arrivals(&format!("{path}.load"), load),
            None => Arrivals::Never,
        };
        if load.is_none() {
            self.notes.push(format!("`{name}` has no load and produces nothing."));
        }
        let delayed = publishes.iter().position(|publish| publish.delay.is_some()).filter(|_| outbox.is_some());
        if let Some(i) = delayed {
            let message = "a `delay` behind an `outbox` is not simulated yet";
            let help = "leave it out: the outbox has its own delay, `every`";
            self.refusals.add(format!("{path}.publishes.{i}.delay"), message, help);
        }
        let publishes = self.publishes(name, publishes, false, lists);
        if let (Some(_), Some(Place::Producer(index))) = (outbox, self.place(name)) {
            for publish in &mut lists.publishes[publishes.start as usize..publishes.end as usize] {
                publish.outbox = Some(index);
            }
        }
        let outbox = outbox.map(|flow::Outbox { every, batch }| Outbox { every: every.as_nanos(), batch });
        Producer { name: name.to_owned(), arrivals, publishes, outbox }
    }

    fn publishes(
        &mut self,
        owner: &str,
        list: &[flow::Publish],
        has_cause: bool,
        lists: &mut Lists,
    ) -> std::ops::Range<u32> {
        let start = lists.publishes.len() as u32;
        for (i, publish) in list.iter().enumerate() {
            // Routing keys and attributes are part of the class.
            let flow::Publish {
                to,
                event,
                key,
                probability,
                count,
                delay,
                priority,
                size,
                routing_key: _,
                attributes: _,
                message_id,
            } = publish;
            let class = if self.routed { self.classes.number(owner, publish) } else { NO_CLASS };
            let path = format!("nodes.{owner}.publishes.{i}");
            let key = key.as_ref().map(|key| self.key(&path, *key));
            let delay = delay.as_ref().map(|delay| self.sampler(&format!("{path}.delay"), delay));
            let size = self.size_of(*size, event.as_deref());
            let event = event.as_ref().map(|event| self.event_number(event));
            if count.is_some_and(|count| count > MAX_AT_ONCE) {
                let message = format!("more than {MAX_AT_ONCE} messages in one moment");
                self.refusals.add(format!("{path}.count"), message, "give a lower `count`");
            }
            let Some(target) = self.target(&format!("{path}.to"), owner, to, EdgeKind::Publish) else { continue };
            lists.publishes.push(Publish {
                to: Target { event: event.unwrap_or(NO_EVENT), class, priority: priority.unwrap_or(0), size, ..target },
                probability: probability.unwrap_or(Share::ONE).as_fraction(),
                count: count.unwrap_or(1),
                key,
                delay,
                latency: self.publish_latency(to),
                event,
                outbox: None,
                by_cause: message_id.is_some() && has_cause,
                owner: owner.to_owned(),
                part: i as u32,
            });
        }
        start..lists.publishes.len() as u32
    }

    fn key(&mut self, path: &str, key: Key) -> KeySampler {
        let (keys, s) = match key {
            Key::Zipf { keys, s } => (keys, s),
            Key::Uniform { keys } => (keys, 0.0),
            Key::Unique => return KeySampler::Unique,
        };
        if keys == 0 || !(0.0..=100.0).contains(&s) {
            let message = if keys == 0 { "no keys to choose from".to_owned() } else { format!("an exponent of {s}") };
            self.refusals.add(format!("{path}.key"), message, "give at least 1 key and an exponent from 0 to 100");
            return KeySampler::Unique;
        }
        match key {
            Key::Zipf { .. } => KeySampler::Zipf(Zipf::new(keys, s)),
            _ => KeySampler::Uniform { keys },
        }
    }

    pub(crate) fn consumer(
        &mut self,
        name: &str,
        node: &flow::Consumer,
        subscriptions: &[Subscription],
        lists: &mut Lists,
    ) -> Consumer {
        let flow::Consumer {
            subscribes,
            instances,
            concurrency,
            rate_limit,
            service_time,
            failure,
            timeout,
            retry,
            dead_letter,
            idempotent,
            calls,
            publishes,
            batch,
            autoscale,
            // Compiled with the groups.
            order: _,
            start_time,
        } = node;
        let path = format!("nodes.{name}");
        if batch.is_some_and(|batch| batch.size == 0) {
            self.refusals.add(format!("{path}.batch.size"), "a batch of 0 messages", "give at least 1");
        }
        let flow::Failure { rate, poison } = failure.unwrap_or_default();
        let may_fail = failure.is_some() || timeout.is_some() || !calls.is_empty();
        if retry.is_none() && may_fail {
            subscribes
                .iter()
                .enumerate()
                .for_each(|(i, entry)| self.check_redelivery(&format!("{path}.subscribes.{i}"), entry));
        }
        let start_time = start_time.as_ref().map(|time| self.sampler(&format!("{path}.start_time"), time));
        let autoscale =
            autoscale.as_ref().and_then(|scale| self.autoscale(&path, scale, *instances, start_time.as_ref()));
        let instances = autoscale.as_ref().map_or(instances.unwrap_or(1), |scale| scale.max);
        let total = u64::from(lists.instances) + u64::from(instances);
        if total > MAX_INSTANCES {
            let message = format!("more than {MAX_INSTANCES} instances over all consumers");
            let setting = if autoscale.is_some() { "autoscale.max" } else { "instances" };
            self.refusals.add(format!("{path}.{setting}"), message, "raise `concurrency` instead");
        }
        let first = lists.instances;
        lists.instances = total.min(MAX_INSTANCES) as u32;
        let service_time =
            service_time.as_ref().map_or(Sampler::Const(0), |time| self.sampler(&format!("{path}.service_time"), time));
        let (idempotent, lookup) = match idempotent {
            Some(flow::Idempotent { key: _, window, lookup }) => {
                (Some(window.as_nanos()), lookup.map_or(0, flow::Duration::as_nanos))
            }
            None => (None, 0),
        };
        let own_retry = self.retry(&format!("{path}.retry"), retry.as_ref(), u32::MAX);
        Consumer {
            name: name.to_owned(),
            subscriptions: subscriptions.to_vec(),
            instances: first..lists.instances,
            concurrency: concurrency.unwrap_or(1).min(prefetch(subscribes)),
            rate_limit: rate_limit.map(flow::Rate::as_per_second),
            service_time,
            failure: rate.as_fraction(),
            poison: poison.as_fraction(),
            timeout: timeout.map(flow::Duration::as_nanos),
            budgets: self.budgets(&format!("{path}.retry"), own_retry.budget, lists.instances - first, lists),
            retry: own_retry,
            retry_given: retry.is_some(),
            window: 0,
            ruled: subscriptions.iter().any(|s| s.rules != NIL),
            dead_letter: dead_letter
                .as_ref()
                .and_then(|to| self.target(&format!("{path}.dead_letter"), name, to, EdgeKind::DeadLetter)),
            idempotent,
            lookup,
            start_time,
            autoscale,
            calls: self.calls(name, calls, lists.instances - first, lists),
            publishes: self.publishes(name, publishes, true, lists),
        }
    }

    pub(crate) fn check_subscription(&mut self, path: &str, entry: &flow::Subscription, consumer: &flow::Consumer) {
        let flow::Subscription {
            from: _,
            group: _,
            prefetch,
            ack_deadline: _, // part of its rules, as
            backoff: _,      // these are
            max_lease: _,
            visibility_timeout: _,
            max_ack_pending: _, // compiled with the groups
            max_deliveries: _,
            filter: _, // compiled with the groups
            batch,
            // Compiled with the group, in `coordination`.
            session_timeout: _,
            assignment: _,
            rebalance_time: _,
            static_membership: _,
            commit: _,
            commit_interval: _,
            max_poll_records: _,
            max_poll_interval: _,
        } = entry;
        self.refusals.not_yet_if(batch.as_ref(), path, "batch");
        let bites = prefetch.is_some_and(|prefetch| prefetch > 0 && prefetch < consumer.concurrency.unwrap_or(1));
        if bites && consumer.subscribes.len() > 1 {
            self.refusals.add(
                format!("{path}.prefetch"),
                "a `prefetch` below `concurrency` on one of several subscriptions is not simulated yet",
                "raise it to the concurrency or split the consumer",
            );
        }
    }

    /// Brokers whose own redelivery is neither at once nor simulated need a `retry` on the consumer.
    fn check_redelivery(&mut self, path: &str, entry: &flow::Subscription) {
        let broker = match self.flow.nodes.get(&entry.from).map(|node| &node.kind) {
            Some(NodeKind::Topic(topic)) => topic.broker.as_ref(),
            Some(NodeKind::Queue(queue)) => queue.broker.as_ref(),
            _ => return,
        };
        let kind = self.flow.broker_kind(broker);
        let is_queue = matches!(self.flow.nodes.get(&entry.from).map(|node| &node.kind), Some(NodeKind::Queue(_)));
        match kind {
            BrokerKind::Sns | BrokerKind::Eventgrid | BrokerKind::Eventbridge if is_queue => {
                let message = format!("redelivery by {}'s own rule is not simulated yet", kind_name(kind));
                self.refusals.add(path, message, "give the consumer a `retry`");
            }
            _ => {}
        }
    }

    /// A retry rule; `default` attempts, at once, when none is given.
    pub(crate) fn retry(&mut self, path: &str, retry: Option<&flow::Retry>, default: u32) -> Retry {
        let Some(flow::Retry { attempts, backoff, requeue, budget }) = retry else {
            return Retry { attempts: default, backoff: Backoff::Fixed(0), to_front: true, budget: None };
        };
        let attempts = match attempts {
            Attempts::AtMost(0) => {
                self.refusals.add(format!("{path}.attempts"), "0 attempts", "the first try counts: give at least 1");
                1
            }
            Attempts::AtMost(attempts) => *attempts,
            Attempts::Unlimited => u32::MAX,
        };
        let backoff = match backoff {
            flow::Backoff::Fixed(delay) => Backoff::Fixed(delay.as_nanos()),
            flow::Backoff::Exponential { first, factor, max, jitter } => {
                if !(factor.is_finite() && *factor > 0.0) {
                    let message = format!("a factor of {factor}");
                    self.refusals.add(format!("{path}.backoff"), message, "give a factor above 0");
                }
                // Without a limit a delay is at most ten years: more is never, and sums of times stay in range.
                let max = max.map_or(MAX_DELAY, |max| (max.as_nanos() as f64).min(MAX_DELAY));
                Backoff::Exponential { first: first.as_nanos() as f64, factor: *factor, max, jitter: *jitter }
            }
            flow::Backoff::List(list) if list.is_empty() => Backoff::Fixed(0),
            flow::Backoff::List(list) => Backoff::List(list.iter().map(|delay| delay.as_nanos()).collect()),
        };
        Retry { attempts, backoff, to_front: *requeue == Requeue::Front, budget: budget.map(Budget::of) }
    }

    fn calls(&mut self, owner: &str, list: &[flow::Call], instances: u32, lists: &mut Lists) -> std::ops::Range<u32> {
        let start = lists.calls.len() as u32;
        if list.len() > MAX_CALLS {
            let message = format!("{} calls, more than the {MAX_CALLS} that are simulated", list.len());
            self.refusals.add(format!("nodes.{owner}.calls"), message, "split the consumer");
        }
        for (i, call) in list.iter().enumerate() {
            let flow::Call { service, operation, timeout, breaker, retry, probability, max_concurrent } = call;
            let path = format!("nodes.{owner}.calls.{i}");
            let breaker = breaker.map(|flow::Breaker { failures, within, open }| {
                if failures == 0 {
                    let message = "a breaker that opens after 0 failures never lets a call through";
                    self.refusals.add(format!("{path}.breaker.failures"), message, "give at least 1");
                }
                Breaker { failures, within: within.as_nanos(), open: open.as_nanos() }
            });
            let first = lists.breakers;
            if breaker.is_some() {
                lists.breakers = lists.breakers.saturating_add(instances);
            }
            if lists.breakers > MAX_BREAKERS {
                let message = format!("more than {MAX_BREAKERS} breakers: one per instance and call");
                self.refusals.add(format!("{path}.breaker"), message, "raise `concurrency` instead of `instances`");
                lists.breakers = first;
            }
            let retry = self.retry(&format!("{path}.retry"), retry.as_ref(), 1);
            let budgets = self.budgets(&format!("{path}.retry"), retry.budget, instances, lists);
            let first_bulkhead = lists.bulkheads;
            if max_concurrent.is_some() {
                lists.bulkheads = lists.bulkheads.saturating_add(instances);
            }
            let Some(index) = self.service(&format!("{path}.service"), service) else { continue };
            lists.calls.push(Call {
                service: index,
                edge: self.edge(owner, service, EdgeKind::Call),
                timeout: timeout.map(flow::Duration::as_nanos),
                breaker,
                breakers: first..lists.breakers,
                retry,
                budgets,
                probability: probability.unwrap_or(Share::ONE).as_fraction(),
                reads: *operation == Some(flow::Operation::Read),
                max_concurrent: *max_concurrent,
                bulkheads: first_bulkhead..lists.bulkheads,
            });
        }
        start..lists.calls.len() as u32
    }

    pub(crate) fn compile_service(&mut self, name: &str, node: &flow::Service) -> Service {
        let flow::Service { latency, concurrency, rate_limit, failure } = node;
        let path = format!("nodes.{name}");
        let flow::Failure { rate, poison } = failure.unwrap_or_default();
        let rate_limit = rate_limit.map(flow::Rate::as_per_second);
        if let Some(limit) = rate_limit.filter(|limit| !(limit.is_finite() && *limit >= 0.0)) {
            self.refusals.add(
                format!("{path}.rate_limit"),
                format!("a limit of {limit}/s"),
                "give a rate of 0 or more",
            );
        }
        Service {
            name: name.to_owned(),
            latency: latency.as_ref().map_or(Sampler::Const(0), |time| self.sampler(&format!("{path}.latency"), time)),
            read_time: None,
            projects: Vec::new(),
            concurrency: *concurrency,
            rate_limit,
            failure: rate.as_fraction(),
            poison: poison.as_fraction(),
        }
    }

    /// A store is a service whose calls are reads and writes, and whose writes become events.
    pub(crate) fn compile_store(&mut self, name: &str, node: &flow::Store) -> Service {
        let flow::Store { write_time, read_time, concurrency, projects_to } = node;
        let path = format!("nodes.{name}");
        let mut time = |key: &str, time: &Option<flow::Distribution>| {
            time.as_ref().map_or(Sampler::Const(0), |time| self.sampler(&format!("{path}.{key}"), time))
        };
        let (latency, read_time) = (time("write_time", write_time), time("read_time", read_time));
        let mut projects = Vec::new();
        for (i, to) in projects_to.iter().enumerate() {
            let path = format!("{path}.projects_to.{i}");
            if matches!(self.place(to), Some(Place::Service(_))) {
                let message = format!("a projection straight into `{to}` has no one who writes it");
                self.refusals.add(path, message, "project to a topic, and let a consumer of it call the other store");
            } else {
                projects.extend(self.target(&path, name, to, EdgeKind::Project));
            }
        }
        Service {
            name: name.to_owned(),
            latency,
            read_time: Some(read_time),
            projects,
            concurrency: *concurrency,
            rate_limit: None,
            failure: 0.0,
            poison: 0.0,
        }
    }
}

/// At most so many messages in an instance's hands, from the `prefetch` of its only subscription.
fn prefetch(subscribes: &[flow::Subscription]) -> u32 {
    // RabbitMQ: 0 is without limit (AMQP 0-9-1 basic.qos).
    subscribes.iter().filter_map(|entry| entry.prefetch).filter(|&prefetch| prefetch > 0).min().unwrap_or(u32::MAX)
}

/// Ten years in nanoseconds.
pub(crate) const MAX_DELAY: f64 = 10.0 * 366.0 * 86_400.0 * 1e9;
