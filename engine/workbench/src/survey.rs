//! What many traces show together, and two traces beside each other.

use thalweg_protocol::{
    ApiError, FoundTrace, Survey, Surveyed, TraceDifference, limits,
    survey::{
        ContrastLine, DifferenceLine, DifferenceSpan, OperationLine, OperationTable, TraceContrast, TraceDensity,
    },
    trace::RowKind,
};
use thalweg_spans::survey::{Density, Difference, Durations, Operation, Operations, SLOTS, row_start};
use thalweg_telemetry::{ContrastFound, Contrasted, DensityFound, SpanId, Trace, TraceId, observed};
use thalweg_topology::{Kind, Twin, TwinSpan, twins};

use crate::{
    Observatory,
    observe::query_error,
    search::{filter_of, found},
    trace_view,
};

/// The precision of percentiles.
type Precise = Durations<7>;

impl Observatory {
    /// Answers a question over many traces. `told` hears now and then how far it is, from 0 to 1, with what there is so far. Who drops it
    /// ends it.
    ///
    /// # Errors
    /// When a filter is none, or the data file cannot be read.
    pub async fn survey(&self, survey: &Survey, mut told: impl FnMut(f64, Surveyed)) -> Result<Surveyed, ApiError> {
        let store = self.store()?;
        match survey {
            Survey::Density { filter } => {
                let filter = filter_of(filter)?;
                let so_far = |share, density: Density| {
                    told(share, Surveyed::Density(density_view(&DensityFound { density, undecided: 0, cut: false })));
                };
                let found = thalweg_telemetry::density(store, &filter, so_far).await.map_err(query_error)?;
                Ok(Surveyed::Density(density_view(&found)))
            }
            Survey::Operations { filter } => {
                let filter = filter_of(filter)?;
                let so_far = |share, found: &Operations| told(share, Surveyed::Operations(table(found)));
                let found = thalweg_telemetry::operations(store, &filter, so_far).await.map_err(query_error)?;
                Ok(Surveyed::Operations(table(&found)))
            }
            Survey::Contrast { within, set, against } => {
                let (within, these) = (filter_of(within)?, filter_of(set)?);
                let others = against.as_deref().map(filter_of).transpose()?;
                let asked = Contrasted { within: &within, these: &these, others: others.as_ref() };
                let so_far = |share, found: ContrastFound| told(share, Surveyed::Contrast(contrast_view(&found)));
                let found = thalweg_telemetry::contrast(store, asked, so_far).await.map_err(query_error)?;
                Ok(Surveyed::Contrast(contrast_view(&found)))
            }
        }
    }

    /// What the operations of all spans take for which a filter holds.
    ///
    /// # Errors
    /// When the filter is none, or the data file cannot be read.
    pub async fn operations(&self, filter: &str) -> Result<OperationTable, ApiError> {
        let filter = filter_of(filter)?;
        let found = thalweg_telemetry::operations(self.store()?, &filter, |_, _| {}).await.map_err(query_error)?;
        Ok(table(&found))
    }

    /// In what the traces that one filter finds differ from those of another; from all others without it.
    ///
    /// # Errors
    /// When a filter is none, or the data file cannot be read.
    pub async fn contrast(&self, set: &str, against: Option<&str>) -> Result<TraceContrast, ApiError> {
        let (within, these) = (filter_of("")?, filter_of(set)?);
        let others = against.map(filter_of).transpose()?;
        let asked = Contrasted { within: &within, these: &these, others: others.as_ref() };
        let found = thalweg_telemetry::contrast(self.store()?, asked, |_, _| {}).await.map_err(query_error)?;
        Ok(contrast_view(&found))
    }

    /// Two traces as one tree, their spans matched by the path of service and operation.
    ///
    /// # Errors
    /// When an id is not one, there is no such trace, or the data file cannot be read.
    pub async fn difference(&self, before: &str, after: &str) -> Result<TraceDifference, ApiError> {
        Ok(difference_of(&self.whole(before).await?, &self.whole(after).await?))
    }

    /// Those of these traces that a filter finds.
    pub(crate) async fn found_among(&self, filter: &str, ids: &[TraceId]) -> Result<Vec<FoundTrace>, ApiError> {
        let filter = filter_of(filter)?;
        let traces = thalweg_telemetry::found_among(self.store()?, &filter, ids).await.map_err(query_error)?;
        Ok(traces.into_iter().map(found).collect())
    }
}

/// Two traces as one tree, wherever they come from.
pub(crate) fn difference_of(before: &Trace, after: &Trace) -> TraceDifference {
    let lines = twins(&observed(before), &observed(after));
    let left_out = lines.len().saturating_sub(limits::LINES_PER_PAIR) as u64;
    TraceDifference {
        before: trace_view::summary_of(before),
        after: trace_view::summary_of(after),
        lines: lines.into_iter().take(limits::LINES_PER_PAIR).map(difference_line).collect(),
        left_out,
    }
}

