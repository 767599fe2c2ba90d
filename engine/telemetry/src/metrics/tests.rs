//! Reducing points: by hand for each kind, and exponential histograms against the values they were made of.

use proptest::prelude::*;

use super::*;

const S: u64 = 1_000_000_000;

fn shape(kind: MetricKind, temporality: Temporality, monotonic: bool) -> MetricShape {
    MetricShape { kind, temporality, monotonic }
}

fn point(time_s: u64, start_s: u64, value: PointValue) -> Point {
    Point { time_unix_nano: time_s * S, start_unix_nano: start_s * S, flags: 0, value, exemplars: Vec::new() }
}

fn number(time_s: u64, start_s: u64, value: f64) -> Point {
    point(time_s, start_s, PointValue::Number(Value::Double(value)))
}

/// Ten seconds from the hundredth on, in buckets of five.
fn reduced(shape: MetricShape, points: &[Point]) -> Vec<Bucket> {
    let range = Reduction { from_unix_nano: 100 * S, to_unix_nano: 110 * S - 1, buckets: 2, series: 1 };
    reduce(shape, points, range)
}

#[test]
fn a_gauge_has_extremes_mean_and_last() {
    let points = [number(100, 0, 4.0), number(102, 0, 1.0), number(104, 0, 4.0), number(109, 0, -1.0)];
    let buckets = reduced(shape(MetricKind::Gauge, Temporality::Unspecified, false), &points);
    let told: Vec<_> =
        buckets.iter().map(|b| (b.start_unix_nano / S, b.points, b.min, b.max, b.mean, b.last)).collect();
    assert_eq!(
        told,
        [
            (100, 3, Some(1.0), Some(4.0), Some(3.0), Some(4.0)),
            (105, 1, Some(-1.0), Some(-1.0), Some(-1.0), Some(-1.0)),
        ]
    );
    assert!(buckets.iter().all(|bucket| bucket.increase.is_none()));
}

#[test]
fn sums_grow_from_point_to_point_and_begin_anew() {
    let increases = |temporality, points: &[Point]| -> Vec<Option<f64>> {
        reduced(shape(MetricKind::Sum, temporality, true), points).iter().map(|bucket| bucket.increase).collect()
    };
    // What was before the range is not known, and the end of one bucket is the beginning of the next.
    let cumulative = [number(101, 50, 10.0), number(103, 50, 13.0), number(106, 50, 20.0)];
    assert_eq!(increases(Temporality::Cumulative, &cumulative), [Some(3.0), Some(7.0)]);
    // One that began within the range began at zero.
    let young = [number(101, 100, 10.0), number(106, 100, 20.0)];
    assert_eq!(increases(Temporality::Cumulative, &young), [Some(10.0), Some(10.0)]);
    // A restart: by its start, and by a fall although it says nothing.
    let restarted = [number(101, 50, 10.0), number(103, 102, 4.0), number(107, 102, 5.0), number(108, 102, 2.0)];
    assert_eq!(increases(Temporality::Cumulative, &restarted), [Some(4.0), Some(3.0)]);
    let delta = [number(101, 100, 2.0), number(103, 101, 3.0), number(109, 103, 4.0)];
    assert_eq!(increases(Temporality::Delta, &delta), [Some(5.0), Some(4.0)]);
    // A sum that may fall has no growth.
    let falling = reduced(shape(MetricKind::Sum, Temporality::Cumulative, false), &cumulative);
    assert_eq!(
        falling.iter().map(|bucket| (bucket.increase, bucket.last)).collect::<Vec<_>>(),
        [(None, Some(13.0)), (None, Some(20.0))]
    );
}

