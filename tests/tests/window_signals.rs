//! Log records and metrics in the window: what is sent is what is shown, as it comes, and leads to its traces.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::window::{Opening, THEMES, Window};
use thalweg_tests::{http, otlp};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const ROOT: &str = "b7ad6b7169203331";
const CHILD: &str = "00f067aa0ba902b7";
/// A moment long ago.
const NOW: u64 = 1_700_000_000_123_456_789;
const SECOND: u64 = 1_000_000_000;

const END: &str = "\u{e010}";
const HOME: &str = "\u{e011}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

fn send(window: &Window, path: &str, request: &Value) -> Result<()> {
    let body = request.to_string();
    let answer = http::post(window.http, path, &[("Content-Type", "application/json")], body.as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

/// Two spans, the second in the first.
fn send_trace(window: &Window) -> Result<()> {
    send(window, "/v1/traces", &otlp::request(TRACE, ROOT, "place order", NOW))?;
    let mut child = otlp::request(TRACE, CHILD, "charge card", NOW + 200_000);
    child["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["parentSpanId"] = json!(ROOT);
    send(window, "/v1/traces", &child)
}

async fn focus(window: &Window, name: &str) -> Result<()> {
    window.find(name).await?;
    let script = format!("document.querySelector('[data-test={name}]').focus(); return 0");
    window.script(&script, vec![]).await.map(|_| ())
}

/// Chooses what a choice offers for a value.
async fn choose(window: &Window, name: &str, value: &str) -> Result<()> {
    window.find(name).await?;
    let script = "const e = document.querySelector(`[data-test='${arguments[0]}']`);
        e.value = arguments[1]; e.dispatchEvent(new Event('change', { bubbles: true })); return e.value === arguments[1]";
    let done = window.script(script, vec![name.into(), value.into()]).await?;
    ensure!(done == true, "`{name}` offers no `{value}`");
    Ok(())
}

/// Waits until the rows of the list say these, from top to bottom.
async fn until_listed(window: &Window, texts: &[&str]) -> Result<()> {
    let script = format!(
        "const rows = [...document.querySelectorAll('.log-row')];
         rows.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y);
         return JSON.stringify(rows.map(row => row.querySelector('.says').textContent)) === JSON.stringify({})",
        json!(texts)
    );
    window.until(&format!("the records {texts:?}"), &script).await
}

async fn command(window: &Window, id: &str) -> Result<()> {
    window.click("search").await?;
    // The commands are more than the list has room for.
    let row = format!("palette-{id}");
    window.find(&row).await?;
    let show = format!("document.querySelector('[data-test={row}]').scrollIntoView({{ block: 'center' }}); return 0");
    window.script(&show, vec![]).await?;
    window.click(&row).await
}

#[tokio::test]
async fn the_logs_of_a_trace_stand_beside_it() -> Result<()> {
    Opening::new("trace-logs")
        .run(async |window| {
            send_trace(window)?;
            let mut charged = otlp::log(NOW + 400_000, 17, "card declined\nfor good", TRACE, CHILD);
            charged["attributes"] = otlp::texts(&[("card.brand", "visa")]);
            let records = [
                otlp::log(NOW + 100_000, 9, "order placed", TRACE, ROOT),
                charged,
                otlp::log(NOW + 600_000, 13, "of no span", TRACE, ""),
                otlp::log(NOW + 1, 9, "of another trace", &TRACE.replace('0', "1"), ROOT),
            ];
            send(window, "/v1/logs", &otlp::logs("shop", &records))?;
            window.click("rail-traces").await?;
            window.click(&format!("trace-row-{TRACE}")).await?;
            window.until_text("trace-logs", "their number", |text| text == "Logs 3").await?;
            let marks = "const row = i => [...document.querySelectorAll('[data-test=waterfall-row]')][i];
                const count = i => row(i)?.querySelectorAll('[data-test=log-mark]').length;
                return count(0) === 2 && count(1) === 1";
            window.until("a mark for each", marks).await?;
            // At its time: 0.4 of 1.7 ms, as wide as the trace is.
            let at = "return parseFloat(document.querySelectorAll('[data-test=waterfall-row]')[1]
                .querySelector('[data-test=log-mark]').style.left)";
            let at = window.script(at, vec![]).await?.as_f64().context("no place")?;
            ensure!((at - 400.0 / 17.0).abs() < 0.01, "the mark stands at {at}%");

            window.click("trace-logs").await?;
            let listed = window.until_text("trace-log-list", "the records", |text| text.contains("of no span")).await?;
            let places: Vec<_> =
                ["order placed", "card declined for good", "of no span"].map(|t| listed.find(t)).into();
            ensure!(places.is_sorted() && places.iter().all(Option::is_some), "{listed}");
            ensure!(!listed.contains("another trace"), "{listed}");
            // All of a record, and the way to its span.
            let unfold = "document.querySelectorAll('.trace-log .twist')[1].click(); return 0";
            window.script(unfold, vec![]).await?;
            window.until_text("trace-log-list", "its attributes", |text| text.contains("card.brand")).await?;
            let text = window.script("return document.querySelector('.unfolded pre').textContent", vec![]).await?;
            ensure!(text == "card declined\nfor good", "{text}");
            let go = "document.querySelectorAll('[data-test=log-to-span]')[1].click(); return 0";
            window.script(go, vec![]).await?;
            window.until_text("span-details", "the span", |text| text.contains("charge card")).await?;
            window
                .until_text("span-logs", "its own", |text| text.contains("card declined") && !text.contains("placed"))
                .await?;

            // What comes later comes by itself, also between others; what was unfolded stays so.
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(NOW + 700_000, 9, "late", TRACE, ROOT)]))?;
            window.until_text("trace-logs", "one more", |text| text == "Logs 4").await?;
            let both = |text: &str| text.contains("late") && text.contains("card.brand");
            window.until_text("trace-log-list", "the late one", both).await?;
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(NOW + 200_000, 9, "packed", TRACE, ROOT)]))?;
            let all =
                |text: &str| both(text) && text.find("packed").is_some_and(|at| Some(at) < text.find("card declined"));
            window.until_text("trace-log-list", "the one between", all).await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn logs_come_live_and_are_filtered_and_lead_to_their_trace() -> Result<()> {
    Opening::new("logs")
        .run(async |window| {
            window.click("rail-logs").await?;
            let how = window.until_text("logs-empty", "how to send", |text| text.contains("OTEL_EXPORTER")).await?;
            ensure!(how.contains(&window.http.port().to_string()), "{how}");

            send_trace(window)?;
            let mut declined = otlp::log(NOW + SECOND, 17, "card declined", TRACE, CHILD);
            declined["attributes"] = otlp::texts(&[("card.brand", "visa")]);
            declined["eventName"] = json!("payment.declined");
            send(window, "/v1/logs", &otlp::logs("payment", &[declined]))?;
            until_listed(window, &["card declined"]).await?;
            let plain =
                [otlp::log(NOW + 3 * SECOND, 9, "Order PLACED", "", ""), otlp::log(NOW, 5, "cache warmed", "", "")];
            send(window, "/v1/logs", &otlp::logs("shop", &plain))?;
            // In the order of their times, not of their arrival.
            until_listed(window, &["Order PLACED", "card declined", "cache warmed"]).await?;

            choose(window, "logs-severity", "9").await?;
            until_listed(window, &["Order PLACED", "card declined"]).await?;
            choose(window, "logs-severity", "").await?;
            choose(window, "logs-service", "=shop").await?;
            until_listed(window, &["Order PLACED", "cache warmed"]).await?;
            choose(window, "logs-service", "").await?;
            window.fill("logs-search", "placed").await?;
            until_listed(window, &["Order PLACED"]).await?;
            // By the name of its event; what comes meanwhile is filtered too.
            window.fill("logs-search", "payment.dec").await?;
            until_listed(window, &["card declined"]).await?;
            window.fill("logs-search", "nowhere").await?;
            window.find("logs-none").await?;
            window.fill("logs-search", "").await?;
            until_listed(window, &["Order PLACED", "card declined", "cache warmed"]).await?;
            // None of them is of the last hour; one that is happens now.
            choose(window, "logs-range", "3600").await?;
            window.find("logs-none").await?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(now, 9, "now", "", "")]))?;
            until_listed(window, &["now"]).await?;
            choose(window, "logs-range", "").await?;
            until_listed(window, &["now", "Order PLACED", "card declined", "cache warmed"]).await?;

            // A pause holds the list; what waits is told and comes when it ends.
            window.click("logs-live").await?;
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(now + SECOND, 9, "waits", "", "")]))?;
            window.find("logs-newer").await?;
            until_listed(window, &["now", "Order PLACED", "card declined", "cache warmed"]).await?;
            window.click("logs-live").await?;
            until_listed(window, &["waits", "now", "Order PLACED", "card declined", "cache warmed"]).await?;

            // All that was sent, by keyboard.
            focus(window, "log-list").await?;
            for _ in 0..4 {
                window.press(DOWN).await?;
            }
            let all = window.until_text("log-detail", "the record", |text| text.contains("card declined")).await?;
            let exact = NOW + SECOND;
            for part in
                ["ERROR (17)", "payment.declined", "card.brand", "visa", "end-to-end 1.2", "service.name", TRACE, CHILD]
            {
                ensure!(all.contains(part), "no {part} in {all}");
            }
            ensure!(all.contains(&format!(".{:09}", exact % SECOND)), "not all digits of its time: {all}");
            window.click("log-open-trace").await?;
            window.find("waterfall").await?;
            window.until_text("span-details", "the span", |text| text.contains("charge card")).await?;

            // Removed once that was asked for twice.
            command(window, "clear-logs").await?;
            window.click("dialog-cancel").await?;
            command(window, "show-logs").await?;
            until_listed(window, &["waits", "now", "Order PLACED", "card declined", "cache warmed"]).await?;
            window.click("logs-clear").await?;
            window.click("dialog-clear").await?;
            window.find("logs-empty").await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn thousands_of_logs_are_a_few_rows_on_the_page() -> Result<()> {
    Opening::new("many-logs")
        .run(async |window| {
            let records: Vec<Value> =
                (0..3000_u64).map(|i| otlp::log(NOW + i * 1000, 9, &format!("record {i}"), "", "")).collect();
            for part in records.chunks(1000) {
                send(window, "/v1/logs", &otlp::logs("shop", part))?;
            }
            window.click("rail-logs").await?;
            window
                .until(
                    "the newest first",
                    "return document.querySelector('.log-row .says')?.textContent === 'record 2999'",
                )
                .await?;
            focus(window, "log-list").await?;
            // As often as pages are fetched.
            let oldest =
                "return [...document.querySelectorAll('.log-row .says')].some(says => says.textContent === 'record 0')";
            let mut presses = 0;
            while window.script(oldest, vec![]).await? == false {
                ensure!(presses < 500, "the end is never reached");
                window.press(END).await?;
                presses += 1;
            }
            window.until_text("log-count", "all of them", |text| text == "3000 log records").await?;
            let rows = window.count("log-row").await?;
            ensure!(rows < 200, "{rows} rows are on the page");
            // Who reads down here is not moved by what arrives.
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(NOW + SECOND, 9, "newest", "", "")]))?;
            window.find("logs-newer").await?;
            ensure!(window.script(oldest, vec![]).await? == true, "the list moved");
            window.click("logs-newer").await?;
            window
                .until("the newest", "return document.querySelector('.log-row .says')?.textContent === 'newest'")
                .await
        })
        .await
}

