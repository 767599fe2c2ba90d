//! What is known of the spans of a large trace: it is not sent with the trace, but asked for when a row is chosen, with those around
//! it, so that one goes through the rows by keys without waiting at each.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, limits::SPAN_DETAILS, trace::SpanDetail};

use super::tree::Tree;
use crate::{
    actions::events::unexpected,
    bridge,
    state::{App, Shared},
};

/// So many are kept of one trace: some screens of rows.
const KEPT: usize = 20 * SPAN_DETAILS;

/// Of which trace, and what its times count from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Of {
    trace_id: String,
    start_unix_nano: u64,
}

/// What can be told of a span.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// All of it.
    Known(Shared<SpanDetail>),
    /// Nothing yet: it is asked for.
    Asked,
    /// Nothing: asking failed, or the span is no more.
    Failed,
}

/// What is known so far.
#[derive(Debug, Default)]
struct Known {
    of: Of,
    spans: HashMap<String, Shared<SpanDetail>>,
    /// The span for which others are being asked for.
    asking: Option<String>,
    /// The span that could not be told of: asking at once again would not help.
    failed: Option<String>,
}

impl Known {
    /// The spans to ask for so that the one of a row is known; none while others are, or when it is. One question at a time.
    fn begin(&mut self, tree: &Tree, row: usize) -> Option<Vec<String>> {
        let summary = &tree.view.summary;
        let of = Of { trace_id: summary.trace_id.clone(), start_unix_nano: summary.start_unix_nano };
        if self.of != of {
            *self = Known { of, ..Known::default() };
        }
        let chosen = tree.row(row)?.span.as_ref().map(|span| &span.span_id);
        // Who comes back to it from another row has it asked for again.
        if chosen != self.failed.as_ref() {
            self.failed = None;
        }
        let chosen = chosen?;
        let is_told = self.spans.contains_key(chosen) || self.failed.as_ref() == Some(chosen);
        if is_told || self.asking.is_some() {
            return None;
        }
        let around = row.saturating_sub(SPAN_DETAILS / 2)..tree.view.rows.len();
        let spans = around.filter_map(|row| tree.row(row)?.span.as_ref()).map(|span| span.span_id.clone());
        let wanted: Vec<String> = spans.filter(|id| !self.spans.contains_key(id)).take(SPAN_DETAILS).collect();
        self.asking = Some(chosen.clone());
        Some(wanted)
    }

    /// What can be told of a span now.
    fn told(&self, span_id: &str) -> Told {
        match self.spans.get(span_id) {
            Some(span) => Told::Known(span.clone()),
            None if self.failed.as_deref() == Some(span_id) => Told::Failed,
            None => Told::Asked,
        }
    }

    /// Takes in an answer, unless another trace is looked at; none is a failure.
    fn take(&mut self, of: &Of, spans: Option<Vec<SpanDetail>>) -> bool {
        if self.of != *of {
            return false;
        }
        let asked = self.asking.take();
        let has_failed = spans.is_none();
        if self.spans.len() >= KEPT {
            self.spans.clear();
        }
        let told = spans.into_iter().flatten().map(|span| (span.span_id.clone(), Shared::new(span)));
        self.spans.extend(told);
        self.failed = asked.filter(|asked| has_failed || !self.spans.contains_key(asked));
        true
    }
}

/// Signals of it; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    app: App,
    known: RwSignal<Known>,
}

impl Spans {
    /// Follows the row that is chosen.
    pub(super) fn new(app: App, tree: Memo<Option<(u32, Shared<Tree>)>>, chosen: Memo<Option<usize>>) -> Self {
        let spans = Spans { app, known: RwSignal::new(Known::default()) };
        Effect::new(move |_| {
            // After an answer too: another row may be chosen by then.
            spans.known.track();
            if let (Some((_, tree)), Some(row)) = (tree.get(), chosen.get())
                && !tree.view.is_detailed()
            {
                spans.ask(&tree, row);
            }
        });
        spans
    }

    /// What can be told of a span that was chosen.
    pub(super) fn of(self, span_id: &str) -> Told {
        self.known.with(|known| known.told(span_id))
    }

