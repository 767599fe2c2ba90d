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
    Answer, ApiError, Command, ErrorCode, Event, FlowCard, OpenedFile, RecentFile, Reply, Run, RunSettings, Series,
    Started, limits,
};
use tokio::runtime::Handle;

use crate::{
    Dialogs, background,
    documents::Documents,
    engine::Engine,
    export,
    history::{self, Keeper},
    layout,
    links::Wanted,
    runs::{CancelFlag, Runs},
    sampled::Kept,
    simulate::{Progress, SimulationRequest, simulate},
    validate::{self, ValidationRequest},
};

mod kept;
mod signals;
mod survey;
mod telemetry;
mod topology;
mod traces;

/// Where events go.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// The document that a window shows, and whose its kept runs are; none before there is one.
pub(crate) type Shown = Arc<Mutex<Option<(u64, String)>>>;

/// One window's side of the engine.
pub struct Session {
    engine: Arc<Engine>,
    /// Which window, among those of this process.
    window: u64,
    dialogs: Arc<dyn Dialogs>,
    events: EventSink,
    documents: Arc<Mutex<Documents>>,
    runs: Arc<Runs>,
    sampled: Arc<Kept>,
    surveys: survey::Surveys,
    follower: survey::Follower,
    unsaved: AtomicBool,
    /// The document that the page has open.
    shown: Shown,
    /// What is to be opened: at the start, or once the page said so.
    offered: Mutex<Vec<Wanted>>,
}

impl Session {
    /// A window that opens this first.
    pub fn new(engine: Arc<Engine>, dialogs: Arc<dyn Dialogs>, events: EventSink, wanted: Option<Wanted>) -> Self {
        let shown = Shown::default();
        let follower = survey::Follower::default();
        let window = engine.attach(follower.beside(&engine, &events), Arc::clone(&shown));
        // Runs of what is not saved yet are told apart by it, those of other processes too.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("{since:x}-{}-{window}", std::process::id());
        Session {
            engine,
            window,
            dialogs,
            events,
            documents: Arc::new(Mutex::new(Documents::of_window(name))),
            runs: Arc::default(),
            sampled: Arc::default(),
            surveys: survey::Surveys::default(),
            follower,
            unsaved: AtomicBool::new(false),
            shown,
            offered: Mutex::new(wanted.into_iter().collect()),
        }
    }

    /// Whether closing the window would lose edits.
    pub fn has_unsaved_changes(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }

    /// Offers something to the page, as when a file was dropped onto the window.
    pub fn offer(&self, wanted: Wanted) {
        let event = wanted.offered().map_or(Event::FileOffered, Event::Offered);
        // All of a link is in the event.
        if let Wanted::File(_) = wanted {
            let mut offered = lock(&self.offered);
            // Of documents the last one counts: there is one at a time. Files to be taken in are all taken in.
            offered.retain(|before| before.flow().is_none() || wanted.flow().is_none());
            offered.push(wanted);
        }
        (self.events)(event);
    }

    /// The first file of a sort that was offered, which is taken now.
    fn take_offered(&self, is_one: impl Fn(&Wanted) -> bool) -> Option<PathBuf> {
        let mut offered = lock(&self.offered);
        let at = offered.iter().position(|wanted| matches!(wanted, Wanted::File(_)) && is_one(wanted))?;
        match offered.remove(at) {
            Wanted::File(path) => Some(path),
            Wanted::Link(_) => None,
        }
    }

    /// Whether the window shows a document, and which file it is.
    pub fn shows(&self) -> Option<Option<PathBuf>> {
        self.current().map(|document| self.documents().path(document).map(Path::to_path_buf))
    }

    /// Lets go of what was not saved, because the user chose so.
    pub fn discard_unsaved(&self) {
        self.unsaved.store(false, Ordering::Relaxed);
        self.release();
    }

    /// Stops the window's runs; it hears nothing from now on.
    pub fn end(&self) {
        self.runs.cancel_all();
        self.surveys.end_all();
        self.engine.detach(self.window);
    }

