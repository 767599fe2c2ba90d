//! Kept runs of the open document: the list, the one that is shown again, and the one that it is compared with.

use thalweg_flow::Flow;
use thalweg_protocol::{Comparison, KeptRun, OpenedRun, Run, Series};

use super::Shared;

/// What is known of kept runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    runs: Vec<KeptRun>,
    /// The one that commands are about.
    chosen: Option<u64>,
    /// The number of this window's last results among the kept ones; none before they are kept.
    latest: Option<u64>,
    /// The flow that gave this window's last results.
    latest_flow: Option<Shared<Flow>>,
    /// The flow of the run under way.
    running_flow: Option<Shared<Flow>>,
    shown: Option<Opened>,
    baseline: Option<Opened>,
    comparison: Option<([u64; 2], Shared<Comparison>)>,
    /// The one that was deleted last.
    deleted: Option<u64>,
}

/// A kept run that was fetched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opened {
    /// Its number.
    pub(crate) id: u64,
    /// As the list had it.
    pub(crate) kept: KeptRun,
    /// Figures and curves.
    pub(crate) run: Shared<Run>,
    /// The curves alone.
    pub(crate) series: Shared<Series>,
    /// The document as it was run.
    pub(crate) flow: Shared<Flow>,
}

impl Opened {
    pub(crate) fn new(opened: OpenedRun) -> Self {
        let OpenedRun { kept, text, run } = opened;
        let flow = thalweg_flow::Document::open(&text).flow().clone();
        Opened {
            id: kept.id,
            series: Shared::new(run.series.clone()),
            run: Shared::new(run),
            flow: Shared::new(flow),
            kept,
        }
    }
}

impl History {
    /// Takes in the list as it is now.
    pub(crate) fn fill(&mut self, runs: Vec<KeptRun>) {
        self.runs = runs;
        if self.latest.is_some_and(|latest| self.find(latest).is_none()) {
            self.latest = None;
        }
        if self.chosen.is_none_or(|chosen| self.find(chosen).is_none()) {
            self.chosen = self.current().filter(|id| self.find(*id).is_some()).or(self.newest());
        }
        // What is compared with one that is gone has nothing on the other side any more.
        if self.baseline.as_ref().is_some_and(|baseline| self.find(baseline.id).is_none()) {
            self.end_comparison();
        }
    }

    /// Pinned ones first, newest first.
    pub(crate) fn runs(&self) -> &[KeptRun] {
        &self.runs
    }

