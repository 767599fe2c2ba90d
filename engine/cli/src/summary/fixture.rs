//! A run with an outage, small enough to look at, for the tests of everything that shows runs.

use indexmap::IndexMap;
use thalweg_protocol::{
    Run, RunReport, Series,
    report::{
        Broke, EdgeSeries, ExpectationReport, FaultReport, FaultSummary, FlowSeries, GroupReport, HandlerReport,
        Latency, Level, NodeReport, NodeSeries, PerReplication, Spread, Statistics, Totals,
    },
};

const BUCKETS: usize = 120;

pub(crate) fn run() -> Run {
    Run { report: report(), series: series() }
}

fn report() -> RunReport {
    RunReport {
        flow: "Checkout".into(),
        scenario: "card-outage".into(),
        seed: 1,
        replications: 8,
        duration_s: 1200.0,
        warmup_s: 60.0,
        events: 5_123_456,
        wall_s: 0.91,
        events_per_s: 5_630_171.0,
        ci_from: "replications".into(),
        statistics: Statistics { warmup_from: "scenario".into(), ..Statistics::default() },
        end_to_end_ms: latency(2_200_000, 1250.0),
        totals: Totals {
            produced: 2_280_300,
            completed: 2_268_400,
            dead_lettered: 11_856,
            lost: 0,
            deduplicated: 0,
            in_flight: 44,
            duplicates: 12,
            retries: 60_234,
        },
        per_replication: Some(PerReplication {
            throughput_per_s: Spread { mean: 238.7, ci95: Some([238.1, 239.3]) },
            dead_lettered: Spread { mean: 1482.0, ci95: Some([1460.0, 1504.0]) },
            retries: Spread { mean: 7529.25, ci95: Some([7400.0, 7658.5]) },
        }),
        nodes: nodes(),
        expectations: vec![
            expectation("p99(end_to_end) < 2s", false, 0.0, Some(41.3), "41.3s"),
            expectation("dead_letters(payments-dlq) == 0", false, 0.0, Some(1482.0), "1482"),
            expectation("lost == 0", true, 1.0, Some(0.0), "0"),
            expectation("recovered(orders/payment) < 5m", false, 0.75, None, "did not recover"),
        ],
        faults: faults(),
        fault_totals: fault_totals(),
        chaos_plan: Vec::new(),
        notes: vec!["Kafka rebalances are simulated as eager: every member of a group stops.".into()],
        digest: "5f3a9c0d1e2b4a67".into(),
    }
}

fn latency(count: u64, mean: f64) -> Latency {
    let part = |factor: f64| Some(mean * factor);
    Latency {
        count,
        mean: Some(mean),
        ci95: Some([mean * 0.98, mean * 1.02]),
        p50: part(0.6),
        p90: part(2.0),
        p95: part(4.0),
        p99: part(33.04),
        p999: part(40.0),
        max: part(42.0),
        ..Latency::default()
    }
}

fn expectation(text: &str, held: bool, share: f64, worst: Option<f64>, worst_text: &str) -> ExpectationReport {
    let broke = |at_s: f64, node: Option<&str>, by: &str| Broke { at_s, node: node.map(Into::into), by: by.into() };
    let (broke, untold) = match worst {
        _ if held => (None, None),
        Some(worst) if worst > 1000.0 => (Some(broke(361.0, Some("payment"), "total")), None),
        Some(_) => (Some(broke(363.0, None, "curve")), None),
        None => (None, Some("not-in-curves".into())),
    };
    ExpectationReport { text: text.into(), held, share, worst, worst_text: worst_text.into(), broke, untold }
}

fn level(mean: f64, max: Option<f64>) -> Level {
    Level { mean, ci95: Some([mean * 0.9, mean * 1.1]), max, ..Level::default() }
}

