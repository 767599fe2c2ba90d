//! Faults: planned failures.

use schemars::JsonSchema;

use super::{BrokerId, Distribution, Duration, EventTypeId, NodeId, Rate, Share};

/// A planned failure: what, where, from when, how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// When it begins, from the start of the run (warm-up included).
    pub at: Distribution,
    /// How long it lasts; `None` is until the end of the run.
    pub length: Option<Distribution>,
    /// It comes again: time from the end of one to the next.
    pub every: Option<Distribution>,
    /// What fails.
    pub kind: FaultKind,
}

/// A plan of failures drawn at random.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Chaos {
    /// Seed of the plan; default the scenario's. Another seed draws another plan.
    pub seed: Option<u64>,
    /// How many failures begin per unit of time, on average.
    pub rate: Rate,
    /// Which faults are drawn; default all that fit the flow.
    #[schemars(default)]
    pub kinds: Vec<FaultName>,
}

/// The word of a fault: `crash`, `slow`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultName {
    /// [`FaultKind::Crash`].
    Crash,
    /// [`FaultKind::Slow`].
    Slow,
    /// [`FaultKind::Errors`].
    Errors,
    /// [`FaultKind::Outage`].
    Outage,
    /// [`FaultKind::Cut`].
    Cut,
    /// [`FaultKind::Latency`].
    Latency,
    /// [`FaultKind::Duplicate`].
    Duplicate,
    /// [`FaultKind::Poison`].
    Poison,
    /// [`FaultKind::SchemaBreak`].
    SchemaBreak,
    /// [`FaultKind::Rebalance`].
    Rebalance,
    /// [`FaultKind::Throttle`].
    Throttle,
    /// [`FaultKind::Full`].
    Full,
    /// [`FaultKind::Deploy`].
    Deploy,
    /// [`FaultKind::Replay`].
    Replay,
}

impl FaultName {
    /// All of them.
    pub const ALL: [FaultName; 14] = [
        FaultName::Crash,
        FaultName::Slow,
        FaultName::Errors,
        FaultName::Outage,
        FaultName::Cut,
        FaultName::Latency,
        FaultName::Duplicate,
        FaultName::Poison,
        FaultName::SchemaBreak,
        FaultName::Rebalance,
        FaultName::Throttle,
        FaultName::Full,
        FaultName::Deploy,
        FaultName::Replay,
    ];

    /// The key of the document that says what is struck.
    pub const fn as_str(self) -> &'static str {
        match self {
            FaultName::Crash => "crash",
            FaultName::Slow => "slow",
            FaultName::Errors => "errors",
            FaultName::Outage => "outage",
            FaultName::Cut => "cut",
            FaultName::Latency => "latency",
            FaultName::Duplicate => "duplicate",
            FaultName::Poison => "poison",
            FaultName::SchemaBreak => "schema_break",
            FaultName::Rebalance => "rebalance",
            FaultName::Throttle => "throttle",
            FaultName::Full => "full",
            FaultName::Deploy => "deploy",
            FaultName::Replay => "replay",
        }
    }

    /// Whether work fails meanwhile, whoever does it; the others hinder it.
    pub const fn stops(self) -> bool {
        matches!(self, FaultName::Outage | FaultName::Errors | FaultName::Cut)
    }
}

/// What fails and where.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Instances are gone; work in hand is redelivered.
    Crash {
        /// The handler or service.
        node: NodeId,
        /// How many instances; `None` is all.
        instances: Option<u32>,
    },
    /// Work takes longer.
    Slow {
        /// The handler, service or store.
        node: NodeId,
        /// How many times longer; above 0.
        factor: f64,
    },
    /// Attempts or calls fail more often.
    Errors {
        /// The handler, service or store.
        node: NodeId,
        /// Share that fails while it lasts.
        rate: Share,
    },
    /// Nothing gets through.
    Outage {
        /// What is out.
        target: FaultTarget,
    },
    /// An edge carries nothing.
    Cut {
        /// The edge.
        edge: EdgeRef,
    },
    /// Everything takes longer to get through.
    Latency {
        /// The node or edge.
        target: FaultTarget,
        /// How much longer.
        add: Distribution,
    },
    /// Acknowledged messages are delivered again.
    Duplicate {
        /// The channel.
        node: NodeId,
        /// How many of them.
        share: Share,
    },
    /// Messages that can never succeed.
    Poison {
        /// The channel or handler, or the service or store that can do nothing with them.
        node: NodeId,
        /// How many of them.
        share: Share,
    },
    /// An event type changes incompatibly.
    SchemaBreak {
        /// The event type.
        event: EventTypeId,
    },
    /// A group's partitions are dealt anew.
    Rebalance {
        /// The handler.
        node: NodeId,
    },
    /// A node lets through only so much.
    Throttle {
        /// The node.
        node: NodeId,
        /// How much.
        limit: Rate,
    },
    /// A channel's or store's space is used up.
    Full {
        /// The channel, store or broker.
        target: FaultTarget,
    },
    /// Instances are replaced one after the other.
    Deploy {
        /// The handler or service.
        node: NodeId,
    },
    /// A group reads again what it has handled.
    Replay {
        /// The handler.
        node: NodeId,
        /// What was published within this time; `None` is all of it.
        back: Option<Duration>,
    },
}

/// What a fault strikes, where more than nodes can be struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultTarget {
    /// A node.
    Node(NodeId),
    /// A declared broker with all its channels.
    Broker(BrokerId),
    /// An edge, written `from -> to`.
    Edge(EdgeRef),
}

/// An edge by its ends, written `from -> to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeRef {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
}

impl FaultKind {
    /// The word of the document: `crash`, `slow`, ….
    pub fn name(&self) -> &'static str {
        self.word().as_str()
    }

    /// Which of the fourteen it is.
    pub fn word(&self) -> FaultName {
        match self {
            FaultKind::Crash { .. } => FaultName::Crash,
            FaultKind::Slow { .. } => FaultName::Slow,
            FaultKind::Errors { .. } => FaultName::Errors,
            FaultKind::Outage { .. } => FaultName::Outage,
            FaultKind::Cut { .. } => FaultName::Cut,
            FaultKind::Latency { .. } => FaultName::Latency,
            FaultKind::Duplicate { .. } => FaultName::Duplicate,
            FaultKind::Poison { .. } => FaultName::Poison,
            FaultKind::SchemaBreak { .. } => FaultName::SchemaBreak,
            FaultKind::Rebalance { .. } => FaultName::Rebalance,
            FaultKind::Throttle { .. } => FaultName::Throttle,
            FaultKind::Full { .. } => FaultName::Full,
            FaultKind::Deploy { .. } => FaultName::Deploy,
            FaultKind::Replay { .. } => FaultName::Replay,
        }
    }
}
