//! A histogram as a heat map: its cells over the time of day, and the same as a table for those who do not see colours.

use leptos::prelude::*;
use thalweg_charts::{Cell, Heat, Hue, Lane, Timeline, Unit};
use thalweg_protocol::signals::MetricSeries;

use super::{curves::Drawn, grid::Grid};
use crate::{format, state::Shared, text::metrics as text, timeline::between};

/// The colour of cells: that of traces in the plot of their durations.
const HUE: Hue = Hue::Consumer;

/// The lane of a series whose values are shown in `unit` after they are multiplied by `factor`. What came since the point before
/// belongs to all the time since then; where nothing came for long, to its own step alone.
pub(super) fn lane(name: String, unit: Unit, factor: f64, grid: Grid, series: &MetricSeries) -> Lane {
    let width = grid.width_s();
    let mut cells = Vec::new();
    for (places, bucket) in grid.stretches(&series.buckets) {
        let (from_s, until_s) = (places.start as f64 * width, places.end as f64 * width);
        for (row, count) in &bucket.cells {
            let Some((low, high)) = series.rows.get(*row as usize) else { continue };
            let scaled = |end: &Option<f64>| end.map(|end| end * factor);
            cells.push(Cell { from_s, until_s, low: scaled(low), high: scaled(high), count: *count });
        }
    }
    Lane { name, unit, lines: Vec::new(), heat: Some(Heat { cells, hue: HUE }) }
}

/// Values of a series that are in no cell, for their buckets changed from one point to the next.
pub(super) fn without_place(series: &MetricSeries) -> u64 {
    let of = |bucket: &thalweg_protocol::signals::MetricBucket| {
        let placed = bucket.cells.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        bucket.count.unwrap_or_default().saturating_sub(placed)
    };
    series.buckets.iter().map(of).fold(0, u64::saturating_add)
}

/// All values between two bounds, over the whole time that is shown.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    between: String,
    count: u64,
    /// Of all values.
    share: f64,
    /// Of all values, those that are no greater.
    up_to: f64,
}

