//! `thalweg new`: a flow document to begin with.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use thalweg_workbench::write_flow_file;

use crate::{
    args::NewArgs,
    failure::{Failure, Verdict},
    table::{Side, Table},
    terminal::Terminal,
};

/// The template that is taken when none is named.
const STARTER: &str = "starter";

/// Writes a template to a file or to standard output, or lists them.
pub(crate) fn run(args: &NewArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    if args.list {
        terminal.print(&list().render(terminal.out()))?;
        return Ok(Verdict::Well);
    }
    let name = args.template.as_deref().unwrap_or(STARTER);
    let text = template(name)?;
    let path = args.path.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.flow.yaml")));
    if path == Path::new("-") {
        terminal.print(text)?;
        return Ok(Verdict::Well);
    }
    if args.force {
        write_flow_file(&path, text)?;
    } else {
        create(&path, text)?;
    }
    terminal.note(&format!("Wrote {}. Next: thalweg simulate {}", path.display(), quoted(&path)));
    Ok(Verdict::Well)
}

fn list() -> Table {
    let mut table = Table::new(&[("template", Side::Left), ("about", Side::Left)]).yielding(&[1]);
    for (name, text) in templates() {
        let summary = thalweg_flow::read(text).flow.summary.unwrap_or_default();
        table.row(vec![(*name).into(), summary.into()]);
    }
    table
}

fn template(name: &str) -> Result<&'static str, Failure> {
    templates().find(|(known, _)| *known == name).map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<&str> = templates().map(|(name, _)| *name).collect();
        Failure::usage(format!("There is no template named {name}."))
            .with_help(format!("Templates: {}.", names.join(", ")))
    })
}

/// The templates, the stories, then the brokers.
fn templates() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    thalweg_flow::templates().iter().chain(thalweg_flow::examples()).chain(thalweg_flow::broker_examples())
}

/// Writes a file that is not there yet. The system itself refuses when it is, so that nothing can come between.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} is already there; nothing was written.", path.display()))
                .with_help("Name another file, or replace it with --force.")
        }
        ErrorKind::NotFound => Failure::usage(format!("{} cannot be written: its folder is missing.", path.display()))
            .with_help("Make the folder first."),
        _ => Failure::environment(format!("{} could not be written: {error}.", path.display())),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| failed(&error))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a document helps nobody; it is this command's own file.
        let _ = std::fs::remove_file(path);
        failed(&error)
    })
}

/// The path as a shell takes it.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        create(&path, "first").unwrap();
        let failure = create(&path, "second").unwrap_err();
        assert_eq!(failure.exit_code, 2);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(create(&folder.path().join("no/a.yaml"), "x").unwrap_err().exit_code, 2);
    }

    #[test]
    fn every_template_is_a_flow_without_errors() {
        for (name, _) in templates() {
            let reading = thalweg_flow::read(template(name).unwrap());
            assert!(!reading.has_errors(), "{name}: {:?}", reading.problems);
        }
    }

    #[test]
    fn an_unknown_template_is_answered_with_those_there_are() {
        let failure = template("chekout").unwrap_err();
        assert_eq!(failure.exit_code, 2);
        assert!(failure.help.unwrap().contains(STARTER));
    }

    #[test]
    fn paths_are_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("a/b.flow.yaml")), "a/b.flow.yaml");
        assert_eq!(quoted(Path::new("it's $x")), r"'it'\''s $x'");
    }
}
