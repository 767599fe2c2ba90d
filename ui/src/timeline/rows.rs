//! The names of the rows with the values at the scrubber, and the values at the pointer.

use leptos::prelude::*;
use thalweg_charts::{Lane, Row};

use super::{Board, panel::hue_class, reading};
use crate::{format, text::timeline as text};

/// A row's name stands so many pixels above its curves.
const ABOVE: f64 = 11.0;

/// What the rows are, at the left of the plot; a click on a line's name switches its curve off and on.
#[component]
pub(super) fn RowNames(board: Board) -> impl IntoView {
    let rows = move || {
        let (model, room) = (board.model.get()?, board.room.get());
        let names = model.lanes.iter().enumerate().map(|(i, lane)| row_name(board, lane, room.row(i)));
        Some(names.collect_view())
    };
    view! { <div class="row-names">{rows}</div> }
}

fn row_name(board: Board, lane: &Lane, row: Row) -> impl IntoView + use<> {
    let bucket_s = board.bucket_s();
    // A baseline is switched with the line of its name; it has a row of its own where there is no such line.
    let named = lane
        .lines
        .iter()
        .filter(|line| !line.baseline || !lane.lines.iter().any(|other| !other.baseline && other.name == line.name));
    let count = named.clone().count();
    let lines = named.map(|line| {
        let (shown, unit) = (line.clone(), lane.unit);
        let value = move || reading(unit, &shown, bucket_s, board.moment.get());
        let key = (lane.name.clone(), line.name.clone());
        let (toggled, test) = (key.clone(), format!("legend-{}-{}", lane.name, line.name));
        let off = Memo::new(move |_| board.hidden.with(|hidden| hidden.contains(&key)));
        view! {
            <button
                class="line-name"
                class:off=move || off.get()
                data-test=test
                aria-pressed=move || (!off.get()).to_string()
                title=text::LEGEND_HINT
                on:click=move |_| board.toggle(&toggled)
            >
                <i class=hue_class(line.hue)></i>
                <span class="what">{line.name.clone()}</span>
                <span class="figure">{value}</span>
            </button>
        }
    });
    // Room for the name and every line at their usual height.
    let tight = row.height + ABOVE < 15.0 + 12.5 * count as f64;
    view! {
        <div class="row-name" class:tight=tight style:top=format!("{}px", row.top - ABOVE) style:height=format!("{}px", row.height + ABOVE)>
            <b title=lane.name.clone()>{lane.name.clone()}</b>
            {lines.collect_view()}
        </div>
    }
}

impl Board {
    fn toggle(self, line: &(String, String)) {
        self.hidden.update(|hidden| match hidden.iter().position(|other| other == line) {
            Some(at) => drop(hidden.remove(at)),
            None => hidden.push(line.clone()),
        });
    }
}

/// The values at the pointer, beside it, and what strikes there.
#[component]
pub(super) fn Readings(board: Board) -> impl IntoView {
    move || {
        let second = board.hover.get()?;
        let (model, room) = (board.shown.get()?, board.room.get());
        let x = board.window.get().x(second, room.width);
        let flipped = x > room.width * 0.62;
        let side = move || if flipped { "readings flipped" } else { "readings" };
        let boxes = model.lanes.iter().enumerate().map(|(i, lane)| box_of(board, lane, room.row(i), second));
        Some(view! {
            <div class=side() style:transform=format!("translateX({x:.1}px)") aria-hidden="true">
                <div class="reading time figure">{board.say_moment(second)}{faults(board, second)}</div>
                {boxes.collect_view()}
            </div>
        })
    }
}

fn box_of(board: Board, lane: &Lane, row: Row, second: f64) -> AnyView {
    if let Some(heat) = &lane.heat {
        return super::heat::reading(board, lane, heat, row, second).into_any();
    }
    let bucket_s = board.bucket_s();
    let lines = lane.lines.iter().map(|line| {
        view! {
            <div class=hue_class(line.hue) class:baseline=line.baseline>
                <span>{if line.baseline { text::of_baseline(&line.name) } else { line.name.clone() }}</span>
                <span>{reading(lane.unit, line, bucket_s, second)}</span>
            </div>
        }
    });
    view! { <div class="reading figure" style:top=format!("{}px", row.top)>{lines.collect_view()}</div> }.into_any()
}

/// The faults that strike at a moment, each with how much it touched.
fn faults(board: Board, second: f64) -> impl IntoView + use<> {
    let is_run = board.model.with(|model| model.as_ref().is_some_and(|model| model.epoch.is_none()));
    let all = board.app.series.with(|series| {
        let faults = series.iter().filter(|_| is_run).flat_map(|series| &series.faults);
        let now = faults.filter(|fault| fault.from_s <= second && second < fault.until_s);
        now.map(|fault| {
            let (from, until) = (format::clock(fault.from_s), format::clock(fault.until_s));
            text::fault(&fault.text, &from, &until, &format::count(fault.touched as f64))
        })
        .collect::<Vec<_>>()
    });
    all.into_iter().map(|fault| view! { <span class="fault">{fault}</span> }).collect_view()
}
