//! The closed forms that the simulator shows beside its figures, against digits from elsewhere: what a report cannot
//! measure (far quantiles, probabilities, deviations) is compared here too.

use thalweg_sim::theory::{dm1, erlang_b, erlang_c, md1, md1_wait_cdf, mg1, mg1_wait_second_moment, mm1, mmc, mmck};

use crate::case::Case;

/// The digits are given to nine places, at least six of them sure.
const DIGITS: f64 = 1e-6;

pub(super) fn cases() -> Vec<Case> {
    vec![multi_server(), losses(), single_server()]
}

fn known(case: Case, what: impl Into<String>, value: Option<f64>, exact: f64) -> Case {
    // A formula that gives nothing disagrees with everything.
    case.function(what, value.unwrap_or(f64::NAN), exact, DIGITS * exact.abs())
}

fn multi_server() -> Case {
    const SOURCE: &str = "Erlang C; Gross et al., Fundamentals of Queueing Theory, 3.3";
    let mut case = Case::of_functions("formula-mmc", "closed forms of M/M/c, μ = 1", SOURCE);
    // λ, c, C, Wq, Lq, L, Wq p90 and p99.9, W p50 and p99.9.
    let table = [
        (2.4, 3, 0.647191011, [1.07865169, 2.58876404, 4.98876404], [3.11245215, 10.7877358, 1.57880719, 12.3102532]),
        (8.0, 10, 0.409180151, [0.204590075, 1.6367206, 9.6367206], [0.70449267, 3.00707776, 0.912144611, 7.25055724]),
        (
            90.0,
            100,
            0.216940481,
            [0.0216940481, 1.95246433, 91.9524643],
            [0.0774452848, 0.537962303, 0.716928637, 6.93157385],
        ),
        (1.6, 2, 0.711111111, [1.77777778, 2.84444444, 4.44444444], [4.90414627, 16.4170717, 2.04003145, 17.6941262]),
    ];
    for (arrivals, servers, waits, [wq, lq, l], quantiles) in table {
        let model = mmc(arrivals, 1.0, servers);
        let of = |what: &str| format!("{what}, λ {arrivals}, c {servers}");
        case = known(case, of("C"), Some(erlang_c(arrivals, servers)), waits);
        case = known(case, of("Wq"), model.map(|m| m.steady.wait), wq);
        case = known(case, of("Lq"), model.map(|m| m.steady.queue), lq);
        case = known(case, of("L"), model.map(|m| m.steady.present), l);
        case = known(case, of("Wq p90"), model.map(|m| m.wait_quantile(0.9)), quantiles[0]);
        case = known(case, of("Wq p99.9"), model.map(|m| m.wait_quantile(0.999)), quantiles[1]);
        case = known(case, of("W p50"), model.map(|m| m.sojourn_quantile(0.5)), quantiles[2]);
        case = known(case, of("W p99.9"), model.map(|m| m.sojourn_quantile(0.999)), quantiles[3]);
    }
    case
}

fn losses() -> Case {
    const SOURCE: &str = "Erlang B and M/M/c/K; Gross et al., Fundamentals of Queueing Theory, 3.4 and 3.5";
    let mut case = Case::of_functions("formula-loss", "closed forms of full waiting rooms, μ = 1", SOURCE);
    for (offered, servers, exact) in
        [(2.4, 3, 0.268406337), (8.0, 10, 0.121661064), (90.0, 100, 0.0269573805), (1.0, 1, 0.5), (5.0, 5, 0.284867821)]
    {
        case = known(case, format!("B({offered}, {servers})"), Some(erlang_b(offered, servers)), exact);
    }
    let table = [
        (0.8, 1, 5, 0.0888194987, 1.56306521),
        (0.8, 1, 10, 0.0234928576, 2.7970975),
        (1.0, 1, 10, 0.0909090909, 4.5),
        (1.2, 1, 10, 0.192586495, 5.92613784),
        (2.4, 3, 8, 0.0510804841, 0.471802379),
        (3.6, 3, 8, 0.219142235, 0.939867596),
        (1.25, 1, 100, 0.2, 95.0),
    ];
    for (arrivals, servers, room, loss, wait) in table {
        let model = mmck(arrivals, 1.0, servers, room);
        case = known(case, format!("loss, λ {arrivals}, c {servers}, K {room}"), model.map(|m| m.loss), loss);
        case = known(case, format!("Wq, λ {arrivals}, c {servers}, K {room}"), model.map(|m| m.steady.wait), wait);
    }
    case
}

fn single_server() -> Case {
    const SOURCE: &str = "Kleinrock, Queueing Systems I (1975), 3.2, 5.6 and 6.3; Takács (1962); Franx (2001)";
    let case = Case::of_functions("formula-single", "closed forms of one server at 80 %, μ = 1", SOURCE);
    let case = known(case, "M/M/1: W p99.9", mm1(0.8, 1.0).map(|m| m.sojourn_quantile(0.999)), 34.5387764);
    let case = known(case, "M/M/1: Wq p99.9", mm1(0.8, 1.0).map(|m| m.wait_quantile(0.999)), 33.4230586);
    let deviation = |second: f64, third: f64| {
        let (wait, square) = (mg1(0.8, 1.0, second)?.wait, mg1_wait_second_moment(0.8, 1.0, second, third)?);
        Some((square - wait * wait).sqrt())
    };
    let case = known(case, "M/D/1: deviation of Wq", deviation(1.0, 1.0), 2.30940108);
    let case = known(case, "M/M/1: deviation of Wq", deviation(2.0, 6.0), 4.89897949);
    // Of a lognormal with mean 1 and second moment 1 + scv the third moment is (1 + scv)³.
    let case = known(case, "M/G/1, lognormal, scv 1: deviation of Wq", deviation(2.0, 8.0), 5.16397779);
    let case = known(case, "M/G/1, lognormal, scv 4: deviation of Wq", deviation(5.0, 125.0), 16.3299316);
    let case = known(case, "M/D/1: Wq", md1(0.8, 1.0).map(|m| m.wait), 2.0);
    let case = known(case, "M/D/1: P(Wq ≤ 5.0115115)", md1_wait_cdf(0.8, 1.0, 5.0115115), 0.9);
    let case = known(case, "M/D/1: P(Wq ≤ 15.7002682)", md1_wait_cdf(0.8, 1.0, 15.7002682), 0.999);
    let case = known(case, "D/M/1: share that waits", dm1(1.25, 1.0).map(|m| m.finds), 0.628629796);
    known(case, "D/M/1: Wq", dm1(1.25, 1.0).map(|m| m.steady.wait), 1.69273084)
}
