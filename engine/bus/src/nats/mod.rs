//! The live engine on NATS JetStream, for flows that outgrow one machine.
//!
//! # How it is mapped
//!
//! - A topic is a stream `THALWEG_<topic>` with a subject `thalweg.<topic>.<partition>` for each partition ([`names`]); events are
//!   CloudEvents in the binding for NATS ([`message`]), so that other programs read and write the same streams.
//! - A group is a durable pull consumer; a lease is its `ack_wait`, an attempt what it counts as delivered ([`group`]).
//! - Dead letters, their stories and what was redriven are in a stream of the group ([`letters`]); a dead letter is stored before
//!   its event is ended.
//! - Settings that a server does not know are in the descriptions of streams and consumers ([`topics`]).
//!
//! # What differs from the embedded engine
//!
//! - An offset is the sequence in the stream, less one: it grows within a partition, with gaps where other partitions have theirs.
//!   Retention by bytes is of the whole topic, as many for each partition.
//! - Of competing consumers JetStream keeps no order of keys; a group that asks for it is refused unless it has one event in
//!   flight. `per-partition` is kept by one event in flight in the whole topic; redriven dead letters come beside.
//! - A lease is extended by its own length, whatever is asked for.
//! - A publish of several events is not all or none: when it fails, some may be stored. Ids make publishing again harmless.
//! - An acknowledgement after the end of a lease counts even if another program has the event by then.
//! - An attempt is what the server counts as a delivery: one that was lost on its way, or taken by a consumer that had left, is one.
//! - Events that wait for their next attempt are told among those in hand; what a group did in all, and how many events were
//!   repeats, is told since this connection was made.
//! - Events are larger than their data by their headers; what a server takes in one message (1 MiB unless set) is the limit, less
//!   room for a dead letter's story.
//!
//! Not here: what is no event (values, objects, services of NATS), and how a server is run.

mod group;
mod letters;
mod message;
mod names;
mod topics;

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::response::Response;
use async_nats::{Client, ConnectOptions};
use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::letters::millis_of;
use self::topics::Topic;
use crate::broker::{
    Ability, Broker, Capabilities, DeadLetter, Delivery, Published, Settled, Settlement, Stored, TopicState, Which,
};
use crate::clock::Clock;
use crate::common::{check_events, identity};
use crate::error::BusError;
use crate::event::{Event, EventError};
use crate::plan::{Plan, Start};

const BROKER: &str = "NATS JetStream";

/// How long an answer of the server is waited for.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How many events of one publish are under way at once.
const UNDER_WAY: usize = 256;
/// How many settlements of one call are under way at once.
const SETTLING: usize = 64;

/// How to log in, and what to ask of the server.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// Who we are.
    pub login: NatsLogin,
    /// A file with the certificates that the server's is signed by; none is those of the system. TLS is used when the URL begins
    /// with `tls://`, when the server asks for it, and whenever this is given.
    pub tls_root: Option<PathBuf>,
    /// On how many servers of a cluster each event is kept.
    pub replicas: usize,
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self { login: NatsLogin::default(), tls_root: None, replicas: 1 }
    }
}

/// How to log in.
#[derive(Clone, Default)]
pub enum NatsLogin {
    /// With what the URL says (`nats://user:password@host`, `nats://token@host`), or not at all.
    #[default]
    FromUrl,
    /// With name and password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// With a token.
    Token(String),
    /// With the seed of an nkey, `SU…`.
    NKey(String),
    /// With a credentials file (a JWT and its seed), as `nsc` writes it.
    CredentialsFile(PathBuf),
}

/// Without what is secret.
impl fmt::Debug for NatsLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromUrl => f.write_str("FromUrl"),
            Self::Password { user, .. } => write!(f, "Password({user:?})"),
            Self::Token(_) => f.write_str("Token"),
            Self::NKey(_) => f.write_str("NKey"),
            Self::CredentialsFile(path) => write!(f, "CredentialsFile({})", path.display()),
        }
    }
}

