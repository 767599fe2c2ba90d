//! Scenarios under the hand: what is written, what stays, what is refused.

use super::*;
use crate::edit::Section;
use crate::model::{Load, LoadStep, Rate};

const TEXT: &str = "\
thalweg: 1
name: F
brokers: { log: { kind: kafka }, mq: { kind: rabbitmq } }
events: { order.placed: { version: 1.0.0 } }
nodes:
  shop:
    kind: producer
    load: { ramp: { from: 10/s, to: 100/s, over: 5m } } # grows
    publishes: [{ to: orders, event: order.placed }]
  orders: { kind: topic, broker: log, partitions: 3 }
  payment:
    kind: consumer
    start_time: 10s
    subscribes: [{ from: orders }]
    calls: [{ service: card }]
  card: { kind: service }
  mails: { kind: queue, broker: mq }
  mailer: { kind: consumer, subscribes: [{ from: mails }] }
scenarios:
  default: { duration: 10m }
  outage:
    summary: the card network is away # for a while
    faults:
      - { at: 4m, for: 60s, outage: card }
      - { at: 6m, for: 30s, every: 1m, errors: payment, rate: 20% }
    expect:
      - lost == 0
";

fn open() -> Document {
    Document::open(TEXT)
}

fn made(document: &mut Document, edit: Edit) -> String {
    document.apply("step", &[edit]).unwrap();
    assert!(document.problems().is_empty(), "{:#?}", document.problems());
    document.text().to_owned()
}

