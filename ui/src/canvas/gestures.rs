//! The hand on the canvas: panning, zooming, selecting, moving, connecting, placing.
//!
//! Pressing begins a [`Gesture`] on the element that was pressed; moving and releasing are heard on the whole window, so
//! that a gesture goes on outside the canvas.

use leptos::{ev, html, prelude::*};
use thalweg_flow::NodeId;
use thalweg_protocol::Wheel;
use wasm_bindgen::JsCast as _;

use super::{
    edges::reason_against,
    hands::{
        carry::{self, Keys},
        edge, lines,
    },
};
use crate::state::{AddList, App, Gesture, Lens, Rect};

/// The canvas element.
pub(super) type Element = NodeRef<html::Div>;

/// Pixels that the pointer may tremble before a press becomes a drag.
const TREMBLE: f64 = 3.0;
/// How near a line in hand must come to a box, in pixels.
const MAGNET: f64 = 20.0;

/// Hears moving and releasing, wherever the pointer is.
pub(super) fn listen(app: App, element: Element) {
    let moved = window_event_listener(ev::pointermove, move |event| drag(app, element, &event));
    let released = window_event_listener(ev::pointerup, move |event| release(app, element, &event));
    let lost = window_event_listener(ev::pointercancel, move |_| abandon(app));
    on_cleanup(move || {
        moved.remove();
        released.remove();
        lost.remove();
    });
}

/// Forgets the gesture; nothing changes.
pub(super) fn abandon(app: App) {
    app.gesture.try_set(Gesture::None);
    app.offset.try_set(None);
    carry::forget(app);
    edge::stop(app);
}

/// A pointer's place in pixels of the canvas element.
fn pixel(element: Element, event: &web_sys::MouseEvent) -> [f64; 2] {
    let origin = element.try_get_untracked().flatten().map(|element| element.get_bounding_client_rect());
    let [x, y] = [f64::from(event.client_x()), f64::from(event.client_y())];
    origin.map_or([x, y], |origin| [x - origin.left(), y - origin.top()])
}

/// A pointer's place in canvas units.
pub(super) fn point(app: App, element: Element, event: &web_sys::MouseEvent) -> [f64; 2] {
    let [x, y] = pixel(element, event);
    app.viewport.get_untracked().to_canvas(x, y)
}

/// Wheel: pans, or zooms where the user chose so; with Ctrl or ⌘ (a pinch is the same) zooms at the pointer; with Shift
/// pans sideways.
pub(super) fn wheel(app: App, element: Element, event: &web_sys::WheelEvent) {
    event.prevent_default();
    // Lines and pages as pixels.
    let unit = match event.delta_mode() {
        web_sys::WheelEvent::DOM_DELTA_LINE => 16.0,
        web_sys::WheelEvent::DOM_DELTA_PAGE => 400.0,
        _ => 1.0,
    };
    let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
    let zooms = app.preferences.with_untracked(|chosen| chosen.wheel == Wheel::Zoom) && !event.shift_key();
    if zooms || event.ctrl_key() || event.meta_key() {
        let [x, y] = pixel(element, event);
        app.viewport.update(|view| view.zoom_at(x, y, (-dy.clamp(-120.0, 120.0) * 0.0025).exp()));
    } else if event.shift_key() && dx == 0.0 {
        app.viewport.update(|view| view.pan(-dy, 0.0));
    } else {
        app.viewport.update(|view| view.pan(-dx, -dy));
    }
}

/// A press on the ground.
pub(super) fn press_ground(app: App, element: Element, event: &web_sys::PointerEvent) {
    app.add_list.set(None);
    let pan = event.button() == 1 || event.button() == 2 || (event.button() == 0 && super::keys::pans(app));
    if pan {
        event.prevent_default();
        app.gesture.set(Gesture::Pan { last: pixel(element, event) });
        return;
    }
    if event.button() != 0 {
        return;
    }
    let keep = if adds(event) { app.selection.get_untracked() } else { Vec::new() };
    app.select(keep.clone());
    let from = point(app, element, event);
    app.gesture.set(Gesture::Marquee { from, to: from, keep });
}

