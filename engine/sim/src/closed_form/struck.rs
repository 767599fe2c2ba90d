//! What faults strike.

use crate::plan::{Plan, Strike};

/// What some fault of a plan strikes at some time.
pub(super) struct Struck {
    pub(super) consumers: Vec<bool>,
    pub(super) channels: Vec<bool>,
    pub(super) edges: Vec<bool>,
    /// An event type that is handled anywhere.
    pub(super) everything: bool,
}

impl Struck {
    pub(super) fn by_faults_of(plan: &Plan) -> Self {
        let mut struck = Struck {
            consumers: vec![false; plan.consumers.len()],
            channels: vec![false; plan.channels.len()],
            edges: vec![false; plan.edges.len()],
            everything: false,
        };
        for fault in &plan.faults {
            struck.note(&fault.strike);
        }
        struck
    }

    fn note(&mut self, strike: &Strike) {
        let mark = |list: &mut [bool], those: &[u32]| those.iter().for_each(|&index| list[index as usize] = true);
        match strike {
            Strike::Rebalance(consumer)
            | Strike::Deploy(consumer)
            | Strike::CrashConsumer { consumer, .. }
            | Strike::SlowConsumer { consumer, .. }
            | Strike::ErrorsConsumer { consumer, .. }
            | Strike::LatencyConsumer { consumer, .. }
            | Strike::PoisonConsumer { consumer, .. }
            | Strike::ThrottleConsumer { consumer, .. } => mark(&mut self.consumers, &[*consumer]),
            Strike::OutageChannels(channels) | Strike::BlockChannels(channels) => mark(&mut self.channels, channels),
            Strike::Duplicate { channel, .. }
            | Strike::PoisonChannel { channel, .. }
            | Strike::ThrottleChannel { channel, .. }
            | Strike::FillQueue(channel) => mark(&mut self.channels, &[*channel]),
            Strike::Cut(edges) | Strike::LatencyEdges { edges, .. } => mark(&mut self.edges, edges),
            Strike::SchemaBreak { .. } => self.everything = true,
            // Consumers that call anything have no theory anyway.
            Strike::CrashService(_)
            | Strike::SlowService { .. }
            | Strike::ErrorsService { .. }
            | Strike::OutageService(_)
            | Strike::LatencyService { .. }
            | Strike::ThrottleService { .. }
            | Strike::FillStore(_) => {}
        }
    }
}
