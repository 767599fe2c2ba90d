//! Retries: how much more work they are, what is given up, and how long their pauses are.

use super::TICK;
use crate::case::Case;
use crate::measure::{busy, consumer, counted, end_to_end, lag, metric, metrics, service, sojourn};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = feedback();
    cases.extend(bounded_attempts());
    cases.extend(retry_load());
    cases.push(layers());
    cases.extend(backoffs());
    cases.extend([timeouts(), abandoned_calls(), breaker(), rate_limit()]);
    cases.extend(head_of_line());
    cases
}

/// Failures go to the end of the line at once: an M/M/1 whose arrival rate is λ/(1 − p).
fn feedback() -> Vec<Case> {
    let table = [
        ("50-20", "50/s", "20%", 62.5, 1.66666667, 3.33333333, 1000),
        ("50-30", "50/s", "30%", 71.4285714, 2.5, 5.0, 1000),
        ("60-20", "60/s", "20%", 75.0, 3.0, 5.0, 1500),
        ("60-25", "60/s", "25%", 80.0, 4.0, 6.66666667, 2000),
        ("80-10", "80/s", "10%", 88.8888889, 8.0, 10.0, 4000),
    ];
    let case = |(id, rate, failing, attempts, l, w, seconds): (&str, &str, &str, f64, f64, f64, u32)| {
        let server = format!(
            ", service_time: {{ exponential: 10ms }}, failure: {{ rate: {failing} }}, \
             retry: {{ attempts: unlimited, backoff: 0s, requeue: back }}"
        );
        Case::station(
            format!("feedback-{id}"),
            format!("{rate}, {failing} come back at once"),
            "Takács, A Single-Server Queue with Feedback (1963)",
            &format!("poisson: {rate}"),
            "",
            &server,
        )
        .runs(format!("duration: {seconds}s; warmup: 50s; replications: 20"))
        .row("L", lag("line"), l, 0.05)
        .row("W", sojourn("server"), TICK * w, 0.05)
        .row(
            "attempts",
            metrics("/s", &["throughput(server)", "retries(server)"], |v, window| v[0] + v[1] / window),
            attempts,
            0.005,
        )
    };
    table.into_iter().map(case).collect()
}

/// Attempts per message (1 − pⁿ)/(1 − p), given up pⁿ.
fn bounded_attempts() -> Vec<Case> {
    let table = [
        ("10%", 3, 100, 1.11, 0.001, 3000),
        ("20%", 3, 100, 1.24, 0.008, 1000),
        ("25%", 4, 60, 1.328125, 0.00390625, 2000),
        ("50%", 3, 100, 1.75, 0.125, 500),
        ("50%", 5, 100, 1.9375, 0.03125, 500),
        ("30%", 4, 100, 1.417, 0.0081, 1000),
    ];
    let case = |(failing, attempts, rate, per_message, given_up, seconds): (&str, u32, u32, f64, f64, u32)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: {rate}/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, service_time: 1ms, failure: {{ rate: {failing} }}, retry: {{ attempts: {attempts}, backoff: 0s }}, dead_letter: dead }}
  dead: {{ kind: queue }}
"
        );
        let ended = |v: &[f64], window: f64| v[0] * window + v[1];
        Case::of_nodes(
            format!("attempts-{}-of-{attempts}", failing.trim_end_matches('%')),
            format!("{attempts} attempts, {failing} fail"),
            "geometric trials",
            nodes,
        )
        .runs(format!("duration: {seconds}s; replications: 20"))
        .row(
            "attempts per message",
            metrics("", &["throughput(server)", "dead_letters(server)", "retries(server)"], move |v, window| {
                1.0 + v[2] / ended(v, window)
            }),
            per_message,
            0.005,
        )
        .row(
            "dead letters",
            metrics("/s", &["dead_letters(server)"], |v, window| v[0] / window),
            given_up * f64::from(rate),
            0.05,
        )
    };
    table.into_iter().map(case).collect()
}

