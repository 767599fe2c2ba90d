//! From a request to its response, over HTTP and gRPC, on either port.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Method, Request, Response, Version};
use prost::Message;
use serde_json::json;

use super::Desk;
use super::guard;
use super::intake::{self, Framing};
use super::refusal::{RETRY_AFTER_S, Refusal};
use super::traces::{self, Wire};
use crate::otlp::collector::ExportTraceServiceResponse;

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

const TRACES_PATH: &str = "/v1/traces";
const TRACES_METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Answers one request that came in on `port`. Never fails: what goes wrong is an answer too.
pub(crate) async fn answer(desk: Arc<Desk>, request: Request<Incoming>, port: u16) -> Response<Body> {
    if media_type(request.headers()).is_some_and(|media| media.starts_with("application/grpc")) {
        let outcome = grpc(&desk, request, port).await;
        return grpc_response(outcome);
    }
    // An answer comes in the request's own format; one that cannot be told apart gets JSON, which people can read.
    let wire = wire_of(request.headers()).unwrap_or(Wire::Json);
    let outcome = http(&desk, request, port).await;
    http_response(outcome, wire)
}

async fn http(desk: &Desk, request: Request<Incoming>, port: u16) -> Result<ExportTraceServiceResponse, Refusal> {
    guard::check(request.uri(), request.headers(), port)?;
    match request.uri().path() {
        TRACES_PATH => {}
        "/v1/logs" | "/v1/metrics" => {
            return Err(Refusal::not_found("this version of Thalweg receives traces only, no logs and no metrics yet"));
        }
        _ => return Err(Refusal::not_found(format!("nothing is served here; traces are sent to {TRACES_PATH}"))),
    }
    if request.method() != Method::POST {
        return Err(Refusal::method());
    }
    let wire = wire_of(request.headers()).ok_or_else(|| {
        Refusal::media_type("send traces as application/x-protobuf or application/json (Content-Type)")
    })?;
    let gzip = compression(request.headers(), CONTENT_ENCODING.as_str())?;
    refuse_announced_length(desk, request.headers())?;
    let share = desk.budget.share();
    let (body, share) = intake::read(request.into_body(), Framing::Whole { gzip }, &desk.limits, share).await?;
    traces::accept(desk, body, wire, share).await
}

async fn grpc(desk: &Desk, request: Request<Incoming>, port: u16) -> Result<ExportTraceServiceResponse, Refusal> {
    guard::check(request.uri(), request.headers(), port)?;
    if request.version() != Version::HTTP_2 {
        return Err(Refusal::media_type("gRPC needs HTTP/2"));
    }
    if !matches!(media_type(request.headers()).as_deref(), Some("application/grpc" | "application/grpc+proto")) {
        return Err(Refusal::media_type("of gRPC only protobuf is served: send application/grpc"));
    }
    match request.uri().path() {
        TRACES_METHOD => {}
        path if path.starts_with("/opentelemetry.proto.collector.") => {
            return Err(Refusal::not_found("this version of Thalweg receives traces only, no logs and no metrics yet"));
        }
        _ => return Err(Refusal::not_found(format!("only {TRACES_METHOD} is served here"))),
    }
    let gzip = compression(request.headers(), "grpc-encoding")?;
    let share = desk.budget.share();
    let (body, share) = intake::read(request.into_body(), Framing::Grpc { gzip }, &desk.limits, share).await?;
    traces::accept(desk, body, Wire::Protobuf, share).await
}

/// The content type without its parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let whole = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn wire_of(headers: &HeaderMap) -> Option<Wire> {
    match media_type(headers)?.as_str() {
        "application/x-protobuf" => Some(Wire::Protobuf),
        "application/json" => Some(Wire::Json),
        _ => None,
    }
}

/// Whether the body is gzip; anything but that and nothing is refused.
fn compression(headers: &HeaderMap, name: &str) -> Result<bool, Refusal> {
    let mut gzip = false;
    for value in headers.get_all(name) {
        match value.to_str().map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            Ok("gzip") if !gzip => gzip = true,
            Ok("identity" | "") => {}
            Ok(other) => return Err(Refusal::compression(other)),
            Err(_) => return Err(Refusal::malformed(format!("{name} is not text"))),
        }
    }
    Ok(gzip)
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

fn http_response(outcome: Result<ExportTraceServiceResponse, Refusal>, wire: Wire) -> Response<Body> {
    let (bytes, refusal) = match (outcome, wire) {
        (Ok(done), Wire::Protobuf) => (done.encode_to_vec(), None),
        (Ok(done), Wire::Json) => (json_success(&done), None),
        (Err(refusal), Wire::Protobuf) => (refusal.protobuf(), Some(refusal)),
        (Err(refusal), Wire::Json) => (refusal.json(), Some(refusal)),
    };
    let mut response = Response::new(whole(bytes.into()));
    let media = match wire {
        Wire::Protobuf => "application/x-protobuf",
        Wire::Json => "application/json",
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    if let Some(refusal) = refusal {
        *response.status_mut() = refusal.http;
        if refusal.retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        if refusal.http == hyper::StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
    }
    response
}

fn json_success(done: &ExportTraceServiceResponse) -> Vec<u8> {
    let answer = match &done.partial_success {
        None => json!({}),
        Some(partial) => json!({ "partialSuccess": {
            "rejectedSpans": partial.rejected_spans.to_string(),
            "errorMessage": partial.error_message,
        } }),
    };
    answer.to_string().into_bytes()
}

/// gRPC always answers 200; the outcome is in the trailers, or in the headers when there is no message.
fn grpc_response(outcome: Result<ExportTraceServiceResponse, Refusal>) -> Response<Body> {
    let mut response = match outcome {
        Ok(done) => {
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(done.encoded_len() as u32);
            frame.put_slice(&done.encode_to_vec());
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let body = Full::new(frame.freeze()).with_trailers(async move { Some(Ok(trailers)) });
            Response::new(body.boxed_unsync())
        }
        Err(refusal) => {
            let details = if refusal.retry { refusal.protobuf() } else { Vec::new() };
            tonic::Status::with_details(refusal.code, refusal.message, details.into())
                .into_http::<Full<Bytes>>()
                .map(BodyExt::boxed_unsync)
        }
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip"));
    response
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).boxed_unsync()
}
