//! What topics keep, by age, number and bytes, and who gets to know. Fluid arithmetic and small cases by hand.

mod common;

use common::*;
use thalweg_sim::{NodeReport, Report};

fn flow(load: &str, topic: &str, server: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Stream
nodes:
  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: stream, size: 1kB }}] }}
  stream: {{ kind: topic, {topic} }}
  server: {{ kind: consumer, subscribes: [{{ from: stream }}]{server} }}
scenarios:
  default: {{ replications: 1, {scenario} }}
"
    )
}

/// Messages at the given times; the server is taken by the first of them for an hour, so that the others wait.
fn waiting(at: &[&str], topic: &str, scenario: &str) -> Report {
    let text = flow("replay: times.csv", topic, ", service_time: 1h", scenario);
    simulate_with(&text, &[("times.csv", &at.join("\n"))])
}

fn source(report: &Report) -> (u64, u64) {
    match &report.nodes["source"] {
        NodeReport::Producer(producer) => (producer.produced, producer.rejected),
        other => panic!("{other:?}"),
    }
}

/// Published, trimmed, rejected, lost, still there.
fn ends(report: &Report) -> [u64; 5] {
    let stream = topic(report, "stream");
    [stream.published, stream.trimmed, stream.rejected, report.totals.lost, report.totals.in_flight]
}

/// A crash puts what was not committed before all that waits, as old as it was: it is the first to go, and nothing waits behind it
/// beyond the limit. 1000 messages are kept, whether by number of bytes or by age.
#[test]
fn what_comes_back_is_as_old_as_it_was() {
    for topic_with in ["max_bytes: 1MB", "retention: 10s"] {
        let of = format!("broker: kafka, partitions: 1, {topic_with}");
        let faults = "duration: 5m, faults: [{ at: 62.5s, for: 100s, crash: server }]";
        let report = simulate(&flow("constant: 100/s", &of, ", service_time: 2ms", faults));
        let stream = topic(&report, "stream");
        let most = stream.groups["server"].lag.max.unwrap();
        assert!(most <= 1_260, "{topic_with}: {most} waited");
        // 100 s and the session, less what was kept at the end of it.
        assert!((stream.trimmed as f64 - 9_000.0).abs() < 400.0, "{topic_with}: {} trimmed", stream.trimmed);
        assert_eq!(stream.trimmed, report.totals.lost, "{topic_with}");
    }
}

/// An outage of T at rate λ with retention R: λ(T − R) are lost, whatever the topic; the group goes on with what is left.
#[test]
fn retention_below_an_outage_loses_what_is_older() {
    for (name, of) in [
        ("kafka", "broker: kafka, partitions: 4"),
        ("generic log", "partitions: 3"),
        ("jetstream", "broker: nats"),
        ("generic", "ordering: none"),
        ("pubsub", "broker: pubsub"),
        ("per key", "ordering: per-key"),
    ] {
        let topic_with = format!("{of}, retention: 40s");
        let faults = "duration: 10m, faults: [{ at: 60s, for: 100s, crash: server }]";
        let report = simulate(&flow("constant: 100/s", &topic_with, ", concurrency: 4, service_time: 10ms", faults));
        let stream = topic(&report, "stream");
        let lost = 100.0 * (100.0 - 40.0);
        // What a group takes to notice (kafka's session and rebalance) is part of its outage.
        let detection = if name == "kafka" { 3.1 * 100.0 } else { 6.0 };
        assert!((stream.trimmed as f64 - lost).abs() <= detection, "{name}: {} for {lost}", stream.trimmed);
        assert_eq!((stream.trimmed, stream.expired), (report.totals.lost, 0), "{name}");
        let server = consumer(&report, "server");
        assert!(
            server.sojourn.max.is_some_and(|max| (max / 1000.0 - 40.0).abs() < 4.0),
            "{name}: {:?}",
            server.sojourn
        );
    }
}

/// A retention that outlives the run changes nothing, to the last digit.
#[test]
fn a_retention_beyond_the_run_changes_nothing() {
    let of =
        |topic: &str| simulate(&flow("poisson: 80/s", topic, ", service_time: { exponential: 10ms }", "duration: 60s"));
    let plain = of("broker: nats");
    for topic in [
        "broker: nats, retention: 60s",
        "broker: nats, max_length: 20000",
        "broker: nats, max_bytes: 20MB, discard: new",
        "broker: nats, retention_policy: work-queue",
    ] {
        assert_eq!(of(topic).digest, plain.digest, "{topic}");
    }
    // One that bites nobody, because all is handled long before, either.
    assert_eq!(of("broker: nats, retention: 50s").totals, plain.totals);
}

