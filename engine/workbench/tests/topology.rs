//! What a window asks about maps, journeys and links, from an OTLP request to the page.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use thalweg_protocol::{Command, ErrorCode, Event, JourneyView, Reply, TopologyMap};
use thalweg_workbench::{Engine, Observatory, Reading, Seen, Session};

struct Window {
    session: Session,
    events: mpsc::Receiver<Event>,
    _engine: Arc<Engine>,
}

impl Window {
    fn new(folder: &Path) -> Self {
        let (engine, session, events) = common::hearing(folder);
        Window { session, events, _engine: engine }
    }

    async fn ask(&self, command: Command) -> Reply {
        self.session.handle(command).await.unwrap()
    }

    /// Sends spans and requires a yes.
    async fn send(&self, body: String) {
        let Reply::Started(started) = self.ask(Command::Start).await else { panic!("not started") };
        let address = started.receiver.http.unwrap();
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(&address).unwrap();
            let head = format!(
                "POST /v1/traces HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("{}"), "{answer}");
    }

    /// What comes of a run that reads traces.
    fn outcome(&self, of: u64) -> Result<Made, ErrorCode> {
        loop {
            match self.events.recv().unwrap() {
                Event::MapMade { run, map } if run == of => return Ok(Made::Map(map)),
                Event::JourneyFollowed { run, journey } if run == of => return Ok(Made::Journey(journey)),
                Event::ReadingFailed { run, error } if run == of => return Err(error.code),
                _ => {}
            }
        }
    }

    async fn map(&self, run: u64, filter: &str) -> TopologyMap {
        assert_eq!(self.ask(Command::Map { run, filter: filter.into() }).await, Reply::Running);
        match self.outcome(run) {
            Ok(Made::Map(map)) => *map,
            _ => panic!("no map"),
        }
    }

    async fn journey(&self, run: u64, trace: u64, span: Option<u64>) -> JourneyView {
        let (trace_id, span_id) = (trace_id(trace), span.map(span_id));
        assert_eq!(self.ask(Command::Journey { run, trace_id, span_id }).await, Reply::Running);
        match self.outcome(run) {
            Ok(Made::Journey(journey)) => *journey,
            _ => panic!("no journey"),
        }
    }
}

enum Made {
    Map(Box<TopologyMap>),
    Journey(Box<JourneyView>),
}

fn trace_id(number: u64) -> String {
    format!("{number:032x}")
}

fn span_id(number: u64) -> String {
    format!("{number:016x}")
}

/// A span of orders; its number is that of its trace too.
fn span(service: &str, number: u64, kind: u8, link: Option<u64>, at: u64) -> String {
    let links = link.map_or_else(String::new, |to| {
        format!(r#", "links": [{{"traceId": "{}", "spanId": "{}"}}]"#, trace_id(to), span_id(to))
    });
    format!(
        r#"{{"resource": {{"attributes": [{{"key": "service.name", "value": {{"stringValue": "{service}"}}}}]}},
        "scopeSpans": [{{"spans": [{{"traceId": "{}", "spanId": "{}", "name": "{service} orders", "kind": {kind},
        "startTimeUnixNano": "{}", "endTimeUnixNano": "{}", "attributes": [
            {{"key": "messaging.system", "value": {{"stringValue": "kafka"}}}},
            {{"key": "messaging.destination.name", "value": {{"stringValue": "orders"}}}}]{links}}}]}}]}}"#,
        trace_id(number),
        span_id(number),
        1_800_000_000_000_000_000 + at * 1_000_000,
        1_800_000_000_000_000_000 + at * 1_000_000 + 500_000,
    )
}

/// Two orders; the first one is handled twice, in traces of their own.
fn orders() -> String {
    let spans = [
        span("shop", 1, 4, None, 0),
        span("payment", 2, 5, Some(1), 30),
        span("books", 3, 5, Some(1), 40),
        span("shop", 4, 4, None, 100),
    ];
    format!(r#"{{"resourceSpans": [{}]}}"#, spans.join(","))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_is_made_beside_everything_else_of_what_a_filter_finds() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::new(folder.path());
    window.send(orders()).await;
    let all = window.map(1, "").await;
    assert_eq!((all.traces, all.spans, all.cut), (4, 4, false));
    let some = window.map(2, "service = shop").await;
    assert_eq!((some.traces, some.nodes.len()), (2, 2));
    // What each node and connection says finds its spans again.
    for (filter, newest) in all.edges.iter().map(|edge| (&edge.filter, edge.newest.as_ref().unwrap())) {
        let of_it = window.map(3, filter).await;
        assert!(of_it.traces > 0 && of_it.traces < 4, "{filter}");
        assert!(of_it.edges.iter().any(|edge| edge.newest.as_ref() == Some(newest)), "{filter}");
    }
    let Reply::Map(one) = window.ask(Command::MapOfTrace { trace_id: trace_id(2) }).await else { panic!("no map") };
    assert_eq!((one.traces, one.edges.len()), (1, 1));
    let none = window.session.handle(Command::Map { run: 4, filter: "status = erorr".into() }).await.unwrap_err();
    assert_eq!(none.code, ErrorCode::Usage);
    let none = window.session.handle(Command::MapOfTrace { trace_id: trace_id(9) }).await.unwrap_err();
    assert_eq!(none.code, ErrorCode::Usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_told_from_both_ends_and_a_journey_follows_them() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::new(folder.path());
    window.send(orders()).await;
    let links = async |trace: u64| {
        let Reply::Links(links) = window.ask(Command::LinksOfTrace { trace_id: trace_id(trace) }).await else {
            panic!("no links")
        };
        assert!(!links.cut);
        let told = links.links.iter().map(|link| (link.comes_in, link.other.trace_id.clone(), link.name.clone()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(links(2).await, [(false, trace_id(1), "shop orders".to_owned())]);
    let into = [(true, trace_id(2), "payment orders".to_owned()), (true, trace_id(3), "books orders".to_owned())];
    assert_eq!(links(1).await, into);
    assert_eq!(links(4).await, []);
    for (run, (trace, span)) in (1..).zip([(1, None), (2, Some(2)), (3, None)]) {
        let journey = window.journey(run, trace, span).await;
        let kinds: Vec<&str> = journey.hops.iter().map(|hop| hop.kind.as_str()).collect();
        assert_eq!(kinds, ["sent", "waited", "handled", "waited", "handled"]);
        assert_eq!((journey.traces, journey.cut), (3, false));
    }
    // What is no span of the trace is told by the event.
    let (trace_id, span_id) = (trace_id(1), Some(span_id(7)));
    assert_eq!(window.ask(Command::Journey { run: 9, trace_id, span_id }).await, Reply::Running);
    assert!(matches!(window.outcome(9), Err(ErrorCode::Usage)));
}

/// Has enough after some traces.
struct Impatient(AtomicU64);

impl Reading for Impatient {
    fn read(&self, traces: u64) {
        self.0.store(traces, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= 2
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_stops_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::new(folder.path());
    window.send(orders()).await;
    let observatory = Observatory::look(folder.path().join("thalweg.db")).await.unwrap();
    let impatient = Impatient(AtomicU64::new(0));
    let error = observatory.topology(&Seen::default(), &impatient).await.unwrap_err();
    assert_eq!((error.code, impatient.0.into_inner()), (ErrorCode::Cancelled, 2));
    observatory.shut_down().await;
}
