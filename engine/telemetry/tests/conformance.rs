//! The OTLP specification (1.11.0), sentence by sentence: what it asks of a server, for all three signals.
//!
//! Each test quotes the sentence that it holds. What a client has to do is not here; limits under attack are in `hostile.rs`, web
//! pages and tokens in `access.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use common::signals::{Signal, log, logs, metrics, number};
use common::{Bench, RpcStatus, batch, gzip, request, span};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;
use thalweg_telemetry::{
    Counts, GRPC_PORT, HTTP_PORT, Limits, LogQuery, ReceiverConfig, Reduction, find_logs, get_metric, get_trace,
};
use tonic::Code;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// "All server components MUST support … no compression, denoted by `none` [and] gzip compression, denoted by `gzip`."
#[tokio::test]
async fn must_take_requests_without_compression_and_with_gzip() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let plain = signal.good(1);
        assert_eq!(bench.send(signal, PROTOBUF, &[], &plain).await.status, 200);
        let packed = gzip(&signal.good(2));
        assert_eq!(bench.send(signal, PROTOBUF, &[("Content-Encoding", "gzip")], &packed).await.status, 200);
        signal.grpc(&bench, &signal.good(3), None).await.unwrap();
        signal.grpc(&bench, &signal.good(4), Some(tonic::codec::CompressionEncoding::Gzip)).await.unwrap();
        assert_eq!(bench.counts(signal).stored, 4, "{signal:?}");
    }
}

/// What the standard leaves open and Collectors send.
#[tokio::test]
async fn zstd_is_taken_too() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let packed = zstd::bulk::compress(&signal.good(1), 3).unwrap();
        assert_eq!(bench.send(signal, PROTOBUF, &[("Content-Encoding", "zstd")], &packed).await.status, 200);
        assert_eq!(bench.counts(signal).stored, 1, "{signal:?}");
    }
}

/// "On success, the server response MUST be an `Export<signal>ServiceResponse` message" and "the server MUST leave the
/// `partial_success` field unset in case of a successful response"; over HTTP with `HTTP 200 OK`.
#[tokio::test]
async fn must_leave_partial_success_unset_on_success() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        assert_eq!(signal.grpc(&bench, &signal.good(1), None).await.unwrap(), None);
        let reply = bench.send(signal, PROTOBUF, &[], &signal.good(2)).await;
        assert_eq!((reply.status, &reply.body[..]), (200, &b""[..]), "an empty message is the field unset");
        let reply = bench.send(signal, JSON, &[], &signal.good_json(3)).await;
        assert_eq!((reply.status, &reply.body[..]), (200, &b"{}"[..]));
    }
}

/// "If the server receives an empty request … the server SHOULD respond with success", and "receivers MAY ignore empty envelopes".
#[tokio::test]
async fn should_answer_empty_requests_and_envelopes_with_success() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        assert_eq!(bench.send(signal, PROTOBUF, &[], b"").await.body, b"");
        assert_eq!(bench.send(signal, PROTOBUF, &[("Content-Encoding", "gzip")], &gzip(b"")).await.status, 200);
        assert_eq!(signal.grpc(&bench, b"", None).await.unwrap(), None);
        for empty in [json!({}), signal.envelope(&json!([])), signal.envelope(&json!([{}]))] {
            let reply = bench.send(signal, JSON, &[], empty.to_string().as_bytes()).await;
            assert_eq!((reply.status, reply.json()), (200, json!({})), "{empty}");
        }
        assert_eq!(bench.counts(signal).stored, 0);
    }
}

/// "The server MUST initialize the `partial_success` field …, and it MUST set the respective `rejected_spans`,
/// `rejected_data_points`, `rejected_log_records` … field with the number … it rejected", over HTTP with `HTTP 200 OK`; "SHOULD
/// populate the `error_message` field".
#[tokio::test]
async fn must_count_what_was_rejected_and_keep_the_rest() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let mixed = signal.mixed(1);
        let reply = bench.send(signal, PROTOBUF, &[], &mixed).await;
        let (rejected, message) = signal.partial(&reply.body).unwrap();
        assert_eq!((reply.status, rejected), (200, 1), "{signal:?}");
        assert!(message.starts_with("1 ") && message.contains(" refused: "), "{message}");
        assert_eq!(signal.grpc(&bench, &signal.mixed(2), None).await.unwrap(), Some((1, message.clone())));
        let reply = bench.send(signal, JSON, &[], &signal.mixed_json(3)).await;
        let partial = &reply.json()["partialSuccess"];
        assert_eq!((reply.status, &partial[signal.rejected()]), (200, &json!("1")), "{partial}");
        assert_eq!(partial["errorMessage"], message.as_str());
        assert_eq!((bench.counts(signal).stored, bench.counts(signal).refused), (3, 3));
    }
}

