//! What filters answer: spans in a table, and which of them each filter finds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use thalweg_spans::filter::{
    Comparison, Expr, Field, Fields, Filter, Op, Relation, Scalar, Scope, SpanRow, Value, Values, parse,
};

/// A value as its sender made it.
#[derive(Debug, Clone)]
enum Own {
    Text(&'static str),
    Integer(i64),
    Number(f64),
    Bool(bool),
    Nothing,
    List(Vec<Own>),
}

impl Own {
    fn scalars(&self) -> Vec<Scalar<'_>> {
        match self {
            Own::Text(text) => vec![Scalar::Text(text)],
            Own::Integer(number) => vec![Scalar::Integer(*number)],
            Own::Number(number) => vec![Scalar::Number(*number)],
            Own::Bool(value) => vec![Scalar::Bool(*value)],
            Own::Nothing => vec![Scalar::Other],
            Own::List(list) if list.is_empty() => vec![Scalar::Other],
            Own::List(list) => list.iter().flat_map(Own::scalars).collect(),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Row {
    id: u8,
    trace: u8,
    parent: u8,
    links: Vec<(u8, u8)>,
    service: &'static str,
    name: &'static str,
    ms: u64,
    status: &'static str,
    message: &'static str,
    kind: &'static str,
    events: Vec<&'static str>,
    attributes: BTreeMap<(u8, &'static str), Own>,
}

fn number(scope: Scope) -> u8 {
    match scope {
        Scope::Any | Scope::Span => 0,
        Scope::Resource => 1,
        Scope::Event => 2,
        Scope::Link => 3,
    }
}

impl Row {
    fn with(mut self, scope: Scope, key: &'static str, value: Own) -> Self {
        self.attributes.insert((number(scope), key), value);
        self
    }

    fn own(&self, scope: u8, key: &str) -> Option<&Own> {
        self.attributes.iter().find(|((own, name), _)| *own == scope && *name == key).map(|(_, value)| value)
    }
}

impl Fields for Row {
    fn get(&self, field: &Field) -> Values<'_> {
        let text = |text: &'static str| if text.is_empty() { Values::None } else { Values::One(Scalar::Text(text)) };
        match field {
            Field::Service => text(self.service),
            Field::Name => text(self.name),
            Field::Duration => Values::One(Scalar::Duration(self.ms * 1_000_000)),
            Field::Start => Values::One(Scalar::Duration(u64::from(self.id) * 1_000_000_000)),
            Field::Status => text(self.status),
            Field::StatusMessage => text(self.message),
            Field::Kind => text(self.kind),
            Field::TraceStart | Field::TraceDuration | Field::TraceId | Field::SpanId | Field::ScopeName => {
                Values::None
            }
            Field::EventName => self.events.iter().map(|name| Scalar::Text(name)).collect(),
            Field::Anywhere => [self.service, self.name, self.message]
                .into_iter()
                .chain(self.events.iter().copied())
                .map(Scalar::Text)
                .chain(self.attributes.values().flat_map(Own::scalars))
                .collect(),
            Field::Attribute(Scope::Any, key) => match self.own(0, key).or_else(|| self.own(1, key)) {
                Some(value) => value.scalars().into_iter().collect(),
                None => Values::None,
            },
            Field::Attribute(scope, key) => match self.own(number(*scope), key) {
                Some(value) => value.scalars().into_iter().collect(),
                None => Values::None,
            },
        }
    }
}

fn wide(id: u8) -> [u8; 8] {
    [0, 0, 0, 0, 0, 0, 0, id]
}

impl SpanRow for Row {
    fn trace_id(&self) -> [u8; 16] {
        [self.trace; 16]
    }

    fn span_id(&self) -> [u8; 8] {
        wide(self.id)
    }

    fn parent_id(&self) -> Option<[u8; 8]> {
        (self.parent > 0).then(|| wide(self.parent))
    }

    fn links(&self) -> Vec<([u8; 16], [u8; 8])> {
        self.links.iter().map(|(trace, span)| ([*trace; 16], wide(*span))).collect()
    }
}

/// An order: placed in one trace, paid with a retry in another that links to it.
fn order() -> Vec<Row> {
    let base = Row { trace: 1, status: "unset", kind: "internal", ..Row::default() };
    vec![
        Row { id: 1, service: "shop", name: "POST /checkout", ms: 100, kind: "server", ..base.clone() }
            .with(Scope::Span, "http.response.status_code", Own::Integer(200))
            .with(Scope::Span, "http.route", Own::Text("/checkout"))
            .with(Scope::Resource, "host.name", Own::Text("a1"))
            .with(Scope::Span, "version", Own::Text("1.10")),
        Row { id: 2, parent: 1, service: "shop", name: "publish orders", ms: 2, kind: "producer", ..base.clone() }
            .with(Scope::Span, "messaging.destination.name", Own::Text("orders"))
            .with(Scope::Resource, "host.name", Own::Text("a1"))
            .with(Scope::Span, "host.name", Own::Text("broker")),
        Row { id: 3, parent: 1, service: "shop", name: "SELECT stock", ms: 20, kind: "client", ..base.clone() }
            .with(Scope::Span, "db.rows", Own::Number(2.5))
            .with(Scope::Span, "cached", Own::Bool(false))
            .with(Scope::Span, "queue.wait_ms", Own::Integer(250)),
        Row {
            id: 4,
            trace: 2,
            service: "payment",
            name: "handle orders",
            ms: 500,
            kind: "consumer",
            links: vec![(1, 2)],
            ..base.clone()
        }
        .with(Scope::Span, "messaging.destination.name", Own::Text("orders"))
        .with(Scope::Span, "tags", Own::List(vec![Own::Text("eu"), Own::Text("VIP"), Own::Integer(7)]))
        .with(Scope::Span, "http.response.status_code", Own::Text("503")),
        Row {
            id: 5,
            trace: 2,
            parent: 4,
            service: "payment",
            name: "charge",
            ms: 300,
            status: "error",
            message: "Card network timed out",
            events: vec!["retry", "exception"],
            kind: "client",
            ..base.clone()
        }
        .with(Scope::Event, "exception.type", Own::Text("TimeoutError"))
        .with(Scope::Span, "nothing", Own::Nothing)
        .with(Scope::Span, "timeout", Own::Text("300ms")),
        // Its parent never arrived.
        Row { id: 6, trace: 2, parent: 99, service: "mailer", name: "Größe messen", ms: 1, ..base }
            .with(Scope::Link, "messaging.message.id", Own::Text("m-1"))
            .with(Scope::Span, "tags", Own::List(vec![])),
    ]
}

fn found(filter: &str, rows: &[Row]) -> Vec<u8> {
    let expr = parse(filter).unwrap_or_else(|problems| panic!("{filter}: {problems}"));
    let filter = Filter::new(&expr).unwrap_or_else(|error| panic!("{filter}: {error}"));
    rows.iter().zip(filter.matching(rows)).filter(|(_, held)| *held).map(|(row, _)| row.id).collect()
}

#[test]
fn conditions_on_one_span() {
    let rows = order();
    for (filter, ids) in [
        ("", vec![1, 2, 3, 4, 5, 6]),
        ("false", vec![]),
        ("service = payment", vec![4, 5]),
        ("service = Payment", vec![]),
        ("service != payment", vec![1, 2, 3, 6]),
        ("service in (shop, mailer)", vec![1, 2, 3, 6]),
        ("service not in (shop, mailer)", vec![4, 5]),
        ("name ~ ORDERS", vec![2, 4]),
        ("name ~ größe", vec![6]),
        ("name ~ GRÖSSE", vec![]),
        ("name =~ \"^(publish|handle) \"", vec![2, 4]),
        ("name !=~ o", vec![5, 6]),
        ("name !~ o", vec![5, 6]),
        ("duration >= 300ms", vec![4, 5]),
        ("duration < 2ms or duration = 0.5s", vec![4, 6]),
        ("status = error", vec![5]),
        ("status.message ~ \"card network\"", vec![5]),
        ("status.message != x", vec![5]),
        ("not status.message = x", vec![1, 2, 3, 4, 5, 6]),
        ("kind in (producer, consumer)", vec![2, 4]),
        ("start > 1970-01-01T00:00:04Z", vec![5, 6]),
        ("event.name = exception", vec![5]),
        // None of the events may be equal.
        ("event.name != exception", vec![]),
        ("event.name != other", vec![5]),
        ("event.exception.type = TimeoutError", vec![5]),
        ("exception.type = TimeoutError", vec![]),
        ("exists link.messaging.message.id", vec![6]),
        ("host.name = broker", vec![2]),
        ("host.name = a1", vec![1]),
        ("resource.host.name = a1", vec![1, 2]),
        ("span.host.name = a1", vec![]),
        ("exists host.name", vec![1, 2]),
        ("not exists host.name", vec![3, 4, 5, 6]),
    ] {
        assert_eq!(found(filter, &rows), ids, "{filter}");
    }
}

#[test]
fn attributes_are_compared_by_what_they_are() {
    let rows = order();
    for (filter, ids) in [
        // Some senders write numbers as texts; quotes do not decide whether a value is found.
        ("http.response.status_code = 200", vec![1]),
        ("http.response.status_code = \"200\"", vec![1]),
        ("http.response.status_code = 503", vec![4]),
        ("http.response.status_code = \"503\"", vec![4]),
        ("http.response.status_code >= 200", vec![1, 4]),
        ("http.response.status_code >= 500", vec![4]),
        ("http.response.status_code != 200", vec![4]),
        ("http.response.status_code ~ 50", vec![4]),
        ("http.response.status_code =~ \"^2..$\"", vec![1]),
        ("version = 1.10", vec![1]),
        ("version = 1.1", vec![]),
        ("version > 1.05", vec![1]),
        ("db.rows = 2.5", vec![3]),
        ("db.rows > 2", vec![3]),
        ("cached = false", vec![3]),
        ("cached = \"false\"", vec![3]),
        ("cached != true", vec![3]),
        ("tags = VIP", vec![4]),
        ("tags = 7", vec![4]),
        ("tags ~ vip", vec![4]),
        ("tags != VIP", vec![6]),
        ("exists tags", vec![4, 6]),
        ("exists nothing", vec![5]),
        ("nothing = \"\"", vec![]),
        ("nothing != x", vec![5]),
        // The key's end names the unit.
        ("queue.wait_ms > 200ms", vec![3]),
        ("queue.wait_ms = 0.25s", vec![3]),
        ("queue.wait_ms > 1s", vec![]),
        ("queue.wait_ms > 200", vec![3]),
        ("timeout = 0.3s", vec![5]),
        ("timeout > 299ms", vec![5]),
        ("db.rows > 1ms", vec![]),
    ] {
        assert_eq!(found(filter, &rows), ids, "{filter}");
    }
}

#[test]
fn lone_words_are_searched_everywhere() {
    let rows = order();
    for (filter, ids) in [
        ("orders", vec![2, 4]),
        ("timed", vec![5]),
        ("timeouterror", vec![5]),
        ("a1", vec![1, 2]),
        ("vip orders", vec![4]),
        ("\"card network\" or größe", vec![5, 6]),
        ("payment status = error", vec![5]),
        ("not shop", vec![4, 5, 6]),
        ("retry", vec![5]),
        ("503", vec![4]),
    ] {
        assert_eq!(found(filter, &rows), ids, "{filter}");
    }
}

#[test]
fn relations_hold_for_the_right_side() {
    let rows = order();
    for (filter, ids) in [
        ("{ service = shop } > { }", vec![2, 3]),
        ("{ kind = server } > { kind = producer }", vec![2]),
        ("{ kind = producer } > { }", vec![]),
        ("{ } >> { status = error }", vec![5]),
        ("{ service = shop } >> { status = error }", vec![]),
        ("{ name ~ publish } ~ { }", vec![3]),
        ("{ } ~ { }", vec![2, 3]),
        ("{ name ~ publish } -> { }", vec![4]),
        ("{ kind = server } > { } -> { service = payment }", vec![4]),
        ("{ kind = server } > { } -> { } > { status = error }", vec![5]),
        ("{ { kind = producer } -> { } } > { }", vec![5]),
        ("not { } > { }", vec![1, 4, 6]),
        ("status = error or { kind = server } > { }", vec![2, 3, 5]),
        ("duration < 10ms and { kind = server } > { }", vec![2]),
    ] {
        assert_eq!(found(filter, &rows), ids, "{filter}");
    }
}

#[test]
fn a_span_alone_is_in_no_relation() {
    let rows = order();
    let holds = |filter: &str| Filter::new(&parse(filter).unwrap()).unwrap().holds(&rows[1]);
    assert!(holds("service = shop"));
    assert!(!holds("{ } > { }"));
    assert!(holds("not { } > { }"));
}

#[test]
fn circles_and_own_parents_come_to_an_end() {
    let row = |id: u8, parent: u8, name: &'static str| Row { id, parent, name, trace: 1, ..Row::default() };
    let rows = [row(1, 3, "a"), row(2, 1, "b"), row(3, 2, "c"), row(4, 3, "d"), row(5, 5, "e"), row(6, 5, "f")];
    assert_eq!(found("{ name = a } >> { }", &rows), [2, 3, 4]);
    assert_eq!(found("{ name in (a, b) } >> { }", &rows), [1, 2, 3, 4]);
    assert!(found("{ name = d } >> { }", &rows).is_empty());
    assert_eq!(found("{ name = e } >> { }", &rows), [6]);
    assert_eq!(found("{ name = e } > { }", &rows), [6]);
}

#[test]
fn patterns_that_take_too_much_are_refused() {
    let expr = parse("name =~ \"(a{1000}){1000}\"").unwrap();
    let error = Filter::new(&expr).unwrap_err().to_string();
    assert!(error.contains("memory"), "{error}");
    let wrong = Expr::Compare(Field::Name, Op::Matches, Value::Text("(".into()));
    let error = Filter::new(&wrong).unwrap_err().to_string();
    assert!(error.contains("unclosed group"), "{error}");
}

#[test]
fn long_chains_of_spans_are_no_stack_of_calls() {
    let rows: Vec<Chain> = (1..=100_000).map(Chain).collect();
    let relation = Expr::Related(
        Box::new(Expr::Compare(Field::Duration, Op::Equal, Value::Duration(1))),
        Relation::Descendant,
        Box::new(Expr::And(vec![])),
    );
    let held = Filter::new(&relation).unwrap().matching(&rows);
    assert_eq!(held.iter().filter(|held| **held).count(), 99_999);
}

/// Each the child of the one before it.
struct Chain(u64);

impl Fields for Chain {
    fn get(&self, _: &Field) -> Values<'_> {
        Values::One(Scalar::Duration(self.0))
    }
}

impl SpanRow for Chain {
    fn trace_id(&self) -> [u8; 16] {
        [1; 16]
    }

