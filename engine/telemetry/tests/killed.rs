//! A killed receiver has kept everything it acknowledged.
//!
//! The receiver runs in a process of its own, which is killed (`SIGKILL`, `TerminateProcess`) at a random moment while clients
//! send spans, log records and points: after so many acknowledgements, while the others are under way. `THALWEG_KILL_ROUNDS` raises
//! the number of rounds, as `cargo xtask soak` does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::{batch, free_ports, span};
use prost::Message;
use thalweg_store::{LogQuery, Packing, Store};
use thalweg_telemetry::{Limits, Receiver, TraceId, VALUE_BYTES, get_trace};

const FILE: &str = "THALWEG_TEST_RECEIVER_FILE";
const SPANS: u8 = 5;
/// Rounds by default.
const ROUNDS: u32 = 200;
/// Rounds with one file: all of it is looked at after each.
const ROUNDS_A_FILE: u32 = 10;
/// Files that are filled side by side: one waits for its disk while the other counts.
const FILES_AT_ONCE: u32 = 2;
/// Acknowledgements after which the receiver is killed, at least and at most: spans are packed in between, points in some rounds.
const ACKNOWLEDGED: std::ops::Range<u32> = 4..80;
/// How long a receiver may take for one answer before it counts as gone.
const PATIENCE: Duration = Duration::from_mins(1);

/// Not a test of its own: the process that is killed. Without the variable it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn receiver_process() {
    let Some(file) = std::env::var_os(FILE) else { return };
    // Packs spans every few requests, so that the kill also comes amid packing; points are large enough for it.
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

/// A receiver that is killed after some acknowledgements.
struct Victim {
    child: Mutex<Child>,
    address: SocketAddr,
    left: AtomicU32,
    moment: Duration,
}

impl Victim {
    fn start(file: &Path) -> Self {
        let (child, address) = start(file);
        // Any will do; a different one each time.
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos() / 100;
        let left = ACKNOWLEDGED.start + nanos % (ACKNOWLEDGED.end - ACKNOWLEDGED.start);
        let moment = Duration::from_micros(u64::from(nanos / 97 % 3000));
        Self { child: Mutex::new(child), address, left: AtomicU32::new(left), moment }
    }

    /// Whether the body was acknowledged; if not, the receiver was gone before it answered.
    fn takes(&self, path: &str, media: &str, body: &[u8]) -> bool {
        match post(self.address, path, media, body) {
            Some(200) => {}
            Some(other) => panic!("status {other}"),
            None => return false,
        }
        // The last one to count kills; none counts below that.
        let count = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if count == Ok(1) {
            std::thread::sleep(self.moment);
            self.child.lock().unwrap().kill().unwrap();
        }
        true
    }

    /// It was killed, and is gone.
    fn end(&self) {
        let was_killed = self.left.load(Ordering::SeqCst) == 0;
        let mut child = self.child.lock().unwrap();
        child.kill().ok();
        child.wait().unwrap();
        assert!(was_killed, "the receiver answered no more before it was killed");
    }
}

/// The status, or nothing if the receiver was gone before it answered.
fn post(to: SocketAddr, path: &str, media: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(to).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
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
fn send(to: &Victim, first: u64) -> Vec<TraceId> {
    let mut acknowledged = Vec::new();
    for number in (first..).step_by(2) {
        let id = TraceId((u128::from(number) + 1).to_be_bytes());
        let spans = (1..=SPANS)
            .map(|at| opentelemetry_proto::tonic::trace::v1::Span { trace_id: id.0.to_vec(), ..span(1, at) });
        let body = batch("shop", spans.collect()).encode_to_vec();
        if !to.takes("/v1/traces", "application/x-protobuf", &body) {
            break;
        }
        acknowledged.push(id);
    }
    acknowledged
}

/// Sends log records or points whose times are numbers from `first` on, until the receiver is gone; returns the acknowledged ones.
fn send_numbers(to: &Victim, path: &str, first: u64, body: fn(u64) -> String) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    for number in first.. {
        if !to.takes(path, "application/json", body(number).as_bytes()) {
            break;
        }
        acknowledged.push(number);
    }
    acknowledged
}

