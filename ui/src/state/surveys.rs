//! What was asked of many traces and what was answered so far; two traces beside each other; whether the list is live.

use leptos::prelude::*;
use thalweg_protocol::{
    TraceDifference,
    survey::{OperationTable, TraceContrast, TraceDensity},
};

use super::Shared;

/// A question with its answer, as far as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answered<T> {
    /// Tells its answers from those of others; 0 before anything was asked.
    pub(crate) number: u64,
    /// How far the answer is, from 0 to 1.
    pub(crate) share: f64,
    /// What is known; of the question before until the first of this one comes.
    pub(crate) found: Option<Shared<T>>,
    /// Whether it was asked before and is known as a whole: a part of the new answer says less.
    is_again: bool,
}

impl<T> Default for Answered<T> {
    fn default() -> Self {
        Answered { number: 0, share: 1.0, found: None, is_again: false }
    }
}

impl<T> Answered<T> {
    /// Another question was asked.
    pub(crate) fn ask(&mut self, number: u64) {
        (self.number, self.share, self.is_again) = (number, 0.0, false);
    }

    /// The same question was asked again, since traces arrived.
    pub(crate) fn ask_again(&mut self, number: u64) {
        let is_whole = self.found.is_some() && (self.is_again || !self.is_under_way());
        self.ask(number);
        self.is_again = is_whole;
    }

    /// Takes in an answer, if it belongs to the question.
    pub(crate) fn take(&mut self, number: u64, share: f64, found: T) {
        if number != self.number {
            return;
        }
        self.share = share;
        if !self.is_again || !self.is_under_way() {
            self.found = Some(Shared::new(found));
        }
    }

    /// The question failed, if it is this one.
    pub(crate) fn fail(&mut self, number: u64) -> bool {
        let is_this = number == self.number;
        if is_this {
            self.share = 1.0;
        }
        is_this
    }

    /// Whether more follows.
    pub(crate) fn is_under_way(&self) -> bool {
        self.share < 1.0
    }
}

/// Which set of traces is compared with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contrasted {
    /// What it is called.
    pub(crate) name: String,
    /// Both sets are among these.
    pub(crate) within: String,
    /// The set.
    pub(crate) set: String,
}

/// Two traces that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Pair {
    /// Whether they are compared still: one may have marked or opened another trace since.
    pub(crate) fn is_wanted(&self, marked: Option<&str>, selected: Option<&str>) -> bool {
        marked == Some(self.before.as_str()) && selected == Some(self.after.as_str())
    }
}

/// Signals of what was asked of many traces; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Surveys {
    /// Where traces lie in time and duration.
    pub(crate) density: RwSignal<Answered<TraceDensity>>,
    /// What operations take.
    pub(crate) operations: RwSignal<Answered<OperationTable>>,
    /// In what two sets differ.
    pub(crate) contrast: RwSignal<Answered<TraceContrast>>,
    /// Which sets; none shows no comparison.
    pub(crate) contrasted: RwSignal<Option<Contrasted>>,
    /// The trace that another one is to be compared with.
    pub(crate) marked: RwSignal<Option<String>>,
    /// Two traces beside each other, shown in place of one.
    pub(crate) difference: RwSignal<Option<Shared<TraceDifference>>>,
    /// Whether what arrives is shown as it comes.
    pub(crate) live: RwSignal<bool>,
    /// Counts questions.
    pub(crate) asked: RwSignal<u64>,
    /// When the density was asked for last, and how long the last whole answer took, in milliseconds.
    pub(crate) asked_at: RwSignal<f64>,
    pub(crate) took: RwSignal<f64>,
    /// Whether what arrived is to be asked about in a moment.
    pub(crate) refreshing: RwSignal<bool>,
}

impl Surveys {
    pub(super) fn new() -> Self {
        Surveys {
            density: RwSignal::new(Answered::default()),
            operations: RwSignal::new(Answered::default()),
            contrast: RwSignal::new(Answered::default()),
            contrasted: RwSignal::new(None),
            marked: RwSignal::new(None),
            difference: RwSignal::new(None),
            live: RwSignal::new(true),
            asked: RwSignal::new(0),
            asked_at: RwSignal::new(0.0),
            took: RwSignal::new(0.0),
            refreshing: RwSignal::new(false),
        }
    }

    /// Forgets what was said of traces that are no more.
    pub(crate) fn forget(self) {
        self.density.try_set(Answered::default());
        self.operations.try_set(Answered::default());
        self.contrast.try_set(Answered::default());
        self.contrasted.try_set(None);
        self.marked.try_set(None);
        self.difference.try_set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_other_questions_are_not_taken() {
        let mut answered = Answered::default();
        assert!(!answered.is_under_way());
        answered.ask(2);
        answered.take(1, 1.0, "late");
        assert!(answered.found.is_none() && answered.is_under_way());
        answered.take(2, 0.4, "first");
        assert!(answered.is_under_way() && answered.found.as_deref() == Some(&"first"));
        // What was known stays until something new is.
        answered.ask(3);
        assert!(answered.found.is_some() && !answered.fail(2) && answered.is_under_way());
        assert!(answered.fail(3) && !answered.is_under_way());
    }

    #[test]
    fn two_traces_are_shown_beside_each_other_while_both_are_looked_at() {
        let pair = |after: &str| Pair { before: "a".into(), after: after.into() };
        // A with B was asked for, then A with C: the answer of the first comes last.
        let (marked, selected) = (Some("a"), Some("c"));
        assert!(pair("c").is_wanted(marked, selected) && !pair("b").is_wanted(marked, selected));
        assert!(!pair("c").is_wanted(None, selected) && !pair("c").is_wanted(Some("b"), selected));
        assert!(!pair("c").is_wanted(marked, None));
    }

    #[test]
    fn what_is_known_as_a_whole_is_not_replaced_by_a_part() {
        let mut answered = Answered::default();
        answered.ask_again(1);
        answered.take(1, 0.5, "part");
        assert_eq!(answered.found.as_deref(), Some(&"part"), "nothing was known");
        answered.take(1, 1.0, "whole");
        answered.ask_again(2);
        answered.take(2, 0.5, "part");
        assert_eq!(answered.found.as_deref(), Some(&"whole"));
        // Asked once more before the end.
        answered.ask_again(3);
        answered.take(3, 0.5, "part");
        assert_eq!(answered.found.as_deref(), Some(&"whole"));
        answered.take(3, 1.0, "new");
        assert_eq!(answered.found.as_deref(), Some(&"new"));
    }
}
