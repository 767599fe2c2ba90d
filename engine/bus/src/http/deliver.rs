//! Events out: asking and waiting, or as a stream; and what became of them.
//!
//! Whoever leaves while it waits costs no attempt: what a broker was about to give is given to the next one. What was on its way
//! comes again when its lease ends.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use super::Desk;
use super::answer::{Answer, Held, json};
use super::body::Read;
use super::dead::ENOUGH_BYTES;
use super::problem::Problem;
use super::query::{Query, duration};
use super::shape::DeliveryShape;
use crate::broker::{Delivery, Outcome, Settled, Settlement};
use crate::error::BusError;

/// Events that are given at once: as many as the embedded engine gives.
const MOST: usize = 1000;
/// Of them, those that are taken in one step: what they take together is only known then.
const STEP: usize = 100;
/// Events that are taken for a stream at once unless it asks otherwise, and at most.
const STREAM_USUAL: usize = 16;
const STREAM_MOST: usize = 100;
/// Deliveries that are settled at once.
const SETTLE_MOST: usize = 10_000;
/// Characters of a reason.
const REASON: usize = 1000;

/// Takes events, waiting for the first.
pub(super) async fn poll(desk: &Desk, topic: &str, group: &str, query: Option<&str>) -> Result<Answer, Problem> {
    let query = Query::read(query, &["max", "wait"])?;
    let max = query.count("max", 100, MOST)?;
    let wait = query.duration("wait")?.unwrap_or_default();
    if wait > desk.limits.wait {
        let most = desk.limits.wait.as_secs();
        return Err(Problem::malformed(format!(
            "`wait` is more than {most}s, the longest that is waited: ask again then"
        )));
    }
    let mut taken = fetch(desk, topic, group, max.min(STEP), wait).await?.ok_or_else(Problem::stopping)?;
    let size = |taken: &[Delivery]| taken.iter().map(|delivery| delivery.stored.event.size()).sum::<usize>();
    // Whether there are more is asked only after a full step, so that most answers take one.
    let (mut full, mut bytes) = (taken.len() == STEP, size(&taken));
    while full && taken.len() < max && bytes < ENOUGH_BYTES {
        let step = STEP.min(max - taken.len());
        // What was taken is given in any case; what fails now will fail the next request too.
        let more = desk.broker.fetch(topic, group, step, Duration::ZERO).await.unwrap_or_default();
        full = more.len() == step;
        bytes += size(&more);
        taken.extend(more);
    }
    let shapes: Vec<DeliveryShape> = taken.iter().map(DeliveryShape::of).collect::<Result<_, _>>()?;
    json(StatusCode::OK, &shapes)
}

/// Takes events; none at all when the face is being stopped.
async fn fetch(
    desk: &Desk,
    topic: &str,
    group: &str,
    max: usize,
    wait: Duration,
) -> Result<Option<Vec<Delivery>>, BusError> {
    tokio::select! {
        taken = desk.broker.fetch(topic, group, max, wait) => taken.map(Some),
        () = stopped(desk.stopping.clone()) => Ok(None),
    }
}

/// Returns when the face is being stopped.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the face is gone, which is the same.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Whether a stream of events is asked for.
pub(super) fn wants_stream(headers: &HeaderMap) -> bool {
    let named = |list: &str| {
        list.split(',')
            .any(|entry| entry.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("text/event-stream"))
    };
    headers.get_all(ACCEPT).iter().any(|list| list.to_str().is_ok_and(named))
}

/// A stream's way from one piece to the next.
struct Streaming {
    desk: Arc<Desk>,
    topic: String,
    group: String,
    max: usize,
    /// What was taken before the stream began.
    first: Option<Vec<Delivery>>,
    ended: bool,
    _held: Held,
}