/// What others write is shown, never run, and never more than a page can bear.
#[tokio::test]
async fn hostile_records_are_only_text_and_do_not_freeze_the_page() -> Result<()> {
    Opening::new("hostile-logs")
        .run(async |window| {
            let elements = "return document.querySelectorAll('img, iframe, object, embed, script').length";
            let before = window.script(elements, vec![]).await?;
            window.script("window.attacked = 0; window.attack = () => { window.attacked += 1 }; return true", vec![]).await?;
            let attacks =
                ["<img src=x onerror=attack()>", "<script>attack()</script>", "\u{1b}[31mred\u{1b}]0;title\u{7}", "\u{202e}gnp.evil"];
            for (index, attack) in attacks.iter().enumerate() {
                let mut record = otlp::log(NOW + index as u64, 9, attack, TRACE, ROOT);
                record["attributes"] = otlp::texts(&[(attack, attack)]);
                record["severityText"] = json!(attack);
                record["eventName"] = json!(attack);
                send(window, "/v1/logs", &otlp::logs(attack, &[record]))?;
            }
            let long = "x".repeat(10 << 20);
            send(window, "/v1/logs", &otlp::logs("shop", &[otlp::log(NOW + 50, 9, &long, "", "")]))?;
            let names: Vec<String> = (0..10_000).map(|i| format!("attribute {i}")).collect();
            let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "<b>value</b>")).collect();
            let mut many = otlp::log(NOW + 60, 9, "many", "", "");
            many["attributes"] = otlp::texts(&pairs);
            send(window, "/v1/logs", &otlp::logs("shop", &[many]))?;
            let gauge = json!({ "name": attacks[0], "unit": attacks[1], "description": attacks[2], "gauge": { "dataPoints": [
                { "timeUnixNano": NOW.to_string(), "asDouble": 1.0, "attributes": otlp::texts(&[(attacks[0], attacks[3])]) }] } });
            send(window, "/v1/metrics", &otlp::metrics(attacks[0], &[gauge]))?;

            window.click("rail-logs").await?;
            window.until("all of them", "return document.querySelectorAll('.log-row').length === 6").await?;
            focus(window, "log-list").await?;
            window.press(HOME).await?;
            window.until_text("log-detail", "its attributes", |text| text.contains("attribute 59")).await?;
            window.press(DOWN).await?;
            // As much as is kept of one text; the row has its beginning.
            let sizes = "return [document.querySelector('[data-test=log-text]').textContent.length,
                Math.max(...[...document.querySelectorAll('.log-row .says')].map(says => says.textContent.length))]";
            window.until("the long text", "return document.querySelector('[data-test=log-text]')?.textContent.startsWith('xxx')").await?;
            let sizes = window.script(sizes, vec![]).await?;
            ensure!(sizes[0].as_u64().is_some_and(|size| (60_000..70_000).contains(&size)), "{sizes}");
            ensure!(sizes[1].as_u64().is_some_and(|size| size <= 401), "{sizes}");
            for attack in attacks.iter().rev() {
                window.press(DOWN).await?;
                let shown = attack.replace(['\u{1b}', '\u{7}', '\u{202e}'], "\u{fffd}");
                window.until_text("log-detail", "the attack as text", |text| text.contains(&shown)).await?;
            }
            window.click("rail-metrics").await?;
            window.click(&format!("metric-{}", attacks[0])).await?;
            window.until_text("metric-name", "its name", |text| text == attacks[0]).await?;
            window.find("curves").await?;
            ensure!(window.script(elements, vec![]).await? == before, "an element came out of a text");
            ensure!(window.script("return window.attacked", vec![]).await? == 0, "a text was run");
            Ok(())
        })
        .await
}

