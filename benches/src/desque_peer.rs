//! desque: events as boxed objects on a binary heap.

use std::cmp::Ordering;
use std::collections::VecDeque;

use desque::serial::{Event, Simulation};
use desque::{SimState, SimTime};
use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{Model, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Time(f64);

impl Eq for Time {}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl SimTime for Time {}

struct Stations {
    model: Model,
    customers: u64,
    arrived: u64,
    left: u64,
    sum: f64,
    waiting: Vec<VecDeque<f64>>,
    free: Vec<usize>,
    random: Xoshiro256PlusPlus,
}

impl SimState<Time> for Stations {
    fn is_complete(&self, _now: &Time) -> bool {
        self.left >= self.customers
    }
}

impl Stations {
    fn draw(&mut self) -> f64 {
        Exp1.sample(&mut self.random)
    }
}

#[derive(Debug)]
struct Arrive;

#[derive(Debug)]
struct Leave {
    station: usize,
    came: f64,
}

fn enter(sim: &mut Simulation<Stations, Time>, station: usize, came: f64) -> desque::Result {
    let now = sim.current_time().0;
    let state = sim.state_mut();
    if state.free[station] > 0 {
        state.free[station] -= 1;
        let at = now + state.draw();
        sim.schedule(Leave { station, came }, Time(at))
    } else {
        state.waiting[station].push_back(came);
        Ok(())
    }
}

impl Event<Stations, Time> for Arrive {
    fn execute(&mut self, sim: &mut Simulation<Stations, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let state = sim.state_mut();
        state.arrived += 1;
        if state.arrived < state.customers {
            let at = now + state.draw() / state.model.rate;
            sim.schedule(Arrive, Time(at))?;
        }
        enter(sim, 0, now)
    }
}

impl Event<Stations, Time> for Leave {
    fn execute(&mut self, sim: &mut Simulation<Stations, Time>) -> desque::Result {
        let now = sim.current_time().0;
        let state = sim.state_mut();
        let next = state.waiting[self.station].pop_front();
        if let Some(came) = next {
            let at = now + state.draw();
            sim.schedule(Leave { station: self.station, came }, Time(at))?;
        } else {
            state.free[self.station] += 1;
        }
        let state = sim.state_mut();
        if self.station + 1 < state.model.stages {
            return enter(sim, self.station + 1, self.came);
        }
        state.left += 1;
        state.sum += now - self.came;
        Ok(())
    }
}

pub(crate) fn run(model: Model, customers: u64) -> Outcome {
    let state = Stations {
        model,
        customers,
        arrived: 0,
        left: 0,
        sum: 0.0,
        waiting: vec![VecDeque::new(); model.stages],
        free: vec![model.servers; model.stages],
        random: Xoshiro256PlusPlus::seed_from_u64(1),
    };
    let mut sim = Simulation::new(state, Time(0.0));
    sim.schedule(Arrive, Time(0.0)).expect("nothing lies before the start");
    sim.run().expect("events are never planned into the past");
    Outcome { customers: sim.state().left, mean_sojourn: sim.state().sum / sim.state().left as f64 }
}
