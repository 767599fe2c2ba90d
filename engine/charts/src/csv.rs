//! The values of a [`Timeline`] as a table: RFC 4180.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{Cell, Lane, Timeline, Unit, Window};

/// A row per bucket whose middle lies in the window: its start, in seconds or, where the axis has an epoch, in UTC; then a column per line, named `LANE LINE (UNIT)`; of a
/// run that it is compared with `LANE LINE, BASELINE (UNIT)`.
/// A cell is empty where nothing is known. Of a heat map there is a column for each pair of bounds, named `LANE BOUNDS (count)`;
/// what lies between them stands where its time ends.
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
    let heats: Vec<Column> = timeline.lanes.iter().flat_map(|lane| columns(lane, timeline.bucket_s)).collect();
    for column in &heats {
        text.push(',');
        text.push_str(&field(&column.name));
    }
    text.push_str("\r\n");
    let of_heats = heats.iter().filter_map(|column| column.counts.keys().next_back()).map(|last| last + 1);
    let buckets = lines.iter().map(|(_, line)| line.values.len()).chain(of_heats).max().unwrap_or(0);
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
        for column in &heats {
            text.push(',');
            if let Some(count) = column.counts.get(&bucket) {
                let _ = write!(text, "{count}");
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// The values between two bounds of a heat map, by bucket.
struct Column {
    name: String,
    counts: BTreeMap<usize, u64>,
}

/// The columns of a lane's heat map, lowest bounds first.
fn columns(lane: &Lane, bucket_s: f64) -> Vec<Column> {
    let mut cells: Vec<&Cell> = lane.heat.iter().flat_map(|heat| &heat.cells).collect();
    let ends = |cell: &Cell| (cell.low.unwrap_or(f64::NEG_INFINITY), cell.high.unwrap_or(f64::INFINITY));
    let order = |a: &Cell, b: &Cell| {
        let (a, b) = (ends(a), ends(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    };
    cells.sort_by(|a, b| order(a, b));
    let runs = cells.chunk_by(|a, b| order(a, b).is_eq());
    let column = |run: &[&Cell]| {
        let mut counts = BTreeMap::new();
        for cell in run.iter().filter(|_| bucket_s > 0.0) {
            let last = (cell.until_s / bucket_s).round() as usize;
            let count = counts.entry(last.saturating_sub(1)).or_insert(0_u64);
            *count = count.saturating_add(cell.count);
        }
        let between = run.first().map(|cell| cell.between(lane.unit)).unwrap_or_default();
        Column { name: format!("{} {between} (count)", lane.name), counts }
    };
    runs.map(column).collect()
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
        let lane = |name: &str, unit, lines| Lane { name: name.into(), unit, lines, heat: None };
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
    fn a_heat_map_has_a_column_for_each_pair_of_bounds() {
        let cell = |from_s, until_s, low, high, count| Cell { from_s, until_s, low, high, count };
        let cells = vec![
            cell(0.0, 0.1, Some(1.0), Some(2.0), 3),
            // Of two buckets, told where its time ends.
            cell(0.1, 0.3, Some(1.0), Some(2.0), 4),
            cell(0.1, 0.3, Some(2.0), None, 5),
        ];
        let mut timeline = timeline("Latency");
        let heat = Some(crate::Heat { cells, hue: Hue::Accent });
        timeline.lanes = vec![Lane { name: "Wait".into(), unit: Unit::Count, lines: vec![], heat }];
        let text = csv(&timeline, Window::whole(0.4));
        assert_eq!(text, "time_s,Wait 1 – 2 (count),Wait > 2 (count)\r\n0,3,\r\n0.1,,\r\n0.2,4,5\r\n");
    }

    #[test]
    fn names_of_others_are_text() {
        let text = csv(&timeline("=A1, \"x\""), Window::whole(0.4));
        assert!(text.starts_with("time_s,Throughput completed (1/s),\"'=A1, \"\"x\"\" p99 (ms)\"\r\n"), "{text}");
    }
}
