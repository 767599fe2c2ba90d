//! The one model of a flow: nodes, edges, contracts, scenarios, as plain data.
//!
//! Everything else in Thalweg works on these types. They hold what the document says and nothing that was
//! derived from it: no layout, no statistics, no text positions. They are not the file format either; reading
//! and writing the text is the job of [`crate::read()`] and [`crate::Document`].

mod channel;
mod comment;
mod distribution;
mod fault;
mod files;
mod handler;
mod load;
mod scenario;
mod value;

pub use channel::*;
pub use comment::*;
pub use distribution::*;
pub use fault::*;
pub use handler::*;
use indexmap::IndexMap;
pub use load::*;
pub use scenario::*;
use schemars::JsonSchema;
pub use value::*;

/// The name of a node, as written under `nodes:`.
pub type NodeId = String;
/// The name of a declared broker, as written under `brokers:`.
pub type BrokerId = String;
/// The name of an event type, as written under `events:`; may hold dots.
pub type EventTypeId = String;
/// The name of a scenario, as written under `scenarios:`.
pub type ScenarioId = String;

/// The name of a comment, as written under `comments:`.
pub type CommentId = String;

/// A whole document, in the order in which it was written.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Flow {
    /// What people call this flow.
    pub name: String,
    /// One sentence about it.
    pub summary: Option<String>,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// Declared brokers.
    #[schemars(default)]
    pub brokers: IndexMap<BrokerId, Broker>,
    /// Event types: the contracts.
    #[schemars(default)]
    pub events: IndexMap<EventTypeId, EventType>,
    /// Nodes by name.
    #[schemars(default)]
    pub nodes: IndexMap<NodeId, Node>,
    /// Where nodes were put on the canvas, in canvas units (left, top). Missing nodes are laid out automatically.
    #[schemars(default)]
    pub layout: IndexMap<NodeId, [f64; 2]>,
    /// Notes on the drawing, by name.
    #[schemars(default)]
    pub comments: IndexMap<CommentId, Comment>,
    /// Scenarios by name.
    #[schemars(default)]
    pub scenarios: IndexMap<ScenarioId, Scenario>,
}

/// A declared system that owns channels.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Broker {
    /// Which system it is; it supplies defaults and delivery rules.
    pub kind: BrokerKind,
    /// From a publisher's send until the message is stored; the default is the kind's, none for `generic`.
    pub publish_latency: Option<Distribution>,
    /// From the broker to an instance, and of an acknowledgement back; the default is the kind's, none for `generic`.
    pub delivery_latency: Option<Distribution>,
    /// Bytes of messages, ready and unacknowledged, from which publishers are blocked.
    pub memory_limit: Option<Size>,
    /// One sentence about it.
    pub summary: Option<String>,
}

/// The systems whose delivery rules are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum BrokerKind {
    /// Apache Kafka.
    Kafka,
    /// RabbitMQ.
    Rabbitmq,
    /// Amazon EventBridge.
    Eventbridge,
    /// Amazon SQS.
    Sqs,
    /// Amazon SNS.
    Sns,
    /// Google Cloud Pub/Sub.
    Pubsub,
    /// Azure Event Grid.
    Eventgrid,
    /// NATS JetStream.
    Nats,
    /// A plain queueing station: no latency, no limits, immediate redelivery.
    Generic,
}

/// Which broker owns a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerRef {
    /// One that is declared under `brokers:`.
    Declared(BrokerId),
    /// A kind named directly on the channel.
    Kind(BrokerKind),
}

/// A named contract with a version and a schema.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EventType {
    /// Semantic version of the schema.
    pub version: Option<String>,
    /// The schema, inline or by path.
    pub schema: Option<Schema>,
    /// What a new version may change.
    pub compatibility: Option<Compatibility>,
    /// Size of one event on the wire.
    pub size: Option<Size>,
    /// Paths of fields that hold personal data.
    #[schemars(default)]
    pub personal_data: Vec<String>,
    /// One sentence about it.
    pub summary: Option<String>,
}

/// A schema and the language it is written in.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Its language.
    pub format: SchemaFormat,
    /// A path relative to the flow file, or the schema itself.
    pub source: SchemaSource,
}

/// Schema languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaFormat {
    /// JSON Schema (`json-schema`).
    JsonSchema,
    /// Apache Avro (`avro`).
    Avro,
    /// Protocol Buffers (`protobuf`).
    Protobuf,
}

/// Where a schema's text is.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaSource {
    /// In a file, relative to the flow file.
    Path(String),
    /// In the document itself.
    Inline(serde_json::Value),
}

/// What may change between versions of an event type, as schema registries name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Compatibility {
    /// Anything.
    None,
    /// New readers read old data.
    Backward,
    /// Old readers read new data.
    Forward,
    /// Both.
    Full,
    /// `backward` against every earlier version.
    BackwardTransitive,
    /// `forward` against every earlier version.
    ForwardTransitive,
    /// `full` against every earlier version.
    FullTransitive,
}

/// One box of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What people call it, when its name is not enough.
    pub title: Option<String>,
    /// One sentence about it.
    pub summary: Option<String>,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// What it is, with its own settings.
    pub kind: NodeKind,
}

/// What a node is.
// A flow has few nodes beside what is made of them: boxing the large ones would save nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A source of events.
    Producer(Producer),
    /// A partitioned or subject log.
    Topic(Topic),
    /// A queue of competing consumers.
    Queue(Queue),
    /// RabbitMQ routing.
    Exchange(Exchange),
    /// Rules that filter and push to targets.
    Bus(Bus),
    /// A handler group.
    Consumer(Consumer),
    /// Something that a handler calls and waits for.
    Service(Service),
    /// A database, event store or read model.
    Store(Store),
    /// An orchestrated, stateful chain.
    Workflow(Workflow),
    /// A windowed or keyed job.
    Stream(Stream),
}

