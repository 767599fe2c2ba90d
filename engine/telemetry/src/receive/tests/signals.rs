//! The decoders of logs and metrics, as those of traces beside them: both wire forms store the same, nothing makes them panic.

use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar, number_data_point,
};
use thalweg_store::{LogBatch, PointBatch};

use super::*;
use crate::limits::BUCKETS;
use crate::metrics::{MetricKind, PointValue, Side};
use crate::otlp::logs_collector::ExportLogsServiceRequest;
use crate::otlp::metrics_collector::ExportMetricsServiceRequest;
use crate::otlp::{log_rows, point_rows};

fn read_logs(body: &[u8], wire: Wire) -> Result<(LogBatch, Remarks), Refusal> {
    match decode(Signal::Logs, body, wire, &mut Budget::new(BUDGET).share(), BUDGET)? {
        (Accepted::Logs(batch), remarks) => Ok((batch, remarks)),
        (other, _) => panic!("log records become log records, not {other:?}"),
    }
}

fn read_points(body: &[u8], wire: Wire) -> Result<(PointBatch, Remarks), Refusal> {
    match decode(Signal::Metrics, body, wire, &mut Budget::new(BUDGET).share(), BUDGET)? {
        (Accepted::Points(batch), remarks) => Ok((batch, remarks)),
        (other, _) => panic!("points become points, not {other:?}"),
    }
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |float| float.is_finite())
}

fn record() -> impl Strategy<Value = LogRecord> {
    let ids = (prop_oneof![Just(Vec::new()), id(16)], prop_oneof![Just(Vec::new()), id(8)]);
    let body = option::of(any_value(finite()));
    (ids, time(), time(), -1..30_i32, "[a-z]{0,5}", body, attributes(), any::<u32>()).prop_map(
        |((trace_id, span_id), time, observed, severity, text, body, attributes, flags)| LogRecord {
            time_unix_nano: time,
            observed_time_unix_nano: observed,
            severity_number: severity,
            severity_text: text.to_uppercase(),
            body,
            attributes,
            dropped_attributes_count: 2,
            flags,
            trace_id,
            span_id,
            event_name: text,
        },
    )
}

fn logs_request() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let scope_logs =
        vec(record(), 0..4).prop_map(|log_records| ScopeLogs { scope: None, log_records, schema_url: "s".into() });
    let resource_logs = (option::of(attributes()), vec(scope_logs, 0..3)).prop_map(|(attributes, scope_logs)| {
        let resource = attributes.map(|attributes| Resource { attributes, ..Resource::default() });
        ResourceLogs { resource, scope_logs, schema_url: String::new() }
    });
    vec(resource_logs, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

fn exemplars() -> impl Strategy<Value = Vec<Exemplar>> {
    let value = prop_oneof![
        Just(None),
        any::<i64>().prop_map(|v| Some(exemplar::Value::AsInt(v))),
        finite().prop_map(|v| Some(exemplar::Value::AsDouble(v)))
    ];
    let one = (attributes(), time(), prop_oneof![Just(Vec::new()), id(16)], value).prop_map(
        |(filtered_attributes, time_unix_nano, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id: vec![3; 8],
            trace_id,
            value,
        },
    );
    vec(one, 0..3)
}

fn number_point() -> impl Strategy<Value = NumberDataPoint> {
    let value = prop_oneof![
        1 => Just(None),
        4 => any::<i64>().prop_map(|v| Some(number_data_point::Value::AsInt(v))),
        4 => finite().prop_map(|v| Some(number_data_point::Value::AsDouble(v)))
    ];
    (attributes(), time(), time(), exemplars(), 0..2_u32, value).prop_map(
        |(attributes, start, time, exemplars, flags, value)| NumberDataPoint {
            attributes,
            start_time_unix_nano: start,
            time_unix_nano: time,
            exemplars,
            flags,
            value,
        },
    )
}

fn histogram_point() -> impl Strategy<Value = HistogramDataPoint> {
    let buckets = (vec(any::<u64>(), 0..5), vec(finite(), 0..4));
    (attributes(), time(), buckets, option::of(finite()), exemplars(), any::<u64>()).prop_map(
        |(attributes, time, (bucket_counts, explicit_bounds), sum, exemplars, count)| HistogramDataPoint {
            attributes,
            start_time_unix_nano: 1,
            time_unix_nano: time,
            count,
            sum,
            bucket_counts,
            explicit_bounds,
            exemplars,
            flags: 0,
            min: sum,
            max: None,
        },
    )
}

fn exponential_point() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let side = || {
        option::of(
            (any::<i32>(), vec(any::<u64>(), 0..5))
                .prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts }),
        )
    };
    (attributes(), time(), -20..21_i32, side(), side(), any::<u64>(), finite()).prop_map(
        |(attributes, time, scale, positive, negative, zero_count, zero_threshold)| ExponentialHistogramDataPoint {
            attributes,
            time_unix_nano: time,
            scale,
            zero_count,
            positive,
            negative,
            zero_threshold,
            ..ExponentialHistogramDataPoint::default()
        },
    )
}

