//! Commands of the window as a whole.

use leptos::prelude::*;
use thalweg_protocol::Theme;

use super::{Command, always, ctrl, ctrl_shift};
use crate::{state::App, text::command as label};

/// In the order of the palette.
pub(super) const ALL: &[&Command] =
    &[&DISCOVER, &CLEAR_TRACES, &CLEAR_LOGS, &CLEAR_METRICS, &THEME_SYSTEM, &THEME_DARK, &THEME_LIGHT, &PALETTE];

pub(crate) static DISCOVER: Command = Command {
    id: "discover",
    label: label::DISCOVER,
    keys: &[],
    edits_text: false,
    enabled: |app| app.traces.with(|traces| !traces.list.is_empty()),
    run: App::discover,
};

pub(crate) static CLEAR_TRACES: Command = Command {
    id: "clear-traces",
    label: label::CLEAR_TRACES,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::clear_traces,
};

pub(crate) static CLEAR_LOGS: Command = Command {
    id: "clear-logs",
    label: label::CLEAR_LOGS,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::ask_to_clear_logs,
};

pub(crate) static CLEAR_METRICS: Command = Command {
    id: "clear-metrics",
    label: label::CLEAR_METRICS,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::ask_to_clear_metrics,
};

pub(crate) static THEME_SYSTEM: Command = Command {
    id: "theme-system",
    label: label::THEME_SYSTEM,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: |app| app.set_theme(None),
};

pub(crate) static THEME_DARK: Command = Command {
    id: "theme-dark",
    label: label::THEME_DARK,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: |app| app.set_theme(Some(Theme::Dark)),
};

pub(crate) static THEME_LIGHT: Command = Command {
    id: "theme-light",
    label: label::THEME_LIGHT,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: |app| app.set_theme(Some(Theme::Light)),
};

pub(crate) static PALETTE: Command = Command {
    id: "palette",
    label: label::PALETTE,
    keys: &[ctrl("k"), ctrl_shift("p")],
    edits_text: false,
    enabled: always,
    run: |app| app.palette.update(|open| *open = !*open),
};