/// A broker on a NATS server. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub struct NatsBroker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    jetstream: Context,
    /// Without name and password.
    url: String,
    clock: Clock,
    replicas: usize,
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
    is_closed: AtomicBool,
}

impl NatsBroker {
    /// Connects to a server, `nats://host:port` or `tls://host:port`; several are parted by commas. What breaks later is
    /// connected again by itself.
    pub async fn connect(url: &str, options: NatsOptions) -> Result<Self, BusError> {
        let shown = url.split(',').map(without_login).collect::<Vec<_>>().join(",");
        let refused = |error: &(dyn Error + 'static)| BusError::Remote {
            broker: BROKER,
            detail: format!("cannot connect to {shown}: {}", told(error)),
        };
        let mut connecting =
            ConnectOptions::new().name("Thalweg").request_timeout(Some(TIMEOUT)).event_callback(async |event| {
                tracing::info!(%event, "the connection to NATS");
            });
        connecting = match options.login {
            // The client takes no notice of what stands there.
            NatsLogin::FromUrl => match login_of(url) {
                Some((user, Some(password))) => connecting.user_and_password(user, password),
                Some((token, None)) => connecting.token(token),
                None => connecting,
            },
            NatsLogin::Password { user, password } => connecting.user_and_password(user, password),
            NatsLogin::Token(token) => connecting.token(token),
            NatsLogin::NKey(seed) => connecting.nkey(seed),
            NatsLogin::CredentialsFile(path) => {
                let with = connecting.credentials_file(&path).await;
                with.map_err(|error| BusError::Remote {
                    broker: BROKER,
                    detail: format!("cannot read the credentials in {}: {error}", path.display()),
                })?
            }
        };
        if let Some(root) = options.tls_root {
            connecting = connecting.add_root_certificates(root).require_tls(true);
        }
        let servers: Vec<&str> = shown.split(',').collect();
        let client = connecting.connect(servers).await.map_err(|error| refused(&error))?;
        // What waits for answers is bounded by each publish (`UNDER_WAY`), not by all together.
        let jetstream = ContextBuilder::new().timeout(TIMEOUT).max_ack_inflight(1 << 20).build(client.clone());
        // A server without JetStream says so now, not at the first event.
        // Its answer is not read as an account's: older servers leave out what the client's type needs.
        let account: Response<serde_json::Value> =
            jetstream.request("INFO", &()).await.map_err(|error| refused(&error))?;
        if let Response::Err { error } = account {
            return Err(refused(&error));
        }
        let inner = Inner {
            client,
            jetstream,
            url: shown,
            clock: Clock::system(),
            replicas: options.replicas.max(1),
            topics: RwLock::default(),
            is_closed: AtomicBool::new(false),
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    /// Nothing is asked of a server that is away: the answer would come long after anybody waits for it.
    fn connected(&self) -> Result<(), BusError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(BusError::Closed);
        }
        if self.client.connection_state() == State::Connected {
            return Ok(());
        }
        Err(BusError::Remote { broker: BROKER, detail: self.away() })
    }

    fn away(&self) -> String {
        format!("there is no connection to {} at the moment; it is made again by itself: try again later", self.url)
    }

