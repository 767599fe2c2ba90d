//! Limits of what crosses the bridge. A face that is asked for more answers in words.

/// Longest text of a document that the window sends: as long as a flow document may be.
pub const DOCUMENT_BYTES: usize = 10 << 20;
/// Longest content of an exported plot that the window sends, in bytes: a picture of 1,200 by 10,000 pixels is far below.
pub const EXPORT_BYTES: usize = 32 << 20;
/// Most traces in one page of the list.
pub const TRACES_PER_PAGE: u32 = 500;
/// Most log records in one page, and of one trace.
pub const LOGS_PER_PAGE: u32 = 500;
/// Longest text of a log record that the window is sent, in bytes: as long as one may be that is kept, so stack traces are whole.
pub const LOG_TEXT_BYTES: usize = 64 << 10;
/// Most bytes of one log record that are sent with their values whole; beyond it values are cut short.
pub const LOG_BYTES: usize = 1 << 20;
/// Most bytes of one page of log records; the first record is on it whatever it has.
pub const LOG_PAGE_BYTES: usize = 4 << 20;
/// Most metrics in the list: more than anybody scrolls through; the others are found by searching.
pub const METRICS_LISTED: usize = 1_000;
/// Most series of one metric that are shown: lines that can be told apart, several times over.
pub const METRIC_SERIES: u32 = 100;
/// Most stretches of time that a metric is reduced to: more than a plot has dots.
pub const METRIC_BUCKETS: u32 = 2_000;
/// Most rows of a heat map: more than a plot has room for, and as many as SDKs give exponential histograms by default.
pub const HEAT_ROWS: usize = 160;
/// Operations that a table lists.
pub const OPERATIONS: usize = 1_000;
/// Differences of two sets that are told: nobody reads more.
pub const DIFFERENCES: usize = 100;
/// Ids of matching spans that are told of a found trace.
pub const MATCHING_SPANS: usize = 1_000;
/// Most filters that are kept under a name: a menu that can be read.
pub const SAVED_FILTERS: usize = 50;
/// Longest name of a kept filter, in characters.
pub const FILTER_NAME: usize = 60;
/// Most links between one trace and others that are told: a list that can be read.
pub const CROSS_LINKS: usize = 1_000;
/// Most rows of one trace that the window is sent: twice the largest that it is measured with.
pub const ROWS_PER_TRACE: usize = 200_000;
/// A trace of no more rows is sent with all that is known of its spans: some megabytes at most.
pub const DETAILED_ROWS: usize = 2_000;
/// Spans of a larger trace whose details are asked for at once.
pub const SPAN_DETAILS: usize = 100;
/// Most lines of two traces beside each other that the window is sent.
pub const LINES_PER_PAIR: usize = 50_000;
/// How many events of a run the window follows one by one.
pub const SAMPLED_TRACES: u32 = 50;
/// Runs whose sampled traces are kept for the window.
pub const SAMPLED_RUNS: usize = 4;
/// Longest attribute value that the window is sent, in bytes; longer ones are cut with a note.
pub const ATTRIBUTE_BYTES: usize = 4096;
/// Most files remembered as recently opened.
pub const RECENT_FILES: u32 = 12;
/// Most boxes of a drawing that is tidied: beyond it, nobody reads it, and the work grows faster than the drawing.
pub const DRAWN_BOXES: usize = 5_000;
/// Most lines of a drawing that is tidied.
pub const DRAWN_LINES: usize = 20_000;
/// Most runs of a document that are kept without being pinned: some days of trying things out, and a list that can be read.
pub const KEPT_RUNS: u32 = 50;
/// Most bytes that these runs of a document may take in the data file, compressed: flows with many nodes have many curves.
/// The newest is kept whatever it takes.
pub const KEPT_BYTES: u64 = 256 << 20;
/// Most pinned runs of a document. They are never thrown away by themselves, so somebody must.
pub const PINNED_RUNS: u32 = 200;
/// Longest name of a kept run, in characters: a line of the list.
pub const RUN_NAME: usize = 120;
/// Most differing lines of two documents that a comparison tells; it is a reminder, no tool for merging.
pub const DIFFERENT_LINES: usize = 200;
/// Most web pages that may send to the receiver, by their origin: a list that can be read.
pub const ORIGINS: usize = 50;