/// "Servers MAY also use the `partial_success` field to convey warnings … the `rejected_<signal>` field MUST have a value of `0`, and
/// the `error_message` field MUST be non-empty."
#[tokio::test]
async fn must_warn_with_nothing_rejected_and_a_message() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        // A request of another signal, or of none: legal, because unknown fields are ignored, and surely a mistake.
        let reply = bench.send(signal, JSON, &[], br#"{"resourceProfiles": []}"#).await;
        let partial = &reply.json()["partialSuccess"];
        assert_eq!((reply.status, &partial[signal.rejected()]), (200, &json!("0")));
        assert!(partial["errorMessage"].as_str().unwrap().contains("nothing was stored"), "{partial}");
    }
}

/// "The server MUST use the same "Content-Type" in the response as it received in the request."
#[tokio::test]
async fn must_answer_in_the_content_type_of_the_request() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        for (media, good, told) in [
            (PROTOBUF, signal.good(1), PROTOBUF),
            (JSON, signal.good_json(2), JSON),
            ("application/json; charset=utf-8", signal.good_json(3), JSON),
            ("Application/X-Protobuf", signal.good(4), PROTOBUF),
        ] {
            for (body, status) in [(&good[..], 200), (&b"\xff\xff"[..], 400)] {
                let reply = bench.send(signal, media, &[], body).await;
                assert_eq!((reply.status, reply.header("content-type")), (status, Some(told)), "{media}");
            }
        }
    }
}

/// Method, path, headers, body, and the status that answers them.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16);

/// "The response body for all `HTTP 4xx` and `HTTP 5xx` responses MUST be a Protobuf-encoded Status message that describes the
/// problem" – or the same in JSON, to who sent JSON; "the `Status.message` field SHOULD contain a developer-facing error message".
#[tokio::test]
async fn must_describe_every_failure_with_a_status() {
    let bench = Bench::with(Limits { encoded_bytes: 1 << 10, decoded_bytes: 2 << 10, ..Limits::default() }).await;
    for signal in Signal::ALL {
        let path = signal.path();
        let origin = [("Origin", "http://evil.example")];
        let unpacked = gzip(&[0; 3 << 10]);
        let cases: [Case<'_>; 8] = [
            ("POST", path, &[], b"\xff", 400),
            ("POST", path, &[("Content-Encoding", "br")], b"", 415),
            ("POST", path, &[("Content-Encoding", "gzip")], b"no gzip", 400),
            ("POST", path, &[("Content-Encoding", "gzip")], &unpacked, 413),
            ("POST", path, &[], &[0; 2 << 10], 413),
            ("POST", path, &origin, b"", 403),
            ("PUT", path, &[], b"", 405),
            ("POST", "/v1development/profiles", &[], b"", 404),
        ];
        for (method, path, headers, body, status) in cases {
            for media in [PROTOBUF, JSON] {
                let headers = [&[("Content-Type", media)][..], headers].concat();
                let reply = request(bench.http(), method, path, &headers, body).await;
                assert_eq!((reply.status, reply.header("content-type")), (status, Some(media)), "{method} {path}");
                let message = if media == JSON {
                    reply.json()["message"].as_str().unwrap().to_owned()
                } else {
                    RpcStatus::decode(&reply.body[..]).unwrap().message
                };
                assert!(message.len() > 10, "{method} {path}: {message}");
            }
        }
    }
}

