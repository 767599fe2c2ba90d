//! Carrying boxes: they snap, guides show why, and over a line they may come between its ends.

use leptos::prelude::*;
use thalweg_flow::{Edge, Flow, NodeId, can_splice};

use super::{
    brokers, lines,
    snap::{REACH, Snap, along_one_axis},
};
use crate::{
    canvas::EdgeKey,
    state::{App, Held, Rect},
    text::hands as text,
};

/// Keys that change what a drag means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    /// Ctrl or ⌘: nothing snaps.
    pub(crate) free: bool,
    /// Shift: along one axis.
    pub(crate) straight: bool,
    /// Alt: the boxes stay, copies are put down.
    pub(crate) double: bool,
}

impl Keys {
    /// Those that are held during an event.
    pub(crate) fn of(event: &web_sys::MouseEvent) -> Self {
        Keys { free: event.ctrl_key() || event.meta_key(), straight: event.shift_key(), double: event.alt_key() }
    }
}

/// Remembers what the selected boxes snap to. Called once, when a press becomes a drag.
pub(crate) fn begin(app: App) {
    let scene = app.scene.get_untracked();
    let carried: std::collections::HashSet<NodeId> = app.selection.get_untracked().into_iter().collect();
    let rects = scene.nodes.values().filter(|node| carried.contains(&node.id)).map(|node| node.rect);
    let others = scene.nodes.values().filter(|node| !carried.contains(&node.id)).map(|node| node.rect);
    let frames = app.document.with_untracked(|d| d.as_ref().map(|d| brokers::all(d.flow(), &scene, &carried)));
    let held = Held {
        bounds: rects.reduce(Rect::union).unwrap_or_default(),
        snap: Snap::new(others),
        frames: frames.unwrap_or_default(),
        at_edge: None,
    };
    app.hands.held.set_value(held);
}

/// Carries the selected boxes by some way.
pub(crate) fn carry(app: App, by: [f64; 2], keys: Keys) {
    let by = if keys.straight { along_one_axis(by) } else { by };
    let zoom = app.viewport.with_untracked(|v| v.zoom);
    let free = if keys.free { [true, true] } else { [keys.straight && by[0] == 0.0, keys.straight && by[1] == 0.0] };
    let snapped = app.hands.held.with_value(|held| {
        let at = Rect { x: held.bounds.x + by[0], y: held.bounds.y + by[1], ..held.bounds };
        held.snap.at(at, REACH / zoom, free)
    });
    let by = [by[0] + snapped.by[0], by[1] + snapped.by[1]];
    app.lift(&app.selection.get_untracked(), by);
    if app.hands.guides.with_untracked(|now| *now != snapped.guides) {
        app.hands.guides.set(snapped.guides);
    }
    let splice = if keys.double { None } else { line_below(app, by) };
    let frame = if keys.double || splice.is_some() { None } else { frame_below(app, by) };
    if app.hands.splice.with_untracked(|now| *now != splice) {
        app.hands.splice.set(splice);
    }
    if app.hands.frame.with_untracked(|now| *now != frame) {
        app.hands.frame.set(frame);
    }
}

/// Puts the boxes down, or copies of them.
pub(crate) fn put_down(app: App, keys: Keys) {
    app.hands.guides.set(Vec::new());
    let line = app.hands.splice.try_update(Option::take).flatten();
    let frame = app.hands.frame.try_update(Option::take).flatten();
    if keys.double {
        let Some(offset) = app.offset.try_update(Option::take).flatten() else { return };
        let bounds = app.hands.held.with_value(|held| held.bounds);
        app.duplicate_at(Some([bounds.x + offset.by[0], bounds.y + offset.by[1]].map(f64::round)));
        return;
    }
    let only = app.selection.with_untracked(|ids| if let [only] = ids.as_slice() { Some(only.clone()) } else { None });
    match (line, only, frame) {
        (Some(line), Some(node), _) => {
            if let Some((_, edits)) = app.take_down() {
                app.splice(&node, line, edits);
            }
        }
        (_, _, Some(broker)) => {
            if let Some((_, mut edits)) = app.take_down() {
                let ids = app.selection.get_untracked();
                edits.extend(brokers::joining(&ids, &broker));
                app.edit(&text::step_join(&ids, &broker), &edits);
            }
        }
        _ => app.put_down(),
    }
}

/// Forgets what was carried.
pub(crate) fn forget(app: App) {
    app.hands.guides.try_set(Vec::new());
    app.hands.splice.try_set(None);
    app.hands.frame.try_set(None);
}

/// The broker into whose frame the carried channels would come.
fn frame_below(app: App, by: [f64; 2]) -> Option<String> {
    app.hands.held.with_value(|held| {
        let rect = Rect { x: held.bounds.x + by[0], y: held.bounds.y + by[1], ..held.bounds };
        brokers::below(app, &held.frames, rect)
    })
}

/// The line below the one box that is carried, if it has none of its own and may come between that line's ends.
fn line_below(app: App, by: [f64; 2]) -> Option<EdgeKey> {
    let scene = app.scene.get_untracked();
    let node = app.selection.with_untracked(|ids| match ids.as_slice() {
        [only] => scene.nodes.get(only).cloned(),
        _ => None,
    })?;
    if scene.edges.iter().any(|e| e.from == node.id || e.to == node.id) {
        return None;
    }
    let rect = Rect { x: node.rect.x + by[0], y: node.rect.y + by[1], ..node.rect };
    let line = lines::below(&scene, rect)?;
    let edge = Edge { from: line.from.clone(), to: line.to.clone(), kind: line.kind };
    let fits = |flow: &Flow| can_splice(flow, &edge, &node.id).is_ok();
    app.document.with_untracked(|d| d.as_ref().is_some_and(|d| fits(d.flow()))).then(|| line.clone())
}
