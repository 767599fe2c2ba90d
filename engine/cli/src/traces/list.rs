//! Traces as a table, newest first.

use serde::Serialize;
use thalweg_charts::units;
use thalweg_protocol::{FoundTrace, TraceSummary};

use super::search::share;
use crate::{
    failure::Failure,
    table::{Cell, Side, Table, Tone},
    terminal::{Look, plain_line},
};

/// A table of traces. Times are UTC, as the spans were.
pub(super) fn render<'a>(traces: impl IntoIterator<Item = &'a TraceSummary>, look: Look) -> String {
    table(traces.into_iter().map(|trace| (trace, units::whole(trace.spans))), "spans", look)
}

/// A table of what was found, with how many spans of each trace the filter holds for.
pub(super) fn render_found(found: &[FoundTrace], look: Look) -> String {
    table(found.iter().map(|found| (&found.summary, share(found))), "found spans", look)
}

fn table<'a>(
    traces: impl Iterator<Item = (&'a TraceSummary, String)>,
    spans_title: &'static str,
    look: Look,
) -> String {
    let mut table = Table::new(&[
        ("name", Side::Left),
        ("service", Side::Left),
        ("started (UTC)", Side::Left),
        ("took", Side::Right),
        (spans_title, Side::Right),
        ("errors", Side::Right),
        ("trace id", Side::Left),
    ])
    .yielding(&[0, 1]);
    for (trace, spans) in traces {
        let errors = match trace.errors {
            0 => Cell::toned(look.sign("–", "-"), Tone::Quiet),
            errors => Cell::toned(units::whole(errors), Tone::Bad),
        };
        table.row(vec![
            plain_line(&trace.root).into(),
            plain_line(&trace.service).into(),
            date_time(trace.start_unix_nano).into(),
            look.say(&units::milliseconds(trace.duration_ms)).into(),
            spans.into(),
            errors,
            plain_line(&trace.trace_id).into(),
        ]);
    }
    table.render(look)
}

/// The documented JSON: an array.
pub(super) fn json(traces: &[impl Serialize]) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(traces)
        .map_err(|error| Failure::environment(format!("The traces could not be written as JSON: {error}.")))?;
    Ok(text + "\n")
}

/// `2026-11-23 15:07:51.250`, in UTC, from nanoseconds since 1970.
pub(crate) fn date_time(unix_nano: u64) -> String {
    let seconds = unix_nano / 1_000_000_000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = unix_nano / 1_000_000 % 1000;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millis:03}")
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`, for days that are not negative).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 120 };

    fn trace(root: &str, errors: u64) -> TraceSummary {
        TraceSummary {
            trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
            root: root.into(),
            service: "shop".into(),
            start_unix_nano: 1_795_446_471_250_000_000,
            duration_ms: 1320.5,
            spans: 12,
            errors,
            services: vec!["shop".into()],
        }
    }

    #[test]
    fn traces_as_a_table() {
        let traces = [trace("POST /checkout", 0), trace("\u{1b}[31morder\nplaced", 2)];
        insta::assert_snapshot!(render(&traces, LOOK));
    }

    #[test]
    fn found_traces_say_how_much_of_them_was_found() {
        let found = FoundTrace { summary: trace("x", 0), matching: 2, matching_spans: vec![] };
        let text = render_found(&[found], LOOK);
        assert!(text.contains("found spans") && text.contains("2 of 12"), "{text}");
    }

    #[test]
    fn moments_in_utc() {
        // date -u -d @N '+%F %T'
        assert_eq!(date_time(0), "1970-01-01 00:00:00.000");
        assert_eq!(date_time(951_782_400_000_000_000), "2000-02-29 00:00:00.000");
        assert_eq!(date_time(1_709_251_199_999_000_000), "2024-02-29 23:59:59.999");
        assert_eq!(date_time(4_102_444_800_000_000_000), "2100-01-01 00:00:00.000");
        assert_eq!(date_time(u64::MAX), "2554-07-21 23:34:33.709");
    }

    #[test]
    fn json_keeps_every_digit() {
        let json: serde_json::Value = serde_json::from_str(&json(&[trace("x", 0)]).unwrap()).unwrap();
        assert_eq!(json[0]["start_unix_nano"], "1795446471250000000");
        assert_eq!(json[0]["duration_ms"], 1320.5);
    }
}
