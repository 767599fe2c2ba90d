//! Timers that always run equally long come due in the order in which they were set: a line each, first in first out, costs
//! nothing per timer however many there are.

use std::collections::VecDeque;

use super::Entry;

/// So many lengths of delays have lines.
const LINES: usize = 8;

#[derive(Debug)]
pub(super) struct Lines<E> {
    /// By length of the delay; few.
    kept: Vec<Line<E>>,
    /// The line whose first entry is the earliest of all lines'; none when all are empty.
    earliest: Option<usize>,
    /// How many entries there are.
    entries: usize,
}

/// Entries that were all put in with the same delay: the earlier they went in, the earlier they come out.
#[derive(Debug)]
struct Line<E> {
    delay: u64,
    entries: VecDeque<Entry<E>>,
}

impl<E: Copy> Lines<E> {
    pub(super) fn new() -> Self {
        Lines { kept: Vec::new(), earliest: None, entries: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries
    }

    #[inline]
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        self.kept[self.earliest?].entries.front()
    }

    /// Puts an entry into the line of its delay, unless there are lines enough.
    pub(super) fn push(&mut self, delay: u64, entry: Entry<E>) -> bool {
        let line = match self.kept.iter().position(|line| line.delay == delay) {
            Some(line) => line,
            None if self.kept.len() < LINES => {
                self.kept.push(Line { delay, entries: VecDeque::new() });
                self.kept.len() - 1
            }
            None => return false,
        };
        self.entries += 1;
        self.kept[line].entries.push_back(entry);
        // Only the first entry of a line changes which line is the earliest.
        if self.kept[line].entries.len() == 1 && self.first().is_none_or(|first| entry.key() < first.key()) {
            self.earliest = Some(line);
        }
        true
    }

    /// Takes the first entry of the earliest line.
    pub(super) fn pop(&mut self) -> Option<Entry<E>> {
        let first = self.kept[self.earliest?].entries.pop_front()?;
        self.entries -= 1;
        let heads = self.kept.iter().enumerate().filter_map(|(i, line)| Some((line.entries.front()?.key(), i)));
        self.earliest = heads.min().map(|(_, line)| line);
        Some(first)
    }
}
