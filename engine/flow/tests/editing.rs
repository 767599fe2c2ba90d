//! Editing: what changes, what stays, and that every step can be taken back to the byte.

#![allow(clippy::format_push_string, reason = "told texts are short")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use thalweg_flow::*;

const FORMAT: &str = include_str!("data/format.flow.yaml");

/// Written by hand with everything that an editor could lose.
const STYLED: &str = "\
# A flow with a head.\r
thalweg: 1\r
name: 'Styled'   # quoted\r
\r
nodes:   # all of them\r
  \"shop\":\r
    kind: producer\r
    load: {poisson:   120/s}    # odd blanks\r
    publishes:\r
    - to: orders   # indentless\r
      # inside\r
      event: order.placed\r
    -   { to: mails }\r
\r
  # about orders\r
  orders: { kind: topic,   # why\r
            partitions: 3 }\r
  mails: {kind: queue}\r
\r
  # about the mailer\r
  mailer:\r
      kind: consumer\r
      subscribes: [ {from: mails}, ]   # trailing comma\r
      title: |\r
        Two\r
        lines\r
      summary: \"Größe\"\r
events:\r
  order.placed: { version: 1.0.0 }\r
# the end, without a line break";

fn edited(text: &str, edits: &[Edit]) -> Result<Document, EditError> {
    let mut document = Document::open(text);
    document.apply("step", edits)?;
    Ok(document)
}

fn done(text: &str, edits: &[Edit]) -> Document {
    edited(text, edits).unwrap_or_else(|error| panic!("{edits:?}: {error}"))
}

fn set(path: &str, value: Value) -> Edit {
    Edit::Set { path: path.into(), value }
}

/// The lines that changed, without context (longest common subsequence).
fn diff(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, j) in (0..old.len()).rev().flat_map(|i| (0..new.len()).rev().map(move |j| (i, j))) {
        common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            out += &format!("- {}\n", old[i].trim_end_matches('\r'));
            i += 1;
        } else {
            out += &format!("+ {}\n", new[j].trim_end_matches('\r'));
            j += 1;
        }
    }
    out
}

fn changed(text: &str, edits: &[Edit]) -> String {
    match edited(text, edits) {
        Ok(document) => diff(text, document.text()),
        Err(error) => format!("! {error}\n"),
    }
}

