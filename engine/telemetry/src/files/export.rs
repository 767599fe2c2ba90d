//! Traces out of the store, a line each, as the Collector's file exporter writes them.

use std::io::{self, Write};

use prost::Message;
use thalweg_spans::filter::Filter;
use thalweg_store::Store;

use super::packing::{Packed, Writer};
use crate::ids::TraceId;
use crate::otlp::trace::TracesData;
use crate::otlp::{json_out, rows};
use crate::query::{QueryError, damaged, list_traces};
use crate::search::{Order, search};

/// Bytes of a line's spans as protobuf; as JSON they are a few times as many, and a line must not be longer than what is read.
/// A larger trace has several lines.
const LINE_BYTES: usize = 4 << 20;
/// Traces that are named at once.
const PAGE: u32 = 200;

/// Where lines go.
pub struct TraceFile<W: Write>(Writer<W>);

impl<W: Write> TraceFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, packed: Packed) -> io::Result<Self> {
        Writer::new(out, packed).map(Self)
    }

    /// Ends the file, and gives back what it was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }

    fn line(&mut self, data: &TracesData) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, &json_out::traces_data(data))?;
        self.0.write_all(b"\n")
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Traces.
    pub traces: u64,
    /// Their spans.
    pub spans: u64,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The data file could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The file could not be written.
    #[error("the file could not be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes traces of a store.
#[derive(Debug)]
pub struct Exporter<'a, W: Write> {
    store: &'a Store,
    out: &'a mut TraceFile<W>,
    /// What was written so far.
    pub exported: Exported,
}

impl<W: Write> std::fmt::Debug for TraceFile<W> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("TraceFile")
    }
}

impl<'a, W: Write> Exporter<'a, W> {
    /// Writes from here to there.
    pub fn new(store: &'a Store, out: &'a mut TraceFile<W>) -> Self {
        Self { store, out, exported: Exported::default() }
    }

    /// All traces, or all that a filter finds, newest first; whole traces, whichever of their spans it finds.
    ///
    /// # Errors
    /// When the data file cannot be read, or the file not written.
    pub async fn all(&mut self, filter: Option<&Filter>) -> Result<(), ExportError> {
        if let Some(filter) = filter {
            return self.found(filter).await;
        }
        let mut after = None;
        loop {
            let page = list_traces(self.store, PAGE, after).await?;
            for trace in page.traces {
                self.one(trace.trace_id).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn found(&mut self, filter: &Filter) -> Result<(), ExportError> {
        let mut after = None;
        loop {
            let page = search(self.store, filter, Order::Newest, PAGE, after).await?;
            for found in page.traces {
                self.one(found.summary.trace_id).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// One trace; gives whether there is one.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn one(&mut self, id: TraceId) -> Result<bool, ExportError> {
        let Some(stored) = self.store.trace(id.0).await.map_err(QueryError::from)? else { return Ok(false) };
        self.exported.traces += 1;
        self.exported.spans += stored.spans.len() as u64;
        let data = rows::otlp_from_stored(stored).map_err(|error| damaged(self.store, id, &error))?;
        for line in lines(data) {
            self.out.line(&line)?;
        }
        Ok(true)
    }
}

/// A trace in pieces of at most [`LINE_BYTES`], each with its resources and scopes.
pub(super) fn lines(data: TracesData) -> Vec<TracesData> {
    let (mut lines, mut line, mut bytes) = (Vec::new(), TracesData::default(), 0);
    for mut resource in data.resource_spans {
        // Whether the line has this resource already, and this scope in it.
        let mut resource_is_open = false;
        for mut scope in std::mem::take(&mut resource.scope_spans) {
            let mut scope_is_open = false;
            for span in std::mem::take(&mut scope.spans) {
                let weight = span.encoded_len();
                if bytes > 0 && bytes + weight > LINE_BYTES {
                    lines.push(std::mem::take(&mut line));
                    (bytes, resource_is_open, scope_is_open) = (0, false, false);
                }
                bytes += weight;
                if !resource_is_open {
                    line.resource_spans.push(resource.clone());
                    resource_is_open = true;
                }
                let Some(home) = line.resource_spans.last_mut() else { continue };
                if !scope_is_open {
                    home.scope_spans.push(scope.clone());
                    scope_is_open = true;
                }
                if let Some(home) = home.scope_spans.last_mut() {
                    home.spans.push(span);
                }
            }
        }
    }
    if !line.resource_spans.is_empty() {
        lines.push(line);
    }
    lines
}
