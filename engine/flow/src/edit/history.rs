//! Steps back and forth.

/// Memory that the history may take, in bytes of replaced text; the oldest steps go first.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One step: which bytes became which. Everything before and behind them is the same on both sides.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) name: String,
    start: usize,
    old: String,
    new: String,
}

impl Step {
    /// The least replacement that makes `new` of `old`.
    pub(super) fn between(name: &str, old: &str, new: &str) -> Self {
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
        Step { name: name.to_owned(), start, old: cut(old), new: cut(new) }
    }

    /// The text after the step.
    pub(super) fn applied(&self, text: &str) -> String {
        swap(text, self.start, &self.old, &self.new)
    }

    /// The text before the step.
    pub(super) fn reverted(&self, text: &str) -> String {
        swap(text, self.start, &self.new, &self.old)
    }

    fn bytes(&self) -> usize {
        self.old.len() + self.new.len() + self.name.len()
    }
}

fn swap(text: &str, start: usize, out: &str, into: &str) -> String {
    let head = text.get(..start).unwrap_or_default();
    let tail = text.get(start + out.len()..).unwrap_or_default();
    [head, into, tail].concat()
}

/// Steps that were made, and those that were taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl History {
    pub(super) fn push(&mut self, step: Step) {
        self.undone.clear();
        self.done.push(step);
        let mut bytes: usize = self.done.iter().map(Step::bytes).sum();
        while bytes > MAX_BYTES && self.done.len() > 1 {
            bytes -= self.done.remove(0).bytes();
        }
    }

    pub(super) fn back(&mut self) -> Option<&Step> {
        self.undone.push(self.done.pop()?);
        self.undone.last()
    }

    pub(super) fn forward(&mut self) -> Option<&Step> {
        self.done.push(self.undone.pop()?);
        self.done.last()
    }

    pub(super) fn undo_name(&self) -> Option<&str> {
        self.done.last().map(|s| s.name.as_str())
    }

    pub(super) fn redo_name(&self) -> Option<&str> {
        self.undone.last().map(|s| s.name.as_str())
    }
}
