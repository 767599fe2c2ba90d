//! What a heat map tells in words, at the pointer and for those who hear it.

use leptos::prelude::*;
use thalweg_charts::{Cell, Heat, Lane, Row, Unit};

use super::{Board, panel::hue_class, say};
use crate::{format, text::timeline as text};

/// The bounds of a cell in words: `1 s – 2 s`, `> 4 s`, `≤ 1 s`.
pub(crate) fn between(cell: &Cell, unit: Unit) -> String {
    match (cell.low, cell.high) {
        // What counts as zero lies between zero from below and from above.
        (Some(low), Some(high)) if low >= high => say(unit, high),
        (Some(low), Some(high)) => format!("{} – {}", say(unit, low), say(unit, high)),
        (Some(low), None) => format!("> {}", say(unit, low)),
        (None, Some(high)) => format!("≤ {}", say(unit, high)),
        (None, None) => text::ANY_VALUE.now().to_owned(),
    }
}

/// All values of a moment, and where most of them lie.
pub(super) fn told(heat: &Heat, unit: Unit, second: f64) -> String {
    let cells = heat.at(second);
    let Some(fullest) = cells.iter().max_by_key(|cell| cell.count) else { return text::NO_VALUES.now().to_owned() };
    let total = cells.iter().fold(0_u64, |sum, cell| sum.saturating_add(cell.count));
    text::in_cells(total, &between(fullest, unit), &format::count(fullest.count as f64))
}

/// The cell below the pointer with its count; without one what the moment has.
pub(super) fn reading(board: Board, lane: &Lane, heat: &Heat, row: Row, second: f64) -> impl IntoView + use<> {
    let share = board.pointed.get().map(|y| (row.top + row.height - y) / row.height);
    let cell = share
        .filter(|share| (0.0..=1.0).contains(share))
        .and_then(|share| heat.cell_at(heat.axis(board.view.get().scale), second, share));
    let (what, count) = match cell {
        Some(cell) => (between(cell, lane.unit), format::count(cell.count as f64)),
        None => (told(heat, lane.unit, second), String::new()),
    };
    view! {
        <div class="reading figure" data-test="heat-reading" style:top=format!("{}px", row.top)>
            <div class=hue_class(heat.hue)>
                <span>{what}</span>
                <span>{count}</span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use thalweg_charts::Hue;

    use super::*;

    #[test]
    fn a_moment_is_told_by_its_number_and_its_fullest_cell() {
        let cell = |from_s, low, high, count| Cell { from_s, until_s: from_s + 1.0, low, high, count };
        let heat = Heat {
            cells: vec![
                cell(0.0, Some(1e3), Some(2e3), 10),
                cell(0.0, Some(2e3), None, 2),
                cell(1.0, None, Some(1e3), 1),
            ],
            hue: Hue::Accent,
        };
        let told = |second| told(&heat, Unit::Milliseconds, second);
        assert_eq!(told(0.5), "12 values, most 1 s – 2 s (10)");
        assert_eq!((told(1.5).as_str(), told(2.0).as_str()), ("1 value, most ≤ 1 s (1)", "no values"));
    }
}
