//! Cells of heat maps: by hand for each kind of histogram, and that no value is lost or made up.

use proptest::prelude::*;

use super::super::reduce::{Stretch, merged, stretches};
use super::super::{Histogram, MetricKind, MetricShape, Point, PointValue, Reduction, Side, Temporality};
use super::*;

const S: u64 = 1_000_000_000;
const BOUNDS: [f64; 3] = [1.0, 2.0, 4.0];

fn shape(kind: MetricKind, temporality: Temporality) -> MetricShape {
    MetricShape { kind, temporality, monotonic: false }
}

fn explicit(bounds: &[f64], counts: &[u64]) -> Histogram {
    let side = Side::Bounds { bounds: bounds.to_vec(), counts: counts.to_vec() };
    Histogram { count: counts.iter().sum(), sum: None, min: None, max: None, side }
}

fn exponential(scale: i32, offset: i32, counts: &[u64]) -> Histogram {
    let side = Side::Exponential {
        scale,
        zero: 0,
        zero_threshold: 0.0,
        positive: (offset, counts.to_vec()),
        negative: (0, vec![]),
    };
    Histogram { count: counts.iter().sum(), sum: None, min: None, max: None, side }
}

fn point(time_s: u64, start_s: u64, histogram: Histogram) -> Point {
    Point {
        time_unix_nano: time_s * S,
        start_unix_nano: start_s * S,
        flags: 0,
        value: PointValue::Histogram(histogram),
        exemplars: Vec::new(),
    }
}

/// Ten seconds from the hundredth on, in steps of two.
const RANGE: Reduction = Reduction { from_unix_nano: 100 * S, to_unix_nano: 110 * S - 1, buckets: 5, series: 1 };

fn told(shape: MetricShape, members: &[Vec<Point>]) -> Vec<Bucket> {
    let members: Vec<Vec<Stretch>> = members.iter().map(|points| stretches(shape, points, RANGE)).collect();
    merged(shape, &members).into_iter().map(Stretch::told).collect()
}

/// Second at which a bucket begins, and its cells.
type Told = Vec<(u64, Vec<(f64, f64, u64)>)>;

fn cells(buckets: &[Bucket]) -> Told {
    let of = |bucket: &Bucket| bucket.cells.iter().map(|cell| (cell.low, cell.high, cell.count)).collect();
    buckets.iter().map(|bucket| (bucket.start_unix_nano / S, of(bucket))).collect()
}

#[test]
fn cumulative_counts_are_differences_and_restarts_begin_at_zero() {
    let at = |time, start, counts: &[u64]| point(time, start, explicit(&BOUNDS, counts));
    let points = vec![
        at(101, 50, &[1, 2, 0, 0]),
        at(102, 50, &[1, 4, 0, 0]),
        at(103, 50, &[1, 4, 1, 0]),
        // Nothing in the two seconds from 104 on; a restart in those from 106 on.
        at(106, 105, &[0, 0, 0, 3]),
        at(108, 105, &[0, 1, 0, 3]),
    ];
    assert_eq!(
        cells(&told(shape(MetricKind::Histogram, Temporality::Cumulative), &[points])),
        [
            // What came before the first point is not known.
            (100, vec![]),
            (102, vec![(1.0, 2.0, 2), (2.0, 4.0, 1)]),
            (106, vec![(4.0, f64::INFINITY, 3)]),
            (108, vec![(1.0, 2.0, 1)]),
        ]
    );
}

#[test]
fn deltas_are_added_up_as_they_are() {
    let at = |time, counts: &[u64]| point(time, time - 1, explicit(&BOUNDS, counts));
    let points = vec![at(101, &[1, 0, 0, 0]), at(102, &[0, 2, 0, 0]), at(103, &[0, 3, 0, 1])];
    assert_eq!(
        cells(&told(shape(MetricKind::Histogram, Temporality::Delta), &[points])),
        [(100, vec![(f64::NEG_INFINITY, 1.0, 1)]), (102, vec![(1.0, 2.0, 5), (4.0, f64::INFINITY, 1)]),]
    );
}

/// Bounds that both have are those of what both say together: intervals within others become these.
#[test]
fn histograms_of_different_bounds_share_the_bounds_that_both_have() {
    let delta = shape(MetricKind::Histogram, Temporality::Delta);
    let one = vec![point(101, 100, explicit(&[1.0, 2.0, 4.0], &[1, 1, 1, 1]))];
    let other = vec![point(101, 100, explicit(&[1.0, 4.0, 8.0], &[10, 10, 10, 10]))];
    let open = f64::INFINITY;
    assert_eq!(cells(&told(delta, &[one, other])), [(100, vec![(-open, 1.0, 11), (1.0, 4.0, 12), (4.0, open, 21)])]);
    // Powers of two and of their root: those of scale 1 lie within those of scale 0.
    let delta = shape(MetricKind::ExponentialHistogram, Temporality::Delta);
    let one = vec![point(101, 100, exponential(0, 0, &[3, 4]))];
    let other = vec![point(101, 100, exponential(1, 0, &[1, 2]))];
    assert_eq!(cells(&told(delta, &[one, other])), [(100, vec![(1.0, 2.0, 6), (2.0, 4.0, 4)])]);
}

