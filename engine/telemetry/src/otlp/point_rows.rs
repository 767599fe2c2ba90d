//! Points of metrics into the store's rows, and rows back into points.
//!
//! A point's body is its protobuf message without its attributes, which are its series', and without its time, which is the row's.

use prost::{DecodeError, Message};
use thalweg_store::{PointBatch, PointRow, ResourceRow, SeriesRow, StoredPoint};

use super::common::{KeyValue, KeyValueList};
use super::metrics::exponential_histogram_data_point::Buckets;
use super::metrics::metric::Data;
use super::metrics::{
    Exemplar as ProtoExemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    SummaryDataPoint, exemplar, number_data_point,
};
use super::metrics_collector::ExportMetricsServiceRequest;
use super::rows::{attributes, service_name};
use crate::ids::{SpanId, TraceId};
use crate::metrics::{Exemplar, Histogram, MetricKind, MetricShape, Point, PointValue, Side, Temporality};
use crate::model::{Attributes, Value};

/// The rows of a request that [`super::admit::metrics`] has gone through.
pub(crate) fn batch_from_request(request: ExportMetricsServiceRequest) -> PointBatch {
    let mut batch = PointBatch::default();
    for mut resource_metrics in request.resource_metrics {
        let scopes = std::mem::take(&mut resource_metrics.scope_metrics);
        if scopes.iter().flat_map(|scope| &scope.metrics).all(|metric| super::admit::points(metric) == 0) {
            continue;
        }
        let resource = batch.resources.len();
        let service = service_name(resource_metrics.resource.as_ref());
        batch.resources.push(ResourceRow { service, body: resource_metrics.encode_to_vec() });
        for mut scope_metrics in scopes {
            let metrics = std::mem::take(&mut scope_metrics.metrics);
            let scope = batch.scopes.len();
            batch.scopes.push(scope_metrics.encode_to_vec());
            for metric in metrics {
                put_metric(&mut batch, metric, resource, scope);
            }
        }
    }
    batch
}

fn put_metric(batch: &mut PointBatch, metric: Metric, resource: usize, scope: usize) {
    let Some(data) = metric.data else { return };
    let about = Metric { description: metric.description, metadata: metric.metadata, ..Metric::default() };
    let mut putter = Putter {
        batch,
        series: SeriesRow {
            name: metric.name,
            unit: metric.unit,
            kind: shape(&data).number(),
            resource,
            scope,
            attributes: Vec::new(),
            about: about.encode_to_vec(),
        },
    };
    match data {
        Data::Gauge(gauge) => gauge.data_points.into_iter().for_each(|point| putter.number(point)),
        Data::Sum(sum) => sum.data_points.into_iter().for_each(|point| putter.number(point)),
        Data::Histogram(histogram) => histogram.data_points.into_iter().for_each(|mut point| {
            let (attributes, time) = (std::mem::take(&mut point.attributes), std::mem::take(&mut point.time_unix_nano));
            putter.put(attributes, time, point.encode_to_vec());
        }),
        Data::ExponentialHistogram(histogram) => histogram.data_points.into_iter().for_each(|mut point| {
            let (attributes, time) = (std::mem::take(&mut point.attributes), std::mem::take(&mut point.time_unix_nano));
            putter.put(attributes, time, point.encode_to_vec());
        }),
        Data::Summary(summary) => summary.data_points.into_iter().for_each(|mut point| {
            let (attributes, time) = (std::mem::take(&mut point.attributes), std::mem::take(&mut point.time_unix_nano));
            putter.put(attributes, time, point.encode_to_vec());
        }),
    }
}

/// Puts the points of one metric into a batch.
struct Putter<'a> {
    batch: &'a mut PointBatch,
    /// Of a metric, without attributes.
    series: SeriesRow,
}

impl Putter<'_> {
    fn number(&mut self, mut point: NumberDataPoint) {
        let (attributes, time) = (std::mem::take(&mut point.attributes), std::mem::take(&mut point.time_unix_nano));
        self.put(attributes, time, point.encode_to_vec());
    }

    fn put(&mut self, mut attributes: Vec<KeyValue>, time_ns: u64, body: Vec<u8>) {
        // In whatever order they come, they are the same series.
        attributes.sort_by(|a, b| a.key.cmp(&b.key));
        let attributes = KeyValueList { values: attributes }.encode_to_vec();
        let series = self.batch.series.len();
        self.batch.series.push(SeriesRow { attributes, ..self.series.clone() });
        self.batch.points.push(PointRow { series, time_ns, body });
    }
}

