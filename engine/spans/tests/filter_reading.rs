//! What filters mean: texts beside the expressions they are read as, and the texts they print.

use proptest::prelude::*;
use thalweg_spans::filter::{Expr, Field, Op, Relation, Scope, Value, limits, parse, read};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn attribute(key: &str) -> Field {
    Field::Attribute(Scope::Any, key.to_owned())
}

fn compare(field: Field, op: Op, value: Value) -> Expr {
    Expr::Compare(field, op, value)
}

fn anywhere(word: &str) -> Expr {
    compare(Field::Anywhere, Op::Contains, text(word))
}

fn related(left: Expr, relation: Relation, right: Expr) -> Expr {
    Expr::Related(Box::new(left), relation, Box::new(right))
}

fn assert_reads(filter: &str, expected: &Expr) {
    match parse(filter) {
        Ok(expr) => assert_eq!(expr, *expected, "{filter}"),
        Err(problems) => panic!("{filter}: {problems}"),
    }
}

#[test]
fn the_sentence_of_the_design() {
    let expected = Expr::And(vec![
        compare(Field::Service, Op::Equal, text("payment")),
        compare(Field::Duration, Op::Greater, Value::Duration(200_000_000)),
        compare(Field::Status, Op::Equal, text("error")),
        compare(attribute("messaging.destination.name"), Op::Contains, text("order")),
    ]);
    assert_reads(
        r#"service = "payment" and duration > 200ms and status = error and messaging.destination.name ~ "order""#,
        &expected,
    );
    assert_reads("service=payment duration>200ms status==ERROR messaging.destination.name contains order", &expected);
}

#[test]
fn every_field_is_named() {
    for (name, field) in [
        ("service", Field::Service),
        ("service.name", Field::Service),
        ("resource.service.name", Field::Service),
        ("name", Field::Name),
        ("span.name", Field::Name),
        ("status.message", Field::StatusMessage),
        ("status_message", Field::StatusMessage),
        ("event.name", Field::EventName),
        ("scope.name", Field::ScopeName),
        ("anywhere", Field::Anywhere),
        ("http.route", attribute("http.route")),
        ("\"name\"", attribute("name")),
        ("'a key'", attribute("a key")),
        ("span.http.route", Field::Attribute(Scope::Span, "http.route".into())),
        ("span.\"name\"", Field::Attribute(Scope::Span, "name".into())),
        ("resource.host.name", Field::Attribute(Scope::Resource, "host.name".into())),
        ("event.exception.type", Field::Attribute(Scope::Event, "exception.type".into())),
        ("link.\"a b\"", Field::Attribute(Scope::Link, "a b".into())),
        ("größe", attribute("größe")),
        ("not", attribute("not")),
        ("exists", attribute("exists")),
    ] {
        assert_reads(&format!("{name} = x"), &compare(field.clone(), Op::Equal, text("x")));
        if !matches!(name, "not" | "exists") {
            assert_reads(&format!("exists {name}"), &Expr::Exists(field));
        }
    }
}

#[test]
fn every_operator_is_read() {
    for (sign, op) in [
        ("=", Op::Equal),
        ("==", Op::Equal),
        ("!=", Op::NotEqual),
        ("<", Op::Less),
        ("<=", Op::LessOrEqual),
        (">", Op::Greater),
        (">=", Op::GreaterOrEqual),
        ("~", Op::Contains),
        ("contains", Op::Contains),
        ("!~", Op::NotContains),
        ("not contains", Op::NotContains),
        ("=~", Op::Matches),
        ("MATCHES", Op::Matches),
        ("!=~", Op::NotMatches),
        ("not matches", Op::NotMatches),
    ] {
        assert_reads(&format!("a {sign} \"x\""), &compare(attribute("a"), op, text("x")));
        if !sign.contains(char::is_alphabetic) {
            assert_reads(&format!("a{sign}x"), &compare(attribute("a"), op, text("x")));
        }
    }
}

