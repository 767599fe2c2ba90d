//! In which order a queue is served: the mean wait of M/M/1 is the same for every order, its second moment is not.

mod common;

use common::*;

fn mm1(queue: &str) -> String {
    station(
        "poisson: 80/s",
        queue,
        ", service_time: { exponential: 10ms }",
        "duration: 2000s, warmup: 100s, replications: 30, seed: 61",
    )
}

/// ρ = 0.8, 1/μ = 10 ms: E[Wq] = 40 ms for all; the 99th percentile of the wait tells them apart. First come first served it is
/// −ln(0.01/ρ)/(μ − λ) = 219.1 ms.
#[test]
fn the_mean_wait_is_the_same_for_every_order() {
    for discipline in ["fifo", "lifo", "random"] {
        let report = simulate(&mm1(&format!(", discipline: {discipline}")));
        agrees(discipline, &consumer(&report, "server").wait, 40.0, 0.06);
        agrees(discipline, &consumer(&report, "server").sojourn, 50.0, 0.06);
    }
    let fifo = simulate(&mm1(", discipline: fifo"));
    let plain = simulate(&mm1(""));
    assert_eq!(fifo.digest, plain.digest);
    quantile_agrees("p99 of fifo", consumer(&plain, "server").wait.p99_ci95, 219.101, 0.06);
}

/// Two classes with half of the load each (ρ = 0.8), the higher one first, nobody interrupted: Wq 13.33 ms and 66.67 ms (Cobham
/// 1954). To see one class alone, the other one's handling comes to nothing; it takes the same time.
#[test]
fn priorities() {
    for (broken, exact) in [("low", 10.0 + 40.0 / 3.0), ("high", 10.0 + 200.0 / 3.0)] {
        let text = format!(
            "thalweg: 1
name: Classes
events: {{ high: {{ version: 1.0.0 }}, low: {{ version: 1.0.0 }} }}
nodes:
  urgent: {{ kind: producer, load: {{ poisson: 40/s }}, publishes: [{{ to: line, event: high, priority: 7 }}] }}
  usual: {{ kind: producer, load: {{ poisson: 40/s }}, publishes: [{{ to: line, event: low }}] }}
  line: {{ kind: queue, priority: 10 }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {{ exponential: 10ms }}, retry: {{ attempts: 1 }} }}
scenarios:
  default: {{ duration: 2000s, warmup: 100s, replications: 30, seed: 63, faults: [{{ at: 0s, schema_break: {broken} }}] }}
"
        );
        let report = simulate(&text);
        agrees(broken, &consumer(&report, "server").sojourn, exact, 0.08);
    }
}

/// Six come at once while one is worked on: who is next, by hand. Waits in seconds of a class that can be read.
#[test]
fn the_order_by_hand() {
    let run = |queue: &str, first: &str, second: &str, broken: &str| {
        let text = format!(
            "thalweg: 1
name: Hand
events: {{ a: {{ version: 1.0.0 }}, b: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 1, every: 10s }} }}, publishes: [{{ to: line, event: a, count: 3{first} }}, {{ to: line, event: b, count: 3{second} }}] }}
  line: {{ kind: queue{queue} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 1s, retry: {{ attempts: 1 }} }}
scenarios:
  default: {{ duration: 19s, replications: 1, faults: [{{ at: 0s, schema_break: {broken} }}] }}
"
        );
        consumer(&simulate(&text), "server").sojourn.mean.unwrap()
    };
    let near =
        |what: &str, value: f64, exact: f64| assert!((value / exact - 1.0).abs() < 1e-6, "{what}: {value}, {exact}");
    // a a a b b b: the first a is begun at once; the others in this order, each taking a second.
    near("fifo, a", run("", "", "", "b"), 2000.0);
    near("fifo, b", run("", "", "", "a"), 5000.0);
    near("lifo, a", run(", discipline: lifo", "", "", "b"), (1000.0 + 5000.0 + 6000.0) / 3.0);
    near("lifo, b", run(", discipline: lifo", "", "", "a"), 3000.0);
    let priority = ", discipline: priority";
    near("b first, a", run(priority, "", ", priority: 1", "b"), (1000.0 + 5000.0 + 6000.0) / 3.0);
    near("b first, b", run(priority, "", ", priority: 1", "a"), 3000.0);
    near("a first", run(priority, ", priority: 200", ", priority: 1", "b"), 2000.0);
    // Beyond the highest all are equal.
    near("equal", run(", priority: 1", ", priority: 1", ", priority: 9", "b"), 2000.0);
}

/// Work that comes back keeps its class: failures of the higher class go before all of the lower.
#[test]
fn every_discipline_keeps_its_books_under_failures_and_limits() {
    for discipline in ["fifo", "lifo", "random", "priority"] {
        let text = format!(
            "thalweg: 1
name: Books
nodes:
  source: {{ kind: producer, load: {{ poisson: 60/s }}, publishes: [{{ to: line, priority: 3 }}, {{ to: line, priority: 1, probability: 50% }}, {{ to: line }}] }}
  line: {{ kind: queue, discipline: {discipline}, max_length: 40, overflow: drop-head, message_ttl: {{ exponential: 2s }}, dead_letter: dead }}
  dead: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], instances: 2, service_time: {{ exponential: 15ms }}, failure: {{ rate: 20% }}, retry: {{ attempts: 4, backoff: 50ms, requeue: back }} }}
scenarios:
  default: {{ duration: 300s, replications: 4, seed: 64, faults: [{{ at: 50s, every: 20s, for: 5s, crash: server, instances: 1 }}] }}
"
        );
        let report = simulate(&text);
        let line = queue(&report, "line");
        assert!(line.expired > 0 && line.dropped > 0 && report.totals.completed > 10_000, "{discipline}: {line:?}");
    }
}

/// Erlang's model A, M/M/c+M: arrivals λ, service 1, patience of rate θ (in seconds): who gives up, and the mean wait of all, which
/// is Lq/λ.
#[test]
fn impatience() {
    for (lambda, servers, theta, gives_up, wait) in [
        (0.8, 1, 0.5, 0.255_940_702, 0.511_881_404),
        (1.2, 1, 0.5, 0.366_204_211, 0.732_408_422),
        (2.4, 3, 1.0, 0.153_694_892, 0.153_694_892),
        (4.0, 3, 1.0, 0.336_999_285, 0.336_999_285),
        (120.0, 100, 0.5, 0.166_790_631, 0.333_581_262),
    ] {
        // A thousand times as fast.
        let text = station(
            &format!("poisson: {}/s", lambda * 1000.0),
            &format!(", message_ttl: {{ exponential: {}us }}", 1000.0 / theta),
            &format!(", concurrency: {servers}, service_time: {{ exponential: 1ms }}"),
            &format!("duration: {}s, warmup: 1s, replications: 10, seed: 65", if servers == 100 { 20 } else { 80 }),
        );
        let report = simulate(&text);
        let line = queue(&report, "line");
        // Batches of the same line are not independent: the interval comes from the replications.
        let what = format!("{lambda}, {servers}, {theta}");
        let exact = wait * lambda;
        let [low, high] = line.depth.ci95.unwrap();
        let half = (high - low) / 2.0 * 3.249_836 / 2.262_157;
        assert!((line.depth.mean - exact).abs() <= half, "{what}: Lq {} ± {half}, exact {exact}", line.depth.mean);
        assert!(half <= 0.05 * exact, "{what}: {half} is vague");
        let share = line.expired as f64 / line.published as f64;
        assert!((share - gives_up).abs() <= 0.02 * gives_up, "{what}: {share} gives up, exact {gives_up}");
    }
}
