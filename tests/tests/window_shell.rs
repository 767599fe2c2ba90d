//! The window's frame: a crash loses nothing, other programs' changes are seen, preferences hold, a second start comes to
//! the first, and everyone can use it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::flows::{SMALL, example};
use thalweg_tests::wait::wait_for;
use thalweg_tests::window::{Opening, Window};

const ESCAPE: &str = "\u{e00c}";

async fn until_state(window: &Window, word: &str) -> Result<()> {
    window.until_text("file-state", word, |text| text.contains(word)).await.map(|_| ())
}

/// Runs a command as a person finds it: in the palette, by the name of its mark.
async fn command(window: &Window, id: &str) -> Result<()> {
    window.click("search").await?;
    window.find("palette-input").await?;
    window.click(&format!("palette-{id}")).await
}

/// Chooses an option of a preference, by its place in the list.
async fn prefer(window: &Window, preference: &str, option: usize) -> Result<()> {
    window.find(&format!("preference-{preference}")).await?;
    let script = "const e = document.querySelector(`[data-test='preference-${arguments[0]}']`);
        e.selectedIndex = arguments[1]; e.dispatchEvent(new Event('change', { bubbles: true })); return 0";
    window.script(script, vec![preference.into(), option.into()]).await.map(|_| ())
}

/// The texts that an app keeps because they are not saved.
fn kept(data: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).map(|all| all.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
    };
    let is_text = |path: &PathBuf| path.to_string_lossy().ends_with(".flow.yaml");
    entries(&data.join("thalweg.recovery")).iter().flat_map(|folder| entries(folder)).filter(is_text).collect()
}

