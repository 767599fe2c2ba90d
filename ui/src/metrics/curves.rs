//! A metric as curves: which lanes its kind has, which series are drawn in them, and where counting began anew.

use thalweg_charts::{Band, Epoch, Hue, Lane, Line, Timeline, Unit};
use thalweg_protocol::{
    MetricView,
    signals::{MetricBucket, MetricKind, MetricSeries, SERVICE_KEY, Temporality},
};

use super::{
    grid::{Grid, totals},
    heat,
};
use crate::{
    logs::grave,
    state::{MetricKey, Shown, Spark, Totals},
    text::metrics as text,
};

/// Series that are drawn unless others are chosen: as many as there are colours that can be told apart.
pub(super) const DRAWN: usize = 6;
const HUES: [Hue; DRAWN] = [Hue::Accent, Hue::Channel, Hue::Consumer, Hue::Producer, Hue::Service, Hue::Dead];

/// One line of the metric, or one of each of its lanes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// What tells it from the others.
    pub(super) name: String,
    /// Its colour; none while it is not drawn.
    pub(super) hue: Option<Hue>,
    pub(super) members: u64,
    pub(super) points: u64,
    /// Its latest value, in words.
    pub(super) last: Option<String>,
    /// Of what is measured the mean, of what is counted the growth or the number of values.
    pub(super) sum: Option<String>,
}

/// A single measurement on the plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) second: f64,
    /// In the unit of the first lane; none stands at its ground.
    pub(super) value: Option<f64>,
    pub(super) said: String,
    pub(super) unix_nano: u64,
    pub(super) trace_id: String,
    pub(super) span_id: String,
}

/// All that is shown of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    pub(super) timeline: Timeline,
    pub(super) groups: Vec<Group>,
    pub(super) marks: Vec<Mark>,
    pub(super) gaps: usize,
    pub(super) resets: u64,
    pub(super) kind: MetricKind,
    /// Whether any line stands for several series.
    pub(super) is_merged: bool,
    /// Values of heat maps that have no place in them, and whether rows of them became one.
    pub(super) without_place: u64,
    pub(super) rows_joined: bool,
}

/// How a unit is drawn: as what, by which factor, and what stands behind the lane's name.
fn measure(unit: &str) -> (Unit, f64, &str) {
    match unit {
        "h" => (Unit::Milliseconds, 3_600_000.0, ""),
        "min" => (Unit::Milliseconds, 60_000.0, ""),
        "s" => (Unit::Milliseconds, 1e3, ""),
        "ms" => (Unit::Milliseconds, 1.0, ""),
        "us" | "µs" => (Unit::Milliseconds, 1e-3, ""),
        "ns" => (Unit::Milliseconds, 1e-6, ""),
        "%" => (Unit::Share, 0.01, ""),
        "1" => (Unit::Count, 1.0, ""),
        other => (Unit::Count, 1.0, other),
    }
}

/// The series of a metric that the list tells apart from others of its name.
fn of_key<'a>(view: &'a MetricView, key: &MetricKey) -> Vec<&'a MetricSeries> {
    let is_of =
        |series: &&MetricSeries| MetricKey::new(&view.name, &series.unit, series.kind, series.temporality) == *key;
    view.series.iter().filter(is_of).collect()
}

