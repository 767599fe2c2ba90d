//! Whether traces of a shape arrive, are quick enough and without errors: what an end-to-end test asks.
//!
//! What later spans cannot mend is told at once: a trace that took too long, an error, one trace too many. What they could
//! still turn is judged once the traces are at rest.

mod rules;

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use thalweg_charts::units;
use thalweg_protocol::TraceSummary;
use thalweg_spans::filter;
use thalweg_workbench::{Observatory, TraceLook};

use super::{list, search};
use crate::{
    args::{AssertArgs, Format},
    failure::{Failure, Verdict},
    terminal::{BAD, GOOD, QUIET, Terminal, plain_line},
};
use rules::{Judgement, Rules};

/// How often the data file is looked at.
const PACE: Duration = Duration::from_millis(100);
/// Traces that go on growing are judged as they are after so many times of the rest that was asked for.
const MOST_RESTS: u32 = 10;
/// Traces that are told at most.
const TOLD: usize = 20;

/// What came of it.
struct Outcome {
    look: TraceLook,
    judgement: Judgement,
    waited: Duration,
}

/// Waits, judges, tells, and answers.
pub(super) async fn run(args: &AssertArgs, db: &Path, terminal: &Terminal) -> Result<Verdict, Failure> {
    let begun = Instant::now();
    let since = since(args.since);
    while !is_there(db) {
        if begun.elapsed() >= args.within {
            return Err(Failure::usage(format!("There is no data file {}.", db.display()))
                .with_help("Name another with --db PATH, or receive traces with `thalweg receive`."));
        }
        tokio::time::sleep(PACE).await;
    }
    let observatory = Observatory::look(db.to_owned()).await?;
    let outcome = wait(args, &observatory, since, begun).await;
    let doubts = match &outcome {
        Ok(outcome) if outcome.look.found.is_empty() && outcome.look.traces > 0 => doubts(args, &observatory).await,
        _ => Vec::new(),
    };
    observatory.shut_down().await;
    let outcome = outcome?;
    match args.format {
        Format::Human => {
            terminal.print(&told(args, &outcome, terminal))?;
            for doubt in &doubts {
                search::tell(&args.filter, std::slice::from_ref(doubt), terminal);
            }
        }
        Format::Json => terminal.print(&json(args, &outcome))?,
    }
    Ok(if outcome.judgement.holds() { Verdict::Well } else { Verdict::DoesNotHold })
}

/// Nanoseconds since 1970, before which traces are not meant.
fn since(ago: Option<Duration>) -> u64 {
    let Some(ago) = ago else { return 0 };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.saturating_sub(ago).as_nanos()).unwrap_or(u64::MAX)
}

/// A file that another process is just making has nothing in it yet.
fn is_there(db: &Path) -> bool {
    std::fs::metadata(db).is_ok_and(|known| !known.is_file() || known.len() > 0)
}

async fn wait(args: &AssertArgs, observatory: &Observatory, since: u64, begun: Instant) -> Result<Outcome, Failure> {
    let rules = Rules::of(args);
    let mut watch = observatory.watch(&args.filter, since)?;
    let mut last: Vec<TraceSummary> = Vec::new();
    let mut at_rest_since = Instant::now();
    let mut enough_since = None;
    loop {
        let look = watch.look().await?;
        if look.found != last {
            last.clone_from(&look.found);
            at_rest_since = Instant::now();
        }
        let judgement = rules.judge(&look.found);
        let waited = begun.elapsed();
        let is_over = waited >= args.within;
        let is_decided = match &judgement {
            Judgement::Holds if !rules.can_turn() => true,
            Judgement::Holds => {
                let enough = *enough_since.get_or_insert_with(Instant::now);
                let is_at_rest = at_rest_since.elapsed() >= args.settle
                    || enough.elapsed() >= args.settle.saturating_mul(MOST_RESTS).max(args.within);
                is_at_rest && (is_over || !rules.has_most())
            }
            Judgement::TooFew => is_over,
            Judgement::Broken(_) => true,
        };
        if is_decided {
            return Ok(Outcome { look, judgement, waited });
        }
        tokio::time::sleep(PACE).await;
    }
}

