//! Accepting connections and closing those that misbehave.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::guard::{Access, Door};
use crate::limits::Limits;
use crate::strangers::{Stranger, Strangers};

/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
const STREAMS_PER_CONNECTION: u32 = 100;
/// What a peer may send before it is read, per connection. Small, because it is memory nobody has accounted for.
const WINDOW_BYTES: u32 = 256 << 10;
/// A closing connection that does not close is dropped after this.
const CLOSING: Duration = Duration::from_secs(5);

/// The places for connections, on all ports together, and who may take one.
#[derive(Debug)]
pub struct Entrance {
    access: Access,
    limits: Limits,
    places: Arc<Semaphore>,
    strangers: Arc<Strangers>,
    open: AtomicUsize,
}

impl Entrance {
    /// With no connection yet.
    pub fn new(access: Access, limits: Limits) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(limits.connections));
        let strangers = Strangers::new(&limits);
        Arc::new(Self { access, limits, places, strangers, open: AtomicUsize::new(0) })
    }

    /// Whom the user lets in.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// Accepts until told to stop, then waits for the connections to finish their requests.
///
/// `serve` answers each request; it judges it first, by [`Entrance::access`]. A connection is not idle as long as the [`Handling`]
/// of a request is there: whoever answers with a stream keeps it until the stream ends.
pub async fn listen<S, F, B>(
    listener: TcpListener,
    door: Door,
    entrance: Arc<Entrance>,
    mut stop: watch::Receiver<bool>,
    serve: S,
) where
    S: Fn(Request<Incoming>, Door, Handling) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let builder = Arc::new(builder(&entrance.limits));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // An error means that who listens is gone, which is the same wish.
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly. Trying again at once would only burn the processor.
                tracing::warn!(%error, port = door.port, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // No place left: dropping the stream closes it, and the client tries again later.
        let Ok(place) = Arc::clone(&entrance.places).try_acquire_owned() else { continue };
        let stranger = if entrance.access.token.is_some() {
            let Some(stranger) = entrance.strangers.admit(peer.ip()) else { continue };
            Some(stranger)
        } else {
            None
        };
        let (builder, entrance, stop) = (Arc::clone(&builder), Arc::clone(&entrance), stop.clone());
        let serve = serve.clone();
        connections.spawn(async move {
            let _place = place;
            attend(stream, &builder, &entrance, door, stranger, stop, serve).await;
        });
    }
    drop(listener);
    let drain = entrance.limits.drain_timeout;
    let finished = tokio::time::timeout(drain, async { while connections.join_next().await.is_some() {} }).await;
    if finished.is_err() {
        tracing::warn!(port = door.port, open = connections.len(), "connections did not finish in time and were cut");
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Without a timer hyper's timeouts are silently inert.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_timeout).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES as u32)
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES);
    builder
}

async fn attend<S, F, B>(
    stream: TcpStream,
    builder: &Builder<TokioExecutor>,
    entrance: &Arc<Entrance>,
    door: Door,
    stranger: Option<Stranger>,
    mut stop: watch::Receiver<bool>,
    serve: S,
) where
    S: Fn(Request<Incoming>, Door, Handling) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Answers are small and awaited.
    stream.set_nodelay(true).ok();
    let activity = Arc::new(Activity::new(&entrance.limits, stranger));
    let _counted = Counted::new(entrance);
    let service = {
        let (activity, entrance) = (Arc::clone(&activity), Arc::clone(entrance));
        service_fn(move |request: Request<Incoming>| {
            if activity.is_stranger() && entrance.access.check_token(request.headers()).is_ok() {
                activity.is_known();
            }
            let answer = serve(request, door, activity.begin());
            async move { Ok::<_, Infallible>(answer.await) }
        })
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stop.changed() => None,
        () = activity.expired() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None if !activity.heard_anything() || activity.is_stranger() => return,
        None => {
            connection.as_mut().graceful_shutdown();
            // While requests are being handled the listener's own patience counts, not this one.
            loop {
                match tokio::time::timeout(CLOSING, connection.as_mut()).await {
                    Ok(ended) => break ended,
                    Err(_) if activity.busy() => {}
                    Err(_) => return,
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, port = door.port, "a connection ended badly");
    }
}

/// Counts a connection while it is open.
struct Counted(Arc<Entrance>);

impl Counted {
    fn new(entrance: &Arc<Entrance>) -> Self {
        entrance.open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(entrance))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a connection has done, to tell a patient client from one that only holds a place.
///
/// hyper times a request's head over HTTP/1.1 once its first byte is there. Nothing times a silent socket, a piece of the
/// HTTP/2 preface, or a preface without requests: none of them ever begins a request, and that is what is watched here.
#[derive(Debug)]
struct Activity {
    head_timeout: Duration,
    idle_timeout: Duration,
    any: AtomicBool,
    in_flight: AtomicUsize,
    last: Mutex<Instant>,
    opened: Instant,
    /// Held until the token was shown, where one is asked for.
    stranger: Mutex<Option<Stranger>>,
}

impl Activity {
    fn new(limits: &Limits, stranger: Option<Stranger>) -> Self {
        Self {
            opened: Instant::now(),
            stranger: Mutex::new(stranger),
            head_timeout: limits.head_timeout,
            idle_timeout: limits.idle_timeout,
            any: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            last: Mutex::new(Instant::now()),
        }
    }

    /// A request's head has arrived; it is being handled until the result is dropped.
    fn begin(self: &Arc<Self>) -> Handling {
        self.any.store(true, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Handling(Arc::clone(self))
    }

    /// Whether a token is asked for and was not shown.
    fn is_stranger(&self) -> bool {
        self.stranger.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The token was shown.
    fn is_known(&self) {
        self.stranger.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn heard_anything(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    fn busy(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > 0
    }

    /// Returns when the connection has been without a request for too long.
    async fn expired(&self) {
        loop {
            let patience = if self.heard_anything() { self.idle_timeout } else { self.head_timeout };
            let since =
                if self.busy() { Instant::now() } else { *self.last.lock().unwrap_or_else(PoisonError::into_inner) };
            // Requests without the token are answered, and buy no time.
            let deadline = if self.is_stranger() { self.opened + self.head_timeout } else { since + patience };
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

/// A request that is being handled, until it is dropped.
#[derive(Debug)]
pub struct Handling(Arc<Activity>);

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}
