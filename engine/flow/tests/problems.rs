//! What is wrong with a document: every sort of problem, its sentence, its place and its suggestion.

#![allow(clippy::format_collect, reason = "built texts are small or built once")]

use std::fmt::Write as _;

use thalweg_flow::*;

/// All problems of a text, as the command line shows them.
fn told(text: &str) -> String {
    read(text).problems.iter().map(|p| render(p, "a.flow.yaml", text)).collect()
}

/// Each document with what is told about it.
fn tell(documents: &[&str]) -> String {
    let mut out = String::new();
    for document in documents {
        let answer = told(document);
        assert!(!answer.is_empty(), "nothing is told about {document:?}");
        let _ = writeln!(out, "{answer}");
    }
    out
}

/// A document with these lines under `nodes:`.
fn nodes(lines: &str) -> String {
    format!("thalweg: 1\nname: A\nnodes:\n{lines}")
}

#[test]
fn texts_that_are_no_documents() {
    insta::assert_snapshot!(tell(&[
        "",
        "# only a comment\n",
        "- a\n- b\n",
        "just words",
        "thalweg: 1\nname: A\nname: B\n",
        "thalweg: 1\nname: \"A\n",
        "thalweg: 1\n\tname: A\n",
        "thalweg: 1\nname: A\n---\nthalweg: 1\n",
        "thalweg: 1\nname: !!str A\n",
        "base: &b { a: 1 }\nthalweg: 1\nname: A\nnodes: { x: { <<: *b, kind: topic } }\n",
        "thalweg: 1\nname: *nowhere\n",
        "thalweg: 1\nname: A\0B\n",
        "thalweg: 1\nname: A\u{1b}[31m\n",
        "thalweg: 2\nname: A\n",
        "thalweg: one\nname: A\n",
        "name: A\n",
        "thalweg: 1\n",
        "thalweg: 1\nname:\n",
        "thalweg: 1\nname: A\nnode: {}\nbogus: 1\n",
        "? [a]\n: b\n",
    ]));
}

#[test]
fn patterns_that_are_none_or_match_nothing() {
    let hub = |kind: &str, routes: &str| {
        nodes(&format!(
            "  shop:\n    kind: producer\n    publishes:\n      - {{ to: hub, routing_key: order.placed, attributes: {{ region: eu }} }}
      - {{ to: hub, routing_key: order.paid }}\n  line: {{ kind: queue }}\n  hub:\n    kind: {kind}\n    routes:\n{routes}"
        ))
    };
    let topic = |broker: &str, filter: &str| {
        nodes(&format!(
            "  shop:\n    kind: producer\n    publishes: [{{ to: log, routing_key: order.placed }}]\n  log: {{ kind: topic, broker: {broker} }}
  work:\n    kind: consumer\n    subscribes:\n      - from: log\n        filter: {filter}\n"
        ))
    };
    insta::assert_snapshot!(tell(&[
        &hub("exchange\n    type: topic", "      - { to: line, pattern: order.pl* }\n"),
        &hub("exchange\n    type: topic", "      - { to: line, pattern: 'order.#x' }\n"),
        &hub("exchange\n    type: topic", "      - { to: line, pattern: payment.# }\n"),
        &hub("exchange\n    type: direct", "      - { to: line, pattern: { region: eu } }\n"),
        &hub("exchange\n    type: headers", "      - { to: line, pattern: { x-match: some, region: eu } }\n"),
        &hub("exchange\n    type: headers", "      - { to: line, pattern: { region: us } }\n"),
        &hub("bus", "      - { to: line, pattern: { detail: { region: [{ prefix: e, suffix: u }] } } }\n"),
        &hub("bus", "      - to: line\n        pattern:\n          detail:\n            region: eu\n"),
        &hub("bus", "      - { to: line, pattern: { detail: { region: [us] } } }\n"),
        &topic("nats", "order..placed"),
        &topic("nats", "'payment.>'"),
        &topic("pubsub", "attributes.region = eu"),
        &topic("kafka", "{ region: eu }"),
        &topic("generic", "order.placed or order.paid"),
        &topic("sns", "{ region: [eu, { numeric: ['>'] }] }"),
        &topic("eventgrid", "{ advancedFilters: [{ operatorType: StringLike, key: data.a, values: [x] }] }"),
    ]));
}

