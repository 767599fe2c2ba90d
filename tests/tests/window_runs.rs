//! Kept runs in the window: two simulations, the list, names, pins, the comparison, deleting, and the next start.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::station;
use thalweg_tests::window::{Opening, Window};

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// Three servers of 100/s under half their load, for some seconds.
fn calm() -> String {
    station("150/s", 3, "10ms", 1)
        .replace("duration: 1h", "duration: 60s")
        .replace("warmup: 6m", "warmup: 10s")
        .replace("replications: 4 }", "replications: 4, expect: [p99(end_to_end) < 80ms] }")
}

/// Runs a command as a person finds it: in the palette.
async fn command(window: &Window, id: &str) -> Result<()> {
    window.click("search").await?;
    window.find("palette-input").await?;
    window.click(&format!("palette-{id}")).await
}

/// Starts a run, waits until it is kept and listed as the one that is shown.
async fn simulate(window: &Window, runs: usize) -> Result<String> {
    window.click("simulate").await?;
    let script = format!(
        "const all = document.querySelectorAll('.run'), newest = document.querySelector('.run.shown');
        return all.length === {runs} && newest !== null && newest === [...all].reduce((a, b) =>
            Number(a.id.slice(4)) > Number(b.id.slice(4)) ? a : b)"
    );
    window.until(&format!("{runs} kept runs"), &script).await?;
    window.text("digest").await
}

async fn choose(window: &Window, name: &str) -> Result<()> {
    window.find_css(&format!(".run[data-name='{name}']")).await?.click().await.context("cannot choose the run")
}

async fn until_runs(window: &Window, names: &[&str]) -> Result<()> {
    let names = names.join("|");
    let script =
        format!("return [...document.querySelectorAll('.run')].map(run => run.dataset.name).join('|') === '{names}'");
    window.until(&format!("the runs {names}"), &script).await
}

async fn verdict(window: &Window, row: &str) -> Result<String> {
    window.attribute(&format!("difference-{row}"), "data-verdict").await?.context("a row without a verdict")
}

async fn nobody_is_kept_out(window: &Window) -> Result<()> {
    let found = window.axe().await?;
    ensure!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    Ok(())
}

#[tokio::test]
async fn two_runs_are_kept_named_compared_and_found_again() -> Result<()> {
    let (cli, home) = (Cli::new()?, tempfile::tempdir()?);
    let file = cli.write("station.flow.yaml", calm())?;
    let mut first = String::new();
    Opening::new("runs")
        .on(&file)
        .in_folder(home.path())
        .run(async |window| {
            window.click("rail-simulate").await?;
            window.click("runs-toggle").await?;
            window.find("runs").await?;
            first = simulate(window, 1).await?;
            window.click("run-rename").await?;
            window.find("run-name").await?.send_keys(&format!("calm{ENTER}")).await?;
            until_runs(window, &["calm"]).await?;
            window.click("run-pin").await?;
            window.find_css(".run[data-name=calm][data-pinned=true]").await?;

            window.click("rail-design").await?;
            window.click("node-source").await?;
            window.fill("field-load.poisson", "270/s").await?;
            // The figures of the whole flow are those of nothing that is selected.
            window.script("document.activeElement.blur(); return 0", vec![]).await?;
            window.press(ESCAPE).await?;
            window.click("rail-simulate").await?;
            let second = simulate(window, 2).await?;
            ensure!(first != second, "the load makes no difference");
            // The pinned one stands first, whatever came later.
            until_runs(window, &["calm", "default"]).await?;

            compare(window).await?;
            look_back(window, &first, &second).await?;

            choose(window, "default").await?;
            window.click("run-delete").await?;
            until_runs(window, &["calm"]).await?;
            window.click("toast-undo").await?;
            until_runs(window, &["calm", "default"]).await?;
            choose(window, "default").await?;
            command(window, "delete-run").await?;
            until_runs(window, &["calm"]).await?;
            command(window, "save").await?;
            window.until_text("file-state", "that it is saved", |text| text.contains("saved")).await.map(|_| ())
        })
        .await?;

    Opening::new("runs-again")
        .on(&file)
        .in_folder(home.path())
        .run(async |window| {
            command(window, "show-runs").await?;
            until_runs(window, &["calm"]).await?;
            // It is the newest there is, so nothing says that it is an old one; its figures are there again.
            window.click("run-show").await?;
            window.until_text("digest", "the digest of the first run", |text| text == first).await?;
            window.find("scrubber").await?;
            ensure!(window.count("older-run").await? == 0, "the newest run is called an older one");
            Ok(())
        })
        .await
}

/// The calm run below the busy one: legend, curves, table.
async fn compare(window: &Window) -> Result<()> {
    choose(window, "calm").await?;
    window.click("run-compare").await?;
    window.until_text("compare-legend", "both runs", |text| text.contains("calm") && text.contains("default")).await?;
    nobody_is_kept_out(window).await?;
    window.click("tab-comparison").await?;
    window.find("differences").await?;
    for row in ["flow-ThroughputPerS", "flow-MeanMs", "flow-P99Ms", "line-Depth", "server-Utilization"] {
        ensure!(verdict(window, row).await? == "Higher", "{row}: {}", verdict(window, row).await?);
    }
    ensure!(verdict(window, "flow-DeadLetters").await? == "Same", "no message was given up in either");
    let told = window.text("comparison").await?;
    for part in ["p99(end_to_end) < 80ms", "270/s", "150/s"] {
        ensure!(told.contains(part), "`{part}` is not in the table: {told}");
    }
    nobody_is_kept_out(window).await?;
    // The other way round everything is lower.
    window.click("comparison-swap").await?;
    window
        .until(
            "the other direction",
            "return document.querySelector('[data-test=\"difference-flow-P99Ms\"]')?.dataset.verdict === 'Lower'",
        )
        .await?;
    window.click("comparison-end").await?;
    window.find("curves").await?;
    window.click("latest-run").await?;
    ensure!(window.count("tab-comparison").await? == 0, "the comparison ended");
    Ok(())
}

/// The calm run again, and back.
async fn look_back(window: &Window, first: &str, second: &str) -> Result<()> {
    choose(window, "calm").await?;
    window.click("run-show").await?;
    window.until_text("digest", "the digest of the first run", |text| text == first).await?;
    window.until_text("older-run", "which run is shown", |text| text.contains("calm")).await?;
    window.until_text("older-run-since", "that the flow was changed", |text| text.contains("changed")).await?;
    window.find("status-stale").await?;
    nobody_is_kept_out(window).await?;
    window.click("latest-run").await?;
    window.until_text("digest", "the digest of the second run", |text| text == second).await?;
    ensure!(window.count("older-run").await? == 0, "the latest run is called an older one");
    Ok(())
}