#[tokio::test]
async fn a_crash_loses_nothing() -> Result<()> {
    let home = tempfile::tempdir()?;
    let source = example("checkout");
    let before = fs::read_to_string(&source)?;
    let wanted = before.replacen("instances: 6", "instances: 7", 1);
    ensure!(wanted != before, "the example changed: it has no `instances: 6`");
    let file = home.path().join("checkout.flow.yaml");

    Opening::new("crash")
        .on(&source)
        .in_folder(home.path())
        .run(async |window| {
            window.click("node-payment").await?;
            window.fill("field-instances", "7").await?;
            until_state(window, "edited").await?;
            wait_for("the text to be kept", || {
                kept(home.path())
                    .iter()
                    .any(|kept| fs::read_to_string(kept).is_ok_and(|t| t.ends_with(&wanted)))
                    .then_some(())
            })?;
            window.kill_app()
        })
        .await?;
    ensure!(fs::read_to_string(&file)? == before, "the file itself was written");

    Opening::new("restored")
        .in_folder(home.path())
        .run(async |window| {
            window.find("dialog").await?;
            window.click("dialog-later").await?;
            window.find("start-recovered").await?;
            window.click("restore-checkout.flow.yaml").await?;
            until_state(window, "edited").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-instances").await? == "7", "the edit is not there");
            // A page that is loaded anew in the midst of it has it too.
            window.script("window.beforeTheReload = true; location.reload(); return 0", vec![]).await?;
            window
                .until("a new page", "return !window.beforeTheReload && document.body.dataset.ready === 'true'")
                .await?;
            until_state(window, "edited").await?;
            command(window, "save").await?;
            until_state(window, "saved").await
        })
        .await?;
    ensure!(fs::read_to_string(&file)? == wanted, "what was restored and saved is something else");

    Opening::new("after-restored")
        .in_folder(home.path())
        .run(async |window| {
            window.find("start-page").await?;
            ensure!(
                window.count("start-recovered").await? == 0 && window.count("dialog").await? == 0,
                "it is offered again"
            );
            ensure!(kept(home.path()).is_empty(), "what was saved is still kept");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn what_other_programs_write_is_seen_when_the_window_comes_to_the_front() -> Result<()> {
    let focus = "window.dispatchEvent(new Event('focus')); return 0";
    Opening::new("changed")
        .on(&example("checkout"))
        .run(async |window| {
            let other = |from: &str, to: &str| -> Result<()> {
                let text = fs::read_to_string(window.file())?;
                ensure!(text.contains(from), "the example has no `{from}`");
                fs::write(window.file(), text.replacen(from, to, 1)).context("cannot write")
            };
            window.click("node-payment").await?;
            other("instances: 6", "instances: 8")?;
            window.script(focus, vec![]).await?;
            window.find("toast").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-instances").await? == "8", "the other program's text was not read");
            until_state(window, "saved").await?;

            // With changes of one's own it is a question, and both answers can be lived with.
            window.fill("field-instances", "9").await?;
            until_state(window, "edited").await?;
            other("instances: 8", "instances: 10")?;
            window.script(focus, vec![]).await?;
            window.click("dialog-keep-mine").await?;
            ensure!(window.value("field-instances").await? == "9", "mine was not kept");
            window.script(focus, vec![]).await?;
            ensure!(window.count("dialog").await? == 0, "the same change is asked about twice");
            other("instances: 10", "instances: 11")?;
            window.script(focus, vec![]).await?;
            window.click("dialog-take-theirs").await?;
            until_state(window, "saved").await?;
            command(window, "undo").await?;
            window.click("node-payment").await?;
            ensure!(window.value("field-instances").await? == "9", "undo did not bring mine back");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn preferences_hold_at_once_and_the_next_time() -> Result<()> {
    let home = tempfile::tempdir()?;
    Opening::new("preferences")
        .on(&example("checkout"))
        .in_folder(home.path())
        .run(async |window| {
            let design = window.text("rail-design").await?;
            ensure!(design == "Design", "the window does not begin in English: {design}");
            command(window, "preferences").await?;
            window.find("preferences").await?;
            prefer(window, "language", 2).await?;
            window.until("German", "return document.documentElement.lang === 'de'").await?;
            // Built anew from its state: the dialog is still open, the flow too.
            window.until_text("preferences", "German words", |text| text.contains("Einstellungen")).await?;
            prefer(window, "theme", 2).await?;
            window.until("light", "return document.documentElement.dataset.theme === 'light'").await?;
            window.press(ESCAPE).await?;
            window.until("no dialog", "return !document.querySelector('[data-test=preferences]')").await?;
            window.find("node-payment").await.map(|_| ())
        })
        .await?;
    Opening::new("preferences-again")
        .in_folder(home.path())
        .run(async |window| {
            window.until_text("start-page", "German words", |text| text.to_lowercase().contains("muster")).await?;
            window.until("light", "return document.documentElement.dataset.theme === 'light'").await
        })
        .await
}

#[tokio::test]
async fn a_second_start_hands_its_file_to_the_first() -> Result<()> {
    let cli = thalweg_tests::cli::Cli::new()?;
    let file = cli.write("second.flow.yaml", SMALL)?;
    Opening::new("second-start")
        .with_bus()
        .run(async |window| {
            window.find("start-page").await?;
            let ended = window.start_again(Some(&file))?;
            ensure!(ended.success(), "the second start ended with {ended}");
            window.find("node-handler").await?;
            window.until_text("file-state", "the file", |text| text.contains("second.flow.yaml")).await.map(|_| ())
        })
        .await
}

#[tokio::test]
async fn the_tour_shows_five_places_and_is_left_at_any_time() -> Result<()> {
    Opening::new("tour")
        .run(async |window| {
            window.click("start-tour").await?;
            // It needs a flow to stand on, and opens one.
            window.find("node-payment").await?;
            // A step is placed in the frame behind the one in which it is written.
            let stands = "const { x, y } = document.querySelector('[data-test=tour-next]').getBoundingClientRect();
                const before = window.stood; window.stood = `${x} ${y}`; return before === window.stood";
            for step in 1..=5 {
                window.until_text("tour-step", "its step", |text| text.contains(&format!("{step} of 5"))).await?;
                window.until("the step to stand still", stands).await?;
                window.click("tour-next").await?;
            }
            window.until("the tour to be over", "return !document.querySelector('[data-test=tour]')").await?;
            command(window, "tour").await?;
            window.click("tour-next").await?;
            window.press(ESCAPE).await?;
            window.until("the tour to be left", "return !document.querySelector('[data-test=tour]')").await?;
            // Who took it is not offered it again.
            command(window, "close-document").await?;
            window.find("start-page").await?;
            ensure!(window.count("welcome").await? == 0, "the tour is offered again");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn the_start_page_draws_what_it_offers() -> Result<()> {
    Opening::new("start-drawn")
        .run(async |window| {
            window.find("template-outbox").await?;
            window
                .until(
                    "every flow to be drawn",
                    "const all = [...document.querySelectorAll('.card')];
                return all.length >= 18 && all.every(card => card.querySelectorAll('.thumbnail rect').length > 2)",
                )
                .await?;
            window.click("template-outbox").await?;
            window.find("node-mail-gateway").await?;
            until_state(window, "not saved yet").await
        })
        .await
}

#[tokio::test]
async fn everyone_can_use_it() -> Result<()> {
    Opening::new("axe")
        .on(&example("checkout"))
        .run(async |window| {
            let mut found = Vec::new();
            for theme in ["dark", "light"] {
                window.click("open-menu").await?;
                window.click(&format!("theme-{theme}")).await?;
                let mut look = async |what: &str| -> Result<()> {
                    found.extend(window.axe().await?.into_iter().map(|line| format!("{theme}, {what}: {line}")));
                    Ok(())
                };
                window.click("rail-design").await?;
                window.click("node-payment").await?;
                look("design").await?;
                command(window, "preferences").await?;
                look("preferences").await?;
                window.press(ESCAPE).await?;
                command(window, "tour").await?;
                look("tour").await?;
                window.press(ESCAPE).await?;
                window.click("search").await?;
                window.find("palette-input").await?;
                look("palette").await?;
                window.press(ESCAPE).await?;
                window.click("rail-simulate").await?;
                look("simulate").await?;
                window.click("rail-traces").await?;
                look("traces").await?;
            }
            command(window, "show-design").await?;
            command(window, "close-document").await?;
            window.find("start-page").await?;
            found.extend(window.axe().await?.into_iter().map(|line| format!("start page: {line}")));
            ensure!(found.is_empty(), "axe-core found:\n{}", found.join("\n"));
            Ok(())
        })
        .await
}
