//! Log records: live, filtered, beside their trace.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::otlp;
use thalweg_tests::window::{Opening, Window};

use super::{CHILD, END, HOME, NOW, ROOT, SECOND, TRACE, choose, command, focus, now, send, send_trace};

const DOWN: &str = "\u{e015}";

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
            let now = now()?;
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

/// By a click on a value and by what is written: both in the language that searches traces.
#[tokio::test]
async fn logs_are_filtered_by_their_attributes() -> Result<()> {
    Opening::new("logs-filter")
        .run(async |window| {
            let brands = ["visa", "amex", "visa"];
            for (i, brand) in (0..).zip(brands) {
                let mut paid = otlp::log(NOW + i * SECOND, 9, &format!("paid {i}"), "", "");
                paid["attributes"] = otlp::texts(&[("card.brand", brand)]);
                send(window, "/v1/logs", &otlp::logs("shop", &[paid]))?;
            }
            send(window, "/v1/logs", &otlp::logs("mail", &[otlp::log(NOW + 3 * SECOND, 9, "sent a = b", "", "")]))?;
            window.click("rail-logs").await?;
            until_listed(window, &["sent a = b", "paid 2", "paid 1", "paid 0"]).await?;

            // From a record's detail: with this value, then without that service.
            focus(window, "log-list").await?;
            window.press(END).await?;
            window.until_text("log-detail", "the record", |text| text.contains("visa")).await?;
            let press = |name: &str, button: &str| {
                format!("document.querySelector('[data-name=\"{name}\"] [data-test={button}]').click(); return 0")
            };
            window.script(&press("card.brand", "log-only"), vec![]).await?;
            until_listed(window, &["paid 2", "paid 0"]).await?;
            window
                .until_text("log-detail", "the record that it was asked from", |text| text.contains("paid 0"))
                .await?;
            window.until_text("log-chips", "its condition", |text| text.contains("card.brand = \"visa\"")).await?;
            // What comes meanwhile is filtered too.
            let mut late = otlp::log(NOW + 4 * SECOND, 9, "paid late", "", "");
            late["attributes"] = otlp::texts(&[("card.brand", "visa")]);
            let other = otlp::log(NOW + 5 * SECOND, 9, "of no brand", "", "");
            send(window, "/v1/logs", &otlp::logs("shop", &[late, other]))?;
            until_listed(window, &["paid late", "paid 2", "paid 0"]).await?;
            window.click("log-row").await?;
            window.script(&press("card.brand", "log-without"), vec![]).await?;
            // The other way round, not both.
            until_listed(window, &["of no brand", "sent a = b", "paid 1"]).await?;
            window.click("log-row").await?;
            window.script(&press("service.name", "log-without"), vec![]).await?;
            until_listed(window, &["sent a = b"]).await?;
            window.until_text("log-chips", "both", |text| text.contains("not service = ")).await?;
            // The focus goes to the next condition, behind the last one to the line: with the button it would be lost.
            for focused in ["log-chip-remove", "logs-search"] {
                window.click("log-chip-remove").await?;
                let has_focus = format!("return document.activeElement.dataset.test === '{focused}'");
                window.until("the focus is handed on", &has_focus).await?;
            }
            let everything = ["of no brand", "paid late", "sent a = b", "paid 2", "paid 1", "paid 0"];
            until_listed(window, &everything).await?;

            // Written: a filter, what is wrong with one, and a text that reads like one.
            window.fill("logs-search", "card.brand in (amex, visa) and not paid ~ x and \"PAID 1\"").await?;
            until_listed(window, &["paid 1"]).await?;
            window.fill("logs-search", "duration > 5s").await?;
            window.until_text("logs-told", "why not", |text| text.contains("a log record has no duration")).await?;
            until_listed(window, &["paid 1"]).await?;
            window.fill("logs-search", "\"a = b\"").await?;
            until_listed(window, &["sent a = b"]).await?;
            let silent = "return document.querySelector('[data-test=logs-told]').textContent === ''";
            window.until("nothing to mend", silent).await?;
            // What was refused goes with the question.
            window.fill("logs-search", "").await?;
            until_listed(window, &everything).await?;
            choose(window, "logs-severity", "21").await?;
            window.find("logs-none").await?;
            window.fill("logs-search", "duration > 5s").await?;
            window.until_text("logs-told", "why not", |text| text.contains("a log record has no duration")).await?;
            window.script("document.querySelector('[data-test=logs-none] button').click(); return 0", vec![]).await?;
            until_listed(window, &everything).await?;
            window.until("nothing to mend any more", silent).await?;
            let empty = "const line = document.querySelector('[data-test=logs-search]');
                return line.value === '' && line.getAttribute('aria-invalid') === 'false'";
            window.until("an empty line", empty).await
        })
        .await
}