fn metric() -> impl Strategy<Value = Metric> {
    let summary = (attributes(), any::<u64>(), vec((finite(), finite()), 0..3)).prop_map(|(attributes, count, all)| {
        let quantile_values = all.into_iter().map(|(quantile, value)| ValueAtQuantile { quantile, value }).collect();
        SummaryDataPoint { attributes, count, sum: 0.5, quantile_values, ..SummaryDataPoint::default() }
    });
    let data = prop_oneof![
        Just(None),
        vec(number_point(), 0..3).prop_map(|data_points| Some(Data::Gauge(Gauge { data_points }))),
        (vec(number_point(), 0..3), 0..3_i32, any::<bool>()).prop_map(|(data_points, temporality, is_monotonic)| {
            Some(Data::Sum(Sum { data_points, aggregation_temporality: temporality, is_monotonic }))
        }),
        (vec(histogram_point(), 0..3), 0..3_i32).prop_map(|(data_points, temporality)| {
            Some(Data::Histogram(Histogram { data_points, aggregation_temporality: temporality }))
        }),
        vec(exponential_point(), 0..3).prop_map(|data_points| {
            Some(Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality: 2 }))
        }),
        vec(summary, 0..3).prop_map(|data_points| Some(Data::Summary(Summary { data_points }))),
    ];
    ("[a-z.]{0,6}", "[a-z]{0,3}", attributes(), data).prop_map(|(name, unit, metadata, data)| Metric {
        description: format!("about {name}"),
        name,
        unit,
        metadata,
        data,
    })
}

fn metrics_request() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let scope_metrics = vec(metric(), 0..3).prop_map(|metrics| ScopeMetrics { metrics, ..ScopeMetrics::default() });
    let resource_metrics = vec(scope_metrics, 0..3)
        .prop_map(|scope_metrics| ResourceMetrics { scope_metrics, ..ResourceMetrics::default() });
    vec(resource_metrics, 0..2).prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}

