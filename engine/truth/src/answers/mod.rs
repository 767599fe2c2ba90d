//! The table, by subject.
//!
//! Most of the literature's examples have a service time of 1. Here it is 10 ms, so that an arrival rate of 0.8 is 80/s
//! and a time of 5 is 50 ms: [`TICK`] turns the one into the other.

mod budgets;
mod bursts;
mod disciplines;
mod faults;
mod formulas;
mod general;
mod groups;
mod joins;
mod keys;
mod leases;
mod limits;
mod loss;
mod markov;
mod metastable;
mod networks;
mod retries;
mod starts;
mod windows;

use crate::case::Case;

/// The literature's unit of time, in milliseconds.
const TICK: f64 = 10.0;
/// A server whose mean service time is the unit.
const EXPONENTIAL: &str = ", service_time: { exponential: 10ms }";

/// All cases, in the order of the table.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for part in [
        markov::cases,
        loss::cases,
        general::cases,
        disciplines::cases,
        bursts::cases,
        networks::cases,
        joins::cases,
        retries::cases,
        faults::cases,
        groups::cases,
        windows::cases,
        leases::cases,
        limits::cases,
        metastable::cases,
        keys::cases,
        starts::cases,
        budgets::cases,
        formulas::cases,
    ] {
        cases.extend(part());
    }
    cases
}
