//! The reference for many pending timers: a radix heap, which suits times that only grow.

use radix_heap::RadixHeapMap;

/// How many timers are pending at any moment.
pub(crate) const PENDING: u64 = 100_000;

/// Takes the next timer and sets it again a constant delay later, `rounds` times.
pub(crate) fn radix(rounds: u64) -> String {
    // The heap is greatest first: times count down.
    let mut heap = RadixHeapMap::new();
    for timer in 0..PENDING {
        heap.push(u64::MAX - timer * 1000, timer);
    }
    let began = cpu_time::ProcessTime::now();
    let mut sum = 0_u64;
    for _ in 0..rounds {
        if let Some((time, timer)) = heap.pop() {
            sum = sum.wrapping_add(timer);
            heap.push(time - PENDING * 1000, timer);
        }
    }
    crate::line(began.elapsed().as_secs_f64(), rounds as f64, sum as f64)
}
