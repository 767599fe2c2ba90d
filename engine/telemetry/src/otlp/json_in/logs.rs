//! Log records in OTLP's JSON.

use serde::Deserialize;

use super::{AnyValue, Hex, JsonRequest, KeyValue, Number, Resource, Scope, bytes, has_keys, list, number};
use crate::otlp::logs;
use crate::otlp::logs_collector::ExportLogsServiceRequest;

pub(crate) fn read(body: &[u8]) -> Result<JsonRequest<ExportLogsServiceRequest>, serde_json::Error> {
    let request: Request = serde_json::from_slice(body)?;
    let nothing_recognised = request.resource_logs.is_none() && has_keys(body);
    Ok(JsonRequest {
        request: ExportLogsServiceRequest { resource_logs: list(request.resource_logs) },
        nothing_recognised,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_logs: Option<Vec<ResourceLogs>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    resource: Option<Resource>,
    scope_logs: Option<Vec<ScopeLogs>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    scope: Option<Scope>,
    log_records: Option<Vec<LogRecord>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord {
    time_unix_nano: Option<Number<u64>>,
    observed_time_unix_nano: Option<Number<u64>>,
    severity_number: Option<i32>,
    severity_text: Option<String>,
    body: Option<AnyValue>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
    flags: Option<Number<u32>>,
    trace_id: Option<Hex>,
    span_id: Option<Hex>,
    event_name: Option<String>,
}

impl From<ResourceLogs> for logs::ResourceLogs {
    fn from(from: ResourceLogs) -> Self {
        Self {
            resource: from.resource.map(Into::into),
            scope_logs: list(from.scope_logs),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<ScopeLogs> for logs::ScopeLogs {
    fn from(from: ScopeLogs) -> Self {
        Self {
            scope: from.scope.map(Into::into),
            log_records: list(from.log_records),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<LogRecord> for logs::LogRecord {
    fn from(from: LogRecord) -> Self {
        Self {
            time_unix_nano: number(from.time_unix_nano),
            observed_time_unix_nano: number(from.observed_time_unix_nano),
            severity_number: from.severity_number.unwrap_or_default(),
            severity_text: from.severity_text.unwrap_or_default(),
            body: from.body.map(Into::into),
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
            flags: number(from.flags),
            trace_id: bytes(from.trace_id),
            span_id: bytes(from.span_id),
            event_name: from.event_name.unwrap_or_default(),
        }
    }
}