/// At its first point and where it begins anew a rate is unknown, not zero; what it grew is told all the same.
#[test]
fn a_rate_is_that_from_point_to_point_and_no_fall_at_a_new_beginning() {
    let rates = |shape, points: &[Point]| -> Vec<(Option<f64>, Option<f64>)> {
        reduced(shape, points).iter().map(|bucket| (bucket.rate, bucket.increase)).collect()
    };
    let counter = shape(MetricKind::Sum, Temporality::Cumulative, true);
    // Six in two seconds, eight in four.
    let steady = [number(101, 50, 10.0), number(103, 50, 16.0), number(107, 50, 24.0)];
    assert_eq!(rates(counter, &steady), [(Some(3.0), Some(6.0)), (Some(2.0), Some(8.0))]);
    // The first point of one that began in the range.
    assert_eq!(rates(counter, &[number(101, 100, 0.0)]), [(None, Some(0.0))]);
    // A restart whose first value is nothing, by its start and without it; then it goes on.
    let restarted = [number(104, 50, 10.0), number(106, 105, 0.0)];
    assert_eq!(rates(counter, &restarted), [(None, None), (None, Some(0.0))]);
    let fell = [number(104, 50, 10.0), number(106, 50, 0.0), number(108, 50, 4.0)];
    assert_eq!(rates(counter, &fell), [(None, None), (Some(2.0), Some(4.0))]);
    // A restart in the very moment of the point before.
    let at_once = [number(104, 50, 10.0), number(106, 104, 11.0)];
    assert_eq!(rates(counter, &at_once), [(None, None), (None, Some(11.0))]);

    // "Resets and Gaps": a start that is the point's own time is not known, and such a point contributes nothing.
    let unknown = [number(101, 101, 1_000.0), number(103, 101, 1_004.0), number(106, 106, 5_000.0)];
    assert_eq!(rates(counter, &unknown), [(Some(2.0), Some(4.0)), (None, None)]);
    assert_eq!(reduced(counter, &unknown)[1].resets, 1);

    // Differences say of which time they are; without a start it is that since the point before.
    let delta = shape(MetricKind::Sum, Temporality::Delta, true);
    assert_eq!(rates(delta, &[number(104, 102, 6.0)]), [(Some(3.0), Some(6.0))]);
    assert_eq!(rates(delta, &[number(104, 0, 6.0), number(108, 0, 8.0)]), [(None, Some(6.0)), (Some(2.0), Some(8.0))]);
    let spread = shape(MetricKind::Histogram, Temporality::Cumulative, false);
    let at = |time, start, counts: &[u64]| point(time, start, PointValue::Histogram(histogram(counts, 1.0)));
    let counts = [at(101, 50, &[5, 0, 0, 0]), at(103, 50, &[9, 0, 0, 0]), at(106, 105, &[1, 0, 0, 0])];
    let told: Vec<_> = reduced(spread, &counts).iter().map(|bucket| (bucket.rate, bucket.count)).collect();
    assert_eq!(told, [(Some(2.0), Some(4)), (None, Some(1))]);
}

/// The rate of several is the sum of theirs at each moment, also where they send at different times.
#[test]
fn rates_of_several_series_are_added_up_as_long_as_they_are_known() {
    let counter = shape(MetricKind::Sum, Temporality::Cumulative, true);
    let range = Reduction { from_unix_nano: 100 * S, to_unix_nano: 110 * S - 1, buckets: 10, series: 1 };
    let rates = |members: &[&[Point]]| -> Vec<(u64, Option<f64>)> {
        let members: Vec<_> = members.iter().map(|points| stretches(counter, points, range)).collect();
        let told = merged(counter, &members).into_iter().map(Stretch::told);
        told.map(|bucket| (bucket.start_unix_nano / S, bucket.rate)).collect()
    };
    // Two a second, and three a second in between.
    let one = [number(100, 50, 0.0), number(104, 50, 8.0), number(108, 50, 16.0)];
    let other = [number(102, 50, 0.0), number(106, 50, 12.0)];
    // Both counted before the range, and the other's next point is under way at its end: nothing rises or falls.
    assert_eq!(rates(&[&one, &other]), [100, 102, 104, 106, 108].map(|second| (second, Some(5.0))));
    // One that began in the range is not there before.
    let young = [number(102, 101, 0.0), number(106, 101, 12.0)];
    assert_eq!(
        rates(&[&one, &young]),
        [(100, Some(2.0)), (102, Some(2.0)), (104, Some(5.0)), (106, Some(5.0)), (108, Some(5.0))]
    );
    // From the last point before a new beginning on the sum is not known until it goes on; nothing falls.
    let restarted = [number(102, 50, 0.0), number(106, 105, 0.0), number(108, 105, 6.0)];
    assert_eq!(rates(&[&one, &restarted]), [(100, None), (102, None), (104, None), (106, None), (108, Some(5.0))]);
}

