//! Editing: commands on a document that change only what they must.
//!
//! An edit patches the text at the places of the tree, so that comments, order, quoting, indentation and the choice of
//! `{…}` or lines of everything else stay as they are; after each step the text is read again. Undo puts back the bytes
//! that a step replaced. An edit may leave a flow with problems (a node without its channel, say): it is refused only
//! when it cannot be written down.

mod connect;
mod emit;
mod history;
mod lines;
mod lists;
mod nodes;
mod patch;
mod references;

pub use connect::can_connect;
pub(crate) use nodes::free;
use serde_json::{Map, Value};

use crate::model::{EdgeKind, Flow, NodeId};
use crate::path::{self, Path};
use crate::problem::Problem;
use crate::read::{self, Parsed};
use history::{History, Step};
use patch::Editor;

/// One change of a document. Paths are written as in [`crate::Problem::path`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A new node. When the name is taken, the node gets the next free one (see [`free_id`]).
    AddNode {
        /// Its wanted name.
        id: NodeId,
        /// The word of its kind.
        kind_name: String,
        /// Further keys.
        fields: Map<String, Value>,
        /// Where it stands; `None` leaves it to the automatic layout.
        position: Option<[f64; 2]>,
    },
    /// A node goes, with its edges and what scenarios and layout say about it.
    RemoveNode {
        /// Its name.
        id: NodeId,
    },
    /// A node gets another name, everywhere.
    RenameNode {
        /// Its name.
        from: NodeId,
        /// Its new name.
        to: NodeId,
    },
    /// A value is written; keys on the way are made where they are missing. `null` removes it.
    Set {
        /// Where, such as `nodes.payment.retry.attempts`; the length of a list as its last step appends.
        path: String,
        /// What.
        value: Value,
    },
    /// A value is removed, if it is there.
    Unset {
        /// Where.
        path: String,
    },
    /// A node is put somewhere; rounded to whole canvas units.
    Move {
        /// Its name.
        id: NodeId,
        /// Left and top.
        position: [f64; 2],
    },
    /// Two nodes are connected in the way that [`can_connect`] tells.
    Connect {
        /// Where messages or calls come from.
        from: NodeId,
        /// Where they go.
        to: NodeId,
    },
    /// An edge goes.
    Disconnect {
        /// Where it begins.
        from: NodeId,
        /// Where it ends.
        to: NodeId,
        /// Which of the edges between the two.
        kind: EdgeKind,
    },
}

/// Why an edit cannot be made, as a sentence without its full stop. The document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EditError(pub String);

impl EditError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        EditError(message.into())
    }
}

/// A document that is being edited: its text, what was read from it, and its history.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    parsed: Parsed,
    history: History,
    revision: u64,
}

impl Document {
    /// Opens a text, whatever is wrong with it.
    pub fn open(text: impl Into<String>) -> Self {
        let text = text.into();
        let parsed = read::parse(&text);
        Document { text, parsed, history: History::default(), revision: 0 }
    }

    /// The text as it would be saved.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The flow as far as it could be read.
    pub fn flow(&self) -> &Flow {
        &self.parsed.flow
    }

    /// What is wrong with the text, in its order.
    pub fn problems(&self) -> &[Problem] {
        &self.parsed.problems
    }

    /// Counts up with every change, undo and redo included.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What is written at a path, with numbers and words resolved as YAML does; `None` where nothing is.
    pub fn value(&self, path: &str) -> Option<Value> {
        let tree = self.parsed.tree.as_ref()?;
        let words = path::words(path)?;
        tree.at(&path::fit(tree, &words)).map(crate::tree::Yaml::to_json)
    }

    /// Makes edits as one step that can be undone; all of them or none.
    pub fn apply(&mut self, step_name: &str, edits: &[Edit]) -> Result<(), EditError> {
        let Some(tree) = self.parsed.tree.clone() else {
            return Err(EditError::new("the text is no YAML at the moment: mend it first"));
        };
        let mut editor = Editor::new(self.text.clone(), tree);
        let mut rest = edits;
        while let Some(edit) = rest.first() {
            // A drag of many nodes is one patch, not one reading of the document for each.
            let moves = rest.iter().take_while(|e| matches!(e, Edit::Move { .. })).count();
            if moves > 0 {
                editor.move_nodes(&rest[..moves])?;
                rest = &rest[moves..];
                continue;
            }
            apply_one(&mut editor, edit)?;
            rest = &rest[1..];
        }
        let (text, tree, faults) = editor.into_parts();
        if text != self.text {
            self.history.push(Step::between(step_name, &self.text, &text));
            self.parsed = read::parse_tree(&text, Some(tree), faults);
            self.text = text;
            self.revision += 1;
        }
        Ok(())
    }

    /// Replaces the whole text as one step that can be undone.
    pub fn set_text(&mut self, step_name: &str, text: impl Into<String>) {
        let text = text.into();
        if text != self.text {
            self.history.push(Step::between(step_name, &self.text, &text));
            self.read(text);
        }
    }

    /// Takes the last step back; gives its name.
    pub fn undo(&mut self) -> Option<String> {
        let step = self.history.back()?;
        let name = step.name.clone();
        let text = step.reverted(&self.text);
        self.read(text);
        Some(name)
    }

    /// Makes the step again that was taken back last; gives its name.
    pub fn redo(&mut self) -> Option<String> {
        let step = self.history.forward()?;
        let name = step.name.clone();
        let text = step.applied(&self.text);
        self.read(text);
        Some(name)
    }

    /// The step that [`Document::undo`] would take back.
    pub fn undo_name(&self) -> Option<&str> {
        self.history.undo_name()
    }

    /// The step that [`Document::redo`] would make again.
    pub fn redo_name(&self) -> Option<&str> {
        self.history.redo_name()
    }

    fn read(&mut self, text: String) {
        self.parsed = read::parse(&text);
        self.text = text;
        self.revision += 1;
    }
}

fn apply_one(editor: &mut Editor, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::AddNode { id, kind_name, fields, position } => editor.add_node(id, kind_name, fields, *position),
        Edit::RemoveNode { id } => editor.remove_node(id),
        Edit::RenameNode { from, to } => editor.rename_node(from, to),
        Edit::Set { path, value } => {
            let path = written_path(editor, path)?;
            editor.set(&path, value)
        }
        Edit::Unset { path } => {
            let path = written_path(editor, path)?;
            editor.unset(&path)
        }
        Edit::Move { .. } => editor.move_nodes(std::slice::from_ref(edit)),
        Edit::Connect { from, to } => editor.connect(from, to),
        Edit::Disconnect { from, to, kind } => editor.disconnect(from, to, *kind),
    }
}

fn written_path(editor: &Editor, path: &str) -> Result<Path, EditError> {
    let words = path::words(path).ok_or_else(|| EditError(format!("`{}` is not a path", read::shown(path))))?;
    Ok(path::fit(editor.tree(), &words))
}

/// The wanted name, or the first of `NAME-2`, `NAME-3`, … that no node has.
pub fn free_id(flow: &Flow, wanted: &str) -> NodeId {
    nodes::free(wanted, |id| flow.nodes.contains_key(id))
}
