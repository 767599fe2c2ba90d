//! Scenarios are made, changed and taken back on the timeline; plots zoom, hide and spread their curves.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};

const CTRL: &str = "\u{e009}";
const DELETE: &str = "\u{e017}";
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const TAB: &str = "\u{e004}";

/// The document as it would be saved.
async fn text(window: &Window) -> Result<String> {
    window.click("tab-yaml").await?;
    let text = window.value("yaml").await?;
    window.click("tab-scenario").await?;
    Ok(text)
}

async fn undo(window: &Window) -> Result<()> {
    window.script("document.activeElement?.blur()", vec![]).await?;
    window.press(&format!("{CTRL}z")).await
}

async fn number(window: &Window, name: &str, attribute: &str) -> Result<f64> {
    let value = window.attribute(name, attribute).await?.with_context(|| format!("`{name}` has no {attribute}"))?;
    value.parse().with_context(|| format!("{attribute} of `{name}` is `{value}`"))
}

#[tokio::test]
async fn a_fault_is_dropped_on_a_node_moved_stretched_and_removed() -> Result<()> {
    Opening::new("fault")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("tab-scenario").await?;
            window.click("zoom-fit").await?;
            let before = text(window).await?;
            window.drag(window.middle("add-fault-outage").await?, window.middle("node-card-network").await?).await?;
            window.find("fault-0").await?;
            ensure!(window.value("fault-target").await? == "card-network");
            let (at, length) =
                (number(window, "fault-0", "data-at").await?, number(window, "fault-0", "data-for").await?);

            let middle = window.middle("fault-0").await?;
            window.drag(middle, (middle.0 + 80, middle.1)).await?;
            window
                .until(
                    "the fault to begin later",
                    &format!("return Number(document.querySelector('[data-test=fault-0]').dataset.at) > {at}"),
                )
                .await?;
            ensure!(number(window, "fault-0", "data-for").await? == length, "moving changed the length");

            let end = window.middle("fault-end-0").await?;
            window.drag(end, (end.0 + 60, end.1)).await?;
            window
                .until(
                    "the fault to last longer",
                    &format!("return Number(document.querySelector('[data-test=fault-0]').dataset.for) > {length}"),
                )
                .await?;

            // What cannot be struck is refused; the time stays too.
            let now = text(window).await?;
            window.drag(window.middle("fault-0").await?, window.middle("node-payment").await?).await?;
            ensure!(text(window).await? == now, "an outage of a consumer was accepted");

            window.click("fault-0").await?;
            window.press(RIGHT).await?;
            window
                .until("the bar to have the focus again", "return document.activeElement?.dataset.test === 'fault-0'")
                .await?;
            window.press(DELETE).await?;
            window.until("the fault to be gone", "return !document.querySelector('[data-test=fault-0]')").await?;
            for _ in 0..5 {
                undo(window).await?;
            }
            window.until("no fault", "return !document.querySelector('[data-test=fault-0]')").await?;
            ensure!(text(window).await? == before, "taking everything back leaves another text");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_scenario_is_made_named_and_judged() -> Result<()> {
    Opening::new("scenario")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("tab-scenario").await?;
            window.click("scenario-add").await?;
            window.find("scenario-tab-scenario").await?;
            window.click("scenario-menu").await?;
            window.click("scenario-rename").await?;
            window
                .until("the name to have the focus", "return document.activeElement?.dataset.test === 'scenario-name'")
                .await?;
            window.press("calm").await?;
            window.press(ENTER).await?;
            window.find("scenario-tab-calm").await?;
            window.fill("scenario-field-duration", "2m").await?;
            window.fill("scenario-field-warmup", "5m").await?;
            let invalid = window.attribute("scenario-field-warmup", "aria-invalid").await?;
            ensure!(invalid.as_deref() == Some("true"), "a warm-up longer than the run was accepted");
            window.click("scenario-field-warmup").await?;
            window.press(ESCAPE).await?;

            // Completed word by word: `lost`, `==`, `0`.
            window.click("expect-new").await?;
            window.press("los").await?;
            window.find("offers").await?;
            window.press(TAB).await?;
            window.press("== 0").await?;
            window.press(ENTER).await?;
            window.find("expect-0").await?;
            ensure!(window.value("expect-0").await? == "lost == 0");
            window.click("expect-new").await?;
            window.press("p99").await?;
            window.press(DOWN).await?;
            window.press(ENTER).await?;
            window.press(TAB).await?;
            window.press("< 1us").await?;
            window.press(ENTER).await?;
            window.find("expect-1").await?;
            let written = text(window).await?;
            ensure!(written.contains("calm: { duration: 2m"), "{written}");

            window.click("simulate").await?;
            window.find("expectation-0").await?;
            window.click("tab-planned").await?;
            window
                .until(
                    "the first to hold",
                    "return document.querySelector('[data-test=expect-0]').dataset.held === 'held'",
                )
                .await?;
            window
                .until(
                    "the second to be broken",
                    "return document.querySelector('[data-test=expect-1]').dataset.held === 'broken'",
                )
                .await?;

            window.click("scenario-menu").await?;
            window.click("scenario-copy").await?;
            window.find("scenario-tab-calm-2").await?;
            window.click("scenario-menu").await?;
            window.click("scenario-remove").await?;
            window
                .until("the copy to be gone", "return !document.querySelector('[data-test=\"scenario-tab-calm-2\"]')")
                .await
        })
        .await
}