#[test]
fn edits_change_only_their_own_lines() {
    let add = |id: &str, kind: &str, position| Edit::AddNode {
        id: id.into(),
        kind_name: kind.into(),
        fields: Map::new(),
        position,
    };
    let connect = |from: &str, to: &str| Edit::Connect { from: from.into(), to: to.into() };
    let mut told = String::new();
    let mut tell = |name: &str, text: &str, edits: &[Edit]| {
        told += &format!("## {name}\n{}", changed(text, edits));
    };
    tell("a number in braces", STYLED, &[set("nodes.orders.partitions", json!(12))]);
    tell("a quoted text", STYLED, &[set("name", json!("It's new"))]);
    tell("a block text", STYLED, &[set("nodes.mailer.title", json!("One"))]);
    tell("a new key in braces", STYLED, &[set("nodes.orders.retention", json!("7d"))]);
    tell("a new key in lines", STYLED, &[set("nodes.mailer.instances", json!(2))]);
    tell("a new key below a missing one", STYLED, &[set("nodes.mailer.retry.attempts", json!(3))]);
    tell("another load", STYLED, &[set("nodes.shop.load", json!({ "constant": "5/s" }))]);
    tell("a value that looks like something else", STYLED, &[set("nodes.mailer.owner", json!("on: [call] # 1"))]);
    tell("a list entry more", STYLED, &[set("nodes.mailer.subscribes.1", json!({ "from": "orders" }))]);
    tell("a list entry more in lines", STYLED, &[set("nodes.shop.publishes.2", json!({ "to": "mails" }))]);
    tell("no title", STYLED, &[Edit::Unset { path: "nodes.mailer.title".into() }]);
    tell("no partitions", STYLED, &[Edit::Unset { path: "nodes.orders.partitions".into() }]);
    tell("no first list entry", STYLED, &[Edit::Unset { path: "nodes.shop.publishes.0".into() }]);
    tell("no event of the first entry", STYLED, &[Edit::Unset { path: "nodes.shop.publishes.0.event".into() }]);
    tell("no target of the first entry", STYLED, &[Edit::Unset { path: "nodes.shop.publishes.0.to".into() }]);
    tell("a new node", STYLED, &[add("billing", "consumer", Some([10.4, 20.6]))]);
    tell("a node of a taken name", STYLED, &[add("mailer", "service", None)]);
    tell("a node without mails", STYLED, &[Edit::RemoveNode { id: "mails".into() }]);
    tell("a rename", STYLED, &[Edit::RenameNode { from: "orders".into(), to: "order-log".into() }]);
    tell("a rename of a quoted name", STYLED, &[Edit::RenameNode { from: "shop".into(), to: "web shop".into() }]);
    tell("a connection", STYLED, &[connect("orders", "mailer")]);
    tell("a connection that has an event", STYLED, &[connect("mailer", "orders")]);
    tell("no meaning", STYLED, &[connect("orders", "mails")]);
    tell("a move", FORMAT, &[Edit::Move { id: "shop".into(), position: [1.6, -3.2] }]);
    tell("a move of one without a place", FORMAT, &[Edit::Move { id: "mailer".into(), position: [900.0, 40.0] }]);
    tell("a rename through scenarios", FORMAT, &[Edit::RenameNode { from: "payment".into(), to: "charge".into() }]);
    tell("a removal through scenarios", FORMAT, &[Edit::RemoveNode { id: "payment".into() }]);
    tell(
        "a disconnection",
        FORMAT,
        &[Edit::Disconnect { from: "payment".into(), to: "mails".into(), kind: EdgeKind::Publish }],
    );
    tell(
        "no dead letters",
        FORMAT,
        &[Edit::Disconnect { from: "payment".into(), to: "payments-dlq".into(), kind: EdgeKind::DeadLetter }],
    );
    tell("an expectation more", FORMAT, &[set("scenarios.card-outage.expect.4", json!("max(mailer) < 3s"))]);
    tell("a set value", FORMAT, &[set("scenarios.card-outage.set.payment.instances", json!(9))]);
    tell("another set value", FORMAT, &[set("scenarios.card-outage.set.payment.concurrency", json!(9))]);
    tell("an empty document's first node", "thalweg: 1\nname: A", &[add("shop", "producer", Some([0.0, 0.0]))]);
    tell("a first node after a bare key", "thalweg: 1\nname: A\nnodes: # none yet\n", &[add("shop", "producer", None)]);
    insta::assert_snapshot!(told);
}

#[test]
fn an_edit_can_be_taken_back_and_made_again() {
    let mut document = Document::open(STYLED);
    document.apply("Rename", &[Edit::RenameNode { from: "orders".into(), to: "log".into() }]).expect("renames");
    document.apply("Move", &[Edit::Move { id: "log".into(), position: [1.0, 2.0] }]).expect("moves");
    assert_eq!((document.undo_name(), document.redo_name(), document.revision()), (Some("Move"), None, 2));
    let after = document.text().to_owned();
    assert_eq!(document.undo().as_deref(), Some("Move"));
    assert_eq!(document.undo().as_deref(), Some("Rename"));
    assert_eq!(document.undo(), None);
    assert_eq!(document.text(), STYLED);
    assert_eq!(document.redo().as_deref(), Some("Rename"));
    assert_eq!(document.redo().as_deref(), Some("Move"));
    assert_eq!((document.text(), document.redo_name()), (after.as_str(), None));
    document.undo();
    document.apply("Title", &[set("nodes.log.title", json!("Log"))]).expect("sets");
    assert_eq!((document.redo_name(), document.undo_name()), (None, Some("Title")));
}

