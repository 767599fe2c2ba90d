//! What a written value means to its field.

use thalweg_flow::{Duration, Size};

use super::expr::{Field, Op, Value};
use super::moment;
use super::names::{Sort, nearest};

/// Why a text is no value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) message: String,
    pub(crate) help: String,
    /// What to write instead, where that is clear.
    pub(crate) instead: Option<String>,
}

/// The value that a text means to a field. Quotes matter only for the order of attributes (`> 5` by number, `> "5"` by letter)
/// and for what looks like a duration.
pub(crate) fn typed(field: &Field, op: Op, text: &str, quoted: bool) -> Result<Value, Misfit> {
    match field.sort() {
        Sort::Text => Ok(Value::Text(text.to_owned())),
        Sort::Duration => match text.trim().parse::<Duration>() {
            Ok(duration) => Ok(Value::Duration(duration.as_nanos())),
            // The message repeats the text.
            Err(error) => {
                let error = shown(text.trim()).parse::<Duration>().err().unwrap_or(error);
                Err(Misfit { message: error.message, help: error.help.unwrap_or_default(), instead: None })
            }
        },
        Sort::Moment => moment::parse(text.trim()).map(Value::Duration).ok_or_else(|| Misfit {
            message: format!("`{}` is not a point in time", shown(text)),
            help: "write a day or more, such as `2026-11-23`, `2026-11-23T15:07` or `2026-11-23T15:07:51.25Z`; without an \
                   offset it is UTC"
                .into(),
            instead: None,
        }),
        Sort::Choice(words) => choice(field, words, text),
        Sort::Id(digits) => {
            let is_id = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_id.then(|| Value::Text(text.to_ascii_lowercase())).ok_or_else(|| Misfit {
                message: format!("`{}` is no id", shown(text)),
                help: format!("this id has {digits} hexadecimal digits"),
                instead: None,
            })
        }
        Sort::Attribute => attribute(op, text, quoted),
    }
}

fn choice(field: &Field, words: &[&str], text: &str) -> Result<Value, Misfit> {
    let lower = text.trim().to_lowercase();
    // As OTLP writes them.
    let lower = lower.trim_start_matches("status_code_").trim_start_matches("span_kind_");
    if words.contains(&lower) {
        return Ok(Value::Text(lower.to_owned()));
    }
    let what = if *field == Field::Status { "status" } else { "kind of span" };
    let valid = words.join(", ");
    let near = nearest(lower, words.iter().copied());
    Err(Misfit {
        message: format!("`{}` is no {what}", shown(text)),
        help: near.map_or_else(|| format!("valid: {valid}"), |near| format!("did you mean `{near}`? Valid: {valid}")),
        instead: near.map(str::to_owned),
    })
}

fn attribute(op: Op, text: &str, quoted: bool) -> Result<Value, Misfit> {
    if quoted || op.takes_text() {
        return Ok(Value::Text(text.to_owned()));
    }
    if let Some(value) = match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    } {
        if op.is_order() {
            return Err(Misfit {
                message: format!("`{text}` is neither more nor less than anything"),
                help: "compare it with `=` or `!=`".into(),
                instead: None,
            });
        }
        return Ok(Value::Bool(value));
    }
    if let Some(nanos) = duration(text) {
        return Ok(Value::Duration(nanos));
    }
    match number(text) {
        // What is not the number's own text may be meant to the letter: a version `1.10` is not `1.1`.
        Some(number) if op.is_order() || number.to_string() == text => Ok(Value::Number(number)),
        _ => Ok(Value::Text(text.to_owned())),
    }
}

/// The number that a text means: digits, or a size as a flow writes it, in bytes.
pub(crate) fn number(text: &str) -> Option<f64> {
    // Also keeps `inf` and `nan` away, which are words here.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')) {
        return None;
    }
    let number = match text.parse::<f64>() {
        Ok(number) => number,
        Err(_) => text.parse::<Size>().ok()?.as_bytes() as f64,
    };
    number.is_finite().then_some(number)
}

/// The nanoseconds that a text means, when it is a duration as a flow writes it.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let is_near = text.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.len() <= 64;
    is_near.then(|| text.parse::<Duration>().ok()).flatten().map(Duration::as_nanos)
}

/// Nanoseconds of the unit that a key names at its end, as in `queue.wait_ms` or `elapsedSeconds`.
pub(crate) fn unit_of(key: &str) -> Option<u64> {
    const UNITS: &[(&[&str], u64)] = &[
        (&["ns", "nanos", "nanoseconds"], 1),
        (&["us", "micros", "microseconds"], 1_000),
        (&["ms", "msec", "millis", "milliseconds"], 1_000_000),
        (&["s", "sec", "secs", "seconds"], 1_000_000_000),
        (&["min", "minutes"], 60_000_000_000),
        (&["h", "hours"], 3_600_000_000_000),
    ];
    // The last word of the key: behind a sign, or from its last capital letter on.
    let behind_sign = key.rfind(['.', '_', '-']).map(|at| at + 1);
    let capital = key.rfind(|c: char| c.is_ascii_uppercase()).filter(|at| *at > 0);
    let start = behind_sign.max(capital)?;
    let last = key[start..].to_ascii_lowercase();
    UNITS.iter().find(|(names, _)| names.contains(&last.as_str())).map(|(_, nanos)| *nanos)
}

/// A word as it is shown in a sentence: cut when long, without characters that control a terminal.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            out.push('…');
            break;
        }
        if is_control(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Whether a character moves a cursor or turns the direction of a line (Unicode UAX #9), and so could hide what is written.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
