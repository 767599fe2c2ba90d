//! Sampled traces: times computed by hand, the same course as the counts of the run, and which events are chosen.

mod common;

use common::*;
use thalweg_sim::{
    NodeReport, Report, RunOptions, SampledFor, SampledKind, SampledSpan, SampledTrace, SampledValue, follow, run,
};

/// A run and the events that were followed.
struct Traced {
    report: Report,
    traces: Vec<SampledTrace>,
}

fn traced(text: &str, traces: u32) -> Traced {
    traced_on(2, text, traces)
}

fn traced_on(threads: usize, text: &str, traces: u32) -> Traced {
    let plan = plan(text);
    let options = RunOptions { threads, traces, ..RunOptions::default() };
    let report = run(&plan, &options, &()).unwrap_or_else(|error| panic!("{error}"));
    let traces = follow(&plan, report.to_follow.clone(), &()).unwrap_or_else(|error| panic!("{error}"));
    Traced { report, traces }
}

/// What a person would write down of a span: where, what, from when until when in milliseconds, and what went wrong.
fn line(span: &SampledSpan) -> String {
    let error = span.error.as_ref().map_or_else(String::new, |error| format!(" !{error}"));
    let (start, end) = (span.start_ns as f64 / 1e6, span.end_ns as f64 / 1e6);
    format!("{}: {} {start}..{end}{error}", span.node, span.name)
}

fn lines(trace: &SampledTrace) -> Vec<String> {
    trace.spans.iter().map(line).collect()
}

fn attribute<'t>(span: &'t SampledSpan, name: &str) -> Option<&'t SampledValue> {
    span.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn text(text: &str) -> SampledValue {
    SampledValue::Text(text.to_owned())
}

/// Every message is poison: two attempts of 10 ms, 50 ms apart, then the dead letter channel, all before the next event.
#[test]
fn a_message_that_is_given_up_has_the_times_of_paper_and_pencil() {
    let followed = traced(
        "thalweg: 1
name: Poison
nodes:
  shop: { kind: producer, load: { constant: 10/s }, publishes: [{ to: orders, key: unique }] }
  orders: { kind: topic, broker: kafka, partitions: 1 }
  parked: { kind: queue }
  payment:
    kind: consumer
    subscribes: [{ from: orders }]
    service_time: 10ms
    failure: { poison: 100% }
    retry: { attempts: 2, backoff: 50ms }
    dead_letter: parked
scenarios:
  default: { duration: 1050ms, replications: 1 }
",
        1,
    );
    let [trace] = &followed.traces[..] else { panic!("{:?}", followed.traces) };
    let at = trace.number * 100;
    assert_eq!(
        lines(trace),
        [
            format!("shop: produce {at}..{at}"),
            format!("shop: publish orders {at}..{at}"),
            format!("payment: process orders {at}..{} !the handler failed", at + 10),
            format!("payment: process orders {}..{} !the handler failed", at + 60, at + 70),
            format!("payment: publish parked {0}..{0}", at + 70),
        ]
    );
    let [produce, publish, first, second, dead] = &trace.spans[..] else { unreachable!() };
    assert_eq!((produce.kind, produce.parent), (SampledKind::Internal, None));
    assert_eq!((publish.kind, publish.parent), (SampledKind::Producer, Some(produce.id)));
    for (attempt, span) in [(1, first), (2, second)] {
        assert_eq!(
            (span.kind, span.parent, &span.links[..]),
            (SampledKind::Consumer, Some(publish.id), &[publish.id][..])
        );
        assert_eq!(attribute(span, "thalweg.attempt"), Some(&SampledValue::Int(attempt)));
        assert_eq!(attribute(span, "messaging.system"), Some(&text("kafka")));
        assert_eq!(attribute(span, "messaging.operation.type"), Some(&text("process")));
        assert_eq!(attribute(span, "messaging.destination.name"), Some(&text("orders")));
        assert_eq!(attribute(span, "messaging.destination.partition.id"), Some(&text("0")));
        assert_eq!(attribute(span, "messaging.consumer.group.name"), Some(&text("payment")));
        assert_eq!(attribute(span, "messaging.client.id"), Some(&text("payment-0")));
        assert_eq!(attribute(span, "messaging.message.id"), attribute(publish, "messaging.message.id"));
        assert_eq!(attribute(span, "error.type"), Some(&text("failure")));
    }
    assert_eq!(attribute(publish, "messaging.operation.type"), Some(&text("send")));
    assert_eq!(attribute(publish, "messaging.kafka.message.key"), Some(&text(&format!("key-{}", trace.number))));
    let [retry] = &first.events[..] else { panic!("{:?}", first.events) };
    assert_eq!((retry.name, retry.at_ns), ("retry", first.end_ns));
    assert_eq!(retry.attributes, [("thalweg.backoff_s", SampledValue::Double(0.05))]);
    let [given_up] = &second.events[..] else { panic!("{:?}", second.events) };
    assert_eq!(given_up.name, "dead-lettered");
    assert_eq!(given_up.attributes, [("messaging.destination.name", text("parked"))]);
    assert_eq!((dead.kind, dead.parent), (SampledKind::Producer, Some(second.id)));
    assert!(trace.finished);
}

