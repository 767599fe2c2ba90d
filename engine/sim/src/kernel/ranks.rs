//! Which instances of an autoscaled consumer come and go first, kept at hand: a serverless consumer has thousands of them and
//! changes their number with every message.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Kernel;
use super::scaling::Stage;

/// The instances of one consumer, by what they are at.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    /// Whether those that have least in hand go first.
    least_busy: bool,
    /// Those that are not there, first those that have nothing left to finish, then the first of them.
    away: BTreeSet<(bool, u32)>,
    starting: BTreeSet<u32>,
    /// Those that are there, up or struck by a fault; the last of them first.
    there: BTreeSet<(u32, Reverse<u32>)>,
}

impl Ranks {
    /// Of nobody. Who acts at once lets those go first that have least in hand.
    pub(super) fn new(at_once: bool) -> Self {
        Ranks { least_busy: at_once, ..Ranks::default() }
    }

    pub(super) fn enter(&mut self, instance: u32, stage: Stage, busy: u32) {
        match stage {
            Stage::Away => self.away.insert((busy > 0, instance)),
            Stage::Starting => self.starting.insert(instance),
            Stage::There | Stage::Restarting => self.there.insert((self.level(busy), Reverse(instance))),
        };
    }

    pub(super) fn leave(&mut self, instance: u32, stage: Stage, busy: u32) {
        match stage {
            Stage::Away => self.away.remove(&(busy > 0, instance)),
            Stage::Starting => self.starting.remove(&instance),
            Stage::There | Stage::Restarting => self.there.remove(&(self.level(busy), Reverse(instance))),
        };
    }

    /// An instance has more or less in hand than before.
    pub(super) fn busy_changes(&mut self, instance: u32, stage: Stage, before: u32, after: u32) {
        let moves = match stage {
            Stage::Away => (before > 0) != (after > 0),
            Stage::Starting => false,
            Stage::There | Stage::Restarting => self.least_busy,
        };
        if moves {
            self.leave(instance, stage, before);
            self.enter(instance, stage, after);
        }
    }

    /// Those that come first.
    pub(super) fn to_come(&self, many: u32) -> Vec<u32> {
        self.away.iter().map(|&(_, instance)| instance).take(many as usize).collect()
    }

    /// Those whose start is called off first.
    pub(super) fn to_call_off(&self, many: u32) -> Vec<u32> {
        self.starting.iter().rev().copied().take(many as usize).collect()
    }

    /// Those that are there, in the order in which they go.
    pub(super) fn to_go(&self) -> impl Iterator<Item = u32> + '_ {
        self.there.iter().map(|&(_, Reverse(instance))| instance)
    }

    /// How many are there or called for, and how many there are at all.
    pub(super) fn counts(&self) -> (usize, usize) {
        let wanted = self.starting.len() + self.there.len();
        (wanted, wanted + self.away.len())
    }

    fn level(&self, busy: u32) -> u32 {
        if self.least_busy { busy } else { 0 }
    }
}

impl Kernel<'_> {
    /// An instance that is ranked has more or less in hand than before.
    pub(super) fn rerank(&mut self, instance: u32, before: u32) {
        let place = &self.instances[instance as usize];
        let (consumer, busy) = (place.consumer, place.busy);
        self.scaling.busy_changes(consumer, instance, before, busy);
    }
}
