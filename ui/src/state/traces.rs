//! Traces: the list and the one that is shown.

use thalweg_protocol::{TraceSummary, TraceView, limits::TRACES_PER_PAGE};

use super::{Asked, Search, Shared, Turns};

/// A search that is followed begins anew when arriving traces made its list longer than this.
const MOST_FOLLOWED: usize = 2_000;

/// What is known about traces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traces {
    /// Newest first.
    pub(crate) list: Vec<TraceSummary>,
    /// Whether the list was fetched once.
    pub(crate) loaded: bool,
    /// Which trace is shown.
    pub(crate) selected: Option<String>,
    /// The trace that is shown, once it was fetched.
    pub(crate) view: Option<Shared<TraceView>>,
    /// How it is fetched.
    fetching: Fetching,
    /// The search whose findings are listed; none lists what arrives.
    pub(crate) search: Option<Search>,
    /// Counts searches.
    searches: u32,
    /// Whether new traces are held back: the list is not live, or one looks at something further down.
    holding: bool,
    /// New traces that are held back.
    held: Vec<TraceSummary>,
}

/// How the trace that is shown is fetched: once at a time and with a rest behind it, so that one that grows faster than it can be read
/// is not asked for in vain.
#[derive(Debug, Clone, Copy, Default)]
struct Fetching {
    turns: Turns,
    /// Also while it rests.
    is_under_way: bool,
    /// Whether it grew meanwhile.
    again: bool,
}

impl Traces {
    /// What is listed: what a search found, else what arrived, newest first.
    pub(crate) fn listed(&self) -> &[TraceSummary] {
        self.search.as_ref().map_or(&self.list, |search| &search.found)
    }

    /// Begins a search in place of the one before; none lists what arrives.
    pub(crate) fn begin_search(&mut self, asked: Option<Asked>) {
        self.searches += 1;
        self.held.clear();
        self.search = asked.map(|asked| Search::new(self.searches, asked));
    }

    /// The search of this number, if no other was begun meanwhile.
    pub(crate) fn search_of(&mut self, number: u32) -> Option<&mut Search> {
        self.search.as_mut().filter(|search| search.number() == number)
    }

    /// Takes in the newest page of the list.
    pub(crate) fn fill(&mut self, page: Vec<TraceSummary>) {
        self.loaded = true;
        self.merge(page);
    }

    /// Takes in traces that are new or grew; true when the one that is shown is among them and should be fetched again.
    pub(crate) fn arrived(&mut self, traces: Vec<TraceSummary>) -> bool {
        let shown = self.selected.as_ref().is_some_and(|id| traces.iter().any(|t| t.trace_id == *id));
        if let Some(search) = &mut self.search {
            search.grew(&traces);
        }
        let (known, new): (Vec<_>, Vec<_>) = traces.into_iter().partition(|trace| is_in(&self.list, trace));
        self.merge(known);
        if self.holding && self.search.is_none() {
            self.hold(new);
        } else {
            self.merge(new);
        }
        shown
    }

    /// Takes in traces that arrived and are found by the filter of a search; true when it found so many that it is to begin anew.
    pub(crate) fn followed(&mut self, number: u64, traces: Vec<TraceSummary>) -> bool {
        let Some(search) = self.search.as_mut().filter(|search| u64::from(search.number()) == number) else {
            return false;
        };
        search.grew(&traces);
        let new: Vec<_> = traces.into_iter().filter(|trace| !is_in(&search.found, trace)).collect();
        if self.holding {
            self.hold(new);
            return false;
        }
        search.arrived(new);
        search.found.len() > MOST_FOLLOWED
    }

    /// Puts a trace into the list, whatever is held back.
    pub(crate) fn put(&mut self, trace: TraceSummary) {
        self.merge(vec![trace]);
    }

    /// From now on new traces are held back, or no longer; what was held back is listed then.
    pub(crate) fn hold_back(&mut self, holding: bool) {
        self.holding = holding;
        if !holding {
            self.catch_up();
        }
    }

    /// How many new traces are held back.
    pub(crate) fn held_back(&self) -> usize {
        self.held.len()
    }

    /// Lists what was held back.
    pub(crate) fn catch_up(&mut self) {
        let held = std::mem::take(&mut self.held);
        match &mut self.search {
            Some(search) => search.arrived(held),
            None => self.merge(held),
        }
    }

    fn hold(&mut self, traces: Vec<TraceSummary>) {
        for trace in traces {
            match self.held.iter_mut().find(|held| held.trace_id == trace.trace_id) {
                Some(held) => *held = trace,
                None => self.held.push(trace),
            }
        }
        let too_many = self.held.len().saturating_sub(TRACES_PER_PAGE as usize);
        self.held.drain(..too_many);
    }

