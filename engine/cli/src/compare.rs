//! `thalweg compare`: what two results of `thalweg simulate --format json` differ in.

use std::{fs::File, io::Read as _, path::Path};

use thalweg_charts::units;
use thalweg_protocol::{
    Comparison, RunReport,
    kept::{Difference, Measure, NoIntervals, Setting, Verdict as Told},
};
use thalweg_workbench::compare;

use crate::{
    args::{CompareArgs, Format},
    failure::{Failure, Verdict},
    table::{Cell, Side, Table, Tone},
    terminal::{Look, QUIET, STRONG, Terminal, plain_line},
};

/// Longest file of results that is read: those of a flow of thousands of nodes have some megabytes.
const MOST_BYTES: u64 = 64 << 20;

/// Reads both and tells.
pub(crate) fn run(args: &CompareArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    let comparison = compare(&before, &after);
    match args.format {
        Format::Human => {
            let names = [args.before.display().to_string(), args.after.display().to_string()];
            terminal.print(&render(&comparison, &names, terminal.out()))?;
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&comparison).map_err(|error| {
                Failure::environment(format!("The comparison could not be written as JSON: {error}."))
            })?;
            terminal.print(&(text + "\n"))?;
        }
    }
    Ok(Verdict::Well)
}

fn read(path: &Path) -> Result<RunReport, Failure> {
    let name = path.display();
    let unreadable = |error: std::io::Error| Failure::usage(format!("{name} could not be read: {error}."));
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(Failure::usage(format!("{name} is too large: results have at most {most} MiB.")));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(format!("{name} holds no results of a simulation: {error}."))
            .with_help("Write them with `thalweg simulate FLOW --format json > FILE`.")
    })
}

fn render(comparison: &Comparison, [before, after]: &[String; 2], look: Look) -> String {
    let head = format!("{} {} {}", plain_line(before), look.sign("→", "->"), plain_line(after));
    let mut text = format!("{}\n", look.paint(STRONG, head));
    if let Some(why) = comparison.no_intervals {
        text += &format!("{}\n", look.paint(QUIET, without_intervals(why)));
    }
    for (title, table) in [
        ("Settings", settings(comparison, look)),
        ("Whole flow", figures(comparison, look, false)),
        ("Nodes", figures(comparison, look, true)),
        ("Expectations that turned", expectations(comparison, look)),
    ] {
        if !table.is_empty() {
            text += &format!("\n{}\n{}", look.paint(STRONG, title), table.without_empty_columns().render(look));
        }
    }
    text
}

fn without_intervals(why: NoIntervals) -> &'static str {
    match why {
        NoIntervals::OneReplicationEach => {
            "Both have one replication, so that chance cannot be told from a difference: use --replications."
        }
        NoIntervals::OneReplicationBefore => {
            "The first has one replication, so that chance cannot be told from a difference: use --replications."
        }
        NoIntervals::OneReplicationAfter => {
            "The second has one replication, so that chance cannot be told from a difference: use --replications."
        }
    }
}

fn figures(comparison: &Comparison, look: Look, of_nodes: bool) -> Table {
    let head = [
        ("", Side::Left),
        ("before", Side::Right),
        ("after", Side::Right),
        ("difference", Side::Right),
        ("", Side::Right),
        ("95% interval", Side::Right),
        ("", Side::Left),
    ];
    let mut table = Table::new(&head).indented(2);
    for difference in comparison.differences.iter().filter(|difference| difference.node.is_some() == of_nodes) {
        let value = |value: Option<f64>| -> Cell { number(difference.measure, value, look).into() };
        let interval = difference.ci95.map_or_else(String::new, |[low, high]| {
            format!("{} .. {}", signed(difference.measure, low, look), signed(difference.measure, high, look))
        });
        let change = difference.difference.map_or_else(String::new, |d| signed(difference.measure, d, look));
        let share = difference
            .share
            .map_or_else(String::new, |share| with_sign(share, look, look.say(&units::share(share.abs()))));
        let (words, tone) = told(difference);
        table.row(vec![
            plain_line(&name(difference)).into(),
            value(difference.before),
            value(difference.after),
            Cell::toned(change, tone),
            Cell::toned(share, tone),
            Cell::toned(interval, Tone::Quiet),
            Cell::toned(words, tone),
        ]);
    }
    table
}

fn told(difference: &Difference) -> (&'static str, Tone) {
    let tone = match difference.is_better() {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Plain,
    };
    match difference.verdict {
        Told::Higher => ("higher", tone),
        Told::Lower => ("lower", tone),
        Told::CannotTell => ("cannot tell", Tone::Quiet),
        Told::Same => ("same", Tone::Quiet),
        Told::NoInterval => ("", Tone::Plain),
    }
}

