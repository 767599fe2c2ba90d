//! How often a step reads the text, and what the history keeps: nothing that the outside could see.

#![allow(clippy::format_push_string, reason = "told texts are short")]
#![allow(clippy::float_cmp, reason = "tests compare what was put in with what came out")]

use serde_json::{Map, json};

use super::*;
use crate::tree::parses;

/// A chain of shops: as many producers, topics and consumers.
fn chain(count: usize) -> String {
    let mut text = String::from("thalweg: 1\nname: Chain\nnodes:\n");
    for i in 0..count {
        text += &format!(
            "  p{i}: {{ kind: producer, load: {{ poisson: 1/s }}, publishes: [{{ to: t{i} }}, {{ to: t{} }}] }}\n  \
             t{i}: {{ kind: topic, partitions: 2 }}\n  \
             c{i}:\n    kind: consumer\n    service_time: 1ms\n    subscribes:\n      - {{ from: t{i} }}\n      - {{ from: t{} }}\n",
            (i + 1) % count,
            (i + 1) % count,
        );
    }
    text += "layout:\n";
    for i in 0..count {
        text += &format!("  p{i}: [0, {}]\n  t{i}: [260, {}]\n  c{i}: [520, {}]\n", i * 100, i * 100, i * 100);
    }
    text
}

/// How often the text was parsed while `work` was done.
fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = parses();
    let result = work();
    (result, parses() - before)
}

#[test]
fn a_step_of_many_edits_reads_the_text_a_few_times() {
    let text = chain(100);
    let few = |what: &str, most: usize, edits: &[Edit]| {
        let mut document = Document::open(&text);
        let (done, count) = counted(|| document.apply(what, edits));
        done.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(count <= most, "{what}: {count} readings");
        assert!(document.problems().is_empty(), "{what}: {:?}", document.problems());
        let (_, count) = counted(|| (document.undo(), document.redo(), document.undo()));
        assert_eq!(count, 0, "{what}: undo reads");
        assert_eq!(document.text(), text, "{what}");
    };
    let all = |kind: char| (0..100).map(move |i| format!("{kind}{i}"));
    let remove: Vec<Edit> = all('t').chain(all('c')).map(|id| Edit::RemoveNode { id }).collect();
    few("remove topics and consumers", 2, &remove);
    let some: Vec<Edit> = (0..50).map(|i| Edit::RemoveNode { id: format!("t{}", i * 2) }).collect();
    few("remove every other topic", 3, &some);
    let cut: Vec<Edit> = (0..100)
        .map(|i| Edit::Disconnect { from: format!("t{i}"), to: format!("c{i}"), kind: EdgeKind::Subscribe })
        .collect();
    few("disconnect", 2, &cut);
    let set: Vec<Edit> =
        all('c').map(|id| Edit::Set { path: format!("nodes.{id}.service_time"), value: json!("2ms") }).collect();
    few("set one key of many", 1, &set);
    let new: Vec<Edit> =
        all('t').map(|id| Edit::Set { path: format!("nodes.{id}.retention"), value: json!("1d") }).collect();
    few("set a new key of many", 1, &new);
    let moves: Vec<Edit> = all('p').map(|id| Edit::Move { id, position: [5.0, 7.0] }).collect();
    few("move", 1, &moves);
    let adds: Vec<Edit> = (0..100)
        .map(|_| Edit::AddNode {
            id: "queue".into(),
            kind_name: "queue".into(),
            fields: Map::new(),
            position: Some([1.0, 2.0]),
        })
        .collect();
    few("add", 2, &adds);
    let connects: Vec<Edit> =
        (0..100).map(|i| Edit::Connect { from: format!("t{i}"), to: format!("c{}", (i + 50) % 100) }).collect();
    few("connect", 1, &connects);
    let fragment = Document::open(&text).copy(&all('t').chain(all('c')).collect::<Vec<_>>()).expect("there are nodes");
    // The fragment itself is read, stripped, renamed.
    few("paste", 6, &[Edit::Paste { text: fragment, at: None }]);
}

#[test]
fn a_trial_reads_once_and_changes_nothing() {
    let document = Document::open(chain(10));
    let edit = Edit::Set { path: "nodes.c1.service_time".into(), value: json!("many") };
    let (problems, count) = counted(|| document.trial(std::slice::from_ref(&edit)));
    assert_eq!((problems.map(|p| p.len()), count), (Ok(1), 1));
    assert_eq!((document.text(), document.revision()), (chain(10).as_str(), 0));
}

#[test]
fn steps_of_one_key_are_one() {
    let text = chain(2);
    let mut document = Document::open(&text);
    let nudge = |document: &mut Document, x: f64, key: Option<&str>| {
        let remember = Remember { name: "Nudge p0", key, note: format!("before {x}") };
        document.apply_as(remember, &[Edit::Move { id: "p0".into(), position: [x, 0.0] }]).expect("moves");
    };
    for x in [2.0, 4.0, 6.0] {
        nudge(&mut document, x, Some("nudge p0"));
    }
    assert_eq!(document.done_steps().collect::<Vec<_>>(), ["Nudge p0"]);
    // Another key, none, and a closed step each begin a new one.
    nudge(&mut document, 7.0, Some("nudge c0"));
    nudge(&mut document, 8.0, None);
    nudge(&mut document, 9.0, Some("nudge p0"));
    document.close_step();
    nudge(&mut document, 10.0, Some("nudge p0"));
    assert_eq!(document.done_steps().len(), 5);
    for _ in 0..4 {
        document.undo();
    }
    assert_eq!(document.flow().layout["p0"], [6.0, 0.0]);
    let restored = document.undo_noting("after".into()).expect("there is a step");
    assert_eq!((restored.name.as_str(), restored.note.as_str()), ("Nudge p0", "before 2"));
    assert_eq!(document.text(), text);
    assert_eq!(document.undone_steps().len(), 5);
    assert_eq!(document.redo_noting(String::new()).map(|r| r.note), Some("after".into()));
    assert_eq!(document.flow().layout["p0"], [6.0, 0.0]);
    // Back where it began: nothing to take back.
    nudge(&mut document, 1.0, Some("k"));
    nudge(&mut document, 6.0, Some("k"));
    assert_eq!(document.done_steps().len(), 1);
}

#[test]
fn readings_far_back_are_read_again() {
    let text = chain(3);
    let mut document = Document::open(&text);
    for x in 0..40 {
        document.apply("Move", &[Edit::Move { id: "p0".into(), position: [f64::from(x) + 1.0, 0.0] }]).expect("moves");
    }
    let ((), count) = counted(|| while document.undo().is_some() {});
    assert_eq!(count, 8);
    assert_eq!(document.text(), text);
}
