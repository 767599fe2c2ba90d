//! Requests of the three signals, and clients for them, so that a test can go through all of them.

use std::net::SocketAddr;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::json;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

use super::{Bench, attribute, batch, span};

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// Rejected items and the message, as `partial_success` has them.
pub(crate) type Partial = Option<(i64, String)>;

impl Signal {
    pub(crate) const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }

    /// The outermost list in JSON.
    pub(crate) fn list(self) -> &'static str {
        match self {
            Self::Traces => "resourceSpans",
            Self::Logs => "resourceLogs",
            Self::Metrics => "resourceMetrics",
        }
    }

    /// Its name in protobuf.
    pub(crate) fn original_list(self) -> &'static str {
        match self {
            Self::Traces => "resource_spans",
            Self::Logs => "resource_logs",
            Self::Metrics => "resource_metrics",
        }
    }

    /// What `partial_success` counts, in JSON.
    pub(crate) fn rejected(self) -> &'static str {
        match self {
            Self::Traces => "rejectedSpans",
            Self::Logs => "rejectedLogRecords",
            Self::Metrics => "rejectedDataPoints",
        }
    }

    /// A request with one good item; other numbers, other items.
    pub(crate) fn good(self, number: u8) -> Vec<u8> {
        match self {
            Self::Traces => batch("shop", vec![span(number, 1)]).encode_to_vec(),
            Self::Logs => logs("shop", vec![log(number)]).encode_to_vec(),
            Self::Metrics => metrics("shop", vec![self::number(number)]).encode_to_vec(),
        }
    }

    /// The same in JSON.
    pub(crate) fn good_json(self, number: u8) -> Vec<u8> {
        self.as_json(&self.good(number))
    }

    /// A request with a good and a bad item.
    pub(crate) fn mixed(self, number: u8) -> Vec<u8> {
        match self {
            Self::Traces => {
                let mut bad = span(number, 2);
                bad.span_id = vec![0; 8];
                batch("shop", vec![span(number, 1), bad]).encode_to_vec()
            }
            Self::Logs => {
                let deep = (0..32).fold(AnyValue { value: None }, |inner, _| AnyValue {
                    value: Some(Value::ArrayValue(opentelemetry_proto::tonic::common::v1::ArrayValue {
                        values: vec![inner],
                    })),
                });
                let bad = LogRecord { body: Some(deep), ..log(number) };
                logs("shop", vec![log(number), bad]).encode_to_vec()
            }
            Self::Metrics => {
                let bad = NumberDataPoint { value: None, ..self::number(number) };
                metrics("shop", vec![self::number(number), bad]).encode_to_vec()
            }
        }
    }

    /// The same in JSON.
    pub(crate) fn mixed_json(self, number: u8) -> Vec<u8> {
        self.as_json(&self.mixed(number))
    }

    /// A good item with an attribute of so many bytes.
    pub(crate) fn fat(self, bytes: usize) -> Vec<u8> {
        let fat = attribute("fat", &"b".repeat(bytes));
        match self {
            Self::Traces => {
                let mut span = span(1, 1);
                span.attributes.push(fat);
                batch("shop", vec![span]).encode_to_vec()
            }
            Self::Logs => logs("shop", vec![LogRecord { attributes: vec![fat], ..log(1) }]).encode_to_vec(),
            Self::Metrics => {
                metrics("shop", vec![NumberDataPoint { attributes: vec![fat], ..self::number(1) }]).encode_to_vec()
            }
        }
    }

    /// Written by the official crate, whose writing, unlike its reading, is sound.
    fn as_json(self, protobuf: &[u8]) -> Vec<u8> {
        match self {
            Self::Traces => serde_json::to_vec(&ExportTraceServiceRequest::decode(protobuf).unwrap()),
            Self::Logs => serde_json::to_vec(&ExportLogsServiceRequest::decode(protobuf).unwrap()),
            Self::Metrics => serde_json::to_vec(&ExportMetricsServiceRequest::decode(protobuf).unwrap()),
        }
        .unwrap()
    }

    /// A request in JSON with this in its outermost list.
    pub(crate) fn envelope(self, list: &serde_json::Value) -> serde_json::Value {
        json!({ self.list(): list })
    }

    /// A request in JSON with these items; points are those of a gauge `m`.
    pub(crate) fn envelope_of(self, items: &serde_json::Value) -> serde_json::Value {
        self.envelope(&match self {
            Self::Traces => json!([{"scopeSpans": [{"spans": items}]}]),
            Self::Logs => json!([{"scopeLogs": [{"logRecords": items}]}]),
            Self::Metrics => json!([{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": items}}]}]}]),
        })
    }

    /// What an answer in protobuf says beside yes.
    pub(crate) fn partial(self, body: &[u8]) -> Partial {
        match self {
            Self::Traces => ExportTraceServiceResponse::decode(body)
                .unwrap()
                .partial_success
                .map(|partial| (partial.rejected_spans, partial.error_message)),
            Self::Logs => ExportLogsServiceResponse::decode(body)
                .unwrap()
                .partial_success
                .map(|partial| (partial.rejected_log_records, partial.error_message)),
            Self::Metrics => ExportMetricsServiceResponse::decode(body)
                .unwrap()
                .partial_success
                .map(|partial| (partial.rejected_data_points, partial.error_message)),
        }
    }

    /// Sends a message over gRPC, which need not be one.
    pub(crate) async fn grpc(
        self,
        bench: &Bench,
        message: &[u8],
        packing: Option<CompressionEncoding>,
    ) -> Result<Partial, tonic::Status> {
        self.grpc_at(bench.grpc(), message, packing).await
    }

    pub(crate) async fn grpc_at(
        self,
        address: SocketAddr,
        message: &[u8],
        packing: Option<CompressionEncoding>,
    ) -> Result<Partial, tonic::Status> {
        let client = Client { packing, ..self.connect(address).await };
        client.export(message.to_vec()).await
    }

    pub(crate) async fn connect(self, address: SocketAddr) -> Client {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Client { signal: self, channel, packing: None, token: None }
    }
}

/// tonic's client of one signal.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    signal: Signal,
    channel: Channel,
    packing: Option<CompressionEncoding>,
    pub(crate) token: Option<String>,
}

impl Client {
    pub(crate) async fn export(self, message: Vec<u8>) -> Result<Partial, tonic::Status> {
        let channel = self.channel;
        let typed = match self.signal {
            Signal::Traces => ExportTraceServiceRequest::decode(&message[..]).is_ok(),
            Signal::Logs => ExportLogsServiceRequest::decode(&message[..]).is_ok(),
            Signal::Metrics => ExportMetricsServiceRequest::decode(&message[..]).is_ok(),
        };
        if !typed {
            return export_bytes(channel, self.signal, message).await;
        }
        let mut metadata = tonic::metadata::MetadataMap::new();
        if let Some(token) = &self.token {
            metadata.insert("authorization", token.parse().unwrap());
        }
        macro_rules! exported {
            ($client:ident, $request:ident, $rejected:ident) => {{
                let mut client = $client::new(channel);
                if let Some(packing) = self.packing {
                    client = client.send_compressed(packing).accept_compressed(packing);
                }
                let message = $request::decode(&message[..]).unwrap();
                let request = tonic::Request::from_parts(metadata, tonic::Extensions::default(), message);
                let response = client.export(request).await?.into_inner();
                response.partial_success.map(|partial| (partial.$rejected, partial.error_message))
            }};
        }
        Ok(match self.signal {
            Signal::Traces => exported!(TraceServiceClient, ExportTraceServiceRequest, rejected_spans),
            Signal::Logs => exported!(LogsServiceClient, ExportLogsServiceRequest, rejected_log_records),
            Signal::Metrics => exported!(MetricsServiceClient, ExportMetricsServiceRequest, rejected_data_points),
        })
    }
}

/// Bytes that no typed client would send, because they are no message of the signal.
async fn export_bytes(channel: Channel, signal: Signal, message: Vec<u8>) -> Result<Partial, tonic::Status> {
    let mut frame = vec![0];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    let method = match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    };
    let mut request = hyper::Request::new(tonic::body::Body::new(http_body_util::Full::new(frame.into())));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = method.parse().unwrap();
    request.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    let mut channel = channel;
    std::future::poll_fn(|context| tonic::client::GrpcService::poll_ready(&mut channel, context)).await.unwrap();
    let response = tonic::client::GrpcService::call(&mut channel, request).await.unwrap();
    match tonic::Status::from_header_map(response.headers()) {
        Some(status) if status.code() != tonic::Code::Ok => Err(status),
        other => panic!("no refusal: {other:?}"),
    }
}

