//! Log records and metrics, asked of the data file in the words of the faces.

use thalweg_protocol::{
    ApiError, ErrorCode, limits,
    signals::{
        LogFilter, LogPage, LogView, MetricAsked, MetricBucket, MetricExemplar, MetricId, MetricKind, MetricLine,
        MetricLines, MetricSeries, MetricView, Temporality,
    },
};
use thalweg_spans::filter::{self, Filter, Problems};
use thalweg_telemetry::{
    Bucket, Exemplar, HeatMap, Log, LogCursor, LogQuery, Logs, MetricShape, MetricSummary, PointValue, Reduction,
    Series, SpanId, Value, heat_map,
};

use crate::{
    Observatory, convert,
    observe::{query_error, trace_id_from},
    trace_view::{attributes, cut, cut_to, value_text},
};

/// Longest value of a log record that has many long ones.
const SHORT_VALUE: usize = 256;

impl Observatory {
    /// A page of log records, newest first, going on where `before` says.
    ///
    /// # Errors
    /// When `before` is no place, the filter is none, or the data file cannot be read.
    pub async fn logs(&self, filter: LogFilter, limit: u32, before: Option<&str>) -> Result<LogPage, ApiError> {
        let before = before.map(|text| LogCursor::from_text(text).ok_or_else(|| no_place(text))).transpose()?;
        let query = LogQuery {
            from_ns: filter.from_unix_nano,
            until_ns: filter.until_unix_nano,
            severity: filter.severity,
            service: filter.service,
            text: filter.text,
        };
        let limit = limit.min(limits::LOGS_PER_PAGE);
        let store = self.store()?;
        let logs = if filter.filter.trim().is_empty() {
            thalweg_telemetry::find_logs(store, &query, limit, before).await
        } else {
            let asked = record_filter(&filter.filter)?;
            thalweg_telemetry::search_logs(store, &query, &asked, limit, before).await
        };
        let logs = logs.map_err(query_error)?;
        self.page(logs).await
    }

    /// The log records of a trace, or of one of its spans, oldest first, going on where `after` says.
    ///
    /// # Errors
    /// When an id is none, or the data file cannot be read.
    pub async fn logs_of_trace(
        &self,
        trace_id: &str,
        span_id: Option<&str>,
        after: Option<&str>,
    ) -> Result<LogPage, ApiError> {
        let after = after.map(|text| LogCursor::from_text(text).ok_or_else(|| no_place(text))).transpose()?;
        let trace = trace_id_from(trace_id)?;
        let span = span_id.map(span_id_from).transpose()?;
        let logs = thalweg_telemetry::logs_of_trace(self.store()?, trace, span, limits::LOGS_PER_PAGE, after)
            .await
            .map_err(query_error)?;
        self.page(logs).await
    }

    /// The records up to what one page may weigh; the rest is the next page.
    async fn page(&self, logs: Logs) -> Result<LogPage, ApiError> {
        let (mut views, mut weight) = (Vec::new(), 0);
        for (log, place) in logs.logs.iter().zip(&logs.places) {
            let view = log_view(&logs, log, *place);
            weight += weight_of(&view);
            if weight > limits::LOG_PAGE_BYTES && !views.is_empty() {
                break;
            }
            views.push(view);
        }
        let is_whole = views.len() == logs.logs.len();
        let next = if is_whole { logs.next } else { logs.places.get(views.len() - 1).copied() };
        Ok(LogPage {
            logs: views,
            total: logs.total,
            next: next.map(LogCursor::to_text),
            services: self.store()?.signal_services().await.map_err(convert::store_error)?,
        })
    }

