//! Where dots are that stand for messages on their way. Pure.
//!
//! A dot enters its line when one more lot of messages has passed, and all dots of a line move on together by a gap for each
//! lot. So as many dots pass any point of a line as the curve says that messages do, the picture of a moment depends on
//! nothing but that moment, and no dot ever moves back. How dense they are is the line's own: the busier it gets in the run,
//! the smaller its gaps. How fast they move is the moment's.

/// At most so many dots enter a line in a second of the viewer's time: more cannot be told apart.
const MOST_PER_S: f64 = 8.0;
/// Canvas units that dots move in a second of the viewer's time while their line is at its busiest.
const FASTEST: f64 = 90.0;

/// How many messages a dot stands for, and how fast the run is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Messages to a dot.
    pub(crate) each: f64,
    /// The same on the ways of dead letters, which are few beside all others.
    pub(crate) each_dead: f64,
    /// How many times faster than the run's own time.
    pub(crate) speed: f64,
}

impl Pace {
    /// For a run whose busiest line carries so much, and whose busiest way of dead letters does.
    pub(crate) fn new(busiest_per_s: f64, dead_per_s: f64, speed: u32) -> Pace {
        let speed = f64::from(speed);
        Pace { each: lot(busiest_per_s * speed), each_dead: lot(dead_per_s * speed), speed }
    }

    /// The same for the ways of dead letters.
    pub(super) fn of_dead(self) -> Pace {
        Pace { each: self.each_dead, ..self }
    }

    /// Canvas units between the dots of a line that carries so much at its busiest.
    pub(super) fn gap(self, busiest_per_s: f64) -> f64 {
        FASTEST * self.each / (busiest_per_s * self.speed).max(1e-9)
    }

    /// How dense a stream is, from 0 to 1: 1 is where dots could just be told apart.
    pub(super) fn density(self, per_s: f64) -> f64 {
        (per_s * self.speed / self.each / MOST_PER_S).clamp(0.0, 1.0)
    }
}

