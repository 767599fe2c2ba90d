//! Where the bars of a flame graph lie: every span in the first lane below its parent's in which nothing else is at that time.
//! Pure.
//!
//! Along one lane bars follow each other, so that the bars at a place or within a time are found by halving, and a trace of
//! a hundred thousand spans costs a frame no more than what can be seen of it.

use std::collections::BTreeMap;

use thalweg_protocol::{TraceRow, trace::RowKind};

/// Lanes that are tried for a bar. Beyond them it is drawn over others: a trace with more spans at once under one parent than
/// that shows no names anyway.
const TRIES: usize = 256;

/// The bars of a trace by lane; bars are named by their row's index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lanes {
    /// Of each lane the rows, in the order of time.
    lanes: Vec<Vec<u32>>,
    /// The lane of each row.
    of_row: Vec<u32>,
}

/// What is painted at one place of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    /// The first row that is there.
    pub(super) row: usize,
    /// How many others share its pixel.
    pub(super) others: usize,
}

/// A stretch of time, nanoseconds from the trace's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) from: f64,
    pub(super) until: f64,
}

impl Window {
    /// All of a trace.
    pub(super) fn whole(total_nano: u64) -> Self {
        Window { from: 0.0, until: total_nano as f64 }
    }

    pub(super) fn length(self) -> f64 {
        (self.until - self.from).max(1.0)
    }

    /// Where a time is, as a share of the window.
    pub(super) fn share(self, nano: f64) -> f64 {
        (nano - self.from) / self.length()
    }

    /// Closer by a factor around a share of it, at most to `total_nano` and not below a thousandth of a microsecond.
    pub(super) fn zoomed(self, factor: f64, at: f64, total_nano: u64) -> Self {
        let total = total_nano as f64;
        let length = (self.length() / factor).clamp(1.0, total.max(1.0));
        let from = (self.from + self.length() * at - length * at).clamp(0.0, (total - length).max(0.0));
        Window { from, until: from + length }
    }

    /// Later by a share of its length, within the trace.
    pub(super) fn moved(self, share: f64, total_nano: u64) -> Self {
        let from = (self.from + share * self.length()).clamp(0.0, (total_nano as f64 - self.length()).max(0.0));
        Window { from, until: from + self.length() }
    }

    /// The time of a row with a little before and behind it, within the trace.
    pub(super) fn around(row: &TraceRow, total_nano: u64) -> Self {
        let margin = row.duration_nano as f64 * 0.02;
        let from = (row.start_nano as f64 - margin).max(0.0);
        let until = (end(row) as f64 + margin).min(total_nano as f64);
        Window { from, until: until.max(from + 1.0) }
    }
}

/// When a row ends; one without a length takes a nanosecond, so that two at the same moment have lanes of their own.
fn end(row: &TraceRow) -> u64 {
    row.start_nano.saturating_add(row.duration_nano.max(1))
}

