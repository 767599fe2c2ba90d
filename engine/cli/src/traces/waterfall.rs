//! One trace in a terminal: a line per span, waiting dashed.

use std::fmt::Write;

use thalweg_charts::units;
use thalweg_protocol::{
    TraceRow, TraceView,
    trace::{RowKind, TraceSummary},
};
use unicode_width::UnicodeWidthStr;

use super::list::date_time;
use crate::{
    table::fit,
    terminal::{ACCENT, BAD, GOOD, Look, QUIET, STRONG, WARN, plain_line},
};

/// Columns of the bars.
const LEAST_BARS: usize = 20;
/// Deeper spans stand at this depth: the names need room.
const DEEPEST: u32 = 16;

/// The whole trace. Every row is shown: who wants fewer pipes it through a pager.
pub(super) fn render(trace: &TraceView, look: Look) -> String {
    let mut text = head(&trace.summary, look) + &bars(&trace.rows, look);
    if trace.rows_left_out > 0 {
        let _ = writeln!(text, "and {} rows more", units::whole(trace.rows_left_out));
    }
    text + &legend(&trace.rows, look)
}

/// A line a row.
pub(super) fn bars(rows: &[TraceRow], look: Look) -> String {
    let mut text = String::new();
    let names: Vec<String> = rows.iter().map(name).collect();
    let times: Vec<String> =
        rows.iter().map(|row| look.say(&units::milliseconds(row.duration_nano as f64 / 1e6))).collect();
    let time_width = times.iter().map(|time| time.width()).max().unwrap_or(0);
    let most = look.width.saturating_sub(LEAST_BARS + time_width + 4);
    let name_width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(most);
    let scale = Scale {
        columns: look.width.saturating_sub(name_width + time_width + 4).max(LEAST_BARS),
        whole: rows.iter().map(|row| row.start_nano.saturating_add(row.duration_nano)).max().unwrap_or(0),
    };
    for ((row, name), took) in rows.iter().zip(&names).zip(&times) {
        let name = fit(name, name_width, look);
        let blank = " ".repeat(name_width.saturating_sub(name.width()));
        let name = if row.error { look.paint(BAD, name) } else { name };
        let line = format!("{name}{blank}  {took:>time_width$}  {}", scale.bar(row, look));
        text.push_str(line.trim_end());
        text.push('\n');
        if let Some(status) = row.span.as_ref().map(|span| span.status_message.as_str()).filter(|text| !text.is_empty())
        {
            let indent = " ".repeat(indent(row) + 2);
            let message = fit(&plain_line(status), look.width.saturating_sub(indent.len() + 2), look);
            let _ = writeln!(text, "{indent}{} {}", look.sign("↳", "->"), look.paint(BAD, message));
        }
    }
    text
}

fn head(summary: &TraceSummary, look: Look) -> String {
    let errors = match summary.errors {
        0 => String::new(),
        1 => ", 1 error".to_owned(),
        errors => format!(", {} errors", units::whole(errors)),
    };
    let spans = if summary.spans == 1 { "1 span".to_owned() } else { format!("{} spans", units::whole(summary.spans)) };
    let title = format!("{} ({})", plain_line(&summary.root), plain_line(&summary.service));
    let figures = format!(
        "{} UTC, {}, {spans}{errors}, trace {}",
        date_time(summary.start_unix_nano),
        look.say(&units::milliseconds(summary.duration_ms)),
        plain_line(&summary.trace_id)
    );
    format!("{}\n{}\n\n", look.paint(STRONG, title), look.paint(QUIET, figures))
}

fn indent(row: &TraceRow) -> usize {
    row.depth.min(DEEPEST) as usize * 2
}

fn name(row: &TraceRow) -> String {
    let service = if row.service.is_empty() { String::new() } else { format!("{}: ", plain_line(&row.service)) };
    format!("{}{service}{}", " ".repeat(indent(row)), plain_line(&row.name))
}

pub(super) fn legend(rows: &[TraceRow], look: Look) -> String {
    let waits = rows.iter().any(|row| is_waiting(row.kind));
    if !waits {
        return String::new();
    }
    let text = format!("{} waiting in a channel or for the next attempt", look.sign("╌╌", "- -"));
    format!("\n{}\n", look.paint(QUIET, text))
}

