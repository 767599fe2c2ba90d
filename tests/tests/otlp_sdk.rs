//! What the official OpenTelemetry clients send arrives whole: nothing lost, nothing changed, nothing doubled.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value as Otel};
use opentelemetry_otlp::{Compression, Protocol, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{Value, json};
use thalweg_tests::cli::Cli;
use thalweg_tests::otlp::{self, Span};
use thalweg_tests::programs;
use thalweg_tests::receiver::Receiver;

/// Runs the Python client and returns what its own encoder says that it sent.
fn send_with_python(protocol: &str, compression: &str, endpoint: &str, times: u32) -> Result<Value> {
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/send.py"))
        .args([protocol, compression, endpoint, &times.to_string()])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot start Python")?;
    if !output.status.success() {
        bail!("the Python client failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("the Python client printed something else than JSON")
}

/// What Thalweg has of a trace.
fn stored(cli: &Cli, trace_id: &str) -> Result<Vec<Span>> {
    let database = cli.database().display().to_string();
    let arguments = ["traces", "show", trace_id, "--format", "json", "--db", &*database];
    otlp::spans(&cli.run(&arguments)?.expect_code(0)?.json()?)
}

fn list(cli: &Cli) -> Result<Vec<Value>> {
    let database = cli.database().display().to_string();
    let listed = cli.run(&["traces", "list", "--format", "json", "--db", &database])?.expect_code(0)?.json()?;
    listed.as_array().cloned().context("`traces list` printed no array")
}

fn require_equal(stored: &[Span], sent: &[Span]) -> Result<()> {
    ensure!(stored.len() == sent.len(), "{} spans sent, {} stored", sent.len(), stored.len());
    for (stored, sent) in stored.iter().zip(sent) {
        ensure!(stored == sent, "a span changed on the way:\nsent   {sent:#?}\nstored {stored:#?}");
    }
    Ok(())
}

fn python_arrives_whole(protocol: &str, compression: &str) -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let address = if protocol == "grpc" { receiver.grpc } else { receiver.http };
    // The second time is a client that did not hear the first answer.
    let sent = otlp::spans(&send_with_python(protocol, compression, &format!("http://{address}"), 2)?)?;
    let trace_id = &sent.first().context("nothing was sent")?.trace_id;
    require_equal(&stored(&cli, trace_id)?, &sent)?;

    let listed = list(&cli)?;
    ensure!(listed.len() == 1, "{listed:?}");
    let first = &listed[0];
    let root = sent.iter().find(|span| span.parent.is_empty()).context("no root was sent")?;
    ensure!(first["trace_id"] == **trace_id && first["root"] == *root.name, "{first}");
    ensure!(first["service"] == "python-shop" && first["spans"] == 3 && first["errors"] == 1, "{first}");
    let start = first["start_unix_nano"].as_str().map_or_else(|| first["start_unix_nano"].to_string(), String::from);
    ensure!(start == root.start_unix_nano.to_string(), "{first}");
    let duration = first["duration_ms"].as_f64().context("no duration")?;
    let expected = (root.end_unix_nano - root.start_unix_nano) as f64 / 1e6;
    ensure!((duration - expected).abs() < 0.001, "{duration} ms instead of {expected}");

    // All of it is still there when the receiver has gone.
    receiver.interrupt()?;
    require_equal(&stored(&cli, trace_id)?, &sent)
}

#[test]
fn python_over_grpc() -> Result<()> {
    python_arrives_whole("grpc", "none")
}

#[test]
fn python_over_grpc_with_gzip() -> Result<()> {
    python_arrives_whole("grpc", "gzip")
}

#[test]
fn python_over_http() -> Result<()> {
    python_arrives_whole("http", "none")
}

#[test]
fn python_over_http_with_gzip() -> Result<()> {
    python_arrives_whole("http", "gzip")
}

const START: u64 = 1_700_000_000_123_456_789;

fn at(nanoseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

/// Sends a trace of two spans and returns its id.
fn record_with_rust(exporter: SpanExporter) -> Result<TraceId> {
    let resource = Resource::builder_empty()
        .with_attributes([KeyValue::new("service.name", "rust-shop"), KeyValue::new("shard", 7)])
        .build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let tracer = provider.tracer_with_scope(InstrumentationScope::builder("shop").with_version("0.9").build());
    let elsewhere = SpanContext::new(
        TraceId::from(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
        SpanId::from(0x1112_1314_1516_1718),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let mut root = tracer
        .span_builder("place order ✓")
        .with_kind(SpanKind::Server)
        .with_start_time(at(START))
        .with_attributes([
            KeyValue::new("text", "grüße"),
            KeyValue::new("large", i64::MAX),
            KeyValue::new("small", i64::MIN),
            KeyValue::new("share", 0.1),
            KeyValue::new("yes", true),
            KeyValue::new("texts", Otel::Array(Array::String(vec![StringValue::from("a"), StringValue::from("")]))),
        ])
        .with_links(vec![Link::new(elsewhere, vec![KeyValue::new("why", "retry")], 2)])
        .start(&tracer);
    root.add_event_with_timestamp("validated", at(START + 1), vec![KeyValue::new("items", 3)]);
    let trace_id = root.span_context().trace_id();
    let context = opentelemetry::Context::new().with_span(root);
    let mut charge = tracer.span_builder("charge").with_start_time(at(START + 5)).start_with_context(&tracer, &context);
    charge.set_status(Status::error("card declined"));
    charge.end_with_timestamp(at(START + 9));
    context.span().end_with_timestamp(at(START + 10));
    provider.force_flush().context("the receiver did not say yes")?;
    provider.shutdown().context("the client did not shut down")?;
    Ok(trace_id)
}

fn require_rust_trace(cli: &Cli, trace_id: TraceId) -> Result<()> {
    let spans = stored(cli, &trace_id.to_string())?;
    ensure!(spans.len() == 2, "{spans:?}");
    let named = |name: &str| spans.iter().find(|span| span.name == name).with_context(|| format!("no span `{name}`"));
    let (root, charge) = (named("place order ✓")?, named("charge")?);
    let attributes: Vec<String> = root.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    ensure!(
        attributes
            == [
                "large=int:9223372036854775807",
                "share=double:Some(0.1)",
                "small=int:-9223372036854775808",
                "text=string:grüße",
                r#"texts=array:["string:a", "string:"]"#,
                "yes=bool:true",
            ],
        "{attributes:?}"
    );
    ensure!(root.resource["service.name"] == "string:rust-shop" && root.resource["shard"] == "int:7", "{root:?}");
    ensure!(root.scope == ("shop".into(), "0.9".into()) && root.kind == 2 && root.parent.is_empty(), "{root:?}");
    ensure!((root.start_unix_nano, root.end_unix_nano) == (START, START + 10), "{root:?}");
    ensure!(root.events.len() == 1 && root.events[0].0 == START + 1 && root.events[0].1 == "validated", "{root:?}");
    ensure!(root.events[0].2["items"] == "int:3", "{root:?}");
    let [link] = &root.links[..] else { bail!("one link was sent: {root:?}") };
    ensure!(link.0 == "0102030405060708090a0b0c0d0e0f10" && link.1 == "1112131415161718", "{link:?}");
    ensure!(link.3["why"] == "string:retry", "{link:?}");
    ensure!(charge.parent == root.span_id && charge.status == (2, "card declined".into()), "{charge:?}");
    ensure!((charge.start_unix_nano, charge.end_unix_nano) == (START + 5, START + 9), "{charge:?}");
    Ok(())
}

#[test]
fn rust_over_http() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("http://{}/v1/traces", receiver.http))
        .build()?;
    require_rust_trace(&cli, record_with_rust(exporter)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_over_grpc_with_gzip() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_compression(Compression::Gzip)
        .with_endpoint(format!("http://{}", receiver.grpc))
        .build()?;
    let trace_id = tokio::task::spawn_blocking(|| record_with_rust(exporter)).await??;
    require_rust_trace(&cli, trace_id)
}

/// Sends log records and metrics with the Python client, which tells which trace they belong to.
fn signals_from_python(protocol: &str, compression: &str, endpoint: &str) -> Result<Value> {
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/send_signals.py"))
        .args([protocol, compression, endpoint])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot start Python")?;
    if !output.status.success() {
        bail!("the Python client failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("the Python client printed something else than JSON")
}

fn asked(cli: &Cli, arguments: &[&str]) -> Result<Value> {
    let database = cli.database().display().to_string();
    cli.run(&[arguments, &["--format", "json", "--db", &*database]].concat())?.expect_code(0)?.json()
}

fn python_signals_arrive_whole(protocol: &str, compression: &str) -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let address = if protocol == "grpc" { receiver.grpc } else { receiver.http };
    let sent = signals_from_python(protocol, compression, &format!("http://{address}"))?;
    // All of it is still there when the receiver has gone.
    receiver.interrupt()?;

    let trace_id = sent["trace_id"].as_str().context("no trace was told")?;
    let of_trace = asked(&cli, &["logs", "--trace", trace_id])?;
    ensure!(of_trace.as_array().is_some_and(|logs| logs.len() == 1), "{of_trace}");
    let warned = &of_trace[0];
    ensure!(warned["text"] == sent["text"] && warned["span_id"] == sent["span_id"], "{warned}");
    ensure!(warned["severity"] == 13 && warned["service"] == "python-shop", "{warned}");
    let order = json!(["order", i64::MAX.to_string()]);
    ensure!(warned["attributes"].as_array().is_some_and(|attributes| attributes.contains(&order)), "{warned}");
    let errors = asked(&cli, &["logs", "--severity", "error", "--text", "ARCHIVE"])?;
    ensure!(errors.as_array().is_some_and(|logs| logs.len() == 1), "{errors}");
    let archived = &errors[0];
    ensure!(
        archived["time_unix_nano"] == "1700000000123456789" && archived["event_name"] == "order.archived",
        "{archived}"
    );
    ensure!(
        archived["text"] == "{kind=archive, sizes=[1, 2.5, true]}" && archived["scope"] == "events 1.0",
        "{archived}"
    );

    let metrics = asked(&cli, &["metrics", "list"])?;
    let metrics = metrics.as_array().context("`metrics list` printed no array")?;
    let kinds: Vec<_> = metrics.iter().map(|metric| (metric["name"].as_str(), metric["kind"].as_str())).collect();
    let expected = [
        ("orders.open", "up_down_counter"),
        ("orders.placed", "counter"),
        ("sizes", "exponential_histogram"),
        ("temperature", "gauge"),
        ("waited", "histogram"),
    ];
    ensure!(kinds == expected.map(|(name, kind)| (Some(name), Some(kind))), "{kinds:?}");
    let last = |at: usize| metrics[at]["last"].as_f64();
    ensure!(last(0) == Some(-3.0) && last(3) == Some(21.5), "{metrics:?}");
    let placed = asked(&cli, &["metrics", "show", "orders.placed"])?;
    let series = placed["series"].as_array().context("no series")?;
    ensure!(series.len() == 2 && placed["description"] == "Orders that were placed", "{placed}");
    let of_eu = series.iter().find(|one| one["attributes"] == json!([["region", "eu"]])).context("no series of eu")?;
    ensure!(of_eu["buckets"][0]["increase"] == 5.0 && of_eu["unit"] == "{order}", "{of_eu}");
    ensure!(of_eu["exemplars"][0]["trace_id"] == sent["exemplar_trace_id"], "{of_eu}");
    for name in ["waited", "sizes"] {
        let shown = asked(&cli, &["metrics", "show", name])?;
        let bucket = &shown["series"][0]["buckets"][0];
        ensure!(bucket["count"] == 4 && bucket["sum"] == 10.5, "{name}: {bucket}");
        let median = bucket["quantiles"][0][1].as_f64().context("no median")?;
        ensure!((1.0..=2.0).contains(&median), "{name}: the median of 0.5, 1.5, 1.5 and 7 is {median}");
    }
    Ok(())
}

#[test]
fn logs_and_metrics_of_python_over_grpc() -> Result<()> {
    python_signals_arrive_whole("grpc", "gzip")
}

#[test]
fn logs_and_metrics_of_python_over_http() -> Result<()> {
    python_signals_arrive_whole("http", "none")
}
