//! The values of a key as they are asked.

use super::Asking;
use crate::block::values::{InRow, Values};
use crate::block::{Block, Header, Truth};
use crate::filter::Comparison;
use crate::{AttributeValue, Damage, ValueType};

/// A key's column, each distinct value asked once.
pub(super) struct KeyColumn<'a> {
    /// Which key.
    pub(super) at: usize,
    value_type: ValueType,
    values: KeyValues,
    comparison: Option<&'a Comparison>,
    ask: fn(Option<&Comparison>, AttributeValue<'_>) -> Truth,
    /// By entry, as far as they were asked.
    truths: Vec<Option<Truth>>,
}

enum KeyValues {
    /// What all of them come to: the header decides it.
    Decided(Truth),
    EachOnce(Values),
    InRow(InRow),
}

impl<'a> KeyColumn<'a> {
    pub(super) fn read(
        asking: &Asking<'_>,
        at: usize,
        comparison: Option<&'a Comparison>,
        ask: fn(Option<&Comparison>, AttributeValue<'_>) -> Truth,
        decided: Option<Truth>,
    ) -> Result<Self, Damage> {
        let value_type = asking.header.keys.get(at).map_or(ValueType::Other, |key| key.value_type);
        let values = match decided {
            Some(truth) => KeyValues::Decided(truth),
            None => asking.block.key_values(asking.header, at, asking.count)?,
        };
        let entries = if let KeyValues::EachOnce(values) = &values { values.entries() } else { 0 };
        Ok(Self { at, value_type, values, comparison, ask, truths: vec![None; entries] })
    }

    /// Rows are asked from the first on.
    pub(super) fn truth(&mut self, row: usize) -> Result<Truth, Damage> {
        let values = match &mut self.values {
            KeyValues::Decided(truth) => return Ok(*truth),
            KeyValues::InRow(values) => {
                return Ok((self.ask)(self.comparison, self.value_type.value(values.payload(row)?)?));
            }
            KeyValues::EachOnce(values) => values,
        };
        let entry = values.entry_of(row);
        let known = self.truths.get_mut(entry).ok_or(Damage("a value is missing"))?;
        if let Some(truth) = known {
            return Ok(*truth);
        }
        let truth = (self.ask)(self.comparison, self.value_type.value(values.payload(entry))?);
        Ok(*known.insert(truth))
    }
}

impl Block {
    /// The values of a key, in the form in which they are quickly asked.
    fn key_values(&self, header: &Header, at: usize, count: usize) -> Result<KeyValues, Damage> {
        let (raw, value_type, most) = self.raw_key(header, at, count)?;
        Ok(if InRow::fits(&raw, value_type) {
            KeyValues::InRow(InRow::read(raw, most)?)
        } else {
            KeyValues::EachOnce(Values::read(raw, value_type, most)?)
        })
    }
}
