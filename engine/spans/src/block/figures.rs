//! What surveys read of every span of a block: whose it is, when it was, how it ended.

use std::ops::Range;

use super::read::Numbered;
use super::values::Values;
use super::{Block, Column, DURATIONS, Header, KEYS, KINDS, Key, NAMES, RESOURCES, SHAPES, STARTS, TRACES};
use crate::{Damage, Resource, ValueType};

/// The columns that operations are counted from.
pub const OF_FIGURES: [Column; 6] = [TRACES, STARTS, DURATIONS, NAMES, KINDS, RESOURCES];

/// The columns that attributes are counted from: those of the keys that [`are_counted`] too.
pub fn of_attributes(header: &Header, most: usize) -> Vec<Column> {
    let counted = (KEYS..).zip(&header.keys).filter(|(_, key)| are_counted(key, most)).map(|(column, _)| column);
    [TRACES, NAMES, KINDS, RESOURCES, SHAPES].into_iter().chain(counted).collect()
}

/// Whether values of a key are counted one by one: numbers, and what has no more than `most` of them.
pub(crate) fn are_counted(key: &Key, most: usize) -> bool {
    match key.value_type {
        ValueType::Int | ValueType::Double => true,
        ValueType::Text | ValueType::Bool => key.distinct as usize <= most,
        ValueType::Empty | ValueType::Other => false,
    }
}

/// A number for each row, of a list of what is there.
pub(crate) struct Rows {
    /// The traces with their rows.
    pub(crate) traces: Vec<([u8; 16], Range<usize>)>,
    /// Senders.
    pub(crate) resources: Numbered<Resource>,
    /// Names.
    pub(crate) names: Values,
    /// Kind, status, and whether the rest is plain.
    pub(crate) kinds: Numbered<(u8, u8, bool)>,
}

impl Rows {
    pub(crate) fn read(header: &Header, block: &Block) -> Result<Self, Damage> {
        let (mut first, mut traces) = (0, Vec::new());
        for (trace_id, spans) in block.traces()? {
            traces.push((trace_id, first..first + spans));
            first += spans;
        }
        if first != header.spans as usize {
            return Err(Damage("the block has not the spans its header promises"));
        }
        Ok(Self { traces, resources: block.resources(first)?, names: block.names(first)?, kinds: block.kinds(first)? })
    }

    pub(crate) fn name(&self, entry: usize) -> String {
        String::from_utf8_lossy(self.names.payload(entry)).into_owned()
    }

    pub(crate) fn resource(&self, row: usize) -> Option<(usize, &Resource)> {
        let at = *self.resources.1.get(row)? as usize;
        Some((at, self.resources.0.get(at)?))
    }

    /// Kind and status.
    pub(crate) fn kind(&self, row: usize) -> (u8, u8) {
        let of = self.kinds.1.get(row).and_then(|at| self.kinds.0.get(*at as usize));
        of.map_or((0, 0), |(kind, status, _)| (*kind, *status))
    }
}

impl Block {
    /// Start and end of every span. The columns [`OF_FIGURES`] must be there.
    pub(crate) fn times_of_all(&self) -> Result<Vec<(u64, u64)>, Damage> {
        self.all_times(&self.traces()?)
    }

    /// For each list of keys, which of the header's keys it names; and which list each row has. List 0 is of those whose
    /// attributes are in no column.
    pub(crate) fn lists_of_keys(&self, header: &Header) -> Result<Numbered<Vec<usize>>, Damage> {
        let (lists, of) = self.shapes(header.spans as usize)?;
        if lists.iter().flatten().any(|key| *key >= header.keys.len()) {
            return Err(Damage("a key is missing"));
        }
        Ok((lists, of))
    }

    /// The values of a key, with their type.
    pub(crate) fn values_of(&self, header: &Header, at: usize) -> Result<(ValueType, Values), Damage> {
        let value_type = header.keys.get(at).map_or(ValueType::Other, |key| key.value_type);
        Ok((value_type, self.key(header, at, header.spans as usize)?))
    }
}
