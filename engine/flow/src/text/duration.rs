//! Durations: `250us 18ms 2s 5m 24h 7d`, also several parts as in `1m30s`.

use std::fmt;
use std::str::FromStr;

use super::decimal::{Decimal, Misfit, shortest};
use super::{ValueError, split_number};
use crate::model::Duration;

/// Units and their nanoseconds, largest first. Minutes are `m`.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_nanos() {
            0 => f.write_str("0s"),
            nanos => f.write_str(&shortest(nanos, &UNITS)),
        }
    }
}

impl FromStr for Duration {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Err(not_one(text));
        }
        let mut rest = text;
        let mut total: u64 = 0;
        let mut last_unit = u64::MAX;
        while !rest.is_empty() {
            let (number, tail) = split_number(rest);
            let (blank, tail) = (tail.starts_with(' '), tail.trim_start());
            let unit_end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
            let (name, after) = tail.split_at(unit_end);
            if number.is_empty() {
                return Err(not_one(text));
            }
            if number.starts_with('-') {
                return Err(ValueError::new(format!("`{text}` is negative"), "a duration is `0s` or longer"));
            }
            let unit = unit(name, text, number)?;
            if blank {
                let help = format!("write `{number}{name}`");
                return Err(ValueError::new(format!("`{text}` has a blank before its unit"), help));
            }
            let decimal = Decimal::parse(number).ok_or_else(|| not_one(text))?;
            if unit >= last_unit {
                return Err(ValueError::new(
                    format!("the parts of `{text}` are not in order"),
                    "write the larger unit first, each once, such as `1m30s`",
                ));
            }
            total = decimal
                .times(unit)
                .and_then(|nanos| total.checked_add(nanos).ok_or(Misfit::TooLarge))
                .map_err(|misfit| misfit_error(text, misfit))?;
            last_unit = unit;
            rest = after;
        }
        Ok(Duration::from_nanos(total))
    }
}

fn unit(name: &str, text: &str, number: &str) -> Result<u64, ValueError> {
    let known = match name {
        "µs" | "μs" => "us",
        other => other,
    };
    if let Some((_, nanos)) = UNITS.iter().find(|(unit, _)| *unit == known) {
        return Ok(*nanos);
    }
    if name.is_empty() {
        let zero = number.bytes().all(|b| matches!(b, b'0' | b'.'));
        let help = if zero {
            "write `0s` for no time at all".to_owned()
        } else {
            format!("write `{number}ms` or `{number}s`; units are ns, us, ms, s, m, h, d")
        };
        return Err(ValueError::new(format!("`{text}` has no unit"), help));
    }
    let meant = match name.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "mins" | "minute" | "minutes" => Some("m"),
        "hour" | "hours" | "hr" | "hrs" => Some("h"),
        "day" | "days" => Some("d"),
        "msec" | "millis" => Some("ms"),
        "usec" | "micros" => Some("us"),
        _ => None,
    };
    let help = meant.map_or_else(
        || "units are ns, us, ms, s, m, h, d, such as `18ms`".to_owned(),
        |meant| format!("write `{number}{meant}`; units are ns, us, ms, s, m, h, d"),
    );
    Err(ValueError::new(format!("`{name}` is not a unit of time"), help))
}

fn not_one(text: &str) -> ValueError {
    ValueError::new(
        format!("`{text}` is not a duration"),
        "write a number and a unit, such as `250us`, `18ms`, `2s`, `5m`, `24h` or `7d`",
    )
}

fn misfit_error(text: &str, misfit: Misfit) -> ValueError {
    match misfit {
        Misfit::Fraction => {
            ValueError::new(format!("`{text}` is finer than a nanosecond"), "durations are whole nanoseconds")
        }
        Misfit::TooLarge => ValueError::new(format!("`{text}` is longer than 584 years"), "write a shorter duration"),
    }
}
