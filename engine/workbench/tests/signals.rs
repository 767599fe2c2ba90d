//! What a window asks about log records and metrics, from an OTLP request to the page.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use common::{Nobody, hearing};
use thalweg_protocol::{
    Command, ErrorCode, Event, LogFilter, MetricAsked, MetricId, MetricLines, Reply, limits,
    signals::{MetricKind, Temporality},
};
use thalweg_workbench::{Engine, Session, read_token};

fn window(folder: &Path) -> (Arc<Engine>, Session) {
    let (engine, session, _events) = hearing(folder);
    (engine, session)
}

/// Waits for an event that is what is wanted.
fn wait_for(events: &mpsc::Receiver<Event>, wanted: impl Fn(&Event) -> bool) {
    while !wanted(&events.recv_timeout(Duration::from_mins(1)).unwrap()) {}
}

async fn ask(session: &Session, command: Command) -> Reply {
    session.handle(command).await.unwrap()
}

/// Sends a request in JSON and requires a yes.
async fn send(session: &Session, path: &'static str, body: impl Into<String>) {
    let body = body.into();
    let Reply::Started(started) = ask(session, Command::Start).await else { panic!("not started") };
    let address = started.receiver.http.unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
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

const LOGS: &str = r#"{"resourceLogs": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeLogs": [{"scope": {"name": "lib", "version": "1"}, "logRecords": [
        {"timeUnixNano": "1000", "severityNumber": 9, "body": {"stringValue": "placed"},
         "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331"},
        {"timeUnixNano": "2000", "severityNumber": 17, "body": {"stringValue": "failed"},
         "attributes": [{"key": "code", "value": {"intValue": 7}}]}]}]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn log_records_are_paged_filtered_and_found_by_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session) = window(folder.path());
    send(&session, "/v1/logs", LOGS).await;
    let page = async |filter: LogFilter, limit, before| {
        let Reply::Logs(page) = ask(&session, Command::Logs { filter, limit, before }).await else { panic!("no page") };
        *page
    };
    let first = page(LogFilter::default(), 1, None).await;
    assert_eq!((first.logs.len(), first.logs[0].text.as_str(), first.services), (1, "failed", vec!["shop".to_owned()]));
    let failed = &first.logs[0];
    assert_eq!((failed.severity, failed.severity_text.as_str(), failed.scope.as_str()), (17, "ERROR", "lib 1"));
    assert_eq!(failed.attributes, [("code".to_owned(), "7".to_owned())]);
    let second = page(LogFilter::default(), 1, first.next).await;
    assert_eq!((second.logs[0].text.as_str(), second.next), ("placed", None));
    let grave = LogFilter { severity: Some(13), ..LogFilter::default() };
    assert_eq!(page(grave, 10, None).await.logs.len(), 1);

    // In the language that searches traces; what records have none of is refused in words.
    for (filter, texts) in [
        ("code = 7", vec!["failed"]),
        ("not code = 7", vec!["placed"]),
        ("code > 7", vec![]),
        ("service = shop and not exists code", vec!["placed"]),
        ("resource.service.name = shop", vec!["failed", "placed"]),
        ("\"PLACE\" or code in (6, 7)", vec!["failed", "placed"]),
        ("trace.id = 0af7651916cd43dd8448eb211c80319c", vec!["placed"]),
        ("scope.name = lib and span.id = b7ad6b7169203332", vec![]),
    ] {
        let found = page(LogFilter { filter: filter.into(), ..LogFilter::default() }, 10, None).await;
        let said: Vec<_> = found.logs.iter().map(|log| log.text.as_str()).collect();
        assert_eq!((said, found.next), (texts, None), "{filter}");
    }
    let first = page(LogFilter { filter: "service = shop".into(), ..LogFilter::default() }, 1, None).await;
    let second = page(LogFilter { filter: "service = shop".into(), ..LogFilter::default() }, 1, first.next).await;
    assert_eq!((first.logs[0].text.as_str(), second.logs[0].text.as_str()), ("failed", "placed"));
    assert_eq!((first.logs[0].scope.as_str(), first.logs[0].resource.len()), ("lib 1", 1));
    let wrong = LogFilter { filter: "duration > 5s".into(), ..LogFilter::default() };
    let error = session.handle(Command::Logs { filter: wrong, limit: 1, before: None }).await.unwrap_err();
    assert!(error.code == ErrorCode::Usage && error.message.contains("log record has no `duration`"), "{error}");

    let of_trace = async |trace_id: &str, span_id: Option<&str>| {
        let command = Command::LogsOfTrace { trace_id: trace_id.into(), span_id: span_id.map(Into::into), after: None };
        session.handle(command).await.map(|reply| match reply {
            Reply::Logs(page) => page.logs.into_iter().map(|log| log.text).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        })
    };
    let trace = "0af7651916cd43dd8448eb211c80319c";
    assert_eq!(of_trace(trace, None).await.unwrap(), ["placed"]);
    assert_eq!(of_trace(trace, Some("b7ad6b7169203331")).await.unwrap(), ["placed"]);
    assert_eq!(of_trace(trace, Some("b7ad6b7169203332")).await.unwrap(), Vec::<String>::new());
    assert_eq!(of_trace("nonsense", None).await.unwrap_err().code, ErrorCode::Usage);
    let nowhere = Command::Logs { filter: LogFilter::default(), limit: 1, before: Some("nowhere".into()) };
    assert_eq!(session.handle(nowhere).await.unwrap_err().code, ErrorCode::Usage);

    let Reply::Started(started) = ask(&session, Command::Start).await else { panic!("not started") };
    assert_eq!((started.receiver.stored_logs, started.receiver.refused_logs), (2, 0));
    assert_eq!(ask(&session, Command::ClearLogs).await, Reply::Done);
    assert_eq!(page(LogFilter::default(), 10, None).await.logs, []);
    engine.shut_down().await;
}

