//! What must hold for any stream of traces.

mod common;

use common::{Sp, channels, drawn, folded, sp, traces};
use proptest::prelude::*;
use proptest::sample::subsequence;
use thalweg_topology::Kind::{Client, Consumer, Producer, Server};
use thalweg_topology::{Map, ObservedTrace, Topology};

const TOPICS: [&str; 3] = ["orders", "payments", "orders-dlq"];
const SERVICES: [&str; 3] = ["shop", "payment", "billing"];
const HOSTS: [&str; 3] = ["", "kafka-1", "kafka-2"];

/// One message: who sends it where, and who receives it, in the trace of the sender or in one of its own.
#[derive(Debug, Clone)]
struct Message {
    topic: usize,
    from: usize,
    host: usize,
    batch: u64,
    receivers: Vec<(usize, usize, bool, bool, u64, bool)>,
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let receiver = (0..3_usize, 0..3_usize, any::<bool>(), any::<bool>(), 0..200_u64, any::<bool>());
    let message = (0..3_usize, 0..3_usize, 0..3_usize, 1..3_u64, prop::collection::vec(receiver, 0..4));
    let message =
        message.prop_map(|(topic, from, host, batch, receivers)| Message { topic, from, host, batch, receivers });
    prop::collection::vec(message, 1..12)
}

fn spans(messages: &[Message]) -> Vec<Sp> {
    let mut spans = Vec::new();
    let named = |span: Sp, topic: usize, host: usize| {
        let span = span.is("messaging.system", "kafka").is("messaging.destination.name", TOPICS[topic]);
        span.is("server.address", HOSTS[host])
    };
    for (message, base) in messages.iter().zip((0..).step_by(20)) {
        let root = sp(base, base, Server, SERVICES[message.from], base, base + 9);
        spans.push(root);
        let send = sp(base, base + 1, Producer, SERVICES[message.from], base, base + 2).below(base);
        spans.push(
            named(send, message.topic, message.host).is("messaging.batch.message_count", message.batch.cast_signed()),
        );
        let receivers = message.receivers.iter().zip((base + 2..).step_by(3));
        for (&(service, host, linked, failed, start, calls), id) in receivers {
            let trace = if linked { id } else { base };
            let span = sp(trace, id, Consumer, SERVICES[service], start, start + 5);
            let span = if linked { span.linked(base, base + 1) } else { span.below(base + 1) };
            let span = named(span, message.topic, host).is("messaging.operation", "process");
            spans.push(if failed { span.failed() } else { span });
            if calls {
                let call = sp(trace, id + 1, Client, SERVICES[service], start, start + 3).below(id);
                spans.push(call.is("db.system", "postgresql").is("db.name", "shop"));
                let send = sp(trace, id + 2, Producer, SERVICES[service], start + 3, start + 4).below(id);
                spans.push(named(send, (message.topic + 1) % 3, host).is("messaging.operation", "publish"));
            }
        }
    }
    spans
}