/// Orders by region, counted since the start, that began anew once and was silent for a while; the time that they took; a level.
fn shop(until: u64) -> Vec<Value> {
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
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
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

#[tokio::test]
async fn everyone_can_read_logs_and_metrics() -> Result<()> {
    Opening::new("axe-signals")
        .run(async |window| {
            send_trace(window)?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
            let grave =
                [1, 5, 9, 13, 17, 21].map(|severity| otlp::log(NOW + severity, severity as u8, "said", TRACE, ROOT));
            send(window, "/v1/logs", &otlp::logs("shop", &grave))?;
            send(window, "/v1/metrics", &otlp::metrics("shop", &shop(now)))?;
            let mut found = Vec::new();
            for theme in THEMES {
                window.choose_theme(theme).await?;
                let mut look = async |what: &str| -> Result<()> {
                    found.extend(window.axe().await?.into_iter().map(|line| format!("{theme}, {what}: {line}")));
                    if let Some(folder) = std::env::var_os("THALWEG_LOOK") {
                        window.screenshot(&std::path::Path::new(&folder).join(format!("{what}-{theme}.png"))).await?;
                    }
                    Ok(())
                };
                window.click("rail-logs").await?;
                window.click("log-row").await?;
                window.find("log-text").await?;
                look("logs").await?;
                window.click("rail-metrics").await?;
                for metric in ["orders.placed", "order.wait"] {
                    window.click(&format!("metric-{metric}")).await?;
                    window.until_text("metric-name", "the metric", |text| text == metric).await?;
                    window.find("metric-series").await?;
                    look(metric).await?;
                }
                window.click("rail-traces").await?;
                window.click(&format!("trace-row-{TRACE}")).await?;
                window.until_text("trace-logs", "their number", |text| text == "Logs 6").await?;
                look("marks").await?;
                window.click("trace-logs").await?;
                window.find("trace-log").await?;
                look("logs of a trace").await?;
                window.click("trace-waterfall").await?;
            }
            ensure!(found.is_empty(), "axe-core found:\n{}", found.join("\n"));
            // In German.
            command(window, "preferences").await?;
            choose(window, "preference-language", "2").await?;
            window.click("preferences-close").await?;
            window.click("rail-metrics").await?;
            window.until_text("metric-count", "German", |text| text == "3 Metriken").await?;
            window.click("rail-logs").await?;
            window.until_text("log-count", "German", |text| text == "6 Log-Einträge").await.map(|_| ())
        })
        .await
}
