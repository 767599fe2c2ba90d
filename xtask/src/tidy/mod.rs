//! `cargo xtask tidy`: the rules of the house that no compiler holds.
//!
//! Each rule is a function from the texts of the checkout to findings, with its own tests. A rule that one cannot
//! live with is changed here, with its reason, not worked around.

mod bans;
mod colours;
mod contrast;
mod direction;
mod documents;
mod shell;
mod sizes;
mod source;
mod versions;

use anyhow::{Result, bail};

use crate::checkout::Checkout;
use crate::process::Trouble;
use source::Sources;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// `path` or `path:line`, relative to the root.
    place: String,
    /// What is wrong and what to do.
    text: String,
    /// Whether it is only told, not counted.
    warning: bool,
}

impl Finding {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), text: text.into(), warning: false }
    }

    fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), text)
    }

    fn warning(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(place, text) }
    }
}

const RULES: &[fn(&Sources) -> Vec<Finding>] = &[
    direction::check,
    sizes::check,
    bans::check,
    colours::check,
    contrast::check,
    versions::check,
    documents::check,
    shell::check,
];

/// `cargo xtask tidy`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if let Some(extra) = arguments.first() {
        return Err(Trouble::usage(format!("`cargo xtask tidy` takes no arguments, not even `{extra}`")).into());
    }
    check(&Checkout::find()?)
}

/// Checks the whole checkout and prints what it finds.
pub(crate) fn check(checkout: &Checkout) -> Result<()> {
    let sources = Sources::read(&checkout.root)?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&sources)).collect();
    for finding in &findings {
        let mark = if finding.warning { "warning: " } else { "" };
        println!("{}: {mark}{}", finding.place, finding.text);
    }
    let broken = findings.iter().filter(|finding| !finding.warning).count();
    if broken > 0 {
        bail!("{broken} {} out of order", if broken == 1 { "thing is" } else { "things are" });
    }
    println!("tidy: {} files, all in order", sources.files().len());
    Ok(())
}
