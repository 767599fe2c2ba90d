//! A killed receiver has kept everything it acknowledged.
//!
//! The receiver runs in a process of its own, which is killed (`SIGKILL`, `TerminateProcess`) at a random moment while clients
//! send spans, log records and points. `THALWEG_KILL_ROUNDS` raises the number of rounds, as `cargo xtask soak` does to 200 and more.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::{batch, free_ports, span};
use prost::Message;
use thalweg_store::{LogQuery, Packing, Store};
use thalweg_telemetry::{Limits, Receiver, TraceId, get_trace};

const FILE: &str = "THALWEG_TEST_RECEIVER_FILE";
const SPANS: u8 = 5;

/// Not a test of its own: the process that is killed. Without the variable it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn receiver_process() {
    let Some(file) = std::env::var_os(FILE) else { return };
    // Packs every few requests, so that the kill also comes amid packing.
    let soon = Packing { spans: 100, ..Packing::default() };
    let store = Store::open_packing(Path::new(&file), soon).await.unwrap();
    let receiver = Receiver::start(free_ports(Limits::default()), store).await.unwrap();
    // Straight to standard output: the parent waits for this line.
    writeln!(std::io::stdout(), "\nlistening {}", receiver.status().http).unwrap();
    std::future::pending::<()>().await;
}

fn start(file: &Path) -> (Child, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "receiver_process", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening ")?.parse().ok());
    (child, address.expect("the receiver says where it listens"))
}

/// The status, or nothing if the receiver was gone before it answered.
fn post(to: SocketAddr, path: &str, media: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(to).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    answer.split(' ').nth(1)?.parse().ok()
}

/// Sends traces numbered from `first` by twos until the receiver is gone; returns the acknowledged ones.
fn send(to: SocketAddr, first: u32) -> Vec<TraceId> {
    let mut acknowledged = Vec::new();
    for number in (first..).step_by(2) {
        let id = TraceId((u128::from(number) + 1).to_be_bytes());
        let spans = (1..=SPANS)
            .map(|at| opentelemetry_proto::tonic::trace::v1::Span { trace_id: id.0.to_vec(), ..span(1, at) });
        let body = batch("shop", spans.collect()).encode_to_vec();
        match post(to, "/v1/traces", "application/x-protobuf", &body) {
            Some(200) => acknowledged.push(id),
            Some(other) => panic!("status {other}"),
            None => break,
        }
    }
    acknowledged
}

/// Sends log records or points whose times are numbers from `first` on, until the receiver is gone; returns the acknowledged ones.
fn send_numbers(to: SocketAddr, path: &str, first: u64, body: fn(u64) -> String) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    for number in first.. {
        match post(to, path, "application/json", body(number).as_bytes()) {
            Some(200) => acknowledged.push(number),
            Some(other) => panic!("status {other}"),
            None => break,
        }
    }
    acknowledged
}

fn a_log(number: u64) -> String {
    format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{number}","body":{{"stringValue":"said"}}}}]}}]}}]}}"#
    )
}

fn a_point(number: u64) -> String {
    format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"depth","gauge":{{"dataPoints":[{{"timeUnixNano":"{number}","asInt":"1"}}]}}}}]}}]}}]}}"#
    )
}

/// The times of all log records.
async fn logs_in(store: &Store) -> BTreeSet<u64> {
    let (mut times, mut before) = (BTreeSet::new(), None);
    loop {
        let page = store.logs(&LogQuery::default(), 10_000, before).await.unwrap();
        times.extend(page.records.iter().map(|record| record.time_ns));
        before = page.next;
        if before.is_none() {
            return times;
        }
    }
}

/// The times of all points.
async fn points_in(store: &Store) -> BTreeSet<u64> {
    let series: Vec<i64> = store.metric_series(None, 10).await.unwrap().series.iter().map(|series| series.id).collect();
    let points = store.metric_points(&series, 0, u64::MAX, usize::MAX).await.unwrap();
    points.iter().map(|point| point.time_ns).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let rounds = std::env::var("THALWEG_KILL_ROUNDS").map_or(30, |rounds| rounds.parse().expect("a number of rounds"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thalweg.db");
    let (mut sent_from, mut counted, mut counted_numbers) = (0, 0, 0);
    for _ in 0..rounds {
        let (mut child, address) = start(&file);
        let senders: Vec<_> =
            (0..2).map(|odd| tokio::task::spawn_blocking(move || send(address, sent_from + odd))).collect();
        let first = u64::from(sent_from) + 1;
        let logs = tokio::task::spawn_blocking(move || send_numbers(address, "/v1/logs", first, a_log));
        let points = tokio::task::spawn_blocking(move || send_numbers(address, "/v1/metrics", first, a_point));
        // Any moment will do; a different one each time.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
        tokio::time::sleep(Duration::from_millis(50 + u64::from(nanos / 1000 % 150))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let mut acknowledged = Vec::new();
        for sender in senders {
            acknowledged.extend(sender.await.unwrap());
        }
        sent_from += 1_000_000;
        counted += acknowledged.len();

        let store = Store::open(&file).await.unwrap();
        for id in acknowledged {
            let trace =
                get_trace(&store, id).await.unwrap().unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
            assert_eq!(trace.spans.len(), usize::from(SPANS));
        }
        // What was not acknowledged may be there or not, but never in part.
        for trace in store.list_traces(u32::MAX, None).await.unwrap().traces {
            assert_eq!(trace.spans, u64::from(SPANS));
        }
        let (logs, points) = (logs.await.unwrap(), points.await.unwrap());
        counted_numbers += logs.len().min(points.len());
        let (logs_there, points_there) = (logs_in(&store).await, points_in(&store).await);
        let lost = logs.iter().find(|number| !logs_there.contains(number));
        assert_eq!(lost, None, "an acknowledged log record is lost");
        let lost = points.iter().find(|number| !points_there.contains(number));
        assert_eq!(lost, None, "an acknowledged point is lost");
        store.close().await;
    }
    assert!(counted > 0 && counted_numbers > 0, "no round came as far as an acknowledgement of each");
}