/// What is taken in hand is handled to its end; what comes back to a stream that has let go of it is lost.
#[test]
fn a_message_in_hand_outlives_its_retention() {
    // A is in hand from 1 s to 21 s, B waits from 2 s and is gone at 12 s.
    let text = flow("replay: times.csv", "broker: nats, retention: 10s", ", service_time: 20s", "duration: 60s");
    let report = simulate_with(&text, &[("times.csv", "1s\n2s")]);
    assert_eq!((report.totals.completed, topic(&report, "stream").trimmed), (1, 1));
    // A fails at 21 s and would be delivered again: there is no such message.
    let failing = text.replace("service_time: 20s", "service_time: 20s, failure: { poison: 100% }");
    let report = simulate_with(&failing, &[("times.csv", "1s")]);
    assert_eq!((consumer(&report, "server").attempts, topic(&report, "stream").trimmed), (1, 1));
    // A kafka client has it in its memory and tries again.
    let kafka = failing
        .replace("broker: nats", "broker: kafka")
        .replace("poison: 100% }", "poison: 100% }, retry: { attempts: 2, backoff: 5s }");
    let report = simulate_with(&kafka, &[("times.csv", "1s")]);
    assert_eq!((consumer(&report, "server").attempts, topic(&report, "stream").trimmed), (2, 0));
}

/// `max_length: 3`: of eight that wait the newest three are left. The one in hand was let go of too, and is handled.
#[test]
fn the_oldest_make_room() {
    let at: Vec<String> = (1..=9).map(|s| format!("{s}s")).collect();
    let at: Vec<&str> = at.iter().map(String::as_str).collect();
    for (topic, waiting_left) in [
        ("broker: nats, max_length: 3", 3),
        ("ordering: none, max_length: 3", 3),
        ("broker: nats, max_bytes: 3kB", 3),
        ("broker: nats, max_bytes: 3999B", 3),
        ("broker: kafka, max_bytes: 3kB", 3),
        ("broker: nats, max_length: 5, max_bytes: 4kB", 4),
    ] {
        let report = waiting(&at, topic, "duration: 10s");
        assert_eq!(ends(&report), [9, 8 - waiting_left, 0, 8 - waiting_left, 1 + waiting_left], "{topic}");
    }
}

/// The limit of a stream counts what was acknowledged as well, but not with the policy `interest` or `work-queue`.
#[test]
fn what_was_acknowledged_counts_under_limits_only() {
    // Ten at once, of which one is handled each second, and five more at 6.5 s.
    let load = "replay: times.csv";
    let times: Vec<&str> = std::iter::repeat_n("1s", 10).chain(std::iter::repeat_n("6.5s", 5)).collect();
    let of = |policy: &str, most: u32| {
        let topic = format!("broker: nats, max_length: {most}, retention_policy: {policy}");
        let text = flow(load, &topic, ", service_time: 1s", "duration: 60s");
        let report = simulate_with(&text, &[("times.csv", &times.join("\n"))]);
        (self::topic(&report, "stream").trimmed, report.totals.completed)
    };
    // At 6.5 s five are acknowledged, one is in hand, four wait. All fifteen are the stream's under `limits`: with room for
    // twelve the three oldest go, which are acknowledged. With room for eight the second goes at once, unheard of; at 6.5 s the
    // seven oldest are gone, of which the last is in hand.
    assert_eq!(of("limits", 12), (0, 15));
    assert_eq!(of("limits", 8), (1, 14));
    // Without those that were acknowledged there are ten after the second five.
    assert_eq!(of("interest", 10), (0, 15));
    assert_eq!(of("work-queue", 10), (0, 15));
    // With room for nine one goes: at 1 s the first, which is in hand, and at 6.5 s the one in hand.
    assert_eq!(of("work-queue", 9), (0, 15));
}

/// `discard: new` tells the publisher; under `limits` for ever, since nothing makes room, under the others until somebody
/// acknowledges.
#[test]
fn a_full_stream_that_discards_what_is_new_tells_the_publisher() {
    let run = |policy: &str| {
        let topic = format!("broker: nats, max_length: 4, discard: new, retention_policy: {policy}");
        simulate(&flow("constant: 2/s", &topic, ", service_time: 1s", "duration: 20.9s"))
    };
    // 41 are published by 20.5 s. Four are stored, and acknowledged; the other 37 are refused.
    let report = run("limits");
    assert_eq!(ends(&report), [4, 0, 37, 37, 0]);
    assert_eq!((source(&report), report.totals.completed), ((41, 37), 4));
    // One a second is acknowledged, from 1.5 s to 20.5 s: with the four there is room for 20 + 4 = 24. The publish of a moment
    // comes before the acknowledgement of that moment or after it, which is one more or less.
    for policy in ["interest", "work-queue"] {
        let report = run(policy);
        let [published, trimmed, rejected, lost, left] = ends(&report);
        assert!((23..=24).contains(&published), "{policy}: {published}");
        assert_eq!((trimmed, rejected, lost), (0, 41 - published, 41 - published), "{policy}");
        assert!(left <= 4 && report.totals.completed + left == published, "{policy}: {left}");
    }
    // By bytes: 4 kB hold four of 1 kB.
    let bytes = flow("constant: 2/s", "broker: nats, max_bytes: 4999B, discard: new", "", "duration: 20.9s");
    assert_eq!(ends(&simulate(&bytes)), [4, 0, 37, 37, 0]);
    // Age makes room under `limits`: four every five seconds, at 0.5 … 2, 5.5 … 7, 10.5 … 12, 15.5 … 17 and 20.5 s.
    let aged = flow("constant: 2/s", "broker: nats, max_length: 4, discard: new, retention: 5s", "", "duration: 20.9s");
    assert_eq!(ends(&simulate(&aged)), [17, 0, 24, 24, 0]);
}

