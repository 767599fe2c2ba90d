//! Where rows and band labels stand in the plot, in pixels.

use thalweg_charts::Timeline;

use super::axis::Window;

/// Height above the rows, where bands are named.
pub(super) const HEAD: f64 = 30.0;
/// Height of the time axis.
pub(super) const AXIS: f64 = 20.0;
/// Least height between two rows, where the end of the lower one's axis is written.
const GAP: f64 = 13.0;
/// About the width of a character of a band's label.
const CHARACTER: f64 = 5.6;

/// A row of curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) top: f64,
    pub(super) height: f64,
}

/// The rows of a plot that is `height` pixels high.
pub(super) fn rows(count: usize, height: f64) -> Vec<Row> {
    let room = (height - HEAD - AXIS).max(0.0);
    let pitch = if count == 0 { 0.0 } else { room / count as f64 };
    let row = |i: usize| Row { top: HEAD + i as f64 * pitch + GAP.min(pitch), height: (pitch - GAP).max(0.0) };
    (0..count).map(row).collect()
}

/// A band's name and the pixel where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    /// Which band.
    pub(super) band: usize,
    pub(super) x: f64,
}

/// Names of bands on one line: each text once, at its first band that is seen, where there is room.
pub(super) fn labels(timeline: &Timeline, window: Window, width: f64) -> Vec<Label> {
    let mut placed: Vec<Label> = Vec::new();
    let mut free_from = f64::NEG_INFINITY;
    let mut bands: Vec<usize> = (0..timeline.bands.len()).collect();
    bands.sort_by(|a, b| timeline.bands[*a].from_s.total_cmp(&timeline.bands[*b].from_s));
    for i in bands {
        let band = &timeline.bands[i];
        let named = placed.iter().any(|label| timeline.bands[label.band].text == band.text);
        let seen = band.until_s > window.from_s && band.from_s < window.until_s;
        let length = band.text.chars().count() as f64 * CHARACTER;
        let x = (window.x(band.from_s, width) + 4.0).min(width - length).max(4.0);
        if !named && seen && x >= free_from {
            free_from = x + length + 10.0;
            placed.push(Label { band: i, x });
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use thalweg_charts::{Band, Hue};

    use super::*;

    #[test]
    fn rows_share_the_height() {
        let rows = rows(4, 270.0);
        assert_eq!(rows[0], Row { top: 43.0, height: 42.0 });
        assert_eq!(rows[3].top + rows[3].height, 250.0);
        assert!(super::rows(4, 10.0).iter().all(|row| row.height == 0.0));
        assert!(super::rows(0, 100.0).is_empty());
    }

    #[test]
    fn names_come_once_and_never_lie_on_each_other() {
        let band = |text: &str, from_s| Band { text: text.into(), hue: Hue::Dead, from_s, until_s: from_s + 1.0 };
        let timeline = Timeline {
            bands: vec![band("crash b", 40.0), band("outage a", 10.0), band("outage a", 60.0), band("hidden", 11.0)],
            ..Timeline::default()
        };
        let window = Window { from_s: 0.0, until_s: 100.0 };
        let names: Vec<_> =
            labels(&timeline, window, 500.0).into_iter().map(|l| timeline.bands[l.band].text.clone()).collect();
        assert_eq!(names, ["outage a", "crash b"]);
        let part = Window { from_s: 50.0, until_s: 100.0 };
        assert_eq!(labels(&timeline, part, 500.0), [Label { band: 2, x: 104.0 }]);
    }
}