/// The seconds and rates of several series of one shape, from the thousandth second on in steps of ten.
fn rates_of_several(shape: MetricShape, members: &[Vec<Point>]) -> Vec<(u64, Option<f64>)> {
    let range = Reduction { from_unix_nano: 1_000 * S, to_unix_nano: 2_000 * S - 1, buckets: 100, series: 1 };
    let members: Vec<_> = members.iter().map(|points| stretches(shape, points, range)).collect();
    let told = merged(shape, &members).into_iter().map(Stretch::told);
    told.map(|bucket| (bucket.start_unix_nano / S, bucket.rate)).collect()
}

/// Senders do not send at one moment: at the ends of the range some have not sent yet what they will.
#[test]
fn a_sum_of_rates_neither_ramps_up_nor_down_at_the_ends_of_the_range() {
    let counter = shape(MetricKind::Sum, Temporality::Cumulative, true);
    // Once a minute, one value a second.
    let of = |first: u64, last: u64| -> Vec<Point> {
        (first..=last).step_by(60).map(|second| number(second, 500, (second - 500) as f64)).collect()
    };
    let rates = rates_of_several(counter, &[of(1_000, 1_120), of(1_030, 1_090)]);
    assert_eq!(rates, [1_000, 1_030, 1_060, 1_090, 1_120].map(|second| (second, Some(2.0))));
    // Ten of them, six seconds apart.
    let ten: Vec<_> = (0..10).map(|at| of(1_000 + at * 6, 1_540 + at * 6)).collect();
    let rates = rates_of_several(counter, &ten);
    assert!(rates.len() > 50 && rates.iter().all(|(_, rate)| *rate == Some(10.0)), "{rates:?}");
    // One that ended goes on for three times its usual distance, as long as a line of one goes through.
    let rates = rates_of_several(counter, &[of(1_000, 1_420), of(1_030, 1_090)]);
    let ended = rates.iter().filter(|(second, _)| *second >= 1_120).copied().collect::<Vec<_>>();
    let expected = |second: u64| (second, Some(if second <= 1_090 + 3 * 60 { 2.0 } else { 1.0 }));
    assert_eq!(ended, [1_120, 1_180, 1_240, 1_300, 1_360, 1_420].map(expected));
    // One that began anew at the end: how fast it goes is not known, and does not fall.
    let mut restarted = of(1_000, 1_060);
    restarted.push(number(1_120, 1_119, 0.0));
    let rates = rates_of_several(counter, &[of(1_030, 1_150), restarted]);
    assert_eq!(rates.last(), Some(&(1_150, None)));
}

/// Of the time for which a sender of differences sent nothing, its next difference says nothing.
#[test]
fn silence_between_differences_has_no_rate() {
    let delta = shape(MetricKind::Sum, Temporality::Delta, true);
    let every: Vec<Point> = (100..=162).map(|ten| number(ten * 10, ten * 10 - 10, 10.0)).collect();
    let seldom = vec![number(1_000, 990, 10.0), number(1_600, 1_590, 10.0)];
    let rates = rates_of_several(delta, &[every, seldom]);
    let two: Vec<u64> = rates.iter().filter(|(_, rate)| *rate == Some(2.0)).map(|(second, _)| *second).collect();
    assert_eq!(two, [1_000, 1_590, 1_600, 1_610], "and until its next one is due");
    assert_eq!(rates.iter().filter(|(_, rate)| *rate == Some(1.0)).count(), rates.len() - two.len());
}

fn histogram(counts: &[u64], sum: f64) -> Histogram {
    let side = Side::Bounds { bounds: vec![1.0, 2.0, 4.0], counts: counts.to_vec() };
    Histogram { count: counts.iter().sum(), sum: Some(sum), min: None, max: None, side }
}

