//! The official Rust SDK, with nothing but an endpoint configured, arrives whole.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::Bench;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind as OtelKind, Status, TraceContextExt, TraceFlags, TraceId, Tracer,
    TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value as OtelValue};
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thalweg_telemetry::{
    LogQuery, MetricKind, Reduction, SpanKind, StatusCode, Trace, Value, find_logs, get_metric, get_trace,
    list_metrics, list_traces, logs_of_trace,
};

/// Sends a producer and a consumer of two services through `exporter` and returns the consumer's context.
fn send(exporter: SpanExporter) -> SpanContext {
    let resource = Resource::builder_empty()
        .with_attributes([KeyValue::new("service.name", "shop"), KeyValue::new("service.version", "1.2.3")])
        .build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let scope = InstrumentationScope::builder("sdk-test")
        .with_version("0.1")
        .with_schema_url("https://opentelemetry.io/schemas/1.37.0")
        .with_attributes([KeyValue::new("scope.attribute", true)])
        .build();
    let tracer = provider.tracer_with_scope(scope);

    let producer = tracer
        .span_builder("orders publish")
        .with_kind(OtelKind::Producer)
        .with_attributes([
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("count", i64::MAX),
            KeyValue::new("share", 0.25),
            KeyValue::new("urgent", true),
            KeyValue::new(
                "tags",
                OtelValue::Array(Array::String(vec![StringValue::from("a"), StringValue::from("é")])),
            ),
        ])
        .start(&tracer);
    let sending = Context::new().with_span(producer);
    let mut consumer = tracer
        .span_builder("orders process")
        .with_kind(OtelKind::Consumer)
        .with_links(vec![Link::new(sending.span().span_context().clone(), vec![KeyValue::new("why", "creation")], 0)])
        .start_with_context(&tracer, &sending);
    consumer.add_event_with_timestamp(
        "exception",
        UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789),
        vec![KeyValue::new("exception.type", "Timeout")],
    );
    consumer.set_status(Status::error("deadline exceeded"));
    let context = consumer.span_context().clone();
    consumer.end();
    sending.span().end();
    provider.shutdown().unwrap();
    context
}

async fn received(bench: &Bench, context: &SpanContext) -> Trace {
    let id = context.trace_id().to_string().parse().unwrap();
    get_trace(&bench.store, id).await.unwrap().expect("the trace is stored once the SDK has shut down")
}