/// "If the processing of the request fails because the request contains data that cannot be decoded … the server MUST respond with
/// `HTTP 400 Bad Request`. The `Status.details` field in the response SHOULD contain a `BadRequest`"; over gRPC "the server is
/// recommended to use code `InvalidArgument` and MAY supply additional details via status using `BadRequest`".
#[tokio::test]
async fn must_refuse_bad_data_for_good() {
    /// `google.rpc.BadRequest`, read independently of the receiver's own.
    #[derive(Clone, PartialEq, prost::Message)]
    struct BadRequest {
        #[prost(message, repeated, tag = "1")]
        violations: Vec<Violation>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Violation {
        #[prost(string, tag = "1")]
        field: String,
        #[prost(string, tag = "2")]
        description: String,
    }
    const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let reply = bench.send(signal, PROTOBUF, &[], b"\x0a\xff").await;
        assert_eq!((reply.status, reply.header("retry-after")), (400, None));
        let told = RpcStatus::decode(&reply.body[..]).unwrap();
        let [detail] = &told.details[..] else { panic!("{told:?}") };
        let violations = BadRequest::decode(&detail.value[..]).unwrap().violations;
        assert_eq!((detail.type_url.as_str(), violations[0].field.as_str()), (BAD_REQUEST, "body"));
        assert!(violations[0].description.contains("ServiceRequest in protobuf"), "{violations:?}");

        let reply = bench.send(signal, JSON, &[], b"{\"resource").await;
        let told = &reply.json()["details"][0];
        assert_eq!((reply.status, &told["@type"]), (400, &json!(BAD_REQUEST)));
        assert!(told["fieldViolations"][0]["description"].as_str().unwrap().contains("line 1 column"), "{told}");

        let status = signal.grpc(&bench, b"\x0a\xff", None).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(RpcStatus::decode(status.details()).unwrap().details[0].type_url, BAD_REQUEST);
        assert_eq!(bench.counts(signal).stored, 0);
    }
}

/// "The server SHOULD indicate retryable errors using code Unavailable and MAY supply additional details via status using `RetryInfo`";
/// over HTTP "SHOULD respond with `HTTP 429 Too Many Requests` or `HTTP 503 Service Unavailable` and MAY include "Retry-After"".
#[tokio::test]
async fn should_say_when_to_come_again_after_a_passing_failure() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        bench.store.close().await;
        let reply = bench.send(signal, PROTOBUF, &[], &signal.good(1)).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
        let told = RpcStatus::decode(&reply.body[..]).unwrap();
        assert_eq!(told.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
        let status = signal.grpc(&bench, &signal.good(1), None).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(RpcStatus::decode(status.details()).unwrap().details, told.details);
        assert_eq!(bench.counts(signal), Counts::default(), "nothing is counted that was not stored");
    }
}

/// 1.11: a server bounds the message "including after decompression"; beyond it `RESOURCE_EXHAUSTED`, which without `RetryInfo` is not
/// to be retried, or `HTTP 413`.
#[tokio::test]
async fn must_bound_a_message_after_decompression() {
    assert_eq!(Limits::default().decoded_bytes, 64 << 20, "the recommended limit");
    for signal in Signal::ALL {
        let bench = Bench::with(Limits { decoded_bytes: 32 << 10, ..Limits::default() }).await;
        let zeros = vec![0; (32 << 10) + 1];
        for (encoding, packed) in [("gzip", gzip(&zeros)), ("zstd", zstd::bulk::compress(&zeros, 3).unwrap())] {
            let reply = bench.send(signal, PROTOBUF, &[("Content-Encoding", encoding)], &packed).await;
            assert_eq!((reply.status, reply.header("retry-after")), (413, None), "{encoding}");
        }
        let packing = Some(tonic::codec::CompressionEncoding::Gzip);
        let status = signal.grpc(&bench, &signal.fat(40 << 10), packing).await.unwrap_err();
        assert_eq!((status.code(), status.details()), (Code::ResourceExhausted, &b""[..]), "{signal:?}");
    }
}

