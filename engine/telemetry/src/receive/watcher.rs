//! Who watches the receiver itself: what it did with requests, told after it was done.
//!
//! A receiver that told of every request, to itself, would tell of being told, without end. So requests with telemetry of
//! Thalweg's own are not told of, through whatever Collectors they came back.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::accept::Accepted;
use super::signal::Signal;

/// The `service.name` of Thalweg's own telemetry.
pub const OWN_SERVICE: &str = "thalweg";

/// A request that was decoded, and stored or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// `traces`, `logs` or `metrics`.
    pub signal: &'static str,
    /// Its spans, log records or data points.
    pub items: u64,
    /// Those that were not kept.
    pub refused: u64,
    /// When its body was there.
    pub began: SystemTime,
    /// From there to the answer.
    pub took: Duration,
    /// Why nothing was stored.
    pub error: Option<String>,
}

/// Hears of requests; two are the same when they are one.
#[derive(Clone)]
pub struct Watcher(Arc<dyn Fn(Handled) + Send + Sync>);

impl Watcher {
    /// Hears with this; it must be quick, as the sender waits.
    pub fn new(hear: impl Fn(Handled) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(super) fn tell(&self, handled: Handled) {
        (self.0)(handled);
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Watcher")
    }
}

impl PartialEq for Watcher {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Watcher {}

impl Accepted {
    /// Whether some of it is telemetry of Thalweg's own.
    pub(super) fn is_own(&self) -> bool {
        match self {
            Self::Spans(batch) => batch.resources.iter().any(|resource| resource.service == OWN_SERVICE),
            Self::Logs(batch) => batch.resources.iter().any(|resource| resource.service == OWN_SERVICE),
            Self::Points(batch) => batch.resources.iter().any(|resource| resource.service == OWN_SERVICE),
        }
    }

    pub(super) fn items(&self) -> u64 {
        let items = match self {
            Self::Spans(batch) => batch.spans.len(),
            Self::Logs(batch) => batch.records.len(),
            Self::Points(batch) => batch.points.len(),
        };
        items as u64
    }
}

impl Signal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}
