//! The limit: an event loop written by hand for exactly these models. A 4-ary heap, a fast generator, a queue per station,
//! one sum; no names, no histograms, no curves, no faults.

use std::collections::VecDeque;

use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Model, Outcome};

#[derive(Clone, Copy)]
struct Entry {
    time: f64,
    sequence: u64,
    /// The station whose server is done; `ARRIVAL` is the source.
    station: u32,
    /// When its customer came into the system.
    came: f64,
}

const ARRIVAL: u32 = u32::MAX;
const ARITY: usize = 4;

impl Entry {
    #[inline]
    fn before(&self, other: &Entry) -> bool {
        (self.time, self.sequence) < (other.time, other.sequence)
    }
}

#[derive(Default)]
struct Calendar {
    heap: Vec<Entry>,
    sequence: u64,
}

impl Calendar {
    #[inline]
    fn push(&mut self, time: f64, station: u32, came: f64) {
        let entry = Entry { time, sequence: self.sequence, station, came };
        self.sequence += 1;
        self.heap.push(entry);
        let mut hole = self.heap.len() - 1;
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    #[inline]
    fn pop(&mut self) -> Option<Entry> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some(last) };
        let mut hole = 0;
        loop {
            let start = hole * ARITY + 1;
            if start >= self.heap.len() {
                break;
            }
            let end = (start + ARITY).min(self.heap.len());
            let mut least = start;
            for child in start + 1..end {
                if self.heap[child].before(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].before(&last) {
                break;
            }
            self.heap[hole] = self.heap[least];
            hole = least;
        }
        self.heap[hole] = last;
        Some(first)
    }
}

struct Station {
    waiting: VecDeque<f64>,
    free: usize,
}

pub(crate) fn run(model: Model, customers: u64) -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw = move || -> f64 { Exp1.sample(&mut random) };
    let mut stations: Vec<Station> =
        (0..model.stages).map(|_| Station { waiting: VecDeque::new(), free: model.servers }).collect();
    let mut calendar = Calendar::default();
    calendar.push(draw() / model.rate, ARRIVAL, 0.0);
    let (mut arrived, mut left, mut sum) = (0_u64, 0_u64, 0.0);
    while let Some(Entry { time, station, came, .. }) = calendar.pop() {
        let mut enter = None;
        if station == ARRIVAL {
            arrived += 1;
            if arrived < customers {
                calendar.push(time + draw() / model.rate, ARRIVAL, 0.0);
            }
            enter = Some((0, time));
        } else {
            let place = &mut stations[station as usize];
            if let Some(next) = place.waiting.pop_front() {
                calendar.push(time + draw(), station, next);
            } else {
                place.free += 1;
            }
            if (station as usize) + 1 < model.stages {
                enter = Some((station as usize + 1, came));
            } else {
                left += 1;
                sum += time - came;
            }
        }
        if let Some((station, came)) = enter {
            let place = &mut stations[station];
            if place.free > 0 {
                place.free -= 1;
                calendar.push(time + draw(), station as u32, came);
            } else {
                place.waiting.push_back(came);
            }
        }
    }
    Outcome { customers: left, mean_sojourn: sum / left as f64 }
}