    /// Which metrics there are whose name, unit, description or service holds what is searched for, by name; and `also`, whether or
    /// not it is among them.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub async fn metrics(&self, search: &str, also: Option<&MetricId>) -> Result<MetricLines, ApiError> {
        let (metrics, left_out) = self.listed_metrics(search, limits::METRICS_LISTED).await?;
        let also = match (also, also.and_then(|id| metrics.iter().find(|line| id.is_of(line)))) {
            (_, Some(line)) => Some(line.clone()),
            // By its name, which others may hold too: however many those are, it is among them.
            (Some(id), None) => {
                let (named, _) = self.listed_metrics(&id.name, usize::MAX).await?;
                named.into_iter().find(|line| id.is_of(line))
            }
            (None, None) => None,
        };
        Ok(MetricLines { metrics, left_out, also })
    }

    async fn listed_metrics(&self, search: &str, most: usize) -> Result<(Vec<MetricLine>, u64), ApiError> {
        let list = thalweg_telemetry::list_metrics(self.store()?, search, most).await.map_err(query_error)?;
        Ok((list.metrics.into_iter().map(metric_line).collect(), list.left_out))
    }

    /// One metric in a range of times.
    ///
    /// # Errors
    /// When there is no such metric, or the data file cannot be read.
    pub async fn metric(&self, asked: &MetricAsked) -> Result<MetricView, ApiError> {
        let reduction = Reduction {
            from_unix_nano: asked.from_unix_nano,
            to_unix_nano: asked.to_unix_nano,
            buckets: asked.buckets.clamp(1, limits::METRIC_BUCKETS),
            series: limits::METRIC_SERIES,
        };
        let found = thalweg_telemetry::get_metric_by(self.store()?, &asked.name, reduction, asked.by.as_deref())
            .await
            .map_err(query_error)?;
        let metric = found.ok_or_else(|| {
            ApiError::new(ErrorCode::Usage, format!("There is no metric {:?} in the data file.", asked.name))
                .with_help("`thalweg metrics list` shows those there are.")
        })?;
        Ok(MetricView {
            name: metric.name,
            description: cut(&metric.description),
            series: metric.series.into_iter().map(|series| metric_series(series, asked.cells)).collect(),
            keys: metric.keys,
            series_left_out: metric.series_left_out,
            points_left_out: metric.points_left_out,
        })
    }

    /// Removes all log records.
    ///
    /// # Errors
    /// When the data file cannot be written.
    pub async fn clear_logs(&self) -> Result<(), ApiError> {
        self.store()?.clear_logs().await.map_err(convert::store_error)
    }

    /// Removes all metrics.
    ///
    /// # Errors
    /// When the data file cannot be written.
    pub async fn clear_metrics(&self) -> Result<(), ApiError> {
        self.store()?.clear_metrics().await.map_err(convert::store_error)
    }
}

fn record_filter(text: &str) -> Result<Filter, ApiError> {
    let usage = |message: &str| ApiError::new(ErrorCode::Usage, convert::sentence(message));
    let reading = filter::read_of_records(text);
    let expr = reading.expr.ok_or_else(|| usage(&Problems(reading.problems).to_string()))?;
    Filter::new(&expr).map_err(|error| usage(&error.to_string()))
}

fn no_place(text: &str) -> ApiError {
    ApiError::new(ErrorCode::Usage, format!("{text:?} is no place in the list of log records."))
        .with_help("Hand back what a page gave as `next`, or begin with the newest.")
}

fn span_id_from(text: &str) -> Result<SpanId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::new(ErrorCode::Usage, format!("{text:?} is no span id."))
            .with_help("A span id is 16 hexadecimal digits.")
    })
}

/// What a record weighs on a page, about.
fn weight_of(view: &LogView) -> usize {
    let pairs = view.attributes.iter().chain(&view.resource);
    pairs.map(|(name, value)| name.len() + value.len() + 8).sum::<usize>() + view.text.len() + 400
}

fn log_view(logs: &Logs, log: &Log, place: LogCursor) -> LogView {
    let scope = logs.scopes.get(log.scope);
    let text = cut_to(&log.text, limits::LOG_TEXT_BYTES);
    let mut room = limits::LOG_BYTES;
    LogView {
        place: place.to_text(),
        time_unix_nano: log.when(),
        observed_unix_nano: log.observed_time_unix_nano,
        severity: log.severity,
        severity_text: if log.severity_text.is_empty() {
            severity_word(log.severity).to_owned()
        } else {
            cut(&log.severity_text)
        },
        service: log.service.clone(),
        text,
        event_name: cut(&log.event_name),
        trace_id: log.trace_id.map(|id| id.to_string()).unwrap_or_default(),
        span_id: log.span_id.map(|id| id.to_string()).unwrap_or_default(),
        attributes: log.attributes.iter().map(|pair| whole_while_there_is_room(pair, &mut room)).collect(),
        resource: logs.resources.get(log.resource).map(|resource| attributes(&resource.attributes)).unwrap_or_default(),
        scope: scope.map(|scope| format!("{} {}", scope.name, scope.version).trim().to_owned()).unwrap_or_default(),
    }
}

/// An attribute as it was sent, until those before it took all the room; then the beginning of it.
fn whole_while_there_is_room((name, value): &(String, Value), room: &mut usize) -> (String, String) {
    let value = value_text(value);
    let most = if value.len() <= *room { limits::LOG_TEXT_BYTES } else { SHORT_VALUE };
    *room = room.saturating_sub(value.len());
    (cut(name), cut_to(&value, most))
}

