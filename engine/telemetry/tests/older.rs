//! Traces of a data file that an older Thalweg wrote are there whole once a newer one has opened it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use thalweg_telemetry::{get_trace, list_traces, open_store};

/// Written by a Thalweg that knew data format 1 only, from three traces that were sent to it.
#[tokio::test]
async fn traces_of_the_first_format_are_moved_with_all_they_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thalweg.db");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/files/format-1.db"), &path).unwrap();
    let store = open_store(&path).await.unwrap();
    let list = list_traces(&store, 10, None).await.unwrap().traces;
    assert_eq!(list.len(), 3);
    let mut seen = Vec::new();
    for summary in &list {
        let trace = get_trace(&store, summary.trace_id).await.unwrap().unwrap();
        assert_eq!((trace.spans.len(), summary.spans), (3, 3));
        for span in &trace.spans {
            seen.push(format!(
                "{} {} {:?} {:?} {:?} {} {:?} {} links",
                trace.service(span),
                span.name,
                span.kind,
                span.status,
                span.attributes,
                span.duration_nanos(),
                trace.scopes[span.scope].name,
                span.links.len()
            ));
        }
    }
    insta::assert_snapshot!(seen.join("\n"));
    // Once moved they are as good as received, and a second opening has nothing to do.
    store.close().await;
    let again = open_store(&path).await.unwrap();
    assert_eq!(list_traces(&again, 10, None).await.unwrap().traces, list);
}
