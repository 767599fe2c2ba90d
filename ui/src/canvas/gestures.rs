//! The hand on the canvas: panning, zooming, selecting, moving, connecting, placing.
//!
//! Pressing begins a [`Gesture`] on the element that was pressed; moving and releasing are heard on the whole window, so
//! that a gesture goes on outside the canvas.

use leptos::{ev, html, prelude::*};
use thalweg_flow::NodeId;
use thalweg_protocol::Wheel;
use wasm_bindgen::JsCast as _;

use super::edges::reason_against;
use crate::state::{AddList, App, Gesture, Lens};

/// The canvas element.
pub(super) type Element = NodeRef<html::Div>;

/// Pixels that the pointer may tremble before a press becomes a drag.
const TREMBLE: f64 = 3.0;
/// How near a line in hand must come to a box, in canvas units.
pub(super) const MAGNET: f64 = 14.0;

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
    let pan = event.button() == 1 || event.button() == 2 || (event.button() == 0 && super::keys::space_is_down(app));
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
    if event.button() != 0 || super::keys::space_is_down(app) {
        return;
    }
    event.stop_propagation();
    app.add_list.set(None);
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

/// A press on a box's handle.
pub(super) fn press_handle(app: App, element: Element, id: &NodeId, event: &web_sys::PointerEvent) {
    if event.button() != 0 {
        return;
    }
    event.stop_propagation();
    event.prevent_default();
    app.gesture.set(Gesture::Connect { from: id.clone(), to: point(app, element, event) });
}

/// Double click on the ground opens the list of kinds.
pub(super) fn double_click(app: App, element: Element, event: &web_sys::MouseEvent) {
    if app.lens.get_untracked() == Lens::Design {
        app.add_list.set(Some(AddList { at: point(app, element, event), from: None }));
    }
}

fn adds(event: &web_sys::PointerEvent) -> bool {
    event.shift_key() || event.ctrl_key() || event.meta_key()
}

fn drag(app: App, element: Element, event: &web_sys::PointerEvent) {
    let Some(gesture) = app.gesture.try_get_untracked() else { return };
    match gesture {
        Gesture::None => {}
        Gesture::Pan { last } => {
            let [x, y] = pixel(element, event);
            app.viewport.update(|view| view.pan(x - last[0], y - last[1]));
            app.gesture.set(Gesture::Pan { last: [x, y] });
        }
        Gesture::Marquee { from, keep, .. } => {
            let to = point(app, element, event);
            let gesture = Gesture::Marquee { from, to, keep };
            select_inside(app, &gesture);
            app.gesture.set(gesture);
        }
        Gesture::Move { from, moved, pressed } => {
            let at = point(app, element, event);
            let by = [at[0] - from[0], at[1] - from[1]];
            let far = by[0].hypot(by[1]) * app.viewport.with_untracked(|v| v.zoom) > TREMBLE;
            if moved || far {
                if app.lens.get_untracked() == Lens::Design {
                    app.lift(&app.selection.get_untracked(), by);
                }
                if !moved {
                    app.gesture.set(Gesture::Move { from, moved: true, pressed });
                }
            }
        }
        Gesture::Connect { from, .. } => app.gesture.set(Gesture::Connect { from, to: point(app, element, event) }),
        Gesture::Place { kind, pressed, .. } => {
            let at = [f64::from(event.client_x()), f64::from(event.client_y())];
            app.gesture.set(Gesture::Place { kind, pressed, at });
        }
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
    match gesture {
        Gesture::None | Gesture::Pan { .. } | Gesture::Marquee { .. } => {}
        Gesture::Move { moved: true, .. } => app.put_down(),
        Gesture::Move { pressed, .. } => {
            // A click on one of several selected boxes means that one.
            if !adds(event) && app.selection.with_untracked(Vec::len) > 1 {
                app.select(vec![pressed]);
            }
        }
        Gesture::Connect { from, .. } => end_line(app, &from, point(app, element, event)),
        Gesture::Place { kind, pressed, at } => {
            let far = (at[0] - pressed[0]).hypot(at[1] - pressed[1]) > TREMBLE;
            if !far {
                app.add_node_somewhere(kind);
            } else if is_over_canvas(element, event) {
                let [x, y] = point(app, element, event);
                app.add_node(kind, [x - 75.0, y - super::NODE_HEIGHT / 2.0], None);
            }
        }
    }
}

/// A line was dropped: on a box it connects, in the void it asks what follows.
fn end_line(app: App, from: &NodeId, at: [f64; 2]) {
    let scene = app.scene.get_untracked();
    match scene.node_at(at, MAGNET) {
        Some(node) if node.id == *from => {}
        Some(node) => {
            if reason_against(app, from, &node.id).is_none() {
                app.connect(from, &node.id);
            }
        }
        None => app.add_list.set(Some(AddList { at, from: Some(from.clone()) })),
    }
}

/// Whether the pointer is over the canvas itself, not over the palette or beside it.
fn is_over_canvas(element: Element, event: &web_sys::PointerEvent) -> bool {
    let under = document().element_from_point(event.client_x() as f32, event.client_y() as f32);
    match (element.get_untracked(), under) {
        (Some(element), Some(under)) => element.contains(Some(under.unchecked_ref())),
        _ => false,
    }
}
