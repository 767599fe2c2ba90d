//! Parts of a document as text: copying nodes out of it, and taking nodes from a text in.
//!
//! What is copied is a flow document of its own, with the nodes as they are written, comments included: it can be pasted
//! back, into another flow, into a chat, or be opened.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::editor::{Editor, Patch};
use super::emit;
use super::nodes::free;
use super::references::{Names, references};
use super::{Document, EditError};
use crate::model::{Flow, NodeId, NodeKind};
use crate::path::Path;
use crate::read;
use crate::tree::{self, Entry, Kind, Yaml};

/// How far beside where they stood pasted nodes stand when no place is said, in canvas units.
const BESIDE: f64 = 32.0;
/// Where the entries of a copy are indented to.
const INDENT: usize = 2;

impl Document {
    /// Nodes as a document of their own: as they are written, with their positions and the brokers and event types that
    /// they name. None when there are none of these names.
    pub fn copy(&self, ids: &[NodeId]) -> Option<String> {
        let tree = self.parsed.tree.as_ref()?;
        let flow = self.flow();
        let ids: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let editor = Editor::new(&self.text, tree, flow);
        let entries = tree.get("nodes")?.entries();
        let chosen: Vec<&Entry> = entries.iter().filter(|e| ids.contains(e.key.text.as_str())).collect();
        if chosen.is_empty() {
            return None;
        }
        let mut out = format!("thalweg: 1\nname: {}\n", emit::text(&flow.name, emit::Quotes::None));
        let mut brokers = HashSet::new();
        let mut events = HashSet::new();
        for entry in &chosen {
            let text = |y: Option<&Yaml>| y.and_then(Yaml::scalar).map(|s| s.text.clone());
            brokers.extend(text(entry.value.get("broker")));
            let publishes = entry.value.get("publishes").map_or(&[][..], Yaml::items);
            events.extend(publishes.iter().filter_map(|p| text(p.get("event"))));
        }
        for (section, names) in [("brokers", &brokers), ("events", &events)] {
            let all = tree.get(section).map_or(&[][..], Yaml::entries);
            let needed: Vec<&Entry> = all.iter().filter(|e| names.contains(&e.key.text)).collect();
            editor.write_section(section, tree.get(section), &needed, &mut out);
        }
        editor.write_section("nodes", tree.get("nodes"), &chosen, &mut out);
        let positions = crate::layout::positions(flow);
        out.push_str("\nlayout:\n");
        for entry in &chosen {
            let id = &entry.key.text;
            if let Some([x, y]) = positions.get(id) {
                let place = emit::flow(&Value::from(vec![x.round() as i64, y.round() as i64]));
                out.push_str(&[&" ".repeat(INDENT), &emit::text(id, emit::Quotes::None), ": ", &place, "\n"].concat());
            }
        }
        Some(out)
    }
}