/// Events as they come, as Server-Sent Events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
///
/// A stream takes the next only when the last could be written, so a reader that is slow has few in hand.
pub(super) async fn stream(
    desk: Arc<Desk>,
    topic: &str,
    group: &str,
    query: Option<&str>,
    held: Held,
) -> Result<Answer, Problem> {
    let max = Query::read(query, &["max"])?.count("max", STREAM_USUAL, STREAM_MOST)?;
    // What is wrong from the beginning is told by a status.
    let first = desk.broker.fetch(topic, group, max, Duration::ZERO).await?;
    let (topic, group) = (topic.to_owned(), group.to_owned());
    let streaming = Streaming { desk, topic, group, max, first: Some(first), ended: false, _held: held };
    let pieces = stream::unfold(streaming, async |mut streaming| {
        let piece = streaming.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(piece)), streaming))
    });
    let mut response = Response::new(StreamBody::new(pieces).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

impl Streaming {
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        if let Some(first) = self.first.take() {
            return Some(self.written(&first, ": here they come\n\n"));
        }
        match fetch(&self.desk, &self.topic, &self.group, self.max, self.desk.limits.heartbeat).await {
            Ok(Some(taken)) => Some(self.written(&taken, ": nothing new\n\n")),
            Ok(None) => None,
            Err(error) => Some(self.told(&error.into())),
        }
    }

    fn written(&mut self, taken: &[Delivery], if_none: &str) -> Bytes {
        if taken.is_empty() {
            return Bytes::from(if_none.to_owned());
        }
        let mut out = String::new();
        for delivery in taken {
            let text = DeliveryShape::of(delivery)
                .and_then(|shape| serde_json::to_string(&shape).map_err(|error| Problem::internal(error.to_string())));
            match text {
                // Line ends stand only between JSON's values, never in a text.
                Ok(text) => {
                    let text = text.replace(['\n', '\r'], " ");
                    // Writing to a `String` does not fail.
                    let _ = write!(out, "id: {}\ndata: {text}\n\n", delivery.token);
                }
                Err(problem) => return self.told(&problem),
            }
        }
        Bytes::from(out)
    }

    /// The last piece: why there are no more.
    fn told(&mut self, problem: &Problem) -> Bytes {
        self.ended = true;
        Bytes::from(format!("event: problem\ndata: {}\n\n", problem.to_json()))
    }
}

/// What became of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Ack,
    Nack,
    Reject,
    Extend,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettleBody {
    deliveries: Vec<String>,
    delay: Option<String>,
    reason: Option<String>,
    by: Option<String>,
}

impl SettleBody {
    fn outcome(&self, verb: Verb) -> Result<Outcome, Problem> {
        let fields = [("delay", self.delay.is_some()), ("reason", self.reason.is_some()), ("by", self.by.is_some())];
        let fitting: &[&str] = match verb {
            Verb::Ack => &[],
            Verb::Nack => &["delay", "reason"],
            Verb::Reject => &["reason"],
            Verb::Extend => &["by"],
        };
        if let Some((name, _)) = fields.iter().find(|(name, there)| *there && !fitting.contains(name)) {
            return Err(Problem::malformed(format!("`{name}` has no meaning here; leave it out")));
        }
        let reason = self.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
        if reason.chars().nth(REASON).is_some() {
            return Err(Problem::malformed(format!("`reason` has more than {REASON} characters; say it shorter")));
        }
        Ok(match verb {
            Verb::Ack => Outcome::Ack,
            Verb::Nack => {
                let delay = self.delay.as_deref().map(|text| duration("delay", text)).transpose()?;
                Outcome::Nack { delay, reason }
            }
            Verb::Reject => Outcome::Reject { reason },
            Verb::Extend => {
                let missing = || Problem::malformed("`by` is missing: say for how long, like 30s");
                Outcome::Extend(duration("by", self.by.as_deref().ok_or_else(missing)?)?)
            }
        })
    }
}

/// Settles deliveries, each on its own, and says what became of each.
pub(super) async fn settle(desk: &Desk, topic: &str, group: &str, verb: Verb, body: &Read) -> Result<Answer, Problem> {
    let body: SettleBody = body.json()?;
    let outcome = body.outcome(verb)?;
    if body.deliveries.len() > SETTLE_MOST {
        let detail = format!("{} deliveries at once; at most {SETTLE_MOST} are taken", body.deliveries.len());
        return Err(Problem::too_large(detail));
    }
    let settlement = |token: &String| Settlement { token: token.clone(), outcome: outcome.clone() };
    let settled = desk.broker.settle(topic, group, body.deliveries.iter().map(settlement).collect()).await?;
    let lost = settled.iter().filter(|settled| matches!(settled, Settled::Lost | Settled::Unknown)).count();
    let told = body.deliveries.iter().zip(&settled).map(|(token, settled)| {
        let outcome = match settled {
            Settled::Done => "done",
            Settled::Already => "already",
            Settled::Lost => "lost",
            Settled::Unknown => "unknown",
        };
        json!({ "delivery": token, "outcome": outcome })
    });
    let told: serde_json::Value = told.collect();
    if lost > 0 { Err(Problem::lost(lost, told)) } else { json(StatusCode::OK, &json!({ "deliveries": told })) }
}
