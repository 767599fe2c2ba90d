//! Events in.

use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use super::answer::{Answer, json};
use super::body::Read;
use super::problem::Problem;
use super::query::Query;
use super::{Desk, binding};
use crate::clock::millis;

/// Stores what a request brings, now or when its time has come.
pub(super) async fn publish(
    desk: &Desk,
    topic: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Read,
) -> Result<Answer, Problem> {
    let query = Query::read(query, &["at", "delay"])?;
    let due_ms = match (query.time_ms("at")?, query.duration("delay")?) {
        (Some(_), Some(_)) => {
            return Err(Problem::malformed("both `at` and `delay`: an event is stored at one time"));
        }
        (Some(at_ms), None) => Some(at_ms),
        (None, Some(delay)) => Some(desk.clock.now_ms().saturating_add(millis(delay))),
        (None, None) => None,
    };
    let events = binding::events(headers, body.bytes.clone())?;
    match due_ms {
        None => {
            let published = desk.broker.publish(topic, events).await?;
            json(StatusCode::OK, &json!({ "stored": published.stored, "duplicates": published.duplicates }))
        }
        Some(due_ms) => {
            let numbers = desk.broker.schedule(topic, events, due_ms).await?;
            let answer = json!({ "scheduled": numbers, "at": super::shape::time(due_ms) });
            json(StatusCode::ACCEPTED, &answer)
        }
    }
}