/// Two messages in one moment, each handled for 10 ms before a call that takes the service 20 ms, one at a time, and is
/// given up after 25 ms and made again: queues are seen as gaps, and the service works off what nobody waits for.
#[test]
fn queues_and_calls_have_the_times_of_paper_and_pencil() {
    let followed = traced(
        "thalweg: 1
name: Calls
nodes:
  shop: { kind: producer, load: { batch: { size: 2, every: 200ms } }, publishes: [{ to: orders, delay: 5ms }] }
  orders: { kind: queue, broker: rabbitmq }
  bank: { kind: service, latency: 20ms, concurrency: 1 }
  payment:
    kind: consumer
    subscribes: [{ from: orders }]
    concurrency: 2
    service_time: 10ms
    calls: [{ service: bank, timeout: 25ms, retry: { attempts: 2, backoff: 12ms } }]
    publishes: [{ to: mails }]
  mails: { kind: queue, broker: sqs }
  mailer: { kind: consumer, subscribes: [{ from: mails }], service_time: 3ms }
scenarios:
  default: { duration: 350ms, replications: 1 }
",
        2,
    );
    let mut seen: Vec<_> = followed.traces.iter().map(lines).collect();
    seen.sort();
    let [one, other] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(
        one[..],
        [
            "shop: produce 200..200",
            "shop: publish orders 205..205",
            "payment: process orders 205..235",
            "payment: call bank 215..235",
            "bank: serve bank 215..235",
            "payment: publish mails 235..235",
            "mailer: process mails 235..238",
        ]
    );
    // The second waits 20 ms for the bank's only place, and its 20 ms there are too long for the 25 ms.
    assert_eq!(
        other[..],
        [
            "shop: produce 200..200",
            "shop: publish orders 205..205",
            "payment: process orders 205..275",
            "payment: call bank 215..240 !timed out",
            "bank: serve bank 235..255",
            "payment: call bank 252..275",
            "bank: serve bank 255..275",
            "payment: publish mails 275..275",
            "mailer: process mails 275..278",
        ]
    );
}

/// Takes a little of everything: calls, retries, a dead letter channel, a crash, time to live, a full queue.
const MIXED: &str = "thalweg: 1
name: Mixed
nodes:
  shop: { kind: producer, load: { poisson: 200/s }, publishes: [{ to: orders, key: { zipf: { keys: 50, s: 1 } } }] }
  orders: { kind: topic, partitions: 8 }
  parked: { kind: queue }
  payment:
    kind: consumer
    subscribes: [{ from: orders }]
    instances: 4
    service_time: { exponential: 8ms }
    failure: { rate: 15% }
    calls: [{ service: bank, timeout: 30ms, probability: 60% }]
    retry: { attempts: 3, backoff: { exponential: { first: 20ms, factor: 2, max: 1s, jitter: full } } }
    dead_letter: parked
    publishes: [{ to: mails, count: 2 }]
  bank: { kind: service, latency: { exponential: 5ms }, concurrency: 3, failure: { rate: 2% } }
  mails: { kind: queue, broker: rabbitmq, max_length: 10, overflow: drop-head, message_ttl: 500ms }
  mailer: { kind: consumer, subscribes: [{ from: mails }], instances: 2, service_time: { exponential: 4ms } }
