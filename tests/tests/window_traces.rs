//! The window receives traces while it is open, shows them, and is not moved by what they contain.

use std::net::TcpListener;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};
use thalweg_tests::{http, otlp};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const NOW: u64 = 1_800_000_000_123_456_789;

fn send(window: &Window, request: &Value) -> Result<()> {
    let answer =
        http::post(window.http, "/v1/traces", &[("Content-Type", "application/json")], request.to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

#[tokio::test]
async fn a_trace_arrives_is_opened_and_grows_without_a_click() -> Result<()> {
    Opening::new("trace")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("rail-traces").await?;
            ensure!(window.count(&format!("trace-row-{TRACE}")).await? == 0);
            send(window, &otlp::request(TRACE, "b7ad6b7169203331", "place order", NOW))?;
            let row = format!("trace-row-{TRACE}");
            let text = window.until_text(&row, "the root's name", |text| text.contains("place order")).await?;
            ensure!(text.contains("tests"), "the service is not shown: {text}");

            window.click(&row).await?;
            window.find("waterfall").await?;
            window
                .until("one bar", "return document.querySelectorAll('[data-test=waterfall-row]').length === 1")
                .await?;

            let mut child = otlp::request(TRACE, "00f067aa0ba902b7", "charge card", NOW + 200_000);
            child["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["parentSpanId"] = json!("b7ad6b7169203331");
            child["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] =
                json!([{ "key": "amount", "value": { "intValue": "9223372036854775807" } }]);
            send(window, &child)?;
            window
                .until("two bars", "return document.querySelectorAll('[data-test=waterfall-row]').length === 2")
                .await?;
            window.until_text("waterfall", "the child", |text| text.contains("charge card")).await?;
            let bars = window.client().find_all(fantoccini::Locator::Css("[data-test=waterfall-row]")).await?;
            bars.into_iter().nth(1).context("no second bar")?.click().await?;
            // All digits, though the page is JavaScript's.
            window.until_text("span-details", "the amount", |text| text.contains("9223372036854775807")).await?;

            // The flame graph shows the same trace and shares what is chosen.
            window.click("trace-flame").await?;
            window.until_text("flame-said", "the child", |text| text.contains("charge card")).await?;
            window.script("document.querySelector('[data-test=flame]').focus()", vec![]).await?;
            window.press("\u{E013}").await?;
            window.until_text("flame-said", "its parent", |text| text.contains("place order")).await?;
            let painted = "const c = document.querySelector('.flame-canvas');
                return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(byte => byte > 0)";
            window.until("a painted graph", painted).await?;
            window.click("trace-waterfall").await?;
            window.until_text("span-details", "the parent", |text| text.contains("place order")).await.map(|_| ())
        })
        .await
}

/// What is known of a span of a large trace is fetched when its row is chosen; every view of a trace is in the palette.
#[tokio::test]
async fn a_large_trace_is_shown_whole_and_tells_of_a_span_that_is_chosen() -> Result<()> {
    const SPANS: usize = 2500;
    Opening::new("large")
        .calm()
        .run(async |window| {
            let mut request = otlp::request(TRACE, &format!("{:016x}", 1), "place order", NOW);
            let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().context("no spans")?;
            let root = spans[0].clone();
            for number in 2..=SPANS {
                let mut span = root.clone();
                span["spanId"] = json!(format!("{number:016x}"));
                span["parentSpanId"] = json!(format!("{:016x}", 1));
                span["name"] = json!(format!("step {number}"));
                span["startTimeUnixNano"] = json!((NOW + number as u64).to_string());
                span["attributes"] = json!([{ "key": "step.number", "value": { "intValue": number.to_string() } }]);
                spans.push(span);
            }
            send(window, &request)?;
            window.click("rail-traces").await?;
            window.click(&format!("trace-row-{TRACE}")).await?;
            window.find("waterfall").await?;
            // Of its rows only those in sight are on the page.
            let rows = "return document.querySelectorAll('[data-test=waterfall-row]').length";
            window.until("some rows", &format!("{rows} > 10")).await?;
            ensure!(window.script(rows, vec![]).await?.as_u64().is_some_and(|rows| rows < 200));
            // The last is there, and so is what is known of it.
            let focus = "document.querySelector('[data-test=waterfall] [role=tree]').focus(); return 0";
            window.script(focus, vec![]).await?;
            window.press(END).await?;
            let number = format!("step.number\n{SPANS}");
            window.until_text("span-details", "the attribute", |text| text.contains(&number)).await?;

            for (typed, command, shown) in [
                ("flame graph", "flame-graph-of-trace", "flame"),
                ("was written", "logs-of-trace", "trace-log-list"),
                ("follow this trace", "journey", "journey"),
                ("trace as a map", "flow-of-trace", "map-of-trace"),
                ("as a waterfall", "waterfall-of-trace", "waterfall-row"),
            ] {
                window.click("search").await?;
                window.find("palette-input").await?;
                window.press(typed).await?;
                window.find(&format!("palette-{command}")).await?;
                window.press(ENTER).await?;
                window.find(shown).await?;
            }
            Ok(())
        })
        .await
}

/// What the traces show becomes a document on the canvas.
#[tokio::test]
async fn traces_are_drawn_as_a_flow() -> Result<()> {
    Opening::new("drawn")
        .run(async |window| {
            for (at, (service, kind, parent)) in
                [("shop", 4, ""), ("payment", 5, "b7ad6b7169203331")].iter().enumerate()
            {
                let start = NOW + at as u64 * 1_000_000;
                let mut request = otlp::request(TRACE, &format!("b7ad6b716920333{}", at + 1), "orders", start);
                let sent = &mut request["resourceSpans"][0];
                sent["resource"]["attributes"][0]["value"]["stringValue"] = json!(service);
                let span = &mut sent["scopeSpans"][0]["spans"][0];
                span["kind"] = json!(kind);
                span["parentSpanId"] = json!(parent);
                span["attributes"] = json!([
                    { "key": "messaging.system", "value": { "stringValue": "kafka" } },
                    { "key": "messaging.destination.name", "value": { "stringValue": "orders" } },
                ]);
                send(window, &request)?;
            }
            window.click("rail-traces").await?;
            window.find(&format!("trace-row-{TRACE}")).await?;
            window.click("search").await?;
            window.find("palette-input").await?;
            window.click("palette-discover").await?;
            for node in ["node-shop", "node-orders", "node-payment"] {
                window.find(node).await?;
            }
            Ok(())
        })
        .await
}

#[tokio::test]
async fn sixty_four_bits_cross_the_bridge_whole() -> Result<()> {
    Opening::new("echo").run(async |window| {
        let script = "const [command, done] = arguments;
            window.__TAURI__.core.invoke('call', { command })
                .then(bytes => done(new TextDecoder().decode(new Uint8Array(bytes))), error => done('failed: ' + error))";
        for value in [0, (1 << 53) - 1, (1 << 53) + 1, i64::MAX as u64, u64::MAX] {
            let command = format!(r#"{{"echo":{{"value":{value}}}}}"#);
            let answer = window.client().execute_async(script, vec![command.into()]).await?;
            let answer = answer.as_str().context("no text")?;
            ensure!(answer.contains(&value.to_string()), "{value} came back as {answer}");
        }
        Ok(())
    }).await
}

const END: &str = "\u{e010}";
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";

/// A trace of one span of `service`, so many milliseconds long.
fn numbered(number: u64, service: &str, ms: u64, failed: bool) -> Value {
    let start = NOW + number * 1_000_000_000;
    let mut request = otlp::request(&format!("{number:032x}"), &format!("{number:016x}"), "place order", start);
    let of_service = &mut request["resourceSpans"][0];
    of_service["resource"]["attributes"][0]["value"] = json!({ "stringValue": service });
    let span = &mut of_service["scopeSpans"][0]["spans"][0];
    span["endTimeUnixNano"] = json!((start + ms * 1_000_000).to_string());
    if failed {
        span["status"] = json!({ "code": 2 });
    }
    request
}

/// Waits until the list holds these traces, from top to bottom.
async fn until_listed(window: &Window, numbers: &[u64]) -> Result<()> {
    let wanted: Vec<String> = numbers.iter().map(|number| format!("{number:032x}")).collect();
    let script = format!(
        "const rows = [...document.querySelectorAll('.trace-row')];
         rows.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y);
         return JSON.stringify(rows.map(row => row.dataset.test.slice(10))) === '{}'",
        json!(wanted)
    );
    window.until(&format!("the traces {numbers:?}"), &script).await
}

/// Types over what stands in the line.
async fn write(window: &Window, text: &str) -> Result<()> {
    let select = "const e = document.querySelector('[data-test=filter-input]'); e.focus(); e.select(); return 0";
    window.script(select, vec![]).await?;
    window.press(text).await
}

async fn until_written(window: &Window, text: &str) -> Result<()> {
    let script = format!("return document.querySelector('[data-test=filter-input]').value === {}", json!(text));
    window.until(&format!("`{text}` in the line"), &script).await
}

#[tokio::test]
async fn a_filter_is_completed_mended_searched_and_kept() -> Result<()> {
    Opening::new("filter")
        .on(&example("checkout"))
        .run(async |window| {
            for (number, service, ms, failed) in
                [(1, "shop", 900, false), (2, "payment", 20, true), (3, "shop", 40, false)]
            {
                send(window, &numbered(number, service, ms, failed))?;
            }
            window.click("rail-traces").await?;
            until_listed(window, &[3, 2, 1]).await?;

            // The key of the command, then Tab alone.
            window.press("/").await?;
            let focused = "return document.activeElement.dataset.test === 'filter-input'";
            window.until("the line to have the focus", focused).await?;
            window.press("stat").await?;
            window.until_text("filter-offers", "the field", |text| text.contains("status")).await?;
            window.press(TAB).await?;
            until_written(window, "status ").await?;
            window.press(TAB).await?;
            until_written(window, "status = ").await?;
            window.press("e").await?;
            window.press(TAB).await?;
            until_written(window, "status = error").await?;
            window.press(ENTER).await?;
            until_listed(window, &[2]).await?;
            window.until_text("trace-counts", "the sum", |text| text == "1 trace found").await?;

            // What is wrong changes nothing in the list, is told, and mended by a click.
            write(window, "status = erorr").await?;
            window.press(ENTER).await?;
            window.until_text("filter-told", "the sentence", |text| text.contains("is no status")).await?;
            until_listed(window, &[2]).await?;
            ensure!(window.count("filter-mend").await? == 1);
            window.click("filter-mend").await?;
            until_written(window, "status = error").await?;

            // What was seen is offered, and chosen by arrows.
            write(window, "service = ").await?;
            window.until_text("filter-offers", "the services", |text| text.contains("payment")).await?;
            window.press(DOWN).await?;
            window.press(ENTER).await?;
            until_written(window, "service = shop").await?;
            window.press(ENTER).await?;
            until_listed(window, &[3, 1]).await?;
            window.click("trace-order").await?;
            window.click("order-slowest").await?;
            until_listed(window, &[1, 3]).await?;

            // Kept under a name, and found again when the line is empty.
            window.click("trace-views").await?;
            window.find("view-name").await?.send_keys("Of the shop").await?;
            window.click("view-keep").await?;
            window.click("filter-clear").await?;
            until_listed(window, &[3, 2, 1]).await?;
            // An empty line follows what arrives.
            send(window, &numbered(4, "mail", 5, false))?;
            until_listed(window, &[4, 3, 2, 1]).await?;
            window.click("trace-views").await?;
            window.click("view-Of the shop").await?;
            until_listed(window, &[1, 3]).await?;
            until_written(window, "service = shop").await?;

            write(window, "nothing.like.it = 1").await?;
            window.press(ENTER).await?;
            window.find("nothing-found").await?;
            window.press(ESCAPE).await?;
            until_listed(window, &[4, 3, 2, 1]).await?;
            let found = window.axe().await?;
            ensure!(found.is_empty(), "{found:#?}");
            Ok(())
        })
        .await
}

/// Names of spans, services and attributes are other people's text: shown, never run.
#[tokio::test]
async fn hostile_names_are_only_text() -> Result<()> {
    Opening::new("hostile")
        .run(async |window| {
            let elements = "return document.querySelectorAll('img, iframe, object, embed, script').length";
            let before = window.script(elements, vec![]).await?;
            window
                .script("window.attacked = 0; window.attack = () => { window.attacked += 1 }; return true", vec![])
                .await?;
            let attacks = [
                "<img src=x onerror=attack()>",
                "<script>attack()</script>",
                "<svg onload=attack()>",
                "\"><iframe src=javascript:attack()>",
                "\u{202e}gnp.evil\u{0}",
            ];
            for (index, attack) in attacks.iter().enumerate() {
                let mut request =
                    otlp::request(&format!("{:032x}", index + 1), &format!("{:016x}", index + 1), attack, NOW);
                request["resourceSpans"][0]["resource"]["attributes"][0]["value"] = json!({ "stringValue": attack });
                let span = &mut request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
                span["attributes"] = json!([{ "key": attack, "value": { "stringValue": attack } }]);
                span["events"] = json!([{ "name": attack, "timeUnixNano": NOW.to_string() }]);
                span["status"] = json!({ "code": 2, "message": attack });
                send(window, &request)?;
            }
            window.click("rail-traces").await?;
            for index in 0..attacks.len() {
                window.click(&format!("trace-row-{:032x}", index + 1)).await?;
                window.click("waterfall-row").await?;
                window.find("span-details").await?;
            }
            ensure!(window.script(elements, vec![]).await? == before, "an element came out of a name");
            ensure!(window.script("return window.attacked", vec![]).await? == 0, "a name was run");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_taken_port_is_told_and_the_window_opens_all_the_same() -> Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?;
    Opening::new("taken")
        .on(&example("checkout"))
        .with_grpc(address)
        .run(async |window| {
            window.find("node-payment").await?;
            let chip = window.find("receiver").await?;
            let told = format!("{} {}", chip.text().await?, chip.attr("title").await?.unwrap_or_default());
            ensure!(told.contains(&address.port().to_string()), "the chip says: {told}");
            Ok(())
        })
        .await
}
