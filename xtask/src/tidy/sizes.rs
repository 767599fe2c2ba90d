//! Files that a person can hold in mind.

use super::Finding;
use super::source::Sources;

/// Above this many lines a file should be looked at.
const WARN: usize = 500;
/// Above this many lines it must be split, unless listed below.
const FAIL: usize = 800;

/// Single-subject files that may be longer, each with its reason.
const ALLOWED: &[(&str, &str)] = &[];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    sources
        .with_extension("rs")
        .filter(|file| !ALLOWED.iter().any(|(path, _)| *path == file.path))
        .filter_map(|file| finding(&file.path, file.text.lines().count()))
        .collect()
}

fn finding(path: &str, lines: usize) -> Option<Finding> {
    match lines {
        0..=WARN => None,
        501..=FAIL => Some(Finding::warning(path, format!("{lines} lines; above {FAIL} it must be split"))),
        _ => Some(Finding::new(path, format!("{lines} lines, {FAIL} at most: split it by subject"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_warned_of_and_longer_ones_refused() {
        let of = |lines: usize| check(&Sources::of(&[("engine/flow/src/a.rs", &"x\n".repeat(lines))]));
        assert!(of(WARN).is_empty());
        assert!(of(WARN + 1)[0].warning);
        assert!(of(FAIL)[0].warning);
        assert!(!of(FAIL + 1)[0].warning);
    }

    #[test]
    fn the_list_of_exceptions_gives_reasons() {
        assert!(ALLOWED.iter().all(|(_, reason)| reason.len() > 20));
    }
}
