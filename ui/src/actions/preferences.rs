//! What the user chooses once: the theme, the language, how the wheel turns.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Language as Chosen, Preferences, Theme};

use crate::{
    bridge, format,
    state::{App, Leave, Lens},
    text::Language,
};

impl App {
    /// Changes what the user chose, here and in every other window; a choice that is refused is taken back.
    pub(crate) fn prefer(self, change: impl FnOnce(&mut Preferences)) {
        let before = self.preferences.get_untracked();
        let mut chosen = before;
        change(&mut chosen);
        if chosen == before {
            return;
        }
        self.take_preferences(chosen);
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::SetPreferences(chosen)).await {
                self.fail(&error);
                self.take_preferences(before);
            }
        });
    }

    /// Chooses the theme; none follows the system.
    pub(crate) fn set_theme(self, theme: Option<Theme>) {
        self.prefer(|chosen| chosen.theme = theme);
    }

    /// Takes in what was chosen, here or in another window.
    pub(crate) fn take_preferences(self, chosen: Preferences) {
        let language = match chosen.language {
            Some(Chosen::English) => Language::English,
            Some(Chosen::German) => Language::German,
            None => Language::of_tag(&window().navigator().language().unwrap_or_default()),
        };
        // Words and numbers are looked up when they are shown: the window is built anew from its state.
        let other_units = format::write_durations(chosen.durations);
        let stays = language == Language::now() && !other_units;
        language.speak();
        self.preferences.try_set(chosen);
        if !stays {
            self.building.try_update(|count| *count += 1);
        }
    }

    /// Begins the tour; it needs a flow to stand on.
    pub(crate) fn begin_tour(self) {
        if self.document.with_untracked(Option::is_none) {
            self.go(Leave::OpenExample("checkout".to_owned()));
        }
        self.lens.set(Lens::Design);
        self.tour.set(Some(0));
    }

    /// Leaves the tour, at any step; it does not begin by itself again.
    pub(crate) fn end_tour(self) {
        self.tour.set(None);
        if !self.preferences.with_untracked(|chosen| chosen.toured) {
            self.prefer(|chosen| chosen.toured = true);
        }
    }
}
