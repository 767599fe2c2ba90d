//! Receiving telemetry and looking at what arrived.

use std::{
    collections::HashSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use thalweg_protocol::{ApiError, ErrorCode, Event, ReceiverState, TraceSummary, TraceView, limits};
use thalweg_store::Store;
use thalweg_telemetry::{Origin, OtlpAddress, QueryError, Receiver, ReceiverConfig, Token, TokenError, Trace, TraceId};
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle};

use crate::{convert, own::Own, session::EventSink, trace_view};

/// The window is told of log records and points at most four times a second: it asks for them anew each time.
const SIGNALS_PACE: Duration = Duration::from_millis(250);

/// How often the window is told rates that changed without new traces.
const STATE_PACE: Duration = Duration::from_secs(1);

/// Where to keep and where to listen, for a process that does nothing else.
#[derive(Debug, Clone)]
pub struct ReceiveOptions {
    /// The data file.
    pub db: PathBuf,
    /// Where OTLP over gRPC is received.
    pub grpc: SocketAddr,
    /// Where OTLP over HTTP is received.
    pub http: SocketAddr,
    /// What every sender must show; with it, other machines may be listened to.
    pub token: Option<Token>,
    /// Web pages that may send.
    pub origins: Vec<Origin>,
    /// Where spans of our own are sent.
    pub send_to: Option<OtlpAddress>,
}

/// The token that a file holds, blanks and line ends around it aside.
///
/// # Errors
/// When the file cannot be read, or holds no token.
pub fn read_token(file: &Path) -> Result<Token, ApiError> {
    let named = |reason: &dyn std::fmt::Display| format!("The token file {} is of no use: {reason}.", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| ApiError::new(ErrorCode::File, named(&error)))?;
    text.trim().parse().map_err(|error: TokenError| {
        ApiError::new(ErrorCode::Usage, named(&error)).with_help(
            "`openssl rand -hex 32` makes a good one; whoever sends shows it as Authorization: Bearer TOKEN.",
        )
    })
}

/// The data file and, unless it was opened for looking only, the OTLP receiver.
///
/// Neither failing makes the other useless: with a taken port stored traces can still be seen.
pub struct Observatory {
    store: Result<Store, ApiError>,
    receiver: Mutex<Result<Arc<Receiver>, ApiError>>,
    pushing: Mutex<Option<JoinHandle<()>>>,
    events: Option<EventSink>,
    /// Spans of our own, for a process that does nothing but receive.
    own: Option<(Own, JoinHandle<()>)>,
}

impl Observatory {
    /// Opens the data file; nothing listens before [`Observatory::listen`]. What failed is told by
    /// [`Observatory::state`] and by what needs it. `events` is sent [`Event::TracesArrived`], [`Event::LogsArrived`],
    /// [`Event::MetricsArrived`] and [`Event::Receiver`].
    pub async fn open(db: &std::path::Path, events: EventSink) -> Self {
        let store = open_store(db).await;
        let closed = store.as_ref().err().cloned().unwrap_or_else(nothing_received);
        Observatory { events: Some(events), ..Self::new(store, Err(closed)) }
    }

    /// Starts the receiver, in place of one that runs. A receiver that cannot be started is told by [`Observatory::state`].
    pub(crate) async fn listen(&self, config: ReceiverConfig) {
        let Ok(store) = self.store() else { return };
        self.stop_receiver().await;
        let receiver = start_receiver(config, store.clone()).await;
        *self.receiver.lock().unwrap_or_else(PoisonError::into_inner) = receiver;
        self.push();
        if let Some(events) = &self.events {
            events(Event::Receiver(self.state()));
        }
    }

    /// Opens the data file and starts the receiver, every failure being an error: for a process that does nothing else.
    ///
    /// # Errors
    /// When the data file or a port cannot be used.
    pub async fn receive(options: ReceiveOptions) -> Result<Self, ApiError> {
        let store = open_store(&options.db).await?;
        let own = Own::default();
        let config = ReceiverConfig {
            grpc: options.grpc,
            http: options.http,
            token: options.token,
            origins: options.origins,
            watcher: options.send_to.is_some().then(|| own.watcher()),
            ..ReceiverConfig::default()
        };
        own.send_to(options.send_to);
        let receiver = start_receiver(config, store.clone()).await?;
        let sending = tokio::spawn(own.clone().run());
        Ok(Observatory { own: Some((own, sending)), ..Self::new(Ok(store), Ok(receiver)) })
    }

