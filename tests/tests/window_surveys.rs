//! Many traces seen together in the window: the plot that is a selection, operations, comparisons, the live list.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, THEMES, Window};
use thalweg_tests::{http, otlp};

const START: u64 = 1_800_000_000_000_000_000;
const SECOND: u64 = 1_000_000_000;
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const SHIFT_RIGHT: &str = "\u{e008}\u{e014}";
const RIGHT: &str = "\u{e014}";

fn send(window: &Window, request: &Value) -> Result<()> {
    let answer =
        http::post(window.http, "/v1/traces", &[("Content-Type", "application/json")], request.to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

/// A trace of one span.
fn trace(number: u64, after_s: u64, ms: u64, service: &str, failed: bool) -> Value {
    let start = START + after_s * SECOND;
    let mut request = otlp::request(&format!("{number:032x}"), &format!("{number:016x}"), "place order", start);
    let of_service = &mut request["resourceSpans"][0];
    of_service["resource"]["attributes"][0]["value"] = json!({ "stringValue": service });
    let span = &mut of_service["scopeSpans"][0]["spans"][0];
    span["endTimeUnixNano"] = json!((start + ms * 1_000_000).to_string());
    let region = if ms > 1000 { "eu-2" } else { "eu-1" };
    span["attributes"] = json!([{ "key": "card.region", "value": { "stringValue": region } }]);
    if failed {
        span["status"] = json!({ "code": 2 });
    }
    request
}

/// Sixty quick traces over two minutes, twelve slow ones in the middle of it, half of those failed.
fn busy_minutes(window: &Window) -> Result<()> {
    for number in 0..60 {
        send(window, &trace(number + 1, number * 2, 4 + number % 7 * 3, "shop", false))?;
    }
    for number in 0..12 {
        send(window, &trace(number + 101, 60 + number, 3000 + number * 200, "payment", number % 2 == 0))?;
    }
    Ok(())
}

async fn until_line(window: &Window, what: &str, holds: &str) -> Result<()> {
    let script = format!("const filter = document.querySelector('[data-test=filter-input]').value; return {holds}");
    window.until(what, &script).await
}

async fn until_plotted(window: &Window, traces: usize) -> Result<()> {
    let script = format!("return document.querySelector('[data-test=density-area]')?.dataset.traces === '{traces}'");
    window.until(&format!("{traces} traces in the plot"), &script).await
}

/// Keeps a picture where somebody wants to look at it.
async fn picture(window: &Window, name: &str) -> Result<()> {
    let Ok(folder) = std::env::var("THALWEG_LOOK") else { return Ok(()) };
    for theme in THEMES {
        window.choose_theme(theme).await?;
        window.screenshot(&std::path::Path::new(&folder).join(format!("{name}-{theme}.png"))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_part_of_the_plot_is_a_filter() -> Result<()> {
    Opening::new("density")
        .calm()
        .run(async |window| {
            busy_minutes(window)?;
            window.click("rail-traces").await?;
            until_plotted(window, 72).await?;
            window.until_text("density-said", "both counts", |text| text.contains("72 traces · 6 with errors")).await?;

            // The slow ones are above and in the middle.
            let area = "const r = document.querySelector('[data-test=density-area]').getBoundingClientRect();
                return [r.x, r.y, r.width, r.height].map(Math.round)";
            let area = window.script(area, vec![]).await?;
            let side = |index: usize| area[index].as_i64().context("no area");
            let (x, y, width) = (side(0)?, side(1)?, side(2)?);
            window.drag((x + width * 4 / 10, y + 10), (x + width * 7 / 10, y + 45)).await?;
            window.find("density-frame").await?;
            until_line(window, "the conditions in the line", "filter.startsWith('trace.start >= 2027-01-15T08:00:')")
                .await?;
            window.until_text("trace-counts", "the slow ones", |text| text.starts_with("12 traces found")).await?;
            // Around the selection the plot shows what it did.
            until_plotted(window, 72).await?;
            // Beside it stands in what the selected ones differ.
            window
                .until_text("contrast", "the region", |text| {
                    text.contains("card.region = eu-2") && text.to_lowercase().contains("60 others")
                })
                .await?;
            picture(window, "density").await?;
            let found = window.axe().await?;
            ensure!(found.is_empty(), "{found:#?}");

            window.click("density-clear").await?;
            until_line(window, "an empty line", "filter === ''").await?;
            ensure!(window.count("density-frame").await? == 0 && window.count("contrast").await? == 0);
            Ok(())
        })
        .await
}

#[tokio::test]
async fn the_plot_has_keys_and_moves_while_traces_arrive() -> Result<()> {
    Opening::new("density-keys")
        .calm()
        .run(async |window| {
            send(window, &trace(1, 0, 20, "shop", false))?;
            send(window, &trace(2, 0, 21, "shop", true))?;
            window.click("rail-traces").await?;
            until_plotted(window, 2).await?;
            window.script("document.querySelector('[data-test=density-area]').focus(); return 0", vec![]).await?;
            window.press(RIGHT).await?;
            window.until_text("density-said", "the cell", |text| text.contains("2 traces, 1 with errors")).await?;
            window.press(SHIFT_RIGHT).await?;
            window.press(ENTER).await?;
            window.find("density-frame").await?;
            until_line(
                window,
                "a duration in the line",
                "filter.includes('trace.duration >= 16ms and trace.duration < 25ms')",
            )
            .await?;
            window.until_text("trace-counts", "both", |text| text.starts_with("2 traces found")).await?;
            // What arrives moves into the plot, selected or not.
            send(window, &trace(3, 1, 900, "shop", false))?;
            until_plotted(window, 3).await?;
            window.script("document.querySelector('[data-test=density-area]').focus(); return 0", vec![]).await?;
            window.press(ESCAPE).await?;
            until_line(window, "an empty line", "filter === ''").await
        })
        .await
}

#[tokio::test]
async fn operations_are_sorted_and_lead_to_their_traces() -> Result<()> {
    Opening::new("operations")
        .calm()
        .run(async |window| {
            busy_minutes(window)?;
            window.click("rail-traces").await?;
            window.click("sight-operations").await?;
            window.until_text("operations", "both", |text| text.contains("payment") && text.contains("shop")).await?;
            window.until_text("operations-said", "the spans", |text| text.contains("2 operations of 72 spans")).await?;
            let first = "return document.querySelector('.operations-row .operation').innerText.includes('payment')";
            window.until("the costly one first", first).await?;
            picture(window, "operations").await?;
            window.click("sort-rate").await?;
            let first = "const rows = [...document.querySelectorAll('.operations-row')];
                rows.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y);
                return rows[0].innerText.includes('shop')";
            window.until("the frequent one first", first).await?;
            let found = window.axe().await?;
            ensure!(found.is_empty(), "{found:#?}");
            window.click("operation-payment-place order").await?;
            window.until_text("trace-counts", "its traces", |text| text.starts_with("12 traces found")).await?;
            until_line(
                window,
                "the operation in the line",
                r#"filter === 'service = "payment" and name = "place order"'"#,
            )
            .await
        })
        .await
}

#[tokio::test]
async fn sets_and_pairs_are_compared() -> Result<()> {
    Opening::new("compare")
        .calm()
        .run(async |window| {
            busy_minutes(window)?;
            window.click("rail-traces").await?;
            until_plotted(window, 72).await?;
            window.click("trace-compare").await?;
            window.click("compare-errors").await?;
            window
                .until_text("contrast", "the service", |text| {
                    text.contains("service = payment") && text.to_lowercase().contains("66 others")
                })
                .await?;
            window.click("contrast-line").await?;
            until_line(window, "a condition in the line", "filter !== ''").await?;
            window.click("contrast-end").await?;
            window.click("filter-clear").await?;
            until_line(window, "an empty line", "filter === ''").await?;

            // Two traces: the first is marked, the second compared with it; by a button, then by a key.
            let row = |number: u64| format!("trace-row-{number:032x}");
            window.click(&row(60)).await?;
            window.click("mark-trace").await?;
            window.until_text(&row(60), "its mark", |text| text.starts_with('A')).await?;
            window.click(&row(59)).await?;
            window.until_text("mark-trace", "the offer", |text| text.contains("Compare with A")).await?;
            window.press("c").await?;
            window.until_text("pair", "both", |text| text.contains("shop: place order")).await?;
            ensure!(window.count("pair-row").await? == 1);
            picture(window, "pair").await?;
            let found = window.axe().await?;
            ensure!(found.is_empty(), "{found:#?}");
            window.click("pair-end").await?;
            window.find("mark-trace").await?;
            Ok(())
        })
        .await
}

#[tokio::test]
async fn simulated_traces_are_set_beside_observed_ones() -> Result<()> {
    Opening::new("compare-simulated")
        .calm()
        .on(&example("checkout"))
        .run(async |window| {
            // A message that this window's run followed, with an observed trace of the same services.
            window.click("simulate").await?;
            window.click("node-payment").await?;
            window.find_css("[data-test^=sampled-]").await?;
            send(window, &trace(1, 0, 20, "payment", false))?;
            window.click("rail-traces").await?;
            let row = |number: u64| format!("trace-row-{number:032x}");
            window.click(&row(1)).await?;
            window.click("trace-compare").await?;
            window.click("compare-with-simulated").await?;
            window.until_text("pair", "the simulated one", |text| text.contains("shop: produce")).await?;
            window.until_text("pair", "the observed one", |text| text.contains("payment: place order")).await?;
            picture(window, "compare-simulated").await?;
            window.click("pair-end").await?;

            // Two sets: what was sent from a simulation, and the rest.
            for number in 0..12 {
                send(window, &trace(number + 10, number, 20, "shop", false))?;
                let mut simulated = trace(number + 50, number, 2000, "shop", false);
                let attributes = simulated["resourceSpans"][0]["resource"]["attributes"].as_array_mut();
                attributes
                    .context("no attributes")?
                    .push(json!({ "key": "thalweg.simulated", "value": { "boolValue": true } }));
                send(window, &simulated)?;
            }
            window.find(&row(61)).await?;
            window.click("trace-compare").await?;
            window.click("compare-simulated").await?;
            window
                .until_text("contrast", "in what they differ", |text| {
                    text.contains("Simulated: 12 traces")
                        && text.to_lowercase().contains("13 others")
                        && text.contains("card.region = eu-2")
                })
                .await?;
            window.click("contrast-end").await
        })
        .await
}

#[tokio::test]
async fn the_list_is_live_with_a_filter_and_waits_while_it_is_not() -> Result<()> {
    Opening::new("live")
        .calm()
        .run(async |window| {
            send(window, &trace(1, 1, 5, "shop", false))?;
            window.click("rail-traces").await?;
            let row = |number: u64| format!("trace-row-{number:032x}");
            window.find(&row(1)).await?;
            let select =
                "const e = document.querySelector('[data-test=filter-input]'); e.focus(); e.select(); return 0";
            window.script(select, vec![]).await?;
            window.press("status = error").await?;
            window.press(ENTER).await?;
            window.find("nothing-found").await?;
            send(window, &trace(2, 2, 5, "shop", false))?;
            send(window, &trace(3, 3, 5, "shop", true))?;
            window.find(&row(3)).await?;
            ensure!(window.count(&row(2)).await? == 0);

            window.click("trace-live").await?;
            send(window, &trace(4, 4, 5, "shop", true))?;
            window.until_text("trace-new", "what waits", |text| text == "1 new").await?;
            ensure!(window.count(&row(4)).await? == 0);
            window.click("trace-new").await?;
            window.find(&row(4)).await?;
            // Live again, it lists by itself.
            window.click("trace-live").await?;
            send(window, &trace(5, 5, 5, "shop", true))?;
            window.find(&row(5)).await?;
            Ok(())
        })
        .await
}
