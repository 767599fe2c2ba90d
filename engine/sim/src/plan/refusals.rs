//! Collecting what is refused: all of it at once, each with its place.

use crate::error::Refusal;

/// What was refused so far.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Refusal>);

impl Refusals {
    /// Something that Thalweg's language knows but its simulation does not yet.
    pub(crate) fn not_yet(&mut self, path: impl Into<String>, what: &str) {
        self.add(
            path,
            format!("{what} is not simulated yet"),
            "take it out of the flow or of the scenario to simulate the rest",
        );
    }

    /// Not-yet refusals for every setting that is given.
    pub(crate) fn not_yet_if<T>(&mut self, given: Option<&T>, path: &str, setting: &str) {
        if given.is_some() {
            self.not_yet(format!("{path}.{setting}"), &format!("`{setting}`"));
        }
    }

    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) {
        self.0.push(Refusal { path: path.into(), message: message.into(), help: Some(help.into()) });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Refusal> {
        self.0
    }
}
