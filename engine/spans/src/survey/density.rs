//! How many traces lie where in time and duration: columns of equal time, rows of durations that grow by the steps of Renard's
//! series R5 (ISO 3: five to a power of ten), so that the edges of both are numbers that people read.

use std::collections::BTreeMap;

use super::piece::Piece;

/// Columns at most: as many as a plot has room for, some dots wide each.
const COLUMNS: u64 = 180;
/// The shortest range of time: what lies closer together is one burst.
const LEAST_RANGE: u64 = 10 * SECOND;
/// Traces from which on a few with a clock far off do not stretch the plot, and how much longer they must make it.
const MANY: usize = 100;
const STRETCHED: u64 = 30;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Widths of a column.
const STEPS: [u64; 30] = [
    SECOND / 20,
    SECOND / 10,
    SECOND / 5,
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
    50 * DAY,
    100 * DAY,
    400 * DAY,
    2000 * DAY,
];

/// Traces by start and duration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Density {
    /// When the first column begins, nanoseconds since 1970; a multiple of the step.
    pub start_ns: u64,
    /// How long a column is.
    pub step_ns: u64,
    /// How many columns there are.
    pub columns: u32,
    /// The first row that has traces, and the one behind the last.
    pub rows: (u32, u32),
    /// Those that have traces, by column and row.
    pub cells: Vec<Cell>,
    /// Traces in the cells.
    pub traces: u64,
    /// Traces with errors in the cells.
    pub with_errors: u64,
    /// Traces that are not in the plot: without a known start, or with one so far from all others that it would squeeze them.
    pub outside: u64,
}

/// Traces that start and last about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Which column, from 0 on.
    pub column: u32,
    /// Which row; [`row_start`] says from which duration on.
    pub row: u32,
    /// How many.
    pub traces: u32,
    /// How many of them have errors.
    pub with_errors: u32,
}

impl Density {
    /// Of these traces.
    pub fn of<'a>(traces: impl IntoIterator<Item = &'a Piece>) -> Self {
        let (mut placed, mut outside) = (Vec::new(), 0);
        for trace in traces {
            if trace.start_ns == 0 {
                outside += 1;
            } else {
                placed.push((trace.start_ns, row_of(trace.duration_ns()), trace.errors > 0));
            }
        }
        let (from, until) = range(&mut placed);
        let step_ns =
            STEPS.iter().copied().find(|step| until / step - from / step < COLUMNS).unwrap_or(STEPS[STEPS.len() - 1]);
        let first = from / step_ns;
        let mut density = Density { start_ns: first * step_ns, step_ns, outside, ..Density::default() };
        density.columns = (until / step_ns - first + 1).min(COLUMNS) as u32;
        let mut cells: BTreeMap<(u32, u32), (u32, u32)> = BTreeMap::new();
        for (start, row, has_errors) in placed {
            let column = (start / step_ns).checked_sub(first).filter(|column| *column < u64::from(density.columns));
            let Some(column) = column else {
                density.outside += 1;
                continue;
            };
            let (traces, with_errors) = cells.entry((column as u32, row)).or_default();
            *traces += 1;
            *with_errors += u32::from(has_errors);
            density.traces += 1;
            density.with_errors += u64::from(has_errors);
        }
        let rows = || cells.keys().map(|(_, row)| *row);
        density.rows = (rows().min().unwrap_or(0), rows().max().map_or(0, |row| row + 1));
        let cell = |((column, row), (traces, with_errors))| Cell { column, row, traces, with_errors };
        density.cells = cells.into_iter().map(cell).collect();
        density
    }
}

/// The first and the last moment of the plot.
fn range(placed: &mut [(u64, u32, bool)]) -> (u64, u64) {
    placed.sort_unstable();
    let (Some((mut from, ..)), Some((mut until, ..))) = (placed.first().copied(), placed.last().copied()) else {
        return (0, 0);
    };
    if placed.len() >= MANY {
        let (low, high) = (placed[placed.len() / 50].0, placed[placed.len() - 1 - placed.len() / 50].0);
        let most = (high - low).max(LEAST_RANGE);
        if until - from > STRETCHED * most {
            let near = low.saturating_sub(most)..=high.saturating_add(most);
            let starts = || placed.iter().map(|(start, ..)| *start).filter(|start| near.contains(start));
            (from, until) = (starts().next().unwrap_or(from), starts().next_back().unwrap_or(until));
        }
    }
    (from.min(until.saturating_sub(LEAST_RANGE)), until)
}

