//! `thalweg traces`: what was received.

mod assert;
mod carry;
mod compare;
mod critical;
mod diff;
mod journey;
mod list;
mod map;
mod operations;
mod search;
mod waterfall;

use std::{
    future::Future,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use thalweg_workbench::{Observatory, Seen, Unwatched, default_db_path};

pub(crate) use self::list::date_time;
pub(crate) use self::search::{is_filter, is_record_filter};

use crate::{
    args::{Format, SeenArgs, TracesArgs, TracesCommand},
    failure::{Failure, Verdict},
    terminal::Terminal,
};

/// Lists, shows, finds or judges traces.
pub(crate) fn run(args: &TracesArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    let is_usual = db.is_none();
    // A filter that is none is told before anything is looked for.
    if filters(&args.command).into_iter().any(|text| !search::is_filter(text, terminal)) {
        return Ok(Verdict::Unusable);
    }
    if let TracesCommand::Assert(args) = &args.command {
        let db = data_file(db)?;
        return block_on(assert::run(args, &db, terminal));
    }
    if let TracesCommand::Import(args) = &args.command {
        let db = data_file(db)?;
        return block_on(carry::import(args, db, terminal));
    }
    let db = data_file(db)?;
    if !db.exists() {
        return no_data_file(args, &db, is_usual, terminal);
    }
    if let TracesCommand::Export(args) = &args.command {
        return block_on(carry::export(args, db, terminal));
    }
    let text = block_on(async {
        let observatory = Observatory::look(db).await?;
        let text = answer(&args.command, &observatory, terminal).await;
        if let Some(damage) = observatory.damage().await {
            terminal.note(&damage);
        }
        observatory.shut_down().await;
        text
    })?;
    terminal.print(&text)?;
    Ok(Verdict::Well)
}

/// The filters that a command is given.
fn filters(command: &TracesCommand) -> Vec<&str> {
    match command {
        TracesCommand::Search(args) => vec![&args.filter],
        TracesCommand::Assert(args) => vec![&args.filter],
        TracesCommand::Operations { filter, .. } => vec![filter],
        TracesCommand::Export(args) => args.filter.iter().map(String::as_str).collect(),
        TracesCommand::Map { seen, .. } => seen.filter.iter().map(String::as_str).collect(),
        TracesCommand::Compare { set, against, .. } => {
            std::iter::once(set).chain(against).map(String::as_str).collect()
        }
        _ => Vec::new(),
    }
}

/// Runs what waits for the data file.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("No thread could be started: {error}.")))?;
    runtime.block_on(work)
}

/// Which traces to look at.
pub(crate) fn seen(args: &SeenArgs) -> Result<Seen, Failure> {
    let since = args.since.as_deref().map(str::parse::<thalweg_flow::Duration>).transpose();
    let since = since.map_err(|error| Failure::usage(format!("--since: {error}.")))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
    let since_unix_nano = since.map(|since| now.saturating_sub(since.as_nanos()));
    Ok(Seen { since_unix_nano, services: args.service.clone(), filter: args.filter.clone().unwrap_or_default() })
}

/// The data file that is named, or the usual one.
pub(crate) fn data_file(db: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match db {
        Some(path) => Ok(path),
        None => Ok(default_db_path()?),
    }
}

async fn answer(command: &TracesCommand, observatory: &Observatory, terminal: &Terminal) -> Result<String, Failure> {
    match command {
        TracesCommand::List { limit, format } => {
            let traces = observatory.traces(*limit).await?;
            match format {
                Format::Human if traces.is_empty() => {
                    terminal.note(HOW_TO_SEND);
                    Ok(String::new())
                }
                Format::Human => Ok(list::render(&traces, terminal.out())),
                Format::Json => list::json(&traces),
            }
        }
        TracesCommand::Show { trace_id, format: Format::Human } => {
            Ok(waterfall::render(&observatory.trace(trace_id).await?, terminal.out()))
        }
        TracesCommand::Show { trace_id, format: Format::Json } => {
            Ok(observatory.trace_otlp_json(trace_id).await? + "\n")
        }
        TracesCommand::Map { seen: of, format } => {
            let found = observatory.topology(&seen(of)?, &Unwatched).await?;
            match format {
                Format::Human => Ok(map::render(&found, terminal.out())),
                Format::Json => json(&found),
            }
        }
        TracesCommand::Journey { trace_id, span_id, format } => {
            let found = observatory.journey(trace_id, span_id.as_deref(), &Unwatched).await?;
            match format {
                Format::Human => Ok(journey::render(&found, terminal.out())),
                Format::Json => json(&found),
            }
        }
        TracesCommand::Critical { trace_id, format } => {
            let found = observatory.critical_path(trace_id).await?;
            match format {
                Format::Human => Ok(critical::render(&found, terminal.out())),
                Format::Json => json(&found),
            }
        }
        TracesCommand::Operations { filter, limit, format } => {
            let mut found = observatory.operations(filter).await?;
            match format {
                Format::Human => Ok(operations::render(&found, *limit as usize, terminal)),
                Format::Json => {
                    found.left_out += operations::cut(&mut found.operations, *limit as usize);
                    json(&found)
                }
            }
        }
        TracesCommand::Compare { set, against, format } => {
            let found = observatory.contrast(set, against.as_deref()).await?;
            match format {
                Format::Human => Ok(compare::render(&found, terminal)),
                Format::Json => json(&found),
            }
        }
        TracesCommand::Diff { before, after, format } => {
            let found = observatory.difference(before, after).await?;
            match format {
                Format::Human => Ok(diff::render(&found, terminal.out())),
                Format::Json => json(&found),
            }
        }
        TracesCommand::Search(args) => search::answer(args, observatory, terminal).await,
        TracesCommand::Assert(_) | TracesCommand::Export(_) | TracesCommand::Import(_) => {
            Err(Failure::environment("This is done elsewhere."))
        }
    }
}

fn json(found: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(found)
        .map_err(|error| Failure::environment(format!("The result could not be written as JSON: {error}.")))?;
    Ok(text + "\n")
}

const HOW_TO_SEND: &str = "No traces yet. Run `thalweg receive`, then start a program with OpenTelemetry and\n\
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 (OTEL_EXPORTER_OTLP_PROTOCOL=grpc).";

/// Looking must not make a data file: a mistyped path would then look like an empty one. That the usual one is not there
/// yet only means that nothing was received.
fn no_data_file(args: &TracesArgs, db: &Path, is_usual: bool, terminal: &Terminal) -> Result<Verdict, Failure> {
    match &args.command {
        TracesCommand::List { format, .. } if is_usual => {
            terminal.note(HOW_TO_SEND);
            if *format == Format::Json {
                terminal.print("[]\n")?;
            }
            Ok(Verdict::Well)
        }
        TracesCommand::Search(args) if is_usual => {
            terminal.note(HOW_TO_SEND);
            terminal.print(search::nothing(args.format))?;
            Ok(Verdict::Well)
        }
        _ => Err(nothing_there(db)),
    }
}

/// There is no data file to look into.
pub(crate) fn nothing_there(db: &Path) -> Failure {
    Failure::usage(format!("There is no data file {}.", db.display()))
        .with_help("Name another with --db PATH, or receive traces with `thalweg receive`.")
}
