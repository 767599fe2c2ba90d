//! In which attributes two sets of traces differ: how many of each have a value, and whether that may be chance.
//!
//! A trace has a value when one of its spans has it, or its sender. Numbers with many values are counted in bins of the series
//! 1, 2, 5. Values that name a single thing (ids) are left out; so are lists, and attributes that a block has in no column.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use super::chance::{at_least, discoveries};
use super::piece::Piece;
use crate::block::figures::{Rows, are_counted};
use crate::block::{Key, Truth, Values, mark};
use crate::filter::{Expr, Field, Op, Scope, Value, kind, status, written};
use crate::{AttributeValue, Block, Damage, Header, Loose, Resource, ValueType};

/// Values of a key that are told apart: a key with more names things one by one.
pub const VALUES_PER_KEY: usize = 1_000;
/// Different numbers up to which each is counted by itself.
const NUMBERS: usize = 12;
/// Keys at most.
const KEYS: usize = 5_000;
/// Traces that must have a value for it to be told.
const LEAST: u32 = 2;
/// The share of false discoveries up to which a difference is told.
const BELIEVED: f64 = 0.05;

/// Which of the two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// The one that is asked about.
    These,
    /// What it is compared with.
    Others,
}

/// The traces of both sets; and of each whether it may be in several blocks, so that what it has must not count twice.
pub type Sets = HashMap<[u8; 16], (Set, bool)>;

/// Of what a value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// The service.
    Service,
    /// The span's name.
    Name,
    /// How it ended.
    Status,
    /// Its part in a conversation.
    Kind,
    /// An attribute of spans.
    Attribute(String),
    /// An attribute of their senders.
    Resource(String),
}

impl Of {
    /// The field of a filter that asks for it.
    pub fn field(&self) -> Field {
        match self {
            Of::Service => Field::Service,
            Of::Name => Field::Name,
            Of::Status => Field::Status,
            Of::Kind => Field::Kind,
            Of::Attribute(key) => Field::Attribute(Scope::Any, key.clone()),
            Of::Resource(key) => Field::Attribute(Scope::Resource, key.clone()),
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum What {
    Text(String),
    Bool(bool),
    Integer(i64),
    /// The bits of a number.
    Number(u64),
    /// Numbers from an edge of the series on to the next.
    Bin(i16),
}

/// What is shown of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// A text.
    Text(String),
    /// Truth.
    Bool(bool),
    /// A number.
    Number(f64),
    /// From the first on, below the second.
    Between(f64, f64),
}

/// A value that is over-represented.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Of what.
    pub of: Of,
    /// The value.
    pub value: Shown,
    /// How many of these traces have it.
    pub these: u32,
    /// How many of the others.
    pub others: u32,
    /// The probability of as many by chance (Fisher's exact test, one-sided).
    pub chance: f64,
    /// The share of false discoveries among all that are at least as improbable (Benjamini and Hochberg).
    pub false_discoveries: f64,
}

impl Difference {
    /// The field of a filter that asks for it.
    pub fn field(&self) -> Field {
        self.of.field()
    }

    /// The condition of a filter that asks for it.
    pub fn condition(&self) -> Expr {
        let field = self.field();
        let compare = |op, value| Expr::Compare(field.clone(), op, value);
        match &self.value {
            Shown::Text(text) => compare(Op::Equal, Value::Text(text.clone())),
            Shown::Bool(truth) => compare(Op::Equal, Value::Bool(*truth)),
            Shown::Number(number) => compare(Op::Equal, Value::Number(*number)),
            Shown::Between(from, below) => {
                Expr::all([compare(Op::GreaterOrEqual, Value::Number(*from)), compare(Op::Less, Value::Number(*below))])
            }
        }
    }
}

impl fmt::Display for Difference {
    /// For people: `card.region = eu-2`, `attempt >= 5, < 10`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field();
        match &self.value {
            Shown::Text(text) => write!(out, "{field} = {}", written(&field, text)),
            Shown::Bool(truth) => write!(out, "{field} = {truth}"),
            Shown::Number(number) => write!(out, "{field} = {number}"),
            Shown::Between(from, below) => write!(out, "{field} >= {from}, < {below}"),
        }
    }
}

