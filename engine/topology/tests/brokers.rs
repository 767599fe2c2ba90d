//! What the instrumentations of each system's clients make, and what must come of it. The names and kinds of spans are those of the
//! conventions of 1.42 and of the instrumentations named at each test.

mod common;

use common::{Sp, channels, drawn, map, sp};
use thalweg_topology::Form;
use thalweg_topology::Kind::{Client, Consumer, Internal, Producer, Server};

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
        span.is("messaging.system", "kafka")
            .is("messaging.destination", "orders")
            .is("messaging.destination_kind", "queue")
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
        ["shop -publish-> kafka:orders 1", "kafka:orders -deliver-> billing 1, waits 4 ms, 1 links"]
    );
}

#[test]
fn kafka_without_context_is_paired_by_offset() {
    // Producers and consumers that carry no context still name the record.
    let record = |span: Sp, operation, offset: i64| {
        kafka(span, operation, "orders")
            .is("messaging.destination.partition.id", "1")
            .is("messaging.kafka.offset", offset)
    };
    let spans = [
        record(sp(1, 1, Producer, "shop", 0, 2), "send", 7),
        record(sp(2, 2, Producer, "shop", 10, 12), "send", 8),
        record(sp(3, 3, Consumer, "audit", 20, 21), "process", 7),
        record(sp(4, 4, Consumer, "audit", 32, 33), "process", 8),
    ];
    assert_eq!(
        drawn(&map(&spans)),
        ["shop -publish-> kafka:orders 2", "kafka:orders -deliver-> audit 2, waits 19 ms, 2 offsets"]
    );
}

#[test]
fn rabbitmq_by_the_current_conventions() {
    // The producer names exchange and key, the consumer exchange, key and queue: both are drawn.
    let rabbit = |span: Sp, operation: &'static str, name: &'static str| {
        span.is("messaging.system", "rabbitmq")
            .is("messaging.operation.type", operation)
            .is("messaging.destination.name", name)
            .is("messaging.rabbitmq.destination.routing_key", "order.placed")
    };
    let spans = [
        rabbit(sp(1, 1, Producer, "shop", 0, 2), "send", "events:order.placed"),
        rabbit(sp(1, 2, Consumer, "invoices", 12, 20), "process", "events:order.placed:invoices").below(1),
        rabbit(sp(1, 3, Consumer, "stock", 22, 30), "process", "events:order.placed:stock").below(1),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "shop -publish-> rabbitmq:events 1, to 2.0",
            "rabbitmq:events -route-> rabbitmq:invoices 1",
            "rabbitmq:events -route-> rabbitmq:stock 1",
            "rabbitmq:invoices -deliver-> invoices 1, waits 10 ms, 1 parents",
            "rabbitmq:stock -deliver-> stock 1, waits 20 ms, 1 parents",
        ]
    );
    assert_eq!(channels(&map), ["rabbitmq:events exchange", "rabbitmq:invoices queue", "rabbitmq:stock queue"]);
}

#[test]
fn rabbitmq_by_pika() {
    // opentelemetry-instrumentation-pika 0.66b1: `messaging.temp_destination` on everything that is sent, `receive` on CONSUMER spans
    // around the handler, addresses on one side only when messages are fetched one by one.
    let pika = |span: Sp| span.is("messaging.system", "rabbitmq").is("messaging.destination", "mails");
    let spans = [
        pika(sp(1, 1, Producer, "shop", 0, 2))
            .is("messaging.temp_destination", true)
            .is("net.peer.name", "127.0.0.1")
            .is("net.peer.port", 5672),
        pika(sp(1, 2, Consumer, "mailer", 10, 40)).below(1).is("messaging.operation", "receive"),
        sp(1, 3, Client, "mailer", 12, 32)
            .below(2)
            .is("http.method", "POST")
            .is("http.url", "https://smtp.example/send"),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "mailer -call-> http smtp.example 1",
            "shop -publish-> rabbitmq:mails 1",
            "rabbitmq:mails -deliver-> mailer 1, waits 8 ms, 1 parents",
        ]
    );
    assert_eq!(channels(&map), ["rabbitmq:mails queue"]);
    let [handler] = &map.handlers[..] else { panic!("one handler") };
    assert_eq!(handler.busy.unwrap().mean_ms.round() as u64, 30);
    assert_eq!(handler.own.unwrap().mean_ms.round() as u64, 10);
    assert_eq!(handler.calls.len(), 1);
}