fn density_view(found: &DensityFound) -> TraceDensity {
    let density = &found.density;
    let (first, end) = whole_decades(density.rows);
    TraceDensity {
        start_unix_nano: density.start_ns,
        step_nano: density.step_ns,
        columns: density.columns,
        edges_nano: if first == end { Vec::new() } else { (first..=end).map(row_start).collect() },
        cells: density
            .cells
            .iter()
            .map(|cell| [cell.column, cell.row - first, cell.traces, cell.with_errors])
            .collect(),
        traces: density.traces,
        with_errors: density.with_errors,
        outside: density.outside,
        undecided: found.undecided,
        cut: found.cut,
    }
}

/// Rows from one power of ten to another: those between which rows lie that have traces.
fn whole_decades((first, end): (u32, u32)) -> (u32, u32) {
    if first == end {
        return (0, 0);
    }
    let below = first - first.checked_sub(1).map_or(0, |above| above % 5);
    (below, (end + 3) / 5 * 5 + 1)
}

fn table(found: &Operations) -> OperationTable {
    let total: u128 = found.table.values().map(|operation| operation.total_ns).sum();
    // Of one moment no rate can be told; a second is as good as any.
    let seconds = |ns: u64| if ns == 0 { 1.0 } else { ns as f64 / 1e9 };
    let length_s = seconds(found.seen.until_ns.saturating_sub(found.seen.from_ns));
    let slot_s = seconds(found.range.until_ns - found.range.from_ns) / SLOTS as f64;
    let mut operations: Vec<_> = found.table.iter().collect();
    operations.sort_by_key(|(_, operation)| std::cmp::Reverse(operation.total_ns));
    let unlisted: u64 = operations.iter().skip(limits::OPERATIONS).map(|(_, operation)| operation.spans).sum();
    let listed = operations.into_iter().take(limits::OPERATIONS);
    OperationTable {
        from_unix_nano: found.seen.from_ns,
        until_unix_nano: found.seen.until_ns,
        slot_s,
        percentile_error: Precise::ERROR,
        spans: found.table.values().map(|operation| operation.spans).sum(),
        undecided: found.undecided,
        left_out: found.left_out + unlisted,
        cut: found.cut,
        operations: listed
            .map(|((service, name), operation)| {
                let share = operation.total_ns as f64 / total.max(1) as f64;
                operation_line(service, name, operation, [length_s, slot_s, share])
            })
            .collect(),
    }
}

fn operation_line(service: &str, name: &str, of: &Operation, [length_s, slot_s, share]: [f64; 3]) -> OperationLine {
    let percentile = |share| of.durations.quantile(share).map_or(0.0, millis);
    OperationLine {
        service: service.to_owned(),
        name: name.to_owned(),
        spans: of.spans,
        per_s: of.spans as f64 / length_s,
        errors: of.errors,
        p50_ms: percentile(0.5),
        p95_ms: percentile(0.95),
        p99_ms: percentile(0.99),
        max_ms: millis(of.durations.greatest()),
        total_ms: of.total_ns as f64 / 1e6,
        share,
        rates: of.slots.iter().map(|slot| f64::from(slot.spans) / slot_s).collect(),
        p95s_ms: of.slots.iter().map(|slot| slot.durations.quantile(0.95).map(millis)).collect(),
    }
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

fn contrast_view(found: &ContrastFound) -> TraceContrast {
    let ([these, others], [these_of, others_of]) = (found.traces, found.there);
    let line = |difference: &Difference| ContrastLine {
        label: difference.to_string(),
        condition: difference.condition().to_string(),
        these: difference.these,
        these_share: f64::from(difference.these) / f64::from(these.max(1)),
        others: difference.others,
        others_share: f64::from(difference.others) / f64::from(others.max(1)),
        p: difference.chance,
        q: difference.false_discoveries,
    };
    TraceContrast {
        these,
        others,
        these_of,
        others_of,
        differences: found.differences.iter().take(limits::DIFFERENCES).map(line).collect(),
        too_many_values: found.too_many_values.iter().map(|of| of.field().to_string()).collect(),
        undecided: found.undecided,
        cut: found.cut,
    }
}

fn difference_line(twin: Twin) -> DifferenceLine {
    let span = |span: TwinSpan| DifferenceSpan {
        span_id: SpanId(span.id).to_string(),
        start_nano: span.start,
        duration_nano: span.duration,
        error: span.error,
    };
    DifferenceLine {
        depth: twin.depth,
        service: twin.service,
        name: twin.name,
        kind: match twin.kind {
            Kind::Unspecified | Kind::Internal => RowKind::Internal,
            Kind::Server => RowKind::Server,
            Kind::Client => RowKind::Client,
            Kind::Producer => RowKind::Producer,
            Kind::Consumer => RowKind::Consumer,
        },
        before: twin.before.map(span),
        after: twin.after.map(span),
    }
}
