//! Everything the window can ask, and what it is answered.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError,
    carried::{ExportedTraces, Exporting, ImportedFile},
    drawing::{Drawing, Route},
    kept::{Comparison, KeptRun, OpenedRun},
    preferences::{Preferences, TelemetrySettings},
    search::{FoundTraces, SavedFilter, SeenNames, TraceSearch},
    signals::{LogFilter, LogPage, MetricAsked, MetricId, MetricLines, MetricView},
    survey::{Survey, TraceDifference},
    topology::{CrossLinks, TopologyMap},
    trace::{SpanDetail, TraceSummary, TraceView},
    window::{FileState, Menu, Offered, Recovered},
};

/// What the window asks of the engine. Paths never come from the window: files are named by dialogs, by the list of
/// recent files or by the document they were opened as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Sent once, when the page is ready: what to show first. Answered by [`Reply::Started`]; [`Event`](crate::Event)s flow from here on.
    Start,
    /// Shows the open dialog. Answered by [`Reply::Opened`] or [`Reply::Dismissed`].
    OpenDialog,
    /// Opens a file of the recent list.
    OpenRecent {
        /// Its path as the list gave it.
        path: String,
    },
    /// Takes a path out of the recent list.
    ForgetRecent {
        /// Its path as the list gave it.
        path: String,
    },
    /// Opens one of the examples as a new, unsaved document.
    OpenExample {
        /// Its name, such as `checkout`.
        name: String,
    },
    /// Opens the starter flow as a new, unsaved document.
    New,
    /// Writes a document to where it was opened from; shows the save dialog when it has no file yet.
    Save {
        /// Which document.
        document: u64,
        /// Its whole text.
        text: String,
        /// Write even though the file changed on disk since it was read.
        overwrite: bool,
    },
    /// Shows the save dialog and writes there.
    SaveAs {
        /// Which document.
        document: u64,
        /// Its whole text.
        text: String,
    },
    /// Shows the save dialog and writes a picture or a table of a plot there. Answered by [`Reply::Done`] or
    /// [`Reply::Dismissed`].
    Export {
        /// What the file is about; the dialog suggests a name made of it.
        name: String,
        /// What it holds.
        format: ExportFormat,
        /// The content: text, of a PNG base64.
        content: String,
    },
    /// Starts a simulation; answered at once, results come as [`Event`](crate::Event)s.
    Simulate {
        /// A number the window chose; later runs have greater ones.
        run: u64,
        /// Which document (its folder is where CSV files are looked for).
        document: u64,
        /// Its whole text, saved or not.
        text: String,
        /// What to run.
        settings: RunSettings,
    },
    /// Simulates the known answers; answered at once, results come as [`Event`](crate::Event)s.
    Validate {
        /// A number the window chose, of the same row as those of simulations.
        run: u64,
        /// Only systems with this in their name or title; none is all.
        filter: Option<String>,
    },
    /// Stops a simulation, the validation, or the reading of traces for a map or a journey.
    Cancel {
        /// Which run.
        run: u64,
    },
    /// The kept runs of a document. Answered by [`Reply::Runs`].
    Runs {
        /// Which document.
        document: u64,
    },
    /// A kept run with its results. Answered by [`Reply::Run`].
    OpenRun {
        /// Its number.
        run: u64,
    },
    /// Gives a kept run a name; an empty one takes it away.
    NameRun {
        /// Its number.
        run: u64,
        /// The name.
        name: String,
    },
    /// Lets a kept run stay, however many follow, or lets it go with the others.
    PinRun {
        /// Its number.
        run: u64,
        /// Whether it stays.
        pinned: bool,
    },
    /// Takes a kept run out of the list. For an hour it can be brought back.
    DeleteRun {
        /// Its number.
        run: u64,
    },
    /// Brings back a run that was taken out of the list.
    RestoreRun {
        /// Its number.
        run: u64,
    },
    /// What two kept runs differ in. Answered by [`Reply::Comparison`].
    CompareRuns {
        /// The number of the baseline.
        before: u64,
        /// The number of what is compared with it.
        after: u64,
    },
    /// Where boxes stand when a drawing is tidied. Answered by [`Reply::Layout`].
    Layout(Drawing),
    /// How the lines of a drawing run past its boxes. Answered by [`Reply::Routes`].
    Routes(Drawing),
    /// The newest traces.
    Traces {
        /// At most so many; see [`crate::limits::TRACES_PER_PAGE`].
        limit: u32,
    },
    /// Traces that a filter finds. Answered by [`Reply::Found`].
    SearchTraces(TraceSearch),
    /// Asks something of many traces; answered at once, what comes out comes as [`Event::Surveyed`](crate::Event::Surveyed). It takes the place of the same
    /// sort of question that was asked before.
    Survey {
        /// A number the window chose; later questions have greater ones.
        number: u64,
        /// What is asked.
        survey: Survey,
    },
    /// Ends such a question, if it is still under way.
    EndSurvey {
        /// Which.
        number: u64,
    },
    /// From now on tells of traces that arrive or grow and are found by a filter, as [`Event::TracesFollowed`](crate::Event::TracesFollowed), in place of those
    /// of the filter before; without one nothing more.
    FollowTraces {
        /// A number the window chose; later ones are greater.
        number: u64,
        /// The filter.
        filter: Option<String>,
    },
    /// Two traces beside each other. Answered by [`Reply::TraceDifference`].
    CompareTraces {
        /// The first, 32 hexadecimal digits.
        before: String,
        /// The second.
        after: String,
    },
    /// What filters are completed with. Answered by [`Reply::Seen`].
    SeenNames,
    /// The filters that are kept under a name. Answered by [`Reply::SavedFilters`].
    SavedFilters,
    /// Keeps these filters, here and in every other window.
    SetSavedFilters(Vec<SavedFilter>),
    /// One trace, received or sampled by a simulation, ready to be drawn.
    Trace {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
    },
    /// All that is known of some spans of a trace. Answered by [`Reply::Spans`].
    SpanDetails {
        /// The trace's id, 32 hexadecimal digits.
        trace_id: String,
        /// The spans, 16 hexadecimal digits each; no more than [`crate::limits::SPAN_DETAILS`].
        span_ids: Vec<String>,
    },
    /// Draws the stored traces as a document: services, channels, groups, measured rates and times. It takes as long as there are
    /// traces and opens nothing. Answered by [`Reply::Discovered`].
    Discover {
        /// Only traces with a span that this filter finds; empty is all.
        #[serde(default)]
        filter: String,
    },
    /// Reads traces for a map of what they show together; answered at once, the map comes as [`Event::MapMade`](crate::Event::MapMade).
    Map {
        /// A number the window chose, of the same row as those of simulations.
        run: u64,
        /// Only traces with a span that this filter finds; empty is all.
        filter: String,
    },
    /// The map of one trace, received or sampled by a simulation. Answered by [`Reply::Map`].
    MapOfTrace {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
    },
    /// Follows a message over all of its traces; answered at once, its way comes as [`Event::JourneyFollowed`](crate::Event::JourneyFollowed).
    Journey {
        /// A number the window chose, of the same row as those of simulations.
        run: u64,
        /// A trace of it, 32 hexadecimal digits.
        trace_id: String,
        /// The span that sends or receives it, 16 hexadecimal digits; none is all of the trace.
        span_id: Option<String>,
    },
    /// How the spans of a trace are linked with those of others. Answered by [`Reply::Links`].
    LinksOfTrace {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
    },
    /// Opens a document that was drawn, not saved yet.
    OpenDrawn {
        /// Its text.
        text: String,
    },
    /// One trace as OTLP JSON. Answered by [`Reply::TraceJson`].
    TraceJson {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
    },
    /// Shows the open dialog and stores what the file holds. Answered by [`Reply::Imported`] or [`Reply::Dismissed`].
    ImportTraces,
    /// Stores what the file holds that [`Offered::Telemetry`] told of. Answered by [`Reply::Imported`].
    ImportOffered,
    /// Shows the save dialog and writes traces there. Answered by [`Reply::Exported`] or [`Reply::Dismissed`].
    ExportTraces(Exporting),
    /// Removes all traces.
    ClearTraces,
    /// A page of log records, newest first. Answered by [`Reply::Logs`].
    Logs {
        /// Which ones.
        filter: LogFilter,
        /// At most so many; see [`crate::limits::LOGS_PER_PAGE`].
        limit: u32,
        /// Going on where a page before said; none begins with the newest.
        before: Option<String>,
    },
    /// The log records of a trace, oldest first. Answered by [`Reply::Logs`].
    LogsOfTrace {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
        /// Only those of this span, 16 hexadecimal digits.
        span_id: Option<String>,
        /// Going on where a page before said; none begins with the oldest.
        after: Option<String>,
    },
    /// Removes all log records.
    ClearLogs,
    /// Which metrics there are. Answered by [`Reply::Metrics`].
    Metrics {
        /// Only those whose name, unit, description or service holds this, in whatever case.
        search: String,
        /// This one too, apart from the list, whether or not the list has it.
        #[serde(default)]
        also: Option<MetricId>,
    },
    /// One metric in a range of times. Answered by [`Reply::Metric`].
    Metric(MetricAsked),
    /// Removes all metrics.
    ClearMetrics,
    /// Keeps what the user chose, here and in every other window.
    SetPreferences(Preferences),
    /// Who may send, and where our own spans go. Answered by [`Reply::TelemetrySettings`].
    TelemetrySettings,
    /// Changes it; the receiver starts anew where it must. Answered by [`Reply::TelemetrySettings`].
    SetTelemetrySettings(TelemetrySettings),
    /// Keeps the text of a document that is not saved, so that a crash does not lose it.
    Keep {
        /// Which document.
        document: u64,
        /// Its whole text.
        text: String,
    },
    /// Opens a text that a crash left behind. Answered by [`Reply::Restored`].
    Restore {
        /// Which, as [`Started::recovered`] named it.
        id: String,
    },
    /// Throws such a text away.
    Discard {
        /// Which, as [`Started::recovered`] named it.
        id: String,
    },
    /// Asks whether another program changed a document's file. Answered by [`Reply::File`].
    CheckFile {
        /// Which document.
        document: u64,
    },
    /// Reads a document's file again. Answered by [`Reply::Opened`] with the same document.
    Reload {
        /// Which document.
        document: u64,
    },
    /// Opens the file that [`Event::FileOffered`](crate::Event::FileOffered) told of.
    OpenOffered,
    /// Opens a template as a new, unsaved document.
    OpenTemplate {
        /// Its name, as [`Started::templates`] gave it.
        name: String,
    },
    /// Opens another window.
    NewWindow,
    /// Names the window, for the list of windows.
    SetTitle {
        /// What stands in its frame.
        title: String,
    },
    /// Shows these menus in the window's menu bar.
    SetMenus {
        /// The menus, from left to right.
        menus: Vec<Menu>,
    },
    /// Tells the shell whether the document has unsaved changes, for the question when the window is closed.
    Unsaved {
        /// Whether it has.
        unsaved: bool,
    },
    /// Closes the window without further questions.
    Close,
    /// Answers the same number: the test of whole 64-bit values.
    Echo {
        /// Any number.
        value: u64,
    },
}

