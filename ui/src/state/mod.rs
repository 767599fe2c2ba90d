//! What the window knows: plain values with pure transitions, tested natively, and [`App`], which holds them as signals.
//!
//! Components read signals and call actions; they never change state in another way. Callbacks that run later (replies,
//! timers, animation frames) use the `try_` forms of signals: a disposed one must not bring the page down.

mod answers;
mod canvas;
mod dialog;
mod document;
mod hands;
mod history;
pub(crate) mod likeness;
mod logs;
mod metrics;
mod observing;
mod part;
mod playback;
mod runs;
mod search;
mod settling;
mod shared;
mod surveys;
mod toasts;
mod traces;
mod turns;
mod viewport;

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_flow::{Flow, NodeId};
use thalweg_protocol::{
    FlowCard, Overlay, Preferences, ReceiverState, RecentFile, Recovered, Run, SampledTrace, Series,
    limits::RECENT_FILES,
};

use crate::canvas::{EdgeKey, Found, Routes, Scene};

pub(crate) use answers::{Answers, Stage, Sum};
pub(crate) use canvas::{AddList, Gesture, Offset};
pub(crate) use dialog::{Dialog, Leave};
pub(crate) use document::OpenDocument;
pub(crate) use hands::{Hands, Held};
pub(crate) use history::{History, Opened};
pub(crate) use logs::{Condition, Logs, LogsAsked, NewerLogs, Refused, Since};
pub(crate) use metrics::{
    ListedMetric, MetricKey, MetricList, Metrics, Range, Shown, Spark, Totals, fitting, is_spread,
};
pub(crate) use observing::{JourneyOf, LinksOf, Made, Observing, Place};
pub(crate) use part::Part;
pub(crate) use playback::Playback;
pub(crate) use runs::{Running, Runs};
pub(crate) use search::{Asked, Filtering, Search};
pub(crate) use settling::Settling;
pub(crate) use shared::Shared;
pub(crate) use surveys::{Answered, Contrasted, Pair, Surveys};
pub(crate) use toasts::Toasts;
pub(crate) use traces::Traces;
pub(crate) use turns::Turns;
pub(crate) use viewport::{Rect, Viewport};

/// What is laid over the drawing, or shown instead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Lens {
    /// Edit the flow.
    #[default]
    Design,
    /// See it under load.
    Simulate,
    /// What arrived over OTLP.
    Traces,
    /// Log records that arrived over OTLP.
    Logs,
    /// Metrics that arrived over OTLP.
    Metrics,
    /// Whether this build is right.
    Answers,
}

impl Lens {
    /// Whether it shows the flow.
    pub(crate) fn is_of_flow(self) -> bool {
        matches!(self, Lens::Design | Lens::Simulate)
    }
}

/// What the shell told at the start.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StartInfo {
    /// Thalweg's version.
    pub(crate) version: String,
    /// Files opened before, newest first.
    pub(crate) recent: Vec<RecentFile>,
    /// Texts that a crash left behind, newest first.
    pub(crate) recovered: Vec<Recovered>,
    /// The examples that tell a story.
    pub(crate) stories: Vec<FlowCard>,
    /// The examples that show a broker.
    pub(crate) brokers: Vec<FlowCard>,
    /// Flows to begin a new one from.
    pub(crate) templates: Vec<FlowCard>,
    /// Whether the environment says where gRPC and HTTP are received.
    pub(crate) ports_fixed: [bool; 2],
}

impl StartInfo {
    /// Puts a path at the head of the recent list.
    pub(crate) fn remember(&mut self, path: &str, opened_unix_ms: u64) {
        self.recent.retain(|file| file.path != path);
        self.recent.insert(0, RecentFile { path: path.to_owned(), opened_unix_ms });
        self.recent.truncate(RECENT_FILES as usize);
    }
}

