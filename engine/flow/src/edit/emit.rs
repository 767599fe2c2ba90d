//! Writing values as YAML.

use serde_json::Value;

/// How a scalar that is being replaced was quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Not at all.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
}

/// A value on one line: `{ a: 1, b: [x, y] }`.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(k, v)| format!("{}: {}", text(k, Quotes::None), flow(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        scalar => self::scalar(scalar, Quotes::None),
    }
}

/// A scalar, quoted as asked where that is possible and where it must be.
pub(super) fn scalar(value: &Value, quotes: Quotes) -> String {
    match value {
        Value::String(s) => text(s, quotes),
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

/// A text or key that reads back as the same text.
pub(super) fn text(s: &str, quotes: Quotes) -> String {
    match quotes {
        Quotes::None if is_plain(s) => s.to_owned(),
        Quotes::Single if s.chars().all(is_printable) => format!("'{}'", s.replace('\'', "''")),
        _ => double_quoted(s),
    }
}

fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether a text may stand without quotes, in braces too. Stricter than YAML: what a reader could stumble over is quoted.
fn is_plain(s: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_-./%+<>=()!@^*~$ ".contains(c);
    let first = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '$') || c == '.';
    s.starts_with(first) && s.chars().all(inner) && !s.ends_with(' ') && !is_special(s)
}

/// Words and numbers that mean something else than their text.
fn is_special(s: &str) -> bool {
    let lower = s.to_ascii_lowercase();
    let word =
        matches!(lower.as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | ".nan" | ".inf");
    word || s.parse::<f64>().is_ok()
        || lower.starts_with("0x")
        || lower.starts_with("0o")
        || s.starts_with("---")
        || s.starts_with("...")
}

/// Escapes of YAML 1.2.2, 5.7.
fn double_quoted(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c => out += &escape(c),
        }
    }
    out.push('"');
    out
}

fn escape(c: char) -> String {
    let code = c as u32;
    if code <= 0xffff { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") }
}

/// Entries of a block map, each on lines of their own at `indent`; values that are objects at the top of it become
/// block maps when `deep`, everything else stands behind its key.
pub(super) fn entry_lines(key: &str, value: &Value, indent: usize, deep: bool, newline: &str) -> String {
    let pad = " ".repeat(indent);
    let key = text(key, Quotes::None);
    match value {
        Value::Object(map) if deep && !map.is_empty() => {
            let mut out = format!("{pad}{key}:");
            for (k, v) in map {
                out.push_str(newline);
                out.push_str(&entry_lines(k, v, indent + 2, false, newline));
            }
            out
        }
        other => format!("{pad}{key}: {}", flow(other)),
    }
}
