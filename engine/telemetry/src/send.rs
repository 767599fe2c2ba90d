//! OTLP out: traces of our own, sent to whoever receives OTLP.
//!
//! One connection, requests one after the other, no retries: what could not be sent is told at once to the person who
//! asked for it. No TLS: for a receiver elsewhere there is the Collector on this machine.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::Uri;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use tonic::transport::Endpoint;

use crate::model::Trace;
use crate::otlp::collector::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use crate::otlp::from_model;
use crate::receive::RpcStatus;

/// An answer must come within this time (the default of OTLP exporters).
const PATIENCE: Duration = Duration::from_secs(10);
/// Spans after which a request is full.
const SPANS_PER_REQUEST: usize = 2000;
/// Most bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 << 10;
/// The path of traces (OTLP specification, "OTLP/HTTP Request").
const PATH: &str = "/v1/traces";

/// What became of spans that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// Spans that the receiver took.
    pub spans: u64,
    /// Spans that it refused, and its reason.
    pub refused: u64,
    /// What it said about those, or about the others.
    pub message: Option<String>,
}

/// Why spans could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nobody answers.
    #[error("nobody takes OTLP at {url}: {reason}")]
    Unreachable {
        /// As it was given.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// It answers, and refuses.
    #[error("{url} refuses the spans: {reason}")]
    Refused {
        /// As it was given.
        url: String,
        /// What it says.
        reason: String,
    },
    /// It takes too long.
    #[error("{url} does not answer within {} s", PATIENCE.as_secs())]
    Slow {
        /// As it was given.
        url: String,
    },
}

/// Sends traces, whole ones in each request.
pub async fn send_traces(to: &OtlpAddress, traces: &[Trace]) -> Result<Sent, SendError> {
    let url = to.url.as_str();
    let mut line = to.how.connect(url).await?;
    let mut sent = Sent::default();
    let mut requests = Batches { traces, next: 0 };
    while let Some((request, spans)) = requests.take() {
        let answer = tokio::time::timeout(PATIENCE, line.export(url, request)).await;
        let answer = answer.map_err(|_| SendError::Slow { url: url.to_owned() })??;
        let partial = answer.partial_success.unwrap_or_default();
        let refused = u64::try_from(partial.rejected_spans).unwrap_or(0).min(spans);
        sent.refused += refused;
        sent.spans += spans - refused;
        sent.message = sent.message.or(Some(partial.error_message).filter(|message| !message.is_empty()));
    }
    Ok(sent)
}

/// Whole traces, as many as fit into one request.
struct Batches<'a> {
    traces: &'a [Trace],
    next: usize,
}

impl Batches<'_> {
    fn take(&mut self) -> Option<(ExportTraceServiceRequest, u64)> {
        let mut request = ExportTraceServiceRequest::default();
        let mut spans = 0;
        while let Some(trace) = self.traces.get(self.next) {
            if spans > 0 && spans + trace.spans.len() > SPANS_PER_REQUEST {
                break;
            }
            spans += trace.spans.len();
            request.resource_spans.extend(from_model::request(trace).resource_spans);
            self.next += 1;
        }
        (spans > 0).then_some((request, spans as u64))
    }
}

/// Where OTLP can be sent to: `http://HOST:PORT` is OTLP/HTTP in protobuf (the path `/v1/traces` is added where it is
/// missing), `grpc://HOST:PORT` is OTLP/gRPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpAddress {
    url: String,
    how: How,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Http(Uri),
    Grpc(Uri),
}

impl fmt::Display for OtlpAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.url)
    }
}

/// A text that is no [`OtlpAddress`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{url}” is not an address that OTLP can be sent to: {reason}")]
pub struct OtlpAddressError {
    url: String,
    reason: &'static str,
}

impl FromStr for OtlpAddress {
    type Err = OtlpAddressError;

    fn from_str(url: &str) -> Result<Self, OtlpAddressError> {
        let wrong = |reason| OtlpAddressError { url: url.to_owned(), reason };
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| wrong("write http://HOST:PORT or grpc://HOST:PORT"))?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(wrong("TLS is not spoken here; send to a Collector on this machine and let it pass them on"));
        }
        let is_http = scheme.eq_ignore_ascii_case("http");
        if !is_http && !scheme.eq_ignore_ascii_case("grpc") {
            return Err(wrong("only http:// (OTLP/HTTP) and grpc:// (OTLP/gRPC) are known"));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_end_matches('/');
        let path = match path {
            _ if !is_http && !path.is_empty() => return Err(wrong("gRPC has no path: write grpc://HOST:PORT")),
            _ if !is_http => String::new(),
            _ if path.ends_with(PATH) => path.to_owned(),
            _ => format!("{path}{PATH}"),
        };
        let uri: Uri = format!("http://{authority}{path}").parse().map_err(|_| wrong("it is not a URL"))?;
        if uri.host().is_none_or(str::is_empty) {
            return Err(wrong("it names no host"));
        }
        Ok(Self { url: url.to_owned(), how: if is_http { How::Http(uri) } else { How::Grpc(uri) } })
    }
}

