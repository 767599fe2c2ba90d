//! Traces that go into a file or come out of one.

use serde::{Deserialize, Serialize};

use crate::ApiError;

/// Which traces are written into a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exporting {
    /// All that are stored.
    #[default]
    All,
    /// Those that a filter finds, whole.
    Found(String),
    /// These, each by its id of 32 hexadecimal digits.
    These(Vec<String>),
}

/// What was written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExportedTraces {
    /// How many traces.
    pub traces: u64,
    /// Their spans.
    pub spans: u64,
}

/// What became of a file that was imported.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ImportedFile {
    /// How the file is called.
    pub name: String,
    /// Documents of OTLP JSON that it has: lines, mostly.
    pub documents: u64,
    /// Of them, those of which nothing was stored.
    pub unread: u64,
    /// Spans.
    pub spans: ImportCounts,
    /// Log records.
    pub logs: ImportCounts,
    /// Data points of metrics.
    pub points: ImportCounts,
    /// What is to be told, by line; no more than a reader reads.
    pub remarks: Vec<ImportRemark>,
    /// How many more remarks there would be.
    pub more_remarks: u64,
    /// Why the file was not read to its end, if it was not. What is counted is stored.
    pub stopped: Option<ApiError>,
}

/// What became of the spans, log records or data points of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Stored now.
    pub stored: u64,
    /// Stored before.
    pub known: u64,
    /// Not stored, because they are of no use.
    pub refused: u64,
}

/// What is to be told of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRemark {
    /// The line, from 1.
    pub line: u64,
    /// Whether nothing of it was stored.
    pub unread: bool,
    /// What.
    pub reason: String,
}

impl ImportedFile {
    /// Whether all of it is stored now.
    pub fn is_whole(&self) -> bool {
        let refused = [self.spans, self.logs, self.points].iter().any(|counts| counts.refused > 0);
        self.stopped.is_none() && self.unread == 0 && !refused
    }
}