#[test]
fn histograms_tell_what_came_since() {
    let cumulative = shape(MetricKind::Histogram, Temporality::Cumulative, false);
    let at = |time, counts: &[u64], sum| point(time, 50, PointValue::Histogram(histogram(counts, sum)));
    let points = [at(101, &[5, 5, 5, 5], 50.0), at(104, &[5, 15, 5, 5], 65.0), at(109, &[5, 15, 9, 5], 77.0)];
    let buckets = reduced(cumulative, &points);
    let told: Vec<_> = buckets.iter().map(|b| (b.count, b.sum, b.mean)).collect();
    assert_eq!(told, [(Some(10), Some(15.0), Some(1.5)), (Some(4), Some(12.0), Some(3.0))]);
    // All ten lie between 1 and 2, all four between 2 and 4.
    assert_eq!(buckets[0].quantiles, [(0.5, 1.5), (0.9, 1.9), (0.99, 1.99)]);
    assert_eq!(buckets[1].quantiles, [(0.5, 3.0), (0.9, 3.8), (0.99, 3.98)]);

    // Other bounds from one point to the next: how many is known, how they lie is not.
    let mut changed = histogram(&[30, 0, 0, 0], 90.0);
    changed.side = Side::Bounds { bounds: vec![7.0], counts: vec![30, 4] };
    changed.count = 34;
    let buckets = reduced(cumulative, &[points[2].clone(), point(109, 50, PointValue::Histogram(changed))]);
    assert_eq!((buckets[0].count, &buckets[0].quantiles[..]), (Some(0), &[][..]));

    let delta = shape(MetricKind::Histogram, Temporality::Delta, false);
    let mut open = histogram(&[0, 0, 0, 10], 80.0);
    (open.min, open.max) = (Some(5.0), Some(9.0));
    let buckets = reduced(delta, &[point(101, 100, PointValue::Histogram(open))]);
    // The open end lies between its bound and the greatest value, and nothing is below the smallest.
    assert_eq!((buckets[0].min, buckets[0].max, buckets[0].quantiles[0]), (Some(5.0), Some(9.0), (0.5, 6.5)));
}

#[test]
fn a_histogram_without_buckets_and_a_point_without_value_are_harmless() {
    let delta = shape(MetricKind::Histogram, Temporality::Delta, false);
    let bare = Histogram { side: Side::Bounds { bounds: vec![], counts: vec![] }, ..histogram(&[3], 6.0) };
    let buckets = reduced(delta, &[point(101, 100, PointValue::Histogram(bare)), point(102, 100, PointValue::None)]);
    assert_eq!((buckets[0].points, buckets[0].count, buckets[0].mean), (2, Some(3), Some(2.0)));
    assert_eq!(buckets[0].quantiles, []);
}

/// The stretches of several series become those of one.
#[test]
fn several_series_become_one() {
    let range = Reduction { from_unix_nano: 100 * S, to_unix_nano: 110 * S - 1, buckets: 2, series: 1 };
    let merge = |shape, members: &[&[Point]]| -> Vec<Bucket> {
        let members: Vec<_> = members.iter().map(|points| stretches(shape, points, range)).collect();
        merged(shape, &members).into_iter().map(Stretch::told).collect()
    };
    let counter = shape(MetricKind::Sum, Temporality::Cumulative, true);
    let (one, other) = ([number(101, 100, 10.0), number(106, 100, 20.0)], [number(102, 100, 5.0)]);
    let told: Vec<_> =
        merge(counter, &[&one, &other]).iter().map(|b| (b.increase, b.last, b.points, b.resets)).collect();
    // The second ended: what it had come to is not carried beyond its end, and what it grew stays grown.
    assert_eq!(told, [(Some(15.0), Some(15.0), 2, 0), (Some(10.0), Some(20.0), 1, 0)]);
    // One that is silent for a while keeps what it had come to.
    let later = [number(100, 100, 1.0), number(109, 100, 2.0)];
    let wide = Reduction { buckets: 10, ..range };
    let members = [stretches(counter, &later, wide), stretches(counter, &one, wide)];
    let lasts: Vec<_> = merged(counter, &members).into_iter().map(|stretch| stretch.told().last).collect();
    assert_eq!(lasts, [Some(1.0), Some(11.0), Some(21.0), Some(22.0)]);
    // Nor does the total jump up where one that counted before sends its first point.
    let old = [[number(100, 50, 7.0), number(104, 50, 8.0)], [number(102, 50, 30.0), number(106, 50, 32.0)]];
    let lasts: Vec<_> = merged(counter, &old.map(|points| stretches(counter, &points, wide)))
        .into_iter()
        .map(|stretch| stretch.told().last)
        .collect();
    assert_eq!(lasts, [Some(37.0), Some(37.0), Some(38.0), Some(40.0)]);

    let gauge = shape(MetricKind::Gauge, Temporality::Unspecified, false);
    let levels = merge(gauge, &[&[number(101, 0, 1.0), number(102, 0, 3.0)], &[number(103, 0, 8.0)]]);
    assert_eq!(
        (levels[0].mean, levels[0].min, levels[0].max, levels[0].last),
        (Some(4.0), Some(1.0), Some(8.0), Some(5.5))
    );

    let delta = shape(MetricKind::Histogram, Temporality::Delta, false);
    let of = |counts: &[u64], sum| [point(101, 100, PointValue::Histogram(histogram(counts, sum)))];
    let both = merge(delta, &[&of(&[0, 10, 0, 0], 15.0), &of(&[0, 0, 10, 0], 30.0)]);
    assert_eq!((both[0].count, both[0].mean), (Some(20), Some(2.25)));
    // Half of all values lie below 2, nine tenths below what leaves a fifth of the upper ten above.
    assert_eq!(both[0].quantiles[..2], [(0.5, 2.0), (0.9, 3.6)]);
}

