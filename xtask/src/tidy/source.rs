//! The texts of the checkout, as rules see them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Folders that hold nothing a person wrote here.
const SKIPPED_FOLDERS: &[&str] = &["target", "dist", "gen", "node_modules", "__pycache__"];
/// Folders with a leading dot that belong to the project.
const KEPT_DOT_FOLDERS: &[&str] = &[".cargo", ".ci"];

/// One text file.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root, with `/` on every system.
    pub(super) path: String,
    pub(super) text: String,
}

/// All text files of the checkout, by path.
#[derive(Debug, Default)]
pub(super) struct Sources {
    files: Vec<File>,
}

impl Sources {
    /// Reads every file that is UTF-8 text; pictures and fonts are passed over.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        visit(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// Sources made of literals.
    #[cfg(test)]
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let files = texts.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        Self { files }
    }

    pub(super) fn files(&self) -> &[File] {
        &self.files
    }

    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files whose name ends in `.extension`.
    pub(super) fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.extension() == extension)
    }
}

impl File {
    /// What follows the last dot of the file's name; empty when there is none.
    pub(super) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Lines with their number, without `//` comments: what the compiler sees, near enough for searching words.
    pub(super) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, without_comment(line)))
    }

    /// Lines with their number.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Cuts a line at `//`, unless that stands in a string literal of the same line.
fn without_comment(line: &str) -> &str {
    let mut in_string = false;
    let mut previous = ' ';
    for (at, character) in line.char_indices() {
        match character {
            '"' if previous != '\\' && previous != '\'' => in_string = !in_string,
            '/' if previous == '/' && !in_string => return &line[..at - 1],
            _ => {}
        }
        previous = character;
    }
    line
}

fn visit(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let hidden = name.starts_with('.') && !KEPT_DOT_FOLDERS.contains(&name.as_str());
            if !hidden && !SKIPPED_FOLDERS.contains(&name.as_str()) {
                visit(&entry.path(), &path, files)?;
            }
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path, text });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_cut_and_addresses_in_strings_are_not() {
        assert_eq!(without_comment("let a = 1; // why"), "let a = 1; ");
        assert_eq!(without_comment(r#"let a = "http://x"; // why"#), r#"let a = "http://x"; "#);
        assert_eq!(without_comment("//! doc"), "");
        assert_eq!(without_comment(r#"let a = "\"//";"#), r#"let a = "\"//";"#);
        assert_eq!(without_comment("let a = b / c;"), "let a = b / c;");
    }

    #[test]
    fn the_walk_leaves_out_what_was_built_and_what_is_not_text() {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in [
            ("engine/flow/src/lib.rs", &b"//! Flow"[..]),
            ("target/debug/x.rs", b"no"),
            ("ui/dist/index.html", b"no"),
            (".git/config", b"no"),
            (".ci/run", b"yes"),
            ("docs/a.png", b"\x89PNG\xff"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let sources = Sources::read(root.path()).unwrap();
        let paths: Vec<&str> = sources.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".ci/run", "engine/flow/src/lib.rs"]);
        assert_eq!(sources.get(".ci/run").unwrap().extension(), "");
        assert_eq!(sources.with_extension("rs").count(), 1);
    }
}
