//! Which spans link to a trace: found in what has just arrived, in packed blocks, and in blocks of an older form.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::fs;
use std::path::Path;

use common::{batch, free_ports, request, span};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use prost::Message;
use thalweg_store::{Packing, Store};
use thalweg_telemetry::{Limits, LinkTo, Receiver, SpanId, TraceId, linking, open_store};

fn linked(trace: u8, id: u8, to: &[(u8, u8)]) -> Span {
    let link = |(trace, id): &(u8, u8)| Link { trace_id: vec![*trace; 16], span_id: vec![*id; 8], ..Link::default() };
    Span { links: to.iter().map(link).collect(), ..span(trace, id) }
}

/// In short: trace and span, linked trace and span.
async fn found(store: &Store, traces: &[u8]) -> Vec<[u8; 4]> {
    let ids: Vec<TraceId> = traces.iter().map(|trace| TraceId([*trace; 16])).collect();
    let found = linking(store, &ids).await.unwrap();
    assert!(!found.cut);
    let short =
        |link: LinkTo| [link.trace_id.0[0], link.span_id.0[0], link.linked_trace_id.0[0], link.linked_span_id.0[0]];
    found.links.into_iter().map(short).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_that_link_to_a_trace_are_found_wherever_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thalweg.db");
    let soon = Packing { spans: 4, ..Packing::default() };
    let store = Store::open_packing(&path, soon).await.unwrap();
    let receiver = Receiver::start(free_ports(Limits::default()), store.clone()).await.unwrap();
    let send = async |spans: Vec<Span>| {
        let body = batch("shop", spans).encode_to_vec();
        let headers = [("Content-Type", "application/x-protobuf")];
        assert_eq!(request(receiver.status().http, "POST", "/v1/traces", &headers, &body).await.status, 200);
    };
    send(vec![span(1, 1), linked(2, 1, &[(1, 1)]), linked(3, 1, &[(1, 1), (2, 1), (9, 9)])]).await;
    assert_eq!(found(&store, &[1]).await, [[2, 1, 1, 1], [3, 1, 1, 1]]);
    // Within a trace, and to what never came.
    send(vec![linked(1, 2, &[(1, 1)])]).await;
    send((4..24).map(|trace| linked(trace, 1, &[(trace - 1, 1)])).collect()).await;
    let expected = [[1, 2, 1, 1], [2, 1, 1, 1], [3, 1, 1, 1], [3, 1, 9, 9], [10, 1, 9, 1]];
    assert_eq!(found(&store, &[1, 9]).await, expected);
    // Packed, and asked by another process.
    receiver.shutdown().await;
    store.close().await;
    let store = open_store(&path).await.unwrap();
    assert_eq!(found(&store, &[1, 9]).await, expected);
    assert_eq!(found(&store, &[77]).await, [[0_u8; 4]; 0]);
    assert_eq!(found(&store, &[]).await, [[0_u8; 4]; 0]);
}

/// A span that comes again with other links is found by those alone, whether its first version is packed or not.
#[tokio::test]
async fn of_a_span_that_comes_again_the_last_links_count() {
    for spans in [1, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let soon = Packing { spans, ..Packing::default() };
        let store = Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap();
        let receiver = Receiver::start(free_ports(Limits::default()), store.clone()).await.unwrap();
        for to in [[(1, 1)], [(5, 5)], [(6, 6)]] {
            let body = batch("shop", vec![linked(2, 1, &to)]).encode_to_vec();
            let headers = [("Content-Type", "application/x-protobuf")];
            assert_eq!(request(receiver.status().http, "POST", "/v1/traces", &headers, &body).await.status, 200);
        }
        receiver.shutdown().await;
        store.close().await;
        let store = open_store(folder.path().join("thalweg.db")).await.unwrap();
        assert_eq!(found(&store, &[1, 5]).await, [[0_u8; 4]; 0]);
        assert_eq!(found(&store, &[6]).await, [[2, 1, 6, 6]]);
    }
}

/// Written by a Thalweg of data format 4: three blocks that know nothing of links, and a row of the log.
#[tokio::test]
async fn links_in_blocks_of_the_first_form_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thalweg.db");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/files/format-4.db"), &path).unwrap();
    let store = open_store(&path).await.unwrap();
    assert_eq!(found(&store, &[101, 104]).await, [[1, 5, 101, 7], [4, 5, 104, 7]]);
    let link = linking(&store, &[TraceId([102; 16])]).await.unwrap().links;
    let expected = LinkTo {
        trace_id: TraceId([2; 16]),
        span_id: SpanId([5; 8]),
        linked_trace_id: TraceId([102; 16]),
        linked_span_id: SpanId([7; 8]),
    };
    assert_eq!(link, [expected]);
}
