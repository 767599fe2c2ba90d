//! What the instrumentations of each system's clients make, and what must come of it. The names and kinds of spans are those of the
//! conventions of 1.42 and of the instrumentations named at each test.

mod common;

use common::{Sp, channels, drawn, map, sp};
use thalweg_topology::Kind::{Client, Consumer, Internal, Producer, Server};
use thalweg_topology::{Form, NodeKey};

/// The names of the current conventions.
fn kafka(span: Sp, operation: &'static str, topic: &'static str) -> Sp {
    span.is("messaging.system", "kafka")
        .is("messaging.operation.type", operation)
        .is("messaging.destination.name", topic)
        .is("server.address", "kafka-1")
        .is("server.port", 9092)
}

#[test]
fn kafka_by_the_current_conventions() {
    // Send is a PRODUCER span; poll is a CLIENT span with a link for each record; process is a CONSUMER span with one.
    let group = |span: Sp| span.is("messaging.consumer.group.name", "payment");
    let spans = [
        sp(1, 1, Server, "shop", 0, 20),
        kafka(sp(1, 2, Producer, "shop", 10, 12), "send", "orders").below(1),
        kafka(sp(2, 3, Producer, "shop", 20, 22), "send", "orders"),
        group(kafka(sp(3, 4, Client, "payment", 30, 50), "receive", "orders")).linked(1, 2).linked(2, 3),
        group(kafka(sp(4, 5, Consumer, "payment", 52, 60), "process", "orders")).linked(1, 2),
        group(kafka(sp(5, 6, Consumer, "payment", 62, 70), "process", "orders")).linked(2, 3),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "shop -publish-> kafka:orders 2",
            "kafka:orders -deliver-> group payment 2, waits 40 ms, 2 links",
            "group payment -handle-> payment 2",
        ]
    );
    assert_eq!(channels(&map), ["kafka:orders topic"]);
}

#[test]
fn kafka_by_the_names_of_1_16() {
    // opentelemetry-instrumentation-confluent-kafka 0.66b1: PRODUCER with `publish`, a wrapper without attributes, and below it a
    // CONSUMER span with links; no group.
    let old = |span: Sp| {
        span.is("messaging.system", "kafka").is("messaging.destination", "orders").is("messaging.destination_kind", "queue")
    };
    let spans = [
        old(sp(1, 1, Producer, "shop", 10, 12)).is("messaging.operation", "publish"),
        sp(2, 2, Consumer, "billing", 15, 16),
        old(sp(2, 3, Consumer, "billing", 16, 30))
            .below(2)
            .linked(1, 1)
            .is("messaging.operation", "process")
            .is("messaging.kafka.partition", 3)
            .is("messaging.message_id", "orders.3.17"),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        ["billing", "shop"].map(|_| ()).iter().fold(Vec::new(), |_: Vec<&str>, ()| {
            vec!["shop -publish-> kafka:orders 1", "kafka:orders -deliver-> billing 1, waits 4 ms, 1 links"]
        })
    );
    let NodeKey::Channel { broker, .. } = &map.nodes.iter().find(|node| node.form.is_some()).unwrap().key else {
        panic!("a channel")
    };
    assert_eq!(broker, "");
}
