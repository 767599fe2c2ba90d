//! What the details of a row say: pairs of name and value under headings.

use thalweg_protocol::trace::{RowKind, SpanDetail};

use crate::text::traces as text;

/// Pairs under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) pairs: Vec<(String, String)>,
}

/// A span's attributes: what belongs to messaging first and without its prefix, then the others, then the resource. Groups
/// without a pair are left out.
pub(super) fn groups(span: &SpanDetail) -> Vec<Group> {
    const PREFIX: &str = "messaging.";
    let (messaging, others): (Vec<_>, Vec<_>) =
        span.attributes.iter().cloned().partition(|(name, _)| name.len() > PREFIX.len() && name.starts_with(PREFIX));
    let messaging = messaging.into_iter().map(|(name, value)| (name[PREFIX.len()..].to_owned(), value)).collect();
    [
        Group { title: text::MESSAGING.now(), pairs: messaging },
        Group { title: text::ATTRIBUTES.now(), pairs: others },
        Group { title: text::RESOURCE.now(), pairs: span.resource.clone() },
    ]
    .into_iter()
    .filter(|group| !group.pairs.is_empty())
    .collect()
}

/// A row's kind in a word.
pub(super) fn kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Internal => text::INTERNAL.now(),
        RowKind::Server => text::SERVER.now(),
        RowKind::Client => text::CLIENT.now(),
        RowKind::Producer => text::PRODUCER.now(),
        RowKind::Consumer => text::CONSUMER.now(),
        RowKind::Wait => text::WAIT.now(),
        RowKind::Retry => text::RETRY.now(),
    }
}

/// An id short enough for a line: `4bf92f35…4736`.
pub(super) fn short_id(id: &str) -> String {
    if id.len() <= 16 || !id.is_ascii() {
        return id.to_owned();
    }
    format!("{}…{}", &id[..8], &id[id.len() - 4..])
}

/// The two environment variables that make a sender send here: name and value. None while nothing listens.
pub(super) fn variables(http: Option<&str>, grpc: Option<&str>) -> Option<[(&'static str, String); 2]> {
    let (address, protocol) = match (http, grpc) {
        (Some(http), _) => (http, "http/protobuf"),
        (None, Some(grpc)) => (grpc, "grpc"),
        (None, None) => return None,
    };
    Some([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn messaging_comes_first_and_empty_groups_not_at_all() {
        let span = SpanDetail {
            span_id: String::new(),
            parent_span_id: String::new(),
            status_message: String::new(),
            attributes: vec![pair("http.method", "GET"), pair("messaging.system", "kafka"), pair("messaging.", "x")],
            resource: vec![],
            scope: String::new(),
            events: vec![],
            links: vec![],
        };
        let groups = groups(&span);
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].title, &groups[0].pairs), ("Messaging", &vec![pair("system", "kafka")]));
        assert_eq!(groups[1].pairs, [pair("http.method", "GET"), pair("messaging.", "x")]);
    }

    #[test]
    fn ids_are_shortened_and_strange_ones_kept() {
        assert_eq!(short_id("4bf92f3577b34da6a3ce929d0e0e4736"), "4bf92f35…4736");
        assert_eq!(short_id("00f067aa0ba902b7"), "00f067aa0ba902b7");
        assert_eq!(short_id("ääääääääääääääääää"), "ääääääääääääääääää");
    }

    #[test]
    fn senders_are_told_where_and_how() {
        let [endpoint, protocol] = variables(Some("127.0.0.1:4318"), Some("127.0.0.1:4317")).unwrap();
        assert_eq!(endpoint.1, "http://127.0.0.1:4318");
        assert_eq!(protocol.1, "http/protobuf");
        assert_eq!(variables(None, Some("127.0.0.1:9")).unwrap()[1].1, "grpc");
        assert_eq!(variables(None, None), None);
    }
}