    fn span_id(&self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    fn parent_id(&self) -> Option<[u8; 8]> {
        Some((self.0 - 1).to_be_bytes())
    }

    fn links(&self) -> Vec<([u8; 16], [u8; 8])> {
        Vec::new()
    }
}

/// For each pair of spans whether the right one is below the left one, by walking.
fn is_below(rows: &[Row], above: usize, below: usize) -> bool {
    let mut at = below;
    for _ in 0..rows.len() {
        let parent = rows
            .iter()
            .position(|row| row.trace == rows[at].trace && row.id == rows[at].parent && rows[at].parent != rows[at].id);
        let Some(parent) = parent else { return false };
        if parent == above {
            return above != below;
        }
        at = parent;
    }
    false
}

proptest! {
    #[test]
    fn descendants_are_those_one_walks_up_from(parents in prop::collection::vec(0_u8..14, 1..12), left in any::<u16>()) {
        let row = |(i, parent): (usize, &u8)| Row {
            id: i as u8 + 1,
            trace: 1,
            parent: *parent,
            name: if left >> i & 1 == 1 { "left" } else { "right" },
            ..Row::default()
        };
        let rows: Vec<Row> = parents.iter().enumerate().map(row).collect();
        let walked: Vec<u8> = (0..rows.len())
            .filter(|below| (0..rows.len()).any(|above| rows[above].name == "left" && is_below(&rows, above, *below)))
            .map(|at| rows[at].id)
            .collect();
        prop_assert_eq!(found("{ name = left } >> { }", &rows), walked);
    }

    #[test]
    fn negations_say_there_and_not(text in "[a-c]{0,2}", seen in prop::collection::vec("[a-c]{0,2}", 0..4)) {
        let scalars: Vec<Scalar<'_>> = seen.iter().map(|text| Scalar::Text(text)).collect();
        for (positive, negative) in
            [(Op::Equal, Op::NotEqual), (Op::Contains, Op::NotContains), (Op::Matches, Op::NotMatches)]
        {
            let holds = |op| Comparison::new(&Field::Name, op, &Value::Text(text.clone())).unwrap().holds(&scalars);
            prop_assert_eq!(holds(negative), !scalars.is_empty() && !holds(positive));
        }
    }

    #[test]
    fn containing_ignores_the_case_of_letters(text in "[a-cA-CäÄ]{0,80}", part in "[a-cA-CäÄ]{0,3}") {
        let contains = Comparison::new(&Field::Name, Op::Contains, &Value::Text(part.clone())).unwrap();
        prop_assert_eq!(contains.one(Scalar::Text(&text)), text.to_lowercase().contains(&part.to_lowercase()));
    }
}