#[test]
fn values_whose_buckets_changed_have_no_place_but_are_counted() {
    let before = point(101, 50, explicit(&BOUNDS, &[1, 1, 1, 1]));
    let after = point(103, 50, explicit(&[3.0], &[4, 5]));
    let buckets = told(shape(MetricKind::Histogram, Temporality::Cumulative), &[vec![before, after]]);
    assert_eq!((buckets[1].count, &buckets[1].cells[..]), (Some(5), &[][..]));
}

#[test]
fn rows_are_common_to_all_steps_of_time() {
    let at = |time, counts: &[u64]| point(time, time - 1, explicit(&BOUNDS, counts));
    let points = vec![at(101, &[0, 1, 0, 0]), at(103, &[0, 0, 0, 2]), at(105, &[0, 3, 1, 0])];
    let buckets = told(shape(MetricKind::Histogram, Temporality::Delta), &[points]);
    let map = heat_map(&buckets, 10);
    assert_eq!(map.rows, [(1.0, 2.0), (2.0, 4.0), (4.0, f64::INFINITY)]);
    assert_eq!(map.cells, [vec![(0, 1)], vec![(2, 2)], vec![(0, 3), (1, 1)]]);
    assert!(!map.joined);
    // Of more rows than are wanted every second bound stays: 1, 4 and the open end.
    let map = heat_map(&buckets, 2);
    assert_eq!(map.rows, [(1.0, 4.0), (4.0, f64::INFINITY)]);
    assert_eq!(map.cells, [vec![(0, 1)], vec![(1, 2)], vec![(0, 4)]]);
    assert!(map.joined);
    assert_eq!(heat_map(&[], 5), HeatMap::default());
}

#[test]
fn numbers_that_are_none_are_harmless() {
    let odd = |low, high| Cell { low, high, count: 1 };
    let cells = vec![odd(f64::NAN, f64::NAN), odd(1.0, f64::NAN), odd(f64::NEG_INFINITY, 2.0), odd(5.0, 1.0)];
    let bucket = Bucket { cells: disjoint(cells), ..Bucket::default() };
    for most in [0, 1, 2, 100] {
        let map = heat_map(std::slice::from_ref(&bucket), most);
        assert_eq!(map.cells[0].iter().map(|(_, count)| count).sum::<u64>(), 4, "{map:?}");
    }
}

/// What a sender of cumulative counts does from one point to the next.
#[derive(Debug, Clone)]
enum Step {
    Counts([u64; 4]),
    Restarts([u64; 4]),
}

fn step() -> impl Strategy<Value = Step> {
    let counts = || prop::array::uniform4(0..50_u64);
    prop_oneof![4 => counts().prop_map(Step::Counts), 1 => counts().prop_map(Step::Restarts)]
}

proptest! {
    /// In each step of time the cells hold as many values as came in it, for both temporalities, over restarts and for several
    /// series together, and however few rows they are brought to.
    #[test]
    fn cells_hold_what_is_counted(
        senders in prop::collection::vec(prop::collection::vec(step(), 1..12), 1..4),
        bounds in prop::collection::vec(prop::array::uniform3(0.0..100.0_f64), 4),
        most in 1..12_usize,
    ) {
        for temporality in [Temporality::Cumulative, Temporality::Delta] {
            let mut members = Vec::new();
            let mut sent = 0_u64;
            for (steps, bounds) in senders.iter().zip(&bounds) {
                let mut bounds = bounds.to_vec();
                bounds.sort_by(f64::total_cmp);
                let (mut start, mut total, mut points) = (100, [0; 4], Vec::new());
                for (time, step) in (101..).zip(steps) {
                    let more = match step {
                        Step::Counts(more) => *more,
                        Step::Restarts(more) => {
                            (start, total) = (time - 1, [0; 4]);
                            *more
                        }
                    };
                    sent += more.iter().sum::<u64>();
                    for (total, more) in total.iter_mut().zip(more) {
                        *total += more;
                    }
                    let is_delta = temporality == Temporality::Delta;
                    let (counts, start) = if is_delta { (more, time - 1) } else { (total, start) };
                    points.push(point(time, start, explicit(&bounds, &counts)));
                }
                members.push(points);
            }
            let buckets = told(shape(MetricKind::Histogram, temporality), &members);
            let map = heat_map(&buckets, most);
            prop_assert!(map.rows.len() <= most, "{map:?}");
            let mut all = 0;
            for (bucket, cells) in buckets.iter().zip(&map.cells) {
                let own: u64 = bucket.cells.iter().map(|cell| cell.count).sum();
                let mapped: u64 = cells.iter().map(|(_, count)| count).sum();
                prop_assert_eq!((own, mapped), (bucket.count.unwrap_or_default(), bucket.count.unwrap_or_default()));
                all += mapped;
            }
            // A restart that falls within the second of the point before is one all the same: the sender says when it began.
            prop_assert_eq!(all, sent);
        }
    }
}
