//! The names and attributes of spans, by OpenTelemetry's semantic conventions for messaging (in development as of version
//! 1.42; <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>). What these have no name for is called
//! `thalweg.*`.

use thalweg_flow::BrokerKind;

use super::{SampledEvent, SampledKind, SampledSpan, SampledValue};
use crate::kernel::{Actor, Happening, Noted, NotedTrace, Step, Trouble};
use crate::plan::{Channel, Plan};
use crate::rng::mix;

/// Everything that is needed to put the spans of one trace into words.
pub(super) struct Words<'a> {
    pub(super) plan: &'a Plan,
    pub(super) spans: &'a [Noted],
    pub(super) trace: &'a NotedTrace,
    /// The lower half of the trace's id.
    pub(super) low: u64,
}

type Attributes = Vec<(&'static str, SampledValue)>;

fn text(text: impl Into<String>) -> SampledValue {
    SampledValue::Text(text.into())
}

fn seconds(nanos: u64) -> SampledValue {
    SampledValue::Double(nanos as f64 / 1e9)
}

impl Words<'_> {
    pub(super) fn span(&self, index: u32) -> SampledSpan {
        let noted = &self.spans[index as usize];
        let plan = self.plan;
        let mut links = Vec::new();
        let mut attributes;
        let (kind, node, name);
        match noted.step {
            Step::Produce { producer } => {
                kind = SampledKind::Internal;
                node = plan.producers[producer as usize].name.clone();
                name = "produce".to_owned();
                attributes = vec![
                    ("thalweg.event", SampledValue::Int(self.trace.chosen.number.cast_signed())),
                    ("thalweg.sampled_for", text(self.trace.chosen.why.name())),
                ];
                if !self.trace.finished {
                    attributes.push(("thalweg.unfinished", SampledValue::Bool(true)));
                }
                if self.trace.left_out > 0 {
                    attributes.push(("thalweg.spans_left_out", SampledValue::Int(self.trace.left_out.cast_signed())));
                }
            }
            Step::Publish { by, channel, .. } => {
                kind = SampledKind::Producer;
                node = self.actor(by);
                name = format!("publish {}", plan.channels[channel as usize].name);
                attributes = messaging(&plan.channels[channel as usize], "send", "publish");
                self.describe_message(index, &mut attributes);
            }
            Step::Process { publish, consumer, group, .. } => {
                let channel = plan.groups[group as usize].channel;
                kind = SampledKind::Consumer;
                node = plan.consumers[consumer as usize].name.clone();
                name = format!("process {}", plan.channels[channel as usize].name);
                links.push(self.id(publish));
                attributes = self.describe_attempt(noted.step);
            }
            Step::Call { call, try_ } => {
                let service = &plan.services[plan.calls[call as usize].service as usize].name;
                kind = SampledKind::Client;
                node = self.spans.get(noted.parent as usize).map_or_else(String::new, |caller| self.node(caller));
                name = format!("call {service}");
                attributes = vec![
                    ("service.peer.name", text(service.clone())),
                    ("thalweg.attempt", SampledValue::Int(try_.into())),
                ];
            }
            Step::Serve { service } => {
                kind = SampledKind::Server;
                node = plan.services[service as usize].name.clone();
                name = format!("serve {node}");
                attributes = Vec::new();
            }
            Step::Remove { publish, channel } => {
                let channel = &plan.channels[channel as usize];
                kind = SampledKind::Internal;
                node = channel.name.clone();
                name = format!("remove {node}");
                attributes = vec![("messaging.destination.name", text(node.clone()))];
                self.describe_message(publish, &mut attributes);
            }
        }
        if let Some(trouble) = noted.trouble {
            attributes.push(("error.type", text(error_type(trouble))));
        }
        SampledSpan {
            id: self.id(index),
            parent: (noted.parent != crate::slab::NIL).then(|| self.id(noted.parent)),
            links,
            name,
            node,
            kind,
            start_ns: noted.start,
            end_ns: noted.end,
            error: noted.trouble.map(|trouble| self.reason(trouble)),
            attributes,
            events: noted.events.iter().map(|&(at_ns, what)| self.event(at_ns, what)).collect(),
        }
    }

    /// Of the place within the trace, so that it is the same in every run that takes the same course.
    fn id(&self, index: u32) -> [u8; 8] {
        (mix(self.low ^ (u64::from(index - self.trace.first) + 2)) | 1 << 63).to_be_bytes()
    }

    fn node(&self, span: &Noted) -> String {
        match span.step {
            Step::Process { consumer, .. } => self.actor(Actor::Consumer(consumer)),
            Step::Produce { producer } => self.actor(Actor::Producer(producer)),
            Step::Publish { by, .. } => self.actor(by),
            Step::Remove { channel, .. } => self.actor(Actor::Channel(channel)),
            Step::Serve { service } => self.plan.services[service as usize].name.clone(),
            Step::Call { .. } => String::new(),
        }
    }

    fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Producer(producer) => self.plan.producers[producer as usize].name.clone(),
            Actor::Consumer(consumer) => self.plan.consumers[consumer as usize].name.clone(),
            Actor::Channel(channel) => self.plan.channels[channel as usize].name.clone(),
            Actor::Store(store) => self.plan.services[store as usize].name.clone(),
        }
    }

    fn describe_attempt(&self, step: Step) -> Attributes {
        let Step::Process { publish, consumer, instance, group, lane, attempt } = step else { return Vec::new() };
        let planned = &self.plan.consumers[consumer as usize];
        let group = &self.plan.groups[group as usize];
        let channel = &self.plan.channels[group.channel as usize];
        let mut attributes = messaging(channel, "process", "process");
        if let (false, Some(name)) = (channel.is_queue, group.names.first()) {
            let key = match channel.broker {
                BrokerKind::Pubsub => "messaging.destination.subscription.name",
                _ => "messaging.consumer.group.name",
            };
            attributes.push((key, text(name.clone())));
        }
        self.describe_message(publish, &mut attributes);
        if group.partitioned && attributes.iter().all(|(key, _)| *key != PARTITION) {
            attributes.push((PARTITION, text((lane - group.lanes.start).to_string())));
        }
        let client = format!("{}-{}", planned.name, instance - planned.instances.start);
        attributes.push(("messaging.client.id", text(client)));
        if channel.broker == BrokerKind::Pubsub {
            attributes.push(("messaging.gcp_pubsub.message.delivery_attempt", SampledValue::Int(attempt.into())));
        }
        attributes.push(("thalweg.attempt", SampledValue::Int(attempt.into())));
        attributes
    }

    /// What a message takes along from its publish.
    fn describe_message(&self, publish: u32, attributes: &mut Attributes) {
        let Some(Noted { step: Step::Publish { channel, partition, message, key, .. }, .. }) =
            self.spans.get(publish as usize)
        else {
            return;
        };
        attributes.push(("messaging.message.id", text(format!("{}-{message}", self.trace.chosen.number))));
        if let Some(partition) = partition {
            attributes.push((PARTITION, text(partition.to_string())));
        }
        if *key != 0 {
            let name = match self.plan.channels[*channel as usize].broker {
                BrokerKind::Kafka => "messaging.kafka.message.key",
                BrokerKind::Pubsub => "messaging.gcp_pubsub.message.ordering_key",
                BrokerKind::Rabbitmq => "messaging.rabbitmq.destination.routing_key",
                _ => "thalweg.key",
            };
            attributes.push((name, text(format!("key-{key}"))));
        }
    }

    fn event(&self, at_ns: u64, what: Happening) -> SampledEvent {
        let (name, attributes) = match what {
            Happening::Backoff { delay } => ("retry", vec![("thalweg.backoff_s", seconds(delay))]),
            Happening::DeadLettered { to } => {
                let to = &self.plan.channels[to as usize].name;
                ("dead-lettered", vec![("messaging.destination.name", text(to.clone()))])
            }
            Happening::Lost => ("lost", Vec::new()),
            Happening::RunEnded => ("run ended", Vec::new()),
        };
        SampledEvent { at_ns, name, attributes }
    }

    fn reason(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::Failed => "the handler failed".to_owned(),
            Trouble::TimedOut => "timed out".to_owned(),
            Trouble::InstanceLost => "the instance went down".to_owned(),
            Trouble::CallFailed { call } => {
                let service = self.plan.calls[call as usize].service;
                format!("the call of {} failed", self.plan.services[service as usize].name)
            }
            Trouble::BreakerOpen => "the circuit breaker is open".to_owned(),
            Trouble::BulkheadFull => "too many of these calls are under way".to_owned(),
            Trouble::Throttled => "beyond the rate limit".to_owned(),
            Trouble::ServiceDown => "the service is down".to_owned(),
            Trouble::ServiceFailed => "the service failed".to_owned(),
            Trouble::Abandoned => "its caller gave up".to_owned(),
            Trouble::Rejected => "refused: the channel is full".to_owned(),
            Trouble::Dropped => "dropped: the channel is full".to_owned(),
            Trouble::Expired => "its time to live is over".to_owned(),
            Trouble::Trimmed => "its topic has let go of it".to_owned(),
        }
    }
}

