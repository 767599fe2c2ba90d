//! Marks on the time axis where expectations broke; each leads there.

use leptos::prelude::*;

use super::Board;
use crate::{format, text::playback as text};

/// A mark for each moment that is in sight.
#[component]
pub(super) fn Broken(board: Board) -> impl IntoView {
    let app = board.app;
    let marks = Memo::new(move |_| {
        // Curves of a run under way are not those in which they broke.
        if app.running.with(Option::is_some) {
            return Vec::new();
        }
        let moments = app.broken_moments();
        app.results.with(|run| {
            let report = run.as_ref().map(|run| &run.report);
            let texts = |index: usize| report.and_then(|report| report.expectations.get(index)).map(|e| e.text.clone());
            moments.into_iter().filter_map(|(index, at_s)| Some((index, at_s, texts(index)?))).collect::<Vec<_>>()
        })
    });
    let mark = move |(index, at_s, text): (usize, f64, String)| {
        let x = move || board.window.get().x(at_s, board.size.get()[0]);
        let label = text::go_to(&text, &format::clock(at_s));
        view! {
            <button
                class="broke"
                class:on=move || app.playback.broken.get() == Some(index)
                class:out=move || !(0.0..=board.size.get()[0]).contains(&x())
                data-test=format!("broke-{index}")
                title=label.clone()
                aria-label=label
                style:left=move || format!("{:.1}px", x())
                style:height=move || format!("{:.0}px", board.room.with(|room| room.height - room.axis))
                on:click=move |_| app.go_to_broken(index)
            >
                <span aria-hidden="true">"✕"</span>
            </button>
        }
    };
    view! { <div class="broken-marks">{move || marks.get().into_iter().map(mark).collect_view()}</div> }
}
