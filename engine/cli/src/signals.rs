//! `thalweg logs` and `thalweg metrics`: what was received beside traces.

use std::path::{Path, PathBuf};

use serde::Serialize;
use thalweg_charts::units;
use thalweg_protocol::{
    LogFilter, LogPage, LogView, MetricAsked, MetricLine, MetricView, limits,
    signals::{MetricBucket, MetricKind},
};
use thalweg_workbench::Observatory;

use crate::{
    args::{Format, LogsArgs, MetricsArgs, MetricsCommand},
    failure::{Failure, Verdict},
    table::{Cell, Side, Table, Tone},
    terminal::{Look, Terminal, plain_line},
    traces::{data_file, date_time, is_record_filter},
};

const HOW_TO_SEND: &str = "Nothing yet. Run `thalweg receive`, then start a program with OpenTelemetry and\n\
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 (OTEL_EXPORTER_OTLP_PROTOCOL=grpc).";

/// Prints the newest log records, or those of a trace.
pub(crate) fn logs(args: &LogsArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    // A filter that is none is told before anything is looked for.
    if args.filter.as_ref().is_some_and(|text| !is_record_filter(text, terminal)) {
        return Ok(Verdict::Unusable);
    }
    let Some(db) = existing(db, args.format, terminal)? else { return Ok(Verdict::Well) };
    look(&db, terminal, async |observatory| {
        let logs = match &args.trace {
            Some(trace) => of_trace(trace, observatory).await?,
            None => newest(args, observatory).await?,
        };
        match args.format {
            Format::Human if logs.is_empty() => {
                terminal.note("No log record is what was asked for.");
                Ok(String::new())
            }
            Format::Human => Ok(log_table(&logs, terminal.out())),
            Format::Json => json(&logs),
        }
    })
}

/// All records of a trace, page by page.
async fn of_trace(trace: &str, observatory: &Observatory) -> Result<Vec<LogView>, Failure> {
    let (mut logs, mut after) = (Vec::new(), None);
    loop {
        let page = observatory.logs_of_trace(trace, None, after.as_deref()).await?;
        logs.extend(page.logs);
        after = page.next;
        if after.is_none() {
            return Ok(logs);
        }
    }
}

/// As many pages as it takes.
async fn newest(args: &LogsArgs, observatory: &Observatory) -> Result<Vec<LogView>, Failure> {
    let filter = LogFilter {
        severity: args.severity.map(crate::args::Severity::number),
        service: args.service.clone(),
        text: args.text.clone(),
        filter: args.filter.clone().unwrap_or_default(),
        ..LogFilter::default()
    };
    let (mut logs, mut before) = (Vec::new(), None);
    while logs.len() < args.limit as usize {
        let rest = args.limit - logs.len() as u32;
        let page: LogPage =
            observatory.logs(filter.clone(), rest.min(limits::LOGS_PER_PAGE), before.as_deref()).await?;
        logs.extend(page.logs);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(logs)
}

fn log_table(logs: &[LogView], look: Look) -> String {
    let mut table = Table::new(&[
        ("time (UTC)", Side::Left),
        ("severity", Side::Left),
        ("service", Side::Left),
        ("says", Side::Left),
    ])
    .yielding(&[3]);
    for log in logs {
        let severity = plain_line(&log.severity_text);
        let tone = match log.severity {
            17.. => Some(Tone::Bad),
            _ => None,
        };
        let said = if log.text.is_empty() { &log.event_name } else { &log.text };
        table.row(vec![
            date_time(log.time_unix_nano).into(),
            tone.map_or_else(|| severity.clone().into(), |tone| Cell::toned(severity.clone(), tone)),
            plain_line(&log.service).into(),
            plain_line(said).into(),
        ]);
    }
    table.render(look)
}

/// Prints which metrics there are, or the series of one.
pub(crate) fn metrics(args: &MetricsArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    let format = match &args.command {
        MetricsCommand::List { format, .. } | MetricsCommand::Show { format, .. } => *format,
    };
    let Some(db) = existing(db, format, terminal)? else { return Ok(Verdict::Well) };
    look(&db, terminal, async |observatory| match (&args.command, format) {
        (MetricsCommand::List { search, .. }, format) => {
            let list = observatory.metrics(search.as_deref().unwrap_or_default(), None).await?;
            if list.left_out > 0 {
                terminal.note(&format!("{} more are not listed; --search TEXT narrows.", units::whole(list.left_out)));
            }
            match format {
                Format::Json => json(&list.metrics),
                Format::Human if list.metrics.is_empty() => {
                    terminal.note(if search.is_some() { "No metric fits." } else { HOW_TO_SEND });
                    Ok(String::new())
                }
                Format::Human => Ok(metric_table(&list.metrics, terminal.out())),
            }
        }
        (MetricsCommand::Show { name, .. }, format) => {
            let all = MetricAsked {
                name: name.clone(),
                from_unix_nano: 0,
                to_unix_nano: u64::MAX,
                buckets: 1,
                by: None,
                cells: false,
            };
            let metric = observatory.metric(&all).await?;
            match format {
                Format::Human => Ok(series_table(&metric, terminal)),
                Format::Json => json(&metric),
            }
        }
    })
}

fn metric_table(metrics: &[MetricLine], look: Look) -> String {
    let mut table = Table::new(&[
        ("name", Side::Left),
        ("kind", Side::Left),
        ("unit", Side::Left),
        ("services", Side::Left),
        ("series", Side::Right),
        ("points", Side::Right),
        ("last", Side::Right),
        ("at (UTC)", Side::Left),
    ])
    .yielding(&[0, 3]);
    for metric in metrics {
        table.row(vec![
            plain_line(&metric.name).into(),
            kind(metric.kind).into(),
            plain_line(&metric.unit).into(),
            plain_line(&metric.services.join(", ")).into(),
            units::whole(metric.series).into(),
            units::whole(metric.points).into(),
            number(metric.last, look).into(),
            date_time(metric.last_unix_nano).into(),
        ]);
    }
    table.render(look)
}

fn series_table(metric: &MetricView, terminal: &Terminal) -> String {
    let look = terminal.out();
    let mut table = Table::new(&[
        ("service", Side::Left),
        ("attributes", Side::Left),
        ("points", Side::Right),
        ("last", Side::Right),
        ("grew by", Side::Right),
        ("values", Side::Right),
        ("min", Side::Right),
        ("mean", Side::Right),
        ("p50", Side::Right),
        ("p99", Side::Right),
        ("max", Side::Right),
    ])
    .yielding(&[1]);
    for series in &metric.series {
        let attributes: Vec<String> = series.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let none = MetricBucket::default();
        let bucket = series.buckets.first().unwrap_or(&none);
        let quantile = |share: f64| bucket.quantiles.iter().find(|(of, _)| (of - share).abs() < 1e-9).map(|(_, v)| *v);
        table.row(vec![
            plain_line(&series.service).into(),
            plain_line(&attributes.join(" ")).into(),
            units::whole(bucket.points).into(),
            number(bucket.last, look).into(),
            number(bucket.increase, look).into(),
            bucket.count.map_or_else(String::new, units::whole).into(),
            number(bucket.min, look).into(),
            number(bucket.mean, look).into(),
            number(quantile(0.5), look).into(),
            number(quantile(0.99), look).into(),
            number(bucket.max, look).into(),
        ]);
    }
    if metric.series_left_out > 0 {
        terminal.note(&format!("{} more series are not shown.", units::whole(metric.series_left_out)));
    }
    if metric.points_left_out {
        terminal.note("There are more points than are read at once; only the newest were.");
    }
    table.without_empty_columns().render(look)
}

fn number(value: Option<f64>, look: Look) -> String {
    value.map_or_else(String::new, |value| look.say(&units::six_digits(value)))
}

fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Counter => "counter",
        MetricKind::UpDownCounter => "up-down counter",
        MetricKind::Histogram => "histogram",
        MetricKind::ExponentialHistogram => "exponential histogram",
        MetricKind::Summary => "summary",
    }
}

