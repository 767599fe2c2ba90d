//! From a request to its response, over HTTP and gRPC, on either port.

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::write::GzEncoder;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CONTENT_ENCODING,
    CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use thalweg_door::Door;

use super::Desk;
use super::accept::accept;
use super::intake::{self, Framing, Packing};
use super::refusal::{RETRY_AFTER_S, Refusal};
use super::signal::{Done, Signal, Wire, media_type};

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Shorter answers would only grow by compressing them.
const WORTH_COMPRESSING: usize = 256;

/// How long a browser may remember that a page is allowed, in seconds.
const PREFLIGHT_AGE_S: u64 = 600;

type Outcome = Result<(Signal, Done), Refusal>;

/// Answers one request that came in by `door`. Never fails: what goes wrong is an answer too.
pub(crate) async fn answer(desk: Arc<Desk>, request: Request<Incoming>, door: Door) -> Response<Body> {
    if media_type(request.headers()).is_some_and(|media| media.starts_with("application/grpc")) {
        let outcome = grpc(&desk, request, door).await;
        return grpc_response(outcome);
    }
    // An answer comes in the request's own format; one that cannot be told apart gets JSON, which people can read.
    let wire = Wire::of(request.headers()).unwrap_or(Wire::Json);
    let origin = desk.entrance.access().allowed_origin(request.headers());
    let gzip = accepts_gzip(request.headers());
    let mut response = if origin.is_some() && is_preflight(&request) {
        let access = desk.entrance.access();
        let judged = access.check(request.uri(), request.headers(), door).map_err(Refusal::from);
        match judged.and(Signal::of_path(request.uri().path())) {
            Ok(_) => preflight(request.headers()),
            Err(refusal) => http_response(Err(refusal), wire, gzip),
        }
    } else {
        http_response(http(&desk, request, door).await, wire, gzip)
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

async fn http(desk: &Desk, request: Request<Incoming>, door: Door) -> Outcome {
    desk.entrance.access().check(request.uri(), request.headers(), door)?;
    desk.entrance.access().check_token(request.headers())?;
    let signal = Signal::of_path(request.uri().path())?;
    if request.method() != Method::POST {
        return Err(Refusal::method());
    }
    let wire = Wire::of(request.headers())
        .ok_or_else(|| Refusal::media_type("send OTLP as application/x-protobuf or application/json (Content-Type)"))?;
    let packing = compression(request.headers(), CONTENT_ENCODING.as_str())?;
    refuse_announced_length(desk, request.headers())?;
    let share = desk.budget.share();
    let (body, share) = intake::read(request.into_body(), Framing::Whole(packing), &desk.limits, share).await?;
    Ok((signal, accept(desk, signal, body, wire, share).await?))
}

async fn grpc(desk: &Desk, request: Request<Incoming>, door: Door) -> Outcome {
    desk.entrance.access().check(request.uri(), request.headers(), door)?;
    desk.entrance.access().check_token(request.headers())?;
    if request.version() != Version::HTTP_2 {
        return Err(Refusal::media_type("gRPC needs HTTP/2"));
    }
    if !matches!(media_type(request.headers()).as_deref(), Some("application/grpc" | "application/grpc+proto")) {
        return Err(Refusal::media_type("of gRPC only protobuf is served: send application/grpc"));
    }
    let signal = Signal::of_method(request.uri().path())?;
    let packing = compression(request.headers(), "grpc-encoding")?;
    let share = desk.budget.share();
    let (body, share) = intake::read(request.into_body(), Framing::Grpc(packing), &desk.limits, share).await?;
    Ok((signal, accept(desk, signal, body, Wire::Protobuf, share).await?))
}

/// How the body is compressed; what is not known is refused.
fn compression(headers: &HeaderMap, name: &str) -> Result<Packing, Refusal> {
    let mut packing = Packing::None;
    for value in headers.get_all(name) {
        match (value.to_str().map(|text| text.trim().to_ascii_lowercase()).as_deref(), packing) {
            (Ok("gzip"), Packing::None) => packing = Packing::Gzip,
            (Ok("zstd"), Packing::None) => packing = Packing::Zstd,
            (Ok("identity" | ""), _) => {}
            (Ok(other), _) => return Err(Refusal::compression(other)),
            (Err(_), _) => return Err(Refusal::malformed(format!("{name} is not text"))),
        }
    }
    Ok(packing)
}

/// Whether the client said that it reads gzip. No weighing: who names it without `q=0` may get it.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let named = |list: &str| {
        list.split(',').any(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
            let never = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !never
        })
    };
    headers.get_all(ACCEPT_ENCODING).iter().any(|list| list.to_str().is_ok_and(named))
}

/// Whether a browser asks on behalf of a page if it may send.
fn is_preflight(request: &Request<Incoming>) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Yes: with POST, and with what OTLP's exporters send.
fn preflight(asked: &HeaderMap) -> Response<Body> {
    const PRIVATE: &str = "access-control-request-private-network";
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    let sent = "Content-Type, Content-Encoding, Authorization";
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(sent));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(PREFLIGHT_AGE_S));
    if asked.contains_key(PRIVATE) {
        // Chromium asks so before a page from elsewhere may reach the loopback interface.
        headers.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    response
}

/// Saves a client from sending what will be refused anyway.
fn refuse_announced_length(desk: &Desk, headers: &HeaderMap) -> Result<(), Refusal> {
    let length = headers.get(hyper::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > desk.limits.encoded_bytes as u64) {
        let limit = desk.limits.encoded_bytes >> 20;
        return Err(Refusal::too_large(format!("a request may have {limit} MiB as sent: send smaller batches")));
    }
    Ok(())
}

fn http_response(outcome: Outcome, wire: Wire, gzip: bool) -> Response<Body> {
    let (mut bytes, refusal) = match outcome {
        Ok((signal, done)) => (signal.response(&done, wire), None),
        Err(refusal) if wire == Wire::Protobuf => (refusal.protobuf(), Some(refusal)),
        Err(refusal) => (refusal.json(), Some(refusal)),
    };
    let packed = if gzip && bytes.len() >= WORTH_COMPRESSING { packed(&bytes) } else { None };
    let compressed = packed.is_some();
    if let Some(packed) = packed {
        bytes = packed;
    }
    let mut response = Response::new(whole(bytes.into()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(wire.media_type()));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let Some(refusal) = refusal {
        if refusal.retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        match refusal.http {
            StatusCode::METHOD_NOT_ALLOWED => drop(headers.insert(ALLOW, HeaderValue::from_static("POST"))),
            StatusCode::UNAUTHORIZED => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            _ => {}
        }
        *response.status_mut() = refusal.http;
    }
    response
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).ok()?;
    gzip.finish().ok()
}

/// gRPC always answers 200; the outcome is in the trailers, or in the headers when there is no message.
fn grpc_response(outcome: Outcome) -> Response<Body> {
    let mut response = match outcome {
        Ok((signal, done)) => {
            let message = signal.response(&done, Wire::Protobuf);
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(message.len() as u32);
            frame.put_slice(&message);
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let body = Full::new(frame.freeze()).with_trailers(async move { Some(Ok(trailers)) });
            Response::new(body.boxed_unsync())
        }
        Err(refusal) => {
            let details = refusal.grpc_details();
            tonic::Status::with_details(refusal.code, refusal.message, details.into())
                .into_http::<Full<Bytes>>()
                .map(BodyExt::boxed_unsync)
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip,zstd"));
    response
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}