const PARTITION: &str = "messaging.destination.partition.id";

/// What every span of a messaging operation says.
fn messaging(channel: &Channel, operation_type: &'static str, operation_name: &'static str) -> Attributes {
    vec![
        ("messaging.system", text(system(channel.broker))),
        ("messaging.destination.name", text(channel.name.clone())),
        ("messaging.operation.type", text(operation_type)),
        ("messaging.operation.name", text(operation_name)),
    ]
}

/// Values of `messaging.system`: those that the conventions list, and for others the names in their manner.
fn system(broker: BrokerKind) -> &'static str {
    match broker {
        BrokerKind::Kafka => "kafka",
        BrokerKind::Rabbitmq => "rabbitmq",
        BrokerKind::Eventbridge => "aws.eventbridge",
        BrokerKind::Sqs => "aws_sqs",
        BrokerKind::Sns => "aws.sns",
        BrokerKind::Pubsub => "gcp_pubsub",
        BrokerKind::Eventgrid => "eventgrid",
        BrokerKind::Nats => "nats",
        BrokerKind::Generic => "thalweg",
    }
}

/// Few distinct words, as `error.type` wants them.
fn error_type(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Failed => "failure",
        Trouble::TimedOut => "timeout",
        Trouble::InstanceLost => "instance_lost",
        Trouble::CallFailed { .. } => "call_failed",
        Trouble::BreakerOpen => "breaker_open",
        Trouble::BulkheadFull => "bulkhead_full",
        Trouble::Throttled => "throttled",
        Trouble::ServiceDown => "service_down",
        Trouble::ServiceFailed => "service_failed",
        Trouble::Abandoned => "abandoned",
        Trouble::Rejected => "rejected",
        Trouble::Dropped => "dropped",
        Trouble::Expired => "expired",
        Trouble::Trimmed => "trimmed",
    }
}
