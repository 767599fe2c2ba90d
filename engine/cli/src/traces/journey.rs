//! One message's way in a terminal: a line a hop, all on one time line.

use thalweg_charts::units;
use thalweg_protocol::{JourneyView, TraceRow, topology::JourneyHop, trace::RowKind};

use super::{list::date_time, map::counted, waterfall};
use crate::terminal::{Look, QUIET, STRONG, plain_line};

/// The whole way.
pub(super) fn render(journey: &JourneyView, look: Look) -> String {
    let Some(first) = journey.hops.first() else {
        return "No span of it sends or receives a message.\n".to_owned();
    };
    let title = format!("{} ({})", plain_line(&first.channel), plain_line(&first.service));
    let figures = format!(
        "{} UTC, {}, {}",
        date_time(journey.start_unix_nano),
        look.say(&units::milliseconds(journey.duration_ms)),
        counted(journey.traces, "trace")
    );
    let rows: Vec<TraceRow> = journey.hops.iter().map(row).collect();
    let mut text = format!("{}\n{}\n\n", look.paint(STRONG, title), look.paint(QUIET, figures));
    text += &waterfall::bars(&rows, look);
    text += &waterfall::legend(&rows, look);
    if journey.hops.iter().any(|hop| hop.skewed) {
        text += "Where clocks disagree, a message was received before it was sent; how long it waited is not known.\n";
    }
    if journey.cut {
        text += "There may be more: not all stored traces were looked at.\n";
    }
    text
}

fn row(hop: &JourneyHop) -> TraceRow {
    let group = hop.group.as_deref().filter(|group| *group != hop.service);
    let (kind, name) = match hop.kind.as_str() {
        "sent" => (RowKind::Producer, format!("send to {}", hop.channel)),
        "gave-up" => (RowKind::Producer, format!("give up to {}", hop.channel)),
        "waited" if hop.skewed => (RowKind::Wait, format!("wait in {} (clocks disagree)", hop.channel)),
        "waited" => (RowKind::Wait, format!("wait in {}", hop.channel)),
        "backoff" => (RowKind::Retry, format!("wait for attempt {}", hop.attempt.max(2))),
        "fetched" => (RowKind::Consumer, format!("fetch from {}", hop.channel)),
        _ if hop.attempt > 1 => (RowKind::Consumer, format!("handle {}, attempt {}", hop.channel, hop.attempt)),
        _ => (RowKind::Consumer, format!("handle {}", hop.channel)),
    };
    let name = match group {
        Some(group) if kind == RowKind::Consumer => format!("{name} as {group}"),
        _ => name,
    };
    let waits = matches!(kind, RowKind::Wait | RowKind::Retry);
    TraceRow {
        kind,
        depth: hop.depth,
        name,
        service: if waits { String::new() } else { hop.service.clone() },
        start_nano: hop.start_nano,
        duration_nano: hop.duration_nano,
        self_nano: 0,
        critical_nano: 0,
        critical: Vec::new(),
        error: hop.error,
        descendants: 0,
        span: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 100 };

    fn hop(kind: &str, depth: u32, service: &str, channel: &str, start_ms: u64, ms: u64) -> JourneyHop {
        JourneyHop {
            kind: kind.into(),
            depth,
            trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
            span_id: "b7ad6b7169203331".into(),
            service: service.into(),
            name: "an operation".into(),
            channel: channel.into(),
            system: "kafka".into(),
            group: Some("payments".into()),
            start_nano: start_ms * 1_000_000,
            duration_nano: ms * 1_000_000,
            attempt: 0,
            error: false,
            skewed: false,
            by: None,
        }
    }

    fn journey() -> JourneyView {
        let mut failed = hop("handled", 1, "payment", "orders", 40, 10);
        (failed.attempt, failed.error) = (1, true);
        let mut second = hop("handled", 1, "payment", "orders", 250, 30);
        second.attempt = 2;
        let mut backoff = hop("backoff", 1, "payment", "orders", 50, 200);
        backoff.attempt = 2;
        let mut skewed = hop("waited", 2, "mailer", "mails", 260, 0);
        skewed.skewed = true;
        JourneyView {
            start_unix_nano: 1_795_446_471_250_000_000,
            duration_ms: 320.0,
            traces: 3,
            cut: true,
            hops: vec![
                hop("sent", 0, "shop", "orders", 0, 2),
                hop("waited", 1, "payment", "orders", 2, 38),
                failed,
                backoff,
                second,
                skewed,
                hop("fetched", 2, "mailer", "mails", 260, 60),
                hop("gave-up", 2, "payment", "orders-dlq", 270, 2),
            ],
        }
    }

    #[test]
    fn a_message_tried_twice() {
        insta::assert_snapshot!(render(&journey(), LOOK));
    }

    #[test]
    fn in_ascii_too() {
        assert!(render(&journey(), Look { unicode: false, ..LOOK }).is_ascii());
    }

    #[test]
    fn a_trace_without_messages_says_so() {
        let none = JourneyView { hops: Vec::new(), ..journey() };
        assert!(render(&none, LOOK).contains("No span"));
    }
}
