//! The windows of this process, and which one a file goes to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tauri::{AppHandle, DragDropEvent, Manager, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use thalweg_protocol::{Event, Theme};
use thalweg_workbench::{Engine, Session};

use crate::{bridge::Outlet, dialogs::WindowDialogs, menu::Bar, page};

/// The label of the first window; `tauri.conf.json` says what it and all others look like.
const FIRST: &str = "main";

/// All windows, by their labels.
pub(crate) struct Windows {
    engine: Arc<Engine>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    opened: u32,
    panes: BTreeMap<String, Arc<Pane>>,
}

/// What belongs to one window.
pub(crate) struct Pane {
    pub(crate) session: Session,
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) bar: Mutex<Bar>,
}

impl Windows {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Windows { engine, open: Mutex::default() }
    }

    /// What belongs to the window of a label.
    pub(crate) fn pane(&self, label: &str) -> Option<Arc<Pane>> {
        self.lock().panes.get(label).cloned()
    }

    /// Opens another window, on a file if there is one.
    pub(crate) fn open(&self, app: &AppHandle, file: Option<PathBuf>) -> tauri::Result<()> {
        let label = self.next_label();
        let outlet = Arc::new(Outlet::default());
        let events = Arc::clone(&outlet);
        let dialogs = Arc::new(WindowDialogs::new(app.clone(), label.clone()));
        let sink = Arc::new(move |event: Event| events.send(&event));
        let session = Session::new(Arc::clone(&self.engine), dialogs, sink, file);
        let pane = Arc::new(Pane { session, outlet, bar: Mutex::default() });
        // Before the window is there: its page asks at once.
        self.lock().panes.insert(label.clone(), pane);
        let built = build(app, &label);
        if built.is_err() {
            self.forget(&label);
        }
        let window = built?;
        #[cfg(all(feature = "probe", target_os = "linux"))]
        crate::probe::print(&window)?;
        page::keep_alive(&window)
    }

    /// Takes in a file that was named from outside, or only the wish for a window: a window that has it open comes to
    /// the front, one without a document opens it, else a new one does.
    pub(crate) fn take_in(&self, app: &AppHandle, file: Option<PathBuf>) {
        let panes: Vec<_> = self.lock().panes.iter().map(|(label, pane)| (label.clone(), Arc::clone(pane))).collect();
        let shown = panes.iter().find(|(_, pane)| file.is_some() && pane.session.shows() == Some(file.clone()));
        let empty = panes.iter().find(|(_, pane)| pane.session.shows().is_none());
        let (label, pane, file) = match (shown, empty) {
            (Some((label, pane)), _) => (label, pane, None),
            (None, Some((label, pane))) => (label, pane, file),
            (None, None) => {
                if let Err(error) = self.open(app, file) {
                    tracing::error!("another window could not be opened: {error}");
                }
                return;
            }
        };
        if let Some(file) = file {
            pane.session.offer(file);
        }
        if let Some(window) = app.get_webview_window(label) {
            bring_to_front(&window);
        }
    }

    /// Takes in what happens to a window.
    pub(crate) fn hear(&self, window: &tauri::Window, event: &WindowEvent) {
        let Some(pane) = self.pane(window.label()) else { return };
        match event {
            // With unsaved changes the page asks first; it answers with `Command::Close` when it is done.
            WindowEvent::CloseRequested { api, .. } if pane.session.has_unsaved_changes() => {
                api.prevent_close();
                pane.outlet.send(&Event::CloseRequested);
            }
            WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => self.dropped(window, &pane, paths),
            WindowEvent::Destroyed => self.forget(window.label()),
            _ => {}
        }
    }

    /// Shows the frames and the system's own dialogs light or dark, as the page.
    pub(crate) fn set_theme(&self, app: &AppHandle, theme: Option<Theme>) {
        let theme = theme.map(|theme| match theme {
            Theme::Dark => tauri::Theme::Dark,
            Theme::Light => tauri::Theme::Light,
        });
        let labels: Vec<String> = self.lock().panes.keys().cloned().collect();
        for window in labels.iter().filter_map(|label| app.get_webview_window(label)) {
            if let Err(error) = window.set_theme(theme) {
                tracing::debug!("a window kept its theme: {error}");
            }
        }
    }

    /// Ends everything: what receivers have in hand is answered, the data file is closed.
    pub(crate) fn shut_down(&self) {
        let panes = std::mem::take(&mut self.lock().panes);
        for pane in panes.values() {
            pane.session.end();
        }
        tauri::async_runtime::block_on(self.engine.shut_down());
    }

    /// The first of the files opens where it was dropped, each further one in a window of its own.
    fn dropped(&self, window: &tauri::Window, pane: &Pane, paths: &[PathBuf]) {
        let mut paths = paths.iter().filter(|path| path.is_file()).cloned();
        if let Some(first) = paths.next() {
            pane.session.offer(first);
        }
        paths.for_each(|path| self.take_in(window.app_handle(), Some(path)));
    }

    fn next_label(&self) -> String {
        let mut open = self.lock();
        open.opened += 1;
        if open.opened == 1 { FIRST.to_owned() } else { format!("flow-{}", open.opened) }
    }

    fn forget(&self, label: &str) {
        let pane = self.lock().panes.remove(label);
        if let Some(pane) = pane {
            pane.session.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file that a command line names, seen from the folder in which it was typed.
pub(crate) fn file_of(arguments: &[String], folder: &str) -> Option<PathBuf> {
    arguments.iter().skip(1).find(|argument| !argument.starts_with('-')).map(|file| Path::new(folder).join(file))
}

fn build(app: &AppHandle, label: &str) -> tauri::Result<WebviewWindow> {
    let mut config = app.config().app.windows.first().cloned().unwrap_or_default();
    label.clone_into(&mut config.label);
    WebviewWindowBuilder::from_config(app, &config)?.build()
}

fn bring_to_front(window: &WebviewWindow) {
    if let Err(error) = window.unminimize().and_then(|()| window.set_focus()) {
        tracing::debug!("a window stayed behind: {error}");
    }
}
