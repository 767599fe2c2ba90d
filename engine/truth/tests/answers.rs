//! This build reproduces every known answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use thalweg_truth::{cases, check, not_expressed};

#[test]
fn every_known_answer_is_reproduced() {
    let (mut answers, mut wrong) = (0, String::new());
    for case in cases() {
        for answer in check(&case, 0, &()).unwrap() {
            answers += 1;
            if let Some(why) = &answer.disagreement {
                let _ = writeln!(
                    wrong,
                    "{}, {}: exact {}, simulated {:?}: {why}",
                    case.id, answer.what, answer.exact, answer.simulated
                );
            }
        }
    }
    assert!(wrong.is_empty(), "of {answers} known answers these are not reproduced:\n{wrong}");
}

/// A name of a case or of what is measured that is used twice would hide one of the two.
#[test]
fn names_are_unique_and_every_case_knows_something() {
    let mut names = BTreeSet::new();
    for case in cases() {
        assert!(!case.is_empty(), "{}", case.id);
        assert!(names.insert(case.id.clone()), "{} twice", case.id);
        assert!(!case.source.is_empty() && !case.title.is_empty(), "{}", case.id);
    }
    let missing: BTreeSet<&str> = not_expressed().iter().map(|missing| missing.what).collect();
    assert_eq!(missing.len(), not_expressed().len());
}
