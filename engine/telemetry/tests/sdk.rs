//! The official Rust SDK, with nothing but an endpoint configured, arrives whole.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::Bench;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanKind as OtelKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value as OtelValue};
use opentelemetry_otlp::{Compression, Protocol, SpanExporter, WithExportConfig, WithHttpConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use thalweg_telemetry::{SpanKind, StatusCode, Trace, Value, get_trace, list_traces};

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
