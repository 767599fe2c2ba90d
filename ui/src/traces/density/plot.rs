//! Where in the plot what is: pixels, cells, times and durations.

use thalweg_protocol::survey::TraceDensity;

use super::region::Region;
use crate::format;

/// Pixels beside the cells: left for durations, right, above, below for times.
pub(super) const LEFT: f64 = 66.0;
pub(super) const RIGHT: f64 = 12.0;
pub(super) const ABOVE: f64 = 8.0;
pub(super) const BELOW: f64 = 20.0;
/// Pixels from one time that is named to the next, at least; those that a letter takes, and those free behind a name.
const APART: f64 = 88.0;
const LETTER: f64 = 5.8;
const FREE: f64 = 8.0;

/// A column and a row.
pub(super) type Place = (u32, u32);

/// A density in a number of pixels.
pub(super) struct Plot<'a> {
    pub(super) density: &'a TraceDensity,
    pub(super) size: [f64; 2],
}

impl Plot<'_> {
    pub(super) fn rows(&self) -> u32 {
        self.density.edges_nano.len().saturating_sub(1) as u32
    }

    fn cell_size(&self) -> [f64; 2] {
        let width = (self.size[0] - LEFT - RIGHT).max(1.0) / f64::from(self.density.columns.max(1));
        let height = (self.size[1] - ABOVE - BELOW).max(1.0) / f64::from(self.rows().max(1));
        [width, height]
    }

    /// Left, top, width and height of the cells from one place to another, both of them included.
    pub(super) fn rect(&self, one: Place, other: Place) -> [f64; 4] {
        let [width, height] = self.cell_size();
        let (left, right) = (one.0.min(other.0), one.0.max(other.0) + 1);
        let (low, high) = (one.1.min(other.1), one.1.max(other.1) + 1);
        let top = ABOVE + f64::from(self.rows() - high.min(self.rows())) * height;
        [LEFT + f64::from(left) * width, top, f64::from(right - left) * width, f64::from(high - low) * height]
    }

    /// The place under a point; outside of the cells the nearest.
    pub(super) fn at(&self, [x, y]: [f64; 2]) -> Option<Place> {
        let [width, height] = self.cell_size();
        let last = |count: u32| count.checked_sub(1).map(f64::from);
        let column = ((x - LEFT) / width).floor().clamp(0.0, last(self.density.columns)?);
        let row = (f64::from(self.rows()) - 1.0 - ((y - ABOVE) / height).floor()).clamp(0.0, last(self.rows())?);
        Some((column as u32, row as u32))
    }

    /// The times and durations of the cells from one place to another. The lowest and the highest row have no bound there: nothing
    /// is below or above them.
    pub(super) fn region(&self, one: Place, other: Place) -> Region {
        let density = self.density;
        let time = |column: u32| density.start_unix_nano + u64::from(column) * density.step_nano;
        let (low, high) = (one.1.min(other.1), one.1.max(other.1) + 1);
        let edge = |row: u32| density.edges_nano.get(row as usize).copied();
        Region {
            from: Some(time(one.0.min(other.0))),
            before: Some(time(one.0.max(other.0) + 1)),
            least: edge(low).filter(|_| low > 0),
            below: edge(high).filter(|_| high < self.rows()),
        }
    }

    /// Where a region lies, as far as it is in the plot.
    pub(super) fn rect_of(&self, region: Region) -> Option<[f64; 4]> {
        let density = self.density;
        let column = |moment: u64| {
            let columns = moment.saturating_sub(density.start_unix_nano) as f64 / density.step_nano.max(1) as f64;
            columns.clamp(0.0, f64::from(density.columns))
        };
        let row = |nanos: u64| {
            let above = density.edges_nano.partition_point(|edge| *edge <= nanos);
            let Some(below) = above.checked_sub(1) else { return 0.0 };
            match (density.edges_nano.get(below), density.edges_nano.get(above)) {
                (Some(low), Some(high)) => below as f64 + (nanos - low) as f64 / (high - low) as f64,
                _ => f64::from(self.rows()),
            }
        };
        let [width, height] = self.cell_size();
        let (left, right) = (region.from.map_or(0.0, column), region.before.map_or(f64::from(density.columns), column));
        let (low, high) = (region.least.map_or(0.0, row), region.below.map_or(f64::from(self.rows()), row));
        let top = ABOVE + (f64::from(self.rows()) - high) * height;
        (right > left && high > low).then_some([
            LEFT + left * width,
            top,
            (right - left) * width,
            (high - low) * height,
        ])
    }

    /// Rows at which a power of ten begins, with what it is called and its distance from above.
    pub(super) fn decades(&self) -> Vec<(String, f64)> {
        let [_, height] = self.cell_size();
        let edges = self.density.edges_nano.iter().enumerate();
        let is_power = |nanos: u64| nanos > 0 && 10_u64.checked_pow(nanos.ilog10()) == Some(nanos);
        let named = edges.filter(|(_, nanos)| is_power(**nanos));
        named
            .map(|(row, nanos)| (format::nanos(*nanos), ABOVE + (f64::from(self.rows()) - row as f64) * height))
            .collect()
    }

    /// What stands below at which distance from the left: times, and the day where another one begins than the last that was named;
    /// `today` needs no name. `say` tells the day and the time of a moment.
    pub(super) fn moments(&self, say: impl Fn(u64) -> [String; 2], today: &str) -> Vec<(String, f64)> {
        let [width, _] = self.cell_size();
        let every = (APART / width).ceil().max(1.0) as usize;
        let (mut last_day, mut free_from) = (today.to_owned(), 0.0);
        let mut named: Vec<(String, f64)> = Vec::new();
        for column in (0..self.density.columns).step_by(every) {
            let [day, time] = say(self.density.start_unix_nano + u64::from(column) * self.density.step_nano);
            let words = if day == last_day { time } else { format!("{day} {time}") };
            let (x, long) = (LEFT + f64::from(column) * width, words.chars().count() as f64 * LETTER);
            // What would be written over another, or over the right edge, is left out, and within a second its name again.
            let is_said = named.last().is_some_and(|(last, _)| last.ends_with(&words));
            if x >= free_from && x + long <= self.size[0] - RIGHT && !is_said {
                named.push((words, x));
                (last_day, free_from) = (day, x + long + FREE);
            }
        }
        named
    }

    /// Traces from one place to another, and those with errors.
    pub(super) fn counted(&self, one: Place, other: Place) -> [u64; 2] {
        let within = |at: u32, a: u32, b: u32| (a.min(b)..=a.max(b)).contains(&at);
        let cells = self.density.cells.iter();
        let inside = cells.filter(|[column, row, ..]| within(*column, one.0, other.0) && within(*row, one.1, other.1));
        inside.fold([0, 0], |[traces, errors], [.., t, e]| [traces + u64::from(*t), errors + u64::from(*e)])
    }

    /// The place with most traces, the latest of those.
    pub(super) fn fullest(&self) -> Option<Place> {
        self.density.cells.iter().max_by_key(|[column, _, traces, _]| (*traces, *column)).map(|[c, r, ..]| (*c, *r))
    }
}

