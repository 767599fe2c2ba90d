//! Many pending timers: the simulator's calendar beside a radix heap, which suits times that only grow.
//!
//! The calendar is taken in as source: it is nobody's interface.

// What a simulation asks of it besides.
#[allow(dead_code)]
#[path = "../../engine/sim/src/calendar/mod.rs"]
mod calendar;

use calendar::Calendar;
use radix_heap::RadixHeapMap;
use rand::{RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How many timers are pending at any moment.
pub(crate) const PENDING: u64 = 100_000;
/// Between two timers, so that each is due when it is set anew.
const STEP: u64 = 1000;

/// Delays that are all the same, or even between half and one and a half of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delays {
    Constant,
    Random,
}

impl Delays {
    fn draw(self, random: &mut Xoshiro256PlusPlus) -> u64 {
        match self {
            Delays::Constant => PENDING * STEP,
            Delays::Random => random.random_range(PENDING * STEP / 2..PENDING * STEP * 3 / 2),
        }
    }
}

/// Takes the next timer and sets it again, `rounds` times.
pub(crate) fn radix(delays: Delays, rounds: u64) -> String {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    // The heap is greatest first: times count down.
    let mut heap = RadixHeapMap::new();
    for timer in 0..PENDING {
        heap.push(u64::MAX - timer * STEP, [timer, 0]);
    }
    let began = cpu_time::ProcessTime::now();
    let mut sum = 0_u64;
    for _ in 0..rounds {
        if let Some((time, timer)) = heap.pop() {
            sum = sum.wrapping_add(timer[0]);
            heap.push(time - delays.draw(&mut random), timer);
        }
    }
    crate::line(began.elapsed().as_secs_f64(), rounds as f64, sum as f64)
}

/// The same with the calendar, whose entries are as large as the simulator's.
pub(crate) fn house(delays: Delays, rounds: u64) -> String {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut calendar = Calendar::new();
    for timer in 0..PENDING {
        match delays {
            Delays::Constant => calendar.push_after(timer * STEP, PENDING * STEP, [timer, 0]),
            Delays::Random => calendar.push((PENDING + timer) * STEP, [timer, 0]),
        }
    }
    let began = cpu_time::ProcessTime::now();
    let mut sum = 0_u64;
    for _ in 0..rounds {
        if let Some((time, timer)) = calendar.pop_before(u64::MAX) {
            sum = sum.wrapping_add(timer[0]);
            match delays {
                Delays::Constant => calendar.push_after(time, PENDING * STEP, timer),
                Delays::Random => calendar.push(time + delays.draw(&mut random), timer),
            }
        }
    }
    crate::line(began.elapsed().as_secs_f64(), rounds as f64, sum as f64)
}
