//! Measured times as distributions of a flow document, by their moments.

use serde_json::{Value, json};
use thalweg_flow::{Duration, Rate, Share};

use crate::times::Times;

/// Fewer observations than this say nothing about a shape.
const FEW: u64 = 10;
/// A spread below this is none.
const EVEN: f64 = 0.05;
/// Around 1 a coefficient of variation is that of an exponential.
const EXPONENTIAL: std::ops::RangeInclusive<f64> = 0.85..=1.15;
/// The widest spread that is written down.
const WIDEST: f64 = 20.0;
/// The 99th percentile of a standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// A distribution and how it came about, as a part of a sentence.
pub(super) struct Fitted {
    pub(super) value: Value,
    pub(super) evidence: String,
}

/// The distribution of these times; nothing when none was measured or all took no time.
pub(super) fn fit(times: Option<Times>) -> Option<Fitted> {
    let times = times.filter(|times| times.mean_ms > 0.0)?;
    let mean = duration(times.mean_ms);
    let seen = if times.count == 1 { "1 time".to_owned() } else { format!("{} times", times.count) };
    let (value, shape, p99) = if times.count < FEW {
        (json!({ "exponential": mean }), "too few for a shape, taken for exponential".to_owned(), None)
    } else if times.cv < EVEN {
        (json!(mean), "all about equal".to_owned(), Some(times.mean_ms))
    } else if EXPONENTIAL.contains(&times.cv) {
        (json!({ "exponential": mean }), "exponential".to_owned(), Some(times.mean_ms * 100.0_f64.ln()))
    } else {
        let cv = digits(times.cv.min(WIDEST));
        // σ² = ln(1 + cv²), μ = ln(mean) − σ²/2.
        let variance = (1.0 + cv * cv).ln();
        let p99 = times.mean_ms * (Z99 * variance.sqrt() - variance / 2.0).exp();
        (json!({ "lognormal": { "mean": mean, "cv": cv } }), "lognormal by mean and spread".to_owned(), Some(p99))
    };
    let compared = p99.map(|p99| format!("; p99 measured {}, fitted {}", duration(times.p99_ms), duration(p99)));
    Some(Fitted { value, evidence: format!("{shape} from {seen}{}", compared.unwrap_or_default()) })
}

/// Milliseconds as the document writes them, to three digits.
pub(super) fn duration(ms: f64) -> String {
    Duration::from_secs_f64(digits(ms) / 1000.0).to_string()
}

pub(super) fn rate(per_s: f64) -> String {
    Rate::per_second(digits(per_s)).to_string()
}

pub(super) fn share(fraction: f64) -> String {
    Share::from_fraction(digits(fraction)).to_string()
}

/// Three significant digits: no measurement here is better.
pub(super) fn digits(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    // By way of text: the shortest number that reads so.
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(count: u64, cv: f64) -> Times {
        Times { count, mean_ms: 18.0, cv, p50_ms: 12.0, p95_ms: 50.0, p99_ms: 90.0, max_ms: 95.0 }
    }

    #[test]
    fn moments_become_distributions() {
        let text = |count, cv| fit(Some(times(count, cv))).unwrap().value.to_string();
        assert_eq!(text(500, 0.01), r#""18ms""#);
        assert_eq!(text(500, 1.1), r#"{"exponential":"18ms"}"#);
        assert_eq!(text(500, 1.5), r#"{"lognormal":{"mean":"18ms","cv":1.5}}"#);
        assert_eq!(text(9, 3.0), r#"{"exponential":"18ms"}"#);
        assert!(fit(None).is_none());
    }

    /// The 99th percentile of a lognormal of mean 1 and cv 1 is exp(2.3263 √ln 2 − ln 2 / 2) = 4.905.
    #[test]
    fn the_fit_is_compared_with_what_was_measured() {
        let fitted = fit(Some(Times { mean_ms: 1.0, p99_ms: 5.0, ..times(100, 2.0) })).unwrap();
        assert!(fitted.evidence.contains("p99 measured 5ms"), "{}", fitted.evidence);
        let variance = 2.0_f64.ln();
        assert!(((Z99 * variance.sqrt() - variance / 2.0).exp() - 4.905).abs() < 0.001);
    }

    #[test]
    fn three_digits() {
        assert_eq!(digits(0.123_456), 0.123);
        assert_eq!(digits(123_456.0), 123_000.0);
        assert_eq!((digits(f64::NAN), digits(-1.0)), (0.0, 0.0));
        assert_eq!(duration(0.0123), "12.3us");
        assert_eq!(rate(12.0), "12/s");
    }
}
