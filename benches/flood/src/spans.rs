//! Spans as instrumented services send them, in OTLP's protobuf: twelve attributes, eight spans a trace, or one large trace.

use bytes::{BufMut, BytesMut};

const SERVICES: [&str; 4] = ["checkout", "payment", "stock", "mail"];
const TOPICS: [&str; 4] = ["orders", "payments", "reservations", "receipts"];
/// Traces start this far from each other, nanoseconds.
const APART: u64 = 400_000;

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Numbers(u64);

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

/// A gRPC message with `count` spans of a service, from its span number `first` on.
pub(crate) fn request(out: &mut BytesMut, service: u64, seed: u64, first: u64, count: u64) {
    of_service(out, service, |scope_spans| {
        for number in first..first + count {
            message(scope_spans, 2, |out| span(out, service, seed, number));
        }
    });
}

/// One trace of many spans: requests of fifty spans each, one after the other below its first span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Large {
    pub(crate) seed: u64,
    /// Its spans.
    pub(crate) spans: u64,
    /// When it starts, nanoseconds since 1970.
    pub(crate) start: u64,
}

/// Spans of a request within a large trace, and nanoseconds from one to the next.
const REQUEST: u64 = 50;
const STEP: u64 = 20_000;

impl Large {
    /// A gRPC message with `count` of its spans from one on, all of one service.
    pub(crate) fn request(self, out: &mut BytesMut, service: u64, first: u64, count: u64) {
        of_service(out, service, |scope_spans| {
            for number in first..self.spans.min(first + count) {
                message(scope_spans, 2, |out| self.span(out, service, number));
            }
        });
    }

    fn id(self, number: u64) -> u64 {
        Numbers(self.seed.wrapping_mul(0x9876_5432_1fed_cba9).wrapping_add(number)).next() | 1
    }

    /// The first of a request is below the trace's first; every other below one of the three before it.
    fn parent(self, number: u64, numbers: &mut Numbers) -> Option<u64> {
        match number % REQUEST {
            _ if number == 0 => None,
            0 => Some(0),
            place => Some(number - 1 - numbers.below(place.min(3))),
        }
    }

    fn span(self, out: &mut BytesMut, service: u64, number: u64) {
        let mut numbers = Numbers(self.seed ^ number.wrapping_mul(0xdead_beef_1234_5677));
        let mut trace_id = [0; 16];
        trace_id[..8].copy_from_slice(&self.seed.wrapping_mul(0x0123_4567_89ab_cdef).to_be_bytes());
        trace_id[8..].copy_from_slice(&(self.seed | 1 << 63).to_be_bytes());
        let start = self.start + number * STEP;
        let length = match number {
            0 => self.spans * STEP,
            // As long as the spans of the request that follow, about.
            _ => (REQUEST - number % REQUEST) * STEP + numbers.below(STEP),
        };
        let sends = number % 2 == 0;
        bytes(out, 1, &trace_id);
        bytes(out, 2, &self.id(number).to_be_bytes());
        if let Some(parent) = self.parent(number, &mut numbers) {
            bytes(out, 4, &self.id(parent).to_be_bytes());
        }
        described(out, service, sends, [start, start + length], &mut numbers);
    }
}

fn of_service(out: &mut BytesMut, service: u64, spans: impl FnOnce(&mut BytesMut)) {
    out.put_slice(&[0; 5]);
    message(out, 1, |resource_spans| {
        message(resource_spans, 1, |resource| {
            text_attribute(resource, 1, "service.name", SERVICES[service as usize % 4]);
            text_attribute(resource, 1, "telemetry.sdk.language", "rust");
            text_attribute(resource, 1, "host.name", "worker-1.internal");
        });
        message(resource_spans, 2, |scope_spans| {
            message(scope_spans, 1, |scope| {
                bytes(scope, 1, b"shop");
                bytes(scope, 2, b"1.0.0");
            });
            spans(scope_spans);
        });
    });
    let length = (out.len() - 5) as u32;
    out[1..5].copy_from_slice(&length.to_be_bytes());
}

