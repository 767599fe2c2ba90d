//! Parts of the flow that are no nodes, as the inspector shows them.

use serde_json::{Value, json};
use thalweg_flow::Edit;

use super::OpenDocument;
use crate::actions::edit::quoted;

/// A part of the flow with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Under `brokers`.
    Broker(String),
    /// Under `events`.
    Event(String),
    /// Under `scenarios`.
    Scenario(String),
}

impl Part {
    /// The section of the document that it is in.
    pub(crate) fn section(&self) -> &'static str {
        match self {
            Part::Broker(_) => "brokers",
            Part::Event(_) => "events",
            Part::Scenario(_) => "scenarios",
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Part::Broker(name) | Part::Event(name) | Part::Scenario(name) => name,
        }
    }

    /// One like it under another name.
    pub(crate) fn named(&self, name: String) -> Part {
        match self {
            Part::Broker(_) => Part::Broker(name),
            Part::Event(_) => Part::Event(name),
            Part::Scenario(_) => Part::Scenario(name),
        }
    }

    /// What a new one holds.
    pub(crate) fn beginning(&self) -> Value {
        match self {
            Part::Broker(_) => json!({ "kind": "kafka" }),
            Part::Event(_) => json!({ "version": "1.0.0" }),
            Part::Scenario(_) => json!({ "duration": "10m" }),
        }
    }

    /// The edits that give it another name everywhere; none when the name is taken, or empty.
    pub(crate) fn renaming(&self, document: &OpenDocument, to: &str) -> Option<Vec<Edit>> {
        let path = |name: &str| format!("{}.{}", self.section(), quoted(name));
        if to.is_empty() || document.value(&path(to)).is_some() {
            return None;
        }
        let value = document.value(&path(self.name()))?;
        let mut edits = vec![Edit::Set { path: path(to), value }, Edit::Unset { path: path(self.name()) }];
        let mut names = |path: String| {
            if document.value(&path).as_ref().and_then(Value::as_str) == Some(self.name()) {
                edits.push(Edit::Set { path, value: json!(to) });
            }
        };
        for (id, node) in &document.flow().nodes {
            let node_path = format!("nodes.{}", quoted(id));
            match self {
                Part::Broker(_) => names(format!("{node_path}.broker")),
                Part::Event(_) => {
                    (0..node.kind.publishes().len()).for_each(|i| names(format!("{node_path}.publishes.{i}.event")));
                }
                Part::Scenario(_) => {}
            }
        }
        Some(edits)
    }
}
