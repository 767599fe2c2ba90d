//! What brokers limit: messages that are delivered and unacknowledged, what a stream keeps, what a broker's memory holds.

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::{self as flow, BrokerKind, Discard, RetentionPolicy, Topic};

use super::channels::kind_name;
use super::names::Compiler;
use super::traffic::Traffic;
use super::{Channel, Group, Kept, Memory, NO_LIMIT, Plan};
use crate::slab::NIL;

/// Bytes of a message of which nobody says how large it is.
pub(crate) const DEFAULT_SIZE: u32 = 1024;

/// So many messages are kept track of in one topic at most.
const MOST_KEPT: f64 = 2e7;

impl Compiler<'_> {
    /// How many messages of each group may be unacknowledged at once: what its subscriptions say, else its broker's default.
    pub(crate) fn unacked(&mut self, channels: &[Channel], groups: &mut [Group]) {
        for group in groups.iter_mut() {
            let channel = &channels[group.channel as usize];
            let mut said: Option<u32> = None;
            let mut silent = None;
            for (name, consumer) in self.members(&group.members) {
                let entries = consumer.subscribes.iter().enumerate().filter(|(_, entry)| entry.from == channel.name);
                if entries.clone().all(|(_, entry)| entry.max_ack_pending.is_none()) {
                    silent.get_or_insert(name);
                }
                for (i, given) in entries.filter_map(|(i, entry)| Some((i, entry.max_ack_pending?))) {
                    if said.is_some_and(|said| said != given) {
                        self.refusals.add(
                            format!("nodes.{name}.subscribes.{i}.max_ack_pending"),
                            "a group has one limit, and another of its members says another",
                            "write the same at each",
                        );
                    }
                    said = Some(given);
                }
            }
            if let (Some(_), Some(name), BrokerKind::Generic) = (said, silent, channel.broker) {
                self.refusals.add(
                    format!("nodes.{name}.subscribes"),
                    format!("a group has one `max_ack_pending`, and `{name}` says none while another member of its group does"),
                    "write the same at each",
                );
            }
            let default = || defaults::count(channel.broker, "", Setting::MaxAckPending);
            let most = said.or_else(|| default().and_then(|most| u32::try_from(most).ok()));
            group.max_pending = most.unwrap_or(NO_LIMIT);
            group.accounted |= group.max_pending != NO_LIMIT;
        }
    }

    /// Bytes of a message: as its publish says, else as its event type says.
    pub(crate) fn size_of(&self, own: Option<flow::Size>, event: Option<&str>) -> u32 {
        let of_event = || event.and_then(|event| self.flow.events.get(event)).and_then(|event| event.size);
        let size = own.or_else(of_event).map_or(u64::from(DEFAULT_SIZE), flow::Size::as_bytes);
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// For how long a channel remembers the ids of messages, in nanoseconds.
    pub(crate) fn remembers(
        &mut self,
        path: &str,
        kind: BrokerKind,
        variant: &str,
        window: Option<flow::Duration>,
    ) -> u64 {
        let by_default = defaults::time(kind, variant, Setting::DeduplicationWindow);
        let knows = kind == BrokerKind::Generic || by_default.is_some();
        if window.is_some() && !knows {
            let message = format!("{} recognises no message by its id here", kind_name(kind));
            let help =
                if kind == BrokerKind::Sqs { "write `ordering: per-key`, or leave it out" } else { "leave it out" };
            self.refusals.add(format!("{path}.deduplication_window"), message, help);
        }
        window.or(by_default).map_or(0, flow::Duration::as_nanos)
    }

    /// What a topic keeps, if it says anything about that.
    pub(crate) fn stream(&mut self, name: &str, topic: &Topic, channel: &Channel) -> Option<Kept> {
        let Topic { retention, max_bytes, max_length, discard, retention_policy, .. } = topic;
        let kind = channel.broker;
        let of_streams = [
            (max_length.is_some(), "max_length"),
            (discard.is_some(), "discard"),
            (retention_policy.is_some(), "retention_policy"),
        ];
        for (_, setting) in of_streams.iter().filter(|(given, _)| *given) {
            if !matches!(kind, BrokerKind::Nats | BrokerKind::Generic) {
                let message = format!("{} knows no `{setting}` of a topic", kind_name(kind));
                self.refusals.add(format!("nodes.{name}.{setting}"), message, format!("leave `{setting}` out"));
            }
        }
        let word = |setting| defaults::word(kind, "", setting);
        let by_default = if word(Setting::Discard) == Some("new") { Discard::New } else { Discard::Old };
        let discard_new = discard.unwrap_or(by_default) == Discard::New;
        if discard_new && channel.partitions > 0 {
            let message = "`discard: new` of a partitioned topic is not simulated yet";
            self.refusals.add(format!("nodes.{name}.discard"), message, "leave it or `partitions` out");
        }
        let policy = retention_policy.unwrap_or(match word(Setting::RetentionPolicy) {
            Some("interest") => RetentionPolicy::Interest,
            Some("work-queue") => RetentionPolicy::WorkQueue,
            _ => RetentionPolicy::Limits,
        });
        let says = retention.is_some() || max_bytes.is_some() || max_length.is_some() || retention_policy.is_some();
        says.then(|| Kept {
            age: retention.map_or(u64::MAX, flow::Duration::as_nanos),
            length: max_length.unwrap_or(u64::MAX),
            bytes: max_bytes.map_or(u64::MAX, flow::Size::as_bytes),
            discard_new,
            policy,
            logs: NIL,
        })
    }

    /// Which channels fill which broker's memory.
    pub(crate) fn memories(&mut self, channels: &mut [Channel]) -> Vec<Memory> {
        let mut brokers: Vec<_> = self.flow.brokers.iter().filter_map(|(id, b)| Some((id, b.memory_limit?))).collect();
        brokers.sort_unstable_by_key(|(id, _)| *id);
        let mut memories = Vec::new();
        for (id, limit) in brokers {
            let memory = memories.len() as u32;
            for channel in channels.iter_mut().filter(|channel| channel.broker_id.as_ref() == Some(id)) {
                channel.broker_memory = memory;
                channel.memory = if channel.is_queue { memory } else { NIL };
                channel.limited |= channel.is_queue;
            }
            memories.push(Memory { broker: id.clone(), limit: limit.as_bytes() });
        }
        memories
    }

    /// Judges what topics keep against the traffic: limits that this run cannot reach are taken out, and those that cannot
    /// be simulated are refused.
    pub(crate) fn room(&mut self, plan: &mut Plan, traffic: &Traffic) {
        for index in 0..plan.channels.len() as u32 {
            let Some(mut kept) = plan.channels[index as usize].kept else { continue };
            self.check_work_queue(plan, index, &kept);
            self.check_age(plan, index, &mut kept);
            self.check_size(plan, index, &mut kept, traffic.published(index));
            let counted = kept.length != u64::MAX || kept.bytes != u64::MAX;
            let channel = &mut plan.channels[index as usize];
            if counted {
                kept.logs = plan.logs;
                plan.logs += channel.partitions.max(1);
                channel.limited = true;
            }
            channel.kept = (counted || kept.age != u64::MAX).then_some(kept);
        }
        // What kafka delivers again is as old as it was.
        let comes_back =
            |group: &Group| group.coordination.is_some() && plan.channels[group.channel as usize].kept.is_some();
        plan.sized = plan.logs > 0 || !plan.memories.is_empty() || plan.groups.iter().any(comes_back);
        for group in &mut plan.groups {
            group.accounted |= plan.sized;
        }
    }

    fn check_work_queue(&mut self, plan: &Plan, index: u32, kept: &Kept) {
        let channel = &plan.channels[index as usize];
        if kept.policy != RetentionPolicy::WorkQueue {
            return;
        }
        let filtered = plan.routing.most_groups(index);
        if filtered.unwrap_or(channel.groups.len()) > 1 {
            self.refusals.add(
                format!("nodes.{}.retention_policy", channel.name),
                "a work queue gives each message to one group (NATS error 10099), and here several would have it",
                "let one group have it, or give the groups filters that never match the same message",
            );
        }
    }

    fn check_age(&mut self, plan: &Plan, index: u32, kept: &mut Kept) {
        let channel = &plan.channels[index as usize];
        if kept.age >= plan.duration {
            kept.age = u64::MAX;
        } else if !keeps_by_age(channel.broker) {
            let age = flow::Duration::from_nanos(kept.age);
            self.refusals.add(
                format!("nodes.{}.retention", channel.name),
                format!(
                    "a retention of {age}, shorter than the run, is not simulated yet for {}",
                    kind_name(channel.broker)
                ),
                "shorten the run or lengthen the retention",
            );
        }
    }

    fn check_size(&mut self, plan: &Plan, index: u32, kept: &mut Kept, expected: f64) {
        let channel = &plan.channels[index as usize];
        let projected = plan.services.iter().flat_map(|service| &service.projects);
        let all = || plan.publishes.iter().map(|publish| &publish.to).chain(projected.clone());
        let largest = all().map(|to| to.size).max().unwrap_or(DEFAULT_SIZE);
        // Twice as much as is expected is as good as never.
        if expected * 2.0 <= kept.length as f64 {
            kept.length = u64::MAX;
        }
        if expected * 2.0 * f64::from(largest) <= kept.bytes as f64 {
            kept.bytes = u64::MAX;
        }
        if kept.bytes == u64::MAX && kept.length == u64::MAX {
            return;
        }
        let path = format!("nodes.{}", channel.name);
        if kept.bytes != u64::MAX && !keeps_by_size(channel.broker) {
            let kind = kind_name(channel.broker);
            self.refusals.add(
                format!("{path}.max_bytes"),
                format!("a size limit that the run may reach is not simulated yet for {kind}"),
                "raise it, shorten the run or leave it out",
            );
        }
        let own = || all().filter(|to| to.channel == index).map(|to| u64::from(to.size));
        if let Some(most) = own().max().filter(|most| *most > kept.bytes) {
            self.refusals.add(
                format!("{path}.max_bytes"),
                format!("a message of {most} bytes has no room"),
                "raise it to many times the size of a message",
            );
        }
        let smallest = own().min().unwrap_or(u64::from(DEFAULT_SIZE)).max(1);
        let most = expected.min(kept.length as f64).min(kept.bytes as f64 / smallest as f64);
        if most > MOST_KEPT {
            self.refusals.add(
                path,
                format!("keeping track of {most:.1e} messages takes too much memory"),
                "shorten the run, or lower or leave out `max_length` and `max_bytes`",
            );
        }
    }
}

/// Brokers whose topics let go of what is too old, one message after the other.
fn keeps_by_age(kind: BrokerKind) -> bool {
    keeps_by_size(kind) || kind == BrokerKind::Pubsub
}

/// Brokers whose topics let go of the oldest when they are too large.
fn keeps_by_size(kind: BrokerKind) -> bool {
    matches!(kind, BrokerKind::Kafka | BrokerKind::Nats | BrokerKind::Generic)
}
