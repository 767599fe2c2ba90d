//! How a kafka group keeps together: sessions, rebalances, polls and commits.

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::{self as flow, Assignment, BrokerKind, Commit, Duration};

use super::names::Compiler;
use super::{Batch, Channel, Plan};

/// The rules of one kafka group; times in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coordination {
    /// A crashed member is missed after so long.
    pub(crate) session_timeout: u64,
    /// From a change of the members until the partitions are dealt.
    pub(crate) rebalance_time: u64,
    /// Only partitions that change hands stop; otherwise all of them.
    pub(crate) cooperative: bool,
    /// Members keep their partitions when they return within their session.
    pub(crate) is_static: bool,
    pub(crate) commits: Commits,
    /// Records of one partition in one poll.
    pub(crate) poll_records: u32,
    /// A member that does not poll for so long leaves.
    pub(crate) poll_interval: u64,
}

/// When progress is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commits {
    /// By the client, this often, and before it gives a partition up.
    Every(u64),
    /// By the handler, after what one poll gave.
    EveryPoll,
    /// By the handler, after every message.
    EveryMessage,
}

impl Compiler<'_> {
    /// The rules of a group, on which its members must agree; `None` for all but kafka's.
    pub(crate) fn coordination(
        &mut self,
        channel: &Channel,
        names: &[String],
        members: &[u32],
    ) -> Option<Coordination> {
        let mut agreed: Option<Coordination> = None;
        for (name, consumer) in self.members(members) {
            for (i, entry) in consumer.subscribes.iter().enumerate() {
                let group = entry.group.as_deref().unwrap_or(name);
                if entry.from != channel.name || !names.iter().any(|n| n == group) {
                    continue;
                }
                let path = format!("nodes.{name}.subscribes.{i}");
                if channel.broker != BrokerKind::Kafka || channel.partitions == 0 {
                    self.refuse_kafka_settings(&path, entry);
                    continue;
                }
                let own = self.rules(&path, entry);
                if agreed.is_some_and(|agreed| agreed != own) {
                    self.refusals.add(
                        path,
                        format!("the members of group `{group}` differ in how their group keeps together"),
                        "give all of them the same session, assignment, commit and poll settings",
                    );
                }
                agreed = agreed.or(Some(own));
            }
        }
        agreed
    }

    /// Whether a member of a group handles its keys in order.
    pub(crate) fn wants_order(&self, members: &[u32]) -> bool {
        self.members(members).iter().any(|(_, consumer)| consumer.order == Some(flow::HandlingOrder::PerKey))
    }

    /// The batches of a group, on which its members must agree.
    pub(crate) fn batch(&mut self, members: &[u32]) -> Option<Batch> {
        let mut agreed: Option<Option<Batch>> = None;
        for (name, consumer) in self.members(members) {
            let own =
                consumer.batch.map(|flow::Batch { size, wait }| Batch { size: size.max(1), wait: wait.as_nanos() });
            if agreed.is_some_and(|agreed| agreed != own) {
                self.refusals.add(
                    format!("nodes.{name}.batch"),
                    "the consumers that share a group differ in their batches",
                    "give all of them the same `batch`",
                );
            }
            agreed = agreed.or(Some(own));
        }
        agreed.flatten()
    }

    /// Says what a batch does to leases.
    pub(crate) fn note_batches(&mut self, plan: &Plan) {
        for group in &plan.groups {
            let leased = plan.rules.get(group.rules as usize).is_some_and(|rules| !rules.leases.is_empty());
            if leased && group.batch.is_some_and(|batch| batch.size > 1) {
                self.notes.push(format!(
                    "Leases of batches from `{}` are taken to be extended until the batch is done.",
                    plan.channels[group.channel as usize].name
                ));
            }
        }
    }

    fn refuse_kafka_settings(&mut self, path: &str, entry: &flow::Subscription) {
        let given = [
            ("session_timeout", entry.session_timeout.is_some()),
            ("assignment", entry.assignment.is_some()),
            ("rebalance_time", entry.rebalance_time.is_some()),
            ("static_membership", entry.static_membership.is_some()),
            ("commit", entry.commit.is_some()),
            ("commit_interval", entry.commit_interval.is_some()),
            ("max_poll_records", entry.max_poll_records.is_some()),
            ("max_poll_interval", entry.max_poll_interval.is_some()),
        ];
        for (setting, _) in given.into_iter().filter(|(_, given)| *given) {
            self.refusals.add(
                format!("{path}.{setting}"),
                format!("`{setting}` is a setting of kafka groups, and `{}` is no kafka topic", entry.from),
                "leave it out, or give the topic a broker of kind `kafka`",
            );
        }
    }

    fn rules(&mut self, path: &str, entry: &flow::Subscription) -> Coordination {
        let time = |given: Option<Duration>, setting| {
            given.or_else(|| defaults::time(BrokerKind::Kafka, "", setting)).map_or(0, Duration::as_nanos)
        };
        let cooperative = entry.assignment.map_or_else(
            || defaults::word(BrokerKind::Kafka, "", Setting::Rebalance) == Some("cooperative"),
            |assignment| assignment == Assignment::Cooperative,
        );
        let commit = entry.commit.unwrap_or(Commit::Auto);
        if entry.commit_interval.is_some() && commit != Commit::Auto {
            self.refusals.add(
                format!("{path}.commit_interval"),
                "`commit_interval` is how often `commit: auto` commits",
                "leave one of the two out",
            );
        }
        let most = defaults::count(BrokerKind::Kafka, "", Setting::MaxPollRecords).unwrap_or(u64::from(u32::MAX));
        Coordination {
            session_timeout: time(entry.session_timeout, Setting::SessionTimeout),
            rebalance_time: time(entry.rebalance_time, Setting::RebalanceTime),
            cooperative,
            is_static: entry.static_membership.unwrap_or(false),
            commits: match commit {
                Commit::Auto => Commits::Every(time(entry.commit_interval, Setting::AutoCommitInterval).max(1)),
                Commit::Batch => Commits::EveryPoll,
                Commit::Message => Commits::EveryMessage,
            },
            poll_records: entry.max_poll_records.unwrap_or(most.min(u64::from(u32::MAX)) as u32).max(1),
            poll_interval: time(entry.max_poll_interval, Setting::MaxPollInterval).max(1),
        }
    }
}
