//! A decoded body becomes committed spans.

use prost::Message;
use thalweg_spans::Batch;

use super::Desk;
use super::intake::Share;
use super::refusal::Refusal;
use crate::limits::SPANS_PER_REQUEST;
use crate::otlp::admit::{Remarks, admit};
use crate::otlp::collector::{ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse};
use crate::otlp::rows::batch_from_request;
use crate::otlp::{json_in, weigh};

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Protobuf,
    Json,
}

/// Beyond this a body is decoded off the threads that serve connections.
const DECODED_APART: usize = 128 << 10;

/// Decodes, stores, and only then answers.
pub(crate) async fn accept(
    desk: &Desk,
    body: Vec<u8>,
    wire: Wire,
    mut share: Share,
) -> Result<ExportTraceServiceResponse, Refusal> {
    let whole_budget = desk.limits.in_flight_bytes;
    let large = body.len() > DECODED_APART;
    let decoding = move || {
        let (batch, remarks) = decode(&body, wire, &mut share, whole_budget)?;
        Ok::<_, Refusal>((batch, remarks, share))
    };
    // `_share` keeps the memory accounted for until the batch is written.
    let (batch, remarks, _share) = if large {
        tokio::task::spawn_blocking(decoding).await.map_err(|_| Refusal::internal("decoding broke off"))??
    } else {
        decoding()?
    };
    if !batch.spans.is_empty() {
        let written = desk.store.write_spans(batch).await.map_err(|error| Refusal::not_stored(&error))?;
        desk.counters.stored(&written);
        desk.feed.announce(&written.traces);
    }
    desk.counters.refused(remarks.rejected);
    let partial_success = remarks.message().map(|error_message| ExportTracePartialSuccess {
        rejected_spans: remarks.rejected.cast_signed(),
        error_message,
    });
    Ok(ExportTraceServiceResponse { partial_success })
}

pub(crate) fn decode(
    body: &[u8],
    wire: Wire,
    share: &mut Share,
    whole_budget: usize,
) -> Result<(Batch, Remarks), Refusal> {
    let (mut request, general) = match wire {
        Wire::Protobuf => {
            let weight = weigh::protobuf(body);
            reserve(share, weight.bytes, whole_budget)?;
            check_spans(weight.spans)?;
            let request = ExportTraceServiceRequest::decode(body).map_err(|error| {
                Refusal::malformed(format!("not an ExportTraceServiceRequest in protobuf: {error}"))
            })?;
            (request, None)
        }
        Wire::Json => {
            reserve(share, weigh::json(body), whole_budget)?;
            let read = json_in::read(body)
                .map_err(|error| Refusal::malformed(format!("not an ExportTraceServiceRequest in JSON: {error}")))?;
            check_spans(read.request.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len()).sum())?;
            (read.request, read.nothing_recognised.then_some("the object has no resourceSpans, so nothing was stored"))
        }
    };
    let mut remarks = admit(&mut request);
    remarks.general = general;
    Ok((batch_from_request(request), remarks))
}

/// What can never fit is refused for good, what does not fit now may come again.
fn reserve(share: &mut Share, bytes: usize, whole_budget: usize) -> Result<(), Refusal> {
    if bytes > whole_budget {
        let limit = whole_budget >> 20;
        let message = format!("decoded, the request would take more than {limit} MiB of memory: send smaller batches");
        return Err(Refusal::too_large(message));
    }
    share.grow_to(bytes)
}

fn check_spans(spans: usize) -> Result<(), Refusal> {
    if spans > SPANS_PER_REQUEST {
        let message = format!("{spans} spans in one request, {SPANS_PER_REQUEST} are allowed: send smaller batches");
        return Err(Refusal::too_large(message));
    }
    Ok(())
}
