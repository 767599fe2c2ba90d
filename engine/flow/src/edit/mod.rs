//! Editing: commands on a document that change only what they must.
//!
//! An edit patches the text at the places of the tree, so that comments, order, quoting, indentation and the choice of
//! `{…}` or lines of everything else stay as they are; after each step the text is read again. Undo puts back the bytes
//! that a step replaced. An edit may leave a flow with problems (a node without its channel, say): it is refused only
//! when it cannot be written down.

mod connect;
mod editor;
mod emit;
mod fragment;
mod history;
mod lines;
mod lists;
mod named;
mod nodes;
mod patch;
mod reconnect;
mod references;
mod removal;
mod scenarios;

use std::sync::Arc;

pub use connect::{Connections, can_connect};
pub use history::{Remember, Restored};
pub use named::Section;
pub(crate) use nodes::free;
pub use reconnect::{can_splice, reconnections};
use serde_json::{Map, Value};

use crate::model::{Edge, EdgeKind, Flow, NodeId, ScenarioId};
use crate::path::{self, Path};
use crate::problem::Problem;
use crate::read::{self, Parsed};
use editor::Editor;
use history::{Arrival, History};

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
    /// A scenario is written once more under another name, as it stands.
    CopyScenario {
        /// Which.
        from: ScenarioId,
        /// The name of the copy.
        to: ScenarioId,
    },
    /// A node comes between the two ends of an edge (see [`can_splice`]).
    Splice {
        /// The node.
        node: NodeId,
        /// The edge.
        edge: Edge,
    },
    /// The nodes of a text come in, with what they need: see [`Document::copy`]. Names that are taken become free ones.
    Paste {
        /// A flow document, or a part of one.
        text: String,
        /// The upper left corner of where they stand; `None` puts them a little beside where they stood.
        at: Option<[f64; 2]>,
    },
    /// A broker, event type, scenario or comment gets another name, everywhere.
    RenameNamed {
        /// Where it is declared.
        section: Section,
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// A broker, event type, scenario or comment goes, with what names it.
    RemoveNamed {
        /// Where it is declared.
        section: Section,
        /// Its name.
        name: String,
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
    parsed: Arc<Parsed>,
    history: History,
    revision: u64,
}

impl Document {
    /// Opens a text, whatever is wrong with it.
    pub fn open(text: impl Into<String>) -> Self {
        let text = text.into();
        let parsed = Arc::new(read::parse(&text));
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
    ///
    /// # Errors
    /// Why one of them cannot be made.
    pub fn apply(&mut self, step_name: &str, edits: &[Edit]) -> Result<(), EditError> {
        self.apply_as(Remember { name: step_name, ..Remember::default() }, edits)
    }

    /// Makes edits as one step that is remembered as asked; all of them or none.
    ///
    /// # Errors
    /// Why one of them cannot be made.
    pub fn apply_as(&mut self, remember: Remember<'_>, edits: &[Edit]) -> Result<(), EditError> {
        if let Some((text, parsed)) = self.edited(edits)? {
            let before = std::mem::replace(&mut self.parsed, Arc::new(parsed));
            self.history.push(remember, &self.text, &text, before);
            self.text = text;
            self.revision += 1;
        }
        Ok(())
    }

    /// What would be wrong after some edits, which are not made.
    ///
    /// # Errors
    /// Why one of them cannot be made.
    pub fn trial(&self, edits: &[Edit]) -> Result<Vec<Problem>, EditError> {
        Ok(self.edited(edits)?.map_or_else(|| self.parsed.problems.clone(), |(_, parsed)| parsed.problems))
    }

    /// The text after some edits, and what is read from it; none when they change nothing.
    fn edited(&self, edits: &[Edit]) -> Result<Option<(String, Parsed)>, EditError> {
        let Some(tree) = &self.parsed.tree else {
            return Err(EditError::new("the text is no YAML at the moment: mend it first"));
        };
        let mut editor = Editor::new(&self.text, tree, &self.parsed.flow);
        let mut rest = edits;
        while let Some(first) = rest.first() {
            // What is alike is looked up, written and read together, not one after the other.
            let kind = std::mem::discriminant(first);
            let count = rest.iter().take_while(|e| std::mem::discriminant(*e) == kind).count();
            let (alike, others) = rest.split_at(count);
            apply_alike(&mut editor, alike)?;
            rest = others;
        }
        let done = editor.finish()?.filter(|(text, ..)| *text != self.text);
        Ok(done.map(|(text, tree, faults)| {
            let parsed = read::parse_tree(&text, Some(tree), faults);
            (text, parsed)
        }))
    }

    /// Replaces the whole text as one step that can be undone.
    pub fn set_text(&mut self, step_name: &str, text: impl Into<String>) {
        self.set_text_as(Remember { name: step_name, ..Remember::default() }, text);
    }

    /// Replaces the whole text as one step that is remembered as asked.
    pub fn set_text_as(&mut self, remember: Remember<'_>, text: impl Into<String>) {
        let text = text.into();
        if text != self.text {
            let before = std::mem::replace(&mut self.parsed, Arc::new(read::parse(&text)));
            self.history.push(remember, &self.text, &text, before);
            self.text = text;
            self.revision += 1;
        }
    }

    /// Takes the last step back; gives its name.
    pub fn undo(&mut self) -> Option<String> {
        self.undo_noting(String::new()).map(|restored| restored.name)
    }

    /// Makes the step again that was taken back last; gives its name.
    pub fn redo(&mut self) -> Option<String> {
        self.redo_noting(String::new()).map(|restored| restored.name)
    }

    /// Takes the last step back. `note` comes back with [`Document::redo_noting`].
    pub fn undo_noting(&mut self, note: String) -> Option<Restored> {
        let arrival = self.history.back(&self.text, Arc::clone(&self.parsed), note)?;
        Some(self.arrive(arrival))
    }

    /// Makes the step again that was taken back last. `note` comes back with [`Document::undo_noting`].
    pub fn redo_noting(&mut self, note: String) -> Option<Restored> {
        let arrival = self.history.forward(&self.text, Arc::clone(&self.parsed), note)?;
        Some(self.arrive(arrival))
    }

    fn arrive(&mut self, arrival: Arrival) -> Restored {
        self.parsed = arrival.parsed.unwrap_or_else(|| Arc::new(read::parse(&arrival.text)));
        self.text = arrival.text;
        self.revision += 1;
        arrival.restored
    }

    /// The next step does not join the last one, whatever its key.
    pub fn close_step(&mut self) {
        self.history.close();
    }

    /// The step that [`Document::undo`] would take back.
    pub fn undo_name(&self) -> Option<&str> {
        self.history.done().next()
    }

    /// The step that [`Document::redo`] would make again.
    pub fn redo_name(&self) -> Option<&str> {
        self.history.undone().next()
    }

    /// Steps that can be taken back, the last one first.
    pub fn done_steps(&self) -> impl ExactSizeIterator<Item = &str> {
        self.history.done()
    }

    /// Steps that can be made again, the next one first.
    pub fn undone_steps(&self) -> impl ExactSizeIterator<Item = &str> {
        self.history.undone()
    }
}

/// Makes edits of one kind.
fn apply_alike(editor: &mut Editor<'_>, edits: &[Edit]) -> Result<(), EditError> {
    match edits.first() {
        Some(Edit::AddNode { .. }) => editor.add_nodes(edits),
        Some(Edit::RemoveNode { .. }) => {
            let ids = edits.iter().filter_map(|edit| match edit {
                Edit::RemoveNode { id } => Some(id.as_str()),
                _ => None,
            });
            editor.remove_nodes(&ids.collect::<Vec<_>>())
        }
        Some(Edit::Move { .. }) => editor.move_nodes(edits),
        Some(Edit::Connect { .. }) => editor.connect(edits),
        Some(Edit::Disconnect { .. }) => editor.disconnect(edits),
        _ => edits.iter().try_for_each(|edit| apply_one(editor, edit)),
    }
}

fn apply_one(editor: &mut Editor<'_>, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::RenameNode { from, to } => editor.rename_node(from, to),
        Edit::Splice { node, edge } => editor.splice(edge, node),
        Edit::Paste { text, at } => editor.paste(text, *at),
        Edit::RenameNamed { section, from, to } => editor.rename_named(*section, from, to),
        Edit::RemoveNamed { section, name } => editor.remove_named(*section, name),
        Edit::Set { path, value } => {
            let path = written_path(editor, path)?;
            editor.set(&path, value)
        }
        Edit::Unset { path } => {
            let path = written_path(editor, path)?;
            editor.unset(&path)
        }
        Edit::CopyScenario { from, to } => editor.copy_scenario(from, to),
        Edit::AddNode { .. }
        | Edit::RemoveNode { .. }
        | Edit::Move { .. }
        | Edit::Connect { .. }
        | Edit::Disconnect { .. } => apply_alike(editor, std::slice::from_ref(edit)),
    }
}

fn written_path(editor: &mut Editor<'_>, path: &str) -> Result<Path, EditError> {
    let words = path::words(path).ok_or_else(|| EditError(format!("`{}` is not a path", read::shown(path))))?;
    let fitted = path::fit(editor.tree(), &words);
    if !editor.is_touched(&fitted) {
        return Ok(fitted);
    }
    editor.flush()?;
    Ok(path::fit(editor.tree(), &words))
}

/// The wanted name, or the first of `NAME-2`, `NAME-3`, … that no node has.
pub fn free_id(flow: &Flow, wanted: &str) -> NodeId {
    nodes::free(wanted, |id| flow.nodes.contains_key(id))
}

/// The wanted name, or the first of `NAME-2`, `NAME-3`, … that is not taken.
pub fn free_name(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    nodes::free(wanted, taken)
}

#[cfg(test)]
mod tests;
