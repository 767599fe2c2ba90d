//! Two sets of traces, counted from a block and from parts.

use super::*;
use crate::survey::packed;
use crate::{Attributes, Batch, Scope as SpanScope, Span};

/// A hundred traces of two spans, the first twenty of them slow: those go by way of `eu-2`, have more attempts and an error.
fn batch() -> Batch {
    let mut attributes = Attributes::default();
    attributes.push("service.name", AttributeValue::Text("shop"));
    attributes.push("host.name", AttributeValue::Text("a1"));
    let resources = vec![Resource { service: "shop".into(), attributes, ..Resource::default() }];
    let mut spans = Vec::new();
    for trace in 0..100_u8 {
        let is_slow = trace < 20;
        for id in 1..3_u8 {
            let mut attributes = Attributes::default();
            attributes.push("card.region", AttributeValue::Text(if is_slow { "eu-2" } else { "eu-1" }));
            attributes
                .push("attempt", AttributeValue::Int(i64::from(if is_slow { 3 + trace % 40 } else { trace % 2 })));
            attributes.push("message.id", AttributeValue::Text(&format!("{trace}-{id}")));
            attributes.push(
                "size",
                AttributeValue::Double(if is_slow { 3000.0 + f64::from(trace) } else { f64::from(trace) }),
            );
            spans.push(Span {
                trace_id: [trace + 1; 16],
                span_id: [id; 8],
                name: "pay".into(),
                status: if is_slow && id == 2 { 2 } else { 0 },
                start_ns: 5,
                end_ns: 6,
                attributes,
                is_plain: true,
                ..Span::default()
            });
        }
    }
    Batch { resources, scopes: vec![SpanScope::default()], spans }
}

fn slow_and_others(is_split: bool) -> Sets {
    (0..100_u8).map(|t| ([t + 1; 16], (if t < 20 { Set::These } else { Set::Others }, is_split))).collect()
}

fn block_part(batch: &Batch, sets: &Sets) -> ContrastPart {
    let whole_block = packed(batch);
    let block = Block::new(whole_block.columns.clone());
    ContrastPart::of_block(&whole_block.header, &block, sets).unwrap()
}

fn lines(contrast: &Contrast) -> Vec<(String, u32, u32)> {
    contrast.differences([20, 80]).0.iter().map(|d| (d.condition().to_string(), d.these, d.others)).collect()
}

#[test]
fn what_is_over_represented_is_found() {
    let batch = batch();
    let mut contrast = Contrast::default();
    contrast.take(block_part(&batch, &slow_and_others(false)));
    let found = lines(&contrast);
    let has =
        |text: &str, these, others| assert!(found.contains(&(text.to_owned(), these, others)), "{text}: {found:#?}");
    has("card.region = \"eu-2\"", 20, 0);
    has("status = error", 20, 0);
    has("attempt >= 10 and attempt < 20", 10, 0);
    has("size >= 2000 and size < 5000", 20, 0);
    // What all have alike is no difference, and ids are none either.
    for same in ["host.name", "name", "message.id", "eu-1", "unset"] {
        assert!(!found.iter().any(|(text, ..)| text.contains(same)), "{same}: {found:#?}");
    }
    // Fisher's exact test for 20 of 20 and 0 of 80: one of the ways to choose 20 of 100.
    let region =
        contrast.differences([20, 80]).0.into_iter().find(|d| d.of == Of::Attribute("card.region".into())).unwrap();
    assert!((region.chance / 1.865_730_7e-21 - 1.0).abs() < 1e-6, "{}", region.chance);
}

#[test]
fn traces_in_several_parts_count_once() {
    let whole = batch();
    let mut one = Contrast::default();
    one.take(block_part(&whole, &slow_and_others(false)));
    // The first spans of all in one block, the second ones in another, some in none.
    let part = |wanted: &dyn Fn(&Span) -> bool| Batch {
        spans: whole.spans.iter().filter(|s| wanted(s)).cloned().collect(),
        ..whole.clone()
    };
    let sets = slow_and_others(true);
    let mut parts = Contrast::default();
    parts.take(block_part(&part(&|span| span.span_id[0] == 1), &sets));
    parts.take(block_part(&part(&|span| span.span_id[0] == 2 && span.trace_id[0] % 2 == 0), &sets));
    let mut loose = ContrastPart::default();
    for span in whole.spans.iter().filter(|span| span.span_id[0] == 2 && span.trace_id[0] % 2 == 1) {
        loose.add(Loose { span, resource: &whole.resources[0], scope: &whole.scopes[0] }, &sets);
    }
    parts.take(loose);
    assert_eq!(lines(&one), lines(&parts));
}

