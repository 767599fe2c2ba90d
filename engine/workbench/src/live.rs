//! A flow, live: its channels on the embedded engine, which programs in any language reach over HTTP.
//!
//! Not here yet: what produces and handles; a flow's own boxes wait for somebody who does.

use std::{net::Ipv4Addr, net::SocketAddr, path::Path, path::PathBuf, sync::Arc};

use thalweg_bus::http::{HttpConfig, HttpError, HttpFace, TokenError};
use thalweg_bus::{
    Broker, BusError, Clock, GroupState, NatsBroker, NatsOptions, RabbitBroker, SqliteBroker, TopicState, plan_of,
};
use thalweg_flow::Severity;
use thalweg_protocol::{
    ApiError, ErrorCode,
    live::{LiveGroup, LiveTopic},
};
use thalweg_store::StoreError;

use crate::recovery::digest;

/// Where the live engine answers unless another address is asked for.
pub const LIVE_HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4320);

/// What a flow is run with.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// The flow's text.
    pub flow: String,
    /// How it is called in messages.
    pub name: String,
    /// Where its events are.
    pub on: LiveOn,
    /// Where it answers over HTTP.
    pub http: SocketAddr,
    /// What every request must show; none has one made.
    pub token: Option<String>,
}

/// Where the events of a flow are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveOn {
    /// In a file of this machine.
    File(PathBuf),
    /// On a broker: `nats://…` or `tls://…`, `amqp://…` or `amqps://…`.
    Broker(String),
}

/// A flow that runs.
pub struct Live {
    broker: Arc<dyn Broker>,
    face: HttpFace,
    remarks: Vec<String>,
    made_token: Option<String>,
}

impl Live {
    /// Makes what the flow draws and is not there yet, and answers.
    ///
    /// # Errors
    /// When the flow has errors or holds what cannot be made, when its file cannot be used, when the token is none, and when the
    /// address is taken.
    pub async fn start(options: LiveOptions) -> Result<Self, ApiError> {
        let LiveOptions { flow, name, on, http, token } = options;
        let parsed = thalweg_flow::read(&flow);
        let errors = parsed.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        if errors > 0 {
            let what = if errors == 1 { "an error".to_owned() } else { format!("{errors} errors") };
            let message = format!("{name} has {what} and cannot be run.");
            return Err(ApiError::new(ErrorCode::InvalidFlow, message).with_help("`thalweg check` shows the place."));
        }
        let planned = plan_of(&parsed.flow);
        if planned.plan.topics.is_empty() {
            let message = format!("{name} has no channels: there is nothing to run.");
            return Err(ApiError::new(ErrorCode::InvalidFlow, message).with_help("Draw a topic or a queue."));
        }
        let made_token = if token.is_none() { Some(made_token()?) } else { None };
        let token = token.or_else(|| made_token.clone()).unwrap_or_default();
        let token = token.parse().map_err(|error: TokenError| {
            ApiError::new(ErrorCode::Usage, format!("THALWEG_TOKEN is no token: {error}."))
        })?;
        let clock = Clock::system();
        let broker = open(&on, &clock).await?;
        let planned = planned.fit(&broker.capabilities());
        if let Err(error) = broker.create(&planned.plan).await {
            broker.close().await;
            return Err(refused(&error));
        }
        let config = HttpConfig { clock, ..HttpConfig::new(http, token) };
        let face = match HttpFace::start(Arc::clone(&broker), config).await {
            Ok(face) => face,
            Err(error) => {
                broker.close().await;
                return Err(not_listening(&error));
            }
        };
        Ok(Self { broker, face, remarks: planned.remarks, made_token })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.face.address()
    }

    /// The token, if nobody named one.
    pub fn made_token(&self) -> Option<&str> {
        self.made_token.as_deref()
    }

