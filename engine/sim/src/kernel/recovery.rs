//! How long lag takes to come back to its level before a fault, for the groups that an expectation asks about.

use std::collections::VecDeque;

/// The level before a fault is the mean over so long (or from the start, when that is nearer), in nanoseconds.
const LOOK_BACK: u64 = 60_000_000_000;

/// What is followed.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    groups: Vec<Followed>,
    /// Index into `groups` by group.
    index: Vec<Option<u32>>,
}

#[derive(Debug)]
struct Followed {
    group: u32,
    /// (time, integral of the lag) at the ends of buckets, as far back as needed.
    history: VecDeque<(u64, u128)>,
    /// The level before each fault that strikes now.
    before: Vec<(u32, f64)>,
    /// Ends of faults from which the lag has not recovered yet, with the level that it has to reach.
    open: Vec<(u64, f64)>,
    worst: u64,
}

impl Recovery {
    pub(super) fn new(mut groups: Vec<u32>) -> Self {
        groups.sort_unstable();
        groups.dedup();
        let mut index = vec![None; groups.last().map_or(0, |&last| last as usize + 1)];
        for (at, &group) in (0_u32..).zip(&groups) {
            index[group as usize] = Some(at);
        }
        let followed = |group| Followed {
            group,
            history: VecDeque::from([(0, 0)]),
            before: Vec::new(),
            open: Vec::new(),
            worst: 0,
        };
        Recovery { groups: groups.into_iter().map(followed).collect(), index }
    }

    #[inline]
    fn of(&mut self, group: u32) -> Option<&mut Followed> {
        let at = *self.index.get(group as usize)?;
        at.and_then(|at| self.groups.get_mut(at as usize))
    }

    /// A bucket of the curves ends.
    pub(super) fn bucket_ends(&mut self, now: u64, integral: impl Fn(u32) -> u128) {
        for followed in &mut self.groups {
            followed.history.push_back((now, integral(followed.group)));
            // Keep one reading that is old enough.
            while followed.history.get(1).is_some_and(|(at, _)| at + LOOK_BACK <= now) {
                followed.history.pop_front();
            }
        }
    }

    pub(super) fn fault_begins(&mut self, fault: u32, now: u64, integral: impl Fn(u32) -> u128) {
        for followed in &mut self.groups {
            let (at, before) = followed.history.front().copied().unwrap_or((0, 0));
            let level = if now > at { (integral(followed.group) - before) as f64 / (now - at) as f64 } else { 0.0 };
            followed.before.push((fault, level));
        }
    }

    pub(super) fn fault_ends(&mut self, fault: u32, now: u64, lag: impl Fn(u32) -> u64) {
        for followed in &mut self.groups {
            if let Some(at) = followed.before.iter().position(|(f, _)| *f == fault) {
                let (_, level) = followed.before.swap_remove(at);
                followed.open.push((now, level));
                followed.note(now, lag(followed.group));
            }
        }
    }

    /// The lag of a group went down.
    #[inline]
    pub(super) fn note(&mut self, group: u32, now: u64, lag: u64) {
        if let Some(followed) = self.of(group)
            && !followed.open.is_empty()
        {
            followed.note(now, lag);
        }
    }

    /// The longest recovery of a group in nanoseconds; `None` if it never recovered.
    pub(super) fn worst(&self, group: u32) -> Option<u64> {
        let at = self.index.get(group as usize).copied().flatten()?;
        let followed = &self.groups[at as usize];
        (followed.open.is_empty() && followed.before.is_empty()).then_some(followed.worst)
    }
}

impl Followed {
    fn note(&mut self, now: u64, lag: u64) {
        let worst = &mut self.worst;
        self.open.retain(|&(ended, level)| {
            let recovered = lag as f64 <= level;
            if recovered {
                *worst = (*worst).max(now - ended);
            }
            !recovered
        });
    }
}
