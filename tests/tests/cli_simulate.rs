//! `thalweg simulate`: the documented answer, the truth of queueing theory, and the same bytes every time.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::flows::{SMALL, example, scenarios, station};

const SUMMARY: &[&str] = &["mean", "ci95", "p50", "p90", "p95", "p99", "max"];

/// Every documented key is there; others may stand beside them.
fn require_keys(place: &str, value: &Value, wanted: &[&str]) -> Result<()> {
    let object = value.as_object().with_context(|| format!("{place} is {value}"))?;
    let missing: Vec<&&str> = wanted.iter().filter(|key| !object.contains_key(**key)).collect();
    ensure!(missing.is_empty(), "{place} lacks {missing:?}: {value}");
    Ok(())
}

fn number(value: &Value, path: &str) -> Result<f64> {
    let found = path.split('.').try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_f64).with_context(|| format!("no number at {path}"))
}

fn simulate(cli: &Cli, arguments: &[&str]) -> Result<Finished> {
    cli.run(&[&["simulate", "--format", "json"], arguments].concat())
}

/// Requires `actual` within `share` of `expected`.
fn near(what: &str, actual: f64, expected: f64, share: f64) -> Result<()> {
    ensure!((actual - expected).abs() <= share * expected, "{what} is {actual}, expected {expected} ± {share}");
    Ok(())
}

#[test]
fn the_answer_has_the_documented_shape() -> Result<()> {
    let cli = Cli::new()?;
    let file = example("checkout").display().to_string();
    let finished = simulate(&cli, &[&file, "--scenario", "card-outage"])?;
    ensure!(finished.code <= 1, "{finished}");
    let report = finished.json()?;
    require_keys(
        "the report",
        &report,
        &[
            "flow",
            "scenario",
            "seed",
            "replications",
            "duration_s",
            "warmup_s",
            "events",
            "wall_s",
            "events_per_s",
            "end_to_end_ms",
            "totals",
            "nodes",
            "expectations",
        ],
    )?;
    ensure!(report["flow"] == "Checkout" && report["scenario"] == "card-outage", "{report}");
    require_keys("end_to_end_ms", &report["end_to_end_ms"], &[SUMMARY, &["count", "p999"]].concat())?;
    require_keys(
        "totals",
        &report["totals"],
        &["produced", "completed", "dead_lettered", "lost", "in_flight", "duplicates", "retries"],
    )?;
    let payment = &report["nodes"]["payment"];
    require_keys(
        "payment",
        payment,
        &[
            "kind",
            "arrivals",
            "attempts",
            "completed",
            "failed_attempts",
            "retries",
            "dead_lettered",
            "duplicates",
            "utilization",
            "wait_ms",
            "sojourn_ms",
        ],
    )?;
    ensure!(payment["kind"] == "consumer");
    require_keys("utilization", &payment["utilization"], &["mean", "ci95"])?;
    require_keys("wait_ms", &payment["wait_ms"], SUMMARY)?;
    require_keys("sojourn_ms", &payment["sojourn_ms"], SUMMARY)?;
    let orders = &report["nodes"]["orders"];
    require_keys("orders", orders, &["kind", "published", "rejected", "dropped", "expired", "groups"])?;
    require_keys("lag", &orders["groups"]["payment"]["lag"], &["mean", "max"])?;
    require_keys("depth", &report["nodes"]["mails"]["depth"], &["mean", "ci95", "max"])?;
    let expectations = report["expectations"].as_array().context("expectations are no array")?;
    ensure!(!expectations.is_empty(), "card-outage expects nothing");
    for expectation in expectations {
        require_keys("an expectation", expectation, &["text", "held", "share", "worst"])?;
    }
    Ok(())
}

/// `produced = completed + dead_lettered + lost + in_flight`: nothing vanishes, whatever fails.
fn require_conservation(place: &str, report: &Value) -> Result<()> {
    let total = |key: &str| number(report, &format!("totals.{key}"));
    let (produced, completed) = (total("produced")?, total("completed")?);
    let ended = completed + total("dead_lettered")? + total("lost")? + total("in_flight")?;
    ensure!(produced > 0.0 && completed > 0.0, "{place} does nothing");
    ensure!((produced - ended).abs() < 0.5, "{place}: {produced} produced, {ended} accounted for");
    Ok(())
}

/// Runs every scenario of an example: messages are conserved, the exit code tells whether the expectations held, the
/// default holds and some failure breaks what was expected, as the stories say.
fn stories_come_out(name: &str) -> Result<()> {
    let cli = Cli::new()?;
    let file = example(name);
    let mut broken = Vec::new();
    for scenario in scenarios(&file)? {
        let finished = simulate(&cli, &[&file.display().to_string(), "--scenario", &scenario])?;
        let report = finished.json()?;
        require_conservation(&format!("{name}/{scenario}"), &report)?;
        let expectations = report["expectations"].as_array().context("expectations are no array")?;
        let all_held = expectations.iter().all(|expectation| expectation["held"] == true);
        ensure!(finished.code == i32::from(!all_held), "{name}/{scenario} exits with {}", finished.code);
        if !all_held {
            broken.push(scenario);
        }
    }
    ensure!(!broken.contains(&"default".to_owned()), "{name}: the default scenario breaks its expectations");
    ensure!(!broken.is_empty(), "{name}: no failure breaks anything");
    Ok(())
}

#[test]
fn stories_of_checkout() -> Result<()> {
    stories_come_out("checkout")
}

#[test]
fn stories_of_seo_monitoring() -> Result<()> {
    stories_come_out("seo-monitoring")
}

#[test]
fn stories_of_real_time_bidding() -> Result<()> {
    stories_come_out("real-time-bidding")
}

