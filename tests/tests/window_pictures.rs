//! What the window looks like, scene by scene and in both themes: compared with the pictures in `docs/pictures/`, which
//! the README and the user guide show. `cargo xtask pictures` takes them anew; what changed is reviewed like any source.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::example;
use thalweg_tests::receiver::Receiver;
use thalweg_tests::window::{Opening, THEMES, Window};
use thalweg_tests::{http, otlp};

const ESCAPE: &str = "\u{e00c}";
/// To the beginning, then on by 20 seconds 21 times: the outage begins at the sixth minute and lasts 90 seconds.
const TO_THE_OUTAGE: &str = "\u{e011}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\
                             \u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}\u{e00e}";

/// The example with a slip of the pen in it: an unknown field, a number too small, a channel that nobody takes from.
fn with_problems() -> Result<String> {
    let text = std::fs::read_to_string(example("checkout"))?;
    let slips = [
        ("partitions: 24", "partitons: 24"),
        ("prefetch: 20", "prefetch: 0"),
        ("dead_letter: payments-dlq", "dead_letter: payment-dlq"),
    ];
    slips.iter().try_fold(text, |text, (right, wrong)| {
        let changed = text.replacen(right, wrong, 1);
        (changed != text).then_some(changed).with_context(|| format!("the example holds no `{right}` any more"))
    })
}

async fn choose_scenario(window: &Window, name: &str) -> Result<()> {
    window.click("scenario").await?;
    window.click(&format!("scenario-{name}")).await
}