fn shuffled() -> impl Strategy<Value = (Vec<Sp>, Vec<ObservedTrace<'static>>)> {
    messages().prop_flat_map(|messages| {
        let spans = spans(&messages);
        let traces = traces(&spans);
        (Just(spans), Just(traces).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn the_order_of_traces_does_not_matter((spans, shuffled) in shuffled()) {
        prop_assert_eq!(folded(&shuffled), folded(&traces(&spans)));
    }

    /// Sampling may cost figures and what needs both sides, but whoever has a span left is on the map, with its own connections.
    #[test]
    fn sampling_loses_no_nodes((traces, kept) in messages().prop_flat_map(|messages| {
        let traces = traces(&spans(&messages));
        let count = traces.len();
        (Just(traces.clone()), subsequence(traces, 0..=count))
    })) {
        let lines = |map: &Map| drawn(map).iter().filter_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            // Each side says these itself.
            (line.contains("publish") || line.contains("deliver")).then(|| words[..3].join(" "))
        }).collect::<std::collections::BTreeSet<String>>();
        let (all, sampled) = (folded(&traces), folded(&kept));
        // The union of what single traces show is what all show together.
        let mut together = std::collections::BTreeSet::new();
        for trace in &traces {
            together.extend(lines(&folded(std::slice::from_ref(trace))));
        }
        prop_assert_eq!(&together, &lines(&all));
        prop_assert!(lines(&sampled).is_subset(&lines(&all)));
        for node in &sampled.nodes {
            prop_assert!(all.nodes.iter().any(|other| other.key.name() == node.key.name()));
        }
    }

    #[test]
    fn every_message_is_counted(messages in messages()) {
        let map = folded(&traces(&spans(&messages)));
        let sum = |word: &str| map.edges.iter().filter(|edge| edge.kind.as_str() == word).map(|edge| edge.messages).sum::<u64>();
        let sent: u64 = messages.iter().map(|m| m.batch + m.receivers.iter().filter(|r| r.5).count() as u64).sum();
        let received: u64 = messages.iter().map(|m| m.receivers.len() as u64).sum();
        prop_assert_eq!(sum("publish"), sent);
        prop_assert_eq!(sum("deliver"), received);
    }
}

/// A consumer of yesterday's message.
#[test]
fn the_sender_may_come_after_the_receiver() {
    let spans = [
        sp(1, 1, Consumer, "billing", 90, 95).is("messaging.destination", "orders").linked(2, 2),
        sp(2, 2, Producer, "shop", 0, 10).is("messaging.destination", "orders"),
    ];
    let mut topology = Topology::new();
    let traces = traces(&spans);
    topology.add(&traces[0]);
    assert!(channels(&topology.map())[0].contains("ghost"));
    topology.add(&traces[1]);
    assert_eq!(
        drawn(&topology.map()),
        ["shop -publish-> unknown:orders 1", "unknown:orders -deliver-> billing 1, waits 80 ms, 1 links"]
    );
}

/// A message handled twice at one moment, once below its sending and once linked to it: which of the two is the first is no matter of
/// which trace came first.
#[test]
fn of_deliveries_at_one_moment_the_surest_counts() {
    let spans = [
        sp(1, 1, Producer, "shop", 0, 10).is("messaging.destination", "orders"),
        sp(1, 2, Consumer, "billing", 90, 95).is("messaging.destination", "orders").below(1),
        sp(2, 3, Consumer, "billing", 90, 95).is("messaging.destination", "orders").linked(1, 1),
    ];
    let mut traces = traces(&spans);
    let forwards = folded(&traces);
    traces.reverse();
    assert_eq!(forwards, folded(&traces));
    assert_eq!(
        drawn(&forwards),
        ["shop -publish-> unknown:orders 1", "unknown:orders -deliver-> billing 2, waits 80 ms, 1 links, 1 again"]
    );
}

/// Names without end and messages without end fill no memory without end.
#[test]
fn memory_is_bounded() {
    let mut topology = Topology::new();
    let names: Vec<&'static str> = (0..3000).map(|i| &*format!("topic-{i}x").leak()).collect();
    let sent = |index: u64, name: &'static str| {
        sp(index / 10_000, index, Producer, "shop", index, index + 1).is("messaging.destination", name)
    };
    let spans: Vec<Sp> = (names.iter().zip(0..).map(|(name, index)| sent(index, name)))
        .chain((10_000..80_000).map(|index| sent(index, "topic-0x")))
        .collect();
    for trace in &traces(&spans) {
        topology.add(trace);
    }
    let map = topology.map();
    assert_eq!(channels(&map).len(), 2049);
    assert!(map.forgotten > 0);
    // What was let go is still counted.
    assert_eq!(map.edges.iter().map(|edge| edge.messages).sum::<u64>(), 73_000);
}

/// Messages that move from any of many channels to any of many others are no more connections than there is room for.
#[test]
fn pairs_of_channels_are_bounded() {
    let names = |word: &str| -> Vec<&'static str> { (0..70).map(|i| &*format!("{word}-{i}x").leak()).collect() };
    let (from, to) = (names("from"), names("to"));
    let spans: Vec<Sp> = (0..4900_u64)
        .flat_map(|pair| {
            let (from, to) = (from[pair as usize / 70], to[pair as usize % 70]);
            let sent = sp(2 * pair + 1, 1, Producer, "shop", pair, pair + 1).is("messaging.destination", from);
            let got = sp(2 * pair + 2, 2, Consumer, "mail", pair + 2, pair + 3).is("messaging.destination", to);
            [sent, got.linked(2 * pair + 1, 1)]
        })
        .collect();
    let mut topology = Topology::new();
    for trace in &traces(&spans) {
        topology.add(trace);
    }
    let map = topology.map();
    assert_eq!(map.left_out, 4900 - 4096);
    assert_eq!(map.edges.iter().filter(|edge| edge.kind.as_str() == "route").count(), 4096);
}

#[test]
fn nothing_seen_is_an_empty_map() {
    let map = Topology::new().map();
    assert!(map.nodes.is_empty() && map.edges.is_empty() && map.per_second(10).is_none());
}