    fn ask(self, tree: &Tree, row: usize) {
        let begun = self.known.try_maybe_update(|known| {
            let wanted = known.begin(tree, row);
            (false, wanted.map(|wanted| (known.of.clone(), wanted)))
        });
        let Some((of, span_ids)) = begun.flatten() else { return };
        let trace_id = of.trace_id.clone();
        spawn_local(async move {
            let (spans, error) = match bridge::call(Command::SpanDetails { trace_id, span_ids }).await {
                Ok(Reply::Spans(spans)) => (Some(spans), None),
                Ok(other) => (None, Some(unexpected(&other))),
                Err(error) => (None, Some(error)),
            };
            let taken = self.known.try_maybe_update(|known| {
                let is_taken = known.take(&of, spans);
                (is_taken, is_taken)
            });
            if let Some(error) = error.filter(|_| taken == Some(true)) {
                self.app.fail(&error);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{TraceRow, TraceSummary, TraceView, trace::RowKind};

    use super::*;

    fn tree(trace_id: &str, rows: usize) -> Tree {
        let row = |index: usize| TraceRow {
            // Every tenth row is time between spans.
            kind: if index % 10 == 9 { RowKind::Wait } else { RowKind::Internal },
            depth: 0,
            name: String::new(),
            service: String::new(),
            start_nano: 0,
            duration_nano: 1,
            self_nano: 0,
            critical_nano: 0,
            critical: vec![],
            error: false,
            descendants: 0,
            span: (index % 10 != 9).then(|| Box::new(detail(index))),
        };
        let summary = TraceSummary {
            trace_id: trace_id.into(),
            root: String::new(),
            service: String::new(),
            start_unix_nano: 1,
            duration_ms: 1.0,
            spans: 1,
            errors: 0,
            services: vec![],
        };
        Tree::new(Shared::new(TraceView { summary, rows: (0..rows).map(row).collect(), rows_left_out: 0 }))
    }

    fn detail(index: usize) -> SpanDetail {
        SpanDetail { span_id: format!("{index:016x}"), ..SpanDetail::default() }
    }

    #[test]
    fn rows_around_the_chosen_one_are_asked_for_once() {
        let (tree, mut known) = (tree("a", 5000), Known::default());
        assert_eq!(known.begin(&tree, 9), None, "time between spans has no details");
        let wanted = known.begin(&tree, 1000).unwrap();
        assert_eq!((wanted.len(), wanted[0].as_str()), (SPAN_DETAILS, detail(950).span_id.as_str()));
        assert!(wanted.contains(&detail(1000).span_id));
        assert_eq!(known.begin(&tree, 3000), None, "one question at a time");
        let of = known.of.clone();
        assert!(known.take(&of, Some((950..1060).map(detail).collect())));
        assert!(known.begin(&tree, 1000).is_none() && known.begin(&tree, 1050).is_none());
        // What is known already is not asked for again.
        assert_eq!(known.begin(&tree, 1080).unwrap()[0], detail(1060).span_id);
    }

    #[test]
    fn answers_about_another_trace_are_not_taken_and_failures_not_repeated() {
        let (a, b, mut known) = (tree("a", 5000), tree("b", 5000), Known::default());
        known.begin(&a, 0).unwrap();
        let of_a = known.of.clone();
        known.begin(&b, 0).unwrap();
        let of_b = known.of.clone();
        assert!(known.take(&of_b, Some(vec![detail(0)])));
        assert!(!known.take(&of_a, Some(vec![detail(1)])), "the answer of the first came last");
        assert_eq!(known.spans.len(), 1);
        known.begin(&b, 2000).unwrap();
        let chosen = detail(2000).span_id;
        assert!(matches!(known.told(&chosen), Told::Asked) && matches!(known.told(&detail(0).span_id), Told::Known(_)));
        assert!(known.take(&of_b, None));
        assert!(matches!(known.told(&chosen), Told::Failed), "nobody waits for it any more");
        assert_eq!(known.begin(&b, 2000), None);
        assert!(known.begin(&b, 2001).is_some());
        // A span that is no more is not asked for for ever.
        assert!(known.take(&of_b, Some(vec![])));
        assert_eq!(known.begin(&b, 2001), None);
        // Coming back from another row, even one that needs no asking, one tries again.
        assert_eq!(known.begin(&b, 0), None);
        assert!(known.begin(&b, 2001).is_some());
    }
}
