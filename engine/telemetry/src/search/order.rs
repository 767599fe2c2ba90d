//! In which order traces are found, and where a page ends.

use std::fmt;
use std::str::FromStr;

use thalweg_store::{TraceCursor, TraceOrder};

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

impl Order {
    pub(super) fn of_store(self) -> TraceOrder {
        match self {
            Order::Newest => TraceOrder::Newest,
            Order::Slowest => TraceOrder::Slowest,
            Order::Errors => TraceOrder::Errors,
        }
    }

    fn letter(self) -> &'static str {
        match self {
            Order::Newest => "n",
            Order::Slowest => "s",
            Order::Errors => "e",
        }
    }
}

/// Where a page ends; opaque, and a text where it must be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    order: Order,
    place: TraceCursor,
}

impl SearchCursor {
    pub(super) fn new(order: Order, place: TraceCursor) -> Self {
        Self { order, place }
    }

    /// The place, if it is one of this order.
    pub(super) fn of(self, order: Order) -> Option<TraceCursor> {
        (self.order == order).then_some(self.place)
    }
}

/// A text that is no place where a page ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no place where a page of traces ended; search anew")]
pub struct NoCursor;

impl fmt::Display for SearchCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.order.letter(), self.place)
    }
}

impl FromStr for SearchCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (letter, place) = text.split_once('.').ok_or(NoCursor)?;
        let order = [Order::Newest, Order::Slowest, Order::Errors].into_iter().find(|order| order.letter() == letter);
        Ok(Self { order: order.ok_or(NoCursor)?, place: place.parse().map_err(|_| NoCursor)? })
    }
}
