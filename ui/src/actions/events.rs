//! The start of the page, and what the engine tells later.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode, Event, Reply, Started};

use crate::{
    bridge, shell,
    state::{App, Dialog, Leave, OpenDocument, StartInfo},
};

impl App {
    /// Hears the engine, then asks what to show first.
    pub(crate) fn start(self) {
        spawn_local(async move {
            let heard = bridge::listen(move |event| match event {
                Ok(event) => self.hear(event),
                Err(error) => self.fail(&error),
            });
            if let Err(error) = heard.await {
                self.fail(&error);
            }
            match bridge::call(Command::Start).await {
                Ok(Reply::Started(started)) => self.started(*started),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
            mark_ready();
        });
    }

    fn started(self, started: Started) {
        self.take_preferences(started.preferences);
        self.receiver.set(Some(started.receiver));
        let asks = !started.recovered.is_empty();
        self.start.set(Some(StartInfo {
            version: started.version,
            recent: started.recent,
            recovered: started.recovered,
            stories: started.examples,
            brokers: started.broker_examples,
            templates: started.templates,
            ports_fixed: started.ports_fixed,
        }));
        if let Some(file) = started.open {
            self.show_document(file);
            if started.unsaved {
                self.document.update(|d| d.iter_mut().for_each(OpenDocument::mark_unsaved));
            }
        }
        if asks {
            self.dialog.set(Some(Dialog::Recovered));
        }
        if let Some(error) = started.open_error {
            self.fail(&error);
        }
        if let Some(offered) = started.offered {
            self.take_offer(offered);
        }
    }

    /// Takes in what the engine tells; called by a channel, so only `try_` forms.
    fn hear(self, event: Event) {
        match event {
            Event::RunProgress { run, share, series } => {
                self.runs.try_update(|runs| runs.progress(run, share, series.map(|series| *series)));
            }
            Event::RunFinished { run, result } => self.run_finished(run, *result),
            Event::RunSampled { run, sampled } => drop(self.runs.try_update(|runs| runs.follow(run, sampled))),
            Event::RunKept { run, kept } => self.run_kept(run, kept),
            Event::Runs { document, runs } => self.runs_changed(document, runs),
            Event::RunFailed { run, error } => self.run_failed(run, &error),
            Event::ValidationProgress { run, share, case } => {
                self.answers.try_update(|answers| answers.progress(run, share, case.map(|case| *case)));
            }
            Event::ValidationFinished { run, result } => {
                self.answers.try_update(|answers| answers.finish(run, *result));
            }
            Event::ValidationFailed { run, error } => self.validation_failed(run, &error),
            Event::ReadingTraces { run, traces } => self.traces_read(run, traces),
            Event::MapMade { run, map } => drop(self.observing.map.try_update(|made| made.finish(run, *map))),
            Event::JourneyFollowed { run, journey } => {
                self.observing.journey.try_update(|made| made.finish(run, *journey));
            }
            Event::ReadingFailed { run, error } => self.reading_failed(run, &error),
            Event::TracesArrived { traces, receiver } => {
                self.receiver.try_set(Some(receiver));
                self.observing.doubt_links();
                if self.traces.try_update(|known| known.arrived(traces)) == Some(true) {
                    self.fetch_selected_trace();
                }
                self.refresh_surveys();
            }
            Event::Surveyed { number, share, found } => self.surveyed(number, share, *found),
            Event::SurveyFailed { number, error } => self.survey_failed(number, &error),
            Event::TracesFollowed(followed) => {
                let traces = followed.traces.into_iter().map(|found| found.summary).collect();
                if self.traces.try_update(|known| known.followed(followed.number, traces)) == Some(true) {
                    self.search_traces();
                }
            }
            Event::LogsArrived(receiver) => {
                self.receiver.try_set(Some(receiver));
                self.logs_arrived();
            }
            Event::MetricsArrived(receiver) => {
                self.receiver.try_set(Some(receiver));
                self.metrics_arrived();
            }
            Event::LogsCleared => self.logs_cleared(),
            Event::MetricsCleared => drop(self.metrics.try_update(crate::state::Metrics::clear)),
            Event::Receiver(receiver) => drop(self.receiver.try_set(Some(receiver))),
            Event::FileOffered => self.leave(Leave::OpenOffered),
            Event::Offered(offered) => self.take_offer(offered),
            Event::MenuChosen { id } => shell::choose(self, &id),
            Event::Preferences(chosen) => self.take_preferences(chosen),
            Event::SavedFilters(filters) => drop(self.filtering.saved.try_set(filters)),
            Event::CloseRequested => drop(self.dialog.try_set(Some(Dialog::Unsaved { then: Leave::CloseWindow }))),
        }
    }
}

/// The sign that tests and the shell wait for.
fn mark_ready() {
    if let Some(body) = document().body() {
        // Nothing else depends on it: a page without the mark works just the same.
        drop(body.dataset().set("ready", "true"));
    }
}

/// An answer that does not belong to the question.
pub(crate) fn unexpected(reply: &Reply) -> ApiError {
    let shown: String = format!("{reply:?}").chars().take(80).collect();
    ApiError::new(ErrorCode::Internal, format!("The engine answered something else than was asked: {shown}"))
}
