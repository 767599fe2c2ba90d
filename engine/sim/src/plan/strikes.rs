//! Faults as the kernel sees them: what strikes whom, and when.

use crate::sample::Sampler;

#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) kind: &'static str,
    pub(crate) target: String,
    pub(crate) strike: Strike,
    pub(crate) at: Sampler,
    pub(crate) length: Option<Sampler>,
    pub(crate) every: Option<Sampler>,
}

/// What a fault does to whom.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Strike {
    /// The partitions of a consumer's kafka groups are dealt anew.
    Rebalance(u32),
    /// The instances of a consumer are replaced one after the other.
    Deploy(u32),
    /// The kafka groups of a consumer read again what they have handled.
    Replay {
        consumer: u32,
        /// What was published within so many nanoseconds; `None` is all of it.
        back: Option<u64>,
    },
    /// So many instances of a consumer are gone.
    CrashConsumer {
        consumer: u32,
        instances: u32,
    },
    CrashService(u32),
    SlowConsumer {
        consumer: u32,
        factor: f64,
    },
    SlowService {
        service: u32,
        factor: f64,
    },
    ErrorsConsumer {
        consumer: u32,
        rate: f64,
    },
    ErrorsService {
        service: u32,
        rate: f64,
    },
    OutageChannels(Vec<u32>),
    OutageService(u32),
    /// Edges carry nothing.
    Cut(Vec<u32>),
    /// What goes over edges arrives later.
    LatencyEdges {
        edges: Vec<u32>,
        add: Sampler,
    },
    /// Attempts take so much longer.
    LatencyConsumer {
        consumer: u32,
        add: Sampler,
    },
    /// Answers take so much longer.
    LatencyService {
        service: u32,
        add: Sampler,
    },
    /// Acknowledged messages of a channel are delivered again.
    Duplicate {
        channel: u32,
        share: f64,
    },
    PoisonChannel {
        channel: u32,
        share: f64,
    },
    PoisonConsumer {
        consumer: u32,
        share: f64,
    },
    PoisonService {
        service: u32,
        share: f64,
    },
    /// What is published of an event type cannot be read.
    SchemaBreak {
        event: u32,
    },
    /// So many attempts, publishes or calls per second.
    ThrottleConsumer {
        consumer: u32,
        limit: f64,
    },
    ThrottleService {
        service: u32,
        limit: f64,
    },
    ThrottleChannel {
        channel: u32,
        limit: f64,
    },
    /// Publishers wait.
    BlockChannels(Vec<u32>),
    /// A queue does with every publish what its overflow rule says.
    FillQueue(u32),
    /// A store refuses its writes.
    FillStore(u32),
}

impl Strike {
    /// How much longer it makes something take.
    pub(crate) fn added(&self) -> Option<&Sampler> {
        match self {
            Strike::LatencyEdges { add, .. }
            | Strike::LatencyConsumer { add, .. }
            | Strike::LatencyService { add, .. } => Some(add),
            _ => None,
        }
    }

    /// Which share of what it could strike it strikes.
    pub(crate) fn share(&self) -> f64 {
        match self {
            Strike::Duplicate { share, .. }
            | Strike::PoisonChannel { share, .. }
            | Strike::PoisonConsumer { share, .. }
            | Strike::PoisonService { share, .. } => *share,
            _ => 1.0,
        }
    }
}
