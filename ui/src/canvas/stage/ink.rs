//! The colours and fonts of the drawing, read from the page's tokens, so that those stay the only place of colours.

use crate::{canvas::scene::Hue, kit::tokens};

/// What is painted with, in the theme that is on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ink {
    pub(crate) ground: String,
    pub(crate) grid: String,
    pub(crate) edge: String,
    pub(crate) accent: String,
    pub(crate) dead: String,
    pub(crate) warn: String,
    pub(crate) bad: String,
    pub(crate) mark: String,
    pub(crate) node: String,
    pub(crate) node_line: String,
    pub(crate) block: String,
    pub(crate) text: String,
    pub(crate) text_2: String,
    pub(crate) text_3: String,
    pub(crate) font: String,
    pub(crate) mono: String,
    hues: [String; Hue::ALL.len()],
}

impl Ink {
    /// Reads the tokens as they are now.
    pub(crate) fn of_page() -> Ink {
        let read = tokens();
        Ink {
            ground: read("--water-0"),
            grid: read("--grid"),
            edge: read("--edge"),
            accent: read("--accent"),
            dead: read("--dead"),
            warn: read("--warn"),
            bad: read("--bad"),
            mark: read("--mark-ink"),
            node: read("--water-2"),
            node_line: read("--line"),
            block: read("--line-strong"),
            text: read("--ink"),
            text_2: read("--ink-2"),
            text_3: read("--ink-3"),
            font: read("--font"),
            mono: read("--mono"),
            hues: Hue::ALL.map(|hue| read(hue.token())),
        }
    }

    /// The colour that means something.
    pub(crate) fn hue(&self, hue: Hue) -> &str {
        &self.hues[hue as usize]
    }
}