    /// Opens the data file for looking; nothing listens.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn look(db: PathBuf) -> Result<Self, ApiError> {
        Ok(Self::new(Ok(open_store(&db).await?), Err(nothing_received())))
    }

    fn new(store: Result<Store, ApiError>, receiver: Result<Arc<Receiver>, ApiError>) -> Self {
        Observatory { store, receiver: Mutex::new(receiver), pushing: Mutex::default(), events: None, own: None }
    }

    /// The receiver as it is now.
    pub fn state(&self) -> ReceiverState {
        match &*self.receiver.lock().unwrap_or_else(PoisonError::into_inner) {
            Ok(receiver) => receiver_state(receiver),
            Err(error) => ReceiverState { error: Some(error.clone()), ..ReceiverState::default() },
        }
    }

    /// Sends events from now on, for as long as the receiver runs.
    fn push(&self) {
        let (Ok(store), Ok(receiver), Some(events)) = (self.store.clone(), self.receiver(), self.events.clone()) else {
            return;
        };
        let task = tokio::spawn(async move {
            tokio::join!(push(store, Arc::clone(&receiver), events.clone()), push_signals(receiver, events));
        });
        *self.pushing.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// The newest traces.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub async fn traces(&self, limit: u32) -> Result<Vec<TraceSummary>, ApiError> {
        let list = thalweg_telemetry::list_traces(self.store()?, limit, None).await.map_err(query_error)?;
        Ok(list.traces.into_iter().map(trace_view::summary).collect())
    }

    /// One trace, ready to be drawn.
    ///
    /// # Errors
    /// When the id is not one, there is no such trace, or the data file cannot be read.
    pub async fn trace(&self, trace_id: &str) -> Result<TraceView, ApiError> {
        Ok(trace_view::view(&self.whole(trace_id).await?))
    }

    /// A stored trace with all that is known of it.
    pub(crate) async fn whole(&self, trace_id: &str) -> Result<Trace, ApiError> {
        let id = trace_id_from(trace_id)?;
        let trace = thalweg_telemetry::get_trace(self.store()?, id).await.map_err(query_error)?;
        trace.ok_or_else(|| no_trace(trace_id))
    }

    /// The same for the window: what is known of the spans of a large trace is asked for apart.
    pub(crate) async fn drawn(&self, trace_id: &str) -> Result<TraceView, ApiError> {
        Ok(trace_view::drawn(&self.whole(trace_id).await?))
    }

    /// One trace as OTLP JSON (`{"resourceSpans": […]}`), on one line.
    ///
    /// # Errors
    /// As [`Observatory::trace`].
    pub async fn trace_otlp_json(&self, trace_id: &str) -> Result<String, ApiError> {
        let id = trace_id_from(trace_id)?;
        let json = thalweg_telemetry::get_trace_json(self.store()?, id).await.map_err(query_error)?;
        json.map(|json| json.to_string()).ok_or_else(|| no_trace(trace_id))
    }

    /// What of the stored traces cannot be read and is left out of every answer, as a sentence; nothing when all can.
    pub async fn damage(&self) -> Option<String> {
        let store = self.store().ok()?;
        let aside = store.damaged_spans().await.ok().filter(|aside| !aside.is_nothing())?;
        Some(format!(
            "A part of the traces in {} is damaged and left out: {} packed blocks and {} commits. It stays in the file.",
            store.path().display(),
            aside.blocks,
            aside.commits
        ))
    }

    /// Removes all traces.
    ///
    /// # Errors
    /// When the data file cannot be written.
    pub async fn clear(&self) -> Result<(), ApiError> {
        self.store()?.clear_traces().await.map_err(convert::store_error)
    }

    /// Stops receiving: requests in hand are answered, then the data file is closed.
    pub async fn shut_down(&self) {
        self.stop_receiver().await;
        if let Some((own, sending)) = &self.own {
            sending.abort();
            own.farewell().await;
        }
        if let Ok(store) = &self.store {
            store.close().await;
        }
    }

    async fn stop_receiver(&self) {
        let pushing = self.pushing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = pushing {
            task.abort();
            // The task holds the receiver; it must be gone before the receiver can be taken apart.
            let _ = task.await;
        }
        let stopped = Err(ApiError::new(ErrorCode::Network, "The receiver was stopped."));
        let receiver = std::mem::replace(&mut *self.receiver.lock().unwrap_or_else(PoisonError::into_inner), stopped);
        if let Ok(receiver) = receiver
            && let Some(receiver) = Arc::into_inner(receiver)
        {
            receiver.shutdown().await;
        }
    }

    pub(crate) fn store(&self) -> Result<&Store, ApiError> {
        self.store.as_ref().map_err(Clone::clone)
    }

    pub(crate) async fn preference(&self, key: &str) -> Option<String> {
        self.store().ok()?.preference(key).await.ok().flatten()
    }

    pub(crate) async fn set_preference(&self, key: &str, value: &str) -> Result<(), ApiError> {
        self.store()?.set_preference(key, value).await.map_err(convert::store_error)
    }

    fn receiver(&self) -> Result<Arc<Receiver>, ApiError> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn open_store(db: &std::path::Path) -> Result<Store, ApiError> {
    if let Some(folder) = db.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            ApiError::new(
                ErrorCode::Store,
                format!("The folder {} for the data file could not be made: {error}.", folder.display()),
            )
            .with_help("Name another data file with --db PATH or the variable THALWEG_DB.")
        })?;
    }
    thalweg_telemetry::open_store(db).await.map_err(convert::store_error)
}