impl NodeKind {
    /// The word of the document: `producer`, `topic`, ….
    pub fn name(&self) -> &'static str {
        match self {
            NodeKind::Producer(_) => "producer",
            NodeKind::Topic(_) => "topic",
            NodeKind::Queue(_) => "queue",
            NodeKind::Exchange(_) => "exchange",
            NodeKind::Bus(_) => "bus",
            NodeKind::Consumer(_) => "consumer",
            NodeKind::Service(_) => "service",
            NodeKind::Store(_) => "store",
            NodeKind::Workflow(_) => "workflow",
            NodeKind::Stream(_) => "stream",
        }
    }

    /// Whether events wait or are routed here.
    pub fn is_channel(&self) -> bool {
        matches!(self, NodeKind::Topic(_) | NodeKind::Queue(_) | NodeKind::Exchange(_) | NodeKind::Bus(_))
    }

    /// What this node publishes, if it may publish.
    pub fn publishes(&self) -> &[Publish] {
        match self {
            NodeKind::Producer(n) => &n.publishes,
            NodeKind::Consumer(n) => &n.publishes,
            NodeKind::Workflow(n) => &n.publishes,
            NodeKind::Stream(n) => &n.publishes,
            _ => &[],
        }
    }

    /// What this node subscribes to, if it may subscribe.
    pub fn subscribes(&self) -> &[Subscription] {
        match self {
            NodeKind::Consumer(n) => &n.subscribes,
            NodeKind::Workflow(n) => &n.subscribes,
            NodeKind::Stream(n) => &n.subscribes,
            _ => &[],
        }
    }
}

/// A connection between two nodes, derived from what the nodes say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where messages come from.
    pub from: NodeId,
    /// Where they go.
    pub to: NodeId,
    /// What the connection means.
    pub kind: EdgeKind,
}

/// What a connection means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// `publishes`: a producer or handler to a channel.
    Publish,
    /// `subscribes`: a channel to a handler.
    Subscribe,
    /// `calls` or a workflow's step: a handler to a service or store.
    Call,
    /// `routes`: an exchange or bus to its target.
    Route,
    /// `dead_letter`: where messages go that were given up.
    DeadLetter,
    /// `projects_to`: a store to its read model or channel.
    Project,
}

impl EdgeKind {
    /// The word for it in results.
    pub fn as_str(self) -> &'static str {
        match self {
            EdgeKind::Publish => "publish",
            EdgeKind::Subscribe => "subscribe",
            EdgeKind::Call => "call",
            EdgeKind::Route => "route",
            EdgeKind::DeadLetter => "dead-letter",
            EdgeKind::Project => "project",
        }
    }
}

impl Flow {
    /// Every edge, in document order; targets that do not exist are included (checking them is validation).
    pub fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (id, node) in &self.nodes {
            let mut out = |to: &NodeId, kind| edges.push(Edge { from: id.clone(), to: to.clone(), kind });
            for publish in node.kind.publishes() {
                out(&publish.to, EdgeKind::Publish);
            }
            match &node.kind {
                NodeKind::Consumer(n) => {
                    n.calls.iter().for_each(|c| out(&c.service, EdgeKind::Call));
                    n.dead_letter.iter().for_each(|to| out(to, EdgeKind::DeadLetter));
                }
                NodeKind::Queue(n) => n.dead_letter.iter().for_each(|to| out(to, EdgeKind::DeadLetter)),
                NodeKind::Exchange(n) => n.routes.iter().for_each(|r| out(&r.to, EdgeKind::Route)),
                NodeKind::Bus(n) => {
                    for route in &n.routes {
                        out(&route.to, EdgeKind::Route);
                        route.dead_letter.iter().for_each(|to| out(to, EdgeKind::DeadLetter));
                    }
                }
                NodeKind::Workflow(n) => n.steps.iter().for_each(|s| out(&s.call.service, EdgeKind::Call)),
                NodeKind::Store(n) => n.projects_to.iter().for_each(|to| out(to, EdgeKind::Project)),
                NodeKind::Producer(_) | NodeKind::Topic(_) | NodeKind::Service(_) | NodeKind::Stream(_) => {}
            }
            for subscription in node.kind.subscribes() {
                edges.push(Edge { from: subscription.from.clone(), to: id.clone(), kind: EdgeKind::Subscribe });
            }
        }
        edges
    }

    /// The groups of a channel, in document order: named by `group`, else by the handler's own name.
    pub fn groups(&self, channel: &str) -> Vec<String> {
        let mut groups = Vec::new();
        for (id, node) in &self.nodes {
            for subscription in node.kind.subscribes().iter().filter(|s| s.from == channel) {
                groups.push(subscription.group.clone().unwrap_or_else(|| id.clone()));
            }
        }
        groups
    }

    /// The CSV files that distributions and loads name, relative to the flow file, each once. Loads and values that a
    /// scenario brings are included only in a resolved flow (and through its scenarios' loads and faults).
    pub fn files(&self) -> Vec<String> {
        let mut files = files::Files::default();
        files.flow(self);
        files.paths
    }

    /// The broker kind that owns a channel; `generic` when it names none (or one that does not exist).
    pub fn broker_kind(&self, broker: Option<&BrokerRef>) -> BrokerKind {
        match broker {
            Some(BrokerRef::Kind(kind)) => *kind,
            Some(BrokerRef::Declared(id)) => self.brokers.get(id).map_or(BrokerKind::Generic, |b| b.kind),
            None => BrokerKind::Generic,
        }
    }
}