#[test]
fn values_that_are_none() {
    let consumer = |line: &str| nodes(&format!("  work:\n    kind: consumer\n    {line}\n"));
    let producer = |line: &str| nodes(&format!("  shop:\n    kind: producer\n    load: {line}\n"));
    let documents = [
        consumer("service_time: 0"),
        consumer("service_time: 18"),
        consumer("service_time: 5 minutes"),
        consumer("service_time: -3ms"),
        consumer("service_time: 0.1ns"),
        consumer("service_time: 999999d"),
        consumer("service_time: { lognormal: { mean: 10ms, p99: 1s } }"),
        consumer("service_time: { lognormal: { mean: 10ms, p99: 5ms } }"),
        consumer("service_time: { lognormal: { mean: 10ms } }"),
        consumer("service_time: { pareto: { mean: 10ms, shape: 1 } }"),
        consumer("service_time: { hyperexponential: [{ share: 50%, mean: 1ms }, { share: 40%, mean: 9ms }] }"),
        consumer("service_time: { uniform: [30ms, 10ms] }"),
        consumer("service_time: { exponentail: 3ms }"),
        consumer("service_time: { exponential: 3ms, const: 1ms }"),
        consumer("service_time: { exponential: 0s }"),
        consumer("service_time: [3ms]"),
        consumer("failure: { rate: 150% }"),
        consumer("failure: { rate: 5 }"),
        consumer("failure: { rate: often }"),
        consumer("instances: 0"),
        consumer("instances: 2.5"),
        consumer("instances: many"),
        consumer("retry: { attempts: forever }"),
        consumer("retry: { attempts: 3, backoff: { exponential: { first: 10s, max: 1s } } }"),
        consumer("retry: { backoff: 1s }"),
        consumer("autoscale: { min: 8, max: 2, target_lag: 10, every: 1s, cooldown: 1s, start_time: 1s }"),
        consumer("order: by-key"),
        consumer("idempotent: { key: event_id }"),
        consumer("timeout:"),
        producer("{ poisson: -1/s }"),
        producer("{ poisson: 100 }"),
        producer("{ poisson: 100/sec }"),
        producer("{ posson: 100/s }"),
        producer("100/s"),
        producer("{ steps: [{ at: 5m, rate: 1/s }, { at: 1m, rate: 2/s }] }"),
        producer("{ batch: { size: 10, every: 0s } }"),
        nodes("  q: { kind: queue, max_length: -1 }\n"),
        nodes("  t: { kind: topic, broker: kafak, max_bytes: 3 }\n"),
        nodes("  t: { kind: topik }\n"),
        nodes("  t: { partitions: 3 }\n"),
        nodes("  \"a b\": { kind: topic }\n"),
        nodes("  end_to_end: { kind: topic }\n"),
        "thalweg: 1\nname: A\nevents: { a.b: { version: '1.0', size: 3 cows, schema: { xml: a } } }\n".to_owned(),
        "thalweg: 1\nname: A\nlayout: { a: [1, 2], b: [1] }\n".to_owned(),
    ];
    insta::assert_snapshot!(tell(&documents.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn flows_that_do_not_fit_together() {
    let documents = [
        nodes("  shop: { kind: producer, publishes: [{ to: order, event: placed }] }\n  orders: { kind: topic }\n"),
        nodes("  shop: { kind: producer, publishes: [{ to: db }] }\n  db: { kind: service }\n"),
        nodes(
            "  a: { kind: consumer, subscribes: [{ from: b }], calls: [{ service: t }] }\n  b: { kind: consumer }\n  t: { kind: topic }\n",
        ),
        nodes("  a: { kind: consumer, subscribes: [{ from: x }] }\n  x: { kind: exchange, routes: [{ to: a }] }\n"),
        nodes("  q: { kind: queue, dead_letter: q }\n"),
        nodes(
            "  t: { kind: topic }\n  a: { kind: consumer, subscribes: [{ from: t, group: g }] }\n  b: { kind: consumer, subscribes: [{ from: t, group: g }] }\n",
        ),
        nodes("  q: { kind: queue }\n  a: { kind: consumer, subscribes: [{ from: q }, { from: q }] }\n"),
        nodes(concat!(
            "  a: { kind: consumer, subscribes: [{ from: t }], publishes: [{ to: u }] }\n",
            "  t: { kind: topic }\n  u: { kind: topic }\n",
            "  b: { kind: consumer, subscribes: [{ from: u }], publishes: [{ to: t }] }\n",
        )),
        nodes("  x: { kind: exchange, routes: [{ to: y }] }\n  y: { kind: exchange, routes: [{ to: x }] }\n"),
        nodes(
            "  w: { kind: workflow, steps: [{ name: pay, service: s }], timers: [{ before: pai, wait: 1m }] }\n  s: { kind: service }\n",
        ),
        nodes("  c: { kind: consumer, calls: [{ service: s, operation: read }] }\n  s: { kind: service }\n"),
        "thalweg: 1\nname: A\nlayout: { gone: [1, 2] }\n".to_owned(),
    ];
    insta::assert_snapshot!(tell(&documents.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn scenarios_that_do_not_fit_their_flow() {
    let base = concat!(
        "thalweg: 1\nname: A\nbrokers: { log: { kind: kafka } }\nnodes:\n",
        "  shop: { kind: producer, load: { poisson: 1/s }, publishes: [{ to: orders }] }\n",
        "  orders: { kind: topic, broker: log }\n",
        "  work: { kind: consumer, subscribes: [{ from: orders, group: g }], service_time: 1ms }\n",
        "scenarios:\n  default: { duration: 1m }\n  bad:\n    ",
    );
    let bad = |line: &str| format!("{base}{line}\n");
    let documents = [
        bad("warmup: 2m"),
        bad("load: { work: { poisson: 1/s }, shopp: { poisson: 1/s } }"),
        bad("set: { work.instances: 0, wrk.instances: 2, work.instanzes: 2, work: 3 }"),
        bad("set: { shop.publishes.3.to: orders, work.service_time.exponential: 3ms }"),
        bad("faults: [{ at: 1s, crash: orders }, { at: 1s, outage: work }, { at: 1s, for: 1s, outage: lg }]"),
        bad("faults: [{ crash: work }, { at: 1s, crush: work }, { at: 1s }, { at: 1s, slow: work, errors: work }]"),
        bad("faults: [{ at: 1s, slow: work }, { at: 1s, every: 5s, crash: work }, { at: 1s, cut: orders -> shop }]"),
        bad(
            "faults: [{ at: 1s, cut: shop to orders }, { at: 1s, schema_break: placed }, { at: 1s, crash: work, factor: 2 }]",
        ),
        bad("expect: [p99(end_to_end) < 2, p98(work) < 2s, lost, lost = 0, lag(orders/h) < 3]"),
        bad(
            "expect: [utilization(orders) < 80%, depth(work) < 3, p99(nobody) < 1s, retries < -1, recovered(orders/g) < 5m]",
        ),
        bad("replications: 0"),
    ];
    insta::assert_snapshot!(tell(&documents.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn places_are_shown_in_any_script_and_length() {
    let long =
        format!("thalweg: 1\nname: A\nnodes: {{ {}, oops: {{ kind: tpic }}, {} }}\n", filler("a", 30), filler("b", 30));
    let documents = [
        long.as_str(),
        "\u{feff}thalweg: 1\nname: 'größer 注文 🚚'\nowner: ü\nnodes: { 注文: { kind: topik }, x: { kind: topic, título: a, bogus: b } }\n",
        "thalweg: 1\r\nname: A\r\nbogus: 1\r\n",
        "thalweg: 1\rname: A\rbogus: 1\r",
        "thalweg: 1\nname: A\nowner: a\u{202e}b\nbogus:\t1\n",
    ];
    insta::assert_snapshot!(tell(&documents));
}

fn filler(prefix: &str, count: usize) -> String {
    (0..count).map(|i| format!("{prefix}{i}: {{ kind: topic }}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_text() {
    let text = "thalweg: 1\nname: A\nnodes:\n  a: { kind: topic, x: 1 }\n  b: { kind: consumer, instances: 0, subscribes: [{ from: z }] }\n";
    let problems = read(text).problems;
    let codes: Vec<&str> = problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["unknown-key", "number", "unknown-node"]);
    let places: Vec<(usize, usize, &str)> =
        problems.iter().map(|p| (p.span.line, p.span.column, p.path.as_str())).collect();
    assert_eq!(places, [(4, 21, "nodes.a.x"), (5, 35, "nodes.b.instances"), (5, 59, "nodes.b.subscribes.0.from")]);
    let marked: Vec<&str> = problems.iter().map(|p| &text[p.span.start..p.span.end]).collect();
    assert_eq!(marked, ["x", "0", "z"]);
}

#[test]
fn hostile_documents_end_in_a_sentence() {
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let _ = writeln!(text, "a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 8].join(", "));
        }
        text
    };
    let cases = [
        ("alias bomb", bomb),
        ("many aliases", format!("a: &a 1\nb: [{}]\n", vec!["*a"; 101].join(", "))),
        ("deep lists", "[".repeat(200)),
        ("deep blocks", "- ".repeat(5000)),
        ("deep maps", (0..60).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        ("many values", format!("a: [{}]\n", "1,".repeat(1_100_000))),
        ("large", "#".repeat(11 << 20)),
        ("a value within itself", "a: &a [*a]\n".to_owned()),
        (
            "many problems",
            format!("thalweg: 1\nname: A\n{}", (0..5000).map(|i| format!("x{i}: 1\n")).collect::<String>()),
        ),
        ("many doubles", format!("thalweg: 1\nname: A\n{}", "a: 1\n".repeat(5000))),
        ("a long word", format!("thalweg: 1\nname: A\n{}: 1\n", "x".repeat(900))),
    ];
    let mut out = String::new();
    for (name, text) in cases {
        let problems = read(&text).problems;
        let last = problems.last().map(|p| render(p, "a.flow.yaml", &text)).unwrap_or_default();
        let _ = writeln!(out, "## {name}: {} problems, the last:\n{last}", problems.len());
    }
    insta::assert_snapshot!(out);
}

#[test]
fn bytes_that_are_no_text_are_told_apart() {
    let told = |bytes: Vec<u8>| decode(bytes).map_or_else(|p| p.to_string(), |_| "text".to_owned());
    assert_eq!(told(b"name: A".to_vec()), "text");
    assert_eq!(
        told(b"a: 1\nb: \xff\n".to_vec()),
        "2:4 error: the file is not UTF-8 text: byte 8 (line 2) fits no character (a flow is a UTF-8 text file in YAML; save it as UTF-8)"
    );
    assert_eq!(told(b"\xff\xfea\0".to_vec()), "1:1 error: the file is written in UTF-16 (save it as UTF-8)");
    assert_eq!(
        told(b"\x7fELF\x02\x01\x01\0\xff".to_vec()),
        "error: this is not a text file: byte 7 is NUL (a flow is a UTF-8 text file in YAML)"
    );
    assert!(told(vec![b' '; 11 << 20]).contains("more than the 10 MiB"));
}

#[test]
fn feedback_with_a_probability_is_no_endless_cycle() {
    let text = nodes(concat!(
        "  t: { kind: topic }\n",
        "  a: { kind: consumer, subscribes: [{ from: t }], publishes: [{ to: t, probability: 50% }] }\n",
    ));
    assert!(read(&text).problems.is_empty());
}

#[test]
fn a_chain_of_many_nodes_is_read_quickly_and_without_overflow() {
    let mut lines = String::new();
    for i in 0..20_000 {
        let _ = writeln!(
            lines,
            "  t{i}: {{ kind: topic }}\n  c{i}: {{ kind: consumer, subscribes: [{{ from: t{i} }}], publishes: [{{ to: t{} }}] }}",
            i + 1
        );
    }
    let _ = writeln!(lines, "  t20000: {{ kind: topic }}");
    let reading = read(&nodes(&lines));
    assert!(reading.problems.is_empty(), "{:?}", reading.problems.first());
    assert_eq!(reading.flow.nodes.len(), 40_001);
    assert_eq!(layout::positions(&reading.flow).len(), 40_001);
}
