//! How fast log records and points are acknowledged, and what they take on disk. Prints figures; judges nothing.
//!
//! `cargo bench -p thalweg-store --bench signals`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on ends, and it is there to print"
)]

use std::path::Path;
use std::time::Instant;

use thalweg_store::{LogBatch, LogQuery, LogRow, PointBatch, PointRow, ResourceRow, SeriesRow, Store};

/// Senders that wait for their answer each.
const SENDERS: u64 = 4;

#[tokio::main]
async fn main() {
    logs().await;
    points(1_000, 400).await;
    points(20, 2_000).await;
}

fn resource(sender: u64) -> Vec<ResourceRow> {
    let body = format!(
        "service.name=shop-{sender} service.version=1.2.3 host.name=worker-{sender} telemetry.sdk.language=rust"
    );
    vec![ResourceRow { service: format!("shop-{sender}"), body: body.into_bytes() }]
}

async fn logs() {
    const BATCHES: u64 = 200;
    const RECORDS: u64 = 512;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
    let begun = Instant::now();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let store = store.clone();
            tokio::spawn(async move {
                for batch in 0..BATCHES {
                    let record = |at: u64| {
                        let number = batch * RECORDS + at;
                        LogRow {
                            time_ns: 1_700_000_000_000_000_000 + number * 1_000_000,
                            severity: if number.is_multiple_of(50) { 17 } else { 9 },
                            trace_id: Some(
                                u128::from(number / 8).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C).to_be_bytes(),
                            ),
                            span_id: Some(number.to_be_bytes()),
                            text: format!("order {number} placed by customer {} in {} ms", number % 977, number % 89),
                            // Time, severity, flags and three attributes, as protobuf has them.
                            body: format!("{:>40} order.id={number} region=eu thread=worker-{}", "", number % 16)
                                .into(),
                            ..LogRow::default()
                        }
                    };
                    let records = (0..RECORDS).map(record).collect();
                    let batch = LogBatch { resources: resource(sender), scopes: vec![b"shop".to_vec()], records };
                    store.write_logs(batch).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let (took, all) = (begun.elapsed().as_secs_f64(), (SENDERS * BATCHES * RECORDS) as f64);
    let asked = Instant::now();
    store.logs(&LogQuery::default(), 100, None).await.unwrap();
    let newest = asked.elapsed();
    let asked = Instant::now();
    store.logs(&LogQuery { text: Some("order 99 ".into()), ..LogQuery::default() }, 100, None).await.unwrap();
    let searched = asked.elapsed();
    let path = store.path().to_owned();
    store.close().await;
    println!("{all} log records in batches of {RECORDS}: {:.0}/s, {:.0} bytes each", all / took, size(&path) / all);
    println!("  newest 100: {newest:.1?}; a text in the newest 200,000: {searched:.1?}");
}

async fn points(series: u64, rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
    let begun = Instant::now();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let store = store.clone();
            tokio::spawn(async move {
                let rows: Vec<_> = (0..series)
                    .map(|at| SeriesRow {
                        name: format!("metric.{}", at % 20),
                        unit: "1".into(),
                        kind: 0b11_0001,
                        attributes: format!("route=/api/{at} method=GET status=200").into(),
                        ..SeriesRow::default()
                    })
                    .collect();
                for round in 0..rounds {
                    let time_ns = 1_700_000_000_000_000_000 + round * 10_000_000_000;
                    let point = |at: u64| {
                        // A counter's point as protobuf has it: start and value, eight bytes each.
                        let mut body = vec![0x11];
                        body.extend(1_699_999_999_123_456_789_u64.to_le_bytes());
                        body.push(0x31);
                        body.extend((round * (at % 7 + 1) + (round * at) % 5).to_le_bytes());
                        PointRow { series: at as usize, time_ns: time_ns + sender * 1_000, body }
                    };
                    let points = (0..series).map(point).collect();
                    let batch = PointBatch {
                        resources: resource(sender),
                        scopes: vec![b"shop".to_vec()],
                        series: rows.clone(),
                        points,
                    };
                    store.write_points(batch).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let (took, all) = (begun.elapsed().as_secs_f64(), (SENDERS * series * rounds) as f64);
    let asked = Instant::now();
    let listed = store.metric_series(None, 100_000).await.unwrap().series;
    let list = asked.elapsed();
    let asked = Instant::now();
    let read = store.metric_points(&[listed[0].id], 0, u64::MAX, 1_000_000).await.unwrap().len();
    let one = asked.elapsed();
    let path = store.path().to_owned();
    store.close().await;
    println!(
        "{all} points of {} series, {series} a batch: {:.0}/s, {:.1} bytes each",
        listed.len(),
        all / took,
        size(&path) / all
    );
    println!("  all series: {list:.1?}; the {read} points of one: {one:.1?}");
}

fn size(path: &Path) -> f64 {
    std::fs::metadata(path).unwrap().len() as f64
}
