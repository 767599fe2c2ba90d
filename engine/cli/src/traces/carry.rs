//! Traces into files and out of them.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use thalweg_charts::units;
use thalweg_protocol::{ApiError, ExportedTraces, Exporting, ImportCounts, ImportedFile};
use thalweg_workbench::{Observatory, Packed};

use crate::{
    args::{ExportArgs, Format, ImportArgs},
    failure::{Failure, Verdict},
    input::STDIN,
    terminal::{Terminal, plain_line},
};

/// How often the line of an import is drawn anew.
const PACE: Duration = Duration::from_millis(200);

/// Stores what files hold, one after the other.
pub(super) async fn import(args: &ImportArgs, db: PathBuf, terminal: &Terminal) -> Result<Verdict, Failure> {
    let observatory = Observatory::look(db).await?;
    let files = import_all(args, &observatory, terminal).await;
    observatory.shut_down().await;
    let files = files?;
    match args.format {
        Format::Human => terminal.print(&files.iter().map(|file| told(file) + "\n").collect::<String>())?,
        Format::Json => terminal.print(&super::json(&files)?)?,
    }
    Ok(if files.iter().all(ImportedFile::is_whole) { Verdict::Well } else { Verdict::Unusable })
}

async fn import_all(
    args: &ImportArgs,
    observatory: &Observatory,
    terminal: &Terminal,
) -> Result<Vec<ImportedFile>, Failure> {
    let mut files = Vec::new();
    for path in &args.files {
        let line = terminal.is_watched().then(progress);
        let show = |documents: u64| {
            if let Some(line) = &line {
                line.set_message(format!("{}: {} lines", path.display(), units::whole(documents)));
            }
        };
        let imported = if path == Path::new("-") {
            observatory.import(STDIN, io::stdin(), show).await
        } else {
            observatory.import_file(path, show).await
        };
        if let Some(line) = line {
            line.finish_and_clear();
        }
        let mut imported = imported.map_err(|error| after(&files, error))?;
        // Two files of one name in different folders are told apart.
        if path != Path::new("-") {
            imported.name = path.display().to_string();
        }
        complain(&imported, terminal);
        files.push(imported);
    }
    Ok(files)
}

/// What came before a file that cannot be opened is stored all the same.
fn after(files: &[ImportedFile], error: ApiError) -> Failure {
    let mut failure = Failure::from(error);
    if !files.is_empty() {
        let before: Vec<String> = files.iter().map(told).collect();
        failure.message = format!("{} Before it: {}.", failure.message, before.join("; "));
    }
    failure
}

fn progress() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    line.set_style(
        ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    line.enable_steady_tick(PACE);
    line
}

/// What is wrong with a file, by line.
fn complain(file: &ImportedFile, terminal: &Terminal) {
    let name = &file.name;
    for remark in &file.remarks {
        let unread = if remark.unread { "nothing of it was stored: " } else { "" };
        terminal.complain(&plain_line(&format!("{name}:{}: {unread}{}", remark.line, remark.reason)));
    }
    if file.more_remarks > 0 {
        terminal.complain(&plain_line(&format!("{name}: {} more lines like these.", units::whole(file.more_remarks))));
    }
    if let Some(error) = &file.stopped {
        terminal.error(&Failure::from(error.clone()));
    }
}

/// `traces.jsonl: 1,204 spans and 3 log records stored, 12 known already, 2 refused`.
fn told(file: &ImportedFile) -> String {
    let all = [(file.spans, "span"), (file.logs, "log record"), (file.points, "data point")];
    let mut stored: Vec<String> =
        all.iter().filter(|(counts, _)| counts.stored > 0).map(|(counts, what)| counted(counts.stored, what)).collect();
    if stored.is_empty() {
        stored.push("nothing".to_owned());
    }
    let stored = match &stored[..] {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        all => all.join(""),
    };
    let sum = |of: fn(&ImportCounts) -> u64| all.iter().map(|(counts, _)| of(counts)).sum::<u64>();
    let (known, refused) = (sum(|counts| counts.known), sum(|counts| counts.refused));
    let mut text = format!("{}: {stored} stored", plain_line(&file.name));
    for (count, what) in [(known, "known already"), (refused, "refused")] {
        if count > 0 {
            text += &format!(", {} {what}", units::whole(count));
        }
    }
    if file.unread > 0 {
        text += &format!(", {} could not be read", counted(file.unread, "line"));
    }
    if file.stopped.is_some() {
        text += ", and not read to its end";
    }
    text
}

fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", units::whole(count), if count == 1 { "" } else { "s" })
}

/// Writes traces.
pub(super) async fn export(args: &ExportArgs, db: PathBuf, terminal: &Terminal) -> Result<Verdict, Failure> {
    let which = match (&args.filter, &args.trace[..]) {
        (Some(filter), _) => Exporting::Found(filter.clone()),
        (None, []) => Exporting::All,
        (None, ids) => Exporting::These(ids.to_vec()),
    };
    let observatory = Observatory::look(db).await?;
    let path = args.output.as_path();
    let exported = if path == Path::new("-") {
        to_standard_output(&observatory, &which).await
    } else {
        observatory.export_file(&which, path, args.force).await.map(Some).map_err(Failure::from)
    };
    observatory.shut_down().await;
    // Whoever went away needs not be told.
    let Some(exported) = exported? else { return Ok(Verdict::Well) };
    let counts = format!("{} with {}", counted(exported.traces, "trace"), counted(exported.spans, "span"));
    terminal.note(&match path.to_str() {
        Some("-") => format!("{counts}."),
        _ => format!("Wrote {}: {counts}.", path.display()),
    });
    Ok(Verdict::Well)
}

/// A reader that went away (`| head`) is not an error.
async fn to_standard_output(observatory: &Observatory, which: &Exporting) -> Result<Option<ExportedTraces>, Failure> {
    match observatory.export(which, io::stdout().lock(), Packed::No).await? {
        Ok((_, exported)) => Ok(Some(exported)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(Failure::environment(format!("Standard output could not be written: {error}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_file_is_a_sentence() {
        let counts = |stored, known, refused| ImportCounts { stored, known, refused };
        let file = ImportedFile { name: "a.jsonl".into(), spans: counts(1204, 0, 0), ..ImportedFile::default() };
        assert_eq!(told(&file), "a.jsonl: 1,204 spans stored");
        let file = ImportedFile { logs: counts(1, 2, 0), points: counts(3, 1, 4), unread: 1, ..file };
        assert_eq!(
            told(&file),
            "a.jsonl: 1,204 spans, 1 log record and 3 data points stored, 3 known already, 4 refused, 1 line could not be read"
        );
        let none = ImportedFile { name: "b".into(), ..ImportedFile::default() };
        assert_eq!(told(&none), "b: nothing stored");
    }
}
