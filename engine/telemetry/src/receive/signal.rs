//! What the three signals differ in on the wire.

use hyper::HeaderMap;
use hyper::header::CONTENT_TYPE;
use prost::Message;
use serde_json::json;

use super::refusal::Refusal;
use crate::otlp::{collector, logs_collector, metrics_collector};

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Protobuf,
    Json,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// What became of a request that was served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Items that were not kept.
    pub(crate) rejected: u64,
    /// What the sender should know; none leaves `partial_success` unset.
    pub(crate) message: Option<String>,
}

impl Signal {
    pub(crate) const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// Where it is sent over HTTP.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }

    /// Where it is sent over gRPC.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }

    /// What is sent by HTTP to a path.
    pub(crate) fn of_path(path: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|signal| signal.path() == path).ok_or_else(|| {
            let served = Self::ALL.map(Self::path).join(", ");
            Refusal::not_found(format!("nothing is served here; OTLP is sent to {served}"))
        })
    }

    /// What is sent by gRPC to a method.
    pub(crate) fn of_method(path: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|signal| signal.method() == path).ok_or_else(|| {
            let served = Self::ALL.map(Self::method).join(", ");
            Refusal::not_found(format!("only {served} are served here"))
        })
    }

    /// The message that a request holds.
    pub(crate) fn request(self) -> &'static str {
        match self {
            Self::Traces => "ExportTraceServiceRequest",
            Self::Logs => "ExportLogsServiceRequest",
            Self::Metrics => "ExportMetricsServiceRequest",
        }
    }

    /// The answer of a request that was served.
    pub(crate) fn response(self, done: &Done, wire: Wire) -> Vec<u8> {
        match wire {
            Wire::Protobuf => self.protobuf_response(done),
            Wire::Json => self.json_response(done),
        }
    }

    fn protobuf_response(self, done: &Done) -> Vec<u8> {
        let message = done.message.clone();
        let rejected = done.rejected.cast_signed();
        match self {
            Self::Traces => collector::ExportTraceServiceResponse {
                partial_success: message.map(|error_message| collector::ExportTracePartialSuccess {
                    rejected_spans: rejected,
                    error_message,
                }),
            }
            .encode_to_vec(),
            Self::Logs => logs_collector::ExportLogsServiceResponse {
                partial_success: message.map(|error_message| logs_collector::ExportLogsPartialSuccess {
                    rejected_log_records: rejected,
                    error_message,
                }),
            }
            .encode_to_vec(),
            Self::Metrics => metrics_collector::ExportMetricsServiceResponse {
                partial_success: message.map(|error_message| metrics_collector::ExportMetricsPartialSuccess {
                    rejected_data_points: rejected,
                    error_message,
                }),
            }
            .encode_to_vec(),
        }
    }

    fn json_response(self, done: &Done) -> Vec<u8> {
        let Some(message) = &done.message else { return b"{}".to_vec() };
        let rejected = match self {
            Self::Traces => "rejectedSpans",
            Self::Logs => "rejectedLogRecords",
            Self::Metrics => "rejectedDataPoints",
        };
        let partial = json!({ rejected: done.rejected.to_string(), "errorMessage": message });
        json!({ "partialSuccess": partial }).to_string().into_bytes()
    }
}

impl Wire {
    /// How the body of an HTTP request is written, by its content type.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        match media_type(headers)?.as_str() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// The content type without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let whole = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