/// 1.11: a client takes responses of 4 MiB; what a message of an error quotes must not make it longer.
#[tokio::test]
async fn must_keep_responses_short_whatever_they_quote() {
    let bench = Bench::new().await;
    let long = "x".repeat(8 << 20);
    for signal in Signal::ALL {
        let body = format!(r#"{{"{}": "{long}"}}"#, signal.list());
        let reply = bench.send(signal, JSON, &[], body.as_bytes()).await;
        assert_eq!(reply.status, 400);
        assert!(reply.body.len() < 16 << 10, "{} bytes", reply.body.len());
    }
}

/// "The `traceId` and `spanId` byte arrays are represented as case-insensitive hex-encoded strings … in all OTLP Protobuf messages,
/// e.g., the `Span`, `Link`, `LogRecord`, etc."
#[tokio::test]
async fn must_read_ids_as_hex_in_either_case() {
    let bench = Bench::new().await;
    let (upper, lower) = ("5B8EFFF798038103D269B633813FC60C", "5b8efff798038103d269b633813fc60c");
    let span = json!({"traceId": upper, "spanId": "EEE19B7EC3C1B174",
        "links": [{"traceId": lower, "spanId": "eee19B7ec3c1B173"}]});
    let record = json!({"traceId": upper, "spanId": "EEE19B7EC3C1B174", "body": {"stringValue": "here"}});
    let point =
        json!({"asInt": "1", "timeUnixNano": "5", "exemplars": [{"traceId": upper, "spanId": "EEE19B7EC3C1B174"}]});
    for (signal, item) in [(Signal::Traces, span), (Signal::Logs, record), (Signal::Metrics, point)] {
        let body = signal.envelope_of(&json!([item])).to_string();
        assert_eq!(bench.send(signal, JSON, &[], body.as_bytes()).await.json(), json!({}), "{signal:?}");
    }
    let id = lower.parse().unwrap();
    let trace = get_trace(&bench.store, id).await.unwrap().unwrap();
    assert_eq!(trace.spans[0].links[0].span_id, 0xEEE1_9B7E_C3C1_B173_u64.to_be_bytes());
    let logs = find_logs(&bench.store, &LogQuery::default(), 10, None).await.unwrap().logs;
    assert_eq!((logs[0].trace_id, logs[0].span_id), (Some(id), Some(trace.spans[0].id)));
    let range = Reduction { from_unix_nano: 0, to_unix_nano: 10, buckets: 1, series: 1 };
    let metric = get_metric(&bench.store, "m", range).await.unwrap().unwrap();
    assert_eq!(metric.series[0].exemplars[0].trace_id, Some(id));
}

/// "Values of enum fields MUST be encoded as integer values. … the enum name strings MUST NOT be used."
#[tokio::test]
async fn must_read_enums_as_numbers_only() {
    let bench = Bench::new().await;
    for (signal, names, numbers) in [
        (Signal::Traces, json!({"kind": "SPAN_KIND_SERVER"}), json!({"kind": 2})),
        (Signal::Logs, json!({"severityNumber": "SEVERITY_NUMBER_INFO"}), json!({"severityNumber": 9})),
    ] {
        for (item, status) in [(names, 400), (numbers, 200)] {
            let body = signal.envelope_of(&json!([item])).to_string();
            assert_eq!(bench.send(signal, JSON, &[], body.as_bytes()).await.status, status, "{body}");
        }
    }
    for (temporality, status) in [(json!("AGGREGATION_TEMPORALITY_DELTA"), 400), (json!(1), 200)] {
        let sum = json!({"name": "m", "sum": {"aggregationTemporality": temporality, "dataPoints": [{"asInt": 1}]}});
        let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [sum]}]}]}).to_string();
        assert_eq!(bench.send(Signal::Metrics, JSON, &[], body.as_bytes()).await.status, status, "{body}");
    }
}

/// "OTLP/JSON receivers MUST ignore message fields with unknown names and MUST unmarshal the message as if the unknown field was not
/// present in the payload."
#[tokio::test]
async fn must_ignore_unknown_fields() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let mut known: serde_json::Value = serde_json::from_slice(&signal.good_json(1)).unwrap();
        put_everywhere(&mut known, "somethingNew", &json!({"a": [1, {"b": null}], "c": "d"}));
        let reply = bench.send(signal, JSON, &[], known.to_string().as_bytes()).await;
        assert_eq!((reply.status, reply.json()), (200, json!({})));
        assert_eq!(bench.counts(signal).stored, 1);
        // The same batch without them is the same batch.
        assert_eq!(bench.send(signal, JSON, &[], &signal.good_json(1)).await.status, 200);
        assert_eq!((bench.counts(signal).stored, bench.counts(signal).repeated), (1, 1), "{signal:?}");
    }
}

fn put_everywhere(value: &mut serde_json::Value, key: &str, new: &serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| put_everywhere(item, key, new)),
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(|field| put_everywhere(field, key, new));
            fields.insert(key.to_owned(), new.clone());
        }
        _ => {}
    }
}

/// "The keys of JSON objects are field names converted to `lowerCamelCase`. Original field names are not valid to use as keys".
#[tokio::test]
async fn must_not_know_original_field_names() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let good = String::from_utf8(signal.good_json(1)).unwrap();
        let reply = bench.send(signal, JSON, &[], good.replace(signal.list(), signal.original_list()).as_bytes()).await;
        // Unknown, so ignored, so there is nothing; and the sender is told.
        assert_eq!((reply.status, bench.counts(signal).stored), (200, 0));
        assert!(reply.json()["partialSuccess"]["errorMessage"].is_string());
    }
}

