//! The OTLP receiver: two listeners, one way in.
//!
//! [`answer`] serves HTTP and gRPC on either port. gRPC's framing is read here and not by a gRPC server, because only so the
//! bytes of a compressed message are bounded while they are being unpacked and counted against one budget with HTTP's
//! ([`intake`]). Who may send is `thalweg-door`'s, its words are [`refusal`]'s. [`accept`] decodes, stores and
//! answers after the commit.

mod accept;
mod answer;
mod counters;
mod feed;
mod intake;
mod refusal;
mod signal;
mod watcher;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use thalweg_door::{Access, BindError, Bound, Door, Entrance, Handling, bind, listen};
pub use thalweg_door::{Origin, OriginError, Token, TokenError};
use thalweg_store::Store;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

pub(crate) use self::accept::{Accepted, Room, decode_up_to};
use self::counters::Counters;
pub use self::counters::Counts;
use self::feed::Feed;
pub use self::feed::{SignalsArrived, TraceArrived};
pub(crate) use self::intake::{Budget, Framing, Packing, Share, unpacked};
pub(crate) use self::refusal::{Refusal, RpcStatus};
pub(crate) use self::signal::{Signal, Wire};
pub use self::watcher::{Handled, OWN_SERVICE, Watcher};
use crate::limits::Limits;

/// OTLP's standard ports.
pub const GRPC_PORT: u16 = 4317;
/// OTLP's standard ports.
pub const HTTP_PORT: u16 = 4318;

/// Where to listen, and how much to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// Address for gRPC; without a token on the loopback interface only. Port 0 takes a free one. With 127.0.0.1, `::1` is listened on too where it can be.
    pub grpc: SocketAddr,
    /// Address for HTTP, likewise.
    pub http: SocketAddr,
    /// Limits.
    pub limits: Limits,
    /// What every sender must show.
    pub token: Option<Token>,
    /// Web pages that may send.
    pub origins: Vec<Origin>,
    /// Who hears of every request, but for those with telemetry of Thalweg's own.
    pub watcher: Option<Watcher>,
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            grpc: at(GRPC_PORT),
            http: at(HTTP_PORT),
            limits: Limits::default(),
            token: None,
            origins: Vec::new(),
            watcher: None,
        }
    }
}

/// Why the receiver could not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// Somebody else listens there.
    #[error(
        "port {} for OTLP over {protocol} is taken by {holder}: stop it, or choose another with {option} {}:PORT \
         (port 0 takes a free one)",
        address.port(),
        address.ip()
    )]
    PortTaken {
        /// `gRPC` or `HTTP`.
        protocol: &'static str,
        /// Where we wanted to listen.
        address: SocketAddr,
        /// Who: a program's name and process, or "another program" where that cannot be found out.
        holder: String,
        /// The command line's option for another.
        option: &'static str,
    },
    /// Not an address of this machine's loopback interface, and no token is asked for.
    #[error(
        "{address} can be reached from other machines: have senders show a token (--token-file FILE), \
         or listen on 127.0.0.1 or ::1 with {option}"
    )]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
        /// The command line's option for another.
        option: &'static str,
    },
    /// The system refused.
    #[error("cannot listen on {address} for OTLP over {protocol}: {detail}")]
    Bind {
        /// `gRPC` or `HTTP`.
        protocol: &'static str,
        /// Where we wanted to listen.
        address: SocketAddr,
        /// The system's words.
        detail: String,
    },
}

/// How the receiver is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiverStatus {
    /// Where gRPC is heard, with the port that was taken.
    pub grpc: SocketAddr,
    /// Where HTTP is heard, with the port that was taken.
    pub http: SocketAddr,
    /// Spans stored since the start, those that replaced an older version included.
    pub spans_stored: u64,
    /// Spans that were known already, from repeated batches.
    pub spans_repeated: u64,
    /// Spans refused as unusable.
    pub spans_refused: u64,
    /// Spans stored per second, over the last five.
    pub spans_per_second: f64,
    /// Log records.
    pub logs: Counts,
    /// Data points of metrics.
    pub points: Counts,
    /// Connections open now.
    pub connections: usize,
}

/// What every request needs.
pub(crate) struct Desk {
    store: Store,
    limits: Limits,
    entrance: Arc<Entrance>,
    budget: Budget,
    counters: Counters,
    feed: Feed,
    signals: watch::Sender<SignalsArrived>,
    watcher: Option<Watcher>,
}

