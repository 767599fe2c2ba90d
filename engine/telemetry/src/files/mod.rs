//! Telemetry in files: the form of the Collector's file exporter, and OTLP JSON in whatever lines it stands.
//!
//! What is read goes the way of what is received: decoded by the receiver's decoders, checked, cut to size and stored by the
//! line, each whole or not at all. Neither way holds more than a few lines in memory, however long a file is.

mod documents;
mod export;
mod import;
mod packing;

#[cfg(test)]
mod tests;

pub(crate) use documents::Documents;
pub use documents::{DOCUMENT_BYTES, FileError, is_telemetry};
pub use export::{ExportError, Exported, Exporter, TraceFile};
pub(crate) use import::signal_of as document_signal;
pub use import::{ImportFailed, Imported, REMARKS, Remark, import};
pub use packing::Packed;
