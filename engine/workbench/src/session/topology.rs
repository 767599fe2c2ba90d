//! What a window asks about what traces show together. Reading many takes its time: it is done beside everything else, tells how far
//! it is, and can be stopped.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use thalweg_protocol::{Answer, ApiError, Command, CrossLinks, ErrorCode, Event, Reply};
use tokio::runtime::Handle;

use super::{EventSink, Session, lock};
use crate::{
    background,
    engine::Engine,
    runs::CancelFlag,
    topology::{Reading, Seen, journey_of, map_of, span_id_from},
};

/// How often the window is told how many traces were read: as often as one can read a number.
const PACE: Duration = Duration::from_millis(150);

impl Session {
    /// Answers the commands that are about maps, journeys and links.
    pub(super) async fn of_topology(&self, command: Command) -> Answer {
        match command {
            Command::Discover { filter } => {
                let seen = Seen { filter, ..Seen::default() };
                let found = self.engine.observatory().await.discover(&seen, "Discovered").await?;
                Ok(Reply::Discovered { text: found.text, traces: found.traces, notes: found.notes })
            }
            Command::Map { run, filter } => {
                // What is no filter is told at once.
                crate::search::filter_of(&filter)?;
                self.read(run, async move |engine, watch| {
                    let seen = Seen { filter, ..Seen::default() };
                    let map = engine.observatory().await.topology(&seen, watch).await?;
                    Ok(Event::MapMade { run, map: Box::new(map) })
                })
            }
            Command::MapOfTrace { trace_id } => {
                let map = match self.sampled.with(&trace_id, map_of) {
                    Some(map) => map,
                    None => self.engine.observatory().await.topology_of(&trace_id).await?,
                };
                Ok(Reply::Map(Box::new(map)))
            }
            Command::Journey { run, trace_id, span_id } => self.journey(run, trace_id, span_id),
            Command::LinksOfTrace { trace_id } => {
                // A simulation's traces are each alone.
                let links = match self.sampled.with(&trace_id, |_| CrossLinks::default()) {
                    Some(links) => links,
                    None => self.engine.observatory().await.cross_links(&trace_id).await?,
                };
                Ok(Reply::Links(Box::new(links)))
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "This is no question about maps, journeys or links.")),
        }
    }

    fn journey(&self, run: u64, trace_id: String, span_id: Option<String>) -> Answer {
        let span = span_id.as_deref().map(span_id_from).transpose()?;
        let sampled =
            self.sampled.with(&trace_id, |trace| journey_of(std::slice::from_ref(trace), trace.id, span, false));
        if let Some(journey) = sampled {
            (self.events)(Event::JourneyFollowed { run, journey: Box::new(journey) });
            return Ok(Reply::Running);
        }
        self.read(run, async move |engine, watch| {
            let journey = engine.observatory().await.journey(&trace_id, span_id.as_deref(), watch).await?;
            Ok(Event::JourneyFollowed { run, journey: Box::new(journey) })
        })
    }

    /// Reads on a thread of its own, which lets the window go first; what comes of it is told by an event.
    fn read<W>(&self, run: u64, work: W) -> Answer
    where
        W: AsyncFnOnce(&Engine, &Watch) -> Result<Event, ApiError> + Send + 'static,
    {
        let cancel = self.runs.begin(run);
        let (engine, runs, runtime) = (Arc::clone(&self.engine), Arc::clone(&self.runs), Handle::current());
        let watch = Watch { run, events: Arc::clone(&self.events), cancel, told: Mutex::new(Instant::now()) };
        background::spawn("traces", move || {
            let done = runtime.block_on(work(&engine, &watch));
            runs.end(run);
            (watch.events)(done.unwrap_or_else(|error| Event::ReadingFailed { run, error }));
        })
        .inspect_err(|_| self.runs.end(run))?;
        Ok(Reply::Running)
    }
}

/// Tells a window how many traces were read.
struct Watch {
    run: u64,
    events: EventSink,
    cancel: CancelFlag,
    told: Mutex<Instant>,
}

impl Reading for Watch {
    fn read(&self, traces: u64) {
        let mut told = lock(&self.told);
        if told.elapsed() >= PACE {
            *told = Instant::now();
            (self.events)(Event::ReadingTraces { run: self.run, traces });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
