//! Asking a block by its columns: a filter reads those it is about, and asks each distinct value once.
//!
//! Not everything lies in columns: what is within `rest`, lists, and spans in relation to others. There a row is neither found nor
//! excluded ([`Truth::Unknown`]), and whoever asks looks at the spans themselves.

mod key;
mod work;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use super::read::{Counts, Numbered};
use super::{
    Block, Column, DURATIONS, Header, KEYS, KINDS, Loose, NAMES, RESOURCES, SCOPES, SHAPES, SPAN_IDS, STARTS,
    SUMMARIES, TRACES,
};
use crate::filter::{Comparison, Field, Filter, Node, Scalar, Scope, kind, status};
use crate::{AttributeValue, Attributes, Damage, Resource};
use key::KeyColumn;
use work::Work;

/// Whether a condition holds, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not.
    No,
    /// Only the span itself, or its whole trace, tells.
    Unknown,
    /// It does.
    Yes,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl Filter {
    /// Whether it may hold for a span of a block with this header. Now and then wrongly yes, never wrongly no.
    pub fn may_hold_in(&self, header: &Header) -> bool {
        self.node.may_hold_in(header)
    }

    /// The columns that [`Self::ask`] reads.
    pub fn columns(&self, header: &Header) -> Vec<Column> {
        let mut columns = BTreeSet::new();
        self.node.columns(header, &mut columns);
        columns.into_iter().collect()
    }

    /// Whether it holds for each span of a block, whose [`Self::columns`] must be there.
    pub fn ask(&self, header: &Header, block: &Block) -> Result<Vec<Truth>, Damage> {
        self.ask_open(header, block, &vec![true; header.spans as usize])
    }

    fn ask_open(&self, header: &Header, block: &Block, open: &[bool]) -> Result<Vec<Truth>, Damage> {
        let count = header.spans as usize;
        if open.len() != count {
            return Err(Damage("the block has not the spans its header promises"));
        }
        Asking {
            header,
            block,
            count,
            traces: OnceCell::new(),
            shapes: OnceCell::new(),
            resources: OnceCell::new(),
            kinds: OnceCell::new(),
        }
        .node(&self.node, open)
    }

    /// As [`Self::ask`], of the rows of `open` alone; what is said of others means nothing.
    pub fn ask_some(&self, header: &Header, block: &Block, open: &[Range<usize>]) -> Result<Vec<Truth>, Damage> {
        let mut mask = vec![false; header.spans as usize];
        for rows in open {
            mask.get_mut(rows.clone()).ok_or(Damage("the block has not the spans its header promises"))?.fill(true);
        }
        self.ask_open(header, block, &mask)
    }

    /// Whether it holds for a span that is in no block.
    pub fn ask_one(&self, loose: Loose<'_>) -> Truth {
        self.node.ask_one(loose)
    }
}

impl Node {
    fn may_hold_in(&self, header: &Header) -> bool {
        match self {
            Node::And(parts) => parts.iter().all(|part| part.may_hold_in(header)),
            Node::Or(parts) => parts.iter().any(|part| part.may_hold_in(header)),
            // It holds for spans of the right side; those of the left may be elsewhere.
            Node::Related(_, _, right) => right.may_hold_in(header),
            Node::Exists(Field::Attribute(scope, key)) => may_have(header, *scope, key, None),
            Node::Not(_) | Node::Exists(_) => true,
            Node::Compare(field, comparison) => compare_in(header, field, comparison),
        }
    }

    fn columns(&self, header: &Header, columns: &mut BTreeSet<Column>) {
        match self {
            Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| part.columns(header, columns)),
            Node::Not(inner) => inner.columns(header, columns),
            Node::Compare(field, comparison) => field_columns(header, field, Some(comparison), columns),
            Node::Exists(field) => field_columns(header, field, None, columns),
            Node::Related(_, _, right) => right.columns(header, columns),
        }
    }

    fn ask_one(&self, loose: Loose<'_>) -> Truth {
        match self {
            Node::And(parts) => parts.iter().map(|part| part.ask_one(loose)).min().unwrap_or(Truth::Yes),
            Node::Or(parts) => parts.iter().map(|part| part.ask_one(loose)).max().unwrap_or(Truth::No),
            Node::Not(inner) => inner.ask_one(loose).not(),
            Node::Related(_, _, right) => right.ask_one(loose).min(Truth::Unknown),
            Node::Compare(field, comparison) => one(field, Some(comparison), loose),
            Node::Exists(field) => one(field, None, loose),
        }
    }
}

