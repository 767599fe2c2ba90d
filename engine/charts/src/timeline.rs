//! What is drawn: lanes of lines above one time axis, with bands across all of them.

use crate::{
    Hue, Unit,
    scale::{Axis, Scale},
};

/// Curves that share one time axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// What is shown, for those who cannot see it.
    pub title: String,
    /// Length of the axis, in seconds.
    pub duration_s: f64,
    /// Length of one bucket, in seconds; value `i` of a line stands in the middle of bucket `i`.
    pub bucket_s: f64,
    /// Time at the start that was not measured, in seconds.
    pub warmup_s: f64,
    /// From top to bottom.
    pub lanes: Vec<Lane>,
    /// Across all lanes.
    pub bands: Vec<Band>,
}

/// Lines of one unit and one scale, which begins at 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What is measured, such as `Throughput`.
    pub name: String,
    /// In what.
    pub unit: Unit,
    /// The first is drawn first, below the others.
    pub lines: Vec<Line>,
}

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is, such as `p99`.
    pub name: String,
    /// Its colour.
    pub hue: Hue,
    /// Whether the area below it is filled.
    pub filled: bool,
    /// A value per bucket; none (and what is not finite) is a gap.
    pub values: Vec<Option<f64>>,
}

/// A stretch of time in which something was different, such as a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// What, such as `outage card-network`.
    pub text: String,
    /// Its colour.
    pub hue: Hue,
    /// When it began, in seconds.
    pub from_s: f64,
    /// When it ended, in seconds.
    pub until_s: f64,
}

impl Timeline {
    /// Without the lines that are switched off, by lane and line; their lanes stay.
    #[must_use]
    pub fn without(&self, hidden: &[(String, String)]) -> Timeline {
        let mut shown = self.clone();
        for lane in &mut shown.lanes {
            let name = &lane.name;
            lane.lines.retain(|line| !hidden.iter().any(|(l, n)| l == name && *n == line.name));
        }
        shown
    }
}

impl Lane {
    /// Its value axis.
    pub fn axis(&self, scale: Scale) -> Axis {
        let known = || self.lines.iter().flat_map(Line::known).map(|(_, value)| value);
        Axis::new(scale, self.unit, known().filter(|value| *value > 0.0).reduce(f64::min), self.max())
    }

    /// The greatest value of all lines; none when there is no value at all.
    pub fn max(&self) -> Option<f64> {
        self.lines.iter().flat_map(Line::known).map(|(_, value)| value).reduce(f64::max)
    }
}

impl Line {
    /// From values without gaps.
    pub fn whole(name: &str, hue: Hue, values: &[f32]) -> Self {
        let values = values.iter().map(|value| Some(f64::from(*value))).collect();
        Line { name: name.to_owned(), hue, filled: false, values }
    }

    /// From values with gaps.
    pub fn gapped(name: &str, hue: Hue, values: &[Option<f32>]) -> Self {
        let values = values.iter().map(|value| value.map(f64::from)).collect();
        Line { name: name.to_owned(), hue, filled: false, values }
    }

    /// The same, with the area below it filled.
    #[must_use]
    pub fn fill(mut self) -> Self {
        self.filled = true;
        self
    }

    /// The value at a moment; none in gaps and outside of what was measured so far.
    pub fn at(&self, bucket_s: f64, second: f64) -> Option<f64> {
        if bucket_s <= 0.0 || second < 0.0 {
            return None;
        }
        let bucket = (second / bucket_s) as usize;
        // The very end of the run belongs to its last bucket.
        let bucket = if bucket > 0 && bucket == self.values.len() { bucket - 1 } else { bucket };
        self.values.get(bucket).copied().flatten().filter(|value| value.is_finite())
    }

    /// Values that can be drawn, with their bucket.
    pub(crate) fn known(&self) -> impl Iterator<Item = (usize, f64)> {
        self.values.iter().enumerate().filter_map(|(i, value)| value.filter(|v| v.is_finite()).map(|v| (i, v)))
    }

    /// Stretches without a gap: the first bucket and the values from there.
    pub fn stretches(&self) -> Vec<Vec<(usize, f64)>> {
        let mut stretches: Vec<Vec<(usize, f64)>> = Vec::new();
        for (bucket, value) in self.known() {
            match stretches.last_mut() {
                Some(stretch) if stretch.last().is_some_and(|(last, _)| last + 1 == bucket) => {
                    stretch.push((bucket, value));
                }
                _ => stretches.push(vec![(bucket, value)]),
            }
        }
        stretches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_part_a_line() {
        let line = Line::gapped("p99", Hue::Accent, &[None, Some(1.0), Some(2.0), Some(f32::NAN), None, Some(3.0)]);
        assert_eq!(line.stretches(), vec![vec![(1, 1.0), (2, 2.0)], vec![(5, 3.0)]]);
    }

    #[test]
    fn values_are_read_from_their_bucket() {
        let line = Line::gapped("p99", Hue::Accent, &[Some(1.0), None, Some(3.0)]);
        let at = |second| line.at(2.0, second);
        assert_eq!((at(0.0), at(1.9), at(2.0), at(5.9), at(6.0)), (Some(1.0), Some(1.0), None, Some(3.0), Some(3.0)));
        assert_eq!((at(8.1), at(-1.0), line.at(0.0, 1.0)), (None, None, None));
    }

    #[test]
    fn lines_are_switched_off_by_their_lane_and_name() {
        let lane = |name: &str| Lane {
            name: name.into(),
            unit: Unit::Count,
            lines: vec![Line::whole("p99", Hue::Accent, &[1.0]), Line::whole("p50", Hue::Accent, &[1.0])],
        };
        let timeline = Timeline { lanes: vec![lane("a"), lane("b")], ..Timeline::default() };
        let shown = timeline.without(&[("a".into(), "p99".into()), ("c".into(), "p50".into())]);
        assert_eq!(shown.lanes.iter().map(|lane| lane.lines.len()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn the_greatest_value_knows_no_gaps() {
        let lane = |values: &[Option<f32>]| Lane {
            name: String::new(),
            unit: Unit::Count,
            lines: vec![Line::gapped("a", Hue::Accent, values)],
        };
        assert_eq!(lane(&[Some(1.0), None, Some(f32::INFINITY), Some(4.0)]).max(), Some(4.0));
        assert_eq!(lane(&[None]).max(), None);
    }
}
