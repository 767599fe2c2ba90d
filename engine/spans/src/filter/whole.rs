//! The part of a filter that asks whole traces: `trace.start` and `trace.duration`.
//!
//! Whoever keeps what a list shows of each trace answers it from there, without any of the trace's spans.

use super::comparison::Scalar;
use super::evaluate::{Filter, Node};
use super::expr::Field;

/// Conditions on nothing but a trace's own times.
#[derive(Debug, Clone)]
pub struct TraceFilter {
    node: Node,
}

impl Filter {
    /// Whether it holds for every span.
    pub fn asks_nothing(&self) -> bool {
        matches!(&self.node, Node::And(parts) if parts.is_empty())
    }

    /// What it asks of spans, and what it asks of whole traces alone, as far as the two can be taken apart: it holds for a span
    /// where the first does, in a trace for which the second does.
    pub fn apart(&self) -> (Filter, Option<TraceFilter>) {
        let parts = match &self.node {
            Node::And(parts) => parts.as_slice(),
            node => std::slice::from_ref(node),
        };
        let (of_trace, of_spans): (Vec<Node>, Vec<Node>) = parts.iter().cloned().partition(is_of_trace);
        let of_trace = (!of_trace.is_empty()).then_some(TraceFilter { node: Node::And(of_trace) });
        (Filter { node: Node::And(of_spans) }, of_trace)
    }

    /// The first and the last moment at which spans start for which it holds, as far as the filter itself says, nanoseconds
    /// since 1970.
    pub fn moments(&self) -> (Option<u64>, Option<u64>) {
        within(&self.node, &[Field::Start, Field::TraceStart])
    }
}

impl TraceFilter {
    /// Whether it holds for a trace that starts then, nanoseconds since 1970, and is so long.
    pub fn holds(&self, start_ns: u64, duration_ns: u64) -> bool {
        holds(&self.node, start_ns, duration_ns)
    }

    /// Whether it may hold for a trace that starts no earlier than this, and is no longer. Now and then wrongly yes, never wrongly no.
    pub fn may_hold(&self, start_ns: u64, duration_ns: u64) -> bool {
        may_hold(&self.node, start_ns, duration_ns)
    }

    /// The first and the last moment at which a trace starts for which it holds, as far as that is said.
    pub fn starts(&self) -> (Option<u64>, Option<u64>) {
        within(&self.node, &[Field::TraceStart])
    }
}

fn is_of_trace(node: &Node) -> bool {
    match node {
        Node::And(parts) | Node::Or(parts) => !parts.is_empty() && parts.iter().all(is_of_trace),
        Node::Not(inner) => is_of_trace(inner),
        Node::Compare(field, _) | Node::Exists(field) => matches!(field, Field::TraceStart | Field::TraceDuration),
        Node::Related(..) => false,
    }
}

fn holds(node: &Node, start_ns: u64, duration_ns: u64) -> bool {
    match node {
        Node::And(parts) => parts.iter().all(|part| holds(part, start_ns, duration_ns)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, start_ns, duration_ns)),
        Node::Not(inner) => !holds(inner, start_ns, duration_ns),
        Node::Compare(Field::TraceStart, comparison) => comparison.holds(&[Scalar::Duration(start_ns)]),
        Node::Compare(_, comparison) => comparison.holds(&[Scalar::Duration(duration_ns)]),
        Node::Exists(_) => true,
        Node::Related(..) => false,
    }
}

fn may_hold(node: &Node, start_ns: u64, duration_ns: u64) -> bool {
    match node {
        Node::And(parts) => parts.iter().all(|part| may_hold(part, start_ns, duration_ns)),
        Node::Or(parts) => parts.iter().any(|part| may_hold(part, start_ns, duration_ns)),
        Node::Compare(Field::TraceStart, comparison) => {
            comparison.nanos().1.is_none_or(|greatest| start_ns <= greatest)
        }
        Node::Compare(_, comparison) => comparison.nanos().0.is_none_or(|least| least <= duration_ns),
        Node::Not(_) | Node::Exists(_) | Node::Related(..) => true,
    }
}

