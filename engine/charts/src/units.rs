//! Numbers as people say them: `460/s`, `52 s`, `26 k`, `97%`, `07:42`.

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Per second.
    PerSecond,
    /// Milliseconds; said in whatever unit is nearest.
    Milliseconds,
    /// A plain number.
    Count,
    /// A part of a whole, from 0 to 1.
    Share,
}

impl Unit {
    /// The number with its unit.
    pub fn say(self, value: f64) -> String {
        match self {
            Unit::PerSecond => rate(value),
            Unit::Milliseconds => milliseconds(value),
            Unit::Count => count(value),
            Unit::Share => share(value),
        }
    }
}

/// A plain number, from 10,000 on in thousands, millions, … (`9,999`, `26 k`, `5.1 M`).
pub fn count(value: f64) -> String {
    scaled(value, 10_000.0)
}

/// A whole number with its thousands parted: `5,123,456`.
pub fn whole(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Six digits, without zeros that say nothing: `40.1235`, `0.269574`, `240000`.
pub fn six_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let before = value.abs().log10().floor() as i32 + 1;
    let decimals = usize::try_from(6 - before).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A value to six digits with its unit behind it: `40 ms`, `12.5/s`; an empty unit is none.
pub fn with_unit(value: f64, unit: &str) -> String {
    let gap = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
    format!("{}{gap}{unit}", six_digits(value))
}

/// A rate: `0.25/s`, `460/s`, `12 k/s`.
pub fn rate(per_s: f64) -> String {
    format!("{}/s", scaled(per_s, 10_000.0))
}

/// A part of a whole, given from 0 to 1: `97%`, `0.5%`.
pub fn share(fraction: f64) -> String {
    if !fraction.is_finite() {
        return "–".to_owned();
    }
    let percent = fraction * 100.0;
    // What is not all must not be called all.
    if (99.95..100.0).contains(&percent) {
        return ">99.9%".to_owned();
    }
    if percent > 0.0 && percent < 0.005 {
        return "<0.01%".to_owned();
    }
    format!("{}%", three_digits(percent))
}

/// A time given in milliseconds: `250 us`, `18 ms`, `1.25 s`, `3m 12s`, `2h 5m`, `3d 4h`.
pub fn milliseconds(ms: f64) -> String {
    if !ms.is_finite() {
        return "–".to_owned();
    }
    if ms < 0.0 {
        return format!("-{}", milliseconds(-ms));
    }
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    // Each bound is where rounding to three digits would reach the next unit.
    if ms < 0.000_999_5 {
        return format!("{} ns", three_digits(ms * 1e6));
    }
    if ms < 0.999_5 {
        return format!("{} us", three_digits(ms * 1e3));
    }
    if ms < 999.5 {
        return format!("{} ms", three_digits(ms));
    }
    seconds(ms / 1e3)
}

/// A time given in seconds, from one second on as [`milliseconds`] says it.
pub fn seconds(s: f64) -> String {
    if !s.is_finite() {
        return "–".to_owned();
    }
    if s.abs() < 0.999_5 {
        return if s == 0.0 { "0 s".to_owned() } else { milliseconds(s * 1e3) };
    }
    if s < 59.95 {
        return format!("{} s", three_digits(s));
    }
    let whole = s.round() as u64;
    let (days, hours, minutes, secs) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let pair = |big: u64, big_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big}{big_unit}"),
        _ => format!("{big}{big_unit} {small}{small_unit}"),
    };
    match (days, hours) {
        (0, 0) => pair(minutes, "m", secs, "s"),
        (0, _) => pair(hours, "h", minutes, "m"),
        _ => pair(days, "d", hours, "h"),
    }
}

/// A moment of a run, given in seconds from its start: `07:42`, `1:07:42`, `2d 01:07`.
pub fn clock(s: f64) -> String {
    let whole = if s.is_finite() { s.max(0.0).round() as u64 } else { 0 };
    let (days, hours, minutes, secs) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{secs:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{secs:02}"),
        _ => format!("{days}d {hours:02}:{minutes:02}"),
    }
}

/// At most three digits that mean something, no empty decimals.
fn three_digits(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 99.95 => 0,
        _ if size >= 9.995 => 1,
        _ => 2,
    };
    trim(format!("{value:.decimals$}"))
}

