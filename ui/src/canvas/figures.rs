//! The line of figures on a box: what the simulation says of it at the scrubber's moment.

use thalweg_protocol::NodeOverlay;

use crate::{format, text};

/// Two figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) left: String,
    pub(super) right: String,
    /// Whether the left one is bad news.
    pub(super) bad: bool,
}

/// Lag that grows faster than this share of itself a second is worth an arrow.
const TREND: f32 = 0.002;

/// From this share on a box is as good as full.
pub(super) const FULL: f32 = 0.9;

/// What a box of some kind shows.
pub(super) fn figures(kind: &str, hue: &str, o: &NodeOverlay) -> Figures {
    let rate = |value: Option<f32>| value.map_or_else(|| format::UNKNOWN.to_owned(), |v| format::rate(v.into()));
    if hue == "hue-dead" {
        let dead = o.dead_letters.unwrap_or(0.0);
        let grows = o.in_per_s.filter(|per_s| *per_s > 0.0);
        let right = grows.map_or_else(String::new, |per_s| format!("+{}", format::rate(per_s.into())));
        return Figures { left: format::count(dead.round().into()), right, bad: dead >= 1.0 };
    }
    match kind {
        "producer" => Figures { left: rate(o.out_per_s), right: String::new(), bad: false },
        "topic" | "queue" | "exchange" | "bus" => {
            let (word, level) = match (kind, o.depth, o.lag) {
                ("queue", Some(depth), _) => ("depth", Some(depth)),
                (_, _, lag) => ("lag", lag),
            };
            let left =
                level.map_or_else(|| rate(o.in_per_s), |v| format!("{word} {}", format::count(v.round().into())));
            Figures { left, right: trend(level, o.lag_per_s).to_owned(), bad: false }
        }
        "service" | "store" => Figures { left: rate(o.in_per_s), right: latency(o), bad: false },
        _ => {
            let right =
                o.utilization.map(|u| format!("util {}", format::share((f64::from(u) * 100.0).round() / 100.0)));
            Figures { left: latency(o), right: right.unwrap_or_default(), bad: false }
        }
    }
}

/// What strikes a box now.
pub(super) fn news(o: &NodeOverlay) -> Option<String> {
    if let Some((kind, left)) = &o.fault {
        return Some(text::fault_left(kind, &format::span(left.ceil())));
    }
    o.breaker_open.then(|| text::BREAKER_OPEN.now().to_owned())
}

/// Whether a box suffers: a fault strikes it, its breaker is open, or most of its attempts fail.
pub(super) fn is_hurt(o: &NodeOverlay) -> bool {
    let failed = o.failed_per_s.unwrap_or(0.0);
    let done = o.out_per_s.unwrap_or(0.0);
    o.fault.is_some() || o.breaker_open || (failed > 0.1 && failed > done)
}

fn latency(o: &NodeOverlay) -> String {
    let p99 = o.p99_ms.map_or_else(|| format::UNKNOWN.to_owned(), |ms| format::millis(ms.into()));
    format!("p99 {p99}")
}

fn trend(level: Option<f32>, per_s: Option<f32>) -> &'static str {
    let (Some(level), Some(per_s)) = (level, per_s) else { return "" };
    let floor = (level * TREND).max(0.5);
    if per_s > floor {
        "▲"
    } else if per_s < -floor {
        "▼"
    } else {
        "─"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_shows_what_matters_of_it() {
        let o = NodeOverlay {
            lag: Some(18_214.0),
            lag_per_s: Some(120.0),
            p99_ms: Some(41_300.0),
            utilization: Some(0.974),
            dead_letters: Some(1482.0),
            in_per_s: Some(41.0),
            ..NodeOverlay::default()
        };
        let shown = |kind, hue| {
            let f = figures(kind, hue, &o);
            (f.left, f.right)
        };
        assert_eq!(shown("topic", "hue-channel"), ("lag 18.2k".into(), "▲".into()));
        assert_eq!(shown("consumer", "hue-consumer"), ("p99 41.3 s".into(), "util 97%".into()));
        assert_eq!(shown("topic", "hue-dead"), ("1,482".into(), "+41/s".into()));
    }

    #[test]
    fn a_fault_is_told_with_the_time_it_still_lasts() {
        let o = NodeOverlay { fault: Some(("outage".into(), 33.2)), ..NodeOverlay::default() };
        assert_eq!(news(&o), Some("outage, 34 s left".to_owned()));
        assert!(is_hurt(&o));
        assert!(!is_hurt(&NodeOverlay::default()));
    }
}
