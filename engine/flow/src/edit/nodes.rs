//! Nodes: adding, removing, renaming, moving.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::editor::{Editor, Patch};
use super::emit::{self, Quotes};
use super::references::{Names, Reference, references};
use super::{Edit, EditError};
use crate::path::{Path, Step};
use crate::read::{NODE_KINDS, is_name, shown};
use crate::suggest;
use crate::tree::{Kind, Yaml};

/// Positions beyond this are not on any canvas.
const FARTHEST: f64 = 10_000_000.0;

/// The wanted name, or the first of `NAME-2`, `NAME-3`, … that is not taken.
pub(crate) fn free(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    // `mailer-2` copied again is `mailer-3`, not `mailer-2-2`.
    let stem = match wanted.rsplit_once('-') {
        Some((stem, number))
            if !stem.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            stem
        }
        _ => wanted,
    };
    let mut number = 2_u64;
    loop {
        let name = format!("{stem}-{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

pub(super) fn check_name(id: &str) -> Result<(), EditError> {
    if is_name(id) && id != "end_to_end" {
        return Ok(());
    }
    Err(EditError(format!(
        "`{}` cannot name a node: use letters, digits, `-` and `_`, beginning with a letter or digit, at most 100",
        shown(id)
    )))
}

impl Editor<'_> {
    pub(super) fn has_node(&self, id: &str) -> bool {
        self.tree().get("nodes").is_some_and(|nodes| nodes.get(id).is_some())
    }

    pub(super) fn need_node(&self, id: &str) -> Result<(), EditError> {
        if self.has_node(id) {
            return Ok(());
        }
        let known: Vec<&str> =
            self.tree().get("nodes").map_or(&[][..], Yaml::entries).iter().map(|e| e.key.text.as_str()).collect();
        Err(EditError(format!("there is no node `{}`; {}", shown(id), suggest::sentence(id, &known))))
    }

    /// Adds the nodes of edits that are all [`Edit::AddNode`].
    pub(super) fn add_nodes(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        self.flush()?;
        let known = self.tree().get("nodes").map_or(&[][..], Yaml::entries);
        let mut taken: HashSet<String> = known.iter().map(|e| e.key.text.clone()).collect();
        let mut entries = Vec::new();
        let mut places = Vec::new();
        for edit in edits {
            let Edit::AddNode { id, kind_name, fields, position } = edit else { continue };
            check_name(id)?;
            if !NODE_KINDS.contains(&kind_name.as_str()) {
                return Err(EditError(format!(
                    "there is no kind of node `{}`; {}",
                    shown(kind_name),
                    suggest::sentence(kind_name, &NODE_KINDS)
                )));
            }
            let id = free(id, |id| taken.contains(id));
            taken.insert(id.clone());
            let mut node = Map::from_iter([("kind".to_owned(), Value::from(kind_name.as_str()))]);
            let fields = fields.iter().filter(|(k, v)| *k != "kind" && !v.is_null());
            node.extend(fields.map(|(k, v)| (k.clone(), v.clone())));
            if let Some(position) = position {
                check_place(&id, *position)?;
                places.push((id.clone(), *position));
            }
            entries.push((id, Value::Object(node)));
        }
        let nodes = Path::of(["nodes"]);
        if self.tree().at(&nodes).is_none() {
            self.insert_entries(&Path::default(), &[("nodes".to_owned(), Value::Object(Map::new()))], false)?;
        }
        self.insert_entries(&nodes, &entries, true)?;
        self.place(&places)
    }

    /// Removes nodes with everything that names them.
    pub(super) fn remove_nodes(&mut self, ids: &[&str]) -> Result<(), EditError> {
        self.flush()?;
        let mut names = Names::new();
        for id in ids {
            self.need_node(id)?;
            if names.insert(id, id).is_some() {
                return Err(EditError(format!("`{id}` cannot be removed twice")));
            }
        }
        let mut paths: Vec<Path> = references(self.tree(), &names).into_iter().map(|r| r.removed).collect();
        paths.extend(ids.iter().map(|id| Path::of(["nodes", id])));
        self.unset_all(paths)
    }

    pub(super) fn rename_node(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        self.flush()?;
        self.need_node(from)?;
        if from == to {
            return Ok(());
        }
        check_name(to)?;
        if self.has_node(to) {
            return Err(EditError(format!("there is a node `{to}` already")));
        }
        let found = references(self.tree(), &Names::from([(from, to)]));
        self.rename(vec![(Path::of(["nodes", from]), to.to_owned())], found)
    }

    /// Gives entries other keys, and every reference to them its new text.
    pub(super) fn rename(&mut self, entries: Vec<(Path, String)>, references: Vec<Reference>) -> Result<(), EditError> {
        let key = |path: &Path| {
            let (last, above) = path.0.split_last()?;
            let Step::Key(name) = last else { return None };
            self.tree().at(&Path(above.to_vec()))?.entry(name).map(|e| e.key.span.clone())
        };
        let mut patches = Vec::new();
        for (entry, to) in entries {
            if let Some(span) = key(&entry) {
                patches.push(Patch::new(span.clone(), self.quoted_alike(span, &to)));
            }
        }
        for reference in references {
            let at = self.tree().at(&reference.path);
            let span = if reference.is_key { key(&reference.path) } else { at.map(|y| y.span.clone()) };
            let unchanged = !reference.is_key && at.and_then(Yaml::scalar).is_some_and(|s| s.text == reference.renamed);
            if let Some(span) = span.filter(|_| !unchanged) {
                patches.push(Patch::new(span.clone(), self.quoted_alike(span, &reference.renamed)));
            }
        }
        self.queue(&Path::default(), patches);
        self.flush()
    }

    /// A text in the quotes of what it replaces.
    pub(super) fn quoted_alike(&self, span: std::ops::Range<usize>, text: &str) -> String {
        let quotes = match self.text().get(span).and_then(|t| t.chars().next()) {
            Some('\'') => Quotes::Single,
            Some('"') => Quotes::Double,
            _ => Quotes::None,
        };
        emit::text(text, quotes)
    }

    /// Writes the positions of edits that are all [`Edit::Move`]; the last of one node wins.
    pub(super) fn move_nodes(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        self.flush()?;
        let known = self.tree().get("nodes").map_or(&[][..], Yaml::entries);
        let known: HashSet<&str> = known.iter().map(|e| e.key.text.as_str()).collect();
        let mut wanted: Vec<(String, [f64; 2])> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for edit in edits {
            let Edit::Move { id, position } = edit else { continue };
            if !known.contains(id.as_str()) {
                self.need_node(id)?;
            }
            check_place(id, *position)?;
            if let Some(at) = index.get(id.as_str()) {
                wanted[*at].1 = *position;
            } else {
                index.insert(id, wanted.len());
                wanted.push((id.clone(), *position));
            }
        }
        self.place(&wanted)
    }

    pub(super) fn place(&mut self, wanted: &[(String, [f64; 2])]) -> Result<(), EditError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let layout = Path::of(["layout"]);
        self.settle(&layout.clone().key("any"))?;
        let mut patches = Vec::new();
        let mut odd = Vec::new();
        let mut new = Vec::new();
        let section = self.found(&layout)?;
        let entries = section.map_or(&[][..], Yaml::entries);
        let old: HashMap<&str, &Yaml> = entries.iter().rev().map(|e| (e.key.text.as_str(), &e.value)).collect();
        let shared = section.is_some_and(|y| y.aliased);
        for (id, position) in wanted {
            let value = Value::from(position.map(|p| p.round() as i64).to_vec());
            match old.get(id.as_str()) {
                Some(old) if old.to_json() == value => {}
                Some(old) if old.short_place().is_some() && !old.aliased && !shared => {
                    patches.push(Patch::new(old.span.clone(), emit::flow(&value)));
                }
                Some(_) => odd.push((id, value)),
                None => new.push((id.clone(), value)),
            }
        }
        match section.map(|y| &y.kind) {
            None if new.is_empty() => {}
            None => {
                let section = Value::Object(new.into_iter().collect());
                return self.insert_entries(&Path::default(), &[("layout".to_owned(), section)], true);
            }
            Some(Kind::Map { flow, .. }) if !entries.is_empty() && !shared && !new.is_empty() => {
                patches.push(self.insertion(entries, *flow, false, &new, false));
            }
            Some(_) => self.insert_entries(&layout, &new, false)?,
        }
        if !patches.is_empty() {
            self.queue(&layout.clone().key("any"), patches);
        }
        odd.into_iter().try_for_each(|(id, value)| self.set(&layout.clone().key(id), &value))
    }
}

fn check_place(id: &str, position: [f64; 2]) -> Result<(), EditError> {
    if position.iter().all(|p| p.is_finite() && p.abs() <= FARTHEST) {
        return Ok(());
    }
    Err(EditError(format!("`{id}` cannot stand there: the canvas ends at {FARTHEST}")))
}
