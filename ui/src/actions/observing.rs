//! Maps of traces, journeys of messages, links between traces, and the way back.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode, Reply};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, JourneyOf, Lens, LinksOf, Place, Shared},
    traces::{Face, Sight},
};

impl App {
    /// Shows what traces show together.
    pub(crate) fn show_map(self) {
        self.lens.set(Lens::Traces);
        self.observing.sight.set(Sight::Map);
    }

    /// Shows the list of traces.
    pub(crate) fn show_trace_list(self) {
        self.lens.set(Lens::Traces);
        self.observing.sight.set(Sight::List);
    }

    /// Shows what operations take.
    pub(crate) fn show_operations(self) {
        self.lens.set(Lens::Traces);
        self.observing.sight.set(Sight::Operations);
    }

    /// Shows the trace that is chosen in this way.
    pub(crate) fn show_face(self, face: Face) {
        self.show_trace_list();
        self.surveys.difference.set(None);
        self.observing.face.set(face);
    }

    /// Makes a map of the traces that a filter finds, of all when it is empty.
    pub(crate) fn make_map(self, filter: String) {
        self.cancel_map();
        let Some(run) = self.runs.try_update(crate::state::Runs::number) else { return };
        self.observing.map.try_update(|map| map.begin(run, filter.clone()));
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::Map { run, filter }).await {
                self.reading_failed(run, &error);
            }
        });
    }

    /// Stops making a map.
    pub(crate) fn cancel_map(self) {
        if let Some(run) = self.observing.map.with_untracked(|map| map.running().map(|(run, ..)| *run)) {
            self.send(Command::Cancel { run });
        }
    }

    /// Follows a message over all of its traces.
    pub(crate) fn follow_message(self, of: JourneyOf) {
        self.cancel_journey();
        let Some(run) = self.runs.try_update(crate::state::Runs::number) else { return };
        self.observing.journey.try_update(|journey| journey.begin(run, of.clone()));
        let JourneyOf { trace_id, span_id } = of;
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::Journey { run, trace_id, span_id }).await {
                self.reading_failed(run, &error);
            }
        });
    }

    /// Stops following a message.
    pub(crate) fn cancel_journey(self) {
        if let Some(run) = self.observing.journey.with_untracked(|journey| journey.running().map(|(run, ..)| *run)) {
            self.send(Command::Cancel { run });
        }
    }

    /// Takes in how many traces were read.
    pub(crate) fn traces_read(self, run: u64, traces: u64) {
        let is_map = |known: Option<u64>| known == Some(run);
        if self.observing.map.try_with_untracked(|map| is_map(map.running().map(|(run, ..)| *run))) == Some(true) {
            self.observing.map.try_update(|map| map.read(run, traces));
        } else {
            self.observing.journey.try_update(|journey| journey.read(run, traces));
        }
    }

    pub(crate) fn reading_failed(self, run: u64, error: &ApiError) {
        let mine = self.observing.map.try_update(|map| map.fail(run)) == Some(true)
            || self.observing.journey.try_update(|journey| journey.fail(run)) == Some(true);
        // Who cancelled knows it.
        if mine && error.code != ErrorCode::Cancelled {
            self.fail(error);
        }
    }

    /// Fetches how the spans of a trace are linked with those of others, once for all that is there of it.
    pub(crate) fn fetch_links(self, of: LinksOf) {
        let is_known = |known: Option<&LinksOf>| known == Some(&of);
        let known = self.observing.links.with_untracked(|links| is_known(links.as_ref().map(|(of, _)| of)))
            || self.observing.links_asked.with_untracked(|asked| is_known(asked.as_ref()));
        if known {
            return;
        }
        self.observing.links_asked.set(Some(of.clone()));
        spawn_local(async move {
            let answer = bridge::call(Command::LinksOfTrace { trace_id: of.trace_id.clone() }).await;
            let selected = self.traces.try_with_untracked(|traces| traces.selected.clone()).flatten();
            let is_wanted = self.observing.links_asked.try_update(|asked| of.answered(asked, selected.as_deref()));
            // Of another trace, or overtaken: of this one more was asked for since.
            if is_wanted != Some(true) {
                return;
            }
            // Without them the links that the spans themselves have are shown.
            match answer {
                Ok(Reply::Links(links)) => drop(self.observing.links.try_set(Some((of, Shared::new(*links))))),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Where one is among traces.
    pub(crate) fn trace_place(self) -> Place {
        Place {
            lens: self.lens.get_untracked(),
            sight: self.observing.sight.get_untracked(),
            face: self.observing.face.get_untracked(),
            trace: self.traces.with_untracked(|traces| traces.selected.clone()),
            chosen: self.observing.chosen.get_untracked(),
        }
    }

    /// Goes back to where one was before a link was followed.
    pub(crate) fn go_back(self) {
        let Some(Some(place)) = self.observing.trail.try_update(Vec::pop) else { return };
        let is_shown = self.traces.with_untracked(|traces| traces.selected == place.trace);
        self.lens.set(place.lens);
        self.surveys.difference.set(None);
        self.observing.sight.set(place.sight);
        self.observing.face.set(place.face);
        if !is_shown {
            self.observing.collapsed.set(std::collections::HashSet::new());
            self.select_trace(place.trace);
        }
        self.observing.chosen.set(place.chosen);
    }

    /// Opens a trace, at one of its spans if one is named. A trace that is not stored changes nothing but tells so. The place before
    /// can be gone back to. Who went elsewhere, or asked for another one, before the answer came, stays there.
    pub(crate) fn open_span(self, trace_id: &str, span_id: Option<&str>, face: Face) {
        let openings = self.observing.openings;
        let Some(number) = openings.try_update(|openings| openings.begin(self.trace_place())) else { return };
        let (trace_id, span_id) = (trace_id.to_owned(), span_id.map(ToOwned::to_owned));
        spawn_local(async move {
            let answer = bridge::call(Command::Trace { trace_id: trace_id.clone() }).await;
            if openings.try_with_untracked(|openings| openings.is_last(number)) != Some(true) {
                return;
            }
            let here = self.trace_place();
            match answer {
                Ok(Reply::Trace(view)) => {
                    let Some(place) = openings.try_update(|openings| openings.take(number, &here)).flatten() else {
                        return;
                    };
                    self.observing.note(place);
                    self.surveys.difference.try_set(None);
                    self.observing.collapsed.try_set(std::collections::HashSet::new());
                    self.traces.try_update(|traces| {
                        traces.select(Some(trace_id));
                        traces.show(*view);
                    });
                    self.observing.sight.try_set(Sight::List);
                    self.observing.face.try_set(face);
                    self.observing.chosen.try_set(span_id);
                    self.lens.try_set(Lens::Traces);
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }
}
