//! What holds for any bytes that are read as packed spans: they are a block or damaged, and nothing else happens.

#![allow(dead_code, reason = "the targets read, the tests write too")]

use thalweg_spans::block::{Block, Column, Header, Packed, squeeze, unsqueeze};
use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::{Loose, batch_from_bytes, batch_to_bytes, pack};

/// A header and columns, each with its number and its length before it, as [`written`] writes them. The columns are not
/// compressed and have no sum: what they hold is probed, not whether damage of the disk is noticed.
pub(crate) fn reads(bytes: &[u8]) {
    batches(bytes);
    frames(bytes);
    let mut rest = bytes;
    let Some(header) = taken(&mut rest) else { return };
    let Ok(header) = Header::from_bytes(header) else { return };
    assert_eq!(Header::from_bytes(&header.to_bytes()).as_ref(), Ok(&header));
    let mut columns: Vec<(Column, Vec<u8>)> = Vec::new();
    while let (Some([a, b]), true) = (rest.first_chunk::<2>().copied(), columns.len() < 64) {
        rest = &rest[2..];
        let Some(column) = taken(&mut rest) else { break };
        columns.push((u16::from_le_bytes([a, b]), squeeze(column)));
    }
    let block = Block::new(columns);
    let traces = block.traces();
    block.summaries().ok();
    block.span_ids().ok();
    if let Ok(batch) = block.batch(&header) {
        assert_eq!(batch.spans.len(), header.spans as usize);
        assert!(traces.is_ok());
        assert!(batch.spans.iter().all(|s| s.resource < batch.resources.len() && s.scope < batch.scopes.len()));
    }
    for filter in FILTERS {
        let Ok(filter) = parse(filter).map_err(drop).and_then(|expr| Filter::new(&expr).map_err(drop)) else {
            panic!("{filter} is a filter")
        };
        if let Ok(found) = filter.ask(&header, &block) {
            assert_eq!(found.len(), header.spans as usize);
        }
        filter.may_hold_in(&header);
    }
}

/// Filters that ask every column.
const FILTERS: &[&str] = &[
    "service = shop and duration > 5ms",
    "status = error or kind = server",
    "name ~ order and http.response.status_code >= 500",
    "not exists a",
];

fn batches(bytes: &[u8]) {
    let Ok(batch) = batch_from_bytes(bytes) else { return };
    let mut out = Vec::new();
    batch_to_bytes(&batch, &mut out);
    // Written anew it may be shorter, as a number may have been written with more bytes than it needs.
    assert_eq!(batch_from_bytes(&out).as_ref(), Ok(&batch));
    let has_all = batch.spans.iter().all(|s| s.resource < batch.resources.len() && s.scope < batch.scopes.len());
    if !has_all {
        return;
    }
    let loose = batch.spans.iter().map(|span| Loose {
        span,
        resource: &batch.resources[span.resource],
        scope: &batch.scopes[span.scope],
    });
    if let Ok(packed) = pack(loose.collect()) {
        let Packed { header, columns } = packed;
        let block = Block::new(columns);
        let again = block.batch(&header).unwrap_or_else(|error| panic!("what was packed does not read: {error:?}"));
        assert_eq!(again.spans.len(), header.spans as usize);
    }
}

fn frames(bytes: &[u8]) {
    unsqueeze(bytes).ok();
    assert_eq!(unsqueeze(&squeeze(bytes)).as_deref(), Ok(bytes));
}

fn taken<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<2>()?;
    let (taken, behind) = behind.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    *rest = behind;
    Some(taken)
}

/// A block as [`reads`] takes it; none when a column is longer than there is room for its length.
pub(crate) fn written(packed: &Packed) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut put = |bytes: &[u8], number: Option<Column>| {
        let length = u16::try_from(bytes.len()).ok()?;
        out.extend(number.iter().flat_map(|number| number.to_le_bytes()));
        out.extend(length.to_le_bytes());
        out.extend(bytes);
        Some(())
    };
    put(&packed.header.to_bytes(), None)?;
    for (number, column) in &packed.columns {
        put(&unsqueeze(column).ok()?, Some(*number))?;
    }
    Some(out)
}
