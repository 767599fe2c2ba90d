//! The canvas: the flow as boxes and lines, and everything the hand does with them.

mod add_list;
mod comments;
mod edges;
mod facts;
mod figures;
mod frames;
mod gestures;
pub(crate) mod hands;
mod key;
mod keys;
mod kinds;
mod minimap;
mod node;
mod palette;
mod readout;
mod routes;
mod scene;
mod stage;
mod zoom;

use leptos::{ev, html, prelude::*};

pub(crate) use facts::{distribution, distribution_name, load};
pub(crate) use kinds::starter_fields;
pub(crate) use routes::{Routes, drawing};
pub(crate) use scene::{EdgeKey, Hue, NODE_HEIGHT, NODE_HEIGHT_FIGURES, Scene, SceneNode, node_of_path};
pub(crate) use stage::{Found, LARGE_FROM, Line, Pace};

use crate::{
    state::{Gesture, Lens, Rect, app},
    text,
};
use stage::{Ground, LineHandle, Stage};

/// The drawing of the open flow.
#[component]
pub(crate) fn Canvas() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    gestures::listen(app, element);
    keys::listen(app);
    zoom::measure(app, element);
    routes::keep(app);
    let stage = Stage::new();
    let large = stage::is_large(app);
    let nodes = stage::near(app, large);
    let lines = stage::lines(app, large);
    let connecting = Memo::new(move |_| {
        app.gesture.with(|gesture| match gesture {
            Gesture::Connect { from, .. } => Some(from.clone()),
            _ => None,
        })
    });
    let over_line = RwSignal::new(false);
    let press = move |event: ev::PointerEvent| {
        let at = gestures::point(app, element, &event);
        match stage.find(app, at).filter(|_| event.button() == 0 && !keys::pans(app)) {
            Some(Found::Box(id)) => gestures::press_node(app, element, &id, &event),
            Some(Found::Line(edge)) => {
                app.add_list.set(None);
                app.select_edge(edge);
            }
            None => gestures::press_ground(app, element, &event),
        }
    };
    let point = move |event: ev::PointerEvent| {
        let at = gestures::point(app, element, &event);
        app.pointer.set(Some(at));
        let idle = app.gesture.with_untracked(|gesture| *gesture == Gesture::None);
        let over = stage.hover(app, Some(at).filter(|_| idle));
        if untrack(|| app.shows_figures()) {
            app.hovered.set(stage.find(app, at).map(|found| (found, at)));
        }
        if over_line.get_untracked() != over {
            over_line.set(over);
        }
    };
    let world = move || app.viewport.with(|v| format!("translate({}px,{}px) scale({})", v.x, v.y, v.zoom));
    view! {
        <div
            class="canvas"
            class:large=move || large.get()
            class:panning=move || app.gesture.with(|g| matches!(g, Gesture::Pan { .. }))
            class:hand=move || app.hands.tool.get() || app.space.get()
            class:connecting=move || connecting.with(Option::is_some)
            class:over-line=move || over_line.get()
            data-test="canvas"
            data-routed=move || routes::are_whole(app).to_string()
            role="application"
            aria-label=text::CANVAS
            tabindex="0"
            node_ref=element
            on:wheel=move |event| gestures::wheel(app, element, &event)
            on:pointerdown=press
            on:pointermove=point
            on:pointerleave=move |_| {
                app.pointer.set(None);
                app.hovered.set(None);
                stage.hover(app, None);
            }
            on:dblclick=move |event| {
                // A box from afar has no name to be changed in place: nearer it has.
                match stage.find(app, gestures::point(app, element, &event)) {
                    Some(Found::Box(id)) => app.come_near(&id),
                    Some(Found::Line(_)) => {}
                    None => gestures::double_click(app, element, &event),
                }
            }
            on:contextmenu=|event: ev::MouseEvent| event.prevent_default()
        >
            <Ground stage />
            <div class="world" style:transform=world role="listbox" aria-label=text::stage::LINES>
                <For each=move || lines.get() key=Clone::clone let((line, edge))><LineHandle stage line edge /></For>
            </div>
            <div class="world" style:transform=world role="listbox" aria-multiselectable="true" aria-label=text::NODES>
                <Frames large />
                <For each=move || nodes.get() key=Clone::clone let:id>
                    <node::NodeBox id canvas=element stage connecting />
                </For>
                <edges::LineInHand />
            </div>
            <Marquee />
        </div>
        <hands::overlays::Overlays canvas=element />
        <readout::Readout stage />
        <key::Key />
        <Show when=move || app.lens.get() == Lens::Design><palette::Palette /></Show>
        <zoom::ZoomButtons />
        <minimap::Minimap stage />
        <add_list::AddListBox />
        <palette::InHand />
        <edges::Reason />
    }
}

/// Frames follow the hand; those of a large flow when it lets go, since finding them compares many boxes.
#[component]
fn Frames(large: Memo<bool>) -> impl IntoView {
    let app = app();
    let frames = Memo::new(move |_| {
        let tall = app.shows_figures();
        let laid =
            |node: &SceneNode| Rect { height: if tall { NODE_HEIGHT_FIGURES } else { node.rect.height }, ..node.rect };
        let large = large.get();
        app.scene.get().frames(|node| if large { laid(node) } else { app.node_rect(node) })
    });
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
