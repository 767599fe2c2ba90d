//! A file's documents into the store.

use std::collections::VecDeque;
use std::io::Read;

use serde::Deserialize;
use serde::de::IgnoredAny;
use thalweg_store::{Store, StoreError};
use tokio::task::JoinHandle;

use super::documents::{Document, Documents, FileError};
use crate::limits::Limits;
use crate::otlp::remarks::Remarks;
use crate::receive::{Accepted, Budget, Counts, Refusal, Room, Share, Signal, Wire, decode_up_to};

/// Remarks that are kept word by word; the others are counted.
pub const REMARKS: usize = 100;
/// Documents that are decoded and not yet stored: several commit together.
const AHEAD: usize = 32;
/// Their bytes as text; a longer document waits until it is alone.
const AHEAD_BYTES: usize = 8 << 20;

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Documents that were read: lines, mostly.
    pub documents: u64,
    /// Of them, those of which nothing was stored because they are no such document.
    pub unread: u64,
    /// Spans.
    pub spans: Counts,
    /// Log records.
    pub logs: Counts,
    /// Data points of metrics.
    pub points: Counts,
    /// What is to be told of documents, by line; at most [`REMARKS`].
    pub remarks: Vec<Remark>,
    /// How many more there would be.
    pub more_remarks: u64,
}

/// What is to be told of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line it begins in, from 1.
    pub line: u64,
    /// Whether nothing of it was stored.
    pub unread: bool,
    /// Why, or what of it was not kept.
    pub reason: String,
}

/// A file that was not read to its end. What is counted is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportFailed {
    /// Something is wrong with the file.
    #[error("{error}")]
    File {
        /// What.
        error: FileError,
        /// What was stored before.
        before: Box<Imported>,
    },
    /// Something is wrong with the data file.
    #[error("line {line} and those after it were not stored: {error}")]
    Store {
        /// The first document that is not known to be stored.
        line: u64,
        /// What.
        error: StoreError,
        /// What was stored before.
        before: Box<Imported>,
    },
}

impl Imported {
    /// Whether all of the file was stored, or was known already.
    pub fn is_whole(&self) -> bool {
        self.unread == 0 && [self.spans, self.logs, self.points].iter().all(|counts| counts.refused == 0)
    }

    fn of(&mut self, signal: Signal) -> &mut Counts {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Logs => &mut self.logs,
            Signal::Metrics => &mut self.points,
        }
    }

    fn remark(&mut self, line: u64, unread: bool, reason: String) {
        self.unread += u64::from(unread);
        if self.remarks.len() < REMARKS {
            self.remarks.push(Remark { line, unread, reason });
        } else {
            self.more_remarks += 1;
        }
    }
}

/// Stores what a file holds; `told` hears how far it is. A document is stored whole or not at all, unless it has so many spans that
/// the store takes several commits for them and one of those fails.
///
/// Of a second import of the same file, spans that are packed meanwhile are stored again, and become one with the first where they
/// are read.
///
/// # Errors
/// When the file cannot be read to its end, or the data file not written.
pub async fn import(
    store: &Store,
    input: impl Read + Send + 'static,
    mut told: impl FnMut(&Imported),
) -> Result<Imported, ImportFailed> {
    let mut imported = Imported::default();
    let failed = |error, before: &Imported| ImportFailed::File { error, before: Box::new(before.clone()) };
    let opened = apart(move || Documents::open(input)).await;
    let mut documents = opened.map_err(|error| failed(error, &imported))?;
    let mut ahead = Ahead::new(store.clone());
    loop {
        let (back, document) = apart(move || {
            let document = documents.read();
            (documents, document)
        })
        .await;
        documents = back;
        let document = match document {
            Ok(Some(document)) => document,
            Ok(None) => break,
            Err(error) => {
                ahead.settle(&mut imported, 0, 0).await?;
                return Err(failed(error, &imported));
            }
        };
        imported.documents += 1;
        let bytes = document.text.as_ref().map_or(0, Vec::len);
        ahead.settle(&mut imported, AHEAD - 1, AHEAD_BYTES.saturating_sub(bytes)).await?;
        let line = document.line;
        match ahead.decoded(document, &mut imported).await? {
            Ok(decoded) => ahead.store(line, bytes, decoded),
            Err(reason) => imported.remark(line, true, reason),
        }
        told(&imported);
    }
    ahead.settle(&mut imported, 0, 0).await?;
    // Documents are stored beside each other.
    imported.remarks.sort_by_key(|remark| remark.line);
    told(&imported);
    Ok(imported)
}

/// Work that would hold up what else is waited for.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A document as it is to be stored.
struct Decoded {
    signal: Signal,
    batch: Accepted,
    remarks: Remarks,
    share: Share,
}

/// What is being stored while the next is read.
struct Ahead {
    store: Store,
    budget: Budget,
    whole_budget: usize,
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

struct Waiting {
    line: u64,
    bytes: usize,
    stored: JoinHandle<(Signal, Remarks, Result<Counts, StoreError>)>,
}

impl Ahead {
    fn new(store: Store) -> Self {
        let whole_budget = Limits::default().in_flight_bytes;
        Self { store, budget: Budget::new(whole_budget), whole_budget, waiting: VecDeque::new(), bytes: 0 }
    }

