//! The HTTP face of a broker: events in and out for programs in any language, as CloudEvents.
//!
//! [`answer`] lets requests in, or not, and finds the [`route`]; [`publish`], [`deliver`], [`dead`] and [`topics`] do what is asked for;
//! [`binding`] is the CloudEvents HTTP protocol binding; [`webhook`] pushes to consumers that listen themselves; what goes wrong is
//! a [`problem`]. `/v1/openapi.json` describes all of it ([`openapi`]).
//!
//! Not here: who may connect (`thalweg-door`), what a broker promises ([`crate::Broker`]).

mod answer;
mod binding;
mod body;
mod dead;
mod deliver;
mod openapi;
mod problem;
mod publish;
mod query;
mod route;
mod shape;
mod topics;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use thalweg_door::{Access, BindError, Door, Entrance, Handling, bind, listen};
pub use thalweg_door::{Token, TokenError};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use self::webhook::Webhooks;
use crate::broker::Broker;
use crate::clock::Clock;

/// Where to listen, for whom, and how much to take.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Address. Port 0 takes a free one. With 127.0.0.1, `::1` is listened on too where it can be.
    pub address: SocketAddr,
    /// What every request must show, but for `/healthz` and `/v1/openapi.json`.
    pub token: Token,
    /// Whether the address may be one that other machines reach.
    pub beyond_loopback: bool,
    /// Whether webhooks may be on other machines.
    pub webhooks_beyond_loopback: bool,
    /// Limits.
    pub limits: HttpLimits,
    /// The broker's clock.
    pub clock: Clock,
}

impl HttpConfig {
    /// On an address of this machine, with the limits that Thalweg ships with.
    pub fn new(address: SocketAddr, token: Token) -> Self {
        Self {
            address,
            token,
            beyond_loopback: false,
            webhooks_beyond_loopback: false,
            limits: HttpLimits::default(),
            clock: Clock::system(),
        }
    }
}

/// How much requests may cost. Beyond each limit is an answer in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// Connections, and how long they may do nothing.
    pub door: thalweg_door::Limits,
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// Bytes of all bodies that are being handled.
    pub bodies_bytes: usize,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// Requests that are being handled, those that wait for events included.
    pub requests: usize,
    /// The longest that a request waits for events.
    pub wait: Duration,
    /// A stream of events says that it is still there after this long.
    pub heartbeat: Duration,
    /// Webhooks that there may be.
    pub webhooks: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            door: thalweg_door::Limits::default(),
            // As much as the embedded engine takes at once, and what base 64 and JSON add.
            body_bytes: 24 << 20,
            bodies_bytes: 128 << 20,
            body_timeout: Duration::from_mins(1),
            requests: 384,
            wait: Duration::from_mins(1),
            heartbeat: Duration::from_secs(15),
            webhooks: 100,
        }
    }
}

/// Why the face could not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Somebody else listens there.
    #[error("port {} for events over HTTP is taken by {holder}: stop it, or choose another with --http {}:PORT (port 0 takes a free one)", address.port(), address.ip())]
    PortTaken {
        /// Where we wanted to listen.
        address: SocketAddr,
        /// Who: a program's name and process, or "another program" where that cannot be found out.
        holder: String,
    },
    /// Not an address of this machine's loopback interface, and nobody asked for another.
    #[error(
        "{address} can be reached from other machines, which must be asked for: listen on 127.0.0.1 or ::1 with --http"
    )]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system refused.
    #[error("cannot listen on {address} for events over HTTP: {detail}")]
    Bind {
        /// Where we wanted to listen.
        address: SocketAddr,
        /// The system's words.
        detail: String,
    },
}

impl From<BindError> for HttpError {
    fn from(error: BindError) -> Self {
        match error {
            BindError::NotLoopback { address } => Self::NotLoopback { address },
            BindError::Taken { address, holder } => Self::PortTaken { address, holder },
            BindError::System { address, detail } => Self::Bind { address, detail },
        }
    }
}

/// What every request needs.
struct Desk {
    broker: Arc<dyn Broker>,
    clock: Clock,
    entrance: Arc<Entrance>,
    limits: HttpLimits,
    /// Requests that may still be taken.
    requests: Arc<Semaphore>,
    /// Bytes that bodies may still take.
    bodies: Arc<Semaphore>,
    webhooks: Webhooks,
    stopping: watch::Receiver<bool>,
}

/// A broker that is reached over HTTP. Dropping it stops it without waiting; [`HttpFace::stop`] lets requests finish.
pub struct HttpFace {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
}

impl HttpFace {
    /// Listens. The broker stays open when the face stops.
    pub async fn start(broker: Arc<dyn Broker>, config: HttpConfig) -> Result<Self, HttpError> {
        let HttpConfig { address, token, beyond_loopback, webhooks_beyond_loopback, limits, clock } = config;
        let bound = bind(address, beyond_loopback, "HTTP").await?;
        let (door, address) = (bound.door(), bound.address);
        let entrance = Entrance::new(Access { token: Some(token), origins: Vec::new() }, limits.door.clone());
        let (stop, stopping) = watch::channel(false);
        let webhooks = Webhooks::new(address, webhooks_beyond_loopback, limits.webhooks, stopping.clone());
        let desk = Arc::new(Desk {
            broker,
            clock,
            entrance: Arc::clone(&entrance),
            requests: Arc::new(Semaphore::new(limits.requests)),
            bodies: Arc::new(Semaphore::new(limits.bodies_bytes)),
            limits,
            webhooks,
            stopping: stopping.clone(),
        });
        let serving = Arc::clone(&desk);
        let serve = move |request: Request<Incoming>, door: Door, handling: Handling| {
            answer::answer(Arc::clone(&serving), request, door, handling)
        };
        let listeners = bound
            .listeners
            .into_iter()
            .map(|listener| {
                tokio::spawn(listen(listener, door, Arc::clone(&entrance), stopping.clone(), serve.clone()))
            })
            .collect();
        tracing::info!(%address, "taking events over HTTP");
        Ok(Self { address, desk, stop, listeners })
    }

    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.desk.entrance.connections()
    }

    /// Takes no new connections, ends streams and waiting requests, and returns when all others are answered, or after
    /// [`thalweg_door::Limits::drain_timeout`].
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.desk.webhooks.end().await;
        for listener in std::mem::take(&mut self.listeners) {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a listener ended badly");
            }
        }
    }
}

impl std::fmt::Debug for HttpFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpFace").field("address", &self.address).finish_non_exhaustive()
    }
}
