//! A trace in a few numbers, whatever the order in which its spans come.

use crate::Span;

/// A trace as a list shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceRow {
    /// The trace.
    pub trace_id: [u8; 16],
    /// Earliest known start of its spans, nanoseconds since 1970; 0 when none is known.
    pub start_ns: u64,
    /// Latest known time of its spans, nanoseconds since 1970.
    pub end_ns: u64,
    /// How many spans there are so far.
    pub spans: u64,
    /// How many of them are errors.
    pub errors: u64,
    /// Name of the root span, or of the earliest one while the root is missing.
    pub root_name: String,
    /// Service of that span.
    pub root_service: String,
    /// All services of the trace, sorted.
    pub services: Vec<String>,
}

/// Counts the spans of one trace.
#[derive(Debug, Clone, Default)]
pub struct Summary<'a> {
    /// See [`TraceRow::start_ns`].
    pub start_ns: u64,
    /// See [`TraceRow::end_ns`].
    pub end_ns: u64,
    /// See [`TraceRow::spans`].
    pub spans: u64,
    /// See [`TraceRow::errors`].
    pub errors: u64,
    root: Option<(&'a Span, &'a str)>,
    services: Vec<&'a str>,
}

impl<'a> Summary<'a> {
    /// Counts one more span, sent by this service. The result does not depend on the order of calls.
    pub fn add(&mut self, span: &'a Span, service: &'a str) {
        // A time of 0 means "not set": taking it literally would stretch the trace back to 1970.
        if span.start_ns != 0 && (self.start_ns == 0 || span.start_ns < self.start_ns) {
            self.start_ns = span.start_ns;
        }
        self.end_ns = self.end_ns.max(span.end_ns).max(span.start_ns);
        self.spans += 1;
        self.errors += u64::from(span.is_error());
        if self.root.is_none_or(|(root, _)| rank(span) < rank(root)) {
            self.root = Some((span, service));
        }
        if let Err(at) = self.services.binary_search(&service) {
            self.services.insert(at, service);
        }
    }

    /// Name and service of the root span.
    pub(crate) fn root(&self) -> (&'a str, &'a str) {
        self.root.map_or(("", ""), |(span, service)| (&span.name, service))
    }

    /// The root span.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn root_span(&self) -> Option<&'a Span> {
        self.root.map(|(span, _)| span)
    }

    /// As a part of a trace, to be merged with others.
    pub fn part(&self, trace_id: [u8; 16]) -> TracePart {
        let rank = self.root.map_or((true, u64::MAX, [u8::MAX; 8]), |(span, _)| rank(span));
        TracePart { row: self.row(trace_id), rank }
    }

    /// All services, sorted.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn services(&self) -> &[&'a str] {
        &self.services
    }

    /// As a list shows it.
    pub fn row(&self, trace_id: [u8; 16]) -> TraceRow {
        let (root_name, root_service) = self.root();
        TraceRow {
            trace_id,
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            spans: self.spans,
            errors: self.errors,
            root_name: root_name.to_owned(),
            root_service: root_service.to_owned(),
            services: self.services.iter().map(|service| (*service).to_owned()).collect(),
        }
    }
}

/// Some spans of a trace, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePart {
    /// What a list shows if there are no others.
    pub row: TraceRow,
    pub(crate) rank: Rank,
}

impl TracePart {
    /// Takes in other spans of the same trace. The parts have no span in common.
    pub fn merge(&mut self, other: Self) {
        let (row, more) = (&mut self.row, other.row);
        if more.start_ns != 0 && (row.start_ns == 0 || more.start_ns < row.start_ns) {
            row.start_ns = more.start_ns;
        }
        row.end_ns = row.end_ns.max(more.end_ns);
        row.spans += more.spans;
        row.errors += more.errors;
        if other.rank < self.rank {
            self.rank = other.rank;
            (row.root_name, row.root_service) = (more.root_name, more.root_service);
        }
        row.services.extend(more.services);
        row.services.sort_unstable();
        row.services.dedup();
    }
}

/// Whether there is a parent, the start, the id: the least is the root.
pub(crate) type Rank = (bool, u64, [u8; 8]);

/// A span without a parent comes before one whose parent may still arrive; unknown starts sort last.
fn rank(span: &Span) -> Rank {
    (span.parent_id.is_some(), known(span.start_ns), span.span_id)
}

pub(crate) fn known(start_ns: u64) -> u64 {
    if start_ns == 0 { u64::MAX } else { start_ns }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span() -> impl Strategy<Value = Span> {
        let times = (prop::sample::select(vec![0, 1, 5, 9, u64::MAX]), 0..12_u64);
        (1..20_u8, prop::option::of(1..5_u8), times, 0..3_u8).prop_map(|(id, parent, (start_ns, end_ns), status)| {
            Span {
                span_id: [id; 8],
                parent_id: parent.map(|p| [p; 8]),
                name: format!("span {id}"),
                start_ns,
                end_ns,
                status,
                ..Span::default()
            }
        })
    }

    proptest! {
        #[test]
        fn order_of_arrival_does_not_matter(mut spans in prop::collection::vec(span(), 1..12)) {
            spans.sort_by_key(|s| s.span_id);
            spans.dedup_by_key(|s| s.span_id);
            let fold = |spans: &[Span]| {
                let mut summary = Summary::default();
                for span in spans {
                    summary.add(span, if span.span_id[0] % 2 == 0 { "even" } else { "odd" });
                }
                summary.row([1; 16])
            };
            let forward = fold(&spans);
            let (some, others) = spans.split_at(spans.len() / 2);
            let mut parts = [some, others].map(|spans| {
                let mut summary = Summary::default();
                for span in spans {
                    summary.add(span, if span.span_id[0] % 2 == 0 { "even" } else { "odd" });
                }
                summary.part([1; 16])
            });
            let [first, second] = &mut parts;
            first.merge(second.clone());
            prop_assert_eq!(&forward, &first.row);
            spans.reverse();
            prop_assert_eq!(forward, fold(&spans));
        }
    }

    #[test]
    fn the_parentless_span_is_the_root_however_late_it_comes() {
        let child =
            Span { span_id: [1; 8], parent_id: Some([2; 8]), name: "child".into(), start_ns: 5, ..Span::default() };
        let root = Span { span_id: [2; 8], name: "root".into(), start_ns: 9, ..Span::default() };
        let mut summary = Summary::default();
        summary.add(&child, "a");
        assert_eq!(summary.root(), ("child", "a"));
        summary.add(&root, "b");
        assert_eq!(summary.root(), ("root", "b"));
    }
}
