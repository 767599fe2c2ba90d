//! Closed forms of queueing theory: what a station must come to in the long run, without simulating it.
//!
//! Pure functions of rates (per second), times (seconds) and counts. They judge the simulator in its tests and stand
//! beside simulated figures in reports where a station is one that they describe. `None` is an answer: without a
//! steady state there is nothing to say. Not here: approximations (a figure that is only near the truth judges
//! nothing).

mod finite;
mod markov;
mod single;

pub use finite::{Finite, mmck};
pub use markov::{Mmc, erlang_b, erlang_c, mm1, mmc};
pub use single::{Dm1, dm1, md1, md1_wait_cdf, md1_wait_quantile, mg1, mg1_wait_second_moment};

/// A station in its steady state. Times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steady {
    /// Mean time in the queue, Wq.
    pub wait: f64,
    /// Mean time at the station, W.
    pub sojourn: f64,
    /// Mean number in the queue, Lq.
    pub queue: f64,
    /// Mean number at the station, L.
    pub present: f64,
    /// Share of the servers that are busy, ρ.
    pub utilization: f64,
}

impl Steady {
    /// From the mean wait, the rest by Little's law (Little 1961).
    fn from_wait(wait: f64, arrivals: f64, service: f64, servers: f64) -> Self {
        Steady {
            wait,
            sojourn: wait + service,
            queue: arrivals * wait,
            present: arrivals * (wait + service),
            utilization: arrivals * service / servers,
        }
    }
}

/// Whether these are rates or times that a formula can work with.
fn usable(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite() && *value > 0.0)
}

/// The argument at which an increasing function reaches `target`, by doubling and bisection, to the last bits.
fn inverse(target: f64, scale: f64, increasing: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, scale);
    // Beyond this many doublings the function never gets there.
    for _ in 0..200 {
        if increasing(high) >= target {
            break;
        }
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if increasing(middle) < target { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
