//! What faults strike.

use super::{Plan, Strike};

/// What some fault of a plan strikes at some time.
#[derive(Debug)]
pub(crate) struct StruckPlaces {
    pub(crate) consumers: Vec<bool>,
    pub(crate) channels: Vec<bool>,
    pub(crate) edges: Vec<bool>,
    /// An event type that is handled anywhere.
    pub(crate) everything: bool,
}

impl StruckPlaces {
    pub(crate) fn by_faults_of(plan: &Plan) -> Self {
        let mut struck = StruckPlaces {
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
            | Strike::ThrottleConsumer { consumer, .. }
            | Strike::Replay { consumer, .. } => mark(&mut self.consumers, &[*consumer]),
            Strike::OutageChannels(channels) | Strike::BlockChannels(channels) => mark(&mut self.channels, channels),
            Strike::Duplicate { channel, .. }
            | Strike::PoisonChannel { channel, .. }
            | Strike::ThrottleChannel { channel, .. }
            | Strike::FillQueue(channel) => mark(&mut self.channels, &[*channel]),
            Strike::Cut(edges) | Strike::LatencyEdges { edges, .. } => mark(&mut self.edges, edges),
            Strike::SchemaBreak { .. } => self.everything = true,
            // Only consumers that call it notice.
            Strike::CrashService(_)
            | Strike::SlowService { .. }
            | Strike::ErrorsService { .. }
            | Strike::OutageService(_)
            | Strike::LatencyService { .. }
            | Strike::ThrottleService { .. }
            | Strike::PoisonService { .. }
            | Strike::FillStore(_) => {}
        }
    }
}
