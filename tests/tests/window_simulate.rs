//! The window simulates what the command simulates, and shows any moment of it.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::{example, station};
use thalweg_tests::window::{Opening, Window};

const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";

async fn choose_scenario(window: &Window, name: &str) -> Result<()> {
    window.click("scenario").await?;
    window.click(&format!("scenario-{name}")).await
}

/// Starts a run and waits for its end.
async fn simulate(window: &Window) -> Result<()> {
    window.click("simulate").await?;
    window.find("expectation-0").await?;
    window.find("simulate").await.map(|_| ())
}

#[tokio::test]
async fn the_window_shows_the_numbers_of_the_command() -> Result<()> {
    let file = example("checkout");
    let cli = Cli::new()?;
    let path = file.display().to_string();
    let report = cli.run(&["simulate", &path, "--scenario", "card-outage", "--format", "json"])?.json()?;
    Opening::new("simulate")
        .on(&file)
        .run(async |window| {
            choose_scenario(window, "card-outage").await?;
            simulate(window).await?;
            for (index, expectation) in report["expectations"].as_array().context("no expectations")?.iter().enumerate()
            {
                let name = format!("expectation-{index}");
                let held = window.attribute(&name, "data-held").await?;
                ensure!(
                    held == Some(expectation["held"].to_string()),
                    "{name} is {held:?}, the command says {expectation}"
                );
                let text = window.text(&name).await?;
                // What was expected, and the measured value: the same seed gives the same digits.
                for key in ["text", "worst_text"] {
                    let wanted = expectation[key].as_str().with_context(|| format!("an expectation without {key}"))?;
                    ensure!(text.contains(wanted), "{name} shows `{text}`, the command says {expectation}");
                }
            }
            Ok(())
        })
        .await
}

/// The digest is a hash of all that was counted: equal ones mean the same run. Also what became of the faults is told alike.
#[tokio::test]
async fn the_window_and_the_command_give_the_same_digest() -> Result<()> {
    let file = example("checkout");
    let cli = Cli::new()?;
    let path = file.display().to_string();
    let report = |scenario: &str| {
        cli.run(&["simulate", &path, "--scenario", scenario, "--threads", "1", "--format", "json"])?.json()
    };
    let (outage, calm) = (report("card-outage")?, report("default")?);
    let digest = |report: &Value| report["digest"].as_str().map(str::to_owned).context("no digest");
    let (of_outage, of_calm) = (digest(&outage)?, digest(&calm)?);
    ensure!(of_outage != of_calm, "two scenarios give the same digest {of_calm}");
    Opening::new("digest")
        .on(&file)
        .run(async |window| {
            choose_scenario(window, "card-outage").await?;
            simulate(window).await?;
            window.until_text("digest", &of_outage, |text| text == of_outage).await?;
            window.find("fault-totals").await?;
            let inspector = window.text("inspector").await?;
            for fault in outage["fault_totals"].as_array().context("no sums of faults")? {
                let text = fault["text"].as_str().context("a fault without words")?;
                ensure!(inspector.contains(text), "the inspector does not tell of `{text}`: {inspector}");
            }
            choose_scenario(window, "default").await?;
            simulate(window).await?;
            window.until_text("digest", &of_calm, |text| text == of_calm).await.map(|_| ())
        })
        .await
}

/// An M/M/3: queueing theory stands beside the simulated figures, as in the command's report.
#[tokio::test]
async fn theory_stands_beside_the_figures() -> Result<()> {
    let cli = Cli::new()?;
    let text = station("240/s", 3, "10ms", 1).replace("replications: 4 }", "replications: 4, expect: [lost == 0] }");
    let file = cli.write("station.flow.yaml", text)?;
    Opening::new("theory")
        .on(&file)
        .run(async |window| {
            simulate(window).await?;
            window.click("node-server").await?;
            window.until_text("theory", "the model", |text| text.to_lowercase().contains("m/m/3")).await?;
            let told = window.text("inspector").await?;
            ensure!(told.contains("· 10.8 ms") && told.contains("· 64.7%"), "the inspector says: {told}");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn the_scrubber_sets_the_canvas_to_a_moment() -> Result<()> {
    Opening::new("scrub").on(&example("checkout")).run(async |window| {
        choose_scenario(window, "card-outage").await?;
        simulate(window).await?;
        let scrubber = window.find("scrubber").await?;
        let now = async || -> Result<f64> {
            let value = window.attribute("scrubber", "aria-valuenow").await?.context("the scrubber has no value")?;
            value.parse().with_context(|| format!("the scrubber's value is `{value}`"))
        };
        scrubber.send_keys(HOME).await?;
        window.until("the beginning", "return Number(document.querySelector('[data-test=scrubber]').getAttribute('aria-valuenow')) < 10").await?;
        let (clock, canvas) = (window.text("clock").await?, window.text("canvas").await?);
        scrubber.send_keys(END).await?;
        window.until("the end", "return Number(document.querySelector('[data-test=scrubber]').getAttribute('aria-valuenow')) > 1000").await?;
        ensure!(now().await? <= 1200.0, "the scenario lasts 20 minutes");
        window.until_text("clock", "another moment", |text| text != clock).await?;
        window.until_text("canvas", "other numbers", |text| text != canvas).await.map(|_| ())
    }).await
}

#[tokio::test]
async fn a_followed_message_opens_its_waterfall() -> Result<()> {
    Opening::new("sampled")
        .on(&example("checkout"))
        .run(async |window| {
            choose_scenario(window, "card-outage").await?;
            simulate(window).await?;
            window.click("node-payment").await?;
            window.find_css("[data-test^=sampled-]").await?.click().await.context("cannot click the message")?;
            window.find("waterfall").await?;
            window.find_css("[data-test=waterfall-row][data-name='process orders']").await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn a_run_can_be_cancelled_and_the_window_stays_alive() -> Result<()> {
    let cli = Cli::new()?;
    // Long enough that nobody's machine is faster than the click.
    let file = cli.write("long.flow.yaml", station("900/s", 10, "10ms", 20))?;
    Opening::new("cancel")
        .on(&file)
        .run(async |window| {
            window.click("simulate").await?;
            window.find("run-progress").await?;
            window.click("cancel").await?;
            window.find("simulate").await?;
            window.click("node-server").await?;
            window.find("inspector").await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn what_cannot_be_simulated_is_told() -> Result<()> {
    let cli = Cli::new()?;
    let text = station("1000000/s", 1, "1us", 1).replace("duration: 1h", "duration: 365d");
    let file = cli.write("year.flow.yaml", text)?;
    Opening::new("year")
        .on(&file)
        .run(async |window| {
            window.click("simulate").await?;
            let told = window
                .find_css("[data-test=toast-error], [data-test=dialog], [data-test=problem-0]")
                .await?
                .text()
                .await?;
            ensure!(told.contains("events"), "it says: {told}");
            Ok(())
        })
        .await
}
