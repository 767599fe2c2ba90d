//! What a reader must find: a head on every module, numbered decisions.

use super::Finding;
use super::source::Sources;

const DECISIONS: &str = "docs/decisions/";

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let mut findings = heads(sources);
    findings.extend(decisions(sources));
    findings
}

/// Every Rust file opens by saying what it is for.
fn heads(sources: &Sources) -> Vec<Finding> {
    sources
        .with_extension("rs")
        .filter(|file| {
            let head = file.text.lines().find(|line| !line.trim().is_empty());
            let purpose = head.and_then(|line| line.strip_prefix("//!")).unwrap_or_default().trim();
            purpose.len() < 10
        })
        .map(|file| Finding::new(&file.path, "must open with `//!` and what it is for"))
        .collect()
}

/// Decisions are `0001-name.md`, each number once.
fn decisions(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for file in sources.with_extension("md").filter(|file| file.path.starts_with(DECISIONS)) {
        let name = &file.path[DECISIONS.len()..];
        if name == "README.md" {
            continue;
        }
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.chars().all(|c| c.is_ascii_digit()) || name.len() < "0001-a.md".len() {
            findings.push(Finding::new(&file.path, "a decision's file is named like 0001-what-was-decided.md"));
            continue;
        }
        match taken.iter().find(|(other, _)| *other == number) {
            Some((_, path)) => findings.push(Finding::new(&file.path, format!("has the number of {path}"))),
            None => taken.push((number, &file.path)),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(texts: &[(&str, &str)]) -> Vec<String> {
        check(&Sources::of(texts)).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn modules_say_what_they_are_for() {
        assert!(places(&[("engine/flow/src/lib.rs", "//! The flow document.\n")]).is_empty());
        assert!(places(&[("engine/flow/src/lib.rs", "\n//! The flow document.\n")]).is_empty());
        assert_eq!(places(&[("engine/flow/src/lib.rs", "use std::fs;\n//! Late.")]), ["engine/flow/src/lib.rs"]);
        assert_eq!(places(&[("engine/flow/src/lib.rs", "//! Stub.")]), ["engine/flow/src/lib.rs"]);
        assert_eq!(places(&[("engine/flow/src/lib.rs", "")]), ["engine/flow/src/lib.rs"]);
    }

    #[test]
    fn decisions_are_numbered_once() {
        let found = places(&[
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0001-b.md", ""),
            ("docs/decisions/notes.md", ""),
            ("docs/decisions/README.md", ""),
        ]);
        assert_eq!(found, ["docs/decisions/0001-b.md", "docs/decisions/notes.md"]);
    }
}