fn is_waiting(kind: RowKind) -> bool {
    matches!(kind, RowKind::Wait | RowKind::Retry)
}

/// Where a moment of the trace is.
struct Scale {
    columns: usize,
    /// Nanoseconds from the trace's start to its end.
    whole: u64,
}

impl Scale {
    fn column(&self, nano: u64) -> usize {
        if self.whole == 0 {
            return 0;
        }
        let columns = self.columns as u128;
        // Whole numbers: a trace of days keeps its nanoseconds.
        (u128::from(nano) * columns / u128::from(self.whole)) as usize
    }

    fn bar(&self, row: &TraceRow, look: Look) -> String {
        let start = self.column(row.start_nano).min(self.columns - 1);
        let end = self.column(row.start_nano.saturating_add(row.duration_nano)).min(self.columns);
        let length = end.saturating_sub(start);
        // Shorter than a column is still to be seen.
        let (sign, style) = match row.kind {
            _ if row.error => (look.sign("━", "#"), BAD),
            RowKind::Wait | RowKind::Retry => (look.sign("╌", "-"), WARN),
            RowKind::Producer => (look.sign("━", "="), GOOD),
            _ => (look.sign("━", "="), ACCENT),
        };
        let bar = match length {
            0 => look.sign("╸", "|").to_owned(),
            _ if is_waiting(row.kind) && !look.unicode => dashed(length),
            length => sign.repeat(length),
        };
        format!("{}{}", " ".repeat(start), look.paint(style, bar))
    }
}

/// `- - -`, as many columns as asked for.
fn dashed(length: usize) -> String {
    (0..length).map(|i| if i % 2 == 0 { '-' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use thalweg_protocol::trace::SpanDetail;

    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 90 };

    fn row(kind: RowKind, depth: u32, service: &str, name: &str, start_ms: u64, ms: u64) -> TraceRow {
        TraceRow {
            kind,
            depth,
            name: name.into(),
            service: service.into(),
            start_nano: start_ms * 1_000_000,
            duration_nano: ms * 1_000_000,
            self_nano: 0,
            critical_nano: 0,
            critical: Vec::new(),
            error: false,
            descendants: 0,
            span: None,
        }
    }

    fn trace() -> TraceView {
        let mut failed = row(RowKind::Consumer, 2, "payment", "handle order.placed", 300, 200);
        failed.error = true;
        failed.span = Some(Box::new(SpanDetail {
            span_id: "b7ad6b7169203331".into(),
            parent_span_id: String::new(),
            status_message: "card network timed out".into(),
            attributes: vec![],
            resource: vec![],
            scope: String::new(),
            events: vec![],
            links: vec![],
        }));
        TraceView {
            summary: TraceSummary {
                trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
                root: "POST /checkout".into(),
                service: "shop".into(),
                start_unix_nano: 1_795_446_471_250_000_000,
                duration_ms: 1000.0,
                spans: 4,
                errors: 1,
                services: vec!["shop".into(), "payment".into()],
            },
            rows: vec![
                row(RowKind::Server, 0, "shop", "POST /checkout", 0, 100),
                row(RowKind::Producer, 1, "shop", "publish orders", 50, 2),
                row(RowKind::Wait, 2, "", "wait in orders", 52, 248),
                failed,
                row(RowKind::Retry, 2, "", "retry in 200 ms", 500, 200),
                row(RowKind::Consumer, 2, "payment", "handle order.placed", 700, 300),
            ],
            rows_left_out: 0,
        }
    }

    #[test]
    fn a_retried_order() {
        insta::assert_snapshot!(render(&trace(), LOOK));
    }

    #[test]
    fn in_ascii_too() {
        let text = render(&trace(), Look { unicode: false, ..LOOK });
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(text);
    }

    proptest! {
        #[test]
        fn any_row_fits(start in any::<u64>(), length in any::<u64>(), depth in any::<u32>(), name in "\\PC{0,80}", width in 60_usize..120) {
            let mut trace = trace();
            trace.rows[1] = TraceRow { start_nano: start, duration_nano: length, ..row(RowKind::Client, depth, "s", &name, 0, 0) };
            let look = Look { width, ..LOOK };
            let text = render(&trace, look);
            prop_assert!(text.lines().skip(3).all(|line| line.width() <= width), "{}", text);
        }
    }
}
