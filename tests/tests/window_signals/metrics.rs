//! Metrics: the list, curves, heat maps, and the way to traces.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::otlp;
use thalweg_tests::window::{Opening, THEMES, Window};

use super::{CHILD, END, HOME, SECOND, TRACE, choose, command, focus, now, send, send_trace};

const RIGHT: &str = "\u{e014}";

/// Orders by region, counted since the start, that began anew once and was silent for a while; the time that they took; a level.
pub(super) fn shop(until: u64) -> Vec<Value> {
    let at = |second: u64| (until - 100 * SECOND + second * SECOND).to_string();
    let placed = |region: &str, each: u64| -> Vec<Value> {
        (0..=20_u64)
            // Silence from the 50th to the 80th second.
            .filter(|i| *i <= 10 || *i >= 16)
            .map(|i| {
                // At the 45th second it began anew.
                let (since, count) = if i < 9 { (0, i) } else { (43, i - 9) };
                json!({ "startTimeUnixNano": at(since), "timeUnixNano": at(i * 5), "asInt": (count * 5 * each).to_string(),
                        "attributes": otlp::texts(&[("region", region)]) })
            })
            .collect()
    };
    let waited: Vec<Value> = (0..20_u64)
        .map(|i| {
            // Ten values of each interval between one and two seconds.
            json!({ "startTimeUnixNano": at(i * 5), "timeUnixNano": at(i * 5 + 5), "count": "10", "sum": 15.0,
                    "explicitBounds": [1.0, 2.0, 4.0], "bucketCounts": ["0", "10", "0", "0"],
                    "exemplars": if i == 10 {
                        json!([{ "timeUnixNano": at(52), "asDouble": 1.75, "traceId": TRACE, "spanId": CHILD }])
                    } else { json!([]) } })
        })
        .collect();
    let depth: Vec<Value> = (0..=20_u64).map(|i| json!({ "timeUnixNano": at(i * 5), "asInt": "-7" })).collect();
    let both = [placed("north", 2), placed("south", 3)].concat();
    vec![
        json!({ "name": "orders.placed", "unit": "{order}", "description": "Orders that were placed", "sum": {
            "aggregationTemporality": 2, "isMonotonic": true,
            "dataPoints": both } }),
        json!({ "name": "order.wait", "unit": "s", "histogram": { "aggregationTemporality": 1, "dataPoints": waited } }),
        json!({ "name": "queue.level", "gauge": { "dataPoints": depth } }),
    ]
}

/// The values that the plot tells at a place, for those who hear it.
async fn told(window: &Window) -> Result<String> {
    Ok(window.attribute("metric-pointer", "aria-valuetext").await?.unwrap_or_default())
}

async fn until_told(window: &Window, part: &str) -> Result<()> {
    let script = format!(
        "return document.querySelector('[data-test=metric-pointer]')?.getAttribute('aria-valuetext').includes({})",
        json!(part)
    );
    let found = window.until(&format!("the plot to tell {part}"), &script).await;
    if found.is_err() {
        return found.context(format!("it tells {}", told(window).await?));
    }
    found
}