scenarios:
  default:
    { duration: 20s, replications: 2, seed: 5,
      faults: [{ at: 8s, for: 2s, crash: payment, instances: 2 }, { at: 14s, for: 1s, outage: bank }] }
";

/// Everything is followed: the spans add up to the counts of the run.
#[test]
fn spans_of_all_events_add_up_to_the_counts() {
    let text = MIXED.replace("replications: 2", "replications: 1");
    let Traced { report, traces } = traced(&text, 10_000);
    let produced = match &report.nodes["shop"] {
        NodeReport::Producer(producer) => producer.produced,
        other => panic!("{other:?}"),
    };
    assert_eq!(traces.len() as u64, produced);
    let spans = || traces.iter().flat_map(|trace| &trace.spans);
    let count = |node: &str, name: &str| spans().filter(|span| span.node == node && span.name == name).count() as u64;
    for (node, channel) in [("payment", "orders"), ("mailer", "mails")] {
        let counted = consumer(&report, node);
        assert_eq!(count(node, &format!("process {channel}")), counted.attempts);
        let failed = spans().filter(|span| span.node == node && span.kind == SampledKind::Consumer);
        let failed = failed.filter(|span| span.attributes.iter().any(|(key, _)| *key == "error.type")).count();
        assert_eq!(failed as u64, counted.failed_attempts, "{node}");
    }
    assert_eq!(count("payment", "publish parked"), consumer(&report, "payment").dead_lettered);
    assert!(consumer(&report, "payment").dead_lettered > 0);
    let bank = service(&report, "bank");
    assert_eq!(count("payment", "call bank"), bank.calls);
    let mails = queue(&report, "mails");
    assert_eq!(count("mails", "remove mails"), mails.dropped + mails.expired);
    assert!(mails.dropped + mails.expired > 0, "{mails:?}");
    // Per message as many spans as its last one says attempts were made, one after the other.
    for trace in &traces {
        for publish in trace.spans.iter().filter(|span| span.kind == SampledKind::Producer) {
            let attempts = trace.spans.iter().filter(|span| span.links.contains(&publish.id));
            let mut before = publish.end_ns;
            for (nth, attempt) in (1..).zip(attempts) {
                assert_eq!(attribute(attempt, "thalweg.attempt"), Some(&SampledValue::Int(nth)));
                assert!(attempt.start_ns >= before && attempt.end_ns >= attempt.start_ns, "{}", line(attempt));
                before = attempt.end_ns;
            }
        }
    }
}

#[test]
fn sampling_changes_no_figure_and_depends_on_no_thread() {
    let plain = simulate(MIXED);
    let [one, four] = [1, 4].map(|threads| traced_on(threads, MIXED, 50));
    assert!(plain.to_follow.is_empty());
    assert_eq!((one.traces.len(), &one.traces), (50, &four.traces));
    assert_eq!(plain.digest, one.report.digest);
    assert_eq!(plain.totals, four.report.totals);
    let mut ids: Vec<_> = one.traces.iter().map(|trace| trace.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    for trace in &one.traces {
        let mut ids: Vec<_> = trace.spans.iter().map(|span| span.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), trace.spans.len());
        assert!(trace.spans.iter().all(|span| span.parent.is_none_or(|parent| ids.binary_search(&parent).is_ok())));
    }
}