/// The columns that tell of a field.
fn field_columns(header: &Header, field: &Field, comparison: Option<&Comparison>, columns: &mut BTreeSet<Column>) {
    let of_keys = |keys: &mut dyn Iterator<Item = usize>, fixed: Fixed| -> Vec<Column> {
        keys.filter(|at| fixed(header, *at, comparison).is_none()).map(|at| KEYS + at as Column).collect()
    };
    match field {
        Field::Service => columns.extend([RESOURCES]),
        Field::Name => columns.extend([NAMES]),
        Field::Duration if are_small(header) => columns.extend([DURATIONS]),
        Field::Duration | Field::Start => columns.extend([TRACES, STARTS, DURATIONS]),
        Field::TraceStart | Field::TraceDuration => columns.extend([TRACES, SUMMARIES]),
        Field::Status | Field::Kind => columns.extend([KINDS]),
        Field::SpanId => columns.extend([SPAN_IDS]),
        Field::ScopeName => columns.extend([SCOPES]),
        Field::Attribute(scope @ (Scope::Any | Scope::Span | Scope::Resource), key) => {
            if *scope != Scope::Span {
                columns.insert(RESOURCES);
            }
            if *scope != Scope::Resource {
                columns.insert(SHAPES);
                columns.extend(of_keys(&mut keys_named(header, key), fixed_value));
            }
        }
        Field::StatusMessage | Field::EventName | Field::Attribute(Scope::Event | Scope::Link, _) => {
            columns.extend([KINDS]);
        }
        Field::Anywhere => {
            columns.extend([KINDS, RESOURCES, NAMES, SHAPES]);
            columns.extend(of_keys(&mut (0..header.keys.len()), fixed_any));
        }
        Field::TraceId => columns.extend([TRACES]),
    }
}

/// What is known of all values of a key by the header alone.
type Fixed = fn(&Header, usize, Option<&Comparison>) -> Option<Truth>;

/// As [`of_value`].
fn fixed_value(header: &Header, at: usize, comparison: Option<&Comparison>) -> Option<Truth> {
    let Some(comparison) = comparison else { return Some(Truth::Yes) };
    let excluded = header.keys.get(at).is_some_and(|key| !header.may_compare(key, comparison));
    excluded.then(|| Truth::of(comparison.is_negated()))
}

/// As [`of_any`].
fn fixed_any(header: &Header, at: usize, comparison: Option<&Comparison>) -> Option<Truth> {
    fixed_value(header, at, comparison).map(|_| Truth::of(comparison.is_none()))
}

fn keys_named<'a>(header: &'a Header, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    header.keys.iter().enumerate().filter(move |(_, key)| key.name == name).map(|(at, _)| at)
}

fn may_have(header: &Header, scope: Scope, key: &str, comparison: Option<&Comparison>) -> bool {
    match scope {
        Scope::Any => header.may_have_key(key, comparison) || header.may_have_resource_key(key),
        Scope::Span => header.may_have_key(key, comparison),
        Scope::Resource => header.may_have_resource_key(key),
        Scope::Event | Scope::Link => true,
    }
}

fn compare_in(header: &Header, field: &Field, comparison: &Comparison) -> bool {
    let texts = |texts: &[(String, u32)]| texts.iter().any(|(text, _)| comparison.holds(&[Scalar::Text(text)]));
    match field {
        Field::Service => texts(&header.services),
        Field::Name => !header.all_operations || texts(&header.operations),
        Field::Duration => !comparison.asks_for_more() || comparison.one(Scalar::Duration(header.duration)),
        Field::Start => !comparison.asks_for_more() || comparison.one(Scalar::Duration(header.starts.1)),
        Field::Status => {
            header.errors > 0 || [0, 1].iter().any(|code| comparison.holds(&[Scalar::Text(status(*code))]))
        }
        Field::TraceId => match comparison.equal_text().and_then(id_from_hex) {
            Some(id) if !comparison.is_negated() => header.may_have_trace(&id),
            _ => true,
        },
        Field::Attribute(scope, key) => {
            may_have(header, *scope, key, Some(comparison).filter(|comparison| !comparison.is_negated()))
        }
        _ => true,
    }
}

