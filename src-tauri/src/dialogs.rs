//! The system's own dialogs for files. Paths go from here to the workbench and never through the page.
//!
//! The system gives them their titles, in its own language.

use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder};
use thalweg_workbench::{Dialogs, PathAnswer};
use tokio::sync::oneshot;

/// Dialogs of one window.
pub(crate) struct WindowDialogs {
    app: AppHandle,
    label: String,
}

impl WindowDialogs {
    pub(crate) fn new(app: AppHandle, label: String) -> Self {
        WindowDialogs { app, label }
    }

    fn flow_dialog(&self, near: Option<&Path>) -> FileDialogBuilder<tauri::Wry> {
        let mut dialog = self.app.dialog().file().add_filter("*.yaml, *.yml", &["yaml", "yml"]).add_filter("*", &["*"]);
        if let Some(window) = self.app.get_webview_window(&self.label) {
            dialog = dialog.set_parent(&window);
        }
        match near.and_then(Path::parent).filter(|folder| folder.is_dir()) {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        }
    }
}

impl Dialogs for WindowDialogs {
    fn open(&self, near: Option<&Path>) -> PathAnswer {
        let (sender, receiver) = oneshot::channel();
        self.flow_dialog(near).pick_file(move |file| {
            // The other end is gone only when the window is.
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }

    fn save(&self, near: Option<&Path>, name: &str) -> PathAnswer {
        let (sender, receiver) = oneshot::channel::<Option<PathBuf>>();
        self.flow_dialog(near).set_file_name(name).save_file(move |file| {
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }

    fn import(&self) -> PathAnswer {
        let (sender, receiver) = oneshot::channel();
        let mut dialog = self.app.dialog().file();
        let kinds = ["jsonl", "json", "ndjson", "gz", "zst"];
        dialog = dialog.add_filter(kinds.map(|kind| format!("*.{kind}")).join(", "), &kinds).add_filter("*", &["*"]);
        if let Some(window) = self.app.get_webview_window(&self.label) {
            dialog = dialog.set_parent(&window);
        }
        dialog.pick_file(move |file| {
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }

    fn export(&self, name: &str, extension: &str) -> PathAnswer {
        let (sender, receiver) = oneshot::channel::<Option<PathBuf>>();
        let dialog = self.app.dialog().file().add_filter(extension.to_uppercase(), &[extension]);
        dialog.add_filter("*", &["*"]).set_file_name(name).save_file(move |file| {
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }
}
