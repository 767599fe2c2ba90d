//! Fetching traces.

use std::time::Duration;

use js_sys::Date;
use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TraceSummary, limits::TRACES_PER_PAGE};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Asked, Leave, Lens},
    text::traces as text,
    traces::Sight,
};

/// A trace is fetched again, because it grew, only after so many times as long as fetching it took.
const REST: f64 = 2.0;

impl App {
    /// Fetches the newest page of the list.
    pub(crate) fn fetch_traces(self) {
        spawn_local(async move {
            let command = Command::Traces { limit: TRACES_PER_PAGE };
            match bridge::call(command).await {
                Ok(Reply::Traces(page)) => drop(self.traces.try_update(|traces| traces.fill(page))),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Chooses a trace and fetches it.
    pub(crate) fn select_trace(self, id: Option<String>) {
        self.surveys.difference.set(None);
        self.traces.update(|traces| traces.select(id));
        self.fetch_selected_trace();
    }

    /// Shows a message of a simulation among the traces.
    pub(crate) fn show_sampled(self, summary: TraceSummary) {
        let id = summary.trace_id.clone();
        self.traces.update(|traces| traces.put(summary));
        self.lens.set(Lens::Traces);
        self.observing.sight.set(Sight::List);
        self.select_trace(Some(id));
    }

    /// Fetches the chosen trace, again if it is shown already.
    pub(crate) fn fetch_selected_trace(self) {
        let next = self.traces.try_maybe_update(|traces| (false, traces.begin_fetch()));
        let Some((number, trace_id)) = next.flatten() else { return };
        spawn_local(async move {
            let began = Date::now();
            let (view, error) = match bridge::call(Command::Trace { trace_id }).await {
                Ok(Reply::Trace(view)) => (Some(*view), None),
                Ok(other) => (None, Some(unexpected(&other))),
                Err(error) => (None, Some(error)),
            };
            let fetched = self.traces.try_maybe_update(|traces| {
                let is_taken = traces.fetched(number, view);
                (is_taken, is_taken)
            });
            if fetched != Some(true) {
                return;
            }
            if let Some(error) = error {
                self.fail(&error);
            }
            // A large one that keeps growing must not take all of the time. What grows meanwhile waits too.
            let rest = Duration::from_millis(((Date::now() - began) * REST) as u64);
            let rested = move || {
                if self.traces.try_maybe_update(|traces| (false, traces.rested(number))) == Some(true) {
                    self.fetch_selected_trace();
                }
            };
            set_timeout(rested, rest);
        });
    }

    /// Draws all traces as a flow.
    pub(crate) fn discover(self) {
        self.discover_in(String::new());
    }

    /// Draws the traces that a filter finds as a flow. What is open is left only once that is done, since reading many traces
    /// takes its time.
    pub(crate) fn discover_in(self, filter: String) {
        self.tell(text::DISCOVERING.now());
        spawn_local(async move {
            match bridge::call(Command::Discover { filter }).await {
                Ok(Reply::Discovered { text: drawn, traces, notes }) => {
                    self.tell(text::discovered(usize::try_from(traces).unwrap_or(usize::MAX)));
                    for note in notes {
                        self.tell(note);
                    }
                    self.leave(Leave::OpenDrawn(drawn));
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Removes all traces from the data file.
    pub(crate) fn clear_traces(self) {
        spawn_local(async move {
            match bridge::call(Command::ClearTraces).await {
                Ok(_) => {
                    // The filter line would come back with a filter that nothing is searched by.
                    self.filtering.asked.try_set(Asked::default());
                    self.traces.try_update(super::super::state::Traces::clear);
                    self.surveys.forget();
                    self.follow(&Asked::default());
                    self.observing.forget();
                }
                Err(error) => self.fail(&error),
            }
        });
    }
}
