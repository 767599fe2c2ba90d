//! Keeping what is not saved, and taking in what other programs wrote.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use thalweg_protocol::{Command, FileState, OpenedFile, Reply};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Dialog, Leave, OpenDocument},
    text,
};

/// The most that a crash may take: changes of this long.
const PACE: Duration = Duration::from_millis(500);

impl App {
    /// Sends the text of an unsaved document to the recovery folder, at most once in [`PACE`].
    pub(crate) fn keep_unsaved(self) {
        let waiting = StoredValue::new(false);
        // One failure is told once, until keeping works again: the next change would fail the same.
        let failing = StoredValue::new(false);
        let send = move || {
            waiting.try_set_value(false);
            let unsaved = |d: &OpenDocument| d.is_edited().then(|| (d.id(), d.text().to_owned()));
            let Some(Some((document, text))) = self.document.try_with_untracked(|d| d.as_ref().and_then(unsaved))
            else {
                return;
            };
            spawn_local(async move {
                let outcome = bridge::call(Command::Keep { document, text }).await;
                let failed = outcome.is_err();
                if let (Err(error), Some(false)) = (outcome, failing.try_get_value()) {
                    self.fail(&error);
                }
                failing.try_set_value(failed);
            });
        };
        Effect::new(move |_| {
            self.document.track();
            if self.edited.get_untracked() && !waiting.get_value() {
                waiting.set_value(true);
                set_timeout(send, PACE);
            }
        });
    }

    /// Asks about the file whenever the window comes to the front: then another program may have written it.
    pub(crate) fn watch_file(self) {
        let handle = window_event_listener(ev::focus, move |_| self.check_file());
        on_cleanup(move || handle.remove());
    }

    /// Reads the document's file again, as one step that can be taken back.
    pub(crate) fn reload_document(self) {
        self.reload(false);
    }

    /// Opens a text that a crash left behind.
    pub(crate) fn restore(self, id: String) {
        self.leave(Leave::Restore(id));
    }

    /// Throws a text away that a crash left behind.
    pub(crate) fn discard_recovered(self, id: &str) {
        self.forget_recovered(id);
        self.send(Command::Discard { id: id.to_owned() });
    }

    /// Shows a text that a crash left behind; it is not saved yet.
    pub(crate) fn show_restored(self, id: &str, file: OpenedFile) {
        self.forget_recovered(id);
        self.tell(text::shell::restored(&file.name));
        self.show_document(file);
        self.document.update(|d| d.iter_mut().for_each(OpenDocument::mark_unsaved));
    }

    fn forget_recovered(self, id: &str) {
        let left = self.start.try_update(|start| {
            start.as_mut().map_or(0, |start| {
                start.recovered.retain(|kept| kept.id != id);
                start.recovered.len()
            })
        });
        if left == Some(0) && self.dialog.with_untracked(|dialog| *dialog == Some(Dialog::Recovered)) {
            self.dialog.set(None);
        }
    }

    fn check_file(self) {
        let saved = |d: &OpenDocument| d.path().is_some().then(|| d.id());
        let Some(Some(document)) = self.document.try_with_untracked(|d| d.as_ref().and_then(saved)) else { return };
        spawn_local(async move {
            // A file that cannot be looked at is told of when it is saved.
            if let Ok(Reply::File(FileState::Changed)) = bridge::call(Command::CheckFile { document }).await {
                if self.edited.try_get_untracked() == Some(true) {
                    if self.dialog.try_with_untracked(Option::is_none) == Some(true) {
                        self.dialog.try_set(Some(Dialog::Changed));
                    }
                } else {
                    self.reload(true);
                }
            }
        });
    }

    fn reload(self, by_itself: bool) {
        self.dialog.set(None);
        let Some(document) = self.document.with_untracked(|d| d.as_ref().map(OpenDocument::id)) else { return };
        spawn_local(async move {
            match bridge::call(Command::Reload { document }).await {
                Ok(Reply::Opened(file)) => {
                    if by_itself {
                        self.tell(text::shell::reloaded(&file.name));
                    }
                    self.document.try_update(|d| {
                        if let Some(d) = d.as_mut().filter(|d| d.id() == file.document) {
                            d.retype(text::shell::STEP_RELOAD.now(), file.text.clone(), false);
                            d.saved(file);
                        }
                    });
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }
}