/// OTLP's short names of severities.
fn severity_word(severity: u8) -> &'static str {
    match severity {
        0 => "",
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        _ => "FATAL",
    }
}

fn metric_line(summary: MetricSummary) -> MetricLine {
    let (kind, temporality) = shape(summary.shape);
    MetricLine {
        name: summary.name,
        unit: summary.unit,
        description: cut(&summary.description),
        kind,
        temporality,
        series: summary.series,
        points: summary.points,
        services: summary.services,
        first_unix_nano: summary.first_unix_nano,
        last_unix_nano: summary.last_unix_nano,
        last: match &summary.last.value {
            PointValue::None => None,
            PointValue::Number(number) => float(number),
            PointValue::Histogram(histogram) => mean(histogram.sum, histogram.count),
            PointValue::Summary { count, sum, .. } => mean(Some(*sum), *count),
        },
    }
}

fn mean(sum: Option<f64>, count: u64) -> Option<f64> {
    sum.filter(|_| count > 0).map(|sum| sum / count as f64).filter(|mean| mean.is_finite())
}

/// JSON knows no number that is none.
fn float(number: &Value) -> Option<f64> {
    match number {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => finite(Some(*number)),
        _ => None,
    }
}

fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite())
}

fn shape(shape: MetricShape) -> (MetricKind, Temporality) {
    use thalweg_telemetry::MetricKind as Kind;
    let kind = match (shape.kind, shape.monotonic) {
        (Kind::Gauge, _) => MetricKind::Gauge,
        (Kind::Sum, true) => MetricKind::Counter,
        (Kind::Sum, false) => MetricKind::UpDownCounter,
        (Kind::Histogram, _) => MetricKind::Histogram,
        (Kind::ExponentialHistogram, _) => MetricKind::ExponentialHistogram,
        (Kind::Summary, _) => MetricKind::Summary,
    };
    let temporality = match shape.temporality {
        thalweg_telemetry::Temporality::Unspecified => Temporality::Unspecified,
        thalweg_telemetry::Temporality::Delta => Temporality::Delta,
        thalweg_telemetry::Temporality::Cumulative => Temporality::Cumulative,
    };
    (kind, temporality)
}

fn metric_series(series: Series, with_cells: bool) -> MetricSeries {
    let (kind, temporality) = shape(series.shape);
    let heat = if with_cells { heat_map(&series.buckets, limits::HEAT_ROWS) } else { HeatMap::default() };
    let mut cells = heat.cells.into_iter();
    let told = |one: Bucket| MetricBucket { cells: cells.next().unwrap_or_default(), ..bucket(one) };
    MetricSeries {
        service: series.service,
        members: series.members,
        scope: series.scope,
        unit: series.unit,
        kind,
        temporality,
        attributes: attributes(&series.attributes),
        buckets: series.buckets.into_iter().map(told).collect(),
        rows: heat.rows.into_iter().map(|(low, high)| (finite(Some(low)), finite(Some(high)))).collect(),
        rows_joined: heat.joined,
        exemplars: series.exemplars.iter().map(exemplar).collect(),
    }
}

fn bucket(bucket: Bucket) -> MetricBucket {
    let quantiles = bucket.quantiles.into_iter().filter(|(share, value)| share.is_finite() && value.is_finite());
    MetricBucket {
        start_unix_nano: bucket.start_unix_nano,
        points: bucket.points,
        min: finite(bucket.min),
        max: finite(bucket.max),
        mean: finite(bucket.mean),
        last: finite(bucket.last),
        resets: bucket.resets,
        increase: finite(bucket.increase),
        rate: finite(bucket.rate),
        since_unix_nano: bucket.since_unix_nano.unwrap_or(0),
        count: bucket.count,
        sum: finite(bucket.sum),
        quantiles: quantiles.collect(),
        cells: Vec::new(),
    }
}

fn exemplar(exemplar: &Exemplar) -> MetricExemplar {
    MetricExemplar {
        time_unix_nano: exemplar.time_unix_nano,
        value: float(&exemplar.value),
        trace_id: exemplar.trace_id.map(|id| id.to_string()).unwrap_or_default(),
        span_id: exemplar.span_id.map(|id| id.to_string()).unwrap_or_default(),
        attributes: attributes(&exemplar.attributes),
    }
}
