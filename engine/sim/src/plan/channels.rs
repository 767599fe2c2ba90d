//! Topics, queues and their groups.

use std::collections::BTreeMap;
use std::ops::Range;

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::pattern::Matcher;
use thalweg_flow::{
    BrokerKind, BrokerRef, Discipline, Distribution, EdgeKind, NodeKind, Ordering, Overflow, Queue, Topic,
};

use super::names::Compiler;
use super::rules::{deliveries, queue_variant};
use super::{Channel, Group, Hub, NO_LIMIT, Place, Plan, Rules, Subscription};
use crate::slab::NIL;

/// How many partitions there may be over all groups.
const MAX_LANES: u64 = 1_000_000;

/// The groups of a flow, and for each consumer its subscriptions.
pub(crate) struct Groups {
    pub(crate) list: Vec<Group>,
    pub(crate) subscriptions: Vec<Vec<Subscription>>,
    pub(crate) rules: Vec<Rules>,
    /// By group, what it lets through.
    pub(crate) filters: Vec<Option<Matcher>>,
    /// Group and push rule by bus and consumer.
    pub(crate) pushed: BTreeMap<(u32, u32), (u32, u32)>,
}

/// Per channel and group: the names by which the document knows it, and its members.
type Found = BTreeMap<(u32, String), (Vec<String>, Vec<u32>)>;

/// A subscription whose group has no number yet.
struct Wanted {
    /// The channel, and the group's name; a queue's only group has none.
    key: (u32, String),
    edge: u32,
    deliveries: u32,
    rules: u32,
    push_rule: u32,
}

