//! Everything the user can do, as one list: the palette, the shortcuts, the buttons and the tests derive from it.

use leptos::prelude::*;
use thalweg_protocol::Theme;

use crate::{
    state::{App, Leave, Lens},
    text,
};

/// Something the user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UiCommand {
    New,
    Open,
    Save,
    SaveAs,
    CloseDocument,
    Undo,
    Redo,
    Delete,
    SelectAll,
    Rename,
    AddNode,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
    Run,
    CancelRun,
    ShowDesign,
    ShowSimulate,
    ShowTraces,
    ShowAnswers,
    ThemeSystem,
    ThemeDark,
    ThemeLight,
    ClearTraces,
    Palette,
}

/// A key with its modifiers. `ctrl` is also ⌘.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortcut {
    pub(crate) ctrl: bool,
    pub(crate) shift: bool,
    /// `KeyboardEvent.key`, letters in lower case.
    pub(crate) key: &'static str,
}

const fn key(key: &'static str) -> Shortcut {
    Shortcut { ctrl: false, shift: false, key }
}

const fn ctrl(key: &'static str) -> Shortcut {
    Shortcut { ctrl: true, shift: false, key }
}

const fn ctrl_shift(key: &'static str) -> Shortcut {
    Shortcut { ctrl: true, shift: true, key }
}

impl UiCommand {
    /// All of them, in the order of the palette.
    pub(crate) const ALL: &'static [UiCommand] = &[
        UiCommand::Run,
        UiCommand::CancelRun,
        UiCommand::Undo,
        UiCommand::Redo,
        UiCommand::AddNode,
        UiCommand::Rename,
        UiCommand::Delete,
        UiCommand::SelectAll,
        UiCommand::Open,
        UiCommand::New,
        UiCommand::Save,
        UiCommand::SaveAs,
        UiCommand::CloseDocument,
        UiCommand::Fit,
        UiCommand::ActualSize,
        UiCommand::ZoomIn,
        UiCommand::ZoomOut,
        UiCommand::ShowDesign,
        UiCommand::ShowSimulate,
        UiCommand::ShowTraces,
        UiCommand::ShowAnswers,
        UiCommand::ClearTraces,
        UiCommand::ThemeSystem,
        UiCommand::ThemeDark,
        UiCommand::ThemeLight,
        UiCommand::Palette,
    ];

    /// What it is called.
    pub(crate) fn label(self) -> &'static str {
        match self {
            UiCommand::New => text::command::NEW,
            UiCommand::Open => text::command::OPEN,
            UiCommand::Save => text::command::SAVE,
            UiCommand::SaveAs => text::command::SAVE_AS,
            UiCommand::CloseDocument => text::command::CLOSE,
            UiCommand::Undo => text::command::UNDO,
            UiCommand::Redo => text::command::REDO,
            UiCommand::Delete => text::command::DELETE,
            UiCommand::SelectAll => text::command::SELECT_ALL,
            UiCommand::Rename => text::command::RENAME,
            UiCommand::AddNode => text::command::ADD_NODE,
            UiCommand::Fit => text::command::FIT,
            UiCommand::ActualSize => text::command::ACTUAL_SIZE,
            UiCommand::ZoomIn => text::command::ZOOM_IN,
            UiCommand::ZoomOut => text::command::ZOOM_OUT,
            UiCommand::Run => text::command::RUN,
            UiCommand::CancelRun => text::command::CANCEL_RUN,
            UiCommand::ShowDesign => text::command::SHOW_DESIGN,
            UiCommand::ShowSimulate => text::command::SHOW_SIMULATE,
            UiCommand::ShowTraces => text::command::SHOW_TRACES,
            UiCommand::ShowAnswers => text::command::SHOW_ANSWERS,
            UiCommand::ThemeSystem => text::command::THEME_SYSTEM,
            UiCommand::ThemeDark => text::command::THEME_DARK,
            UiCommand::ThemeLight => text::command::THEME_LIGHT,
            UiCommand::ClearTraces => text::command::CLEAR_TRACES,
            UiCommand::Palette => text::command::PALETTE,
        }
    }

    /// Its keys; the first is shown.
    pub(crate) fn shortcuts(self) -> &'static [Shortcut] {
        match self {
            UiCommand::New => const { &[ctrl("n")] },
            UiCommand::Open => const { &[ctrl("o")] },
            UiCommand::Save => const { &[ctrl("s")] },
            UiCommand::SaveAs => const { &[ctrl_shift("s")] },
            UiCommand::CloseDocument => const { &[ctrl("w")] },
            UiCommand::Undo => const { &[ctrl("z")] },
            UiCommand::Redo => const { &[ctrl_shift("z"), ctrl("y")] },
            UiCommand::Delete => const { &[key("delete"), key("backspace")] },
            UiCommand::SelectAll => const { &[ctrl("a")] },
            UiCommand::Rename => const { &[key("f2")] },
            UiCommand::AddNode => const { &[key("n")] },
            UiCommand::Fit => const { &[key("f")] },
            UiCommand::ActualSize => const { &[key("1"), ctrl("0")] },
            UiCommand::ZoomIn => const { &[ctrl("="), ctrl("+")] },
            UiCommand::ZoomOut => const { &[ctrl("-")] },
            UiCommand::Run => const { &[ctrl("enter")] },
            UiCommand::ShowDesign => const { &[ctrl("1")] },
            UiCommand::ShowSimulate => const { &[ctrl("2")] },
            UiCommand::ShowTraces => const { &[ctrl("3")] },
            UiCommand::Palette => const { &[ctrl("k"), ctrl_shift("p")] },
            UiCommand::CancelRun
            | UiCommand::ShowAnswers
            | UiCommand::ThemeSystem
            | UiCommand::ThemeDark
            | UiCommand::ThemeLight
            | UiCommand::ClearTraces => &[],
        }
    }

    /// Its name for tests: `save-as`.
    pub(crate) fn id(self) -> String {
        let mut id = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_uppercase() && !id.is_empty() {
                id.push('-');
            }
            id.push(c.to_ascii_lowercase());
        }
        id
    }

    /// Whether its keys mean something else in a text field.
    pub(crate) fn is_text_editing(self) -> bool {
        matches!(self, UiCommand::Undo | UiCommand::Redo | UiCommand::SelectAll)
    }

    /// Whether it means anything now; reactive.
    pub(crate) fn is_enabled(self, app: App) -> bool {
        match self {
            UiCommand::Save | UiCommand::SaveAs | UiCommand::CloseDocument => app.document.with(Option::is_some),
            UiCommand::Undo => app.document.with(|d| d.as_ref().is_some_and(|d| d.undo_name().is_some())),
            UiCommand::Redo => app.document.with(|d| d.as_ref().is_some_and(|d| d.redo_name().is_some())),
            UiCommand::AddNode => designs(app),
            UiCommand::Rename => designs(app) && app.selection.with(|ids| ids.len() == 1),
            UiCommand::Delete => {
                designs(app) && (app.selection.with(|ids| !ids.is_empty()) || app.selected_edge.with(Option::is_some))
            }
            UiCommand::SelectAll | UiCommand::Fit | UiCommand::ActualSize | UiCommand::ZoomIn | UiCommand::ZoomOut => {
                app.document.with(Option::is_some) && app.lens.get().is_of_flow()
            }
            UiCommand::Run => app.document.with(Option::is_some) && app.running.with(Option::is_none),
            UiCommand::CancelRun => app.running.with(Option::is_some),
            _ => true,
        }
    }

    /// Does it.
    pub(crate) fn run(self, app: App) {
        match self {
            UiCommand::New => app.leave(Leave::New),
            UiCommand::Open => app.leave(Leave::OpenDialog),
            UiCommand::Save => app.save(false, None),
            UiCommand::SaveAs => app.save_as(None),
            UiCommand::CloseDocument => app.leave(Leave::CloseDocument),
            UiCommand::Undo => app.undo(),
            UiCommand::Redo => app.redo(),
            UiCommand::Delete => app.delete_selection(),
            UiCommand::SelectAll => app.select(app.scene.get_untracked().nodes.keys().cloned().collect()),
            UiCommand::Rename => app.renaming.set(app.selection.with_untracked(|ids| ids.first().cloned())),
            UiCommand::AddNode => app.ask_what_to_add(),
            UiCommand::Fit => app.fit(),
            UiCommand::ActualSize => app.zoom_to_actual_size(),
            UiCommand::ZoomIn => app.zoom_in(),
            UiCommand::ZoomOut => app.zoom_out(),
            UiCommand::Run => app.simulate(),
            UiCommand::CancelRun => app.cancel_run(),
            UiCommand::ShowDesign => app.lens.set(Lens::Design),
            UiCommand::ShowSimulate => app.lens.set(Lens::Simulate),
            UiCommand::ShowTraces => app.lens.set(Lens::Traces),
            UiCommand::ShowAnswers => app.lens.set(Lens::Answers),
            UiCommand::ThemeSystem => app.set_theme(None),
            UiCommand::ThemeDark => app.set_theme(Some(Theme::Dark)),
            UiCommand::ThemeLight => app.set_theme(Some(Theme::Light)),
            UiCommand::ClearTraces => app.clear_traces(),
            UiCommand::Palette => app.palette.update(|open| *open = !*open),
        }
    }

    /// The command of a key, if there is one.
    pub(crate) fn of_key(ctrl: bool, shift: bool, key: &str) -> Option<UiCommand> {
        let key = key.to_lowercase();
        UiCommand::ALL
            .iter()
            .copied()
            .find(|c| c.shortcuts().iter().any(|s| s.key == key && s.ctrl == ctrl && s.shift == shift))
    }
}