proptest! {
    #[test]
    fn protobuf_and_json_of_logs_store_the_same(request in logs_request()) {
        let protobuf = read_logs(&request.encode_to_vec(), Wire::Protobuf).unwrap();
        let json = read_logs(&serde_json::to_vec(&request).unwrap(), Wire::Json).unwrap();
        prop_assert_eq!(&protobuf.0, &json.0);
        prop_assert_eq!(protobuf.1.message(), json.1.message());
        let records = request.resource_logs.iter().flat_map(|r| &r.scope_logs).map(|s| s.log_records.len()).sum::<usize>();
        prop_assert_eq!(weigh::protobuf(Kind::Logs, &request.encode_to_vec()).items, records);
        prop_assert_eq!(protobuf.0.records.len() as u64 + protobuf.1.rejected, records as u64);
    }

    /// What is kept of a record is all of it.
    #[test]
    fn log_records_come_back(request in logs_request()) {
        let batch = read_logs(&request.encode_to_vec(), Wire::Protobuf).unwrap().0;
        let sent = request.resource_logs.iter().flat_map(|r| &r.scope_logs).flat_map(|s| &s.log_records);
        for (sent, row) in sent.zip(&batch.records) {
            let log = log_rows::log_from_row(row, &batch.resources).unwrap();
            prop_assert_eq!((log.time_unix_nano, log.observed_time_unix_nano), (sent.time_unix_nano, sent.observed_time_unix_nano));
            prop_assert_eq!(log.when(), row.time_ns);
            prop_assert_eq!((&log.severity_text, &log.event_name, log.flags), (&sent.severity_text, &sent.event_name, sent.flags));
            let usable = |id: &[u8], length| id.len() == length && id.iter().any(|byte| *byte > 0);
            prop_assert_eq!(log.trace_id.map(|id| id.0.to_vec()), usable(&sent.trace_id, 16).then(|| sent.trace_id.clone()));
            prop_assert_eq!(log.span_id.map(|id| id.0.to_vec()), usable(&sent.span_id, 8).then(|| sent.span_id.clone()));
            prop_assert_eq!(log.attributes.len(), sent.attributes.len());
            if let Some(AnyValue { value: Some(Value::StringValue(text)) }) = &sent.body {
                prop_assert_eq!((&log.text, &log.body), (text, &crate::model::Value::String(text.clone())));
            }
        }
    }

    #[test]
    fn protobuf_and_json_of_metrics_store_the_same(request in metrics_request()) {
        let protobuf = read_points(&request.encode_to_vec(), Wire::Protobuf).unwrap();
        let json = read_points(&serde_json::to_vec(&request).unwrap(), Wire::Json).unwrap();
        prop_assert_eq!(&protobuf.0, &json.0);
        prop_assert_eq!(protobuf.1.message(), json.1.message());
        let items = weigh::protobuf(Kind::Metrics, &request.encode_to_vec()).items;
        prop_assert_eq!(protobuf.0.points.len() as u64 + protobuf.1.rejected, items as u64);
    }

    #[test]
    fn arbitrary_bytes_are_no_logs_and_no_metrics(bytes: Vec<u8>) {
        for wire in [Wire::Protobuf, Wire::Json] {
            read_logs(&bytes, wire).ok();
            read_points(&bytes, wire).ok();
        }
    }

    #[test]
    fn damaged_logs_and_metrics_never_panic(
        logs in logs_request(), metrics in metrics_request(), at: prop::sample::Index, byte: u8
    ) {
        let damaged = |mut bytes: Vec<u8>| {
            if !bytes.is_empty() {
                let place = at.index(bytes.len());
                bytes[place] = byte;
            }
            bytes
        };
        read_logs(&damaged(logs.encode_to_vec()), Wire::Protobuf).ok();
        read_logs(&damaged(serde_json::to_vec(&logs).unwrap()), Wire::Json).ok();
        if let Ok((batch, _)) = read_points(&damaged(metrics.encode_to_vec()), Wire::Protobuf) {
            // What was let in is also read again.
            for point in &batch.points {
                let kind = crate::metrics::MetricShape::from_number(batch.series[point.series].kind).unwrap().kind;
                point_rows::point_from_body(kind, point.time_ns, &point.body).unwrap();
            }
        }
        read_points(&damaged(serde_json::to_vec(&metrics).unwrap()), Wire::Json).ok();
    }
}

fn logs_of(records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
        .encode_to_vec()
}

