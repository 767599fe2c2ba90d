//! Five hundred random edits and gestures leave a document that can be read, and no error on the console.
//!
//! The steps follow from a seed; a failure names it and the steps that led there, so that they can be done again. Another
//! seed is chosen with `THALWEG_SEED`.

use std::env;

use anyhow::{Context as _, Result, ensure};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use serde_json::Value;
use thalweg_tests::flows::example;
use thalweg_tests::programs::soak_factor;
use thalweg_tests::window::{Opening, Window};

const STEPS: u32 = 500;
const SEED: u64 = 20_261_130;

/// What is kept of errors from the first step on.
const LISTEN: &str = "window.monkeyHeard = [];
    const heard = (...words) => window.monkeyHeard.push(words.map(String).join(' '));
    const before = console.error.bind(console);
    console.error = (...words) => { heard(...words); before(...words); };
    addEventListener('error', event => heard(event.message));
    addEventListener('unhandledrejection', event => heard(event.reason));
    return 0";

/// Everything that can be pressed at: the canvas's elements and the window's buttons, but nothing that leaves the
/// document or opens a dialog of the system, which no WebDriver can answer.
const TARGETS: &str = "
    const never = /^(menu-(new|open|save|close|example)|palette-(new|open|save|close|reload)|recent-|dialog-save|dialog-discard|dialog-overwrite|open-menu|search|tour|start-)/;
    return [...document.querySelectorAll('[data-test]')]
        .filter(e => !e.disabled && !never.test(e.dataset.test) && e.getClientRects().length > 0)
        .map(e => { const r = e.getBoundingClientRect();
            return [e.dataset.test, Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]; })
        .filter(([, x, y]) => x > 0 && y > 0 && x < innerWidth && y < innerHeight)";

/// Keys that mean something somewhere: letters of shortcuts, Escape, Enter, Tab, Delete, arrows, and chords of Ctrl.
const KEYS: [&str; 20] = [
    "n",
    "f",
    "1",
    "\u{e00c}",
    "\u{e00c}",
    "\u{e007}",
    "\u{e004}",
    "\u{e017}",
    "\u{e012}",
    "\u{e013}",
    "\u{e014}",
    "\u{e015}",
    "\u{e031}",
    "\u{e009}z",
    "\u{e009}z",
    "\u{e009}y",
    "\u{e009}a",
    "\u{e009}=",
    "\u{e009}-",
    "\u{e008}\u{e012}",
];

/// What is typed into fields: values that fit somewhere and values that fit nowhere.
const TYPED: [&str; 8] = ["7", "40ms", "2/s", "consumer", "-1", "x: [", "50%", "queue"];

/// Numbers from a seed (xorshift64*, Vigna 2016).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % end.max(1)
    }

    /// A coordinate on the canvas.
    fn pixel(&mut self, room: usize) -> i64 {
        60 + i64::try_from(self.below(room)).unwrap_or(0)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len());
        all.get(at)
    }
}

#[tokio::test]
async fn five_hundred_random_steps_leave_a_whole_document_and_no_error() -> Result<()> {
    let seed = env::var("THALWEG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
    let cli = thalweg_tests::cli::Cli::new()?;
    Opening::new("monkey")
        .on(&example("checkout"))
        .run(async |window| {
            window.find("node-payment").await?;
            window.script(LISTEN, vec![]).await?;
            let mut chance = Chance(seed);
            let mut done = Vec::new();
            for _ in 0..STEPS * soak_factor() {
                let step = step(window, &mut chance).await;
                let step = step.with_context(|| format!("seed {seed}, after {done:#?}"))?;
                done.push(step);
                let heard = window.script("return window.monkeyHeard", vec![]).await?;
                let silent = heard.as_array().is_some_and(Vec::is_empty);
                ensure!(silent, "seed {seed}: the page complains {heard} after {done:#?}");
            }
            // Whatever is open is left; what is there then is written and read by another program.
            for _ in 0..3 {
                window.press("\u{e00c}").await?;
            }
            window.script("document.activeElement?.blur(); return 0", vec![]).await?;
            window.click("rail-design").await?;
            window.press("\u{e009}s").await?;
            window.until_text("file-state", "saved", |text| text.contains("saved")).await?;
            let file = window.file().display().to_string();
            let checked = cli.run(&["check", &file])?;
            ensure!(checked.code == 0 || checked.code == 1, "seed {seed}: what is left cannot be read: {checked}");
            Ok(())
        })
        .await
}

/// Does something by chance and says what.
async fn step(window: &Window, chance: &mut Chance) -> Result<String> {
    let targets = window.script(TARGETS, vec![]).await?;
    let targets: Vec<(String, (i64, i64))> = targets.as_array().into_iter().flatten().filter_map(target).collect();
    match chance.below(10) {
        0..=3 => {
            let Some((name, point)) = chance.of(&targets).cloned() else { return Ok("nothing to press".to_owned()) };
            window.drag(point, point).await?;
            Ok(format!("press {name}"))
        }
        4..=6 => {
            let Some((name, from)) = chance.of(&targets).cloned() else { return Ok("nothing to drag".to_owned()) };
            let to = match chance.of(&targets) {
                Some((_, to)) if chance.below(2) == 0 => *to,
                _ => (chance.pixel(1000), chance.pixel(560)),
            };
            window.drag(from, to).await?;
            Ok(format!("drag {name} to {to:?}"))
        }
        7 => {
            let typed = chance.of(&TYPED).copied().unwrap_or_default();
            type_keys(window, typed).await?;
            Ok(format!("type {typed}"))
        }
        _ => {
            let keys = chance.of(&KEYS).copied().unwrap_or_default();
            type_keys(window, keys).await?;
            Ok(format!("keys {}", keys.escape_unicode()))
        }
    }
}

/// Types as a keyboard does, wherever the focus is; Ctrl and Shift are held for what follows them.
async fn type_keys(window: &Window, keys: &str) -> Result<()> {
    let is_held = |key: &char| matches!(key, '\u{e008}' | '\u{e009}');
    let mut actions = KeyActions::new("keyboard".into());
    for value in keys.chars() {
        actions = actions.then(KeyAction::Down { value });
        if !is_held(&value) {
            actions = actions.then(KeyAction::Up { value });
        }
    }
    for value in keys.chars().filter(is_held) {
        actions = actions.then(KeyAction::Up { value });
    }
    window.client().perform_actions(actions).await.context("cannot type")
}

fn target(value: &Value) -> Option<(String, (i64, i64))> {
    Some((value[0].as_str()?.to_owned(), (value[1].as_i64()?, value[2].as_i64()?)))
}