/// The curves of a metric; `chosen` names the series that are drawn, none the greatest ones.
pub(super) fn drawn(shown: &Shown, how: Totals, chosen: Option<&[String]>, offset_s: f64) -> Drawn {
    let buckets = shown.buckets;
    let series = of_key(&shown.view, &shown.key);
    let grid = Grid::new(&series, shown.from_unix_nano, shown.to_unix_nano, buckets);
    let kind = series.first().map_or(MetricKind::Gauge, |series| series.kind);
    let names = names(&series);
    let drawn = which(&series, &names, chosen);
    let (unit, factor, said) = measure(&shown.key.unit);
    let lines: Vec<(&str, Hue, &MetricSeries)> =
        drawn.iter().enumerate().map(|(i, at)| (names[*at].as_str(), HUES[i % DRAWN], series[*at])).collect();
    let sketch = Sketch { grid, unit, factor, said, lines: &lines, how, cells: shown.cells };
    let groups = series.iter().zip(&names).enumerate().map(|(at, (series, name))| {
        let hue = drawn.iter().position(|one| *one == at).map(|place| HUES[place % DRAWN]);
        sketch.group(name, hue, series)
    });
    let groups = groups.collect();
    let marks = series.iter().flat_map(|series| sketch.marks(series)).collect();
    let resets: u64 = series.iter().flat_map(|series| &series.buckets).map(|bucket| bucket.resets).sum();
    Drawn {
        groups,
        marks,
        gaps: lines.iter().map(|(_, _, series)| grid.gaps(&series.buckets)).sum(),
        resets,
        kind,
        is_merged: series.iter().any(|series| series.members > 1),
        without_place: if shown.cells {
            lines.iter().map(|(_, _, series)| heat::without_place(series)).fold(0, u64::saturating_add)
        } else {
            0
        },
        rows_joined: lines.iter().any(|(_, _, series)| series.rows_joined),
        timeline: Timeline {
            title: shown.view.name.clone(),
            epoch: Some(Epoch { unix_s: shown.from_unix_nano as f64 / 1e9, offset_s }),
            duration_s: grid.width_s() * f64::from(buckets),
            bucket_s: grid.width_s(),
            warmup_s: 0.0,
            lanes: sketch.lanes(kind),
            bands: sketch.restarts(),
            compared: None,
        },
    }
}

/// What a series is called: its attributes; the service where more than one sends the metric.
fn names(series: &[&MetricSeries]) -> Vec<String> {
    let several = series.iter().any(|one| one.service != series[0].service);
    let mut names: Vec<String> = Vec::with_capacity(series.len());
    for one in series {
        let service = several.then(|| one.service.clone());
        let attributes = one.attributes.iter().filter(|(key, _)| key != SERVICE_KEY);
        let parts: Vec<String> =
            service.into_iter().chain(attributes.map(|(key, value)| format!("{key}={value}"))).collect();
        let name = if !parts.is_empty() {
            grave::head(&parts.join(" "), 160)
        } else if one.members > 1 || one.service.is_empty() {
            text::EVERYTHING.now().to_owned()
        } else {
            grave::head(&one.service, 160)
        };
        let same = names.iter().filter(|known| known.split(" #").next() == Some(name.as_str())).count();
        // Of another scope, say: a line needs a name of its own.
        names.push(if same == 0 { name } else { format!("{name} #{}", same + 1) });
    }
    names
}

/// Which series are drawn, by their place.
fn which(series: &[&MetricSeries], names: &[String], chosen: Option<&[String]>) -> Vec<usize> {
    if let Some(chosen) = chosen {
        return chosen.iter().filter_map(|name| names.iter().position(|known| known == name)).collect();
    }
    let weight = |series: &MetricSeries| {
        let of = |bucket: &MetricBucket| {
            bucket.count.map(|count| count as f64).or(bucket.increase).or(bucket.last).unwrap_or(0.0).abs()
        };
        series.buckets.iter().map(of).sum::<f64>()
    };
    let mut places: Vec<usize> = (0..series.len()).collect();
    places.sort_by(|a, b| weight(series[*b]).total_cmp(&weight(series[*a])).then(a.cmp(b)));
    places.truncate(DRAWN);
    // Their colours keep to their order, not to what happens to be greatest now.
    places.sort_unstable();
    places
}

struct Sketch<'a> {
    grid: Grid,
    unit: Unit,
    factor: f64,
    said: &'a str,
    lines: &'a [(&'a str, Hue, &'a MetricSeries)],
    how: Totals,
    /// Whether histograms are heat maps.
    cells: bool,
}