/// Values counted over two sets, as far as parts were taken in.
#[derive(Debug, Default)]
pub struct Contrast {
    keys: BTreeMap<Of, Counts>,
    /// What traces in several parts were seen to have.
    seen: HashSet<u64>,
    /// How many traces were looked at.
    traces: [u32; 2],
}

#[derive(Debug, Default)]
struct Counts {
    values: HashMap<What, [u32; 2]>,
    bins: HashMap<What, [u32; 2]>,
    too_many: bool,
    /// Numbers that a block has too many of to count each.
    only_bins: bool,
}

/// What one block, or what is in none, has to say.
#[derive(Debug, Default)]
pub struct ContrastPart {
    counts: Vec<(Of, What, [u32; 2])>,
    /// Of traces that may be in other parts too.
    split: Vec<([u8; 16], Set, Of, What)>,
    too_many: Vec<Of>,
    only_bins: Vec<Of>,
    /// Traces that are here alone, and those that may be in other parts too.
    traces: [u32; 2],
    split_traces: Vec<([u8; 16], Set)>,
}

impl ContrastPart {
    /// Of the traces of a block, which needs the columns [`crate::block::of_attributes`].
    pub fn of_block(header: &Header, block: &Block, sets: &Sets) -> Result<Self, Damage> {
        let rows = Rows::read(header, block)?;
        if !rows.traces.iter().any(|(trace_id, _)| sets.contains_key(trace_id)) {
            return Ok(Self::default());
        }
        let mut counting = Counting::default();
        let senders: Vec<Vec<usize>> = rows.resources.0.iter().map(|sender| counting.sender(sender)).collect();
        let names = counting.names(&rows);
        let (lists, list_of) = block.lists_of_keys(header)?;
        let mut keys = Vec::with_capacity(header.keys.len());
        for (at, key) in header.keys.iter().enumerate() {
            keys.push(counting.key(header, block, at, key)?);
        }
        for (trace_id, of_trace) in &rows.traces {
            let set = sets.get(trace_id).copied();
            counting.begin(*trace_id, set);
            for row in of_trace.clone() {
                if set.is_some() {
                    let sender = rows.resource(row).map(|(at, _)| at).and_then(|at| senders.get(at));
                    sender.into_iter().flatten().for_each(|slot| counting.count(*slot));
                    if let Some(slot) = names.get(rows.names.entry_of(row)) {
                        counting.count(*slot);
                    }
                    counting.ends(rows.kind(row));
                }
                let list = list_of.get(row).and_then(|list| lists.get(*list as usize));
                for at in list.into_iter().flatten() {
                    let Some((values, slots, next)) = &mut keys[*at] else { continue };
                    if set.is_some()
                        && let Some(pair) = slots.get(values.entry_of(*next))
                    {
                        pair.iter().flatten().for_each(|slot| counting.count(*slot));
                    }
                    *next += 1;
                }
            }
        }
        Ok(counting.part())
    }

    /// One span that is in no block.
    pub fn add(&mut self, Loose { span, resource, .. }: Loose<'_>, sets: &Sets) {
        let Some((set, _)) = sets.get(&span.trace_id) else { return };
        self.split_traces.push((span.trace_id, *set));
        let mut take = |of: Of, what: Option<What>| {
            self.split.extend(what.map(|what| (span.trace_id, *set, of, what)));
        };
        take(Of::Service, Some(What::Text(resource.service.clone())));
        take(Of::Name, Some(What::Text(span.name.clone())));
        take(Of::Status, Some(What::Text(status(span.status).into())));
        take(Of::Kind, Some(What::Text(kind(span.kind).into())));
        for (key, value) in span.attributes.iter() {
            take(Of::Attribute(key.to_owned()), what(value));
            take(Of::Attribute(key.to_owned()), bin(value));
        }
        for (key, value) in resource.attributes.iter().filter(|(key, _)| *key != "service.name") {
            take(Of::Resource(key.to_owned()), what(value));
            take(Of::Resource(key.to_owned()), bin(value));
        }
    }
}

/// A block that is counted.
#[derive(Default)]
struct Counting {
    slots: Vec<Slot>,
    places: HashMap<(Of, What), usize>,
    too_many: Vec<Of>,
    /// By kind and status.
    endings: HashMap<(u8, u8), [usize; 2]>,
    /// The number of the trace that is counted, from 1 on.
    trace: u32,
    trace_id: [u8; 16],
    set: Option<(Set, bool)>,
    split: Vec<([u8; 16], Set, usize)>,
    only_bins: Vec<Of>,
    traces: [u32; 2],
    split_traces: Vec<([u8; 16], Set)>,
}

