//! Outboxes, against timelines computed by hand.

mod common;

use common::*;

fn flow(load: &str, outbox: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Outbox
nodes:
  shop: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line }}], outbox: {{ {outbox} }} }}
  line: {{ kind: queue, max_length: 100000 }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, service_time: 1ms }}
scenarios:
  default: {{ {scenario} }}
"
    )
}

/// Whatever was written waits for the next look of the relay: uniform over `every` for Poisson arrivals, 250 ms on average.
#[test]
fn events_wait_for_the_relay() {
    let report = simulate(&flow(
        "poisson: 100/s",
        "every: 500ms, batch: 10000",
        "duration: 1000s, warmup: 10s, replications: 30, seed: 51",
    ));
    agrees("end to end", &report.end_to_end, 251.0, 0.005);
    let [low, high] = report.end_to_end.p95_ci95.unwrap();
    assert!(low > 0.998 * 476.0 && high < 1.002 * 476.0, "{low} {high}");
    assert_eq!(consumer(&report, "server").wait.max, Some(0.0));
}

/// Ten at once every 250 ms are 40/s: of 50/s the others wait, in order.
#[test]
fn a_relay_takes_a_batch_at_once() {
    let report = simulate(&flow("constant: 50/s", "every: 250ms, batch: 10", "duration: 100.01s, replications: 1"));
    // 400 looks of ten each; of the last ten the first, number 3991, was written at 79.82 s.
    assert_eq!(report.totals.completed, 4000);
    assert_eq!(report.totals.in_flight, 1000);
    let longest = report.end_to_end.max.unwrap();
    assert!((longest / 20_181.0 - 1.0).abs() < 0.001, "{longest}");
}

/// A look during an outage comes to nothing; the first one after it takes everything up.
#[test]
fn an_outage_is_waited_out_in_the_outbox() {
    for fault in ["outage: line", "cut: shop -> line", "full: line"] {
        let report = simulate(&flow(
            "constant: 10/s",
            "every: 1s, batch: 1000",
            &format!("duration: 100.05s, replications: 1, faults: [{{ at: 20.5s, for: 10s, {fault} }}]"),
        ));
        assert_eq!((report.totals.lost, report.totals.completed), (0, 999), "{fault}");
        // The last one was written in the moment of the last look, after it.
        assert_eq!(report.totals.in_flight, 1);
        // What was written right after the look at 20 s is relayed at 31 s; at 20 s itself, just after the look.
        let longest = report.end_to_end.max.unwrap();
        assert!((longest / 11_001.0 - 1.0).abs() < 0.01, "{fault}: {longest}");
        // Ten looks found it out, or full.
        assert_eq!(report.faults[0].touched, 10, "{fault}");
    }
}

#[test]
fn a_delay_behind_an_outbox_is_refused() {
    let text = flow("constant: 10/s", "every: 1s, batch: 10", "duration: 10s")
        .replace("{ to: line }]", "{ to: line, delay: 1s }]");
    let refusals = compile(&text).unwrap_err();
    assert_eq!(refusals[0].path, "nodes.shop.publishes.0.delay");
}

/// What a full stream refuses, or a broker without memory does not take, stays in the outbox: nothing is lost.
#[test]
fn limits_of_a_broker_keep_messages_in_the_outbox() {
    for line in [
        "kind: topic, broker: jet, max_length: 4, discard: new, retention_policy: work-queue",
        "kind: queue, broker: rabbit",
    ] {
        let text = format!(
            "thalweg: 1
name: Full
brokers:
  jet: {{ kind: nats }}
  rabbit: {{ kind: rabbitmq, memory_limit: 3kB }}
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 40, every: 100s }} }}, outbox: {{ every: 100ms, batch: 10 }}, publishes: [{{ to: line, size: 1kB }}] }}
  line: {{ {line} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 1s }}
scenarios:
  default: {{ duration: 150s, replications: 1 }}
"
        );
        let report = simulate(&text);
        assert_eq!((report.totals.completed, report.totals.lost), (40, 0), "{line}");
        // One a second, and a look every 100 ms: the server is never without one.
        assert!(
            report.end_to_end.max.is_some_and(|max| (max / 1000.0 - 40.1).abs() < 0.1),
            "{line}: {:?}",
            report.end_to_end
        );
        assert!(!report.notes.iter().any(|note| note.contains("publishes waited") && !note.contains("; 0 publishes")));
    }
}