/// A log record that is fine.
pub(crate) fn log(number: u8) -> LogRecord {
    LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(format!("log {number}"))) }),
        attributes: vec![attribute("colour", "blue")],
        trace_id: vec![number; 16],
        span_id: vec![1; 8],
        ..LogRecord::default()
    }
}

/// A request of one service.
pub(crate) fn logs(service: &str, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource(service)),
            scope_logs: vec![ScopeLogs { scope: Some(scope()), log_records, schema_url: String::new() }],
            schema_url: String::new(),
        }],
    }
}

/// A point of a gauge that is fine.
pub(crate) fn number(number: u8) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: 1_700_000_000_000_000_000,
        attributes: vec![attribute("number", &number.to_string())],
        value: Some(number_data_point::Value::AsInt(number.into())),
        ..NumberDataPoint::default()
    }
}

/// A request of one service.
pub(crate) fn metrics(service: &str, data_points: Vec<NumberDataPoint>) -> ExportMetricsServiceRequest {
    let metric = Metric {
        name: "depth".into(),
        unit: "{message}".into(),
        data: Some(Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource(service)),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope()),
                metrics: vec![metric],
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

fn resource(service: &str) -> Resource {
    Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "tests".into(), version: "1".into(), ..InstrumentationScope::default() }
}
