//! Metrics in OTLP's JSON.

use serde::Deserialize;

use super::{Double, Hex, JsonRequest, KeyValue, Number, Resource, Scope, bytes, has_keys, list, number};
use crate::otlp::metrics;
use crate::otlp::metrics_collector::ExportMetricsServiceRequest;

pub(crate) fn read(body: &[u8]) -> Result<JsonRequest<ExportMetricsServiceRequest>, serde_json::Error> {
    let request: Request = serde_json::from_slice(body)?;
    let nothing_recognised = request.resource_metrics.is_none() && has_keys(body);
    Ok(JsonRequest {
        request: ExportMetricsServiceRequest { resource_metrics: list(request.resource_metrics) },
        nothing_recognised,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_metrics: Option<Vec<ResourceMetrics>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceMetrics {
    resource: Option<Resource>,
    scope_metrics: Option<Vec<ScopeMetrics>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeMetrics {
    scope: Option<Scope>,
    metrics: Option<Vec<Metric>>,
    schema_url: Option<String>,
}

/// At most one of the kinds is set.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    name: Option<String>,
    description: Option<String>,
    unit: Option<String>,
    metadata: Option<Vec<KeyValue>>,
    gauge: Option<Gauge>,
    sum: Option<Sum>,
    histogram: Option<Histogram>,
    exponential_histogram: Option<ExponentialHistogram>,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Gauge {
    data_points: Option<Vec<NumberDataPoint>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sum {
    data_points: Option<Vec<NumberDataPoint>>,
    aggregation_temporality: Option<i32>,
    is_monotonic: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Histogram {
    data_points: Option<Vec<HistogramDataPoint>>,
    aggregation_temporality: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExponentialHistogram {
    data_points: Option<Vec<ExponentialHistogramDataPoint>>,
    aggregation_temporality: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    data_points: Option<Vec<SummaryDataPoint>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NumberDataPoint {
    attributes: Option<Vec<KeyValue>>,
    start_time_unix_nano: Option<Number<u64>>,
    time_unix_nano: Option<Number<u64>>,
    exemplars: Option<Vec<Exemplar>>,
    flags: Option<Number<u32>>,
    as_double: Option<Double>,
    as_int: Option<Number<i64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistogramDataPoint {
    attributes: Option<Vec<KeyValue>>,
    start_time_unix_nano: Option<Number<u64>>,
    time_unix_nano: Option<Number<u64>>,
    count: Option<Number<u64>>,
    sum: Option<Double>,
    bucket_counts: Option<Vec<Number<u64>>>,
    explicit_bounds: Option<Vec<Double>>,
    exemplars: Option<Vec<Exemplar>>,
    flags: Option<Number<u32>>,
    min: Option<Double>,
    max: Option<Double>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExponentialHistogramDataPoint {
    attributes: Option<Vec<KeyValue>>,
    start_time_unix_nano: Option<Number<u64>>,
    time_unix_nano: Option<Number<u64>>,
    count: Option<Number<u64>>,
    sum: Option<Double>,
    scale: Option<Number<i32>>,
    zero_count: Option<Number<u64>>,
    positive: Option<Buckets>,
    negative: Option<Buckets>,
    flags: Option<Number<u32>>,
    exemplars: Option<Vec<Exemplar>>,
    min: Option<Double>,
    max: Option<Double>,
    zero_threshold: Option<Double>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Buckets {
    offset: Option<Number<i32>>,
    bucket_counts: Option<Vec<Number<u64>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SummaryDataPoint {
    attributes: Option<Vec<KeyValue>>,
    start_time_unix_nano: Option<Number<u64>>,
    time_unix_nano: Option<Number<u64>>,
    count: Option<Number<u64>>,
    sum: Option<Double>,
    quantile_values: Option<Vec<ValueAtQuantile>>,
    flags: Option<Number<u32>>,
}

#[derive(Deserialize)]
struct ValueAtQuantile {
    quantile: Option<Double>,
    value: Option<Double>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exemplar {
    filtered_attributes: Option<Vec<KeyValue>>,
    time_unix_nano: Option<Number<u64>>,
    span_id: Option<Hex>,
    trace_id: Option<Hex>,
    as_double: Option<Double>,
    as_int: Option<Number<i64>>,
}

impl From<ResourceMetrics> for metrics::ResourceMetrics {
    fn from(from: ResourceMetrics) -> Self {
        Self {
            resource: from.resource.map(Into::into),
            scope_metrics: list(from.scope_metrics),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<ScopeMetrics> for metrics::ScopeMetrics {
    fn from(from: ScopeMetrics) -> Self {
        Self {
            scope: from.scope.map(Into::into),
            metrics: list(from.metrics),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<Metric> for metrics::Metric {
    fn from(from: Metric) -> Self {
        use metrics::metric::Data;
        let data = (from.gauge.map(|gauge| Data::Gauge(metrics::Gauge { data_points: list(gauge.data_points) })))
            .or(from.sum.map(|sum| Data::Sum(sum.into())))
            .or(from.histogram.map(|histogram| Data::Histogram(histogram.into())))
            .or(from.exponential_histogram.map(|histogram| Data::ExponentialHistogram(histogram.into())))
            .or(from.summary.map(|summary| Data::Summary(metrics::Summary { data_points: list(summary.data_points) })));
        Self {
            name: from.name.unwrap_or_default(),
            description: from.description.unwrap_or_default(),
            unit: from.unit.unwrap_or_default(),
            metadata: list(from.metadata),
            data,
        }
    }
}

impl From<Sum> for metrics::Sum {
    fn from(from: Sum) -> Self {
        Self {
            data_points: list(from.data_points),
            aggregation_temporality: from.aggregation_temporality.unwrap_or_default(),
            is_monotonic: from.is_monotonic.unwrap_or_default(),
        }
    }
}

impl From<Histogram> for metrics::Histogram {
    fn from(from: Histogram) -> Self {
        Self {
            data_points: list(from.data_points),
            aggregation_temporality: from.aggregation_temporality.unwrap_or_default(),
        }
    }
}

impl From<ExponentialHistogram> for metrics::ExponentialHistogram {
    fn from(from: ExponentialHistogram) -> Self {
        Self {
            data_points: list(from.data_points),
            aggregation_temporality: from.aggregation_temporality.unwrap_or_default(),
        }
    }
}

impl From<NumberDataPoint> for metrics::NumberDataPoint {
    fn from(from: NumberDataPoint) -> Self {
        use metrics::number_data_point::Value;
        Self {
            attributes: list(from.attributes),
            start_time_unix_nano: number(from.start_time_unix_nano),
            time_unix_nano: number(from.time_unix_nano),
            exemplars: list(from.exemplars),
            flags: number(from.flags),
            value: (from.as_double.map(|value| Value::AsDouble(value.0)))
                .or(from.as_int.map(|value| Value::AsInt(value.0))),
        }
    }
}

impl From<HistogramDataPoint> for metrics::HistogramDataPoint {
    fn from(from: HistogramDataPoint) -> Self {
        Self {
            attributes: list(from.attributes),
            start_time_unix_nano: number(from.start_time_unix_nano),
            time_unix_nano: number(from.time_unix_nano),
            count: number(from.count),
            sum: double(from.sum),
            bucket_counts: counts(from.bucket_counts),
            explicit_bounds: from.explicit_bounds.unwrap_or_default().into_iter().map(|bound| bound.0).collect(),
            exemplars: list(from.exemplars),
            flags: number(from.flags),
            min: double(from.min),
            max: double(from.max),
        }
    }
}

impl From<ExponentialHistogramDataPoint> for metrics::ExponentialHistogramDataPoint {
    fn from(from: ExponentialHistogramDataPoint) -> Self {
        Self {
            attributes: list(from.attributes),
            start_time_unix_nano: number(from.start_time_unix_nano),
            time_unix_nano: number(from.time_unix_nano),
            count: number(from.count),
            sum: double(from.sum),
            scale: number(from.scale),
            zero_count: number(from.zero_count),
            positive: from.positive.map(Into::into),
            negative: from.negative.map(Into::into),
            flags: number(from.flags),
            exemplars: list(from.exemplars),
            min: double(from.min),
            max: double(from.max),
            zero_threshold: double(from.zero_threshold).unwrap_or_default(),
        }
    }
}

impl From<Buckets> for metrics::exponential_histogram_data_point::Buckets {
    fn from(from: Buckets) -> Self {
        Self { offset: number(from.offset), bucket_counts: counts(from.bucket_counts) }
    }
}

impl From<SummaryDataPoint> for metrics::SummaryDataPoint {
    fn from(from: SummaryDataPoint) -> Self {
        Self {
            attributes: list(from.attributes),
            start_time_unix_nano: number(from.start_time_unix_nano),
            time_unix_nano: number(from.time_unix_nano),
            count: number(from.count),
            sum: double(from.sum).unwrap_or_default(),
            quantile_values: list(from.quantile_values),
            flags: number(from.flags),
        }
    }
}

impl From<ValueAtQuantile> for metrics::summary_data_point::ValueAtQuantile {
    fn from(from: ValueAtQuantile) -> Self {
        Self { quantile: double(from.quantile).unwrap_or_default(), value: double(from.value).unwrap_or_default() }
    }
}

impl From<Exemplar> for metrics::Exemplar {
    fn from(from: Exemplar) -> Self {
        use metrics::exemplar::Value;
        Self {
            filtered_attributes: list(from.filtered_attributes),
            time_unix_nano: number(from.time_unix_nano),
            span_id: bytes(from.span_id),
            trace_id: bytes(from.trace_id),
            value: (from.as_double.map(|value| Value::AsDouble(value.0)))
                .or(from.as_int.map(|value| Value::AsInt(value.0))),
        }
    }
}

fn double(number: Option<Double>) -> Option<f64> {
    number.map(|number| number.0)
}

fn counts(list: Option<Vec<Number<u64>>>) -> Vec<u64> {
    list.unwrap_or_default().into_iter().map(|count| count.0).collect()
}
