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
