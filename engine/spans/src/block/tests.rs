//! Blocks hold what was packed, and damage is told.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Beside, Block, Header, Link, LinkOf, Loose, Packed, Truth, frame, mark, pack, pack_beside, squeeze};
use crate::filter::{Field, Fields, Filter, Scalar, Scope as In, Values, parse};
use crate::{AttributeValue, Attributes, Batch, Resource, Scope, Span, Summary, batch_from_bytes, batch_to_bytes};

/// A value that owns its parts.
#[derive(Debug, Clone)]
enum Owned {
    Empty,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    Other(Vec<u8>),
}

fn value() -> impl Strategy<Value = Owned> {
    prop_oneof![
        Just(Owned::Empty),
        "[a-cé\u{0}]{0,4}".prop_map(Owned::Text),
        any::<bool>().prop_map(Owned::Bool),
        any::<i64>().prop_map(Owned::Int),
        any::<f64>().prop_map(Owned::Double),
        prop::collection::vec(any::<u8>(), 0..4).prop_map(Owned::Other),
    ]
}

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::vec(("[abc]{0,1}", value()), 0..5).prop_map(|list| {
        let mut attributes = Attributes::default();
        for (key, value) in &list {
            let value = match value {
                Owned::Empty => AttributeValue::Empty,
                Owned::Text(text) => AttributeValue::Text(text),
                Owned::Bool(truth) => AttributeValue::Bool(*truth),
                Owned::Int(number) => AttributeValue::Int(*number),
                Owned::Double(number) => AttributeValue::Double(*number),
                Owned::Other(bytes) => AttributeValue::Other(bytes),
            };
            attributes.push(key, value);
        }
        attributes
    })
}

fn span() -> impl Strategy<Value = Span> {
    let time = || prop::sample::select(vec![0, 1, 1_700_000_000_000_000_000, u64::MAX]);
    let identity = (1..4_u8, 1..9_u8, prop::option::of(1..12_u8), 0..3_usize, 0..2_usize);
    let shown = ("[a-c]{0,2}", any::<u8>(), 0..4_u8, time(), any::<u64>());
    (identity, shown, attributes(), prop::collection::vec(any::<u8>(), 0..3)).prop_map(
        |((trace, id, parent, resource, scope), (name, kind, status, start_ns, end_ns), attributes, rest)| Span {
            trace_id: [trace; 16],
            span_id: [id; 8],
            parent_id: parent.map(|parent| [parent; 8]),
            resource,
            scope,
            name,
            kind,
            status,
            start_ns,
            end_ns,
            attributes,
            is_plain: rest.is_empty(),
            rest,
        },
    )
}

fn batch() -> impl Strategy<Value = Batch> {
    (prop::collection::vec(span(), 0..40), attributes()).prop_map(|(spans, attributes)| Batch {
        resources: ["a", "b", "b"]
            .map(|service| Resource { service: service.into(), attributes: attributes.clone(), body: vec![1] })
            .into(),
        scopes: ["x", "y"].map(|name| Scope { name: name.into(), body: vec![2] }).into(),
        spans,
    })
}

fn packed(batch: &Batch) -> Packed {
    pack(loose_all(batch)).unwrap()
}

fn loose_all(batch: &Batch) -> Vec<Loose<'_>> {
    batch.spans.iter().map(|span| loose(batch, span)).collect()
}

/// Each byte of what is opaque is a link here.
fn links_of(rest: &[u8]) -> Vec<Link> {
    rest.iter().map(|byte| ([*byte; 16], [*byte; 8])).collect()
}

fn loose<'a>(batch: &'a Batch, span: &'a Span) -> Loose<'a> {
    Loose { span, resource: &batch.resources[span.resource], scope: &batch.scopes[span.scope] }
}

/// A span as a filter sees it, written anew: what is compared with.
struct Row<'a>(Loose<'a>);

impl Row<'_> {
    fn has_other(&self) -> bool {
        let lists = [&self.0.span.attributes, &self.0.resource.attributes];
        lists.into_iter().flat_map(Attributes::iter).any(|(_, value)| matches!(value, AttributeValue::Other(_)))
    }
}