/// The duration from which on no more than a tenth of the traces are.
pub(crate) fn slow_from(density: &TraceDensity) -> Option<u64> {
    let mut above = 0;
    let rows = density.edges_nano.len().checked_sub(1)?;
    let in_row = |row: usize| {
        let cells = density.cells.iter().filter(|cell| cell[1] as usize == row);
        cells.map(|cell| u64::from(cell[2])).sum::<u64>()
    };
    let mut from = None;
    for row in (1..rows).rev() {
        above += in_row(row);
        if above > 0 && above < density.traces {
            from = Some(density.edges_nano[row]);
        }
        if above * 10 >= density.traces {
            break;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn density() -> TraceDensity {
        TraceDensity {
            start_unix_nano: 100 * SECOND,
            step_nano: 2 * SECOND,
            columns: 10,
            edges_nano: vec![SECOND, 1_600_000_000, 2_500_000_000, 4 * SECOND, 6_300_000_000, 10 * SECOND],
            cells: vec![[0, 0, 90, 0], [1, 2, 5, 1], [9, 4, 5, 5]],
            traces: 100,
            with_errors: 6,
            ..TraceDensity::default()
        }
    }

    fn with<T>(ask: impl FnOnce(Plot<'_>) -> T) -> T {
        ask(Plot { density: &density(), size: [LEFT + 100.0 + RIGHT, ABOVE + 50.0 + BELOW] })
    }

    #[test]
    fn points_are_places_and_places_are_rectangles() {
        with(|plot| {
            assert_eq!(plot.rect((1, 0), (1, 0)), [LEFT + 10.0, ABOVE + 40.0, 10.0, 10.0]);
            assert_eq!(plot.at([LEFT + 15.0, ABOVE + 45.0]), Some((1, 0)));
            assert_eq!(plot.at([0.0, 0.0]), Some((0, 4)));
            assert_eq!(plot.at([1e9, 1e9]), Some((9, 0)));
            assert_eq!(plot.rect((3, 4), (1, 2)), [LEFT + 10.0, ABOVE, 30.0, 30.0]);
        });
        let nothing = TraceDensity::default();
        assert_eq!(Plot { density: &nothing, size: [9.0, 9.0] }.at([1.0, 1.0]), None);
    }

    #[test]
    fn a_region_lies_where_its_cells_do() {
        with(|plot| {
            let region = plot.region((3, 1), (1, 3));
            assert_eq!((region.from, region.before), (Some(102 * SECOND), Some(108 * SECOND)));
            assert_eq!((region.least, region.below), (Some(1_600_000_000), Some(6_300_000_000)));
            let (found, cells) = (plot.rect_of(region).unwrap(), plot.rect((3, 1), (1, 3)));
            assert!(found.iter().zip(cells).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {cells:?}");
            // At the plot's edges nothing is cut off.
            let all = plot.region((0, 0), (9, 4));
            assert_eq!((all.least, all.below), (None, None));
            assert_eq!(plot.rect_of(Region { before: Some(1), ..Region::default() }), None);
            assert_eq!((plot.counted((0, 0), (1, 4)), plot.fullest()), ([95, 1], Some((0, 0))));
        });
    }

    #[test]
    fn decades_are_named() {
        with(|plot| {
            let named: Vec<_> = plot.decades().into_iter().map(|(name, y)| (name, y as i64)).collect();
            assert_eq!(named, [("1 s".to_owned(), 58), ("10 s".to_owned(), 8)]);
        });
    }

    #[test]
    fn a_day_is_named_where_it_begins() {
        // Ten columns of 60 pixels; five of them are of the first day.
        let say = |nanos: u64| {
            let second = nanos / SECOND;
            [if second < 110 { "2026-11-22" } else { "2026-11-23" }.to_owned(), format!("00:00:{:02}", second % 60)]
        };
        let density = density();
        let plot = Plot { density: &density, size: [LEFT + 600.0 + RIGHT, 80.0] };
        let words = |today: &str| plot.moments(say, today).into_iter().map(|(words, _)| words).collect::<Vec<_>>();
        let other = words("2026-11-30");
        assert_eq!(other, ["2026-11-22 00:00:40", "00:00:44", "00:00:48", "2026-11-23 00:00:52", "00:00:56"]);
        // That of today goes without saying, until it is another.
        assert_eq!(words("2026-11-22")[..2], ["00:00:40", "00:00:44"]);
        assert_eq!(words("2026-11-22")[3..], ["2026-11-23 00:00:52", "00:00:56"]);
        // Nothing is written over another, or over the edge.
        let narrow = Plot { density: &density, size: [LEFT + 160.0 + RIGHT, 80.0] };
        let named = narrow.moments(say, "2026-11-30");
        assert_eq!(named.len(), 1, "{named:?}");
        for (words, x) in plot.moments(say, "2026-11-30") {
            assert!(x + words.len() as f64 * LETTER <= plot.size[0] - RIGHT, "{words}");
        }
        // Steps below a second do not say it twice.
        let fine = TraceDensity { step_nano: SECOND / 4, ..density.clone() };
        let fine = Plot { density: &fine, ..plot };
        let named = fine.moments(say, "2026-11-22").into_iter().map(|(words, _)| words).collect::<Vec<_>>();
        assert_eq!(named, ["00:00:40", "00:00:41", "00:00:42"]);
    }

    #[test]
    fn the_slowest_are_a_tenth() {
        assert_eq!(slow_from(&density()), Some(2_500_000_000));
        assert_eq!(slow_from(&TraceDensity::default()), None);
    }
}