/// A press on a box.
pub(super) fn press_node(app: App, element: Element, id: &NodeId, event: &web_sys::PointerEvent) {
    if event.button() != 0 || super::keys::pans(app) {
        return;
    }
    event.stop_propagation();
    app.add_list.set(None);
    // What keys have lifted is put down before a hand takes something up.
    app.put_down_nudged();
    let mut selected = app.selection.get_untracked();
    if adds(event) {
        match selected.iter().position(|other| other == id) {
            Some(at) => drop(selected.remove(at)),
            None => selected.push(id.clone()),
        }
        app.select(selected);
    } else if !selected.contains(id) {
        app.select(vec![id.clone()]);
    }
    app.gesture.set(Gesture::Move { from: point(app, element, event), moved: false, pressed: id.clone() });
}

/// A press on something that stands for the selected boxes: they are moved together. `id` is one of them.
pub(super) fn press_selected(app: App, element: Element, id: &NodeId, event: &web_sys::PointerEvent) {
    event.stop_propagation();
    app.add_list.set(None);
    app.gesture.set(Gesture::Move { from: point(app, element, event), moved: false, pressed: id.clone() });
}

/// A press on a box's handle: at its right side, or (`incoming`) at its left.
pub(super) fn press_handle(app: App, element: Element, id: &NodeId, incoming: bool, event: &web_sys::PointerEvent) {
    if event.button() != 0 {
        return;
    }
    event.stop_propagation();
    event.prevent_default();
    app.gesture.set(Gesture::Connect { from: id.clone(), incoming, to: point(app, element, event) });
}

/// Double click on the ground opens the list of kinds.
pub(super) fn double_click(app: App, element: Element, event: &web_sys::MouseEvent) {
    // A line that was just dropped here opened its own list: two quick drags count as a double click in WebKitGTK.
    if app.lens.get_untracked() == Lens::Design && app.add_list.with_untracked(Option::is_none) {
        app.add_list.set(Some(AddList { at: point(app, element, event), from: None, before: false }));
    }
}

fn adds(event: &web_sys::PointerEvent) -> bool {
    event.shift_key() || event.ctrl_key() || event.meta_key()
}

fn drag(app: App, element: Element, event: &web_sys::PointerEvent) {
    match app.gesture.try_get_untracked() {
        None | Some(Gesture::None) => {}
        Some(Gesture::Place { kind, pressed, .. }) => {
            let at = [f64::from(event.client_x()), f64::from(event.client_y())];
            app.gesture.set(Gesture::Place { kind, pressed, at });
        }
        Some(gesture) => {
            let (at, keys) = (pixel(element, event), Keys::of(event));
            drag_to(app, at, keys);
            if !matches!(gesture, Gesture::Pan { .. } | Gesture::Move { moved: false, .. }) {
                edge::follow(app, at, move |at| drag_to(app, at, keys));
            }
        }
    }
}

/// What the gesture under way does when the pointer comes to a pixel of the canvas.
fn drag_to(app: App, pixel: [f64; 2], keys: Keys) {
    let Some(gesture) = app.gesture.try_get_untracked() else { return };
    let at = app.viewport.with_untracked(|view| view.to_canvas(pixel[0], pixel[1]));
    match gesture {
        Gesture::None | Gesture::Place { .. } => {}
        Gesture::Pan { last } => {
            app.viewport.update(|view| view.pan(pixel[0] - last[0], pixel[1] - last[1]));
            app.gesture.set(Gesture::Pan { last: pixel });
        }
        Gesture::Marquee { from, keep, .. } => {
            let gesture = Gesture::Marquee { from, to: at, keep };
            select_inside(app, &gesture);
            app.gesture.set(gesture);
        }
        Gesture::Move { from, moved, pressed } => {
            let by = [at[0] - from[0], at[1] - from[1]];
            let far = by[0].hypot(by[1]) * app.viewport.with_untracked(|v| v.zoom) > TREMBLE;
            if !moved && !far {
                return;
            }
            let designs = app.lens.get_untracked() == Lens::Design;
            if !moved {
                if designs {
                    carry::begin(app);
                }
                app.gesture.set(Gesture::Move { from, moved: true, pressed });
            }
            if designs {
                carry::carry(app, by, keys);
            }
        }
        Gesture::Connect { from, incoming, .. } => app.gesture.set(Gesture::Connect { from, incoming, to: at }),
    }
}