impl Sketch<'_> {
    fn lanes(&self, kind: MetricKind) -> Vec<Lane> {
        let scaled = |value: Option<f64>| value.map(|value| value * self.factor);
        match kind {
            MetricKind::Gauge => {
                vec![self.lane(text::VALUE.now(), |series| self.grid.levels(&series.buckets, |b| scaled(b.mean)))]
            }
            MetricKind::Counter if self.how == Totals::Rate => vec![self.rate(text::PER_SECOND.now())],
            MetricKind::UpDownCounter if self.how == Totals::Rate && self.is_delta() => {
                vec![self.rate(text::CHANGE.now())]
            }
            MetricKind::Counter | MetricKind::UpDownCounter => {
                let total = |series: &MetricSeries| self.grid.levels(&totals(series), |b| scaled(b.last));
                vec![self.lane(text::TOTAL.now(), total)]
            }
            MetricKind::Histogram | MetricKind::ExponentialHistogram if self.cells => self.heats(),
            MetricKind::Histogram | MetricKind::ExponentialHistogram | MetricKind::Summary => {
                let mut lanes = self.quantiles(kind);
                lanes.push(self.rate(text::VALUES.now()));
                lanes.push(self.lane(text::MEANS.now(), |series| self.grid.steps(&series.buckets, |b| scaled(b.mean))));
                lanes
            }
        }
    }

    fn is_delta(&self) -> bool {
        self.lines.iter().any(|(_, _, series)| series.temporality == Temporality::Delta)
    }

    /// A lane in the metric's own unit.
    fn lane(&self, name: &str, values: impl Fn(&MetricSeries) -> Vec<Option<f64>>) -> Lane {
        let line =
            |(name, hue, series): &(&str, Hue, &MetricSeries)| line(name, *hue, values(series), self.lines.len() == 1);
        Lane {
            name: text::lane(name, self.said),
            unit: self.unit,
            lines: self.lines.iter().map(line).collect(),
            heat: None,
        }
    }

    /// How fast it went. Where that is not known, at the first point and where counting began anew, the line is broken.
    fn rate(&self, name: &str) -> Lane {
        let values = |series: &MetricSeries| self.grid.steps(&series.buckets, |bucket| bucket.rate);
        Lane { name: name.to_owned(), unit: Unit::PerSecond, ..self.lane(name, values) }
    }

    /// Of one series all of them in one lane, of several a lane for each of them.
    fn quantiles(&self, kind: MetricKind) -> Vec<Lane> {
        let mut shares: Vec<f64> = Vec::new();
        for (share, _) in
            self.lines.iter().flat_map(|(_, _, series)| &series.buckets).flat_map(|bucket| &bucket.quantiles)
        {
            if !shares.iter().any(|known| (known - share).abs() < 1e-9) {
                shares.push(*share);
            }
        }
        shares.sort_by(f64::total_cmp);
        let of = |series: &MetricSeries, share: f64| {
            let value = |bucket: &MetricBucket| {
                let found = bucket.quantiles.iter().find(|(of, _)| (of - share).abs() < 1e-9);
                found.map(|(_, value)| value * self.factor)
            };
            self.grid.steps(&series.buckets, value)
        };
        let name = if kind == MetricKind::Summary { text::QUANTILES } else { text::PERCENTILES };
        match self.lines {
            [] => Vec::new(),
            [(_, _, series)] => {
                let lines = shares
                    .iter()
                    .enumerate()
                    .map(|(i, share)| line(&text::percentile(*share), HUES[i % DRAWN], of(series, *share), false));
                vec![Lane {
                    name: text::lane(name.now(), self.said),
                    unit: self.unit,
                    lines: lines.collect(),
                    heat: None,
                }]
            }
            _ => shares
                .iter()
                .map(|share| {
                    let named = text::percentile(*share);
                    Lane { name: text::lane_of(&named, self.said), ..self.lane(&named, |series| of(series, *share)) }
                })
                .collect(),
        }
    }

    /// A heat map of each series.
    fn heats(&self) -> Vec<Lane> {
        let named = |name: &str| if self.lines.len() == 1 { text::HEAT.now().to_owned() } else { name.to_owned() };
        let lane = |(name, _, series): &(&str, Hue, &MetricSeries)| {
            heat::lane(text::lane(&named(name), self.said), self.unit, self.factor, self.grid, series)
        };
        self.lines.iter().map(lane).collect()
    }

    /// Where counting began anew, once for all series that did so at a time.
    fn restarts(&self) -> Vec<Band> {
        let mut places: Vec<usize> = self
            .lines
            .iter()
            .flat_map(|(_, _, series)| series.buckets.iter().filter(|bucket| bucket.resets > 0))
            .map(|bucket| self.grid.place(bucket))
            .collect();
        places.sort_unstable();
        places.dedup();
        let width = self.grid.width_s();
        let band = |place: usize| Band {
            text: text::RESTART.now().to_owned(),
            hue: Hue::Channel,
            from_s: place as f64 * width,
            until_s: (place + 1) as f64 * width,
        };
        places.into_iter().map(band).collect()
    }

    fn marks(&self, series: &MetricSeries) -> Vec<Mark> {
        let has_place = !matches!(series.kind, MetricKind::Counter | MetricKind::UpDownCounter);
        let exemplars = series.exemplars.iter().filter(|exemplar| !exemplar.trace_id.is_empty());
        exemplars
            .map(|exemplar| Mark {
                second: self.grid.second(exemplar.time_unix_nano),
                value: exemplar.value.filter(|_| has_place).map(|value| value * self.factor),
                said: exemplar.value.map_or_else(String::new, |value| self.say(value)),
                unix_nano: exemplar.time_unix_nano,
                trace_id: exemplar.trace_id.clone(),
                span_id: exemplar.span_id.clone(),
            })
            .filter(|mark| mark.second >= 0.0)
            .collect()
    }

    fn say(&self, value: f64) -> String {
        super::say(value, self.unit, self.factor, self.said)
    }

    fn group(&self, name: &str, hue: Option<Hue>, series: &MetricSeries) -> Group {
        let last = series.buckets.last();
        let count: u64 = series.buckets.iter().filter_map(|bucket| bucket.count).sum();
        let grew: f64 = series.buckets.iter().filter_map(|bucket| bucket.increase).sum();
        let weighed: f64 = series.buckets.iter().filter_map(|b| Some(b.mean? * b.points as f64)).sum();
        let points: u64 = series.buckets.iter().map(|bucket| bucket.points).sum();
        let (latest, sum) = match series.kind {
            MetricKind::Gauge => (last.and_then(|b| b.last), (points > 0).then(|| self.say(weighed / points as f64))),
            MetricKind::Counter | MetricKind::UpDownCounter => (last.and_then(|b| b.last), Some(self.say(grew))),
            _ => (last.and_then(|b| b.mean), Some(crate::format::count(count as f64))),
        };
        Group {
            name: name.to_owned(),
            hue,
            members: series.members,
            points,
            last: latest.map(|value| self.say(value)),
            sum,
        }
    }
}