/// Both themes of a scene that stays as it is when the theme changes.
async fn in_both_themes(window: &Window, name: &str) -> Result<()> {
    for theme in THEMES {
        window.choose_theme(theme).await?;
        window.compare(&format!("{name}-{theme}")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_start_page() -> Result<()> {
    Opening::new("picture-start")
        .calm()
        .run(async |window| {
            window.find("start-page").await?;
            in_both_themes(window, "start").await
        })
        .await
}

#[tokio::test]
async fn a_flow_its_text_and_the_commands() -> Result<()> {
    Opening::new("picture-design")
        .calm()
        .on(&example("checkout"))
        .run(async |window| {
            window.find("node-payment").await?;
            in_both_themes(window, "design").await?;
            for theme in THEMES {
                window.choose_theme(theme).await?;
                window.click("search").await?;
                window.find("palette-input").await?.send_keys("show").await?;
                window.compare(&format!("commands-{theme}")).await?;
                window.press(ESCAPE).await?;
            }
            window.click("node-payment").await?;
            window.click("inspect-yaml").await?;
            window.find("side-yaml").await?;
            in_both_themes(window, "text").await
        })
        .await
}

#[tokio::test]
async fn problems_and_what_mends_them() -> Result<()> {
    let cli = Cli::new()?;
    let file = cli.write("checkout.flow.yaml", with_problems()?)?;
    Opening::new("picture-problems")
        .calm()
        .on(&file)
        .run(async |window| {
            window.find("node-payment").await?;
            window.click("tab-problems").await?;
            window.find("problem-0").await?;
            in_both_themes(window, "problems").await
        })
        .await
}

#[tokio::test]
async fn a_run_in_the_midst_of_an_outage() -> Result<()> {
    Opening::new("picture-simulate")
        .calm()
        .on(&example("checkout"))
        .run(async |window| {
            choose_scenario(window, "card-outage").await?;
            window.click("simulate").await?;
            window.find("expectation-0").await?;
            window.find("simulate").await?;
            window.click("node-payment").await?;
            // Told after the run itself; they make the panel longer.
            window.find_css("[data-test^=sampled-]").await?;
            window.find("scrubber").await?.send_keys(TO_THE_OUTAGE).await?;
            window.until_text("clock", "the outage", |text| text.contains("07:00")).await?;
            in_both_themes(window, "simulate").await
        })
        .await
}

/// Requests with a simulation's messages, moved to a time that is always the same: where they stand in the plot depends on it.
fn simulated_long_ago() -> Result<Vec<String>> {
    const BEGIN: u64 = 1_800_000_000_000_000_000;
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let (file, url) = (example("checkout").display().to_string(), format!("http://{}", receiver.http));
    cli.run(&["simulate", &file, "--scenario", "card-outage", "--otlp", &url, "--traces", "12"])?;
    receiver.interrupt()?;
    let database = cli.database().display().to_string();
    let lines = cli.run(&["traces", "export", "-o", "-", "--db", &database])?.expect_code(0)?.stdout;
    let mut documents: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut first = u64::MAX;
    let mut times = |move_by: Option<u64>| {
        for document in &mut documents {
            each_time(document, &mut |time| match move_by {
                Some(move_by) => *time = time.wrapping_add(move_by),
                None => first = first.min(*time),
            });
        }
        first
    };
    let move_by = BEGIN.wrapping_sub(times(None));
    times(Some(move_by));
    Ok(documents.iter().map(Value::to_string).collect())
}

/// Every point of time in a document of OTLP JSON.
fn each_time(value: &mut Value, with: &mut dyn FnMut(&mut u64)) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| each_time(value, with)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().map(str::parse::<u64>) {
                    Some(Ok(mut time)) if name.to_lowercase().ends_with("timeunixnano") => {
                        with(&mut time);
                        *value = time.to_string().into();
                    }
                    _ => each_time(value, with),
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn traces_of_messages_that_were_retried() -> Result<()> {
    let file = example("checkout");
    Opening::new("picture-traces")
        .calm()
        .on(&file)
        .run(async |window| {
            window.click("rail-traces").await?;
            window.find("traces-empty").await?;
            for body in simulated_long_ago()? {
                let headers = [("Content-Type", "application/json")];
                let answer = http::post(window.http, "/v1/traces", &headers, body.as_bytes())?;
                ensure!(answer.status == 200, "{}", answer.head);
            }
            window
                .until("all traces", "return document.querySelectorAll('[data-test^=trace-row-]').length === 12")
                .await?;
            // One that was given up after all its attempts.
            let script = "return [...document.querySelectorAll('[data-test^=trace-row-]')]
                .find(row => Number(row.querySelector('.bad')?.textContent.split(' ')[0]) > 1)?.dataset.test";
            let row = window.script(script, vec![]).await?;
            window.click(row.as_str().context("no trace with several errors")?).await?;
            window.find("waterfall").await?;
            in_both_themes(window, "traces").await
        })
        .await
}

#[tokio::test]
async fn log_records_of_a_checkout() -> Result<()> {
    const BEGIN: u64 = 1_800_000_000_000_000_000;
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";
    // Milliseconds, service, severity, text.
    let said: &[(u64, &str, u8, &str)] = &[
        (0, "shop", 9, "order 4711 received: 3 items, 129.90 EUR"),
        (14, "shop", 5, "published order-placed to orders, partition 7, offset 90213"),
        (31, "payment", 9, "charging 129.90 EUR for order 4711"),
        (2031, "payment", 13, "card network: no answer within 2 s, attempt 1 of 5; next in 200 ms"),
        (2234, "payment", 5, "attempt 2 of 5 for order 4711"),
        (4236, "payment", 13, "card network: no answer within 2 s, attempt 2 of 5; next in 400 ms"),
        (4638, "payment", 5, "attempt 3 of 5 for order 4711"),
        (4702, "payment", 17, "card declined for order 4711: insufficient funds"),
        (4710, "payment", 9, "published payment-failed to payments"),
        (4731, "mail", 9, "sending \"Your payment did not go through\" to customer 815"),
        (4733, "stock", 9, "released the reservation of 3 items of order 4711"),
        (4790, "mail", 21, "mail gateway unreachable: connection refused (10.0.4.17:25)"),
    ];
    Opening::new("picture-logs")
        .calm()
        .on(&example("checkout"))
        .run(async |window| {
            for (ms, service, severity, text) in said {
                let mut record = otlp::log(BEGIN + ms * 1_000_000, *severity, text, TRACE, SPAN);
                record["attributes"] = otlp::texts(&[
                    ("order.id", "4711"),
                    ("payment.provider", "card-network"),
                    ("thread.name", "worker-3"),
                ]);
                let body = otlp::logs(service, &[record]).to_string();
                let answer = http::post(window.http, "/v1/logs", &[("Content-Type", "application/json")], body.as_bytes())?;
                ensure!(answer.status == 200, "{}", answer.head);
            }
            window.click("rail-logs").await?;
            window.until("all records", "return document.querySelectorAll('.log-row').length === 12").await?;
            let script = "[...document.querySelectorAll('.log-row')].find(row => row.textContent.includes('declined')).click(); return 0";
            window.script(script, vec![]).await?;
            window.find("log-text").await?;
            window.until_text("file-state", "their number", |text| text.starts_with("12 ")).await?;
            in_both_themes(window, "logs").await
        })
        .await
}
