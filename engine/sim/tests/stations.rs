//! Queueing stations against their closed forms.

mod common;

use common::*;

#[test]
fn mm1() {
    let report = simulate(
        "thalweg: 1
name: Station
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: { exponential: 10ms } }
scenarios:
  default: { duration: 1h, warmup: 1m, replications: 20, seed: 1 }
",
    );
    println!("{:#?}", report.nodes);
    println!("{:?} {} {}", report.end_to_end, report.events, report.events_per_s);
    println!("{:?} {:?}", report.notes, report.totals);
}