/// A key's values with the slots of each, and the row that comes next.
type KeySlots = (Values, Vec<[Option<usize>; 2]>, usize);

/// One value.
struct Slot {
    /// The last trace that had it.
    last: u32,
    counts: [u32; 2],
}

impl Counting {
    fn slot(&mut self, of: &Of, what: What) -> usize {
        match self.places.entry((of.clone(), what)) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                self.slots.push(Slot { last: 0, counts: [0, 0] });
                *place.insert(self.slots.len() - 1)
            }
        }
    }

    /// The slots of a value: its own, and that of its bin.
    fn value(&mut self, of: &Of, value: AttributeValue<'_>) -> [Option<usize>; 2] {
        [what(value), bin(value)].map(|what| what.map(|what| self.slot(of, what)))
    }

    /// The values of a key, unless none is counted.
    fn key(&mut self, header: &Header, block: &Block, at: usize, key: &Key) -> Result<Option<KeySlots>, Damage> {
        let of = Of::Attribute(key.name.clone());
        if !are_counted(key, VALUES_PER_KEY) {
            if matches!(key.value_type, ValueType::Text | ValueType::Bool) {
                self.too_many.push(of);
            }
            return Ok(None);
        }
        let (value_type, values) = block.values_of(header, at)?;
        let mut slots = Vec::with_capacity(values.entries());
        if key.distinct as usize <= VALUES_PER_KEY {
            for entry in 0..values.entries() {
                slots.push(self.value(&of, value_type.value(values.payload(entry))?));
            }
        } else {
            let mut bins: HashMap<i16, usize> = HashMap::new();
            for entry in 0..values.entries() {
                let bin = bin_of(value_type.value(values.payload(entry))?);
                let slot = bin.map(|bin| *bins.entry(bin).or_insert_with(|| self.slot(&of, What::Bin(bin))));
                slots.push([None, slot]);
            }
            self.only_bins.push(of);
        }
        Ok(Some((values, slots, 0)))
    }

    fn sender(&mut self, sender: &Resource) -> Vec<usize> {
        let mut slots = vec![self.slot(&Of::Service, What::Text(sender.service.clone()))];
        for (key, value) in sender.attributes.iter().filter(|(key, _)| *key != "service.name") {
            slots.extend(self.value(&Of::Resource(key.to_owned()), value).into_iter().flatten());
        }
        slots
    }

    fn names(&mut self, rows: &Rows) -> Vec<usize> {
        if rows.names.entries() > VALUES_PER_KEY {
            self.too_many.push(Of::Name);
            return Vec::new();
        }
        (0..rows.names.entries()).map(|entry| self.slot(&Of::Name, What::Text(rows.name(entry)))).collect()
    }

    fn begin(&mut self, trace_id: [u8; 16], set: Option<(Set, bool)>) {
        self.trace += 1;
        (self.trace_id, self.set) = (trace_id, set);
        match set {
            Some((set, false)) => self.traces[set as usize] += 1,
            Some((set, true)) => self.split_traces.push((trace_id, set)),
            None => {}
        }
    }

    fn count(&mut self, slot: usize) {
        let (Some((set, is_split)), Some(counted)) = (self.set, self.slots.get_mut(slot)) else { return };
        if counted.last == self.trace {
            return;
        }
        counted.last = self.trace;
        if is_split {
            self.split.push((self.trace_id, set, slot));
        } else {
            counted.counts[set as usize] += 1;
        }
    }

    fn ends(&mut self, (of_kind, of_status): (u8, u8)) {
        let slots = if let Some(slots) = self.endings.get(&(of_kind, of_status)) {
            *slots
        } else {
            let status = self.slot(&Of::Status, What::Text(status(of_status).into()));
            let kind = self.slot(&Of::Kind, What::Text(kind(of_kind).into()));
            self.endings.insert((of_kind, of_status), [status, kind]);
            [status, kind]
        };
        for slot in slots {
            self.count(slot);
        }
    }

    fn part(self) -> ContrastPart {
        let mut named: Vec<Option<(Of, What)>> = vec![None; self.slots.len()];
        #[expect(clippy::iter_over_hash_type, reason = "each has its place")]
        for (name, place) in self.places {
            named[place] = Some(name);
        }
        let split = self.split.into_iter().filter_map(|(trace_id, set, slot)| {
            let (of, what) = named.get(slot)?.clone()?;
            Some((trace_id, set, of, what))
        });
        let split = split.collect();
        let counts = named.into_iter().zip(&self.slots).filter(|(_, slot)| slot.counts != [0, 0]);
        let counts = counts.filter_map(|(name, slot)| name.map(|(of, what)| (of, what, slot.counts))).collect();
        let Self { too_many, only_bins, traces, split_traces, .. } = self;
        ContrastPart { counts, split, too_many, only_bins, traces, split_traces }
    }
}