/// Formats of plots outside of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A picture in dots.
    Png,
    /// A picture in lines.
    Svg,
    /// The values as a table.
    Csv,
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunSettings {
    /// The scenario; none is the one named `default`.
    pub scenario: Option<String>,
    /// Replaces the scenario's seed.
    pub seed: Option<u64>,
    /// Replaces the scenario's number of replications.
    pub replications: Option<u32>,
    /// Values that replace others, by path, each as YAML.
    pub set: Vec<(String, String)>,
    /// Adds replications until the end-to-end mean is as sure as this, such as `1%`, or a quantile, such as `p99:2%`.
    #[serde(default)]
    pub until_ci: Option<String>,
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// To [`Command::Start`].
    Started(Box<Started>),
    /// A document was opened.
    Opened(OpenedFile),
    /// To [`Command::Discover`].
    Discovered {
        /// The document, for [`Command::OpenDrawn`].
        text: String,
        /// How many traces it was made of.
        traces: u64,
        /// What it does not show, or shows otherwise, in sentences.
        notes: Vec<String>,
    },
    /// The user left the dialog without choosing.
    Dismissed,
    /// A document was written.
    Saved(OpenedFile),
    /// A text that was not saved is open again, and still not saved.
    Restored(OpenedFile),
    /// To [`Command::CheckFile`].
    File(FileState),
    /// To [`Command::Simulate`], [`Command::Validate`], [`Command::Map`] and [`Command::Journey`]: it runs.
    Running,
    /// To [`Command::Layout`]: left and top of each box, in their order.
    Layout(Vec<[f64; 2]>),
    /// To [`Command::Routes`]: the way of each line, in their order; none for one that cannot be drawn.
    Routes(Vec<Option<Route>>),
    /// To [`Command::Runs`], pinned ones first, newest first.
    Runs(Vec<KeptRun>),
    /// To [`Command::OpenRun`].
    Run(Box<OpenedRun>),
    /// To [`Command::CompareRuns`].
    Comparison(Box<Comparison>),
    /// A page of traces, newest first.
    Traces(Vec<TraceSummary>),
    /// To [`Command::SearchTraces`].
    Found(Box<FoundTraces>),
    /// To [`Command::SeenNames`].
    Seen(Box<SeenNames>),
    /// To [`Command::SavedFilters`], in the order in which they are shown.
    SavedFilters(Vec<SavedFilter>),
    /// One trace.
    Trace(Box<TraceView>),
    /// To [`Command::SpanDetails`], those that there are.
    Spans(Vec<SpanDetail>),
    /// To [`Command::TraceJson`].
    TraceJson {
        /// A document of OTLP JSON, on one line.
        text: String,
    },
    /// What became of a file.
    Imported(Box<ImportedFile>),
    /// What was written.
    Exported(ExportedTraces),
    /// To [`Command::TelemetrySettings`].
    TelemetrySettings {
        /// As they are now.
        settings: TelemetrySettings,
        /// Whether the environment says where our own spans go, so that the settings have no say.
        send_to_fixed: bool,
        /// Why our own spans did not arrive, if they did not.
        trouble: Option<String>,
    },
    /// To [`Command::MapOfTrace`].
    Map(Box<TopologyMap>),
    /// To [`Command::LinksOfTrace`].
    Links(Box<CrossLinks>),
    /// To [`Command::CompareTraces`].
    TraceDifference(Box<TraceDifference>),
    /// A page of log records.
    Logs(Box<LogPage>),
    /// Metrics.
    Metrics(Box<MetricLines>),
    /// One metric.
    Metric(Box<MetricView>),
    /// Done, nothing to tell.
    Done,
    /// To [`Command::Echo`].
    Echo {
        /// The same number.
        value: u64,
    },
}

