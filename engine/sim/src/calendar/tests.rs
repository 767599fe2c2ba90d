//! The calendar against a model: a heap of times and sequence numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

/// The calendar, and the model that is asked the same.
struct Both {
    calendar: Calendar<u64>,
    model: BinaryHeap<Reverse<(u64, u64)>>,
    now: u64,
    sequence: u64,
}

impl Both {
    fn new() -> Self {
        Both { calendar: Calendar::new(), model: BinaryHeap::new(), now: 0, sequence: 0 }
    }

    /// Plans something after a delay, one that is used again and again or any.
    fn push(&mut self, delay: u64, again_and_again: bool) {
        let time = self.now.saturating_add(delay);
        if again_and_again {
            self.calendar.push_after(self.now, delay, self.sequence);
        } else {
            self.calendar.push(time, self.sequence);
        }
        self.model.push(Reverse((time, self.sequence)));
        self.sequence += 1;
    }

    /// Takes the next from both, not before its time; whether there was one. What is at the end of time never comes.
    fn pop(&mut self) -> Result<bool, TestCaseError> {
        prop_assert_eq!(self.calendar.len(), self.model.len());
        let Some(&Reverse(expected)) = self.model.peek().filter(|first| first.0.0 < u64::MAX) else {
            prop_assert_eq!(self.calendar.pop_before(u64::MAX), None);
            return Ok(false);
        };
        prop_assert_eq!(self.calendar.pop_before(expected.0), None);
        prop_assert_eq!(self.calendar.pop_before(expected.0 + 1), Some(expected));
        self.model.pop();
        self.now = expected.0;
        Ok(true)
    }
}

proptest! {
    /// Delays of more lengths than there are lines, among entries of the heap.
    #[test]
    fn lines_and_heap_come_out_as_one(steps in prop::collection::vec(prop::option::of((0_u64..30, any::<bool>())), 0..400)) {
        let mut both = Both::new();
        for step in steps {
            if let Some((delay, again_and_again)) = step {
                both.push(delay, again_and_again);
            } else {
                both.pop()?;
            }
        }
        while both.pop()? {}
    }
}

/// Times of all magnitudes, many equal, some at the end of time.
fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0_u64..4,
        6 => 0_u64..1_000,
        6 => 0_u64..1_000_000_000,
        2 => (0_u32..64).prop_map(|shift| u64::MAX >> shift),
        1 => Just(5_000_u64),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// So many entries that buckets come and go.
    #[test]
    fn buckets_change_nothing(rounds in prop::collection::vec((prop::collection::vec(delay(), 1..3_000), 0_usize..4_000), 1..8)) {
        let mut both = Both::new();
        for (delays, taken) in rounds {
            for delay in delays {
                both.push(delay, false);
            }
            for _ in 0..taken {
                if !both.pop()? {
                    break;
                }
            }
        }
    }
}

#[test]
fn buckets_are_used_and_given_up_again() {
    let mut calendar = Calendar::new();
    for i in 0..10_000_u64 {
        calendar.push(i * 37 % 10_007, i);
    }
    assert!(calendar.far.is_active() && calendar.near.len() <= MANY, "{} stand in the heap", calendar.near.len());
    let (mut last, mut buckets) = (0, 0);
    while let Some((time, _)) = calendar.pop_before(u64::MAX) {
        assert!(time >= last);
        last = time;
        // Of each bucket it is said once that it came.
        buckets += usize::from(calendar.is_fresh());
        assert!(!calendar.is_fresh());
    }
    assert!(buckets > 1, "{buckets} came into the heap");
    assert!(!calendar.far.is_active() && calendar.len() == 0);
}
