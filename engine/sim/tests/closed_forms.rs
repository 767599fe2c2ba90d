//! Where theory stands beside the simulation: only where it holds exactly, and then the two agree.

mod common;

use common::*;
use thalweg_sim::{Report, Theory};

const EXPONENTIAL: &str = ", service_time: { exponential: 10ms }";

fn theory<'r>(report: &'r Report, name: &str) -> Option<&'r Theory> {
    consumer(report, name).theory.as_ref()
}

/// The theory of the station `server`, from a run too short to say anything itself.
fn of_station(load: &str, queue: &str, server: &str, more: &str) -> Option<Theory> {
    let report = simulate(&station(load, queue, server, &format!("duration: 1s, replications: 1{more}")));
    theory(&report, "server").cloned()
}

fn model(load: &str, queue: &str, server: &str) -> Option<String> {
    of_station(load, queue, server, "").map(|theory| theory.model)
}

fn near(value: Option<f64>, exact: f64) {
    let Some(value) = value else { panic!("{exact} is not known") };
    assert!((value / exact - 1.0).abs() < 1e-6, "{value} for {exact}");
}

/// Figures of the literature; 10 ms for its unit of time.
#[test]
fn stations_of_the_textbook() {
    let known = of_station("poisson: 240/s", "", &format!("{EXPONENTIAL}, concurrency: 3"), "").expect("M/M/3");
    assert_eq!(known.model, "M/M/3");
    near(Some(known.utilization), 0.8);
    near(known.waits, 0.647_191_011);
    near(known.wait.mean, 10.786_516_9);
    near(known.wait.p99, 69.500_939_7);
    near(known.sojourn.mean, 20.786_516_9);
    near(known.sojourn.p50, 15.788_071_9);
    near(known.sojourn.p999, 123.102_532);

    let known = of_station("poisson: 80/s", "", ", service_time: 10ms", "").expect("M/D/1");
    assert_eq!(known.model, "M/D/1");
    near(known.wait.mean, 20.0);
    near(known.wait.p95, 66.203_25);
    near(known.sojourn.p99, 113.558_868);

    let lognormal = ", service_time: { lognormal: { mean: 10ms, cv: 2 } }";
    let known = of_station("poisson: 80/s", "", lognormal, "").expect("M/G/1");
    assert_eq!((known.model.as_str(), known.wait.p99), ("M/G/1", None));
    near(known.wait.mean, 100.0);
    near(known.waits, 0.8);

    let known = of_station("poisson: 120/s", ", max_length: 19", EXPONENTIAL, "").expect("M/M/1/20");
    assert_eq!((known.model.as_str(), known.channel.as_str()), ("M/M/1/20", "line"));
    near(known.loss, 0.170_369_949);
    near(known.sojourn.mean, 155.356_5);

    // Feedback to the end of the line at 25 %: 66.67 ms in the system; what the first wait is, nobody says.
    let back = ", failure: { rate: 25% }, retry: { attempts: unlimited, backoff: 0s, requeue: back }";
    let known = of_station("poisson: 60/s", "", &format!("{EXPONENTIAL}{back}"), "").expect("feedback");
    near(known.sojourn.mean, 66.666_666_7);
    assert_eq!(known.wait.mean, None);
}

#[test]
fn orders_of_service_keep_the_means_only() {
    for discipline in ["lifo", "random", "priority"] {
        let known =
            of_station("poisson: 80/s", &format!(", discipline: {discipline}"), EXPONENTIAL, "").expect("M/M/1");
        near(known.wait.mean, 40.0);
        assert_eq!((known.wait.p99, known.sojourn.p50), (None, None), "{discipline}");
    }
}

