//! Everywhere a document names a node.

use std::collections::HashMap;

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

/// New names by old ones.
pub(super) type Names<'n> = HashMap<&'n str, &'n str>;

/// All places that name one of the nodes, with what stands there when it has its new name. The nodes' own entries are not
/// among them.
pub(super) fn references(tree: &Yaml, names: &Names<'_>) -> Vec<Reference> {
    let mut finder = Finder { names, tree, found: Vec::new() };
    for node in tree.get("nodes").map_or(&[][..], Yaml::entries) {
        finder.node(&Path::of(["nodes", &node.key.text]), &node.value);
    }
    finder.keys(&Path::of(["layout"]), tree.get("layout"));
    for comment in tree.get("comments").map_or(&[][..], Yaml::entries) {
        finder.single(&Path::of(["comments", &comment.key.text]), &comment.value, "about");
    }
    for scenario in tree.get("scenarios").map_or(&[][..], Yaml::entries) {
        finder.scenario(&Path::of(["scenarios", &scenario.key.text]), &scenario.value);
    }
    finder.found
}

struct Finder<'y> {
    names: &'y Names<'y>,
    tree: &'y Yaml,
    found: Vec<Reference>,
}

impl<'y> Finder<'y> {
    /// What a text is called when it is the name of one of the nodes.
    fn renamed(&self, text: &str) -> Option<&'y str> {
        self.names.get(text).copied()
    }

    fn named(&self, y: Option<&Yaml>) -> Option<&'y str> {
        self.renamed(&y?.scalar()?.text)
    }

    fn value(&mut self, to: &str, path: Path, removed: Path) {
        self.found.push(Reference { path, is_key: false, renamed: to.to_owned(), removed });
    }

    /// Keys of a map that are names.
    fn keys(&mut self, at: &Path, map: Option<&Yaml>) {
        for entry in map.map_or(&[][..], Yaml::entries) {
            if let Some(to) = self.renamed(&entry.key.text) {
                let path = at.clone().key(&entry.key.text);
                let removed = path.clone();
                self.found.push(Reference { path, is_key: true, renamed: to.to_owned(), removed });
            }
        }
    }

    /// Entries of a list in which `key` names a node.
    fn list(&mut self, at: &Path, owner: &Yaml, list: &str, key: &str) {
        for (i, item) in owner.get(list).map_or(&[][..], Yaml::items).iter().enumerate() {
            if let Some(to) = self.named(item.get(key)) {
                let item = at.clone().key(list).index(i);
                self.value(to, item.clone().key(key), item);
            }
        }
    }

    fn single(&mut self, at: &Path, owner: &Yaml, key: &str) {
        if let Some(to) = self.named(owner.get(key)) {
            let path = at.clone().key(key);
            self.value(to, path.clone(), path);
        }
    }

    fn node(&mut self, at: &Path, node: &Yaml) {
        self.list(at, node, "publishes", "to");
        self.list(at, node, "subscribes", "from");
        self.list(at, node, "calls", "service");
        self.list(at, node, "routes", "to");
        self.list(at, node, "steps", "service");
        self.single(at, node, "dead_letter");
        for (i, item) in node.get("projects_to").map_or(&[][..], Yaml::items).iter().enumerate() {
            if let Some(to) = self.named(Some(item)) {
                let path = at.clone().key("projects_to").index(i);
                self.value(to, path.clone(), path);
            }
        }
        for (list, key) in [("routes", "dead_letter"), ("steps", "compensation")] {
            for (i, item) in node.get(list).map_or(&[][..], Yaml::items).iter().enumerate() {
                self.single(&at.clone().key(list).index(i), item, key);
            }
        }
    }

    fn scenario(&mut self, at: &Path, scenario: &Yaml) {
        self.keys(&at.clone().key("load"), scenario.get("load"));
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
        // Names of nodes hold no dots.
        if let Some((id, setting)) = rest.split_once('.')
            && let Some(to) = self.renamed(id)
        {
            let prefix = key.strip_suffix(rest).unwrap_or_default();
            let renamed = format!("{prefix}{to}.{setting}");
            self.found.push(Reference { path: path.clone(), is_key: true, renamed, removed: path.clone() });
        }
        let last = key.rsplit('.').next().unwrap_or_default();
        if NAMING.contains(&last)
            && let Some(to) = self.named(Some(value))
        {
            self.value(to, path.clone(), path.clone());
        }
    }

    fn fault(&mut self, at: &Path, fault: &Yaml) {
        for entry in fault.entries().iter().filter(|e| FAULTS.contains(&e.key.text.as_str())) {
            let path = at.clone().key(&entry.key.text);
            // The event type of a schema break may be called like a node.
            let whole = if entry.key.text == "schema_break" { None } else { self.named(Some(&entry.value)) };
            if let Some(to) = whole {
                self.value(to, path, at.clone());
            } else if let Some((from, to)) = entry.value.scalar().and_then(|s| s.text.split_once("->")) {
                let (from, to) = (from.trim(), to.trim());
                let new = [self.renamed(from), self.renamed(to)];
                if new.iter().any(Option::is_some) {
                    let renamed = format!("{} -> {}", new[0].unwrap_or(from), new[1].unwrap_or(to));
                    self.found.push(Reference { path, is_key: false, renamed, removed: at.clone() });
                }
            }
        }
    }

    fn expectation(&mut self, path: &Path, text: &str) {
        let Ok(expectation) = parse_expectation(text) else { return };
        let renamed = match &expectation.subject {
            Subject::Node(node) => match self.renamed(node) {
                Some(to) => to.to_owned(),
                None => return,
            },
            Subject::Group { channel, group } => {
                let owner = self.owner_of(channel, group);
                if self.renamed(channel).is_none() && owner.is_none() {
                    return;
                }
                let group = match owner {
                    Some((to, Named::AfterNode)) => to,
                    _ => group.as_str(),
                };
                format!("{}/{group}", self.renamed(channel).unwrap_or(channel))
            }
            _ => return,
        };
        let Some((open, close)) = text.find('(').zip(text.rfind(')')) else { return };
        let renamed = format!("{}({renamed}){}", &text[..open], &text[close + 1..]);
        self.found.push(Reference { path: path.clone(), is_key: false, renamed, removed: path.clone() });
    }

    /// Which of the nodes a channel's group is of, by its new name, and whether the group is renamed with it.
    fn owner_of(&self, channel: &str, group: &str) -> Option<(&'y str, Named)> {
        let text = |y: Option<&Yaml>| y.and_then(Yaml::scalar).map(|s| s.text.clone());
        let nodes = self.tree.get("nodes").map_or(&[][..], Yaml::entries);
        nodes.iter().filter_map(|node| Some((node, self.renamed(&node.key.text)?))).find_map(|(node, to)| {
            node.value.get("subscribes").map_or(&[][..], Yaml::items).iter().find_map(|s| {
                if text(s.get("from")).as_deref() != Some(channel) {
                    return None;
                }
                match text(s.get("group")) {
                    Some(own) => (own == group).then_some((to, Named::ByItself)),
                    None => (group == node.key.text).then_some((to, Named::AfterNode)),
                }
            })
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