impl Editor<'_> {
    fn write_section(&self, name: &str, section: Option<&Yaml>, entries: &[&Entry], out: &mut String) {
        if entries.is_empty() {
            return;
        }
        out.push_str(&["\n", name, ":\n"].concat());
        for entry in entries {
            out.push_str(&self.entry_text(entry, section.is_some_and(is_block), INDENT, "\n"));
            out.push('\n');
        }
    }

    /// An entry as it is written, moved to another indentation; as it would be written where it cannot be moved.
    fn entry_text(&self, entry: &Entry, block: bool, indent: usize, newline: &str) -> String {
        if !block || holds_alias(&entry.value) || entry.value.span.is_empty() {
            return emit::entry_lines(&entry.key.text, &entry.value.to_json(), indent, true, newline);
        }
        let start = self.line_start(entry.key.span.start);
        let before = self.column(entry.key.span.start);
        let pad = " ".repeat(indent);
        let written = self.text().get(start..self.line_end(self.end_of(entry))).unwrap_or_default();
        let line = |line: &str| {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let rest = line.get(blanks.min(before)..).unwrap_or_default().trim_end_matches('\r');
            if rest.is_empty() { String::new() } else { format!("{pad}{rest}") }
        };
        written.split('\n').map(line).collect::<Vec<_>>().join(newline)
    }

    /// Takes the nodes of a text in; see [`super::Edit::Paste`].
    pub(super) fn paste(&mut self, text: &str, at: Option<[f64; 2]>) -> Result<(), EditError> {
        self.flush()?;
        let nothing = || EditError::new("what was copied holds no nodes: copy some on a canvas, or the text of a flow");
        let (Some(tree), _) = tree::parse(text) else { return Err(nothing()) };
        let flow = read::flow_of(text, &tree);
        let entries = tree.get("nodes").map_or(&[][..], Yaml::entries);
        if entries.is_empty() {
            return Err(nothing());
        }
        let mut taken: HashSet<String> = self.section_names("nodes").into_iter().collect();
        let mut names: Vec<(String, String)> = Vec::new();
        for entry in entries {
            let id = &entry.key.text;
            super::nodes::check_name(id)?;
            let new = free(id, |id| taken.contains(id));
            taken.insert(new.clone());
            names.push((id.clone(), new));
        }
        let here = self.flow()?.into_owned();
        let mut fragment = Editor::new(text, &tree, &flow);
        fragment.drop_foreign(&here)?;
        fragment.free_groups(&here)?;
        fragment.rename_all(&names)?;
        self.take_sections(&fragment)?;
        self.take_nodes(&fragment)?;
        self.place(&places(&flow, &names, at))
    }

    fn section_names(&self, section: &str) -> Vec<String> {
        self.tree().get(section).map_or(&[][..], Yaml::entries).iter().map(|e| e.key.text.clone()).collect()
    }

    /// Of a fragment: removes references to nodes that are neither in it nor in the flow.
    fn drop_foreign(&mut self, here: &Flow) -> Result<(), EditError> {
        let own: HashSet<String> = self.section_names("nodes").into_iter().collect();
        let flow = self.flow()?;
        let ends: Vec<String> = flow.edges().into_iter().flat_map(|e| [e.from, e.to]).collect();
        let foreign = ends.iter().filter(|id| !own.contains(*id) && !here.nodes.contains_key(*id));
        let names: Names<'_> = foreign.map(|id| (id.as_str(), id.as_str())).collect();
        let gone = references(self.tree(), &names).into_iter().map(|r| r.removed).collect();
        self.unset_all(gone)
    }

    /// Of a fragment: subscriptions to channels of the flow get groups that are free there.
    fn free_groups(&mut self, here: &Flow) -> Result<(), EditError> {
        let own: HashSet<String> = self.section_names("nodes").into_iter().collect();
        let mut taken: HashMap<String, Vec<String>> = HashMap::new();
        let mut changes = Vec::new();
        for node in self.tree().get("nodes").map_or(&[][..], Yaml::entries) {
            for (i, subscription) in node.value.get("subscribes").map_or(&[][..], Yaml::items).iter().enumerate() {
                let word = |key| subscription.get(key).and_then(Yaml::scalar).map(|s| s.text.clone());
                let (Some(from), Some(group)) = (word("from"), word("group")) else { continue };
                let is_log = matches!(here.nodes.get(&from).map(|n| &n.kind), Some(NodeKind::Topic(_)));
                if own.contains(&from) || !is_log {
                    continue;
                }
                let groups = taken.entry(from.clone()).or_insert_with(|| here.groups(&from));
                let new = free(&group, |name| groups.iter().any(|g| g == name));
                groups.push(new.clone());
                if new != group {
                    let path = Path::of(["nodes", &node.key.text, "subscribes"]).index(i).key("group");
                    changes.push((path, Value::from(new)));
                }
            }
        }
        changes.iter().try_for_each(|(path, value)| self.set(path, value))
    }

    /// Gives nodes their new names, all at once.
    fn rename_all(&mut self, names: &[(String, String)]) -> Result<(), EditError> {
        self.flush()?;
        let changed: Names<'_> =
            names.iter().filter(|(old, new)| old != new).map(|(old, new)| (old.as_str(), new.as_str())).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let found = references(self.tree(), &changed);
        let keys = changed.iter().map(|(old, new)| (Path::of(["nodes", old]), (*new).to_owned())).collect();
        self.rename(keys, found)
    }

    /// Takes over brokers and event types that the flow does not have.
    fn take_sections(&mut self, fragment: &Editor<'_>) -> Result<(), EditError> {
        for section in ["brokers", "events"] {
            let known: HashSet<String> = self.section_names(section).into_iter().collect();
            let entries = fragment.tree().get(section).map_or(&[][..], Yaml::entries);
            let new: Vec<(String, Value)> = entries
                .iter()
                .filter(|e| !known.contains(&e.key.text))
                .map(|e| (e.key.text.clone(), e.value.to_json()))
                .collect();
            if new.is_empty() {
                continue;
            }
            let path = Path::of([section]);
            if self.found(&path)?.is_some() {
                self.insert_entries(&path, &new, false)?;
            } else {
                let section_value = Value::Object(Map::from_iter(new));
                self.insert_entries(&Path::default(), &[(section.to_owned(), section_value)], true)?;
            }
        }
        Ok(())
    }

    /// Takes over the nodes of a fragment: as they are written where this document writes nodes line by line.
    fn take_nodes(&mut self, fragment: &Editor<'_>) -> Result<(), EditError> {
        self.flush()?;
        let section = fragment.tree().get("nodes");
        let entries = section.map_or(&[][..], Yaml::entries);
        let path = Path::of(["nodes"]);
        let here = self.found(&path)?;
        let known = here.map_or(&[][..], Yaml::entries);
        if let (Some(first), Some(last), true) = (known.first(), known.last(), here.is_some_and(is_block)) {
            let indent = self.column(first.key.span.start);
            let newline = self.newline();
            let block = section.is_some_and(is_block);
            let lines = entries.iter().map(|e| [newline, &fragment.entry_text(e, block, indent, newline)].concat());
            let text: String = lines.collect();
            let end = self.line_end(self.end_of(last));
            self.queue(&path.key("any"), vec![Patch::new(end..end, text)]);
            return Ok(());
        }
        let new: Vec<(String, Value)> = entries.iter().map(|e| (e.key.text.clone(), e.value.to_json())).collect();
        if here.is_none() {
            self.insert_entries(&Path::default(), &[("nodes".to_owned(), Value::Object(Map::new()))], false)?;
        }
        self.insert_entries(&path, &new, true)
    }
}

/// Where pasted nodes stand, by their new names.
fn places(flow: &Flow, names: &[(String, String)], at: Option<[f64; 2]>) -> Vec<(String, [f64; 2])> {
    let positions = crate::layout::positions(flow);
    let low = |axis: usize| positions.values().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
    let by = match at {
        Some([x, y]) => [x - low(0), y - low(1)],
        None => [BESIDE, BESIDE],
    };
    let place = |(old, new): &(String, String)| {
        let [x, y] = positions.get(old)?;
        Some((new.clone(), [(x + by[0]).clamp(-1e6, 1e6), (y + by[1]).clamp(-1e6, 1e6)]))
    };
    names.iter().filter_map(place).collect()
}

fn is_block(y: &Yaml) -> bool {
    matches!(y.kind, Kind::Map { flow: false, .. }) && !y.aliased
}

/// Whether something in it was brought by an alias, whose anchor may not come along.
fn holds_alias(y: &Yaml) -> bool {
    y.aliased || y.items().iter().any(holds_alias) || y.entries().iter().any(|e| holds_alias(&e.value))
}
