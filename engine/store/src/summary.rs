//! A trace's summary while spans arrive in any order.

use crate::rows::SpanRow;

/// What the `trace` row says, in plain numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Summary {
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    pub(crate) spans: u64,
    pub(crate) errors: u64,
    pub(crate) root: Option<Root>,
}

/// The best candidate for the root so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) rank: u8,
    pub(crate) start_ns: u64,
    pub(crate) span_id: [u8; 8],
    pub(crate) name: String,
    pub(crate) resource: i64,
}

impl Summary {
    /// Counts one more span. The result does not depend on the order of calls.
    pub(crate) fn add(&mut self, span: &SpanRow, resource: i64) {
        // A time of 0 means "not set": taking it literally would stretch the trace back to 1970.
        if span.start_ns != 0 && (self.start_ns == 0 || span.start_ns < self.start_ns) {
            self.start_ns = span.start_ns;
        }
        self.end_ns = self.end_ns.max(span.end_ns).max(span.start_ns);
        self.spans += 1;
        self.errors += u64::from(span.error);
        let candidate = (rank(span), known(span.start_ns), span.span_id);
        if self.root.as_ref().is_none_or(|root| candidate < (root.rank, known(root.start_ns), root.span_id)) {
            let Self { root, .. } = self;
            *root = Some(Root {
                rank: rank(span),
                start_ns: span.start_ns,
                span_id: span.span_id,
                name: span.name.clone(),
                resource,
            });
        }
    }
}

/// A span without a parent comes before one whose parent may still arrive.
fn rank(span: &SpanRow) -> u8 {
    u8::from(span.parent_id.is_some())
}

/// Unknown starts sort last.
fn known(start_ns: u64) -> u64 {
    if start_ns == 0 { u64::MAX } else { start_ns }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span() -> impl Strategy<Value = SpanRow> {
        (
            1..20_u8,
            prop::option::of(1..5_u8),
            prop::sample::select(vec![0, 1, 5, 9, u64::MAX]),
            0..12_u64,
            any::<bool>(),
        )
            .prop_map(|(id, parent, start_ns, end_ns, error)| SpanRow {
                span_id: [id; 8],
                parent_id: parent.map(|p| [p; 8]),
                name: format!("span {id}"),
                start_ns,
                end_ns,
                error,
                ..SpanRow::default()
            })
    }

    proptest! {
        #[test]
        fn order_of_arrival_does_not_matter(mut spans in prop::collection::vec(span(), 1..12)) {
            spans.sort_by_key(|s| s.span_id);
            spans.dedup_by_key(|s| s.span_id);
            let fold = |spans: &[SpanRow]| {
                let mut summary = Summary::default();
                for span in spans {
                    summary.add(span, 1);
                }
                summary
            };
            let forward = fold(&spans);
            spans.reverse();
            prop_assert_eq!(forward, fold(&spans));
        }
    }

    #[test]
    fn the_parentless_span_is_the_root_however_late_it_comes() {
        let child = SpanRow {
            span_id: [1; 8],
            parent_id: Some([2; 8]),
            name: "child".into(),
            start_ns: 5,
            ..SpanRow::default()
        };
        let root = SpanRow { span_id: [2; 8], name: "root".into(), start_ns: 9, ..SpanRow::default() };
        let mut summary = Summary::default();
        summary.add(&child, 1);
        assert_eq!(summary.root.as_ref().unwrap().name, "child");
        summary.add(&root, 2);
        let found = summary.root.unwrap();
        assert_eq!((found.name.as_str(), found.resource), ("root", 2));
    }
}
