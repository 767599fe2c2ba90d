//! Opening, saving and leaving documents.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, ErrorCode, OpenedFile, Reply};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Dialog, History, Leave, Lens, OpenDocument, Runs},
    text,
};

impl App {
    /// Leaves the open document for something else; asks first when changes would be lost.
    pub(crate) fn leave(self, then: Leave) {
        if self.edited.get_untracked() {
            self.dialog.set(Some(Dialog::Unsaved { then }));
        } else {
            self.go(then);
        }
    }

    /// Leaves the open document, whatever state it is in.
    pub(crate) fn go(self, then: Leave) {
        self.dialog.set(None);
        let restored = if let Leave::Restore(id) = &then { Some(id.clone()) } else { None };
        let command = match then {
            Leave::OpenDialog => Command::OpenDialog,
            Leave::OpenRecent(path) => Command::OpenRecent { path },
            Leave::OpenExample(name) => Command::OpenExample { name },
            Leave::OpenTemplate(name) => Command::OpenTemplate { name },
            Leave::OpenOffered => Command::OpenOffered,
            Leave::Restore(id) => Command::Restore { id },
            Leave::OpenDrawn(text) => Command::OpenDrawn { text },
            Leave::New => Command::New,
            Leave::CloseDocument => {
                self.document.set(None);
                return;
            }
            Leave::CloseWindow => return self.send(Command::Close),
        };
        spawn_local(async move {
            match bridge::call(command).await {
                Ok(Reply::Opened(file)) => self.show_document(file),
                Ok(Reply::Restored(file)) => self.show_restored(&restored.unwrap_or_default(), file),
                Ok(Reply::Dismissed) => {}
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Keeps the shell told whether changes would be lost.
    pub(crate) fn follow_edits(self) {
        Effect::new(move |before: Option<bool>| {
            let unsaved = self.edited.get();
            if before.is_some_and(|before| before != unsaved) {
                self.send(Command::Unsaved { unsaved });
            }
            unsaved
        });
    }

    /// Shows a document that was opened.
    pub(crate) fn show_document(self, file: OpenedFile) {
        if let Some(path) = &file.path {
            self.remember_recent(path);
        }
        self.cancel_run();
        self.runs.update(Runs::clear);
        self.simulated.set(None);
        self.history.set(History::default());
        self.naming_run.set(None);
        self.runs_wanted.set(false);
        self.show_moment(0.0);
        self.playback.broken.set(None);
        self.select(Vec::new());
        self.add_list.set(None);
        self.renaming.set(None);
        self.offset.set(None);
        self.scenario.set(None);
        self.document.set(Some(OpenDocument::open(file)));
        self.opening.update(|count| *count += 1);
        self.fetch_runs();
        if !self.lens.get_untracked().is_of_flow() {
            self.lens.set(Lens::Design);
        }
    }

    /// Writes the document to its file; then goes on, if something was wanted.
    pub(crate) fn save(self, overwrite: bool, then: Option<Leave>) {
        let Some((document, text)) = self.open_text() else { return };
        self.write(Command::Save { document, text, overwrite }, then);
    }

    /// Writes the document where the save dialog says.
    pub(crate) fn save_as(self, then: Option<Leave>) {
        let Some((document, text)) = self.open_text() else { return };
        self.write(Command::SaveAs { document, text }, then);
    }

    /// Takes a path out of the recent list.
    pub(crate) fn forget_recent(self, path: &str) {
        self.start.update(|start| {
            if let Some(start) = start {
                start.recent.retain(|file| file.path != path);
            }
        });
        self.send(Command::ForgetRecent { path: path.to_owned() });
    }

    fn open_text(self) -> Option<(u64, String)> {
        self.document.with_untracked(|d| d.as_ref().map(|d| (d.id(), d.text().to_owned())))
    }

    fn write(self, command: Command, then: Option<Leave>) {
        self.dialog.set(None);
        spawn_local(async move {
            match bridge::call(command).await {
                Ok(Reply::Saved(file)) => {
                    if let Some(path) = &file.path {
                        self.remember_recent(path);
                    }
                    self.tell(text::saved_as(&file.name));
                    self.document.try_update(|d| d.as_mut().map(|d| d.saved(file)));
                    // Under another name it has other runs, unless it brought them along.
                    self.fetch_runs();
                    if let Some(then) = then {
                        self.go(then);
                    }
                }
                Ok(Reply::Dismissed) => {}
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) if error.code == ErrorCode::Conflict => {
                    self.dialog.try_set(Some(Dialog::Conflict { message: error.to_string(), then }));
                }
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Puts a path at the head of the recent list, as the shell does in its own.
    fn remember_recent(self, path: &str) {
        self.start.try_update(|start| {
            if let Some(start) = start {
                start.remember(path, js_sys::Date::now() as u64);
            }
        });
    }
}
