//! What brokers limit: messages that are delivered and unacknowledged, what a stream keeps, what a broker's memory holds.

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::{self as flow, NodeKind};

use super::names::Compiler;
use super::{Channel, Group, NO_LIMIT};
use crate::slab::NIL;

impl Compiler<'_> {
    /// How many messages of each group may be unacknowledged at once: what its subscriptions say, else its broker's default.
    pub(crate) fn unacked(&mut self, channels: &[Channel], groups: &mut [Group]) {
        let consumers: Vec<_> = self
            .sorted()
            .filter_map(|(name, node)| match &node.kind {
                NodeKind::Consumer(consumer) => Some((name, consumer)),
                _ => None,
            })
            .collect();
        for group in groups.iter_mut().filter(|group| group.rules != NIL) {
            let channel = &channels[group.channel as usize];
            let mut said: Option<u32> = None;
            for &member in &group.members {
                let (name, consumer): (&str, &flow::Consumer) = consumers[member as usize];
                let entries = consumer.subscribes.iter().enumerate().filter(|(_, entry)| entry.from == channel.name);
                for (i, given) in entries.filter_map(|(i, entry)| Some((i, entry.max_ack_pending?))) {
                    if said.is_some_and(|said| said != given) {
                        self.refusals.add(
                            format!("nodes.{name}.subscribes.{i}.max_ack_pending"),
                            "a group has one limit, and another of its members says another",
                            "write the same at each, or at one only",
                        );
                    }
                    said = Some(given);
                }
            }
            let default = || defaults::count(channel.broker, "", Setting::MaxAckPending);
            let most = said.or_else(|| default().and_then(|most| u32::try_from(most).ok()));
            group.max_pending = most.unwrap_or(NO_LIMIT);
            group.accounted |= group.max_pending != NO_LIMIT;
        }
    }
}
