//! What is refused, and how hostile flows end.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use common::*;
use thalweg_sim::{Files, Observer, Plan, RunOptions, SimError, run};

/// A flow with one more node and further settings on the consumer and the scenario.
fn flow(node: &str, server: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Refused
nodes:
  source: {{ kind: producer, load: {{ poisson: 10/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 1ms{server} }}
  {node}
scenarios:
  default: {{ duration: 10s{scenario} }}
"
    )
}

fn refused(text: &str) -> Vec<(String, String)> {
    match compile(text) {
        Ok(_) => Vec::new(),
        Err(refusals) => refusals
            .into_iter()
            .map(|refusal| {
                assert!(refusal.help.is_some_and(|help| !help.is_empty()));
                (refusal.path, refusal.message)
            })
            .collect(),
    }
}

#[test]
fn what_is_not_simulated_is_refused_by_name() {
    assert_eq!(refused(&flow("", "", "")), []);
    for (text, path, word) in [
        (flow("job: { kind: stream, subscribes: [{ from: line }] }", "", ""), "nodes.job", "stream"),
        (flow("other: { kind: topic, broker: sns, retention: 5s }", "", ""), "nodes.other.retention", "retention"),
        (
            flow(
                "log: { kind: topic, broker: kafka, retention: 5s }\n  view: { kind: consumer, subscribes: [{ from: log }], service_time: 1ms }",
                "",
                ", faults: [{ at: 8s, replay: view }]",
            ),
            "scenarios.default.faults",
            "replay",
        ),
        (flow("other: { kind: queue, ordering: per-partition }", "", ""), "nodes.other.ordering", "partitions"),
        (flow("", "", ", faults: [{ at: 1s, deploy: server }]"), "scenarios.default.faults.0.deploy", "start"),
        (flow("", "", ", expect: [cost < 5]"), "scenarios.default.expect.0", "cost"),
    ] {
        let refusals = refused(&text);
        assert!(
            refusals.iter().any(|(at, message)| at == path && message.contains(word)),
            "{path} / {word}: {refusals:?}\n{text}"
        );
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = flow(
        "hub: { kind: stream, subscribes: [{ from: line }] }",
        ", autoscale: { min: 1, max: 2, target_lag: 10, every: 1s, cooldown: 1s }",
        "",
    );
    assert_eq!(refused(&text).len(), 2);
}

#[test]
fn a_year_at_a_million_per_second_is_refused_with_its_cost() {
    let text = station("poisson: 1000000/s", "", ", service_time: 1us", "duration: 365d, replications: 1");
    let plan = plan(&text);
    let expected = 365.0 * 86_400.0 * 1e6 * 2.0;
    assert!((plan.predicted_events() as f64 / expected - 1.0).abs() < 0.01, "{}", plan.predicted_events());
    let began = Instant::now();
    let error = run(&plan, &RunOptions::default(), &()).unwrap_err();
    assert!(began.elapsed().as_secs() < 1);
    let SimError::TooLarge { predicted_events, seconds, .. } = &error else { panic!("{error}") };
    assert!(*predicted_events > 6e13 && *seconds > 1e6);
    assert!(error.to_string().contains("6.31e13 events"), "{error}");
}

#[test]
fn an_overload_stops_before_memory_does() {
    let text = station("poisson: 1000000/s", "", ", service_time: 1s", "duration: 60s, replications: 1");
    let report = run(&plan(&text), &RunOptions::default(), &()).unwrap();
    let why = report.statistics.stopped_early.as_ref().unwrap();
    assert!(why.contains("not stable") && why.contains("the most at `line`"), "{why}");
    // What there was until then, 5 s of it, conserved like any other run.
    assert!((4.9..5.1).contains(&report.duration_s), "{}", report.duration_s);
    let totals = report.totals;
    assert!(totals.in_flight <= thalweg_sim::MAX_IN_FLIGHT as u64 + 1);
    assert_eq!(totals.produced, totals.completed + totals.dead_lettered + totals.lost + totals.in_flight);
    let lag = report.series.groups["line/server"].last().unwrap();
    assert!(*lag > 4.9e6, "the last part of a bucket is there too: {lag}");
}

/// Four thousand messages at once, each relayed to 1,500 groups: six million, after fewer events than pass between two looks.
#[test]
fn a_wide_topic_stops_within_one_event() {
    const GROUPS: u64 = 1_500;
    let readers = (0..GROUPS).fold(String::new(), |all, i| {
        all + &format!("  reader{i}: {{ kind: consumer, subscribes: [{{ from: news }}], service_time: 1h }}\n")
    });
    let text = format!(
        "thalweg: 1
name: Wide
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 4000, every: 1s }} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  relay: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 10us, publishes: [{{ to: news }}] }}
  news: {{ kind: topic }}
{readers}scenarios:
  default: {{ duration: 1900ms, replications: 1 }}
