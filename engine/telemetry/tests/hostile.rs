//! Hostile and broken input: always an answer, never a crash, and the next good request is accepted.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::io::Write as _;
use std::time::Duration;

use common::signals::{self, Signal};
use common::{Bench, batch, raw, span};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use thalweg_telemetry::{Limits, LogQuery, Reduction, find_logs, get_metric};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::codec::CompressionEncoding;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const GZIP: [(&str, &str); 1] = [("Content-Encoding", "gzip")];
const ZSTD: [(&str, &str); 1] = [("Content-Encoding", "zstd")];

async fn assert_still_well(bench: &Bench) {
    let good = batch("good", vec![span(200, 200)]).encode_to_vec();
    assert_eq!(bench.post(PROTOBUF, &good).await.status, 200);
}

/// `size` zeros, packed a thousandfold.
fn bomb(size: usize) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        gzip.write_all(&zeros).unwrap();
    }
    gzip.finish().unwrap()
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_while_it_unpacks() {
    let bench = Bench::new().await;
    let bomb = bomb(256 << 20);
    assert!(bomb.len() < 1 << 20);
    for media in [PROTOBUF, JSON] {
        for signal in Signal::ALL {
            assert_eq!(bench.send(signal, media, &GZIP, &bomb).await.status, 413);
        }
    }
    // Many small ones behind each other are one large one.
    let members = common::gzip(&vec![0; 1 << 20]).repeat(65);
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &members).await.status, 413);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn a_zstd_bomb_is_stopped_while_it_unpacks() {
    let bench = Bench::new().await;
    let bomb = zstd::bulk::compress(&vec![0; 256 << 20], 3).unwrap();
    assert!(bomb.len() < 64 << 10, "{} bytes", bomb.len());
    for signal in Signal::ALL {
        for media in [PROTOBUF, JSON] {
            assert_eq!(bench.send(signal, media, &ZSTD, &bomb).await.status, 413);
        }
    }
    // Many small ones behind each other are one large one.
    let frames = zstd::bulk::compress(&vec![0; 1 << 20], 3).unwrap().repeat(65);
    assert_eq!(bench.post_with(PROTOBUF, &ZSTD, &frames).await.status, 413);
    // Frames that hold nothing cost only what they weigh, and that is bounded too.
    let nothing = [&0x184D_2A50_u32.to_le_bytes()[..], &0_u32.to_le_bytes()].concat().repeat(3 << 20);
    assert_eq!(bench.post_with(PROTOBUF, &ZSTD, &nothing).await.status, 413);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn limits_hold_as_sent_and_as_unpacked() {
    let limits = Limits { encoded_bytes: 4 << 10, decoded_bytes: 64 << 10, ..Limits::default() };
    let bench = Bench::with(limits).await;
    // Announced, and not announced.
    assert_eq!(bench.post(PROTOBUF, &[0; (4 << 10) + 1]).await.status, 413);
    let chunk = format!("1001\r\n{}\r\n0\r\n\r\n", "0".repeat(0x1001));
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: {}\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n",
        bench.http()
    );
    assert_eq!(raw(bench.http(), format!("{head}{chunk}").as_bytes()).await.status, 413);
    // One byte more than allowed once unpacked; exactly as much is only malformed.
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &common::gzip(&vec![0; (64 << 10) + 1])).await.status, 413);
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &common::gzip(&vec![0; 64 << 10])).await.status, 400);

    let client = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    let large = batch("shop", (1..=60).map(|id| span(1, id)).collect());
    let status = client.clone().export(large).await.unwrap_err();
    assert_eq!(
        (status.code(), status.details().len()),
        (Code::ResourceExhausted, 0),
        "no RetryInfo: it would never fit"
    );
    let mut fat = span(1, 1);
    fat.attributes[0] = common::attribute("colour", &"b".repeat(65 << 10));
    let status = client.send_compressed(CompressionEncoding::Gzip).export(batch("shop", vec![fat])).await.unwrap_err();
    assert_eq!((status.code(), status.details().len()), (Code::ResourceExhausted, 0));
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let bench = Bench::new().await;
    for depth in [33, 100, 101, 200_000] {
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{}","spanId":"{}","attributes":[{{"key":"k","value":{}{}}}]}}]}}]}}]}}"#,
            "01".repeat(16),
            "01".repeat(8),
            r#"{"arrayValue":{"values":["#.repeat(depth),
            "]}}".repeat(depth),
        );
        let reply = bench.post(JSON, json.as_bytes()).await;
        match reply.status {
            400 => {}
            200 => assert_eq!(reply.json()["partialSuccess"]["rejectedSpans"], "1"),
            other => panic!("{other}"),
        }
        let unknown = format!(r#"{{"unknown":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!([200, 400].contains(&bench.post(JSON, unknown.as_bytes()).await.status));
    }
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn cut_short_at_every_byte() {
    let bench = Bench::new().await;
    let request = batch("shop", vec![span(1, 1), span(1, 2), span(1, 3)]);
    let (protobuf, json) = (request.encode_to_vec(), serde_json::to_vec(&request).unwrap());
    let packed = common::gzip(&protobuf);
    for cut in 0..protobuf.len() {
        // The empty message is legal; every other cut lies inside the one outer field.
        let expected = if cut == 0 { 200 } else { 400 };
        assert_eq!(bench.post(PROTOBUF, &protobuf[..cut]).await.status, expected, "protobuf cut at {cut}");
    }
    for cut in 0..json.len() {
        assert_eq!(bench.post(JSON, &json[..cut]).await.status, 400, "JSON cut at {cut}");
    }
    for cut in 1..packed.len() {
        assert_eq!(bench.post_with(PROTOBUF, &GZIP, &packed[..cut]).await.status, 400, "gzip cut at {cut}");
    }
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn a_connection_that_sends_nothing_useful_is_closed() {
    let limits = Limits {
        head_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let bench = Bench::with(limits).await;
    let head = format!("POST /v1/traces HTTP/1.1\r\nHost: {}\r\n", bench.http());
    let begun = format!("{head}Content-Type: {PROTOBUF}\r\nContent-Length: 100\r\n\r\nabc");
    let asked = format!("{head}Content-Type: {PROTOBUF}\r\nContent-Length: 0\r\n\r\n");
    for (what, bytes) in [
        ("nothing", ""),
        ("a piece of a head", head.as_str()),
        ("a piece of the HTTP/2 preface", "PRI * HTTP/2.0\r\n"),
        ("the HTTP/2 preface alone", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("a body that does not come", begun.as_str()),
        ("an idle connection", asked.as_str()),
    ] {
        let mut stream = TcpStream::connect(bench.http()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The end of the stream is what is waited for; without it this test hangs.
        stream.read_to_end(&mut answer).await.ok();
        let answer = String::from_utf8_lossy(&answer);
        match what {
            "a body that does not come" => assert!(answer.starts_with("HTTP/1.1 408"), "{what}: {answer}"),
            "an idle connection" => assert!(answer.starts_with("HTTP/1.1 200"), "{what}: {answer}"),
            _ => {}
        }
    }
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn more_connections_than_places_are_closed_at_once() {
    let bench = Bench::with(Limits { connections: 2, ..Limits::default() }).await;
    let held = [TcpStream::connect(bench.http()).await.unwrap(), TcpStream::connect(bench.grpc()).await.unwrap()];
    while bench.receiver.status().connections < 2 {
        tokio::task::yield_now().await;
    }
    let mut third = TcpStream::connect(bench.http()).await.unwrap();
    let mut byte = [0];
    assert!(matches!(third.read(&mut byte).await, Ok(0) | Err(_)));
    drop(held);
    while bench.receiver.status().connections > 0 {
        tokio::task::yield_now().await;
    }
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn names_are_kept_as_they_are_and_never_interpreted() {
    let bench = Bench::new().await;
    let mut odd = span(1, 1);
    odd.name = "<script>alert(1)</script>\u{0}\u{1b}[31m\u{202e}'; DROP TABLE span; --".into();
    let body = batch("svc'\"\u{0}", vec![odd.clone()]);
    assert_eq!(bench.post(PROTOBUF, &body.encode_to_vec()).await.status, 200);
    let list = thalweg_telemetry::list_traces(&bench.store, 10, None).await.unwrap().traces;
    assert_eq!((list[0].root.as_str(), list[0].service.as_str()), (odd.name.as_str(), "svc'\"\u{0}"));
    // A text that is not UTF-8 is malformed protobuf.
    let mut bytes = batch("shop", vec![span(9, 9)]).encode_to_vec();
    let at = bytes.windows(4).position(|four| four == b"blue").unwrap();
    bytes[at] = 0xff;
    assert_eq!(bench.post(PROTOBUF, &bytes).await.status, 400);
}

/// `content` in fields of these tags, from the innermost to the outermost.
fn wrapped(mut content: Vec<u8>, tags: impl IntoIterator<Item = u8>) -> Vec<u8> {
    for tag in tags {
        let mut outer = vec![tag];
        prost::encoding::encode_varint(content.len() as u64, &mut outer);
        outer.append(&mut content);
        content = outer;
    }
    content
}

#[tokio::test]
async fn values_that_nest_ten_thousand_deep_are_refused_everywhere() {
    let bench = Bench::new().await;
    for depth in [33, 101, 10_000] {
        // AnyValue.array_value { ArrayValue.values { … } }.
        let value = || wrapped(Vec::new(), [0x0a, 0x2a].into_iter().cycle().take(2 * depth));
        let name = wrapped(b"m".to_vec(), []);
        let places: [(Signal, &str, Vec<u8>); 4] = [
            (Signal::Traces, "a span's attribute", wrapped(value(), [0x12, 0x4a, 0x12, 0x12, 0x0a])),
            (Signal::Logs, "a record's body", wrapped(value(), [0x2a, 0x12, 0x12, 0x0a])),
            (Signal::Logs, "a record's attribute", wrapped(value(), [0x12, 0x32, 0x12, 0x12, 0x0a])),
            (Signal::Metrics, "a point's attribute", {
                let gauge = wrapped(value(), [0x12, 0x3a, 0x0a, 0x2a]);
                let metric = [&[0x0a, 1][..], &name, &gauge].concat();
                wrapped(metric, [0x12, 0x12, 0x0a])
            }),
        ];
        for (signal, place, body) in places {
            let reply = bench.send(signal, PROTOBUF, &[], &body).await;
            match reply.status {
                400 => assert!(depth > 33, "{place}"),
                200 => assert_eq!(signal.partial(&reply.body).unwrap().0, 1, "{place}, {depth} deep"),
                other => panic!("{place}, {depth} deep: {other}"),
            }
        }
        let json = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{}{}}}]}}]}}]}}"#,
            r#"{"arrayValue":{"values":["#.repeat(depth),
            "]}}".repeat(depth),
        );
        assert!([200, 400].contains(&bench.send(Signal::Logs, JSON, &[], json.as_bytes()).await.status));
    }
    assert!(Signal::ALL.into_iter().all(|signal| bench.counts(signal).stored == 0));
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn attributes_of_ten_megabytes_are_cut_and_told() {
    for signal in Signal::ALL {
        let bench = Bench::new().await;
        let reply = bench.send(signal, PROTOBUF, &[], &signal.fat(10 << 20)).await;
        let (rejected, message) = signal.partial(&reply.body).unwrap();
        assert_eq!((reply.status, rejected), (200, 0), "{signal:?}");
        assert_eq!(message, "1 values longer than 64 KiB were cut");
        assert_eq!(bench.counts(signal).stored, 1);
    }
}

