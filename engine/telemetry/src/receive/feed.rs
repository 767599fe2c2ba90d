//! Telling listeners which traces changed: pushed, and bundled so that a burst of batches is one message.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use crate::ids::TraceId;

/// At most ten messages a second.
const PACE: Duration = Duration::from_millis(100);

/// Messages a slow listener may fall behind before it misses some; it then sees `Lagged` and should list anew.
const BACKLOG: usize = 64;

/// Traces that gained or changed spans since the last message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceArrived {
    /// The traces, each once.
    pub trace_ids: Vec<TraceId>,
}

/// How many log records and points were committed since the receiver started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignalsArrived {
    /// Log records.
    pub logs: u64,
    /// Data points of metrics.
    pub points: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<BTreeSet<[u8; 16]>>,
    wake: Notify,
    listeners: broadcast::Sender<TraceArrived>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        let (listeners, _) = broadcast::channel(BACKLOG);
        Self { shared: Arc::new(Shared { pending: Mutex::default(), wake: Notify::new(), listeners }) }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<TraceArrived> {
        self.shared.listeners.subscribe()
    }

    /// Notes traces for the next message.
    pub(crate) fn announce(&self, traces: &[[u8; 16]]) {
        if traces.is_empty() || self.shared.listeners.receiver_count() == 0 {
            return;
        }
        self.shared.pending.lock().unwrap_or_else(PoisonError::into_inner).extend(traces);
        self.shared.wake.notify_one();
    }

    /// Sends what was announced, at once when it was quiet before, then at the pace. Runs until dropped.
    pub(crate) async fn run(self) {
        loop {
            self.shared.wake.notified().await;
            self.flush();
            tokio::time::sleep(PACE).await;
        }
    }

    /// Sends what is pending now.
    pub(crate) fn flush(&self) {
        let pending = std::mem::take(&mut *self.shared.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if !pending.is_empty() {
            // Nobody listening is not an error.
            self.shared.listeners.send(TraceArrived { trace_ids: pending.into_iter().map(TraceId).collect() }).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_announced_meanwhile_is_one_message() {
        let feed = Feed::new();
        feed.announce(&[[9; 16]]);
        let mut listener = feed.subscribe();
        for trace in [3, 1, 3, 2] {
            feed.announce(&[[trace; 16]]);
        }
        let running = tokio::spawn(feed.clone().run());
        let message = listener.recv().await.unwrap();
        // What came before anybody listened is not told.
        assert_eq!(message.trace_ids, [1, 2, 3].map(|trace| TraceId([trace; 16])));
        running.abort();
    }
}
