//! Tidying in the window: by key and by button, as one step, all or only what is selected.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::flows::SMALL;
use thalweg_tests::window::{Opening, Window};

const CONTROL: char = '\u{e009}';

/// The small flow, drawn the wrong way round, with the third box upon the second.
fn untidy() -> String {
    format!("{}\nlayout: {{ clock: [700, 300], ticks: [300, 40], handler: [340, 70] }}\n", SMALL.trim_end())
}

async fn place(window: &Window, node: &str) -> Result<[f64; 2]> {
    let mut place = [0.0; 2];
    for (value, name) in place.iter_mut().zip(["data-x", "data-y"]) {
        *value = window.attribute(node, name).await?.context("a node without its place")?.parse()?;
    }
    Ok(place)
}

/// Waits until the box has walked to where the document puts it.
async fn until_left_of(window: &Window, left: &str, right: &str) -> Result<()> {
    let x = |name: &str| format!("Number(document.querySelector('[data-test=\"{name}\"]').dataset.x)");
    window.until("the boxes to stand from left to right", &format!("return {} + 150 < {}", x(left), x(right))).await
}

#[tokio::test]
async fn a_drawing_is_tidied_in_one_step_that_is_saved_and_undone() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("small.flow.yaml", untidy())?;
    Opening::new("tidy")
        .on(&file)
        .run(async |window| {
            window.find("node-clock").await?;
            window.click("canvas").await?;
            window.press("t").await?;
            until_left_of(window, "node-clock", "node-ticks").await?;
            until_left_of(window, "node-ticks", "node-handler").await?;
            let rows = [place(window, "node-clock").await?, place(window, "node-handler").await?];
            ensure!((rows[0][1] - rows[1][1]).abs() < 0.5, "a chain is not straight: {rows:?}");

            window.press(&format!("{CONTROL}s")).await?;
            window.until_text("file-state", "saved", |text| text.contains("saved")).await?;
            let saved = std::fs::read_to_string(window.file())?;
            let checked = cli.run(&["layout", "--check", &window.file().display().to_string()])?;
            ensure!(saved != untidy() && checked.code <= 1, "{checked}\n{saved}");

            // A tidy drawing stays: no step, nothing to save.
            window.click("tidy").await?;
            window.find("toast").await?;
            window.until_text("file-state", "saved", |text| text.contains("saved")).await?;

            window.press(&format!("{CONTROL}z")).await?;
            window
                .until(
                    "the boxes to be back",
                    "return document.querySelector('[data-test=node-clock]').dataset.x === '700'",
                )
                .await
        })
        .await
}

#[tokio::test]
async fn only_selected_boxes_move_when_there_are_several() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("small.flow.yaml", untidy())?;
    Opening::new("tidy-some")
        .on(&file)
        .run(async |window| {
            let before = place(window, "node-clock").await?;
            // The list of boxes below the pointer is not needed: Shift adds.
            window.click("node-handler").await?;
            let script = "const box = document.querySelector('[data-test=node-ticks]');
                for (const type of ['pointerdown', 'pointerup']) {
                    box.dispatchEvent(new PointerEvent(type, { bubbles: true, shiftKey: true, button: 0, pointerId: 1,
                        clientX: box.getBoundingClientRect().x + 4, clientY: box.getBoundingClientRect().y + 4 }));
                }
                return 0";
            window.script(script, vec![]).await?;
            window
                .until(
                    "two selected boxes",
                    "return document.querySelectorAll('[data-test^=node-][aria-selected=true]').length === 2",
                )
                .await?;
            window.click("tidy").await?;
            until_left_of(window, "node-ticks", "node-handler").await?;
            let moved =
                before.iter().zip(place(window, "node-clock").await?).any(|(then, now)| (then - now).abs() > 1e-6);
            ensure!(!moved, "a box moved that was not selected");
            Ok(())
        })
        .await
}

/// How far right of the last box the first one is drawn, in widths of a box: whatever the zoom is.
const APART: &str = "(([a, b]) => (a.left - b.left) / a.width)(['clock', 'handler'].map(name =>
    document.querySelector(`[data-test=node-${name}]`).getBoundingClientRect()))";

/// Tidies, and stops the page's clock long after the boxes have arrived, so that a box on its way can be met wherever
/// the test wants it; returns how far apart the boxes are.
async fn tidied_with_the_clock_stopped(window: &Window) -> Result<f64> {
    window.click("tidy").await?;
    until_left_of(window, "node-clock", "node-ticks").await?;
    let script = "const [done] = arguments;
        window.stands = performance.now() + 1000;
        performance.now = () => window.stands;
        requestAnimationFrame(() => requestAnimationFrame(() => done(0)))";
    window.client().execute_async(script, vec![]).await?;
    window.script(&format!("return {APART}"), vec![]).await?.as_f64().context("no distance")
}

#[tokio::test]
async fn boxes_walk_back_when_tidying_is_undone() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("small.flow.yaml", untidy())?;
    // In the document the first box is right of the last one; tidied, it is left of it.
    let undo = async |window: &Window| -> Result<()> {
        window.press(&format!("{CONTROL}z")).await?;
        window.until_text("toast", "what was undone", |text| text.contains("Tidy")).await.map(|_| ())
    };
    Opening::new("undo-walks")
        .on(&file)
        .run(async |window| {
            let tidy = tidied_with_the_clock_stopped(window).await?;
            ensure!(tidy < -1.0, "the boxes are {tidy} apart");
            undo(window).await?;
            let begin = window.script(&format!("return {APART}"), vec![]).await?.as_f64().context("no distance")?;
            ensure!((begin - tidy).abs() < 0.02, "the box begins at {begin}, it stood at {tidy}");
            window.script("window.stands += 60; return 0", vec![]).await?;
            window
                .until("the box to be on its way", &format!("return {APART} > {tidy} + 0.1 && {APART} < 1.9"))
                .await?;
            window.script("window.stands += 1000; return 0", vec![]).await?;
            window.until("the box to arrive", &format!("return {APART} > 2")).await
        })
        .await?;
    Opening::new("undo-jumps")
        .calm()
        .on(&file)
        .run(async |window| {
            tidied_with_the_clock_stopped(window).await?;
            undo(window).await?;
            window.until("the box to be back at once", &format!("return {APART} > 2")).await
        })
        .await
}
