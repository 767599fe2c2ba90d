//! The open document: its text with undo, and where it came from.

use serde_json::Value;
use thalweg_flow::{
    Document, Edit, EditError, Flow, NodeId, Problem, Remember, Restored, Severity, defaults::Supplied,
};
use thalweg_protocol::OpenedFile;

use crate::text;

/// A flow document with where it came from.
#[derive(Debug, Clone)]
pub(crate) struct OpenDocument {
    id: u64,
    path: Option<String>,
    name: String,
    document: Document,
    saved: String,
}

impl OpenDocument {
    /// What was opened, as it was read.
    pub(crate) fn open(file: OpenedFile) -> Self {
        OpenDocument {
            id: file.document,
            path: file.path,
            name: file.name,
            document: Document::open(&file.text),
            saved: file.text,
        }
    }

    /// The shell's number for it.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Where it is on disk.
    pub(crate) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// A short name for files.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its text as it would be written.
    pub(crate) fn text(&self) -> &str {
        self.document.text()
    }

    /// The flow as far as it could be read.
    pub(crate) fn flow(&self) -> &Flow {
        self.document.flow()
    }

    /// The document itself, for what only its text can tell.
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// What is wrong with it.
    pub(crate) fn problems(&self) -> &[Problem] {
        self.document.problems()
    }

    /// Whether it differs from what was read or last written.
    pub(crate) fn is_edited(&self) -> bool {
        self.document.text() != self.saved
    }

    /// Changes it in one undoable step.
    pub(crate) fn apply(&mut self, step: Remember<'_>, edits: &[Edit]) -> Result<(), EditError> {
        self.document.apply_as(step, edits)
    }

    /// Replaces its whole text by what is typed; what goes on typing joins the step that was made before.
    pub(crate) fn retype(&mut self, step: &str, text: String, goes_on: bool) {
        if !goes_on {
            self.document.close_step();
        }
        self.document.set_text_as(Remember { name: step, key: Some("text"), note: String::new() }, text);
    }

    /// The first and last line of what stands at a path, counted from 0.
    pub(crate) fn lines(&self, path: &str) -> Option<(usize, usize)> {
        self.document.lines(path)
    }

    /// Nodes as a text that can be pasted; none when there are none of these names.
    pub(crate) fn copy(&self, ids: &[NodeId]) -> Option<String> {
        self.document.copy(ids)
    }

    /// What is written at a path.
    pub(crate) fn value(&self, path: &str) -> Option<Value> {
        self.document.value(path)
    }

    /// What the broker supplies at a path where nothing is written.
    pub(crate) fn supplied(&self, path: &str) -> Option<Supplied> {
        self.document.supplied(path)
    }

    /// What edits would say is wrong, without making them: the first error that was not there before, below some path.
    pub(crate) fn trial(&self, edits: &[Edit], below: &str) -> Result<(), String> {
        let problems = self.document.trial(edits).map_err(|error| error.to_string())?;
        let before = self.document.problems();
        let is_new = |p: &&Problem| {
            p.severity == Severity::Error
                && !before.iter().any(|b| b.code == p.code && b.path == p.path && b.message == p.message)
        };
        let errors: Vec<&Problem> = problems.iter().filter(is_new).collect();
        match errors.iter().find(|p| p.path.starts_with(below)).or(errors.first()) {
            Some(Problem { message, help: Some(help), .. }) => Err(format!("{message}; {help}")),
            Some(problem) => Err(problem.message.clone()),
            None => Ok(()),
        }
    }

    /// Takes the last step back. `note` comes back when it is done again.
    pub(crate) fn undo(&mut self, note: String) -> Option<Restored> {
        self.document.undo_noting(note)
    }

    /// Does the last step that was taken back again. `note` comes back when it is undone again.
    pub(crate) fn redo(&mut self, note: String) -> Option<Restored> {
        self.document.redo_noting(note)
    }

    /// The step that would be taken back.
    pub(crate) fn undo_name(&self) -> Option<String> {
        self.document.undo_name().map(ToString::to_string)
    }

    /// The step that would be done again.
    pub(crate) fn redo_name(&self) -> Option<String> {
        self.document.redo_name().map(ToString::to_string)
    }

    /// The steps that can be taken back, the last one first, and those that can be made again, the next one first.
    pub(crate) fn steps(&self) -> [Vec<String>; 2] {
        let (done, undone) = (self.document.done_steps(), self.document.undone_steps());
        [done.map(str::to_owned).collect(), undone.map(str::to_owned).collect()]
    }