/// Each of these breaks a condition of every formula.
#[test]
fn what_does_not_qualify_has_no_theory() {
    let plain = || (80, String::new(), EXPONENTIAL.to_owned());
    assert_eq!(model("poisson: 80/s", "", EXPONENTIAL).as_deref(), Some("M/M/1"));
    for load in [
        "constant: 80/s",
        "batch: { size: 2, every: { exponential: 25ms } }",
        "sine: { mean: 50/s, amplitude: 20/s, period: 1m }",
        "closed: { users: 10, think_time: 1s }",
        "bursts: { on: 1s, off: 1s, rate: 100/s }",
        "poisson: 100/s",
        "poisson: 0/s",
    ] {
        assert_eq!(model(load, "", EXPONENTIAL), None, "{load}");
    }
    for queue in [
        ", message_ttl: 1s",
        ", message_ttl: { exponential: 1s }",
        ", max_length: 9, overflow: drop-head",
        ", broker: rabbitmq",
        ", broker: sqs",
        ", visibility_timeout: 30s",
        ", ordering: per-key",
        ", max_length: 9, discipline: lifo",
    ] {
        let (_, _, server) = plain();
        assert_eq!(model("poisson: 80/s", queue, &server), None, "{queue}");
    }
    for server in [
        ", timeout: 1s",
        ", rate_limit: 90/s",
        ", failure: { poison: 1% }, retry: { attempts: 2 }",
        ", batch: { size: 2, wait: 1s }",
        ", failure: { rate: 1% }, retry: { attempts: 3 }",
        ", failure: { rate: 1% }, retry: { attempts: unlimited, backoff: 1ms }",
        ", order: per-key",
    ] {
        assert_eq!(model("poisson: 80/s", "", &format!("{EXPONENTIAL}{server}")), None, "{server}");
    }
    assert_eq!(model("poisson: 80/s", "", ""), None, "no service time");
    assert_eq!(model("poisson: 80/s", "", ", concurrency: 2, service_time: 10ms"), None, "M/D/2");
    let heavy = ", service_time: { pareto: { mean: 3ms, shape: 1.5 } }";
    assert_eq!(model("poisson: 8/s", "", heavy), None, "no second moment");
}

/// Any fault that strikes the station, its line or what leads to it; also one that is drawn.
#[test]
fn faults_leave_no_theory() {
    for fault in [
        "crash: server, for: 1s",
        "slow: server, factor: 2",
        "errors: server, rate: 1%",
        "outage: line, for: 1s",
        "duplicate: line, share: 1%",
        "poison: line, share: 1%",
        "poison: server, share: 1%",
        "throttle: server, limit: 90/s",
        "throttle: line, limit: 90/s",
        "cut: source -> line, for: 1s",
        "cut: line -> server, for: 1s",
        "latency: source, add: 1ms",
    ] {
        let found = of_station("poisson: 80/s", "", EXPONENTIAL, &format!(", faults: [{{ at: 10s, {fault} }}]"));
        assert_eq!(found, None, "{fault}");
    }
    assert_eq!(of_station("poisson: 80/s", "", EXPONENTIAL, ", chaos: { rate: 36000/h, kinds: [slow] }"), None);
}

fn network(nodes: &str) -> Report {
    network_with(nodes, "duration: 1s, replications: 1")
}

fn network_with(nodes: &str, scenario: &str) -> Report {
    simulate(&format!("thalweg: 1\nname: Network\nnodes:\n{nodes}scenarios:\n  default: {{ {scenario} }}\n"))
}

/// Two sources into one line, which feeds two lines by chance, one behind the other: Jackson's network without circles.
const TREE: &str = "  a: { kind: producer, load: { poisson: 30/s }, publishes: [{ to: first }] }
  b: { kind: producer, load: { poisson: 50/s }, publishes: [{ to: first }] }
  first: { kind: queue }
  one: { kind: consumer, subscribes: [{ from: first }], service_time: { exponential: 10ms }, publishes: [{ to: second, probability: 50% }] }
  second: { kind: topic }
  two: { kind: consumer, subscribes: [{ from: second }], concurrency: 2, service_time: { exponential: 30ms }, failure: { rate: 25% }, publishes: [{ to: third }] }
  also: { kind: consumer, subscribes: [{ from: second }], service_time: 10ms, publishes: [{ to: fourth }] }
  third: { kind: queue }
  three: { kind: consumer, subscribes: [{ from: third }], service_time: { gamma: { mean: 20ms, cv: 0.5 } } }
  fourth: { kind: queue }
  four: { kind: consumer, subscribes: [{ from: fourth }], service_time: { exponential: 10ms } }
";

/// Every figure of theory lies in the 99 % interval of the simulated one.
#[test]
fn theory_and_simulation_agree_through_a_network() {
    let report = network_with(TREE, "duration: 2000s, warmup: 100s, replications: 30, seed: 71");
    let models: Vec<Option<&str>> = ["one", "two", "also", "three", "four"]
        .iter()
        .map(|name| theory(&report, name).map(|t| t.model.as_str()))
        .collect();
    // What leaves a server of constant work is no Poisson process.
    assert_eq!(models, [Some("M/M/1"), Some("M/M/2 with retries"), Some("M/D/1"), Some("M/G/1"), None]);
    for name in ["one", "two", "also", "three"] {
        let (known, seen) = (theory(&report, name).expect("a theory"), consumer(&report, name));
        agrees(name, &seen.wait, known.wait.mean.expect("a mean"), 0.05);
        agrees(name, &seen.sojourn, known.sojourn.mean.expect("a mean"), 0.05);
        agrees_within(name, seen.utilization.mean, seen.utilization.ci95, known.utilization, 0.01, 0.0);
        let share = seen.wait.above_zero.expect("a share");
        agrees_within(name, share, seen.wait.above_zero_ci95, known.waits.expect("a share"), 0.02, 0.0);
        for (exact, ci95) in [(known.wait.p95, seen.wait.p95_ci95), (known.sojourn.p99, seen.sojourn.p99_ci95)] {
            if let Some(exact) = exact {
                quantile_agrees(name, ci95, exact, 0.05);
            }
        }
    }
    near(theory(&report, "two").map(|known| known.arrivals_per_s), 40.0);
}

