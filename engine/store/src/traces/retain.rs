//! Old traces make room, whole blocks at a time. The file keeps its size; the room is used again.

use std::time::Duration;

use super::pack::now_unix_ms;
use super::{Fault, Traces, sql};

/// How much is kept of traces. What is not packed yet stays in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceRetention {
    /// For how long, from being packed on.
    pub age: Option<Duration>,
    /// Bytes of all blocks in the file.
    pub bytes: Option<u64>,
}

/// Four weeks, and 2 GiB: some 35 million spans of a dozen attributes.
impl Default for TraceRetention {
    fn default() -> Self {
        Self { age: Some(Duration::from_hours(28 * 24)), bytes: Some(2 << 30) }
    }
}

impl Traces {
    /// Removes what is too old or too much, the oldest first, in a transaction for each block: writers wait for one at most. Gives
    /// how many blocks went.
    pub(super) async fn make_room(&self) -> Result<u64, Fault> {
        let keep = self.retention();
        let blocks = self.memory.snapshot().blocks;
        let mut bytes: u64 = blocks.iter().map(|block| block.bytes).sum();
        let age = keep.age.map(|age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        let oldest = age.map_or(i64::MIN, |age| now_unix_ms().saturating_sub(age));
        let mut removed = 0;
        for block in blocks.iter() {
            if block.at_unix_ms > oldest && keep.bytes.is_none_or(|most| bytes <= most) {
                break;
            }
            let removals = sql::remove_block(&self.writer, block.id).await?;
            self.memory.removed(block.id, removals);
            bytes -= block.bytes;
            removed += 1;
        }
        Ok(removed)
    }
}