fn span(out: &mut BytesMut, service: u64, seed: u64, number: u64) {
    let trace = number / 2;
    let at = service * 2 + number % 2;
    let mut of_trace = Numbers(seed.wrapping_mul(0x1234_5678_9abc_def1).wrapping_add(trace.wrapping_mul(1000)));
    let (high, low) = (of_trace.next(), of_trace.next());
    let ids: [u64; 8] = std::array::from_fn(|_| of_trace.next() | 1);
    let mut start = 1_700_000_000_000_000_000 + seed * 3_600_000_000_000 + trace * APART + of_trace.below(100_000);
    for _ in 0..at {
        start += of_trace.below(3_000_000);
    }
    let mut numbers = Numbers(high ^ at.wrapping_mul(0xdead_beef_1234_5677));
    let mut trace_id = [0; 16];
    trace_id[..8].copy_from_slice(&high.to_be_bytes());
    trace_id[8..].copy_from_slice(&low.to_be_bytes());
    bytes(out, 1, &trace_id);
    bytes(out, 2, &ids[at as usize].to_be_bytes());
    if at > 0 {
        bytes(out, 4, &ids[at as usize - 1].to_be_bytes());
    }
    let end = start + 100_000 + numbers.below(20_000_000);
    described(out, service, at.is_multiple_of(2), [start, end], &mut numbers);
}

/// What a span says beside its ids.
fn described(out: &mut BytesMut, service: u64, sends: bool, [start, end]: [u64; 2], numbers: &mut Numbers) {
    let topic = TOPICS[service as usize % 4];
    bytes(out, 5, format!("{} {topic}", if sends { "publish" } else { "process" }).as_bytes());
    number_field(out, 6, if sends { 4 } else { 5 });
    fixed(out, 7, start);
    fixed(out, 8, end);
    text_attribute(out, 9, "messaging.system", "kafka");
    text_attribute(out, 9, "messaging.destination.name", topic);
    text_attribute(out, 9, "messaging.operation.type", if sends { "send" } else { "process" });
    text_attribute(out, 9, "messaging.message.id", &format!("{:016x}{:016x}", numbers.next(), numbers.next()));
    text_attribute(out, 9, "messaging.destination.partition.id", &numbers.below(12).to_string());
    int_attribute(out, "messaging.kafka.offset", numbers.below(10_000_000));
    int_attribute(out, "messaging.message.body.size", 200 + numbers.below(4000));
    text_attribute(out, 9, "server.address", &format!("broker-{}.internal", numbers.below(3)));
    int_attribute(out, "server.port", 9092);
    int_attribute(out, "thread.id", numbers.below(16));
    text_attribute(out, 9, "customer.tier", ["gold", "silver", "none"][numbers.below(3) as usize]);
    attribute(out, 9, "retry", |value| number_field(value, 2, u64::from(numbers.below(20) == 0)));
    if numbers.below(50) == 0 {
        message(out, 15, |status| number_field(status, 3, 2));
    }
    // The W3C flags of a sampled trace, and that the parent is known to be here.
    varint(out, 16 << 3 | 5);
    out.put_u32_le(0x101);
}

fn text_attribute(out: &mut BytesMut, field: u64, key: &str, text: &str) {
    attribute(out, field, key, |value| bytes(value, 1, text.as_bytes()));
}

fn int_attribute(out: &mut BytesMut, key: &str, number: u64) {
    attribute(out, 9, key, |value| number_field(value, 3, number));
}

fn attribute(out: &mut BytesMut, field: u64, key: &str, value: impl FnOnce(&mut BytesMut)) {
    message(out, field, |attribute| {
        bytes(attribute, 1, key.as_bytes());
        message(attribute, 2, value);
    });
}

/// A message within: its length is known once it is written, so room for four bytes of it is left before.
fn message(out: &mut BytesMut, field: u64, fill: impl FnOnce(&mut BytesMut)) {
    varint(out, field << 3 | 2);
    let at = out.len();
    out.put_slice(&[0x80, 0x80, 0x80, 0]);
    fill(out);
    let length = out.len() - at - 4;
    for (place, byte) in out[at..at + 4].iter_mut().enumerate() {
        *byte |= (length >> (7 * place)) as u8 & 0x7f;
    }
}

fn bytes(out: &mut BytesMut, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.put_slice(bytes);
}

fn number_field(out: &mut BytesMut, field: u64, number: u64) {
    varint(out, field << 3);
    varint(out, number);
}

fn fixed(out: &mut BytesMut, field: u64, number: u64) {
    varint(out, field << 3 | 1);
    out.put_u64_le(number);
}

fn varint(out: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}
