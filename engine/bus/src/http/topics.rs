//! Topics: how they are, making them, reading them again, letting a group go on from another place.

use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::Desk;
use super::answer::{Answer, json};
use super::body::Read;
use super::dead::ENOUGH_BYTES;
use super::problem::Problem;
use super::query::{Query, duration, time_ms};
use super::shape::{StoredShape, TopicShape};
use crate::error::BusError;
use crate::plan::{Backoff, Durability, GroupPlan, Jitter, Order, Plan, Retention, RetryPlan, Start, TopicPlan};

/// Events that are read at once, and those in one step.
const MOST: usize = 1000;
const STEP: usize = 50;

/// How all topics and groups are.
pub(super) async fn list(desk: &Desk) -> Result<Answer, Problem> {
    let topics: Vec<TopicShape> = desk.broker.inspect().await?.into_iter().map(TopicShape::of).collect();
    json(StatusCode::OK, &topics)
}

/// The events of a partition from an offset on.
pub(super) async fn read(desk: &Desk, topic: &str, partition: u32, query: Option<&str>) -> Result<Answer, Problem> {
    let query = Query::read(query, &["from", "max"])?;
    let mut from = query.number("from")?.unwrap_or(0);
    let max = query.count("max", 100, MOST)?;
    let (mut events, mut bytes) = (Vec::new(), 0);
    while events.len() < max && bytes < ENOUGH_BYTES {
        let step = desk.broker.read(topic, partition, from, STEP.min(max - events.len())).await;
        let step = step.map_err(|error| match error {
            // The topic is there and the plan is none: it is the partition that is not.
            BusError::BadPlan { detail } => Problem::not_found(detail),
            error => error.into(),
        })?;
        let Some(last) = step.last() else { break };
        from = last.offset + 1;
        bytes += step.iter().map(|stored| stored.event.size()).sum::<usize>();
        for stored in &step {
            events.push(StoredShape::of(stored)?);
        }
    }
    json(StatusCode::OK, &events)
}

/// Where a group goes to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    to: Option<End>,
    time: Option<String>,
    offset: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum End {
    Beginning,
    End,
}

impl Place {
    fn start(self) -> Result<Start, Problem> {
        match self {
            Self { to: Some(End::Beginning), time: None, offset: None } => Ok(Start::Beginning),
            Self { to: Some(End::End), time: None, offset: None } => Ok(Start::End),
            Self { to: None, time: Some(time), offset: None } => Ok(Start::Time(time_ms("time", &time)?)),
            Self { to: None, time: None, offset: Some(offset) } => Ok(Start::Offset(offset)),
            _ => Err(Problem::malformed(
                r#"from which place? one of {"to": "beginning"}, {"to": "end"}, {"time": "2026-01-31T12:00:00Z"}, {"offset": 0}"#,
            )),
        }
    }
}

pub(super) async fn seek(desk: &Desk, topic: &str, group: &str, body: &Read) -> Result<Answer, Problem> {
    let place: Place = body.json()?;
    desk.broker.seek(topic, group, place.start()?).await?;
    json(StatusCode::OK, &json!({ "group": group }))
}

/// A topic that is to be made, in the words of a flow document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicBody {
    name: String,
    partitions: Option<u32>,
    #[serde(default)]
    retention: RetentionBody,
    dedup_window: Option<String>,
    durability: Option<DurabilityWord>,
    #[serde(default)]
    groups: Vec<GroupBody>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionBody {
    time: Option<String>,
    bytes: Option<u64>,
    #[serde(default)]
    compacted: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DurabilityWord {
    Process,
    Full,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupBody {
    name: String,
    order: Option<OrderWord>,
    lease: Option<String>,
    max_in_flight: Option<u32>,
    retry: Option<RetryBody>,
    dead_letter: Option<String>,
    start: Option<Place>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OrderWord {
    None,
    PerKey,
    PerPartition,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryBody {
    attempts: Option<u32>,
    backoff: Option<BackoffBody>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum BackoffBody {
    List(Vec<String>),
    Exponential(ExponentialBody),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExponentialBody {
    first: String,
    factor: f64,
    max: String,
    jitter: Option<JitterBody>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum JitterBody {
    None,
    Full,
    Equal,
    Decorrelated,
}

/// Makes a topic, or gives one that is there these settings.
pub(super) async fn create(desk: &Desk, body: &Read) -> Result<Answer, Problem> {
    let topic = body.json::<TopicBody>()?.plan()?;
    let name = topic.name.clone();
    desk.broker.create(&Plan { topics: vec![topic] }).await?;
    let state = desk.broker.inspect().await?.into_iter().find(|state| state.name == name);
    let state = state.ok_or_else(|| Problem::internal(format!("topic `{name}` was made and is not there")))?;
    json(StatusCode::OK, &TopicShape::of(state))
}

fn maybe(name: &str, text: Option<&String>) -> Result<Option<Duration>, Problem> {
    text.map(|text| duration(name, text)).transpose()
}

impl TopicBody {
    fn plan(self) -> Result<TopicPlan, Problem> {
        let usual = TopicPlan::named(self.name);
        let RetentionBody { time, bytes, compacted } = self.retention;
        Ok(TopicPlan {
            partitions: self.partitions.unwrap_or(usual.partitions),
            retention: Retention { time: maybe("retention.time", time.as_ref())?, bytes, compacted },
            dedup_window: maybe("dedup_window", self.dedup_window.as_ref())?.unwrap_or(usual.dedup_window),
            durability: match self.durability {
                None => usual.durability,
                Some(DurabilityWord::Process) => Durability::Process,
                Some(DurabilityWord::Full) => Durability::Full,
            },
            groups: self.groups.into_iter().map(GroupBody::plan).collect::<Result<_, _>>()?,
            ..usual
        })
    }
}

impl GroupBody {
    fn plan(self) -> Result<GroupPlan, Problem> {
        let usual = GroupPlan::named(self.name);
        let retry = match self.retry {
            None => usual.retry,
            Some(RetryBody { attempts, backoff }) => RetryPlan {
                attempts: attempts.or(usual.retry.attempts),
                backoff: backoff.map_or(Ok(usual.retry.backoff), BackoffBody::plan)?,
            },
        };
        Ok(GroupPlan {
            order: match self.order {
                None => usual.order,
                Some(OrderWord::None) => Order::None,
                Some(OrderWord::PerKey) => Order::PerKey,
                Some(OrderWord::PerPartition) => Order::PerPartition,
            },
            lease: maybe("lease", self.lease.as_ref())?.unwrap_or(usual.lease),
            max_in_flight: self.max_in_flight.unwrap_or(usual.max_in_flight),
            retry,
            dead_letter: self.dead_letter,
            start: self.start.map_or(Ok(usual.start), Place::start)?,
            name: usual.name,
        })
    }
}

impl BackoffBody {
    fn plan(self) -> Result<Backoff, Problem> {
        match self {
            Self::List(delays) => {
                let delays = delays.iter().map(|text| duration("retry.backoff", text));
                Ok(Backoff::List(delays.collect::<Result<_, _>>()?))
            }
            Self::Exponential(ExponentialBody { first, factor, max, jitter }) => Ok(Backoff::Exponential {
                first: duration("retry.backoff.first", &first)?,
                factor,
                max: duration("retry.backoff.max", &max)?,
                jitter: match jitter {
                    Some(JitterBody::None) => Jitter::None,
                    None | Some(JitterBody::Full) => Jitter::Full,
                    Some(JitterBody::Equal) => Jitter::Equal,
                    Some(JitterBody::Decorrelated) => Jitter::Decorrelated,
                },
            }),
        }
    }
}
