//! The canvas: the flow as boxes and lines, and everything the hand does with them.

mod add_list;
mod comments;
mod edges;
mod facts;
mod figures;
mod frames;
mod geometry;
mod gestures;
pub(crate) mod hands;
mod keys;
mod kinds;
mod node;
mod palette;
mod routes;
mod scene;
mod zoom;

use std::collections::HashSet;

use leptos::{ev, html, prelude::*};
use thalweg_flow::NodeId;

pub(crate) use facts::{distribution, distribution_name, load};
pub(crate) use kinds::starter_fields;
pub(crate) use routes::{Routes, drawing};
pub(crate) use scene::{EdgeKey, NODE_HEIGHT, NODE_HEIGHT_FIGURES, Scene, SceneNode, node_of_path};

use crate::{
    state::{App, Gesture, Lens, Rect, app},
    text,
};

/// Flows with more boxes than this draw only what is near the part that is seen.
const CULL_ABOVE: usize = 150;
/// Culling looks at steps of so many pixels, so that panning changes it rarely.
const CULL_STEP: f64 = 300.0;

/// The drawing of the open flow.
#[component]
pub(crate) fn Canvas() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    gestures::listen(app, element);
    keys::listen(app);
    zoom::measure(app, element);
    routes::keep(app);
    let visible = visible(app);
    let nodes = move || {
        let scene = app.scene.get();
        let all = scene.nodes.keys().cloned();
        match visible.get() {
            Some(near) => all.filter(|id| near.contains(id)).collect::<Vec<_>>(),
            None => all.collect(),
        }
    };
    let edges = move || {
        let scene = app.scene.get();
        match visible.get() {
            Some(near) => {
                scene.edges.iter().filter(|e| near.contains(&e.from) || near.contains(&e.to)).cloned().collect()
            }
            None => scene.edges.clone(),
        }
    };
    let world = move || app.viewport.with(|v| format!("translate({}px,{}px) scale({})", v.x, v.y, v.zoom));
    let grid_size = move || app.viewport.with(|v| format!("{0}px {0}px", 22.0 * grid_scale(v.zoom)));
    let grid_place = move || app.viewport.with(|v| format!("{}px {}px", v.x, v.y));
    view! {
        <div
            class="canvas"
            class:panning=move || app.gesture.with(|g| matches!(g, Gesture::Pan { .. }))
            class:hand=move || app.hands.tool.get() || app.space.get()
            class:connecting=move || app.gesture.with(|g| matches!(g, Gesture::Connect { .. }))
            data-test="canvas"
            role="application"
            aria-label=text::CANVAS
            tabindex="0"
            node_ref=element
            style:background-size=grid_size
            style:background-position=grid_place
            on:wheel=move |event| gestures::wheel(app, element, &event)
            on:pointerdown=move |event| gestures::press_ground(app, element, &event)
            on:pointermove=move |event| app.pointer.set(Some(gestures::point(app, element, &event)))
            on:pointerleave=move |_| app.pointer.set(None)
            on:dblclick=move |event| gestures::double_click(app, element, &event)
            on:contextmenu=|event: ev::MouseEvent| event.prevent_default()
        >
            <div class="world" style:transform=world role="listbox" aria-multiselectable="true" aria-label=text::NODES>
                <Frames />
                <edges::Edges edges=Signal::derive(edges) />
                <For each=nodes key=Clone::clone let:id><node::NodeBox id canvas=element /></For>
                <edges::LineInHand />
            </div>
            <Marquee />
        </div>
        <hands::overlays::Overlays canvas=element />
        <Show when=move || app.lens.get() == Lens::Design><palette::Palette /></Show>
        <zoom::ZoomButtons />
        <add_list::AddListBox />
        <palette::InHand />
        <edges::Reason />
    }
}

/// The dots stay between half and double their distance at 100%.
fn grid_scale(zoom: f64) -> f64 {
    let mut scale = zoom;
    while scale < 0.6 {
        scale *= 2.0;
    }
    scale
}

/// The boxes near the part that is seen; none when the flow is small enough to draw it whole.
fn visible(app: App) -> Memo<Option<HashSet<NodeId>>> {
    let window = Memo::new(move |_| {
        let [width, height] = app.canvas_size.get();
        let view = app.viewport.get();
        let step = |value: f64| (value / CULL_STEP).floor() * CULL_STEP;
        let [left, top] = view.to_canvas(-CULL_STEP, -CULL_STEP);
        let [right, bottom] = view.to_canvas(width + CULL_STEP, height + CULL_STEP);
        Rect::between([step(left), step(top)], [step(right) + CULL_STEP, step(bottom) + CULL_STEP])
    });
    Memo::new(move |_| {
        let scene = app.scene.get();
        if scene.nodes.len() <= CULL_ABOVE {
            return None;
        }
        let window = window.get();
        let lifted = app.offset.with(|offset| offset.as_ref().map(|offset| offset.nodes.clone()));
        let near = scene.nodes.values().filter(|node| {
            node.rect.touches(window) || lifted.as_ref().is_some_and(|lifted| lifted.contains(&node.id))
        });
        Some(near.map(|node| node.id.clone()).collect())
    })
}

#[component]
fn Frames() -> impl IntoView {
    let app = app();
    let frames = Memo::new(move |_| app.scene.get().frames(|node| app.node_rect(node)));
    move || {
        frames
            .get()
            .into_iter()
            .map(|(label, rect)| {
                view! {
                    <div
                        class="frame"
                        aria-hidden="true"
                        style:transform=format!("translate({}px,{}px)", rect.x, rect.y)
                        style:width=format!("{}px", rect.width)
                        style:height=format!("{}px", rect.height)
                    >
                        <span>{label}</span>
                    </div>
                }
            })
            .collect_view()
    }
}

#[component]
fn Marquee() -> impl IntoView {
    let app = app();
    move || {
        let rect = app.gesture.with(Gesture::marquee)?;
        let view = app.viewport.get();
        Some(view! {
            <div
                class="marquee"
                style:transform=format!("translate({}px,{}px)", rect.x * view.zoom + view.x, rect.y * view.zoom + view.y)
                style:width=format!("{}px", rect.width * view.zoom)
                style:height=format!("{}px", rect.height * view.zoom)
            ></div>
        })
    }
}