fn time(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

/// The lines that a change wrote, and those that it replaced.
fn changed(after: &str) -> (Vec<&str>, Vec<&str>) {
    let new = after.lines().filter(|line| !TEXT.lines().any(|old| old == *line)).map(str::trim).collect();
    let old = TEXT.lines().filter(|line| !after.lines().any(|new| new == *line)).map(str::trim).collect();
    (new, old)
}

#[test]
fn a_fault_moves_stretches_and_strikes_something_else() {
    let mut document = open();
    let text = made(&mut document, move_fault("outage", 0, time(150.0)));
    assert_eq!(changed(&text).0, ["- { at: 150s, for: 60s, outage: card }"]);
    let text = made(&mut document, stretch_fault("outage", 0, time(90.0)));
    assert_eq!(changed(&text).0, ["- { at: 150s, for: 90s, outage: card }"]);
    let text = made(&mut document, retarget_fault("outage", 0, FaultName::Outage, "mq"));
    assert_eq!(changed(&text).0, ["- { at: 150s, for: 90s, outage: mq }"]);
}

#[test]
fn faults_are_added_and_taken_away() {
    let mut document = open();
    let slow = new_fault(FaultName::Slow, "payment", time(120.0), time(30.0));
    let edit = add_fault(&document, "outage", slow);
    let text = made(&mut document, edit);
    assert_eq!(changed(&text), (vec!["- { at: 2m, for: 30s, slow: payment, factor: 3 }"], vec![]));
    let deploy = new_fault(FaultName::Deploy, "payment", time(1.0), time(30.0));
    let edit = add_fault(&document, "default", deploy);
    made(&mut document, edit);
    assert_eq!(planned_faults(&document, "default")[0].fault.to_string(), "{ at: 1s, deploy: payment }");
    let edit = add_fault(&document, "fresh", new_fault(FaultName::Full, "mq", time(0.0), time(5.0)));
    made(&mut document, edit);
    for index in (0..3).rev() {
        made(&mut document, Edit::Unset { path: fault_path("outage", index) });
    }
    assert!(planned_faults(&document, "outage").is_empty());
}

#[test]
fn every_new_fault_is_a_sound_one() {
    for fault in FaultName::ALL {
        let mut document = open();
        let target = targets(document.flow(), fault).into_iter().next().unwrap_or_else(|| panic!("{fault:?}"));
        let edit = add_fault(&document, "outage", new_fault(fault, &target, time(60.0), time(30.0)));
        made(&mut document, edit);
        let planned = &planned_faults(&document, "outage")[2];
        assert_eq!((planned.fault.kind.word(), target_of(&planned.fault.kind)), (fault, target));
    }
}

#[test]
fn one_kind_turns_into_another() {
    let mut document = open();
    let planned = planned_faults(&document, "outage").remove(1);
    let edit = turn_fault(&document, "outage", planned.index, &planned.fault, FaultName::Crash).unwrap();
    let text = made(&mut document, edit);
    assert_eq!(changed(&text).0, ["- { at: 6m, for: 30s, every: 1m, crash: payment }"]);
    let planned = planned_faults(&document, "outage").remove(1);
    let edit = turn_fault(&document, "outage", planned.index, &planned.fault, FaultName::Cut).unwrap();
    made(&mut document, edit);
    assert_eq!(target_of(&planned_faults(&document, "outage")[1].fault.kind), "shop -> orders");
}

#[test]
fn targets_are_what_a_simulation_takes() {
    let document = open();
    let of = |fault| targets(document.flow(), fault);
    assert_eq!(of(FaultName::Rebalance), ["payment"]);
    assert_eq!(of(FaultName::Deploy), ["payment"]);
    assert_eq!(of(FaultName::Full), ["orders", "mails", "log", "mq"]);
    assert_eq!(of(FaultName::SchemaBreak), ["order.placed"]);
    assert_eq!(of(FaultName::Cut), ["shop -> orders", "payment -> card", "orders -> payment", "mails -> mailer"]);
    assert!(can_strike(document.flow(), FaultName::Outage, "orders -> payment"));
    assert!(!can_strike(document.flow(), FaultName::Crash, "orders"));
}

#[test]
fn faults_keep_their_place_beside_one_that_cannot_be_read() {
    let broken = TEXT.replace("- { at: 4m, for: 60s, outage: card }", "- { at: soon, outage: card }");
    let document = Document::open(broken);
    let planned = planned_faults(&document, "outage");
    assert_eq!(planned.iter().map(|fault| fault.index).collect::<Vec<_>>(), [1]);
}

#[test]
fn scenarios_are_copied_and_renamed_as_they_stand() {
    let mut document = open();
    assert_eq!(free_scenario(document.flow(), "outage"), "outage-2");
    let copy = Edit::CopyScenario { from: "outage".into(), to: "outage-2".into() };
    let text = made(&mut document, copy.clone());
    assert_eq!(text.matches("summary: the card network is away # for a while").count(), 2);
    assert_eq!(document.flow().scenarios["outage-2"], document.flow().scenarios["outage"]);
    assert!(document.apply("again", &[copy]).is_err());
    let rename = Edit::RenameNamed { section: Section::Scenarios, from: "outage-2".into(), to: "longer".into() };
    made(&mut document, rename);
    assert_eq!(document.flow().scenarios.keys().collect::<Vec<_>>(), ["default", "outage", "longer"]);
    let copy = Edit::CopyScenario { from: "default".into(), to: "calm".into() };
    made(&mut document, copy);
    for name in ["gone", "with blank"] {
        let wrong = Edit::RenameNamed { section: Section::Scenarios, from: name.into(), to: "x".into() };
        assert!(document.apply("wrong", &[wrong]).is_err());
    }
    while document.undo().is_some() {}
    assert_eq!(document.text(), TEXT);
}

#[test]
fn scenarios_in_braces_are_copied_too() {
    let mut document = Document::open("thalweg: 1\nname: F\nscenarios: { a: { duration: 1m }, 'b': { seed: 3 } }\n");
    made(&mut document, Edit::CopyScenario { from: "b".into(), to: "c".into() });
    made(&mut document, Edit::CopyScenario { from: "a".into(), to: "d".into() });
    assert_eq!(
        document.text(),
        "thalweg: 1\nname: F\nscenarios: { a: { duration: 1m }, d: { duration: 1m }, 'b': { seed: 3 }, 'c': { seed: 3 } }\n"
    );
}

#[test]
fn expectations_are_added() {
    let mut document = open();
    let edit = add_expectation(&document, "outage", "p99(end_to_end) < 2s");
    let text = made(&mut document, edit);
    assert_eq!(changed(&text).0, ["- p99(end_to_end) < 2s"]);
    let edit = add_expectation(&document, "default", "lost == 0");
    made(&mut document, edit);
    assert_eq!(document.flow().scenarios["default"].expect[0].text, "lost == 0");
}

#[test]
fn a_load_is_taken_by_its_points() {
    let mut document = open();
    let (load, source) = load_of(document.flow(), "outage", "shop").unwrap();
    assert_eq!(source, LoadSource::Producer);
    let [from, to] = handles(load)[..] else { panic!("a ramp has two points") };
    assert_eq!((from.at_s, from.rate, to.at_s, to.rate), (0.0, 10.0, 300.0, 100.0));
    let after = with_handle(load, to.kind, 240.0, 150.0);
    let edits = load_edits(&source.path("outage", "shop"), load, &after);
    document.apply("step", &edits).unwrap();
    assert_eq!(changed(document.text()).0, ["load: { ramp: { from: 10/s, to: 150/s, over: 4m } } # grows"]);
}

#[test]
fn every_point_is_where_it_was_taken_to() {
    let loads = [
        "{ poisson: 10/s }",
        "{ bursts: { on: 10s, off: 50s, rate: 300/s } }",
        "{ ramp: { from: 10/s, to: 100/s, over: 5m } }",
        "{ spike: { base: 10/s, peak: 90/s, at: 2m, for: 30s } }",
        "{ steps: [{ at: 0s, rate: 10/s }, { at: 5m, rate: 100/s }, { at: 9m, rate: 0/s }] }",
        "{ sine: { mean: 50/s, amplitude: 30/s, period: 1h } }",
    ];
    for load in loads {
        let text = format!("thalweg: 1\nname: F\nnodes:\n  shop: {{ kind: producer, load: {load} }}\n");
        let mut document = Document::open(text);
        let (before, source) = load_of(document.flow(), "default", "shop").unwrap();
        let before = before.clone();
        for handle in handles(&before) {
            let at_s = if handle.in_time { handle.at_s + 20.0 } else { handle.at_s };
            let after = with_handle(&before, handle.kind, at_s, handle.rate + 5.0);
            document.apply("step", &load_edits(&source.path("default", "shop"), &before, &after)).unwrap();
            let (written, _) = load_of(document.flow(), "default", "shop").unwrap();
            assert_eq!(*written, after, "{load}");
            let moved = handles(written).into_iter().find(|other| other.kind == handle.kind).unwrap();
            assert_eq!((moved.at_s, moved.rate), (at_s, handle.rate + 5.0), "{load} {:?}", handle.kind);
            document.undo();
        }
    }
}

#[test]
fn points_never_make_a_load_that_is_none() {
    let ramp = Load::Ramp { from: Rate::per_second(1.0), to: Rate::per_second(2.0), over: time(60.0) };
    assert!(matches!(with_handle(&ramp, HandleKind::To, -5.0, -5.0), Load::Ramp { to, over, .. }
        if to == Rate::per_second(0.0) && over == time(1.0)));
    let step = |s, per_s| LoadStep { at: time(s), rate: Rate::per_second(per_s) };
    let steps = Load::Steps(vec![step(0.0, 1.0), step(60.0, 2.0), step(120.0, 3.0)]);
    let Load::Steps(moved) = with_handle(&steps, HandleKind::Step(1), 500.0, 2.0) else { panic!() };
    assert_eq!(moved[1].at, time(119.0));
}

#[test]
fn a_load_turns_into_any_that_can_be_drawn() {
    for word in DRAWN_LOADS {
        let mut document = open();
        let (load, source) = load_of(document.flow(), "outage", "shop").unwrap();
        let value = turn_load(Some(load), word, time(600.0)).unwrap();
        let edit = Edit::Set { path: source.path("outage", "shop"), value };
        made(&mut document, edit);
        let (load, _) = load_of(document.flow(), "outage", "shop").unwrap();
        assert_eq!((load_word(load), load.rate_at(0.0)), (word, Some(10.0)));
    }
    assert_eq!(turn_load(None, "closed", time(600.0)), None);
}

#[test]
fn a_scenario_can_have_a_load_of_its_own() {
    let mut document = open();
    let (load, _) = load_of(document.flow(), "outage", "shop").unwrap();
    let value = turn_load(Some(load), "spike", time(600.0)).unwrap();
    made(&mut document, Edit::Set { path: LoadSource::Scenario.path("outage", "shop"), value });
    assert_eq!(load_of(document.flow(), "outage", "shop").unwrap().1, LoadSource::Scenario);
    assert_eq!(load_of(document.flow(), "default", "shop").unwrap().1, LoadSource::Producer);
}

#[test]
fn steps_come_and_go() {
    let text = "thalweg: 1\nname: F\nnodes:\n  shop: { kind: producer, load: { steps: [{ at: 0s, rate: 10/s }, { at: 5m, rate: 9/s }] } }\n";
    let mut document = Document::open(text);
    let path = LoadSource::Producer.path("default", "shop");
    let load = load_of(document.flow(), "default", "shop").unwrap().0.clone();
    assert_eq!(add_step(&path, &load, 300.2), None);
    made(&mut document, add_step(&path, &load, 60.0).unwrap());
    let load = load_of(document.flow(), "default", "shop").unwrap().0.clone();
    assert_eq!(
        handles(&load).iter().map(|h| (h.at_s, h.rate)).collect::<Vec<_>>(),
        [(0.0, 10.0), (60.0, 10.0), (300.0, 9.0)]
    );
    made(&mut document, remove_step(&path, &load, 1).unwrap());
    assert_eq!(document.text(), text);
}

#[test]
fn what_is_dropped_on_a_node_strikes_what_it_can_there() {
    let document = open();
    let at = |fault, node: &str| target_at(document.flow(), fault, node);
    assert_eq!(at(FaultName::Crash, "payment").as_deref(), Some("payment"));
    assert_eq!(at(FaultName::Cut, "card").as_deref(), Some("payment -> card"));
    assert_eq!(at(FaultName::SchemaBreak, "shop").as_deref(), Some("order.placed"));
    assert_eq!((at(FaultName::Crash, "orders"), at(FaultName::SchemaBreak, "card")), (None, None));
    assert_eq!(at(FaultName::Outage, "payment"), None, "an edge is not what was aimed at");
}
