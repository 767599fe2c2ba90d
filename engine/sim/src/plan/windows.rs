//! Which groups are fed through windows, and how long messages travel.

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::{Broker, BrokerKind, BrokerRef, Flow, NodeKind};

use super::channels::kind_name;
use super::names::Compiler;
use super::rules::queue_variant;
use super::{Channel, Consumer, Group, Rules};
use crate::sample::Sampler;

impl<'a> Compiler<'a> {
    /// The publish latency that a channel's broker has in the flow.
    pub(crate) fn publish_latency(&mut self, channel: &str) -> Option<Sampler> {
        let flow: &'a Flow = self.flow;
        let (id, broker) = declared(flow, broker_of(&flow.nodes.get(channel)?.kind)?)?;
        let latency = broker.publish_latency.as_ref()?;
        Some(self.sampler(&format!("brokers.{id}.publish_latency"), latency))
    }

    /// The delivery latency that a broker has in the flow.
    pub(crate) fn delivery_latency(&mut self, broker: Option<&BrokerRef>) -> Option<Sampler> {
        let flow: &'a Flow = self.flow;
        let (id, broker) = declared(flow, broker?)?;
        let latency = broker.delivery_latency.as_ref()?;
        Some(self.sampler(&format!("brokers.{id}.delivery_latency"), latency))
    }

    /// Decides which groups are fed through windows: those whose only consumer says `prefetch`, at brokers that push.
    pub(crate) fn windows(
        &mut self,
        channels: &[Channel],
        groups: &mut [Group],
        rules: &[Rules],
        consumers: &mut [Consumer],
    ) {
        for group in groups {
            let channel = &channels[group.channel as usize];
            for &member in &group.members {
                let consumer = &mut consumers[member as usize];
                let Some(NodeKind::Consumer(node)) = self.flow.nodes.get(&consumer.name).map(|node| &node.kind) else {
                    continue;
                };
                let Some(entry) = node.subscribes.iter().find(|entry| entry.from == channel.name) else { continue };
                let Some(prefetch) = entry.prefetch else { continue };
                let pushes = matches!(channel.broker, BrokerKind::Rabbitmq | BrokerKind::Generic)
                    && rules.get(group.rules as usize).is_none_or(|rules| rules.closes_channel);
                let alone = group.members.len() == 1
                    && node.subscribes.len() == 1
                    && !group.partitioned
                    && !channel.per_key
                    && node.batch.is_none()
                    && entry.batch.is_none()
                    && node.order.is_none();
                if !(pushes && alone) {
                    if consumer.instances.len() > 1 {
                        self.notes.push(format!(
                            "`prefetch` of `{}` at `{}`: messages beyond an instance's concurrency wait at {} for any free \
                             instance, not in the instance's buffer.",
                            consumer.name,
                            channel.name,
                            kind_name(channel.broker)
                        ));
                    }
                    continue;
                }
                // At once and no more than it works on: nothing waits in a buffer.
                if prefetch <= consumer.concurrency && channel.delivery_latency.is_none() {
                    continue;
                }
                consumer.window = prefetch.min(self.prefetch_cap(channel));
                group.windowed = true;
            }
        }
    }

    fn prefetch_cap(&self, channel: &Channel) -> u32 {
        let variant = match self.flow.nodes.get(&channel.name).map(|node| &node.kind) {
            Some(NodeKind::Queue(queue)) => queue_variant(queue),
            _ => "",
        };
        let cap = defaults::count(channel.broker, variant, Setting::PrefetchCap);
        cap.and_then(|cap| u32::try_from(cap).ok()).unwrap_or(u32::MAX)
    }
}

fn broker_of(kind: &NodeKind) -> Option<&BrokerRef> {
    match kind {
        NodeKind::Topic(topic) => topic.broker.as_ref(),
        NodeKind::Queue(queue) => queue.broker.as_ref(),
        _ => None,
    }
}

fn declared<'f>(flow: &'f Flow, broker: &BrokerRef) -> Option<(&'f str, &'f Broker)> {
    match broker {
        BrokerRef::Declared(id) => flow.brokers.get_key_value(id).map(|(id, broker)| (id.as_str(), broker)),
        BrokerRef::Kind(_) => None,
    }
}