/// How many messages are a dot where at most so many pass in a second of the viewer's time: 1, 2, 5, 10, ….
fn lot(per_s: f64) -> f64 {
    let least = per_s / MOST_PER_S;
    let power = 10_f64.powf(least.max(1.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    // What logarithms leave behind must not make a dot of twice as many.
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power * 10.0)
}

/// The dots on a line: the number of each, counted from 1, and how far it has come, from the last to the first.
/// `passed` is how many messages have passed the line's beginning.
pub(super) fn places(passed: f64, each: f64, gap: f64, length: f64) -> impl Iterator<Item = (f64, f64)> {
    let lots = passed / each;
    let (whole, begun) = (lots.floor(), lots.fract());
    let fit = if gap > 0.0 { (length / gap - begun).floor() + 1.0 } else { 0.0 };
    let count = fit.min(whole).max(0.0) as usize;
    (0..count).map(move |i| (whole - i as f64, (begun + i as f64) * gap))
}

/// Marks that stand still, for who wants no motion: as dense as messages pass at the moment.
pub(super) fn marks(pace: Pace, per_s: f64, length: f64) -> impl Iterator<Item = (f64, f64)> {
    let gap = pace.gap(per_s).max(FASTEST / MOST_PER_S);
    let count = if per_s > 0.0 { (length / gap + 0.5).floor() as usize } else { 0 };
    (0..count).map(move |i| (i as f64 + 1.0, (i as f64 + 0.5) * gap))
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::traffic::Passed;

    use super::*;

    const LENGTH: f64 = 173.0;

    /// A rate that rises, stops, and falls, as curves of runs do.
    fn run() -> Passed {
        let rates = (0..120_u16).map(|i| match i {
            40..60 => 0.0,
            _ => 3.0 + 2.0 * (f32::from(i) / 7.0).sin() + f32::from(i % 5) / 10.0,
        });
        Passed::of_rates(2.0, rates)
    }

    fn at(passed: &Passed, pace: Pace, second: f64) -> Vec<(f64, f64)> {
        places(passed.until(second), pace.each, pace.gap(passed.busiest()), LENGTH).collect()
    }

    /// Equal but for rounding.
    fn same<const N: usize>(a: [f64; N], b: [f64; N]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9 * b.max(1.0)), "{a:?} is not {b:?}");
    }

    #[test]
    fn a_dot_stands_for_few_messages_where_few_pass() {
        let each = |per_s, speed| Pace::new(per_s, 0.0, speed).each;
        same([each(8.0, 1), each(8.1, 1), each(17.0, 1), each(300.0, 1)], [1.0, 2.0, 5.0, 50.0]);
        same([each(0.0, 1), each(0.01, 60), each(300.0, 60), each(300.0, 1200)], [1.0, 1.0, 5000.0, 50_000.0]);
        same([each(80.0, 1), each(800.0, 1), each(8000.0, 1)], [10.0, 100.0, 1000.0]);
        // Dead letters would never be seen in lots of thousands.
        let pace = Pace::new(900.0, 3.0, 60);
        same([pace.each, pace.each_dead, pace.of_dead().each], [10_000.0, 50.0, 50.0]);
    }

    #[test]
    fn as_many_dots_pass_a_point_as_the_rate_says() {
        let passed = run();
        for speed in [1, 10, 60] {
            let pace = Pace::new(passed.busiest(), 0.0, speed);
            let gap = pace.gap(passed.busiest());
            for point in [0.0, 50.0, 150.0] {
                // Dots beyond a point: those that went by, also those that have left the line since.
                let beyond = |second: f64| (passed.until(second) / pace.each - point / gap).floor().max(0.0);
                for (from, until) in [(0.0, 240.0), (10.0, 30.0), (70.0, 130.0), (85.0, 115.0)] {
                    let counted = beyond(until) - beyond(from);
                    let integral = (passed.until(until) - passed.until(from)) / pace.each;
                    // The first dots need their time to come so far.
                    let begins = if beyond(from) > 0.0 { 0.0 } else { (point / gap).ceil() };
                    assert!((counted - integral).abs() <= 1.0 + begins, "{counted} passed {point}, {integral} did");
                    let seen = |second| at(&passed, pace, second).iter().filter(|(_, x)| *x >= point).count() as f64;
                    assert!(seen(until) <= beyond(until));
                }
            }
        }
    }

    #[test]
    fn every_dot_moves_on_and_none_comes_from_nowhere() {
        let passed = run();
        let pace = Pace::new(passed.busiest(), 0.0, 10);
        let gap = pace.gap(passed.busiest());
        let mut before: Vec<(f64, f64)> = Vec::new();
        for step in 0..4800 {
            let now = at(&passed, pace, f64::from(step) * 0.05);
            for (number, x) in &now {
                match before.iter().find(|(other, _)| other == number) {
                    Some((_, was)) => assert!(x >= was, "dot {number} went back from {was} to {x}"),
                    None => assert!(*x <= 0.05 * 6.0 / pace.each * gap + 1e-9, "dot {number} came in at {x}"),
                }
            }
            for (number, was) in &before {
                let stayed = now.iter().any(|(other, _)| other == number);
                assert!(stayed || *was > LENGTH - gap, "dot {number} vanished at {was}");
            }
            before = now;
        }
    }

    #[test]
    fn a_moment_has_one_picture_and_a_stop_stands_still() {
        let passed = run();
        let pace = Pace::new(passed.busiest(), 0.0, 60);
        assert_eq!(at(&passed, pace, 71.3), at(&passed, pace, 71.3));
        assert_eq!(at(&passed, pace, 85.0), at(&passed, pace, 115.0), "nothing passes between 80 s and 120 s");
        assert!(at(&passed, pace, 0.0).is_empty());
    }

    #[test]
    fn no_two_dots_are_too_near_to_be_told_apart() {
        for per_s in [0.02, 1.0, 77.0, 12_345.0] {
            for speed in [1, 10, 60, 300, 1200] {
                let pace = Pace::new(per_s, 0.0, speed);
                assert!(pace.gap(per_s) >= FASTEST / MOST_PER_S - 1e-6);
                assert!((0.0..=1.0).contains(&pace.density(per_s)));
            }
        }
    }

    #[test]
    fn marks_are_as_dense_as_the_moment_is_busy() {
        let pace = Pace::new(80.0, 0.0, 1);
        let count = |per_s| marks(pace, per_s, 900.0).count();
        assert_eq!([count(0.0), count(20.0), count(40.0), count(80.0)], [0, 20, 40, 80]);
        assert!(marks(pace, 40.0, 900.0).all(|(_, x)| (0.0..=900.0).contains(&x)));
    }
}
