//! What stands behind the question mark: names and values, each once, none that is not known.

use std::str::FromStr;
use std::time::Duration;

use super::problem::Problem;

/// The parameters of a request.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query; only these names may stand in it.
    pub(super) fn read(text: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (form_decoded(name), form_decoded(value)) else {
                return Err(Problem::malformed("the query is not UTF-8 in percent-encoding (RFC 3986)"));
            };
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let name: String = name.chars().take(64).collect();
                return Err(Problem::malformed(format!("`{name}` is no parameter of this; there are: {known}")));
            }
            if pairs.iter().any(|(there, _)| *there == name) {
                return Err(Problem::malformed(format!("the parameter `{name}` stands twice")));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }

    /// A whole number.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            let wrong = || Problem::malformed(format!("`{name}={text}` is no whole number that is taken here"));
            text.parse().map_err(|_| wrong())
        };
        self.text(name).map(read).transpose()
    }

    /// How many, from 1 to `most`.
    pub(super) fn count(&self, name: &str, usual: usize, most: usize) -> Result<usize, Problem> {
        match self.number(name)? {
            None => Ok(usual),
            Some(count) if (1..=most).contains(&count) => Ok(count),
            Some(count) => Err(Problem::malformed(format!("`{name}={count}`: from 1 to {most} are given at once"))),
        }
    }

    /// A duration, as everywhere: `5s`, `200ms`.
    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, Problem> {
        self.text(name).map(|text| duration(name, text)).transpose()
    }

    /// A time, milliseconds since 1970.
    pub(super) fn time_ms(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.text(name).map(|text| time_ms(name, text)).transpose()
    }
}

/// Reads a duration; `name` is what it stands for.
pub(super) fn duration(name: &str, text: &str) -> Result<Duration, Problem> {
    let duration: thalweg_flow::Duration =
        text.parse().map_err(|error| Problem::malformed(format!("`{name}`: {error}")))?;
    Ok(Duration::from_nanos(duration.as_nanos()))
}

/// Reads a time of RFC 3339 as milliseconds since 1970.
pub(super) fn time_ms(name: &str, text: &str) -> Result<u64, Problem> {
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        let shown: String = text.chars().take(64).collect();
        let detail = format!("`{name}`: `{shown}` is no time of RFC 3339; write it like 2026-01-31T12:00:00Z");
        Problem::malformed(detail)
    })?;
    u64::try_from(time.as_millisecond())
        .map_err(|_| Problem::malformed(format!("`{name}`: a time before 1970 is not taken")))
}

/// Once, and only what is UTF-8.
pub(super) fn percent_decoded(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        // `from_str_radix` alone would take a sign.
        let hex = std::str::from_utf8(digits).ok().filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        out.push(u8::from_str_radix(hex, 16).ok()?);
        rest = after;
    }
    String::from_utf8(out).ok()
}

/// A blank may be written `+` in a query (WHATWG URL, `application/x-www-form-urlencoded`).
fn form_decoded(text: &str) -> Option<String> {
    percent_decoded(text.replace('+', " ").as_bytes())
}
