//! A run is played: messages move on the lines, values follow the pointer, broken expectations lead to where they broke. And
//! how far one goes back is chosen from a list.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};

const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";

async fn simulate(window: &Window) -> Result<()> {
    window.click("scenario").await?;
    window.click("scenario-card-outage").await?;
    window.click("simulate").await?;
    window.find("expectation-0").await?;
    window.find("simulate").await.map(|_| ())
}

async fn number(window: &Window, name: &str, attribute: &str) -> Result<f64> {
    let value = window.attribute(name, attribute).await?.with_context(|| format!("`{name}` has no {attribute}"))?;
    value.parse().with_context(|| format!("{attribute} of `{name}` is `{value}`"))
}

/// Presses a key of the window, not of a field or the scrubber.
async fn key(window: &Window, key: &str) -> Result<()> {
    window.script("document.activeElement?.blur()", vec![]).await?;
    window.press(key).await
}

/// What is painted, once some frames in a row have painted the same.
async fn picture(window: &Window) -> Result<String> {
    let look = "window.lastPicture = null; window.samePictures = 0;
        const look = () => {
            const now = document.querySelector('[data-test=drawing]').toDataURL();
            window.samePictures = now === window.lastPicture ? window.samePictures + 1 : 0;
            window.lastPicture = now;
            if (window.samePictures < 6) { requestAnimationFrame(look); }
        };
        requestAnimationFrame(look)";
    window.script(look, vec![]).await?;
    window.until("the drawing to stand still", "return window.samePictures >= 6").await?;
    let picture = window.script("return window.lastPicture", vec![]).await?;
    Ok(picture.as_str().context("no picture")?.to_owned())
}

async fn until_moment(window: &Window, at_s: f64) -> Result<()> {
    let script = format!(
        "return Math.abs(Number(document.querySelector('[data-test=scrubber]').getAttribute('aria-valuenow')) - {at_s}) < 0.01"
    );
    window.until(&format!("the moment {at_s}"), &script).await
}

