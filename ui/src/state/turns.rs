//! Answers in their turn: what was asked for later counts, whenever the answers come.

/// Numbers questions of one sort, so that an answer that was overtaken by a later one is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turns {
    asked: u64,
    taken: u64,
}

impl Turns {
    /// Another question; gives its number.
    pub(crate) fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Whether an answer is to be taken: none that was asked for later was before.
    pub(crate) fn take(&mut self, number: u64) -> bool {
        let is_newer = number > self.taken;
        if is_newer {
            self.taken = number;
        }
        is_newer
    }

    /// Whether nothing was asked since.
    pub(crate) fn is_last(self, number: u64) -> bool {
        number == self.asked
    }

    /// What was asked so far is not waited for any more.
    pub(crate) fn give_up(&mut self) {
        self.asked += 1;
        self.taken = self.asked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_later_stays() {
        let mut turns = Turns::default();
        let [first, second] = [turns.ask(), turns.ask()];
        assert!(turns.take(second) && !turns.take(first), "the answer of the first came last");
        let [third, fourth] = [turns.ask(), turns.ask()];
        assert!(turns.take(third) && turns.take(fourth), "in their order both are taken");
        assert!(turns.is_last(fourth) && !turns.is_last(third));
        let last = turns.ask();
        turns.give_up();
        assert!(!turns.take(last) && !turns.is_last(last));
    }
}
