//! From a request to its answer: who may, what is asked for, and who does it.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;
use thalweg_door::{Door, Handling};
use tokio::sync::OwnedSemaphorePermit;

use super::deliver::Verb;
use super::problem::Problem;
use super::query::Query;
use super::route::{Action, Places, find};
use super::{Desk, body, dead, deliver, openapi, publish, topics, webhook};

pub(super) type Body = UnsyncBoxBody<Bytes, Infallible>;
pub(super) type Answer = Response<Body>;

/// What a request holds as long as it is answered: its place among all, and its connection.
pub(super) struct Held {
    _place: OwnedSemaphorePermit,
    _handling: Handling,
}

/// Answers one request that came in by `door`. Never fails: what goes wrong is an answer too.
pub(super) async fn answer(desk: Arc<Desk>, request: Request<Incoming>, door: Door, handling: Handling) -> Answer {
    let mut response = served(desk, request, door, handling).await.unwrap_or_else(|problem| problem.response());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn served(
    desk: Arc<Desk>,
    request: Request<Incoming>,
    door: Door,
    handling: Handling,
) -> Result<Answer, Problem> {
    let access = desk.entrance.access();
    access.check(request.uri(), request.headers(), door)?;
    let found = find(request.method(), request.uri().path());
    // Without the token nobody learns what there is.
    if !matches!(&found, Ok((action, _)) if action.is_public()) {
        access.check_token(request.headers())?;
    }
    let (action, places) = found?;
    let place = Arc::clone(&desk.requests).try_acquire_owned().map_err(|_| {
        Problem::too_many(format!(
            "{} requests are being handled, which is as many as are taken: come again when some have ended",
            desk.limits.requests
        ))
    })?;
    act(desk, action, &places, request, Held { _place: place, _handling: handling }).await
}

async fn act(
    desk: Arc<Desk>,
    action: Action,
    places: &Places,
    request: Request<Incoming>,
    held: Held,
) -> Result<Answer, Problem> {
    let (topic, group) = (places.get("topic"), places.get("group"));
    let (parts, incoming) = request.into_parts();
    let query = parts.uri.query();
    if !matches!(action, Action::Publish | Action::Deliver | Action::Read | Action::DeadLetters) {
        Query::read(query, &[])?;
    }
    let desk_ref = &*desk;
    match action {
        Action::Health => json(StatusCode::OK, &json!({ "status": "ok" })),
        Action::OpenApi => json(StatusCode::OK, &openapi::document()),
        Action::Topics => topics::list(desk_ref).await,
        Action::CreateTopic => topics::create(desk_ref, &body::read(desk_ref, incoming).await?).await,
        Action::Publish => {
            let body = body::read(desk_ref, incoming).await?;
            publish::publish(desk_ref, topic, query, &parts.headers, body).await
        }
        Action::Read => topics::read(desk_ref, topic, places.number("partition")?, query).await,
        Action::Deliver if deliver::wants_stream(&parts.headers) => {
            deliver::stream(desk, topic, group, query, held).await
        }
        Action::Deliver => deliver::poll(desk_ref, topic, group, query).await,
        Action::Ack | Action::Nack | Action::Reject | Action::Extend => {
            let verb = match action {
                Action::Ack => Verb::Ack,
                Action::Nack => Verb::Nack,
                Action::Reject => Verb::Reject,
                _ => Verb::Extend,
            };
            deliver::settle(desk_ref, topic, group, verb, &body::read(desk_ref, incoming).await?).await
        }
        Action::Seek => topics::seek(desk_ref, topic, group, &body::read(desk_ref, incoming).await?).await,
        Action::DeadLetters => dead::list(desk_ref, topic, group, query).await,
        Action::Redrive => dead::redrive(desk_ref, topic, group, &body::read(desk_ref, incoming).await?).await,
        Action::RedriveEdited => {
            let number = places.number("number")?;
            let body = body::read(desk_ref, incoming).await?;
            dead::redrive_edited(desk_ref, topic, group, number, &parts.headers, &body).await
        }
        Action::Purge => dead::purge(desk_ref, topic, group, &body::read(desk_ref, incoming).await?).await,
        Action::ShowWebhook => webhook::show(desk_ref, topic, group),
        Action::SetWebhook => webhook::set(desk_ref, topic, group, &body::read(desk_ref, incoming).await?).await,
        Action::RemoveWebhook => webhook::remove(desk_ref, topic, group).await,
    }
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Problem> {
    let text = serde_json::to_vec(value)
        .map_err(|error| Problem::internal(format!("an answer cannot be written as JSON: {error}")))?;
    let mut response = Response::new(whole(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

pub(super) fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}