fn line(name: &str, hue: Hue, values: Vec<Option<f64>>, filled: bool) -> Line {
    Line { name: name.to_owned(), hue, filled, baseline: false, values }
}

/// A value in words, with its unit.
pub(super) fn in_words(value: f64, unit: &str) -> String {
    let (as_what, factor, said) = measure(unit);
    super::say(value, as_what, factor, said)
}

/// A metric in small: everything of it together.
pub(crate) fn spark(
    view: &MetricView,
    key: &MetricKey,
    [from_unix_nano, to_unix_nano]: [u64; 2],
    buckets: u32,
    last_unix_nano: u64,
) -> Spark {
    let series = of_key(view, key);
    let grid = Grid::new(&series, from_unix_nano, to_unix_nano, buckets);
    let values = series.first().map_or_else(Vec::new, |series| match series.kind {
        MetricKind::Gauge => grid.levels(&series.buckets, |b| b.mean),
        MetricKind::Counter => grid.steps(&series.buckets, |b| b.rate),
        MetricKind::UpDownCounter => grid.levels(&totals(series), |b| b.last),
        _ => grid.steps(&series.buckets, |b| b.rate),
    });
    let kind = series.first().map(|series| series.kind);
    let is_rate = !matches!(kind, Some(MetricKind::Gauge | MetricKind::UpDownCounter));
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let ends = known().reduce(f64::min).zip(known().reduce(f64::max)).map(|(low, high)| [low, high]);
    // How fast something goes is seen against standing still; a level is seen by how it moves.
    let [low, high] = ends.map_or([0.0; 2], |[low, high]| if is_rate { [low.min(0.0), high] } else { [low, high] });
    let height = high - low;
    let share = |value: f64| if height > 0.0 { ((value - low) / height).clamp(0.0, 1.0) } else { 0.5 };
    let values = values.iter().map(|value| value.filter(|value| value.is_finite()).map(share)).collect();
    Spark { last_unix_nano, values, ends, is_rate }
}