#[test]
fn what_began_anew_is_counted() {
    let resets =
        |shape, points: &[Point]| reduced(shape, points).iter().map(|bucket| bucket.resets).collect::<Vec<_>>();
    let counter = shape(MetricKind::Sum, Temporality::Cumulative, true);
    let restarted = [number(101, 50, 10.0), number(103, 102, 4.0), number(107, 102, 5.0), number(108, 102, 2.0)];
    assert_eq!(resets(counter, &restarted), [1, 1]);
    assert_eq!(resets(shape(MetricKind::Sum, Temporality::Delta, true), &restarted), [0, 0]);
    let spread = shape(MetricKind::Histogram, Temporality::Cumulative, false);
    let at = |time, start, counts: &[u64]| point(time, start, PointValue::Histogram(histogram(counts, 1.0)));
    assert_eq!(
        resets(spread, &[at(101, 50, &[5, 0, 0, 0]), at(104, 102, &[1, 0, 0, 0]), at(109, 102, &[2, 0, 0, 0])]),
        [1, 0]
    );
}

/// Nothing bounds the numbers that a sender may write there.
#[test]
fn scales_and_offsets_at_the_ends_of_what_there_is_are_harmless() {
    for (scale, offset) in [(i32::MIN, i32::MIN), (i32::MAX, i32::MAX), (i32::MIN, 0), (i32::MAX, -1), (0, i32::MAX)] {
        let side = Side::Exponential {
            scale,
            zero: u64::MAX,
            zero_threshold: f64::NAN,
            positive: (offset, vec![u64::MAX, 1]),
            negative: (offset, vec![1, u64::MAX]),
        };
        let odd = Histogram { count: u64::MAX, sum: Some(f64::INFINITY), min: None, max: None, side };
        let points = [101, 102].map(|time| point(time, 50, PointValue::Histogram(odd.clone())));
        for temporality in [Temporality::Delta, Temporality::Cumulative] {
            let buckets = reduced(shape(MetricKind::ExponentialHistogram, temporality, false), &points);
            assert!(buckets[0].quantiles.iter().all(|(_, value)| value.is_finite()), "{buckets:?}");
        }
    }
}

#[test]
fn a_summary_tells_its_last_quantiles() {
    let at =
        |time, count, sum, median| point(time, 50, PointValue::Summary { count, sum, quantiles: vec![(0.5, median)] });
    let summary = shape(MetricKind::Summary, Temporality::Unspecified, false);
    let buckets = reduced(summary, &[at(101, 10, 20.0, 2.0), at(103, 14, 30.0, 2.5)]);
    assert_eq!((buckets[0].count, buckets[0].sum), (Some(4), Some(10.0)));
    assert_eq!(buckets[0].quantiles, [(0.5, 2.5)]);
}

/// As a histogram does: what came before a restart is not taken off what came after it.
#[test]
fn a_summary_begins_anew_with_or_without_saying_so() {
    let at = |time, start, count, sum| {
        point(time, start, PointValue::Summary { count, sum, quantiles: vec![(0.5, sum / 2.0)] })
    };
    let summary = shape(MetricKind::Summary, Temporality::Unspecified, false);
    let told = |points: &[Point]| -> Vec<_> {
        reduced(summary, points).iter().map(|b| (b.resets, b.count, b.sum, b.rate)).collect()
    };
    // It fell.
    assert_eq!(
        told(&[at(101, 50, 10, 20.0), at(103, 50, 14, 30.0), at(106, 50, 2, 3.0), at(108, 50, 8, 9.0)]),
        [(0, Some(4), Some(10.0), Some(2.0)), (1, Some(8), Some(9.0), Some(3.0))]
    );
    // Its start says so; it may have come to more than before.
    assert_eq!(
        told(&[at(101, 50, 10, 20.0), at(106, 105, 12, 9.0)]),
        [(0, None, None, None), (1, Some(12), Some(9.0), None)]
    );
    // It does not know since when it counts.
    let unknown = reduced(summary, &[at(101, 50, 10, 20.0), at(106, 106, 12, 9.0)]);
    assert_eq!((unknown[1].resets, unknown[1].count, unknown[1].quantiles[0]), (1, None, (0.5, 4.5)));
}