/// A running receiver. Dropping it stops it without waiting; [`Receiver::shutdown`] lets requests finish.
pub struct Receiver {
    desk: Arc<Desk>,
    grpc: SocketAddr,
    http: SocketAddr,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    announcing: JoinHandle<()>,
}

impl Receiver {
    /// Listens on both addresses, or on none. `store` stays open when the receiver stops.
    pub async fn start(config: ReceiverConfig, store: Store) -> Result<Self, ReceiverError> {
        // Blocks packed from what arrives then know of links.
        store.know_links(crate::otlp::rows::links_of);
        let guarded = config.token.is_some();
        let grpc_listeners = taken(config.grpc, guarded, "gRPC", "--grpc").await?;
        let http_listeners = taken(config.http, guarded, "HTTP", "--http").await?;
        let (grpc, http) = (grpc_listeners.address, http_listeners.address);
        let access = Access { token: config.token, origins: config.origins };
        let desk = Arc::new(Desk {
            store,
            budget: Budget::new(config.limits.in_flight_bytes),
            counters: Counters::default(),
            feed: Feed::new(),
            signals: watch::Sender::default(),
            entrance: Entrance::new(access, config.limits.of_connections()),
            limits: config.limits,
            watcher: config.watcher,
        });
        let (stop, stopping) = watch::channel(false);
        let serving = Arc::clone(&desk);
        let serve = move |request: Request<Incoming>, door: Door, handling: Handling| {
            let desk = Arc::clone(&serving);
            async move {
                let response = answer::answer(desk, request, door).await;
                drop(handling);
                response
            }
        };
        let listeners = [grpc_listeners, http_listeners]
            .into_iter()
            .flat_map(|bound| {
                let door = bound.door();
                bound.listeners.into_iter().map(move |listener| (listener, door))
            })
            .map(|(listener, door)| {
                let entrance = Arc::clone(&desk.entrance);
                tokio::spawn(listen(listener, door, entrance, stopping.clone(), serve.clone()))
            })
            .collect();
        let announcing = tokio::spawn(desk.feed.clone().run());
        tracing::info!(%grpc, %http, "receiving OTLP");
        Ok(Self { desk, grpc, http, stop, listeners, announcing })
    }

    /// Addresses and counts.
    pub fn status(&self) -> ReceiverStatus {
        let counters = &self.desk.counters;
        let spans = counters.spans.counts();
        ReceiverStatus {
            grpc: self.grpc,
            http: self.http,
            spans_stored: spans.stored,
            spans_repeated: spans.repeated,
            spans_refused: spans.refused,
            spans_per_second: counters.spans.per_second(),
            logs: counters.logs.counts(),
            points: counters.points.counts(),
            connections: self.desk.entrance.connections(),
        }
    }

    /// A message for every commit from now on, at most ten a second, each naming the traces that changed.
    ///
    /// A listener that falls far behind gets `RecvError::Lagged` and should list anew.
    pub fn subscribe(&self) -> broadcast::Receiver<TraceArrived> {
        self.desk.feed.subscribe()
    }

    /// Changes with every commit of log records or points from now on; a listener that is slow misses nothing but the steps.
    pub fn subscribe_signals(&self) -> watch::Receiver<SignalsArrived> {
        self.desk.signals.subscribe()
    }

    /// Takes no new connections, lets the requests being handled finish, and returns when they have, or after
    /// [`Limits::drain_timeout`].
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for listener in std::mem::take(&mut self.listeners) {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener ended badly");
            }
        }
        self.desk.feed.flush();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The listeners end by themselves when `stop` goes; this one waits for announcements for ever.
        self.announcing.abort();
    }
}

async fn taken(
    asked: SocketAddr,
    guarded: bool,
    protocol: &'static str,
    option: &'static str,
) -> Result<Bound, ReceiverError> {
    bind(asked, guarded, protocol).await.map_err(|error| match error {
        BindError::NotLoopback { address } => ReceiverError::NotLoopback { address, option },
        BindError::Taken { address, holder } => ReceiverError::PortTaken { protocol, address, holder, option },
        BindError::System { address, detail } => ReceiverError::Bind { protocol, address, detail },
    })
}