fn assert_whole(trace: &Trace, context: &SpanContext, since: SystemTime) {
    assert_eq!(trace.spans.len(), 2);
    let [producer, consumer] = &trace.spans[..] else { unreachable!() };
    assert_eq!((producer.name.as_str(), producer.kind, producer.parent), ("orders publish", SpanKind::Producer, None));
    assert_eq!(
        producer.attributes,
        [
            ("messaging.system".to_owned(), Value::String("kafka".into())),
            ("count".to_owned(), Value::Int(i64::MAX)),
            ("share".to_owned(), Value::Double(0.25)),
            ("urgent".to_owned(), Value::Bool(true)),
            ("tags".to_owned(), Value::Array(vec![Value::String("a".into()), Value::String("é".into())])),
        ]
    );
    assert_eq!(consumer.id.to_string(), context.span_id().to_string());
    assert_eq!((consumer.kind, consumer.parent), (SpanKind::Consumer, Some(producer.id)));
    assert_eq!((consumer.status.code, consumer.status.message.as_str()), (StatusCode::Error, "deadline exceeded"));
    let [event] = &consumer.events[..] else { panic!("one event: {:?}", consumer.events) };
    assert_eq!((event.name.as_str(), event.time_unix_nano), ("exception", 1_700_000_000_123_456_789));
    assert_eq!(event.attributes, [("exception.type".to_owned(), Value::String("Timeout".into()))]);
    let [link] = &consumer.links[..] else { panic!("one link: {:?}", consumer.links) };
    assert_eq!((&link.trace_id[..], &link.span_id[..]), (&trace.id.0[..], &producer.id.0[..]));
    assert_eq!(link.attributes, [("why".to_owned(), Value::String("creation".into()))]);
    let since = since.duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(producer.start_unix_nano >= since && producer.end_unix_nano >= producer.start_unix_nano);

    let [resource] = &trace.resources[..] else { panic!("one resource: {:?}", trace.resources) };
    assert_eq!(resource.service, "shop");
    assert!(resource.attributes.contains(&("service.version".to_owned(), Value::String("1.2.3".into()))));
    let [scope] = &trace.scopes[..] else { panic!("one scope: {:?}", trace.scopes) };
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("sdk-test", "0.1"));
    assert_eq!(scope.schema_url, "https://opentelemetry.io/schemas/1.37.0");
    assert_eq!(scope.attributes, [("scope.attribute".to_owned(), Value::Bool(true))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc() {
    for compression in [None, Some(Compression::Gzip)] {
        let (bench, since) = (Bench::new().await, SystemTime::now());
        let mut builder = SpanExporter::builder().with_tonic().with_endpoint(format!("http://{}", bench.grpc()));
        if let Some(compression) = compression {
            builder = builder.with_compression(compression);
        }
        let exporter = builder.build().unwrap();
        let context = tokio::task::spawn_blocking(move || send(exporter)).await.unwrap();
        assert_whole(&received(&bench, &context).await, &context, since);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http() {
    for compression in [None, Some(Compression::Gzip)] {
        let (bench, since) = (Bench::new().await, SystemTime::now());
        let endpoint = format!("http://{}/v1/traces", bench.http());
        // The exporter's own blocking client must not be made on an asynchronous thread.
        let context = tokio::task::spawn_blocking(move || {
            let mut builder =
                SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(endpoint);
            if let Some(compression) = compression {
                builder = builder.with_compression(compression);
            }
            send(builder.build().unwrap())
        });
        let context = context.await.unwrap();
        assert_whole(&received(&bench, &context).await, &context, since);
        assert_eq!(list_traces(&bench.store, 10, None).await.unwrap().traces[0].errors, 1);
    }
}

/// Two log records and four instruments of one service, through the SDK's own batching.
fn send_signals(logs: LogExporter, metrics: MetricExporter) {
    let resource = Resource::builder_empty().with_attributes([KeyValue::new("service.name", "shop")]).build();
    let provider = SdkLoggerProvider::builder().with_resource(resource.clone()).with_batch_exporter(logs).build();
    let logger = provider.logger("sdk-test");
    let mut placed = logger.create_log_record();
    placed.set_timestamp(UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789));
    placed.set_severity_number(Severity::Info);
    placed.set_severity_text("info");
    placed.set_body("order placed".into());
    placed.add_attribute("order.id", i64::MAX);
    placed.set_trace_context(TraceId::from(7), SpanId::from(8), Some(TraceFlags::SAMPLED));
    logger.emit(placed);
    let mut archived = logger.create_log_record();
    archived.set_event_name("order.archived");
    archived.set_severity_number(Severity::Error3);
    archived.set_body(AnyValue::ListAny(Box::new(vec![1.into(), "two".into()])));
    logger.emit(archived);
    provider.shutdown().unwrap();

    let provider = SdkMeterProvider::builder().with_resource(resource).with_periodic_exporter(metrics).build();
    let meter = provider.meter("sdk-test");
    let route = |path: &'static str| [KeyValue::new("http.route", path)];
    let requests = meter.u64_counter("requests").with_unit("{request}").with_description("Requests served").build();
    requests.add(3, &route("/a"));
    requests.add(4, &route("/a"));
    requests.add(1, &route("/b"));
    meter.f64_gauge("temperature").with_unit("Cel").build().record(21.5, &[]);
    meter.i64_up_down_counter("open").build().add(-2, &[]);
    let duration = meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![1.0, 2.0]).build();
    for value in [0.5, 1.5, 1.5, 7.0] {
        duration.record(value, &[]);
    }
    provider.shutdown().unwrap();
}

async fn assert_signals_whole(bench: &Bench, since: SystemTime) {
    let found = find_logs(&bench.store, &LogQuery::default(), 10, None).await.unwrap();
    let [archived, placed] = &found.logs[..] else { panic!("two records: {found:?}") };
    assert_eq!(
        (placed.time_unix_nano, placed.severity, &*placed.severity_text),
        (1_700_000_000_123_456_789, 9, "info")
    );
    assert_eq!((&*placed.text, &*placed.service), ("order placed", "shop"));
    assert_eq!(placed.attributes, [("order.id".to_owned(), Value::Int(i64::MAX))]);
    assert_eq!(placed.trace_id.unwrap().to_string(), TraceId::from(7).to_string());
    assert_eq!(placed.span_id.unwrap().to_string(), SpanId::from(8).to_string());
    let since = since.duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    // It has no time of its own: the SDK says when it saw it.
    assert!(placed.observed_time_unix_nano >= since && archived.when() >= since);
    assert_eq!((&*archived.event_name, archived.severity, &*archived.text), ("order.archived", 19, "[1, two]"));
    assert_eq!(archived.body, Value::Array(vec![Value::Int(1), Value::String("two".into())]));
    let trace = thalweg_telemetry::TraceId(TraceId::from(7).to_bytes());
    assert_eq!(logs_of_trace(&bench.store, trace, None, 10, None).await.unwrap().logs, std::slice::from_ref(placed));

    let metrics = list_metrics(&bench.store, "", 100).await.unwrap().metrics;
    let told: Vec<_> =
        metrics.iter().map(|metric| (&*metric.name, &*metric.unit, metric.shape.kind, metric.series)).collect();
    assert_eq!(
        told,
        [
            ("duration", "s", MetricKind::Histogram, 1),
            ("open", "", MetricKind::Sum, 1),
            ("requests", "{request}", MetricKind::Sum, 2),
            ("temperature", "Cel", MetricKind::Gauge, 1),
        ]
    );
    assert_eq!((&*metrics[2].description, metrics[2].shape.monotonic), ("Requests served", true));
    let range = Reduction { from_unix_nano: since, to_unix_nano: u64::MAX, buckets: 1, series: 10 };
    let metric = async |name| get_metric(&bench.store, name, range).await.unwrap().unwrap().series;
    let served = metric("requests").await;
    let grew: Vec<_> = served.iter().map(|one| (one.attributes[0].1.clone(), one.buckets[0].increase)).collect();
    assert!(
        grew.contains(&(Value::String("/a".into()), Some(7.0)))
            && grew.contains(&(Value::String("/b".into()), Some(1.0))),
        "{grew:?}"
    );
    assert_eq!(metric("temperature").await[0].buckets[0].last, Some(21.5));
    assert_eq!(metric("open").await[0].buckets[0].last, Some(-2.0));
    let duration = &metric("duration").await[0].buckets[0];
    assert_eq!((duration.count, duration.sum, duration.mean), (Some(4), Some(10.5), Some(2.625)));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_metrics_over_grpc() {
    for compression in [None, Some(Compression::Gzip)] {
        let (bench, since) = (Bench::new().await, SystemTime::now());
        let endpoint = format!("http://{}", bench.grpc());
        let mut logs = LogExporter::builder().with_tonic().with_endpoint(endpoint.clone());
        let mut metrics = MetricExporter::builder().with_tonic().with_endpoint(endpoint);
        if let Some(compression) = compression {
            logs = logs.with_compression(compression);
            metrics = metrics.with_compression(compression);
        }
        let (logs, metrics) = (logs.build().unwrap(), metrics.build().unwrap());
        tokio::task::spawn_blocking(move || send_signals(logs, metrics)).await.unwrap();
        assert_signals_whole(&bench, since).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_metrics_over_http() {
    let (bench, since) = (Bench::new().await, SystemTime::now());
    let base = format!("http://{}", bench.http());
    // The exporter's own blocking client must not be made on an asynchronous thread.
    let sending = tokio::task::spawn_blocking(move || {
        let logs = LogExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        let metrics = MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        send_signals(
            logs.with_endpoint(format!("{base}/v1/logs")).build().unwrap(),
            metrics.with_endpoint(format!("{base}/v1/metrics")).build().unwrap(),
        );
    });
    sending.await.unwrap();
    assert_signals_whole(&bench, since).await;
}