#[test]
fn times_at_the_ends_of_what_there_is_fall_into_a_bucket() {
    let gauge = shape(MetricKind::Gauge, Temporality::Unspecified, false);
    let all = Reduction { from_unix_nano: 0, to_unix_nano: u64::MAX, buckets: 3, series: 1 };
    let ends = [0, u64::MAX].map(|time_unix_nano| Point { time_unix_nano, ..number(0, 0, 1.0) });
    assert_eq!(reduce(gauge, &ends, all).len(), 2);
    assert_eq!(reduce(gauge, &ends, Reduction { buckets: 1, ..all }).len(), 1);
    let nothing = Reduction { from_unix_nano: 9, to_unix_nano: 3, buckets: 0, series: 1 };
    assert_eq!(reduce(gauge, &[Point { time_unix_nano: 9, ..number(0, 0, 1.0) }], nothing).len(), 1);
}

/// The bucket of a value by the definition (OpenTelemetry data model, "Exponential Scale"): its base is 2^(2^-scale).
fn exponential(scale: i32, values: &[f64]) -> Histogram {
    let index = |value: f64| ((value.abs().log2() * f64::from(scale).exp2()).ceil() - 1.0) as i32;
    let side = |values: Vec<f64>| -> (i32, Vec<u64>) {
        let indices: Vec<i32> = values.iter().map(|value| index(*value)).collect();
        let Some(first) = indices.iter().copied().min() else { return (0, Vec::new()) };
        let last = indices.iter().copied().max().unwrap_or(first);
        let mut counts = vec![0; (last - first + 1) as usize];
        for index in indices {
            counts[(index - first) as usize] += 1;
        }
        (first, counts)
    };
    Histogram {
        count: values.len() as u64,
        sum: Some(values.iter().sum()),
        min: None,
        max: None,
        side: Side::Exponential {
            scale,
            zero: values.iter().filter(|value| **value == 0.0).count() as u64,
            zero_threshold: 0.0,
            positive: side(values.iter().copied().filter(|value| *value > 0.0).collect()),
            negative: side(values.iter().copied().filter(|value| *value < 0.0).collect()),
        },
    }
}

proptest! {
    /// A quantile of an exponential histogram lies in the bucket of the value that has that rank.
    #[test]
    fn quantiles_of_exponential_histograms_are_as_near_as_their_buckets(
        mut values in prop::collection::vec(prop_oneof![4 => 0.001..1000.0, 1 => -1000.0..-0.001, 1 => Just(0.0)], 1..60),
        scale in 0..6_i32,
        coarser in 0..3_i32,
    ) {
        let spread = Spread::of(&exponential(scale, &values), Some(scale - coarser));
        values.sort_by(f64::total_cmp);
        let base = (-f64::from(scale - coarser)).exp2().exp2();
        for share in QUANTILES {
            let rank = ((share * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let (exact, found) = (values[rank - 1], spread.quantile(share, None, None).unwrap());
            prop_assert!((found - exact).abs() <= exact.abs() * (base - 1.0) * 1.000_001 + 1e-9, "{share}: {found} for {exact}");
        }
    }

    /// What was added between two states of a histogram is their difference, whatever became of the scale in between.
    #[test]
    fn a_difference_of_states_is_what_came_between(
        before in prop::collection::vec(0.001..1000.0, 0..30),
        more in prop::collection::vec(0.001..1000.0, 1..30),
        scale in 1..6_i32,
    ) {
        let all = [before.clone(), more.clone()].concat();
        let (old, new) = (exponential(scale + 1, &before), exponential(scale, &all));
        let since = Spread::of(&new, None).since(&Spread::of(&old, Some(scale)));
        let wanted = Spread::of(&exponential(scale, &more), None);
        let since = since.unwrap();
        for share in [0.01, 0.25, 0.5, 0.75, 1.0] {
            prop_assert_eq!(since.quantile(share, None, None), wanted.quantile(share, None, None));
        }
    }
}
