//! What hands do on the canvas: copying, aligning, snapping, connecting, frames, comments, finding.

use anyhow::{Result, ensure};
use thalweg_tests::flows::SMALL;
use thalweg_tests::window::{Opening, Window};

const CONTROL: char = '\u{e009}';
const ALT: char = '\u{e00a}';
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const RELEASE: char = '\u{e000}';

/// The small flow with places: clock at the left, ticks a little lower, handler at the right.
fn placed() -> String {
    SMALL.replace("scenarios:", "layout: { clock: [0, 0], ticks: [297, 33], handler: [594, 0] }\nscenarios:")
}

fn chord(modifier: char, key: &str) -> String {
    format!("{modifier}{key}{RELEASE}")
}

async fn open(name: &str, test: impl AsyncFnOnce(&Window) -> Result<()>) -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("small.flow.yaml", placed())?;
    Opening::new(name)
        .on(&file)
        .run(async |window| {
            window.find("node-handler").await?;
            test(window).await
        })
        .await
}

async fn save(window: &Window) -> Result<String> {
    window.press(&chord(CONTROL, "s")).await?;
    window.until_text("file-state", "saved", |text| text.contains("saved") && !text.contains("not saved")).await?;
    Ok(std::fs::read_to_string(window.file())?)
}

async fn until_selected(window: &Window, id: &str) -> Result<()> {
    let script = format!("return document.querySelector('[data-test=\"node-{id}\"]')?.ariaSelected === 'true'");
    window.until(&format!("{id} to be selected"), &script).await
}

/// A field that has the focus and all of its text marked: typing replaces it.
async fn until_marked(window: &Window, name: &str) -> Result<()> {
    let script = format!(
        "const i = document.querySelector('[data-test=\"{name}\"]');
         return i !== null && i === document.activeElement && i.selectionEnd - i.selectionStart === i.value.length"
    );
    window.until(&format!("{name} to be marked"), &script).await
}

