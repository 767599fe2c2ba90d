//! Tables of nodes: sources, channels, handlers, services.

use thalweg_charts::units;
use thalweg_protocol::{
    RunReport,
    report::{HandlerReport, Latency, Level, NodeReport},
};

use super::{grows, theory, time};
use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{Look, plain_line},
};

/// Above this share of busy servers, queues grow long (M/M/1: ten waiting at 91%).
const NEARLY_FULL: f64 = 0.9;

/// The tables that have rows, each with its title.
pub(crate) fn tables(report: &RunReport, look: Look) -> Vec<(&'static str, Table)> {
    let rows = Rows { look, measured_s: (report.duration_s - report.warmup_s) * f64::from(report.replications) };
    [
        ("Sources", rows.sources(report)),
        ("Channels", rows.channels(report)),
        ("Handlers", rows.handlers(report)),
        ("Services", rows.services(report)),
        (theory::SHARES, theory::shares(report, look)),
        (theory::TIMES, theory::times(report, look)),
    ]
    .into_iter()
    .filter(|(_, table)| !table.is_empty())
    .map(|(name, table)| (name, table.without_empty_columns()))
    .collect()
}

struct Rows {
    look: Look,
    /// Measured virtual time of all runs together.
    measured_s: f64,
}

impl Rows {
    fn sources(&self, report: &RunReport) -> Table {
        let head =
            [("node", Side::Left), ("produced", Side::Right), ("events", Side::Right), ("rejected", Side::Right)];
        let mut table = Table::new(&head).indented(2);
        for (id, node) in &report.nodes {
            if let NodeReport::Producer { produced, rejected } = node {
                let bad = self.bad(*rejected);
                table.row(vec![plain_line(id).into(), self.rate(*produced), self.count(*produced), bad]);
            }
        }
        table
    }

    fn channels(&self, report: &RunReport) -> Table {
        let head = [
            ("node", Side::Left),
            ("", Side::Left),
            ("in", Side::Right),
            ("stored", Side::Right),
            ("dead", Side::Right),
            ("rejected", Side::Right),
            ("dropped or trimmed", Side::Right),
            ("expired", Side::Right),
            ("group", Side::Left),
            ("lag", Side::Right),
            ("lag max", Side::Right),
        ];
        let mut table = Table::new(&head).indented(2);
        for (id, node) in &report.nodes {
            match node {
                NodeReport::Topic { published, rejected, dropped, expired, trimmed, dead_letters, groups, .. } => {
                    let dropped = *dropped + *trimmed;
                    let mut front =
                        self.channel(id, "topic", [*published, *dead_letters, *rejected, dropped, *expired]);
                    if groups.is_empty() {
                        table.row(front.clone());
                    }
                    for (group, lag) in groups {
                        let blank = vec![Cell::from(""); front.len()];
                        let mut row = std::mem::replace(&mut front, blank);
                        row.push(plain_line(group).into());
                        row.extend(self.level(&lag.lag));
                        table.row(row);
                    }
                }
                NodeReport::Bus { published, dead_letters, given_up, expired, groups, .. } => {
                    let mut front = self.channel(id, "bus", [*published, *dead_letters, 0, *given_up, *expired]);
                    if groups.is_empty() {
                        table.row(front.clone());
                    }
                    for (group, lag) in groups {
                        let blank = vec![Cell::from(""); front.len()];
                        let mut row = std::mem::replace(&mut front, blank);
                        row.push(plain_line(group).into());
                        row.extend(self.level(&lag.lag));
                        table.row(row);
                    }
                }
                NodeReport::Exchange { published, dead_letters, routed: _, unroutable } => {
                    table.row(self.channel(id, "exchange", [*published, *dead_letters, 0, *unroutable, 0]));
                }
                NodeReport::Queue { published, rejected, dropped, expired, dead_letters, depth, .. } => {
                    let mut row = self.channel(id, "queue", [*published, *dead_letters, *rejected, *dropped, *expired]);
                    row.push("".into());
                    row.extend(self.level(depth));
                    table.row(row);
                }
                _ => {}
            }
        }
        table
    }