fn scalar(value: AttributeValue<'_>) -> Scalar<'_> {
    match value {
        AttributeValue::Empty | AttributeValue::Other(_) => Scalar::Other,
        AttributeValue::Text(text) => Scalar::Text(text),
        AttributeValue::Bool(truth) => Scalar::Bool(truth),
        AttributeValue::Int(number) => Scalar::Integer(number),
        AttributeValue::Double(number) => Scalar::Number(number),
    }
}

impl Fields for Row<'_> {
    fn get(&self, field: &Field) -> Values<'_> {
        let Row(Loose { span, resource, scope }) = *self;
        let value = |value: Option<_>| value.map_or(Values::None, |value| Values::One(scalar(value)));
        match field {
            Field::Service => Values::One(Scalar::Text(&resource.service)),
            Field::Name => Values::One(Scalar::Text(&span.name)),
            Field::Duration => Values::One(Scalar::Duration(span.end_ns.saturating_sub(span.start_ns))),
            Field::Start => Values::One(Scalar::Duration(span.start_ns)),
            Field::Status => Values::One(Scalar::Text(["unset", "ok", "error", "unset"][usize::from(span.status)])),
            Field::ScopeName => Values::One(Scalar::Text(&scope.name)),
            Field::Attribute(In::Any, key) => value(span.attributes.get(key).or_else(|| resource.attributes.get(key))),
            Field::Attribute(In::Span, key) => value(span.attributes.get(key)),
            Field::Attribute(In::Resource, key) => value(resource.attributes.get(key)),
            Field::EventName => Values::Many(span.rest.iter().map(|_| Scalar::Text("a")).collect()),
            Field::Anywhere => {
                let lists = [&span.attributes, &resource.attributes];
                let of_lists = lists.into_iter().flat_map(Attributes::iter).map(|(_, value)| scalar(value));
                [Scalar::Text(&resource.service), Scalar::Text(&span.name)].into_iter().chain(of_lists).collect()
            }
            other => panic!("no filter of these asks {other:?}"),
        }
    }
}

/// Filters of what is in columns, some of them true of some spans of [`batch`].
fn filter() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "service = a",
        "service != b",
        "name = ab",
        "name ~ c",
        "name !~ a",
        "duration > 1s",
        "duration <= 1ns",
        "start > 2020-01-01",
        "start < 2020-01-01",
        "status = error",
        "status != ok",
        "scope.name = x",
        "a = c",
        "a != c",
        "span.b = true",
        "resource.c = a",
        "span.a > 0",
        "span.c =~ \"^a\"",
        "a",
        "b",
        "xyz",
        "event.name = a",
        "exists a",
        "exists span.b",
        "not exists resource.c",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

type Identity = ([u8; 16], [u8; 8]);

/// Each span with what its indexes stand for, the last of each identity.
fn by_identity(batch: &Batch) -> BTreeMap<Identity, (Span, Resource, Scope)> {
    let whole = |span: &Span| {
        let (resource, scope) = (batch.resources[span.resource].clone(), batch.scopes[span.scope].clone());
        ((span.trace_id, span.span_id), (Span { resource: 0, scope: 0, ..span.clone() }, resource, scope))
    };
    batch.spans.iter().map(whole).collect()
}

