//! Comparing this build with what is known.

use std::sync::{Arc, Mutex, PoisonError};

use thalweg_protocol::{
    ApiError, ErrorCode, Event, Series,
    validation::{KnownAnswer, KnownCase, NotExpressed, Validation},
};
use thalweg_sim::Observer;
use thalweg_truth::{Answer, Case, cases, check, not_expressed};

use crate::{
    EventSink, background,
    runs::{CancelFlag, Runs},
    simulate::Progress,
};

/// Which known answers to compare, and how.
#[derive(Debug, Clone, Default)]
pub struct ValidationRequest {
    /// Only cases whose id or title contains this, whatever its case.
    pub filter: Option<String>,
    /// Threads; none is one per core. The figures do not depend on it.
    pub threads: Option<usize>,
}

/// Simulates the known answers, on this thread and the simulator's own; `compared` is told of each system in turn.
///
/// # Errors
/// When it was cancelled, and when the filter leaves nothing.
pub fn validate(
    request: &ValidationRequest,
    progress: &dyn Progress,
    mut compared: impl FnMut(&KnownCase),
) -> Result<Validation, ApiError> {
    let wanted = request.filter.as_deref().unwrap_or_default().to_lowercase();
    let chosen = |case: &Case| case.id.contains(&wanted) || case.title.to_lowercase().contains(&wanted);
    let cases: Vec<Case> = cases().into_iter().filter(chosen).collect();
    if cases.is_empty() {
        let message = format!("No known answer has {wanted:?} in its name.");
        return Err(ApiError::new(ErrorCode::Usage, message).with_help("Leave the filter out to see all names."));
    }
    let watch = Watch(progress);
    let mut validation = Validation::default();
    for (done, case) in cases.iter().enumerate() {
        progress.share(done as f64 / cases.len() as f64);
        let answers = check(case, request.threads.unwrap_or(0), &watch)
            .map_err(|error| ApiError::new(ErrorCode::Cancelled, error.to_string()))?;
        validation.known += answers.len() as u64;
        validation.reproduced += answers.iter().filter(|answer| answer.agrees()).count() as u64;
        let case = KnownCase {
            id: case.id.clone(),
            title: case.title.clone(),
            source: case.source.to_owned(),
            answers: answers.into_iter().map(answer).collect(),
        };
        compared(&case);
        validation.cases.push(case);
    }
    progress.share(1.0);
    validation.not_expressed = not_expressed()
        .iter()
        .map(|missing| NotExpressed {
            what: missing.what.to_owned(),
            source: missing.source.to_owned(),
            why: missing.why.to_owned(),
        })
        .collect();
    Ok(validation)
}

/// Does the same on a thread of its own and tells a window of it; the run can be stopped by its number.
pub(crate) fn in_background(
    run: u64,
    request: ValidationRequest,
    runs: &Arc<Runs>,
    events: &EventSink,
) -> Result<(), ApiError> {
    let cancel = runs.begin(run);
    let (events, known) = (Arc::clone(events), Arc::clone(runs));
    background::spawn("validation", move || {
        let told = Told { run, events: Arc::clone(&events), cancel, share: Mutex::new(0.0) };
        let event = match validate(&request, &told, |case| told.tell(Some(Box::new(case.clone())))) {
            Ok(result) => Event::ValidationFinished { run, result: Box::new(result) },
            Err(error) => Event::ValidationFailed { run, error },
        };
        known.end(run);
        events(event);
    })
    .inspect_err(|_| runs.end(run))
}

fn answer(answer: Answer) -> KnownAnswer {
    KnownAnswer {
        agrees: answer.agrees(),
        unit: answer.unit.to_owned(),
        exact: answer.exact,
        simulated: answer.simulated.map(|estimate| estimate.value),
        ci99: answer.simulated.map(|estimate| [estimate.value - estimate.half, estimate.value + estimate.half]),
        slack: answer.slack,
        looks: answer.looks,
        disagreement: answer.disagreement,
        what: answer.what,
    }
}

/// Passes on the wish to stop; the share is that of all cases, not of each run.
struct Watch<'a>(&'a dyn Progress);

impl Observer for Watch<'_> {
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Sends a validation's progress to the window.
struct Told {
    run: u64,
    events: EventSink,
    cancel: CancelFlag,
    /// Told last, and told again with each system.
    share: Mutex<f64>,
}

impl Told {
    fn tell(&self, case: Option<Box<KnownCase>>) {
        let share = *self.share.lock().unwrap_or_else(PoisonError::into_inner);
        (self.events)(Event::ValidationProgress { run: self.run, share, case });
    }
}

impl Progress for Told {
    fn share(&self, share: f64) {
        *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
        self.tell(None);
    }

    /// Of so many small systems none is looked at alone.
    fn curves(&self, _share: f64, _partial: Series) {}

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    struct Nobody {
        cancels: bool,
    }

    impl Progress for Nobody {
        fn share(&self, _share: f64) {}
        fn curves(&self, _share: f64, _partial: Series) {}
        fn is_cancelled(&self) -> bool {
            self.cancels
        }
    }

    fn request(filter: &str) -> ValidationRequest {
        ValidationRequest { filter: Some(filter.to_owned()), threads: Some(1) }
    }

    #[test]
    fn a_filter_chooses_by_name() {
        let mut told = Vec::new();
        let found = validate(&request("D/d/1"), &Nobody { cancels: false }, |case| told.push(case.clone())).unwrap();
        assert_eq!(told, found.cases);
        assert_eq!((found.known, found.reproduced), (1, 1));
        assert_eq!(found.cases[0].id, "dd1");
        assert!(!found.not_expressed.is_empty());
        let error = validate(&request("no such thing"), &Nobody { cancels: false }, |_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::Usage);
    }

    #[test]
    fn it_can_be_stopped() {
        let error = validate(&request("mm1-90"), &Nobody { cancels: true }, |_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::Cancelled);
    }

    /// What a window hears of a validation, up to its end.
    fn heard(filter: &str, stop: bool) -> Vec<Event> {
        let (sender, events) = std::sync::mpsc::sync_channel(1_000);
        let sink: EventSink = Arc::new(move |event| sender.send(event).unwrap());
        let runs = Arc::default();
        in_background(7, request(filter), &runs, &sink).expect("a thread is free");
        if stop {
            assert!(runs.cancel(7));
        }
        let mut heard = Vec::new();
        for event in events {
            let over = matches!(event, Event::ValidationFinished { .. } | Event::ValidationFailed { .. });
            heard.push(event);
            if over {
                break;
            }
        }
        assert!(!runs.cancel(7), "it is forgotten");
        heard
    }

    #[tokio::test]
    async fn a_window_hears_each_system_and_then_the_table() {
        let heard = heard("formula", false);
        let told = heard.iter().filter_map(|event| match event {
            Event::ValidationProgress { run: 7, case, .. } => case.as_deref().cloned(),
            _ => None,
        });
        let Some(Event::ValidationFinished { run: 7, result }) = heard.last() else { panic!("{heard:?}") };
        assert_eq!(told.collect::<Vec<_>>(), result.cases);
        assert!(result.known > 0 && result.known == result.reproduced);
    }

    #[tokio::test]
    async fn a_window_can_stop_it() {
        let heard = heard("mm1-90", true);
        let Some(Event::ValidationFailed { run: 7, error }) = heard.last() else { panic!("{heard:?}") };
        assert_eq!(error.code, ErrorCode::Cancelled);
    }
}