    /// Answers one command.
    ///
    /// # Errors
    /// In the words that the window shows.
    pub async fn handle(&self, command: Command) -> Answer {
        let going = self.engine.own().begin_command(&command);
        let answer = self.answer(command).await;
        if let Some(going) = going {
            going.done(Vec::new(), answer.as_ref().err().map(|error| error.message.clone()));
        }
        answer
    }

    async fn answer(&self, command: Command) -> Answer {
        match command {
            Command::Start => Ok(Reply::Started(Box::new(self.started().await))),
            Command::OpenDialog => self.open_dialog().await,
            Command::OpenRecent { path } => self.open_recent(&path).await,
            Command::ForgetRecent { path } => {
                let observatory = self.engine.observatory().await;
                observatory.store()?.remove_recent_file(&path).await.map_err(crate::convert::store_error)?;
                Ok(Reply::Done)
            }
            Command::OpenExample { name } => {
                self.open_one_of([thalweg_flow::examples(), thalweg_flow::broker_examples()], "example", &name)
            }
            Command::OpenTemplate { name } => self.open_one_of([thalweg_flow::templates(), &[]], "template", &name),
            Command::OpenOffered => match self.take_offered(|wanted| wanted.flow().is_some()) {
                Some(path) => self.opened(&path).await,
                None => Ok(Reply::Dismissed),
            },
            Command::New => Ok(Reply::Opened(self.open_text("untitled", thalweg_flow::starter()))),
            Command::Save { document, text, overwrite } => self.save(document, &text, overwrite).await,
            Command::SaveAs { document, text } => self.save_as(document, &text).await,
            Command::Export { name, format, content } => export::export(&*self.dialogs, &name, format, &content).await,
            Command::Simulate { run, document, text, settings } => self.simulate(run, document, text, settings),
            Command::Runs { .. }
            | Command::OpenRun { .. }
            | Command::NameRun { .. }
            | Command::PinRun { .. }
            | Command::DeleteRun { .. }
            | Command::RestoreRun { .. }
            | Command::CompareRuns { .. } => self.of_runs(command).await,
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
            Command::Traces { .. }
            | Command::Trace { .. }
            | Command::SpanDetails { .. }
            | Command::ClearTraces
            | Command::SearchTraces(_)
            | Command::SeenNames
            | Command::SavedFilters
            | Command::SetSavedFilters(_) => self.of_traces(command).await,
            Command::Discover { .. }
            | Command::Map { .. }
            | Command::MapOfTrace { .. }
            | Command::Journey { .. }
            | Command::LinksOfTrace { .. } => self.of_topology(command).await,
            Command::Survey { .. }
            | Command::EndSurvey { .. }
            | Command::FollowTraces { .. }
            | Command::CompareTraces { .. } => self.of_surveys(command).await,
            Command::OpenDrawn { text } => {
                check_length(&text)?;
                Ok(Reply::Opened(self.open_text("discovered", &text)))
            }
            Command::Logs { .. }
            | Command::LogsOfTrace { .. }
            | Command::ClearLogs
            | Command::Metrics { .. }
            | Command::Metric(_)
            | Command::ClearMetrics => self.of_signals(command).await,
            Command::TraceJson { .. }
            | Command::ImportTraces
            | Command::ImportOffered
            | Command::ExportTraces(_)
            | Command::TelemetrySettings
            | Command::SetTelemetrySettings(_) => self.of_telemetry(command).await,
            Command::SetPreferences(preferences) => {
                self.engine.set_preferences(preferences, self.window).await.map(|()| Reply::Done)
            }
            Command::Unsaved { unsaved } => {
                self.unsaved.store(unsaved, Ordering::Relaxed);
                if !unsaved {
                    self.release();
                }
                Ok(Reply::Done)
            }
            Command::Keep { document, text } => self.keep(document, &text),
            Command::Restore { id } => self.restore(&id),
            Command::Discard { id } => self.engine.recovery().discard(&id).map(|()| Reply::Done),
            Command::CheckFile { document } => self.documents().check(document).map(Reply::File),
            Command::Reload { document } => self.documents().reload(document).map(Reply::Opened),
            Command::Close | Command::NewWindow | Command::SetTitle { .. } | Command::SetMenus { .. } => {
                Err(ApiError::new(ErrorCode::Usage, "Only a desktop has windows."))
            }
            Command::Echo { value } => Ok(Reply::Echo { value }),
        }
    }

