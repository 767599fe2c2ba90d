//! Where the values of a histogram lie over time: the intervals of all its stretches as rows, and how many values of each stretch
//! lie in which of them.

use super::Bucket;

/// Values between two bounds: above the first, up to the second. An end that is not finite is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Above this.
    pub low: f64,
    /// Up to this.
    pub high: f64,
    /// How many.
    pub count: u64,
}

/// The cells of all buckets by common rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeatMap {
    /// The intervals, lowest first: above the first number, up to the second. Where bounds changed over time they may overlap.
    pub rows: Vec<(f64, f64)>,
    /// Of each bucket: which rows, and how many values.
    pub cells: Vec<Vec<(u32, u64)>>,
    /// Whether neighbouring intervals became one, for there were more than were asked for.
    pub joined: bool,
}

/// The cells of buckets in at most so many rows. No value is lost: of too many rows neighbours become one.
pub fn heat_map(buckets: &[Bucket], most: usize) -> HeatMap {
    let own: Vec<Vec<Cell>> = buckets.iter().map(|bucket| bucket.cells.clone()).collect();
    let ends = ends(&own);
    let (mut cells, mut rows) = (own.clone(), rows(&own));
    let mut every = 2;
    while rows.len() > most.max(1) && every < 2 * ends.len().max(1) {
        let kept: Vec<f64> = ends.iter().copied().step_by(every).chain(ends.last().copied()).collect();
        cells = own.iter().map(|cells| disjoint(cells.iter().map(|cell| widened(*cell, &kept)).collect())).collect();
        rows = self::rows(&cells);
        every *= 2;
    }
    let row = |cell: &Cell| {
        let at = rows.binary_search_by(|(low, high)| low.total_cmp(&cell.low).then(high.total_cmp(&cell.high)));
        // Every cell's interval is among them.
        (at.unwrap_or_else(|near| near) as u32, cell.count)
    };
    HeatMap { cells: cells.iter().map(|cells| cells.iter().map(row).collect()).collect(), joined: every > 2, rows }
}

/// The same cells such that none lies over another: those that do become one, which loses no value.
pub(super) fn disjoint(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.retain(|cell| cell.count > 0);
    cells.sort_by(|a, b| a.low.total_cmp(&b.low).then(a.high.total_cmp(&b.high)));
    let mut apart: Vec<Cell> = Vec::with_capacity(cells.len());
    for cell in cells {
        match apart.last_mut() {
            Some(last) if cell.low < last.high || (last.low, last.high) == (cell.low, cell.high) => {
                last.high = last.high.max(cell.high);
                last.count = last.count.saturating_add(cell.count);
            }
            _ => apart.push(cell),
        }
    }
    apart
}

/// All ends of intervals, lowest first.
fn ends(cells: &[Vec<Cell>]) -> Vec<f64> {
    let mut ends: Vec<f64> = cells.iter().flatten().flat_map(|cell| [cell.low, cell.high]).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|a, b| a.total_cmp(b).is_eq());
    ends
}

/// All intervals, lowest first.
fn rows(cells: &[Vec<Cell>]) -> Vec<(f64, f64)> {
    let mut rows: Vec<(f64, f64)> = cells.iter().flatten().map(|cell| (cell.low, cell.high)).collect();
    let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
    rows.sort_by(order);
    rows.dedup_by(|a, b| order(a, b).is_eq());
    rows
}

/// From the nearest kept end below to the nearest above.
fn widened(cell: Cell, kept: &[f64]) -> Cell {
    let below = kept.partition_point(|end| end.total_cmp(&cell.low).is_le());
    let above = kept.partition_point(|end| end.total_cmp(&cell.high).is_lt());
    Cell {
        low: below.checked_sub(1).and_then(|at| kept.get(at)).copied().unwrap_or(cell.low),
        high: kept.get(above).copied().unwrap_or(cell.high),
        ..cell
    }
}

#[cfg(test)]
mod tests;
