//! Flow files on disk: reading with words for everything that can be wrong, writing without ever losing the old text.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use thalweg_protocol::{ApiError, ErrorCode, limits::DOCUMENT_BYTES};

/// Reads a flow document's text.
///
/// # Errors
/// A sentence for a missing file, a folder, a file without permission, one that is too large or is not UTF-8 text.
pub fn read_flow_file(path: &Path) -> Result<String, ApiError> {
    let metadata = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
    if metadata.is_dir() {
        return Err(file_error(format!("{} is a folder, not a flow file.", path.display()))
            .with_help("Name a file such as checkout.flow.yaml in it."));
    }
    if metadata.len() > DOCUMENT_BYTES as u64 {
        return Err(too_large(&path.display().to_string(), metadata.len()));
    }
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    text_from_bytes(bytes, &path.display().to_string())
}

/// Makes text of bytes that should be a flow document; `origin` names them in errors.
///
/// # Errors
/// A sentence when there are too many or they are not UTF-8 text.
pub fn text_from_bytes(bytes: Vec<u8>, origin: &str) -> Result<String, ApiError> {
    if bytes.len() > DOCUMENT_BYTES {
        return Err(too_large(origin, bytes.len() as u64));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(file_error(format!("{origin} is not a text file: byte {at} is zero."))
            .with_help("A flow document is UTF-8 text; see `thalweg new` for one to start from."));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        file_error(format!("{origin} is not UTF-8 text: line {line} (byte {at}) holds something else."))
            .with_help("Save it as UTF-8 in your editor.")
    })
}

/// Writes a document so that at every moment either the old or the new text is on disk: into a new file beside it, synced,
/// then renamed over it. Links are followed, permissions kept.
///
/// # Errors
/// A sentence when the folder or the disk does not allow it; the old file is then untouched.
pub fn write_flow_file(path: &Path, text: &str) -> Result<(), ApiError> {
    write_file(path, text.as_bytes())
}

/// The same for any content.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), ApiError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = fs::metadata(&target).ok().map(|metadata| metadata.permissions());
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(file_error(format!("{} is read-only; nothing was written.", path.display()))
            .with_help("Save it under another name, or allow writing to it."));
    }
    let write = || -> io::Result<()> {
        let mut file = new_file(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        if let Some(permissions) = permissions {
            fs::set_permissions(file.path(), permissions)?;
        }
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| cannot_write(path, &error))
}

/// A new file as the user's own programs make them: readable by others where the user's mask allows it, unlike temporary
/// files, which are for their owner alone.
pub(crate) fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".thalweg-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// The texts of CSV files that a flow names, by the path it names them with.
///
/// # Errors
/// A sentence that names the file and the reason.
pub(crate) fn read_side_files(names: &[String], folder: Option<&Path>) -> Result<Vec<(String, String)>, ApiError> {
    let mut texts = Vec::new();
    for name in names {
        let Some(folder) = folder else {
            return Err(file_error(format!(
                "The flow reads {name}, but it was never saved, so it has no folder to look in."
            ))
            .with_help("Save the flow beside its CSV files first."));
        };
        let path: PathBuf = folder.join(name);
        texts.push((name.clone(), read_flow_file(&path)?));
    }
    Ok(texts)
}

fn cannot_read(path: &Path, error: &io::Error) -> ApiError {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => file_error(format!("There is no file {shown}."))
            .with_help("Check the path, or write a first flow with `thalweg new`."),
        io::ErrorKind::PermissionDenied => {
            file_error(format!("{shown} may not be read.")).with_help("Check its permissions.")
        }
        _ => file_error(format!("{shown} could not be read: {error}.")),
    }
}

pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> ApiError {
    let shown = path.display();
    let (message, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            (format!("The folder of {shown} does not exist."), "Make it, or save somewhere else.")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (format!("{shown} may not be written."), "Save somewhere else, or check the folder's permissions.")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (format!("The disk is full; {shown} was not written."), "Free some space; the old file is unchanged.")
        }
        _ => (format!("{shown} could not be written: {error}."), "The old file, if any, is unchanged."),
    };
    file_error(message).with_help(help)
}

fn too_large(origin: &str, bytes: u64) -> ApiError {
    file_error(format!(
        "{origin} is too large: {:.1} MiB; a flow document has at most {} MiB.",
        bytes as f64 / f64::from(1 << 20),
        DOCUMENT_BYTES >> 20
    ))
    .with_help("Split it into several flows.")
}

pub(crate) fn file_error(message: String) -> ApiError {
    ApiError::new(ErrorCode::File, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn each_unreadable_thing_has_its_sentence() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("binary"), b"thalweg: 1\0").unwrap();
        fs::write(path("latin"), b"name: caf\xe9").unwrap();
        fs::File::create(path("huge")).unwrap().set_len(50 << 20).unwrap();
        let said = |name: &str| read_flow_file(&path(name)).unwrap_err().message;
        assert!(said("missing").starts_with("There is no file "));
        assert!(said("binary").ends_with("is not a text file: byte 10 is zero."));
        assert!(said("latin").contains("line 1 (byte 9)"));
        assert!(said("huge").contains("50.0 MiB; a flow document has at most 10 MiB"));
        assert!(read_flow_file(folder.path()).unwrap_err().message.ends_with("is a folder, not a flow file."));
    }

    #[test]
    fn writing_replaces_whole_and_leaves_nothing_behind() {
        let folder = folder();
        let path = folder.path().join("a.flow.yaml");
        write_flow_file(&path, "one").unwrap();
        write_flow_file(&path, "two, longer").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two, longer");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_read_only_file_keeps_its_text() {
        let folder = folder();
        let path = folder.path().join("a.flow.yaml");
        fs::write(&path, "old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = write_flow_file(&path, "new").unwrap_err();
        assert!(error.message.contains("is read-only; nothing was written"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_survive() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let (real, link) = (folder.path().join("real.yaml"), folder.path().join("link.yaml"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_flow_file(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_side_file_needs_a_folder() {
        let names = ["times.csv".to_owned()];
        assert!(read_side_files(&names, None).unwrap_err().message.contains("never saved"));
        let folder = folder();
        assert!(read_side_files(&names, Some(folder.path())).is_err());
        fs::write(folder.path().join("times.csv"), "1ms").unwrap();
        assert_eq!(read_side_files(&names, Some(folder.path())).unwrap(), [("times.csv".to_owned(), "1ms".to_owned())]);
    }
}