#[tokio::test]
async fn metrics_are_listed_drawn_split_and_lead_to_their_traces() -> Result<()> {
    Opening::new("metrics")
        .run(async |window| {
            window.click("rail-metrics").await?;
            window.find("metrics-empty").await?;
            send_trace(window)?;
            let now = now()?;
            send(window, "/v1/metrics", &otlp::metrics("shop", &shop(now)))?;
            window.until_text("metric-count", "all of them", |text| text == "3 metrics").await?;
            let line = window.until_text("metric-order.wait", "its line", |text| text.contains("1.5 s")).await?;
            ensure!(line.contains("histogram · s · shop"), "{line}");
            window.until("their course in small", "return document.querySelectorAll('[data-test=metric-spark] path[d^=M]').length === 3").await?;
            window.fill("metrics-search", "QUEUE").await?;
            window.until_text("metric-count", "the one", |text| text == "1 metric").await?;
            window.fill("metrics-search", "").await?;

            // A counter: two lines, each with its growth; the restart is no fall and the silence no growth.
            window.click("metric-orders.placed").await?;
            choose(window, "metric-range", "300").await?;
            window.until_text("metric-notes", "restarts and gaps", |text| text.contains("2 restarts") && text.contains("2 gaps")).await?;
            until_told(window, "region=north 2/s, region=south 3/s").await?;
            let painted = "const c = document.querySelector('[data-test=curves]');
                return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(byte => byte > 0)";
            window.until("painted curves", painted).await?;
            // Put together they are one line of their sum.
            window.click("split-region").await?;
            until_told(window, "everything together 5/s").await?;
            window.click("split-region").await?;
            until_told(window, "region=north 2/s").await?;
            // What it has come to since it began anew: eleven intervals of five seconds.
            window.click("metric-total").await?;
            until_told(window, "region=north 110, region=south 165").await?;
            // A line is switched off by its row, and by its name beside the plot.
            window.script("document.querySelector('[data-name=\"region=south\"] button').click(); return 0", vec![]).await?;
            window.until("one line", "return document.querySelectorAll('.metric-curves .line-name').length === 1").await?;

            // A histogram: the percentiles that its buckets allow, said so.
            window.click("metric-order.wait").await?;
            until_told(window, "p50 1.5 s, p90 1.9 s, p99 1.99 s").await?;
            until_told(window, "Values per second: shop 2/s").await?;
            window.until_text("metric-notes", "from what they are", |text| text.contains("estimated from the histogram's buckets")).await?;
            // By keys: long before the first value nothing is known.
            focus(window, "metric-pointer").await?;
            window.press(HOME).await?;
            until_told(window, "p50 —").await?;
            window.press(&format!("{END}{RIGHT}")).await?;

            // Below zero.
            window.click("metric-queue.level").await?;
            until_told(window, "Value: shop \u{2212}7").await?;

            // Dragging chooses a part, a double click leaves it.
            window.click("metric-order.wait").await?;
            until_told(window, "p50 1.5 s").await?;
            let (x, y) = window.middle("metric-pointer").await?;
            window.drag((x, y), (x + 200, y)).await?;
            window.find("metric-all").await?;
            window.click("metric-all").await?;
            window.until("all of it", "return !document.querySelector('[data-test=metric-all]')").await?;

            // The measurement leads to its trace.
            window.click("exemplar").await?;
            window.find("waterfall").await?;
            window.until_text("span-details", "the span", |text| text.contains("charge card")).await?;

            // Pushed, not asked for.
            command(window, "show-metrics").await?;
            let level = json!({ "name": "new.level", "gauge": { "dataPoints": [{ "timeUnixNano": now.to_string(), "asInt": "4" }] } });
            send(window, "/v1/metrics", &otlp::metrics("mail", &[level]))?;
            window.find("metric-new.level").await?;
            command(window, "clear-metrics").await?;
            window.click("dialog-clear").await?;
            window.find("metrics-empty").await.map(|_| ())
        })
        .await
}

/// Waits in buckets that are counted since the start, that began anew once and were not sent for a while; sizes in buckets that grow by a
/// factor; many values of a sender that says no buckets.
fn spread(until: u64) -> Vec<Value> {
    let at = |second: u64| (until - 200 * SECOND + second * SECOND).to_string();
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    let mut counts = [0_u64; 11];
    let waits: Vec<Value> = (0..=40_u64)
        .filter_map(|i| {
            if i == 20 {
                counts = [0; 11];
            }
            for (bucket, count) in counts.iter_mut().enumerate() {
                // Two heaps, the upper one of which wanders.
                let from_low = bucket.abs_diff(3) as u32;
                let from_high = bucket.abs_diff(6 + (i as usize / 8) % 5) as u32;
                *count += (80 >> (2 * from_low).min(7)) + (24 >> (3 * from_high).min(7));
            }
            // Silence from the 120th to the 150th second.
            let is_silent = (25..30).contains(&i);
            (!is_silent).then(|| {
                let since = if i < 20 { 0 } else { 96 };
                json!({ "startTimeUnixNano": at(since), "timeUnixNano": at(i * 5), "explicitBounds": bounds,
                        "count": counts.iter().sum::<u64>().to_string(),
                        "bucketCounts": counts.map(|count| count.to_string()) })
            })
        })
        .collect();
    let sizes: Vec<Value> = (0..40_u64)
        .map(|i| {
            json!({ "startTimeUnixNano": at(i * 5), "timeUnixNano": at(i * 5 + 5), "count": "10", "scale": 1, "zeroCount": "1",
                    "positive": { "offset": 18 + (i % 4) as i32, "bucketCounts": ["2", "4", "3"] } })
        })
        .collect();
    let bare = json!([{ "startTimeUnixNano": at(190), "timeUnixNano": at(200), "count": "3", "sum": 6.0 }]);
    vec![
        json!({ "name": "db.wait", "unit": "s", "histogram": { "aggregationTemporality": 2, "dataPoints": waits } }),
        json!({ "name": "body.size", "unit": "By", "exponentialHistogram": { "aggregationTemporality": 1, "dataPoints": sizes } }),
        json!({ "name": "no.buckets", "unit": "s", "histogram": { "aggregationTemporality": 1, "dataPoints": bare } }),
    ]
}