async fn start_receiver(config: ReceiverConfig, store: Store) -> Result<Arc<Receiver>, ApiError> {
    let receiver = Receiver::start(config, store).await;
    receiver.map(Arc::new).map_err(|error| ApiError::new(ErrorCode::Network, convert::sentence(&error.to_string())))
}

async fn push(store: Store, receiver: Arc<Receiver>, events: EventSink) {
    let mut arrivals = receiver.subscribe();
    let mut told = receiver_state(&receiver);
    let mut pace = tokio::time::interval(STATE_PACE);
    loop {
        let changed = tokio::select! {
            arrived = arrivals.recv() => match arrived {
                Ok(arrived) => arrived.trace_ids,
                // Behind by more than the feed keeps: the list is told anew from the newest on.
                Err(RecvError::Lagged(_)) => Vec::new(),
                Err(RecvError::Closed) => return,
            },
            _ = pace.tick() => {
                let state = receiver_state(&receiver);
                if state != told {
                    told = state.clone();
                    events(Event::Receiver(state));
                }
                continue;
            }
        };
        match summaries(&store, &changed).await {
            Ok(traces) => {
                told = receiver_state(&receiver);
                events(Event::TracesArrived { traces, receiver: told.clone() });
            }
            Err(error) => tracing::warn!("the window was not told of new traces: {error}"),
        }
    }
}

/// Tells that there are new log records or points, at once when it was quiet before.
async fn push_signals(receiver: Arc<Receiver>, events: EventSink) {
    let mut arrivals = receiver.subscribe_signals();
    let mut told = *arrivals.borrow_and_update();
    while arrivals.changed().await.is_ok() {
        let now = *arrivals.borrow_and_update();
        if now.logs > told.logs {
            events(Event::LogsArrived(receiver_state(&receiver)));
        }
        if now.points > told.points {
            events(Event::MetricsArrived(receiver_state(&receiver)));
        }
        told = now;
        tokio::time::sleep(SIGNALS_PACE).await;
    }
}

impl Observatory {
    /// The newest traces with the receiver as it is, for windows that show them: what came in otherwise than by the receiver.
    pub(crate) async fn newest(&self) -> Option<Event> {
        let traces = summaries(self.store().ok()?, &[]).await.ok()?;
        Some(Event::TracesArrived { traces, receiver: self.state() })
    }
}

/// The summaries of these traces, newest first and at most one page; of the newest ones when none is named.
async fn summaries(store: &Store, changed: &[TraceId]) -> Result<Vec<TraceSummary>, QueryError> {
    let page = limits::TRACES_PER_PAGE;
    let found = if changed.is_empty() {
        thalweg_telemetry::list_traces(store, page, None).await?.traces
    } else {
        let distinct: HashSet<_> = changed.iter().take(page as usize).copied().collect();
        let distinct: Vec<_> = distinct.into_iter().collect();
        thalweg_telemetry::summaries(store, &distinct).await?
    };
    Ok(found.into_iter().map(trace_view::summary).collect())
}

fn receiver_state(receiver: &Receiver) -> ReceiverState {
    let status = receiver.status();
    ReceiverState {
        grpc: Some(status.grpc.to_string()),
        http: Some(status.http.to_string()),
        error: None,
        stored_spans: status.spans_stored,
        refused_spans: status.spans_refused,
        spans_per_s: status.spans_per_second,
        stored_logs: status.logs.stored,
        refused_logs: status.logs.refused,
        stored_points: status.points.stored,
        refused_points: status.points.refused,
    }
}

fn nothing_received() -> ApiError {
    ApiError::new(ErrorCode::Network, "Nothing is being received here.")
}

pub(crate) fn trace_id_from(text: &str) -> Result<TraceId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::new(ErrorCode::Usage, format!("{text:?} is no trace id."))
            .with_help("A trace id is 32 hexadecimal digits; `thalweg traces list` shows them.")
    })
}

pub(crate) fn no_trace(trace_id: &str) -> ApiError {
    ApiError::new(ErrorCode::Usage, format!("There is no trace {trace_id} in the data file."))
        .with_help("`thalweg traces list` shows those there are.")
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn query_error(error: QueryError) -> ApiError {
    ApiError::new(ErrorCode::Store, convert::sentence(&error.to_string()))
}
