//! How the parts of a drawing share its room: in a report as high as it needs to be, in a window as high as there is room.

use crate::{Band, Timeline, Window, marks::width_of};

/// Size of small text, in pixels.
pub(crate) const SMALL: f64 = 11.0;
/// Height of one row of band labels.
pub(crate) const LABEL_ROW: f64 = 16.0;

/// Height of lanes on a sheet that has heat maps: rows that can be told apart.
const HEAT_LANE: f64 = 220.0;

/// The places of a drawing, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Width of all.
    pub width: f64,
    /// Height of all.
    pub height: f64,
    /// Width of the names at the left; without them the curves begin at the left edge.
    pub gutter: f64,
    /// Width left free at the right.
    pub edge: f64,
    /// Height above the first lane, where bands are named.
    pub head: f64,
    /// Height of one lane.
    pub lane: f64,
    /// Height above each lane, where the upper end of its axis is written.
    pub gap: f64,
    /// Height of the time axis.
    pub axis: f64,
    /// Most rows of band labels; labels beyond are left out, the bands stay.
    label_rows: usize,
    /// Least distance of two ticks of the time axis.
    pub(crate) tick_space: f64,
}

/// A lane's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Its upper edge.
    pub top: f64,
    /// Its height.
    pub height: f64,
}

impl Room {
    /// A sheet `width` pixels wide and as high as the lanes need.
    pub fn sheet(timeline: &Timeline, width: f64, window: Window) -> Room {
        let mut room = Room {
            width,
            height: 0.0,
            gutter: 104.0,
            edge: 14.0,
            head: 0.0,
            lane: 68.0,
            gap: 22.0,
            axis: 26.0,
            label_rows: 4,
            tick_space: 84.0,
        };
        let rows = room.labels(timeline, window).iter().map(|label| label.row + 1).max().unwrap_or(0);
        // Which run is which stands below the names of the bands.
        // The colours of heat maps stand there too.
        let has_heat = timeline.heats().next().is_some();
        let legend = usize::from(timeline.compared.is_some() || has_heat);
        if has_heat {
            room.lane = HEAT_LANE;
        }
        room.head = (rows + legend) as f64 * LABEL_ROW;
        room.height = room.head + timeline.lanes.len() as f64 * (room.lane + room.gap) + room.axis;
        room
    }

    /// A panel of this size without names, for so many lanes.
    pub fn panel([width, height]: [f64; 2], lanes: usize) -> Room {
        const GAP: f64 = 13.0;
        let (head, axis) = (30.0, 20.0);
        let pitch = if lanes == 0 { 0.0 } else { (height - head - axis).max(0.0) / lanes as f64 };
        Room {
            width,
            height,
            gutter: 0.0,
            edge: 0.0,
            head,
            lane: (pitch - GAP).max(0.0),
            gap: GAP.min(pitch),
            axis,
            label_rows: 1,
            tick_space: 74.0,
        }
    }

    /// A strip of this size that holds one lane and nothing else.
    pub fn strip([width, height]: [f64; 2]) -> Room {
        let panel = Room::panel([width, height], 1);
        Room { head: 0.0, lane: height, gap: 0.0, axis: 0.0, label_rows: 0, ..panel }
    }

    /// The place of a lane.
    pub fn row(&self, lane: usize) -> Row {
        let top = self.head + lane as f64 * (self.lane + self.gap) + self.gap;
        Row { top, height: self.lane }
    }

    /// Width of the curves.
    pub fn breadth(&self) -> f64 {
        (self.width - self.gutter - self.edge).max(0.0)
    }

    /// The pixel of a moment, kept inside.
    pub(crate) fn x(&self, window: Window, second: f64) -> f64 {
        let x = window.x(second, self.breadth()).clamp(0.0, self.breadth());
        // NaN passes `clamp`.
        self.gutter + if x.is_nan() { 0.0 } else { x }
    }

    /// Each text once, at its first band that is seen; texts that would overlap go to rows of their own.
    pub(crate) fn labels<'t>(&self, timeline: &'t Timeline, window: Window) -> Vec<Label<'t>> {
        let mut ends = vec![f64::NEG_INFINITY; self.label_rows];
        let mut labels: Vec<Label<'t>> = Vec::new();
        for band in &timeline.bands {
            let seen = band.until_s >= window.from_s && band.from_s <= window.until_s;
            if !seen || labels.iter().any(|label| label.band.text == band.text) {
                continue;
            }
            let length = width_of(&band.text, SMALL);
            let x = (self.x(window, band.from_s) + 3.0).min(self.width - length - 4.0).max(2.0);
            if let Some(row) = ends.iter().position(|end| *end + 8.0 <= x) {
                ends[row] = x + length;
                labels.push(Label { band, x, row });
            }
        }
        labels
    }
}

/// A band's text with its place.
pub(crate) struct Label<'a> {
    pub(crate) band: &'a Band,
    pub(crate) x: f64,
    pub(crate) row: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hue;

    #[test]
    fn lanes_share_the_height_of_a_panel() {
        let room = Room::panel([500.0, 270.0], 4);
        assert_eq!(room.row(0), Row { top: 43.0, height: 42.0 });
        assert_eq!(room.row(3).top + room.row(3).height, 250.0);
        assert_eq!(Room::panel([500.0, 10.0], 4).row(3).height, 0.0);
    }

    #[test]
    fn names_of_bands_come_once_and_never_lie_on_each_other() {
        let band = |text: &str, from_s: f64| Band { text: text.into(), hue: Hue::Dead, from_s, until_s: from_s + 1.0 };
        let timeline = Timeline {
            bands: vec![band("outage a", 10.0), band("hidden", 11.0), band("crash b", 40.0), band("outage a", 60.0)],
            ..Timeline::default()
        };
        let names = |window: Window| {
            let room = Room::panel([500.0, 270.0], 1);
            room.labels(&timeline, window).iter().map(|l| (l.band.text.clone(), l.x)).collect::<Vec<_>>()
        };
        let whole = names(Window { from_s: 0.0, until_s: 100.0 });
        assert_eq!(whole.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["outage a", "crash b"]);
        assert_eq!(names(Window { from_s: 50.0, until_s: 100.0 }), [("outage a".to_owned(), 103.0)]);
    }
}