    /// Chooses a trace; the old drawing goes at once, so that nobody reads it under the new name.
    pub(crate) fn select(&mut self, id: Option<String>) {
        if self.selected != id {
            self.selected = id;
            self.view = None;
            self.fetching.turns.give_up();
            (self.fetching.is_under_way, self.fetching.again) = (false, false);
        }
    }

    /// Takes in a fetched trace, unless another one was chosen meanwhile.
    pub(crate) fn show(&mut self, view: TraceView) {
        if self.selected.as_deref() == Some(view.summary.trace_id.as_str()) {
            self.view = Some(Shared::new(view));
        }
    }

    /// Which trace is to be fetched, and the number of that; none while it is under way or rests, then it is fetched again behind it.
    pub(crate) fn begin_fetch(&mut self) -> Option<(u64, String)> {
        let id = self.selected.clone()?;
        if self.fetching.is_under_way {
            self.fetching.again = true;
            return None;
        }
        self.fetching.is_under_way = true;
        Some((self.fetching.turns.ask(), id))
    }

    /// Takes in what came of fetching: a trace, or none where that failed. False when nobody waits for it any more; else it rests until
    /// [`Traces::rested`].
    pub(crate) fn fetched(&mut self, number: u64, view: Option<TraceView>) -> bool {
        if !self.fetching.turns.take(number) {
            return false;
        }
        if let Some(view) = view {
            self.show(view);
        }
        true
    }

    /// The rest behind a fetch is over; true when the trace grew meanwhile and is to be fetched again. A rest behind a fetch that was
    /// given up ends nothing.
    pub(crate) fn rested(&mut self, number: u64) -> bool {
        if !self.fetching.turns.is_last(number) {
            return false;
        }
        self.fetching.is_under_way = false;
        std::mem::take(&mut self.fetching.again)
    }

    /// Forgets all traces.
    pub(crate) fn clear(&mut self) {
        self.select(None);
        *self = Traces {
            loaded: self.loaded,
            searches: self.searches,
            holding: self.holding,
            fetching: self.fetching,
            ..Traces::default()
        };
    }

    fn merge(&mut self, traces: Vec<TraceSummary>) {
        for trace in traces {
            match self.list.iter_mut().find(|known| known.trace_id == trace.trace_id) {
                Some(known) => *known = trace,
                None => self.list.push(trace),
            }
        }
        self.list.sort_by(|a, b| b.start_unix_nano.cmp(&a.start_unix_nano).then_with(|| a.trace_id.cmp(&b.trace_id)));
        self.list.truncate(TRACES_PER_PAGE as usize);
    }
}