    async fn started(&self) -> Started {
        let lost = self.lost_by_the_page();
        let unsaved = lost.is_some();
        self.unsaved.store(unsaved, Ordering::Relaxed);
        let (open, open_error) = match lost {
            Some(opened) => (Some(opened), None),
            None => self.first(),
        };
        if let Some(opened) = &open {
            self.remember(opened).await;
        }
        let observatory = self.engine.observatory().await;
        Started {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            open,
            unsaved,
            open_error,
            recent: self.recent().await,
            recovered: self.engine.recovery().left_behind(),
            examples: cards(thalweg_flow::examples()),
            broker_examples: cards(thalweg_flow::broker_examples()),
            templates: cards(thalweg_flow::templates()),
            receiver: observatory.state(),
            offered: self.told_offer(),
            ports_fixed: self.engine.ports_fixed(),
            preferences: self.engine.preferences().await,
        }
    }

    /// A page that is loaded again, as after a crash of its process, comes back with the text that it had not saved.
    fn lost_by_the_page(&self) -> Option<OpenedFile> {
        let document = self.current()?;
        let kept = self.engine.recovery().kept(&self.key(document))?;
        self.documents().with_text(document, kept.text)
    }

    /// What to show first: the file that the page had open, or the one to open.
    fn first(&self) -> (Option<OpenedFile>, Option<ApiError>) {
        let path = self.shows().flatten().or_else(|| self.take_flow());
        match path.map(|path| self.open_path(&path)) {
            None => (None, None),
            Some(Ok(opened)) => (Some(opened), None),
            Some(Err(error)) => (None, Some(error)),
        }
    }

    /// The document that is to be opened first. Anything else waits until the page asks for it.
    fn take_flow(&self) -> Option<PathBuf> {
        self.take_offered(|wanted| wanted.flow().is_some())
    }

    /// The list of recent files is a convenience: without a data file it is empty, and `receiver.error` says why.
    async fn recent(&self) -> Vec<RecentFile> {
        let Ok(store) = self.engine.observatory().await.store() else { return Vec::new() };
        let files = store.recent_files(limits::RECENT_FILES).await.unwrap_or_default();
        files
            .into_iter()
            .map(|file| RecentFile { path: file.path, opened_unix_ms: u64::try_from(file.opened_unix_ms).unwrap_or(0) })
            .collect()
    }

    /// Takes in which document the page shows. What was kept of the one before was saved or given up.
    fn stand_on(&self, opened: &OpenedFile) {
        let before = self.current();
        self.note_owner(opened.document);
        if let Some(before) = before.filter(|before| *before != opened.document) {
            self.engine.recovery().release(&self.key(before));
        }
    }

    /// The document that the page has open.
    fn current(&self) -> Option<u64> {
        lock(&self.shown).as_ref().map(|(document, _)| *document)
    }

    /// Takes in whose the runs of the document are that the page shows.
    fn note_owner(&self, document: u64) {
        let owner = self.documents().owner(document).unwrap_or_default();
        *lock(&self.shown) = Some((document, owner));
    }

    fn key(&self, document: u64) -> String {
        format!("{}-{document}", self.window)
    }

    fn release(&self) {
        if let Some(document) = self.current() {
            self.engine.recovery().release(&self.key(document));
        }
    }

    fn keep(&self, document: u64, text: &str) -> Answer {
        check_length(text)?;
        // Kept late, after the page went on to another document, it would be found after every crash to come.
        if self.current() == Some(document)
            && let Some(header) = self.documents().header(document)
        {
            self.engine.recovery().keep(&self.key(document), &header, text)?;
        }
        Ok(Reply::Done)
    }

