//! What of a request was not kept as it came, in the words of `partial_success`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::limits::{ATTRIBUTES, BUCKETS, EVENTS_OR_LINKS, VALUE_BYTES};

/// Reasons that a message names; the others are counted together. A message must stay small.
const REASONS: usize = 5;

/// What was not kept, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// What is counted: `span`, `log record`, `data point`.
    item: &'static str,
    /// Items refused.
    pub(crate) rejected: u64,
    reasons: BTreeMap<String, u64>,
    pub(super) cut_values: u64,
    pub(super) dropped_items: u64,
    /// Items kept although something about them is wrong, by what it is.
    doubts: BTreeMap<String, u64>,
    /// A remark on the request as a whole.
    pub(crate) general: Option<&'static str>,
}

impl Remarks {
    pub(crate) fn on(item: &'static str) -> Self {
        Self {
            item,
            rejected: 0,
            reasons: BTreeMap::new(),
            cut_values: 0,
            dropped_items: 0,
            doubts: BTreeMap::new(),
            general: None,
        }
    }

    /// The text for `partial_success.error_message`; `None` when all is well and the field must stay unset.
    pub(crate) fn message(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.rejected > 0 {
            parts.push(format!("{} refused: {}", self.items(self.rejected), listed(&self.reasons)));
        }
        if !self.doubts.is_empty() {
            parts.push(format!("kept with doubts: {}", listed(&self.doubts)));
        }
        if self.cut_values > 0 {
            parts.push(format!("{} values longer than {} KiB were cut", self.cut_values, VALUE_BYTES >> 10));
        }
        if self.dropped_items > 0 {
            let most = match self.item {
                "span" => format!(
                    "attributes, events or links beyond {ATTRIBUTES} attributes and {EVENTS_OR_LINKS} events or links"
                ),
                "data point" => {
                    format!("attributes or exemplars beyond {ATTRIBUTES} attributes and {BUCKETS} exemplars")
                }
                _ => format!("attributes beyond {ATTRIBUTES}"),
            };
            parts.push(format!("{} {most} were dropped", self.dropped_items));
        }
        parts.extend(self.general.map(str::to_owned));
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    pub(crate) fn reject(&mut self, reason: impl Into<String>, count: u64) {
        if count > 0 {
            self.rejected += count;
            *self.reasons.entry(reason.into()).or_default() += count;
        }
    }

    /// Notes something odd about an item that is kept.
    pub(super) fn doubt(&mut self, what: String) {
        *self.doubts.entry(what).or_default() += 1;
    }

    fn items(&self, count: u64) -> String {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {}{plural}", self.item)
    }
}

/// The first few with their counts.
fn listed(reasons: &BTreeMap<String, u64>) -> String {
    let mut text = String::new();
    for (at, (reason, count)) in reasons.iter().take(REASONS).enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(text, "{comma}{reason} ({count})").ok();
    }
    if reasons.len() > REASONS {
        text.push_str(", and others");
    }
    text
}