/// The least and the greatest of a small picture in words.
pub(super) fn ends_in_words(spark: &Spark, unit: &str) -> Option<[String; 2]> {
    let say = |value: f64| if spark.is_rate { crate::format::rate(value) } else { in_words(value, unit) };
    spark.ends.map(|ends| ends.map(say))
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn series(
        kind: MetricKind,
        temporality: Temporality,
        attributes: &[(&str, &str)],
        buckets: Vec<MetricBucket>,
    ) -> MetricSeries {
        MetricSeries {
            service: "shop".into(),
            members: 1,
            scope: String::new(),
            unit: "s".into(),
            kind,
            temporality,
            attributes: attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
            buckets,
            rows: vec![],
            rows_joined: false,
            exemplars: vec![],
        }
    }

    fn bucket(second: u64) -> MetricBucket {
        MetricBucket { start_unix_nano: second * S, points: 1, ..MetricBucket::default() }
    }

    fn shown(series: Vec<MetricSeries>) -> Shown {
        let key = MetricKey::new("m", "s", series[0].kind, series[0].temporality);
        let view = MetricView {
            name: "m".into(),
            description: String::new(),
            series,
            keys: vec![],
            series_left_out: 0,
            points_left_out: false,
        };
        // Twenty buckets of a second each.
        Shown { key, view, from_unix_nano: 100 * S, to_unix_nano: 120 * S - 20, buckets: 20, cells: false }
    }

    fn values(drawn: &Drawn, lane: usize, curve: usize) -> Vec<Option<f64>> {
        drawn.timeline.lanes[lane].lines[curve].values.clone()
    }

    #[test]
    fn a_difference_tells_of_its_own_time_only() {
        let gained =
            |since: u64, second| MetricBucket { rate: Some(2.0), since_unix_nano: since * S, ..bucket(second) };
        // Two seconds each; for four seconds in between there was nothing to be told.
        let buckets = vec![gained(101, 102), gained(103, 104), gained(105, 106), gained(111, 112)];
        let shown = shown(vec![series(MetricKind::Counter, Temporality::Delta, &[], buckets)]);
        let values = values(&drawn(&shown, Totals::Rate, None, 0.0), 0, 0);
        assert_eq!(values[1..7], [Some(2.0); 6]);
        assert_eq!(values[7..11], [None; 4]);
        assert_eq!(values[11..13], [Some(2.0); 2]);
    }

    #[test]
    fn growth_is_spread_over_the_time_in_which_it_came() {
        let grown = |second, rate: Option<f64>| MetricBucket { rate, ..bucket(second) };
        // Every two seconds; then nothing for ten.
        let buckets = vec![
            grown(102, None),
            grown(104, Some(2.0)),
            grown(106, Some(1.0)),
            // Counting began anew.
            MetricBucket { increase: Some(7.0), resets: 1, ..grown(108, None) },
            grown(118, Some(5.0)),
        ];
        let drawn = drawn(
            &shown(vec![series(MetricKind::Counter, Temporality::Cumulative, &[], buckets)]),
            Totals::Rate,
            None,
            0.0,
        );
        let values = values(&drawn, 0, 0);
        assert_eq!(values[..2], [None, None], "before the second point nothing is known");
        assert_eq!(values[3..7], [Some(2.0), Some(2.0), Some(1.0), Some(1.0)]);
        assert_eq!(values[7..9], [None; 2], "a restart is no fall to nothing");
        assert_eq!(values[9..18], [None; 9], "a gap is shown as one");
        assert_eq!(values[18], Some(5.0), "what it was on average meanwhile");
        assert_eq!((drawn.gaps, drawn.resets), (1, 1));
        assert_eq!(drawn.timeline.lanes[0].unit, Unit::PerSecond);
    }

    #[test]
    fn levels_lie_on_the_line_between_points_and_in_the_metrics_unit() {
        let level = |second, value| MetricBucket { mean: Some(value), last: Some(value), ..bucket(second) };
        let buckets = vec![level(101, 1.0), level(103, 3.0), level(105, 3.0)];
        let drawn = drawn(
            &shown(vec![series(MetricKind::Gauge, Temporality::Unspecified, &[], buckets)]),
            Totals::Rate,
            None,
            0.0,
        );
        assert_eq!(values(&drawn, 0, 0)[..7], [None, Some(1e3), Some(2e3), Some(3e3), Some(3e3), Some(3e3), None]);
        assert_eq!(drawn.timeline.lanes[0].unit, Unit::Milliseconds);
    }

    #[test]
    fn differences_are_added_up_to_a_total_and_restarts_are_bands() {
        let grown = |second, by, resets| MetricBucket { increase: Some(by), last: Some(by), resets, ..bucket(second) };
        let delta = vec![grown(101, 1.0, 0), grown(102, 2.0, 0), grown(103, 3.0, 0)];
        let total =
            drawn(&shown(vec![series(MetricKind::Counter, Temporality::Delta, &[], delta)]), Totals::Sum, None, 0.0);
        assert_eq!(values(&total, 0, 0)[1..4], [Some(1e3), Some(3e3), Some(6e3)]);
        let restarted = vec![grown(101, 1.0, 0), grown(102, 2.0, 1), grown(103, 3.0, 1)];
        let two = vec![
            series(MetricKind::Counter, Temporality::Cumulative, &[("a", "1")], restarted.clone()),
            series(MetricKind::Counter, Temporality::Cumulative, &[("a", "2")], restarted),
        ];
        let drawn = drawn(&shown(two), Totals::Rate, None, 0.0);
        let bands: Vec<_> = drawn.timeline.bands.iter().map(|band| band.from_s.round()).collect();
        assert_eq!((bands, drawn.resets), (vec![2.0, 3.0], 4));
    }

    #[test]
    fn percentiles_of_one_series_share_a_lane_those_of_several_have_their_own() {
        let spread = |second| MetricBucket {
            rate: Some(10.0),
            count: Some(10),
            sum: Some(20.0),
            mean: Some(2.0),
            quantiles: vec![(0.5, 1.0), (0.99, 9.0)],
            ..bucket(second)
        };
        let of = |name| {
            series(MetricKind::Histogram, Temporality::Delta, &[("route", name)], vec![spread(101), spread(102)])
        };
        let lanes = |drawn: &Drawn| -> Vec<(String, Vec<String>)> {
            let lines = |lane: &Lane| lane.lines.iter().map(|line| line.name.clone()).collect();
            drawn.timeline.lanes.iter().map(|lane| (lane.name.clone(), lines(lane))).collect()
        };
        let one = drawn(&shown(vec![of("a")]), Totals::Rate, None, 0.0);
        assert_eq!(lanes(&one)[0], ("Percentiles".into(), vec!["p50".into(), "p99".into()]));
        assert_eq!(values(&one, 0, 1)[1], Some(9e3));
        let two = drawn(&shown(vec![of("a"), of("b")]), Totals::Rate, None, 0.0);
        let names: Vec<_> = lanes(&two).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["p50", "p99", "Values per second", "Mean"]);
        assert_eq!(lanes(&two)[0].1, ["route=a", "route=b"]);
        assert_eq!(values(&two, 2, 0)[2], Some(10.0));
    }

    #[test]
    fn many_series_are_listed_and_the_greatest_are_drawn() {
        let level = |value| vec![MetricBucket { mean: Some(value), last: Some(value), ..bucket(101) }];
        let of =
            |i: u32| series(MetricKind::Gauge, Temporality::Unspecified, &[("i", &i.to_string())], level(f64::from(i)));
        let all = shown((0..10).map(of).collect());
        let first = drawn(&all, Totals::Rate, None, 0.0);
        assert_eq!((first.groups.len(), first.timeline.lanes[0].lines.len()), (10, DRAWN));
        let names: Vec<_> = first.timeline.lanes[0].lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["i=4", "i=5", "i=6", "i=7", "i=8", "i=9"]);
        let chosen = drawn(&all, Totals::Rate, Some(&["i=0".to_owned()]), 0.0);
        assert_eq!(chosen.groups.iter().filter(|group| group.hue.is_some()).count(), 1);
        // Two that are called the same are two lines.
        let twins = shown(vec![of(1), of(1)]);
        let groups = drawn(&twins, Totals::Rate, None, 0.0).groups;
        assert_eq!((groups[0].name.as_str(), groups[1].name.as_str()), ("i=1", "i=1 #2"));
    }

    #[test]
    fn small_pictures_go_from_zero_to_one() {
        let grown = |second, rate| MetricBucket { rate: Some(rate), ..bucket(second) };
        let shown =
            shown(vec![series(MetricKind::Counter, Temporality::Delta, &[], vec![grown(101, 1.0), grown(102, 4.0)])]);
        let spark = spark(&shown.view, &shown.key, [shown.from_unix_nano, shown.to_unix_nano], 20, 7);
        assert_eq!((spark.values[1], spark.values[2], spark.values[3]), (Some(0.25), Some(1.0), None));
        assert_eq!(ends_in_words(&spark, "s"), Some(["1/s".to_owned(), "4/s".to_owned()]));
        let nothing =
            super::spark(&shown.view, &MetricKey::new("x", "", MetricKind::Gauge, Temporality::Delta), [0, 9], 3, 7);
        assert_eq!((ends_in_words(&nothing, "s"), nothing.values), (None, vec![]));
    }

    #[test]
    fn a_level_in_small_is_seen_by_how_it_moves_and_a_gap_is_one() {
        let level = |second, value| MetricBucket { mean: Some(value), last: Some(value), ..bucket(second) };
        let buckets = vec![level(101, 1000.0), level(102, 1002.0), level(103, 1001.0), level(112, 1002.0)];
        let shown = shown(vec![series(MetricKind::Gauge, Temporality::Unspecified, &[], buckets)]);
        let spark = spark(&shown.view, &shown.key, [shown.from_unix_nano, shown.to_unix_nano], 20, 7);
        assert_eq!(spark.values[1..5], [Some(0.0), Some(1.0), Some(0.5), None]);
        assert_eq!((spark.values[11], spark.values[12]), (None, Some(1.0)));
        assert_eq!(spark.ends, Some([1000.0, 1002.0]));
    }
}