#[tokio::test]
async fn a_load_is_shaped_by_its_points() -> Result<()> {
    Opening::new("load")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("tab-scenario").await?;
            let handle = window.find_css("[data-test^=load-point-]").await?;
            let name = handle.attr("data-test").await?.context("a point without a name")?;
            let producer = name.trim_start_matches("load-point-").trim_end_matches("-0").to_owned();
            let before = text(window).await?;
            let rate = number(window, &name, "aria-valuenow").await?;
            let from = window.middle(&name).await?;
            window.drag(from, (from.0, from.1 - 8)).await?;
            window.until("a higher rate", &format!("return Number(document.querySelector('[data-test=\"{name}\"]').getAttribute('aria-valuenow')) > {rate}")).await?;
            undo(window).await?;
            window.until("the rate from before", &format!("return Number(document.querySelector('[data-test=\"{name}\"]').getAttribute('aria-valuenow')) === {rate}")).await?;
            // The producer's load belongs to all scenarios; this one gets its own.
            window.click(&format!("load-own-{producer}")).await?;
            let own = format!("load-own-{producer}");
            window.until("a load of its own", &format!("return document.querySelector('[data-test=\"{own}\"]').getAttribute('aria-pressed') === 'true'")).await?;
            undo(window).await?;
            ensure!(text(window).await? == before);
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_plot_zooms_hides_curves_and_goes_by_powers_of_ten() -> Result<()> {
    Opening::new("plot")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("simulate").await?;
            window.find("expectation-0").await?;
            let picture =
                async || window.script("return document.querySelector('[data-test=curves]').toDataURL()", vec![]).await;
            let whole = picture().await?;
            let middle = window.middle("scrubber").await?;
            window.drag((middle.0 - 100, middle.1), (middle.0 + 60, middle.1)).await?;
            window.find_css(".show-all").await?;
            ensure!(picture().await? != whole, "zooming changed nothing");
            window.find_css(".show-all").await?.click().await?;
            window.until("the whole run", "return !document.querySelector('.show-all')").await?;
            ensure!(picture().await? == whole, "the whole run looks otherwise than before");

            let legend = window.find_css("[data-test^='legend-']").await?;
            legend.click().await?;
            ensure!(legend.attr("aria-pressed").await?.as_deref() == Some("false"));
            let hidden = picture().await?;
            ensure!(hidden != whole, "the curve is still there");
            legend.click().await?;
            window.click("log-scale").await?;
            ensure!(picture().await? != whole, "powers of ten look like the values");
            Ok(())
        })
        .await
}
