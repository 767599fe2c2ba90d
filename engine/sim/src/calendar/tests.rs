//! The calendar against a model that sorts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

proptest! {
    /// Delays of more lengths than there are lines, among entries of the heap.
    #[test]
    fn lines_and_heap_come_out_as_one(steps in prop::collection::vec(prop::option::of((0_u64..30, any::<bool>())), 0..400)) {
        let mut calendar = Calendar::new();
        let mut model: Vec<(u64, u64)> = Vec::new();
        let mut now = 0;
        for (i, step) in steps.into_iter().enumerate() {
            prop_assert_eq!(calendar.len(), model.len());
            if let Some((delay, constant)) = step {
                if constant { calendar.push_after(now, delay, i as u64) } else { calendar.push(now + delay, i as u64) }
                model.push((now + delay, i as u64));
            } else {
                model.sort_unstable();
                let expected = (!model.is_empty()).then(|| model.remove(0));
                let time = expected.map_or(0, |(time, _)| time);
                prop_assert_eq!(calendar.pop_before(time), None);
                prop_assert_eq!(calendar.pop_before(time + 1), expected);
                now = expected.map_or(now, |(time, _)| time);
            }
        }
    }

    #[test]
    fn comes_out_by_time_and_then_in_order(steps in prop::collection::vec(prop::option::of(0_u64..50), 0..400)) {
        let mut calendar = Calendar::new();
        let mut model: Vec<(u64, u64)> = Vec::new();
        for (i, step) in steps.into_iter().enumerate() {
            if let Some(time) = step {
                calendar.push(time, i as u64);
                model.push((time, i as u64));
            } else {
                model.sort_unstable();
                let expected = (!model.is_empty()).then(|| model.remove(0));
                let time = expected.map_or(0, |(time, _)| time);
                prop_assert_eq!(calendar.pop_before(time), None);
                prop_assert_eq!(calendar.pop_before(time + 1), expected);
            }
        }
        model.sort_unstable();
        for expected in model {
            prop_assert_eq!(calendar.pop_before(u64::MAX), Some(expected));
        }
        prop_assert_eq!(calendar.pop_before(u64::MAX), None);
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
        let mut calendar = Calendar::new();
        let mut model = BinaryHeap::new();
        let (mut now, mut sequence) = (0_u64, 0_u64);
        for (delays, taken) in rounds {
            for delay in delays {
                let time = now.saturating_add(delay);
                calendar.push(time, sequence);
                model.push(Reverse((time, sequence)));
                sequence += 1;
            }
            for _ in 0..taken {
                prop_assert_eq!(calendar.len(), model.len());
                // What is at the end of time never comes.
                let Some(&Reverse(expected)) = model.peek().filter(|first| first.0.0 < u64::MAX) else { break };
                prop_assert_eq!(calendar.pop_before(expected.0), None);
                prop_assert_eq!(calendar.pop_before(u64::MAX), Some(expected));
                model.pop();
                now = expected.0;
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
    let mut last = 0;
    while let Some((time, _)) = calendar.pop_before(u64::MAX) {
        assert!(time >= last);
        last = time;
    }
    assert!(!calendar.far.is_active() && calendar.len() == 0);
}
