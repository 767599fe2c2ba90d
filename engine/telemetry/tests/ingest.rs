//! Traces arrive whole, over every way in, and what is answered is committed.

mod common;

use common::{Bench, batch, request, span};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use thalweg_store::Store;
use thalweg_telemetry::{get_trace, list_traces};
use tonic::codec::CompressionEncoding;

const PROTOBUF: &str = "application/x-protobuf";

#[tokio::test]
async fn grpc_with_and_without_gzip() {
    let bench = Bench::new().await;
    let client = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    let plain = client.clone().export(batch("shop", vec![span(1, 1), span(1, 2)])).await.unwrap();
    assert_eq!(plain.into_inner().partial_success, None);
    let mut gzip = client.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
    gzip.export(batch("payment", vec![span(1, 3)])).await.unwrap();

    let list = list_traces(&bench.store, 10, None).await.unwrap().traces;
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].spans, list[0].errors), (3, 0));
    assert_eq!(list[0].services, ["payment", "shop"]);
    assert_eq!((list[0].service.as_str(), list[0].root.as_str()), ("shop", "span 1"));
    assert_eq!(list[0].duration_nanos, 502_000_000);
    bench.receiver.shutdown().await;
}

#[tokio::test]
async fn both_protocols_are_answered_on_both_ports() {
    let bench = Bench::new().await;
    let mut grpc = TraceServiceClient::connect(format!("http://{}", bench.http())).await.unwrap();
    grpc.export(batch("shop", vec![span(1, 1)])).await.unwrap();
    let body = batch("shop", vec![span(1, 2)]).encode_to_vec();
    let http = request(bench.grpc(), "POST", "/v1/traces", &[("Content-Type", PROTOBUF)], &body).await;
    assert_eq!(http.status, 200);
    assert_eq!(bench.spans().await, 2);
}

#[tokio::test]
async fn http_protobuf_is_answered_in_protobuf_after_the_commit() {
    let bench = Bench::new().await;
    let reply = bench.post(PROTOBUF, &batch("shop", vec![span(7, 1)]).encode_to_vec()).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some(PROTOBUF)));
    assert_eq!(ExportTraceServiceResponse::decode(&reply.body[..]).unwrap(), ExportTraceServiceResponse::default());

    // Another connection to the same file, as another process would have: it sees what was acknowledged.
    let other = Store::open(bench.store.path()).await.unwrap();
    let trace = get_trace(&other, "07070707070707070707070707070707".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(trace.spans[0].name, "span 1");
    assert_eq!(trace.spans[0].attribute("colour").unwrap().as_str(), Some("blue"));
}
