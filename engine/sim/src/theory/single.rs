//! One server with a general service time, M/G/1, and with evenly spaced arrivals, D/M/1.

use super::{Steady, inverse, usable};

/// M/G/1 with `arrivals` λ per second, service times of mean E\[S\] = `mean` and E\[S²\] = `second_moment`:
/// Wq = λE\[S²\] / (2(1−ρ)) (Pollaczek 1930, Khinchine 1932), the same for every order of service that does not look
/// at the service times. `None` for ρ ≥ 1 and for moments that no distribution has.
pub fn mg1(arrivals: f64, mean: f64, second_moment: f64) -> Option<Steady> {
    let load = arrivals * mean;
    // Of a constant the second moment is the square of the mean, which rounding may miss.
    if !usable(&[arrivals, mean, second_moment]) || load >= 1.0 || second_moment < mean * mean * (1.0 - 1e-9) {
        return None;
    }
    Some(Steady::from_wait(arrivals * second_moment / (2.0 * (1.0 - load)), arrivals, mean, 1.0))
}

/// E\[Wq²\] of M/G/1, first come first served: 2·Wq² + λE\[S³\] / (3(1−ρ)) (Takács 1962).
pub fn mg1_wait_second_moment(arrivals: f64, mean: f64, second_moment: f64, third_moment: f64) -> Option<f64> {
    let wait = mg1(arrivals, mean, second_moment)?.wait;
    Some(2.0 * wait * wait + arrivals * third_moment / (3.0 * (1.0 - arrivals * mean)))
}

/// M/D/1: M/G/1 with service times that are all `service` seconds long.
pub fn md1(arrivals: f64, service: f64) -> Option<Steady> {
    mg1(arrivals, service, service * service)
}

/// P(wait ≤ t) of M/D/1, first come first served, in the form of Franx (2001), whose terms are all positive: with u
/// the time from t to the end of the k-th service interval, in which t lies,
/// `P = Σ_j P(at most k−1−j wait) · e^(−λu) · (λu)^j / j!`. `None` without a steady state.
pub fn md1_wait_cdf(arrivals: f64, service: f64, seconds: f64) -> Option<f64> {
    let load = arrivals * service;
    if !usable(&[arrivals, service]) || load >= 1.0 || seconds < 0.0 {
        return None;
    }
    let k = (seconds / service) as usize + 1;
    let queued = md1_queue(load, k);
    let rest = arrivals * (k as f64 * service - seconds);
    let (mut poisson, mut sum) = (libm::exp(-rest), 0.0);
    for j in 0..k {
        sum += queued[k - 1 - j] * poisson;
        poisson *= rest / (j + 1) as f64;
    }
    Some(sum.min(1.0))
}

/// Beyond this load [`md1_wait_cdf`] takes too many terms for a quantile to be looked for with it.
const MAX_LOAD_OF_QUANTILES: f64 = 0.95;

/// Quantile of the wait of M/D/1, 0 ≤ `share` ≤ 0.999, in seconds; 0 where so many do not wait at all. `None` without a
/// steady state, and for a load beyond 0.95.
pub fn md1_wait_quantile(arrivals: f64, service: f64, share: f64) -> Option<f64> {
    let load = arrivals * service;
    if !usable(&[arrivals, service]) || load > MAX_LOAD_OF_QUANTILES || !(0.0..=0.999).contains(&share) {
        return None;
    }
    if share <= 1.0 - load {
        return Some(0.0);
    }
    Some(inverse(share, service, |seconds| md1_wait_cdf(arrivals, service, seconds).unwrap_or(1.0)))
}

/// P(at most m wait) for m below `count`, of the M/D/1 queue with load ρ: the embedded chain of the number left behind
/// by a departure, p(n+1) = (p(n) − p(0)·a(n) − Σ_(i=1..n) p(i)·a(n+1−i)) / a(0), in its form with tails of the
/// Poisson arrivals during a service, which subtracts nothing.
fn md1_queue(load: f64, count: usize) -> Vec<f64> {
    // a(j) = P(j arrivals in a service); beyond[j] = P(more than j).
    let mut a = vec![libm::exp(-load)];
    for j in 1..=count + 1 {
        a.push(a[j - 1] * load / j as f64);
    }
    // Summed from the small end: nothing is lost to cancellation.
    let mut tail = 0.0;
    let mut term = a[count + 1];
    for j in count + 2..count + 60 {
        term *= load / j as f64;
        tail += term;
    }
    let mut beyond = vec![0.0; count + 2];
    for j in (0..=count + 1).rev() {
        beyond[j] = tail;
        tail += a[j];
    }
    // Level crossing: p(n+1)·a(0) = p(0)·beyond(n) + Σ_(i=1..n) p(i)·beyond(n+1−i).
    let mut p = vec![1.0 - load];
    for n in 0..count {
        let crossing: f64 = (1..=n).map(|i| p[i] * beyond[n + 1 - i]).sum();
        p.push((p[0] * beyond[n] + crossing) / a[0]);
    }
    // At most m wait: at most m + 1 are there.
    let mut there = p[0];
    (0..count)
        .map(|m| {
            there += p[m + 1];
            there
        })
        .collect()
}

