//! Links, files and the preferences of receiving in the window.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};
use thalweg_tests::{http, otlp, programs};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";
const NOW: u64 = 1_800_000_000_123_456_789;

fn send(window: &Window, headers: &[(&str, &str)], request: &Value) -> Result<u16> {
    let headers = [&[("Content-Type", "application/json")], headers].concat();
    Ok(http::post(window.http, "/v1/traces", &headers, request.to_string().as_bytes())?.status)
}

fn start_again(window: &Window, argument: &str) -> Result<()> {
    let ended = window.start_again(Some(Path::new(argument)))?;
    ensure!(ended.success(), "the second start ended with {ended}");
    Ok(())
}

#[tokio::test]
async fn a_link_opens_a_span_and_a_file_of_traces_is_imported() -> Result<()> {
    Opening::new("carry-link")
        .on(&example("checkout"))
        .with_bus()
        .run(async |window| {
            ensure!(send(window, &[], &otlp::request(TRACE, SPAN, "place order", NOW))? == 200);
            start_again(window, &format!("thalweg://trace/{TRACE}/span/{SPAN}"))?;
            window.until_text("span-details", "the span", |text| text.contains("place order")).await?;
            window.find(&format!("trace-row-{TRACE}")).await?;

            start_again(window, "thalweg://trace/nothing")?;
            window.until_text("toast-error", "why not", |text| text.contains("no link to a trace")).await?;
            window.script("document.querySelector('[data-test=toast-error] > button').click()", vec![]).await?;
            start_again(window, &format!("thalweg://trace/{}", "1".repeat(32)))?;
            window.until_text("toast-error", "that there is none", |text| text.contains("There is no trace")).await?;
            // The trace that was shown stays.
            window.until_text("span-details", "the span", |text| text.contains("place order")).await?;

            let file = window.temporary().join("more.jsonl");
            let other = "1af7651916cd43dd8448eb211c80319c";
            std::fs::write(&file, format!("{}\n", otlp::request(other, SPAN, "from a file", NOW + 1)))?;
            start_again(window, &file.display().to_string())?;
            window.until_text(&format!("trace-row-{other}"), "the root", |text| text.contains("from a file")).await?;
            Ok(())
        })
        .await
}

#[tokio::test]
async fn what_can_be_done_with_a_trace_is_in_its_menus() -> Result<()> {
    Opening::new("carry-menu")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("rail-traces").await?;
            ensure!(send(window, &[], &otlp::request(TRACE, SPAN, "place order", NOW))? == 200);
            window.click(&format!("trace-row-{TRACE}")).await?;
            window.find("waterfall-row").await?;
            window.click("trace-share").await?;
            window.find("trace-copy-json").await?;
            ensure!(window.count("trace-copy-span-link").await? == 0, "no span is chosen");
            window.screenshot(&programs::artifacts()?.join("carry-share.png")).await?;
            window.click("trace-copy-link").await?;
            // Whether the system has a clipboard is not for this test; it is told either way.
            window.until("an answer", "return document.querySelector('.toast') !== null").await?;

            let pointed = "const row = document.querySelector('[data-test=waterfall-row]');
                const { left, top } = row.getBoundingClientRect();
                row.dispatchEvent(new MouseEvent('contextmenu',
                    { bubbles: true, cancelable: true, clientX: left + 60, clientY: top + 10 }));";
            window.script(pointed, vec![]).await?;
            window.find("trace-menu").await?;
            window.find("trace-copy-span-link").await?;
            window.screenshot(&programs::artifacts()?.join("carry-pointed.png")).await?;
            window.press("\u{E00C}").await?;
            window.until("no menu", "return document.querySelector('[data-test=trace-menu]') === null").await
        })
        .await
}

#[tokio::test]
async fn a_token_is_made_and_asked_for() -> Result<()> {
    Opening::new("carry-token")
        .on(&example("checkout"))
        .run(async |window| {
            let request = otlp::request(TRACE, SPAN, "place order", NOW);
            window.click("search").await?;
            window.find("palette-input").await?;
            window.click("palette-preferences").await?;
            window.click("preference-token-make").await?;
            let token = window.until_text("preference-token", "a token", |text| text.len() == 48).await?;
            ensure!(token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
            window.screenshot(&programs::artifacts()?.join("carry-preferences.png")).await?;
            ensure!(send(window, &[], &request)? == 401);
            ensure!(send(window, &[("Authorization", &format!("Bearer {token}"))], &request)? == 200);

            window.fill("preference-origins", "localhost").await?;
            window.until_text("toast-error", "why not", |text| text.contains("no origin")).await?;
            window.fill("preference-origins", "http://localhost:3000").await?;
            let until_allowed = async || -> Result<()> {
                let page = [("Origin", "http://localhost:3000"), ("Authorization", &*format!("Bearer {token}"))];
                thalweg_tests::wait::wait_for("the page to be allowed", || {
                    send(window, &page, &request).ok().filter(|status| *status == 200)
                })
                .map(|_| ())
            };
            until_allowed().await?;
            window.click("preference-token-drop").await?;
            window.find("preference-token-make").await?;
            ensure!(send(window, &[], &request)? == 200);
            window.client().current_url().await.context("the page is still there").map(|_| ())
        })
        .await
}