async fn doubts(args: &AssertArgs, observatory: &Observatory) -> Vec<filter::Problem> {
    match observatory.seen().await {
        Ok(seen) => filter::doubts(&filter::read(&args.filter), &seen),
        Err(_) => Vec::new(),
    }
}

/// For people.
fn told(args: &AssertArgs, outcome: &Outcome, terminal: &Terminal) -> String {
    let look = terminal.out();
    let found = &outcome.look.found;
    let counted = match found.len() {
        0 => "no trace was found".to_owned(),
        1 => "1 trace was found".to_owned(),
        count => format!("{} traces were found", units::whole(count as u64)),
    };
    let waited = look.say(&units::milliseconds(outcome.waited.as_secs_f64() * 1e3));
    match &outcome.judgement {
        Judgement::Holds => {
            let slowest = found.iter().map(|trace| trace.duration_ms).fold(0.0, f64::max);
            let slowest = match found.len() {
                0 => String::new(),
                _ => format!(", the slowest took {}", look.say(&units::milliseconds(slowest))),
            };
            format!("{} {counted}{slowest}\n", look.paint(GOOD, look.sign("✓ holds:", "holds:")))
        }
        Judgement::TooFew => {
            let needed = args.count.least;
            let newest = match &outcome.look.newest {
                None => "no trace is stored at all".to_owned(),
                Some(newest) => format!(
                    "{} traces were looked at, the newest is {} of {} UTC",
                    units::whole(outcome.look.traces),
                    plain_line(&format!("{}: {}", newest.service, newest.root)),
                    list::date_time(newest.start_unix_nano)
                ),
            };
            format!(
                "{} {counted} within {waited}, {needed} needed\n{}\n",
                look.paint(BAD, look.sign("✗ does not hold:", "does not hold:")),
                look.paint(QUIET, format!("  {newest}"))
            )
        }
        Judgement::Broken(broken) => {
            let mut text = format!("{} {counted}\n", look.paint(BAD, look.sign("✗ does not hold:", "does not hold:")));
            for rule in broken {
                text.push_str(&format!("  {}\n", look.say(&rule.what)));
            }
            let of_them: Vec<&TraceSummary> = found.iter().filter(|trace| concerns(broken, trace)).take(TOLD).collect();
            if !of_them.is_empty() {
                text.push('\n');
                text.push_str(&list::render(of_them, look));
            }
            text
        }
    }
}

/// Whether a trace breaks one of the rules; all do when there are too many.
fn concerns(broken: &[rules::Broken], trace: &TraceSummary) -> bool {
    broken.iter().any(|rule| rule.traces.contains(&trace.trace_id))
}

/// For programs.
fn json(args: &AssertArgs, outcome: &Outcome) -> String {
    let broken: Vec<_> = match &outcome.judgement {
        Judgement::Broken(broken) => broken
            .iter()
            .map(|rule| json!({ "rule": rule.rule, "message": rule.what, "traces": rule.traces }))
            .collect(),
        Judgement::TooFew => vec![json!({
            "rule": "count",
            "message": format!("{} of at least {} traces were found.", outcome.look.found.len(), args.count.least),
            "traces": [],
        })],
        Judgement::Holds => Vec::new(),
    };
    let canonical = filter::parse(&args.filter).map(|expr| expr.to_string()).unwrap_or_default();
    let document = json!({
        "holds": outcome.judgement.holds(),
        "filter": canonical,
        "found": outcome.look.found.len(),
        "looked_at": outcome.look.traces,
        "waited_s": outcome.waited.as_secs_f64(),
        "broken": broken,
        "traces": outcome.look.found.iter().take(TOLD).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}