#[tokio::test]
async fn nodes_are_copied_pasted_and_doubled_and_each_is_one_step() -> Result<()> {
    open("clipboard", async |window| {
        window.click("node-handler").await?;
        window.press(&chord(CONTROL, "c")).await?;
        window.press(&chord(CONTROL, "v")).await?;
        window.find("node-handler-2").await?;
        // It reads the same topic as a group of its own.
        window.find("edge-ticks-handler-2").await?;
        until_selected(window, "handler-2").await?;
        window.press(&chord(CONTROL, "d")).await?;
        window.find("node-handler-3").await?;
        let text = save(window).await?;
        ensure!(text.contains("handler-3:"), "the copies were not saved:\n{text}");
        window.press(&chord(CONTROL, "z")).await?;
        window.press(&chord(CONTROL, "z")).await?;
        window
            .until("both copies to go", "return document.querySelectorAll('[data-test^=\"node-\"]').length === 3")
            .await?;
        let text = save(window).await?;
        ensure!(text == placed(), "undo left something behind:\n{text}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn boxes_snap_align_and_are_nudged_in_one_step() -> Result<()> {
    open("align", async |window| {
        // Dropped a little off the row of the others, it comes into line.
        let (x, y) = window.middle("node-ticks").await?;
        window.drag((x, y), (x + 60, y - 30)).await?;
        let at = window.attribute("node-ticks", "data-y").await?;
        ensure!(at.as_deref() == Some("0"), "ticks did not snap to the others' row: {at:?}");
        window.press(&chord(CONTROL, "z")).await?;
        window.press(&chord(CONTROL, "a")).await?;
        window.press(&chord(ALT, "s")).await?;
        let lower = "const y = [...document.querySelectorAll('[data-test^=\"node-\"]')].map(n => n.dataset.y); return new Set(y).size === 1";
        window.until("all to stand on one line", lower).await?;
        window.press(&chord(CONTROL, "z")).await?;
        window.until("ticks to be back", "return document.querySelector('[data-test=\"node-ticks\"]').dataset.y === '33'").await?;

        window.click("node-clock").await?;
        for _ in 0..3 {
            window.press(RIGHT).await?;
        }
        window.until("three nudges", "return document.querySelector('[data-test=\"node-clock\"]').dataset.x === '6'").await?;
        window.press(&chord(CONTROL, "z")).await?;
        window.until("one step back", "return document.querySelector('[data-test=\"node-clock\"]').dataset.x === '0'").await?;

        // Alt and an arrow lead to the neighbour, Tab follows the messages.
        window.press(&chord(ALT, RIGHT)).await?;
        until_selected(window, "ticks").await?;
        window.press(&chord(ALT, LEFT)).await?;
        until_selected(window, "clock").await?;
        window.script("document.querySelector('[data-test=canvas]').focus(); return 0", vec![]).await?;
        window.press(TAB).await?;
        until_selected(window, "ticks").await
    })
    .await
}

#[tokio::test]
async fn lines_are_drawn_backwards_and_nodes_come_between() -> Result<()> {
    open("between", async |window| {
        // Out of the left side of the topic: what could come before it.
        window.click("node-ticks").await?;
        let from = window.middle("handle-in-ticks").await?;
        window.drag(from, (from.0 - 60, from.1 + 160)).await?;
        window.find("add-list-producer").await?;
        ensure!(window.count("add-list-service").await? == 0, "a service cannot come before a topic");
        window.click("add-list-producer").await?;
        window.find("edge-producer-ticks").await?;
        window.press(&chord(CONTROL, "z")).await?;

        // An exchange from the palette onto the line from clock to ticks.
        let (clock, ticks) = (window.middle("node-clock").await?, window.middle("node-ticks").await?);
        let palette = window.middle("add-exchange").await?;
        window.drag(palette, ((clock.0 + ticks.0) / 2, (clock.1 + ticks.1) / 2)).await?;
        window.find("edge-clock-exchange").await?;
        window.find("edge-exchange-ticks").await?;
        let gone = "return !document.querySelector('[data-test=\"edge-clock-ticks\"]')";
        window.until("the old line to go", gone).await?;
        // Deleting it with its gap closed brings the line back.
        window.click("node-exchange").await?;
        window.press(&chord(CONTROL, "\u{e003}")).await?;
        window.find("edge-clock-ticks").await.map(|_| ())
    })
    .await
}

#[tokio::test]
async fn brokers_have_frames_and_comments_stand_on_the_drawing() -> Result<()> {
    open("frames", async |window| {
        window.click("node-ticks").await?;
        window.press(&chord(CONTROL, "g")).await?;
        until_marked(window, "rename-broker").await?;
        window.press("log").await?;
        window.press(ENTER).await?;
        window.find("frame-log").await?;
        // The label selects and carries what is in the frame.
        window.press(ESCAPE).await?;
        let (x, y) = window.middle("frame-log").await?;
        window.drag((x, y), (x, y + 99)).await?;
        until_selected(window, "ticks").await?;
        window
            .until(
                "the topic to go along",
                "return +document.querySelector('[data-test=\"node-ticks\"]').dataset.y > 100",
            )
            .await?;

        window.press(ESCAPE).await?;
        window.press(&chord(CONTROL, "/")).await?;
        until_marked(window, "comment-text").await?;
        window.press("Every minute.").await?;
        window.press(&chord(CONTROL, ENTER)).await?;
        window.until_text("comment-note", "its text", |text| text.contains("Every minute.")).await?;
        let text = save(window).await?;
        ensure!(text.contains("broker: log") && text.contains("Every minute."), "not saved:\n{text}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_searched_is_found_and_all_keys_are_told() -> Result<()> {
    open("find", async |window| {
        window.press(&chord(CONTROL, "f")).await?;
        window.find("find-input").await?.send_keys("kind:topic").await?;
        window.find("found-ticks").await?;
        window.press(ENTER).await?;
        until_selected(window, "ticks").await?;
        window.press(ESCAPE).await?;
        window.until("the field to close", "return !document.querySelector('[data-test=find]')").await?;
        window.press("?").await?;
        let told = window.text("sheet").await?;
        ensure!(told.contains("Duplicate") && told.contains("Alt"), "the sheet says: {told}");
        window.press(ESCAPE).await?;
        window.until("the sheet to close", "return !document.querySelector('[data-test=sheet]')").await
    })
    .await
}
