//! Which spans, log records and data points of a request are kept, and what of them.
//!
//! What is unusable or nests too deep is refused alone; what is merely too much is cut and counted, in OTLP's own
//! `dropped_*_count` where there is one. Either way the sender is told through `partial_success`.

mod logs;
mod metrics;
mod traces;

pub(crate) use self::logs::admit as logs;
pub(crate) use self::metrics::{NO_RECORDED_VALUE, admit as metrics, points};
pub(crate) use self::traces::admit as traces;
use super::common::any_value::Value;
use super::common::{AnyValue, InstrumentationScope, KeyValue};
use super::remarks::Remarks;
use super::resource::Resource;
use crate::limits::{ATTRIBUTES, VALUE_BYTES, VALUE_DEPTH};

/// Cuts a resource's attributes; false, and all of the `items` below it refused, when they nest too deep.
fn admit_resource(resource: Option<&mut Resource>, items: impl FnOnce() -> u64, remarks: &mut Remarks) -> bool {
    let Some(resource) = resource else { return true };
    if too_deep(&resource.attributes) {
        remarks.reject(format!("resource attribute nested deeper than {VALUE_DEPTH}"), items());
        resource.attributes.clear();
        return false;
    }
    cut_attributes(&mut resource.attributes, &mut resource.dropped_attributes_count, remarks);
    true
}

/// The same for an instrumentation scope.
fn admit_scope(scope: Option<&mut InstrumentationScope>, items: impl FnOnce() -> u64, remarks: &mut Remarks) -> bool {
    let Some(scope) = scope else { return true };
    if too_deep(&scope.attributes) {
        remarks.reject(format!("scope attribute nested deeper than {VALUE_DEPTH}"), items());
        scope.attributes.clear();
        return false;
    }
    cut_attributes(&mut scope.attributes, &mut scope.dropped_attributes_count, remarks);
    cut_text(&mut scope.name, remarks);
    cut_text(&mut scope.version, remarks);
    true
}

fn id_fault(what: &str, id: &[u8], length: usize) -> Option<String> {
    if id.len() != length {
        Some(format!("{what} of {} bytes instead of {length}", id.len()))
    } else if id.iter().all(|byte| *byte == 0) {
        Some(format!("{what} is all zero"))
    } else {
        None
    }
}

fn too_deep(attributes: &[KeyValue]) -> bool {
    values_too_deep(attributes.iter().filter_map(|kv| kv.value.as_ref()))
}

fn values_too_deep<'a>(values: impl Iterator<Item = &'a AnyValue>) -> bool {
    // With a list of its own instead of recursion: this is what guards the recursive parts.
    let mut open: Vec<(&AnyValue, usize)> = values.map(|v| (v, 1)).collect();
    while let Some((value, depth)) = open.pop() {
        if depth > VALUE_DEPTH {
            return true;
        }
        match &value.value {
            Some(Value::ArrayValue(list)) => open.extend(list.values.iter().map(|v| (v, depth + 1))),
            Some(Value::KvlistValue(map)) => {
                open.extend(map.values.iter().filter_map(|kv| kv.value.as_ref()).map(|v| (v, depth + 1)));
            }
            _ => {}
        }
    }
    false
}

fn cut_list<T>(list: &mut Vec<T>, limit: usize, dropped: &mut u32, remarks: &mut Remarks) {
    let beyond = list.len().saturating_sub(limit);
    list.truncate(limit);
    *dropped = dropped.saturating_add(beyond as u32);
    remarks.dropped_items += beyond as u64;
}

fn cut_attributes(attributes: &mut Vec<KeyValue>, dropped: &mut u32, remarks: &mut Remarks) {
    cut_list(attributes, ATTRIBUTES, dropped, remarks);
    for attribute in attributes {
        cut_text(&mut attribute.key, remarks);
        if let Some(value) = &mut attribute.value {
            cut_value(value, remarks);
        }
    }
}

fn cut_value(value: &mut AnyValue, remarks: &mut Remarks) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match &mut value.value {
            Some(Value::StringValue(text)) => cut_text(text, remarks),
            Some(Value::BytesValue(bytes)) if bytes.len() > VALUE_BYTES => {
                bytes.truncate(VALUE_BYTES);
                remarks.cut_values += 1;
            }
            Some(Value::ArrayValue(list)) => open.extend(&mut list.values),
            Some(Value::KvlistValue(map)) => {
                for entry in &mut map.values {
                    cut_text(&mut entry.key, remarks);
                    open.extend(entry.value.as_mut());
                }
            }
            _ => {}
        }
    }
}

fn cut_text(text: &mut String, remarks: &mut Remarks) {
    if text.len() > VALUE_BYTES {
        text.truncate(text.floor_char_boundary(VALUE_BYTES));
        remarks.cut_values += 1;
    }
}
