//! Brokers, event types, scenarios and comments: entries that have a name and may be named elsewhere. (Nodes have edits
//! of their own.)

use super::EditError;
use super::editor::Editor;
use super::references::Reference;
use crate::path::Path;
use crate::read::{FAULTS, is_name, shown};
use crate::suggest;
use crate::tree::Yaml;

/// A part of the document whose entries have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    /// `brokers:`
    Brokers,
    /// `events:`
    Events,
    /// `scenarios:`
    Scenarios,
    /// `comments:`
    Comments,
}

impl Section {
    /// Its key in the document.
    pub fn key(self) -> &'static str {
        match self {
            Section::Brokers => "brokers",
            Section::Events => "events",
            Section::Scenarios => "scenarios",
            Section::Comments => "comments",
        }
    }

    /// What one of its entries is.
    fn what(self) -> &'static str {
        match self {
            Section::Brokers => "broker",
            Section::Events => "event type",
            Section::Scenarios => "scenario",
            Section::Comments => "comment",
        }
    }

    fn check_name(self, name: &str) -> Result<(), EditError> {
        let (fits, may) = match self {
            // Event types are written with dots: `order.placed`.
            Section::Events => (!name.is_empty() && !name.contains(char::is_whitespace), "words joined by dots"),
            _ => (is_name(name), "letters, digits, `-` and `_`"),
        };
        if fits {
            return Ok(());
        }
        Err(EditError(format!("`{}` cannot name a {}: use {may}", shown(name), self.what())))
    }
}

impl Editor<'_> {
    /// Gives an entry another name, everywhere.
    pub(super) fn rename_named(&mut self, section: Section, from: &str, to: &str) -> Result<(), EditError> {
        self.need_named(section, from)?;
        if from == to {
            return Ok(());
        }
        section.check_name(to)?;
        let entry = Path::of([section.key(), from]);
        if self.tree().get(section.key()).is_some_and(|s| s.get(to).is_some()) {
            return Err(EditError(format!("there is a {} `{to}` already", section.what())));
        }
        let found = named_references(self.tree(), section, from, to);
        self.rename(vec![(entry, to.to_owned())], found)
    }

    /// Removes an entry with everything that names it.
    pub(super) fn remove_named(&mut self, section: Section, name: &str) -> Result<(), EditError> {
        self.need_named(section, name)?;
        let mut gone: Vec<Path> =
            named_references(self.tree(), section, name, name).into_iter().map(|r| r.removed).collect();
        gone.push(Path::of([section.key(), name]));
        self.unset_all(gone)?;
        // A section is not kept for nothing.
        let bare = self.tree().get(section.key()).is_some_and(|s| s.entries().is_empty());
        if bare { self.unset(&Path::of([section.key()])) } else { Ok(()) }
    }

    fn need_named(&mut self, section: Section, name: &str) -> Result<(), EditError> {
        self.flush()?;
        let known = self.tree().get(section.key()).map_or(&[][..], Yaml::entries);
        if known.iter().any(|e| e.key.text == name) {
            return Ok(());
        }
        let known: Vec<&str> = known.iter().map(|e| e.key.text.as_str()).collect();
        Err(EditError(format!("there is no {} `{}`; {}", section.what(), shown(name), suggest::sentence(name, &known))))
    }
}

/// All places that name an entry of a section, with what stands there when it is called `to`.
fn named_references(tree: &Yaml, section: Section, name: &str, to: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let is_named = |y: Option<&Yaml>| y.and_then(Yaml::scalar).is_some_and(|s| s.text == name);
    let mut value = |path: Path, removed: Path| {
        found.push(Reference { path, is_key: false, renamed: to.to_owned(), removed });
    };
    for node in tree.get("nodes").map_or(&[][..], Yaml::entries) {
        let at = Path::of(["nodes", &node.key.text]);
        match section {
            Section::Brokers if is_named(node.value.get("broker")) => {
                let path = at.key("broker");
                value(path.clone(), path);
            }
            Section::Events => {
                for (i, item) in node.value.get("publishes").map_or(&[][..], Yaml::items).iter().enumerate() {
                    if is_named(item.get("event")) {
                        let path = at.clone().key("publishes").index(i).key("event");
                        value(path.clone(), path);
                    }
                }
            }
            _ => {}
        }
    }
    let is_node = tree.get("nodes").is_some_and(|nodes| nodes.get(name).is_some());
    for scenario in tree.get("scenarios").map_or(&[][..], Yaml::entries) {
        let at = Path::of(["scenarios", &scenario.key.text]);
        for (i, fault) in scenario.value.get("faults").map_or(&[][..], Yaml::items).iter().enumerate() {
            let at = at.clone().key("faults").index(i);
            let means = |fault: &str| match section {
                // A node wins over a broker of the same name.
                Section::Brokers => fault != "schema_break" && !is_node,
                Section::Events => fault == "schema_break",
                Section::Scenarios | Section::Comments => false,
            };
            for entry in fault.entries().iter().filter(|e| FAULTS.contains(&e.key.text.as_str())) {
                if means(&entry.key.text) && is_named(Some(&entry.value)) {
                    value(at.clone().key(&entry.key.text), at.clone());
                }
            }
        }
        for entry in scenario.value.get("set").map_or(&[][..], Yaml::entries) {
            let path = at.clone().key("set").key(&entry.key.text);
            let last = entry.key.text.rsplit('.').next().unwrap_or_default();
            let naming = match section {
                Section::Brokers => last == "broker",
                Section::Events => last == "event",
                Section::Scenarios | Section::Comments => false,
            };
            if naming && is_named(Some(&entry.value)) {
                value(path, at.clone().key("set").key(&entry.key.text));
            }
        }
    }
    keys_of_set(tree, section, name, to, &mut found);
    found
}

/// Settings below an entry that scenarios set: `brokers.log.memory_limit`.
fn keys_of_set(tree: &Yaml, section: Section, name: &str, to: &str, found: &mut Vec<Reference>) {
    let prefix = [format!("{}.{name}.", section.key()), format!("{}.\"{name}\".", section.key())];
    for scenario in tree.get("scenarios").map_or(&[][..], Yaml::entries) {
        for entry in scenario.value.get("set").map_or(&[][..], Yaml::entries) {
            let key = &entry.key.text;
            let Some(rest) = prefix.iter().find_map(|prefix| key.strip_prefix(prefix.as_str())) else { continue };
            let quoted = if to.contains('.') { format!("{to:?}") } else { to.to_owned() };
            let path = Path::of(["scenarios", &scenario.key.text, "set", key]);
            let renamed = format!("{}.{quoted}.{rest}", section.key());
            found.push(Reference { path: path.clone(), is_key: true, renamed, removed: path });
        }
    }
}