impl Contrast {
    /// Takes in what a part says. Those of all parts make the whole, in whatever order.
    pub fn take(&mut self, part: ContrastPart) {
        for of in part.too_many {
            if let Some(counts) = self.counts(of) {
                counts.too_many = true;
            }
        }
        for of in part.only_bins {
            if let Some(counts) = self.counts(of) {
                counts.only_bins = true;
            }
        }
        for (traces, more) in self.traces.iter_mut().zip(part.traces) {
            *traces += more;
        }
        for (trace_id, set) in part.split_traces {
            let mut hasher = DefaultHasher::new();
            trace_id.hash(&mut hasher);
            self.traces[set as usize] += u32::from(self.seen.insert(hasher.finish()));
        }
        for (of, what, counts) in part.counts {
            self.put(of, what, counts);
        }
        for (trace_id, set, of, what) in part.split {
            let mut hasher = DefaultHasher::new();
            (trace_id, &of, &what).hash(&mut hasher);
            if self.seen.insert(hasher.finish()) {
                self.put(of, what, if set == Set::These { [1, 0] } else { [0, 1] });
            }
        }
    }

    /// How many traces of both sets were looked at so far.
    pub fn traces(&self) -> [u32; 2] {
        self.traces
    }

    fn counts(&mut self, of: Of) -> Option<&mut Counts> {
        if self.keys.len() >= KEYS && !self.keys.contains_key(&of) {
            return None;
        }
        Some(self.keys.entry(of).or_default())
    }

    fn put(&mut self, of: Of, what: What, [these, others]: [u32; 2]) {
        let Some(counts) = self.counts(of) else { return };
        let list = if matches!(what, What::Bin(_)) { &mut counts.bins } else { &mut counts.values };
        if list.len() >= VALUES_PER_KEY && !list.contains_key(&what) {
            counts.too_many = true;
            return;
        }
        let known = list.entry(what).or_default();
        known[0] += these;
        known[1] += others;
    }

    /// The values that more of these traces have than of the others, and not by chance: those whose shares differ most first. How
    /// many traces the sets have is told by `of`. With it come the keys that have too many values.
    pub fn differences(&self, of: [u32; 2]) -> (Vec<Difference>, Vec<Of>) {
        let (mut found, mut too_many) = (Vec::new(), Vec::new());
        for (key, counts) in &self.keys {
            let are_numbers = !counts.bins.is_empty();
            let have_many = counts.too_many || counts.only_bins || counts.values.len() > NUMBERS;
            let list = if are_numbers && have_many {
                &counts.bins
            } else if counts.too_many {
                too_many.push(key.clone());
                continue;
            } else {
                &counts.values
            };
            let mut list: Vec<(&What, &[u32; 2])> = list.iter().filter(|(_, [a, b])| a + b >= LEAST).collect();
            list.sort();
            for (what, [these, others]) in list {
                let (these, others) = ((*these).min(of[0]), (*others).min(of[1]));
                let chance = at_least(these, of[0], others, of[1]);
                found.push(Difference {
                    of: key.clone(),
                    value: what.shown(),
                    these,
                    others,
                    chance,
                    false_discoveries: 1.0,
                });
            }
        }
        let chances: Vec<f64> = found.iter().map(|difference| difference.chance).collect();
        for (difference, share) in found.iter_mut().zip(discoveries(&chances)) {
            difference.false_discoveries = share;
        }
        let share = |count: u32, of: u32| f64::from(count) / f64::from(of.max(1));
        let gap = |d: &Difference| share(d.these, of[0]) - share(d.others, of[1]);
        found.retain(|difference| difference.false_discoveries <= BELIEVED && gap(difference) > 0.0);
        found.sort_by(|a, b| gap(b).total_cmp(&gap(a)).then_with(|| a.chance.total_cmp(&b.chance)));
        (found, too_many)
    }
}

