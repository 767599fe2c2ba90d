//! The values of a [`Timeline`] as a table: RFC 4180.

use std::fmt::Write as _;

use crate::{Timeline, Unit, Window};

/// A row per bucket whose middle lies in the window: its start, in seconds or, where the axis has an epoch, in UTC; then a column per line, named `LANE LINE (UNIT)`; of a
/// run that it is compared with `LANE LINE, BASELINE (UNIT)`.
/// A cell is empty where nothing is known.
pub fn csv(timeline: &Timeline, window: Window) -> String {
    let lines: Vec<_> =
        timeline.lanes.iter().flat_map(|lane| lane.lines.iter().map(move |line| (lane, line))).collect();
    let mut text = String::from(if timeline.epoch.is_some() { "time" } else { "time_s" });
    for (lane, line) in &lines {
        text.push(',');
        let of = match &timeline.compared {
            Some(compared) if line.baseline => format!(", {}", compared.baseline),
            _ => String::new(),
        };
        text.push_str(&field(&format!("{} {}{of} ({})", lane.name, line.name, unit(lane.unit))));
    }
    text.push_str("\r\n");
    let buckets = lines.iter().map(|(_, line)| line.values.len()).max().unwrap_or(0);
    for bucket in 0..buckets {
        let start = bucket as f64 * timeline.bucket_s;
        let middle = start + timeline.bucket_s / 2.0;
        if middle < window.from_s || middle > window.until_s {
            continue;
        }
        // Writing into a string cannot fail.
        let _ = match timeline.epoch {
            Some(epoch) => write!(text, "{}", epoch.utc(start)),
            None => write!(text, "{}", trimmed(start)),
        };
        for (_, line) in &lines {
            text.push(',');
            if let Some(value) = line.values.get(bucket).copied().flatten().filter(|value| value.is_finite()) {
                let _ = write!(text, "{value}");
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// Without the noise of one multiplication.
fn trimmed(seconds: f64) -> f64 {
    (seconds * 1e9).round() / 1e9
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::PerSecond => "1/s",
        Unit::Milliseconds => "ms",
        Unit::Count => "count",
        Unit::Share => "share",
    }
}

/// A text as a field. Names come from documents: what a spreadsheet would take for a formula is marked as text.
fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hue, Lane, Line};

    fn timeline(name: &str) -> Timeline {
        let lane = |name: &str, unit, lines| Lane { name: name.into(), unit, lines };
        Timeline {
            duration_s: 0.4,
            bucket_s: 0.1,
            lanes: vec![
                lane("Throughput", Unit::PerSecond, vec![Line::whole("completed", Hue::Accent, &[1.0, 2.5, 0.0])]),
                lane(name, Unit::Milliseconds, vec![Line::gapped("p99", Hue::Accent, &[None, Some(7.0)])]),
            ],
            ..Timeline::default()
        }
    }

    #[test]
    fn every_bucket_has_a_row_and_gaps_stay_empty() {
        let text = csv(&timeline("Latency"), Window::whole(0.4));
        assert_eq!(text, "time_s,Throughput completed (1/s),Latency p99 (ms)\r\n0,1,\r\n0.1,2.5,7\r\n0.2,0,\r\n");
        let part = csv(&timeline("Latency"), Window { from_s: 0.1, until_s: 0.2 });
        assert_eq!(part.lines().count(), 2);
    }

    #[test]
    fn a_run_that_is_compared_has_columns_of_its_own() {
        let names = crate::Compared { run: "now".into(), baseline: "then".into() };
        let text = csv(&timeline("Latency").beside(&timeline("Latency"), names), Window::whole(0.4));
        let head = "time_s,\"Throughput completed, then (1/s)\",Throughput completed (1/s),\"Latency p99, then (ms)\",Latency p99 (ms)";
        assert_eq!(text.lines().next(), Some(head));
        assert_eq!(text.lines().nth(2), Some("0.1,2.5,2.5,7,7"));
    }

    #[test]
    fn an_axis_with_an_epoch_tells_the_time() {
        let epoch = crate::Epoch { unix_s: 1_796_037_919.5, offset_s: 3600.0 };
        let text = csv(&Timeline { epoch: Some(epoch), ..timeline("Latency") }, Window::whole(0.4));
        assert!(text.starts_with("time,"), "{text}");
        assert_eq!(text.lines().nth(2), Some("2026-11-30T11:25:19.600Z,2.5,7"));
    }

    #[test]
    fn names_of_others_are_text() {
        let text = csv(&timeline("=A1, \"x\""), Window::whole(0.4));
        assert!(text.starts_with("time_s,Throughput completed (1/s),\"'=A1, \"\"x\"\" p99 (ms)\"\r\n"), "{text}");
    }
}
