//! Where the command speaks: width, colours, signs, and writing that a closed pipe does not break.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

/// Text that succeeded.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Text that failed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Text that asks for care.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Text that is looked for first.
pub(crate) const STRONG: Style = Style::new().bold();
/// Text that may be overlooked.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// Curves and bars.
pub(crate) const ACCENT: Style = AnsiColor::Cyan.on_default();

/// Width when there is no terminal to ask.
const USUAL_WIDTH: usize = 100;
/// Narrower terminals are treated as if they were this wide.
const NARROWEST: usize = 60;
/// Longer lines than this are hard to follow with the eye.
const WIDEST: usize = 120;

/// How text for people is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// With colours.
    pub(crate) colour: bool,
    /// With signs beyond ASCII.
    pub(crate) unicode: bool,
    /// Columns.
    pub(crate) width: usize,
}

impl Look {
    /// The text in a style, if there are colours.
    pub(crate) fn paint(self, style: Style, text: impl std::fmt::Display) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// One of two signs.
    pub(crate) fn sign(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// Numbers and times as people say them hold at most these three signs beyond ASCII.
    pub(crate) fn say(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('–', "-").replace('×', "x").replace('±', "+-") }
    }
}

/// Standard output and standard error.
#[derive(Debug)]
pub(crate) struct Terminal {
    out: Look,
    err: Look,
    has_viewer: bool,
    quiet: bool,
}

impl Terminal {
    /// What the process was started with. `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are honoured.
    pub(crate) fn detect(quiet: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
        let look = |choice: ColorChoice| Look {
            colour: choice != ColorChoice::Never,
            unicode: speaks_unicode(),
            width: width.clamp(NARROWEST, WIDEST),
        };
        Terminal {
            out: look(AutoStream::choice(&io::stdout())),
            err: look(AutoStream::choice(&io::stderr())),
            has_viewer: io::stderr().is_terminal(),
            quiet,
        }
    }

    /// How standard output is to look.
    pub(crate) fn out(&self) -> Look {
        self.out
    }

    /// Whether someone watches: only then progress is shown.
    pub(crate) fn is_watched(&self) -> bool {
        self.has_viewer && !self.quiet
    }

    /// Writes a result. A reader that went away (`| head`) is not an error.
    ///
    /// # Errors
    /// When the output cannot be written, such as into a file on a full disk.
    #[expect(clippy::unused_self, reason = "printing goes through the one place that knows how")]
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::environment(format!("Standard output could not be written: {error}.")))
            }
            _ => Ok(()),
        }
    }

    /// Says something beside the result, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Says something beside the result that must not be missed.
    #[expect(clippy::unused_self, reason = "as `print`")]
    pub(crate) fn complain(&self, text: &str) {
        // Nothing is left to say it to when standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Says why the command failed.
    pub(crate) fn error(&self, failure: &Failure) {
        let look = self.err;
        self.complain(&format!("{} {}", look.paint(BAD.bold(), "error:"), plain(&failure.message)));
        if let Some(help) = &failure.help {
            self.complain(&format!("{} {}", look.paint(ACCENT, " help:"), plain(help)));
        }
    }

    /// How standard error is to look.
    pub(crate) fn err(&self) -> Look {
        self.err
    }
}

/// Text of others, such as the name of a span, without characters that would steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => '\n',
            '\t' => ' ',
            c if c.is_control() || is_bidirectional(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The same on one line.
pub(crate) fn plain_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}

/// Characters that reorder what surrounds them (Unicode Standard Annex 9, "Directional Formatting Characters").
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the locale's characters are UTF-8 (POSIX: `LC_ALL`, else `LC_CTYPE`, else `LANG`). Windows consoles get UTF-16.
fn speaks_unicode() -> bool {
    if cfg!(windows) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{7}\u{9b}c\td\ne"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c d\ne");
        assert_eq!(plain_line("a\nb\u{202e}c"), "a b\u{fffd}c");
        assert_eq!(plain("Zürich ✓ 東京"), "Zürich ✓ 東京");
    }

    #[test]
    fn without_colours_nothing_is_added() {
        let look = Look { colour: false, unicode: true, width: 80 };
        assert_eq!(look.paint(BAD, "x"), "x");
        let look = Look { colour: true, ..look };
        assert_eq!(look.paint(BAD, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
