//! Parts of the flow that are no nodes, as the inspector shows them.

use serde_json::{Value, json};
use thalweg_flow::{Edit, Section};

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
    fn kind(&self) -> Section {
        match self {
            Part::Broker(_) => Section::Brokers,
            Part::Event(_) => Section::Events,
            Part::Scenario(_) => Section::Scenarios,
        }
    }

    /// The key of the section of the document that it is in.
    pub(crate) fn section(&self) -> &'static str {
        self.kind().key()
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

    /// The edit that gives it another name, everywhere.
    pub(crate) fn renaming(&self, to: &str) -> Edit {
        Edit::RenameNamed { section: self.kind(), from: self.name().to_owned(), to: to.to_owned() }
    }

    /// The edit that takes it out, with what names it.
    pub(crate) fn removal(&self) -> Edit {
        Edit::RemoveNamed { section: self.kind(), name: self.name().to_owned() }
    }
}