    /// Decodes a document; the inner error says why it is none. Where memory is short, what is ahead of it is waited for.
    async fn decoded(
        &mut self,
        document: Document,
        imported: &mut Imported,
    ) -> Result<Result<Decoded, String>, ImportFailed> {
        let one_line = document.lines == 1;
        let text = match document.text {
            Ok(text) => text,
            Err(reason) => return Ok(Err(reason)),
        };
        let (share, whole_budget) = (self.budget.share(), self.whole_budget);
        let (text, outcome) = apart(move || {
            let outcome = decode(&text, share, whole_budget);
            (text, outcome)
        })
        .await;
        let outcome = match outcome {
            Err(refusal) if refusal.retry => {
                self.settle(imported, 0, 0).await?;
                let share = self.budget.share();
                apart(move || decode(&text, share, whole_budget)).await
            }
            outcome => outcome,
        };
        Ok(outcome.map_err(|refusal| placed(&refusal.message, one_line)))
    }

    fn store(&mut self, line: u64, bytes: usize, decoded: Decoded) {
        let store = self.store.clone();
        let Decoded { signal, batch, mut remarks, share } = decoded;
        let stored = tokio::spawn(async move {
            let counts = write(&store, batch, &mut remarks).await;
            drop(share);
            (signal, remarks, counts)
        });
        self.bytes += bytes;
        self.waiting.push_back(Waiting { line, bytes, stored });
    }

    /// Waits until no more than this much is ahead.
    async fn settle(&mut self, imported: &mut Imported, most: usize, most_bytes: usize) -> Result<(), ImportFailed> {
        while !self.waiting.is_empty() && (self.waiting.len() > most || self.bytes > most_bytes) {
            let Some(Waiting { line, bytes, stored }) = self.waiting.pop_front() else { break };
            self.bytes -= bytes;
            let (signal, remarks, counts) = match stored.await {
                Ok(stored) => stored,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            };
            match counts {
                Ok(counts) => {
                    let all = imported.of(signal);
                    all.stored += counts.stored;
                    all.repeated += counts.repeated;
                    all.refused += remarks.rejected;
                    if let Some(message) = remarks.message() {
                        imported.remark(line, false, message);
                    }
                }
                Err(error) => {
                    let before = Box::new(imported.clone());
                    return Err(ImportFailed::Store { line, error, before });
                }
            }
        }
        Ok(())
    }
}

async fn write(store: &Store, batch: Accepted, remarks: &mut Remarks) -> Result<Counts, StoreError> {
    let signals = |written: thalweg_store::SignalsWritten, remarks: &mut Remarks| {
        remarks.reject(format!("of series beyond {}", thalweg_store::METRIC_SERIES), written.refused);
        Counts { stored: written.added, repeated: written.repeated, refused: 0 }
    };
    Ok(match batch {
        Accepted::Spans(batch) if !batch.spans.is_empty() => {
            let written = store.write_spans(batch).await?;
            Counts { stored: written.added + written.changed, repeated: written.repeated, refused: 0 }
        }
        Accepted::Logs(batch) if !batch.records.is_empty() => signals(store.write_logs(batch).await?, remarks),
        Accepted::Points(batch) if !batch.points.is_empty() => signals(store.write_points(batch).await?, remarks),
        _ => Counts::default(),
    })
}

/// Which of the signals' lists an object has.
#[derive(Deserialize)]
struct Lists {
    #[serde(rename = "resourceSpans")]
    spans: Option<IgnoredAny>,
    #[serde(rename = "resourceLogs")]
    logs: Option<IgnoredAny>,
    #[serde(rename = "resourceMetrics")]
    metrics: Option<IgnoredAny>,
}

fn decode(text: &[u8], mut share: Share, whole_budget: usize) -> Result<Decoded, Refusal> {
    let signal = signal_of(text)?;
    let room = Room { share: &mut share, whole_budget };
    // The document's bytes are bounded, and with them its items.
    let (batch, remarks) = decode_up_to(usize::MAX, signal, text, Wire::Json, room)?;
    Ok(Decoded { signal, batch, remarks, share })
}

/// What a document holds, by the one list that it must have.
pub(crate) fn signal_of(text: &[u8]) -> Result<Signal, Refusal> {
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::malformed("it is no JSON object"));
    }
    let lists: Lists =
        serde_json::from_slice(text).map_err(|error| Refusal::malformed(format!("it is not JSON: {error}")))?;
    match (lists.spans, lists.logs, lists.metrics) {
        (Some(_), None, None) => Ok(Signal::Traces),
        (None, Some(_), None) => Ok(Signal::Logs),
        (None, None, Some(_)) => Ok(Signal::Metrics),
        (None, None, None) => {
            Err(Refusal::malformed("it has none of resourceSpans, resourceLogs and resourceMetrics, so it is no OTLP"))
        }
        _ => Err(Refusal::malformed("it has more than one of resourceSpans, resourceLogs and resourceMetrics")),
    }
}

/// A line of a document of one line says nothing.
fn placed(message: &str, one_line: bool) -> String {
    if one_line { message.replace(" at line 1 column ", " at column ") } else { message.to_owned() }
}