fn trim(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn scaled(value: f64, from: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    if size < from {
        // Whole hundreds and thousands keep their digits, small values their decimals.
        return if size >= 999.5 {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{}", whole(size.round() as u64))
        } else {
            three_digits(value)
        };
    }
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    // 999,950 is a million when said with three digits.
    let (step, letter) = steps.into_iter().find(|(step, _)| size >= step * 0.999_5).unwrap_or((1e3, "k"));
    format!("{} {letter}", three_digits(value / step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts() {
        let said: Vec<String> =
            [0.0, 0.254, 3.0, 41.26, 999.0, 1482.0, 9999.0, 18_214.0, 999_960.0, 5_123_456.0, 2e9, f64::NAN]
                .into_iter()
                .map(count)
                .collect();
        assert_eq!(said, ["0", "0.25", "3", "41.3", "999", "1,482", "9,999", "18.2 k", "1 M", "5.12 M", "2 G", "–"]);
        assert_eq!(whole(0), "0");
        assert_eq!(whole(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn times() {
        let said: Vec<String> = [0.0, 0.000_25, 0.25, 0.9996, 18.0, 41.349, 999.6, 1250.0, 41_300.0, 192_000.0]
            .into_iter()
            .map(milliseconds)
            .collect();
        assert_eq!(said, ["0 ms", "250 ns", "250 us", "1 ms", "18 ms", "41.3 ms", "1 s", "1.25 s", "41.3 s", "3m 12s"]);
        let said: Vec<String> = [0.0, 0.5, 90.0, 600.0, 7500.0, 86_400.0, 273_600.0].into_iter().map(seconds).collect();
        assert_eq!(said, ["0 s", "500 ms", "1m 30s", "10m", "2h 5m", "1d", "3d 4h"]);
    }

    #[test]
    fn shares_are_never_rounded_up_to_all_or_down_to_nothing() {
        let said: Vec<String> = [0.0, 0.000_01, 0.005, 0.97, 0.9996, 1.0].into_iter().map(share).collect();
        assert_eq!(said, ["0%", "<0.01%", "0.5%", "97%", ">99.9%", "100%"]);
    }

    #[test]
    fn rates_and_moments() {
        assert_eq!(rate(460.2), "460/s");
        assert_eq!(rate(12_345.0), "12.3 k/s");
        assert_eq!(clock(462.0), "07:42");
        assert_eq!(clock(4062.0), "1:07:42");
        assert_eq!(clock(176_820.0), "2d 01:07");
        assert_eq!(clock(f64::NAN), "00:00");
    }

    proptest! {
        #[test]
        fn any_number_can_be_said(value in proptest::num::f64::ANY) {
            for unit in [Unit::PerSecond, Unit::Milliseconds, Unit::Count, Unit::Share] {
                prop_assert!(!unit.say(value).is_empty());
            }
            prop_assert!(!clock(value).is_empty());
        }

        #[test]
        fn a_count_is_said_to_half_a_percent(value in 1.0..1e15_f64) {
            let said = count(value).replace(',', "");
            let (number, factor) = match said.split_once(' ') {
                Some((number, "k")) => (number, 1e3),
                Some((number, "M")) => (number, 1e6),
                Some((number, "G")) => (number, 1e9),
                Some((number, _)) => (number, 1e12),
                None => (said.as_str(), 1.0),
            };
            let back = number.parse::<f64>().unwrap() * factor;
            prop_assert!((back - value).abs() <= value * 0.0051, "{value} was said as {said}");
        }
    }

    #[test]
    fn numbers_have_six_digits() {
        assert_eq!(six_digits(0.269_573_805), "0.269574");
        assert_eq!(six_digits(240_000.0), "240000");
        assert_eq!(six_digits(1.8e8), "180000000");
        assert_eq!(six_digits(0.000_123_456_7), "0.000123457");
        assert_eq!(six_digits(40.0), "40");
    }

    #[test]
    fn units_stand_behind_their_values() {
        let said = [("ms", "40.5 ms"), ("/s", "40.5/s"), ("", "40.5")];
        assert!(said.into_iter().all(|(unit, text)| with_unit(40.5, unit) == text));
    }
}