/// All state of the window; cheap to copy, provided once as context. Read it with [`app`].
#[derive(Clone, Copy)]
pub(crate) struct App {
    /// Which lens is on.
    pub(crate) lens: RwSignal<Lens>,
    /// What the shell told at the start; none before it answered.
    pub(crate) start: RwSignal<Option<StartInfo>>,
    /// The OTLP receiver; none before the shell answered.
    pub(crate) receiver: RwSignal<Option<ReceiverState>>,
    /// The open document; none shows the start page.
    pub(crate) document: RwSignal<Option<OpenDocument>>,
    /// Whether the open document has changes that are not saved.
    pub(crate) edited: Memo<bool>,
    /// The chosen scenario; none is the one named `default`.
    pub(crate) scenario: RwSignal<Option<String>>,
    /// Whether the scenario timeline was asked for and is not shown yet.
    pub(crate) scenario_wanted: RwSignal<bool>,
    /// Selected nodes, in the order of selection.
    pub(crate) selection: RwSignal<Vec<String>>,
    /// The same as a set.
    pub(crate) selected: Memo<Shared<HashSet<NodeId>>>,
    /// The selected line.
    pub(crate) selected_edge: RwSignal<Option<EdgeKey>>,
    /// The part of the flow that the inspector shows while nothing is selected; none is the flow itself.
    pub(crate) inspected: RwSignal<Option<Part>>,
    /// The open flow as it is drawn.
    pub(crate) scene: Memo<Shared<Scene>>,
    /// What hands hold and see.
    pub(crate) hands: Hands,
    /// What the hand does on the canvas.
    pub(crate) gesture: RwSignal<Gesture>,
    /// Boxes that are moved but not yet put down.
    pub(crate) offset: RwSignal<Option<Offset>>,
    /// How lines run past boxes, as far as the engine told.
    pub(crate) routes: RwSignal<Shared<Routes>>,
    /// Boxes on their way to where tidying put them.
    pub(crate) settling: RwSignal<Option<Settling>>,
    /// The list of node kinds, while it is open.
    pub(crate) add_list: RwSignal<Option<AddList>>,
    /// The box whose name is being changed in place.
    pub(crate) renaming: RwSignal<Option<NodeId>>,
    /// Whether Space is held down: pressing then pans.
    pub(crate) space: RwSignal<bool>,
    /// Where the pointer was last over the canvas, in canvas units.
    pub(crate) pointer: RwSignal<Option<[f64; 2]>>,
    /// What the pointer is over or the focus is on, and the place beside which its values are shown, in canvas units.
    pub(crate) hovered: RwSignal<Option<(Found, [f64; 2])>>,
    /// Counts changes of the document and of what is selected; in a large flow each when it has been drawn: panels beside the drawing
    /// follow behind it, see [`App::document_drawn`].
    pub(crate) drawn: RwSignal<u32>,
    /// Counts documents as they are opened.
    pub(crate) opening: RwSignal<u32>,
    /// The opening for which the canvas was fitted, and where it looked then.
    pub(crate) fitted: RwSignal<(u32, Viewport)>,
    /// Where the canvas looks; the same for every lens.
    pub(crate) viewport: RwSignal<Viewport>,
    /// Size of the canvas element in pixels: width, height.
    pub(crate) canvas_size: RwSignal<[f64; 2]>,
    /// Simulations.
    pub(crate) runs: RwSignal<Runs>,
    /// Kept runs.
    pub(crate) history: RwSignal<History>,
    /// Whether the list of kept runs is shown; none leaves it to how many there are.
    pub(crate) runs_open: RwSignal<Option<bool>>,
    /// Whether the list was asked for and has not taken the focus yet.
    pub(crate) runs_wanted: RwSignal<bool>,
    /// The kept run whose name is being changed.
    pub(crate) naming_run: RwSignal<Option<u64>>,
    /// The moment of the run that the drawing shows, in seconds from its start.
    pub(crate) scrubber: RwSignal<f64>,
    /// Playing it.
    pub(crate) playback: Playback,
    /// Curves to draw: of the run under way, else of the kept run that is shown, else of the last results.
    pub(crate) series: Memo<Option<Shared<Series>>>,
    /// The results that are looked at: of the kept run that is shown, else the last ones.
    pub(crate) results: Memo<Option<Shared<Run>>>,
    /// Messages of the last run that were followed; none before that is done.
    pub(crate) sampled: Memo<Option<Shared<Vec<SampledTrace>>>>,
    /// The simulation under way.
    pub(crate) running: Memo<Option<Running>>,
    /// The flow that gave the results that are looked at, or that is being simulated.
    pub(crate) simulated: RwSignal<Option<Shared<Flow>>>,
    /// Whether the flow is another one than what was simulated; positions on the canvas do not count.
    pub(crate) stale: Memo<bool>,
    /// What the simulation lays over the drawing at the scrubber.
    pub(crate) overlay: Memo<Option<Shared<Overlay>>>,
    /// The known answers.
    pub(crate) answers: RwSignal<Answers>,
    /// Traces.
    pub(crate) traces: RwSignal<Traces>,
    /// Which of them are listed.
    pub(crate) filtering: Filtering,
    /// Log records.
    pub(crate) logs: RwSignal<Logs>,
    /// Metrics.
    pub(crate) metrics: RwSignal<Metrics>,
    /// Counts how often log records came or were removed: what shows some of them fetches them anew.
    pub(crate) logs_changed: RwSignal<u32>,
    /// What is looked at beside the list.
    pub(crate) observing: Observing,
    /// What was asked of many of them.
    pub(crate) surveys: Surveys,
    /// Messages at the window's edge.
    pub(crate) toasts: RwSignal<Toasts>,
    /// The question that is asked.
    pub(crate) dialog: RwSignal<Option<Dialog>>,
    /// Whether the list of undo steps is open.
    pub(crate) history_open: RwSignal<bool>,
    /// Whether the command palette is shown.
    pub(crate) palette: RwSignal<bool>,
    /// What the user chose.
    pub(crate) preferences: RwSignal<Preferences>,
    /// Whether the dialog of the preferences is shown.
    pub(crate) preferences_open: RwSignal<bool>,
    /// The step of the tour that is shown.
    pub(crate) tour: RwSignal<Option<usize>>,
    /// Counts how often the window was built: anew when another language is chosen.
    pub(crate) building: RwSignal<u32>,
    /// Whether the light theme is on.
    pub(crate) light: RwSignal<bool>,
}

