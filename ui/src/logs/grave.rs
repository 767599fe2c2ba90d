//! How grave a record is: its class for colours, OTLP's words.

/// The severities that one can ask for: the least number of each, and its word.
pub(crate) const STEPS: [(u8, &str); 6] =
    [(1, "TRACE"), (5, "DEBUG"), (9, "INFO"), (13, "WARN"), (17, "ERROR"), (21, "FATAL")];

/// The class that gives a record its colour.
pub(crate) fn class(severity: u8) -> &'static str {
    match severity {
        0 => "grave-none",
        1..=8 => "grave-debug",
        9..=12 => "grave-info",
        13..=16 => "grave-warn",
        17..=20 => "grave-error",
        _ => "grave-fatal",
    }
}

/// The beginning of a text, in one line and short enough for a row, however long it is. Control characters, which would steer a
/// terminal, and those that turn the direction of writing are shown as what they are.
pub(crate) fn head(text: &str, most: usize) -> String {
    let mut head = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == most {
            head.push('…');
            break;
        }
        head.push(match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || turns(c) => '\u{fffd}',
            c => c,
        });
    }
    head
}

/// A text as it is, but for control characters and those that turn the direction of writing.
pub(crate) fn plain(text: &str) -> String {
    let plain = |c: char| if (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || turns(c) { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

/// Unicode's embeddings, overrides and isolates (UAX 9): with them a text looks other than it is.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_colour() {
        let classes: Vec<_> = [0, 1, 8, 9, 13, 17, 24, 255].map(class).into();
        assert_eq!(
            classes,
            [
                "grave-none",
                "grave-debug",
                "grave-debug",
                "grave-info",
                "grave-warn",
                "grave-error",
                "grave-fatal",
                "grave-fatal"
            ]
        );
    }

    #[test]
    fn rows_are_short_and_steer_nothing() {
        assert_eq!(head("a\nb\u{1b}[31mred", 99), "a b\u{fffd}[31mred");
        assert_eq!(head(&"ä".repeat(1_000_000), 3), "äää…");
        assert_eq!(head("abc", 3), "abc");
        assert_eq!(plain("a\n\u{202e}b\u{7}"), "a\n\u{fffd}b\u{fffd}");
    }
}
