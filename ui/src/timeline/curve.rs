//! Curves as SVG paths, and the values behind them.

use std::fmt::Write as _;

use thalweg_charts::{Lane, Line, Unit, scale};

use super::axis::Window;
use crate::format;

/// A curve ready to be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Paths {
    /// The curve; empty when there is nothing to draw.
    pub(super) line: String,
    /// The area below it, when the line is filled.
    pub(super) area: String,
}

/// Where a lane's axis ends. It begins at 0.
pub(super) fn top(lane: &Lane) -> f64 {
    scale::top(lane.unit, lane.max())
}

/// What is written at the end of a lane's axis; none when the lane has no values.
pub(super) fn top_text(lane: &Lane) -> Option<String> {
    let max = lane.max()?;
    Some(say(lane.unit, if max > 0.0 { top(lane) } else { 0.0 }))
}

/// A value as the window says values of this unit.
pub(super) fn say(unit: Unit, value: f64) -> String {
    match unit {
        Unit::PerSecond => format::rate(value),
        Unit::Milliseconds => format::millis(value),
        Unit::Count => format::count(if value < 100.0 { (value * 10.0).round() / 10.0 } else { value }),
        Unit::Share => format::share(value),
    }
}

/// A line's value at a moment; none in gaps and outside the run so far.
pub(super) fn value_at(line: &Line, bucket_s: f64, second: f64) -> Option<f64> {
    if bucket_s <= 0.0 || second < 0.0 {
        return None;
    }
    let bucket = (second / bucket_s) as usize;
    // The very end of the run belongs to its last bucket.
    let bucket = if bucket > 0 && bucket == line.values.len() { bucket - 1 } else { bucket };
    line.values.get(bucket).copied().flatten().filter(|value| value.is_finite())
}

/// The paths of a line in a box of `width` × `height` pixels whose upper edge is `top`. A value stands in the middle of its
/// bucket; a gap is a gap; a lone value is a dot (drawn by the round end of a line of no length).
pub(super) fn paths(line: &Line, bucket_s: f64, window: Window, [width, height]: [f64; 2], top: f64) -> Paths {
    let mut paths = Paths::default();
    let (first, last) = (window.from_s - 2.0 * bucket_s, window.until_s + 2.0 * bucket_s);
    let y = |value: f64| height - (if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 }) * height;
    for stretch in line.stretches() {
        let points: Vec<(f64, f64)> = stretch
            .iter()
            .map(|(bucket, value)| ((*bucket as f64 + 0.5) * bucket_s, *value))
            // What is far outside is not drawn; one point more on each side leads the curve out of sight.
            .filter(|(second, _)| (first..=last).contains(second))
            .map(|(second, value)| (window.x(second, width), y(value)))
            .collect();
        let (Some(start), Some(end)) = (points.first(), points.last()) else { continue };
        for (i, (x, y)) in points.iter().enumerate() {
            push(&mut paths.line, if i == 0 { 'M' } else { 'L' }, *x, *y);
        }
        if points.len() == 1 {
            paths.line.push_str("h0");
        } else if line.filled {
            push(&mut paths.area, 'M', start.0, height);
            for (x, y) in &points {
                push(&mut paths.area, 'L', *x, *y);
            }
            push(&mut paths.area, 'L', end.0, height);
            paths.area.push('Z');
        }
    }
    paths
}

fn push(path: &mut String, verb: char, x: f64, y: f64) {
    // Writing into a string cannot fail.
    let _ = write!(path, "{verb}{x:.1} {y:.1}");
}

#[cfg(test)]
mod tests {
    use thalweg_charts::Hue;

    use super::*;

    const WHOLE: Window = Window { from_s: 0.0, until_s: 4.0 };

    fn draw(values: &[Option<f32>], window: Window) -> Paths {
        paths(&Line::gapped("p99", Hue::Accent, values).fill(), 1.0, window, [400.0, 50.0], 10.0)
    }

    #[test]
    fn a_curve_goes_through_the_middles_of_its_buckets() {
        let drawn = draw(&[Some(0.0), Some(5.0), Some(10.0), Some(20.0)], WHOLE);
        assert_eq!(drawn.line, "M50.0 50.0L150.0 25.0L250.0 0.0L350.0 0.0");
        assert_eq!(drawn.area, "M50.0 50.0L50.0 50.0L150.0 25.0L250.0 0.0L350.0 0.0L350.0 50.0Z");
    }

    #[test]
    fn gaps_stay_gaps_and_a_lone_value_is_a_dot() {
        let drawn = draw(&[Some(1.0), None, Some(1.0), Some(f32::NAN)], WHOLE);
        assert_eq!(drawn.line, "M50.0 45.0h0M250.0 45.0h0");
        assert_eq!(drawn.area, "");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(draw(&[], WHOLE), Paths::default());
        assert_eq!(draw(&[None, None], WHOLE), Paths::default());
        let empty = Window::whole(0.0);
        assert!(!draw(&[Some(1.0)], empty).line.contains("NaN"));
        let flat = paths(&Line::whole("lag", Hue::Accent, &[1.0]), 0.0, WHOLE, [0.0, 0.0], 0.0);
        assert_eq!(flat.line, "M0.0 0.0h0");
    }

    #[test]
    fn a_part_draws_only_what_is_near() {
        let values: Vec<Option<f32>> = (0..600_u16).map(|i| Some(f32::from(i))).collect();
        let part = draw(&values, Window { from_s: 100.0, until_s: 110.0 });
        assert_eq!(part.line.matches('L').count(), 13);
        assert!(part.line.starts_with("M-60.0 "));
    }

    #[test]
    fn values_are_read_from_their_bucket() {
        let line = Line::gapped("p99", Hue::Accent, &[Some(1.0), None, Some(3.0)]);
        let at = |second| value_at(&line, 2.0, second);
        assert_eq!((at(0.0), at(1.9), at(2.0), at(5.9), at(6.0)), (Some(1.0), Some(1.0), None, Some(3.0), Some(3.0)));
        assert_eq!((at(8.1), at(-1.0), value_at(&line, 0.0, 1.0)), (None, None, None));
    }

    #[test]
    fn axes_end_at_a_round_number_and_at_nothing_when_nothing_happened() {
        let lane = |unit, values: &[f32]| Lane {
            name: String::new(),
            unit,
            lines: vec![Line::whole("a", Hue::Accent, values)],
        };
        assert_eq!(top_text(&lane(Unit::PerSecond, &[297.0])).as_deref(), Some("300/s"));
        assert_eq!(top_text(&lane(Unit::Milliseconds, &[41_300.0])).as_deref(), Some("50 s"));
        assert_eq!(top_text(&lane(Unit::Count, &[0.0, 0.0])).as_deref(), Some("0"));
        assert_eq!(top_text(&lane(Unit::Count, &[])), None);
    }
}
