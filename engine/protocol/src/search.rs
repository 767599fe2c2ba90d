//! Searching traces: what is asked, what is found, and what filters are completed with.

use serde::{Deserialize, Serialize};

use crate::trace::TraceSummary;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TraceSearch {
    /// In the filter language; empty finds every trace.
    pub filter: String,
    /// What stands first.
    pub order: TraceOrder,
    /// Traces at most; see [`crate::limits::TRACES_PER_PAGE`].
    pub limit: u32,
    /// [`FoundTraces::next`] of the page before; none begins.
    pub after: Option<String>,
}

/// What stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceOrder {
    /// The newest start.
    #[default]
    Newest,
    /// The longest duration.
    Slowest,
    /// Most errors.
    Errors,
}

/// Some of what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundTraces {
    /// In the order asked for. May be fewer than asked for, or none, and more follow all the same.
    pub traces: Vec<FoundTrace>,
    /// For [`TraceSearch::after`]; none when all traces were asked.
    pub next: Option<String>,
}

/// A trace that was found; also an element of `thalweg traces search --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundTrace {
    /// Its line in a list.
    #[serde(flatten)]
    pub summary: TraceSummary,
    /// How many of its spans the filter holds for.
    pub matching: u64,
    /// Their ids, 16 hexadecimal digits each, by start; the first [`crate::limits::MATCHING_SPANS`].
    pub matching_spans: Vec<String>,
}

/// What was seen in the newest traces. Empty lists are "not known", not "none".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeenNames {
    /// Services and how often each was seen, the most frequent first; as everything here.
    pub services: Vec<(String, u64)>,
    /// Names of spans.
    pub names: Vec<(String, u64)>,
    /// Names of events.
    pub events: Vec<(String, u64)>,
    /// Names of instrumentation scopes.
    pub scopes: Vec<(String, u64)>,
    /// Attributes.
    pub keys: Vec<SeenAttribute>,
}

/// An attribute that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAttribute {
    /// Whose.
    pub of: AttributeOf,
    /// The key.
    pub key: String,
    /// How often.
    pub count: u64,
    /// Whether some values were numbers.
    pub has_numbers: bool,
    /// Whether some values were texts.
    pub has_texts: bool,
    /// Frequent values.
    pub values: Vec<(String, u64)>,
}

/// Whose attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeOf {
    /// A span's.
    Span,
    /// A resource's.
    Resource,
    /// An event's.
    Event,
    /// A link's.
    Link,
}

/// A filter that is kept under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFilter {
    /// What the user calls it.
    pub name: String,
    /// The filter.
    pub filter: String,
    /// What stands first.
    #[serde(default)]
    pub order: TraceOrder,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_found_trace_is_its_line_with_what_matches() {
        let found = FoundTrace {
            summary: TraceSummary {
                trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
                root: "place order".into(),
                service: "shop".into(),
                start_unix_nano: u64::MAX,
                duration_ms: 1.5,
                spans: 2,
                errors: 0,
                services: vec!["shop".into()],
            },
            matching: 1,
            matching_spans: vec!["b7ad6b7169203331".into()],
        };
        let text = serde_json::to_string(&found).unwrap();
        assert!(text.contains(r#""start_unix_nano":"18446744073709551615""#), "{text}");
        assert_eq!(serde_json::from_str::<FoundTrace>(&text).unwrap(), found);
    }
}
