//! What one window does: its commands, answered; its events, sent.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use thalweg_protocol::{
    Answer, ApiError, Command, ErrorCode, Event, OpenedFile, RecentFile, Reply, Run, RunSettings, Series, Started,
    Theme, limits,
};

use crate::{
    Dialogs, Observatory, ReceiveOptions, StartOptions, background,
    documents::Documents,
    export, layout,
    runs::{CancelFlag, Runs},
    sampled::Kept,
    simulate::{Progress, SimulationRequest, simulate},
    validate::{self, ValidationRequest},
};

/// Where events go.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// The store's key of the chosen theme.
const THEME: &str = "theme";

/// One window's side of the engine.
pub struct Session {
    dialogs: Arc<dyn Dialogs>,
    events: EventSink,
    documents: Mutex<Documents>,
    runs: Arc<Runs>,
    sampled: Arc<Kept>,
    unsaved: AtomicBool,
    /// The file that the page has open, or is to open first.
    current: Mutex<Option<PathBuf>>,
    observatory: Observatory,
}

impl Session {
    /// Opens the data file and starts the receiver; neither failing keeps the window from opening, [`Command::Start`] tells it.
    pub async fn start(options: StartOptions, dialogs: Arc<dyn Dialogs>, events: EventSink) -> Self {
        let receive = ReceiveOptions { db: options.db, grpc: options.grpc, http: options.http };
        let observatory = Observatory::open(receive).await;
        observatory.push_to(Arc::clone(&events));
        Session {
            dialogs,
            events,
            documents: Mutex::default(),
            runs: Arc::default(),
            sampled: Arc::default(),
            unsaved: AtomicBool::new(false),
            current: Mutex::new(options.file),
            observatory,
        }
    }

    /// Whether closing the window would lose edits.
    pub fn has_unsaved_changes(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    /// Stops runs, answers what the receiver has in hand, closes the data file.
    pub async fn shut_down(&self) {
        self.runs.cancel_all();
        self.observatory.shut_down().await;
    }

    /// Answers one command.
    ///
    /// # Errors
    /// In the words that the window shows.
    pub async fn handle(&self, command: Command) -> Answer {
        match command {
            Command::Start => Ok(Reply::Started(Box::new(self.started().await))),
            Command::OpenDialog => self.open_dialog().await,
            Command::OpenRecent { path } => self.open_recent(&path).await,
            Command::ForgetRecent { path } => {
                self.observatory.store()?.remove_recent_file(&path).await.map_err(crate::convert::store_error)?;
                Ok(Reply::Done)
            }
            Command::OpenExample { name } => self.open_example(&name),
            Command::New => Ok(self.open_text("untitled", thalweg_flow::starter())),
            Command::Save { document, text, overwrite } => self.save(document, &text, overwrite).await,
            Command::SaveAs { document, text } => self.save_as(document, &text).await,
            Command::Export { name, format, content } => export::export(&*self.dialogs, &name, format, &content).await,
            Command::Simulate { run, document, text, settings } => self.simulate(run, document, text, settings),
            Command::Validate { run, filter } => {
                let request = ValidationRequest { filter, threads: None };
                validate::in_background(run, request, &self.runs, &self.events)?;
                Ok(Reply::Running)
            }
            Command::Cancel { run } => {
                // A run that just ended is as good as cancelled.
                self.runs.cancel(run);
                Ok(Reply::Done)
            }
            Command::Layout(drawing) => blocking(move || layout::positions(&drawing).map(Reply::Layout)).await,
            Command::Routes(drawing) => blocking(move || layout::routes(&drawing).map(Reply::Routes)).await,
            Command::Traces { limit } => {
                self.observatory.traces(limit.min(limits::TRACES_PER_PAGE)).await.map(Reply::Traces)
            }
            Command::Trace { trace_id } => {
                let view = match self.sampled.view(&trace_id) {
                    Some(view) => view,
                    None => self.observatory.trace(&trace_id).await?,
                };
                Ok(Reply::Trace(Box::new(view)))
            }
            Command::ClearTraces => self.observatory.clear().await.map(|()| Reply::Done),
            Command::SetTheme { theme } => {
                self.observatory.set_preference(THEME, theme_name(theme)).await?;
                Ok(Reply::Done)
            }
            Command::Unsaved { unsaved } => {
                self.unsaved.store(unsaved, Ordering::Relaxed);
                Ok(Reply::Done)
            }
            Command::Close => Err(ApiError::new(ErrorCode::Usage, "Only a window can be closed.")),
            Command::Echo { value } => Ok(Reply::Echo { value }),
        }
    }

    async fn started(&self) -> Started {
        // A page that is loaded again, as after a crash of its process, comes back on its file and without unsaved text.
        self.unsaved.store(false, Ordering::Relaxed);
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (open, open_error) = match current.map(|path| self.open_path(&path)) {
            None => (None, None),
            Some(Ok(opened)) => (Some(opened), None),
            Some(Err(error)) => (None, Some(error)),
        };
        if let Some(opened) = &open {
            self.remember(opened).await;
        }
        Started {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            open,
            open_error,
            recent: self.recent().await,
            examples: examples(),
            receiver: self.observatory.state(),
            theme: match self.observatory.preference(THEME).await.as_deref() {
                Some("dark") => Some(Theme::Dark),
                Some("light") => Some(Theme::Light),
                _ => None,
            },
        }
    }

    /// The list of recent files is a convenience: without a data file it is empty, and `receiver.error` says why.
    async fn recent(&self) -> Vec<RecentFile> {
        let Ok(store) = self.observatory.store() else { return Vec::new() };
        let files = store.recent_files(limits::RECENT_FILES).await.unwrap_or_default();
        files
            .into_iter()
            .map(|file| RecentFile { path: file.path, opened_unix_ms: u64::try_from(file.opened_unix_ms).unwrap_or(0) })
            .collect()
    }

    fn stand_on(&self, opened: &OpenedFile) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = opened.path.as_ref().map(PathBuf::from);
    }

