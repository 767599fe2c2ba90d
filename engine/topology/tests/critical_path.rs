//! The critical path in the cases in which Jaeger's user interface is tested (jaeger-ui, `TracePage/CriticalPath/testCases`, 1 to 9):
//! the same times, the same sections.

use proptest::prelude::*;
use thalweg_topology::{
    Attributes, Kind, Observed, ObservedLink, ObservedTrace, Section, Service, critical_path, self_times,
};

/// Number, parent, start, duration.
type Times = (u8, Option<u8>, u64, u64);
/// Number, start and end of a section.
type Part = (u8, u64, u64);

fn span(&(number, parent, start, duration): &Times) -> Observed<'static> {
    Observed {
        id: [number; 8],
        parent: parent.map(|parent| [parent; 8]),
        kind: Kind::Internal,
        service: Service { name: "service-one", ..Service::default() },
        name: "op",
        start,
        end: start + duration,
        error: false,
        attributes: Attributes::default(),
        links: Vec::new(),
    }
}

fn trace(spans: &[Times]) -> ObservedTrace<'static> {
    ObservedTrace { id: [1; 16], spans: spans.iter().map(span).collect() }
}

/// Letters of spans with start and end of their sections.
fn path(trace: &ObservedTrace<'_>) -> Vec<Part> {
    critical_path(trace).into_iter().map(|s| (trace.spans[s.span].id[0], s.start, s.end)).collect()
}

#[test]
fn the_nine_cases_of_jaeger() {
    let cases: [(&[Times], &[Part]); 8] = [
        // 1: one child after the other
        (
            &[(b'E', Some(b'C'), 50, 10), (b'C', None, 1, 100), (b'D', Some(b'C'), 20, 20)],
            &[(b'C', 1, 20), (b'D', 20, 40), (b'C', 40, 50), (b'E', 50, 60), (b'C', 60, 101)],
        ),
        // 2: beside each other; the one that ends later counts
        (
            &[(b'X', None, 1, 100), (b'A', Some(b'X'), 10, 40), (b'C', Some(b'X'), 20, 40)],
            &[(b'X', 1, 20), (b'C', 20, 60), (b'X', 60, 101)],
        ),
        // 3: a child that starts after its parent's end
        (&[(b'A', None, 100, 40), (b'B', Some(b'A'), 150, 50)], &[(b'A', 100, 140)]),
        // 4: the same with a grandchild
        (&[(b'A', None, 1, 30), (b'B', Some(b'A'), 40, 40), (b'C', Some(b'B'), 50, 10)], &[(b'A', 1, 31)]),
        // 6: a child that ends after its parent, a grandchild that starts before its own
        (
            &[(b'A', None, 1, 29), (b'B', Some(b'A'), 15, 20), (b'C', Some(b'B'), 10, 15)],
            &[(b'A', 1, 15), (b'C', 15, 25), (b'B', 25, 30)],
        ),
        // 7: each ends after its parent
        (
            &[(b'A', None, 1, 29), (b'B', Some(b'A'), 15, 20), (b'C', Some(b'B'), 20, 20)],
            &[(b'A', 1, 15), (b'B', 15, 20), (b'C', 20, 30)],
        ),
        // 8: a child around its parent
        (&[(b'A', None, 10, 20), (b'B', Some(b'A'), 5, 30)], &[(b'B', 10, 30)]),
        // 9: a child before its parent
        (&[(b'A', None, 10, 20), (b'B', Some(b'A'), 1, 4)], &[(b'A', 10, 30)]),
    ];
    for (spans, expected) in cases {
        assert_eq!(path(&trace(spans)), expected);
    }
    // 5: what only follows from another is not waited for. OTLP says that with a link.
    let mut followed = trace(&[(b'A', None, 1, 30), (b'B', None, 10, 10)]);
    followed.spans[1].links.push(ObservedLink { trace: [1; 16], span: [b'A'; 8], attributes: Attributes::default() });
    assert_eq!(path(&followed), [(b'A', 1, 31)]);
}

#[test]
fn a_message_is_not_waited_for() {
    let mut spans = trace(&[(b'P', None, 0, 10), (b'C', Some(b'P'), 5, 50)]);
    spans.spans[0].kind = Kind::Producer;
    spans.spans[1].kind = Kind::Consumer;
    assert_eq!(path(&spans), [(b'P', 0, 10)]);
    assert_eq!(self_times(&spans), [10, 50]);
}

#[test]
fn own_time_counts_side_by_side_children_once() {
    let spans =
        [(1, None, 0, 100), (2, Some(1), 10, 30), (3, Some(1), 30, 30), (4, Some(3), 30, 30), (5, Some(1), 90, 110)];
    assert_eq!(self_times(&trace(&spans)), [40, 30, 0, 30, 110]);
}

fn any_trace() -> impl Strategy<Value = Vec<Times>> {
    prop::collection::vec((prop::option::of(0..12_u8), 0..40_u64, 0..30_u64), 1..12).prop_map(|spans| {
        spans.into_iter().enumerate().map(|(i, (parent, start, length))| (i as u8, parent, start, length)).collect()
    })
}

proptest! {
    /// Whatever the spans, circles and missing parents included: the sections are one stretch without holes, from the start of the
    /// first root to its end.
    #[test]
    fn the_path_has_no_holes(spans in any_trace()) {
        let trace = trace(&spans);
        let sections: Vec<Section> = critical_path(&trace);
        for two in sections.windows(2) {
            prop_assert_eq!(two[0].end, two[1].start);
        }
        if let (Some(first), Some(last)) = (sections.first(), sections.last()) {
            let whole = last.end - first.start;
            prop_assert!(trace.spans.iter().any(|span| span.start == first.start && span.duration() == whole));
        }
    }

    #[test]
    fn own_times_are_parts_of_their_spans(spans in any_trace()) {
        let trace = trace(&spans);
        for (span, own) in trace.spans.iter().zip(self_times(&trace)) {
            prop_assert!(own <= span.duration());
        }
    }
}