/// Four tries of a call: load (1 − f⁴)/(1 − f) on the service, success 1 − f⁴.
fn retry_load() -> Vec<Case> {
    let table = [("50%", 1.875, 0.9375), ("90%", 3.439, 0.3439), ("100%", 4.0, 0.0)];
    let case = |(failing, load, success): (&str, f64, f64)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: 200/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  client: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 1 }}, calls: [{{ service: remote, retry: {{ attempts: 4, backoff: 1ms }} }}] }}
  remote: {{ kind: service, latency: 10ms, failure: {{ rate: {failing} }} }}
"
        );
        // Every call keeps the service busy for 10 ms.
        Case::of_nodes(
            format!("retry-load-{}", failing.trim_end_matches('%')),
            format!("four tries of a call, {failing} fail"),
            "geometric trials",
            nodes,
        )
        .runs("duration: 300s; warmup: 5s; replications: 20")
        .row("calls at work", busy("remote"), 2.0 * load, 0.01)
        .within("success", metrics("", &["throughput(client)"], |v, _| v[0] / 200.0), success, 0.0, 0.02)
    };
    table.into_iter().map(case).collect()
}

/// Tries multiply over layers: 3 × 3.
fn layers() -> Case {
    let nodes = "  source: { kind: producer, load: { poisson: 100/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  client: { kind: consumer, subscribes: [{ from: line }], concurrency: 1000, retry: { attempts: 3, backoff: 1ms }, calls: [{ service: remote, retry: { attempts: 3, backoff: 1ms } }] }
  remote: { kind: service, latency: 1ms, failure: { rate: 100% } }
";
    Case::of_nodes("retry-layers", "three tries in each of two layers", "product of the layers", nodes)
        .runs("duration: 100s; replications: 2")
        .within(
            "calls per message",
            counted("", |report| {
                let (remote, client) = (service(report, "remote")?, consumer(report, "client")?);
                Some(remote.calls as f64 / client.lost as f64)
            }),
            9.0,
            // What is under way at the end has made some of its calls.
            0.01,
            0.0,
        )
}

/// Mean pauses, summed: nothing ever succeeds, and the event ends with the last attempt.
fn backoffs() -> Vec<Case> {
    let table = [
        ("full", 2, 50.0),
        ("full", 3, 150.0),
        ("full", 4, 350.0),
        ("full", 5, 750.0),
        ("equal", 3, 225.0),
        ("none", 4, 700.0),
        // U(100, 300) has mean 200; then U(100, 3·d) has mean 50 + 1.5·200 = 350.
        ("decorrelated", 3, 550.0),
    ];
    let case = |(jitter, attempts, exact): (&str, u32, f64)| {
        let server = format!(
            ", concurrency: 100000, failure: {{ poison: 100% }}, retry: {{ attempts: {attempts}, backoff: \
             {{ exponential: {{ first: 100ms, factor: 2, max: 20s, jitter: {jitter} }} }} }}"
        );
        Case::station(
            format!("backoff-{jitter}-{attempts}"),
            format!("{attempts} attempts, from 100 ms, jitter {jitter}"),
            "AWS Architecture Blog, Exponential Backoff And Jitter (2015)",
            "poisson: 1000/s",
            "",
            &server,
        )
        .runs("duration: 60s; warmup: 10s; replications: 10")
        .within("sum of the pauses", end_to_end(), exact, 1e-6 * exact, 0.01)
    };
    table.into_iter().map(case).collect()
}

/// An attempt longer than its timeout fails at the timeout: P(S > t) = e^(−t/mean).
fn timeouts() -> Case {
    let server = ", concurrency: 1000, service_time: { exponential: 10ms }, timeout: 20ms, retry: { attempts: 1 }";
    Case::station("timeout", "exponential work with a timeout", "P(S > t)", "poisson: 2000/s", "", server)
        .runs("duration: 60s; warmup: 1s; replications: 10")
        .row(
            "timed out",
            metrics("", &["lost(server)", "throughput(server)"], |v, window| v[0] / (v[0] + v[1] * window)),
            (-2.0_f64).exp(),
            0.01,
        )
        .within("longest time of a success", metric("max(server)"), 20.0, 0.03, 0.001)
}