/// Whether two flows are the same but for where they are drawn and what is said of them.
fn behaves_alike(a: &Flow, b: &Flow) -> bool {
    a.nodes == b.nodes && a.scenarios == b.scenarios && a.brokers == b.brokers && a.events == b.events
}

impl App {
    /// The state of a window that has just opened.
    pub(crate) fn new() -> Self {
        let lens = RwSignal::new(Lens::default());
        let document = RwSignal::new(None::<OpenDocument>);
        let gesture = RwSignal::new(Gesture::None);
        let runs = RwSignal::new(Runs::default());
        let scrubber = RwSignal::new(0.0);
        let selection = RwSignal::new(Vec::new());
        let history = RwSignal::new(History::default());
        let series = Memo::new(move |_| {
            let shown = || history.with(|history| history.shown().map(|shown| shown.series.clone()));
            runs.with(|runs| runs.partial().or_else(shown).or_else(|| runs.finished_series()))
        });
        let scene = Memo::new(move |_| document.with(|d| Shared::new(drawn(d.as_ref()))));
        let simulated = RwSignal::new(None::<Shared<Flow>>);
        let stale = Memo::new(move |_| {
            let Some(then) = simulated.get() else { return false };
            document.with(|d| d.as_ref().is_some_and(|d| !behaves_alike(d.flow(), &then)))
        });
        let peaks = Memo::new(move |_| series.with(|series| series.as_ref().map(|s| Shared::new(s.peaks()))));
        // Within a bucket nothing changes but what is left of faults, which is told in whole seconds.
        let moment = Memo::new(move |_| {
            let at = scrubber.get();
            series.with(|series| series.as_ref().and_then(|s| s.bucket_at(at)).map(|bucket| (bucket, at.floor())))
        });
        let overlay = Memo::new(move |_| {
            moment.track();
            let (series, peaks) = (series.get()?, peaks.get()?);
            Some(Shared::new(series.overlay_at(scrubber.get_untracked(), &peaks)))
        });
        App {
            lens,
            start: RwSignal::new(None),
            receiver: RwSignal::new(None),
            document,
            edited: Memo::new(move |_| document.with(|d| d.as_ref().is_some_and(OpenDocument::is_edited))),
            scenario: RwSignal::new(None),
            scenario_wanted: RwSignal::new(false),
            selection,
            selected: Memo::new(move |_| {
                Shared::new(selection.with(|ids: &Vec<NodeId>| ids.iter().cloned().collect()))
            }),
            selected_edge: RwSignal::new(None),
            inspected: RwSignal::new(None),
            scene,
            hands: Hands::new(gesture, document),
            gesture,
            offset: RwSignal::new(None),
            routes: RwSignal::new(Shared::new(Routes::default())),
            settling: RwSignal::new(None),
            add_list: RwSignal::new(None),
            renaming: RwSignal::new(None),
            space: RwSignal::new(false),
            pointer: RwSignal::new(None),
            hovered: RwSignal::new(None),
            drawn: RwSignal::new(0),
            opening: RwSignal::new(0),
            fitted: RwSignal::new((0, Viewport::default())),
            viewport: RwSignal::new(Viewport::default()),
            canvas_size: RwSignal::new([0.0, 0.0]),
            runs,
            history,
            runs_open: RwSignal::new(None),
            runs_wanted: RwSignal::new(false),
            naming_run: RwSignal::new(None),
            scrubber,
            playback: Playback::new(series),
            series,
            results: Memo::new(move |_| {
                let shown = history.with(|history| history.shown().map(|shown| shown.run.clone()));
                shown.or_else(|| runs.with(Runs::finished))
            }),
            // The messages of a kept run are not kept.
            sampled: Memo::new(move |_| {
                let is_shown = history.with(|history| history.shown().is_some());
                runs.with(Runs::sampled).filter(|_| !is_shown)
            }),
            running: Memo::new(move |_| runs.with(Runs::running)),
            simulated,
            stale,
            overlay,
            answers: RwSignal::new(Answers::default()),
            traces: RwSignal::new(Traces::default()),
            filtering: Filtering::default(),
            logs: RwSignal::new(Logs::default()),
            metrics: RwSignal::new(Metrics::default()),
            logs_changed: RwSignal::new(0),
            observing: Observing::new(),
            surveys: Surveys::new(),
            toasts: RwSignal::new(Toasts::default()),
            dialog: RwSignal::new(None),
            history_open: RwSignal::new(false),
            palette: RwSignal::new(false),
            preferences: RwSignal::new(Preferences::default()),
            preferences_open: RwSignal::new(false),
            tour: RwSignal::new(None),
            building: RwSignal::new(0),
            light: RwSignal::new(false),
        }
    }
}

/// A flow as it is drawn; nothing without one.
fn drawn(document: Option<&OpenDocument>) -> Scene {
    document
        .map_or_else(Scene::default, |d| Scene::new(d.flow(), &thalweg_flow::layout::positions(d.flow()), d.problems()))
}

/// The window's state, from anywhere below the root component.
pub(crate) fn app() -> App {
    expect_context()
}