    fn channel(&self, id: &str, kind: &'static str, counts: [u64; 5]) -> Vec<Cell> {
        let [published, dead_letters, rejected, dropped, expired] = counts;
        vec![
            plain_line(id).into(),
            Cell::toned(kind, Tone::Quiet),
            self.rate(published),
            self.count(published),
            self.bad(dead_letters),
            self.bad(rejected),
            self.bad(dropped),
            self.bad(expired),
        ]
    }

    fn handlers(&self, report: &RunReport) -> Table {
        let head = [
            ("node", Side::Left),
            ("done", Side::Right),
            ("busy", Side::Right),
            ("failed", Side::Right),
            ("retries", Side::Right),
            ("dead", Side::Right),
            ("lost", Side::Right),
            ("twice", Side::Right),
            ("wait p50", Side::Right),
            ("p99", Side::Right),
            ("in all p50", Side::Right),
            ("p99", Side::Right),
        ];
        let mut table = Table::new(&head).indented(2);
        for (id, node) in &report.nodes {
            if let NodeReport::Consumer(handler) = node {
                table.row(self.handler(id, handler));
            }
        }
        table
    }

    fn handler(&self, id: &str, handler: &HandlerReport) -> Vec<Cell> {
        let mut row = vec![
            plain_line(id).into(),
            self.rate(handler.completed),
            self.busy(Some(&handler.utilization)),
            self.count(handler.failed_attempts),
            self.count(handler.retries),
            self.bad(handler.dead_lettered),
            self.bad(handler.lost),
            self.count(handler.duplicates),
        ];
        if let Some(per_s) = handler.grows_per_s {
            // Its quantiles say how long the run was.
            row.extend([self.dash(), self.dash(), grows(per_s), self.dash()]);
            return row;
        }
        row.extend(self.quantiles(&handler.wait_ms));
        row.extend(self.quantiles(&handler.sojourn_ms));
        row
    }

    fn services(&self, report: &RunReport) -> Table {
        let head = [
            ("node", Side::Left),
            ("calls", Side::Right),
            ("busy", Side::Right),
            ("failed", Side::Right),
            ("throttled", Side::Right),
            ("timed out", Side::Right),
            ("answer p50", Side::Right),
            ("p99", Side::Right),
        ];
        let mut table = Table::new(&head).indented(2);
        for (id, node) in &report.nodes {
            if let NodeReport::Service { calls, failed, throttled, timed_out, utilization, latency_ms, .. } = node {
                let mut row = vec![
                    plain_line(id).into(),
                    self.rate(*calls),
                    self.busy(utilization.as_ref()),
                    self.count(*failed),
                    self.count(*throttled),
                    self.count(*timed_out),
                ];
                row.extend(self.quantiles(latency_ms));
                table.row(row);
            }
        }
        table
    }

    fn dash(&self) -> Cell {
        Cell::toned(self.look.sign("–", "-"), Tone::Quiet)
    }

    /// A count of all runs as a rate per second of measured time.
    fn rate(&self, count: u64) -> Cell {
        if self.measured_s > 0.0 { units::rate(count as f64 / self.measured_s).into() } else { self.dash() }
    }

    fn count(&self, count: u64) -> Cell {
        if count == 0 { self.dash() } else { units::count(count as f64).into() }
    }

    /// A count of what should not happen.
    fn bad(&self, count: u64) -> Cell {
        if count == 0 { self.dash() } else { Cell::toned(units::count(count as f64), Tone::Bad) }
    }

    fn busy(&self, level: Option<&Level>) -> Cell {
        match level {
            Some(level) if level.mean > NEARLY_FULL => Cell::toned(units::share(level.mean), Tone::Warn),
            Some(level) => units::share(level.mean).into(),
            None => self.dash(),
        }
    }

    fn level(&self, level: &Level) -> [Cell; 2] {
        let max = level.max.map_or_else(|| self.dash(), |max| units::count(max).into());
        [units::count(level.mean).into(), max]
    }

    fn quantiles(&self, latency: &Latency) -> [Cell; 2] {
        [time(latency.p50, self.look).into(), time(latency.p99, self.look).into()]
    }
}
