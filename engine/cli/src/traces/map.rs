//! The map of a system in a terminal: a line a connection, and below what is worth a look.

use thalweg_charts::units;
use thalweg_protocol::{
    TopologyMap,
    topology::{MeasuredTimes, TopologyEdge, TopologyKind, TopologyNode},
};

use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{Look, QUIET, plain_line},
};

/// The map.
pub(super) fn render(map: &TopologyMap, look: Look) -> String {
    let seconds = map.until_unix_nano.saturating_sub(map.from_unix_nano) as f64 / 1e9;
    let head = format!(
        "{}, {} over {}",
        counted(map.traces, "trace"),
        counted(map.spans, "span"),
        look.say(&units::seconds(seconds))
    );
    let mut text = format!("{}\n", look.paint(QUIET, head));
    if map.edges.is_empty() {
        return text + "No span sends, receives or calls.\n";
    }
    let mut table = Table::new(&[
        ("from", Side::Left),
        ("", Side::Left),
        ("to", Side::Left),
        ("messages", Side::Right),
        ("rate", Side::Right),
        ("failed", Side::Right),
        ("takes p95", Side::Right),
        ("waits p95", Side::Right),
        ("again", Side::Right),
    ])
    .yielding(&[2, 0]);
    for edge in &map.edges {
        table.row(row(map, edge, look));
    }
    text += "\n";
    text += &table.without_empty_columns().render(look);
    let findings = findings(map);
    if !findings.is_empty() {
        text += "\n";
        text.extend(findings.iter().map(|finding| format!("{} {finding}\n", look.sign("•", "-"))));
    }
    text
}

fn row(map: &TopologyMap, edge: &TopologyEdge, look: Look) -> Vec<Cell> {
    let none = || Cell::toned(look.sign("–", "-"), Tone::Quiet);
    let time = |times: &Option<MeasuredTimes>| {
        times.as_ref().map_or_else(none, |times| look.say(&units::milliseconds(times.p95)).into())
    };
    let count = |count: u64, tone| if count == 0 { none() } else { Cell::toned(units::whole(count), tone) };
    let name = |index: usize| map.nodes.get(index).map(|node| name(map, node)).unwrap_or_default();
    vec![
        name(edge.from).into(),
        Cell::toned(edge.kind.clone(), Tone::Quiet),
        name(edge.to).into(),
        units::whole(edge.messages).into(),
        edge.per_s.map_or_else(none, |per_s| look.say(&units::rate(per_s)).into()),
        count(edge.errors, Tone::Bad),
        time(&edge.latency_ms),
        time(&edge.wait_ms),
        count(edge.redelivered, Tone::Warn),
    ]
}

/// `1 trace`, `2 traces`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", units::whole(count), if count == 1 { "" } else { "s" })
}

/// A node as a reader finds it again; a channel with its system where there are several.
fn name(map: &TopologyMap, node: &TopologyNode) -> String {
    let name = plain_line(&node.name);
    let is_other = |other: &&TopologyNode| other.kind == TopologyKind::Channel && other.of != node.of;
    match node.kind {
        TopologyKind::Channel if !map.nodes.iter().any(|other| is_other(&other)) => name,
        TopologyKind::Service if node.of.is_empty() => name,
        TopologyKind::Service => format!("{}/{name}", plain_line(&node.of)),
        TopologyKind::Group => format!("group {name}"),
        TopologyKind::Http | TopologyKind::Rpc | TopologyKind::Other => format!("({name})"),
        TopologyKind::Channel | TopologyKind::Database => format!("{}:{name}", plain_line(&node.of)),
    }
}

/// What is worth a look, in sentences.
fn findings(map: &TopologyMap) -> Vec<String> {
    let mut found = Vec::new();
    for node in &map.nodes {
        let shown = name(map, node);
        if node.orphan && !node.dead_letters {
            found.push(format!("Nobody was seen to receive from {shown}."));
        }
        if node.orphan && node.dead_letters {
            found.push(format!("Nobody was seen to look after the dead letters in {shown}."));
        }
        if node.ghost {
            found.push(format!("Nobody was seen to send to {shown}."));
        }
        if node.collapsed > 1 {
            found.push(format!("{shown} stands for {} names.", units::whole(node.collapsed)));
        }
        if node.brokers.len() > 1 {
            let brokers: Vec<String> = node.brokers.iter().map(|broker| plain_line(broker)).collect();
            found.push(format!("{shown} is known by several addresses: {}.", brokers.join(", ")));
        }
    }
    for edge in map.edges.iter().filter(|edge| edge.skewed > 0) {
        let to = map.nodes.get(edge.to).map(|node| name(map, node)).unwrap_or_default();
        let skewed = units::whole(edge.skewed);
        found.push(format!("{skewed} messages reached {to} before they were sent: the clocks disagree."));
    }
    if map.cut {
        found.push("There are more traces than were read; --since limits them.".to_owned());
    }
    if map.forgotten > 0 {
        let forgotten = units::whole(map.forgotten);
        found.push(format!(
            "{forgotten} messages were let go before all of their spans were read: waiting may lack them."
        ));
    }
    if map.left_out > 0 {
        found.push(format!("{} times a connection found no place: the map is not whole.", units::whole(map.left_out)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 110 };

    fn node(kind: TopologyKind, name: &str, of: &str) -> TopologyNode {
        TopologyNode { kind, name: name.to_owned(), of: of.to_owned(), spans: 10, ..TopologyNode::default() }
    }

    fn edge(from: usize, to: usize, kind: &str) -> TopologyEdge {
        let latency_ms = MeasuredTimes { count: 1200, mean: 2.0, cv: 1.0, p50: 1.5, p95: 5.0, p99: 9.0, max: 12.0 };
        TopologyEdge {
            from,
            to,
            kind: kind.to_owned(),
            messages: 1200,
            spans: 1200,
            per_s: Some(20.0),
            latency_ms: Some(latency_ms),
            ..TopologyEdge::default()
        }
    }

    fn map() -> TopologyMap {
        let mut orders = node(TopologyKind::Channel, "orders", "kafka");
        orders.brokers = vec!["kafka-1:9092".into(), "kafka-2:9092".into()];
        let mut unread = node(TopologyKind::Channel, "unread\u{1b}[31m", "kafka");
        unread.orphan = true;
        let nodes = vec![
            node(TopologyKind::Service, "shop", "web"),
            orders,
            node(TopologyKind::Group, "payment", "kafka"),
            unread,
            node(TopologyKind::Http, "card.example", ""),
        ];
        let mut delivered = edge(1, 2, "deliver");
        delivered.wait_ms = delivered.latency_ms;
        (delivered.errors, delivered.redelivered, delivered.skewed) = (60, 12, 3);
        TopologyMap {
            traces: 1200,
            spans: 3600,
            from_unix_nano: 1_795_446_471_000_000_000,
            until_unix_nano: 1_795_446_531_000_000_000,
            cut: false,
            forgotten: 0,
            left_out: 0,
            nodes,
            edges: vec![edge(0, 1, "publish"), edge(0, 3, "publish"), edge(0, 4, "call"), delivered],
        }
    }

    #[test]
    fn a_map_as_a_table() {
        insta::assert_snapshot!(render(&map(), LOOK));
    }

    #[test]
    fn in_ascii_too() {
        // What stands for a character that would steer the terminal is of others' making.
        let text = render(&map(), Look { unicode: false, ..LOOK }).replace('\u{fffd}', "?");
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let empty = TopologyMap { nodes: Vec::new(), edges: Vec::new(), ..map() };
        assert!(render(&empty, LOOK).contains("No span sends"));
    }
}
