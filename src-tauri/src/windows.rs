//! The windows of this process, and which one a file goes to.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tauri::{AppHandle, DragDropEvent, Manager, Url, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use thalweg_protocol::{Event, Theme};
use thalweg_workbench::{Engine, Session, Wanted};

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

    /// Opens another window, on something if there is anything.
    pub(crate) fn open(&self, app: &AppHandle, wanted: Option<Wanted>) -> tauri::Result<()> {
        let label = self.next_label();
        let outlet = Arc::new(Outlet::default());
        let events = Arc::clone(&outlet);
        let dialogs = Arc::new(WindowDialogs::new(app.clone(), label.clone()));
        let sink = Arc::new(move |event: Event| events.send(&event));
        let session = Session::new(Arc::clone(&self.engine), dialogs, sink, wanted);
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

    /// Takes in what was named from outside, or only the wish for a window. A file: a window that has it open comes to the
    /// front, one without a document opens it, else a new one does. Telemetry, or a link to a trace, is for any window.
    pub(crate) fn take_in(&self, app: &AppHandle, wanted: Option<Wanted>) {
        let panes: Vec<_> = self.lock().panes.iter().map(|(label, pane)| (label.clone(), Arc::clone(pane))).collect();
        let flow = wanted.as_ref().and_then(Wanted::flow).map(Path::to_path_buf);
        let shown = panes.iter().find(|(_, pane)| flow.is_some() && pane.session.shows() == Some(flow.clone()));
        let is_for_any = wanted.is_some() && flow.is_none();
        let free = panes.iter().find(|(_, pane)| is_for_any || pane.session.shows().is_none());
        let (label, pane, wanted) = match (shown, free) {
            (Some((label, pane)), _) => (label, pane, None),
            (None, Some((label, pane))) => (label, pane, wanted),
            (None, None) => {
                if let Err(error) = self.open(app, wanted) {
                    tracing::error!("another window could not be opened: {error}");
                }
                return;
            }
        };
        if let Some(wanted) = wanted {
            pane.session.offer(wanted);
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
            pane.session.offer(first.into());
        }
        paths.for_each(|path| self.take_in(window.app_handle(), Some(path.into())));
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

/// What a command line names, seen from the folder in which it was typed.
pub(crate) fn wanted_of(arguments: &[String], folder: &str) -> Option<Wanted> {
    let named = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'))?;
    Some(wanted(OsStr::new(named), Path::new(folder)))
}

/// What an argument names. A desktop that opens links hands files over as links too.
pub(crate) fn wanted(argument: &OsStr, folder: &Path) -> Wanted {
    let url = argument.to_str().filter(|text| text.starts_with("file:")).and_then(|text| Url::parse(text).ok());
    match url.and_then(|url| url.to_file_path().ok()) {
        Some(path) => path.into(),
        None => Wanted::of(argument, folder),
    }
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
