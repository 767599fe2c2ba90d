//! A decoded body becomes committed spans, log records or points.

use std::time::{Instant, SystemTime};

use prost::Message;
use thalweg_store::{LogBatch, PointBatch, SignalsWritten, StoreError};

use super::Desk;
use super::counters::Tally;
use super::feed::SignalsArrived;
use super::intake::Share;
use super::refusal::Refusal;
use super::signal::{Done, Signal, Wire};
use super::watcher::Handled;
use crate::limits::{MESSAGE_CHARACTERS, SPANS_PER_REQUEST};
use crate::otlp::collector::ExportTraceServiceRequest;
use crate::otlp::json_in::JsonRequest;
use crate::otlp::logs_collector::ExportLogsServiceRequest;
use crate::otlp::metrics_collector::ExportMetricsServiceRequest;
use crate::otlp::remarks::Remarks;
use crate::otlp::weigh::Kind;
use crate::otlp::{admit, json_in, log_rows, point_rows, rows, weigh};

/// Beyond this a body is decoded off the threads that serve connections.
const DECODED_APART: usize = 128 << 10;

/// Decodes, stores, and only then answers.
pub(crate) async fn accept(
    desk: &Desk,
    signal: Signal,
    body: Vec<u8>,
    wire: Wire,
    mut share: Share,
) -> Result<Done, Refusal> {
    let whole_budget = desk.limits.in_flight_bytes;
    let large = body.len() > DECODED_APART;
    let decoding = move || {
        let decoded = decode(signal, &body, wire, &mut share, whole_budget)?;
        Ok::<_, Refusal>((decoded, share))
    };
    let (began, since) = (SystemTime::now(), Instant::now());
    // `_share` keeps the memory accounted for until the batch is written.
    let ((batch, mut remarks), _share) = if large {
        tokio::task::spawn_blocking(decoding).await.map_err(|_| Refusal::internal("decoding broke off"))??
    } else {
        decoding()?
    };
    // Counted before it goes into the store.
    let watched = desk.watcher.as_ref().filter(|_| !batch.is_own()).map(|watcher| (watcher, batch.items()));
    let stored = store(desk, batch, &mut remarks).await.map_err(|error| Refusal::not_stored(&error));
    if let Some((watcher, items)) = watched {
        watcher.tell(Handled {
            signal: signal.name(),
            items: items + remarks.rejected,
            refused: remarks.rejected,
            began,
            took: since.elapsed(),
            error: stored.as_ref().err().map(|refusal| refusal.message.clone()),
        });
    }
    stored?;
    desk.counters.of(signal).refused(remarks.rejected);
    let message = remarks.message().map(|message| short(&message));
    Ok(Done { rejected: remarks.rejected, message })
}

async fn store(desk: &Desk, batch: Accepted, remarks: &mut Remarks) -> Result<(), StoreError> {
    match batch {
        Accepted::Spans(batch) if !batch.spans.is_empty() => {
            let written = desk.store.write_spans(batch).await?;
            desk.counters.spans.stored(written.added + written.changed, written.repeated);
            desk.feed.announce(&written.traces);
        }
        Accepted::Logs(batch) if !batch.records.is_empty() => {
            let written = desk.store.write_logs(batch).await?;
            counted(&desk.counters.logs, written, remarks);
            announce(desk, |arrived| arrived.logs += written.added, written);
        }
        Accepted::Points(batch) if !batch.points.is_empty() => {
            let written = desk.store.write_points(batch).await?;
            counted(&desk.counters.points, written, remarks);
            announce(desk, |arrived| arrived.points += written.added, written);
        }
        _ => {}
    }
    Ok(())
}

/// Tells listeners of a commit; one that kept nothing new is none.
fn announce(desk: &Desk, change: impl FnOnce(&mut SignalsArrived), written: SignalsWritten) {
    if written.added > 0 {
        desk.signals.send_modify(change);
    }
}

fn counted(tally: &Tally, written: SignalsWritten, remarks: &mut Remarks) {
    tally.stored(written.added, written.repeated);
    remarks.reject(format!("of series beyond {}", thalweg_store::METRIC_SERIES), written.refused);
}