/// Streams that have a source in common are not independent: together they are no Poisson process.
#[test]
fn what_belongs_together_is_not_added() {
    let fork = "  a: { kind: producer, load: { poisson: 30/s }, publishes: [{ to: x }, { to: y }] }
  x: { kind: queue }
  y: { kind: queue }
  left: { kind: consumer, subscribes: [{ from: x }], service_time: { exponential: 10ms }, publishes: [{ to: z }] }
  right: { kind: consumer, subscribes: [{ from: y }], service_time: { exponential: 10ms }, publishes: [{ to: z }] }
  z: { kind: queue }
  end: { kind: consumer, subscribes: [{ from: z }], service_time: { exponential: 10ms } }
";
    let report = network(fork);
    assert!(theory(&report, "left").is_some() && theory(&report, "right").is_some());
    assert_eq!(theory(&report, "end"), None);
    let twice = fork.replace("{ to: x }, { to: y }", "{ to: x }, { to: x }");
    assert_eq!(theory(&network(&twice), "left"), None, "two at once");
}

/// A circle, a dead letter, a feed, an exchange, a bus, a filter, another consumer of the same queue.
#[test]
fn what_comes_another_way_leaves_no_theory() {
    let tail = |more: &str, server: &str| {
        format!(
            "  a: {{ kind: producer, load: {{ poisson: 30/s }}, publishes: [{{ to: x }}] }}
  x: {{ kind: queue }}
  end: {{ kind: consumer, subscribes: [{{ from: x }}], service_time: {{ exponential: 10ms }}{server} }}
{more}"
        )
    };
    assert!(theory(&network(&tail("", "")), "end").is_some());
    assert_eq!(theory(&network(&tail("", ", publishes: [{ to: x, probability: 10% }]")), "end"), None, "circle");
    let other = "  b: { kind: producer, load: { constant: 1/s }, publishes: [{ to: y }] }\n  y: { kind: queue }\n";
    let dead = "  other: { kind: consumer, subscribes: [{ from: y }], failure: { rate: 10% }, retry: { attempts: 1 }, dead_letter: x }\n";
    assert_eq!(theory(&network(&tail(&format!("{other}{dead}"), "")), "end"), None, "dead letters");
    let feed = "  other: { kind: consumer, subscribes: [{ from: y }], calls: [{ service: db }] }\n  db: { kind: store, write_time: 1ms, projects_to: [x] }\n";
    assert_eq!(theory(&network(&tail(&format!("{other}{feed}"), "")), "end"), None, "a feed");
    let shared = "  other: { kind: consumer, subscribes: [{ from: x }], service_time: { exponential: 10ms } }\n";
    assert_eq!(theory(&network(&tail(shared, "")), "end"), None, "shared");
    for hub in ["exchange, type: fanout, routes: [{ to: x }]", "bus, routes: [{ to: x }]"] {
        let routed = tail(&format!("  hub: {{ kind: {hub} }}\n"), "")
            .replace("publishes: [{ to: x }]", "publishes: [{ to: hub }]");
        assert_eq!(theory(&network(&routed), "end"), None, "{hub}");
    }
}

/// A long chain is walked, not climbed.
#[test]
fn a_chain_of_a_thousand() {
    let mut nodes = "  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: q0 }] }\n".to_owned();
    for i in 0..1000 {
        let next = if i < 999 { format!(", publishes: [{{ to: q{} }}]", i + 1) } else { String::new() };
        let server = format!("c{i}: {{ kind: consumer, subscribes: [{{ from: q{i} }}]{EXPONENTIAL}{next} }}");
        nodes.extend(["  q", &i.to_string(), ": { kind: queue }\n  ", &server, "\n"]);
    }
    let report = network(&nodes);
    near(theory(&report, "c999").and_then(|known| known.sojourn.mean), 50.0);
}
