//! A search over the stored traces: what was asked, and what was found so far.

use leptos::prelude::*;
use thalweg_protocol::{FoundTraces, SavedFilter, TraceOrder, TraceSearch, TraceSummary};

/// Traces of one page.
const PAGE: u32 = 100;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Asked {
    /// In the filter language.
    pub(crate) filter: String,
    /// What stands first.
    pub(crate) order: TraceOrder,
}

impl Asked {
    /// Whether it is what the live list shows: every trace, newest first.
    pub(crate) fn is_live(&self) -> bool {
        self.filter.trim().is_empty() && self.order == TraceOrder::Newest
    }

    /// Whether what arrives has a place in its list: another order is that of all traces, and what arrives has no place in it before
    /// it is whole.
    pub(crate) fn can_be_live(&self) -> bool {
        self.order == TraceOrder::Newest
    }
}

/// Which traces are listed, as the line over them says; cheap to copy.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filtering {
    /// What was asked for last.
    pub(crate) asked: RwSignal<Asked>,
    /// Filters that are kept under a name.
    pub(crate) saved: RwSignal<Vec<SavedFilter>>,
    /// Whether the line was asked for and has not taken the focus yet.
    pub(crate) wanted: RwSignal<bool>,
}

/// A search that was begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    /// Tells its answers from those of others.
    number: u32,
    pub(crate) asked: Asked,
    /// What was found so far, in order.
    pub(crate) found: Vec<TraceSummary>,
    next: Option<String>,
    /// Traces of the page that is being filled.
    filled: u32,
    /// Whether any answer came.
    answered: bool,
    /// Whether an answer is under way.
    pub(crate) working: bool,
}

impl Search {
    pub(crate) fn new(number: u32, asked: Asked) -> Self {
        Search { number, asked, ..Search::default() }
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Whether there may be more.
    pub(crate) fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Begins the next page; nothing while one is under way, or when there is none.
    pub(crate) fn begin_page(&mut self) -> Option<TraceSearch> {
        if self.working || (self.answered && !self.has_more()) {
            return None;
        }
        self.filled = 0;
        Some(self.ask())
    }

    fn ask(&mut self) -> TraceSearch {
        self.working = true;
        TraceSearch {
            filter: self.asked.filter.clone(),
            order: self.asked.order,
            limit: PAGE - self.filled.min(PAGE - 1),
            after: self.next.take(),
        }
    }

    /// Takes in an answer; gives what to ask next while the page is not full.
    pub(crate) fn take(&mut self, answer: FoundTraces) -> Option<TraceSearch> {
        self.working = false;
        self.answered = true;
        self.next = answer.next;
        self.filled += answer.traces.len() as u32;
        for found in answer.traces {
            // A trace that grew meanwhile may come a second time.
            match self.found.iter_mut().find(|known| known.trace_id == found.summary.trace_id) {
                Some(known) => *known = found.summary,
                None => self.found.push(found.summary),
            }
        }
        (self.filled < PAGE && self.has_more()).then(|| self.ask())
    }

    /// Takes in new traces that are found, in their places by start. What starts earlier than all that were found comes with its page.
    pub(crate) fn arrived(&mut self, traces: Vec<TraceSummary>) {
        for trace in traces {
            let place = |known: &TraceSummary| (known.start_unix_nano, known.trace_id.clone());
            let at = self.found.partition_point(|known| place(known) > place(&trace));
            if at < self.found.len() || !(self.working || self.has_more()) {
                self.found.insert(at, trace);
            }
        }
    }

    /// Takes in traces that grew; they keep their places.
    pub(crate) fn grew(&mut self, traces: &[TraceSummary]) {
        for trace in traces {
            if let Some(known) = self.found.iter_mut().find(|known| known.trace_id == trace.trace_id) {
                *known = trace.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::FoundTrace;

    use super::*;

    fn found(ids: &[u8], next: Option<&str>) -> FoundTraces {
        let trace = |id: &u8| FoundTrace {
            summary: TraceSummary {
                trace_id: format!("{id:032x}"),
                root: "place order".into(),
                service: "shop".into(),
                start_unix_nano: 0,
                duration_ms: 1.0,
                spans: 1,
                errors: 0,
                services: vec![],
            },
            matching: 1,
            matching_spans: vec![],
        };
        FoundTraces { traces: ids.iter().map(trace).collect(), next: next.map(str::to_owned) }
    }

    #[test]
    fn a_page_is_filled_over_several_answers() {
        let mut search = Search::new(1, Asked::default());
        let first = search.begin_page().unwrap();
        assert_eq!((first.limit, first.after), (100, None));
        assert!(search.begin_page().is_none(), "one answer is under way");
        let second = search.take(found(&[1, 2], Some("a"))).unwrap();
        assert_eq!((second.limit, second.after.as_deref()), (98, Some("a")));
        // The file's end.
        assert!(search.take(found(&[2, 3], None)).is_none());
        assert_eq!((search.found.len(), search.working), (3, false));
        assert!(search.begin_page().is_none());
    }

    #[test]
    fn a_full_page_waits_to_be_scrolled_to_its_end() {
        let mut search = Search::new(1, Asked::default());
        search.begin_page().unwrap();
        let ids: Vec<u8> = (0..100).collect();
        assert!(search.take(found(&ids, Some("b"))).is_none());
        let more = search.begin_page().unwrap();
        assert_eq!((more.limit, more.after.as_deref()), (100, Some("b")));
    }

    #[test]
    fn nothing_found_is_an_end_too() {
        let mut search = Search::new(1, Asked::default());
        search.begin_page().unwrap();
        assert!(search.take(found(&[], None)).is_none());
        assert!(search.begin_page().is_none());
    }

    #[test]
    fn only_everything_newest_first_is_live() {
        assert!(Asked { filter: " ".into(), ..Asked::default() }.is_live());
        assert!(!Asked { filter: "a".into(), ..Asked::default() }.is_live());
        let slowest = Asked { order: TraceOrder::Slowest, ..Asked::default() };
        assert!(!slowest.is_live() && !slowest.can_be_live());
    }
}
