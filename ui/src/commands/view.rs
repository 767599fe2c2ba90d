//! Commands for where one looks.

use leptos::prelude::*;

use super::{Command, always, ctrl, has_canvas, key};
use crate::{
    state::{App, Lens},
    text::command as label,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] =
    &[&FIT, &ACTUAL_SIZE, &ZOOM_IN, &ZOOM_OUT, &DESIGN, &SIMULATE, &TRACES, &LOGS, &METRICS, &ANSWERS];

pub(crate) static FIT: Command =
    Command { id: "fit", label: label::FIT, keys: &[key("f")], edits_text: false, enabled: has_canvas, run: App::fit };

pub(crate) static ACTUAL_SIZE: Command = Command {
    id: "actual-size",
    label: label::ACTUAL_SIZE,
    keys: &[key("1"), ctrl("0")],
    edits_text: false,
    enabled: has_canvas,
    run: App::zoom_to_actual_size,
};

pub(crate) static ZOOM_IN: Command = Command {
    id: "zoom-in",
    label: label::ZOOM_IN,
    keys: &[ctrl("="), ctrl("+")],
    edits_text: false,
    enabled: has_canvas,
    run: App::zoom_in,
};

pub(crate) static ZOOM_OUT: Command = Command {
    id: "zoom-out",
    label: label::ZOOM_OUT,
    keys: &[ctrl("-")],
    edits_text: false,
    enabled: has_canvas,
    run: App::zoom_out,
};

pub(crate) static DESIGN: Command = Command {
    id: "show-design",
    label: label::SHOW_DESIGN,
    keys: &[ctrl("1")],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Design),
};

pub(crate) static SIMULATE: Command = Command {
    id: "show-simulate",
    label: label::SHOW_SIMULATE,
    keys: &[ctrl("2")],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Simulate),
};

pub(crate) static TRACES: Command = Command {
    id: "show-traces",
    label: label::SHOW_TRACES,
    keys: &[ctrl("3")],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Traces),
};

pub(crate) static LOGS: Command = Command {
    id: "show-logs",
    label: label::SHOW_LOGS,
    keys: &[ctrl("4")],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Logs),
};

pub(crate) static METRICS: Command = Command {
    id: "show-metrics",
    label: label::SHOW_METRICS,
    keys: &[ctrl("5")],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Metrics),
};

pub(crate) static ANSWERS: Command = Command {
    id: "show-answers",
    label: label::SHOW_ANSWERS,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: |app| app.lens.set(Lens::Answers),
};