#[test]
fn a_step_is_made_whole_or_not_at_all() {
    let mut document = Document::open(FORMAT);
    let error = document
        .apply("Two", &[set("name", json!("B")), Edit::Move { id: "nobody".into(), position: [0.0, 0.0] }])
        .expect_err("there is no such node");
    assert!(error.to_string().contains("there is no node `nobody`"), "{error}");
    assert_eq!((document.text(), document.revision()), (FORMAT, 0));
}

#[test]
fn what_an_alias_brought_is_not_changed_behind_its_back() {
    let text = "thalweg: 1\nname: A\nnodes:\n  a: { kind: consumer, retry: &r { attempts: 3 } }\n  b: { kind: consumer, retry: *r }\n";
    let error = edited(text, &[set("nodes.b.retry.attempts", json!(4))]).expect_err("is shared");
    assert!(error.to_string().contains("shared through an alias"), "{error}");
    let document = done(text, &[set("nodes.b.retry", json!({ "attempts": 4 }))]);
    assert_eq!(document.value("nodes.b.retry.attempts"), Some(json!(4)));
    assert_eq!(document.value("nodes.a.retry.attempts"), Some(json!(3)));
}

#[test]
fn a_text_that_is_no_yaml_is_kept_and_refused() {
    let mut document = Document::open("thalweg: [1");
    assert!(document.apply("Set", &[set("name", json!("A"))]).is_err());
    assert_eq!(document.text(), "thalweg: [1");
    document.set_text("Mend", "thalweg: 1\nname: A\n");
    assert!(document.problems().is_empty());
    document.undo();
    assert_eq!(document.text(), "thalweg: [1");
}

