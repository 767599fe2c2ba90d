//! Duplicates, poison and broken schemas.

mod common;

use common::*;

fn flow(server: &str, faults: &str) -> String {
    format!(
        "thalweg: 1
name: Messages
events:
  order.placed: {{ version: 1.0.0 }}
  order.paid: {{ version: 1.0.0 }}
nodes:
  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line, event: order.placed }}] }}
  other: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line, event: order.paid }}] }}
  line: {{ kind: topic }}
  dead: {{ kind: queue }}
  next: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, service_time: 1ms, dead_letter: dead{server} }}
  keeper: {{ kind: consumer, subscribes: [{{ from: dead }}], concurrency: 1000 }}
  archive: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, service_time: 1ms, retry: {{ attempts: 1 }} }}
scenarios:
  default: {{ duration: 100.005s, replications: 1, seed: 6, faults: [{faults}] }}
"
    )
}

/// Three tenths of the messages acknowledged are delivered again, and of those again three tenths: n · 0.3/0.7 in all. Each is
/// an effect that happened again, unless the handler knows it.
#[test]
fn duplicates_are_delivered_again() {
    let fault = "{ at: 0s, duplicate: line, share: 30% }";
    let of_seed = |server: &str, seed: u32| simulate(&flow(server, fault).replace("seed: 6", &format!("seed: {seed}")));
    let (mut again, mut all) = (0, 0);
    for seed in 1..=12 {
        let plain = of_seed(", publishes: [{ to: next }]", seed);
        let (server, archive) = (consumer(&plain, "server"), consumer(&plain, "archive"));
        let own = server.completed - 20_000 + archive.completed - 20_000;
        assert_eq!(plain.faults[0].touched, own);
        assert_eq!((plain.totals.duplicates, plain.totals.lost), (own, 0));
        assert_eq!(queue(&plain, "next").published, server.completed);
        let careful = of_seed(", publishes: [{ to: next }], idempotent: { key: event_id, window: 1h }", seed);
        assert_eq!(consumer(&careful, "server").duplicates, 0);
        assert!(consumer(&careful, "archive").duplicates > 8_000);
        assert_eq!(queue(&careful, "next").published, 20_000);
        assert_eq!(consumer(&careful, "server").completed, server.completed);
        again += own;
        all += server.completed + archive.completed;
    }
    share_agrees("delivered again", again, all, 0.3, 0.005);
}

/// A fifth of what enters from 20 s to 60 s can never succeed, in every group of the channel.
#[test]
fn poison_in_a_channel_strikes_all_its_groups() {
    let report = simulate(&flow(", retry: { attempts: 3 }", "{ at: 20.005s, for: 40s, poison: line, share: 20% }"));
    let struck = report.faults[0].touched;
    share_agrees("struck", struck, 8_000, 0.2, 0.06);
    let server = consumer(&report, "server");
    assert_eq!((server.dead_lettered, server.failed_attempts), (struck, 3 * struck));
    assert_eq!(consumer(&report, "archive").lost, struck);
    // In the dead letter queue it is a new message, which can be handled.
    assert_eq!(consumer(&report, "keeper").completed, struck);
}

#[test]
fn poison_at_a_consumer_strikes_only_there() {
    let report = simulate(&flow(", retry: { attempts: 2 }", "{ at: 20.005s, for: 40s, poison: server, share: 20% }"));
    let struck = report.faults[0].touched;
    share_agrees("struck", struck, 8_000, 0.2, 0.06);
    assert_eq!(consumer(&report, "server").dead_lettered, struck);
    assert_eq!(consumer(&report, "archive").lost, 0);
}

/// From 20 s to 21 s nobody can read `order.placed`: its 100 messages fail in both groups, the other type passes.
#[test]
fn a_broken_schema_strikes_its_events_everywhere() {
    let fault = "{ at: 20.005s, for: 1s, schema_break: order.placed }";
    let report = simulate(&flow(", retry: { attempts: 2 }", fault));
    assert_eq!(consumer(&report, "server").dead_lettered, 100);
    assert_eq!(consumer(&report, "archive").lost, 100);
    assert_eq!((report.faults[0].touched, report.faults[0].target.as_str()), (300, "order.placed"));
    // The keeper of dead letters only keeps them.
    assert_eq!(consumer(&report, "keeper").completed, 100);
    // Who tries again after it has ended, succeeds.
    let patient = simulate(&flow(", retry: { attempts: 2, backoff: 2s }", fault));
    assert_eq!(consumer(&patient, "server").dead_lettered, 0);
    assert_eq!(consumer(&patient, "server").retries, 100);
}

/// What waits from before the change is as it always was.
#[test]
fn a_broken_schema_spares_what_was_published_before() {
    let text = "thalweg: 1
name: Backlog
events: { order.placed: { version: 1.0.0 } }
nodes:
  source: { kind: producer, load: { batch: { size: 10, every: 10s } }, publishes: [{ to: line, event: order.placed }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 500ms, retry: { attempts: 1 } }
scenarios:
  default: { duration: 29s, replications: 1, faults: [{ at: 11s, for: 10.2s, schema_break: order.placed }] }
";
    let report = simulate(text);
    // The ten of 10 s succeed although they are handled until 15 s; of the ten of 20 s two are done before 21.2 s.
    assert_eq!((report.totals.completed, report.totals.lost), (18, 2));
}

/// 10,000 messages, each of which needs one call. Of a message that the service can do nothing with all six calls fail, two in
/// each of three attempts; it is given up.
fn called(service: &str, faults: &str) -> thalweg_sim::Report {
    simulate(&format!(
        "thalweg: 1
name: Called
nodes:
  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  dead: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 3, backoff: 30s }}, dead_letter: dead, calls: [{{ service: remote, retry: {{ attempts: 2 }} }}] }}
  remote: {{ kind: service, latency: 1ms{service} }}
scenarios:
  default: {{ duration: 200.005s, replications: 1, seed: 6, load: {{ source: {{ steps: [{{ at: 0s, rate: 100/s }}, {{ at: 100s, rate: 0/s }}] }} }}, faults: [{faults}] }}
"
    ))
}

#[test]
fn poison_of_a_service_fails_every_call_for_a_message() {
    let report = called(", failure: { poison: 10% }", "");
    let (server, remote) = (consumer(&report, "server"), service(&report, "remote"));
    let bad = server.dead_lettered;
    share_agrees("unfit", bad, server.arrivals, 0.1, 0.1);
    assert_eq!((remote.calls, remote.failed), (server.arrivals + 5 * bad, 6 * bad));
    assert_eq!(server.completed, server.arrivals - bad);
}

/// A fifth of the messages whose first call is answered from 20 s to 60 s; also when the fault is over.
#[test]
fn poison_of_a_service_outlives_the_fault() {
    let report = called("", "{ at: 20s, for: 40s, poison: remote, share: 20% }");
    let server = consumer(&report, "server");
    let struck = report.faults[0].touched;
    assert_eq!((server.dead_lettered, service(&report, "remote").failed), (struck, 6 * struck));
    // 4,000 of them, give or take three times 63.
    share_agrees("struck", struck, 4_000, 0.2, 0.1);
}
