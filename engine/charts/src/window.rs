//! The time axis: which part of the run is seen, and which pixel is which second.

use crate::{scale, units};

/// A part of the run, in seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its beginning.
    pub from_s: f64,
    /// Its end.
    pub until_s: f64,
}

/// Fewest buckets that zooming leaves in sight.
const FEWEST_BUCKETS: f64 = 12.0;
/// Least distance of two ticks, in pixels.
const TICK_SPACE: f64 = 74.0;

impl Window {
    /// The whole run.
    pub fn whole(duration_s: f64) -> Self {
        Window { from_s: 0.0, until_s: if duration_s.is_finite() { duration_s.max(0.0) } else { 0.0 } }
    }

    /// The part between two moments in any order, widened to what can still be read and kept inside the run.
    pub fn between(a: f64, b: f64, bucket_s: f64, duration_s: f64) -> Self {
        let whole = Window::whole(duration_s);
        let length = (a - b).abs().max(bucket_s * FEWEST_BUCKETS);
        if !length.is_finite() || length >= whole.until_s {
            return whole;
        }
        let from_s = (f64::midpoint(a, b) - length / 2.0).clamp(0.0, whole.until_s - length);
        Window { from_s, until_s: from_s + length }
    }

    /// The same length, so many seconds later, kept inside the run.
    #[must_use]
    pub fn moved(self, by_s: f64, duration_s: f64) -> Self {
        let length = self.length();
        let from_s = (self.from_s + by_s).clamp(0.0, (duration_s - length).max(0.0));
        Window { from_s, until_s: from_s + length }
    }

    /// How many seconds are seen.
    pub fn length(self) -> f64 {
        self.until_s - self.from_s
    }

    /// The pixel of a moment on an axis `width` pixels wide; outside of it for moments that are not seen.
    pub fn x(self, second: f64, width: f64) -> f64 {
        if self.length() > 0.0 { (second - self.from_s) / self.length() * width } else { 0.0 }
    }

    /// The moment of a pixel, kept inside the window.
    pub fn second(self, x: f64, width: f64) -> f64 {
        let share = if width > 0.0 { (x / width).clamp(0.0, 1.0) } else { 0.0 };
        self.from_s + share * self.length()
    }

    /// Ticks: pixel and what is written there.
    pub fn ticks(self, width: f64) -> Vec<(f64, String)> {
        self.ticks_every(TICK_SPACE, width)
    }

    /// The same with at least so many pixels between two of them.
    pub(crate) fn ticks_every(self, space: f64, width: f64) -> Vec<(f64, String)> {
        let most = (width / space).floor().max(1.0) as usize;
        let from_zero = scale::time_ticks(self.length(), most);
        if self.from_s <= 0.0 {
            return from_zero.into_iter().map(|(at, text)| (self.x(at, width), text)).collect();
        }
        let Some(step) = from_zero.get(1).map(|(at, _)| *at).filter(|step| *step > 0.0) else { return Vec::new() };
        let say = if step < 1.0 { units::seconds } else { units::clock };
        let first = (self.from_s / step).ceil() as u64;
        let last = (self.until_s / step * (1.0 + 1e-9)).floor() as u64;
        (first..=last).map(|i| i as f64 * step).map(|at| (self.x(at, width), say(at))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_moments_are_each_others_inverse() {
        let window = Window { from_s: 60.0, until_s: 180.0 };
        for second in [60.0, 61.5, 120.0, 180.0] {
            assert!((window.second(window.x(second, 730.0), 730.0) - second).abs() < 1e-9);
        }
        assert_eq!((window.second(-5.0, 730.0), window.second(9999.0, 730.0)), (60.0, 180.0));
        assert_eq!((Window::whole(0.0).x(3.0, 100.0), Window::whole(f64::NAN).second(50.0, 0.0)), (0.0, 0.0));
    }

    #[test]
    fn zooming_keeps_inside_the_run_and_readable() {
        let zoomed = Window::between(100.0, 40.0, 1.0, 600.0);
        assert_eq!(zoomed, Window { from_s: 40.0, until_s: 100.0 });
        let least = Window::between(1.0, 2.0, 1.0, 600.0);
        assert_eq!(least, Window { from_s: 0.0, until_s: 12.0 });
        let end = Window::between(599.0, 600.0, 1.0, 600.0);
        assert_eq!(end, Window { from_s: 588.0, until_s: 600.0 });
        assert_eq!(Window::between(0.0, 9.0, 1.0, 10.0), Window::whole(10.0));
    }

    #[test]
    fn a_part_moves_and_stays_inside() {
        let part = Window { from_s: 40.0, until_s: 100.0 };
        assert_eq!(part.moved(10.0, 600.0), Window { from_s: 50.0, until_s: 110.0 });
        assert_eq!(part.moved(-90.0, 600.0), Window { from_s: 0.0, until_s: 60.0 });
        assert_eq!(part.moved(900.0, 600.0), Window { from_s: 540.0, until_s: 600.0 });
    }

    #[test]
    fn ticks_of_the_whole_and_of_a_part() {
        let said = |window: Window, width| window.ticks(width).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(said(Window::whole(1200.0), 400.0), ["00:00", "05:00", "10:00", "15:00", "20:00"]);
        let part = Window { from_s: 130.0, until_s: 250.0 };
        assert_eq!(said(part, 320.0), ["02:30", "03:00", "03:30", "04:00"]);
        assert!((part.ticks(320.0)[0].0 - 320.0 * 20.0 / 120.0).abs() < 1e-9);
    }
}