/// One field of one span; without a comparison, whether it is there.
fn one(field: &Field, comparison: Option<&Comparison>, Loose { span, resource, scope }: Loose<'_>) -> Truth {
    let there = |value: Scalar<'_>| Truth::of(comparison.is_none_or(|comparison| comparison.holds(&[value])));
    match field {
        Field::Service => there(Scalar::Text(&resource.service)),
        Field::Name => there(Scalar::Text(&span.name)),
        Field::Duration => there(Scalar::Duration(span.duration_ns())),
        Field::Start => there(Scalar::Duration(span.start_ns)),
        // One span tells nothing of the others.
        Field::TraceStart | Field::TraceDuration if comparison.is_none() => Truth::Yes,
        Field::TraceStart | Field::TraceDuration => Truth::Unknown,
        Field::Status => there(Scalar::Text(status(span.status))),
        Field::Kind => there(Scalar::Text(kind(span.kind))),
        Field::TraceId => there(Scalar::Text(&hex(&span.trace_id))),
        Field::SpanId => there(Scalar::Text(&hex(&span.span_id))),
        Field::ScopeName if scope.name.is_empty() => Truth::No,
        Field::ScopeName => there(Scalar::Text(&scope.name)),
        Field::Attribute(Scope::Any, key) => match span.attributes.get(key) {
            Some(value) => of_value(comparison, value),
            None => of_attributes(comparison, &resource.attributes, key),
        },
        Field::Attribute(Scope::Span, key) => of_attributes(comparison, &span.attributes, key),
        Field::Attribute(Scope::Resource, key) => of_attributes(comparison, &resource.attributes, key),
        Field::Attribute(Scope::Event | Scope::Link, _) | Field::StatusMessage | Field::EventName => {
            in_rest(span.is_plain)
        }
        Field::Anywhere => {
            let lists = [&span.attributes, &resource.attributes];
            let of_lists = lists.into_iter().flat_map(Attributes::iter).map(|(_, value)| of_any(comparison, value));
            let own = [text_of_any(comparison, &resource.service), text_of_any(comparison, &span.name)];
            anywhere(comparison, own.into_iter().chain(of_lists).chain([in_rest(span.is_plain)]).max())
        }
    }
}

/// What is asked of the rest of a span: if it is plain there is nothing to be found.
fn in_rest(is_plain: bool) -> Truth {
    if is_plain { Truth::No } else { Truth::Unknown }
}

/// Whether one of the values anywhere compares, negation aside.
fn of_any(comparison: Option<&Comparison>, value: AttributeValue<'_>) -> Truth {
    let Some(comparison) = comparison else { return Truth::Yes };
    scalar(value).map_or(Truth::Unknown, |value| Truth::of(comparison.one(value)))
}

fn text_of_any(comparison: Option<&Comparison>, text: &str) -> Truth {
    of_any(comparison, AttributeValue::Text(text))
}

/// From whether one of all values compares.
fn anywhere(comparison: Option<&Comparison>, one: Option<Truth>) -> Truth {
    let one = one.unwrap_or(Truth::No);
    if comparison.is_some_and(Comparison::is_negated) { one.not() } else { one }
}

pub(super) fn scalar(value: AttributeValue<'_>) -> Option<Scalar<'_>> {
    Some(match value {
        AttributeValue::Empty => Scalar::Other,
        AttributeValue::Text(text) => Scalar::Text(text),
        AttributeValue::Bool(truth) => Scalar::Bool(truth),
        AttributeValue::Int(number) => Scalar::Integer(number),
        AttributeValue::Double(number) => Scalar::Number(number),
        // A list, a map or bytes, in the caller's encoding.
        AttributeValue::Other(_) => return None,
    })
}

fn of_attributes(comparison: Option<&Comparison>, attributes: &Attributes, key: &str) -> Truth {
    attributes.get(key).map_or(Truth::No, |value| of_value(comparison, value))
}

fn of_value(comparison: Option<&Comparison>, value: AttributeValue<'_>) -> Truth {
    let Some(comparison) = comparison else { return Truth::Yes };
    scalar(value).map_or(Truth::Unknown, |value| Truth::of(comparison.holds(&[value])))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn id_from_hex(text: &str) -> Option<[u8; 16]> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}

/// For each list of keys with types, which columns it names; and which list each row has.
type Shapes = Numbered<Vec<usize>>;

/// Kind, status, and whether the rest is plain.
type Kinds = Numbered<(u8, u8, bool)>;

/// A block that is asked. What several conditions need is unpacked once.
struct Asking<'a> {
    header: &'a Header,
    block: &'a Block,
    count: usize,
    traces: OnceCell<Counts>,
    shapes: OnceCell<Shapes>,
    resources: OnceCell<Numbered<Resource>>,
    kinds: OnceCell<Kinds>,
}

