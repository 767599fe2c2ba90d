//! A trace as `thalweg-topology` reads it: lent, not copied.

use thalweg_topology::{self as topology, Field, Kind, Observed, ObservedLink, ObservedTrace, Service};

use crate::model::{Attributes, Link, Resource, Span, SpanKind, Trace, Value, attribute};

/// The spans of a trace, with what the rules of the topology ask for.
pub fn observed(trace: &Trace) -> ObservedTrace<'_> {
    ObservedTrace { id: trace.id.0, spans: trace.spans.iter().map(|span| observed_span(trace, span)).collect() }
}

fn observed_span<'a>(trace: &'a Trace, span: &'a Span) -> Observed<'a> {
    let resource = trace.resources.get(span.resource);
    Observed {
        id: span.id.0,
        parent: span.parent.map(|parent| parent.0),
        kind: match span.kind {
            SpanKind::Unspecified => Kind::Unspecified,
            SpanKind::Internal => Kind::Internal,
            SpanKind::Server => Kind::Server,
            SpanKind::Client => Kind::Client,
            SpanKind::Producer => Kind::Producer,
            SpanKind::Consumer => Kind::Consumer,
        },
        service: Service {
            namespace: text(resource, "service.namespace"),
            name: trace.service(span),
            instance: text(resource, "service.instance.id"),
        },
        name: &span.name,
        start: span.start_unix_nano,
        end: span.end_unix_nano,
        error: span.is_error(),
        attributes: fields(&span.attributes),
        links: span.links.iter().filter_map(link).collect(),
    }
}

fn text<'a>(resource: Option<&'a Resource>, key: &str) -> &'a str {
    resource.and_then(|resource| attribute(&resource.attributes, key)).and_then(Value::as_str).unwrap_or_default()
}

/// A link to nowhere says nothing.
fn link(link: &Link) -> Option<ObservedLink<'_>> {
    let trace = link.trace_id.as_slice().try_into().ok()?;
    let span = link.span_id.as_slice().try_into().ok()?;
    Some(ObservedLink { trace, span, attributes: fields(&link.attributes) })
}

/// Those attributes that are single values.
fn fields(attributes: &Attributes) -> topology::Attributes<'_> {
    let field = |value: &'_ Value| match value {
        Value::Int(number) => Some(Field::Int(*number)),
        Value::Bool(truth) => Some(Field::Bool(*truth)),
        _ => None,
    };
    let lent = attributes.iter().filter_map(|(key, value)| {
        let field = value.as_str().map(Field::Text).or_else(|| field(value))?;
        Some((key.as_str(), field))
    });
    topology::Attributes(lent.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{SpanId, TraceId};
    use crate::model::{Scope, SpanStatus, StatusCode};

    #[test]
    fn what_is_lent() {
        let string = |text: &str| Value::String(text.to_owned());
        let attributes = vec![
            ("messaging.system".to_owned(), string("kafka")),
            ("messaging.kafka.offset".to_owned(), Value::Int(7)),
            ("tags".to_owned(), Value::Array(vec![string("a")])),
        ];
        let link = |span: &[u8]| Link {
            trace_id: vec![9; 16],
            span_id: span.to_vec(),
            trace_state: String::new(),
            attributes: vec![("messaging.message.id".to_owned(), string("m1"))],
            dropped_attributes: 0,
            flags: 0,
        };
        let resource = Resource {
            service: "shop".to_owned(),
            attributes: vec![("service.namespace".to_owned(), string("web"))],
            dropped_attributes: 0,
            schema_url: String::new(),
        };
        let scope = Scope {
            name: String::new(),
            version: String::new(),
            attributes: Vec::new(),
            dropped_attributes: 0,
            schema_url: String::new(),
        };
        let span = Span {
            id: SpanId([1; 8]),
            parent: Some(SpanId([2; 8])),
            name: "orders send".to_owned(),
            kind: SpanKind::Producer,
            start_unix_nano: 5,
            end_unix_nano: 9,
            status: SpanStatus { code: StatusCode::Error, message: String::new() },
            attributes,
            events: Vec::new(),
            links: vec![link(&[3; 8]), link(&[3; 7])],
            resource: 0,
            scope: 0,
            trace_state: String::new(),
            flags: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        };
        let trace = Trace { id: TraceId([7; 16]), resources: vec![resource], scopes: vec![scope], spans: vec![span] };
        let lent = observed(&trace);
        let span = &lent.spans[0];
        assert_eq!((lent.id, span.id, span.parent, span.kind), ([7; 16], [1; 8], Some([2; 8]), Kind::Producer));
        assert_eq!(span.service, Service { namespace: "web", name: "shop", instance: "" });
        assert_eq!((span.start, span.end, span.error), (5, 9, true));
        assert_eq!(
            span.attributes.0,
            [("messaging.system", Field::Text("kafka")), ("messaging.kafka.offset", Field::Int(7))]
        );
        assert_eq!(span.links.len(), 1);
        assert_eq!(span.links[0].attributes.0, [("messaging.message.id", Field::Text("m1"))]);
    }
}