#[test]
fn stories_of_user_journey() -> Result<()> {
    stories_come_out("user-journey")
}

#[test]
fn stories_of_reporting() -> Result<()> {
    stories_come_out("reporting")
}

#[test]
fn stories_of_integrations() -> Result<()> {
    stories_come_out("integrations")
}

/// The report without the two figures that measure this machine.
fn without_speed(finished: &Finished) -> Result<String> {
    let mut text = finished.stdout.clone();
    for key in ["\"wall_s\":", "\"events_per_s\":"] {
        let start = text.find(key).with_context(|| format!("no {key}"))? + key.len();
        let length = text[start..].find([',', '}', '\n']).context("a number without an end")?;
        text.replace_range(start..start + length, "_");
    }
    Ok(text)
}

#[test]
fn threads_change_nothing_but_the_speed() -> Result<()> {
    let cli = Cli::new()?;
    let file = example("checkout").display().to_string();
    let run = |threads: &str, seed: &str| -> Result<String> {
        let arguments = [&*file, "--scenario", "card-outage", "--threads", threads, "--seed", seed];
        without_speed(&simulate(&cli, &arguments)?)
    };
    let one = run("1", "7")?;
    ensure!(one == run("2", "7")?, "one and two threads differ");
    ensure!(one == run("1", "7")?, "the same run twice differs");
    ensure!(one != run("1", "8")?, "another seed changes nothing");
    Ok(())
}

/// Erlang's formulas: L. Kleinrock, Queueing Systems, volume 1, sections 3.2 and 3.5.
#[test]
fn one_and_three_servers_agree_with_queueing_theory() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("mm1.flow.yaml", station("80/s", 1, "10ms", 2))?;
    let report = simulate(&cli, &["mm1.flow.yaml"])?.expect_code(0)?.json()?;
    let of = |path: &str| number(&report["nodes"]["server"], path);
    near("M/M/1 mean wait", of("wait_ms.mean")?, 40.0, 0.05)?;
    near("M/M/1 mean time in system", of("sojourn_ms.mean")?, 50.0, 0.05)?;
    near("M/M/1 median time in system", of("sojourn_ms.p50")?, 34.6574, 0.05)?;
    near("M/M/1 95th percentile", of("sojourn_ms.p95")?, 149.787, 0.05)?;
    near("M/M/1 99th percentile", of("sojourn_ms.p99")?, 230.259, 0.06)?;
    near("M/M/1 utilization", of("utilization.mean")?, 0.8, 0.01)?;

    cli.write("mm3.flow.yaml", station("240/s", 3, "10ms", 1))?;
    let report = simulate(&cli, &["mm3.flow.yaml"])?.expect_code(0)?.json()?;
    let of = |path: &str| number(&report["nodes"]["server"], path);
    near("M/M/3 mean wait", of("wait_ms.mean")?, 10.786_517, 0.05)?;
    near("M/M/3 95th percentile of the wait", of("wait_ms.p95")?, 42.676_97, 0.06)?;
    near("M/M/3 99th percentile of the wait", of("wait_ms.p99")?, 69.500_94, 0.07)?;
    near("M/M/3 utilization", of("utilization.mean")?, 0.8, 0.01)
}

#[test]
fn options_override_what_the_scenario_says() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("small.flow.yaml", SMALL)?;
    let options = ["small.flow.yaml", "--seed", "9", "--replications", "3", "--duration", "20s"];
    let report = simulate(&cli, &options)?.expect_code(0)?.json()?;
    ensure!(report["seed"] == 9 && report["replications"] == 3 && report["duration_s"] == 20.0, "{report}");

    // 10 messages a second at 5 ms keep one handler busy 5 % of the time; at 50 ms, half of it.
    let slow = simulate(&cli, &["small.flow.yaml", "--set", "handler.service_time=50ms"])?.expect_code(0)?.json()?;
    near("utilization", number(&slow, "nodes.handler.utilization.mean")?, 0.5, 0.1)?;
    near("before", number(&report, "nodes.handler.utilization.mean")?, 0.05, 0.1)?;

    let finished = simulate(&cli, &["small.flow.yaml", "--set", "handlr.service_time=50ms"])?.expect_code(2)?;
    finished.expect_complaint(&["handlr", "handler"])?;
    let finished = simulate(&cli, &["small.flow.yaml", "--scenario", "defualt"])?.expect_code(2)?;
    finished.expect_complaint(&["defualt", "default"])
}

#[test]
fn people_get_words_and_plots() -> Result<()> {
    let cli = Cli::new()?;
    let file = example("checkout").display().to_string();
    let finished = cli.run(&["simulate", &file, "--scenario", "card-outage", "--report", "report"])?;
    ensure!(finished.code <= 1, "{finished}");
    for word in ["Checkout", "card-outage", "payment", "p99"] {
        ensure!(finished.stdout.contains(word), "`{word}` is missing: {finished}");
    }
    ensure!(!finished.stdout.contains('\u{1b}'), "colours although NO_COLOR is set and this is no terminal");

    let mut kinds: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(cli.folder().join("report"))? {
        let path = entry?.path();
        kinds.push(path.extension().unwrap_or_default().to_string_lossy().into_owned());
        if path.extension().is_some_and(|extension| extension == "html") {
            let page = std::fs::read_to_string(&path)?;
            ensure!(page.contains("<svg") && page.contains("Checkout"), "the page shows no plot");
            ensure!(!page.contains("http://") || page.contains("http://www.w3.org/"), "the page loads from elsewhere");
        }
    }
    ensure!(kinds.contains(&"html".into()) && kinds.contains(&"csv".into()), "the report holds {kinds:?}");
    Ok(())
}
