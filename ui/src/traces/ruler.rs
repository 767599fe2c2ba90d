//! The time ruler of a waterfall, and times as it says them.

use crate::format;

/// Parts into which the ruler divides the trace.
pub(super) const PARTS: u32 = 4;

/// What stands at each part's edge, all in one unit: `0 s`, `1.61 s`, `3.22 s`, `4.83 s`, `6.44 s`.
pub(super) fn marks(total_nano: u64) -> Vec<String> {
    marks_between(0, total_nano)
}

/// The same for a part of the trace.
pub(super) fn marks_between(from_nano: u64, until_nano: u64) -> Vec<String> {
    let (from, total) = (from_nano as f64, until_nano as f64);
    let (unit, size) = match total {
        t if t >= 1e9 => ("s", 1e9),
        t if t >= 1e6 => ("ms", 1e6),
        t if t >= 1e3 => ("µs", 1e3),
        _ => ("ns", 1.0),
    };
    if total >= 100e9 {
        return (0..=PARTS).map(|i| format::span(part(from, total, i) / 1e9)).collect();
    }
    // As many digits as tell the parts apart.
    let step = (total - from) / f64::from(PARTS) / size;
    let places = if from > 0.0 && step > 0.0 { (1.0 - step.log10().floor()).clamp(0.0, 6.0) as usize } else { 0 };
    let number = |value: f64| if places > 0 { format::places(value, places) } else { format::digits(value) };
    (0..=PARTS).map(|i| format!("{} {unit}", number(part(from, total, i) / size))).collect()
}

fn part(from: f64, until: f64, i: u32) -> f64 {
    from + (until - from) * f64::from(i) / f64::from(PARTS)
}

/// The rows in sight of a list whose rows are `row` pixels high, with half as many above and below so that quick scrolling
/// does not outrun the drawing: first and one past the last.
pub(crate) fn in_sight(scroll_top: f64, height: f64, row: f64, count: usize) -> (usize, usize) {
    let first = (scroll_top.max(0.0) / row) as usize;
    let seen = (height.max(0.0) / row).ceil() as usize + 1;
    (first.saturating_sub(seen / 2).min(count), first.saturating_add(seen + seen / 2).min(count))
}

/// Where a list must be scrolled to show a row whole; none when it is seen already.
pub(crate) fn scroll_to(index: usize, row: f64, scroll_top: f64, height: f64) -> Option<f64> {
    let (top, bottom) = (index as f64 * row, (index + 1) as f64 * row);
    if top < scroll_top {
        Some(top)
    } else if bottom > scroll_top + height {
        Some((bottom - height).max(0.0))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_share_a_unit() {
        assert_eq!(marks(6_440_000_000), ["0 s", "1.61 s", "3.22 s", "4.83 s", "6.44 s"]);
        assert_eq!(marks(1), ["0 ns", "0.25 ns", "0.5 ns", "0.75 ns", "1 ns"]);
        assert_eq!(marks(80_000_000)[4], "80 ms");
        assert_eq!(marks(400_000_000_000), ["0 s", "1m 40s", "3m 20s", "5m 00s", "6m 40s"]);
        assert_eq!(marks(u64::MAX).len(), 5);
        assert_eq!(marks_between(1_000_000_000, 1_000_400_000)[..2], ["1.00000 s", "1.00010 s"]);
        assert_eq!(marks_between(2_000_000, 6_000_000), ["2.0 ms", "3.0 ms", "4.0 ms", "5.0 ms", "6.0 ms"]);
    }

    #[test]
    fn only_rows_in_sight_are_drawn() {
        assert_eq!(in_sight(0.0, 280.0, 28.0, 50_000), (0, 16));
        assert_eq!(in_sight(28_000.0, 280.0, 28.0, 50_000), (995, 1016));
        assert_eq!(in_sight(1e12, 280.0, 28.0, 100), (100, 100));
        assert_eq!(in_sight(-50.0, 0.0, 28.0, 0), (0, 0));
    }

    #[test]
    fn a_row_is_brought_into_sight_by_the_shortest_way() {
        assert_eq!(scroll_to(0, 28.0, 100.0, 280.0), Some(0.0));
        assert_eq!(scroll_to(5, 28.0, 100.0, 280.0), None);
        assert_eq!(scroll_to(20, 28.0, 100.0, 280.0), Some(308.0));
    }
}
