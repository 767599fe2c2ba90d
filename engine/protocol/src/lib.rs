//! The types that cross between the window and the engine: [`Command`], [`Reply`], [`Event`], [`ApiError`].
//!
//! This is the only bridge. One function of the shell takes a [`Command`] and answers with a [`Reply`] or an [`ApiError`];
//! everything that happens later arrives as an [`Event`] on one stream. Both directions travel as JSON *bytes* that Rust
//! writes and Rust reads, never through a web view's own JSON parser, so that 64-bit times keep all their digits
//! (see [`encode`]). The documented JSON of `thalweg simulate --format json` is [`report::RunReport`], so the window and
//! the command line cannot disagree about a number.
//!
//! Not here: logic, I/O, engine types. The engine's own structs are converted in `thalweg-workbench`.

pub mod carried;
pub mod command;
pub mod curves;
pub mod drawing;
pub mod error;
pub mod event;
pub mod kept;
pub mod limits;
pub mod live;
pub mod overlay;
pub mod preferences;
pub mod report;
pub mod search;
pub mod signals;
pub mod survey;
pub mod topology;
pub mod trace;
pub mod traffic;
pub mod validation;
pub mod window;
mod wire;

pub use carried::{ExportedTraces, Exporting, ImportCounts, ImportRemark, ImportedFile};
pub use command::{Command, FlowCard, OpenedFile, ReceiverState, RecentFile, Reply, RunSettings, Started};
pub use drawing::{Drawing, DrawnBox, DrawnLine, Route};
pub use error::{ApiError, ErrorCode};
pub use event::Event;
pub use kept::{Comparison, KeptRun, OpenedRun, RunFigures};
pub use overlay::{NodeOverlay, Overlay};
pub use preferences::{Durations, Language, Preferences, TelemetrySettings, Theme, Wheel};
pub use report::{Run, RunReport, Series};
pub use search::{FoundTrace, FoundTraces, SavedFilter, SeenNames, TraceOrder, TraceSearch};
pub use signals::{LogFilter, LogPage, LogView, MetricAsked, MetricId, MetricLine, MetricLines, MetricView};
pub use survey::{Survey, Surveyed, TraceDifference};
pub use topology::{CriticalPath, CrossLink, CrossLinks, JourneyView, SpanPlace, TopologyMap};
pub use trace::{SampledFor, SampledTrace, TraceRow, TraceSummary, TraceView};
pub use window::{FileState, Menu, MenuEntry, Offered, Recovered};
pub use wire::{Answer, decode, encode};
