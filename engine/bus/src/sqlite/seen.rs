//! Which events a topic has stored lately, by source and id.

use std::collections::{HashSet, VecDeque};

/// How many a topic remembers at most, whatever its window: about 50 MB.
pub(super) const MOST_SEEN: usize = 1_000_000;

/// What an event is known by ([`crate::common::identity`]).
pub(super) type Identity = u128;

#[derive(Debug, Default)]
pub(super) struct Seen {
    all: HashSet<Identity>,
    /// By commit, oldest first.
    commits: VecDeque<Commit>,
}

#[derive(Debug)]
struct Commit {
    number: u64,
    at_ms: u64,
    ids: Vec<Identity>,
}

impl Seen {
    pub(super) fn contains(&self, id: Identity) -> bool {
        self.all.contains(&id)
    }

    pub(super) fn add(&mut self, number: u64, at_ms: u64, ids: Vec<Identity>) {
        self.all.extend(&ids);
        self.commits.push_back(Commit { number, at_ms, ids });
    }

    /// The number of the last commit that is too old, or too many.
    pub(super) fn too_old(&self, before_ms: u64) -> Option<u64> {
        let mut left = self.all.len();
        let mut last = None;
        for commit in &self.commits {
            if commit.at_ms >= before_ms && left <= MOST_SEEN {
                break;
            }
            left = left.saturating_sub(commit.ids.len());
            last = Some(commit.number);
        }
        last
    }

    pub(super) fn forget(&mut self, up_to: u64) {
        while let Some(oldest) = self.commits.front()
            && oldest.number <= up_to
        {
            for id in &oldest.ids {
                self.all.remove(id);
            }
            self.commits.pop_front();
        }
    }
}

pub(super) fn encode(ids: &[Identity]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.to_le_bytes()).collect()
}

pub(super) fn decode(bytes: &[u8]) -> Vec<Identity> {
    bytes.chunks_exact(16).filter_map(|chunk| chunk.try_into().ok().map(Identity::from_le_bytes)).collect()
}