    async fn remember(&self, opened: &OpenedFile) {
        self.stand_on(opened);
        let (Some(path), Ok(store)) = (&opened.path, self.observatory.store()) else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        if let Err(error) = store.add_recent_file(path, now).await {
            tracing::warn!("the list of recent files was not kept: {error}");
        }
    }

    async fn open_dialog(&self) -> Answer {
        let near = self.recent().await.first().map(|file| PathBuf::from(&file.path));
        match self.dialogs.open(near.as_deref()).await {
            Some(path) => self.opened(&path).await,
            None => Ok(Reply::Dismissed),
        }
    }

    async fn open_recent(&self, path: &str) -> Answer {
        // The page names a path here, so only one that Rust itself put into the list is opened.
        if self.recent().await.iter().any(|file| file.path == path) {
            self.opened(Path::new(path)).await
        } else {
            Err(ApiError::new(ErrorCode::Usage, format!("{path} is not in the list of recent files."))
                .with_help("Open it with the dialog."))
        }
    }

    async fn opened(&self, path: &Path) -> Answer {
        let opened = self.open_path(path)?;
        self.remember(&opened).await;
        Ok(Reply::Opened(opened))
    }

    fn open_path(&self, path: &Path) -> Result<OpenedFile, ApiError> {
        self.documents().open_file(path)
    }

    fn open_example(&self, name: &str) -> Answer {
        let (name, text) = thalweg_flow::examples()
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, format!("There is no example named {name}.")))?;
        Ok(self.open_text(name, text))
    }

    fn open_text(&self, name: &str, text: &str) -> Reply {
        let opened = self.documents().open_text(name, text);
        self.stand_on(&opened);
        Reply::Opened(opened)
    }

    async fn save(&self, document: u64, text: &str, overwrite: bool) -> Answer {
        check_length(text)?;
        if self.documents().path(document).is_none() {
            return self.save_as(document, text).await;
        }
        let saved = self.documents().save(document, text, overwrite)?;
        self.remember(&saved).await;
        Ok(Reply::Saved(saved))
    }

    async fn save_as(&self, document: u64, text: &str) -> Answer {
        check_length(text)?;
        let (near, name) = {
            let documents = self.documents();
            (documents.path(document).map(Path::to_path_buf), documents.suggested_name(document))
        };
        let Some(path) = self.dialogs.save(near.as_deref(), &name).await else { return Ok(Reply::Dismissed) };
        let saved = self.documents().save_as(document, &path, text)?;
        self.remember(&saved).await;
        Ok(Reply::Saved(saved))
    }

    fn simulate(&self, run: u64, document: u64, text: String, settings: RunSettings) -> Answer {
        check_length(&text)?;
        let folder = self.documents().path(document).and_then(Path::parent).map(Path::to_path_buf);
        let traces = limits::SAMPLED_TRACES;
        let request = SimulationRequest { text, folder, settings, traces, ..SimulationRequest::default() };
        let cancel = self.runs.begin(run);
        let (events, runs, sampled) = (Arc::clone(&self.events), Arc::clone(&self.runs), Arc::clone(&self.sampled));
        background::spawn("simulation", move || {
            let progress = WindowProgress { run, events: Arc::clone(&events), cancel };
            let event = match simulate(&request, &progress) {
                Ok(simulated) => {
                    sampled.keep(simulated.traces);
                    Event::RunSampled { run, sampled: simulated.sampled }
                }
                Err(error) => Event::RunFailed { run, error: error.into() },
            };
            runs.end(run);
            events(event);
        })
        .inspect_err(|_| self.runs.end(run))?;
        Ok(Reply::Running)
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a run's progress to the window.
struct WindowProgress {
    run: u64,
    events: EventSink,
    cancel: CancelFlag,
}

impl Progress for WindowProgress {
    fn share(&self, share: f64) {
        // The end is told by the results, which follow at once: they need not wait until a full bar is drawn.
        if share < 1.0 {
            (self.events)(Event::RunProgress { run: self.run, share, series: None });
        }
    }

    fn curves(&self, share: f64, partial: Series) {
        (self.events)(Event::RunProgress { run: self.run, share, series: Some(Box::new(partial)) });
    }

    fn results(&self, run: &Run) {
        (self.events)(Event::RunFinished { run: self.run, result: Box::new(run.clone()) });
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Work that takes its time, beside everything else that is asked.
async fn blocking(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(ApiError::new(ErrorCode::Internal, format!("The work broke off: {error}."))))
}

fn check_length(text: &str) -> Result<(), ApiError> {
    if text.len() <= limits::DOCUMENT_BYTES {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::TooLarge,
        format!("The document is longer than {} MiB.", limits::DOCUMENT_BYTES >> 20),
    )
    .with_help("Split it into several flows."))
}

/// Every example with its first sentence.
fn examples() -> Vec<(String, String)> {
    let summary = |text| thalweg_flow::read(text).flow.summary.unwrap_or_default();
    thalweg_flow::examples().iter().map(|(name, text)| ((*name).to_owned(), summary(text))).collect()
}

fn theme_name(theme: Option<Theme>) -> &'static str {
    match theme {
        Some(Theme::Dark) => "dark",
        Some(Theme::Light) => "light",
        None => "system",
    }
}