    pub(crate) fn find(&self, id: u64) -> Option<&KeptRun> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The one that was made last.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.runs.iter().map(|run| run.id).max()
    }

    /// A run of this flow begins in this window: nothing older is shown.
    pub(crate) fn begin(&mut self, flow: Option<Shared<Flow>>) {
        self.shown = None;
        self.running_flow = flow;
    }

    /// This window has new results, which are not kept yet.
    pub(crate) fn finish(&mut self) {
        self.shown = None;
        self.latest = None;
        self.latest_flow = self.running_flow.take();
    }

    /// The last results are kept now.
    pub(crate) fn kept(&mut self, id: u64) {
        self.latest = Some(id);
        self.chosen = Some(id);
    }

    /// The run that is looked at, by its number; none before it is kept, and before there is one.
    pub(crate) fn current(&self) -> Option<u64> {
        self.shown.as_ref().map(|shown| shown.id).or(self.latest)
    }

    /// The one that commands are about.
    pub(crate) fn chosen(&self) -> Option<&KeptRun> {
        self.find(self.chosen?)
    }

    pub(crate) fn choose(&mut self, id: u64) {
        self.chosen = Some(id);
    }

    /// Chooses another one, so many places further down.
    pub(crate) fn step(&mut self, by: isize) {
        let at = self.runs.iter().position(|run| Some(run.id) == self.chosen).unwrap_or(0);
        let to = at.saturating_add_signed(by).min(self.runs.len().saturating_sub(1));
        self.chosen = self.runs.get(to).map(|run| run.id);
    }

    /// Shows a kept run in place of the last results.
    pub(crate) fn show(&mut self, opened: Opened) {
        // Nothing is compared with itself.
        if self.baseline.as_ref().is_some_and(|baseline| baseline.id == opened.id) {
            self.end_comparison();
        }
        // The last results are here anyway.
        self.shown = (self.latest != Some(opened.id)).then_some(opened);
    }

    /// Goes back to this window's last results; gives the flow that they are of, if there are any.
    pub(crate) fn back(&mut self) -> Option<Shared<Flow>> {
        self.shown = None;
        if self.latest.is_some() && self.baseline.as_ref().map(|baseline| baseline.id) == self.latest {
            self.end_comparison();
        }
        self.latest_flow.clone()
    }

    /// The flow that gave this window's last results.
    pub(crate) fn latest_flow(&self) -> Option<Shared<Flow>> {
        self.latest_flow.clone()
    }

    /// The kept run that is shown in place of the last results.
    pub(crate) fn shown(&self) -> Option<&Opened> {
        self.shown.as_ref()
    }

    /// The same, unless it is the newest there is.
    pub(crate) fn older(&self) -> Option<&Opened> {
        self.shown.as_ref().filter(|shown| self.newest() != Some(shown.id) || self.latest_flow.is_some())
    }

    /// What the run that is looked at is compared with.
    pub(crate) fn baseline(&self) -> Option<&Opened> {
        self.baseline.as_ref()
    }

    pub(crate) fn compare_with(&mut self, opened: Opened) {
        self.comparison = None;
        self.baseline = Some(opened);
    }

    pub(crate) fn end_comparison(&mut self) {
        self.baseline = None;
        self.comparison = None;
    }

    /// The two runs that are to be compared: the baseline, then the one that is looked at.
    pub(crate) fn pair(&self) -> Option<[u64; 2]> {
        Some([self.baseline.as_ref()?.id, self.current()?])
    }

    /// Takes in what two runs differ in, if they are still those.
    pub(crate) fn compared(&mut self, pair: [u64; 2], comparison: Comparison) {
        if self.pair() == Some(pair) {
            self.comparison = Some((pair, Shared::new(comparison)));
        }
    }

    /// What the run that is looked at differs in from the baseline; none before that is known.
    pub(crate) fn comparison(&self) -> Option<Shared<Comparison>> {
        let (pair, comparison) = self.comparison.as_ref()?;
        (self.pair() == Some(*pair)).then(|| comparison.clone())
    }

    pub(crate) fn deleted(&self) -> Option<u64> {
        self.deleted
    }

    pub(crate) fn delete(&mut self, id: Option<u64>) {
        self.deleted = id;
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{RunFigures, RunReport, RunSettings};

    use super::*;

    fn kept(id: u64) -> KeptRun {
        KeptRun {
            id,
            name: String::new(),
            pinned: false,
            started_unix_ms: id,
            took_s: 0.1,
            version: "1".into(),
            scenario: "default".into(),
            seed: 1,
            replications: 1,
            settings: RunSettings::default(),
            figures: RunFigures::default(),
        }
    }

    fn opened(id: u64) -> Opened {
        let report: RunReport = serde_json::from_str(
            r#"{"flow":"","scenario":"","seed":1,"replications":1,"duration_s":1,"warmup_s":0,"events":1,"wall_s":1,
            "events_per_s":1,"ci_from":"","end_to_end_ms":{"count":0},"totals":{"produced":0,"completed":0,
            "dead_lettered":0,"lost":0,"in_flight":0,"duplicates":0,"retries":0},"nodes":{},"expectations":[],
            "faults":[],"notes":[],"digest":""}"#,
        )
        .unwrap();
        Opened::new(OpenedRun { kept: kept(id), text: String::new(), run: Run { report, series: Series::default() } })
    }

    fn history(ids: &[u64]) -> History {
        let mut history = History::default();
        history.fill(ids.iter().map(|id| kept(*id)).collect());
        history
    }

    #[test]
    fn an_older_run_is_told_from_the_last_results() {
        let mut history = history(&[2, 3, 1]);
        assert_eq!((history.newest(), history.current()), (Some(3), None));
        // After a restart the newest is as good as the last results.
        history.show(opened(3));
        assert_eq!((history.current(), history.older().is_some()), (Some(3), false));
        history.show(opened(2));
        assert!(history.older().is_some());
        // A run of this window: nothing older is shown, and its own number shows nothing twice.
        history.begin(Some(Shared::new(Flow::default())));
        history.finish();
        assert_eq!(history.current(), None);
        history.kept(4);
        history.show(opened(4));
        assert!(history.shown().is_none() && history.current() == Some(4));
    }

    #[test]
    fn a_comparison_is_of_the_two_that_are_looked_at() {
        let mut history = history(&[3, 2, 1]);
        history.show(opened(3));
        history.compare_with(opened(1));
        let pair = history.pair().unwrap();
        assert_eq!(pair, [1, 3]);
        let comparison = Comparison {
            differences: Vec::new(),
            no_intervals: None,
            turned: Vec::new(),
            settings: Vec::new(),
            text: None,
        };
        history.compared(pair, comparison.clone());
        assert!(history.comparison().is_some());
        history.show(opened(2));
        assert!(history.comparison().is_none(), "it is of another run");
        history.compared(pair, comparison);
        assert!(history.comparison().is_none(), "it comes too late");
        history.show(opened(1));
        assert!(history.baseline().is_none(), "it would be compared with itself");
        history.compare_with(opened(1));
        history.fill(vec![kept(3), kept(2)]);
        assert!(history.baseline().is_none(), "the baseline was deleted");
    }

    #[test]
    fn the_choice_moves_within_the_list_and_off_what_is_gone() {
        let mut history = history(&[9, 8, 7]);
        assert_eq!(history.chosen().map(|run| run.id), Some(9));
        history.step(1);
        history.step(5);
        assert_eq!(history.chosen().map(|run| run.id), Some(7));
        history.step(-9);
        assert_eq!(history.chosen().map(|run| run.id), Some(9));
        history.fill(vec![kept(8)]);
        assert_eq!(history.chosen().map(|run| run.id), Some(8));
        history.fill(Vec::new());
        history.step(1);
        assert!(history.chosen().is_none());
    }
}
