//! Steps back and forth.
//!
//! A step remembers the bytes that it replaced. The last ones also remember what was read on their other side, so that
//! going there reads nothing.

use std::sync::Arc;

use crate::read::Parsed;

/// Memory that the history may take, in bytes of replaced text; the oldest steps go first.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How many steps remember what was read, each way.
const MAX_READINGS: usize = 32;
/// Memory for that, each way. A reading takes about [`READING_FACTOR`] times the bytes of its text.
const MAX_READING_BYTES: usize = 96 * 1024 * 1024;
const READING_FACTOR: usize = 24;

/// One step: which bytes became which. Everything before and behind them is the same on both sides.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
    /// Steps of the same key that follow each other are one.
    key: Option<String>,
    start: usize,
    old: String,
    new: String,
    /// What was read on the side where the document is not.
    other: Option<Arc<Parsed>>,
    /// What the caller wants to know again when the step is taken back, and when it is made again.
    notes: [String; 2],
}

impl Step {
    /// The least replacement that makes `new` of `old`.
    fn between(name: &str, old: &str, new: &str) -> Self {
        let prefix = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let mut start = prefix;
        while !(old.is_char_boundary(start) && new.is_char_boundary(start)) {
            start -= 1;
        }
        let most = old.len().min(new.len()) - start;
        let mut suffix = old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
        while !(old.is_char_boundary(old.len() - suffix) && new.is_char_boundary(new.len() - suffix)) {
            suffix -= 1;
        }
        let cut = |text: &str| text.get(start..text.len() - suffix).unwrap_or_default().to_owned();
        Step {
            name: name.to_owned(),
            key: None,
            start,
            old: cut(old),
            new: cut(new),
            other: None,
            notes: [String::new(), String::new()],
        }
    }

    fn applied(&self, text: &str) -> String {
        swap(text, self.start, &self.old, &self.new)
    }

    fn reverted(&self, text: &str) -> String {
        swap(text, self.start, &self.new, &self.old)
    }

    fn bytes(&self) -> usize {
        self.old.len() + self.new.len() + self.name.len() + self.notes[0].len() + self.notes[1].len()
    }
}

fn swap(text: &str, start: usize, out: &str, into: &str) -> String {
    let head = text.get(..start).unwrap_or_default();
    let tail = text.get(start + out.len()..).unwrap_or_default();
    [head, into, tail].concat()
}

/// How a step is remembered.
#[derive(Debug, Clone, Default)]
pub struct Remember<'a> {
    /// Its name, for people: "Move payment".
    pub name: &'a str,
    /// Steps of the same key that follow each other are one step: nudges, typing, a slider that is drawn.
    pub key: Option<&'a str>,
    /// What the caller wants back when the step is undone, such as what was selected; the history does not read it.
    pub note: String,
}

/// A step that was taken back or made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its name.
    pub name: String,
    /// What was noted on the side that is there now.
    pub note: String,
}

/// Where a walk through the history ends.
pub(super) struct Arrival {
    pub(super) restored: Restored,
    pub(super) text: String,
    /// What was read there, when it is still known.
    pub(super) parsed: Option<Arc<Parsed>>,
}

/// Steps that were made, and those that were taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl History {
    /// Remembers the step from one text to another. `parsed` is what was read of the old one.
    pub(super) fn push(&mut self, remember: Remember<'_>, old: &str, new: &str, parsed: Arc<Parsed>) {
        self.undone.clear();
        let joins = |last: &Step| last.key.is_some() && last.key.as_deref() == remember.key;
        let step = match self.done.pop() {
            Some(last) if joins(&last) => {
                let before = last.reverted(old);
                let step = Step::between(remember.name, &before, new);
                Step { key: last.key, other: last.other, notes: last.notes, ..step }
            }
            last => {
                self.done.extend(last);
                Step {
                    key: remember.key.map(ToOwned::to_owned),
                    other: Some(parsed),
                    notes: [remember.note, String::new()],
                    ..Step::between(remember.name, old, new)
                }
            }
        };
        // A drag that came back to where it began is no step.
        if step.old != step.new {
            self.done.push(step);
        }
        let mut bytes: usize = self.done.iter().map(Step::bytes).sum();
        while bytes > MAX_BYTES && self.done.len() > 1 {
            bytes -= self.done.remove(0).bytes();
        }
        forget(&mut self.done, new.len());
    }

    /// The way one step back from `text`, of which `parsed` was read; `note` is kept for the way forth.
    pub(super) fn back(&mut self, text: &str, parsed: Arc<Parsed>, note: String) -> Option<Arrival> {
        let mut step = self.done.pop()?;
        let text = step.reverted(text);
        let arrival = step.walk(text, parsed, 0, note);
        self.undone.push(step);
        forget(&mut self.undone, arrival.text.len());
        Some(arrival)
    }

    /// The way one step forth again.
    pub(super) fn forward(&mut self, text: &str, parsed: Arc<Parsed>, note: String) -> Option<Arrival> {
        let mut step = self.undone.pop()?;
        let text = step.applied(text);
        let arrival = step.walk(text, parsed, 1, note);
        self.done.push(step);
        forget(&mut self.done, arrival.text.len());
        Some(arrival)
    }

    /// The next step does not join the last one.
    pub(super) fn close(&mut self) {
        if let Some(last) = self.done.last_mut() {
            last.key = None;
        }
    }

    /// Names of the steps that can be taken back, the last one first.
    pub(super) fn done(&self) -> impl ExactSizeIterator<Item = &str> {
        self.done.iter().rev().map(|s| s.name.as_str())
    }

    /// Names of the steps that can be made again, the next one first.
    pub(super) fn undone(&self) -> impl ExactSizeIterator<Item = &str> {
        self.undone.iter().rev().map(|s| s.name.as_str())
    }
}

impl Step {
    fn walk(&mut self, text: String, parsed: Arc<Parsed>, side: usize, note: String) -> Arrival {
        // Whoever walks here by undo and redo means to stay: what follows is a step of its own.
        self.key = None;
        self.notes[1 - side] = note;
        let restored = Restored { name: self.name.clone(), note: self.notes[side].clone() };
        Arrival { restored, text, parsed: self.other.replace(parsed) }
    }
}

/// Lets go of readings that are far away. `bytes` is about how long the texts are.
fn forget(steps: &mut [Step], bytes: usize) {
    let keep = (MAX_READING_BYTES / (bytes * READING_FACTOR).max(1)).min(MAX_READINGS);
    let far = steps.len().saturating_sub(keep);
    for step in steps[..far].iter_mut().rev().take_while(|step| step.other.is_some()) {
        step.other = None;
    }
}
