//! Messages per second on plain stations: `cargo bench -p thalweg-sim`.

// `expect` is how a benchmark fails.
#![allow(clippy::expect_used)]

use std::fmt::Write as _;

use thalweg_flow::{Overrides, resolve};
use thalweg_sim::{Files, Plan, RunOptions, run};

fn main() {
    divan::main();
}

fn plan(text: &str) -> Plan {
    let resolved = resolve(text, None, &Overrides::default()).expect("the flow is valid");
    Plan::compile(&resolved, &Files::new()).expect("the flow can be simulated")
}

/// One message a millisecond for the given seconds.
const MESSAGES: usize = 1_000_000;

fn station(servers: u32) -> String {
    format!(
        "thalweg: 1
name: Station
nodes:
  source: {{ kind: producer, load: {{ poisson: {rate}/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: {servers}, service_time: {{ exponential: 10ms }} }}
scenarios:
  default: {{ duration: {seconds}s, replications: 1, seed: 1 }}
",
        rate = 80 * servers,
        seconds = MESSAGES / (80 * servers as usize),
    )
}

fn tandem() -> String {
    let mut text = String::from(
        "thalweg: 1
name: Tandem
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: line1 }] }
",
    );
    for stage in 1..=3 {
        let next = if stage < 3 { format!(", publishes: [{{ to: line{} }}]", stage + 1) } else { String::new() };
        let _ = write!(
            text,
            "  line{stage}: {{ kind: queue }}
  server{stage}: {{ kind: consumer, subscribes: [{{ from: line{stage} }}], service_time: {{ exponential: 10ms }}{next} }}
"
        );
    }
    let _ = write!(text, "scenarios:\n  default: {{ duration: {}s, replications: 1, seed: 1 }}\n", MESSAGES / 80);
    text
}

fn bench(bencher: divan::Bencher<'_, '_>, text: &str) {
    let plan = plan(text);
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    bencher
        .counter(divan::counter::ItemsCount::new(MESSAGES))
        .bench_local(|| run(&plan, &options, &()).expect("the run ends with a report"));
}

#[divan::bench(sample_count = 10)]
fn mm1(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &station(1));
}

#[divan::bench(sample_count = 10)]
fn mm3(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &station(3));
}

#[divan::bench(sample_count = 10)]
fn tandem3(bencher: divan::Bencher<'_, '_>) {
    bench(bencher, &tandem());
}
