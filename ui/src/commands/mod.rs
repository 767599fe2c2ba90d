//! Everything the user can do, as one table: the palette, the shortcuts, the buttons and the tests derive from it.
//!
//! Each subject has its own list. A command knows its name, its keys, when it means anything and what it does; how it does
//! it is in [`crate::actions`].

pub(crate) mod edit;
pub(crate) mod file;
pub(crate) mod hands;
pub(crate) mod history;
mod key;
pub(crate) mod playback;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod shell;
pub(crate) mod tidy;
pub(crate) mod traces;
pub(crate) mod view;
pub(crate) mod window;

pub(crate) use key::Shortcut;
use key::{ctrl, ctrl_shift, key};
use leptos::prelude::*;

use crate::{
    state::{App, Lens},
    text::Word,
};

/// Something the user can do.
#[derive(Debug)]
pub(crate) struct Command {
    /// Its name for tests and menus: `save-as`.
    pub(crate) id: &'static str,
    /// What it is called.
    pub(crate) label: Word,
    /// Its keys; the first is shown.
    pub(crate) keys: &'static [Shortcut],
    /// Whether its keys mean something else in a text field.
    pub(crate) edits_text: bool,
    enabled: fn(App) -> bool,
    run: fn(App),
}

/// All of them, in the order of the palette.
const SUBJECTS: &[&[&Command]] = &[
    run::ALL,
    playback::ALL,
    history::ALL,
    scenario::ALL,
    edit::ALL,
    hands::ALL,
    file::ALL,
    view::ALL,
    tidy::ALL,
    traces::ALL,
    window::ALL,
    shell::ALL,
];

/// All commands.
pub(crate) fn all() -> impl Iterator<Item = &'static Command> {
    SUBJECTS.iter().flat_map(|subject| subject.iter().copied())
}

/// The command of a key, if there is one.
pub(crate) fn of_key(pressed: Shortcut<&str>) -> Option<&'static Command> {
    all().find(|command| command.keys.contains(&pressed))
}

impl Command {
    /// Whether it means anything now; reactive.
    pub(crate) fn is_enabled(&self, app: App) -> bool {
        (self.enabled)(app)
    }

    /// Does it.
    pub(crate) fn run(&self, app: App) {
        (self.run)(app);
    }
}

fn always(_: App) -> bool {
    true
}

fn has_document(app: App) -> bool {
    app.document.with(Option::is_some)
}

/// Whether a flow is on the canvas.
fn has_canvas(app: App) -> bool {
    has_document(app) && app.lens.get().is_of_flow()
}

/// Whether the flow can be changed on the canvas now.
fn designs(app: App) -> bool {
    has_document(app) && app.lens.get() == Lens::Design
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_means_one_thing() {
        let mut seen = HashSet::new();
        for command in all() {
            for keys in command.keys {
                assert!(seen.insert(*keys), "{keys:?} of {}", command.id);
                assert_eq!(keys.key, keys.key.to_lowercase());
            }
        }
    }

    #[test]
    fn names_differ_in_every_language() {
        let count = all().count();
        assert_eq!(all().map(|c| c.id).collect::<HashSet<_>>().len(), count);
        assert_eq!(all().map(|c| c.label.en).collect::<HashSet<_>>().len(), count);
        assert_eq!(all().map(|c| c.label.de).collect::<HashSet<_>>().len(), count);
    }

    #[test]
    fn keys_find_their_command() {
        let found = |shortcut| of_key(shortcut).map(|command| command.id);
        assert_eq!(found(Shortcut { ctrl: true, shift: true, alt: false, key: "s" }), Some("save-as"));
        assert_eq!(found(ctrl("enter")), Some("run"));
        assert_eq!(found(key("s")), None);
        assert_eq!(found(Shortcut { alt: true, ..key("f") }), None);
    }
}
