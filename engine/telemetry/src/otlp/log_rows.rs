//! Log records into the store's rows, and rows back into records.
//!
//! A record's body is the protobuf `LogRecord` without what the row's columns hold. A body that is plain text is the row's text;
//! of any other body the text is what a reader would write down, for lists and searches, and the body itself is kept too.

use std::fmt::Write;

use prost::{DecodeError, Message};
use thalweg_store::{LogBatch, LogRow, ResourceRow};

use super::common::any_value::Value as ProtoValue;
use super::common::{AnyValue, KeyValue};
use super::logs::LogRecord;
use super::logs_collector::ExportLogsServiceRequest;
use super::rows::{attributes, service_name, value};
use crate::ids::{SpanId, TraceId};
use crate::limits::VALUE_BYTES;
use crate::logs::Log;
use crate::model::Value;

/// The rows of a request that [`super::admit::logs`] has gone through.
pub(crate) fn batch_from_request(request: ExportLogsServiceRequest) -> LogBatch {
    let mut batch = LogBatch::default();
    for mut resource_logs in request.resource_logs {
        let scopes = std::mem::take(&mut resource_logs.scope_logs);
        if scopes.iter().all(|scope| scope.log_records.is_empty()) {
            continue;
        }
        let resource = batch.resources.len();
        let service = service_name(resource_logs.resource.as_ref());
        batch.resources.push(ResourceRow { service, body: resource_logs.encode_to_vec() });
        for mut scope_logs in scopes {
            let records = std::mem::take(&mut scope_logs.log_records);
            if records.is_empty() {
                continue;
            }
            let scope = batch.scopes.len();
            batch.scopes.push(scope_logs.encode_to_vec());
            batch.records.extend(records.into_iter().map(|record| row_from_record(record, resource, scope)));
        }
    }
    batch
}

fn row_from_record(mut record: LogRecord, resource: usize, scope: usize) -> LogRow {
    // Ids that are none stay where they are: part of what was sent, and of no trace.
    let trace_id = <[u8; 16]>::try_from(&record.trace_id[..]).ok().filter(|id| *id != [0; 16]);
    let span_id = <[u8; 8]>::try_from(&record.span_id[..]).ok().filter(|id| *id != [0; 8]);
    if trace_id.is_some() {
        record.trace_id.clear();
    }
    if span_id.is_some() {
        record.span_id.clear();
    }
    let time_ns = if record.time_unix_nano == 0 { record.observed_time_unix_nano } else { record.time_unix_nano };
    let text = match &mut record.body {
        Some(AnyValue { value: Some(ProtoValue::StringValue(text)) }) if !text.is_empty() => {
            let text = std::mem::take(text);
            record.body = None;
            text
        }
        Some(other) => written(other),
        None => String::new(),
    };
    LogRow {
        time_ns,
        severity: u8::try_from(record.severity_number).unwrap_or(0),
        trace_id,
        span_id,
        resource,
        scope,
        event_name: std::mem::take(&mut record.event_name),
        text,
        body: record.encode_to_vec(),
    }
}

/// A stored record as the program sees it.
pub(crate) fn log_from_row(row: &LogRow, resources: &[ResourceRow]) -> Result<Log, DecodeError> {
    let record = LogRecord::decode(&row.body[..])?;
    let body = match record.body {
        None if !row.text.is_empty() => Value::String(row.text.clone()),
        body => value(body),
    };
    Ok(Log {
        time_unix_nano: record.time_unix_nano,
        observed_time_unix_nano: record.observed_time_unix_nano,
        severity: row.severity,
        severity_text: record.severity_text,
        text: row.text.clone(),
        body,
        event_name: row.event_name.clone(),
        trace_id: row.trace_id.map(TraceId),
        span_id: row.span_id.map(SpanId),
        flags: record.flags,
        attributes: attributes(record.attributes),
        dropped_attributes: record.dropped_attributes_count,
        service: resources.get(row.resource).map(|resource| resource.service.clone()).unwrap_or_default(),
        resource: row.resource,
        scope: row.scope,
    })
}

/// A value as a reader would write it down; no longer than a text may be.
fn written(value: &AnyValue) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    if text.len() > VALUE_BYTES {
        text.truncate(text.floor_char_boundary(VALUE_BYTES));
    }
    text
}

/// Recursive, but `admit` let nothing deep this far.
fn write_value(value: &AnyValue, text: &mut String) {
    if text.len() > VALUE_BYTES {
        return;
    }
    match &value.value {
        None | Some(ProtoValue::StringValueStrindex(_)) => {}
        Some(ProtoValue::StringValue(string)) => text.push_str(string),
        Some(ProtoValue::BoolValue(truth)) => write!(text, "{truth}").unwrap_or_default(),
        Some(ProtoValue::IntValue(number)) => write!(text, "{number}").unwrap_or_default(),
        Some(ProtoValue::DoubleValue(number)) => write!(text, "{number}").unwrap_or_default(),
        Some(ProtoValue::BytesValue(bytes)) => write!(text, "{} bytes", bytes.len()).unwrap_or_default(),
        Some(ProtoValue::ArrayValue(list)) => {
            text.push('[');
            for (at, item) in list.values.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                write_value(item, text);
            }
            text.push(']');
        }
        Some(ProtoValue::KvlistValue(map)) => {
            text.push('{');
            for (at, KeyValue { key, value, .. }) in map.values.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                text.push_str(key);
                text.push('=');
                if let Some(value) = value {
                    write_value(value, text);
                }
            }
            text.push('}');
        }
    }
}
