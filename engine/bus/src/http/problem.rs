//! What went wrong, as RFC 9457 tells it: `application/problem+json`.

use bytes::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};
use thalweg_door::Barred;

use super::answer::{Body, whole};
use crate::error::BusError;
use crate::event::EventError;

/// Seconds after which a client may come again.
const RETRY_AFTER_S: u64 = 1;
/// Before the kind of a problem in its `type`.
const TYPES: &str = "urn:thalweg:problem:";

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    status: StatusCode,
    /// The end of its `type`: what a program tells problems apart by.
    kind: &'static str,
    title: &'static str,
    detail: String,
    more: Box<More>,
}

/// What only some problems have.
#[derive(Debug, Clone, PartialEq, Default)]
struct More {
    /// Which event of a batch, from 0.
    event: Option<usize>,
    /// The attribute that is wrong.
    attribute: Option<String>,
    /// What became of each delivery.
    deliveries: Option<Value>,
    /// The methods that there are.
    allow: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, kind, title, detail, more: Box::default() }
    }

    fn with(self, more: More) -> Self {
        Self { more: Box::new(more), ..self }
    }

    /// Something in the path, the query or the body is not what it should be.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "This cannot be understood", detail)
    }

    pub(super) fn bad_event(event: Option<usize>, error: EventError) -> Self {
        let EventError { attribute, detail } = error;
        let attribute = Some(attribute).filter(|name| !name.is_empty());
        let problem = Self::new(StatusCode::BAD_REQUEST, "bad-event", "This is no event", detail);
        problem.with(More { event, attribute, ..More::default() })
    }

    pub(super) fn no_route(path: &str) -> Self {
        let path: String = path.chars().take(200).collect();
        let detail = format!("there is nothing at {path}; GET /v1/openapi.json says what there is");
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub(super) fn method(allowed: String) -> Self {
        let detail = format!("this is asked for with {allowed}");
        let title = "There is no such method here";
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", title, detail);
        problem.with(More { allow: Some(allowed), ..More::default() })
    }

    /// Not every delivery could be settled as asked.
    pub(super) fn lost(count: usize, deliveries: Value) -> Self {
        let detail = format!(
            "{count} of the deliveries are not in this hand any more, or were never: their leases ended, and they come again; \
             `deliveries` says what became of each"
        );
        let problem = Self::new(StatusCode::CONFLICT, "delivery-lost", "A delivery was lost", detail);
        problem.with(More { deliveries: Some(deliveries), ..More::default() })
    }

    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "This is too large", detail)
    }

    pub(super) fn slow(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long", detail)
    }

    pub(super) fn media_type(detail: impl Into<String>) -> Self {
        let title = "This content type is not taken";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", title, detail)
    }

    pub(super) fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too much at once", detail)
    }

    pub(super) fn stopping() -> Self {
        let detail = "the engine is being stopped: come again when it runs";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not at the moment", detail)
    }

    pub(super) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The engine failed", detail)
    }

    /// As JSON.
    pub(super) fn to_json(&self) -> Value {
        let mut problem = json!({
            "type": format!("{TYPES}{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(event) = self.more.event {
            problem["event"] = event.into();
        }
        if let Some(attribute) = &self.more.attribute {
            problem["attribute"] = attribute.as_str().into();
        }
        if let Some(deliveries) = &self.more.deliveries {
            problem["deliveries"] = deliveries.clone();
        }
        problem
    }

    pub(super) fn response(&self) -> Response<Body> {
        let mut response = Response::new(whole(Bytes::from(self.to_json().to_string())));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(RETRY_AFTER, RETRY_AFTER_S.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"thalweg\""));
        }
        if let Some(allow) = self.more.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        response
    }
}

impl From<Barred> for Problem {
    fn from(barred: Barred) -> Self {
        let detail = barred.to_string();
        match barred {
            Barred::Hosts => Self::malformed(detail),
            Barred::OtherHost { .. } | Barred::Page | Barred::OtherSite => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", "This request is not let in", detail)
            }
            Barred::NoToken => Self::new(StatusCode::UNAUTHORIZED, "token", "The token is missing or wrong", detail),
        }
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        let detail = error.to_string();
        match error {
            BusError::UnknownTopic { .. } => {
                Self::new(StatusCode::NOT_FOUND, "unknown-topic", "There is no such topic", detail)
            }
            BusError::BadName { .. } => Self::new(StatusCode::BAD_REQUEST, "bad-name", "This is no name", detail),
            // Of an event that could be read, only the size can be wrong with its data.
            BusError::BadEvent { place, error } if error.attribute == "data" => {
                let more = More { event: Some(place), attribute: Some(error.attribute), ..More::default() };
                Self::too_large(detail).with(more)
            }
            BusError::BadEvent { place, error } => Self { detail, ..Self::bad_event(Some(place), error) },
            BusError::BadPlan { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "bad-plan", "This cannot be carried out", detail)
            }
            BusError::TooMuch { .. } => Self::too_large(detail),
            BusError::Unable { .. } => {
                Self::new(StatusCode::NOT_IMPLEMENTED, "unable", "This broker cannot do that", detail)
            }
            error if error.is_passing() => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not at the moment", detail)
            }
            _ => Self::internal(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: BusError) -> (u16, Option<String>, Value) {
        let problem = Problem::from(error);
        let response = problem.response();
        let retry = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), retry, problem.to_json())
    }

    #[test]
    fn each_error_of_a_broker_has_its_status() {
        let detail = || "it is so".to_owned();
        for (error, status, kind) in [
            (BusError::UnknownTopic { topic: "t".to_owned(), names: Vec::new() }, 404, "unknown-topic"),
            (BusError::BadName { what: "topic", name: " ".to_owned() }, 400, "bad-name"),
            (BusError::BadEvent { place: 3, error: EventError::new("time", "no time") }, 400, "bad-event"),
            (BusError::BadEvent { place: 3, error: EventError::new("data", "too much") }, 413, "too-large"),
            (BusError::BadPlan { detail: detail() }, 400, "bad-plan"),
            (BusError::TooMuch { detail: detail() }, 413, "too-large"),
            (BusError::Unable { broker: "b", what: "fly" }, 501, "unable"),
        ] {
            let sentence = error.to_string();
            let (answered, retry, problem) = told(error);
            assert_eq!((answered, retry), (status, None), "{problem}");
            assert_eq!(problem["type"], format!("{TYPES}{kind}"));
            assert_eq!(problem["detail"], sentence);
        }
        for error in
            [BusError::Full { detail: detail() }, BusError::Remote { broker: "b", detail: detail() }, BusError::Closed]
        {
            assert!(error.is_passing());
            let (answered, retry, _) = told(error);
            assert_eq!((answered, retry.as_deref()), (503, Some("1")));
        }
        let (.., problem) = told(BusError::BadEvent { place: 3, error: EventError::new("time", "no time") });
        assert_eq!((&problem["event"], &problem["attribute"]), (&json!(3), &json!("time")));
    }
}
