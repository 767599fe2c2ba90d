//! Room for some only: M/M/c/K.

use super::{Steady, usable};

/// M/M/c/K in its steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finite {
    /// Of those who are let in: their waits, and how many are there. `utilization` counts what is let in.
    pub steady: Steady,
    /// Share of the arrivals that find no room and are lost (by PASTA the share of time that it is full).
    pub loss: f64,
    /// Arrivals that are let in, per second.
    pub admitted: f64,
}

/// M/M/c/K with `arrivals` λ, `service` μ per second and server, and room for `room` = K at the station, those in
/// service included (Gross and Harris, "Fundamentals of Queueing Theory", 2.4): the birth–death chain, solved from the
/// most probable state on, so that nothing overflows. Has a steady state under every load. `None` for K < c or no
/// server.
pub fn mmck(arrivals: f64, service: f64, servers: u32, room: u32) -> Option<Finite> {
    if !usable(&[arrivals, service]) || servers == 0 || room < servers {
        return None;
    }
    // p(n+1) = p(n) · λ / (min(n+1, c)·μ), scaled by the greatest so far.
    let (mut weight, mut total, mut present, mut queue, mut busy) = (1.0_f64, 1.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for n in 1..=room {
        weight *= arrivals / (f64::from(n.min(servers)) * service);
        total += weight;
        present += f64::from(n) * weight;
        queue += f64::from(n.saturating_sub(servers)) * weight;
        busy += f64::from(n.min(servers)) * weight;
        if total > 1e200 {
            for sum in [&mut weight, &mut total, &mut present, &mut queue, &mut busy] {
                *sum *= 1e-200;
            }
        }
    }
    let loss = weight / total;
    let admitted = busy / total * service;
    let (present, queue) = (present / total, queue / total);
    let steady = Steady {
        wait: queue / admitted,
        sojourn: present / admitted,
        queue,
        present,
        utilization: busy / total / f64::from(servers),
    };
    Some(Finite { steady, loss, admitted })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::erlang_b;

    #[test]
    fn the_table() {
        // λ, c, K: loss, admitted, L, Lq, W, Wq, utilization; μ = 1.
        let cases = [
            (
                0.8,
                1,
                5,
                [0.088_819_498_7, 0.728_944_401, 1.868_332_03, 1.139_387_63, 2.563_065_21, 1.563_065_21, 0.728_944_401],
            ),
            (1.0, 1, 10, [0.090_909_090_9, 0.909_090_909, 5.0, 4.090_909_09, 5.5, 4.5, 0.909_090_909]),
            (
                1.2,
                1,
                10,
                [0.192_586_495, 0.968_896_206, 6.710_708_68, 5.741_812_47, 6.926_137_84, 5.926_137_84, 0.968_896_206],
            ),
            (
                2.4,
                3,
                8,
                [0.051_080_484_1, 2.277_406_84, 3.351_892_8, 1.074_485_96, 1.471_802_38, 0.471_802_379, 0.759_135_613],
            ),
            (
                3.6,
                3,
                8,
                [0.219_142_235, 2.811_087_95, 5.453_138_43, 2.642_050_48, 1.939_867_6, 0.939_867_596, 0.937_029_318],
            ),
            (1.25, 1, 100, [0.2, 1.0, 96.0, 95.0, 96.0, 95.0, 1.0]),
        ];
        for (arrivals, servers, room, exact) in cases {
            let Finite { steady, loss, admitted } = mmck(arrivals, 1.0, servers, room).unwrap();
            let Steady { wait, sojourn, queue, present, utilization } = steady;
            for (value, exact) in [loss, admitted, present, queue, sojourn, wait, utilization].into_iter().zip(exact) {
                assert!((value / exact - 1.0).abs() < 3e-8, "{arrivals} {servers} {room}: {value} for {exact}");
            }
        }
    }

    #[test]
    fn without_a_queue_it_is_erlangs_loss_formula_and_large_ones_do_not_overflow() {
        let loss = mmck(90.0, 1.0, 100, 100).unwrap().loss;
        assert!((loss / erlang_b(90.0, 100) - 1.0).abs() < 1e-9);
        let flooded = mmck(1e4, 1.0, 1, 1_000).unwrap();
        assert!((flooded.loss - 0.9999).abs() < 1e-9 && flooded.steady.present > 999.9);
        assert_eq!(mmck(1.0, 1.0, 3, 2), None);
    }
}