fn metrics_of(data: Data) -> Vec<u8> {
    let metrics = vec![Metric { name: "m".into(), data: Some(data), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

/// `examples/logs.json` of the opentelemetry-proto repository, shortened to what it has of each kind.
#[test]
fn the_official_example_of_logs_is_read() {
    let (batch, remarks) = read_logs(
        &json!({"resourceLogs": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
            "scopeLogs": [{
                "scope": {"name": "my.library", "version": "1.0.0"},
                "logRecords": [{
                    "timeUnixNano": "1544712660300000000", "observedTimeUnixNano": "1544712660300000000",
                    "severityNumber": 10, "severityText": "Information",
                    "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
                    "body": {"stringValue": "Example log record"},
                    "attributes": [{"key": "map.attribute", "value": {"kvlistValue": {"values": [
                        {"key": "some.map.key", "value": {"stringValue": "some value"}}]}}}]
                }]
            }]
        }]})
        .to_string()
        .into_bytes(),
        Wire::Json,
    )
    .unwrap();
    assert_eq!((remarks.message(), batch.resources[0].service.as_str()), (None, "my.service"));
    let log = log_rows::log_from_row(&batch.records[0], &batch.resources).unwrap();
    assert_eq!(
        (log.severity, log.severity_text.as_str(), log.text.as_str()),
        (10, "Information", "Example log record")
    );
    assert_eq!(log.trace_id.unwrap().to_string(), "5b8efff798038103d269b633813fc60c");
    assert_eq!((log.time_unix_nano, log.attributes.len()), (1_544_712_660_300_000_000, 1));
}

/// `examples/metrics.json` of the opentelemetry-proto repository, and a summary, which it does not have.
#[test]
fn the_official_example_of_metrics_is_read() {
    let point = |value: serde_json::Value| {
        let mut point = json!({"timeUnixNano": "1544712660300000000", "attributes": [
            {"key": "my.attr", "value": {"stringValue": "some value"}}]});
        point.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        point
    };
    let metrics = json!([
        {"name": "my.counter", "unit": "1", "description": "I am a Counter", "sum": {
            "aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [point(json!({"asDouble": 5}))]}},
        {"name": "my.gauge", "unit": "1", "gauge": {"dataPoints": [point(json!({"asInt": "7"}))]}},
        {"name": "my.histogram", "unit": "1", "histogram": {"aggregationTemporality": 1, "dataPoints": [point(json!({
            "count": "2", "sum": 2, "bucketCounts": ["1", 1], "explicitBounds": [1], "min": 0, "max": 2}))]}},
        {"name": "my.exponential.histogram", "unit": "1", "exponentialHistogram": {"aggregationTemporality": 1,
            "dataPoints": [point(json!({"count": 3, "sum": 10, "scale": 0, "zeroCount": "1",
                "positive": {"offset": 1, "bucketCounts": ["0", "2"]}, "min": 0, "max": 5, "zeroThreshold": 0}))]}},
        {"name": "my.summary", "summary": {"dataPoints": [point(json!({
            "count": 3, "sum": "NaN", "quantileValues": [{"quantile": 0.5, "value": "Infinity"}]}))]}}
    ]);
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).to_string();
    let (batch, remarks) = read_points(body.as_bytes(), Wire::Json).unwrap();
    assert_eq!((remarks.message(), batch.points.len()), (None, 5));
    let values: Vec<PointValue> = batch
        .points
        .iter()
        .map(|point| {
            let kind = crate::metrics::MetricShape::from_number(batch.series[point.series].kind).unwrap().kind;
            point_rows::point_from_body(kind, point.time_ns, &point.body).unwrap().value
        })
        .collect();
    assert_eq!(values[0], PointValue::Number(crate::model::Value::Double(5.0)));
    // The trap of the official Rust types: with them this one is nothing, with a 200 (opentelemetry-rust #3527).
    assert_eq!(values[1], PointValue::Number(crate::model::Value::Int(7)));
    let PointValue::Histogram(histogram) = &values[2] else { panic!("{values:?}") };
    assert_eq!(histogram.side, Side::Bounds { bounds: vec![1.0], counts: vec![1, 1] });
    let PointValue::Histogram(exponential) = &values[3] else { panic!("{values:?}") };
    let (none, two) = ((0, vec![]), (1, vec![0, 2]));
    assert_eq!(
        exponential.side,
        Side::Exponential { scale: 0, zero: 1, zero_threshold: 0.0, positive: two, negative: none }
    );
    let PointValue::Summary { count: 3, sum, quantiles } = &values[4] else { panic!("{values:?}") };
    assert!(sum.is_nan() && quantiles[0].1.is_infinite());
    assert_eq!(crate::metrics::MetricShape::from_number(batch.series[0].kind).unwrap().kind, MetricKind::Sum);
}

/// OTLP: receivers should take such a record as one of no trace.
#[test]
fn a_log_record_with_unusable_ids_is_kept_and_belongs_to_no_trace() {
    let with = |trace_id: Vec<u8>, span_id: Vec<u8>| LogRecord { trace_id, span_id, ..LogRecord::default() };
    let records = vec![
        with(vec![1; 16], vec![1; 8]),
        with(vec![0; 16], vec![0; 8]),
        with(vec![1; 15], vec![1; 9]),
        LogRecord::default(),
    ];
    let (batch, remarks) = read_logs(&logs_of(records), Wire::Protobuf).unwrap();
    assert_eq!((batch.records.len(), remarks.rejected), (4, 0));
    let ids: Vec<_> = batch.records.iter().map(|row| (row.trace_id.is_some(), row.span_id.is_some())).collect();
    assert_eq!(ids, [(true, true), (false, false), (false, false), (false, false)]);
    insta::assert_snapshot!(remarks.message().unwrap(), @"kept with doubts: span id of 9 bytes instead of 8, so it belongs to no span (1), trace id of 15 bytes instead of 16, so it belongs to no trace (1)");
}

#[test]
fn what_nests_too_deep_is_refused_alone() {
    let deep = || nested(33);
    let records = vec![
        LogRecord { body: Some(deep()), ..LogRecord::default() },
        LogRecord { attributes: vec![attribute(deep())], ..LogRecord::default() },
        LogRecord { body: Some(nested(32)), ..LogRecord::default() },
    ];
    let (batch, remarks) = read_logs(&logs_of(records), Wire::Protobuf).unwrap();
    assert_eq!((batch.records.len(), remarks.rejected), (1, 2));
    // Written down for people, as deep as it is.
    assert_eq!(batch.records[0].text, format!("{}true{}", "[".repeat(31), "]".repeat(31)));

    let value = Some(number_data_point::Value::AsInt(1));
    let exemplar = Exemplar { filtered_attributes: vec![attribute(deep())], ..Exemplar::default() };
    let data_points = vec![
        NumberDataPoint { attributes: vec![attribute(deep())], value, ..NumberDataPoint::default() },
        NumberDataPoint { exemplars: vec![exemplar], value, ..NumberDataPoint::default() },
        NumberDataPoint { value, ..NumberDataPoint::default() },
    ];
    let (batch, remarks) = read_points(&metrics_of(Data::Gauge(Gauge { data_points })), Wire::Protobuf).unwrap();
    assert_eq!((batch.points.len(), remarks.rejected), (1, 2));
}

#[test]
fn unusable_points_are_refused_one_by_one() {
    let with = |bucket_counts: Vec<u64>, explicit_bounds: Vec<f64>| HistogramDataPoint {
        bucket_counts,
        explicit_bounds,
        ..HistogramDataPoint::default()
    };
    let data_points = vec![
        with(vec![1, 2, 3], vec![1.0, 2.0]),
        with(vec![], vec![]),
        with(vec![7], vec![]),
        with(vec![1, 2], vec![1.0, 2.0]),
        with(vec![1, 2, 3], vec![2.0, 1.0]),
        with(vec![1, 2], vec![f64::NAN]),
        with(vec![0; BUCKETS + 1], (0..BUCKETS).map(|bound| bound as f64).collect()),
    ];
    let histogram = Data::Histogram(Histogram { data_points, aggregation_temporality: 2 });
    let (batch, remarks) = read_points(&metrics_of(histogram), Wire::Protobuf).unwrap();
    assert_eq!((batch.points.len(), remarks.rejected), (3, 4));
    insta::assert_snapshot!(remarks.message().unwrap(), @"4 data points refused: 2 bucket counts for 2 bounds (1), bounds that do not rise (2), more than 10000 buckets (1)");

    let data_points = vec![NumberDataPoint::default(), NumberDataPoint { flags: 1, ..NumberDataPoint::default() }];
    let (batch, remarks) = read_points(&metrics_of(Data::Gauge(Gauge { data_points })), Wire::Protobuf).unwrap();
    assert_eq!((batch.points.len(), remarks.rejected), (1, 1));
    insta::assert_snapshot!(remarks.message().unwrap(), @"1 data point refused: no value, and no flag that says so (1)");
}

/// A list of numbers takes a byte each on the wire and eight in memory, packed or not.
#[test]
fn a_bomb_of_bucket_counts_is_weighed_before_it_is_decoded() {
    let point = ExponentialHistogramDataPoint {
        positive: Some(Buckets { offset: 0, bucket_counts: vec![0; 20_000_000] }),
        ..ExponentialHistogramDataPoint::default()
    };
    let packed = metrics_of(Data::ExponentialHistogram(ExponentialHistogram {
        data_points: vec![point],
        aggregation_temporality: 2,
    }));
    assert!(packed.len() < 21 << 20);
    assert_eq!(read_points(&packed, Wire::Protobuf).unwrap_err().http.as_u16(), 413);
    // One by one: field 2 of the buckets, a variable-length integer, and so on outwards.
    let mut unpacked = [0x10, 0].repeat(17_000_000);
    for tag in [0x42, 0x0a, 0x52, 0x12, 0x12, 0x0a] {
        let mut outer = vec![tag];
        prost::encoding::encode_varint(unpacked.len() as u64, &mut outer);
        outer.append(&mut unpacked);
        unpacked = outer;
    }
    assert_eq!(read_points(&unpacked, Wire::Protobuf).unwrap_err().http.as_u16(), 413);
    let records = logs_of(vec![LogRecord::default(); SPANS_PER_REQUEST + 1]);
    assert_eq!(read_logs(&records, Wire::Protobuf).unwrap_err().http.as_u16(), 413);
    let points = vec![NumberDataPoint::default(); SPANS_PER_REQUEST + 1];
    let points = metrics_of(Data::Gauge(Gauge { data_points: points }));
    assert_eq!(read_points(&points, Wire::Protobuf).unwrap_err().http.as_u16(), 413);
}

#[test]
fn attributes_in_any_order_are_one_series() {
    let named = |keys: [&str; 2]| {
        let attributes = keys.map(|key| KeyValue { key: key.into(), value: None, key_strindex: 0 }).to_vec();
        NumberDataPoint { attributes, value: Some(number_data_point::Value::AsInt(1)), ..NumberDataPoint::default() }
    };
    let data_points = vec![named(["a", "b"]), named(["b", "a"])];
    let (batch, _) = read_points(&metrics_of(Data::Gauge(Gauge { data_points })), Wire::Protobuf).unwrap();
    assert_eq!(batch.series[0], batch.series[1]);
}