fn a_log(number: u64) -> String {
    format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{number}","body":{{"stringValue":"said"}}}}]}}]}}]}}"#
    )
}

/// With so much beside it (384 KiB) that every eleventh makes them packed; each value is as long as it may be.
fn a_point(number: u64) -> String {
    let much = "x".repeat(VALUE_BYTES);
    let exemplar = format!(
        r#"{{"timeUnixNano":"{number}","asInt":"1","filteredAttributes":[{{"key":"much","value":{{"stringValue":"{much}"}}}}]}}"#
    );
    let exemplars = vec![exemplar; 6].join(",");
    format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"depth","gauge":{{"dataPoints":[{{"timeUnixNano":"{number}","asInt":"1","exemplars":[{exemplars}]}}]}}}}]}}]}}]}}"#
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

/// What was acknowledged of each signal.
#[derive(Default)]
struct Acknowledged {
    traces: Vec<TraceId>,
    logs: Vec<u64>,
    points: Vec<u64>,
}

/// One receiver from its start to its kill, with what it acknowledged.
async fn one_round(file: &Path, first: u64) -> Acknowledged {
    let path = file.to_owned();
    let victim = Arc::new(tokio::task::spawn_blocking(move || Victim::start(&path)).await.unwrap());
    let traces = |first| {
        let victim = Arc::clone(&victim);
        tokio::task::spawn_blocking(move || send(&victim, first))
    };
    let both = [traces(first), traces(first + 1)];
    let numbers = |path: &'static str, body: fn(u64) -> String| {
        let victim = Arc::clone(&victim);
        tokio::task::spawn_blocking(move || send_numbers(&victim, path, first + 1, body))
    };
    let (logs, points) = (numbers("/v1/logs", a_log), numbers("/v1/metrics", a_point));
    let mut acknowledged = Acknowledged::default();
    for traces in both {
        acknowledged.traces.extend(traces.await.unwrap());
    }
    (acknowledged.logs, acknowledged.points) = (logs.await.unwrap(), points.await.unwrap());
    victim.end();
    acknowledged
}

/// Everything that was acknowledged is in the file, and nothing is in part.
async fn check(file: &Path, all: &Acknowledged) {
    let store = Store::open(file).await.unwrap();
    for id in &all.traces {
        let trace =
            get_trace(&store, *id).await.unwrap().unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        assert_eq!(trace.spans.len(), usize::from(SPANS));
    }
    // What was not acknowledged may be there or not, but never in part.
    for trace in store.list_traces(u32::MAX, None).await.unwrap().traces {
        assert_eq!(trace.spans, u64::from(SPANS));
    }
    let (logs, points) = (logs_in(&store).await, points_in(&store).await);
    let lost = all.logs.iter().find(|number| !logs.contains(number));
    assert_eq!(lost, None, "an acknowledged log record is lost");
    let lost = all.points.iter().find(|number| !points.contains(number));
    assert_eq!(lost, None, "an acknowledged point is lost");
    store.close().await;
}

/// Gives how many traces, log records and points were acknowledged.
async fn rounds_with_one_file(rounds: u32) -> [usize; 3] {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thalweg.db");
    let mut all = Acknowledged::default();
    for round in 0..rounds {
        let acknowledged = one_round(&file, u64::from(round) * 1_000_000).await;
        all.traces.extend(acknowledged.traces);
        all.logs.extend(acknowledged.logs);
        all.points.extend(acknowledged.points);
        check(&file, &all).await;
    }
    [all.traces.len(), all.logs.len(), all.points.len()]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let rounds =
        std::env::var("THALWEG_KILL_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let mut left = rounds;
    let (mut files, mut counted) = (tokio::task::JoinSet::new(), [0, 0, 0]);
    while left > 0 || !files.is_empty() {
        if left > 0 && files.len() < FILES_AT_ONCE as usize {
            let here = left.min(ROUNDS_A_FILE);
            files.spawn(rounds_with_one_file(here));
            left -= here;
        } else if let Some(of_file) = files.join_next().await {
            for (all, here) in counted.iter_mut().zip(of_file.unwrap()) {
                *all += here;
            }
        }
    }
    assert!(rounds == 0 || counted.iter().all(|count| *count > 0), "acknowledged of each: {counted:?}");
}