/// "64-bit integer numbers in JSON-encoded payloads are encoded as decimal strings, and either numbers or strings are accepted".
#[tokio::test]
async fn must_take_64_bit_numbers_as_numbers_and_as_text() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let text = String::from_utf8(signal.good_json(1)).unwrap();
        let numbers = text
            .replace("\"1700000000000000000\"", "1700000000000000000")
            .replace("\"1700000000001000000\"", "1700000000001000000");
        assert_ne!(text, numbers, "the payload has such a number");
        for body in [text, numbers] {
            assert_eq!(bench.send(signal, JSON, &[], body.as_bytes()).await.json(), json!({}));
        }
        assert_eq!((bench.counts(signal).stored, bench.counts(signal).repeated), (1, 1), "both are the same batch");
    }
}

/// "The default URL path for requests that carry trace data is `/v1/traces`, … metric data `/v1/metrics`, … log data `/v1/logs`."
#[tokio::test]
async fn must_serve_the_default_paths_and_nothing_else() {
    let bench = Bench::new().await;
    for signal in Signal::ALL {
        assert_eq!(bench.send(signal, PROTOBUF, &[], &signal.good(1)).await.status, 200);
    }
    for path in ["/v1development/profiles", "/v1/trace", "/v1/logs/", "/V1/METRICS", "/"] {
        let reply = request(bench.http(), "POST", path, &[("Content-Type", JSON)], b"{}").await;
        let message = reply.json()["message"].as_str().unwrap().to_owned();
        assert_eq!(reply.status, 404);
        assert!(message.contains("/v1/traces, /v1/logs, /v1/metrics"), "{message}");
    }
}

/// "The default network port for OTLP/gRPC is 4317", "for OTLP/HTTP is 4318".
#[test]
fn must_listen_on_the_default_ports_by_default() {
    let config = ReceiverConfig::default();
    assert_eq!((config.grpc.port(), config.http.port()), (4317, 4318));
    assert_eq!((GRPC_PORT, HTTP_PORT), (4317, 4318));
}

/// "Server implementations SHOULD accept OTLP/HTTP with binary-encoded Protobuf payload and OTLP/HTTP with JSON-encoded Protobuf payload
/// requests on the same port", and "MAY accept OTLP/gRPC and OTLP/HTTP requests on the same port".
#[tokio::test]
async fn should_take_every_form_on_every_port() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        for (at, address) in [bench.http(), bench.grpc()].into_iter().enumerate() {
            let number = 10 * at as u8;
            for (media, body) in [(PROTOBUF, signal.good(number + 1)), (JSON, signal.good_json(number + 2))] {
                let reply = request(address, "POST", signal.path(), &[("Content-Type", media)], &body).await;
                assert_eq!(reply.status, 200, "{media} at {address}");
            }
            signal.grpc_at(address, &signal.good(number + 3), None).await.unwrap();
        }
        assert_eq!(bench.counts(signal).stored, 6);
    }
}

/// "If the request header "Accept-Encoding: gzip" is present in the request the server MAY gzip-encode the response".
#[tokio::test]
async fn must_compress_responses_only_when_asked() {
    let bench = Bench::new().await;
    // An answer that is long enough to be worth it.
    let spans = (1..=5).map(|bytes| {
        let mut bad = span(1, 1);
        bad.span_id = vec![1; bytes];
        bad
    });
    let body = serde_json::to_vec(&batch("shop", spans.collect())).unwrap();
    let plain = bench.post(JSON, &body).await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    for accept in ["gzip", "deflate, GZIP;q=0.5"] {
        let packed = bench.post_with(JSON, &[("Accept-Encoding", accept)], &body).await;
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body);
    }
    for accept in ["identity", "gzip;q=0", "br, zstd"] {
        let reply = bench.post_with(JSON, &[("Accept-Encoding", accept)], &body).await;
        assert_eq!((reply.header("content-encoding"), &reply.body), (None, &plain.body), "{accept}");
    }
}