fn is_in(list: &[TraceSummary], trace: &TraceSummary) -> bool {
    list.iter().any(|known| known.trace_id == trace.trace_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_traces_wait_while_one_looks_elsewhere() {
        let mut traces = Traces::default();
        traces.fill(vec![trace("a", 1, 1)]);
        traces.hold_back(true);
        traces.arrived(vec![trace("a", 1, 9), trace("b", 2, 1)]);
        traces.arrived(vec![trace("b", 2, 3)]);
        // What is listed grows all the same.
        assert_eq!((traces.list.len(), traces.list[0].spans, traces.held_back()), (1, 9, 1));
        traces.hold_back(false);
        assert_eq!((traces.list[0].trace_id.as_str(), traces.list[0].spans, traces.held_back()), ("b", 3, 0));
    }

    #[test]
    fn a_search_is_followed_while_it_is_the_last() {
        let mut traces = Traces::default();
        traces.begin_search(Some(Asked { filter: "x".into(), ..Asked::default() }));
        let number = u64::from(traces.search.as_ref().unwrap().number());
        traces.followed(number, vec![trace("a", 1, 1), trace("c", 3, 1)]);
        traces.followed(number, vec![trace("b", 2, 1), trace("a", 1, 4)]);
        traces.followed(number + 1, vec![trace("d", 4, 1)]);
        let seen: Vec<_> = traces.listed().iter().map(|t| (t.trace_id.as_str(), t.spans)).collect();
        assert_eq!(seen, [("c", 1), ("b", 1), ("a", 4)]);
        traces.hold_back(true);
        traces.followed(number, vec![trace("e", 5, 1)]);
        assert_eq!((traces.listed().len(), traces.held_back()), (3, 1));
        // Another search knows nothing of it.
        traces.begin_search(Some(Asked { filter: "y".into(), ..Asked::default() }));
        assert_eq!(traces.held_back(), 0);
    }

    fn trace(id: &str, start: u64, spans: u64) -> TraceSummary {
        TraceSummary {
            trace_id: id.into(),
            root: "place order".into(),
            service: "shop".into(),
            start_unix_nano: start,
            duration_ms: 1.0,
            spans,
            errors: 0,
            services: vec![],
        }
    }

    #[test]
    fn newest_first_and_grown_ones_replaced() {
        let mut traces = Traces::default();
        traces.fill(vec![trace("a", 1, 1), trace("b", 2, 1)]);
        assert!(!traces.arrived(vec![trace("c", 3, 1), trace("a", 1, 7)]));
        let seen: Vec<_> = traces.list.iter().map(|t| (t.trace_id.as_str(), t.spans)).collect();
        assert_eq!(seen, [("c", 1), ("b", 1), ("a", 7)]);
    }

    #[test]
    fn the_shown_trace_asks_to_be_fetched_again_when_it_grows() {
        let mut traces = Traces::default();
        traces.select(Some("a".into()));
        assert!(traces.arrived(vec![trace("a", 1, 2)]));
        assert!(!traces.arrived(vec![trace("b", 1, 2)]));
    }

    fn view(id: &str, spans: u64) -> TraceView {
        TraceView { summary: trace(id, 1, spans), rows: vec![], rows_left_out: 0 }
    }

    fn shown(traces: &Traces) -> Option<(&str, u64)> {
        traces.view.as_ref().map(|view| (view.summary.trace_id.as_str(), view.summary.spans))
    }

    #[test]
    fn a_late_answer_for_another_trace_is_not_shown() {
        let mut traces = Traces::default();
        traces.select(Some("a".into()));
        let (a, _) = traces.begin_fetch().unwrap();
        traces.select(Some("b".into()));
        let (b, _) = traces.begin_fetch().unwrap();
        assert!(traces.fetched(b, Some(view("b", 1))));
        assert!(!traces.fetched(a, Some(view("a", 1))), "the answer of the first came last");
        assert_eq!(shown(&traces), Some(("b", 1)));
        // Back to the first: what was asked of it before has nothing to say.
        traces.select(Some("a".into()));
        let (again, _) = traces.begin_fetch().unwrap();
        assert!(!traces.fetched(a, None) && traces.view.is_none());
        assert!(traces.fetched(again, Some(view("a", 2))));
        assert_eq!(shown(&traces), Some(("a", 2)));
        traces.clear();
        assert!(!traces.fetched(again, Some(view("a", 2))) && traces.view.is_none());
    }

    #[test]
    fn a_trace_that_grows_is_fetched_once_at_a_time() {
        let mut traces = Traces::default();
        assert_eq!(traces.begin_fetch(), None, "none is chosen");
        traces.select(Some("a".into()));
        let (first, _) = traces.begin_fetch().unwrap();
        assert!(traces.begin_fetch().is_none() && traces.begin_fetch().is_none());
        assert!(traces.fetched(first, Some(view("a", 1))));
        assert!(traces.rested(first) && !traces.rested(first));
        let (second, _) = traces.begin_fetch().unwrap();
        assert!(traces.fetched(second, Some(view("a", 3))) && !traces.rested(second));
        assert_eq!(shown(&traces), Some(("a", 3)));
    }

    #[test]
    fn a_trace_that_grows_is_not_fetched_while_it_rests() {
        let mut traces = Traces::default();
        traces.select(Some("a".into()));
        let (first, _) = traces.begin_fetch().unwrap();
        assert!(traces.fetched(first, Some(view("a", 1))));
        assert_eq!(traces.begin_fetch(), None, "it grew during the rest");
        assert!(traces.rested(first));
        let (second, _) = traces.begin_fetch().unwrap();
        assert!(traces.fetched(second, None), "a failure rests too");
        assert_eq!(traces.begin_fetch(), None);
        // Another one is fetched at once, and the rest of the first has nothing to say about it.
        traces.select(Some("b".into()));
        assert!(traces.begin_fetch().is_some());
        assert!(!traces.rested(second) && traces.begin_fetch().is_none());
    }

    #[test]
    fn a_search_is_listed_until_it_ends_and_hears_what_grows() {
        let mut traces = Traces::default();
        traces.fill(vec![trace("a", 1, 1), trace("b", 2, 1)]);
        traces.begin_search(Some(Asked { filter: "x".into(), ..Asked::default() }));
        assert!(traces.listed().is_empty());
        let number = traces.search.as_ref().unwrap().number();
        traces.search_of(number).unwrap().found.push(trace("a", 1, 1));
        traces.arrived(vec![trace("a", 1, 5), trace("c", 3, 1)]);
        assert_eq!(traces.listed().iter().map(|t| t.spans).collect::<Vec<_>>(), [5]);
        traces.begin_search(None);
        assert!(traces.search_of(number).is_none());
        assert_eq!(traces.listed().len(), 3);
    }

    #[test]
    fn the_list_never_grows_beyond_a_page() {
        let mut traces = Traces::default();
        for i in 0..u64::from(TRACES_PER_PAGE) + 50 {
            traces.arrived(vec![trace(&format!("{i:032x}"), i, 1)]);
        }
        assert_eq!(traces.list.len(), TRACES_PER_PAGE as usize);
        assert_eq!(traces.list[0].start_unix_nano, u64::from(TRACES_PER_PAGE) + 49);
    }
}
