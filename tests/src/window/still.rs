//! The window as it is on pictures: both themes, nothing moving, and fixed words where it tells of the moment or the
//! machine.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use fantoccini::actions::{InputSource as _, MouseActions, PointerAction};
use serde_json::json;

use super::{Opening, Window};
use crate::picture;
use crate::wait::wait_for_async;

/// The names of both themes.
pub const THEMES: [&str; 2] = ["dark", "light"];

/// What differs from run to run: elements, what is replaced in their texts, and by what.
const FIXED: &[[&str; 3]] = &[
    // Temporary folders, in the top bar and on the start page.
    ["[data-test=file-state], .recent .path", r"^/\S*/", "~/flows/"],
    [".recent .when", r".+", "Nov 30, 2026, 9:41 AM"],
    // Ports are whatever is free; how many spans come in a second depends on when one looks.
    ["[data-test=receiver] .words", r".+", "OTLP 4317 · 0 spans/s"],
    // How long the run took.
    ["[data-test=status-run]", r"in [\d.,]+ (ms|s)\b", "in 480 ms"],
    // Names of traces are drawn by chance.
    ["[data-test=traces]", r"\b[0-9a-f]{8}…[0-9a-f]{4}\b", "4ef6d5c2…2032"],
    ["[data-test=traces]", r"\b[0-9a-f]{32}\b", "4ef6d5c23ea0fca0f54f33dc5d3a2032"],
    // When a trace began.
    ["[data-test=traces]", r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(\.\d{3})?", "09:41:00"],
];

/// Puts the fixed words in place and says what still keeps the page from being still; an empty text when nothing does.
const STILL: &str = r"
    document.documentElement.style.caretColor = 'transparent';
    for (const [css, pattern, words] of arguments[0]) {
        for (const element of document.querySelectorAll(css)) {
            const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) {
                const text = texts.currentNode.data.replace(new RegExp(pattern, 'g'), words);
                if (text !== texts.currentNode.data) texts.currentNode.data = text;
            }
        }
    }
    if (document.querySelector('[data-routed=false]')) return 'lines look for their ways';
    if (document.fonts.status !== 'loaded') return 'fonts are loaded';
    if (document.querySelector('[data-test=toast]')) return 'a message is shown';
    if (document.getAnimations().some(animation => animation.playState === 'running')) return 'something moves';
    return ''";

impl Opening<'_> {
    /// On a system that asks for little motion.
    #[must_use]
    pub fn calm(self) -> Self {
        Self { calm: true, ..self }
    }
}

/// Writes the setting of the desktop that pages see as `prefers-reduced-motion`.
pub(super) fn ask_for_little_motion(data: &Path) -> Result<()> {
    let folder = data.join("config/gtk-3.0");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let settings = "[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\n";
    fs::write(folder.join("settings.ini"), settings).context("cannot write the desktop's settings")
}

impl Window {
    /// Chooses a theme by the menu.
    pub async fn choose_theme(&self, theme: &str) -> Result<()> {
        self.click("open-menu").await?;
        self.click(&format!("theme-{theme}")).await?;
        self.until("the theme", &format!("return document.documentElement.dataset.theme === '{theme}'")).await
    }

    /// Compares the window with the picture of this name, or keeps its picture, once it is still.
    pub async fn compare(&self, name: &str) -> Result<()> {
        self.leave_pointer().await?;
        picture::compare(name, &self.still().await?)
    }

    /// A screenshot that is the same as the one before it, with nothing moving and every word in place.
    async fn still(&self) -> Result<Vec<u8>> {
        let last = RefCell::new(Vec::new());
        wait_for_async("the window to be still", async || {
            let keeps = self.script(STILL, vec![json!(FIXED)]).await?;
            let picture = self.client.screenshot().await.context("no screenshot")?;
            let before = last.replace(picture.clone());
            Ok((keeps == "" && picture == before).then_some(picture))
        })
        .await
    }

    /// Puts the pointer where nothing answers to it: the bottom line.
    async fn leave_pointer(&self) -> Result<()> {
        let size = self.script("return [innerWidth, innerHeight]", vec![]).await?;
        let [x, y] = [0, 1].map(|axis| size[axis].as_f64().unwrap_or_default());
        // Two steps: where the driver believes the pointer to be already, it moves nothing.
        let at = |x: f64| PointerAction::MoveTo { duration: None, x, y: y - 4.0 };
        let mouse = MouseActions::new("mouse".into()).then(at(x / 2.0)).then(at(x / 2.0 + 8.0));
        self.client.perform_actions(mouse).await.context("cannot move the pointer")
    }
}
