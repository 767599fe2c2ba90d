//! Lines between boxes, and the line in hand.

use leptos::prelude::*;
use thalweg_flow::{EdgeKind, NodeId, can_connect};

use super::{EdgeKey, geometry::Curve, gestures::magnet, routes};
use crate::{
    kit::Prose,
    state::{App, Gesture, app},
};

/// All lines.
#[component]
pub(super) fn Edges(edges: Signal<Vec<EdgeKey>>) -> impl IntoView {
    view! {
        <svg class="edges" aria-hidden="true">
            <For each=move || edges.get() key=Clone::clone let:edge><Line edge /></For>
        </svg>
    }
}

#[component]
fn Line(edge: EdgeKey) -> impl IntoView {
    let app = app();
    let dead = edge.kind == EdgeKind::DeadLetter;
    let test = format!("edge-{}-{}", edge.from, edge.to);
    let edge = StoredValue::new(edge);
    let path = Memo::new(move |_| {
        app.scene.with(|scene| {
            let rect = |id: &NodeId| scene.nodes.get(id).map(|node| app.node_rect(node));
            edge.with_value(|e| {
                let (a, b) = (rect(&e.from)?, rect(&e.to)?);
                app.routes.with(|routes| routes.between(e, a, b).and_then(routes::path)).or_else(|| {
                    let curve = Curve::between(a, b, lane(e.kind));
                    Some((curve.path(), curve.head()))
                })
            })
        })
    });
    let line = move || path.with(|p| p.as_ref().map(|(line, _)| line.clone()));
    let head = move || path.with(|p| p.as_ref().map(|(_, head)| head.clone()));
    let selected = Memo::new(move |_| app.selected_edge.with(|s| edge.with_value(|e| s.as_ref() == Some(e))));
    let rate = Memo::new(move |_| {
        if !app.shows_figures() {
            return None;
        }
        let overlay = app.overlay.get()?;
        edge.with_value(|e| overlay.edges.get(&(e.from.clone(), e.to.clone())).copied())
    });
    let active = move || rate.get().is_some_and(|rate| rate > 0.05);
    let width = move || match rate.get() {
        Some(rate) => format!("{:.2}", 1.4 + 0.75 * f64::from(rate.max(0.0)).ln_1p() / std::f64::consts::LN_10),
        None => "1.5".to_owned(),
    };
    view! {
        <g class="edge" class:dead=dead class:active=active class:selected=move || selected.get() data-test=test>
            <path class="line" d=line style:stroke-width=width />
            <path class="head" d=head />
            <path
                class="hit"
                d=line
                on:pointerdown=move |event| {
                    if event.button() == 0 {
                        event.stop_propagation();
                        app.add_list.set(None);
                        app.select_edge(edge.get_value());
                    }
                }
            />
        </g>
    }
}

/// Lines of different meaning leave a side at different points.
fn lane(kind: EdgeKind) -> f64 {
    match kind {
        EdgeKind::DeadLetter => -12.0,
        EdgeKind::Call => 22.0,
        _ => 10.0,
    }
}

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
    let curve = Memo::new(move |_| {
        let (from, incoming, to) = line_in_hand(app)?;
        let scene = app.scene.get();
        let rect = app.node_rect(scene.nodes.get(&from)?);
        let curve = if incoming { Curve::arriving(rect, to) } else { Curve::reaching(rect, to) };
        Some((curve.path(), to))
    });
    move || {
        let (path, [x, y]) = curve.get()?;
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