/// A message as long as a sender is told it.
pub(crate) fn short(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Accepted {
    Spans(thalweg_spans::Batch),
    Logs(LogBatch),
    Points(PointBatch),
}

pub(crate) fn decode(
    signal: Signal,
    body: &[u8],
    wire: Wire,
    share: &mut Share,
    whole_budget: usize,
) -> Result<(Accepted, Remarks), Refusal> {
    decode_up_to(SPANS_PER_REQUEST, signal, body, wire, Room { share, whole_budget })
}

/// The same for as many items as there may be elsewhere: what stands in a file was not made for one request.
pub(crate) fn decode_up_to(
    most: usize,
    signal: Signal,
    body: &[u8],
    wire: Wire,
    mut room: Room<'_>,
) -> Result<(Accepted, Remarks), Refusal> {
    match signal {
        Signal::Traces => {
            let read = Reading {
                signal,
                kind: Kind::Traces,
                json: json_in::traces,
                general: "the object has no resourceSpans, so nothing was stored",
            };
            let (mut request, general) = read.read(most, body, wire, &mut room)?;
            let ExportTraceServiceRequest { resource_spans } = &request;
            check_items(
                resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len()).sum(),
                most,
                "spans",
            )?;
            let mut remarks = admit::traces(&mut request);
            remarks.general = general;
            Ok((Accepted::Spans(rows::batch_from_request(request)), remarks))
        }
        Signal::Logs => {
            let read = Reading {
                signal,
                kind: Kind::Logs,
                json: json_in::logs,
                general: "the object has no resourceLogs, so nothing was stored",
            };
            let (mut request, general) = read.read(most, body, wire, &mut room)?;
            let ExportLogsServiceRequest { resource_logs } = &request;
            let records = resource_logs.iter().flat_map(|r| &r.scope_logs).map(|s| s.log_records.len()).sum();
            check_items(records, most, "log records")?;
            let mut remarks = admit::logs(&mut request);
            remarks.general = general;
            Ok((Accepted::Logs(log_rows::batch_from_request(request)), remarks))
        }
        Signal::Metrics => {
            let read = Reading {
                signal,
                kind: Kind::Metrics,
                json: json_in::metrics,
                general: "the object has no resourceMetrics, so nothing was stored",
            };
            let (mut request, general) = read.read(most, body, wire, &mut room)?;
            let ExportMetricsServiceRequest { resource_metrics } = &request;
            let metrics = resource_metrics.iter().flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics);
            check_items(metrics.map(|metric| admit::points(metric) as usize).sum(), most, "data points")?;
            let mut remarks = admit::metrics(&mut request);
            remarks.general = general;
            Ok((Accepted::Points(point_rows::batch_from_request(request)), remarks))
        }
    }
}

/// Memory that a request may take.
pub(crate) struct Room<'a> {
    pub(crate) share: &'a mut Share,
    pub(crate) whole_budget: usize,
}

impl Room<'_> {
    /// What can never fit is refused for good, what does not fit now may come again.
    fn reserve(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.whole_budget {
            let limit = self.whole_budget >> 20;
            let message =
                format!("decoded, the request would take more than {limit} MiB of memory: send smaller batches");
            return Err(Refusal::too_large(message));
        }
        self.share.grow_to(bytes)
    }
}

/// How the request of a signal is read, in either form.
struct Reading<R> {
    signal: Signal,
    kind: Kind,
    json: fn(&[u8]) -> Result<JsonRequest<R>, serde_json::Error>,
    /// What is told when JSON holds nothing of the signal.
    general: &'static str,
}

impl<R: Message + Default> Reading<R> {
    fn read(
        self,
        most: usize,
        body: &[u8],
        wire: Wire,
        room: &mut Room<'_>,
    ) -> Result<(R, Option<&'static str>), Refusal> {
        let name = self.signal.request();
        match wire {
            Wire::Protobuf => {
                let weight = weigh::protobuf(self.kind, body);
                room.reserve(weight.bytes)?;
                // Before the structs are made.
                check_items(weight.items, most, "items")?;
                let request = R::decode(body)
                    .map_err(|error| Refusal::malformed(format!("not an {name} in protobuf: {error}")))?;
                Ok((request, None))
            }
            Wire::Json => {
                room.reserve(weigh::json(body))?;
                let read =
                    (self.json)(body).map_err(|error| Refusal::malformed(format!("not an {name} in JSON: {error}")))?;
                Ok((read.request, read.nothing_recognised.then_some(self.general)))
            }
        }
    }
}

fn check_items(items: usize, most: usize, what: &str) -> Result<(), Refusal> {
    if items > most {
        let message = format!("{items} {what} in one request, {most} are allowed: send smaller batches");
        return Err(Refusal::too_large(message));
    }
    Ok(())
}
