//! Commands of playing a run.

use leptos::prelude::*;

use super::{Command, Shortcut, key};
use crate::{
    state::{App, Lens},
    text::playback as label,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] =
    &[&PLAY, &FASTER, &SLOWER, &STEP, &STEP_BACK, &NEXT_FAULT, &LAST_FAULT, &NEXT_BROKEN, &KEY];

/// Whether a run can be played now.
fn shows_run(app: App) -> bool {
    app.lens.get() == Lens::Simulate && app.series.with(Option::is_some)
}

pub(crate) static PLAY: Command = Command {
    id: "play",
    label: label::PLAY,
    keys: &[key("p")],
    edits_text: false,
    enabled: shows_run,
    run: App::toggle_playing,
};

pub(crate) static FASTER: Command = Command {
    id: "play-faster",
    label: label::FASTER,
    keys: &[key(">")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.change_speed(true),
};

pub(crate) static SLOWER: Command = Command {
    id: "play-slower",
    label: label::SLOWER,
    keys: &[key("<")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.change_speed(false),
};

pub(crate) static STEP: Command = Command {
    id: "step",
    label: label::STEP,
    keys: &[key(".")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.step_bucket(true),
};

pub(crate) static STEP_BACK: Command = Command {
    id: "step-back",
    label: label::STEP_BACK,
    keys: &[key(",")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.step_bucket(false),
};

pub(crate) static NEXT_FAULT: Command = Command {
    id: "next-fault",
    label: label::NEXT_FAULT,
    keys: &[key("b")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.go_to_fault(true),
};

pub(crate) static LAST_FAULT: Command = Command {
    id: "last-fault",
    label: label::LAST_FAULT,
    keys: &[Shortcut { ctrl: false, shift: true, alt: false, key: "b" }],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.go_to_fault(false),
};

pub(crate) static NEXT_BROKEN: Command = Command {
    id: "next-broken",
    label: label::NEXT_BROKEN,
    keys: &[key("e")],
    edits_text: false,
    enabled: |app| app.lens.get().is_of_flow() && !app.broken_moments().is_empty(),
    run: App::go_to_next_broken,
};

pub(crate) static KEY: Command = Command {
    id: "drawing-key",
    label: label::SHOW_KEY,
    keys: &[key("k")],
    edits_text: false,
    enabled: shows_run,
    run: |app| app.playback.key.update(|shown| *shown = !*shown),
};
