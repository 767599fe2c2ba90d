//! Statistics that cannot be skipped: warm-up, precision, verdicts, intervals.
// A helper of tests fails by it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, consumer, plan, simulate, station};
use thalweg_sim::{Precisely, PrecisionEnd, Report, RunOptions, Until, WarmupFrom, run};

fn until(text: &str, precision: &str, threads: usize) -> Report {
    let until = Some(precision.parse::<Until>().unwrap());
    run(&plan(text), &RunOptions { threads, until, ..RunOptions::default() }, &()).unwrap()
}

/// M/M/1 with λ = 80/s and μ = 100/s, whose mean sojourn is 50 ms.
fn mm1(scenario: &str) -> String {
    station("poisson: 80/s", "", ", service_time: { exponential: 10ms }", scenario)
}

#[test]
fn replications_are_added_until_the_interval_is_narrow() {
    let text = mm1("duration: 60s, warmup: 5s, replications: 2, seed: 5");
    let report = until(&text, "2%", 2);
    let precision = report.statistics.precision.unwrap();
    assert_eq!((precision.asked.of, precision.ended), (Precisely::Mean, PrecisionEnd::Reached));
    let [low, high] = report.end_to_end.ci95.unwrap();
    let mean = report.end_to_end.mean.unwrap();
    assert!((high - low) / 2.0 / mean <= 0.02);
    assert!(((high - low) / 2.0 / mean / precision.reached.unwrap() - 1.0).abs() < 1e-9);
    assert!((mean - 50.0).abs() < 2.0, "{mean}");
    // One run of 55 s knows the mean to about √(1976 / 4400) · 10 ms: ±2 % takes some 170 of them.
    assert!((100..300).contains(&report.replications), "{}", report.replications);
    // The same decisions on one thread.
    let alone = until(&text, "2%", 1);
    assert_eq!((alone.replications, &alone.digest), (report.replications, &report.digest));
    // Exactly what as many replications give by themselves.
    let plain = simulate(&text.replace("replications: 2", &format!("replications: {}", report.replications)));
    assert_eq!(plain.digest, report.digest);
    let tail = until(&text, "p99:5%", 2);
    let [low, high] = tail.end_to_end.p99_ci95.unwrap();
    assert!((high - low) / (high + low) <= 0.05 && tail.replications > 10);
}

#[test]
fn what_is_out_of_reach_ends_too_and_says_so() {
    let plan = plan(&mm1("duration: 60s, warmup: 5s, replications: 2, seed: 5"));
    let until = Some("0.2%".parse().unwrap());
    let options = RunOptions { event_budget: 300_000, until, ..RunOptions::default() };
    let report = run(&plan, &options, &()).unwrap();
    assert_eq!(report.statistics.precision.unwrap().ended, PrecisionEnd::Budget);
    assert!(report.events <= 310_000 && report.replications > 20, "{}", report.replications);
    assert!(report.notes.iter().any(|note| note.contains("Not as precise as asked")), "{:?}", report.notes);
    // Nothing random, nothing measured.
    let idle = station("constant: 1/h", "", ", service_time: 1ms", "duration: 10s");
    let report = self::until(&idle, "1%", 1);
    assert_eq!(report.statistics.precision.unwrap().ended, PrecisionEnd::NothingMeasured);
}

/// The transient of M/M/1 at ρ = 0.8 from empty: E[N(t)] is 1 % off its limit of 4 at t ≈ 190 services (Abate and
/// Whitt 1987). MSER-5 weighs that bias against the length that is left: what it cuts must be some of the transient,
/// and the mean must gain what the transient had taken from it.
#[test]
fn the_warm_up_is_found() {
    let slow = |warmup: &str| {
        let scenario = format!("duration: 2000s, warmup: {warmup}, replications: 400, seed: 9");
        station("poisson: 0.8/s", "", ", service_time: { exponential: 1s }", &scenario)
    };
    let report = simulate(&slow("auto"));
    assert_eq!(report.statistics.warmup_from, WarmupFrom::Mser5);
    assert!((10.0..500.0).contains(&report.warmup_s), "{}", report.warmup_s);
    assert!(report.notes.iter().any(|n| n.starts_with("Warm-up found:") && n.contains("MSER-5")), "{:?}", report.notes);
    // From empty the mean over 2000 s is ∫(4 − E[N(t)]) dt / 4 / 2000 s ≈ 98 / 8000 = 1.2 % too low; the same random
    // numbers with and without the cut differ by that much and no more.
    let whole = simulate(&slow("0s"));
    let gained = (report.end_to_end.mean.unwrap() - whole.end_to_end.mean.unwrap()) / 5000.0;
    assert!((0.002..0.02).contains(&gained), "{gained}");
    // As long as somebody had given the same warm-up.
    let same = simulate(&slow(&format!("{}ns", (report.warmup_s * 1e9).round())));
    assert_eq!((same.digest, same.statistics.warmup_from), (report.digest, WarmupFrom::Scenario));
}