const SERIES: [u64; 5] = [100, 160, 250, 400, 630];

/// The least duration of a row, nanoseconds. Row 0 has what is shorter than a microsecond.
pub fn row_start(row: u32) -> u64 {
    let Some(above) = row.checked_sub(1) else { return 0 };
    let power = 10_u64.checked_pow(above / 5 + 1);
    power.map_or(u64::MAX, |power| power.saturating_mul(SERIES[above as usize % 5]))
}

fn row_of(duration_ns: u64) -> u32 {
    let Some(decade) = duration_ns.checked_ilog10().and_then(|digits| digits.checked_sub(3)) else { return 0 };
    let first = decade * 5 + 1;
    (first..first + 5).rev().find(|row| row_start(*row) <= duration_ns).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Truth;

    fn trace(start_ns: u64, duration_ns: u64, errors: u32) -> Piece {
        Piece { trace_id: [1; 16], start_ns, end_ns: start_ns + duration_ns, errors, parts: 1, held: [Truth::Yes; 3] }
    }

    #[test]
    fn rows_are_those_of_the_series() {
        let edges: Vec<u64> = (0..8).map(row_start).collect();
        assert_eq!(edges, [0, 1000, 1600, 2500, 4000, 6300, 10_000, 16_000]);
        for row in 0..80 {
            assert_eq!(row_of(row_start(row)), row);
            assert_eq!(row_of(row_start(row + 1) - 1), row);
        }
        // The greatest one of all saturates; nothing is as long.
        let last = row_of(u64::MAX - 1);
        assert_eq!((row_start(last), row_start(last + 1)), (16_000_000_000_000_000_000, u64::MAX));
    }

    #[test]
    fn every_trace_is_in_one_cell() {
        let start = 1_800_000_000 * SECOND;
        let traces = [
            trace(start, 5_000_000, 0),
            trace(start + 1, 6_000_000, 2),
            trace(start + 30 * MINUTE, 2 * SECOND, 0),
            trace(0, SECOND, 0),
        ];
        let density = Density::of(&traces);
        assert_eq!((density.step_ns, density.start_ns % density.step_ns), (15 * SECOND, 0));
        assert_eq!((density.traces, density.with_errors, density.outside), (3, 1, 1));
        let cells: Vec<_> = density
            .cells
            .iter()
            .map(|cell| (cell.column, row_start(cell.row), cell.traces, cell.with_errors))
            .collect();
        assert_eq!(cells, [(0, 4_000_000, 2, 1), (density.columns - 1, 1_600_000_000, 1, 0)]);
        assert_eq!(density.rows, (row_of(5_000_000), row_of(2 * SECOND) + 1));
    }

    #[test]
    fn a_wrong_clock_does_not_squeeze_the_others() {
        let start = 1_800_000_000 * SECOND;
        let mut traces: Vec<Piece> = (0..1000).map(|i| trace(start + i * SECOND, 1000, 0)).collect();
        traces.push(trace(SECOND, 1000, 0));
        let density = Density::of(&traces);
        assert_eq!((density.traces, density.outside), (1000, 1));
        assert!(density.step_ns <= MINUTE && density.columns > 20);
        // Two that lie far apart are all there is: both are shown.
        assert_eq!(Density::of(&[trace(SECOND, 1, 0), trace(start, 1, 0)]).outside, 0);
    }

    #[test]
    fn nothing_and_everything_have_a_place() {
        assert_eq!(Density::of(&[]).cells, []);
        let widest = Density::of(&[trace(1, 1, 0), Piece { end_ns: u64::MAX, ..trace(u64::MAX, 0, 0) }]);
        assert_eq!((widest.traces, widest.outside), (2, 0), "{widest:?}");
    }
}
