//! The values of what the pointer is over, or what has the focus, at the moment that is shown.

use leptos::prelude::*;
use thalweg_flow::EdgeKind;

use super::{
    EdgeKey,
    stage::{Found, Stage},
};
use crate::{
    format,
    inspector::{Row, node_rows},
    state::{App, app},
    text::playback as text,
};

/// Room that it needs beside its place, in pixels.
const ROOM: [f64; 2] = [236.0, 190.0];

/// Beside a box or a line: all its figures.
#[component]
pub(super) fn Readout(stage: Stage) -> impl IntoView {
    let app = app();
    let rows = Memo::new(move |_| {
        if !app.shows_figures() || app.gesture.with(|gesture| *gesture != crate::state::Gesture::None) {
            return None;
        }
        let (found, place) = app.hovered.get()?;
        let (title, rows) = match &found {
            Found::Box(id) => {
                (id.clone(), app.overlay.with(|o| o.as_ref().and_then(|o| o.nodes.get(id)).map(node_rows))?)
            }
            Found::Line(edge) => (format!("{} → {}", edge.from, edge.to), line_rows(app, stage, edge)?),
        };
        Some((title, rows, place))
    });
    let at = move || {
        let place = rows.with(|rows| rows.as_ref().map(|(.., place)| *place)).unwrap_or_default();
        let [x, y] = app.viewport.with(|view| [place[0] * view.zoom + view.x, place[1] * view.zoom + view.y]);
        let [width, height] = app.canvas_size.get();
        // On the other side of the pointer where there is no room.
        let left = if x + ROOM[0] > width { (x - ROOM[0]).max(4.0) } else { x + 18.0 };
        (left, (y + 14.0).min(height - ROOM[1]).max(4.0))
    };
    let table = move || {
        let (title, rows, _) = rows.get()?;
        let rows = rows.into_iter().map(|(what, value, bad)| {
            view! { <div class="row"><span>{what}</span><code class:bad=bad>{value}</code></div> }
        });
        Some(view! { <b>{title}</b>{rows.collect_view()} })
    };
    view! {
        <Show when=move || rows.with(Option::is_some)>
            <div
                class="readout figure"
                data-test="readout"
                role="status"
                style:left=move || format!("{:.0}px", at().0)
                style:top=move || format!("{:.0}px", at().1)
            >
                {table}
            </div>
        </Show>
    }
}

fn line_rows(app: App, stage: Stage, edge: &EdgeKey) -> Option<Vec<Row>> {
    let passing = stage.passing(app, edge)?;
    let rate = |per_s: f32| format::rate(per_s.into());
    let what = if edge.kind == EdgeKind::DeadLetter { text::GIVEN_UP } else { text::PASSING };
    let mut rows = vec![(what.now().to_owned(), rate(passing.per_s), false)];
    match edge.kind {
        EdgeKind::Subscribe => {
            rows.push((text::AGAIN.now().to_owned(), rate(passing.again_per_s), passing.again_per_s > 0.0));
        }
        EdgeKind::Call => {
            rows.push((text::FAILED.now().to_owned(), rate(passing.failed_per_s), passing.failed_per_s > 0.0));
        }
        EdgeKind::DeadLetter | EdgeKind::Publish | EdgeKind::Route | EdgeKind::Project => {}
    }
    let pace = app.playback.pace.get()?;
    let each = if edge.kind == EdgeKind::DeadLetter { pace.each_dead } else { pace.each };
    rows.push((text::PER_DOT.now().to_owned(), format::count(each), false));
    Some(rows)
}