impl Lanes {
    /// Lays out rows in the order of a waterfall: a parent before what is below it.
    pub(super) fn new(rows: &[TraceRow]) -> Self {
        let mut taken: Vec<Taken> = Vec::new();
        let mut lanes: Vec<Vec<u32>> = Vec::new();
        let mut of_row = Vec::with_capacity(rows.len());
        // The lanes of the rows that the next one is below, by depth.
        let mut above: Vec<u32> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            above.truncate(row.depth as usize);
            let first = above.last().map_or(0, |lane| *lane as usize + 1);
            // Time between attempts belongs to the attempts: it has their lane where they leave it free.
            let first = if row.kind == RowKind::Retry { first.saturating_sub(1) } else { first };
            let mut free =
                |lane: &usize| taken.get_mut(*lane).is_none_or(|taken| taken.is_free(row.start_nano, end(row)));
            let lane = (first..first + TRIES).find(|lane| free(lane)).unwrap_or(first);
            if lane >= lanes.len() {
                lanes.resize(lane + 1, Vec::new());
                taken.resize(lane + 1, Taken::default());
            }
            taken[lane].take(row.start_nano, end(row));
            lanes[lane].push(index as u32);
            of_row.push(lane as u32);
            above.push(lane as u32);
        }
        for lane in &mut lanes {
            lane.sort_by_key(|index| rows[*index as usize].start_nano);
        }
        Lanes { lanes, of_row }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lanes.len()
    }

    /// The lane of a row.
    pub(super) fn of(&self, row: usize) -> Option<usize> {
        self.of_row.get(row).map(|lane| *lane as usize)
    }

    /// The row after another in its lane, or before it.
    pub(super) fn beside(&self, row: usize, after: bool) -> Option<usize> {
        let lane = self.lanes.get(self.of(row)?)?;
        let at = lane.iter().position(|other| *other as usize == row)?;
        let to = if after { at + 1 } else { at.checked_sub(1)? };
        lane.get(to).map(|row| *row as usize)
    }

    /// The row at a time of a lane; `slack` nanoseconds beside it count as well.
    pub(super) fn at(&self, rows: &[TraceRow], lane: usize, nano: f64, slack: f64) -> Option<usize> {
        let lane = self.lanes.get(lane)?;
        let next = lane.partition_point(|index| rows[*index as usize].start_nano as f64 <= nano);
        let before = next.checked_sub(1).and_then(|at| lane.get(at)).map(|row| *row as usize);
        let ends = before.map_or(f64::NEG_INFINITY, |row| end(&rows[row]) as f64);
        let after = lane.get(next).map(|row| *row as usize);
        let begins = after.map_or(f64::INFINITY, |row| rows[row].start_nano as f64);
        // What is there comes before what is near.
        if ends >= nano || (ends + slack >= nano && nano - ends <= begins - nano) {
            before
        } else {
            after.filter(|_| begins - slack <= nano)
        }
    }

    /// What is painted of a lane: bars within a window, those that share a pixel as one. `pixels` is the window's width.
    pub(super) fn seen(&self, rows: &[TraceRow], lane: usize, window: Window, pixels: f64) -> Vec<Bar> {
        let Some(lane) = self.lanes.get(lane) else { return Vec::new() };
        let nano_per_pixel = window.length() / pixels.max(1.0);
        let mut next = lane.partition_point(|index| (end(&rows[*index as usize]) as f64) < window.from);
        let mut bars = Vec::new();
        while let Some(index) = lane.get(next) {
            let row = &rows[*index as usize];
            if row.start_nano as f64 > window.until {
                break;
            }
            // Those that begin before the pixel of this one's end is over would be painted onto it.
            let ends = (end(row) as f64).max(row.start_nano as f64 + nano_per_pixel);
            let narrow = (row.duration_nano as f64) < nano_per_pixel;
            let after = if narrow {
                next + lane[next..].partition_point(|index| (rows[*index as usize].start_nano as f64) < ends)
            } else {
                next + 1
            };
            let after = after.max(next + 1);
            bars.push(Bar { row: *index as usize, others: after - next - 1 });
            next = after;
        }
        bars
    }
}

/// When a lane is taken.
#[derive(Debug, Clone, Default)]
struct Taken {
    /// From when until when, by the beginning.
    bars: BTreeMap<u64, u64>,
    /// The bar that was in the way last. Of many at once one after the other meets the same ones: that it is there still is known
    /// without looking.
    last: (u64, u64),
}

impl Taken {
    fn is_free(&mut self, from: u64, until: u64) -> bool {
        let (begin, end) = self.last;
        if begin <= from && from < end {
            return false;
        }
        match self.bars.range(..until).next_back() {
            Some((begin, end)) if *end > from => {
                self.last = (*begin, *end);
                false
            }
            _ => true,
        }
    }