impl Asking<'_> {
    /// `open`: the rows of which it matters.
    fn node(&self, node: &Node, open: &[bool]) -> Result<Vec<Truth>, Damage> {
        match node {
            Node::And(parts) => self.join(parts, open, Truth::Yes, Truth::min),
            Node::Or(parts) => self.join(parts, open, Truth::No, Truth::max),
            Node::Not(inner) => Ok(self.node(inner, open)?.into_iter().map(Truth::not).collect()),
            Node::Related(_, _, right) => {
                Ok(self.node(right, open)?.into_iter().map(|t| t.min(Truth::Unknown)).collect())
            }
            Node::Compare(field, comparison) => self.field(field, Some(comparison), open),
            Node::Exists(field) => self.field(field, None, open),
        }
    }

    /// What is decided by one part needs no other; the quickest are asked first.
    fn join(
        &self,
        parts: &[Node],
        open: &[bool],
        start: Truth,
        join: impl Fn(Truth, Truth) -> Truth,
    ) -> Result<Vec<Truth>, Damage> {
        let (mut held, mut open) = (vec![start; self.count], open.to_vec());
        let mut parts: Vec<&Node> = parts.iter().collect();
        parts.sort_by_key(|part| Work::of(self.header, part));
        for part in parts {
            if !open.contains(&true) {
                break;
            }
            let truths = self.node(part, &open)?;
            for ((held, open), truth) in held.iter_mut().zip(&mut open).zip(truths) {
                *held = join(*held, truth);
                *open &= *held == start || *held == Truth::Unknown;
            }
        }
        Ok(held)
    }

    fn field(&self, field: &Field, comparison: Option<&Comparison>, open: &[bool]) -> Result<Vec<Truth>, Damage> {
        let there = |value: Scalar<'_>| Truth::of(comparison.is_none_or(|comparison| comparison.holds(&[value])));
        let text = |text: &str| there(Scalar::Text(text));
        let moment = |ns: u64, open: &bool| if *open { there(Scalar::Duration(ns)) } else { Truth::No };
        match field {
            Field::Service => {
                let (resources, of) = self.resources()?;
                Ok(spread(of, resources.iter().map(|resource| text(&resource.service))))
            }
            Field::Name => {
                let names = self.block.names(self.count)?;
                let truths: Vec<Truth> =
                    (0..names.entries()).map(|entry| text(&String::from_utf8_lossy(names.payload(entry)))).collect();
                Ok((0..self.count).map(|row| truths.get(names.entry_of(row)).copied().unwrap_or(Truth::No)).collect())
            }
            Field::Duration if are_small(self.header) => {
                let durations = self.block.durations(self.count)?;
                Ok(durations.iter().zip(open).map(|(ns, open)| moment((*ns).max(0).unsigned_abs(), open)).collect())
            }
            Field::Duration => {
                let times = self.block.all_times(self.traces()?)?;
                let times = times.iter().map(|(start, end)| end.saturating_sub(*start));
                Ok(times.zip(open).map(|(ns, open)| moment(ns, open)).collect())
            }
            Field::Start => {
                let times = self.block.all_times(self.traces()?)?;
                Ok(times.iter().zip(open).map(|((start, _), open)| moment(*start, open)).collect())
            }
            Field::TraceStart | Field::TraceDuration => self.of_traces(field, comparison),
            Field::Status => {
                let (kinds, of) = self.kinds()?;
                Ok(spread(of, kinds.iter().map(|(_, code, _)| text(status(*code)))))
            }
            Field::Kind => {
                let (kinds, of) = self.kinds()?;
                Ok(spread(of, kinds.iter().map(|(number, ..)| text(kind(*number)))))
            }
            Field::TraceId => {
                let of_trace = |(id, spans): &([u8; 16], usize)| std::iter::repeat_n(text(&hex(id)), *spans);
                Ok(self.traces()?.iter().flat_map(of_trace).collect())
            }
            Field::SpanId => {
                let ids = self.block.span_ids()?;
                if ids.len() != self.count {
                    return Err(Damage("a column has not the rows of its block"));
                }
                Ok(ids.iter().map(|id| text(&hex(id))).collect())
            }
            Field::ScopeName => {
                let (scopes, of) = self.block.scopes(self.count)?;
                let name = |name: &str| if name.is_empty() { Truth::No } else { text(name) };
                Ok(spread(&of, scopes.iter().map(|scope| name(&scope.name))))
            }
            Field::Attribute(scope @ (Scope::Any | Scope::Span | Scope::Resource), key) => {
                self.attribute(*scope, key, comparison, open)
            }
            Field::StatusMessage | Field::EventName | Field::Attribute(Scope::Event | Scope::Link, _) => self.rest(),
            Field::Anywhere => self.anywhere(comparison, open),
        }
    }

    /// What is asked of whole traces, as far as their parts in the block tell.
    fn of_traces(&self, field: &Field, comparison: Option<&Comparison>) -> Result<Vec<Truth>, Damage> {
        let Some(comparison) = comparison else { return Ok(vec![Truth::Yes; self.count]) };
        let parts = self.block.summaries()?;
        let times = parts.measures().map(|part| (part.start_ns, part.end_ns.saturating_sub(part.start_ns)));
        let of_part = |((start, duration), (_, spans)): ((u64, u64), &([u8; 16], usize))| {
            std::iter::repeat_n(of_part(field, comparison, start, duration), *spans)
        };
        Ok(times.zip(self.traces()?).flat_map(of_part).collect())
    }

    fn rest(&self) -> Result<Vec<Truth>, Damage> {
        let (kinds, of) = self.kinds()?;
        Ok(spread(of, kinds.iter().map(|(.., is_plain)| in_rest(*is_plain))))
    }

    fn anywhere(&self, comparison: Option<&Comparison>, open: &[bool]) -> Result<Vec<Truth>, Damage> {
        let (resources, resource_of) = self.resources()?;
        let of_resource = |resource: &Resource| {
            let values = resource.attributes.iter().map(|(_, value)| of_any(comparison, value));
            values.chain([text_of_any(comparison, &resource.service)]).max().unwrap_or(Truth::No)
        };
        let names = self.block.names(self.count)?;
        let name = |entry| text_of_any(comparison, &String::from_utf8_lossy(names.payload(entry)));
        let of_names: Vec<Truth> = (0..names.entries()).map(name).collect();
        let mut truths = self.rest()?;
        for (row, of) in spread(resource_of, resources.iter().map(of_resource)).into_iter().enumerate() {
            truths[row] = truths[row].max(of).max(of_names.get(names.entry_of(row)).copied().unwrap_or(Truth::No));
        }
        let (shapes, shape_of) = self.shapes()?;
        let mut columns = Vec::with_capacity(self.header.keys.len());
        for at in 0..self.header.keys.len() {
            let fixed = fixed_any(self.header, at, comparison);
            columns.push((KeyColumn::read(self, at, comparison, of_any, fixed)?, 0));
        }
        for ((truth, shape), open) in truths.iter_mut().zip(shape_of).zip(open) {
            if *shape == 0 {
                *truth = (*truth).max(Truth::Unknown);
            }
            for at in &shapes[*shape as usize] {
                let (column, next) = columns.get_mut(*at).ok_or(Damage("a key is missing"))?;
                if *open && *truth != Truth::Yes {
                    *truth = (*truth).max(column.truth(*next)?);
                }
                *next += 1;
            }
        }
        Ok(truths.into_iter().map(|truth| anywhere(comparison, Some(truth))).collect())
    }

    fn attribute(
        &self,
        scope: Scope,
        key: &str,
        comparison: Option<&Comparison>,
        open: &[bool],
    ) -> Result<Vec<Truth>, Damage> {
        let of_resource = match scope {
            Scope::Span => None,
            _ => Some(self.resources()?),
        };
        let resource = |resource: &Resource| of_attributes(comparison, &resource.attributes, key);
        let mut truths = match of_resource {
            Some((resources, of)) => spread(of, resources.iter().map(resource)),
            None => vec![Truth::No; self.count],
        };
        if scope == Scope::Resource {
            return Ok(truths);
        }
        let (shapes, shape_of) = self.shapes()?;
        let mut columns = Vec::new();
        for at in keys_named(self.header, key) {
            let fixed = fixed_value(self.header, at, comparison);
            columns.push(KeyColumn::read(self, at, comparison, of_value, fixed)?);
        }
        if let [column] = &mut columns[..] {
            let counts = shapes.iter().map(|shape| shape.iter().filter(|at| **at == column.at).count());
            let (counts, mut next) = (counts.collect::<Vec<_>>(), 0);
            for ((truth, shape), open) in truths.iter_mut().zip(shape_of).zip(open) {
                let count = counts.get(*shape as usize).copied().unwrap_or(0);
                if *shape == 0 {
                    *truth = Truth::Unknown;
                } else if *open && count > 0 {
                    *truth = column.truth(next)?;
                }
                next += count;
            }
            return Ok(truths);
        }
        // For each shape: the column of the first value of the key, and how many values of each column.
        let plans: Vec<(Option<usize>, Vec<usize>)> = shapes
            .iter()
            .map(|shape| {
                let first = shape.iter().find_map(|at| columns.iter().position(|column| column.at == *at));
                let counts = columns.iter().map(|column| shape.iter().filter(|at| **at == column.at).count());
                (first, counts.collect())
            })
            .collect();
        let mut next = vec![0; columns.len()];
        for ((truth, shape), open) in truths.iter_mut().zip(shape_of).zip(open) {
            if *shape == 0 {
                *truth = Truth::Unknown;
                continue;
            }
            let (first, counts) = &plans[*shape as usize];
            if let Some(column) = first.filter(|_| *open) {
                *truth = columns[column].truth(next[column])?;
            }
            for (next, count) in next.iter_mut().zip(counts) {
                *next += count;
            }
        }
        Ok(truths)
    }

    /// Read only where they are asked for: ids do not compress.
    fn traces(&self) -> Result<&Counts, Damage> {
        if let Some(traces) = self.traces.get() {
            return Ok(traces);
        }
        let traces = self.block.traces()?;
        if traces.iter().map(|(_, spans)| spans).sum::<usize>() != self.count {
            return Err(Damage("the block has not the spans its header promises"));
        }
        Ok(self.traces.get_or_init(|| traces))
    }

    fn shapes(&self) -> Result<&Shapes, Damage> {
        if let Some(shapes) = self.shapes.get() {
            return Ok(shapes);
        }
        let shapes = self.block.shapes(self.count)?;
        Ok(self.shapes.get_or_init(|| shapes))
    }

    fn resources(&self) -> Result<&Numbered<Resource>, Damage> {
        if let Some(resources) = self.resources.get() {
            return Ok(resources);
        }
        let resources = self.block.resources(self.count)?;
        Ok(self.resources.get_or_init(|| resources))
    }

    fn kinds(&self) -> Result<&Kinds, Damage> {
        if let Some(kinds) = self.kinds.get() {
            return Ok(kinds);
        }
        let kinds = self.block.kinds(self.count)?;
        Ok(self.kinds.get_or_init(|| kinds))
    }
}

