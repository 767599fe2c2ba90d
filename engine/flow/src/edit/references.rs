//! Everywhere a document names a node.

use crate::model::Subject;
use crate::path::Path;
use crate::read::FAULTS;
use crate::text::parse_expectation;
use crate::tree::Yaml;

/// One place that names a node.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The place: of the key itself when `is_key`, else of the value.
    pub(super) path: Path,
    /// The name is the key.
    pub(super) is_key: bool,
    /// What stands there when the node has its new name.
    pub(super) renamed: String,
    /// What goes when the node goes.
    pub(super) removed: Path,
}

/// Keys whose value is a node's name, in a value that a scenario sets.
const NAMING: [&str; 6] = ["to", "from", "service", "dead_letter", "compensation", "projects_to"];

/// All places that name `id`, with what stands there when it is called `to`. The node's own entry is not among them.
pub(super) fn references(tree: &Yaml, id: &str, to: &str) -> Vec<Reference> {
    let mut finder = Finder { id, to, tree, found: Vec::new() };
    for node in tree.get("nodes").map_or(&[][..], Yaml::entries) {
        finder.node(&Path::of(["nodes", &node.key.text]), &node.value);
    }
    finder.key(&Path::of(["layout"]));
    for scenario in tree.get("scenarios").map_or(&[][..], Yaml::entries) {
        finder.scenario(&Path::of(["scenarios", &scenario.key.text]), &scenario.value);
    }
    finder.found
}

struct Finder<'y> {
    id: &'y str,
    to: &'y str,
    tree: &'y Yaml,
    found: Vec<Reference>,
}

impl Finder<'_> {
    fn is_named(&self, y: Option<&Yaml>) -> bool {
        y.and_then(Yaml::scalar).is_some_and(|s| s.text == self.id)
    }

    fn value(&mut self, path: Path, removed: Path) {
        let renamed = self.to.to_owned();
        self.found.push(Reference { path, is_key: false, renamed, removed });
    }

    fn key(&mut self, map: &Path) {
        if self.tree.at(map).is_some_and(|y| y.get(self.id).is_some()) {
            let path = map.clone().key(self.id);
            self.found.push(Reference { path: path.clone(), is_key: true, renamed: self.to.to_owned(), removed: path });
        }
    }

    /// Entries of a list in which `key` names a node.
    fn list(&mut self, at: &Path, list: &str, key: &str) {
        let list = at.clone().key(list);
        for (i, item) in self.tree.at(&list).map_or(&[][..], Yaml::items).iter().enumerate() {
            if self.is_named(item.get(key)) {
                let item = list.clone().index(i);
                self.value(item.clone().key(key), item);
            }
        }
    }

    fn single(&mut self, at: &Path, key: &str) {
        let path = at.clone().key(key);
        if self.is_named(self.tree.at(&path)) {
            self.value(path.clone(), path);
        }
    }

    fn node(&mut self, at: &Path, node: &Yaml) {
        self.list(at, "publishes", "to");
        self.list(at, "subscribes", "from");
        self.list(at, "calls", "service");
        self.list(at, "routes", "to");
        self.list(at, "steps", "service");
        self.single(at, "dead_letter");
        for (i, item) in node.get("projects_to").map_or(&[][..], Yaml::items).iter().enumerate() {
            if self.is_named(Some(item)) {
                let path = at.clone().key("projects_to").index(i);
                self.value(path.clone(), path);
            }
        }
        for (list, key) in [("routes", "dead_letter"), ("steps", "compensation")] {
            let count = node.get(list).map_or(0, |l| l.items().len());
            for i in 0..count {
                self.single(&at.clone().key(list).index(i), key);
            }
        }
    }

    fn scenario(&mut self, at: &Path, scenario: &Yaml) {
        self.key(&at.clone().key("load"));
        for entry in scenario.get("set").map_or(&[][..], Yaml::entries) {
            self.set_entry(&at.clone().key("set").key(&entry.key.text), &entry.key.text, &entry.value);
        }
        for (i, fault) in scenario.get("faults").map_or(&[][..], Yaml::items).iter().enumerate() {
            self.fault(&at.clone().key("faults").index(i), fault);
        }
        for (i, text) in scenario.get("expect").map_or(&[][..], Yaml::items).iter().enumerate() {
            if let Some(text) = text.scalar() {
                self.expectation(&at.clone().key("expect").index(i), &text.text);
            }
        }
    }

    fn set_entry(&mut self, path: &Path, key: &str, value: &Yaml) {
        let rest = key.strip_prefix("nodes.").unwrap_or(key);
        if let Some(setting) = rest.strip_prefix(self.id).filter(|s| s.starts_with('.')) {
            let prefix = key.strip_suffix(rest).unwrap_or_default();
            let renamed = format!("{prefix}{}{setting}", self.to);
            self.found.push(Reference { path: path.clone(), is_key: true, renamed, removed: path.clone() });
        }
        let last = key.rsplit('.').next().unwrap_or_default();
        if NAMING.contains(&last) && self.is_named(Some(value)) {
            self.value(path.clone(), path.clone());
        }
    }

    fn fault(&mut self, at: &Path, fault: &Yaml) {
        for entry in fault.entries().iter().filter(|e| FAULTS.contains(&e.key.text.as_str())) {
            let path = at.clone().key(&entry.key.text);
            // The event type of a schema break may be called like a node.
            if entry.key.text != "schema_break" && self.is_named(Some(&entry.value)) {
                self.value(path, at.clone());
            } else if let Some((from, to)) = entry.value.scalar().and_then(|s| s.text.split_once("->")) {
                let (from, to) = (from.trim(), to.trim());
                if from == self.id || to == self.id {
                    let new = |end| if end == self.id { self.to } else { end };
                    let renamed = format!("{} -> {}", new(from), new(to));
                    self.found.push(Reference { path, is_key: false, renamed, removed: at.clone() });
                }
            }
        }
    }

    fn expectation(&mut self, path: &Path, text: &str) {
        let Ok(expectation) = parse_expectation(text) else { return };
        let renamed = match &expectation.subject {
            Subject::Node(node) if node == self.id => self.to.to_owned(),
            Subject::Group { channel, group } => {
                let named = self.group_of(channel, group);
                if channel != self.id && named.is_none() {
                    return;
                }
                let channel = if channel == self.id { self.to } else { channel };
                format!("{channel}/{}", if named == Some(Named::AfterNode) { self.to } else { group })
            }
            _ => return,
        };
        let Some((open, close)) = text.find('(').zip(text.rfind(')')) else { return };
        let renamed = format!("{}({renamed}){}", &text[..open], &text[close + 1..]);
        self.found.push(Reference { path: path.clone(), is_key: false, renamed, removed: path.clone() });
    }

    /// Whether a channel's group is the node's, and if so, whether it is renamed with the node.
    fn group_of(&self, channel: &str, group: &str) -> Option<Named> {
        let subscribes = self.tree.at(&Path::of(["nodes", self.id, "subscribes"]));
        let text = |y: Option<&Yaml>| y.and_then(Yaml::scalar).map(|s| s.text.clone());
        subscribes.map_or(&[][..], Yaml::items).iter().find_map(|s| {
            if text(s.get("from")).as_deref() != Some(channel) {
                return None;
            }
            match text(s.get("group")) {
                Some(own) => (own == group).then_some(Named::ByItself),
                None => (group == self.id).then_some(Named::AfterNode),
            }
        })
    }
}

/// How a group came by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// It is the node's name.
    AfterNode,
    /// `group` says it.
    ByItself,
}