/// Looking must not make a data file: a mistyped path would then look like an empty one. That the usual one is not there
/// yet only means that nothing was received.
fn existing(db: Option<PathBuf>, format: Format, terminal: &Terminal) -> Result<Option<PathBuf>, Failure> {
    let is_usual = db.is_none();
    let db = data_file(db)?;
    if db.exists() {
        return Ok(Some(db));
    }
    if is_usual {
        terminal.note(HOW_TO_SEND);
        if format == Format::Json {
            terminal.print("[]\n")?;
        }
        return Ok(None);
    }
    Err(Failure::usage(format!("There is no data file {}.", db.display()))
        .with_help("Name another with --db PATH, or receive with `thalweg receive`."))
}

fn look(
    db: &Path,
    terminal: &Terminal,
    ask: impl AsyncFnOnce(&Observatory) -> Result<String, Failure>,
) -> Result<Verdict, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("No thread could be started: {error}.")))?;
    let text = runtime.block_on(async {
        let observatory = Observatory::look(db.to_owned()).await?;
        let text = ask(&observatory).await;
        observatory.shut_down().await;
        text
    })?;
    terminal.print(&text)?;
    Ok(Verdict::Well)
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::environment(format!("It could not be written as JSON: {error}.")))?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 120 };

    #[test]
    fn log_records_as_a_table() {
        let log = |severity, text: &str, event: &str| LogView {
            place: String::new(),
            time_unix_nano: 1_795_446_471_250_000_000,
            observed_unix_nano: 0,
            severity,
            severity_text: if severity < 17 { "INFO" } else { "ERROR" }.into(),
            service: "shop".into(),
            text: text.into(),
            event_name: event.into(),
            trace_id: String::new(),
            span_id: String::new(),
            attributes: Vec::new(),
            resource: Vec::new(),
            scope: String::new(),
        };
        let logs = [log(9, "order placed", ""), log(17, "\u{1b}[31mcard\ndeclined", ""), log(9, "", "order.archived")];
        insta::assert_snapshot!(log_table(&logs, LOOK));
    }

    #[test]
    fn metrics_as_a_table() {
        let metrics = [MetricLine {
            name: "orders.placed".into(),
            unit: "{order}".into(),
            description: String::new(),
            kind: MetricKind::Counter,
            temporality: thalweg_protocol::signals::Temporality::Cumulative,
            series: 3,
            points: 12_000,
            services: vec!["billing".into(), "shop".into()],
            first_unix_nano: 1_795_440_000_000_000_000,
            last_unix_nano: 1_795_446_471_250_000_000,
            last: Some(1234.5),
        }];
        insta::assert_snapshot!(metric_table(&metrics, LOOK));
    }
}