/// A slow group holds what `interest` keeps; a fast one does not lose what it has had.
#[test]
fn interest_is_that_of_the_slowest_group() {
    let text = "thalweg: 1
name: Two groups
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: stream }] }
  stream: { kind: topic, broker: nats, max_length: 20, retention_policy: interest }
  fast: { kind: consumer, subscribes: [{ from: stream }], service_time: 1ms }
  slow: { kind: consumer, subscribes: [{ from: stream }], service_time: 1s }
scenarios:
  default: { duration: 100.05s, replications: 1 }
";
    let report = simulate(text);
    assert_eq!((consumer(&report, "fast").completed, topic(&report, "stream").published), (1000, 1000));
    // 1000 come, one a second is handled: but for it and the 20 that are kept, all are lost to the slow group. What it has
    // in hand may be among the 20 or not.
    let lost = topic(&report, "stream").trimmed;
    let slow = consumer(&report, "slow");
    assert!(lost + slow.completed + 20 >= 999 && lost + slow.completed + 20 <= 1001, "{lost} {}", slow.completed);
    assert!(slow.completed >= 98, "{}", slow.completed);
}

/// A message that was tried as often as allowed stays in a work queue, and takes its room for good.
#[test]
fn what_is_exhausted_stays_in_the_stream() {
    let server = ", service_time: 1ms, failure: { poison: 100% }";
    let topic_with = "broker: nats, max_length: 5, discard: new, retention_policy: work-queue";
    let text = flow("constant: 1/s", topic_with, server, "duration: 20.5s")
        .replace("from: stream", "from: stream, max_deliveries: 2");
    let report = simulate(&text);
    assert_eq!((topic(&report, "stream").exhausted, ends(&report)), (5, [5, 0, 15, 20, 0]));
    // Acknowledged by way of a dead letter channel, it makes room.
    let told = text.replace(
        "  server: { kind: consumer, ",
        "  failed: { kind: queue }\n  server: { kind: consumer, dead_letter: failed, ",
    );
    assert_eq!(ends(&simulate(&told)), [20, 0, 0, 0, 0]);
}

/// Settings that do not fit are refused.
#[test]
fn limits_that_make_no_sense_are_refused() {
    let refused = |topic: &str| {
        let text = flow("constant: 1/s", topic, "", "duration: 1h");
        compile(&text).err().map(|refusals| (refusals[0].path.clone(), refusals[0].message.clone()))
    };
    for (topic, setting, word) in [
        ("broker: kafka, max_length: 5", "max_length", "kafka knows no"),
        ("broker: pubsub, retention_policy: interest", "retention_policy", "pubsub knows no"),
        ("broker: kafka, discard: new", "discard", "kafka knows no"),
        ("partitions: 3, max_length: 9, discard: new", "discard", "partitioned"),
        ("broker: nats, max_bytes: 999B", "max_bytes", "no room"),
        ("broker: sns, retention: 5s", "retention", "not simulated yet for sns"),
        ("broker: pubsub, max_bytes: 5kB", "max_bytes", "not simulated yet for pubsub"),
    ] {
        let (path, message) = refused(topic).unwrap_or_else(|| panic!("{topic} is taken"));
        assert_eq!(path, format!("nodes.stream.{setting}"), "{topic}: {message}");
        assert!(message.contains(word), "{topic}: {message}");
    }
    // Two groups at a work queue, unless they never want the same.
    let two = |filters: [&str; 2]| {
        let text = flow("constant: 1/s", "broker: nats, retention_policy: work-queue", "", "duration: 1h")
            .replace("size: 1kB", "size: 1kB, routing_key: a.b")
            .replace("from: stream", &format!("from: stream{}", filters[0]));
        let second =
            format!("  other: {{ kind: consumer, subscribes: [{{ from: stream{} }}] }}\nscenarios:", filters[1]);
        compile(&text.replace("scenarios:", &second)).is_ok()
    };
    assert_eq!(
        [two(["", ""]), two([", filter: a.*", ""]), two([", filter: a.*", ", filter: b.*"])],
        [false, false, true]
    );
}
