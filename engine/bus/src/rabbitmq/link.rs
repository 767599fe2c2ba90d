//! The connection: made, watched, made again when it is lost; and publishing with confirms.
//!
//! Every publish has a channel for itself while it lasts: RabbitMQ returns what it cannot route on the channel of the publish, and
//! the client gives it to whichever confirm comes next there, so two publishes on one channel could not be told apart.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Confirmation, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::{Semaphore, watch};

use super::NAME;
use super::message::Message;
use crate::error::BusError;

/// How long RabbitMQ may take for an answer. It takes nothing while memory or disk run out, and says so to nobody who waits.
const ANSWER: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(15);
/// Between two attempts to connect again: at first, and at most.
const PAUSE: std::ops::RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(5);
/// How often it is looked whether a connection still stands, beside being told.
const LOOK: Duration = Duration::from_secs(1);
/// Publishes at once; further ones wait.
const PUBLISHES: usize = 64;

/// A connection that comes back.
#[derive(Debug)]
pub(super) struct Link {
    uri: AMQPUri,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone)]
enum State {
    Up(Arc<Session>),
    /// Why.
    Down(String),
    Closed,
}

/// One connection, as long as it lasts.
pub(super) struct Session {
    connection: Connection,
    idle: Mutex<Vec<Channel>>,
    slots: Semaphore,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// A message and where it goes.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    pub(super) message: Message,
    /// Whether somebody must get it.
    pub(super) is_mandatory: bool,
}

impl Outgoing {
    /// To a queue, by the default exchange.
    pub(super) fn to_queue(queue: &ShortString, message: Message) -> Self {
        Self { exchange: ShortString::default(), key: queue.clone(), message, is_mandatory: true }
    }
}

impl Link {
    /// Connects once; what is wrong with the URL or refused now is said now.
    pub(super) async fn connect(url: &str) -> Result<Self, BusError> {
        let uri: AMQPUri = url.parse().map_err(|error: String| BusError::BadPlan {
            detail: format!(
                "the URL of RabbitMQ cannot be read ({error}); write it like amqp://user:password@host:5672/vhost, or amqps:// \
                 with TLS"
            ),
        })?;
        let session = dial(&uri).await.map_err(remote_text)?;
        Ok(Self { uri, state: watch::Sender::new(State::Up(session)) })
    }

    /// The connection that there is.
    pub(super) fn session(&self) -> Result<Arc<Session>, BusError> {
        match &*self.state.borrow() {
            State::Up(session) if session.connection.status().connected() => Ok(Arc::clone(session)),
            State::Up(_) => Err(remote_text("the connection is lost; it is being made again".to_owned())),
            State::Down(why) => Err(remote_text(why.clone())),
            State::Closed => Err(BusError::Closed),
        }
    }

    /// Makes the connection again whenever it is lost; ends when it is closed.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut pause = *PAUSE.start();
        loop {
            let state = self.state.borrow().clone();
            match state {
                State::Closed => return,
                State::Up(session) => {
                    pause = *PAUSE.start();
                    let why = session.lost().await;
                    tracing::warn!(%why, "the connection to RabbitMQ is lost");
                    self.set(State::Down(format!("the connection is lost ({why}); it is being made again")));
                }
                State::Down(_) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(*PAUSE.end());
                    match dial(&self.uri).await {
                        Ok(session) => self.set(State::Up(session)),
                        Err(why) => self.set(State::Down(format!("{why}; it is tried again"))),
                    }
                }
            }
        }
    }

    fn set(&self, state: State) {
        self.state.send_if_modified(|now| {
            let is_open = !matches!(now, State::Closed);
            if is_open {
                *now = state;
            }
            is_open
        });
    }

    pub(super) async fn close(&self) {
        if let State::Up(session) = self.state.send_replace(State::Closed) {
            // When it is lost already there is nothing to close.
            let _ended = tokio::time::timeout(ANSWER, session.connection.close(200, "bye".into())).await;
        }
    }
}

