//! The system's own dialogs for files. Paths go from here to the workbench and never through the page.

use std::path::{Path, PathBuf};

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder};
use thalweg_workbench::{Dialogs, PathAnswer};
use tokio::sync::oneshot;

/// Dialogs of the one window.
pub(crate) struct WindowDialogs {
    app: AppHandle,
}

impl WindowDialogs {
    pub(crate) fn new(app: AppHandle) -> Self {
        WindowDialogs { app }
    }

    fn flow_dialog(&self, near: Option<&Path>) -> FileDialogBuilder<tauri::Wry> {
        let dialog =
            self.app.dialog().file().add_filter("Thalweg flow", &["yaml", "yml"]).add_filter("All files", &["*"]);
        match near.and_then(Path::parent).filter(|folder| folder.is_dir()) {
            Some(folder) => dialog.set_directory(folder),
            None => dialog,
        }
    }
}

impl Dialogs for WindowDialogs {
    fn open(&self, near: Option<&Path>) -> PathAnswer {
        let (sender, receiver) = oneshot::channel();
        self.flow_dialog(near).set_title("Open a flow").pick_file(move |file| {
            // The other end is gone only when the window is.
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }

    fn save(&self, near: Option<&Path>, name: &str) -> PathAnswer {
        let (sender, receiver) = oneshot::channel::<Option<PathBuf>>();
        self.flow_dialog(near).set_title("Save the flow").set_file_name(name).save_file(move |file| {
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }

    fn export(&self, name: &str, extension: &str) -> PathAnswer {
        let (sender, receiver) = oneshot::channel::<Option<PathBuf>>();
        let dialog = self.app.dialog().file().add_filter(extension.to_uppercase(), &[extension]);
        dialog.set_title("Save the plot").set_file_name(name).save_file(move |file| {
            let _ = sender.send(file.and_then(|file| file.into_path().ok()));
        });
        Box::pin(async move { receiver.await.ok().flatten() })
    }
}
