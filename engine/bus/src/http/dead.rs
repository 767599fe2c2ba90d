//! Dead letters: looking at them, giving them to their group again, throwing them away.

use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, json};
use super::body::Read;
use super::problem::Problem;
use super::query::Query;
use super::shape::DeadLetterShape;
use super::{Desk, binding};
use crate::broker::Which;

/// Dead letters that are given at once, and those that are read in one step.
const MOST: usize = 1000;
const STEP: usize = 50;
/// No more are taken or read once those that were take so many bytes.
pub(super) const ENOUGH_BYTES: usize = 16 << 20;

/// Which dead letters are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhichBody {
    all: Option<bool>,
    oldest: Option<usize>,
    numbers: Option<Vec<u64>>,
}

fn which(body: &Read) -> Result<Which, Problem> {
    match body.json()? {
        WhichBody { all: Some(true), oldest: None, numbers: None } => Ok(Which::All),
        WhichBody { all: None, oldest: Some(most), numbers: None } => Ok(Which::Oldest(most)),
        WhichBody { all: None, oldest: None, numbers: Some(numbers) } => Ok(Which::Numbers(numbers)),
        _ => Err(Problem::malformed(
            r#"which dead letters? send one of {"all": true}, {"oldest": 10} and {"numbers": [1, 2]}"#,
        )),
    }
}

/// Those with a number above `after`, oldest first.
pub(super) async fn list(desk: &Desk, topic: &str, group: &str, query: Option<&str>) -> Result<Answer, Problem> {
    let query = Query::read(query, &["after", "max"])?;
    let mut after = query.number("after")?.unwrap_or(0);
    let max = query.count("max", 100, MOST)?;
    let (mut letters, mut bytes) = (Vec::new(), 0);
    while letters.len() < max && bytes < ENOUGH_BYTES {
        let step = desk.broker.dead_letters(topic, group, after, STEP.min(max - letters.len())).await?;
        let Some(last) = step.last() else { break };
        after = last.number;
        bytes += step.iter().map(|letter| letter.stored.event.size()).sum::<usize>();
        for letter in &step {
            letters.push(DeadLetterShape::of(letter)?);
        }
    }
    json(StatusCode::OK, &letters)
}

pub(super) async fn redrive(desk: &Desk, topic: &str, group: &str, body: &Read) -> Result<Answer, Problem> {
    let count = desk.broker.redrive(topic, group, &which(body)?).await?;
    json(StatusCode::OK, &json!({ "redriven": count }))
}

/// One with another content: the event of the request.
pub(super) async fn redrive_edited(
    desk: &Desk,
    topic: &str,
    group: &str,
    number: u64,
    headers: &HeaderMap,
    body: &Read,
) -> Result<Answer, Problem> {
    let event = binding::one_event(headers, body.bytes.clone())?;
    if desk.broker.redrive_edited(topic, group, number, event).await? {
        return json(StatusCode::OK, &json!({ "redriven": 1 }));
    }
    let detail = format!("group `{group}` has no dead letter {number} any more; it was redriven or thrown away");
    Err(Problem::not_found(detail))
}

pub(super) async fn purge(desk: &Desk, topic: &str, group: &str, body: &Read) -> Result<Answer, Problem> {
    let count = desk.broker.purge(topic, group, &which(body)?).await?;
    json(StatusCode::OK, &json!({ "purged": count }))
}
