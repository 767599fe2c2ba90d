//! The window as a drawing board: open, look, edit, undo, save, and nothing lost on the way.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::flows::{SMALL, example};
use thalweg_tests::window::{Opening, Window};

const CONTROL: char = '\u{e009}';
const DELETE: &str = "\u{e017}";
const ENTER: &str = "\u{e007}";

/// Ctrl with a letter, as WebDriver spells it.
fn ctrl(letter: char) -> String {
    format!("{CONTROL}{letter}")
}

/// Runs a command as a person finds it: in the palette, by the name of its mark.
async fn command(window: &Window, id: &str) -> Result<()> {
    window.click("search").await?;
    window.find("palette-input").await?;
    window.click(&format!("palette-{id}")).await
}

async fn until_state(window: &Window, word: &str) -> Result<()> {
    window.until_text("file-state", word, |text| text.contains(word)).await.map(|_| ())
}

#[tokio::test]
async fn an_edit_is_undone_redone_and_saved_and_the_rest_of_the_file_stays() -> Result<()> {
    let file = example("checkout");
    Opening::new("edit")
        .on(&file)
        .run(async |window| {
            window.until_text("flow-name", "Checkout", |text| text.contains("Checkout")).await?;
            until_state(window, "saved").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-instances").await? == "6", "the inspector shows another number of instances");

            window.fill("field-instances", "7").await?;
            until_state(window, "edited").await?;
            command(window, "undo").await?;
            until_state(window, "saved").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-instances").await? == "6", "undo left the field as it was");
            command(window, "redo").await?;
            until_state(window, "edited").await?;

            window.click("node-payment").await?;
            window.press(&ctrl('z')).await?;
            until_state(window, "saved").await?;
            window.click("node-payment").await?;
            window.press(&ctrl('y')).await?;
            until_state(window, "edited").await?;
            window.press(&ctrl('s')).await?;
            until_state(window, "saved").await?;
            let before = std::fs::read_to_string(&file)?;
            let after = std::fs::read_to_string(window.file())?;
            let expected = before.replacen("instances: 6", "instances: 7", 1);
            ensure!(expected != before, "the example changed: it has no `instances: 6`");
            ensure!(after == expected, "saving changed more than the one number:\n{after}");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_the_field() -> Result<()> {
    Opening::new("field-error")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("node-payment").await?;
            window.fill("field-instances", "-3").await?;
            let complaint = window.text("field-error-instances").await?;
            ensure!(!complaint.is_empty(), "nothing is said about -3 instances");
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn nodes_are_added_renamed_moved_connected_and_deleted() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("small.flow.yaml", SMALL)?;
    Opening::new("nodes").on(&file).run(async |window| {
        let nodes = "return document.querySelectorAll('[data-test^=\"node-\"]').length";
        window.find("node-handler").await?;
        ensure!(window.script(nodes, vec![]).await? == 3, "the small flow has three nodes");

        // A second handler, found by typing.
        window.click("node-handler").await?;
        window.press("n").await?;
        window.find("add-input").await?.send_keys("consumer").await?;
        window.press(ENTER).await?;
        window.until("a fourth node", "return document.querySelectorAll('[data-test^=\"node-\"]').length === 4").await?;
        window.until("its name to be typed", "return document.activeElement.matches('[data-test=rename], [data-test=add-input]') || document.querySelector('[data-test=rename-node]') !== null").await?;

        // Moving changes where it is, and the file says so.
        let before = window.attribute("node-clock", "data-y").await?;
        let (x, y) = window.middle("node-clock").await?;
        window.drag((x, y), (x, y + 120)).await?;
        let after = window.attribute("node-clock", "data-y").await?;
        ensure!(before != after, "the node was dragged and stays at {before:?}");
        until_state(window, "edited").await?;

        // Deleting takes the lines along.
        window.find("edge-ticks-handler").await?;
        window.click("node-handler").await?;
        window.press(DELETE).await?;
        window.until("the node and its line to go", "return !document.querySelector('[data-test=\"node-handler\"]') && !document.querySelector('[data-test=\"edge-ticks-handler\"]')").await?;
        command(window, "undo").await?;
        window.find("node-handler").await?;
        window.find("edge-ticks-handler").await?;

        command(window, "save").await?;
        until_state(window, "saved").await?;
        let text = std::fs::read_to_string(window.file())?;
        ensure!(text.contains("layout:"), "the position was not saved:\n{text}");
        let checked = cli.run(&["check", &window.file().display().to_string()])?;
        ensure!(checked.code == 0 || checked.code == 1, "what the window saved cannot be read: {checked}");
        Ok(())
    }).await
}

#[tokio::test]
async fn a_line_is_drawn_from_handle_to_node() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let text = SMALL.replace("scenarios:", "  spare: { kind: queue }\nlayout: { clock: [0, 0], ticks: [300, 0], handler: [600, 0], spare: [300, 200] }\nscenarios:");
    let file = cli.write("small.flow.yaml", &text)?;
    Opening::new("connect")
        .on(&file)
        .run(async |window| {
            window.click("node-clock").await?;
            let from = window.middle("handle-clock").await?;
            let to = window.middle("node-spare").await?;
            window.drag(from, to).await?;
            window.find("edge-clock-spare").await?;
            command(window, "save").await?;
            until_state(window, "saved").await?;
            let text = std::fs::read_to_string(window.file())?;
            ensure!(text.contains("to: spare"), "the line was not saved:\n{text}");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn the_view_zooms_and_fits_and_themes_change() -> Result<()> {
    Opening::new("view")
        .on(&example("checkout"))
        .run(async |window| {
            window.click("zoom-level").await?;
            let level = window.text("zoom-level").await?;
            window.click("zoom-in").await?;
            window.until_text("zoom-level", "another level", |text| text != level).await?;
            window.click("zoom-fit").await?;
            for theme in ["light", "dark"] {
                window.click("open-menu").await?;
                window.click(&format!("theme-{theme}")).await?;
                window.until(theme, &format!("return document.documentElement.dataset.theme === '{theme}'")).await?;
                // Colours come from the tokens of the theme.
                let background =
                    window.script("return getComputedStyle(document.body).backgroundColor", vec![]).await?;
                let colour = background.as_str().context("no colour")?;
                let bright = colour
                    .split(|c: char| !c.is_ascii_digit())
                    .filter_map(|n| n.parse::<u32>().ok())
                    .take(3)
                    .sum::<u32>()
                    > 384;
                ensure!(bright == (theme == "light"), "the {theme} theme has the background {colour}");
            }
            Ok(())
        })
        .await
}

#[tokio::test]
async fn without_a_file_there_is_a_way_to_begin() -> Result<()> {
    Opening::new("start")
        .run(async |window| {
            window.find("start-page").await?;
            window.click("example-checkout").await?;
            window.find("node-payment").await?;
            until_state(window, "not saved yet").await?;
            // Leaving what is not saved is asked about; staying keeps it.
            window.click("node-payment").await?;
            window.fill("field-instances", "9").await?;
            window.click("open-menu").await?;
            window.click("menu-new").await?;
            window.find("dialog").await?;
            window.click("dialog-cancel").await?;
            window.find("node-payment").await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn a_page_loaded_anew_comes_back_on_its_file() -> Result<()> {
    Opening::new("reload")
        .on(&example("checkout"))
        .run(async |window| {
            window.find("node-payment").await?;
            window.script("window.beforeTheReload = true; location.reload(); return 0", vec![]).await?;
            window
                .until("a new page", "return !window.beforeTheReload && document.body.dataset.ready === 'true'")
                .await?;
            window.find("node-payment").await?;
            until_state(window, "saved").await
        })
        .await
}

#[tokio::test]
async fn a_broken_file_opens_with_its_problems_and_is_not_touched() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let text = SMALL.replace("partitions: 2", "partitons: 2");
    let file = cli.write("broken.flow.yaml", &text)?;
    Opening::new("broken")
        .on(&file)
        .run(async |window| {
            window.find("problem-0").await?;
            let told = window.text("problems").await?;
            ensure!(told.contains("partitons") && told.contains("partitions"), "the problems say: {told}");
            ensure!(std::fs::read_to_string(window.file())? == text, "the file was changed");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_file_that_is_no_text_is_refused_in_words() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("binary.flow.yaml", [0xff_u8, 0xfe, 0, 1].repeat(1000))?;
    Opening::new("binary")
        .on(&file)
        .run(async |window| {
            let told = window
                .find_css("[data-test=dialog], [data-test=toast-error], [data-test=problem-0]")
                .await?
                .text()
                .await?;
            ensure!(told.contains("binary.flow.yaml") || told.contains("UTF-8"), "it says: {told}");
            Ok(())
        })
        .await
}