/// A call that its caller gives up keeps the service busy: λE[S], not λE[min(S, timeout)].
fn abandoned_calls() -> Case {
    let nodes = "  source: { kind: producer, load: { poisson: 100/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  client: { kind: consumer, subscribes: [{ from: line }], concurrency: 1000, retry: { attempts: 1 }, calls: [{ service: remote, timeout: 10ms }] }
  remote: { kind: service, latency: { exponential: 50ms } }
";
    Case::of_nodes("abandoned-calls", "callers give up, the service does not", "M/G/∞: λE[S] at work", nodes)
        .runs("duration: 500s; warmup: 5s; replications: 20")
        .row("at work", busy("remote"), 5.0, 0.01)
        .row(
            "given up",
            metrics("", &["lost(client)", "throughput(client)"], |v, window| v[0] / (v[0] + v[1] * window)),
            (-0.2_f64).exp(),
            0.01,
        )
}

/// A service that always fails: five failures open the breaker; after every 10 s one trial is let through.
fn breaker() -> Case {
    let nodes = "  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], retry: { attempts: 1 }, calls: [{ service: remote, breaker: { failures: 5, within: 10s, open: 10s } }] }
  remote: { kind: service, latency: 1ms, failure: { rate: 100% } }
";
    Case::of_nodes("breaker", "a breaker before a dead service", "deterministic: 5 calls, then one each 10.1 s", nodes)
        .runs("duration: 100.05s; replications: 1")
        // Opens at 0.501 s; trials at 10.6, 20.7, … 91.4 s.
        .within("calls", counted("", |r| Some(service(r, "remote")?.calls as f64)), 14.0, 0.0, 0.0)
}

/// 150 calls/s at a limit of 100/s: the bucket of 100 empties, then exactly the limit passes.
fn rate_limit() -> Case {
    let nodes = "  source: { kind: producer, load: { constant: 150/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 10, retry: { attempts: 1 }, calls: [{ service: remote }] }
  remote: { kind: service, latency: 1ms, rate_limit: 100/s }
";
    Case::of_nodes("token-bucket", "150 calls/s at a limit of 100/s", "token bucket of one second's worth", nodes)
        .runs("duration: 100s; replications: 1")
        .within(
            "calls let through",
            counted("", |r| Some(service(r, "remote")?.completed as f64)),
            // To within the calls at both ends.
            10_100.0,
            3.0,
            0.0,
        )
}

/// A message that fails four times, with pauses of 1, 2, 4 and 8 s: its partition waits 15 s when it is retried in place,
/// and not at all when it goes to a retry topic.
fn head_of_line() -> Vec<Case> {
    const SOURCE: &str = "deterministic: Σ pauses × rate of the partition";
    // The attempts at 10.1, 11.1, 13.1 and 17.1 s fail, the one at 25.1 s does not.
    let scenario = "duration: 60s; replications: 1; faults: [{ at: 10.05s, for: 14s, errors: server, rate: 100% }]";
    let retry = "retry: { attempts: 5, backoff: [1s, 2s, 4s, 8s] }";
    let in_place = format!(
        "  source: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{{ to: log }}] }}
  log: {{ kind: topic, broker: kafka, partitions: 1 }}
  server: {{ kind: consumer, subscribes: [{{ from: log }}], service_time: 1ms, {retry} }}
"
    );
    let retry_topic = "  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: log }] }
  log: { kind: topic, broker: kafka, partitions: 1 }
  again: { kind: topic, broker: kafka, partitions: 1 }
  server: { kind: consumer, subscribes: [{ from: log }], service_time: 1ms, retry: { attempts: 1 }, dead_letter: again }
  later: { kind: consumer, subscribes: [{ from: again }], service_time: 15s }
";
    vec![
        Case::of_nodes("poison-in-place", "a message that fails for 15 s, retried in place", SOURCE, in_place)
            .runs(scenario)
            .within("backlog", metric("lag(log)"), 150.0, 1.0, 0.0),
        Case::of_nodes("poison-retry-topic", "the same with a retry topic", SOURCE, retry_topic)
            .runs("duration: 60s; replications: 1; faults: [{ at: 10.05s, for: 100ms, errors: server, rate: 100% }]")
            // Never more than the one in hand.
            .within("backlog", metric("lag(log)"), 1.0, 0.0, 0.0),
    ]
}
