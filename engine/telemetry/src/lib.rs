//! OTLP in, questions about what arrived, and OTLP out.
//!
//! # How it is built
//!
//! - [`Receiver`] listens for OTLP traces, logs and metrics over gRPC and HTTP (protobuf, JSON, gzip, zstd) and answers after the
//!   commit. Every request passes the same four steps: who speaks (loopback names only, no web pages but allowed ones, the token if
//!   there is one), how much (bounded while it streams in), what (decoded, unusable items refused one by one), and into the store.
//! - [`list_traces`], [`get_trace`] and [`get_trace_json`] ask the store for traces, [`find_logs`], [`search_logs`] and
//!   [`logs_of_trace`] for log records, [`list_metrics`] and [`get_metric`] for metrics. [`Trace`] and its parts are plain values: OTLP's
//!   generated types stay inside this crate.
//! - [`search`] finds traces by a filter of `thalweg-spans`, [`Watch`] waits for them, [`seen`] gathers what filters are completed
//!   with. [`density`], [`operations`] and [`contrast`] tell what many traces show together.
//! - [`send_traces`] sends traces of our own to whoever receives OTLP.
//! - [`import`] reads files of the Collector's file exporter, [`Exporter`] writes them.
//! - [`waterfall`] orders a trace for display and adds what no span says but several together do: how long a message waited
//!   in its channel, and between its attempts.
//! - [`linking`] tells which spans link to a trace.
//! - [`observed`] lends a trace to `thalweg-topology`.
//!
//! Not here, and refused in words where a sender would ask: profiles.

mod files;
mod ids;
mod limits;
mod logs;
mod metrics;
mod model;
mod observed;
mod otlp;
#[doc(hidden)]
pub mod probe;
mod query;
mod receive;
mod search;
mod send;
mod survey;
mod waits;
mod waterfall;

pub use files::{
    DOCUMENT_BYTES, ExportError, Exported, Exporter, FileError, ImportFailed, Imported, Packed, REMARKS, Remark,
    TraceFile, import, is_telemetry,
};
pub use ids::{IdError, SpanId, TraceId};
pub use limits::{ATTRIBUTES, BUCKETS, EVENTS_OR_LINKS, Limits, SPANS_PER_REQUEST, VALUE_BYTES, VALUE_DEPTH};
pub use logs::{Log, Logs, find_logs, logs_of_trace, search_logs};
pub use metrics::{
    Bucket, Cell, Exemplar, HeatMap, Histogram, Metric, MetricKind, MetricList, MetricShape, MetricSummary, Point,
    PointValue, Reduction, Series, Side, Temporality, get_metric, get_metric_by, heat_map, list_metrics,
};
pub use model::{
    Attributes, Event, Link, Resource, Scope, Span, SpanKind, SpanStatus, StatusCode, Trace, Value, attribute,
};
pub use observed::observed;
pub use query::{
    LinkTo, LinksTo, QueryError, TraceList, TraceSummary, get_trace, get_trace_json, json_of, linking, list_traces,
    open_store, summaries,
};
pub use receive::{
    Counts, GRPC_PORT, HTTP_PORT, Handled, OWN_SERVICE, Origin, OriginError, Receiver, ReceiverConfig, ReceiverError,
    ReceiverStatus, SignalsArrived, Token, TokenError, TraceArrived, Watcher,
};
pub use search::{FoundTrace, Look, NoCursor, Order, SearchCursor, SearchPage, Watch, found_among, search, seen};
pub use send::{OtlpAddress, OtlpAddressError, SendError, Sent, send_traces};
pub use survey::{ContrastFound, Contrasted, DensityFound, contrast, density, operations};
pub use thalweg_store::{LogCursor, LogQuery, TraceCursor};
pub use waterfall::{Row, RowKind, waterfall};
