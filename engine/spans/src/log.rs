//! A batch as it is, in bytes: what is written first, before there is time to pack it.

use crate::bytes::{Reader, put_bytes, put_varint, unzigzag, zigzag};
use crate::{Attributes, Batch, Damage, Resource, Scope, Span};

/// Appends the batch to `out`.
pub fn batch_to_bytes(batch: &Batch, out: &mut Vec<u8>) {
    put_varint(out, batch.resources.len() as u64);
    for resource in &batch.resources {
        put_bytes(out, resource.service.as_bytes());
        put_bytes(out, resource.attributes.as_bytes());
        put_bytes(out, &resource.body);
    }
    put_varint(out, batch.scopes.len() as u64);
    for scope in &batch.scopes {
        put_bytes(out, scope.name.as_bytes());
        put_bytes(out, &scope.body);
    }
    put_varint(out, batch.spans.len() as u64);
    let mut before: Option<&Span> = None;
    for span in &batch.spans {
        put_span(out, span, before);
        before = Some(span);
    }
}

/// Same trace as the span before.
const SAME_TRACE: u8 = 1;
const HAS_PARENT: u8 = 2;
const IS_PLAIN: u8 = 4;

fn put_span(out: &mut Vec<u8>, span: &Span, before: Option<&Span>) {
    let same_trace = before.is_some_and(|before| before.trace_id == span.trace_id);
    let has_parent = span.parent_id.is_some();
    out.push(
        u8::from(same_trace) * SAME_TRACE + u8::from(has_parent) * HAS_PARENT + u8::from(span.is_plain) * IS_PLAIN,
    );
    if !same_trace {
        out.extend_from_slice(&span.trace_id);
    }
    out.extend_from_slice(&span.span_id);
    if let Some(parent) = span.parent_id {
        out.extend_from_slice(&parent);
    }
    put_varint(out, span.resource as u64);
    put_varint(out, span.scope as u64);
    put_bytes(out, span.name.as_bytes());
    out.push(span.kind);
    out.push(span.status);
    let before = before.map_or(0, |before| before.start_ns);
    put_varint(out, zigzag(span.start_ns.wrapping_sub(before).cast_signed()));
    put_varint(out, zigzag(span.end_ns.wrapping_sub(span.start_ns).cast_signed()));
    put_bytes(out, span.attributes.as_bytes());
    put_bytes(out, &span.rest);
}

/// Reads what [`batch_to_bytes`] wrote.
pub fn batch_from_bytes(bytes: &[u8]) -> Result<Batch, Damage> {
    let mut reader = Reader::new(bytes);
    let mut batch = Batch::default();
    for _ in 0..reader.count()? {
        let service = reader.text()?.to_owned();
        let attributes = Attributes::read(reader.bytes()?)?;
        batch.resources.push(Resource { service, attributes, body: reader.bytes()?.to_vec() });
    }
    for _ in 0..reader.count()? {
        batch.scopes.push(Scope { name: reader.text()?.to_owned(), body: reader.bytes()?.to_vec() });
    }
    for _ in 0..reader.count()? {
        let span = read_span(&mut reader, batch.spans.last())?;
        if span.resource >= batch.resources.len() || span.scope >= batch.scopes.len() {
            return Err(Damage("a span's resource or scope is missing"));
        }
        batch.spans.push(span);
    }
    reader.end()?;
    Ok(batch)
}

fn read_span(reader: &mut Reader<'_>, before: Option<&Span>) -> Result<Span, Damage> {
    let flags = reader.byte()?;
    let trace_id = match before {
        Some(before) if flags & SAME_TRACE != 0 => before.trace_id,
        None if flags & SAME_TRACE != 0 => return Err(Damage("the first span has no trace")),
        _ => reader.array()?,
    };
    let span_id = reader.array()?;
    let parent_id = if flags & HAS_PARENT == 0 { None } else { Some(reader.array()?) };
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (resource, scope) = (index(reader.varint()?), index(reader.varint()?));
    let name = reader.text()?.to_owned();
    let (kind, status) = (reader.byte()?, reader.byte()?);
    let before = before.map_or(0, |before| before.start_ns);
    let start_ns = before.wrapping_add(unzigzag(reader.varint()?).cast_unsigned());
    let end_ns = start_ns.wrapping_add(unzigzag(reader.varint()?).cast_unsigned());
    let attributes = Attributes::read(reader.bytes()?)?;
    let rest = reader.bytes()?.to_vec();
    let is_plain = flags & IS_PLAIN != 0;
    Ok(Span {
        trace_id,
        span_id,
        parent_id,
        resource,
        scope,
        name,
        kind,
        status,
        start_ns,
        end_ns,
        attributes,
        rest,
        is_plain,
    })
}