proptest! {
    #[test]
    fn a_block_holds_the_last_of_each_identity(batch in batch()) {
        let packed = packed(&batch);
        let header = Header::from_bytes(&packed.header.to_bytes());
        prop_assert_eq!(header.as_ref(), Ok(&packed.header));
        let read = Block::new(packed.columns).batch(&packed.header).unwrap();
        let expected = by_identity(&batch);
        prop_assert_eq!(read.spans.len(), expected.len());
        prop_assert_eq!(by_identity(&read), expected);
        prop_assert!(read.spans.is_sorted_by_key(|span| (span.trace_id, span.start_ns, span.span_id)));
    }

    /// What a header says is what a count of the spans says.
    #[test]
    fn a_header_counts(batch in batch()) {
        let header = packed(&batch).header;
        let spans: Vec<_> = by_identity(&batch).into_values().collect();
        prop_assert_eq!(header.spans as usize, spans.len());
        prop_assert_eq!(header.errors as usize, spans.iter().filter(|(span, ..)| span.is_error()).count());
        let starts = || spans.iter().map(|(span, ..)| span.start_ns).filter(|start| *start != 0);
        prop_assert_eq!(header.starts, (starts().min().unwrap_or(0), starts().max().unwrap_or(0)));
        prop_assert_eq!(header.duration, spans.iter().map(|(span, ..)| span.duration_ns()).max().unwrap_or(0));
        prop_assert_eq!(header.services.iter().map(|(_, count)| *count).sum::<u32>(), header.spans);
        for (span, resource, _) in &spans {
            prop_assert!(header.may_have_trace(&span.trace_id));
            prop_assert!(header.services.iter().any(|(service, _)| *service == resource.service));
            for (key, value) in span.attributes.iter() {
                prop_assert!(header.may_have_attribute(key, value));
            }
        }
    }

    /// What the column of summaries says is what a count of the spans says, and a trace alone is its part of the whole.
    #[test]
    fn summaries_count(batch in batch()) {
        let packed = packed(&batch);
        let block = Block::new(packed.columns);
        let (traces, whole) = (block.summaries().unwrap(), block.batch(&packed.header).unwrap());
        prop_assert_eq!(traces.len(), packed.header.traces as usize);
        for (at, spans) in whole.spans.chunk_by(|a, b| a.trace_id == b.trace_id).enumerate() {
            let mut summary = Summary::default();
            for span in spans {
                summary.add(span, &whole.resources[span.resource].service);
            }
            let trace_id = spans[0].trace_id;
            prop_assert_eq!(traces.row(at), Some(summary.row(trace_id)));
            prop_assert_eq!(traces.part(at, &block.span_ids().unwrap()), Some(summary.part(trace_id)));
            prop_assert_eq!(traces.find(&trace_id), Some(at));
            let alone = block.some(&packed.header, traces.rows(at)).unwrap();
            prop_assert_eq!(&alone.spans[..], spans);
        }
    }

    /// A block knows which spans link where, from its own column as from what is opaque.
    #[test]
    fn links_are_those_of_the_spans(batch in batch()) {
        let known = pack_beside(loose_all(&batch), Beside { before: None, links: Some(links_of) }).unwrap();
        let expected: Vec<LinkOf> = Block::new(known.columns.clone()).batch(&known.header).unwrap().spans.iter().flat_map(|span| {
            let link = |to| LinkOf { trace_id: span.trace_id, span_id: span.span_id, to };
            links_of(&span.rest).into_iter().map(link)
        }).collect();
        for link in &expected {
            prop_assert_eq!(known.header.may_link_to([&link.to.0]), Some(true));
        }
        let again = Header::from_bytes(&known.header.to_bytes());
        prop_assert_eq!(again.as_ref(), Ok(&known.header));
        let block = Block::new(known.columns);
        prop_assert_eq!(block.links(), Ok(expected.clone()));
        prop_assert_eq!(block.links_in_rest(links_of), Ok(expected));
        let unknown = packed(&batch);
        prop_assert_eq!(unknown.header.may_link_to([&[1; 16]]), None);
        prop_assert_eq!(Block::new(unknown.columns).links_in_rest(links_of), block.links());
    }

    /// A block knows which of its traces were in a block before.
    #[test]
    fn traces_that_go_on_are_marked(first in batch(), second in batch()) {
        let before = packed(&first);
        let after = pack_beside(loose_all(&second), Beside { before: Some(&[&before.header]), links: None }).unwrap();
        prop_assert_eq!(&before.header.earlier, &None);
        let earlier = after.header.earlier.clone().unwrap();
        let both = |span: &&Span| first.spans.iter().any(|other| other.trace_id == span.trace_id);
        let expected: BTreeSet<u32> = second.spans.iter().filter(both).map(|span| mark(&span.trace_id)).collect();
        prop_assert_eq!(earlier.iter().copied().collect::<BTreeSet<_>>(), expected);
        prop_assert_eq!(Header::from_bytes(&after.header.to_bytes()), Ok(after.header));
    }

    /// What the columns say of a filter is what the spans say, and a header excludes nothing that is there.
    #[test]
    fn columns_answer_as_the_spans_do(batch in batch(), texts in prop::collection::vec(filter(), 1..4)) {
        let packed = packed(&batch);
        let block = Block::new(packed.columns.clone());
        let read = block.batch(&packed.header).unwrap();
        for text in texts {
            let filter = Filter::new(&parse(&text).unwrap()).unwrap();
            let truths = filter.ask(&packed.header, &block).unwrap();
            prop_assert_eq!(truths.len(), read.spans.len());
            // The columns it names are enough.
            let mut few = packed.columns.clone();
            few.retain(|(column, _)| filter.columns(&packed.header).contains(column));
            let few = Block::new(few);
            let again = filter.ask(&packed.header, &few);
            prop_assert_eq!(again.as_ref(), Ok(&truths));
            let half = truths.len() / 2;
            let some = filter.ask_some(&packed.header, &few, &[half..half, half..truths.len()]).unwrap();
            prop_assert_eq!(&some[half..], &truths[half..]);
            let rows: Vec<_> = read.spans.iter().map(|span| Row(loose(&read, span))).collect();
            for (row, truth) in rows.iter().zip(truths) {
                let holds = filter.holds(row);
                prop_assert!(!holds || filter.may_hold_in(&packed.header), "{} is excluded", text);
                for told in [truth, filter.ask_one(row.0)] {
                    match told {
                        Truth::Yes => prop_assert!(holds, "{} holds for {:?}", text, row.0),
                        Truth::No => prop_assert!(!holds, "{} does not hold for {:?}", text, row.0),
                        Truth::Unknown => {
                            prop_assert!(row.has_other() || !row.0.span.is_plain, "{} is not known of {:?}", text, row.0);
                        }
                    }
                }
            }
        }
    }

    /// Numbers that hardly repeat are passed over where they are not asked for.
    #[test]
    fn numbers_in_a_row_answer_as_the_spans_do(
        rows in prop::collection::vec((prop::option::of((any::<i32>(), 0..32_u32)), 0..3_u8), 16..120),
        least in 0..1000_i64,
    ) {
        let spans = rows.iter().enumerate().map(|(at, (number, status))| {
            let mut attributes = Attributes::default();
            if let Some((number, shift)) = number {
                attributes.push("n", AttributeValue::Int(i64::from(number >> shift)));
            }
            let span_id = (at as u64 + 1).to_be_bytes();
            Span { trace_id: [1; 16], span_id, status: *status, attributes, is_plain: true, ..Span::default() }
        });
        let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: spans.collect() };
        let packed = packed(&batch);
        let block = Block::new(packed.columns);
        for (text, or) in [(format!("n >= {least} and status = error"), false), (format!("n >= {least} or status = error"), true)] {
            let filter = Filter::new(&parse(&text).unwrap()).unwrap();
            let expected = rows.iter().map(|(number, status)| {
                let has = number.is_some_and(|(number, shift)| i64::from(number >> shift) >= least);
                if (or && (has || *status == 2)) || (has && *status == 2) { Truth::Yes } else { Truth::No }
            });
            prop_assert_eq!(filter.ask(&packed.header, &block).unwrap(), expected.collect::<Vec<_>>());
        }
    }

    /// A flipped bit anywhere is told.
    #[test]
    fn damage_is_told(batch in batch(), at: prop::sample::Index, bit in 0..8_u8) {
        prop_assume!(!batch.spans.is_empty());
        let mut packed = packed(&batch);
        let total = packed.size();
        let mut at = at.index(total);
        for (_, column) in &mut packed.columns {
            if at < column.len() {
                column[at] ^= 1 << bit;
                break;
            }
            at -= column.len();
        }
        let block = Block::new(packed.columns);
        prop_assert!(block.batch(&packed.header).is_err() || block.summaries().is_err());
    }

    /// Bytes with a right sum but wrong content are read without a panic, whatever comes out.
    #[test]
    fn lies_do_no_harm(batch in batch(), column: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        prop_assume!(!batch.spans.is_empty());
        let mut packed = packed(&batch);
        let column = column.index(packed.columns.len());
        let mut raw = frame::open(&packed.columns[column].1).unwrap();
        prop_assume!(!raw.is_empty());
        let at = at.index(raw.len());
        raw[at] = byte;
        packed.columns[column].1 = squeeze(&raw);
        if let Ok(read) = Block::new(packed.columns).batch(&packed.header) {
            prop_assert_eq!(read.spans.len(), packed.header.spans as usize);
        }
        let mut header = frame::open(&packed.header.to_bytes()).unwrap();
        let at = at % header.len();
        header[at] = byte;
        let _either = Header::from_bytes(&squeeze(&header));
    }

    #[test]
    fn a_batch_comes_back_as_it_was(batch in batch(), at: prop::sample::Index, byte: u8) {
        let mut bytes = Vec::new();
        batch_to_bytes(&batch, &mut bytes);
        prop_assert_eq!(batch_from_bytes(&bytes), Ok(batch));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _either = batch_from_bytes(&bytes);
    }
}