/// An answer asks so many records and no more; what lies behind them comes with the next one, each record once.
#[tokio::test(flavor = "multi_thread")]
async fn a_rare_record_is_found_over_several_pages() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session) = window(folder.path());
    for part in 0..3_u32 {
        let record = |i: u32| {
            let rare = if i.is_multiple_of(14_999) { "true" } else { "false" };
            format!(
                r#"{{"timeUnixNano": "{}", "body": {{"stringValue": "{i}"}},
                    "attributes": [{{"key": "rare", "value": {{"boolValue": {rare}}}}}]}}"#,
                1_000 + i
            )
        };
        let records: Vec<String> = (part * 10_000..(part + 1) * 10_000).map(record).collect();
        let body = format!(r#"{{"resourceLogs": [{{"scopeLogs": [{{"logRecords": [{}]}}]}}]}}"#, records.join(","));
        send(&session, "/v1/logs", body).await;
    }
    let (mut texts, mut pages, mut before) = (Vec::new(), 0, None);
    loop {
        let filter = LogFilter { filter: "rare = true".into(), ..LogFilter::default() };
        let Reply::Logs(page) = ask(&session, Command::Logs { filter, limit: 100, before }).await else {
            panic!("no page")
        };
        texts.extend(page.logs.into_iter().map(|log| log.text));
        pages += 1;
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!((texts, pages), (vec!["29998".to_owned(), "14999".to_owned(), "0".to_owned()], 2));
    engine.shut_down().await;
}