    fn restore(&self, id: &str) -> Answer {
        let recovery = self.engine.recovery();
        let kept = recovery.found(id)?;
        let text = kept.text.clone();
        let opened = self.documents().restore(kept);
        self.stand_on(&opened);
        // Kept anew before it is let go of: at no moment would a crash lose it.
        self.keep(opened.document, &text)?;
        recovery.discard(id)?;
        Ok(Reply::Restored(opened))
    }

    async fn remember(&self, opened: &OpenedFile) {
        self.stand_on(opened);
        let (Some(path), Ok(store)) = (&opened.path, self.engine.observatory().await.store()) else { return };
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

    fn open_one_of(&self, known: [&[(&str, &str)]; 2], what: &str, name: &str) -> Answer {
        let (name, text) = known
            .into_iter()
            .flatten()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, format!("There is no {what} named {name}.")))?;
        Ok(Reply::Opened(self.open_text(name, text)))
    }

    fn open_text(&self, name: &str, text: &str) -> OpenedFile {
        let opened = self.documents().open_text(name, text);
        self.stand_on(&opened);
        opened
    }

    async fn save(&self, document: u64, text: &str, overwrite: bool) -> Answer {
        check_length(text)?;
        if self.documents().path(document).is_none() {
            return self.save_as(document, text).await;
        }
        let saved = self.documents().save(document, text, overwrite)?;
        self.engine.recovery().release(&self.key(document));
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
        let before = self.owner(document)?;
        let saved = self.documents().save_as(document, &path, text)?;
        self.engine.recovery().release(&self.key(document));
        self.remember(&saved).await;
        if near.is_none() {
            self.engine.hand_over_runs(&before, &self.owner(document)?).await;
        }
        Ok(Reply::Saved(saved))
    }

    fn simulate(&self, run: u64, document: u64, text: String, settings: RunSettings) -> Answer {
        check_length(&text)?;
        let folder = self.documents().path(document).and_then(Path::parent).map(Path::to_path_buf);
        let traces = limits::SAMPLED_TRACES;
        let keeper = Keeper {
            engine: Arc::clone(&self.engine),
            events: Arc::clone(&self.events),
            documents: Arc::clone(&self.documents),
            runtime: Handle::current(),
            run,
            document,
            text: text.clone(),
            settings: settings.clone(),
            started_unix_ms: history::now(),
        };
        let request = SimulationRequest { text, folder, settings, traces, ..SimulationRequest::default() };
        let cancel = self.runs.begin(run);
        let going = self.engine.own().begin("simulate");
        let (events, runs, sampled) = (Arc::clone(&self.events), Arc::clone(&self.runs), Arc::clone(&self.sampled));
        background::spawn("simulation", move || {
            let progress = WindowProgress { run, events: Arc::clone(&events), cancel, keeper };
            let event = match simulate(&request, &progress) {
                Ok(simulated) => {
                    sampled.keep(simulated.traces);
                    Event::RunSampled { run, sampled: simulated.sampled }
                }
                Err(error) => Event::RunFailed { run, error: error.into() },
            };
            if let Some(going) = going {
                let error =
                    if let Event::RunFailed { error, .. } = &event { Some(error.message.clone()) } else { None };
                going.done(Vec::new(), error);
            }
            runs.end(run);
            events(event);
        })
        .inspect_err(|_| self.runs.end(run))?;
        Ok(Reply::Running)
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        lock(&self.documents)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends a run's progress to the window.
struct WindowProgress {
    run: u64,
    events: EventSink,
    cancel: CancelFlag,
    keeper: Keeper,
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
        // Behind the answer: who waits for it has it.
        self.keeper.keep(run);
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

fn cards(flows: &[(&'static str, &'static str)]) -> Vec<FlowCard> {
    flows.iter().map(|(name, text)| FlowCard { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}