/// Of more different numbers than are counted one by one, the bins are.
#[test]
fn very_many_numbers_are_counted_in_bins_alone() {
    let id = |trace: u16| {
        let mut trace_id = [1; 16];
        trace_id[..2].copy_from_slice(&trace.to_be_bytes());
        trace_id
    };
    let spans = (0..1200_u16).map(|trace| {
        let mut attributes = Attributes::default();
        attributes.push("offset", AttributeValue::Int(i64::from(trace)));
        attributes.push("message.id", AttributeValue::Text(&format!("m{trace}")));
        Span { trace_id: id(trace), span_id: [1; 8], attributes, is_plain: true, ..Span::default() }
    });
    let resources = vec![Resource::default()];
    let batch = Batch { resources, scopes: vec![SpanScope::default()], spans: spans.collect() };
    let sets = (0..1200).map(|t| (id(t), (if t >= 1000 { Set::These } else { Set::Others }, t % 2 == 0))).collect();
    let mut contrast = Contrast::default();
    assert_eq!(contrast.traces(), [0, 0]);
    contrast.take(block_part(&batch, &sets));
    assert_eq!(contrast.traces(), [200, 1000]);
    let (found, too_many) = contrast.differences([200, 1000]);
    let lines: Vec<_> = found.iter().map(|d| (d.condition().to_string(), d.these, d.others)).collect();
    assert_eq!(lines, [("offset >= 1000 and offset < 2000".to_owned(), 200, 0)]);
    assert_eq!(too_many, [Of::Attribute("message.id".into())]);
    // What lies in several parts is one trace, however often it is met.
    contrast.take(block_part(&batch, &sets));
    assert_eq!(contrast.traces(), [300, 1500]);
}

#[test]
fn numbers_fall_into_bins_of_the_series() {
    for (number, from, below) in [
        (1.0, 1.0, 2.0),
        (1.999, 1.0, 2.0),
        (2.0, 2.0, 5.0),
        (5.0, 5.0, 10.0),
        (999.999, 500.0, 1000.0),
        (1000.0, 1000.0, 2000.0),
        (0.02, 0.02, 0.05),
        (-3.0, -5.0, -2.0),
        (9.3e18, 5e18, 1e19),
    ] {
        let Some(What::Bin(found)) = bin(AttributeValue::Double(number)) else { panic!("{number}") };
        assert_eq!(What::Bin(found).shown(), Shown::Between(from, below), "{number}");
    }
    assert_eq!(bin(AttributeValue::Int(0)).unwrap().shown(), Shown::Number(0.0));
    assert_eq!(bin(AttributeValue::Double(f64::NAN)), None);
    for number in [f64::MIN_POSITIVE, f64::MAX, -f64::MAX, 5e-324] {
        assert!(bin(AttributeValue::Double(number)).is_some());
    }
}

/// However few there are of one, they are not cut with the other; and who is chosen does not depend on when it was.
#[test]
fn of_large_sets_an_even_part_is_chosen() {
    let piece = |at: u32| Piece {
        trace_id: u128::from(at).to_be_bytes(),
        start_ns: u64::from(at) + 1,
        end_ns: 5000,
        errors: 0,
        parts: 1 + at % 2,
        held: [Truth::Yes, if at.is_multiple_of(100) { Truth::Yes } else { Truth::No }, Truth::Yes],
    };
    let traces: Vec<Piece> = (0..4000).map(piece).collect();
    let (both, there) = sets(&traces, 1000);
    assert_eq!(there, [40, 3960]);
    let of = |set| both.values().filter(|(of, _)| *of == set).count();
    assert_eq!((of(Set::These), of(Set::Others)), (40, 1000));
    let early = both.keys().filter(|trace_id| u128::from_be_bytes(**trace_id) < 2000).count();
    assert!((400..640).contains(&early), "{early} of 1040");
    assert!(both.iter().all(|(trace_id, (_, is_split))| *is_split == (trace_id[15] % 2 == 1)));
    // The same ones whatever the order.
    let back: Vec<Piece> = traces.iter().rev().copied().collect();
    assert_eq!(sets(&back, 1000), (both, there));
    assert_eq!(sets(&traces, 4000).0.len(), 4000);
}
