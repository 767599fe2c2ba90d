//! Traces that a filter finds.

use serde_json::{Value, json};
use thalweg_charts::units;
use thalweg_protocol::{FoundTrace, TraceOrder, TraceSearch, limits};
use thalweg_spans::filter::{self, Filter, Problem, Reading};
use thalweg_workbench::Observatory;

use super::list;
use crate::{
    args::{Order, SearchArgs, SearchFormat},
    failure::Failure,
    summary::problems,
    terminal::{BAD, Terminal, plain},
};

/// Whether a text is a filter; what is wrong with it is told.
pub(crate) fn is_filter(text: &str, terminal: &Terminal) -> bool {
    is_usable(text, filter::read(text), terminal)
}

/// The same of a filter of log records.
pub(crate) fn is_record_filter(text: &str, terminal: &Terminal) -> bool {
    is_usable(text, filter::read_of_records(text), terminal)
}

fn is_usable(text: &str, reading: Reading, terminal: &Terminal) -> bool {
    tell(text, &reading.problems, terminal);
    let Some(expr) = reading.expr else { return false };
    // Only an expression that takes too much memory gets so far.
    let too_much = Filter::new(&expr).err();
    if let Some(error) = &too_much {
        terminal.complain(&format!("{} {}", terminal.err().paint(BAD.bold(), "error:"), plain(&error.to_string())));
    }
    too_much.is_none()
}

/// Tells each with its place.
pub(super) fn tell(text: &str, problems: &[Problem], terminal: &Terminal) {
    for problem in problems {
        let told = problems::coloured(problem.severity, &problem.render(text), terminal.err());
        terminal.complain(told.trim_end());
    }
}

/// What is printed.
pub(super) async fn answer(
    args: &SearchArgs,
    observatory: &Observatory,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let found = all(args, observatory).await?;
    if found.is_empty() {
        tell_why_nothing(args, observatory, terminal).await;
    }
    match args.format {
        SearchFormat::Human if found.is_empty() => Ok(String::new()),
        SearchFormat::Human => Ok(list::render_found(&found, terminal.out())),
        SearchFormat::Json => list::json(&found),
        SearchFormat::OtlpJson => otlp(&found, observatory).await,
    }
}

/// What is printed where there is not even a data file.
pub(super) fn nothing(format: SearchFormat) -> &'static str {
    match format {
        SearchFormat::Human => "",
        SearchFormat::Json => "[]\n",
        SearchFormat::OtlpJson => "{\"resourceSpans\":[]}\n",
    }
}

/// Page after page until there are enough.
async fn all(args: &SearchArgs, observatory: &Observatory) -> Result<Vec<FoundTrace>, Failure> {
    let limit = args.limit as usize;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let search = TraceSearch {
            filter: args.filter.clone(),
            order: match args.order {
                Order::Newest => TraceOrder::Newest,
                Order::Slowest => TraceOrder::Slowest,
                Order::Errors => TraceOrder::Errors,
            },
            limit: u32::try_from(limit - found.len()).unwrap_or(u32::MAX).min(limits::TRACES_PER_PAGE),
            after: after.take(),
        };
        let page = observatory.search(&search).await?;
        found.extend(page.traces);
        match page.next {
            Some(next) if found.len() < limit => after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// Nothing found is most often something misspelt.
async fn tell_why_nothing(args: &SearchArgs, observatory: &Observatory, terminal: &Terminal) {
    let Ok(seen) = observatory.seen().await else { return };
    if seen.names.is_empty() {
        terminal.note("No trace is stored yet.");
        return;
    }
    let doubts = filter::doubts(&filter::read(&args.filter), &seen);
    tell(&args.filter, &doubts, terminal);
    terminal.note(if doubts.is_empty() { "No stored trace fits." } else { "No stored trace fits; see above." });
}

async fn otlp(found: &[FoundTrace], observatory: &Observatory) -> Result<String, Failure> {
    let mut all = Vec::new();
    for trace in found {
        let text = observatory.trace_otlp_json(&trace.summary.trace_id).await?;
        let mut json: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::environment(format!("A trace is no JSON: {error}.")))?;
        if let Some(Value::Array(spans)) = json.get_mut("resourceSpans").map(Value::take) {
            all.extend(spans);
        }
    }
    Ok(format!("{}\n", json!({ "resourceSpans": all })))
}

/// `2 of 12 spans`.
pub(super) fn share(found: &FoundTrace) -> String {
    format!("{} of {}", units::whole(found.matching), units::whole(found.summary.spans))
}
