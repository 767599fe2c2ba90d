//! A partition: an append-only log whose newest events are also in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thalweg_store::{EventFile, EventLogRow};

use super::codec::{Record, decode_batch};
use crate::error::BusError;

/// Bytes of the newest events that all partitions keep in memory together.
const RECENT_BYTES: usize = 32 << 20;
/// At least so much for each, however many there are.
const LEAST_RECENT: usize = 64 << 10;
/// How much is read of a file at once, unless one batch is more.
const READ_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Log {
    pub(super) id: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    row: EventLogRow,
    recent: VecDeque<Recent>,
    recent_bytes: usize,
}

/// What one commit brought.
#[derive(Debug, Clone)]
pub(super) struct Recent {
    pub(super) first: u64,
    pub(super) next: u64,
    pub(super) bytes: usize,
    pub(super) records: Arc<Vec<Record>>,
}

impl Log {
    pub(super) fn new(row: EventLogRow) -> Self {
        Self { id: row.id, state: Mutex::new(State { row, recent: VecDeque::new(), recent_bytes: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of it, as it was committed last.
    pub(super) fn row(&self) -> EventLogRow {
        self.state().row.clone()
    }

    /// The offset that comes next.
    pub(super) fn next(&self) -> u64 {
        self.state().row.next
    }

    /// What was committed takes effect. `logs` is how many share the memory for recent events.
    pub(super) fn advance(&self, row: EventLogRow, recent: Option<Recent>, logs: usize) {
        let mut state = self.state();
        let first = row.first;
        state.row = row;
        if let Some(recent) = recent {
            state.recent_bytes += recent.bytes;
            state.recent.push_back(recent);
        }
        let most = (RECENT_BYTES / logs.max(1)).max(LEAST_RECENT);
        while let Some(oldest) = state.recent.front()
            && (state.recent_bytes > most || oldest.next <= first)
        {
            state.recent_bytes -= oldest.bytes;
            state.recent.pop_front();
        }
    }

    /// The file was changed otherwise than by appending: nothing in memory counts.
    pub(super) fn reset(&self, row: EventLogRow) {
        let mut state = self.state();
        *state = State { row, recent: VecDeque::new(), recent_bytes: 0 };
    }

    /// Events from `from` on, up to an offset, which is told: those in between that are not given are gone.
    pub(super) async fn read(&self, file: &EventFile, from: u64) -> Result<(Vec<Record>, u64), BusError> {
        let end = {
            let state = self.state();
            if from >= state.row.next {
                return Ok((Vec::new(), from));
            }
            // The batches in memory are the last ones, without a gap between.
            if state.recent.front().is_some_and(|oldest| oldest.first <= from) {
                let at = state.recent.partition_point(|batch| batch.next <= from);
                if let Some(batch) = state.recent.get(at) {
                    let records = batch.records.iter().filter(|record| record.offset >= from).cloned().collect();
                    return Ok((records, batch.next));
                }
            }
            state.row.next
        };
        let batches = file.batches(self.id, from, READ_BYTES).await?;
        let (mut records, mut upto) = (Vec::new(), from);
        for batch in batches {
            upto = batch.next;
            let (log, first) = (batch.log, batch.first);
            let read = decode_batch(batch.data).map_err(|error| damaged(file, log, first, &error))?;
            records.extend(read.into_iter().filter(|record| record.offset >= from));
        }
        // What was committed after the look is read next time; where nothing is left up to there, nothing is.
        Ok(if upto == from { (records, end) } else { (records, upto) })
    }

    /// One event, if it is still there.
    pub(super) async fn record(&self, file: &EventFile, offset: u64) -> Result<Option<Record>, BusError> {
        let (records, _) = self.read(file, offset).await?;
        Ok(records.into_iter().next().filter(|record| record.offset == offset))
    }

    /// When the first event at `offset` or later was stored.
    pub(super) async fn stored_ms(&self, file: &EventFile, offset: u64) -> Result<Option<u64>, BusError> {
        {
            let state = self.state();
            let at = state.recent.partition_point(|batch| batch.next <= offset);
            let is_here = state.recent.front().is_some_and(|oldest| oldest.first <= offset);
            if let Some(batch) = state.recent.get(at).filter(|_| is_here) {
                return Ok(batch.records.iter().find(|record| record.offset >= offset).map(|record| record.stored_ms));
            }
        }
        let Some(batch) = file.batches(self.id, offset, 1).await?.into_iter().next() else { return Ok(None) };
        let (log, first) = (batch.log, batch.first);
        let records = decode_batch(batch.data).map_err(|error| damaged(file, log, first, &error))?;
        Ok(records.iter().find(|record| record.offset >= offset).map(|record| record.stored_ms))
    }

    /// The first offset of those stored at `time_ms` or later.
    pub(super) async fn offset_at(&self, file: &EventFile, time_ms: u64) -> Result<u64, BusError> {
        let row = self.row();
        let (mut low, mut high) = (row.first, row.next);
        // Times do not fall within a log: halves of it, until one batch is left.
        while low < high {
            let middle = low + (high - low) / 2;
            let (records, upto) = self.read(file, middle).await?;
            match records.first() {
                Some(record) if record.stored_ms < time_ms => {
                    let later = records.iter().find(|record| record.stored_ms >= time_ms);
                    if let Some(record) = later {
                        return Ok(record.offset);
                    }
                    low = upto;
                }
                _ => high = middle,
            }
        }
        Ok(low)
    }
}

fn damaged(file: &EventFile, log: u32, first: u64, error: &prost::DecodeError) -> BusError {
    BusError::Store(thalweg_store::StoreError::Damaged {
        path: file.path().to_owned(),
        detail: format!("the events of log {log} from offset {first} cannot be read: {error}"),
    })
}