#[test]
fn sns_hands_on_to_sqs() {
    // AWS SDK instrumentations: the topic by ARN, the queue by URL, the receive a CLIENT span with a link for each message, and the
    // HTTP request below each of them is how it is made, not a peer.
    let aws = |span: Sp, system: &'static str, operation: &'static str, name: &'static str| {
        span.is("messaging.system", system).is("messaging.operation", operation).is("messaging.destination.name", name)
    };
    let http = |span: Sp| span.is("http.request.method", "POST").is("server.address", "sqs.eu-central-1.amazonaws.com");
    let spans = [
        aws(sp(1, 1, Producer, "shop", 0, 30), "aws_sns", "publish", "arn:aws:sns:eu-central-1:1234:orders"),
        http(sp(1, 2, Client, "shop", 1, 29)).below(1),
        aws(
            sp(2, 3, Client, "billing", 40, 80),
            "AmazonSQS",
            "receive",
            "https://sqs.eu-central-1.amazonaws.com/1234/billing",
        )
        .is("messaging.batch.message_count", 1)
        .linked(1, 1),
        http(sp(2, 4, Client, "billing", 41, 79)).below(3),
        aws(sp(2, 5, Consumer, "billing", 85, 95), "AmazonSQS", "process", "billing").linked(1, 1),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "shop -publish-> aws_sns:orders 1",
            "aws_sns:orders -route-> aws_sqs:billing 1",
            "aws_sqs:billing -deliver-> billing 1, waits 55 ms, 1 links",
        ]
    );
    assert_eq!(channels(&map), ["aws_sns:orders topic", "aws_sqs:billing queue"]);
}

#[test]
fn nats_subjects_and_inboxes() {
    let nats = |span: Sp, operation: &'static str, subject: &'static str| {
        span.is("messaging.system", "nats")
            .is("messaging.operation.name", operation)
            .is("messaging.destination.name", subject)
    };
    let spans = [
        nats(sp(1, 1, Producer, "shop", 0, 2), "publish", "orders.placed"),
        nats(sp(1, 2, Consumer, "billing", 5, 9), "process", "orders.placed")
            .below(1)
            .is("messaging.consumer.group.name", "workers"),
        nats(sp(1, 3, Producer, "billing", 8, 9), "publish", "_INBOX.8ZQk2vAm.1").below(2),
        nats(sp(1, 4, Consumer, "shop", 10, 11), "process", "_INBOX.8ZQk2vAm.1").below(3),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "billing -publish-> nats:(temporary) 1",
            "shop -publish-> nats:orders.placed 1",
            "nats:(temporary) -deliver-> shop 1, waits 1 ms, 1 parents",
            "nats:orders.placed -deliver-> group workers 1, waits 3 ms, 1 parents",
            "group workers -handle-> billing 1",
        ]
    );
}

#[test]
fn pubsub_names_the_subscription() {
    // Google's clients: `create` makes the message, the batch is sent by a CLIENT span with links; subscribers name their
    // subscription where others name the topic.
    let google = |span: Sp, operation: &'static str, name: &'static str| {
        span.is("messaging.system", "gcp_pubsub")
            .is("messaging.operation.type", operation)
            .is("messaging.destination.name", name)
    };
    let spans = [
        google(sp(1, 1, Producer, "shop", 0, 30), "create", "projects/p/topics/orders"),
        google(sp(1, 2, Producer, "shop", 5, 30), "create", "projects/p/topics/orders"),
        google(sp(1, 3, Client, "shop", 20, 28), "send", "projects/p/topics/orders")
            .is("messaging.batch.message_count", 2)
            .linked(1, 1)
            .linked(1, 2),
        google(sp(1, 4, Consumer, "billing", 38, 40), "process", "billing-sub").below(1),
        google(sp(2, 5, Consumer, "billing", 48, 50), "process", "billing-sub").linked(1, 2),
        google(sp(3, 6, Consumer, "audit", 58, 60), "process", "projects/p/subscriptions/audit-sub").linked(1, 2),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "shop -publish-> gcp_pubsub:orders 2, to 1.5",
            "gcp_pubsub:orders -deliver-> group audit-sub 1, waits 30 ms, 1 links",
            "gcp_pubsub:orders -deliver-> group billing-sub 2, waits 15 ms, 1 links, 1 parents",
            "group audit-sub -handle-> audit 1",
            "group billing-sub -handle-> billing 2",
        ]
    );
    assert_eq!(channels(&map), ["gcp_pubsub:orders topic"]);
}

