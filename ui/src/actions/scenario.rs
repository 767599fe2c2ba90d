//! Editing scenarios: every change is one named step that can be taken back.

use leptos::prelude::*;
use serde_json::{Value, json};
use thalweg_flow::{Duration, Edit, FaultName, Load, Section, scenario_edit};

use crate::{
    state::{App, OpenDocument},
    text::{self, scenario as words},
};

impl App {
    /// The chosen scenario's name; reactive.
    pub(crate) fn scenario_name(self) -> String {
        self.scenario.get().unwrap_or_else(|| text::DEFAULT_SCENARIO.to_owned())
    }

    /// The same, not reactive.
    pub(crate) fn scenario_now(self) -> String {
        self.scenario.get_untracked().unwrap_or_else(|| text::DEFAULT_SCENARIO.to_owned())
    }

    /// Goes back to `default` when the chosen scenario is gone (its making was taken back, say).
    pub(crate) fn follow_scenario(self) {
        Effect::new(move || {
            let Some(chosen) = self.scenario.get() else { return };
            let gone = self.document.with(|d| d.as_ref().is_some_and(|d| !d.flow().scenarios.contains_key(&chosen)));
            if gone {
                self.scenario.set(None);
            }
        });
    }

    /// Adds an empty scenario and chooses it.
    pub(crate) fn add_scenario(self) {
        let Some(name) = self.free_scenario(words::NEW_NAME) else { return };
        let edit = Edit::Set { path: scenario_edit::scenario_path(&name), value: json!({}) };
        if self.edit(&words::step_add(&name), &[edit]) {
            self.choose_scenario(&name);
        }
    }

    /// Writes the chosen scenario once more and chooses the copy.
    pub(crate) fn copy_scenario(self) {
        let from = self.scenario_now();
        let Some(to) = self.free_scenario(&from) else { return };
        let edit = Edit::CopyScenario { from: from.clone(), to: to.clone() };
        if self.edit(&words::step_copy(&from), &[edit]) {
            self.choose_scenario(&to);
        }
    }

    /// Gives the chosen scenario another name. False when it stays as it was.
    pub(crate) fn rename_scenario(self, to: &str) -> bool {
        let (from, to) = (self.scenario_now(), to.trim().to_owned());
        if from == to || to.is_empty() {
            return false;
        }
        // Chosen first: the document must not hold a moment without the chosen name.
        let edit = Edit::RenameNamed { section: Section::Scenarios, from: from.clone(), to: to.clone() };
        batch(|| {
            let done = self.edit(&words::step_rename(&from, &to), &[edit]);
            if done {
                self.choose_scenario(&to);
            }
            done
        })
    }

    /// Removes the chosen scenario.
    pub(crate) fn remove_scenario(self) {
        let name = self.scenario_now();
        let step = words::step_remove(&name);
        self.edit(&step, &[Edit::RemoveNamed { section: Section::Scenarios, name }]);
    }

    /// Whether the chosen scenario is written and may go or get another name: `default` is what the others build on.
    pub(crate) fn owns_scenario(self) -> bool {
        let name = self.scenario_name();
        name != text::DEFAULT_SCENARIO && self.has_scenario()
    }

    /// Whether the chosen scenario is written in the document; reactive.
    pub(crate) fn has_scenario(self) -> bool {
        let name = self.scenario_name();
        self.document.with(|d| d.as_ref().is_some_and(|d| d.flow().scenarios.contains_key(&name)))
    }

    /// Adds a fault to the chosen scenario; gives its position.
    pub(crate) fn add_fault(self, fault: FaultName, target: &str, at_s: f64, length_s: f64) -> Option<usize> {
        let scenario = self.scenario_now();
        let (at, length) = (Duration::from_secs_f64(at_s), Duration::from_secs_f64(length_s));
        let entry = scenario_edit::new_fault(fault, target, at, length);
        let edit = self
            .document
            .with_untracked(|d| d.as_ref().map(|d| scenario_edit::add_fault(d.document(), &scenario, entry)))?;
        if !self.edit(&words::step_add_fault(fault, target), &[edit]) {
            return None;
        }
        let list = format!("{}.faults", scenario_edit::scenario_path(&scenario));
        let count = self.document.with_untracked(|d| d.as_ref().and_then(|d| d.value(&list)));
        count.as_ref().and_then(Value::as_array).and_then(|list| list.len().checked_sub(1))
    }

    /// Removes a fault of the chosen scenario.
    pub(crate) fn remove_fault(self, index: usize, what: &str) {
        let path = scenario_edit::fault_path(&self.scenario_now(), index);
        self.edit(&words::step_remove_fault(what), &[Edit::Unset { path }]);
    }

    /// Writes one of the expectations of the chosen scenario; none adds one, an empty text removes it.
    pub(crate) fn write_expectation(self, index: Option<usize>, typed: &str) -> bool {
        let scenario = self.scenario_now();
        let typed = typed.trim();
        let (step, edit) = match (index, typed.is_empty()) {
            (None, true) => return false,
            (Some(index), true) => {
                let path = scenario_edit::expectation_path(&scenario, index);
                (words::STEP_REMOVE_EXPECTATION.now().to_owned(), Edit::Unset { path })
            }
            (Some(index), false) => {
                let path = scenario_edit::expectation_path(&scenario, index);
                (words::step_expect(typed), Edit::Set { path, value: json!(typed) })
            }
            (None, false) => {
                let add = |d: &OpenDocument| scenario_edit::add_expectation(d.document(), &scenario, typed);
                let Some(edit) = self.document.with_untracked(|d| d.as_ref().map(add)) else { return false };
                (words::step_expect(typed), edit)
            }
        };
        self.edit(&step, &[edit])
    }

    /// Gives a producer another kind of load where its load is written.
    pub(crate) fn turn_load(self, producer: &str, into: &str) {
        let scenario = self.scenario_now();
        let turned = self.document.with_untracked(|d| {
            let flow = d.as_ref()?.flow();
            let found = scenario_edit::load_of(flow, &scenario, producer);
            let source = found.map_or(scenario_edit::LoadSource::Producer, |(_, source)| source);
            let duration = scenario_edit::duration_of(flow, &scenario);
            let value = scenario_edit::turn_load(found.map(|(load, _)| load), into, duration)?;
            Some(Edit::Set { path: source.path(&scenario, producer), value })
        });
        if let Some(edit) = turned {
            self.edit(&words::step_load(producer), &[edit]);
        }
    }

    /// Gives a producer a load of its own in the chosen scenario, as its load is now; or takes that away.
    pub(crate) fn own_load(self, producer: &str, own: bool) {
        use scenario_edit::LoadSource;
        let scenario = self.scenario_now();
        let path = LoadSource::Scenario.path(&scenario, producer);
        let edit = if own {
            let there = LoadSource::Producer.path(&scenario, producer);
            let Some(value) = self.document.with_untracked(|d| d.as_ref().and_then(|d| d.value(&there))) else {
                return;
            };
            Edit::Set { path, value }
        } else {
            Edit::Unset { path }
        };
        self.edit(&words::step_load(producer), &[edit]);
    }

    /// Writes a load that a hand has changed.
    pub(crate) fn write_load(self, producer: &str, path: &str, before: &Load, after: &Load) {
        let edits = scenario_edit::load_edits(path, before, after);
        if !edits.is_empty() {
            self.edit(&words::step_load(producer), &edits);
        }
    }

    fn free_scenario(self, wanted: &str) -> Option<String> {
        self.document.with_untracked(|d| d.as_ref().map(|d| scenario_edit::free_scenario(d.flow(), wanted)))
    }
}