#[tokio::test]
async fn what_is_not_utf_8_is_malformed() {
    let bench = Bench::new().await;
    for signal in Signal::ALL {
        let mut bytes = signal.good(1);
        let at = bytes.windows(4).position(|four| four == b"shop").unwrap();
        bytes[at] = 0xff;
        let reply = bench.send(signal, PROTOBUF, &[], &bytes).await;
        assert_eq!(reply.status, 400, "{signal:?}");
        let json = String::from_utf8(signal.good_json(1)).unwrap();
        let [before, after] = json.split("shop").collect::<Vec<_>>()[..] else { panic!("{json}") };
        let json = [before.as_bytes(), b"\xff", after.as_bytes()].concat();
        assert_eq!(bench.send(signal, JSON, &[], &json).await.status, 400, "{signal:?}");
        assert_eq!(bench.counts(signal).stored, 0);
    }
}

/// Times that no clock shows, clocks years apart, a start after the end: kept as they are, for they are somebody's bug.
#[tokio::test]
async fn odd_times_are_kept_as_they_are() {
    const YEAR: u64 = 365 * 86_400 * 1_000_000_000;
    let bench = Bench::new().await;
    let times = [0, 1, 40 * YEAR, 70 * YEAR, u64::MAX];
    let mut records = Vec::new();
    let mut points = Vec::new();
    for (time, other) in times.into_iter().zip(times.into_iter().rev()) {
        let mut record = signals::log(1);
        (record.time_unix_nano, record.observed_time_unix_nano) = (time, other);
        records.push(record);
        let mut point = signals::number(1);
        (point.time_unix_nano, point.start_time_unix_nano) = (time, other);
        points.push(point);
    }
    let logs = signals::logs("shop", records).encode_to_vec();
    assert_eq!(bench.send(Signal::Logs, PROTOBUF, &[], &logs).await.body, b"");
    let metrics = signals::metrics("shop", points).encode_to_vec();
    assert_eq!(bench.send(Signal::Metrics, PROTOBUF, &[], &metrics).await.body, b"");

    let found = find_logs(&bench.store, &LogQuery::default(), 10, None).await.unwrap().logs;
    let mut told: Vec<_> = found.iter().map(|log| (log.time_unix_nano, log.observed_time_unix_nano)).collect();
    // The one without a time stands where it was seen, at the end of time.
    assert_eq!(found.iter().map(thalweg_telemetry::Log::when).max(), Some(found[0].when()));
    told.sort_unstable();
    assert_eq!(told, times.into_iter().zip(times.into_iter().rev()).collect::<Vec<_>>());
    let range = Reduction { from_unix_nano: 0, to_unix_nano: u64::MAX, buckets: 500, series: 1 };
    let metric = get_metric(&bench.store, "depth", range).await.unwrap().unwrap();
    assert_eq!(metric.series[0].buckets.iter().map(|bucket| bucket.points).sum::<u64>(), 5);
    assert_still_well(&bench).await;
}