impl Compiler<'_> {
    pub(crate) fn channels(&mut self) -> Vec<Channel> {
        let mut channels = Vec::new();
        for (name, node) in self.sorted() {
            match &node.kind {
                NodeKind::Topic(topic) => channels.push(self.topic(name, topic)),
                NodeKind::Queue(queue) => channels.push(self.queue(name, queue)),
                NodeKind::Exchange(exchange) => channels.push(self.exchange(name, exchange)),
                NodeKind::Bus(bus) => channels.push(self.bus(name, bus)),
                _ => {}
            }
        }
        channels
    }

    fn topic(&mut self, name: &str, topic: &Topic) -> Channel {
        // What it keeps is compiled in `stream`, and judged against the traffic in `room`.
        let Topic {
            broker,
            partitions,
            retention: _,
            max_bytes: _,
            max_length: _,
            discard: _,
            retention_policy: _,
            ordering,
            deduplication_window,
        } = topic;
        let path = format!("nodes.{name}");
        let kind = self.flow.broker_kind(broker.as_ref());
        let partitions = match (kind, partitions, ordering) {
            (_, Some(0), _) => {
                self.refusals.add(
                    format!("{path}.partitions"),
                    "a topic without partitions holds nothing",
                    "give at least 1",
                );
                0
            }
            (BrokerKind::Kafka, _, Some(Ordering::None)) => {
                let message = "kafka always keeps the order within a partition";
                self.refusals.add(format!("{path}.ordering"), message, "leave `ordering` out");
                0
            }
            (BrokerKind::Kafka, given, _) => given.unwrap_or(1),
            (BrokerKind::Generic, Some(_), Some(Ordering::None)) => 0,
            (BrokerKind::Generic, Some(given), _) => *given,
            (_, None, Some(Ordering::PerPartition)) => 1,
            (_, None, _) => 0,
            (_, Some(_), _) => {
                let message = format!("{} has no partitions that a flow could set", kind_name(kind));
                self.refusals.add(format!("{path}.partitions"), message, "leave `partitions` out");
                0
            }
        };
        // A partition keeps the order of its keys as it is.
        let per_key = partitions == 0 && *ordering == Some(Ordering::PerKey);
        let remembers = self.remembers(&path, kind, "", *deduplication_window);
        let channel = Channel { partitions, per_key, remembers, ..self.plain_channel(name, broker.as_ref()) };
        Channel { kept: self.stream(name, topic, &channel), ..channel }
    }

    /// A channel without limits.
    pub(crate) fn plain_channel(&mut self, name: &str, broker: Option<&BrokerRef>) -> Channel {
        Channel {
            name: name.to_owned(),
            hub: Hub::No,
            throttle: None,
            is_queue: false,
            broker: self.flow.broker_kind(broker),
            broker_id: declared(broker),
            groups: 0..0,
            partitions: 0,
            per_key: false,
            max_length: None,
            overflow: Overflow::RejectPublish,
            ttl: None,
            patience: None,
            discipline: Discipline::Fifo,
            priorities: 0,
            delivery_latency: self.delivery_latency(broker),
            keeps_order: keeps_order(self.flow.broker_kind(broker)),
            dead_letter: None,
            kept: None,
            memory: NIL,
            broker_memory: NIL,
            limited: false,
            remembers: 0,
        }
    }

    fn queue(&mut self, name: &str, queue: &Queue) -> Channel {
        let Queue {
            broker,
            max_length,
            overflow,
            message_ttl,
            delivery_limit: _,     // part of each subscription, as
            visibility_timeout: _, // these are
            queue_type: _,
            consumer_timeout: _,
            dead_letter,
            priority,
            ordering,
            discipline,
            deduplication_window,
        } = queue;
        let path = format!("nodes.{name}");
        if *ordering == Some(Ordering::PerPartition) {
            let message = "a queue has no partitions";
            self.refusals.add(format!("{path}.ordering"), message, "write `per-key`, or leave it out");
        }
        let is_ordered = priority.is_some() || !matches!(discipline, None | Some(Discipline::Fifo));
        if *ordering == Some(Ordering::PerKey) && is_ordered {
            let message = "keys are kept in order, and the queue is served in another one";
            self.refusals.add(
                format!("{path}.discipline"),
                message,
                "leave out `ordering`, or `discipline` and `priority`",
            );
        }
        let kind = self.flow.broker_kind(broker.as_ref());
        let (ttl, patience) = match message_ttl {
            None => (None, None),
            Some(Distribution::Const(ttl)) => (Some(ttl.as_nanos()), None),
            Some(drawn) => (None, Some(self.sampler(&format!("{path}.message_ttl"), drawn))),
        };
        if priority.is_some() && !matches!(discipline, None | Some(Discipline::Priority)) {
            let message = "a highest `priority` means nothing in this discipline";
            self.refusals.add(format!("{path}.priority"), message, "leave it out, or write `discipline: priority`");
        }
        // RabbitMQ drops the head unless told otherwise (rabbitmq.com, "Queue Length Limit").
        let default = if kind == BrokerKind::Rabbitmq { Overflow::DropHead } else { Overflow::RejectPublish };
        let dead_letter = dead_letter
            .as_ref()
            .and_then(|to| self.target(&format!("{path}.dead_letter"), name, to, EdgeKind::DeadLetter));
        let is_quorum = kind == BrokerKind::Rabbitmq && queue_variant(queue) == "quorum";
        let (max_length, overflow) = match overflow.unwrap_or(default) {
            // Measured on RabbitMQ 3.10.8: a quorum queue learns that it is full from the message too many, which it keeps.
            Overflow::RejectPublish if is_quorum => {
                (max_length.map(|most| most.saturating_add(1)), Overflow::RejectPublish)
            }
            // The same: it does not know this mode, and says nothing about it.
            Overflow::RejectPublishDlx if is_quorum => {
                self.notes.push(format!(
                    "`{name}`: a quorum queue does not know `reject-publish-dlx` and drops its head instead, as RabbitMQ does."
                ));
                (*max_length, Overflow::DropHead)
            }
            overflow => (*max_length, overflow),
        };
        let variant = if *ordering == Some(Ordering::PerKey) { "fifo" } else { "" };
        let remembers = self.remembers(&path, kind, variant, *deduplication_window);
        Channel {
            is_queue: true,
            remembers,
            per_key: *ordering == Some(Ordering::PerKey),
            max_length,
            overflow,
            ttl,
            patience,
            discipline: discipline.unwrap_or(if priority.is_some() { Discipline::Priority } else { Discipline::Fifo }),
            priorities: priority.unwrap_or(u8::MAX),
            dead_letter,
            ..self.plain_channel(name, broker.as_ref())
        }
    }

    /// Who subscribes to what. Consumers of one queue are one group; consumers of a topic are one group if they say so.
    pub(crate) fn groups(&mut self, channels: &mut [Channel]) -> Groups {
        let mut found = Found::new();
        let mut filters: BTreeMap<(u32, String), Option<Matcher>> = BTreeMap::new();
        let mut pushed = BTreeMap::new();
        let mut wanted: Vec<Vec<Wanted>> = Vec::new();
        let mut all_rules = Vec::new();
        for (name, node) in self.sorted() {
            let NodeKind::Consumer(consumer) = &node.kind else { continue };
            let Some(Place::Consumer(index)) = self.place(name) else { continue };
            let mut own = Vec::new();
            for (i, entry) in consumer.subscribes.iter().enumerate() {
                let path = format!("nodes.{name}.subscribes.{i}");
                self.check_subscription(&path, entry, consumer);
                let Some(channel) = self.channel(&format!("{path}.from"), &entry.from) else { continue };
                let group = entry.group.clone().unwrap_or_else(|| name.to_owned());
                let is_queue = channels[channel as usize].is_queue;
                let key = (channel, if is_queue { String::new() } else { group.clone() });
                let (names, members) = found.entry(key.clone()).or_default();
                if members.contains(&index) {
                    let message = format!("`{name}` subscribes to `{}` twice in the same group", entry.from);
                    self.refusals.add(path, message, "keep one of the two entries");
                    continue;
                }
                let rules =
                    number_rules(&mut all_rules, self.delivery_rules(&path, entry, &channels[channel as usize]));
                let filter = self.filter(&path, &entry.from, entry.filter.as_ref());
                filters.entry(key.clone()).or_insert(filter);
                names.push(group);
                members.push(index);
                let kind = channels[channel as usize].broker;
                let limits =
                    [entry.max_deliveries, self.delivery_limit(&entry.from).map(|limit| deliveries(kind, limit))];
                let deliveries = limits.into_iter().flatten().min().unwrap_or(u32::MAX);
                let edge = self.edge(&entry.from, name, EdgeKind::Subscribe);
                let push_rule = self.subscription_rule(entry, consumer);
                own.push(Wanted { key, edge, deliveries, rules, push_rule });
            }
            for (bus_name, route, bus) in self.pushed_to(name) {
                let Some(Place::Channel(channel)) = self.place(bus_name) else { continue };
                let path = format!("nodes.{bus_name}.routes.{route}");
                let key = (channel, name.to_owned());
                if found.contains_key(&key) {
                    let message = format!("two rules of `{bus_name}` push to `{name}`");
                    self.refusals.add(path, message, "join their patterns by `$or`");
                    continue;
                }
                found.insert(key.clone(), (vec![name.to_owned()], vec![index]));
                let edge = self.edge(bus_name, name, EdgeKind::Route);
                let push_rule = self.route_rule(bus_name, route, bus);
                pushed.insert((channel, index), (key.clone(), push_rule));
                own.push(Wanted { key, edge, deliveries: u32::MAX, rules: NIL, push_rule });
            }
            wanted.push(own);
        }
        // A queue that nobody consumes still has a line where messages wait when something can become of them there.
        for (channel, _) in channels
            .iter()
            .enumerate()
            .filter(|(_, c)| c.ttl.is_some() || c.patience.is_some() || c.max_length.is_some())
        {
            found.entry((channel as u32, String::new())).or_default();
        }
        let index: BTreeMap<_, _> = found.keys().cloned().zip(0_u32..).collect();
        let mut list = self.number_groups(found, channels);
        let subscription = |Wanted { key, edge, deliveries, rules, push_rule }: Wanted| Subscription {
            group: index[&key],
            edge,
            deliveries,
            rules,
            push_rule,
        };
        let subscriptions: Vec<Vec<Subscription>> =
            wanted.into_iter().map(|own| own.into_iter().map(subscription).collect()).collect();
        set_rules(&mut list, &subscriptions);
        let filters = index.keys().map(|key| filters.remove(key).flatten()).collect();
        let pushed = pushed.into_iter().map(|(at, (key, rule))| (at, (index[&key], rule))).collect();
        Groups { list, subscriptions, rules: all_rules, filters, pushed }
    }

    /// Numbers the groups in order of their channels and names.
    fn number_groups(&mut self, found: Found, channels: &mut [Channel]) -> Vec<Group> {
        let mut list = Vec::with_capacity(found.len());
        for ((channel, _), (mut names, members)) in found {
            names.dedup();
            let own = &mut channels[channel as usize].groups;
            let next = list.len() as u32;
            *own = if Range::is_empty(own) { next..next + 1 } else { own.start..next + 1 };
            let partitioned = channels[channel as usize].partitions > 0;
            let mut group = Group {
                channel,
                names,
                lanes: 0..0,
                partitioned,
                coordination: None,
                batch: None,
                per_key: false,
                members,
                windowed: false,
                rules: NIL,
                max_pending: NO_LIMIT,
                accounted: false,
                measured: false,
                watched: false,
            };
            group.per_key = channels[channel as usize].per_key || (!partitioned && self.wants_order(&group.members));
            group.batch = self.batch(&group.members);
            group.coordination = self.coordination(&channels[channel as usize], &group.names, &group.members);
            list.push(group);
        }
        list
    }

    fn delivery_limit(&self, channel: &str) -> Option<u32> {
        match self.flow.nodes.get(channel).map(|node| &node.kind) {
            Some(NodeKind::Queue(queue)) => queue.delivery_limit,
            _ => None,
        }
    }

    /// Numbers the lanes: one per partition of a group, one for a plain group.
    pub(crate) fn lanes(&mut self, channels: &[Channel], groups: &mut [Group]) {
        let mut total = 0_u64;
        for group in groups {
            let channel = &channels[group.channel as usize];
            let start = total;
            total += u64::from(channel.partitions.max(1));
            if total > MAX_LANES {
                let message = format!("more than {MAX_LANES} partitions over all groups");
                self.refusals.add(format!("nodes.{}.partitions", channel.name), message, "give fewer");
                return;
            }
            group.lanes = start as u32..total as u32;
        }
    }

    /// Says which properties of named brokers are missing from the numbers.
    pub(crate) fn note_brokers(&mut self, plan: &Plan) {
        let late = |c: &&Channel| c.broker != BrokerKind::Generic && c.delivery_latency.is_none();
        let mut kinds: Vec<BrokerKind> = plan.channels.iter().filter(late).map(|c| c.broker).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if !kinds.is_empty() {
            let usual = |kind: BrokerKind| {
                let of = |setting| defaults::all().iter().find(|e| e.broker == kind && e.setting == setting);
                let text = |setting| of(setting).map(|e| e.value.to_string()).unwrap_or_default();
                let (publish, delivery) = (text(Setting::PublishLatency), text(Setting::DeliveryLatency));
                format!("{} (usual are {publish} and {delivery})", kind_name(kind))
            };
            let names: Vec<String> = kinds.into_iter().map(usual).collect();
            self.notes.push(format!(
                "Publish and delivery latency are taken as 0 where a broker does not say them: {}. Declare the broker with \
                 `publish_latency` and `delivery_latency` to include them.",
                names.join(", ")
            ));
        }
    }
}

