//! Overload that outlives its cause: clients that retry, a server that works off what nobody waits for any more.

use thalweg_sim::Report;

use crate::case::Case;
use crate::measure::{counted, metrics, service};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = mongodb();
    cases.extend(thresholds());
    cases.extend(defences());
    cases
}

/// The experiment of Huang and others with a database: 60 s of calm, then the processor is cut from 2 cores to `cores` for
/// some seconds. With a station of 35,000 requests/s in its place the four published outcomes follow.
fn mongodb() -> Vec<Case> {
    let table = [
        ("a", "75us", 0.45, 10, true),
        ("b", "75us", 0.40, 10, false),
        ("c", "75us", 0.40, 9, true),
        ("d", "100us", 0.40, 10, true),
    ];
    let case = |(id, apart, cores, seconds, recovers): (&str, &str, f64, u32, bool)| {
        let micros: f64 = apart.trim_end_matches("us").parse().unwrap_or(f64::NAN);
        let rate = 1e6 / micros;
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ constant: {rate}/s }}, publishes: [{{ to: requests }}] }}
  requests: {{ kind: queue }}
  client: {{ kind: consumer, subscribes: [{{ from: requests }}], concurrency: 1000000, retry: {{ attempts: 1 }}, calls: [{{ service: database, timeout: 3s, retry: {{ attempts: 5, backoff: 0s }} }}] }}
  database: {{ kind: service, latency: {:.3}us, concurrency: 1 }}
",
            1e6 / 35_000.0
        );
        let factor = 2.0 / cores;
        let end = if recovers { "recovers" } else { "stays overloaded" };
        let case = Case::of_nodes(
            format!("metastable-{id}"),
            format!("one request each {apart}, {cores} of 2 cores for {seconds} s: {end}"),
            "Huang et al., Metastable Failures in the Wild (OSDI 2022), retry experiment",
            nodes,
        )
        // The last 10 s of a minute after the cut.
        .runs(format!(
            "duration: 130s; warmup: 120s; replications: 1; \
             faults: [{{ at: 60s, for: {seconds}s, slow: database, factor: {factor} }}]"
        ));
        let goodput = metrics("", &["throughput(client)"], move |v, _| v[0] / rate);
        let amplification = counted("", move |report: &Report| {
            Some(service(report, "database")?.calls as f64 / (report.duration_s - report.warmup_s) / rate)
        });
        let (good, calls) = if recovers { (1.0, 1.0) } else { (0.0, 5.0) };
        case.within("goodput", goodput, good, 0.001, 0.0).within("calls per request", amplification, calls, 0.001, 0.0)
    };
    table.into_iter().map(case).collect()
}

/// A client with retries before a server of 300/s.
pub(super) fn storm(id: String, title: String, rate: u32, tries: u32, outage: f64) -> Case {
    let nodes = format!(
        "  source: {{ kind: producer, load: {{ constant: {rate}/s }}, publishes: [{{ to: requests }}] }}
  requests: {{ kind: queue }}
  client: {{ kind: consumer, subscribes: [{{ from: requests }}], concurrency: 1000000, retry: {{ attempts: 1 }}, calls: [{{ service: server, timeout: 1s, retry: {{ attempts: {tries}, backoff: 0s }} }}] }}
  server: {{ kind: service, latency: 3.333333ms, concurrency: 1 }}
"
    );
    // The server stands still: what it begins during the outage takes until its end.
    // A little more, lest it begin a second such work before the fault ends.
    let factor = outage * 300.0 * 1.00001;
    Case::of_nodes(id, title, "Bronson et al., Metastable Failures in Distributed Systems (HotOS 2021)", nodes).runs(format!(
        "duration: 620s; replications: 1; faults: [{{ at: 20s, for: {outage:.3}s, slow: server, factor: {factor} }}]"
    ))
}

/// Rate at the client at the end of the run, and from when on it stays at nine tenths of the load.
pub(super) fn goodput(report: &Report) -> Option<&[f32]> {
    report.series.nodes.get("client").map(|client| client.out_per_s.as_slice())
}

pub(super) fn at_the_end(report: &Report) -> Option<f64> {
    let rates = goodput(report)?;
    let last = &rates[rates.len().checked_sub(20)?..];
    Some(f64::from(last.iter().sum::<f32>()) / last.len() as f64)
}

/// One retry; collapse if and only if 2λ ≥ 300 and the outage is longer than D*(λ).
fn thresholds() -> Vec<Case> {
    let table = [
        (150, 1.497),
        (170, 1.398),
        (190, 1.276),
        (210, 1.166),
        (230, 1.086),
        (250, 1.036),
        (270, 1.009),
        (290, 0.998),
    ];
    let mut cases = Vec::new();
    for (rate, longest) in table {
        for (side, outage, share) in [("below", longest - 0.02, 1.0), ("above", longest + 0.02, 0.0)] {
            let title = format!("{rate}/s of 300/s, one retry, an outage of {outage:.3} s, {side} the threshold");
            let goodput = counted("", move |report: &Report| Some(at_the_end(report)? / f64::from(rate)));
            cases.push(storm(format!("storm-{rate}-{side}"), title, rate, 2, outage).within(
                "goodput at the end",
                goodput,
                share,
                0.02,
                0.0,
            ));
        }
    }
    cases
}

fn defences() -> Vec<Case> {
    let back = |rate: u32| {
        counted("s", move |report: &Report| {
            let rates = goodput(report)?;
            let enough = 0.9 * rate as f32;
            // After the outage, that is 30 s after the start.
            let until = rates.iter().rposition(|rate| *rate < enough)? + 1;
            (until < rates.len()).then_some(until as f64 * report.series.bucket_s - 30.0)
        })
    };
    let share = |rate: u32| counted("", move |report: &Report| Some(at_the_end(report)? / f64::from(rate)));
    vec![
        storm("storm-280-no-retry".to_owned(), "280/s of 300/s, no retry, 10 s".to_owned(), 280, 1, 10.0).within(
            "goodput is back after",
            back(280),
            126.0,
            2.0,
            0.0,
        ),
        storm("storm-200-no-retry".to_owned(), "200/s of 300/s, no retry, 10 s".to_owned(), 200, 1, 10.0).within(
            "goodput is back after",
            back(200),
            18.0,
            2.0,
            0.0,
        ),
        storm("storm-140-retry".to_owned(), "140/s of 300/s, one retry, 10 s".to_owned(), 140, 2, 10.0).within(
            "goodput is back after",
            back(140),
            119.0,
            3.0,
            0.0,
        ),
        storm("storm-280-retry".to_owned(), "280/s of 300/s, one retry, 10 s".to_owned(), 280, 2, 10.0).within(
            "goodput at the end",
            share(280),
            0.0,
            0.02,
            0.0,
        ),
        storm("storm-280-3-retries".to_owned(), "280/s of 300/s, three retries, 10 s".to_owned(), 280, 4, 10.0).within(
            "goodput at the end",
            share(280),
            0.0,
            0.02,
            0.0,
        ),
        storm("storm-200-retry".to_owned(), "200/s of 300/s, one retry, 10 s".to_owned(), 200, 2, 10.0).within(
            "goodput at the end",
            share(200),
            0.0,
            0.02,
            0.0,
        ),
    ]
}