    /// What people call it: the flow's name, or the file's while it has none.
    pub(crate) fn title(&self) -> String {
        let name = &self.flow().name;
        if name.is_empty() { self.name.clone() } else { name.clone() }
    }

    /// Its scenarios: name and sentence. There is always one named `default`.
    pub(crate) fn scenarios(&self) -> Vec<(String, String)> {
        let flow = self.flow();
        let mut all: Vec<(String, String)> =
            flow.scenarios.iter().map(|(name, s)| (name.clone(), s.summary.clone().unwrap_or_default())).collect();
        if !flow.scenarios.contains_key(text::DEFAULT_SCENARIO) {
            all.insert(0, (text::DEFAULT_SCENARIO.to_owned(), String::new()));
        }
        all
    }

    /// How much it holds, in words.
    pub(crate) fn sizes(&self) -> String {
        let flow = self.flow();
        text::sizes(flow.nodes.len(), flow.edges().len(), flow.events.len())
    }

    /// How many problems it has, in words.
    pub(crate) fn problems_in_words(&self) -> String {
        let errors = self.problems().iter().filter(|p| p.severity == Severity::Error).count();
        text::problems(errors, self.problems().len() - errors)
    }

    /// Takes in that its text is on no disk, as after a crash.
    pub(crate) fn mark_unsaved(&mut self) {
        // No flow has an empty text: it differs from whatever is written in it, however often it is undone.
        self.saved = String::new();
    }

    /// Takes in that it was written.
    pub(crate) fn saved(&mut self, file: OpenedFile) {
        self.id = file.document;
        self.path = file.path;
        self.name = file.name;
        self.saved = file.text;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "thalweg: 1\nname: T\nnodes:\n  shop: { kind: producer, load: { poisson: 10/s } } # the shop\n";

    fn open(text: &str) -> OpenDocument {
        OpenDocument::open(OpenedFile { document: 1, path: None, name: "t".into(), text: text.into() })
    }

    fn set(value: Value) -> Edit {
        Edit::Set { path: "nodes.shop.load.poisson".into(), value }
    }

    #[test]
    fn taking_every_step_back_leaves_nothing_edited() {
        let mut document = open(TEXT);
        document.apply(Remember { name: "Set load", ..Remember::default() }, &[set(json!("20/s"))]).unwrap();
        assert!(document.is_edited());
        assert!(document.text().ends_with("{ poisson: 20/s } } # the shop\n"));
        assert_eq!(document.undo(String::new()).map(|step| step.name), Some("Set load".to_owned()));
        assert!(!document.is_edited());
        assert_eq!(document.redo_name(), Some("Set load".to_owned()));
    }

    #[test]
    fn a_text_that_came_back_after_a_crash_mark_unsaved_until_it_is() {
        let mut document = open(TEXT);
        document.mark_unsaved();
        assert!(document.is_edited());
        document.saved(OpenedFile { document: 1, path: Some("/a".into()), name: "a".into(), text: TEXT.into() });
        assert!(!document.is_edited());
    }

    #[test]
    fn a_trial_says_what_would_be_wrong_and_changes_nothing() {
        let document = open(TEXT);
        assert!(document.trial(&[set(json!("-1/s"))], "nodes.shop").is_err());
        assert_eq!(document.trial(&[set(json!("30/min"))], "nodes.shop"), Ok(()));
        assert_eq!(document.text(), TEXT);
    }

    #[test]
    fn old_errors_do_not_stand_against_a_new_value() {
        let document = open(&format!("{TEXT}  pay: {{ kind: consumer, instances: many }}\n"));
        assert!(!document.problems().is_empty());
        assert_eq!(document.trial(&[set(json!("20/s"))], "nodes.shop"), Ok(()));
    }

    #[test]
    fn typing_on_is_one_step() {
        let mut document = open(TEXT);
        document.retype("Edit", format!("{TEXT}# a\n"), false);
        document.retype("Edit", format!("{TEXT}# ab\n"), true);
        document.undo(String::new());
        assert_eq!(document.text(), TEXT);
        document.retype("Edit", format!("{TEXT}# a\n"), false);
        document.retype("Edit", format!("{TEXT}# b\n"), false);
        document.undo(String::new());
        assert!(document.text().ends_with("# a\n"));
    }

    #[test]
    fn there_is_always_a_default_scenario() {
        assert_eq!(open(TEXT).scenarios(), [("default".to_owned(), String::new())]);
        assert_eq!(open("").scenarios().len(), 1);
        assert_eq!(open("").title(), "t");
    }
}