#[tokio::test]
async fn messages_move_while_a_run_plays_and_a_moment_has_one_picture() -> Result<()> {
    Opening::new("play")
        .on(&example("checkout"))
        .run(async |window| {
            simulate(window).await?;
            window.click("zoom-fit").await?;
            key(window, "b").await?;
            window
                .until(
                    "dots on the lines",
                    "return Number(document.querySelector('[data-test=drawing]').dataset.dots) > 10",
                )
                .await?;
            // Stepping on moves them; stepping back gives the same picture again.
            let before = picture(window).await?;
            let at = number(window, "scrubber", "aria-valuenow").await?;
            key(window, ".").await?;
            ensure!(picture(window).await? != before, "nothing moved in a step");
            key(window, ",").await?;
            until_moment(window, at).await?;
            ensure!(picture(window).await? == before, "the same moment gives two pictures");

            // What a dot stands for follows the speed, and it is said.
            let per_dot = window.text("per-dot").await?;
            key(window, "<").await?;
            let slower = window.until_text("per-dot", "another number", |text| text != per_dot).await?;
            ensure!(slower.ends_with("10×"), "{slower}");
            ensure!(picture(window).await? != before, "the dots stand for another number of messages");
            key(window, ">").await?;
            window.until_text("per-dot", "the first number", |text| text == per_dot).await?;
            ensure!(picture(window).await? == before, "the speed left something behind");

            key(window, "p").await?;
            let moved = format!(
                "return Number(document.querySelector('[data-test=scrubber]').getAttribute('aria-valuenow')) > {at} + 5"
            );
            window.until("the run to play", &moved).await?;
            key(window, "p").await?;
            let stopped = number(window, "scrubber", "aria-valuenow").await?;
            picture(window).await?;
            ensure!((number(window, "scrubber", "aria-valuenow").await? - stopped).abs() < 1e-9, "it plays on");
            // The key says what the dots are.
            key(window, "k").await?;
            window.until_text("drawing-key", "the forms of dots", |text| text.contains("tried again")).await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn values_follow_the_pointer_and_the_focus() -> Result<()> {
    Opening::new("readout")
        .on(&example("checkout"))
        .run(async |window| {
            simulate(window).await?;
            window.click("zoom-fit").await?;
            key(window, "b").await?;
            let (x, y) = window.middle("node-payment").await?;
            let point = "const e = new PointerEvent('pointermove', { bubbles: true, clientX: arguments[0], clientY: arguments[1] });
                document.elementFromPoint(arguments[0], arguments[1]).dispatchEvent(e)";
            window.script(point, vec![x.into(), y.into()]).await?;
            let told = window.until_text("readout", "a consumer's values", |text| text.contains("payment")).await?;
            ensure!(told.contains("/s") && told.contains('%'), "the pointer is told: {told}");
            key(window, ".").await?;
            window.until_text("readout", "another moment", |text| text != told).await?;
            window.script("document.querySelector('[data-test=\"edge-orders-payment\"]').focus()", vec![]).await?;
            let line = window.until_text("readout", "a line's values", |text| text.contains("orders → payment")).await?;
            ensure!(line.contains("Passing") && line.contains("Tried again"), "the line says: {line}");
            Ok(())
        })
        .await
}

/// The window goes where the command says that expectations broke.
#[tokio::test]
async fn a_broken_expectation_leads_to_its_moment_and_node() -> Result<()> {
    let file = example("checkout");
    let cli = Cli::new()?;
    let path = file.display().to_string();
    let report = cli.run(&["simulate", &path, "--scenario", "card-outage", "--format", "json"])?.json()?;
    let all = report["expectations"].as_array().context("no expectations")?.clone();
    let broken: Vec<(usize, f64, String)> = all
        .iter()
        .enumerate()
        .filter_map(|(i, e)| Some((i, e["broke"]["at_s"].as_f64()?, e["broke"]["node"].as_str()?.to_owned())))
        .collect();
    ensure!(broken.len() >= 2, "too little breaks: {all:?}");
    Opening::new("broken")
        .on(&file)
        .run(async |window| {
            simulate(window).await?;
            for (index, at_s, node) in &broken {
                window.find(&format!("broke-{index}")).await?;
                window.click(&format!("expectation-{index}")).await?;
                until_moment(window, *at_s).await?;
                let node = format!("node-{node}");
                let chosen = window.attribute(&node, "aria-selected").await?;
                ensure!(chosen.as_deref() == Some("true"), "{node} is not selected");
            }
            // From one to the next by a key, in the order of time.
            let mut in_time = broken.clone();
            in_time.sort_by(|a, b| a.1.total_cmp(&b.1));
            window.click(&format!("expectation-{}", in_time[0].0)).await?;
            key(window, "e").await?;
            until_moment(window, in_time[1].1).await
        })
        .await
}

#[tokio::test]
async fn presses_of_a_key_are_one_step_and_the_list_leads_back_and_forth() -> Result<()> {
    Opening::new("history")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("scenario").await?;
            window.click("scenario-card-outage").await?;
            window.click("tab-scenario").await?;
            let before = number(window, "fault-0", "data-at").await?;
            window.script("document.querySelector('[data-test=fault-0]').focus()", vec![]).await?;
            let mut at = before;
            for _ in 0..3 {
                window.press(RIGHT).await?;
                let moved = format!(
                    "return Number(document.querySelector('[data-test=fault-0]').dataset.at) > {at}
                        && document.activeElement?.dataset.test === 'fault-0'"
                );
                window.until("the bar to move", &moved).await?;
                at = number(window, "fault-0", "data-at").await?;
            }
            window.click("scenario-add").await?;
            window.find("scenario-tab-scenario").await?;
            window.click("history").await?;
            window.find("history-back-2").await?;
            ensure!(window.count("history-back-3").await? == 0, "three presses are more than one step");
            window.click("history-back-2").await?;
            window
                .until("the scenario to be gone", "return !document.querySelector('[data-test=scenario-tab-scenario]')")
                .await?;
            window.click("scenario-tab-card-outage").await?;
            let back = number(window, "fault-0", "data-at").await?;
            ensure!((back - before).abs() < 1e-9, "the bar is at {back}, it was at {before}");

            // Forth again, with the keyboard alone.
            window.script("document.querySelector('[data-test=history]').focus()", vec![]).await?;
            window.press(ENTER).await?;
            window.find("history-forth-2").await?;
            window
                .until(
                    "an entry to have the focus",
                    "return document.activeElement?.dataset.test === 'history-forth-2'",
                )
                .await?;
            window.press(DOWN).await?;
            window.press(ENTER).await?;
            let moved = format!("return Number(document.querySelector('[data-test=fault-0]').dataset.at) == {at}");
            window.until("the bar to be moved again", &moved).await?;
            ensure!(window.count("scenario-tab-scenario").await? == 0, "one step too far");
            Ok(())
        })
        .await
}