#[test]
fn values_are_what_their_field_takes() {
    let moment = 1_795_446_471_250_000_000;
    for (filter, field, op, value) in [
        ("name = 5", Field::Name, Op::Equal, text("5")),
        ("name = true", Field::Name, Op::Equal, text("true")),
        ("service = 200ms", Field::Service, Op::Equal, text("200ms")),
        ("duration >= 1m30s", Field::Duration, Op::GreaterOrEqual, Value::Duration(90_000_000_000)),
        ("duration > \"1.5s\"", Field::Duration, Op::Greater, Value::Duration(1_500_000_000)),
        ("start > 2026-11-23T15:07:51.25Z", Field::Start, Op::Greater, Value::Duration(moment)),
        ("start > '2026-11-23 15:07:51.25'", Field::Start, Op::Greater, Value::Duration(moment)),
        ("trace.start > 2026-11-23T15:07:51.25Z", Field::TraceStart, Op::Greater, Value::Duration(moment)),
        ("trace.duration < 2s", Field::TraceDuration, Op::Less, Value::Duration(2_000_000_000)),
        ("status = \"error\"", Field::Status, Op::Equal, text("error")),
        ("status = STATUS_CODE_ERROR", Field::Status, Op::Equal, text("error")),
        ("kind != SPAN_KIND_SERVER", Field::Kind, Op::NotEqual, text("server")),
        ("span_id = B7AD6B7169203331", Field::SpanId, Op::Equal, text("b7ad6b7169203331")),
        ("a = true", attribute("a"), Op::Equal, Value::Bool(true)),
        ("a = \"true\"", attribute("a"), Op::Equal, text("true")),
        ("a = 500", attribute("a"), Op::Equal, Value::Number(500.0)),
        ("a = -0.5", attribute("a"), Op::Equal, Value::Number(-0.5)),
        // What is not the number's own text may be a version or an id.
        ("a = 1.10", attribute("a"), Op::Equal, text("1.10")),
        ("a = 007", attribute("a"), Op::Equal, text("007")),
        ("a = 9007199254740993", attribute("a"), Op::Equal, text("9007199254740993")),
        ("a > 1.10", attribute("a"), Op::Greater, Value::Number(1.1)),
        ("a > 10KiB", attribute("a"), Op::Greater, Value::Number(10_240.0)),
        ("a > 250us", attribute("a"), Op::Greater, Value::Duration(250_000)),
        ("a > \"5\"", attribute("a"), Op::Greater, text("5")),
        ("a ~ 500", attribute("a"), Op::Contains, text("500")),
        ("a = inf", attribute("a"), Op::Equal, text("inf")),
        ("a = http://x:80/b?c", attribute("a"), Op::Equal, text("http://x:80/b?c")),
        ("a = don't", attribute("a"), Op::Equal, text("don't")),
    ] {
        assert_reads(filter, &compare(field, op, value));
    }
    assert!(parse("a = /orders/{id}").is_err());
}

