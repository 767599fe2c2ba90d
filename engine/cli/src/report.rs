//! `thalweg simulate --report DIR`: a page to read, pictures, and data for other programs.
//!
//! The folder holds `index.html` (no script, nothing from elsewhere), `timeline.svg`, `nodes/*.svg`, `series.csv` and
//! `report.json`.

mod curves;
mod page;
mod series;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thalweg_charts::{ChartError, draw_for_both};
use thalweg_protocol::Run;

use crate::failure::Failure;

/// Width of the pictures, in pixels.
const WIDTH: u32 = 1080;
/// By this a page is known to be ours.
const GENERATOR: &str = "<meta name=\"generator\" content=\"Thalweg\">";

/// Whether a report may be written there: into a folder that is missing, empty, or holds an earlier report.
///
/// # Errors
/// A sentence when it holds something else and `force` is not given.
pub(crate) fn may_write(folder: &Path, force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Failure::usage(format!("{} is a file, not a folder for a report.", folder.display()))
                .with_help("Name a folder; it is made when it is missing."));
        }
        Err(error) => return Err(cannot("read", folder, &error)),
    };
    if entries.next().is_none() || is_ours(folder) {
        return Ok(());
    }
    Err(Failure::usage(format!("{} holds other files; nothing was written.", folder.display()))
        .with_help("Name an empty or a new folder, or write into this one with --force."))
}

fn is_ours(folder: &Path) -> bool {
    fs::read_to_string(folder.join("index.html")).is_ok_and(|page| page.contains(GENERATOR))
}

/// Writes the report and gives the path of its page.
///
/// # Errors
/// A sentence when a file cannot be written; what was written until then stays.
pub(crate) fn write(folder: &Path, run: &Run) -> Result<PathBuf, Failure> {
    let nodes = folder.join("nodes");
    if is_ours(folder) {
        remove_pictures(&nodes);
    }
    fs::create_dir_all(&nodes).map_err(|error| cannot("make", &nodes, &error))?;
    let timeline = picture(draw_for_both(&curves::of_flow(run), WIDTH))?;
    put(&folder.join("timeline.svg"), &timeline)?;
    let mut pictures = Vec::new();
    for (i, (id, lanes)) in curves::of_nodes(run).into_iter().enumerate() {
        let name = format!("nodes/{i:03}-{}.svg", file_name(&id));
        put(&folder.join(&name), &picture(draw_for_both(&lanes, WIDTH))?)?;
        pictures.push(page::Picture { id, path: name });
    }
    put(&folder.join("series.csv"), &series::render(&run.series)?)?;
    put(&folder.join("report.json"), &crate::simulate::json(run)?)?;
    // Last, so that a page that is there has everything it shows.
    let path = folder.join("index.html");
    put(&path, &page::render(run, &timeline, &pictures))?;
    Ok(path)
}

/// Pictures of an earlier report: nodes may have gone since.
fn remove_pictures(nodes: &Path) {
    let Ok(entries) = fs::read_dir(nodes) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "svg") {
            // One that cannot be removed is an extra file, not a wrong report.
            let _ = fs::remove_file(path);
        }
    }
}

/// A name that every file system takes.
fn file_name(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    id.chars().map(plain).take(60).collect()
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| cannot("write", path, &error))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("Thalweg cannot {what} {}: {error}.", path.display()))
}

fn picture(drawn: Result<String, ChartError>) -> Result<String, Failure> {
    drawn.map_err(|error| Failure::environment(format!("A picture of the report failed: {error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    #[test]
    fn a_report_is_whole_and_can_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a/report");
        may_write(&target, false).unwrap();
        let page = write(&target, &fixture::run()).unwrap();
        for name in ["index.html", "timeline.svg", "series.csv", "report.json", "nodes/001-payment.svg"] {
            assert!(target.join(name).is_file(), "{name}");
        }
        let html = fs::read_to_string(page).unwrap();
        for path in html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(target.join(path).is_file(), "the page shows {path}");
        }
        fs::write(target.join("nodes/009-gone.svg"), "").unwrap();
        may_write(&target, false).unwrap();
        write(&target, &fixture::run()).unwrap();
        assert!(!target.join("nodes/009-gone.svg").exists());
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        may_write(folder.path(), false).unwrap();
        fs::write(folder.path().join("index.html"), "<html>mine</html>").unwrap();
        let failure = may_write(folder.path(), false).unwrap_err();
        assert_eq!(failure.exit_code, 2);
        may_write(folder.path(), true).unwrap();
        let file = folder.path().join("index.html");
        assert_eq!(may_write(&file, false).unwrap_err().exit_code, 2);
    }

    #[test]
    fn names_become_file_names() {
        assert_eq!(file_name("../etc/passwd"), "___etc_passwd");
        assert_eq!(file_name("payment-2"), "payment-2");
        assert_eq!(file_name(&"ü".repeat(300)).len(), 60);
    }
}
