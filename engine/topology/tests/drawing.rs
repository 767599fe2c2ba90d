//! A map becomes a flow document that is read without a complaint.

mod common;

use common::{Sp, map, sp};
use thalweg_flow::read;
use thalweg_topology::Kind::{Client, Consumer, Producer, Server};
use thalweg_topology::{Map, draw};

/// The shop of the examples, as its traces would show it: two hundred orders in twenty seconds.
fn shop() -> Map {
    let kafka = |span: Sp, operation: &'static str, topic: &'static str| {
        span.is("messaging.system", "kafka")
            .is("messaging.operation.type", operation)
            .is("messaging.destination.name", topic)
    };
    let mut spans = Vec::new();
    for order in 0..200_u64 {
        let (id, at) = (order * 100, order * 100);
        let took = 10 + order % 30;
        let fails = order % 20 == 0;
        spans.push(sp(id, id, Server, "shop", at, at + 20).is("http.request.method", "POST"));
        spans.push(kafka(sp(id, id + 1, Producer, "shop", at + 10, at + 12), "send", "orders").below(id));
        let handled = kafka(sp(id + 1, id + 2, Consumer, "payment", at + 30, at + 30 + took), "process", "orders")
            .is("messaging.consumer.group.name", "payment")
            .is("messaging.destination.partition.id", ["0", "1", "2"][(order % 3) as usize])
            .linked(id, id + 1);
        spans.push(if fails { handled.failed() } else { handled });
        spans.push(
            sp(id + 1, id + 3, Client, "payment", at + 31, at + 36)
                .below(id + 2)
                .is("http.request.method", "POST")
                .is("server.address", "card.example"),
        );
        let to = if fails { "orders-dlq" } else { "payments" };
        spans.push(kafka(sp(id + 1, id + 4, Producer, "payment", at + 36, at + 37), "send", to).below(id + 2));
        if !fails {
            spans.push(
                kafka(sp(id + 2, id + 5, Consumer, "warehouse", at + 60, at + 62), "process", "payments")
                    .linked(id + 1, id + 4),
            );
        }
    }
    map(&spans)
}

fn problems(text: &str) -> Vec<String> {
    read(text).problems.iter().map(|problem| thalweg_flow::render(problem, "drawn.flow.yaml", text)).collect()
}

#[test]
fn a_shop_is_drawn() {
    let drawn = draw(&shop(), "Shop").unwrap();
    assert_eq!(problems(&drawn.text), Vec::<String>::new());
    insta::assert_snapshot!(drawn.text);
}

#[test]
fn exchanges_share_out_or_copy() {
    let rabbit = |span: Sp, operation: &'static str, name: &'static str, key: &'static str| {
        span.is("messaging.system", "rabbitmq")
            .is("messaging.operation.type", operation)
            .is("messaging.destination.name", name)
            .is("messaging.rabbitmq.destination.routing_key", key)
    };
    let mut spans = Vec::new();
    for i in 0..20_u64 {
        let id = i * 10;
        let (sent, taken, service) = if i % 4 == 0 {
            ("events:refund", "events:refund:refunds", "refunds")
        } else {
            ("events:order", "events:order:orders", "billing")
        };
        let key = &sent["events:".len()..];
        spans.push(rabbit(sp(id, id, Producer, "shop", id, id + 1), "send", sent, key));
        spans.push(rabbit(sp(id, id + 1, Consumer, service, id + 5, id + 7), "process", taken, key).below(id));
    }
    let text = draw(&map(&spans), "Shop").unwrap().text;
    assert_eq!(problems(&text), Vec::<String>::new());
    let flow = read(&text).flow;
    let publishes = flow.nodes["shop"].kind.publishes();
    let shares: Vec<f64> =
        publishes.iter().map(|p| p.probability.map_or(1.0, thalweg_flow::Share::as_fraction)).collect();
    assert_eq!(shares, [0.75, 0.25], "{text}");
}

#[test]
fn topics_before_queues_and_exchanges_without_queues() {
    let aws = |span: Sp, system: &'static str, operation: &'static str, name: &'static str| {
        span.is("messaging.system", system).is("messaging.operation", operation).is("messaging.destination.name", name)
    };
    let spans = [
        aws(sp(1, 1, Producer, "shop", 0, 1), "aws_sns", "publish", "events"),
        aws(sp(2, 2, Consumer, "billing", 5, 9), "aws_sqs", "process", "billing").linked(1, 1),
        aws(sp(3, 3, Producer, "shop", 10, 11), "rabbitmq", "publish", "mails"),
        aws(sp(4, 4, Consumer, "mailer", 15, 19), "rabbitmq", "process", "mails").linked(3, 3),
        aws(sp(5, 5, Consumer, "audit", 16, 18), "rabbitmq", "process", "mails").linked(3, 3),
        aws(sp(6, 6, Consumer, "audit", 20, 22), "nats", "process", "orders.*"),
    ];
    let drawn = draw(&map(&spans), "Shop").unwrap();
    assert_eq!(problems(&drawn.text), Vec::<String>::new(), "{}", drawn.text);
    let edges = read(&drawn.text).flow.edges();
    let has = |from: &str, to: &str| edges.iter().any(|edge| edge.from == from && edge.to == to);
    assert!(has("events", "billing") && has("mails", "mails-audit") && has("mails-mailer", "mailer"), "{}", drawn.text);
    assert!(has("before-orders", "orders"), "{}", drawn.text);
}

#[test]
fn circles_end() {
    let kafka = |span: Sp, operation: &'static str| {
        span.is("messaging.system", "kafka")
            .is("messaging.operation", operation)
            .is("messaging.destination.name", "ring")
    };
    let spans: Vec<Sp> = (0..10_u64)
        .flat_map(|i| {
            let id = i * 10;
            let handled = kafka(sp(id, id, Consumer, "runner", id, id + 2), "process");
            let handled = if i > 0 { handled.linked(id - 10, id - 9) } else { handled };
            [handled, kafka(sp(id, id + 1, Producer, "runner", id, id + 1), "publish").below(id)]
        })
        .collect();
    let text = draw(&map(&spans), "Ring").unwrap().text;
    assert_eq!(problems(&text), Vec::<String>::new(), "{text}");
}

#[test]
fn names_of_others_are_made_fit() {
    let spans = [
        sp(1, 1, Producer, "a: {b} #c\n", 0, 1).is("messaging.destination", "end_to_end"),
        sp(1, 2, Consumer, "東京/api", 2, 3).below(1).is("messaging.destination", "end_to_end"),
        sp(1, 3, Producer, "", 2, 3).is("messaging.destination", "$$$"),
    ];
    let text = draw(&map(&spans), "\"quoted\": yes").unwrap().text;
    assert_eq!(problems(&text), Vec::<String>::new(), "{text}");
    assert_eq!(read(&text).flow.name, "\"quoted\": yes");
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let drawn = draw(&map(&[]), "Nothing").unwrap();
    assert_eq!((drawn.nodes, drawn.notes.len()), (0, 1));
}