#[test]
fn more_spans_than_a_block_takes_are_refused() {
    let (span, resource, scope) = (Span::default(), Resource::default(), Scope::default());
    let spans = vec![Loose { span: &span, resource: &resource, scope: &scope }; super::MOST_SPANS as usize + 1];
    let error = pack(spans).unwrap_err();
    assert_eq!(error.to_string(), "262145 spans for one block, 262144 are allowed");
}

/// More keys than a block gives columns to.
#[test]
fn spans_without_a_column_for_their_keys_are_kept_whole() {
    let spans = (0..3000_u32).map(|number| {
        let mut attributes = Attributes::default();
        attributes.push(&format!("key {number}"), AttributeValue::Int(i64::from(number)));
        let span_id = u64::from(number + 1).to_be_bytes();
        Span { trace_id: [1; 16], span_id, attributes, ..Span::default() }
    });
    let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: spans.collect() };
    let packed = packed(&batch);
    assert!(packed.header.loose);
    assert!(packed.header.may_have_attribute("key 2999", AttributeValue::Int(2999)));
    let read = Block::new(packed.columns).batch(&packed.header).unwrap();
    assert_eq!(by_identity(&read), by_identity(&batch));
}

/// A header excludes by numbers, and by values when it names them all.
#[test]
fn headers_exclude_by_values() {
    let spans = (0..100_u8).map(|number| {
        let mut attributes = Attributes::default();
        attributes.push("code", AttributeValue::Int(200 + i64::from(number)));
        attributes.push("tier", AttributeValue::Text(["gold", "silver"][usize::from(number % 2)]));
        attributes.push("id", AttributeValue::Text(&format!("id {number}")));
        attributes.push("even", AttributeValue::Int(i64::from(number) * 2));
        Span { trace_id: [1; 16], span_id: [number + 1; 8], attributes, is_plain: true, ..Span::default() }
    });
    let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: spans.collect() };
    let header = packed(&batch).header;
    let may = |text: &str| Filter::new(&parse(text).unwrap()).unwrap().may_hold_in(&header);
    for text in [
        "code >= 299",
        "code < 201",
        "code = 250",
        "code != 1",
        "tier ~ old",
        "tier > gold",
        "id ~ 7",
        "code ~ 5",
        "even = 50",
        "even != 51",
        "even ~ 51",
    ] {
        assert!(may(text), "{text}");
    }
    for text in [
        "code >= 300",
        "code < 200",
        "code = 300",
        "code > 5e3",
        "tier ~ bronze",
        "tier =~ \"^x\"",
        "id = \"id 100\"",
        "id = 7",
        "even = 51",
    ] {
        assert!(!may(text), "{text}");
    }
    // What the header decides needs no column.
    let columns = |text: &str| Filter::new(&parse(text).unwrap()).unwrap().columns(&header).len();
    assert!(columns("not code >= 300") < columns("not code >= 250"));
}