"
    );
    let report = run(&plan(&text), &RunOptions::default(), &()).unwrap();
    assert!(report.statistics.stopped_early.as_ref().is_some_and(|why| why.contains("the most at `news`")));
    let room = thalweg_sim::MAX_IN_FLIGHT as u64;
    assert!((room..=room + GROUPS).contains(&report.totals.in_flight), "{}", report.totals.in_flight);
}

#[test]
fn circles_without_time_stop() {
    let retries = station(
        "constant: 1/s",
        "",
        ", failure: { rate: 100% }, retry: { attempts: unlimited, backoff: 0s }",
        "duration: 10s",
    );
    let users = "thalweg: 1
name: Users
nodes:
  source: { kind: producer, load: { closed: { users: 1, think_time: 0s } }, publishes: [{ to: line }] }
  line: { kind: queue }
scenarios:
  default: { duration: 10s, replications: 1 }
";
    let dead = "thalweg: 1
name: Dead
nodes:
  source: { kind: producer, load: { constant: 1/s }, publishes: [{ to: left }] }
  left: { kind: queue, max_length: 0, overflow: reject-publish-dlx, dead_letter: right }
  right: { kind: queue, max_length: 0, overflow: drop-head, dead_letter: left }
scenarios:
  default: { duration: 10s, replications: 1 }
";
    for text in [retries.as_str(), users, dead] {
        let resolved = resolved(text);
        let Ok(plan) = Plan::compile(&resolved, &Files::new()) else { panic!("{text}") };
        // Refused beforehand or stopped on the way, but never endless.
        match run(&plan, &RunOptions::default(), &()) {
            Err(SimError::Stuck { .. } | SimError::TooLarge { .. } | SimError::OverBudget { .. }) => {}
            other => panic!("{other:?}\n{text}"),
        }
    }
}

/// Nothing ever succeeds, but the backoff keeps it bearable: neither refused nor endless.
#[test]
fn endless_retries_with_a_backoff_are_simulated() {
    let server =
        ", concurrency: 1000, service_time: 1ms, failure: { rate: 100% }, retry: { attempts: unlimited, backoff: 10s }";
    let report = simulate(&station("constant: 1/s", "", server, "duration: 100.5s, replications: 1"));
    // The message of second k is tried every 10.001 s until 100.5 s.
    let exact: u64 = (1..=100).map(|k| ((100.5 - f64::from(k)) / 10.001) as u64 + 1).sum();
    assert_eq!(consumer(&report, "server").attempts, exact);
}

#[test]
fn zero_servers_serve_nothing_and_say_so() {
    for servers in [", instances: 0", ", concurrency: 0"] {
        let Ok(resolved) = thalweg_flow::resolve(
            &station("poisson: 100/s", "", servers, "duration: 10s, replications: 2"),
            None,
            &thalweg_flow::Overrides::default(),
        ) else {
            // The document may refuse it already, which is as good.
            continue;
        };
        let plan = Plan::compile(&resolved, &Files::new()).unwrap();
        let report = run(&plan, &RunOptions::default(), &()).unwrap();
        assert_eq!(report.totals.completed, 0);
        assert_eq!(report.totals.in_flight, report.totals.produced);
        assert!(report.notes.iter().any(|note| note.contains("Not stable")), "{:?}", report.notes);
    }
}

/// Cancels after so many questions; counts calls.
#[derive(Default)]
struct Impatient {
    asked: AtomicU32,
    progress: AtomicU32,
    series: AtomicU32,
    patience: u32,
}