/// What the window shows first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Thalweg's version.
    pub version: String,
    /// The document to show, if there is one and it could be read.
    pub open: Option<OpenedFile>,
    /// Whether that document's text is not saved: the page was loaded anew in the midst of work.
    pub unsaved: bool,
    /// Why it could not.
    pub open_error: Option<ApiError>,
    /// Files opened before, newest first.
    pub recent: Vec<RecentFile>,
    /// Texts that were not saved when Thalweg ended unexpectedly, newest first.
    pub recovered: Vec<Recovered>,
    /// The examples that tell a story, in the order in which they are shown.
    pub examples: Vec<FlowCard>,
    /// The examples that show a broker and its failures.
    pub broker_examples: Vec<FlowCard>,
    /// Flows to begin a new one from, in the order in which they are shown.
    pub templates: Vec<FlowCard>,
    /// The OTLP receiver.
    pub receiver: ReceiverState,
    /// What was named from outside and is no flow document.
    pub offered: Option<Offered>,
    /// Whether the environment says where gRPC and HTTP are received, so that the preferences have no say.
    pub ports_fixed: [bool; 2],
    /// What the user chose.
    pub preferences: Preferences,
}

/// A flow to open, as the start page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCard {
    /// What it is opened by.
    pub name: String,
    /// Its text, from which it is drawn small and its story is told.
    pub text: String,
}

