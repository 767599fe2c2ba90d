//! Flow documents named on the command line: a file, or `-` for standard input.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use thalweg_protocol::limits::DOCUMENT_BYTES;
use thalweg_workbench::{read_flow_file, text_from_bytes};

use crate::failure::Failure;

/// How standard input is called in messages.
pub(crate) const STDIN: &str = "<stdin>";

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Source {
    /// How it is called in messages.
    pub(crate) name: String,
    /// Its whole text.
    pub(crate) text: String,
    /// Where the CSV files that it names are.
    pub(crate) folder: Option<PathBuf>,
}

/// Reads a document.
///
/// # Errors
/// A sentence when it cannot be read, is too large or is not UTF-8 text.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return Ok(Source {
            name: STDIN.to_owned(),
            text: text_from_bytes(standard_input()?, "Standard input")?,
            folder: std::env::current_dir().ok(),
        });
    }
    let text = read_flow_file(path)?;
    let folder = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    Ok(Source { name: name_of(path), text, folder: folder.map(Path::to_path_buf) })
}

/// How a path is called in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { STDIN.to_owned() } else { path.display().to_string() }
}

/// All of standard input, or one byte more than a document may have: an endless stream ends there.
fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(DOCUMENT_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("Standard input could not be read: {error}.")))?;
    if bytes.len() > DOCUMENT_BYTES {
        let most = DOCUMENT_BYTES >> 20;
        return Err(Failure::usage(format!("Standard input is too large: a flow document has at most {most} MiB."))
            .with_help("Split it into several flows."));
    }
    Ok(bytes)
}
