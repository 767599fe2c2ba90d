//! The topology as it is shown: nodes and edges, sorted, with what was measured.

mod build;
mod unify;

use crate::observed::{SpanId, TraceId};
use crate::pairing::Evidence;
use crate::peer::PeerKind;
use crate::said::Said;
use crate::times::Times;

/// Everything that the traces show.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// How many traces it was made of.
    pub traces: u64,
    /// How many spans.
    pub spans: u64,
    /// Start of the first span, nanoseconds since 1970; 0 when there was none.
    pub from: u64,
    /// Start of the last.
    pub until: u64,
    /// The nodes, sorted by what they are.
    pub nodes: Vec<Node>,
    /// The connections, sorted by where they begin and end.
    pub edges: Vec<Edge>,
    /// Who handles what, as a drawn flow needs it.
    pub handlers: Vec<Handler>,
    /// Messages whose other side was no longer waited for, to stay within a bounded memory.
    pub forgotten: u64,
    /// How often a connection had no place left.
    pub left_out: u64,
}

impl Map {
    /// Length of the time observed, seconds.
    pub fn window_s(&self) -> f64 {
        self.until.saturating_sub(self.from) as f64 / 1e9
    }

    /// Of so many, per second; nothing when the traces are all of one moment.
    pub fn per_second(&self, count: u64) -> Option<f64> {
        let window = self.window_s();
        (window > 0.0 && count > 1).then(|| count as f64 / window)
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKey {
    /// A program.
    Service {
        /// `service.namespace`, or nothing.
        namespace: String,
        /// `service.name`.
        name: String,
    },
    /// A topic, queue or exchange.
    Channel {
        /// Of which system, such as `kafka`.
        system: String,
        /// A cluster or an address of a broker; nothing when no span says.
        broker: String,
        /// Its name, or what many are called together.
        name: String,
    },
    /// A consumer group or subscription.
    Group {
        /// System of its channel.
        system: String,
        /// Broker of its channel.
        broker: String,
        /// Name of its channel.
        channel: String,
        /// Its own name.
        name: String,
    },
    /// Someone who is only known from being called.
    Peer {
        /// What it is.
        kind: PeerKind,
        /// Of a database its system, such as `postgresql`.
        system: String,
        /// A name or an address.
        name: String,
    },
}

impl NodeKey {
    /// The name alone.
    pub fn name(&self) -> &str {
        match self {
            Self::Service { name, .. }
            | Self::Channel { name, .. }
            | Self::Group { name, .. }
            | Self::Peer { name, .. } => name,
        }
    }

    /// The word for what it is, in results.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Service { .. } => "service",
            Self::Channel { .. } => "channel",
            Self::Group { .. } => "group",
            Self::Peer { kind, .. } => kind.as_str(),
        }
    }
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub key: NodeKey,
    /// Spans that are its own or name it.
    pub spans: u64,
    /// Of them failed ones; of services.
    pub errors: u64,
    /// Of a channel: what sort of channel it shows itself to be.
    pub form: Option<Form>,
    /// Of a channel: all addresses and clusters it was named with.
    pub brokers: Vec<String>,
    /// Of a channel: distinct partitions that spans name.
    pub partitions: u64,
    /// Of a channel: how many names were taken for this one.
    pub collapsed: u64,
    /// Of a service: distinct `service.instance.id`.
    pub instances: u64,
    /// Of a service: requests that came from outside all traces.
    pub requests: u64,
    /// Of a channel: something was sent there, and no one was seen to receive it.
    pub orphan: bool,
    /// Of a channel: something was received there, and no one was seen to send it.
    pub ghost: bool,
    /// Of a channel: what was given up goes there.
    pub dead_letters: bool,
    /// Of all but services: attributes of which each names it.
    pub said: Vec<Said>,
}

/// What sort of channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Every group gets all of it.
    Topic,
    /// Receivers compete.
    Queue,
    /// Messages only pass.
    Exchange,
}

impl Form {
    /// The word for it in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Queue => "queue",
            Self::Exchange => "exchange",
        }
    }
}

/// What a connection means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// A service sends to a channel.
    Publish,
    /// A channel hands on to another: a binding, a subscription of a queue to a topic.
    Route,
    /// A channel delivers to a group, or to a service where no group is named.
    Deliver,
    /// A service handles what its group gets.
    Handle,
    /// What was given up goes to another channel.
    DeadLetter,
    /// A service asks another, or a peer.
    Call,
}

impl EdgeKind {
    /// The word for it in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Route => "route",
            Self::Deliver => "deliver",
            Self::Handle => "handle",
            Self::DeadLetter => "dead-letter",
            Self::Call => "call",
        }
    }
}

/// One connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// Index of the node where it begins.
    pub from: usize,
    /// Index of the node where it ends.
    pub to: usize,
    /// What it means.
    pub kind: EdgeKind,
    /// Messages or calls; a batch counts with all of its messages.
    pub messages: u64,
    /// Spans that show it.
    pub spans: u64,
    /// Of them failed ones.
    pub errors: u64,
    /// Messages a second over the time observed.
    pub per_s: Option<f64>,
    /// How long the spans took; of handlings the time of one message.
    pub latency: Option<Times>,
    /// How long messages waited in the channel, of those whose two sides are known.
    pub wait: Option<Times>,
    /// Messages that were received before they were sent: the clocks of the two sides disagree.
    pub skewed: u64,
    /// By what the two sides of messages were brought together.
    pub evidence: Evidence,
    /// Deliveries of what was delivered before.
    pub redelivered: u64,
    /// Of a publishing: how many received one message, on average.
    pub fan_out: Option<f64>,
    /// Of a publishing: messages that no handling led to.
    pub of_itself: u64,
    /// The newest span that shows it; of what the broker does by itself, one of the channel that it leads to.
    pub newest: Option<(TraceId, SpanId)>,
}

/// A service's part in one subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// Index of the channel's node.
    pub channel: usize,
    /// The group, if one is named.
    pub group: Option<String>,
    /// Index of the service's node.
    pub service: usize,
    /// Messages handled, repeats included.
    pub messages: u64,
    /// Spans of handlings.
    pub handlings: u64,
    /// Of them failed ones.
    pub errors: u64,
    /// Time of a message's handling, all in all.
    pub busy: Option<Times>,
    /// The same without the calls it waits for.
    pub own: Option<Times>,
    /// Deliveries of what was delivered before.
    pub redelivered: u64,
    /// Most deliveries of one message.
    pub most_attempts: u64,
    /// What its handlings send.
    pub sends: Vec<Sends>,
    /// Whom its handlings call.
    pub calls: Vec<Calls>,
    /// Index of the channel that what it gives up goes to.
    pub dead_letters: Option<usize>,
}

/// What a handler sends to one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sends {
    /// Index of the channel's node.
    pub channel: usize,
    /// Messages.
    pub messages: u64,
    /// Handlings that sent there.
    pub handlings: u64,
}

/// Whom a handler calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calls {
    /// Index of the node.
    pub node: usize,
    /// Calls.
    pub calls: u64,
    /// Of them failed ones.
    pub errors: u64,
    /// How long they took.
    pub latency: Option<Times>,
}
