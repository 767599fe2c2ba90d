//! Spans as instrumented services send them: twelve attributes, eight spans a trace, ids and durations of every trace its own.

use thalweg_spans::{AttributeValue, Attributes, Batch, Resource, Scope, Span};

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

const SERVICES: [&str; 4] = ["checkout", "payment", "stock", "mail"];
const TOPICS: [&str; 4] = ["orders", "payments", "reservations", "receipts"];

pub(crate) fn batch(traces: usize, seed: u64) -> Batch {
    let mut numbers = Numbers(seed);
    let resources = SERVICES.map(|service| {
        let mut attributes = Attributes::default();
        attributes.push("service.name", AttributeValue::Text(service));
        attributes.push("telemetry.sdk.language", AttributeValue::Text("rust"));
        Resource { service: service.to_owned(), attributes, body: service.repeat(10).into_bytes() }
    });
    let scopes = vec![Scope { name: "shop".to_owned(), body: b"shop 1.0".to_vec() }];
    let spans = (0..traces).flat_map(|trace| spans(&mut numbers, trace as u64)).collect();
    Batch { resources: resources.into(), scopes, spans }
}

fn spans(numbers: &mut Numbers, trace: u64) -> Vec<Span> {
    let mut trace_id = [0; 16];
    trace_id[..8].copy_from_slice(&numbers.next().to_be_bytes());
    trace_id[8..].copy_from_slice(&numbers.next().to_be_bytes());
    let mut start_ns = 1_700_000_000_000_000_000 + trace * 400_000 + numbers.below(100_000);
    let mut parent_id = None;
    (0..8)
        .map(|at| {
            let span_id = numbers.next().to_be_bytes();
            let which = at % SERVICES.len();
            let span = Span {
                trace_id,
                span_id,
                parent_id,
                resource: which,
                scope: 0,
                name: format!("{} {}", if at % 2 == 0 { "publish" } else { "process" }, TOPICS[which]),
                kind: if at % 2 == 0 { 4 } else { 5 },
                status: if numbers.below(50) == 0 { 2 } else { 0 },
                start_ns,
                end_ns: start_ns + 100_000 + numbers.below(20_000_000),
                attributes: attributes(numbers, which),
                rest: Vec::new(),
                is_plain: true,
            };
            start_ns += numbers.below(3_000_000);
            parent_id = Some(span_id);
            span
        })
        .collect()
}

fn attributes(numbers: &mut Numbers, which: usize) -> Attributes {
    let text = AttributeValue::Text;
    let mut attributes = Attributes::with_capacity(420);
    attributes.push("messaging.system", text("kafka"));
    attributes.push("messaging.destination.name", text(TOPICS[which]));
    attributes.push("messaging.operation.type", text(if which.is_multiple_of(2) { "send" } else { "process" }));
    let id = format!("{:016x}{:016x}", numbers.next(), numbers.next());
    let (partition, broker) = (numbers.below(12).to_string(), format!("broker-{}.internal", numbers.below(3)));
    attributes.push("messaging.message.id", text(&id));
    attributes.push("messaging.destination.partition.id", text(&partition));
    attributes.push("messaging.kafka.offset", AttributeValue::Int(numbers.below(10_000_000).cast_signed()));
    attributes.push("messaging.message.body.size", AttributeValue::Int(200 + numbers.below(4000).cast_signed()));
    attributes.push("server.address", text(&broker));
    attributes.push("server.port", AttributeValue::Int(9092));
    attributes.push("thread.id", AttributeValue::Int(numbers.below(16).cast_signed()));
    attributes.push("customer.tier", text(["gold", "silver", "none"][numbers.below(3) as usize]));
    attributes.push("retry", AttributeValue::Bool(numbers.below(20) == 0));
    attributes
}
