//! Numbers as the window shows them: few digits, with their unit, `—` for what is not known; with the separators of the
//! language that is spoken. Numbers of documents are never written by it.

use std::sync::atomic::{AtomicU8, Ordering};

use thalweg_protocol::Durations;

use crate::text::Language;

/// How durations are written, as a number of [`Durations`]; one process writes them in one way, as it speaks one language.
static DURATIONS: AtomicU8 = AtomicU8::new(Durations::Fitting as u8);

/// From now on durations are written like this; whether that is another way than before.
pub(crate) fn write_durations(how: Durations) -> bool {
    DURATIONS.swap(how as u8, Ordering::Relaxed) != how as u8
}

/// Shown for a value that is not known.
pub(crate) const UNKNOWN: &str = "—";

/// A count: `12`, `1,482`, `18.2k`, `5.1M`.
pub(crate) fn count(value: f64) -> String {
    match value.abs() {
        v if !v.is_finite() => UNKNOWN.to_owned(),
        v if v >= 1e9 => format!("{}G", digits(value / 1e9)),
        v if v >= 1e6 => format!("{}M", digits(value / 1e6)),
        v if v >= 1e4 => format!("{}k", digits(value / 1e3)),
        v if v >= 100.0 || v.fract() == 0.0 => grouped(value.round()),
        _ => digits(value),
    }
}

/// A whole number with separators: `1,482`.
pub(crate) fn grouped(value: f64) -> String {
    let whole = format!("{:.0}", value.abs());
    let group = match Language::now() {
        Language::English => ',',
        Language::German => '.',
    };
    let mut text = String::with_capacity(whole.len() + whole.len() / 3 + 1);
    if value < 0.0 {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

/// A rate per second: `71.4/s`.
pub(crate) fn rate(per_s: f64) -> String {
    format!("{}/s", count(per_s))
}

/// A duration given in milliseconds: `120 µs`, `64 ms`, `41.3 s`, `3m 12s`.
pub(crate) fn millis(ms: f64) -> String {
    let how = DURATIONS.load(Ordering::Relaxed);
    if ms.is_finite() && how == Durations::Milliseconds as u8 {
        return format!("{} ms", if ms.abs() < 100.0 { digits(ms) } else { grouped(ms.round()) });
    }
    if ms.is_finite() && how == Durations::Seconds as u8 {
        return format!("{} s", digits(ms / 1e3));
    }
    match ms.abs() {
        v if !v.is_finite() => UNKNOWN.to_owned(),
        0.0 => "0 ms".to_owned(),
        v if v < 0.001 => format!("{} ns", digits(ms * 1e6)),
        v if v < 1.0 => format!("{} µs", digits(ms * 1e3)),
        v if v < 1e3 => format!("{} ms", digits(ms)),
        v if v < 1e5 => format!("{} s", digits(ms / 1e3)),
        _ => span(ms / 1e3),
    }
}

/// A duration given in nanoseconds.
pub(crate) fn nanos(ns: u64) -> String {
    millis(ns as f64 / 1e6)
}

/// A longer duration given in seconds: `34 s`, `3m 12s`, `2h 05m`, `4d 3h`.
pub(crate) fn span(seconds: f64) -> String {
    if !seconds.is_finite() {
        return UNKNOWN.to_owned();
    }
    let s = seconds.round().max(0.0) as u64;
    match s {
        0..=99 if seconds < 10.0 && seconds.fract() != 0.0 => format!("{} s", decimal(format!("{seconds:.1}"))),
        0..=99 => format!("{s} s"),
        100..=3599 => format!("{}m {:02}s", s / 60, s % 60),
        3600..=86_399 => format!("{}h {:02}m", s / 3600, s % 3600 / 60),
        _ => format!("{}d {}h", s / 86_400, s % 86_400 / 3600),
    }
}

/// A moment of a run: `07:42`, `1:07:42`.
pub(crate) fn clock(seconds: f64) -> String {
    let s = if seconds.is_finite() { seconds.max(0.0) as u64 } else { 0 };
    match s / 3600 {
        0 => format!("{:02}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s % 3600 / 60, s % 60),
    }
}

/// A share: `97%`, `0.5%`.
pub(crate) fn share(fraction: f64) -> String {
    if !fraction.is_finite() {
        return UNKNOWN.to_owned();
    }
    let percent = digits(fraction * 100.0);
    match Language::now() {
        Language::English => format!("{percent}%"),
        Language::German => format!("{percent} %"),
    }
}

/// Three digits that count: `268`, `71.4`, `2.93`, `0.012`.
pub(crate) fn digits(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.1 => 2,
        v if v > 0.0 => 3,
        _ => 0,
    };
    let text = format!("{value:.places$}");
    decimal(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text })
}

/// A number with so many places behind its point.
pub(crate) fn places(value: f64, places: usize) -> String {
    decimal(format!("{value:.places$}"))
}

/// A number that was written with a point.
fn decimal(number: String) -> String {
    match Language::now() {
        Language::English => number,
        Language::German => number.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let cases = [
            (0.0, "0"),
            (12.0, "12"),
            (2.93, "2.93"),
            (71.43, "71.4"),
            (1482.0, "1,482"),
            (18_214.0, "18.2k"),
            (5_100_000.0, "5.1M"),
            (2.5e9, "2.5G"),
            (-1482.0, "−1,482"),
        ];
        for (value, text) in cases {
            assert_eq!(count(value), text);
        }
        assert_eq!(count(f64::NAN), UNKNOWN);
    }

    #[test]
    fn durations() {
        let cases = [
            (0.0, "0 ms"),
            (0.0005, "500 ns"),
            (0.12, "120 µs"),
            (64.0, "64 ms"),
            (642.1, "642 ms"),
            (1004.0, "1 s"),
            (41_300.0, "41.3 s"),
            (192_000.0, "3m 12s"),
        ];
        for (ms, text) in cases {
            assert_eq!(millis(ms), text);
        }
        assert_eq!(nanos(u64::MAX), span(u64::MAX as f64 / 1e9));
        assert_eq!((span(34.0), span(7500.0)), ("34 s".to_owned(), "2h 05m".to_owned()));
        assert_eq!((clock(462.9), clock(4062.0), clock(f64::NAN)), ("07:42".into(), "1:07:42".into(), "00:00".into()));
    }

    #[test]
    fn shares_and_rates() {
        assert_eq!((share(0.992), share(0.005), share(1.0)), ("99.2%".into(), "0.5%".into(), "100%".into()));
        assert_eq!(rate(71.42), "71.4/s");
    }
}