impl Observer for Impatient {
    fn progress(&self, share: f64) {
        assert!((0.0..=1.0).contains(&share));
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    fn series(&self, share: f64, partial: &thalweg_sim::Series) {
        assert!((0.0..=1.0).contains(&share));
        assert_eq!(partial.flow.lag.len(), partial.buckets);
        assert_eq!(partial.nodes.len(), 3);
        self.series.fetch_add(1, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.patience
    }
}

#[test]
fn cancelling_stops_every_replication() {
    let text = station("poisson: 10000/s", "", ", service_time: 50us", "duration: 1h, replications: 4");
    let observer = Impatient { patience: 10, ..Impatient::default() };
    let error = run(&plan(&text), &RunOptions { threads: 2, ..RunOptions::default() }, &observer).unwrap_err();
    assert_eq!(error, SimError::Cancelled);
    // Ten looks, then at most one more by each replication that had begun.
    assert!(observer.asked.load(Ordering::Relaxed) <= 10 + 4);
}

#[test]
fn observers_see_progress_to_the_end() {
    let text = station("poisson: 10000/s", "", ", service_time: 50us", "duration: 60s, replications: 2");
    let observer = Impatient { patience: u32::MAX, ..Impatient::default() };
    run(&plan(&text), &RunOptions::default(), &observer).unwrap();
    assert!(observer.progress.load(Ordering::Relaxed) >= 1);
}

#[test]
fn replays_and_empirical_values_come_from_files() {
    let text = "thalweg: 1
name: Replay
nodes:
  source: { kind: producer, load: { replay: times.csv }, publishes: [{ to: line, event: order.placed }, { to: other, event: order.paid }] }
  line: { kind: queue }
  other: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: { empirical: work.csv } }
events:
  order.placed: { version: 1.0.0 }
  order.paid: { version: 1.0.0 }
scenarios:
  default: { duration: 10s, replications: 1 }
";
    let mut files = Files::new();
    let resolved = resolved(text);
    let refusals = Plan::compile(&resolved, &files).unwrap_err();
    assert_eq!(refusals.len(), 2);
    assert!(refusals[0].message.contains("times.csv") || refusals[1].message.contains("times.csv"));
    files.insert(
        "times.csv".into(),
        "at,event\n0s,order.placed\n1s,order.paid\n2s,order.placed\n3s\n12s,order.paid\n".into(),
    );
    files.insert("work.csv".into(), "250ms\n".into());
    let report = run(&Plan::compile(&resolved, &files).unwrap(), &RunOptions::default(), &()).unwrap();
    let server = consumer(&report, "server");
    assert_eq!((server.completed, server.sojourn.max.map(f64::round)), (3, Some(250.0)));
    assert_eq!(queue(&report, "other").published, 2);
    files.insert("work.csv".into(), "soon\n250 parsecs\n".into());
    let refusals = Plan::compile(&resolved, &files).unwrap_err();
    assert!(refusals[0].message.contains("line 2"), "{refusals:?}");
}

/// Who wants to keep what there is gets the replications that were whole, or the part of the first that there is.
#[test]
fn a_cancelled_run_can_be_kept() {
    let text = station("poisson: 10000/s", "", ", service_time: 50us", "duration: 20s, replications: 400");
    let keep = RunOptions { threads: 2, keep_partial: true, ..RunOptions::default() };
    // A replication takes 98 looks or so.
    for (patience, whole) in [(30, false), (2_000, true)] {
        let observer = Impatient { patience, ..Impatient::default() };
        let report = run(&plan(&text), &keep, &observer).unwrap();
        assert!(report.statistics.stopped_early.as_ref().unwrap().contains("cancelled"));
        assert_eq!(whole, report.duration_s.to_bits() == 20_f64.to_bits(), "{}", report.duration_s);
        assert!(whole == (report.replications > 1) && report.replications < 30, "{}", report.replications);
        let expected = 10_000.0 * report.duration_s * f64::from(report.replications);
        assert!((report.totals.produced as f64 / expected - 1.0).abs() < 0.05);
        assert!(report.end_to_end.mean.is_some());
    }
}