impl How {
    async fn connect(&self, url: &str) -> Result<Line, SendError> {
        match self {
            How::Http(uri) => {
                let mut connector = HttpConnector::new();
                connector.set_connect_timeout(Some(PATIENCE));
                Ok(Line::Http(Box::new(Client::builder(TokioExecutor::new()).build(connector)), uri.clone()))
            }
            How::Grpc(uri) => {
                let endpoint = Endpoint::from(uri.clone()).connect_timeout(PATIENCE).timeout(PATIENCE);
                let channel = tokio::time::timeout(PATIENCE, endpoint.connect()).await;
                let channel = channel.map_err(|_| SendError::Slow { url: url.to_owned() })?;
                let channel = channel.map_err(|error| unreachable(url, &error))?;
                Ok(Line::Grpc(TraceServiceClient::new(channel)))
            }
        }
    }
}

enum Line {
    Http(Box<Client<HttpConnector, Full<Bytes>>>, Uri),
    Grpc(TraceServiceClient<tonic::transport::Channel>),
}

impl Line {
    async fn export(
        &mut self,
        url: &str,
        request: ExportTraceServiceRequest,
    ) -> Result<ExportTraceServiceResponse, SendError> {
        match self {
            Line::Http(client, uri) => over_http(client, uri, url, &request).await,
            Line::Grpc(client) => match client.export(request).await {
                Ok(answer) => Ok(answer.into_inner()),
                Err(status) if status.code() == tonic::Code::DeadlineExceeded => {
                    Err(SendError::Slow { url: url.to_owned() })
                }
                Err(status) => Err(SendError::Refused {
                    url: url.to_owned(),
                    reason: format!("{}: {}", status.code().description(), status.message()),
                }),
            },
        }
    }
}

async fn over_http(
    client: &Client<HttpConnector, Full<Bytes>>,
    uri: &Uri,
    url: &str,
    request: &ExportTraceServiceRequest,
) -> Result<ExportTraceServiceResponse, SendError> {
    let refused = |reason: String| SendError::Refused { url: url.to_owned(), reason };
    let post = hyper::Request::post(uri.clone())
        .header(CONTENT_TYPE, "application/x-protobuf")
        .header(USER_AGENT, concat!("thalweg/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(Bytes::from(request.encode_to_vec())))
        .map_err(|error| refused(error.to_string()))?;
    let answer = client.request(post).await.map_err(|error| unreachable(url, &error))?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| refused(format!("its answer breaks off ({error})")))?.to_bytes();
    if status.is_success() {
        return ExportTraceServiceResponse::decode(body)
            .map_err(|_| refused("its answer is not OTLP; is this the right path?".to_owned()));
    }
    // OTLP answers a failure with a `google.rpc.Status`; others with anything.
    let said = RpcStatus::decode(body).map(|status| status.message).unwrap_or_default();
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    Err(refused(format!("HTTP {status}{said}")))
}

/// The whole chain of reasons: the outermost alone says little more than "error".
fn unreachable(url: &str, error: &dyn std::error::Error) -> SendError {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        source = error.source();
    }
    SendError::Unreachable { url: url.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_where_and_how() {
        let how = |url: &str| url.parse::<OtlpAddress>().map(|address| address.how);
        let http = |uri: &'static str| Ok(How::Http(Uri::from_static(uri)));
        assert_eq!(how("http://127.0.0.1:4318"), http("http://127.0.0.1:4318/v1/traces"));
        assert_eq!(how("http://localhost/"), http("http://localhost/v1/traces"));
        assert_eq!(how("HTTP://[::1]:1/otlp"), http("http://[::1]:1/otlp/v1/traces"));
        assert_eq!(how("http://h:1/otlp/v1/traces/"), http("http://h:1/otlp/v1/traces"));
        assert_eq!(how("grpc://h:4317/"), Ok(How::Grpc(Uri::from_static("http://h:4317"))));
    }

    #[test]
    fn what_is_no_address_is_refused_in_words() {
        for (url, said) in [
            ("127.0.0.1:4318", "http://HOST:PORT"),
            ("https://h", "TLS"),
            ("ftp://h", "only http://"),
            ("grpc://h/v1/traces", "no path"),
            ("http://", "not a URL"),
            ("http://a b", "not a URL"),
        ] {
            let error = url.parse::<OtlpAddress>().unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(url), "{error}");
        }
    }
}
