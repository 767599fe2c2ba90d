//! Asking something of many traces, comparing sets and pairs of them, and following what arrives.

use std::time::Duration;

use js_sys::Date;
use leptos::{leptos_dom::helpers::set_timeout, prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, Reply, Survey, Surveyed, TraceOrder, TraceSearch, TraceSummary};
use thalweg_spans::filter::{self, Expr};

use super::events::unexpected;
use crate::{
    bridge,
    state::{Answered, App, Asked, Contrasted, Lens, Pair, Shared, likeness},
    text::surveys as text,
    traces::{Face, Region, Sight, slow_from},
};

/// What arrived is asked about so long after it did, at least.
const PACE: f64 = 1_000.0;
/// Of the time between, answering takes no more than this part.
const PART: f64 = 4.0;
/// Traces of the other sort among which the likest is looked for.
const LIKE: u32 = 100;

impl App {
    fn survey(self, survey: Survey) -> u64 {
        self.surveys.asked.update(|asked| *asked += 1);
        let number = self.surveys.asked.get_untracked();
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::Survey { number, survey }).await {
                self.survey_failed(number, &error);
            }
        });
        number
    }

    /// Asks where the traces lie that are listed, whatever part of them is selected.
    pub(crate) fn ask_density(self) {
        self.surveys.density.update(|density| density.ask(self.begin_density()));
    }

    fn begin_density(self) -> u64 {
        let asked = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        self.surveys.asked_at.set(Date::now());
        self.survey(Survey::Density { filter: Region::apart(&asked).0 })
    }

    /// Asks what operations take.
    pub(crate) fn ask_operations(self) {
        self.surveys.operations.update(|operations| operations.ask(self.begin_operations()));
    }

    fn begin_operations(self) -> u64 {
        let filter = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        self.survey(Survey::Operations { filter })
    }

    fn contrast(self, contrasted: Contrasted) {
        let (within, set) = (contrasted.within.clone(), contrasted.set.clone());
        let number = self.survey(Survey::Contrast { within, set, against: None });
        self.surveys.contrast.update(|contrast| {
            contrast.found = None;
            contrast.ask(number);
        });
        self.surveys.contrasted.set(Some(contrasted));
        // Where it is shown.
        self.observing.sight.set(Sight::List);
        if self.observing.face.get_untracked() == Face::Flow {
            self.observing.face.set(Face::Waterfall);
        }
    }

    /// Compares traces with errors with those without.
    pub(crate) fn compare_errors(self) {
        let within = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        self.contrast(Contrasted { name: text::WITH_ERRORS.into(), within, set: "status = error".into() });
    }

    /// Compares the slowest with the others.
    pub(crate) fn compare_slowest(self) {
        let within = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        let from =
            self.surveys.density.with_untracked(|density| density.found.as_ref().and_then(|found| slow_from(found)));
        let Some(from) = from else { return };
        let set = Region { least: Some(from), ..Region::default() }.text();
        self.contrast(Contrasted { name: text::slower_than(from), within, set });
    }

    /// Compares what is selected in the plot with the other traces of the filter.
    pub(crate) fn compare_selection(self) {
        let asked = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        if let (within, Some(region)) = Region::apart(&asked) {
            self.contrast(Contrasted { name: text::SELECTED.into(), within, set: region.text() });
        }
    }

    /// Compares simulated traces with observed ones.
    pub(crate) fn compare_simulated(self) {
        let within = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        self.contrast(Contrasted { name: text::SIMULATED.into(), within, set: likeness::SIMULATED.into() });
    }

    /// Shows no comparison of sets any more.
    pub(crate) fn end_contrast(self) {
        self.surveys.contrasted.set(None);
        let number = self.surveys.contrast.with_untracked(|contrast| contrast.number);
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::EndSurvey { number }).await {
                self.fail(&error);
            }
        });
    }

    /// Takes in what was answered so far.
    pub(super) fn surveyed(self, number: u64, share: f64, found: Surveyed) {
        let surveys = self.surveys;
        match found {
            Surveyed::Density(found) => {
                surveys.density.try_update(|density| density.take(number, share, found));
                if share >= 1.0 {
                    surveys.took.try_set(Date::now() - surveys.asked_at.try_get_untracked().unwrap_or_default());
                }
            }
            Surveyed::Operations(found) => {
                surveys.operations.try_update(|operations| operations.take(number, share, found));
            }
            Surveyed::Contrast(found) => {
                surveys.contrast.try_update(|contrast| contrast.take(number, share, found));
            }
        }
    }

    /// A question that failed is told of, unless another was asked meanwhile.
    pub(super) fn survey_failed(self, number: u64, error: &ApiError) {
        let surveys = self.surveys;
        let is_last = [
            surveys.density.try_update(|density| density.fail(number)),
            surveys.operations.try_update(|operations| operations.fail(number)),
            surveys.contrast.try_update(|contrast| contrast.fail(number)),
        ];
        if is_last.contains(&Some(true)) {
            self.fail(error);
        }
    }

    /// Asks again in a moment, because traces arrived.
    pub(super) fn refresh_surveys(self) {
        let surveys = self.surveys;
        let is_seen = self.lens.try_get_untracked() == Some(Lens::Traces);
        let is_live = surveys.live.try_get_untracked() == Some(true);
        if !is_seen || !is_live || surveys.refreshing.try_get_untracked() != Some(false) {
            return;
        }
        surveys.refreshing.try_set(true);
        let wait = PACE.max(surveys.took.try_get_untracked().unwrap_or_default() * PART);
        let again = move || {
            surveys.refreshing.try_set(false);
            let is_busy = || {
                let density = surveys.density.try_with_untracked(Answered::is_under_way)?;
                Some(density || surveys.operations.try_with_untracked(Answered::is_under_way)?)
            };
            match is_busy() {
                // It is asked again once that is answered.
                Some(true) => self.refresh_surveys(),
                Some(false) => {
                    surveys.density.update(|density| density.ask_again(self.begin_density()));
                    if self.observing.sight.get_untracked() == Sight::Operations {
                        surveys.operations.update(|operations| operations.ask_again(self.begin_operations()));
                    }
                }
                None => {}
            }
        };
        set_timeout(again, Duration::from_millis(wait as u64));
    }

    /// From now on hears of what arrives and is found, where what is asked for can be followed.
    pub(super) fn follow(self, asked: &Asked) {
        let number = self.traces.with_untracked(|traces| traces.search.as_ref().map_or(0, |s| u64::from(s.number())));
        let filter = (asked.order == TraceOrder::Newest && !asked.is_live()).then(|| asked.filter.clone());
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::FollowTraces { number, filter }).await {
                self.fail(&error);
            }
        });
    }

    /// Shows what arrives as it comes, or holds it back.
    pub(crate) fn toggle_live(self) {
        self.surveys.live.update(|live| *live = !*live);
        self.refresh_surveys();
    }

    /// Narrows the filter to a part of the plot, or takes that part away from it.
    pub(crate) fn select_region(self, region: Option<Region>) {
        let Asked { filter, order } = self.filtering.asked.get_untracked();
        let narrowed = Region::replaced(&filter, region);
        if narrowed != filter {
            self.search_for(Asked { filter: narrowed, order });
        }
        if region.is_some() {
            self.compare_selection();
        } else if self.surveys.contrasted.with_untracked(|of| of.as_ref().is_some_and(|of| of.name == *text::SELECTED))
        {
            self.end_contrast();
        }
    }

    /// Adds a condition to the filter and lists what is found.
    pub(crate) fn narrow(self, condition: &str) {
        let Asked { filter, order } = self.filtering.asked.get_untracked();
        let filter = both(&filter, condition);
        self.observing.sight.set(Sight::List);
        self.search_for(Asked { filter, order });
    }

    /// Notes a trace, to compare another one with it; the second time compares the two.
    pub(crate) fn compare_trace(self) {
        let Some(selected) = self.traces.with_untracked(|traces| traces.selected.clone()) else { return };
        match self.surveys.marked.get_untracked() {
            Some(marked) if marked != selected => self.compare_traces(Pair { before: marked, after: selected }),
            Some(_) => self.surveys.marked.set(None),
            None => self.surveys.marked.set(Some(selected)),
        }
    }

    /// Compares the trace that is shown with the likest of the other sort: an observed one with one that was simulated, and the other way
    /// round. Messages that this window's last run followed come before those that were sent.
    pub(crate) fn compare_with_simulated(self) {
        let Some(shown) = self.traces.with_untracked(|traces| traces.view.clone()) else { return };
        let is_simulated = likeness::is_simulated(&shown);
        let followed = || -> Vec<TraceSummary> {
            let followed = self.sampled.get_untracked();
            followed.iter().flat_map(|followed| followed.iter()).map(|line| line.summary.clone()).collect()
        };
        let near = if is_simulated { Vec::new() } else { followed() };
        spawn_local(async move {
            let mut like = likeness::likest(&shown.summary, &near).cloned();
            if like.is_none() {
                match self.of_other_sort(&shown.summary, is_simulated).await {
                    Ok(stored) => like = likeness::likest(&shown.summary, &stored).cloned(),
                    Err(error) => return self.fail(&error),
                }
            }
            if !self.is_selected(&shown.summary.trace_id) {
                return;
            }
            let Some(like) = like else {
                let nothing = if is_simulated { text::NONE_OBSERVED } else { text::NONE_SIMULATED };
                return self.tell(nothing.now());
            };
            self.surveys.marked.try_set(Some(like.trace_id.clone()));
            self.compare_traces(Pair { before: like.trace_id, after: shown.summary.trace_id.clone() });
        });
    }

    /// The newest stored traces that may be like one and are of the other sort, while it is looked at.
    async fn of_other_sort(self, shown: &TraceSummary, is_simulated: bool) -> Result<Vec<TraceSummary>, ApiError> {
        let filter = likeness::of_other_sort(shown, is_simulated);
        let mut found = Vec::new();
        let mut next = Some(TraceSearch { filter, limit: LIKE, ..TraceSearch::default() });
        while let Some(ask) = next.take().filter(|_| self.is_selected(&shown.trace_id)) {
            match bridge::call(Command::SearchTraces(ask.clone())).await? {
                Reply::Found(page) => {
                    found.extend(page.traces.into_iter().map(|found| found.summary));
                    let limit = LIKE.saturating_sub(found.len() as u32);
                    next =
                        page.next.filter(|_| limit > 0).map(|after| TraceSearch { after: Some(after), limit, ..ask });
                }
                other => return Err(unexpected(&other)),
            }
        }
        Ok(found)
    }

    fn is_selected(self, trace_id: &str) -> bool {
        self.traces.try_with_untracked(|traces| traces.selected.as_deref() == Some(trace_id)) == Some(true)
    }

    fn compare_traces(self, pair: Pair) {
        let Pair { before, after } = pair.clone();
        spawn_local(async move {
            let answer = bridge::call(Command::CompareTraces { before, after }).await;
            let marked = self.surveys.marked.try_get_untracked().flatten();
            let selected = self.traces.try_with_untracked(|traces| traces.selected.clone()).flatten();
            // Unless one thought better of it meanwhile.
            if !pair.is_wanted(marked.as_deref(), selected.as_deref()) {
                return;
            }
            match answer {
                Ok(Reply::TraceDifference(found)) => {
                    self.surveys.difference.try_set(Some(Shared::new(*found)));
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Ends what is compared: two sets, two traces, or a trace that is marked for it.
    pub(crate) fn end_comparisons(self) {
        if self.surveys.contrasted.with_untracked(Option::is_some) {
            self.end_contrast();
        }
        self.end_difference();
    }

    /// Goes back from two traces to one.
    pub(crate) fn end_difference(self) {
        self.surveys.difference.set(None);
        self.surveys.marked.set(None);
    }
}

/// A filter that asks for both. What cannot be read stays as it is.
fn both(filter: &str, condition: &str) -> String {
    let filter = filter.trim();
    match filter::parse(filter) {
        Ok(expr) if expr.is_empty() => condition.to_owned(),
        Ok(Expr::Or(_)) => format!("({filter}) and {condition}"),
        _ => format!("{filter} and {condition}"),
    }
}

#[cfg(test)]
mod tests {
    use super::both;

    #[test]
    fn conditions_are_joined() {
        assert_eq!(both(" ", "status = error"), "status = error");
        assert_eq!(both("service = a", "status = error"), "service = a and status = error");
        assert_eq!(both("a or b", "status = error"), "(a or b) and status = error");
    }
}
