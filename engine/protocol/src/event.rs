//! What the window is told without asking.

use serde::{Deserialize, Serialize};

use crate::{
    ApiError,
    command::ReceiverState,
    kept::KeptRun,
    preferences::Preferences,
    report::{Run, Series},
    search::SavedFilter,
    survey::{FollowedTraces, Surveyed},
    topology::{JourneyView, TopologyMap},
    trace::{SampledTrace, TraceSummary},
    validation::{KnownCase, Validation},
    window::Offered,
};

/// What happens later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run goes on; the first curves come with it.
    RunProgress {
        /// Which run.
        run: u64,
        /// How far it is, from 0 to 1.
        share: f64,
        /// Curves so far, of the first replication.
        series: Option<Box<Series>>,
    },
    /// A run ended well. What follows for this run, unless it is cancelled now, is [`Event::RunSampled`].
    RunFinished {
        /// Which run.
        run: u64,
        /// Its results.
        result: Box<Run>,
    },
    /// The last of a run: its messages that were followed one by one. Nothing follows for this run.
    RunSampled {
        /// Which run.
        run: u64,
        /// In the order of their production; [`Command::Trace`](crate::Command::Trace) gives their waterfalls, as long as the run is kept.
        sampled: Vec<SampledTrace>,
    },
    /// A run ended without results, cancelled ones too. Nothing follows for this run.
    RunFailed {
        /// Which run.
        run: u64,
        /// Why.
        error: ApiError,
    },
    /// A run that ended well is kept; or, once until one is kept again, why it is not.
    RunKept {
        /// Which run.
        run: u64,
        /// Its number among the kept ones.
        kept: Result<u64, ApiError>,
    },
    /// The kept runs of a document that the window shows are now these.
    Runs {
        /// Which document.
        document: u64,
        /// Pinned ones first, newest first.
        runs: Vec<KeptRun>,
    },
    /// A validation goes on.
    ValidationProgress {
        /// Which run.
        run: u64,
        /// How far it is, from 0 to 1.
        share: f64,
        /// The system that was just compared.
        case: Option<Box<KnownCase>>,
    },
    /// All known answers were compared. Nothing follows for this run.
    ValidationFinished {
        /// Which run.
        run: u64,
        /// The table of agreement.
        result: Box<Validation>,
    },
    /// A validation ended without its end, cancelled ones too. Nothing follows for this run.
    ValidationFailed {
        /// Which run.
        run: u64,
        /// Why.
        error: ApiError,
    },
    /// Reading traces for a map or a journey goes on.
    ReadingTraces {
        /// Which run.
        run: u64,
        /// How many were read so far.
        traces: u64,
    },
    /// A map was made. Nothing follows for this run.
    MapMade {
        /// Which run.
        run: u64,
        /// The map.
        map: Box<TopologyMap>,
    },
    /// A message was followed. Nothing follows for this run.
    JourneyFollowed {
        /// Which run.
        run: u64,
        /// Its way.
        journey: Box<JourneyView>,
    },
    /// Reading traces ended without its end, cancelled ones too. Nothing follows for this run.
    ReadingFailed {
        /// Which run.
        run: u64,
        /// Why.
        error: ApiError,
    },
    /// Spans arrived and are stored.
    TracesArrived {
        /// Traces that are new or grew, as their summaries are now; newest first, at most one page.
        traces: Vec<TraceSummary>,
        /// The receiver as it is now.
        receiver: ReceiverState,
    },
    /// Log records arrived and are stored; at most some times a second. [`Command::Logs`](crate::Command::Logs) tells which.
    LogsArrived(ReceiverState),
    /// Data points of metrics arrived and are stored; likewise.
    MetricsArrived(ReceiverState),
    /// Another window removed all log records.
    LogsCleared,
    /// Another window removed all metrics.
    MetricsCleared,
    /// To [`Command::Survey`](crate::Command::Survey): what there is so far, and at last all of it.
    Surveyed {
        /// Which question.
        number: u64,
        /// How far it is, from 0 to 1; at 1 nothing follows.
        share: f64,
        /// What there is.
        found: Box<Surveyed>,
    },
    /// A question over many traces failed. Nothing follows for it.
    SurveyFailed {
        /// Which.
        number: u64,
        /// Why.
        error: ApiError,
    },
    /// Traces that arrived or grew and are found by the filter that is followed.
    TracesFollowed(FollowedTraces),
    /// The receiver changed without new traces.
    Receiver(ReceiverState),
    /// The user wants to close a window with unsaved changes; the page asks.
    CloseRequested,
    /// A file was dropped onto the window, or a second start named it; the page asks when changes would be lost, and
    /// answers with [`Command::OpenOffered`](crate::Command::OpenOffered).
    FileOffered,
    /// The same of what is no flow document.
    Offered(Offered),
    /// An entry of the menu bar was chosen.
    MenuChosen {
        /// Its command's name.
        id: String,
    },
    /// Another window changed the preferences.
    Preferences(Preferences),
    /// Another window changed the kept filters.
    SavedFilters(Vec<SavedFilter>),
}