/// The rows of a heat map, greatest values first, as on the plot.
fn rows(heat: &Heat, unit: Unit) -> Vec<Row> {
    let ends = |cell: &Cell| (cell.low.unwrap_or(f64::NEG_INFINITY), cell.high.unwrap_or(f64::INFINITY));
    let order = |a: &Cell, b: &Cell| {
        let (a, b) = (ends(a), ends(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    };
    let mut cells = heat.cells.clone();
    cells.sort_by(order);
    let total: f64 = cells.iter().map(|cell| cell.count as f64).sum();
    let mut below = 0.0;
    let row = |run: &[Cell]| {
        let count = run.iter().fold(0_u64, |sum, cell| sum.saturating_add(cell.count));
        below += count as f64;
        let between = run.first().map(|cell| between(cell, unit)).unwrap_or_default();
        Row { between, count, share: count as f64 / total, up_to: below / total }
    };
    let mut rows: Vec<Row> = cells.chunk_by(|a, b| order(a, b).is_eq()).map(row).collect();
    rows.reverse();
    rows
}

/// Whether powers of ten show the values of any heat map better; none while no heat map has a cell to tell by.
pub(super) fn suits_powers(timeline: &Timeline) -> Option<bool> {
    let tells = timeline.heats().next().is_none() || timeline.heats().any(|heat| !heat.cells.is_empty());
    tells.then(|| timeline.heats().any(Heat::is_wide))
}

/// How many values lie between which bounds.
#[component]
pub(super) fn Table(drawn: Memo<Option<Shared<Drawn>>>) -> impl IntoView {
    let lanes = move || {
        drawn.get().map(|drawn| {
            let several = drawn.timeline.heats().count() > 1;
            let heats = drawn.timeline.lanes.iter().filter_map(|lane| Some((lane, lane.heat.as_ref()?)));
            heats.map(|(lane, heat)| lane_rows(lane, heat, several)).collect_view()
        })
    };
    let has_any = Memo::new(move |_| {
        drawn
            .with(|drawn| drawn.as_ref().is_some_and(|drawn| drawn.timeline.heats().any(|heat| !heat.cells.is_empty())))
    });
    view! {
        <Show when=move || has_any.get()>
            <div class="metric-table" tabindex="0" role="group" aria-label=text::HEAT_TABLE>
                <table data-test="heat-table">
                    <thead>
                        <tr>
                            <th scope="col">{text::BETWEEN}</th>
                            <th scope="col" class="figure">{text::COUNT}</th>
                            <th scope="col" class="figure">{text::SHARE}</th>
                            <th scope="col" class="figure">{text::UP_TO}</th>
                        </tr>
                    </thead>
                    <tbody>{lanes}</tbody>
                </table>
            </div>
        </Show>
    }
}

fn lane_rows(lane: &Lane, heat: &Heat, several: bool) -> impl IntoView + use<> {
    let name = several.then(|| view! { <tr><th scope="rowgroup" colspan="4">{lane.name.clone()}</th></tr> });
    let rows = rows(heat, lane.unit).into_iter().map(|row| {
        view! {
            <tr data-test="heat-row">
                <th scope="row">{row.between}</th>
                <td class="figure">{format::count(row.count as f64)}</td>
                <td class="figure">{format::share(row.share)}</td>
                <td class="figure">{format::share(row.up_to)}</td>
            </tr>
        }
    });
    view! {
        {name}
        {rows.collect_view()}
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::signals::{MetricBucket, MetricKind, Temporality};

    use super::*;

    const S: u64 = 1_000_000_000;

    fn series(buckets: Vec<MetricBucket>) -> MetricSeries {
        MetricSeries {
            service: "shop".into(),
            members: 1,
            scope: String::new(),
            unit: "s".into(),
            kind: MetricKind::Histogram,
            temporality: Temporality::Delta,
            attributes: vec![],
            buckets,
            rows: vec![(None, Some(1.0)), (Some(1.0), Some(2.0)), (Some(2.0), None)],
            rows_joined: false,
            exemplars: vec![],
        }
    }

    fn bucket(second: u64, cells: &[(u32, u64)]) -> MetricBucket {
        let count = Some(cells.iter().map(|(_, count)| count).sum());
        MetricBucket { start_unix_nano: second * S, points: 1, count, cells: cells.to_vec(), ..MetricBucket::default() }
    }

    fn heat(buckets: Vec<MetricBucket>) -> Heat {
        let series = series(buckets);
        let grid = Grid::new(&[&series], 100 * S, 120 * S - 20, 20);
        lane("wait".into(), Unit::Milliseconds, 1e3, grid, &series).heat.unwrap()
    }

    #[test]
    fn a_heat_map_without_cells_does_not_tell_what_scale_suits_it() {
        let of = |heat| Lane { name: String::new(), unit: Unit::Count, lines: vec![], heat };
        let timeline = |heat| Timeline { lanes: vec![of(heat)], ..Timeline::default() };
        assert_eq!(suits_powers(&timeline(None)), Some(false));
        assert_eq!(suits_powers(&timeline(Some(Heat { cells: vec![], hue: HUE }))), None);
        let cell = |low, high| Cell { from_s: 0.0, until_s: 1.0, low: Some(low), high: Some(high), count: 1 };
        let heat = |cells| Some(Heat { cells, hue: HUE });
        assert_eq!(suits_powers(&timeline(heat(vec![cell(1.0, 2.0)]))), Some(false));
        assert_eq!(suits_powers(&timeline(heat(vec![cell(1.0, 2.0), cell(1e5, 2e5)]))), Some(true));
    }

    /// Where each cell lies, in whole seconds, its bounds and its count.
    type Place = (f64, f64, Option<f64>, Option<f64>, u64);

    fn places(heat: &Heat) -> Vec<Place> {
        let of = |cell: &Cell| (cell.from_s.round(), cell.until_s.round(), cell.low, cell.high, cell.count);
        heat.cells.iter().map(of).collect()
    }

    #[test]
    fn what_came_belongs_to_the_time_since_the_point_before_and_a_gap_stays_one() {
        let heat = heat(vec![
            bucket(102, &[(0, 1)]),
            bucket(104, &[(1, 2)]),
            bucket(106, &[(1, 3), (2, 4)]),
            bucket(118, &[(1, 5)]),
        ]);
        let (one, two) = (Some(1e3), Some(2e3));
        assert_eq!(
            places(&heat),
            [
                (1.0, 3.0, None, one, 1),
                (3.0, 5.0, one, two, 2),
                (5.0, 7.0, one, two, 3),
                (5.0, 7.0, two, None, 4),
                (18.0, 19.0, one, two, 5),
            ]
        );
    }

    #[test]
    fn the_table_has_all_values_greatest_first() {
        let heat = heat(vec![bucket(102, &[(0, 1), (1, 2)]), bucket(104, &[(1, 4), (2, 1)])]);
        let told: Vec<_> = rows(&heat, Unit::Milliseconds)
            .into_iter()
            .map(|row| (row.between, row.count, row.share * 8.0, row.up_to * 8.0))
            .collect();
        assert_eq!(
            told,
            [
                ("> 2 s".to_owned(), 1, 1.0, 8.0),
                ("1 s – 2 s".to_owned(), 6, 6.0, 7.0),
                ("≤ 1 s".to_owned(), 1, 1.0, 1.0)
            ]
        );
        assert_eq!(rows(&Heat { cells: vec![], hue: HUE }, Unit::Count), []);
    }

    #[test]
    fn values_without_a_place_are_counted() {
        let lost = MetricBucket { count: Some(7), ..bucket(104, &[(1, 2)]) };
        assert_eq!(without_place(&series(vec![bucket(102, &[(0, 1)]), lost])), 5);
    }
}