    /// What it does otherwise than the flow says, one sentence each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// How its topics are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn topics(&self) -> Result<Vec<LiveTopic>, ApiError> {
        let states = self.broker.inspect().await.map_err(|error| refused(&error))?;
        Ok(states.into_iter().map(topic).collect())
    }

    /// Answers what is in hand, and ends. What was acknowledged is kept.
    pub async fn stop(self) {
        self.face.stop().await;
        self.broker.close().await;
    }
}

async fn open(on: &LiveOn, clock: &Clock) -> Result<Arc<dyn Broker>, ApiError> {
    let url = match on {
        LiveOn::File(path) => {
            let broker = SqliteBroker::open(path, clock.clone()).await.map_err(|error| refused(&error))?;
            return Ok(Arc::new(broker));
        }
        LiveOn::Broker(url) => url,
    };
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("nats" | "tls") => {
            let broker = NatsBroker::connect(url, NatsOptions::default()).await.map_err(|error| refused(&error))?;
            Ok(Arc::new(broker))
        }
        Some("amqp" | "amqps") => {
            let broker = RabbitBroker::connect(url).await.map_err(|error| refused(&error))?;
            Ok(Arc::new(broker))
        }
        _ => Err(ApiError::new(ErrorCode::Usage, "That is no address of a broker that a flow can be run on.")
            .with_help("Write nats://HOST:PORT, tls://HOST:PORT, amqp://USER:PASSWORD@HOST:PORT or amqps://….")),
    }
}

/// The file that keeps the events of a flow: in the folder of the data file, named after the flow's own file.
///
/// # Errors
/// When the user has no data directory.
pub fn default_events_path(flow: &Path) -> Result<PathBuf, ApiError> {
    let absolute = std::path::absolute(flow).unwrap_or_else(|_| flow.to_owned());
    let stem = flow.file_name().map_or_else(|| "flow".to_owned(), |name| name.to_string_lossy().into_owned());
    let stem = stem.split('.').next().unwrap_or("flow").to_owned();
    let name = format!("{stem}-{:016x}.db", digest(&absolute.to_string_lossy()));
    let data = crate::options::default_db_path()?;
    Ok(data.parent().unwrap_or_else(|| Path::new(".")).join("live").join(name))
}

/// 32 hexadecimal digits that nobody guesses.
fn made_token() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("The system gives no random numbers to make a token of: {error}."))
            .with_help("Name one by the variable THALWEG_TOKEN.")
    })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn topic(state: TopicState) -> LiveTopic {
    LiveTopic {
        name: state.name,
        partitions: state.partitions,
        events: state.events,
        bytes: state.bytes,
        stored: state.stored,
        duplicates: state.duplicates,
        scheduled: state.scheduled,
        groups: state.groups.into_iter().map(group).collect(),
    }
}

fn group(state: GroupState) -> LiveGroup {
    LiveGroup {
        name: state.name,
        lag: state.lag,
        leased: state.leased,
        waiting: state.waiting,
        dead_letters: state.dead_letters,
        acked: state.totals.acked,
        failed: state.totals.failed,
    }
}

fn refused(error: &BusError) -> ApiError {
    let code = match error {
        BusError::BadPlan { .. } | BusError::BadName { .. } => ErrorCode::InvalidFlow,
        BusError::Remote { .. } => ErrorCode::Network,
        _ => ErrorCode::Store,
    };
    let mut text = error.to_string();
    // Sentences begin with a capital, but for paths and names.
    if let BusError::BadPlan { .. } = error {
        text = format!("The flow cannot be run: {text}");
    }
    let error_of = ApiError::new(code, format!("{text}."));
    match error {
        BusError::Store(StoreError::InUse { .. } | StoreError::Foreign { .. } | StoreError::NotADatabase { .. }) => {
            error_of.with_help("--db PATH names another file for the events of this flow.")
        }
        _ => error_of,
    }
}

fn not_listening(error: &HttpError) -> ApiError {
    ApiError::new(ErrorCode::Network, format!("The live engine cannot answer: {error}."))
}