#[test]
fn connections_follow_what_nodes_are() {
    let kinds = ["producer", "topic", "queue", "exchange", "bus", "consumer", "service", "store", "workflow", "stream"];
    let nodes: String = kinds
        .iter()
        .flat_map(|k| [format!("  {k}: {{ kind: {k} }}\n"), format!("  {k}-b: {{ kind: {k} }}\n")])
        .collect();
    let text = format!("thalweg: 1\nname: A\nnodes:\n{nodes}");
    let flow = read(&text).flow;
    let mut table = String::new();
    for from in kinds {
        for to in kinds {
            let to = format!("{to}-b");
            let can = can_connect(&flow, from, &to);
            table += &format!("{from} -> {to}: {}\n", can.as_ref().map_or_else(Clone::clone, |k| format!("{k:?}")));
            // What is said to be possible is written, reads without errors and gives that edge.
            let result = edited(&text, &[Edit::Connect { from: from.into(), to: to.clone() }]);
            match (can, result) {
                (Ok(kind), Ok(document)) => {
                    let edge = Edge { from: from.into(), to: to.clone(), kind };
                    assert!(document.flow().edges().contains(&edge), "{from} -> {to}: {}", document.text());
                    let told: Vec<String> = document.problems().iter().map(ToString::to_string).collect();
                    assert!(told.is_empty(), "{from} -> {to}: {told:?}");
                    let again = done(document.text(), &[Edit::Disconnect { from: from.into(), to, kind }]);
                    assert_eq!(again.text(), text);
                }
                (Err(_), Err(_)) => {}
                (can, result) => panic!("{from} -> {to}: {can:?}, but {:?}", result.map(|d| d.text().to_owned())),
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// Any edit, sensible or not, on the nodes of the two documents.
fn any_edit() -> impl Strategy<Value = Edit> {
    let id = prop::sample::select(vec![
        "shop",
        "orders",
        "payments",
        "payment",
        "mails",
        "mailer",
        "card-network",
        "payments-dlq",
        "new",
        "nobody",
        "größe",
    ])
    .prop_map(str::to_owned);
    let path = prop::sample::select(vec![
        "name",
        "summary",
        "owner",
        "nodes.shop.load",
        "nodes.shop.publishes",
        "nodes.shop.publishes.0",
        "nodes.shop.publishes.1",
        "nodes.shop.publishes.0.to",
        "nodes.shop.publishes.0.key",
        "nodes.orders.partitions",
        "nodes.orders.retention",
        "nodes.orders.title",
        "nodes.mailer.title",
        "nodes.mailer.summary",
        "nodes.mailer.retry",
        "nodes.mailer.subscribes.0",
        "nodes.payment.retry.backoff",
        "nodes.payment.calls.0.breaker",
        "nodes.payment",
        "nodes",
        "layout",
        "layout.shop",
        "events",
        "events.order.placed.size",
        "scenarios.default",
        "scenarios.card-outage.faults.0",
        "scenarios.card-outage.set",
        "scenarios.card-outage.expect.1",
        "scenarios.card-outage.load.shop.ramp.to",
        "brokers.events.kind",
        "x.y.z",
        "nodes.new.a.b",
    ])
    .prop_map(str::to_owned);
    let scalar = prop_oneof![
        any::<i32>().prop_map(Value::from),
        (0..1000_u32).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        any::<bool>().prop_map(Value::from),
        "[ -~äß→\n\t\"'#:,\\[\\]{}&*!|>%@`]{0,12}".prop_map(Value::from),
        Just(json!("18ms")),
    ];
    let value = scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z.]{1,6}|[ -~]{1,5}", inner), 0..3)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    });
    let kind = prop::sample::select(vec![EdgeKind::Publish, EdgeKind::Subscribe, EdgeKind::Call, EdgeKind::DeadLetter]);
    let section = prop::sample::select(vec![Section::Brokers, Section::Events, Section::Scenarios]);
    let name = prop::sample::select(vec!["events", "order.placed", "card-outage", "default", "renamed", "log"])
        .prop_map(str::to_owned);
    let place = (-2000.0..2000.0_f64, -2000.0..2000.0_f64).prop_map(|(x, y)| [x, y]);
    prop_oneof![
        (id.clone(), prop::option::of(place.clone())).prop_map(|(id, position)| Edit::AddNode {
            id,
            kind_name: "consumer".into(),
            fields: Map::new(),
            position
        }),
        id.clone().prop_map(|id| Edit::RemoveNode { id }),
        (id.clone(), id.clone()).prop_map(|(from, to)| Edit::RenameNode { from, to }),
        (path.clone(), value).prop_map(|(path, value)| Edit::Set { path, value }),
        path.prop_map(|path| Edit::Unset { path }),
        (id.clone(), place.clone()).prop_map(|(id, position)| Edit::Move { id, position }),
        (id.clone(), id.clone()).prop_map(|(from, to)| Edit::Connect { from, to }),
        (id.clone(), id.clone(), kind).prop_map(|(from, to, kind)| Edit::Disconnect { from, to, kind }),
        (id.clone(), prop::option::of(place)).prop_filter_map("no such node", |(id, at)| {
            Some(Edit::Paste { text: Document::open(FORMAT).copy(&[id])?, at })
        }),
        (section.clone(), name.clone(), name.clone()).prop_map(|(section, from, to)| Edit::RenameNamed {
            section,
            from,
            to
        }),
        (section, name).prop_map(|(section, name)| Edit::RemoveNamed { section, name }),
        (id, 0..12_usize).prop_map(|(node, edge)| {
            let edges = read(FORMAT).flow.edges();
            Edit::Splice { node, edge: edges[edge % edges.len()].clone() }
        }),
    ]
}

/// Removes nulls and what they leave empty, as writing does.
fn is_writable(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(is_writable) && !map.is_empty() && map.keys().all(|k| k != "<<"),
        Value::Array(items) => items.iter().all(is_writable) && !items.is_empty(),
        Value::Null => false,
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn undo_gives_the_same_bytes_whatever_was_done(
        styled in any::<bool>(),
        steps in prop::collection::vec(prop::collection::vec(any_edit(), 1..3), 1..5),
    ) {
        let text = if styled { STYLED } else { FORMAT };
        let mut document = Document::open(text);
        let mut texts = vec![text.to_owned()];
        for step in &steps {
            let before = document.text().to_owned();
            match document.apply("step", step) {
                Ok(()) if document.text() != before => texts.push(document.text().to_owned()),
                Ok(()) => {}
                Err(_) => prop_assert_eq!(document.text(), before),
            }
            let fresh = read(document.text());
            prop_assert_eq!(&fresh.flow, document.flow());
            prop_assert_eq!(&fresh.problems, document.problems());
        }
        let last = texts.last().cloned().unwrap_or_default();
        for earlier in texts.iter().rev().skip(1) {
            prop_assert!(document.undo().is_some());
            prop_assert_eq!(document.text(), earlier);
        }
        prop_assert!(document.undo().is_none());
        while document.redo().is_some() {}
        prop_assert_eq!(document.text(), last);
    }

    #[test]
    fn many_edits_at_once_do_what_they_do_one_after_the_other(
        styled in any::<bool>(),
        edits in prop::collection::vec(any_edit(), 2..6),
    ) {
        let text = if styled { STYLED } else { FORMAT };
        let mut single = Document::open(text);
        let mut made = edits.clone();
        made.retain(|edit| single.apply("step", std::slice::from_ref(edit)).is_ok());
        let Ok(together) = edited(text, &made) else { return Err(TestCaseError::fail("refused together")) };
        prop_assert_eq!(together.flow(), single.flow(), "{}\n---\n{}", together.text(), single.text());
    }

    #[test]
    fn what_is_set_is_read_back(styled in any::<bool>(), edit in any_edit()) {
        let Edit::Set { path, value } = &edit else { return Ok(()) };
        prop_assume!(is_writable(value));
        let Ok(document) = edited(if styled { STYLED } else { FORMAT }, std::slice::from_ref(&edit)) else { return Ok(()) };
        let found = document.value(path);
        prop_assert_eq!(found.as_ref(), Some(value), "{}", document.text());
    }

    #[test]
    fn a_rename_there_and_back_changes_nothing_but_the_name(node in 0..8_usize, styled in any::<bool>()) {
        let text = if styled { STYLED } else { FORMAT };
        let flow = read(text).flow;
        let Some((id, before)) = flow.nodes.get_index(node % flow.nodes.len()) else { return Ok(()) };
        let id = id.clone();
        let rename = |from: &str, to: &str| Edit::RenameNode { from: from.into(), to: to.into() };
        let there = done(text, &[rename(&id, "renamed")]);
        prop_assert_eq!(read(text).problems.len(), there.problems().len(), "{:?}", there.problems());
        prop_assert_eq!(&there.flow().nodes.keys().position(|k| k == "renamed"), &Some(node % flow.nodes.len()));
        prop_assert_eq!(there.flow().nodes["renamed"].kind.name(), before.kind.name());
        let named = |edges: Vec<Edge>| -> Vec<Edge> {
            let new = |end: String| if end == id { "renamed".to_owned() } else { end };
            edges.into_iter().map(|e| Edge { from: new(e.from), to: new(e.to), kind: e.kind }).collect()
        };
        prop_assert_eq!(there.flow().edges(), named(flow.edges()));
        let back = done(there.text(), &[rename("renamed", &id)]);
        prop_assert_eq!(back.text(), text);
    }

    #[test]
    fn comments_survive_what_does_not_remove_them(styled in any::<bool>(), edit in any_edit()) {
        let text = if styled { STYLED } else { FORMAT };
        // A value that is replaced or removed takes its own comments along.
        let keeps = matches!(edit, Edit::AddNode { .. } | Edit::RenameNode { .. } | Edit::Move { .. } | Edit::Connect { .. } | Edit::Paste { .. });
        if !keeps {
            return Ok(());
        }
        let Ok(document) = edited(text, &[edit]) else { return Ok(()) };
        for comment in text.lines().filter_map(|l| l.split_once("# ")).map(|(_, c)| c) {
            prop_assert!(document.text().contains(comment), "{}", comment);
        }
    }
}