/// What a part of a trace tells of the whole, which starts no later and is no shorter. One without a known start tells neither.
fn of_part(field: &Field, comparison: &Comparison, start: u64, duration: u64) -> Truth {
    if start == 0 {
        return Truth::Unknown;
    }
    let (least, greatest) = comparison.nanos();
    if *field == Field::TraceDuration {
        return match (least, greatest) {
            (_, Some(greatest)) if duration > greatest => Truth::No,
            (Some(least), None) if duration >= least => Truth::Yes,
            _ => Truth::Unknown,
        };
    }
    match (least, greatest) {
        (Some(least), _) if start < least => Truth::No,
        (None, Some(greatest)) if start <= greatest => Truth::Yes,
        _ => Truth::Unknown,
    }
}

/// The truth of each row by that of what it refers to.
fn spread(of: &[u32], truths: impl Iterator<Item = Truth>) -> Vec<Truth> {
    let truths: Vec<Truth> = truths.collect();
    of.iter().map(|code| truths.get(*code as usize).copied().unwrap_or(Truth::No)).collect()
}

/// Whether no span's time from start to end is as long as time goes, so that its sign tells whether it ends before it starts.
fn are_small(header: &Header) -> bool {
    header.duration < 1 << 63 && header.starts.1 < 1 << 63
}