fn nodes() -> IndexMap<String, NodeReport> {
    let group = GroupReport { lag: level(2204.6, Some(18_214.0)), rebalances: 2, filtered: 0 };
    [
        ("shop", NodeReport::Producer { produced: 2_280_300, rejected: 0 }),
        (
            "orders",
            NodeReport::Topic {
                published: 2_280_300,
                dead_letters: 0,
                rejected: 0,
                dropped: 0,
                expired: 0,
                delivery_limit: 0,
                exhausted: 0,
                deduplicated: 0,
                trimmed: 0,
                groups: [("payment".to_owned(), group)].into_iter().collect(),
            },
        ),
        (
            "payments-dlq",
            NodeReport::Topic {
                published: 11_856,
                dead_letters: 11_856,
                rejected: 0,
                dropped: 0,
                expired: 0,
                delivery_limit: 0,
                exhausted: 0,
                deduplicated: 0,
                trimmed: 0,
                groups: IndexMap::new(),
            },
        ),
        (
            "mails",
            NodeReport::Queue {
                published: 2_200_000,
                dead_letters: 0,
                rejected: 12,
                dropped: 0,
                expired: 0,
                delivery_limit: 0,
                exhausted: 0,
                deduplicated: 0,
                depth: level(3.2, Some(88.0)),
            },
        ),
        (
            "payment",
            NodeReport::Consumer(Box::new(HandlerReport {
                arrivals: 2_280_300,
                attempts: 2_340_534,
                completed: 2_268_400,
                failed_attempts: 72_090,
                timed_out: 0,
                retries: 60_234,
                dead_lettered: 11_856,
                lost: 0,
                redelivered: 0,
                duplicates: 12,
                expired_leases: 0,
                late_acks: 0,
                utilization: level(0.9996, None),
                instances: None,
                grows_per_s: None,
                wait_ms: latency(2_268_400, 900.0),
                sojourn_ms: latency(2_268_400, 1200.0),
                theory: None,
            })),
        ),
        (
            "card-network",
            NodeReport::Service {
                calls: 2_300_000,
                completed: 2_232_700,
                failed: 2300,
                throttled: 0,
                timed_out: 65_000,
                utilization: None,
                latency_ms: Box::new(latency(2_232_700, 40.0)),
            },
        ),
    ]
    .into_iter()
    .map(|(id, report)| (id.to_owned(), report))
    .collect()
}

fn fault_totals() -> Vec<FaultSummary> {
    let fault = |kind: &str, target: &str, fired: u64, touched: u64| FaultSummary {
        kind: kind.into(),
        target: target.into(),
        text: format!("{kind} {target}"),
        fired,
        touched,
    };
    vec![fault("outage", "card-network", 8, 520_000), fault("crash", "payment", 8, 390)]
}

fn faults() -> Vec<FaultReport> {
    let fault = |kind: &str, target: &str, text: &str, from_s: f64, until_s: f64, touched: u64| FaultReport {
        kind: kind.into(),
        target: target.into(),
        text: text.into(),
        from_s,
        until_s,
        touched,
    };
    vec![
        fault("outage", "card-network", "outage card-network", 360.0, 450.0, 65_000),
        fault("crash", "payment", "crash payment ×2", 540.0, 660.0, 48),
    ]
}

/// Load 240/s; from 6:00 to 7:30 nothing is handled, then 400/s until the backlog is gone.
fn series() -> Series {
    let second = |bucket: usize| bucket as f64 * 10.0 + 5.0;
    let curve = |f: &dyn Fn(f64) -> f64| -> Vec<f32> { (0..BUCKETS).map(|bucket| f(second(bucket)) as f32).collect() };
    let lag = |s: f64| match s {
        _ if s < 360.0 => 12.0,
        _ if s < 450.0 => 12.0 + (s - 360.0) * 240.0,
        _ => (21_612.0 - (s - 450.0) * 160.0).max(12.0),
    };
    let done = |s: f64| match s {
        _ if (360.0..450.0).contains(&s) => 0.0,
        _ if lag(s) > 12.0 => 400.0,
        _ => 240.0,
    };
    let p99: Vec<Option<f32>> = (0..BUCKETS)
        .map(|bucket| {
            let s = second(bucket);
            (done(s) > 0.0).then(|| (90.0 + (lag(s) - 12.0) / 0.4) as f32)
        })
        .collect();
    let dead = |s: f64| ((s - 366.0) * 20.0).clamp(0.0, 1482.0);
    let flow = FlowSeries {
        produced_per_s: curve(&|_| 240.0),
        completed_per_s: curve(&done),
        p50_ms: p99.iter().map(|value| value.map(|value| value / 2.0)).collect(),
        p95_ms: p99.iter().map(|value| value.map(|value| value * 0.9)).collect(),
        p99_ms: p99.clone(),
        lag: curve(&lag),
        dead_letters: curve(&dead),
        retries_per_s: curve(&|s| if (360.0..450.0).contains(&s) { 80.0 } else { 1.0 }),
    };
    let payment = NodeSeries {
        in_per_s: curve(&|_| 240.0),
        out_per_s: curve(&done),
        p50_ms: flow.p50_ms.clone(),
        p99_ms: p99,
        utilization: curve(&|s| if lag(s) > 12.0 { 1.0 } else { 0.6 }),
        ..NodeSeries::default()
    };
    let orders = NodeSeries { in_per_s: curve(&|_| 240.0), lag: curve(&lag), ..NodeSeries::default() };
    Series {
        bucket_s: 10.0,
        buckets: BUCKETS,
        duration_s: 1200.0,
        warmup_s: 60.0,
        flow,
        nodes: [("orders".to_owned(), orders), ("payment".to_owned(), payment)].into_iter().collect(),
        groups: [("orders/payment".to_owned(), curve(&lag))].into_iter().collect(),
        edges: vec![EdgeSeries {
            from: "shop".into(),
            to: "orders".into(),
            kind: "publish".into(),
            per_s: vec![240.0; BUCKETS],
        }],
        faults: faults(),
    }
}