    fn take(&mut self, from: u64, until: u64) {
        let end = self.bars.entry(from).or_insert(until);
        *end = until.max(*end);
        self.last = (from, *end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(depth: u32, start: u64, duration: u64) -> TraceRow {
        TraceRow {
            kind: RowKind::Internal,
            depth,
            name: String::new(),
            service: String::new(),
            start_nano: start,
            duration_nano: duration,
            self_nano: 0,
            critical_nano: 0,
            critical: Vec::new(),
            error: false,
            descendants: 0,
            span: None,
        }
    }

    #[test]
    fn children_lie_below_and_those_at_once_below_each_other() {
        let rows = [row(0, 0, 100), row(1, 0, 50), row(2, 10, 10), row(1, 40, 50), row(1, 95, 5)];
        let lanes = Lanes::new(&rows);
        assert_eq!(lanes.of_row, [0, 1, 2, 2, 1]);
        assert_eq!(lanes.lanes, [vec![0], vec![1, 4], vec![2, 3]]);
    }

    #[test]
    fn no_two_bars_of_a_lane_overlap_and_none_is_above_its_parent() {
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut rows = vec![row(0, 0, 1000)];
        for _ in 0..500 {
            let depth = 1 + random(u64::from(rows[rows.len() - 1].depth) + 1) as u32;
            rows.push(row(depth, random(1000), random(40)));
        }
        let lanes = Lanes::new(&rows);
        for lane in &lanes.lanes {
            for pair in lane.windows(2) {
                assert!(end(&rows[pair[0] as usize]) <= rows[pair[1] as usize].start_nano, "{pair:?}");
            }
        }
        for (index, row) in rows.iter().enumerate().skip(1) {
            let parent = rows[..index].iter().rposition(|other| other.depth < row.depth).unwrap();
            assert!(lanes.of(index) > lanes.of(parent), "{index}");
        }
    }

    #[test]
    fn a_lane_is_taken_whatever_was_asked_before() {
        let mut state = 5_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let (mut taken, mut bars) = (Taken::default(), Vec::<(u64, u64)>::new());
        for _ in 0..2000 {
            let from = random(5000);
            let until = from + 1 + random(30);
            let is_free = bars.iter().all(|(begin, end)| *end <= from || *begin >= until);
            assert_eq!(taken.is_free(from, until), is_free, "{from} {until}");
            if is_free && random(3) == 0 {
                taken.take(from, until);
                bars.push((from, until));
            }
        }
        assert!(bars.len() > 100);
    }

    #[test]
    fn bars_are_found_where_they_are() {
        let rows = [row(0, 0, 100), row(1, 10, 20), row(1, 60, 0)];
        let lanes = Lanes::new(&rows);
        assert_eq!(lanes.at(&rows, 0, 99.0, 0.0), Some(0));
        assert_eq!(lanes.at(&rows, 1, 20.0, 0.0), Some(1));
        assert_eq!(lanes.at(&rows, 1, 45.0, 0.0), None);
        assert_eq!(lanes.at(&rows, 1, 57.0, 4.0), Some(2), "a bar without length has a hand's breadth");
        assert_eq!((lanes.beside(1, true), lanes.beside(2, false)), (Some(2), Some(1)));
        assert_eq!((lanes.beside(1, false), lanes.beside(2, true), lanes.beside(9, true)), (None, None, None));
        assert_eq!((lanes.at(&rows, 7, 0.0, 0.0), lanes.at(&rows, 0, -1.0, 0.0)), (None, None));
    }

    #[test]
    fn what_shares_a_pixel_is_painted_once_and_counted() {
        let rows: Vec<TraceRow> =
            std::iter::once(row(0, 0, 100_000)).chain((0..10_000).map(|i| row(1, i * 10, 5))).collect();
        let lanes = Lanes::new(&rows);
        let seen = lanes.seen(&rows, 1, Window::whole(100_000), 500.0);
        assert!(seen.len() <= 501, "{}", seen.len());
        assert_eq!(seen.iter().map(|bar| bar.others + 1).sum::<usize>(), 10_000);
        let near = lanes.seen(&rows, 1, Window { from: 1000.0, until: 1100.0 }, 500.0);
        assert_eq!(near.len(), 11);
        assert!(near.iter().all(|bar| bar.others == 0));
    }

    #[test]
    fn thousands_at_once_are_laid_out_all_the_same() {
        let rows: Vec<TraceRow> = std::iter::once(row(0, 0, 10)).chain((0..2000).map(|_| row(1, 0, 10))).collect();
        assert_eq!(Lanes::new(&rows).count(), TRIES + 1);
        let deep: Vec<TraceRow> = (0..3000).map(|depth| row(depth, 0, 10)).collect();
        assert_eq!(Lanes::new(&deep).count(), 3000);
        // A depth that skips some is taken as one.
        let lies = [row(5, 0, 10), row(u32::MAX, 0, u64::MAX), row(0, u64::MAX, u64::MAX)];
        assert_eq!(Lanes::new(&lies).of_row, [0, 1, 0]);
        assert_eq!(Lanes::new(&[]).count(), 0);
    }

    #[test]
    fn windows_stay_within_the_trace() {
        let whole = Window::whole(1000);
        let near = whole.zoomed(4.0, 0.5, 1000);
        assert_eq!(near, Window { from: 375.0, until: 625.0 });
        assert_eq!(near.zoomed(0.001, 0.5, 1000), whole);
        assert_eq!(near.moved(10.0, 1000), Window { from: 750.0, until: 1000.0 });
        assert_eq!(near.moved(-10.0, 1000), Window { from: 0.0, until: 250.0 });
        assert_eq!(Window::around(&row(0, 500, 0), 1000), Window { from: 500.0, until: 501.0 });
        assert_eq!(whole.share(250.0), 0.25);
    }
}