const METRICS: &str = r#"{"resourceMetrics": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeMetrics": [{"metrics": [
        {"name": "placed", "unit": "1", "description": "Orders", "sum": {"aggregationTemporality": 2, "isMonotonic": true,
         "dataPoints": [
            {"startTimeUnixNano": "50", "timeUnixNano": "100", "asInt": "3"},
            {"startTimeUnixNano": "50", "timeUnixNano": "900", "asInt": "9",
             "exemplars": [{"timeUnixNano": "850", "asInt": "2", "traceId": "0af7651916cd43dd8448eb211c80319c",
                            "spanId": "b7ad6b7169203331"}]}]}},
        {"name": "odd", "gauge": {"dataPoints": [{"timeUnixNano": "5", "asDouble": "NaN"}]}}]}]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_listed_and_reduced() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session) = window(folder.path());
    send(&session, "/v1/metrics", METRICS).await;
    let list = async |search: &str| {
        let Reply::Metrics(list) = ask(&session, Command::Metrics { search: search.into(), also: None }).await else {
            panic!("no list")
        };
        *list
    };
    let listed = list("").await.metrics;
    let told: Vec<_> = listed.iter().map(|line| (line.name.as_str(), line.kind, line.points, line.last)).collect();
    // What is no number has no place in JSON.
    assert_eq!(told, [("odd", MetricKind::Gauge, 1, None), ("placed", MetricKind::Counter, 2, Some(9.0))]);

    // By name, unit, description and service, in whatever case.
    for (search, names) in
        [("ODD", vec!["odd"]), ("orders", vec!["placed"]), ("shop", vec!["odd", "placed"]), ("x", vec![])]
    {
        let found = list(search).await.metrics;
        assert_eq!(found.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), names, "{search}");
    }

    let asked = |name: &str| MetricAsked {
        name: name.into(),
        from_unix_nano: 0,
        to_unix_nano: 999,
        buckets: 2,
        by: None,
        cells: false,
    };
    let Reply::Metric(metric) = ask(&session, Command::Metric(asked("placed"))).await else { panic!("no metric") };
    let [series] = &metric.series[..] else { panic!("{metric:?}") };
    assert_eq!((metric.description.as_str(), series.service.as_str(), series.unit.as_str()), ("Orders", "shop", "1"));
    let grew: Vec<_> = series.buckets.iter().map(|bucket| (bucket.start_unix_nano, bucket.increase)).collect();
    assert_eq!(grew, [(0, Some(3.0)), (500, Some(6.0))]);
    let [exemplar] = &series.exemplars[..] else { panic!("{series:?}") };
    assert_eq!(exemplar.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(session.handle(Command::Metric(asked("none"))).await.unwrap_err().code, ErrorCode::Usage);

    assert_eq!(ask(&session, Command::ClearMetrics).await, Reply::Done);
    assert_eq!(list("").await, MetricLines::default());
    engine.shut_down().await;
}

/// A sender of very many metrics makes no endless list: what is left out is counted, and a search finds it.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_metrics_is_bounded_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session) = window(folder.path());
    let gauge = |i: usize| {
        format!(r#"{{"name": "m.{i:04}", "gauge": {{"dataPoints": [{{"timeUnixNano": "5", "asInt": "{i}"}}]}}}}"#)
    };
    let all: Vec<String> = (0..limits::METRICS_LISTED + 7).map(gauge).collect();
    let body = format!(r#"{{"resourceMetrics": [{{"scopeMetrics": [{{"metrics": [{}]}}]}}]}}"#, all.join(","));
    send(&session, "/v1/metrics", body).await;
    let list = async |search: &str| {
        let Reply::Metrics(list) = ask(&session, Command::Metrics { search: search.into(), also: None }).await else {
            panic!("no list")
        };
        *list
    };
    let everything = list("").await;
    assert_eq!((everything.metrics.len(), everything.left_out), (limits::METRICS_LISTED, 7));
    assert_eq!((everything.metrics[0].name.as_str(), everything.metrics[999].name.as_str()), ("m.0000", "m.0999"));
    let found = list("M.1006").await;
    assert_eq!((found.metrics.len(), found.left_out, found.metrics[0].last), (1, 0, Some(1006.0)));

    // One that is looked at is told apart from the list: behind its end, told_of what is searched for, and in the list.
    let id = |name: &str, kind| MetricId {
        name: name.into(),
        unit: String::new(),
        kind,
        temporality: Temporality::Unspecified,
    };
    let told_of = async |search: &str, id: MetricId| {
        let asked = Command::Metrics { search: search.into(), also: Some(id) };
        let Reply::Metrics(list) = ask(&session, asked).await else { panic!("no list") };
        (list.metrics.len(), list.also.and_then(|line| line.last))
    };
    let farthest = id("m.1006", MetricKind::Gauge);
    assert_eq!(told_of("", farthest.clone()).await, (limits::METRICS_LISTED, Some(1006.0)));
    assert_eq!(told_of("m.0003", farthest.clone()).await, (1, Some(1006.0)));
    assert_eq!(told_of("m.1006", farthest).await, (1, Some(1006.0)));
    assert_eq!(told_of("m.0003", id("m.1006", MetricKind::Counter)).await, (1, None), "of this name is another one");
    assert_eq!(told_of("m.0003", id("m.10", MetricKind::Gauge)).await, (1, None), "of part of its name are others");
    engine.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_told_and_asked_for_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session, events) = hearing(folder.path());
    send(&session, "/v1/logs", LOGS).await;
    wait_for(&events, |event| matches!(event, Event::LogsArrived(state) if state.stored_logs == 2));
    send(&session, "/v1/metrics", METRICS).await;
    wait_for(&events, |event| matches!(event, Event::MetricsArrived(state) if state.stored_points == 3));
    // A second window is told that its list is of no use any more.
    let (told, others) = mpsc::channel();
    let sink = Arc::new(move |event| drop(told.send(event)));
    let other = Session::new(Arc::clone(&engine), Arc::new(Nobody), sink, None);
    assert_eq!(ask(&session, Command::ClearLogs).await, Reply::Done);
    wait_for(&others, |event| *event == Event::LogsCleared);
    assert_eq!(ask(&other, Command::ClearMetrics).await, Reply::Done);
    wait_for(&events, |event| *event == Event::MetricsCleared);
    engine.shut_down().await;
}

