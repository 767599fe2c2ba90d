//! Two traces beside each other, as a table of one tree.

use std::fmt::Write as _;

use thalweg_charts::units;
use thalweg_protocol::{
    TraceDifference,
    survey::{DifferenceLine, DifferenceSpan},
};

use super::list::date_time;
use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{Look, QUIET, plain_line},
};

/// Times of both, and what they differ by.
pub(super) fn render(found: &TraceDifference, look: Look) -> String {
    let mut head = String::new();
    for (sign, trace) in [("A", &found.before), ("B", &found.after)] {
        let (name, service) = (plain_line(&trace.root), plain_line(&trace.service));
        let took = look.say(&units::milliseconds(trace.duration_ms));
        let start = date_time(trace.start_unix_nano);
        // Writing to a text cannot fail.
        let _ = writeln!(head, "{sign}: {name} ({service}), {start} UTC, {took}, trace {}", trace.trace_id);
    }
    let mut table = Table::new(&[
        ("service: operation", Side::Left),
        ("A", Side::Right),
        ("B", Side::Right),
        ("difference", Side::Right),
    ]);
    for line in &found.lines {
        table.row(vec![
            format!(
                "{}{}: {}",
                "  ".repeat(line.depth.min(30) as usize),
                plain_line(&line.service),
                plain_line(&line.name)
            )
            .into(),
            length(line.before.as_ref(), look),
            length(line.after.as_ref(), look),
            difference(line, look),
        ]);
    }
    let mut text = format!("{}\n{}", look.paint(QUIET, head), table.render(look));
    if found.left_out > 0 {
        let _ = writeln!(text, "{} further lines are not shown.", units::whole(found.left_out));
    }
    text
}

fn length(span: Option<&DifferenceSpan>, look: Look) -> Cell {
    match span {
        None => Cell::toned(look.sign("–", "-"), Tone::Quiet),
        Some(span) => {
            let text = look.say(&units::milliseconds(span.duration_nano as f64 / 1e6));
            if span.error { Cell::toned(format!("! {text}"), Tone::Bad) } else { text.into() }
        }
    }
}

fn difference(line: &DifferenceLine, look: Look) -> Cell {
    match (&line.before, &line.after) {
        (Some(before), Some(after)) => {
            let (a, b) = (before.duration_nano, after.duration_nano);
            let text = look.say(&units::milliseconds(a.abs_diff(b) as f64 / 1e6));
            match a.cmp(&b) {
                std::cmp::Ordering::Equal => Cell::toned("=", Tone::Quiet),
                std::cmp::Ordering::Less => format!("+{text}").into(),
                std::cmp::Ordering::Greater => format!("{}{text}", look.sign("−", "-")).into(),
            }
        }
        (Some(_), None) => Cell::toned("only in A", Tone::Warn),
        (None, _) => Cell::toned("only in B", Tone::Warn),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{TraceSummary, trace::RowKind};

    use super::*;

    #[test]
    fn two_traces_as_one_tree() {
        let summary = |id: &str, duration_ms| TraceSummary {
            trace_id: id.repeat(16),
            root: "place order".into(),
            service: "shop".into(),
            start_unix_nano: 1_795_446_471_250_000_000,
            duration_ms,
            spans: 3,
            errors: 0,
            services: vec![],
        };
        let span = |ms: u64, error| {
            Some(DifferenceSpan {
                span_id: "00f067aa0ba902b7".into(),
                start_nano: 0,
                duration_nano: ms * 1_000_000,
                error,
            })
        };
        let line = |depth, name: &str, before, after| DifferenceLine {
            depth,
            service: "shop".into(),
            name: name.into(),
            kind: RowKind::Internal,
            before,
            after,
        };
        let found = TraceDifference {
            before: summary("0a", 100.0),
            after: summary("0b", 412.0),
            lines: vec![
                line(0, "place order", span(100, false), span(412, false)),
                line(1, "charge", span(50, false), span(380, true)),
                line(1, "mail", span(20, false), None),
                line(1, "retry", None, span(12, false)),
                line(1, "store", span(5, false), span(5, false)),
                line(1, "cache", span(9, false), span(2, false)),
            ],
            left_out: 0,
        };
        insta::assert_snapshot!(render(&found, Look { colour: false, unicode: true, width: 100 }), @r"
        A: place order (shop), 2026-11-23 15:07:51.250 UTC, 100 ms, trace 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
        B: place order (shop), 2026-11-23 15:07:51.250 UTC, 412 ms, trace 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b

        service: operation       A         B  difference
        shop: place order   100 ms    412 ms     +312 ms
          shop: charge       50 ms  ! 380 ms     +330 ms
          shop: mail         20 ms         –   only in A
          shop: retry            –     12 ms   only in B
          shop: store         5 ms      5 ms           =
          shop: cache         9 ms      2 ms       −7 ms
        ");
    }
}