/// A client that sends its body byte by byte has as long as every other.
#[tokio::test]
async fn a_body_that_drips_is_cut_off() {
    let limits = Limits { body_timeout: Duration::from_millis(300), ..Limits::default() };
    let bench = Bench::with(limits).await;
    for signal in Signal::ALL {
        let (mut from, mut into) = TcpStream::connect(bench.http()).await.unwrap().into_split();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: 1000000\r\n\r\n",
            signal.path(),
            bench.http()
        );
        into.write_all(head.as_bytes()).await.unwrap();
        let dripping = tokio::spawn(async move {
            while into.write_all(&[0x0a]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let mut answer = vec![0; 12];
        from.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 408");
        dripping.abort();
    }
    assert_still_well(&bench).await;
}

/// However many come, only so many are held; once they have been silent for too long, others have their turn.
#[tokio::test]
async fn ten_thousand_idle_connections_are_bounded() {
    let limits = Limits { connections: 100, head_timeout: Duration::from_secs(2), ..Limits::default() };
    let bench = Bench::with(limits).await;
    let mut held = std::collections::VecDeque::new();
    for _ in 0..10_000 {
        let Ok(stream) = TcpStream::connect(bench.http()).await else { continue };
        held.push_back(stream);
        // Fewer than a process may have open, and more than are held on the other side.
        if held.len() > 200 {
            held.pop_front();
        }
        assert!(bench.receiver.status().connections <= 100);
    }
    let good = batch("good", vec![span(200, 200)]).encode_to_vec();
    while bench.post(PROTOBUF, &good).await.status != 200 {
        tokio::task::yield_now().await;
    }
    drop(held);
}