fn select_inside(app: App, gesture: &Gesture) {
    let (Some(rect), Gesture::Marquee { keep, .. }) = (gesture.marquee(), gesture) else { return };
    if rect.width + rect.height < TREMBLE {
        return;
    }
    let scene = app.scene.get_untracked();
    let inside = scene.nodes.values().filter(|node| node.rect.touches(rect) && !keep.contains(&node.id));
    let selected: Vec<NodeId> = keep.iter().cloned().chain(inside.map(|node| node.id.clone())).collect();
    if app.selection.with_untracked(|now| *now != selected) {
        app.selection.set(selected);
    }
}

fn release(app: App, element: Element, event: &web_sys::PointerEvent) {
    let Some(gesture) = app.gesture.try_get_untracked() else { return };
    if gesture == Gesture::None {
        return;
    }
    app.gesture.set(Gesture::None);
    edge::stop(app);
    match gesture {
        Gesture::None | Gesture::Pan { .. } | Gesture::Marquee { .. } => {}
        Gesture::Move { moved: true, .. } => carry::put_down(app, Keys::of(event)),
        Gesture::Move { pressed, .. } => {
            // A click on one of several selected boxes means that one; on the label of a frame, all of its boxes.
            if !adds(event) && !is_on_label(event) && app.selection.with_untracked(Vec::len) > 1 {
                app.select(vec![pressed]);
            }
        }
        Gesture::Connect { from, incoming, .. } => end_line(app, &from, incoming, point(app, element, event)),
        Gesture::Place { kind, pressed, at } => {
            let far = (at[0] - pressed[0]).hypot(at[1] - pressed[1]) > TREMBLE;
            if !far {
                app.add_node_somewhere(kind);
            } else if is_over_canvas(element, event) {
                let [x, y] = point(app, element, event);
                place(app, kind, [x - 75.0, y - super::NODE_HEIGHT / 2.0]);
            }
        }
    }
}

/// A new box was dropped: on a line it comes between its ends, where that means something.
fn place(app: App, kind: &'static str, at: [f64; 2]) {
    let scene = app.scene.get_untracked();
    let rect = Rect { x: at[0], y: at[1], width: 150.0, height: super::NODE_HEIGHT };
    match lines::below(&scene, rect) {
        Some(line) if super::kinds::may_come_between(app, kind, line) => app.add_between(kind, at, line.clone()),
        _ => app.add_node(kind, at, None, false),
    }
}

/// A line was dropped: on a box it connects, in the void it asks what follows, or what comes before.
fn end_line(app: App, from: &NodeId, incoming: bool, at: [f64; 2]) {
    let scene = app.scene.get_untracked();
    match scene.node_at(at, magnet(app)) {
        Some(node) if node.id == *from => {}
        Some(node) => {
            let (from, to) = if incoming { (&node.id, from) } else { (from, &node.id) };
            if reason_against(app, from, to).is_none() {
                app.connect(from, to);
            }
        }
        None => app.add_list.set(Some(AddList { at, from: Some(from.clone()), before: incoming })),
    }
}

/// How near a line in hand must come to a box, in canvas units.
pub(super) fn magnet(app: App) -> f64 {
    MAGNET / app.viewport.with_untracked(|view| view.zoom)
}

fn is_on_label(event: &web_sys::PointerEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.closest(".frame-grip"), Ok(Some(_))))
}

/// Whether the pointer is over the canvas itself, not over the palette or beside it.
fn is_over_canvas(element: Element, event: &web_sys::PointerEvent) -> bool {
    let under = document().element_from_point(event.client_x() as f32, event.client_y() as f32);
    match (element.get_untracked(), under) {
        (Some(element), Some(under)) => element.contains(Some(under.unchecked_ref())),
        _ => false,
    }
}