/// Where the values of these fields lie in all that holds.
fn within(node: &Node, fields: &[Field]) -> (Option<u64>, Option<u64>) {
    match node {
        Node::And(parts) => parts.iter().fold((None, None), |(least, greatest), part| {
            let (from, until) = within(part, fields);
            // The greatest of the lower bounds, the least of the upper ones.
            (least.max(from), [greatest, until].into_iter().flatten().min())
        }),
        Node::Compare(field, comparison) if fields.contains(field) => comparison.nanos(),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, parse};

    fn filter(text: &str) -> Filter {
        Filter::new(&parse(text).unwrap()).unwrap()
    }

    #[test]
    fn what_asks_traces_is_taken_apart() {
        for (text, of_spans, of_trace) in [
            ("", false, false),
            ("service = shop", true, false),
            ("trace.duration > 1s", false, true),
            ("service = shop and trace.duration > 1s and not trace.start < 2026-11-23", true, true),
            ("trace.duration > 1s or trace.start > 2026-11-23", false, true),
            // Not to be taken apart: the span decides which of the two matters.
            ("service = shop or trace.duration > 1s", true, false),
            ("{ trace.duration > 1s } > { }", true, false),
        ] {
            let (spans, trace) = filter(text).apart();
            assert_eq!((!spans.asks_nothing(), trace.is_some()), (of_spans, of_trace), "{text}");
        }
    }

    #[test]
    fn traces_are_asked_by_their_times() {
        let (_, asked) =
            filter("trace.start >= 1970-01-01T00:00:01Z and (trace.duration < 1s or trace.duration > 1m)").apart();
        let asked = asked.unwrap();
        let second = 1_000_000_000;
        for (start, duration, holds) in [
            (second, 0, true),
            (second - 1, 0, false),
            (second, second, false),
            (second, 60 * second, false),
            (second, 60 * second + 1, true),
        ] {
            assert_eq!(asked.holds(start, duration), holds, "{start} {duration}");
        }
    }

    /// What holds for a trace may hold for all that start earlier and are longer as far as is known.
    #[test]
    fn what_holds_is_not_excluded_by_bounds() {
        let texts = [
            "trace.duration > 5ns",
            "trace.duration < 5ns",
            "trace.duration = 5ns",
            "trace.duration != 5ns",
            "not trace.duration < 5ns",
            "trace.duration > 3ns and trace.duration <= 6ns",
            "trace.duration > 8ns or trace.duration < 2ns",
            "trace.start >= 1970-01-01T00:00:00.000000005Z and trace.duration > 2ns",
            "trace.start < 1970-01-01T00:00:00.000000005Z",
            "not (trace.start < 1970-01-01T00:00:00.000000005Z or trace.duration > 4ns)",
        ];
        for text in texts {
            let asked = filter(text).apart().1.unwrap();
            for (start, duration) in (0..10).flat_map(|start| (0..10).map(move |duration| (start, duration))) {
                let holds_within = (start..10).any(|later| (0..=duration).any(|shorter| asked.holds(later, shorter)));
                assert!(!holds_within || asked.may_hold(start, duration), "{text}: {start} {duration}");
            }
        }
        let excluded = filter("trace.duration > 5ns and trace.start < 1970-01-02").apart().1.unwrap();
        assert!(!excluded.may_hold(0, 5) && excluded.may_hold(0, 6) && !excluded.may_hold(u64::MAX, 6));
    }

    #[test]
    fn what_is_said_of_starts() {
        let second = 1_000_000_000;
        for (text, moments) in [
            ("start >= 1970-01-01T00:00:01Z", (Some(second), None)),
            (
                "start > 1970-01-01T00:00:01Z and trace.start < 1970-01-01T00:00:03Z",
                (Some(second + 1), Some(3 * second - 1)),
            ),
            (
                "trace.start <= 1970-01-01T00:00:03Z start > 1970-01-01 start >= 1970-01-01T00:00:02Z",
                (Some(2 * second), Some(3 * second)),
            ),
            ("start = 1970-01-01T00:00:01Z", (Some(second), Some(second))),
            ("start != 1970-01-01T00:00:01Z or start < 1970-01-02", (None, None)),
            ("not start < 1970-01-02", (None, None)),
        ] {
            assert_eq!(filter(text).moments(), moments, "{text}");
        }
        assert_eq!(
            filter("start > 1970-01-02 trace.start < 1970-01-01T00:00:01Z").apart().1.unwrap().starts(),
            (None, Some(second - 1))
        );
    }
}