#[test]
fn quotes_and_escapes() {
    for (written, meant) in [
        (r#""a \"b\" \\ c""#, r#"a "b" \ c"#),
        (r#"'a "b"'"#, r#"a "b""#),
        (r#""\n\t\r\u{e4}\u{1F600}""#, "\n\t\r\u{e4}\u{1f600}"),
        (r#""\d+\.\w""#, r"\d+\.\w"),
        (r"`a\n\\b`", r"a\n\\b"),
        ("\"zwei\nZeilen\"", "zwei\nZeilen"),
        ("\"\"", ""),
    ] {
        assert_reads(&format!("a = {written}"), &compare(attribute("a"), Op::Equal, text(meant)));
    }
    assert!(parse("a = 'it''").is_err());
}

#[test]
fn words_join_conditions() {
    let (a, b, c) = (anywhere("a"), anywhere("b"), anywhere("c"));
    let and = |parts: &[&Expr]| Expr::And(parts.iter().map(|part| (*part).clone()).collect());
    let or = |parts: &[&Expr]| Expr::Or(parts.iter().map(|part| (*part).clone()).collect());
    let not = |inner: &Expr| Expr::Not(Box::new(inner.clone()));
    assert_reads("", &Expr::And(vec![]));
    assert_reads(" \n\t", &Expr::And(vec![]));
    assert_reads("true", &Expr::And(vec![]));
    assert_reads("false", &Expr::Or(vec![]));
    assert_reads("a", &a);
    assert_reads("\"a\"", &a);
    assert_reads("a b c", &and(&[&a, &b, &c]));
    assert_reads("a and b AND (c)", &and(&[&a, &b, &c]));
    assert_reads("a && (b && c)", &and(&[&a, &b, &c]));
    assert_reads("a or b c", &or(&[&a, &and(&[&b, &c])]));
    assert_reads("a || (b Or c)", &or(&[&a, &b, &c]));
    assert_reads("(a or b) c", &and(&[&or(&[&a, &b]), &c]));
    assert_reads("not a b", &and(&[&not(&a), &b]));
    assert_reads("!a or !(b c)", &or(&[&not(&a), &not(&and(&[&b, &c]))]));
    assert_reads("not not a", &not(&not(&a)));
    assert_reads(
        "exists(a) not exists b",
        &Expr::And(vec![Expr::Exists(attribute("a")), not(&Expr::Exists(attribute("b")))]),
    );
}

#[test]
fn lists_are_equal_to_one_of_their_values() {
    let equal = |value: Value| compare(attribute("a"), Op::Equal, value);
    let differs = |value: &str| compare(Field::Service, Op::NotEqual, text(value));
    assert_reads(
        "a in (x, \"y z\", 5)",
        &Expr::Or(vec![equal(text("x")), equal(text("y z")), equal(Value::Number(5.0))]),
    );
    assert_reads("a in (x)", &equal(text("x")));
    assert_reads("service not in (x,y)", &Expr::And(vec![differs("x"), differs("y")]));
}

#[test]
fn relations_stand_between_braces() {
    let (a, b, c) = (anywhere("a"), anywhere("b"), anywhere("c"));
    for (sign, relation) in
        [(">", Relation::Child), (">>", Relation::Descendant), ("~", Relation::Sibling), ("->", Relation::Linked)]
    {
        assert_reads(&format!("{{ a }} {sign} {{ b }}"), &related(a.clone(), relation, b.clone()));
        assert_reads(&format!("{{a}}{sign}{{b}}"), &related(a.clone(), relation, b.clone()));
    }
    let all = Expr::And(vec![]);
    assert_reads("{ } >> { a }", &related(all, Relation::Descendant, a.clone()));
    let left = related(a.clone(), Relation::Child, b.clone());
    assert_reads("{ a } > { b } -> { c }", &related(left, Relation::Linked, c.clone()));
    let right = related(b.clone(), Relation::Linked, c.clone());
    assert_reads("{ a } > { { b } -> { c } }", &related(a.clone(), Relation::Child, right));
    assert_reads("{ a }", &a);
    assert_reads("c and not { a } ~ { b }", &Expr::And(vec![c, Expr::Not(Box::new(related(a, Relation::Sibling, b)))]));
}

#[test]
fn a_pasted_id_finds_its_trace_or_span() {
    let trace = "0AF7651916CD43DD8448EB211C80319C";
    let by_id = compare(Field::TraceId, Op::Equal, text(&trace.to_lowercase()));
    assert_reads(trace, &Expr::Or(vec![by_id, anywhere(trace)]));
    let span = "b7ad6b7169203331";
    assert_reads(span, &Expr::Or(vec![compare(Field::SpanId, Op::Equal, text(span)), anywhere(span)]));
    assert_reads(&format!("\"{span}\""), &anywhere(span));
}

#[test]
fn filters_print_their_canonical_text() {
    for (filter, printed) in [
        ("", ""),
        ("true", ""),
        ("not true", "not true"),
        ("not false", "not false"),
        ("service=payment duration>1500ms", r#"service = "payment" and duration > 1.5s"#),
        ("status_message ~ x", r#"status.message ~ "x""#),
        ("a or (b c)", r#""a" or "b" and "c""#),
        ("(a or b) c", r#"("a" or "b") and "c""#),
        ("not (a b)", r#"not ("a" and "b")"#),
        ("not a b", r#"not "a" and "b""#),
        ("a in (1, x)", r#"a = 1 or a = "x""#),
        ("b a in (1, x)", r#""b" and (a = 1 or a = "x")"#),
        ("{a b}>>{status=error}", r#"{ "a" and "b" } >> { status = error }"#),
        ("{}>{}->{}", "{ } > { } -> { }"),
        ("{} > {{}->{}}", "{ } > { { } -> { } }"),
        ("\"name\" = x and \"a key\" = 1", r#""name" = "x" and "a key" = 1"#),
        ("span.\"name\" = x and \"span.x\" = 1", r#"span."name" = "x" and "span.x" = 1"#),
        ("\"and\" = 1", r#""and" = 1"#),
        ("start>2026-11-23", "start > 2026-11-23"),
        (r#"a = "\u{0}\\d""#, r#"a = "\u{0}\\d""#),
    ] {
        assert_eq!(parse(filter).unwrap().to_string(), printed, "{filter}");
    }
}

#[test]
fn what_is_too_much_is_told() {
    let limit = limits::MAX_DEPTH;
    for open in ["(", "not ", "!", "{"] {
        let told = |times: usize| read(&open.repeat(times)).problems.iter().any(|p| p.message.contains("deeper"));
        assert!(told(limit + 1), "{open}");
        assert!(told(10_000), "{open}");
    }
    assert!(parse(&format!("{}a{}", "(".repeat(limit), ")".repeat(limit))).is_ok());
    assert!(parse(&format!("a = \"{}\"", "x".repeat(limits::MAX_BYTES))).is_err());
    assert!(parse(&vec!["{}"; 33].join(">")).is_ok());
    assert!(parse(&vec!["{}"; 34].join(">")).is_err());
    assert!(parse(&"a =~ b ".repeat(limits::MAX_PATTERNS)).is_ok());
    assert!(parse(&"a =~ b ".repeat(limits::MAX_PATTERNS + 1)).is_err());
    assert!(parse(&format!("a =~ \"{}\"", "(".repeat(1000))).is_err());
    assert_eq!(read(&"= ".repeat(10_000)).problems.len(), limits::MAX_PROBLEMS);
}

/// Any text with what the language is made of in it.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "\\PC{0,6}",
        "[a-z.]{1,8}",
        prop::sample::select(vec![
            "and",
            "or",
            "not",
            "in",
            "exists",
            "contains",
            "matches",
            "true",
            "service",
            "duration",
            "status",
            "error",
            "start",
            "kind",
            "name",
            "anywhere",
            "span.",
            "resource.x",
            "event.name",
            "200ms",
            "5",
            "2026-11-23",
            "\"a b\"",
            "'",
            "`",
            "\"",
            "\\",
            "(",
            ")",
            "{",
            "}",
            ",",
            "=",
            "!=",
            "<",
            ">",
            "~",
            "=~",
            "!~",
            "!",
            ">>",
            "->",
            "&&",
            "||",
            "&",
            "<<",
            "*",
            "[",
            ".*",
            "0af7651916cd43dd8448eb211c80319c",
            "\u{0}",
            "\u{202e}",
            "\n",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec((word, prop::sample::select(vec!["", " "])), 0..24)
        .prop_map(|words| words.into_iter().flat_map(|(word, blank)| [word, blank.to_owned()]).collect())
}

fn field() -> impl Strategy<Value = Field> {
    let key = prop_oneof![
        "[a-z_]{1,6}(\\.[a-z_]{1,6}){0,2}",
        "\\PC{0,8}",
        prop::sample::select(vec![
            "name",
            "span.name",
            "and",
            "service",
            "event.",
            "5x",
            "a->b",
            "a\"b",
            "a\\",
            "-> ",
            "x.",
            "status.message"
        ])
        .prop_map(String::from),
    ];
    let scope = prop::sample::select(vec![Scope::Any, Scope::Span, Scope::Resource, Scope::Event, Scope::Link]);
    prop_oneof![
        prop::sample::select(vec![
            Field::Service,
            Field::Name,
            Field::StatusMessage,
            Field::ScopeName,
            Field::EventName,
            Field::Anywhere,
            Field::Duration,
            Field::Start,
            Field::TraceStart,
            Field::TraceDuration,
            Field::Status,
            Field::Kind,
            Field::TraceId,
            Field::SpanId,
        ]),
        (scope, key).prop_map(|(scope, key)| Field::Attribute(scope, key)),
    ]
}

/// A comparison that makes sense: those that do not have no text.
fn comparison() -> impl Strategy<Value = Expr> {
    use Op::{Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Matches, NotContains, NotEqual, NotMatches};
    let equality = || prop::sample::select(vec![Equal, NotEqual]);
    let order = || prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
    field().prop_flat_map(move |field| {
        let value = match &field {
            Field::Duration | Field::Start | Field::TraceStart | Field::TraceDuration => {
                (order(), any::<u64>().prop_map(Value::Duration)).boxed()
            }
            Field::Status => (equality(), prop::sample::select(vec!["unset", "ok", "error"]).prop_map(text)).boxed(),
            Field::Kind => (equality(), prop::sample::select(vec!["server", "unspecified"]).prop_map(text)).boxed(),
            Field::TraceId => (equality(), "[0-9a-f]{32}".prop_map(Value::Text)).boxed(),
            Field::SpanId => (equality(), "[0-9a-f]{16}".prop_map(Value::Text)).boxed(),
            Field::Attribute(..) => prop_oneof![
                (order(), "\\PC{0,8}|[\u{0}-\u{ff}]{0,4}".prop_map(Value::Text)),
                (order(), any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::Number)),
                (order(), any::<i32>().prop_map(|n| Value::Number(f64::from(n)))),
                (order(), any::<u64>().prop_map(Value::Duration)),
                (equality(), any::<bool>().prop_map(Value::Bool)),
                (prop::sample::select(vec![Contains, NotContains]), "\\PC{0,8}".prop_map(Value::Text)),
                (
                    prop::sample::select(vec![Matches, NotMatches]),
                    "[a-z.*+\"' ]{0,3}x".prop_map(|p| Value::Text(format!("a{p}")))
                ),
            ]
            .boxed(),
            _ => {
                (prop::sample::select(vec![Equal, NotEqual, Contains, NotContains]), "\\PC{0,8}".prop_map(Value::Text))
                    .boxed()
            }
        };
        value.prop_map(move |(op, value)| Expr::Compare(field.clone(), op, value))
    })
}

fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![4 => comparison(), 1 => field().prop_map(Expr::Exists)];
    leaf.prop_recursive(5, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::any),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            (
                inner.clone(),
                prop::sample::select(vec![Relation::Child, Relation::Descendant, Relation::Sibling, Relation::Linked]),
                inner
            )
                .prop_map(|(left, relation, right)| related(left, relation, right)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_printed_reads_back_as_the_same(expr in expressions()) {
        let printed = expr.to_string();
        match parse(&printed) {
            Ok(read) => prop_assert_eq!(read, expr, "{}", printed),
            Err(problems) => prop_assert!(false, "{}: {}", printed, problems),
        }
    }

    #[test]
    fn every_text_is_read_or_told_what_is_wrong(text in texts()) {
        let reading = read(&text);
        prop_assert_eq!(reading.expr.is_none(), reading.problems.iter().any(|_| true));
        for problem in &reading.problems {
            prop_assert!(text.get(problem.span.clone()).is_some(), "{:?} in {:?}", problem, text);
            if let Some(fix) = &problem.fix {
                prop_assert!(text.get(fix.span.clone()).is_some(), "{:?} in {:?}", fix, text);
            }
            prop_assert!(!problem.render(&text).is_empty());
        }
        if let Some(expr) = reading.expr {
            let printed = expr.to_string();
            prop_assert_eq!(parse(&printed).ok(), Some(expr), "{:?} printed as {:?}", text, printed);
        }
    }
}
