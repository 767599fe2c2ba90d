//! Which log records are kept, and what of them.
//!
//! A record needs nothing to be kept: without a time it stands where it was seen, without usable ids it belongs to no trace, as
//! OTLP has it ("receivers SHOULD assume that the log record is not associated with a trace").

use super::{admit_resource, admit_scope, cut_attributes, cut_text, cut_value, too_deep, values_too_deep};
use crate::limits::VALUE_DEPTH;
use crate::otlp::logs::LogRecord;
use crate::otlp::logs_collector::ExportLogsServiceRequest;
use crate::otlp::remarks::Remarks;

/// Removes what cannot be kept and cuts what is too much.
pub(crate) fn admit(request: &mut ExportLogsServiceRequest) -> Remarks {
    let mut remarks = Remarks::on("log record");
    for resource_logs in &mut request.resource_logs {
        let scopes = &mut resource_logs.scope_logs;
        let below = || scopes.iter().map(|scope| scope.log_records.len() as u64).sum();
        if !admit_resource(resource_logs.resource.as_mut(), below, &mut remarks) {
            scopes.clear();
        }
        for scope_logs in scopes {
            let below = || scope_logs.log_records.len() as u64;
            if !admit_scope(scope_logs.scope.as_mut(), below, &mut remarks) {
                scope_logs.log_records.clear();
            }
            scope_logs.log_records.retain_mut(|record| {
                if too_deep(&record.attributes) {
                    remarks.reject(format!("attribute nested deeper than {VALUE_DEPTH}"), 1);
                    return false;
                }
                if values_too_deep(record.body.iter()) {
                    remarks.reject(format!("body nested deeper than {VALUE_DEPTH}"), 1);
                    return false;
                }
                doubt_ids(record, &mut remarks);
                cut(record, &mut remarks);
                true
            });
        }
    }
    remarks
}

fn doubt_ids(record: &LogRecord, remarks: &mut Remarks) {
    for (id, length, what) in [(&record.trace_id, 16, "trace"), (&record.span_id, 8, "span")] {
        if !id.is_empty() && id.len() != length {
            let bytes = id.len();
            remarks.doubt(format!("{what} id of {bytes} bytes instead of {length}, so it belongs to no {what}"));
        }
    }
}

fn cut(record: &mut LogRecord, remarks: &mut Remarks) {
    cut_attributes(&mut record.attributes, &mut record.dropped_attributes_count, remarks);
    cut_text(&mut record.severity_text, remarks);
    cut_text(&mut record.event_name, remarks);
    if let Some(body) = &mut record.body {
        cut_value(body, remarks);
    }
}