#[tokio::test]
async fn histograms_are_heat_maps_for_all_who_look() -> Result<()> {
    Opening::new("heat-maps")
        .run(async |window| {
            let now = now()?;
            send(window, "/v1/metrics", &otlp::metrics("shop", &[shop(now), spread(now)].concat()))?;
            window.click("rail-metrics").await?;
            window.click("metric-order.wait").await?;
            choose(window, "metric-range", "300").await?;
            until_told(window, "p50 1.5 s").await?;
            window.click("metric-heat").await?;
            until_told(window, "Heat map: 10 values, most 1 s – 2 s (10)").await?;
            window.until_text("metric-notes", "what a colour is", |text| text.contains("The fuller a cell")).await?;
            // All of its values lie in one row: ten in each of twenty points.
            let row = window.until_text("heat-row", "the only row", |text| text.starts_with("1 s – 2 s")).await?;
            ensure!(row.contains("200") && row.contains("100%"), "{row}");
            // The measurement stands in it and leads to its trace.
            window.find("exemplar").await?;
            // Its bounds and its count at the pointer, over the last of its cells.
            let point = "const e = document.querySelector('[data-test=metric-pointer]'), r = e.getBoundingClientRect();
                e.dispatchEvent(new PointerEvent('pointermove', { clientX: r.right - 25, clientY: r.top + r.height / 2 }));
                return document.querySelector('[data-test=heat-reading]')?.textContent.replace(/\\s+/g, ' ') === '1 s – 2 s10'";
            window.until("the cell at the pointer", point).await?;
            focus(window, "metric-pointer").await?;
            window.press(HOME).await?;
            until_told(window, "Heat map: no values").await?;
            window.press(END).await?;

            // As chosen for the next histogram; what is no histogram has its curves.
            window.click("metric-db.wait").await?;
            until_told(window, "Heat map: ").await?;
            let notes = |text: &str| text.contains("1 restart") && text.contains("1 gap");
            window.until_text("metric-notes", "its restart and its gap", notes).await?;
            window.until("bounds far apart", "return document.querySelector('[data-test=log-scale]').ariaPressed === 'true'").await?;
            window.until_text("heat-table", "the open end", |text| text.contains("> 5 s") && text.contains("≤ 5 ms")).await?;
            let mut found = Vec::new();
            for theme in THEMES {
                window.choose_theme(theme).await?;
                for metric in ["db.wait", "body.size"] {
                    window.click(&format!("metric-{metric}")).await?;
                    window.until_text("metric-name", "the metric", |text| text == metric).await?;
                    window.find("heat-row").await?;
                    found.extend(window.axe().await?.into_iter().map(|line| format!("{theme}, {metric}: {line}")));
                    if let Some(folder) = std::env::var_os("THALWEG_LOOK") {
                        let file = format!("heat-{metric}-{theme}.png");
                        window.screenshot(&std::path::Path::new(&folder).join(file)).await?;
                    }
                }
            }
            ensure!(found.is_empty(), "axe-core found:\n{}", found.join("\n"));
            window.click("metric-no.buckets").await?;
            window.until_text("metric-notes", "why nothing", |text| text.contains("without buckets")).await?;
            window.click("metric-queue.level").await?;
            until_told(window, "Value: shop").await?;
            window.click("metric-order.wait").await?;
            until_told(window, "Heat map: ").await?;
            window.click("metric-percentiles").await?;
            until_told(window, "p50 1.5 s").await
        })
        .await
}

#[tokio::test]
async fn all_that_is_kept_of_a_metric_is_shown_and_the_choice_stays() -> Result<()> {
    Opening::new("metric-range")
        .run(async |window| {
            let now = now()?;
            let day = 86_400 * SECOND;
            let points: Vec<Value> = (0..=10_u64)
                .map(|i| json!({ "timeUnixNano": (now - 40 * day + i * 4 * day).to_string(), "asInt": i.to_string() }))
                .collect();
            let level = json!({ "name": "long", "unit": "{order}", "gauge": { "dataPoints": points } });
            send(window, "/v1/metrics", &otlp::metrics("shop", &[level]))?;
            window.click("rail-metrics").await?;
            window.click("metric-long").await?;
            choose(window, "metric-range", "all").await?;
            // From the first to the last: where the axis begins nothing is known, then comes the first point.
            until_told(window, "shop 10").await?;
            window.until_text("metric-table", "all of its points", |text| text.contains("11")).await?;
            let said = "return document.querySelector('[data-test=metric-spark]')?.getAttribute('aria-label')";
            window.until("its course in words", &format!("{said} === 'from 0 {{order}} to 10 {{order}}'")).await?;
            let last = window.text("metric-last").await?;
            ensure!(last == "10 {order}", "{last}");
            // It is kept with the page, also while a part of it is shown.
            let (x, y) = window.middle("metric-pointer").await?;
            window.drag((x, y), (x + 100, y)).await?;
            window.find("metric-all").await?;
            window.click("rail-logs").await?;
            window.click("rail-metrics").await?;
            window.click("metric-all").await?;
            window
                .until("all of it", "return document.querySelector('[data-test=metric-range]')?.value === 'all'")
                .await
        })
        .await
}
