//! Which boxes and lines are elements of the page: in a small flow all of them, in a large one only what is near.

use leptos::{ev, prelude::*};
use thalweg_flow::NodeId;

use super::{BEYOND, Found, Stage, boxes::WHOLE_FROM};
use crate::{
    canvas::EdgeKey,
    state::{App, Rect, app},
    text,
};

/// Flows with more boxes than this are large.
pub(crate) const LARGE_FROM: usize = 150;
/// In a large flow at most about so many boxes are elements: more of them cost more to paint, and to make anew while panning, than the same on
/// the canvas.
const MOST: f64 = 60.0;
/// Pixels around the part that is seen in which boxes are elements too, and steps in which that part is looked at. The canvas may have been
/// painted where the view stood before, and reaches beyond what was seen then.
const MARGIN: f64 = 2.0 * BEYOND;
const STEP: f64 = 160.0;
/// The room that a box takes in a flow, in canvas units.
const PLACE: f64 = 260.0 * 104.0;

/// Where boxes are elements.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Window {
    Everywhere,
    Nowhere,
    /// In a rectangle of canvas units.
    Within(Rect),
}

/// Whether the flow is so large that not all of it is kept as elements.
pub(in crate::canvas) fn is_large(app: App) -> Memo<bool> {
    Memo::new(move |_| app.scene.with(|scene| scene.nodes.len() > LARGE_FROM))
}

/// The boxes that are elements; from afar those of a large flow are none.
pub(in crate::canvas) fn near(app: App, large: Memo<bool>) -> Memo<Vec<NodeId>> {
    let window = Memo::new(move |_| {
        if !large.get() {
            return Window::Everywhere;
        }
        let view = app.viewport.get();
        let [width, height] = app.canvas_size.get();
        let places = width * height / (view.zoom * view.zoom * PLACE);
        if view.zoom < WHOLE_FROM || places > MOST {
            return Window::Nowhere;
        }
        // Steps in pixels: panning changes the window rarely.
        let step = |pixels: f64| (pixels / STEP).floor() * STEP;
        let left = (step(-view.x) - MARGIN) / view.zoom;
        let top = (step(-view.y) - MARGIN) / view.zoom;
        let right = (step(-view.x) + STEP + width + MARGIN) / view.zoom;
        let bottom = (step(-view.y) + STEP + height + MARGIN) / view.zoom;
        Window::Within(Rect::between([left, top], [right, bottom]))
    });
    Memo::new(move |_| {
        let scene = app.scene.get();
        match window.get() {
            Window::Everywhere => scene.nodes.keys().cloned().collect(),
            Window::Nowhere => Vec::new(),
            Window::Within(window) => {
                let near = scene.nodes.values().filter(|node| node.rect.touches(window));
                near.map(|node| node.id.clone()).collect()
            }
        }
    })
}

/// The lines that have a handle, with their number in the scene: in a large flow those at selected boxes.
pub(in crate::canvas) fn lines(app: App, large: Memo<bool>) -> Memo<Vec<(usize, EdgeKey)>> {
    Memo::new(move |_| {
        let scene = app.scene.get();
        let all = scene.edges.iter().cloned().enumerate();
        if !large.get() {
            return all.collect();
        }
        let selected = app.selected.get();
        let at_selected = |edge: &EdgeKey| selected.contains(&edge.from) || selected.contains(&edge.to);
        let chosen = app.selected_edge.get();
        let few = selected.len() <= LARGE_FROM;
        all.filter(|(_, edge)| chosen.as_ref() == Some(edge) || (few && at_selected(edge))).collect()
    })
}

/// A line as an element: nothing to be seen until it has the focus, in the line's middle. The pointer goes through it to
/// the line that is painted there.
#[component]
pub(in crate::canvas) fn LineHandle(stage: Stage, line: usize, edge: EdgeKey) -> impl IntoView {
    let app = app();
    let test = format!("edge-{}-{}", edge.from, edge.to);
    let label = text::stage::line_label(&edge.from, &edge.to);
    let edge = StoredValue::new(edge);
    let place = Memo::new(move |_| {
        app.scene.track();
        app.shows_figures();
        stage.middle_of(app, line)
    });
    let selected = Memo::new(move |_| app.selected_edge.with(|s| edge.with_value(|edge| s.as_ref() == Some(edge))));
    let choose = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            app.select_edge(edge.get_value());
        }
    };
    view! {
        <div
            class="line-handle"
            data-test=test
            role="option"
            tabindex="0"
            aria-label=label
            aria-selected=move || selected.get().to_string()
            style:transform=move || {
                let [x, y] = place.get().unwrap_or_default();
                format!("translate({x:.1}px,{y:.1}px)")
            }
            on:keydown=choose
            on:focus=move |_| {
                let place = place.get_untracked().unwrap_or_default();
                app.hovered.set(Some((Found::Line(edge.get_value()), place)));
            }
            on:blur=move |_| app.hovered.set(None)
        ></div>
    }
}