/// However large single records are, a page is one that a window can bear, and the next one goes on behind it.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_large_records_are_short_and_complete() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, session) = window(folder.path());
    let long = "x".repeat(60_000);
    let record = |i: u32| {
        let attributes: Vec<_> =
            (0..30).map(|a| format!(r#"{{"key": "a{a}", "value": {{"stringValue": "{long}"}}}}"#)).collect();
        format!(
            r#"{{"timeUnixNano": "{}", "body": {{"stringValue": "{i}"}}, "traceId": "0af7651916cd43dd8448eb211c80319c", "attributes": [{}]}}"#,
            1000 + i,
            attributes.join(",")
        )
    };
    for i in 0..8 {
        let body = format!(r#"{{"resourceLogs": [{{"scopeLogs": [{{"logRecords": [{}]}}]}}]}}"#, record(i));
        send(&session, "/v1/logs", body).await;
    }
    let (mut texts, mut pages, mut before) = (Vec::new(), 0, None);
    loop {
        let Reply::Logs(page) = ask(&session, Command::Logs { filter: LogFilter::default(), limit: 100, before }).await
        else {
            panic!("no page")
        };
        let weight: usize = page.logs.iter().flat_map(|log| &log.attributes).map(|(_, value)| value.len()).sum();
        assert!(weight <= limits::LOG_PAGE_BYTES, "{weight}");
        // Of one that is too long in all, what stands first is whole.
        let lengths: Vec<_> = page.logs[0].attributes.iter().map(|(_, value)| value.len()).collect();
        assert!(lengths[0] == 60_000 && lengths[29] < 400, "{lengths:?}");
        texts.extend(page.logs.into_iter().map(|log| log.text));
        pages += 1;
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(texts, ["7", "6", "5", "4", "3", "2", "1", "0"]);
    assert!(pages > 1);
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let trace_id = "0af7651916cd43dd8448eb211c80319c".to_owned();
        let command = Command::LogsOfTrace { trace_id, span_id: None, after };
        let Reply::Logs(page) = ask(&session, command).await else { panic!("no page") };
        assert_eq!(page.total, Some(8));
        texts.extend(page.logs.into_iter().map(|log| log.text));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    engine.shut_down().await;
}

#[test]
fn a_token_is_read_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "  0123456789abcdef0123456789abcdef \n").unwrap();
    assert_eq!(read_token(&file).unwrap(), "0123456789abcdef0123456789abcdef".parse().unwrap());
    std::fs::write(&file, "short").unwrap();
    let error = read_token(&file).unwrap_err();
    assert_eq!(error.code, ErrorCode::Usage);
    assert!(error.message.contains("token") && !error.message.contains("short"), "it does not tell the token: {error}");
    assert_eq!(read_token(&folder.path().join("none")).unwrap_err().code, ErrorCode::File);
}