/// Whether the flow can be changed on the canvas now.
fn designs(app: App) -> bool {
    app.document.with(Option::is_some) && app.lens.get() == Lens::Design
}

impl Shortcut {
    /// The keys as they are printed: `Ctrl`, `Shift`, `S`.
    pub(crate) fn keys(self) -> Vec<String> {
        let mut keys = Vec::new();
        if self.ctrl {
            keys.push("Ctrl".to_owned());
        }
        if self.shift {
            keys.push("Shift".to_owned());
        }
        keys.push(match self.key {
            "enter" => "Enter".to_owned(),
            "delete" => "Del".to_owned(),
            "backspace" => "Backspace".to_owned(),
            other => other.to_uppercase(),
        });
        keys
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_means_one_thing() {
        let mut seen = HashSet::new();
        for command in UiCommand::ALL {
            for shortcut in command.shortcuts() {
                assert!(seen.insert((shortcut.ctrl, shortcut.shift, shortcut.key)), "{shortcut:?} of {command:?}");
                assert_eq!(shortcut.key, shortcut.key.to_lowercase());
            }
        }
    }

    #[test]
    fn keys_find_their_command_and_labels_differ() {
        assert_eq!(UiCommand::of_key(true, true, "S"), Some(UiCommand::SaveAs));
        assert_eq!(UiCommand::of_key(true, false, "Enter"), Some(UiCommand::Run));
        assert_eq!(UiCommand::of_key(false, false, "s"), None);
        let labels: HashSet<_> = UiCommand::ALL.iter().map(|c| c.label()).collect();
        assert_eq!(labels.len(), UiCommand::ALL.len());
    }
}
