//! What is remembered at most, so that a stream of traces without end is folded in bounded memory.

/// Most services, and most channels, and most peers; further ones become one, `(others)`.
pub(crate) const NODES: usize = 2048;
/// Most connections of one sort; how often a further one was left out is counted.
pub(crate) const EDGES: usize = 4096;
/// Most messages whose other side is still waited for; beyond it the oldest is let go.
pub(crate) const PENDING: usize = 65_536;
/// Most deliveries remembered of one message: a poison message must not outgrow all others.
pub(crate) const DELIVERIES: usize = 256;
/// Up to which number distinct values (partitions, instances, names) are counted.
pub(crate) const DISTINCT: usize = 1024;
