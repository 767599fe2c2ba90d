//! The inspector and the text beside it: where a default comes from, lists, several nodes at once, one document in two
//! views, and problems that are mended with a click.

use anyhow::{Result, ensure};
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};

/// Chooses an entry of a list as a person does.
async fn choose(window: &Window, name: &str, value: &str) -> Result<()> {
    window.find(name).await?;
    let script = "const e = document.querySelector(`[data-test=\"${arguments[0]}\"]`); e.value = arguments[1];
                  e.dispatchEvent(new Event('change', { bubbles: true })); return e !== null";
    window.script(script, vec![name.into(), value.into()]).await.map(|_| ())
}

/// Puts a text in the place of another one in the text view, as typing does.
async fn replace(window: &Window, old: &str, new: &str) -> Result<()> {
    window.find("side-yaml").await?;
    let script = "const e = document.querySelector('[data-test=side-yaml]'); e.focus();
                  const at = e.value.indexOf(arguments[0]); if (at < 0) return false;
                  e.setSelectionRange(at, at + arguments[0].length);
                  return document.execCommand('insertText', false, arguments[1])";
    let done = window.script(script, vec![old.into(), new.into()]).await?;
    ensure!(done == true, "`{old}` could not be replaced in the text");
    Ok(())
}

async fn until_state(window: &Window, word: &str) -> Result<()> {
    window.until_text("file-state", word, |text| text.contains(word)).await.map(|_| ())
}

async fn undo(window: &Window) -> Result<()> {
    window.click("search").await?;
    window.find("palette-input").await?;
    window.click("palette-undo").await
}

#[tokio::test]
async fn a_default_shows_its_value_and_where_it_comes_from() -> Result<()> {
    Opening::new("inspector-defaults")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("node-payment").await?;
            let field = "field-subscribes.0.session_timeout";
            let shown = window.attribute(field, "placeholder").await?;
            ensure!(shown.as_deref() == Some("45s"), "the session timeout of Kafka is shown as {shown:?}");
            window.find("source-subscribes.0.session_timeout").await?;
            let told = "return document.querySelector('[data-test=\"field-subscribes.0.session_timeout\"]').closest('label').title";
            let told = window.script(told, vec![]).await?;
            ensure!(told.as_str().is_some_and(|t| t.contains("kafka") && t.contains("ConsumerConfig")), "it says {told}");

            // Written, it is no default any more; cleared, it is one again.
            window.fill(field, "10s").await?;
            until_state(window, "edited").await?;
            ensure!(window.count("source-subscribes.0.session_timeout").await? == 0, "a written value has a source");
            window.fill(field, "").await?;
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn entries_of_lists_come_go_and_change_places() -> Result<()> {
    Opening::new("inspector-lists")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("node-payment").await?;
            choose(window, "add-publishes", "payments-dlq").await?;
            window.find("entry-publishes.2").await?;
            window.find("edge-payment-payments-dlq").await?;
            window.click("up-publishes.2").await?;
            window.until_text("entry-publishes.1", "the new entry", |text| text.contains("payments-dlq")).await?;
            window.click("remove-publishes.1").await?;
            window.until("two entries", "return !document.querySelector('[data-test=\"entry-publishes.2\"]')").await?;
            for _ in 0..3 {
                undo(window).await?;
            }
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn several_nodes_are_changed_in_one_step() -> Result<()> {
    Opening::new("inspector-many")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("search").await?;
            window.find("palette-input").await?;
            window.click("palette-select-all").await?;
            window.find("many").await?;
            let shown = window.attribute("field-owner", "placeholder").await?;
            ensure!(shown.as_deref() == Some("several values"), "different owners are shown as {shown:?}");
            window.fill("field-owner", "team-all").await?;
            until_state(window, "edited").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-owner").await? == "team-all", "the owner was not written for all");
            undo(window).await?;
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn text_and_drawing_are_one_document_and_a_click_mends_it() -> Result<()> {
    Opening::new("inspector-text")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("node-payment").await?;
            window.click("inspect-yaml").await?;
            window.until("the node's lines to stand out", "return !!document.querySelector('.text-line.here')").await?;

            replace(window, "instances: 6", "instancs: 7").await?;
            window.until("the error to be underlined", "return [...document.querySelectorAll('.text-line .code .wrong.bad')].some(e => e.textContent === 'instancs')").await?;
            window.until_text("problem-0", "the error", |text| text.contains("instancs")).await?;
            window.click("fix-0-0").await?;
            window.until("no underline", "return !document.querySelector('.text-line .wrong')").await?;
            window.click("inspect-properties").await?;
            ensure!(window.value("field-instances").await? == "7", "the fix did not keep the value");

            // What was typed is one step, the fix another.
            undo(window).await?;
            undo(window).await?;
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn brokers_and_event_types_have_panels() -> Result<()> {
    Opening::new("inspector-parts")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("part-brokers-events").await?;
            ensure!(window.value("field-kind").await? == "kafka", "the broker shows another kind");
            window.click("inspect-flow").await?;
            window.click("part-events-order.placed").await?;
            ensure!(window.value("field-version").await? == "1.2.0", "the event type shows another version");
            ensure!(window.value("field-personal_data").await? == "customer.email", "personal data is not shown");
            window.click("inspect-flow").await?;
            window.click("add-brokers").await?;
            window.find("rename-part").await?;
            window.fill("rename-part", "second").await?;
            window.until_text("inspector", "the broker's panel", |text| text.contains("broker")).await?;
            window.click("inspect-flow").await?;
            window.find("part-brokers-second").await?;
            Ok(())
        })
        .await
}
