//! What the window asks of many traces, and which traces it follows. One question of each sort is under way: the next takes its
//! place.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};

use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Reply, Survey, limits, survey::FollowedTraces};
use thalweg_telemetry::TraceId;
use tokio::task::AbortHandle;

use super::{EventSink, Session, lock};
use crate::engine::Engine;
use crate::survey::difference_of;

/// What is under way.
#[derive(Default)]
pub(super) struct Surveys {
    /// By sort: density, operations, contrast.
    under_way: Mutex<[Option<(u64, AbortHandle)>; 3]>,
}

impl Surveys {
    fn put(&self, sort: usize, number: u64, task: AbortHandle) {
        if let Some((_, before)) = lock(&self.under_way)[sort].replace((number, task)) {
            before.abort();
        }
    }

    fn end(&self, number: u64) {
        for slot in lock(&self.under_way).iter_mut() {
            if let Some((_, task)) = slot.take_if(|(of, _)| *of == number) {
                task.abort();
            }
        }
    }

    /// Ends all of them.
    pub(super) fn end_all(&self) {
        for (_, task) in lock(&self.under_way).iter_mut().filter_map(Option::take) {
            task.abort();
        }
    }
}

/// The filter whose traces a window is told of as they arrive.
#[derive(Clone, Default)]
pub(super) struct Follower(Arc<Mutex<Followed>>);

#[derive(Default)]
struct Followed {
    number: u64,
    filter: Option<String>,
    /// Traces that arrived and were not asked yet.
    waiting: BTreeSet<TraceId>,
    /// Whether some are being asked.
    is_asking: bool,
}

impl Follower {
    /// A sink that hears what a window is told, and asks of the traces in it.
    pub(super) fn beside(&self, engine: &Arc<Engine>, events: &EventSink) -> EventSink {
        let (this, engine, events) = (self.clone(), Arc::downgrade(engine), Arc::clone(events));
        Arc::new(move |event| {
            if let Event::TracesArrived { traces, .. } = &event {
                this.hear(traces.iter().filter_map(|trace| trace.trace_id.parse().ok()), &engine, &events);
            }
            events(event);
        })
    }

    fn follow(&self, number: u64, filter: Option<String>) {
        let mut followed = lock(&self.0);
        followed.number = number;
        followed.filter = filter;
        followed.waiting.clear();
    }

    fn hear(&self, arrived: impl Iterator<Item = TraceId>, engine: &Weak<Engine>, events: &EventSink) {
        let Some(engine) = engine.upgrade() else { return };
        let mut followed = lock(&self.0);
        if followed.filter.is_none() {
            return;
        }
        followed.waiting.extend(arrived);
        // Beyond a page nobody reads along; what is left out is found by the search.
        while followed.waiting.len() > limits::TRACES_PER_PAGE as usize {
            followed.waiting.pop_first();
        }
        if !std::mem::replace(&mut followed.is_asking, true) {
            let (this, events) = (self.clone(), Arc::clone(events));
            tokio::spawn(async move { this.ask(&engine, &events).await });
        }
    }

    async fn ask(self, engine: &Engine, events: &EventSink) {
        loop {
            let (number, filter, ids) = {
                let mut followed = lock(&self.0);
                let ids: Vec<TraceId> = std::mem::take(&mut followed.waiting).into_iter().collect();
                let Some(filter) = followed.filter.clone().filter(|_| !ids.is_empty()) else {
                    followed.is_asking = false;
                    return;
                };
                (followed.number, filter, ids)
            };
            match engine.observatory().await.found_among(&filter, &ids).await {
                Ok(traces) if !traces.is_empty() => events(Event::TracesFollowed(FollowedTraces { number, traces })),
                Ok(_) => {}
                Err(error) => tracing::warn!("the window was not told of traces that it follows: {}", error.message),
            }
        }
    }
}

impl Session {
    pub(super) async fn of_surveys(&self, command: Command) -> Answer {
        match command {
            Command::Survey { number, survey } => {
                self.survey(number, survey);
                Ok(Reply::Done)
            }
            Command::EndSurvey { number } => {
                self.surveys.end(number);
                Ok(Reply::Done)
            }
            Command::FollowTraces { number, filter } => {
                if let Some(filter) = &filter {
                    crate::search::filter_of(filter)?;
                }
                self.follower.follow(number, filter);
                Ok(Reply::Done)
            }
            Command::CompareTraces { before, after } => {
                let found = difference_of(&self.whole(&before).await?, &self.whole(&after).await?);
                Ok(Reply::TraceDifference(Box::new(found)))
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "This is no question about many traces.")),
        }
    }

    fn survey(&self, number: u64, survey: Survey) {
        let sort = match survey {
            Survey::Density { .. } => 0,
            Survey::Operations { .. } => 1,
            Survey::Contrast { .. } => 2,
        };
        let (engine, events) = (Arc::clone(&self.engine), Arc::clone(&self.events));
        let task = tokio::spawn(async move {
            let observatory = engine.observatory().await;
            let told =
                |share, found| events(Event::Surveyed { number, share: f64::min(share, 0.99), found: Box::new(found) });
            match observatory.survey(&survey, told).await {
                Ok(found) => events(Event::Surveyed { number, share: 1.0, found: Box::new(found) }),
                Err(error) => events(Event::SurveyFailed { number, error }),
            }
        });
        self.surveys.put(sort, number, task.abort_handle());
    }
}
