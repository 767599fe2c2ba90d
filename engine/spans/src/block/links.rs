//! The column of links: which spans link to others, and to which.
//!
//! Links lie in what is opaque of a span. Whoever packs may say how they are read; then a header tells which traces are linked to, and a
//! column where. Without, and in blocks of the first form, they are read from what is opaque.

use super::bloom::trace_hash;
use super::values::Values;
use super::{Block, Header, LINKS, REST};
use crate::bytes::{Reader, put_varint};
use crate::{Damage, ValueType};

/// The trace and span that a span links to.
pub type Link = ([u8; 16], [u8; 8]);

/// How links are read from what is opaque of a span.
pub type LinksOf = fn(&[u8]) -> Vec<Link>;

/// A span of a block, and one that it links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkOf {
    /// The trace of the span that links.
    pub trace_id: [u8; 16],
    /// The span that links.
    pub span_id: [u8; 8],
    /// What it links to.
    pub to: Link,
}

/// Writes links, each with the row of its span, rows ascending.
pub(super) fn put_links(out: &mut Vec<u8>, links: &[(u32, Link)]) {
    put_varint(out, links.len() as u64);
    let mut before = 0;
    for (row, _) in links {
        put_varint(out, u64::from(row - before));
        before = *row;
    }
    for (_, (trace_id, span_id)) in links {
        out.extend_from_slice(trace_id);
        out.extend_from_slice(span_id);
    }
}

impl Header {
    /// Whether a span here may link to one of these traces. Now and then wrongly yes; nothing when it is not known.
    pub fn may_link_to<'a>(&self, trace_ids: impl IntoIterator<Item = &'a [u8; 16]>) -> Option<bool> {
        let linked = self.linked.as_ref()?;
        Some(trace_ids.into_iter().any(|trace_id| linked.may_have(trace_hash(trace_id))))
    }
}

impl Block {
    /// All links of a block whose header knows of them. The columns [`super::OF_LINKS`] must be there, as far as the block has them.
    pub fn links(&self) -> Result<Vec<LinkOf>, Damage> {
        if !self.has(LINKS) {
            return Ok(Vec::new());
        }
        let spans = self.identified()?;
        let raw = self.column(LINKS)?;
        let mut reader = Reader::new(&raw);
        let count = reader.count()?;
        let (mut row, mut rows) = (0_u64, Vec::with_capacity(count));
        for _ in 0..count {
            row = row.saturating_add(reader.varint()?);
            rows.push(usize::try_from(row).unwrap_or(usize::MAX));
        }
        let mut links = Vec::with_capacity(count);
        for row in rows {
            let to = (reader.array()?, reader.array()?);
            let (trace_id, span_id) = *spans.get(row).ok_or(Damage("a span that links is missing"))?;
            links.push(LinkOf { trace_id, span_id, to });
        }
        reader.end()?;
        Ok(links)
    }

    /// All links of any block, read from what is opaque. The columns [`super::OF_LINKS_IN_REST`] must be there.
    pub fn links_in_rest(&self, links_of: LinksOf) -> Result<Vec<LinkOf>, Damage> {
        let spans = self.identified()?;
        let (kinds, kind_of) = self.kinds(spans.len())?;
        let rest = Values::read(self.column(REST)?, ValueType::Other, spans.len())?;
        if rest.rows() != spans.len() {
            return Err(Damage("a column has not the rows of its block"));
        }
        let mut links = Vec::new();
        for (row, (trace_id, span_id)) in spans.into_iter().enumerate() {
            let (.., is_plain) = kinds[kind_of[row] as usize];
            if !is_plain {
                let found = links_of(rest.payload(rest.entry_of(row)));
                links.extend(found.into_iter().map(|to| LinkOf { trace_id, span_id, to }));
            }
        }
        Ok(links)
    }

    /// Trace and id of every span.
    fn identified(&self) -> Result<Vec<Link>, Damage> {
        let (traces, ids) = (self.traces()?, self.span_ids()?);
        if traces.iter().map(|(_, spans)| spans).sum::<usize>() != ids.len() {
            return Err(Damage("a column has not the rows of its block"));
        }
        let of_rows = traces.into_iter().flat_map(|(trace_id, spans)| std::iter::repeat_n(trace_id, spans));
        Ok(of_rows.zip(ids).collect())
    }
}
