//! Traces into files and out of them, in the form of the Collector's file exporter.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use thalweg_protocol::{ApiError, ErrorCode, ExportedTraces, Exporting, ImportCounts, ImportRemark, ImportedFile};
use thalweg_telemetry::{Counts, ExportError, Exporter, ImportFailed, Imported, Packed, TraceFile};

use crate::{
    Observatory, convert,
    files::{file_error, new_file},
    observe::{no_trace, query_error, trace_id_from},
    search::filter_of,
};

/// What is looked at to tell a file of telemetry from a flow document.
const BEGINNING: u64 = 64 << 10;

impl Observatory {
    /// Stores what a file holds; `told` hears how many documents were read. A file that cannot be read to its end has
    /// [`ImportedFile::stopped`].
    ///
    /// # Errors
    /// When there is no data file.
    pub async fn import(
        &self,
        name: &str,
        input: impl Read + Send + 'static,
        mut told: impl FnMut(u64),
    ) -> Result<ImportedFile, ApiError> {
        let store = self.store()?;
        let outcome = thalweg_telemetry::import(store, input, |so_far| told(so_far.documents)).await;
        let (imported, stopped) = match outcome {
            Ok(imported) => (imported, None),
            Err(ImportFailed::File { error, before }) => {
                let error = file_error(format!("{name} could not be read to its end: {error}."));
                (*before, Some(error))
            }
            Err(ImportFailed::Store { line, error, before }) => {
                let message = format!("Line {line} of {name} and those after it were not stored: {error}.");
                (*before, Some(ApiError::new(ErrorCode::Store, message)))
            }
        };
        Ok(told_of(name, imported, stopped))
    }

    /// The same for a file on disk.
    ///
    /// # Errors
    /// When it cannot be opened, or there is no data file.
    pub async fn import_file(&self, path: &Path, told: impl FnMut(u64)) -> Result<ImportedFile, ApiError> {
        let file = open(path)?;
        self.import(&name_of(path), file, told).await
    }

    /// Writes traces, a line of OTLP JSON each.
    ///
    /// # Errors
    /// When a filter or an id is none, there is no such trace, or the data file cannot be read. What was written until
    /// then is of no use. The inner error is the output's.
    pub async fn export<W: Write>(
        &self,
        which: &Exporting,
        out: W,
        packed: Packed,
    ) -> Result<io::Result<(W, ExportedTraces)>, ApiError> {
        let mut file = match TraceFile::new(out, packed) {
            Ok(file) => file,
            Err(error) => return Ok(Err(error)),
        };
        let mut writer = Exporter::new(self.store()?, &mut file);
        let written = match which {
            Exporting::All => writer.all(None).await,
            Exporting::Found(filter) => writer.all(Some(&filter_of(filter)?)).await,
            Exporting::These(ids) => {
                let mut written = Ok(());
                for text in ids {
                    match writer.one(trace_id_from(text)?).await {
                        Ok(true) => {}
                        Ok(false) => return Err(no_trace(text)),
                        Err(error) => {
                            written = Err(error);
                            break;
                        }
                    }
                }
                written
            }
        };
        let exported = ExportedTraces { traces: writer.exported.traces, spans: writer.exported.spans };
        match written {
            Ok(()) => Ok(file.finish().map(|out| (out, exported))),
            Err(ExportError::Query(error)) => Err(query_error(error)),
            Err(ExportError::Write(error)) => Ok(Err(error)),
        }
    }

    /// Writes traces into a file, which is then replaced whole or not at all; a name that ends in `.gz` or `.zst` has it
    /// compressed.
    ///
    /// # Errors
    /// As [`Self::export`], and when the file cannot be written or, unless it may be replaced, is there already.
    pub async fn export_file(
        &self,
        which: &Exporting,
        path: &Path,
        may_replace: bool,
    ) -> Result<ExportedTraces, ApiError> {
        let cannot = |error: &io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                ApiError::new(ErrorCode::Usage, format!("{} is already there; nothing was written.", path.display()))
                    .with_help("Name another file, or replace it with --force.")
            }
            _ => crate::files::cannot_write(path, error),
        };
        if !may_replace && path.exists() {
            return Err(cannot(&io::Error::from(io::ErrorKind::AlreadyExists)));
        }
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = new_file(folder).map_err(|error| cannot(&error))?;
        let written = self.export(which, file, Packed::by_name(path)).await?;
        let (file, exported) = written.map_err(|error| cannot(&error))?;
        let put = |file: tempfile::NamedTempFile| -> io::Result<()> {
            file.as_file().sync_all()?;
            let put = if may_replace { file.persist(&target) } else { file.persist_noclobber(&target) };
            put.map(drop).map_err(|error| error.error)
        };
        put(file).map_err(|error| cannot(&error))?;
        Ok(exported)
    }
}

/// Whether a file holds telemetry and no flow document, as its beginning tells. One that cannot be read is no telemetry:
/// whoever opens it as a document says what is wrong.
pub(crate) fn is_telemetry(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    read.is_ok() && thalweg_telemetry::is_telemetry(&beginning)
}

fn open(path: &Path) -> Result<File, ApiError> {
    let shown = path.display();
    if path.is_dir() {
        return Err(file_error(format!("{shown} is a folder, not a file of telemetry."))
            .with_help("Name a file such as traces.jsonl in it."));
    }
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => file_error(format!("There is no file {shown}.")).with_help("Check the path."),
        io::ErrorKind::PermissionDenied => {
            file_error(format!("{shown} may not be read.")).with_help("Check its permissions.")
        }
        _ => file_error(format!("{shown} could not be read: {error}.")),
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn told_of(name: &str, imported: Imported, stopped: Option<ApiError>) -> ImportedFile {
    let counts =
        |counts: Counts| ImportCounts { stored: counts.stored, known: counts.repeated, refused: counts.refused };
    ImportedFile {
        name: name.to_owned(),
        documents: imported.documents,
        unread: imported.unread,
        spans: counts(imported.spans),
        logs: counts(imported.logs),
        points: counts(imported.points),
        remarks: imported
            .remarks
            .into_iter()
            .map(|remark| ImportRemark {
                line: remark.line,
                unread: remark.unread,
                reason: convert::sentence(&remark.reason),
            })
            .collect(),
        more_remarks: imported.more_remarks,
        stopped,
    }
}
