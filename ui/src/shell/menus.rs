//! The menu bar, told to the shell: the table of commands by subject, with what can be chosen now.

use leptos::prelude::*;
use thalweg_protocol::{self as protocol, Menu, MenuEntry};

use crate::{
    commands::{self, Command, Shortcut},
    state::App,
    text::{Word, shell as label},
};

/// What stands in which menu, in groups; a command that is not named here stands in the last menu.
const MENUS: &[(Word, &[&[&str]])] = &[
    (
        label::MENU_FILE,
        &[
            &["new", "open", "new-window"],
            &["save", "save-as", "reload"],
            &["import-traces", "export-traces"],
            &["preferences"],
            &["close-document"],
        ],
    ),
    (
        label::MENU_EDIT,
        &[
            &["undo", "redo", "history"],
            &["cut", "copy", "paste", "duplicate", "delete"],
            &["select-all", "rename", "add-node"],
        ],
    ),
    (
        label::MENU_VIEW,
        &[
            &["show-design", "show-simulate", "show-traces", "show-logs", "show-metrics", "show-answers"],
            &["fit", "actual-size", "zoom-in", "zoom-out"],
            &["theme-system", "theme-dark", "theme-light"],
        ],
    ),
    (
        label::MENU_RUN,
        &[
            &["run", "cancel-run"],
            &["play", "play-faster", "play-slower", "step", "step-back"],
            &["next-fault", "last-fault", "next-broken"],
            &["drawing-key"],
            &["show-runs", "show-latest-run"],
            &["show-run", "compare-run", "name-run", "pin-run", "run-again", "delete-run", "restore-run"],
            &["swap-comparison", "end-comparison"],
        ],
    ),
    (
        label::MENU_TRACES,
        &[
            &["filter-traces", "all-traces", "traces-live"],
            &["list-of-traces", "traces-operations", "map-of-traces"],
            &["waterfall-of-trace", "flame-graph-of-trace", "flow-of-trace", "journey", "logs-of-trace"],
            &["trace-back"],
            &["compare-trace", "compare-with-simulated"],
            &["compare-errors", "compare-slowest", "compare-selection", "compare-simulated", "compare-end"],
            &["copy-trace-json", "copy-trace-link"],
            &["discover", "clear-traces"],
        ],
    ),
];

/// Keeps the menu bar as the commands are.
pub(super) fn follow(app: App) {
    let menus = Memo::new(move |_| {
        app.building.track();
        all(app)
    });
    Effect::new(move |_| app.send(protocol::Command::SetMenus { menus: menus.get() }));
}

/// Runs the command of a menu's entry, unless a question is open.
pub(crate) fn choose(app: App, id: &str) {
    if app.dialog.try_with_untracked(Option::is_some) != Some(false) {
        return;
    }
    if let Some(command) = commands::all().find(|command| command.id == id)
        && untrack(move || command.is_enabled(app))
    {
        command.run(app);
    }
}

fn all(app: App) -> Vec<Menu> {
    let named = |id: &str| commands::all().find(|command| command.id == id);
    let entries = |ids: &[&str]| -> Vec<MenuEntry> {
        ids.iter().filter_map(|id| named(id)).map(|command| entry(app, command)).collect()
    };
    let groups = |groups: &[&[&str]]| -> Vec<Vec<MenuEntry>> {
        groups.iter().map(|ids| entries(ids)).filter(|group: &Vec<_>| !group.is_empty()).collect()
    };
    let menu = |(label, of): &(Word, &[&[&str]])| Menu { label: label.now().to_owned(), groups: groups(of) };
    let mut menus: Vec<Menu> = MENUS.iter().map(menu).collect();
    let is_named = |command: &Command| {
        MENUS.iter().flat_map(|(_, groups)| groups.iter().copied().flatten()).any(|id| *id == command.id)
    };
    let rest = commands::all().filter(|command| !is_named(command)).map(|command| entry(app, command)).collect();
    menus.push(Menu { label: label::MENU_MORE.now().to_owned(), groups: vec![rest] });
    menus
}

fn entry(app: App, command: &Command) -> MenuEntry {
    MenuEntry {
        id: command.id.to_owned(),
        label: command.label.now().to_owned(),
        keys: if command.edits_text { None } else { command.keys.first().and_then(|keys| accelerator(*keys)) },
        enabled: command.is_enabled(app),
    }
}

/// A shortcut as the system writes it; none for a key that is text where text is typed.
fn accelerator(keys: Shortcut) -> Option<String> {
    if !keys.ctrl {
        return None;
    }
    let mut parts = vec!["CmdOrCtrl".to_owned()];
    parts.extend(keys.alt.then(|| "Alt".to_owned()));
    parts.extend(keys.shift.then(|| "Shift".to_owned()));
    let key = match keys.key {
        "enter" => "Enter".to_owned(),
        "delete" => "Delete".to_owned(),
        "backspace" => "Backspace".to_owned(),
        key if key.starts_with("arrow") => return None,
        key => key.to_uppercase(),
    };
    parts.push(key);
    Some(parts.join("+"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_command_stands_in_one_menu() {
        let ids: Vec<&str> = MENUS.iter().flat_map(|(_, groups)| groups.iter().copied().flatten()).copied().collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        // What is named here and is no command would be left out in silence.
        for id in ids {
            assert!(commands::all().any(|command| command.id == id), "{id}");
        }
    }

    #[test]
    fn only_keys_that_are_no_text_reach_the_system() {
        let keys = |ctrl, shift, key| Shortcut { ctrl, shift, alt: false, key };
        assert_eq!(accelerator(keys(true, true, "s")).as_deref(), Some("CmdOrCtrl+Shift+S"));
        assert_eq!(accelerator(keys(true, false, "enter")).as_deref(), Some("CmdOrCtrl+Enter"));
        assert_eq!(accelerator(keys(false, false, "f")), None);
        assert_eq!(accelerator(keys(false, false, "delete")), None);
    }
}