/// D/M/1 in its steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dm1 {
    /// Its means.
    pub steady: Steady,
    /// σ: the share of arrivals that find somebody there; the root of σ = e^(−μ(1−σ)·period).
    pub finds: f64,
}

/// One exponential server (`service` μ per second), an arrival every `period` seconds: Wq = σ / (μ(1−σ)) (Kleinrock,
/// "Queueing Systems" 1, 6.3). `None` without a steady state.
pub fn dm1(period: f64, service: f64) -> Option<Dm1> {
    if !usable(&[period, service]) || period * service <= 1.0 {
        return None;
    }
    // In x = 1 − σ: 1 − e^(−μ·period·x) − x is 0 at x = 0 and once more, between its maximum and 1.
    let steepness = service * period;
    let top = libm::log(steepness) / steepness;
    let root = top + inverse(0.0, 1.0 - top, |x| libm::exp(-steepness * (top + x)) - 1.0 + top + x);
    let finds = 1.0 - root;
    let steady = Steady::from_wait(finds / (service * root), 1.0 / period, 1.0 / service, 1.0);
    Some(Dm1 { steady, finds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, exact: f64) {
        assert!((value / exact - 1.0).abs() < 5e-9, "{value} for {exact}");
    }

    #[test]
    fn pollaczek_and_khinchine() {
        near(md1(0.8, 1.0).unwrap().wait, 2.0);
        // Exponential, uniform on 0 to 2, lognormal and hyperexponential with a squared coefficient of variation of 4.
        near(mg1(0.8, 1.0, 2.0).unwrap().wait, 4.0);
        near(mg1(0.8, 1.0, 4.0 / 3.0).unwrap().sojourn, 3.666_666_67);
        near(mg1(0.8, 1.0, 5.0).unwrap().present, 8.8);
        assert_eq!(mg1(1.0, 1.0, 2.0), None);
        assert_eq!(mg1(0.5, 1.0, 0.5), None, "no distribution has such moments");
        // Takács: standard deviations of the wait.
        let deviation = |second: f64, third: f64| {
            let wait = mg1(0.8, 1.0, second).unwrap().wait;
            (mg1_wait_second_moment(0.8, 1.0, second, third).unwrap() - wait * wait).sqrt()
        };
        near(deviation(1.0, 1.0), 2.309_401_08);
        near(deviation(2.0, 6.0), 4.898_979_49);
    }

    #[test]
    fn the_waits_of_constant_service() {
        for (share, at) in [(0.5, 1.275_939_87), (0.9, 5.011_511_5), (0.99, 10.355_886_8), (0.999, 15.700_268_2)] {
            let p = md1_wait_cdf(0.8, 1.0, at).unwrap();
            assert!((p - share).abs() < 1e-8, "{p} for {share}");
        }
        near(md1_wait_cdf(0.8, 1.0, 0.0).unwrap(), 0.2);
        for (share, at) in [(0.5, 1.275_939_87), (0.95, 6.620_325), (0.999, 15.700_268_2)] {
            near(md1_wait_quantile(0.8, 1.0, share).unwrap(), at);
        }
        assert_eq!(md1_wait_quantile(0.8, 1.0, 0.1), Some(0.0), "a fifth does not wait");
        assert_eq!(md1_wait_quantile(0.99, 1.0, 0.5), None);
        let far = md1_wait_cdf(0.8, 1.0, 300.0).unwrap();
        assert!((far - 1.0).abs() < 1e-12, "stable far out: {far}");
    }

    #[test]
    fn evenly_spaced_arrivals() {
        let station = dm1(1.25, 1.0).unwrap();
        near(station.finds, 0.628_629_796);
        near(station.steady.wait, 1.692_730_84);
        near(station.steady.sojourn, 2.692_730_84);
        assert_eq!(dm1(1.0, 1.0), None);
    }
}
