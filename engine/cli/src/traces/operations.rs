//! What operations take, as a table.

use thalweg_charts::units;
use thalweg_protocol::survey::{OperationLine, OperationTable};

use super::list::date_time;
use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{Look, QUIET, Terminal, plain_line},
};

/// The table; what it leaves out is told beside it.
pub(super) fn render(found: &OperationTable, limit: usize, terminal: &Terminal) -> String {
    if found.cut {
        terminal.note("There are too many traces: spans of the oldest were left out.");
    }
    if found.operations.is_empty() {
        terminal.note("No stored span fits.");
        return String::new();
    }
    let more = found.left_out + found.operations.iter().skip(limit).map(|line| line.spans).sum::<u64>();
    if more > 0 {
        terminal.note(&format!("{} spans of further operations are not shown.", units::whole(more)));
    }
    if found.undecided > 0 {
        let undecided = units::whole(found.undecided);
        terminal
            .note(&format!("{undecided} spans are not counted: only their whole traces tell whether they are meant."));
    }
    text(found, limit, terminal.out())
}

/// Cuts a list short; gives how many spans went with what is cut off.
pub(super) fn cut(operations: &mut Vec<OperationLine>, limit: usize) -> u64 {
    let cut = operations.iter().skip(limit).map(|line| line.spans).sum();
    operations.truncate(limit);
    cut
}

fn text(found: &OperationTable, limit: usize, look: Look) -> String {
    let error = units::share(found.percentile_error);
    let head = format!(
        "{} spans from {} to {} UTC; percentiles within {error}",
        units::whole(found.spans),
        date_time(found.from_unix_nano),
        date_time(found.until_unix_nano),
    );
    let mut table = Table::new(&[
        ("service", Side::Left),
        ("operation", Side::Left),
        ("spans", Side::Right),
        ("per second", Side::Right),
        ("errors", Side::Right),
        ("p50", Side::Right),
        ("p95", Side::Right),
        ("p99", Side::Right),
        ("of all time", Side::Right),
    ])
    .yielding(&[1, 0]);
    for line in found.operations.iter().take(limit) {
        let time = |ms: f64| Cell::from(look.say(&units::milliseconds(ms)));
        let errors = match line.errors {
            0 => Cell::toned(look.sign("–", "-"), Tone::Quiet),
            errors => Cell::toned(look.say(&units::share(errors as f64 / line.spans as f64)), Tone::Bad),
        };
        table.row(vec![
            plain_line(&line.service).into(),
            plain_line(&line.name).into(),
            units::whole(line.spans).into(),
            look.say(&units::rate(line.per_s)).into(),
            errors,
            time(line.p50_ms),
            time(line.p95_ms),
            time(line.p99_ms),
            look.say(&units::share(line.share)).into(),
        ]);
    }
    format!("{}\n\n{}", look.paint(QUIET, head), table.render(look))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_as_a_table() {
        let line = |name: &str, spans, errors, p50_ms, share| OperationLine {
            service: "shop".into(),
            name: name.into(),
            spans,
            per_s: spans as f64 / 100.0,
            errors,
            p50_ms,
            p95_ms: p50_ms * 3.0,
            p99_ms: p50_ms * 5.0,
            max_ms: p50_ms * 9.0,
            total_ms: 1000.0,
            share,
            rates: vec![],
            p95s_ms: vec![],
        };
        let found = OperationTable {
            from_unix_nano: 1_795_446_471_250_000_000,
            until_unix_nano: 1_795_446_571_250_000_000,
            percentile_error: 1.0 / 256.0,
            spans: 1200,
            operations: vec![line("place order", 1000, 30, 120.0, 0.8), line("look", 200, 0, 2.0, 0.2)],
            ..OperationTable::default()
        };
        insta::assert_snapshot!(text(&found, 30, Look { colour: false, unicode: true, width: 100 }), @r"
        1,200 spans from 2026-11-23 15:07:51.250 to 2026-11-23 15:09:31.250 UTC; percentiles within 0.39%

        service  operation    spans  per second  errors     p50     p95     p99  of all time
        shop     place order  1,000        10/s      3%  120 ms  360 ms  600 ms          80%
        shop     look           200         2/s       –    2 ms    6 ms   10 ms          20%
        ");
    }
}
