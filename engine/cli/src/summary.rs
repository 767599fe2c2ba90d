//! A run's results as a person reads them in a terminal: what came of it, then why.

#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod nodes;
mod plot;
pub(crate) mod problems;
mod theory;

use thalweg_charts::units;
use thalweg_protocol::{
    Run, RunReport,
    report::{ExpectationReport, Totals},
};

use unicode_width::UnicodeWidthStr;

use crate::{
    table::{Cell, Side, Table, Tone},
    terminal::{BAD, GOOD, Look, QUIET, STRONG, WARN, plain_line},
};

/// The whole report.
pub(crate) fn render(run: &Run, look: Look) -> String {
    let report = &run.report;
    let sections = [
        headline(report, look),
        expectations(report, look),
        latency(report, look),
        plot::render(&run.series, look),
        node_tables(report, look),
        faults(report, look),
        chaos_plan(report, look),
        notes(report, look),
        footer(report, look),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A section with its title on a line of its own; nothing when it says nothing.
fn section(title: &str, body: Option<String>, look: Look) -> String {
    body.map_or_else(String::new, |body| format!("{}\n{body}", look.paint(STRONG, title)))
}

fn headline(report: &RunReport, look: Look) -> String {
    let name = format!("{} {} {}", plain_line(&report.flow), look.sign("·", "-"), plain_line(&report.scenario));
    let (tone, verdict) = verdict(report);
    let (style, sign) = match tone {
        Tone::Good => (GOOD.bold(), look.sign("✓ ", "ok ")),
        Tone::Bad => (BAD.bold(), look.sign("✕ ", "X ")),
        _ => (STRONG, ""),
    };
    let mut text = format!("{}  {}\n", look.paint(STRONG, name), look.paint(QUIET, settings(report)));
    text += &format!(
        "{}\n{}\n",
        look.paint(style, format!("{sign}{verdict}")),
        wrapped(&messages(&report.totals), "", look)
    );
    for warning in report.statistics.stopped_early.iter().chain(warnings(report)) {
        text += &format!(
            "{}
",
            look.paint(WARN, wrapped(&plain_line(warning), "", look))
        );
    }
    text
}

/// How often, how long, from which seed.
pub(crate) fn settings(report: &RunReport) -> String {
    let runs = if report.replications == 1 { "1 run".to_owned() } else { format!("{} runs", report.replications) };
    let warmup = match report.warmup_s {
        s if s > 0.0 => format!(" after {} of warm-up", units::seconds(s)),
        _ => String::new(),
    };
    let measured = units::seconds(report.duration_s - report.warmup_s);
    format!("{runs} of {measured}{warmup}, seed {}", report.seed)
}

/// Whether what was expected held.
pub(crate) fn verdict(report: &RunReport) -> (Tone, String) {
    let all = report.expectations.len();
    let failed = report.expectations.iter().filter(|expectation| !expectation.held).count();
    match (all, failed) {
        (0, _) => (Tone::Plain, "This scenario expects nothing.".to_owned()),
        (1, 0) => (Tone::Good, "The expectation held.".to_owned()),
        (1, _) => (Tone::Bad, "The expectation failed.".to_owned()),
        (all, 0) => (Tone::Good, format!("All {all} expectations held.")),
        (all, failed) => (Tone::Bad, format!("{failed} of {all} expectations failed.")),
    }
}

/// Where the messages went. Each stands in exactly one of these numbers.
pub(crate) fn messages(totals: &Totals) -> String {
    let parts = [
        (totals.dead_lettered, "dead-lettered"),
        (totals.lost, "lost"),
        (totals.in_flight, "still under way at the end"),
    ];
    let rest: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", units::whole(count)))
        .collect();
    let all = units::whole(totals.produced);
    if totals.produced == 0 {
        "No message was produced.".to_owned()
    } else if rest.is_empty() {
        format!("All {all} messages were handled.")
    } else {
        format!("Of {all} messages {} were handled, {}.", units::whole(totals.completed), rest.join(", "))
    }
}

/// Notes that change how every figure is to be read stand at the top; the simulator begins them with these words. Under
/// other words they would still be told, among the other notes.
const FIRST: &str = "Not stable:";

/// What must be read before the figures.
pub(crate) fn warnings(report: &RunReport) -> impl Iterator<Item = &String> {
    report.notes.iter().filter(|note| note.starts_with(FIRST))
}

/// The other notes.
pub(crate) fn other_notes(report: &RunReport) -> impl Iterator<Item = &String> {
    report.notes.iter().filter(|note| !note.starts_with(FIRST))
}

fn expectations(report: &RunReport, look: Look) -> String {
    section("Expectations", expectation_table(report, look).map(|table| table.render_rows(look)), look)
}

/// Expectations with what was measured; none when there are none.
pub(crate) fn expectation_table(report: &RunReport, look: Look) -> Option<Table> {
    let mut table =
        Table::new(&[("", Side::Left), ("expected", Side::Left), ("measured", Side::Right), ("", Side::Left)])
            .indented(2);
    for expectation in &report.expectations {
        let (sign, tone) =
            if expectation.held { (look.sign("✓", "ok"), Tone::Good) } else { (look.sign("✕", "X"), Tone::Bad) };
        let held = (expectation.share * f64::from(report.replications)).round();
        let mut notes = Vec::new();
        if !expectation.held {
            notes.extend(broke(expectation));
            if report.replications > 1 {
                notes.push(format!("held in {held} of {} runs", report.replications));
            }
        }
        let measured = plain_line(&expectation.worst_text);
        table.row(vec![
            Cell::toned(sign, tone),
            plain_line(&expectation.text).into(),
            Cell::toned(measured, if expectation.held { Tone::Plain } else { Tone::Bad }),
            Cell::toned(plain_line(&notes.join("; ")), Tone::Quiet),
        ]);
    }
    (!table.is_empty()).then_some(table)
}

/// When and where an expectation broke, or why that cannot be told.
fn broke(expectation: &ExpectationReport) -> Option<String> {
    let Some(broke) = &expectation.broke else {
        return Some(match expectation.untold.as_deref()? {
            "nothing-measured" => "nothing was measured".to_owned(),
            "not-reached" => "it never got there".to_owned(),
            "no-curve" => "no curve shows when it broke".to_owned(),
            _ => "the curves do not show when it broke".to_owned(),
        });
    };
    let verb = if broke.by == "peak" { "worst" } else { "broke" };
    let place = broke.node.as_ref().map_or_else(String::new, |node| format!(" in {node}"));
    Some(format!("{verb} at {}{place}", units::clock(broke.at_s)))
}

fn latency(report: &RunReport, look: Look) -> String {
    let interval =
        confidence(report).map_or_else(String::new, |text| format!("  {}\n", look.paint(QUIET, look.say(&text))));
    let table = latency_table(report, look).map(|table| table.render(look) + &interval);
    section("End-to-end latency", table, look)
}

/// End-to-end latency; none when nothing ended.
pub(crate) fn latency_table(report: &RunReport, look: Look) -> Option<Table> {
    let latency = &report.end_to_end_ms;
    let head = ["mean", "p50", "p90", "p95", "p99", "p99.9", "max"].map(|name| (name, Side::Right));
    let mut table = Table::new(&head).indented(2);
    let values = [latency.mean, latency.p50, latency.p90, latency.p95, latency.p99, latency.p999, latency.max];
    let mut row: Vec<Cell> = values.into_iter().map(|value| time(value, look).into()).collect();
    if let Some(growth) = fastest_growth(report) {
        row[0] = grows(growth);
    }
    table.row(row);
    (latency.count > 0).then_some(table)
}

/// A backlog that grows has no mean latency: this stands in its place.
fn grows(per_s: f64) -> Cell {
    Cell::toned(format!("grows {}", units::rate(per_s)), Tone::Bad)
}

/// Of the backlogs that grow the one that grows fastest.
fn fastest_growth(report: &RunReport) -> Option<f64> {
    report.statistics.unstable.iter().map(|growth| growth.per_s).reduce(f64::max)
}

/// How sure the mean is; nothing where a backlog grows.
pub(crate) fn confidence(report: &RunReport) -> Option<String> {
    let (mean, [low, high]) = (report.end_to_end_ms.mean?, report.end_to_end_ms.ci95?);
    if mean <= 0.0 || fastest_growth(report).is_some() {
        return None;
    }
    let half_width = units::share((high - low) / 2.0 / mean);
    Some(format!(
        "The mean is {} ± {half_width} with 95% confidence, from {}.",
        units::milliseconds(mean),
        plain_line(&report.ci_from)
    ))
}

/// A time or a dash.
fn time(value: Option<f64>, look: Look) -> String {
    value.map_or_else(|| look.sign("–", "-").to_owned(), |value| look.say(&units::milliseconds(value)))
}

fn node_tables(report: &RunReport, look: Look) -> String {
    let tables = nodes::tables(report, look).into_iter();
    tables.map(|(name, table)| section(name, Some(table.render(look)), look)).collect::<Vec<_>>().join("\n")
}

fn faults(report: &RunReport, look: Look) -> String {
    let heading = if report.replications > 1 { "Faults of the first replication" } else { "Faults" };
    let first = section(
        heading,
        fault_table(report, look).map(|table| table.render(look) + &and_more(report.faults.len())),
        look,
    );
    let totals =
        fault_totals_table(report, look).map(|table| table.render(look) + &and_more(report.fault_totals.len()));
    let all = section("Faults of all replications", totals, look);
    [first, all].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a table of faults has no room for.
fn and_more(faults: usize) -> String {
    let more = faults.saturating_sub(MOST_FAULTS);
    if more > 0 { format!("  and {more} more\n") } else { String::new() }
}

/// How often each fault struck over all replications; none where there is only one, whose faults are all told anyway.
fn fault_totals_table(report: &RunReport, look: Look) -> Option<Table> {
    let head = [("fault", Side::Left), ("struck", Side::Right), ("touched", Side::Right)];
    let mut table = Table::new(&head).indented(2);
    for fault in report.fault_totals.iter().filter(|_| report.replications > 1).take(MOST_FAULTS) {
        table.row(vec![
            plain_line(&look.say(&fault.text)).into(),
            units::whole(fault.fired).into(),
            units::whole(fault.touched).into(),
        ]);
    }
    (!table.is_empty()).then_some(table)
}

/// The first faults as they struck; none when there are none.
pub(crate) fn fault_table(report: &RunReport, look: Look) -> Option<Table> {
    let head = [("from", Side::Right), ("until", Side::Right), ("fault", Side::Left), ("touched", Side::Right)];
    let mut table = Table::new(&head).indented(2);
    for fault in report.faults.iter().take(MOST_FAULTS) {
        table.row(vec![
            units::clock(fault.from_s).into(),
            units::clock(fault.until_s).into(),
            plain_line(&look.say(&fault.text)).into(),
            units::whole(fault.touched).into(),
        ]);
    }
    (!table.is_empty()).then_some(table)
}

/// A machine that fails every minute fails often in a year.
const MOST_FAULTS: usize = 12;

/// The random faults as they can be pasted under `faults:`, all of them: with one less it is another run.
fn chaos_plan(report: &RunReport, look: Look) -> String {
    let lines: String = report.chaos_plan.iter().map(|line| "  ".to_owned() + &plain_line(line) + "\n").collect();
    let title = "Random faults, to be put under `faults:` in place of `chaos` for the same run";
    section(title, (!lines.is_empty()).then_some(lines), look)
}

fn notes(report: &RunReport, look: Look) -> String {
    let bullet = look.sign("•", "*");
    let lines: String = other_notes(report).map(|note| wrapped(&plain_line(note), bullet, look) + "\n").collect();
    section("Notes", (!lines.is_empty()).then_some(lines), look)
}

/// A paragraph broken between words; behind a bullet it stands indented.
fn wrapped(text: &str, bullet: &str, look: Look) -> String {
    let (first, rest) = if bullet.is_empty() { (String::new(), "") } else { (format!("  {bullet} "), "    ") };
    let mut lines = vec![first];
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let width = lines.last().map_or(0, |line| line.width());
        if !is_fresh && width + 1 + word.width() > look.width {
            lines.push(rest.to_owned());
            is_fresh = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_fresh {
                line.push(' ');
            }
            line.push_str(word);
        }
        is_fresh = false;
    }
    lines.join("\n")
}

fn footer(report: &RunReport, look: Look) -> String {
    format!("{}\n", look.paint(QUIET, look.say(&cost(report))))
}

/// What the run cost, and its digest.
pub(crate) fn cost(report: &RunReport) -> String {
    format!(
        "{} events in {} ({}), digest {}",
        units::count(report.events as f64),
        units::seconds(report.wall_s),
        units::rate(report.events_per_s),
        report.digest
    )
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::report::{Growth, NodeReport};

    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 100 };

    #[test]
    fn a_report_of_an_outage() {
        insta::assert_snapshot!(render(&fixture::run(), LOOK));
    }

    #[test]
    fn the_same_in_ascii_and_narrow() {
        let text = render(&fixture::run(), Look { unicode: false, width: 72, ..LOOK });
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let plain = render(&fixture::run(), LOOK);
        let coloured = render(&fixture::run(), Look { colour: true, ..LOOK });
        let without: String = anstream::adapter::strip_str(&coloured).to_string();
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&without), trimmed(&plain));
    }

    #[test]
    fn an_unstable_run_says_so_first() {
        let mut run = fixture::run();
        run.report.notes.push("Not stable: the backlog of `orders/payment` grows by 12.0/s.".into());
        let text = render(&run, LOOK);
        let (warning, figures) = (text.find("Not stable").unwrap(), text.find("Expectations").unwrap());
        assert!(warning < figures && text.matches("Not stable").count() == 1, "{text}");
    }

    #[test]
    fn a_growing_backlog_stands_in_place_of_a_mean() {
        let mut run = fixture::run();
        let growth = Growth {
            channel: "orders".into(),
            group: "payment".into(),
            consumers: vec!["payment".into()],
            per_s: 50.02,
            ci95: None,
        };
        run.report.statistics.unstable = vec![growth];
        run.report.statistics.stopped_early = Some("Stopped at 5 s.".into());
        let Some(NodeReport::Consumer(payment)) = run.report.nodes.get_mut("payment") else { panic!() };
        payment.grows_per_s = Some(50.02);
        let text = render(&run, LOOK);
        assert_eq!(text.matches("grows 50/s").count(), 2, "{text}");
        assert!(!text.contains("confidence") && text.contains("Stopped at 5 s."), "{text}");
    }

    #[test]
    fn the_headline_fits_the_outcome() {
        let mut run = fixture::run();
        run.report.expectations.retain(|expectation| expectation.held);
        assert!(headline(&run.report, LOOK).contains("✓ The expectation held."));
        run.report.expectations.clear();
        assert!(headline(&run.report, LOOK).contains("This scenario expects nothing."));
        run.report.totals = Totals { produced: 5, completed: 5, ..Totals::default() };
        assert!(headline(&run.report, LOOK).contains("All 5 messages were handled."));
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        let mut run = fixture::run();
        run.report.flow = "\u{1b}[2J".into();
        run.report.notes = vec!["\u{1b}]0;x\u{7}".into()];
        run.report.faults[0].text = "\u{1b}[31m".into();
        run.report.fault_totals[0].text = "\u{1b}[31m".into();
        run.series.faults[0].text = "\u{1b}[31m".into();
        run.report.expectations[0].text = "\u{9b}1m".into();
        let report = run.report.nodes.swap_remove("payment").unwrap();
        run.report.nodes.insert("\u{1b}[8m".into(), report);
        let text = render(&run, LOOK);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}
