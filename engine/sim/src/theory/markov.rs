//! Poisson arrivals, exponential service, room for everybody: M/M/1 and M/M/c.

use super::{Steady, inverse, usable};

/// Erlang's loss formula B(a, c): the share of Poisson arrivals that find all of `servers` busy and are lost, for
/// `offered` = λ·E\[S\] erlangs; whatever the distribution of the service times (Erlang 1917; by the recursion
/// B(a, c) = a·B(a, c−1) / (c + a·B(a, c−1)), which loses no digits).
pub fn erlang_b(offered: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |before, c| offered * before / (f64::from(c) + offered * before))
}

/// Erlang's delay formula C(a, c): the share of Poisson arrivals that must wait at `servers` exponential servers
/// (Erlang 1917; Cooper, "Introduction to Queueing Theory", 3.4). 1 without a steady state.
pub fn erlang_c(offered: f64, servers: u32) -> f64 {
    let c = f64::from(servers);
    if offered >= c {
        return 1.0;
    }
    let blocked = erlang_b(offered, servers);
    c * blocked / (c - offered * (1.0 - blocked))
}

/// M/M/c in its steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmc {
    /// Its means.
    pub steady: Steady,
    /// Share of arrivals that must wait, C.
    pub waits: f64,
    /// cμ − λ, per second.
    spare: f64,
    /// μ, per second.
    service: f64,
}

/// M/M/1 with `arrivals` λ and `service` μ per second: Wq = ρ/(μ−λ), W = 1/(μ−λ). `None` for λ ≥ μ.
pub fn mm1(arrivals: f64, service: f64) -> Option<Mmc> {
    mmc(arrivals, service, 1)
}

/// M/M/c with `arrivals` λ, `service` μ per second and server: Wq = C/(cμ−λ) (Kleinrock, "Queueing Systems" 1, 3.5).
/// `None` for λ ≥ cμ.
pub fn mmc(arrivals: f64, service: f64, servers: u32) -> Option<Mmc> {
    let c = f64::from(servers);
    if !usable(&[arrivals, service]) || servers == 0 || arrivals >= c * service {
        return None;
    }
    let waits = erlang_c(arrivals / service, servers);
    let spare = c * service - arrivals;
    let steady = Steady::from_wait(waits / spare, arrivals, 1.0 / service, c);
    Some(Mmc { steady, waits, spare, service })
}

impl Mmc {
    /// P(wait > t) = C·e^(−(cμ−λ)t), first come first served.
    pub fn wait_exceeds(&self, seconds: f64) -> f64 {
        self.waits * libm::exp(-self.spare * seconds)
    }

    /// Quantile of the wait, 0 ≤ `share` < 1, in seconds; 0 where so many do not wait at all.
    pub fn wait_quantile(&self, share: f64) -> f64 {
        (libm::log(self.waits / (1.0 - share)) / self.spare).max(0.0)
    }

    /// P(sojourn > t), first come first served: the wait plus an independent service.
    pub fn sojourn_exceeds(&self, seconds: f64) -> f64 {
        let rate = self.spare - self.service;
        // (1 − e^(−rate·t)) / rate, by its limit t where the two rates fall together.
        let integral = if rate.abs() * seconds < 1e-12 { seconds } else { -libm::expm1(-rate * seconds) / rate };
        libm::exp(-self.service * seconds) * (1.0 + self.waits * self.service * integral)
    }

    /// Quantile of the sojourn, 0 ≤ `share` < 1, in seconds.
    pub fn sojourn_quantile(&self, share: f64) -> f64 {
        inverse(share, self.steady.sojourn, |t| 1.0 - self.sojourn_exceeds(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, exact: f64) {
        assert!((value / exact - 1.0).abs() < 6e-9, "{value} for {exact}");
    }

    #[test]
    fn erlangs_loss_formula() {
        near(erlang_b(2.4, 3), 0.268_406_337);
        near(erlang_b(8.0, 10), 0.121_661_064);
        near(erlang_b(90.0, 100), 0.026_957_380_5);
        near(erlang_b(1.0, 1), 0.5);
        near(erlang_b(5.0, 5), 0.284_867_821);
    }

    #[test]
    fn one_server() {
        let station = mm1(0.8, 1.0).unwrap();
        let Steady { wait, sojourn, queue, present, utilization } = station.steady;
        for (value, exact) in [(wait, 4.0), (sojourn, 5.0), (queue, 3.2), (present, 4.0), (utilization, 0.8)] {
            near(value, exact);
        }
        for (share, exact) in [(0.5, 3.465_735_9), (0.95, 14.978_661_4), (0.999, 34.538_776_4)] {
            near(station.sojourn_quantile(share), exact);
        }
        for (share, exact) in [(0.5, 2.350_018_15), (0.9, 10.397_207_7), (0.999, 33.423_058_6)] {
            near(station.wait_quantile(share), exact);
        }
        assert!(station.wait_quantile(0.1) < 1e-300, "a fifth does not wait");
        assert_eq!(mm1(1.0, 1.0), None);
        assert_eq!(mm1(f64::NAN, 1.0), None);
    }

    #[test]
    fn many_servers() {
        let cases = [
            (2.4, 3, 0.647_191_011, 1.078_651_69, 8.455_477_37),
            (8.0, 10, 0.409_180_151, 0.204_590_075, 4.946_111_33),
            (90.0, 100, 0.216_940_481, 0.021_694_048_1, 4.628_988_76),
            (1.6, 2, 0.711_111_111, 1.777_777_78, 11.937_370_2),
        ];
        for (arrivals, servers, waits, wait, p99) in cases {
            let station = mmc(arrivals, 1.0, servers).unwrap();
            near(station.waits, waits);
            near(station.steady.wait, wait);
            near(station.sojourn_quantile(0.99), p99);
        }
        near(mmc(2.4, 1.0, 3).unwrap().wait_quantile(0.99), 6.950_093_97);
    }

    #[test]
    fn where_the_two_rates_fall_together() {
        // c = 2, μ = 1, λ = 1: cμ − λ = μ. The limit from both sides.
        let at = mmc(1.0, 1.0, 2).unwrap().sojourn_exceeds(2.0);
        let beside = mmc(1.0 + 1e-7, 1.0, 2).unwrap().sojourn_exceeds(2.0);
        assert!((at - beside).abs() < 1e-6);
    }
}
