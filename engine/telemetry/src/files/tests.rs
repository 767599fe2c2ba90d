//! What is read, what is written, and that both are the same.

use std::io::Cursor;
use std::path::Path;

use prost::Message;
use thalweg_store::Store;

use super::*;
use crate::otlp::trace::{ResourceSpans, ScopeSpans, Span, TracesData};
use crate::query::{get_trace, get_trace_json, list_traces, open_store};

/// As the Collector's file exporter writes them: a line for each signal, and what the OTLP specification's own examples of
/// such files hold, empty ids among it.
const LINES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},"scopeSpans":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":"my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","parentSpanId":"EEE19B7EC3C1B173","name":"I'm a server span","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","kind":2,"attributes":[{"key":"my.span.attr","value":{"stringValue":"some value"}}]}]}]}]}
{"resourceSpans":[{"resource":{"attributes":[{"key":"resource-attr","value":{"stringValue":"resource-attr-val-1"}}]},"scopeSpans":[{"scope":{},"spans":[{"traceId":"","spanId":"","parentSpanId":"","name":"operationA","startTimeUnixNano":"1581452772000000321","endTimeUnixNano":"1581452773000000789","droppedAttributesCount":1,"events":[{"timeUnixNano":"1581452773000000123","name":"event-with-attr","attributes":[{"key":"span-event-attr","value":{"stringValue":"span-event-attr-val"}}],"droppedAttributesCount":2},{"timeUnixNano":"1581452773000000123","name":"event","droppedAttributesCount":2}],"droppedEventsCount":1,"status":{"message":"status-cancelled","code":2}}]}]}]}
{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"my.counter","unit":"1","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asDouble":5,"startTimeUnixNano":"1544712660300000000","timeUnixNano":"1544712660300000000","attributes":[{"key":"my.counter.attr","value":{"stringValue":"some value"}}]}]}}]}]}]}
{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":10,"severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","body":{"stringValue":"Example log record"}}]}]}]}
"#;

async fn store(folder: &Path) -> Store {
    open_store(folder.join("t.db")).await.unwrap()
}

async fn imported(store: &Store, file: impl Into<Vec<u8>>) -> Imported {
    import(store, Cursor::new(file.into()), |_| {}).await.unwrap()
}

async fn exported(store: &Store, packed: Packed) -> Vec<u8> {
    let mut file = TraceFile::new(Vec::new(), packed).unwrap();
    Exporter::new(store, &mut file).all(None).await.unwrap();
    file.finish().unwrap()
}

#[tokio::test]
async fn every_signal_is_stored_and_what_is_not_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let file = format!("{LINES}{{\"resourceSpans\": [{{\"scopeSp\nno json\n[]\n{{\"spans\":[]}}\n");
    let all = imported(&store, file).await;
    assert_eq!((all.documents, all.unread), (8, 4));
    assert_eq!((all.spans.stored, all.spans.refused), (1, 1));
    assert_eq!((all.logs.stored, all.points.stored), (1, 1));
    let told: Vec<_> = all.remarks.iter().map(|remark| (remark.line, remark.unread)).collect();
    assert_eq!(told, [(2, false), (5, true), (6, true), (7, true), (8, true)]);
    assert!(all.remarks[0].reason.starts_with("1 span refused"), "{:?}", all.remarks);
    assert!(all.remarks[1].reason.contains(" at column "), "{:?}", all.remarks);
    assert!(all.remarks[4].reason.contains("none of resourceSpans"), "{:?}", all.remarks);
    assert!(!all.is_whole());

    let traces = list_traces(&store, 10, None).await.unwrap().traces;
    let [trace] = &traces[..] else { panic!("{traces:?}") };
    assert_eq!(
        (trace.trace_id.to_string().as_str(), trace.service.as_str()),
        ("5b8efff798038103d269b633813fc60c", "my.service")
    );

    // A second time nothing is new.
    let again = imported(&store, LINES).await;
    assert_eq!((again.spans.stored, again.spans.repeated), (0, 1));
}