#[test]
fn the_interesting_ones_are_there_and_the_rest_lies_evenly() {
    let followed = traced(MIXED, 50);
    let of = |why: SampledFor| followed.traces.iter().filter(move |trace| trace.why == why);
    assert_eq!([SampledFor::GivenUp, SampledFor::Retried].map(|why| of(why).count()), [10, 10]);
    for trace in of(SampledFor::GivenUp) {
        let ended_badly = |name: &str| name == "dead-lettered" || name == "lost";
        assert!(trace.spans.iter().any(|span| span.events.iter().any(|event| ended_badly(event.name))));
    }
    for trace in of(SampledFor::Retried) {
        assert!(trace.spans.iter().any(|span| attribute(span, "thalweg.attempt") == Some(&SampledValue::Int(2))));
    }
    // The longest that ended is the maximum of the end-to-end latency. What still lasts has none, and a service may work
    // longer, for a caller who gave up.
    let lasted = |trace: &SampledTrace| {
        let spans = trace.spans.iter().filter(|span| span.kind != SampledKind::Server);
        spans.map(|span| span.end_ns).max().map_or(0, |end| end - trace.spans[0].start_ns)
    };
    let single = traced(&MIXED.replace("replications: 2", "replications: 1"), 50);
    let finished = single.traces.iter().filter(|trace| trace.finished);
    let longest = finished.map(lasted).max().unwrap_or(0) as f64 / 1e6;
    let max = single.report.end_to_end.max.unwrap_or(f64::NAN);
    assert!((longest / max - 1.0).abs() < 0.001, "{longest} of {max}");
    // Of ten parts of the run each has some.
    let mut parts = [0; 10];
    for trace in of(SampledFor::Evenness) {
        parts[(trace.spans[0].start_ns / 2_000_000_000) as usize] += 1;
    }
    assert!(parts.iter().all(|&count| count > 0), "{parts:?}");
}

#[test]
fn what_still_lasts_when_the_run_ends_says_so() {
    let followed = traced(&station("constant: 1/s", "", ", service_time: 10s", "duration: 5500ms, replications: 1"), 5);
    let [first, .., last] = &followed.traces[..] else { panic!("{:?}", followed.traces) };
    assert_eq!(
        lines(first),
        ["source: produce 1000..1000", "source: publish line 1000..1000", "server: process line 1000..5500"]
    );
    assert_eq!(first.spans[2].events[0].name, "run ended");
    // Nobody has handled it yet.
    assert_eq!(lines(last), ["source: produce 5000..5000", "source: publish line 5000..5000"]);
    assert!(!first.finished && !last.finished);
    assert_eq!(attribute(&last.spans[0], "thalweg.unfinished"), Some(&SampledValue::Bool(true)));
}

#[test]
fn a_trace_without_end_is_bounded() {
    let server = ", service_time: 500us, failure: { poison: 100% }, retry: { attempts: unlimited, backoff: 0s }";
    let followed = traced(&station("constant: 1/s", "", server, "duration: 1900ms, replications: 1"), 1);
    let [trace] = &followed.traces[..] else { panic!("{:?}", followed.traces) };
    assert_eq!(trace.spans.len(), 1000);
    assert!(trace.left_out > 100, "{}", trace.left_out);
    assert_eq!(
        attribute(&trace.spans[0], "thalweg.spans_left_out"),
        Some(&SampledValue::Int(trace.left_out.cast_signed()))
    );
}

#[test]
fn refused_publishes_and_held_ones_are_seen() {
    let text = "thalweg: 1
name: Full
nodes:
  shop: { kind: producer, load: { constant: 10/s }, publishes: [{ to: orders }] }
  orders: { kind: queue, max_length: 0, overflow: reject-publish-dlx, dead_letter: parked }
  parked: { kind: queue }
  payment: { kind: consumer, subscribes: [{ from: orders }], service_time: 150ms }
scenarios:
  default: { duration: 450ms, replications: 1, faults: [{ at: 280ms, for: 70ms, outage: orders }] }
";
    let followed = traced(text, 4);
    let seen: Vec<_> = followed.traces.iter().map(lines).collect();
    assert_eq!(seen.len(), 4);
    assert_eq!(
        seen[1][..],
        [
            "shop: produce 200..200",
            "shop: publish orders 200..200 !refused: the channel is full",
            "orders: publish parked 200..200"
        ]
    );
    assert_eq!(
        seen[2][..],
        ["shop: produce 300..300", "shop: publish orders 300..350", "payment: process orders 350..450"]
    );
}
