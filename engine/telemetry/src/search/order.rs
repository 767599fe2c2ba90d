//! In which order traces are found, and where a page ends.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::str::FromStr;

use thalweg_store::{Store, TraceCursor};

use super::each_summary;
use crate::ids::TraceId;
use crate::query::{QueryError, TraceSummary};

/// Summaries that a pass over all of them keeps.
const CANDIDATES: usize = 500;

/// In which order traces are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// The newest start first.
    #[default]
    Newest,
    /// The longest duration first.
    Slowest,
    /// Most errors first; of equally many the newest.
    Errors,
}

/// Where a page ends; opaque, and a text where it must be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchCursor {
    /// In the store's own order.
    #[doc(hidden)]
    Newest(TraceCursor),
    /// In the order of figures.
    #[doc(hidden)]
    Ranked(Ranked),
}

/// A place in an order of figures, the greatest first.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ranked {
    figure: u64,
    start_unix_nano: u64,
    id: TraceId,
}

impl Ranked {
    fn of(order: Order, summary: &TraceSummary) -> Self {
        let figure = match order {
            Order::Newest => summary.start_unix_nano,
            Order::Slowest => summary.duration_nanos,
            Order::Errors => summary.errors,
        };
        Ranked { figure, start_unix_nano: summary.start_unix_nano, id: summary.trace_id }
    }
}

/// The next of an order by its summaries, the best first.
pub(super) async fn best_after(
    store: &Store,
    order: Order,
    after: Option<Ranked>,
) -> Result<Vec<(Ranked, TraceSummary)>, QueryError> {
    let mut best: BTreeMap<Ranked, TraceSummary> = BTreeMap::new();
    each_summary(store, |summary| {
        let place = Ranked::of(order, &summary);
        let is_next = after.is_none_or(|after| place < after);
        let has_room = best.len() < CANDIDATES || best.first_key_value().is_some_and(|(worst, _)| place > *worst);
        if is_next && has_room {
            best.insert(place, summary);
            if best.len() > CANDIDATES {
                best.pop_first();
            }
        }
        ControlFlow::Continue(())
    })
    .await?;
    Ok(best.into_iter().rev().collect())
}

/// A text that is no place where a page ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no place where a page of traces ended; search anew")]
pub struct NoCursor;

impl fmt::Display for SearchCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchCursor::Newest(cursor) => write!(out, "n.{cursor}"),
            SearchCursor::Ranked(place) => write!(out, "r.{}.{}.{}", place.figure, place.start_unix_nano, place.id),
        }
    }
}

impl FromStr for SearchCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let ranked = |text: &str| {
            let mut parts = text.splitn(3, '.');
            let figure = parts.next()?.parse().ok()?;
            let start_unix_nano = parts.next()?.parse().ok()?;
            Some(SearchCursor::Ranked(Ranked { figure, start_unix_nano, id: parts.next()?.parse().ok()? }))
        };
        let found = match text.split_once('.') {
            Some(("n", rest)) => rest.parse().ok().map(SearchCursor::Newest),
            Some(("r", rest)) => ranked(rest),
            _ => None,
        };
        found.ok_or(NoCursor)
    }
}