/// A document with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedFile {
    /// The shell's number for it.
    pub document: u64,
    /// Where it is on disk; none while it was never saved.
    pub path: Option<String>,
    /// A short name for titles.
    pub name: String,
    /// Its text as read or written.
    pub text: String,
}

/// A file opened before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentFile {
    /// Where it is.
    pub path: String,
    /// When it was last opened, in milliseconds since 1970.
    pub opened_unix_ms: u64,
}

/// How the OTLP receiver is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReceiverState {
    /// Where it answers gRPC, such as `127.0.0.1:4317`.
    pub grpc: Option<String>,
    /// Where it answers HTTP, such as `127.0.0.1:4318`.
    pub http: Option<String>,
    /// Why it does not run.
    pub error: Option<ApiError>,
    /// Spans stored since it started.
    pub stored_spans: u64,
    /// Spans refused since it started.
    pub refused_spans: u64,
    /// Spans stored per second, lately.
    pub spans_per_s: f64,
    /// Log records stored since it started.
    #[serde(default)]
    pub stored_logs: u64,
    /// Log records refused since it started.
    #[serde(default)]
    pub refused_logs: u64,
    /// Data points of metrics stored since it started.
    #[serde(default)]
    pub stored_points: u64,
    /// Data points of metrics refused since it started.
    #[serde(default)]
    pub refused_points: u64,
}