/// More values than a header has room for: of numbers it has the range at least.
#[test]
fn texts_come_before_numbers_in_a_header() {
    let spans = (0..30_000_u32).map(|number| {
        let mut attributes = Attributes::default();
        attributes.push("offset", AttributeValue::Int(i64::from(number) * 3));
        attributes.push("id", AttributeValue::Text(&format!("id {number}")));
        let span_id = u64::from(number + 1).to_be_bytes();
        Span { trace_id: [1; 16], span_id, attributes, is_plain: true, ..Span::default() }
    });
    let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: spans.collect() };
    let header = packed(&batch).header;
    let may = |text: &str| Filter::new(&parse(text).unwrap()).unwrap().may_hold_in(&header);
    assert!(may("id = \"id 29999\"") && may("offset = 89997") && may("offset = 1"));
    let wrong = (30_000..30_100).filter(|number| may(&format!("id = \"id {number}\""))).count();
    assert!(wrong < 10 && !may("offset = 89998"), "{wrong} of 100");
}

/// Its spans end at some time, which is no time that they took.
#[test]
fn a_part_without_a_start_tells_no_duration() {
    let span = |trace: u8, start_ns| Span {
        trace_id: [trace; 16],
        span_id: [trace; 8],
        start_ns,
        end_ns: 5_000_000_000,
        is_plain: true,
        ..Span::default()
    };
    let spans = vec![span(1, 0), span(2, 1)];
    let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans };
    let packed = packed(&batch);
    let block = Block::new(packed.columns.clone());
    let ask = |text: &str| Filter::new(&parse(text).unwrap()).unwrap().ask(&packed.header, &block).unwrap();
    assert_eq!(ask("trace.duration > 1s"), [Truth::Unknown, Truth::Yes]);
    assert_eq!(ask("trace.duration < 1s"), [Truth::Unknown, Truth::No]);
}