/// Connects, or says why not; the password is not said.
async fn dial(uri: &AMQPUri) -> Result<Arc<Session>, String> {
    let scheme = if matches!(uri.scheme, AMQPScheme::AMQPS) { "amqps" } else { "amqp" };
    let place = format!("{scheme}://{}:{}", uri.authority.host, uri.authority.port);
    let properties = ConnectionProperties::default().with_connection_name("thalweg".into());
    let connection = match tokio::time::timeout(CONNECT, Connection::connect_uri(uri.clone(), properties)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return Err(format!("{place} cannot be connected to: {error}")),
        Err(_) => return Err(format!("{place} did not answer within {} s", CONNECT.as_secs())),
    };
    Ok(Arc::new(Session { connection, idle: Mutex::default(), slots: Semaphore::new(PUBLISHES) }))
}

impl Session {
    /// Waits until the connection is lost; says why.
    async fn lost(&self) -> String {
        let mut events = self.connection.events_listener();
        let mut why = "it was ended".to_owned();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    // Errors of a channel are told here too; they are answers to whoever asked there.
                    Some(lapin::Event::Error(error)) => why = error.to_string(),
                    Some(lapin::Event::ConnectionBlocked(reason)) => {
                        tracing::warn!(%reason, "RabbitMQ takes nothing for now");
                    }
                    Some(_) => {}
                    None => return why,
                },
                () = tokio::time::sleep(LOOK) => {}
            }
            if !self.connection.status().connected() {
                return why;
            }
        }
    }

    /// A new channel.
    pub(super) async fn channel(&self) -> Result<Channel, BusError> {
        answered(self.connection.create_channel()).await
    }

    /// Publishes in this order; returns when all are confirmed. When it fails, some may be stored.
    pub(super) async fn publish(&self, outgoing: Vec<Outgoing>) -> Result<(), BusError> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let _slot = self.slots.acquire().await.map_err(|_| BusError::Closed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let channel = if let Some(channel) = idle.filter(|channel| channel.status().connected()) {
            channel
        } else {
            let channel = self.channel().await?;
            answered(channel.confirm_select(ConfirmSelectOptions::default())).await?;
            channel
        };
        let mut confirms = Vec::with_capacity(outgoing.len());
        for Outgoing { exchange, key, message, is_mandatory } in outgoing {
            let options = BasicPublishOptions { mandatory: is_mandatory, immediate: false };
            let published = channel.basic_publish(exchange, key, options, &message.body, message.properties);
            confirms.push(answered(published).await?);
        }
        for confirm in confirms {
            match answered(confirm).await? {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message)) => {
                    return Err(remote_text(format!(
                        "a message to exchange `{}` with key `{}` was returned, since no queue gets it ({} {}); a topic keeps \
                         events for the groups that it has: create a group",
                        message.delivery.exchange, message.delivery.routing_key, message.reply_code, message.reply_text
                    )));
                }
                Confirmation::Nack(None) => {
                    let detail =
                        "a message was refused (basic.nack): a queue is full or has failed; see RabbitMQ's log";
                    return Err(remote_text(detail.to_owned()));
                }
                Confirmation::NotRequested => {
                    return Err(remote_text("the channel does not confirm what it stores".to_owned()));
                }
            }
        }
        // A channel on which something went wrong is not used again.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(channel);
        Ok(())
    }
}

/// What RabbitMQ answered, in time.
pub(super) fn answered<T>(answer: impl Future<Output = lapin::Result<T>>) -> impl Future<Output = Result<T, BusError>> {
    tokio::time::timeout(ANSWER, answer).map(|answered| match answered {
        Ok(answer) => answer.map_err(|error| remote(&error)),
        Err(_) => Err(remote_text(format!(
            "no answer within {} s; when memory or disk run out RabbitMQ takes nothing until there is room",
            ANSWER.as_secs()
        ))),
    })
}

/// An error of the client in words.
pub(super) fn remote(error: &lapin::Error) -> BusError {
    remote_text(error.to_string())
}

pub(super) fn remote_text(detail: String) -> BusError {
    BusError::Remote { broker: NAME, detail }
}

/// The code of an error that RabbitMQ answered with.
pub(super) fn code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}