/// Whether messages that a broker delivers never overtake each other: those with a log or a line, not the services that
/// promise no order.
fn keeps_order(kind: BrokerKind) -> bool {
    matches!(kind, BrokerKind::Kafka | BrokerKind::Rabbitmq | BrokerKind::Nats | BrokerKind::Generic)
}

/// A group has the rules of its first member.
fn set_rules(groups: &mut [Group], subscriptions: &[Vec<Subscription>]) {
    for (index, group) in (0_u32..).zip(groups) {
        let own = group.members.first().map_or(&[][..], |&member| &subscriptions[member as usize]);
        group.rules = own.iter().find(|s| s.group == index).map_or(NIL, |s| s.rules);
    }
}

/// Adds rules to the plan's; timers are numbered over all of them.
fn number_rules(all: &mut Vec<Rules>, rules: Option<Rules>) -> u32 {
    let Some(rules) = rules else { return NIL };
    let timers = all.last().map_or(0, |last| last.timers + last.leases.len() as u32);
    all.push(Rules { timers, ..rules });
    (all.len() - 1) as u32
}

fn declared(broker: Option<&BrokerRef>) -> Option<String> {
    match broker {
        Some(BrokerRef::Declared(id)) => Some(id.clone()),
        _ => None,
    }
}

/// The word of the document.
pub(crate) fn kind_name(kind: BrokerKind) -> &'static str {
    match kind {
        BrokerKind::Kafka => "kafka",
        BrokerKind::Rabbitmq => "rabbitmq",
        BrokerKind::Eventbridge => "eventbridge",
        BrokerKind::Sqs => "sqs",
        BrokerKind::Sns => "sns",
        BrokerKind::Pubsub => "pubsub",
        BrokerKind::Eventgrid => "eventgrid",
        BrokerKind::Nats => "nats",
        BrokerKind::Generic => "generic",
    }
}
