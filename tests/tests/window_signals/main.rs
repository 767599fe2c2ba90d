//! Log records and metrics in the window: what is sent is what is shown, as it comes, and leads to its traces.

mod logs;
mod metrics;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
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

async fn command(window: &Window, id: &str) -> Result<()> {
    window.click("search").await?;
    // The commands are more than the list has room for.
    let row = format!("palette-{id}");
    window.find(&row).await?;
    let show = format!("document.querySelector('[data-test={row}]').scrollIntoView({{ block: 'center' }}); return 0");
    window.script(&show, vec![]).await?;
    window.click(&row).await
}

/// Now, in nanoseconds since 1970.
fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64)
}

#[tokio::test]
async fn everyone_can_read_logs_and_metrics() -> Result<()> {
    Opening::new("axe-signals")
        .run(async |window| {
            send_trace(window)?;
            let now = now()?;
            let grave =
                [1, 5, 9, 13, 17, 21].map(|severity| otlp::log(NOW + severity, severity as u8, "said", TRACE, ROOT));
            send(window, "/v1/logs", &otlp::logs("shop", &grave))?;
            send(window, "/v1/metrics", &otlp::metrics("shop", &metrics::shop(now)))?;
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
