//! CSV files of times: one row a line, a comma between columns, `#` begins a comment, a first row of words is a header.

use thalweg_flow::Duration;

/// The first column as durations in nanoseconds.
pub(crate) fn durations(text: &str) -> Result<Vec<u64>, String> {
    Ok(rows(text)?.into_iter().map(|(nanos, _)| nanos).collect())
}

/// Times in nanoseconds with the event type in the second column, if there is one.
pub(crate) fn rows(text: &str) -> Result<Vec<(u64, Option<&str>)>, String> {
    let mut rows = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut columns = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        let first = columns.next().unwrap_or_default();
        let second = columns.next().filter(|cell| !cell.is_empty());
        match time(first) {
            Some(nanos) => rows.push((nanos, second)),
            None if rows.is_empty() && !first.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {}
            None => return Err(format!("line {}: `{first}` is not a time", index + 1)),
        }
    }
    Ok(rows)
}

/// A duration with its unit, or a bare number of milliseconds.
fn time(cell: &str) -> Option<u64> {
    if let Ok(millis) = cell.parse::<f64>() {
        return (millis.is_finite() && millis >= 0.0).then(|| Duration::from_secs_f64(millis / 1e3).as_nanos());
    }
    cell.parse::<Duration>().ok().map(Duration::as_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_with_and_without_units() {
        let text = "at,event\n# morning\n0,order.placed\n1.5,\"order.placed\"\n2s\n\n3s;payment.captured\n";
        assert_eq!(
            rows(text),
            Ok(vec![
                (0, Some("order.placed")),
                (1_500_000, Some("order.placed")),
                (2_000_000_000, None),
                (3_000_000_000, Some("payment.captured")),
            ])
        );
    }

    #[test]
    fn says_which_line_is_wrong() {
        assert_eq!(durations("1\n2\nsoon\n"), Err("line 3: `soon` is not a time".to_owned()));
        assert_eq!(durations("-5\n"), Err("line 1: `-5` is not a time".to_owned()));
    }
}