impl What {
    fn shown(&self) -> Shown {
        match self {
            What::Text(text) => Shown::Text(text.clone()),
            What::Bool(truth) => Shown::Bool(*truth),
            What::Integer(number) => Shown::Number(*number as f64),
            What::Number(bits) => Shown::Number(f64::from_bits(*bits)),
            What::Bin(0) => Shown::Number(0.0),
            What::Bin(bin) if *bin > 0 => Shown::Between(edge(*bin), edge(bin + 1)),
            What::Bin(bin) => Shown::Between(-edge(1 - bin), -edge(-bin)),
        }
    }
}

fn what(value: AttributeValue<'_>) -> Option<What> {
    Some(match value {
        AttributeValue::Text(text) => What::Text(text.to_owned()),
        AttributeValue::Bool(truth) => What::Bool(truth),
        AttributeValue::Int(number) => What::Integer(number),
        AttributeValue::Double(number) if number.is_finite() => What::Number(number.to_bits()),
        AttributeValue::Double(_) | AttributeValue::Empty | AttributeValue::Other(_) => return None,
    })
}

fn bin(value: AttributeValue<'_>) -> Option<What> {
    bin_of(value).map(What::Bin)
}

fn bin_of(value: AttributeValue<'_>) -> Option<i16> {
    let number = match value {
        AttributeValue::Int(number) => number as f64,
        AttributeValue::Double(number) if number.is_finite() => number,
        _ => return None,
    };
    if number == 0.0 {
        return Some(0);
    }
    let size = number.abs();
    let near = size.log10().floor().clamp(-300.0, 300.0) as i16 * 3 + MIDDLE;
    // Logarithms near an edge may lie beside it.
    let bin = (near - 3..=near + 3).rev().find(|bin| edge(*bin) <= size).unwrap_or(1).max(1);
    Some(if number < 0.0 { -bin } else { bin })
}

/// The bin that begins with 1.
const MIDDLE: i16 = 1000;

/// Where bins of positive numbers begin.
static EDGES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let edge = |bin: i16| {
        let (power, step) = ((bin - MIDDLE).div_euclid(3), (bin - MIDDLE).rem_euclid(3));
        // As it is written: products would be a bit beside it.
        format!("{}e{power}", [1, 2, 5][step as usize]).parse().unwrap_or(f64::MAX)
    };
    (0..2 * MIDDLE).map(edge).collect()
});

fn edge(bin: i16) -> f64 {
    usize::try_from(bin).ok().and_then(|at| EDGES.get(at).copied()).unwrap_or(f64::MAX)
}

/// In which of two sets a trace is: those for which the first two filters hold, and of all others those for which the first and the
/// last hold.
pub fn set_of(trace: &Piece) -> Option<Set> {
    match trace.held {
        [Truth::Yes, Truth::Yes, _] => Some(Set::These),
        [Truth::Yes, Truth::No, Truth::Yes] => Some(Set::Others),
        _ => None,
    }
}

/// At most so many traces of each of two sets, and how many there are. Of more an even part is chosen by their ids, the same every
/// time: the share of those that have a value is near that of all, and does not depend on when they were.
pub fn sets(traces: &[Piece], most: usize) -> (Sets, [u32; 2]) {
    let (mut both, mut there) = (Sets::new(), [0; 2]);
    for set in [Set::These, Set::Others] {
        let of_set = traces.iter().filter(|trace| set_of(trace) == Some(set));
        let mut chosen: Vec<_> = of_set.map(|trace| (mark(&trace.trace_id), trace.trace_id, trace.parts > 1)).collect();
        there[set as usize] = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
        if most < chosen.len() {
            chosen.select_nth_unstable(most);
            chosen.truncate(most);
        }
        both.extend(chosen.into_iter().map(|(_, trace_id, is_split)| (trace_id, (set, is_split))));
    }
    (both, there)
}

#[cfg(test)]
mod tests;