#[test]
fn service_bus_subscriptions_and_what_they_give_up() {
    // Azure SDKs: `ServiceBusSender.Send` is a CLIENT span, `ServiceBusProcessor.ProcessMessage` a CONSUMER span with the entity's path.
    let azure = |span: Sp, operation: &'static str, name: &'static str| {
        span.is("messaging.system", "servicebus")
            .is("messaging.operation", operation)
            .is("messaging.destination.name", name)
    };
    let billing = "orders/Subscriptions/billing";
    let attempt = |id, start, deliveries: i64| {
        azure(sp(id, id, Consumer, "billing", start, start + 5), "process", billing)
            .linked(1, 1)
            .is("messaging.servicebus.message.delivery_count", deliveries)
            .failed()
    };
    let spans = [
        azure(sp(1, 1, Producer, "shop", 0, 1), "create", "orders"),
        azure(sp(1, 2, Client, "shop", 2, 4), "publish", "orders").linked(1, 1),
        attempt(3, 10, 1),
        attempt(4, 20, 2),
        attempt(5, 30, 3),
        azure(sp(6, 6, Client, "janitor", 40, 50), "receive", "orders/Subscriptions/billing/$DeadLetterQueue")
            .linked(1, 1),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        [
            "shop -publish-> servicebus:orders 1",
            "servicebus:orders -dead-letter-> servicebus:orders/$DeadLetterQueue 1",
            "servicebus:orders -deliver-> group billing 3, 3 failed, waits 6 ms, 1 links, 2 again",
            "servicebus:orders/$DeadLetterQueue -deliver-> group billing 1, waits 46 ms, 1 links",
            "group billing -handle-> billing 3",
            "group billing -handle-> janitor 1",
        ]
    );
    let orders = map.nodes.iter().find(|node| node.key.name() == "orders").unwrap();
    assert_eq!(orders.form, Some(Form::Topic));
    let handler = map.handlers.iter().find(|handler| handler.errors > 0).unwrap();
    assert_eq!((handler.most_attempts, handler.dead_letters.is_some()), (3, true));
}

#[test]
fn a_batch_counts_with_all_of_its_messages() {
    let sent = |id, start| kafka(sp(id, id, Producer, "shop", start, start + 1), "send", "orders");
    let spans = [
        sent(1, 0),
        sent(2, 10),
        sent(3, 20),
        kafka(sp(9, 9, Consumer, "billing", 41, 71), "process", "orders").linked(1, 1).linked(2, 2).linked(3, 3),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        ["shop -publish-> kafka:orders 3", "kafka:orders -deliver-> billing 3, waits 30 ms, 3 links"]
    );
    // Each message took its share of the thirty milliseconds.
    assert_eq!(map.handlers[0].busy.unwrap().mean_ms.round() as u64, 10);
}

#[test]
fn one_context_for_a_batch_is_no_redelivery() {
    let spans = [
        kafka(sp(1, 1, Producer, "shop", 0, 1), "send", "orders").is("messaging.batch.message_count", 2),
        kafka(sp(2, 2, Consumer, "billing", 11, 12), "process", "orders").linked(1, 1),
        kafka(sp(3, 3, Consumer, "billing", 21, 22), "process", "orders").linked(1, 1),
        // The third of two was there before.
        kafka(sp(4, 4, Consumer, "billing", 31, 32), "process", "orders").linked(1, 1),
    ];
    assert_eq!(
        drawn(&map(&spans)),
        ["shop -publish-> kafka:orders 2", "kafka:orders -deliver-> billing 3, waits 15 ms, 2 links, 1 again"]
    );
}

#[test]
fn what_is_given_up_goes_elsewhere() {
    // A handler that fails and sends to another channel; by a name that says so, or because only failures lead there.
    for (dead, name) in [("orders-dlq", "kafka:orders-dlq"), ("parking", "kafka:parking")] {
        let spans = [
            kafka(sp(1, 1, Producer, "shop", 0, 1), "send", "orders"),
            kafka(sp(1, 2, Consumer, "payment", 5, 9), "process", "orders").below(1),
            kafka(sp(1, 3, Producer, "payment", 8, 9), "send", "payments").below(2),
            kafka(sp(2, 4, Producer, "shop", 10, 11), "send", "orders"),
            kafka(sp(2, 5, Consumer, "payment", 15, 19), "process", "orders").below(4).failed(),
            kafka(sp(2, 6, Producer, "payment", 18, 19), "send", dead).below(5).linked(2, 4),
        ];
        let map = map(&spans);
        assert!(drawn(&map).contains(&format!("kafka:orders -dead-letter-> {name} 1")), "{:?}", drawn(&map));
        assert!(channels(&map).contains(&"kafka:payments topic, orphan".to_owned()));
        let handler = &map.handlers[0];
        assert_eq!(handler.dead_letters.map(|node| map.nodes[node].key.name()), Some(dead));
    }
}