/// "The client will typically choose to re-send such data to guarantee delivery, which may result in duplicate data on the server
/// side": here it does not.
#[tokio::test]
async fn what_is_sent_again_is_kept_once() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        for _ in 0..2 {
            assert_eq!(bench.send(signal, PROTOBUF, &[], &signal.good(1)).await.status, 200);
            assert_eq!(bench.send(signal, JSON, &[], &signal.good_json(1)).await.status, 200);
            signal.grpc(&bench, &signal.good(1), None).await.unwrap();
        }
        assert_eq!((bench.counts(signal).stored, bench.counts(signal).repeated), (1, 5), "{signal:?}");
    }
}

/// "Concurrent Unary calls": many at once over one connection, each answered.
#[tokio::test(flavor = "multi_thread")]
async fn should_answer_concurrent_requests_of_one_connection() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let client = signal.connect(bench.grpc()).await;
        let calls: Vec<_> =
            (1..=50_u8).map(|number| tokio::spawn(client.clone().export(signal.good(number)))).collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap(), None);
        }
        assert_eq!(bench.counts(signal).stored, 50);
    }
}

/// "The client SHOULD keep the connection alive between requests."
#[tokio::test]
async fn should_let_a_connection_live_for_the_next_request() {
    let bench = Bench::new().await;
    let mut both = Vec::new();
    for signal in Signal::ALL {
        let body = signal.good(1);
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {}\r\n\r\n",
            signal.path(),
            bench.http(),
            body.len()
        );
        both.extend([head.as_bytes(), &body].concat());
    }
    let mut stream = tokio::net::TcpStream::connect(bench.http()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &both).await.unwrap();
    let mut heard = String::new();
    let mut piece = [0; 4096];
    while heard.matches("HTTP/1.1 200").count() < 3 {
        let read = tokio::io::AsyncReadExt::read(&mut stream, &mut piece).await.unwrap();
        assert!(read > 0, "closed after: {heard}");
        heard.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
}

/// Attribute values that older versions of the protocol did not allow "consumers are expected to accept" (1.9.0): none, bytes, mixed lists, maps.
#[tokio::test]
async fn must_take_every_form_of_an_attribute() {
    let values = json!([{"key": "none"}, {"key": "empty", "value": {}}, {"key": "bytes", "value": {"bytesValue": "+/8="}},
        {"key": "mixed", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "a"}, {}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": true}}]}}}]);
    let bench = Bench::new().await;
    let span = json!({"traceId": "01".repeat(16), "spanId": "01".repeat(8), "attributes": values});
    let record = json!({"attributes": values, "body": {"kvlistValue": {"values": values}}});
    let point = json!({"asInt": 1, "attributes": values});
    for (signal, item) in [(Signal::Traces, span), (Signal::Logs, record), (Signal::Metrics, point)] {
        let body = signal.envelope_of(&json!([item])).to_string();
        assert_eq!(bench.send(signal, JSON, &[], body.as_bytes()).await.json(), json!({}), "{signal:?}");
    }
    let logs = find_logs(&bench.store, &LogQuery::default(), 1, None).await.unwrap().logs;
    assert_eq!(
        (logs[0].attributes.len(), logs[0].text.as_str()),
        (5, "{none=, empty=, bytes=2 bytes, mixed=[1, a, ], map={a=true}}")
    );
}

/// Not the specification's but ours: what was answered is on disk, where another process sees it.
#[tokio::test]
async fn what_is_acknowledged_is_committed() {
    let bench = Bench::new().await;
    for signal in Signal::ALL {
        assert_eq!(bench.send(signal, PROTOBUF, &[], &signal.good(7)).await.status, 200);
    }
    let other = thalweg_store::Store::open(bench.store.path()).await.unwrap();
    assert!(get_trace(&other, thalweg_telemetry::TraceId([7; 16])).await.unwrap().is_some());
    assert_eq!(find_logs(&other, &LogQuery::default(), 9, None).await.unwrap().logs.len(), 1);
    assert_eq!(thalweg_telemetry::list_metrics(&other, "", 10).await.unwrap().metrics[0].points, 1);
}

/// The helpers of this file make what they say.
#[test]
fn the_requests_of_these_tests_are_what_they_are_called() {
    assert_eq!(Signal::Traces.good(1), ExportTraceServiceRequest::encode_to_vec(&batch("shop", vec![span(1, 1)])));
    assert_eq!(Signal::Logs.good(1), logs("shop", vec![log(1)]).encode_to_vec());
    assert_eq!(Signal::Metrics.good(1), metrics("shop", vec![number(1)]).encode_to_vec());
}
