//! Commands of the hands on the canvas: clipboard, alignment, walking through the graph.

use leptos::prelude::*;

use super::{Command, Shortcut, always, ctrl, designs, has_canvas, key};
use crate::{
    canvas::hands::align::{Align, Distribute},
    state::App,
    text::{find, hands as label},
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[
    &DUPLICATE,
    &COPY,
    &CUT,
    &PASTE,
    &DELETE_AND_RECONNECT,
    &ADD_AFTER,
    &ADD_BROKER,
    &ADD_COMMENT,
    &ALIGN_LEFT,
    &ALIGN_CENTRE,
    &ALIGN_RIGHT,
    &ALIGN_TOP,
    &ALIGN_MIDDLE,
    &ALIGN_BOTTOM,
    &DISTRIBUTE_ACROSS,
    &DISTRIBUTE_DOWN,
    &FIT_SELECTION,
    &HAND,
    &UPSTREAM,
    &DOWNSTREAM,
    &CONNECTED,
    &FIND,
    &SHORTCUTS,
];

const fn alt(key: &'static str) -> Shortcut {
    Shortcut { ctrl: false, shift: false, alt: true, key }
}

const fn alt_shift(key: &'static str) -> Shortcut {
    Shortcut { ctrl: false, shift: true, alt: true, key }
}

const fn shift(key: &'static str) -> Shortcut {
    Shortcut { ctrl: false, shift: true, alt: false, key }
}

impl Command {
    /// Whether the window's own copy, cut and paste follow on its keys.
    pub(crate) fn is_of_clipboard(&self) -> bool {
        [&COPY, &CUT, &PASTE].iter().any(|command| command.id == self.id)
    }
}

/// Whether so many nodes are selected that could be changed.
fn selected(app: App, least: usize) -> bool {
    designs(app) && app.selection.with(|ids| ids.len() >= least)
}

fn any(app: App) -> bool {
    selected(app, 1)
}

fn several(app: App) -> bool {
    selected(app, 2)
}

fn three(app: App) -> bool {
    selected(app, 3)
}

fn seen(app: App) -> bool {
    has_canvas(app) && app.selection.with(|ids| !ids.is_empty())
}

pub(crate) static DUPLICATE: Command = Command {
    id: "duplicate",
    label: label::DUPLICATE,
    keys: &[ctrl("d")],
    edits_text: true,
    enabled: any,
    run: App::duplicate,
};

pub(crate) static COPY: Command =
    Command { id: "copy", label: label::COPY, keys: &[ctrl("c")], edits_text: true, enabled: any, run: App::copy };

pub(crate) static CUT: Command =
    Command { id: "cut", label: label::CUT, keys: &[ctrl("x")], edits_text: true, enabled: any, run: App::cut };

pub(crate) static PASTE: Command = Command {
    id: "paste",
    label: label::PASTE,
    keys: &[ctrl("v")],
    edits_text: true,
    enabled: |app| designs(app) && app.hands.clipboard.with(Option::is_some),
    run: App::paste,
};

pub(crate) static DELETE_AND_RECONNECT: Command = Command {
    id: "delete-and-reconnect",
    label: label::DELETE_AND_RECONNECT,
    keys: &[ctrl("backspace"), ctrl("delete")],
    edits_text: true,
    enabled: any,
    run: App::delete_and_reconnect,
};

pub(crate) static ADD_AFTER: Command = Command {
    id: "add-after",
    label: label::ADD_AFTER,
    keys: &[ctrl("arrowright")],
    edits_text: true,
    enabled: |app| designs(app) && app.selection.with(|ids| ids.len() == 1),
    run: App::ask_what_follows,
};

pub(crate) static FIND: Command = Command {
    id: "find",
    label: find::FIND,
    keys: &[ctrl("f")],
    edits_text: false,
    enabled: has_canvas,
    run: |app| app.hands.find.set(true),
};

pub(crate) static SHORTCUTS: Command = Command {
    id: "shortcuts",
    label: find::SHORTCUTS,
    keys: &[key("?")],
    edits_text: false,
    enabled: always,
    run: |app| app.hands.sheet.update(|open| *open = !*open),
};

pub(crate) static ADD_BROKER: Command = Command {
    id: "add-broker",
    label: label::ADD_BROKER,
    keys: &[ctrl("g")],
    edits_text: false,
    enabled: designs,
    run: App::add_broker,
};

pub(crate) static ADD_COMMENT: Command = Command {
    id: "add-comment",
    label: label::ADD_COMMENT,
    keys: &[ctrl("/")],
    edits_text: false,
    enabled: designs,
    run: App::add_comment,
};

macro_rules! align {
    ($($name:ident $id:literal $keys:expr, $enabled:ident, $run:expr;)*) => {
        $(pub(crate) static $name: Command = Command {
            id: $id,
            label: label::$name,
            keys: &[$keys],
            edits_text: false,
            enabled: $enabled,
            run: $run,
        };)*
    };
}

align! {
    ALIGN_LEFT "align-left" alt("a"), several, |app| app.align(Align::Left);
    ALIGN_CENTRE "align-centre" alt("h"), several, |app| app.align(Align::Centre);
    ALIGN_RIGHT "align-right" alt("d"), several, |app| app.align(Align::Right);
    ALIGN_TOP "align-top" alt("w"), several, |app| app.align(Align::Top);
    ALIGN_MIDDLE "align-middle" alt("v"), several, |app| app.align(Align::Middle);
    ALIGN_BOTTOM "align-bottom" alt("s"), several, |app| app.align(Align::Bottom);
    DISTRIBUTE_ACROSS "distribute-across" alt_shift("h"), three, |app| app.distribute(Distribute::Across);
    DISTRIBUTE_DOWN "distribute-down" alt_shift("v"), three, |app| app.distribute(Distribute::Down);
    UPSTREAM "select-upstream" alt("u"), seen, |app| app.select_reachable(true, false);
    DOWNSTREAM "select-downstream" alt("n"), seen, |app| app.select_reachable(false, true);
    CONNECTED "select-connected" alt("c"), seen, |app| app.select_reachable(true, true);
    FIT_SELECTION "fit-selection" shift("f"), seen, App::fit_selection;
    HAND "hand" key("h"), has_canvas, |app| app.hands.tool.update(|on| *on = !*on);
}