fn name(difference: &Difference) -> String {
    let what = match difference.measure {
        Measure::ThroughputPerS => "throughput",
        Measure::MeanMs => "latency mean",
        Measure::P50Ms => "latency p50",
        Measure::P95Ms => "latency p95",
        Measure::P99Ms => "latency p99",
        Measure::DeadLetters => "dead letters",
        Measure::Retries => "retries",
        Measure::Lag => "lag",
        Measure::Depth => "depth",
        Measure::Utilization => "busy",
    };
    match (&difference.node, &difference.group) {
        (Some(node), Some(group)) => format!("{node}/{group} {what}"),
        (Some(node), None) => format!("{node} {what}"),
        (None, _) => what.to_owned(),
    }
}

fn number(measure: Measure, value: Option<f64>, look: Look) -> String {
    let Some(value) = value else { return look.sign("–", "-").to_owned() };
    look.say(&match measure {
        Measure::ThroughputPerS => units::rate(value),
        Measure::MeanMs | Measure::P50Ms | Measure::P95Ms | Measure::P99Ms => units::milliseconds(value),
        Measure::DeadLetters | Measure::Retries | Measure::Lag | Measure::Depth => units::count(value),
        Measure::Utilization => units::share(value),
    })
}

fn signed(measure: Measure, value: f64, look: Look) -> String {
    with_sign(value, look, number(measure, Some(value.abs()), look))
}

fn with_sign(value: f64, look: Look, shown: String) -> String {
    match value {
        v if v > 0.0 => format!("+{shown}"),
        v if v < 0.0 => format!("{}{shown}", look.sign("−", "-")),
        _ => shown,
    }
}

fn settings(comparison: &Comparison, look: Look) -> Table {
    let mut table = Table::new(&[("", Side::Left), ("before", Side::Right), ("after", Side::Right)]).indented(2);
    for different in &comparison.settings {
        let name = match &different.setting {
            Setting::Scenario => "scenario".to_owned(),
            Setting::Seed => "seed".to_owned(),
            Setting::Replications => "replications".to_owned(),
            Setting::Duration => "duration in seconds".to_owned(),
            Setting::Warmup => "warm-up in seconds".to_owned(),
            Setting::Version => "Thalweg".to_owned(),
            Setting::Set(path) => path.clone(),
        };
        let value = |value: &Option<String>| -> Cell {
            value.as_ref().map_or_else(|| look.sign("–", "-").to_owned(), |value| plain_line(value)).into()
        };
        table.row(vec![plain_line(&name).into(), value(&different.before), value(&different.after)]);
    }
    table
}

fn expectations(comparison: &Comparison, look: Look) -> Table {
    let mut table = Table::new(&[("", Side::Left), ("before", Side::Right), ("after", Side::Right)]).indented(2);
    for turned in &comparison.turned {
        let cell = |held: Option<bool>, text: &Option<String>| {
            let text = text.as_deref().map(plain_line).unwrap_or_default();
            match held {
                Some(true) => Cell::toned(format!("{} {text}", look.sign("✓", "ok")), Tone::Good),
                Some(false) => Cell::toned(format!("{} {text}", look.sign("✕", "X")), Tone::Bad),
                None => Cell::toned(look.sign("–", "-"), Tone::Quiet),
            }
        };
        table.row(vec![
            plain_line(&turned.text).into(),
            cell(turned.before, &turned.before_text),
            cell(turned.after, &turned.after_text),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    const LOOK: Look = Look { colour: false, unicode: true, width: 120 };

    fn compared() -> Comparison {
        let before = fixture::run().report;
        let mut after = before.clone();
        after.seed = 2;
        after.end_to_end_ms.mean = Some(800.0);
        after.end_to_end_ms.ci95 = Some([780.0, 820.0]);
        after.expectations[0].held = true;
        after.expectations[0].worst_text = "1.9s".into();
        compare(&before, &after)
    }

    #[test]
    fn differences_as_people_read_them() {
        let names = ["before.json".to_owned(), "after.json".to_owned()];
        insta::assert_snapshot!(render(&compared(), &names, LOOK));
        let ascii = render(&compared(), &names, Look { unicode: false, width: 72, ..LOOK });
        assert!(ascii.is_ascii(), "{ascii}");
    }

    #[test]
    fn one_replication_is_said_to_be_too_few() {
        let mut before = fixture::run().report;
        before.replications = 1;
        let text = render(&compare(&before, &fixture::run().report), &["a".into(), "b".into()], LOOK);
        assert!(text.contains("The first has one replication"), "{text}");
    }
}
