//! Two traces as one tree.

use proptest::prelude::*;
use thalweg_topology::{Attributes, Kind, Observed, ObservedTrace, Service, Twin, twins};

/// Number, parent, operation, start, duration.
type Times = (u8, Option<u8>, &'static str, u64, u64);

fn trace(spans: &[Times]) -> ObservedTrace<'static> {
    let span = |&(number, parent, name, start, duration): &Times| Observed {
        id: [number; 8],
        parent: parent.map(|parent| [parent; 8]),
        kind: Kind::Internal,
        service: Service { name: "shop", ..Service::default() },
        name,
        start,
        end: start + duration,
        error: name == "fail",
        attributes: Attributes::default(),
        links: Vec::new(),
    };
    ObservedTrace { id: [1; 16], spans: spans.iter().map(span).collect() }
}

/// Depth, name, and the numbers of both spans.
fn lines(found: &[Twin]) -> Vec<(u32, &str, Option<u8>, Option<u8>)> {
    let number = |side: &Option<thalweg_topology::TwinSpan>| side.as_ref().map(|span| span.id[0]);
    found.iter().map(|twin| (twin.depth, twin.name.as_str(), number(&twin.before), number(&twin.after))).collect()
}

#[test]
fn spans_match_by_path_and_order() {
    let before = trace(&[
        (1, None, "order", 100, 50),
        (2, Some(1), "load", 101, 5),
        (3, Some(1), "pay", 110, 10),
        (4, Some(3), "card", 111, 8),
        (5, Some(1), "pay", 125, 10),
        (6, Some(1), "mail", 140, 4),
    ]);
    let after = trace(&[
        (11, None, "order", 7000, 90),
        (12, Some(11), "cache", 7001, 1),
        (13, Some(11), "pay", 7010, 10),
        // The same operation below another parent is another path.
        (14, Some(11), "card", 7015, 2),
        (15, Some(11), "mail", 7030, 40),
        (16, Some(15), "smtp", 7031, 30),
    ]);
    let found = twins(&before, &after);
    assert_eq!(
        lines(&found),
        [
            (0, "order", Some(1), Some(11)),
            (1, "load", Some(2), None),
            (1, "cache", None, Some(12)),
            (1, "pay", Some(3), Some(13)),
            (2, "card", Some(4), None),
            (1, "pay", Some(5), None),
            (1, "card", None, Some(14)),
            (1, "mail", Some(6), Some(15)),
            (2, "smtp", None, Some(16)),
        ]
    );
    // Times are those within each trace.
    let mail = found.iter().find(|twin| twin.name == "mail").and_then(|twin| Some((twin.before?, twin.after?)));
    assert_eq!(mail.map(|(a, b)| ((a.start, a.duration), (b.start, b.duration))), Some(((40, 4), (30, 40))));
}

#[test]
fn spans_in_circles_are_told_once() {
    let round =
        trace(&[(1, Some(2), "a", 1, 1), (2, Some(1), "b", 2, 1), (3, Some(3), "c", 3, 1), (4, None, "d", 4, 1)]);
    let found = twins(&round, &trace(&[]));
    let mut numbers: Vec<_> = found.iter().filter_map(|twin| twin.before).map(|span| span.id[0]).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

fn any_trace() -> impl Strategy<Value = ObservedTrace<'static>> {
    let name = prop::sample::select(vec!["a", "b", "fail"]);
    prop::collection::vec((prop::option::of(0..20_u8), name, 0..50_u64, 0..9_u64), 0..20).prop_map(|spans| {
        let numbered = spans.into_iter().enumerate();
        let spans: Vec<Times> =
            numbered.map(|(n, (parent, name, start, length))| (n as u8, parent, name, start, length)).collect();
        trace(&spans)
    })
}

proptest! {
    #[test]
    fn every_span_is_in_one_line(before in any_trace(), after in any_trace()) {
        let found = twins(&before, &after);
        for (side, of) in [(0, &before), (1, &after)] {
            let told = found.iter().filter_map(|twin| if side == 0 { twin.before } else { twin.after });
            let mut told: Vec<_> = told.map(|span| span.id).collect();
            told.sort_unstable();
            let mut all: Vec<_> = of.spans.iter().map(|span| span.id).collect();
            all.sort_unstable();
            prop_assert_eq!(told, all);
        }
        // A trace beside itself has everything on both sides.
        prop_assert!(twins(&before, &before).iter().all(|twin| twin.before == twin.after));
    }
}
