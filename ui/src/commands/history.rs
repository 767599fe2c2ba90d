//! Commands of kept runs. Those about a run are about the one that is chosen in the list.

use leptos::prelude::*;

use super::{Command, has_document};
use crate::{
    state::{App, History},
    text::runs as label,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] =
    &[&LIST, &LATEST, &SHOW, &COMPARE, &SWAP, &END, &NAME, &PIN, &AGAIN, &DELETE, &RESTORE];

fn has_chosen(app: App) -> bool {
    app.history.with(|history| history.chosen().is_some())
}

fn compares(app: App) -> bool {
    app.history.with(|history| history.baseline().is_some())
}

pub(crate) static LIST: Command = Command {
    id: "show-runs",
    label: label::SHOW_LIST,
    keys: &[],
    edits_text: false,
    enabled: has_document,
    run: App::show_runs,
};

pub(crate) static LATEST: Command = Command {
    id: "show-latest-run",
    label: label::SHOW_LATEST,
    keys: &[],
    edits_text: false,
    enabled: |app| app.history.with(|history| history.older().is_some()),
    run: App::show_latest_run,
};

pub(crate) static SHOW: Command = Command {
    id: "show-run",
    label: label::SHOW_RUN,
    keys: &[],
    edits_text: false,
    enabled: |app| has_chosen(app) && app.running.with(Option::is_none),
    run: App::show_chosen_run,
};

pub(crate) static COMPARE: Command = Command {
    id: "compare-run",
    label: label::COMPARE_RUN,
    keys: &[],
    edits_text: false,
    enabled: |app| has_chosen(app) && app.history.with(|history| history.runs().len() > 1),
    run: App::compare_with_chosen_run,
};

pub(crate) static SWAP: Command = Command {
    id: "swap-comparison",
    label: label::SWAP,
    keys: &[],
    edits_text: false,
    enabled: |app| app.history.with(History::pair).is_some(),
    run: App::swap_comparison,
};

pub(crate) static END: Command = Command {
    id: "end-comparison",
    label: label::END_COMPARISON,
    keys: &[],
    edits_text: false,
    enabled: compares,
    run: App::end_comparison,
};

pub(crate) static NAME: Command = Command {
    id: "name-run",
    label: label::NAME_RUN,
    keys: &[],
    edits_text: false,
    enabled: has_chosen,
    run: App::rename_chosen_run,
};

pub(crate) static PIN: Command = Command {
    id: "pin-run",
    label: label::PIN_RUN,
    keys: &[],
    edits_text: false,
    enabled: has_chosen,
    run: App::pin_chosen_run,
};

pub(crate) static AGAIN: Command = Command {
    id: "run-again",
    label: label::RUN_AGAIN,
    keys: &[],
    edits_text: false,
    enabled: |app| has_chosen(app) && app.running.with(Option::is_none),
    run: App::run_chosen_again,
};

pub(crate) static DELETE: Command = Command {
    id: "delete-run",
    label: label::DELETE_RUN,
    keys: &[],
    edits_text: false,
    enabled: has_chosen,
    run: App::delete_chosen_run,
};

pub(crate) static RESTORE: Command = Command {
    id: "restore-run",
    label: label::RESTORE_RUN,
    keys: &[],
    edits_text: false,
    enabled: |app| app.history.with(|history| history.deleted().is_some()),
    run: App::restore_run,
};
