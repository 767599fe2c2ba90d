//! The line in hand, and why it may not end where it is.

use leptos::prelude::*;
use thalweg_flow::{NodeId, can_connect};

use super::{gestures::magnet, stage::Line};
use crate::{
    kit::Prose,
    state::{App, Gesture, app},
};

/// Why a line between two nodes may not be drawn; none when it may.
pub(super) fn reason_against(app: App, from: &str, to: &str) -> Option<String> {
    app.document.with_untracked(|d| d.as_ref().and_then(|d| can_connect(d.flow(), from, to).err()))
}

/// Why the line in hand may not end at a box; none when it may.
pub(super) fn refusal(app: App, other: &str) -> Option<String> {
    app.hands.targets.with(|targets| targets.as_ref()?.get(other)?.clone().err())
}

/// The line that is being drawn.
#[component]
pub(super) fn LineInHand() -> impl IntoView {
    let app = app();
    let line = Memo::new(move |_| {
        let (from, incoming, to) = line_in_hand(app)?;
        let scene = app.scene.get();
        let rect = app.node_rect(scene.nodes.get(&from)?);
        let way = if incoming { Line::arriving(rect, to) } else { Line::reaching(rect, to) };
        Some((way.path(), to))
    });
    move || {
        let (path, [x, y]) = line.get()?;
        Some(view! {
            <svg class="edges in-hand" aria-hidden="true">
                <path d=path />
                <circle cx=x cy=y r="4.5" />
            </svg>
        })
    }
}

/// Where the line in hand begins and ends: while the list asks what follows, it waits at the place.
fn line_in_hand(app: App) -> Option<(NodeId, bool, [f64; 2])> {
    app.gesture
        .with(|gesture| match gesture {
            Gesture::Connect { from, incoming, to } => Some((from.clone(), *incoming, *to)),
            _ => None,
        })
        .or_else(|| {
            app.add_list.with(|list| list.as_ref().and_then(|list| Some((list.from.clone()?, list.before, list.at))))
        })
}

/// Beside the pointer: why the line in hand may not end at the box below it.
#[component]
pub(super) fn Reason() -> impl IntoView {
    let app = app();
    let reason = Memo::new(move |_| {
        let Gesture::Connect { from, to, .. } = app.gesture.get() else { return None };
        let scene = app.scene.get();
        let target = scene.node_at(to, magnet(app)).filter(|node| node.id != from)?;
        Some((refusal(app, &target.id)?, to))
    });
    move || {
        let (reason, [x, y]) = reason.get()?;
        let view = app.viewport.get_untracked();
        let [width, _] = app.canvas_size.get_untracked();
        // Inside the canvas, whatever the pointer's place.
        let left = (x * view.zoom + view.x + 14.0).min(width - 268.0);
        Some(view! {
            <div
                class="reason"
                data-test="reason"
                role="status"
                style:left=format!("{left}px")
                style:top=format!("{}px", y * view.zoom + view.y + 14.0)
            >
                <Prose text=reason />
            </div>
        })
    }
}
