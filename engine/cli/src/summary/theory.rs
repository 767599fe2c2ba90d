//! Tables of what queueing theory says, beside what was simulated: shares in one, times in the other.

use thalweg_charts::units;
use thalweg_protocol::{
    RunReport,
    report::{HandlerReport, Latency, NodeReport, Theory, TheoryTimes},
};

use super::time;
use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{Look, plain_line},
};

/// Titles of the two tables.
pub(super) const SHARES: &str = "Theory, in the long run";
pub(super) const TIMES: &str = "Times, those of theory below";

/// Simulated shares, each with what theory says beside it.
pub(super) fn shares(report: &RunReport, look: Look) -> Table {
    let head = [
        ("node", Side::Left),
        ("model", Side::Left),
        ("busy", Side::Right),
        ("theory", Side::Right),
        ("waits", Side::Right),
        ("theory", Side::Right),
        ("lost", Side::Right),
        ("theory", Side::Right),
        ("from", Side::Left),
    ];
    let mut table = Table::new(&head).indented(2).yielding(&[8, 0]);
    for (id, handler, theory) in known(report) {
        let mut row = vec![plain_line(id).into(), plain_line(&theory.model).into()];
        row.extend(beside(Some(handler.utilization.mean), Some(theory.utilization), look));
        row.extend(beside(handler.wait_ms.above_zero, theory.waits, look));
        row.extend(beside(refused(report, &theory.channel), theory.loss, look));
        row.push(Cell::toned(plain_line(&look.say(&theory.source)), Tone::Quiet));
        table.row(row);
    }
    table
}

/// Simulated times, each row with what theory says of the same below it.
pub(super) fn times(report: &RunReport, look: Look) -> Table {
    let figures = ["mean", "p50", "p90", "p95", "p99", "p99.9"].map(|name| (name, Side::Right));
    let head: Vec<_> = [("node", Side::Left), ("", Side::Left)].into_iter().chain(figures).collect();
    let mut table = Table::new(&head).indented(2);
    for (id, handler, theory) in known(report) {
        let mut name = plain_line(id);
        for (what, seen, exact) in
            [("wait", &handler.wait_ms, theory.wait_ms), ("in all", &handler.sojourn_ms, theory.sojourn_ms)]
        {
            let TheoryTimes { mean, p50, p90, p95, p99, p999 } = exact;
            let exact = [mean, p50, p90, p95, p99, p999];
            if exact.iter().all(Option::is_none) {
                continue;
            }
            let Latency { mean, p50, p90, p95, p99, p999, .. } = seen;
            // Where theory knows nothing there is nothing to compare.
            let seen = [mean, p50, p90, p95, p99, p999].into_iter().zip(exact);
            let seen = seen.map(|(seen, exact)| Cell::from(time(seen.filter(|_| exact.is_some()), look)));
            table.row([Cell::from(std::mem::take(&mut name)), what.into()].into_iter().chain(seen).collect());
            let exact = exact.map(|value| Cell::toned(time(value, look), Tone::Quiet));
            table.row([Cell::from(""), Cell::toned("theory", Tone::Quiet)].into_iter().chain(exact).collect());
        }
    }
    table
}

/// The handlers of which theory knows something.
fn known(report: &RunReport) -> impl Iterator<Item = (&str, &HandlerReport, &Theory)> {
    report.nodes.iter().filter_map(|(id, node)| match node {
        NodeReport::Consumer(handler) => Some((id.as_str(), &**handler, handler.theory.as_ref()?)),
        _ => None,
    })
}

/// A simulated share and what theory says; both are dashes where it says nothing.
fn beside(seen: Option<f64>, exact: Option<f64>, look: Look) -> [Cell; 2] {
    let say = |value: Option<f64>| value.map_or_else(|| look.sign("–", "-").to_owned(), units::share);
    [say(seen.filter(|_| exact.is_some())).into(), Cell::toned(say(exact), Tone::Quiet)]
}

/// The share of what came to a channel that it refused.
fn refused(report: &RunReport, channel: &str) -> Option<f64> {
    match report.nodes.get(channel)? {
        NodeReport::Queue { published, rejected, .. } | NodeReport::Topic { published, rejected, .. } => {
            let offered = published + rejected;
            (offered > 0).then(|| *rejected as f64 / offered as f64)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, nodes};
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 100 };

    /// What the terminal says when theory says this of the handler of the example.
    fn said(theory: Theory) -> String {
        let mut report = fixture::run().report;
        let Some(NodeReport::Consumer(payment)) = report.nodes.get_mut("payment") else { panic!() };
        payment.wait_ms.above_zero = Some(0.75);
        payment.theory = Some(theory);
        let tables = nodes::tables(&report, LOOK).into_iter().filter(|(title, _)| [SHARES, TIMES].contains(title));
        tables.map(|(title, table)| format!("{title}\n{}", table.render(LOOK))).collect()
    }

    #[test]
    fn nobody_has_any() {
        let report = fixture::run().report;
        assert!(nodes::tables(&report, LOOK).iter().all(|(title, _)| ![SHARES, TIMES].contains(title)));
    }

    #[test]
    fn all_that_is_known_of_endless_room() {
        let times = |mean: f64| TheoryTimes {
            mean: Some(mean),
            p50: Some(mean * 0.5),
            p90: Some(mean * 2.5),
            p95: Some(mean * 3.5),
            p99: Some(mean * 5.0),
            p999: Some(mean * 7.0),
        };
        insta::assert_snapshot!(said(Theory {
            model: "M/M/3".into(),
            channel: "orders".into(),
            source: "Erlang C; Kleinrock, Queueing Systems I (1975), 3.5".into(),
            utilization: 0.8,
            waits: Some(0.647),
            wait_ms: times(10.786_5),
            sojourn_ms: times(20.786_5),
            ..Theory::default()
        }));
    }

    #[test]
    fn limited_room_loses_messages() {
        insta::assert_snapshot!(said(Theory {
            model: "M/M/1/20".into(),
            channel: "mails".into(),
            source: "Gross and Harris, Fundamentals of Queueing Theory, 2.4".into(),
            utilization: 0.98,
            loss: Some(0.025),
            wait_ms: TheoryTimes { mean: Some(80.0), ..TheoryTimes::default() },
            sojourn_ms: TheoryTimes { mean: Some(90.0), ..TheoryTimes::default() },
            ..Theory::default()
        }));
    }

    #[test]
    fn of_retries_behind_the_others_no_wait_is_known() {
        insta::assert_snapshot!(said(Theory {
            model: "M/M/1 with retries".into(),
            channel: "orders".into(),
            source: "Takács (1963); Jackson (1957)".into(),
            utilization: 0.5,
            waits: Some(0.5),
            sojourn_ms: TheoryTimes { mean: Some(90.0), ..TheoryTimes::default() },
            ..Theory::default()
        }));
    }
}