#[tokio::test]
async fn what_was_exported_is_imported_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(folder.path()).await;
    imported(&first, LINES).await;
    let id = list_traces(&first, 1, None).await.unwrap().traces[0].trace_id;
    let json = get_trace_json(&first, id).await.unwrap().unwrap();
    for packed in [Packed::No, Packed::Gzip, Packed::Zstd] {
        let file = exported(&first, packed).await;
        assert!(is_telemetry(&file));
        let other = tempfile::tempdir().unwrap();
        let second = store(other.path()).await;
        let all = imported(&second, file).await;
        assert!(all.is_whole() && all.spans.stored == 1, "{all:?}");
        assert_eq!(get_trace_json(&second, id).await.unwrap().unwrap(), json);
        assert_eq!(get_trace(&second, id).await.unwrap(), get_trace(&first, id).await.unwrap());
    }
    let mut file = TraceFile::new(Vec::new(), Packed::No).unwrap();
    let mut exporter = Exporter::new(&first, &mut file);
    assert!(exporter.one(id).await.unwrap());
    assert!(!exporter.one("00000000000000000000000000000001".parse().unwrap()).await.unwrap());
    assert_eq!((exporter.exported.traces, exporter.exported.spans), (1, 1));
    let line: serde_json::Value = serde_json::from_slice(&file.finish().unwrap()).unwrap();
    assert_eq!(line, json);
}

#[tokio::test]
async fn a_document_spread_over_lines_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let value: serde_json::Value = serde_json::from_str(LINES.lines().next().unwrap()).unwrap();
    let all = imported(&store, serde_json::to_string_pretty(&value).unwrap()).await;
    assert_eq!((all.documents, all.spans.stored, all.remarks.len()), (1, 1, 0));
}

#[tokio::test]
async fn remarks_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let all = imported(&store, "nonsense\n".repeat(REMARKS + 7)).await;
    assert_eq!((all.unread, all.remarks.len(), all.more_remarks), (REMARKS as u64 + 7, REMARKS, 7));
}

#[tokio::test]
async fn a_file_that_breaks_off_keeps_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    imported(&store, LINES).await;
    let mut file = exported(&store, Packed::Gzip).await;
    // A second member, damaged.
    file.extend_from_slice(&[0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 0xff, 0xff]);
    let failed = import(&store, Cursor::new(file), |_| {}).await.unwrap_err();
    let ImportFailed::File { before, .. } = failed else { panic!("{failed:?}") };
    assert_eq!(before.spans.repeated, 1);
}

#[tokio::test]
async fn many_lines_are_stored_with_their_order_kept_in_what_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let line = |number: u32| {
        let id = if number.is_multiple_of(10) { String::new() } else { format!("{number:016x}") };
        format!(
            "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{number:032x}\",\"spanId\":\"{id}\",\
             \"name\":\"n\",\"startTimeUnixNano\":\"1544712660000000000\",\"endTimeUnixNano\":\"1544712661000000000\"}}]}}]}}]}}\n"
        )
    };
    let file: String = (1..=500).map(line).collect();
    let mut told = 0;
    let all = import(&store, Cursor::new(file.into_bytes()), |so_far| told = told.max(so_far.documents)).await.unwrap();
    assert_eq!((told, all.documents, all.spans.stored, all.spans.refused), (500, 500, 450, 50));
    let lines: Vec<u64> = all.remarks.iter().map(|remark| remark.line).collect();
    assert_eq!(lines, (1..=50).map(|tens| tens * 10).collect::<Vec<_>>());
}

#[test]
fn a_large_trace_has_several_lines_and_loses_nothing() {
    let span = |number: u8| Span { name: "x".repeat(1 << 20), span_id: vec![number; 8], ..Span::default() };
    let scope = |name: &str, spans: std::ops::Range<u8>| ScopeSpans {
        schema_url: name.to_owned(),
        spans: spans.map(span).collect(),
        ..ScopeSpans::default()
    };
    let resource = |url: &str, scope_spans| ResourceSpans { schema_url: url.to_owned(), scope_spans, resource: None };
    let whole = TracesData {
        resource_spans: vec![
            resource("a", vec![scope("one", 0..5), scope("two", 5..6)]),
            resource("b", vec![scope("three", 6..7)]),
        ],
    };
    let lines = export::lines(whole.clone());
    assert!(lines.len() > 1 && lines.iter().all(|line| line.encoded_len() < 5 << 20));
    let flat = |data: &TracesData| -> Vec<(String, String, Vec<u8>)> {
        let mut all = Vec::new();
        for resource in &data.resource_spans {
            for scope in &resource.scope_spans {
                assert!(!scope.spans.is_empty());
                let place = |span: &Span| (resource.schema_url.clone(), scope.schema_url.clone(), span.span_id.clone());
                all.extend(scope.spans.iter().map(place));
            }
        }
        all
    };
    assert_eq!(lines.iter().flat_map(flat).collect::<Vec<_>>(), flat(&whole));
    // The second line goes on with the first one's resource and scope, then has the other scope.
    assert_eq!((lines[1].resource_spans.len(), lines[1].resource_spans[0].scope_spans.len()), (1, 2));
}