#[test]
fn what_never_settles_is_not_said_to() {
    let text = station("poisson: 150/s", "", ", service_time: { exponential: 10ms }", "duration: 60s, warmup: auto");
    let report = simulate(&text);
    assert_eq!(report.statistics.warmup_from, WarmupFrom::TooShort);
    assert!((report.warmup_s - 30.0).abs() < 1e-9);
    assert!(report.notes.iter().any(|note| note.starts_with("No warm-up found")), "{:?}", report.notes);
}

/// M/M/1 at ρ = 1.5: the backlog grows by λ − μ = 50/s.
#[test]
fn an_overload_has_a_verdict_in_place_of_a_mean() {
    let text = station("poisson: 150/s", "", ", service_time: { exponential: 10ms }", "duration: 200s, seed: 3");
    let report = simulate(&text);
    let [growth] = &report.statistics.unstable[..] else { panic!("{:?}", report.statistics) };
    assert_eq!((growth.channel.as_str(), growth.consumers.as_slice()), ("line", &["server".to_owned()][..]));
    let [low, high] = growth.ci95.unwrap();
    assert!(low < 50.0 && 50.0 < high && high - low < 5.0, "{low} {high}");
    assert!((growth.per_s - 50.0).abs() < 2.0);
    assert_eq!(consumer(&report, "server").grows_per_s, Some(growth.per_s));
    assert!(report.notes.iter().any(|note| note.starts_with("Not stable: the backlog of `line/server` grows by ")));
    let stable = simulate(&mm1("duration: 200s, seed: 3"));
    assert!(stable.statistics.unstable.is_empty() && consumer(&stable, "server").grows_per_s.is_none());
}

/// One long run: intervals of mean and quantiles from its parts hold the exact values.
#[test]
fn one_replication_has_intervals_on_quantiles_too() {
    let report = simulate(&mm1("duration: 20000s, warmup: 20s, replications: 1, seed: 8"));
    assert_eq!(report.ci_from.name(), "batch means");
    let sojourn = &consumer(&report, "server").sojourn;
    let cases = [
        ("mean", sojourn.ci95, 50.0),
        ("p50", sojourn.p50_ci95, 34.657_359),
        ("p95", sojourn.p95_ci95, 149.786_614),
        ("p99", sojourn.p99_ci95, 230.258_509),
    ];
    for (name, ci95, exact) in cases {
        let [low, high] = ci95.unwrap_or_else(|| panic!("{name}: no interval"));
        // 99.5 % intervals from 95 % ones with 19 degrees of freedom.
        let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0 * 3.174 / 2.093);
        assert!((middle - exact).abs() < half + 0.001 * exact, "{name}: {low} to {high}, exact {exact}");
        assert!(half < 0.06 * exact, "{name}: vague, {half}");
    }
}

#[test]
fn a_warm_up_is_a_time_or_auto() {
    assert!(compile(&mm1("duration: 60s, warmup: auto")).is_ok());
    for wrong in ["often", "-1s", "[auto]"] {
        let text = mm1(&format!("duration: 60s, warmup: {wrong}"));
        assert!(thalweg_flow::resolve(&text, None, &thalweg_flow::Overrides::default()).is_err(), "{wrong}");
    }
}

#[test]
fn what_one_replication_did_is_the_sum_over_their_number() {
    let text = mm1("duration: 60s, warmup: 5s, replications: 3, seed: 5").replace(
        "service_time: { exponential: 10ms }",
        "service_time: { exponential: 10ms }, failure: { rate: 20% }, retry: { attempts: 2 }",
    );
    let report = simulate(&text);
    let each = report.per_replication;
    assert!((each.retries.mean * 3.0 - report.totals.retries as f64).abs() < 1e-6 && report.totals.retries > 0);
    assert!((each.dead_lettered.mean * 3.0 - report.totals.dead_lettered as f64).abs() < 1e-6);
    // What is acknowledged per second is what comes per second, less what is given up.
    let [low, high] = each.throughput_per_s.ci95.unwrap();
    assert!(low < each.throughput_per_s.mean && each.throughput_per_s.mean < high);
    assert!((70.0..82.0).contains(&each.throughput_per_s.mean), "{each:?}");
    let one = simulate(&text.replace("replications: 3", "replications: 1"));
    assert_eq!(one.per_replication.throughput_per_s.ci95, None);
}
