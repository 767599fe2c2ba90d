//! What holds for any bytes that are read as OTLP. Not part of what this room offers: the fuzz targets (`fuzz/`) and the
//! ordinary tests ask it.

use std::io::Cursor;

use thalweg_spans::Batch;

use crate::files::{Documents, document_signal};
use crate::limits::{Limits, SPANS_PER_REQUEST};
use crate::otlp::{json_out, rows};
use crate::receive::{Accepted, Budget, Framing, Packing, Refusal, Room, Signal, Wire, decode_up_to, unpacked};

/// Memory that a probed request may take: little, so that what asks for much is refused and not tried.
const BUDGET: usize = 64 << 20;
/// What `serde_json` reads.
const JSON_LEVELS: usize = 127;
/// Bytes of a probed body, packed and unpacked.
const BODY: [usize; 2] = [1 << 20, 4 << 20];

/// Any bytes as protobuf of every signal.
///
/// # Panics
/// When something does not hold.
pub fn protobuf(bytes: &[u8]) {
    for signal in Signal::ALL {
        if let Ok(accepted) = decoded(signal, bytes, Wire::Protobuf) {
            holds(signal, accepted);
        }
    }
}

/// Any bytes as JSON of every signal.
///
/// # Panics
/// When something does not hold.
pub fn json(bytes: &[u8]) {
    for signal in Signal::ALL {
        if let Ok(accepted) = decoded(signal, bytes, Wire::Json) {
            holds(signal, accepted);
        }
    }
}

/// Any bytes as the body of a request, in every packing; the first says in what pieces it arrives.
///
/// # Panics
/// When something does not hold.
pub fn body(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let piece = usize::from(*first) + 1;
    let limits = Limits { encoded_bytes: BODY[0], decoded_bytes: BODY[1], ..Limits::default() };
    let all = [Packing::None, Packing::Gzip, Packing::Zstd];
    for framing in all.into_iter().flat_map(|packing| [Framing::Whole(packing), Framing::Grpc(packing)]) {
        match unpacked(framing, bytes, piece, &limits, Budget::new(BUDGET).share()) {
            Ok(message) => assert!(message.len() <= BODY[1], "{framing:?}"),
            Err(refusal) => told(&refusal),
        }
        // In one piece it is the same.
        let pieces = unpacked(framing, bytes, piece, &limits, Budget::new(BUDGET).share());
        let whole = unpacked(framing, bytes, usize::MAX, &limits, Budget::new(BUDGET).share());
        assert_eq!(pieces.as_ref().ok(), whole.as_ref().ok(), "{framing:?}");
    }
}

/// Any bytes as a file.
///
/// # Panics
/// When something does not hold.
pub fn file(bytes: &[u8]) {
    let Ok(mut documents) = Documents::open(Cursor::new(bytes.to_vec())) else { return };
    let mut last = 0;
    while let Ok(Some(document)) = documents.read() {
        assert!(document.line > last && document.lines > 0, "{document:?}");
        last = document.line + document.lines - 1;
        let Ok(text) = document.text else { continue };
        match document_signal(&text) {
            Ok(signal) => {
                if let Ok(accepted) = decoded(signal, &text, Wire::Json) {
                    holds(signal, accepted);
                }
            }
            Err(refusal) => told(&refusal),
        }
    }
}

fn decoded(signal: Signal, bytes: &[u8], wire: Wire) -> Result<Accepted, Refusal> {
    let mut share = Budget::new(BUDGET).share();
    let room = Room { share: &mut share, whole_budget: BUDGET };
    match decode_up_to(SPANS_PER_REQUEST, signal, bytes, wire, room) {
        Ok((accepted, remarks)) => {
            assert!(remarks.rejected == 0 || remarks.message().is_some(), "{remarks:?}");
            Ok(accepted)
        }
        Err(refusal) => {
            told(&refusal);
            Err(refusal)
        }
    }
}

fn told(refusal: &Refusal) {
    assert!(!refusal.message.is_empty());
}

/// What was accepted hangs together; of spans, what is written as JSON is accepted again and is the same.
fn holds(signal: Signal, accepted: Accepted) {
    match accepted {
        Accepted::Spans(batch) => {
            let whole = batch.spans.iter().all(|span| {
                span.resource < batch.resources.len() && span.scope < batch.scopes.len() && span.trace_id != [0; 16]
            });
            assert!(whole, "{batch:?}");
            let ids = ids(&batch);
            let data = rows::otlp_from_stored(batch).unwrap_or_else(|error| panic!("rows do not read back: {error}"));
            let text = json_out::traces_data(&data).to_string();
            if deepest(&text) >= JSON_LEVELS {
                // Maps in maps are deeper as JSON than as protobuf; what is too deep is refused in words.
                return;
            }
            match decoded(signal, text.as_bytes(), Wire::Json) {
                Ok(Accepted::Spans(again)) => assert_eq!(self::ids(&again), ids, "{text}"),
                other => panic!("what was written is not read: {other:?}"),
            }
        }
        Accepted::Logs(batch) => {
            let (resources, scopes) = (batch.resources.len(), batch.scopes.len());
            assert!(
                batch.records.iter().all(|record| record.resource < resources && record.scope < scopes),
                "{batch:?}"
            );
        }
        Accepted::Points(batch) => {
            let (resources, scopes) = (batch.resources.len(), batch.scopes.len());
            assert!(
                batch.series.iter().all(|series| series.resource < resources && series.scope < scopes),
                "{batch:?}"
            );
            assert!(batch.points.iter().all(|point| point.series < batch.series.len()), "{batch:?}");
        }
    }
}

/// How many brackets are open at once at most; those in texts count too, which errs on the safe side.
fn deepest(text: &str) -> usize {
    let mut open = 0_usize;
    let mut most = 0;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn ids(batch: &Batch) -> Vec<([u8; 16], [u8; 8], u64, u64)> {
    let mut ids: Vec<_> =
        batch.spans.iter().map(|span| (span.trace_id, span.span_id, span.start_ns, span.end_ns)).collect();
    ids.sort_unstable();
    ids
}