fn shape(data: &Data) -> MetricShape {
    let (kind, temporality, monotonic) = match data {
        Data::Gauge(_) => (MetricKind::Gauge, 0, false),
        Data::Sum(sum) => (MetricKind::Sum, sum.aggregation_temporality, sum.is_monotonic),
        Data::Histogram(histogram) => (MetricKind::Histogram, histogram.aggregation_temporality, false),
        Data::ExponentialHistogram(histogram) => {
            (MetricKind::ExponentialHistogram, histogram.aggregation_temporality, false)
        }
        Data::Summary(_) => (MetricKind::Summary, 0, false),
    };
    let temporality = match temporality {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    };
    MetricShape { kind, temporality, monotonic }
}

/// What is known of a metric beside its series' identity: the description.
pub(crate) fn description(about: &[u8]) -> Result<String, DecodeError> {
    Ok(Metric::decode(about)?.description)
}

/// A series' own attributes, by key.
pub(crate) fn series_attributes(body: &[u8]) -> Result<Attributes, DecodeError> {
    Ok(attributes(KeyValueList::decode(body)?.values))
}

/// A stored point as the program sees it.
pub(crate) fn point_from_row(kind: MetricKind, row: &StoredPoint) -> Result<Point, DecodeError> {
    point_from_body(kind, row.time_ns, &row.body)
}

pub(crate) fn point_from_body(kind: MetricKind, time_unix_nano: u64, body: &[u8]) -> Result<Point, DecodeError> {
    let (start_unix_nano, flags, value, exemplars) = match kind {
        MetricKind::Gauge | MetricKind::Sum => {
            let point = NumberDataPoint::decode(body)?;
            let value = match point.value {
                None => PointValue::None,
                Some(number_data_point::Value::AsInt(number)) => PointValue::Number(Value::Int(number)),
                Some(number_data_point::Value::AsDouble(number)) => PointValue::Number(Value::Double(number)),
            };
            (point.start_time_unix_nano, point.flags, value, point.exemplars)
        }
        MetricKind::Histogram => {
            let point = HistogramDataPoint::decode(body)?;
            let histogram = Histogram {
                count: point.count,
                sum: point.sum,
                min: point.min,
                max: point.max,
                side: Side::Bounds { bounds: point.explicit_bounds, counts: point.bucket_counts },
            };
            (point.start_time_unix_nano, point.flags, PointValue::Histogram(histogram), point.exemplars)
        }
        MetricKind::ExponentialHistogram => {
            let point = ExponentialHistogramDataPoint::decode(body)?;
            let side = |buckets: Option<Buckets>| {
                buckets.map(|buckets| (buckets.offset, buckets.bucket_counts)).unwrap_or_default()
            };
            let histogram = Histogram {
                count: point.count,
                sum: point.sum,
                min: point.min,
                max: point.max,
                side: Side::Exponential {
                    scale: point.scale,
                    zero: point.zero_count,
                    zero_threshold: point.zero_threshold,
                    positive: side(point.positive),
                    negative: side(point.negative),
                },
            };
            (point.start_time_unix_nano, point.flags, PointValue::Histogram(histogram), point.exemplars)
        }
        MetricKind::Summary => {
            let point = SummaryDataPoint::decode(body)?;
            let quantiles = point.quantile_values.iter().map(|one| (one.quantile, one.value)).collect();
            let value = PointValue::Summary { count: point.count, sum: point.sum, quantiles };
            (point.start_time_unix_nano, point.flags, value, Vec::new())
        }
    };
    let value = if flags & super::admit::NO_RECORDED_VALUE == 0 { value } else { PointValue::None };
    let exemplars = exemplars.into_iter().map(exemplar_model).collect();
    Ok(Point { time_unix_nano, start_unix_nano, flags, value, exemplars })
}

fn exemplar_model(from: ProtoExemplar) -> Exemplar {
    Exemplar {
        time_unix_nano: from.time_unix_nano,
        value: match from.value {
            None => Value::Empty,
            Some(exemplar::Value::AsInt(number)) => Value::Int(number),
            Some(exemplar::Value::AsDouble(number)) => Value::Double(number),
        },
        trace_id: from.trace_id.try_into().ok().filter(|id| *id != [0; 16]).map(TraceId),
        span_id: from.span_id.try_into().ok().filter(|id| *id != [0; 8]).map(SpanId),
        attributes: attributes(from.filtered_attributes),
    }
}
