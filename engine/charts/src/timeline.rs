//! What is drawn: lanes of lines above one time axis, with bands across all of them.

use crate::{
    Epoch, Heat, Hue, Unit,
    scale::{Axis, Scale},
};

/// Curves that share one time axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timeline {
    /// What is shown, for those who cannot see it.
    pub title: String,
    /// What time it was where the axis begins; none counts from 0.
    pub epoch: Option<Epoch>,
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
    /// With what it is compared; its curves are the lines that are a [`Line::baseline`].
    pub compared: Option<Compared>,
}

/// The names of two runs whose curves are drawn on the same axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What the whole lines are.
    pub run: String,
    /// What the dashed lines are.
    pub baseline: String,
}

/// Lines of one unit and one scale, which begins at 0, or below it where a value does.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What is measured, such as `Throughput`.
    pub name: String,
    /// In what.
    pub unit: Unit,
    /// The first is drawn first, below the others.
    pub lines: Vec<Line>,
    /// Where it shows a heat map instead of lines.
    pub heat: Option<Heat>,
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
    /// Whether it belongs to what the others are compared with: dashed and dimmer.
    pub baseline: bool,
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

    /// The heat maps that its lanes show.
    pub fn heats(&self) -> impl Iterator<Item = &Heat> {
        self.lanes.iter().filter_map(|lane| lane.heat.as_ref())
    }

    /// The fullest cell of all heat maps, which share their colours.
    pub fn most(&self) -> u64 {
        self.heats().map(Heat::most).max().unwrap_or(0)
    }

    /// The same with the curves of another run on its axes, below its own: those of the same lane and line as their
    /// baseline, those that only the other has after them. Values are read where this timeline's buckets have their middle.
    #[must_use]
    pub fn beside(mut self, baseline: &Timeline, names: Compared) -> Timeline {
        let duration_s = self.duration_s.max(baseline.duration_s);
        if self.bucket_s <= 0.0 {
            self.bucket_s = baseline.bucket_s;
        }
        let bucket_s = self.bucket_s;
        for other in &baseline.lanes {
            let lines = other.lines.iter().map(|line| line.as_baseline(baseline.bucket_s, bucket_s, duration_s));
            match self.lanes.iter_mut().find(|lane| lane.name == other.name) {
                Some(lane) => {
                    // Below the lines they are compared with.
                    lane.lines.splice(0..0, lines);
                }
                None => self.lanes.push(Lane { lines: lines.collect(), ..other.clone() }),
            }
        }
        self.duration_s = duration_s;
        self.compared = Some(names);
        self
    }
}

impl Lane {
    /// Its value axis.
    pub fn axis(&self, scale: Scale) -> Axis {
        let known = || self.lines.iter().flat_map(Line::known).map(|(_, value)| value);
        let least = known().reduce(f64::min);
        Axis::new(scale, self.unit, known().filter(|value| *value > 0.0).reduce(f64::min), self.max()).reaching(least)
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
        Line { name: name.to_owned(), hue, filled: false, baseline: false, values }
    }

    /// From values with gaps.
    pub fn gapped(name: &str, hue: Hue, values: &[Option<f32>]) -> Self {
        let values = values.iter().map(|value| value.map(f64::from)).collect();
        Line { name: name.to_owned(), hue, filled: false, baseline: false, values }
    }

    /// The same, with the area below it filled.
    #[must_use]
    pub fn fill(mut self) -> Self {
        self.filled = true;
        self
    }

    /// The same line in buckets of another length, as a baseline.
    fn as_baseline(&self, own_s: f64, bucket_s: f64, duration_s: f64) -> Line {
        let count = if bucket_s > 0.0 { (duration_s / bucket_s).ceil() as usize } else { 0 };
        // Behind its end there is nothing, not even a last value.
        let own = |i: usize| if own_s > 0.0 { ((i as f64 + 0.5) * bucket_s / own_s) as usize } else { usize::MAX };
        let values = (0..count).map(|i| self.values.get(own(i)).copied().flatten()).collect();
        Line { name: self.name.clone(), hue: self.hue, filled: false, baseline: true, values }
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
            heat: None,
        };
        let timeline = Timeline { lanes: vec![lane("a"), lane("b")], ..Timeline::default() };
        let shown = timeline.without(&[("a".into(), "p99".into()), ("c".into(), "p50".into())]);
        assert_eq!(shown.lanes.iter().map(|lane| lane.lines.len()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn another_run_lies_below_on_the_same_axes() {
        let lane = |name: &str, values: &[f32]| Lane {
            name: name.into(),
            unit: Unit::Count,
            lines: vec![Line::whole("lag", Hue::Accent, values).fill()],
            heat: None,
        };
        let run =
            Timeline { duration_s: 4.0, bucket_s: 2.0, lanes: vec![lane("a", &[1.0, 2.0])], ..Timeline::default() };
        let longer = Timeline {
            duration_s: 6.0,
            bucket_s: 1.0,
            lanes: vec![lane("a", &[1.0, 2.0, 3.0, 4.0, 5.0, 9.0]), lane("b", &[7.0; 6])],
            ..Timeline::default()
        };
        let names = Compared { run: "now".into(), baseline: "then".into() };
        let both = run.clone().beside(&longer, names.clone());
        assert_eq!((both.duration_s, both.bucket_s, both.compared), (6.0, 2.0, Some(names.clone())));
        let [below, above] = both.lanes[0].lines.as_slice() else { panic!("{:?}", both.lanes) };
        assert_eq!((below.baseline, below.filled, above.baseline, above.filled), (true, false, false, true));
        assert_eq!(below.values, [Some(2.0), Some(4.0), Some(9.0)]);
        // The axis is the greater one's.
        assert_eq!(both.lanes[0].max(), Some(9.0));
        assert_eq!((both.lanes[1].name.as_str(), both.lanes[1].lines[0].baseline), ("b", true));
        // A shorter one ends before.
        let shorter = longer.beside(&run, names);
        assert_eq!(shorter.lanes[0].lines[0].values, [Some(1.0), Some(1.0), Some(2.0), Some(2.0), None, None]);
        // A curve is switched off together with its baseline.
        assert!(shorter.without(&[("a".into(), "lag".into())]).lanes[0].lines.is_empty());
    }

    #[test]
    fn the_greatest_value_knows_no_gaps() {
        let lane = |values: &[Option<f32>]| Lane {
            name: String::new(),
            unit: Unit::Count,
            lines: vec![Line::gapped("a", Hue::Accent, values)],
            heat: None,
        };
        assert_eq!(lane(&[Some(1.0), None, Some(f32::INFINITY), Some(4.0)]).max(), Some(4.0));
        assert_eq!(lane(&[None]).max(), None);
    }
}