#[test]
fn orphans_and_ghosts() {
    let spans = [
        kafka(sp(1, 1, Producer, "shop", 0, 1), "send", "unread"),
        kafka(sp(2, 2, Consumer, "billing", 0, 1), "process", "unwritten"),
    ];
    assert_eq!(channels(&map(&spans)), ["kafka:unread topic, orphan", "kafka:unwritten topic, ghost"]);
}

#[test]
fn clocks_that_disagree_are_told() {
    let spans = [
        kafka(sp(1, 1, Producer, "shop", 1000, 1002), "send", "orders"),
        kafka(sp(1, 2, Consumer, "billing", 500, 510), "process", "orders").below(1),
    ];
    assert_eq!(
        drawn(&map(&spans)),
        ["shop -publish-> kafka:orders 1", "kafka:orders -deliver-> billing 1, 1 parents, 1 skewed"]
    );
}

#[test]
fn one_channel_by_many_addresses() {
    let at = |span: Sp, operation, host: &'static str| {
        span.is("messaging.system", "kafka")
            .is("messaging.operation", operation)
            .is("messaging.destination", "orders")
            .is("net.peer.name", host)
    };
    // By a message that passed; because one only sends and the other only receives.
    for linked in [true, false] {
        let consumer = at(sp(2, 2, Consumer, "billing", 5, 9), "process", "kafka-2");
        let consumer = if linked { consumer.linked(1, 1) } else { consumer };
        let spans = [at(sp(1, 1, Producer, "shop", 0, 1), "publish", "kafka-1"), consumer];
        let map = map(&spans);
        let channel = map.nodes.iter().find(|node| node.form.is_some()).unwrap();
        assert_eq!(channel.brokers, ["kafka-1", "kafka-2"]);
        assert_eq!(drawn(&map).len(), 2);
    }
    // Two that are both sent to and received from are two.
    let both = |id, host| {
        [
            at(sp(id, id, Producer, "shop", 0, 1), "publish", host),
            at(sp(id, id + 1, Consumer, "billing", 5, 9), "process", host).below(id),
        ]
    };
    assert_eq!(channels(&map(&[both(1, "staging"), both(5, "production")].concat())).len(), 2);
}

#[test]
fn calls_and_those_who_are_only_called() {
    let spans = [
        sp(1, 1, Server, "shop", 0, 100).is("http.request.method", "POST"),
        sp(1, 2, Internal, "shop", 5, 90).below(1),
        sp(1, 3, Client, "shop", 10, 60).below(2).is("http.request.method", "GET").is("server.address", "cart"),
        sp(1, 4, Server, "cart", 20, 50).below(3),
        sp(1, 5, Client, "cart", 25, 30)
            .below(4)
            .is("db.system", "postgresql")
            .is("db.name", "carts")
            .is("net.peer.name", "pg"),
        // Its other side was not sampled; the name is known from the call above.
        sp(2, 6, Client, "shop", 10, 60).is("http.request.method", "GET").is("server.address", "cart").failed(),
        sp(3, 7, Client, "shop", 0, 9).is("rpc.system", "grpc").is("peer.service", "legacy"),
    ];
    let map = map(&spans);
    assert_eq!(
        drawn(&map),
        ["cart -call-> database carts 1", "shop -call-> cart 2, 1 failed", "shop -call-> rpc legacy 1"]
    );
    let shop = map.nodes.iter().find(|node| node.key.name() == "shop").unwrap();
    assert_eq!((shop.requests, shop.spans, shop.errors), (1, 5, 1));
}

#[test]
fn settling_is_no_delivery() {
    let azure = |span: Sp, operation: &'static str| {
        span.is("messaging.system", "servicebus")
            .is("messaging.operation", operation)
            .is("messaging.destination.name", "q")
    };
    let spans = [
        azure(sp(1, 1, Producer, "shop", 0, 1), "publish"),
        azure(sp(2, 2, Client, "billing", 5, 6), "receive").linked(1, 1),
        azure(sp(2, 3, Client, "billing", 8, 9), "settle").linked(1, 1),
    ];
    assert_eq!(
        drawn(&map(&spans)),
        ["shop -publish-> servicebus:q 1", "servicebus:q -deliver-> billing 1, waits 5 ms, 1 links"]
    );
}