    fn remote(&self, what: &str, error: &(dyn Error + 'static)) -> BusError {
        BusError::Remote { broker: BROKER, detail: self.words(what, error) }
    }

    fn words(&self, what: &str, error: &(dyn Error + 'static)) -> String {
        if self.client.connection_state() == State::Connected {
            format!("{what} failed at {}: {}", self.url, told(error))
        } else {
            format!("{what} failed: {}", self.away())
        }
    }

    /// Headers and payload of events, all of which can be taken.
    fn prepared(&self, topic: &Topic, events: &[Event]) -> Result<Vec<(String, PublishMessage)>, BusError> {
        check_events(events)?;
        let mut prepared = Vec::with_capacity(events.len());
        let most = self.client.max_payload().saturating_sub(letters::ROOM);
        let is_known_by_id = !topic.plan().dedup_window.is_zero();
        for (place, event) in events.iter().enumerate() {
            let (headers, payload) = message::write(event);
            let size = message::header_size(&headers) + payload.len();
            if size > most {
                let detail = format!(
                    "the event takes {size} bytes as a message; this NATS server takes {most} and room for the story of a \
                     dead letter: publish a smaller one, or raise `max_payload` of the server"
                );
                return Err(BusError::BadEvent { place, error: EventError::new("data", detail) });
            }
            let mut message = PublishMessage::build().headers(headers).payload(payload);
            if is_known_by_id {
                message = message.message_id(format!("{:032x}", identity(event)));
            }
            prepared.push((names::partition_subject(&topic.name, topic.partition_of(event)), message));
        }
        Ok(prepared)
    }
}

/// Name and password in a URL, or a token; of several URLs the first that has them.
fn login_of(url: &str) -> Option<(String, Option<String>)> {
    let of_one = |url: &str| {
        let (_, rest) = url.split_once("://")?;
        let (login, _) = rest.rsplit_once('@')?;
        Some(match login.split_once(':') {
            Some((user, password)) => (message::decoded(user), Some(message::decoded(password))),
            None => (message::decoded(login), None),
        })
    };
    url.split(',').find_map(of_one)
}

/// A URL without name and password.
fn without_login(url: &str) -> String {
    let (scheme, rest) = url.trim().split_once("://").map_or(("nats", url.trim()), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// An error and its causes.
fn told(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[async_trait]
impl Broker for NatsBroker {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: BROKER,
            abilities: &[
                Ability::Deduplicate,
                Ability::Delay,
                Ability::OrderPartitions,
                Ability::Retain,
                Ability::Replay,
                Ability::Extend,
            ],
            durability: "the end of the server's process; the loss of power as far as its `sync_interval` (2 minutes unless set) \
                         and its replicas go",
        }
    }

    async fn create(&self, plan: &Plan) -> Result<(), BusError> {
        self.inner.create(plan).await
    }

    async fn publish(&self, topic: &str, events: Vec<Event>) -> Result<Published, BusError> {
        let inner = &self.inner;
        let topic = inner.topic(topic).await?;
        let mut published = Published::default();
        let mut answers = VecDeque::new();
        let mut messages = inner.prepared(&topic, &events)?.into_iter();
        loop {
            let next = messages.next();
            if answers.len() >= UNDER_WAY || next.is_none() {
                let Some(answer) = answers.pop_front() else { break };
                let answer: async_nats::jetstream::context::PublishAckFuture = answer;
                let ack = answer.await.map_err(|error| inner.remote("publishing", &error))?;
                if ack.duplicate {
                    published.duplicates += 1;
                } else {
                    published.stored += 1;
                }
            }
            if let Some((subject, message)) = next {
                let sent = inner.jetstream.send_publish(subject, message).await;
                answers.push_back(sent.map_err(|error| inner.remote("publishing", &error))?);
            }
        }
        topic.duplicates.fetch_add(published.duplicates, Ordering::Relaxed);
        Ok(published)
    }

    async fn schedule(&self, _topic: &str, _events: Vec<Event>, _due_ms: u64) -> Result<Vec<u64>, BusError> {
        Err(BusError::Unable { broker: BROKER, what: "store events when a time has come" })
    }

    async fn fetch(&self, topic: &str, group: &str, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let topic = self.inner.topic(topic).await?;
        let group = self.inner.group(&topic, group).await?;
        let until = Instant::now() + wait;
        // What the server gave is in nobody's hand when its consumer goes away meanwhile: this task gives it back.
        let (mut answer, answered) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let taken = inner.take(&group, max, until, || !answer.is_closed()).await;
            if answer.is_closed() {
                inner.give_back(taken.unwrap_or_default()).await;
                return;
            }
            let taken = std::mem::replace(&mut answer, oneshot::channel().0).send(taken);
            if let Err(Ok(taken)) = taken {
                inner.give_back(taken).await;
            }
        });
        let taken = answered.await.map_err(|_| BusError::Closed)??;
        Ok(taken.into_iter().map(|taken| taken.delivery).collect())
    }

    async fn settle(&self, topic: &str, group: &str, settlements: Vec<Settlement>) -> Result<Vec<Settled>, BusError> {
        let topic = self.inner.topic(topic).await?;
        let group = self.inner.group(&topic, group).await?;
        let (inner, group) = (&self.inner, &group);
        let settling = settlements.iter().map(|settlement| inner.settle_one(group, settlement)).collect::<Vec<_>>();
        futures::stream::iter(settling).buffered(SETTLING).try_collect().await
    }

    async fn inspect(&self) -> Result<Vec<TopicState>, BusError> {
        self.inner.states().await
    }

    async fn read(&self, topic: &str, partition: u32, from: u64, max: usize) -> Result<Vec<Stored>, BusError> {
        let topic = self.inner.topic(topic).await?;
        let partitions = topic.plan().partitions;
        if partition >= partitions {
            let detail = format!("topic `{}` has no partition {partition}; it has {partitions}", topic.name);
            return Err(BusError::BadPlan { detail });
        }
        let stream = self.inner.stream(&names::topic_stream(&topic.name)).await?;
        let subject = names::partition_subject(&topic.name, partition);
        let (mut at, mut found) = (from.saturating_add(1), Vec::new());
        while found.len() < max
            && let Some(message) = self.inner.next_message(&stream, &subject, at).await?
        {
            at = message.sequence + 1;
            let event = message::read(Some(&message.headers), &message.payload, &message.subject, message.sequence);
            found.push(Stored {
                partition,
                offset: message.sequence - 1,
                stored_ms: millis_of(message.time.unix_timestamp_nanos()),
                event: Arc::new(event),
            });
        }
        Ok(found)
    }

    async fn seek(&self, topic: &str, group: &str, to: Start) -> Result<(), BusError> {
        self.inner.seek(topic, group, to).await
    }

    async fn dead_letters(
        &self,
        topic: &str,
        group: &str,
        after: u64,
        max: usize,
    ) -> Result<Vec<DeadLetter>, BusError> {
        let topic = self.inner.topic(topic).await?;
        let group = self.inner.group(&topic, group).await?;
        self.inner.letters(&group, after, max).await
    }

    async fn redrive(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let topic = self.inner.topic(topic).await?;
        let group = self.inner.group(&topic, group).await?;
        let mut count = 0;
        for number in self.inner.chosen(&group, which).await? {
            count += u64::from(self.inner.redrive_one(&group, number, None).await?);
        }
        Ok(count)
    }

    async fn redrive_edited(&self, topic: &str, group: &str, number: u64, event: Event) -> Result<bool, BusError> {
        let topic = self.inner.topic(topic).await?;
        // As large as one that is published.
        self.inner.prepared(&topic, std::slice::from_ref(&event))?;
        let group = self.inner.group(&topic, group).await?;
        self.inner.redrive_one(&group, number, Some(&event)).await
    }

    async fn purge(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let topic = self.inner.topic(topic).await?;
        let group = self.inner.group(&topic, group).await?;
        let mut count = 0;
        for number in self.inner.chosen(&group, which).await? {
            count += u64::from(self.inner.purge_one(&group, number).await?);
        }
        Ok(count)
    }

    async fn close(&self) {
        if self.inner.is_closed.swap(true, Ordering::Relaxed) {
            return;
        }
        // What was sent goes out before the connection ends.
        if let Err(error) = self.inner.client.drain().await {
            tracing::debug!(%error, "the connection to NATS was ended already");
        }
    }
}
