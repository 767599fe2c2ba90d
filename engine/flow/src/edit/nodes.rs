//! Nodes: adding, removing, renaming, moving.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::emit::{self, Quotes};
use super::patch::{Editor, Patch};
use super::references::references;
use super::{Edit, EditError};
use crate::path::{Path, Step};
use crate::read::{NODE_KINDS, is_name, shown};
use crate::suggest;
use crate::tree::Yaml;

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

fn check_name(id: &str) -> Result<(), EditError> {
    if is_name(id) && id != "end_to_end" {
        return Ok(());
    }
    Err(EditError(format!(
        "`{}` cannot name a node: use letters, digits, `-` and `_`, beginning with a letter or digit, at most 100",
        shown(id)
    )))
}

impl Editor {
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

    pub(super) fn add_node(
        &mut self,
        id: &str,
        kind: &str,
        fields: &Map<String, Value>,
        position: Option<[f64; 2]>,
    ) -> Result<(), EditError> {
        check_name(id)?;
        if !NODE_KINDS.contains(&kind) {
            return Err(EditError(format!(
                "there is no kind of node `{}`; {}",
                shown(kind),
                suggest::sentence(kind, &NODE_KINDS)
            )));
        }
        let id = free(id, |id| self.has_node(id));
        let mut node = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
        node.extend(fields.iter().filter(|(k, v)| *k != "kind" && !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
        let nodes = Path::of(["nodes"]);
        let entry = (id.clone(), Value::Object(node));
        if self.tree().at(&nodes).is_none() {
            self.insert_entries(&Path::default(), &[("nodes".to_owned(), Value::Object(Map::new()))], false)?;
        }
        self.insert_entries(&nodes, &[entry], true)?;
        match position {
            Some(position) => self.move_nodes(&[Edit::Move { id, position }]),
            None => Ok(()),
        }
    }

    pub(super) fn remove_node(&mut self, id: &str) -> Result<(), EditError> {
        self.need_node(id)?;
        let mut paths: Vec<Path> = references(self.tree(), id, id).into_iter().map(|r| r.removed).collect();
        paths.push(Path::of(["nodes", id]));
        // What stands later goes first, so that the positions in lists stay true; what lies in the node goes with it.
        let own = Path::of(["nodes", id]);
        paths.retain(|p| *p == own || !p.0.starts_with(&own.0));
        let order = |path: &Path| self.tree().at(path).map_or(0, |y| y.span.start);
        let mut ordered: Vec<(usize, Path)> = paths.iter().map(|p| (order(p), p.clone())).collect();
        ordered.sort_by_key(|(at, path)| std::cmp::Reverse((*at, path.0.len())));
        ordered.dedup_by(|a, b| a.1 == b.1);
        ordered.iter().try_for_each(|(_, path)| self.unset(path))
    }

    pub(super) fn rename_node(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        self.need_node(from)?;
        if from == to {
            return Ok(());
        }
        check_name(to)?;
        if self.has_node(to) {
            return Err(EditError(format!("there is a node `{to}` already")));
        }
        let mut patches = Vec::new();
        let key = |path: &Path| {
            let (last, above) = path.0.split_last()?;
            let Step::Key(name) = last else { return None };
            self.tree().at(&Path(above.to_vec()))?.entry(name).map(|e| e.key.span.clone())
        };
        let place = Path::of(["nodes", from]);
        if let Some(span) = key(&place) {
            patches.push(Patch::new(span.clone(), self.quoted_alike(span, to)));
        }
        for reference in references(self.tree(), from, to) {
            let span = if reference.is_key {
                key(&reference.path)
            } else {
                self.tree().at(&reference.path).map(|y| y.span.clone())
            };
            let unchanged = !reference.is_key
                && self.tree().at(&reference.path).and_then(Yaml::scalar).is_some_and(|s| s.text == reference.renamed);
            if let Some(span) = span.filter(|_| !unchanged) {
                patches.push(Patch::new(span.clone(), self.quoted_alike(span, &reference.renamed)));
            }
        }
        self.patch(patches)
    }

    /// A text in the quotes of what it replaces.
    fn quoted_alike(&self, span: std::ops::Range<usize>, text: &str) -> String {
        let quotes = match self.text().get(span).and_then(|t| t.chars().next()) {
            Some('\'') => Quotes::Single,
            Some('"') => Quotes::Double,
            _ => Quotes::None,
        };
        emit::text(text, quotes)
    }

    /// Writes positions; the last of one node wins.
    pub(super) fn move_nodes(&mut self, moves: &[Edit]) -> Result<(), EditError> {
        let mut wanted: Vec<(String, [f64; 2])> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        for edit in moves {
            let Edit::Move { id, position } = edit else { continue };
            self.need_node(id)?;
            if !position.iter().all(|p| p.is_finite() && p.abs() <= FARTHEST) {
                return Err(EditError(format!("`{id}` cannot stand there: the canvas ends at {FARTHEST}")));
            }
            if let Some(at) = index.get(id.as_str()) {
                wanted[*at].1 = *position;
            } else {
                index.insert(id, wanted.len());
                wanted.push((id.clone(), *position));
            }
        }
        let layout = Path::of(["layout"]);
        let mut patches = Vec::new();
        let mut new = Vec::new();
        for (id, position) in wanted {
            let value = Value::from(position.map(|p| p.round() as i64).to_vec());
            match self.found(&layout.clone().key(&id))? {
                Some(old) if old.to_json() == value => {}
                Some(old) if old.short_place().is_some() && !old.aliased => {
                    patches.push(Patch::new(old.span.clone(), emit::flow(&value)));
                }
                Some(_) => self.set(&layout.clone().key(&id), &value)?,
                None => new.push((id, value)),
            }
        }
        if !patches.is_empty() {
            self.patch(patches)?;
        }
        if new.is_empty() {
            return Ok(());
        }
        if self.found(&layout)?.is_none() {
            let section = Value::Object(new.into_iter().collect());
            return self.insert_entries(&Path::default(), &[("layout".to_owned(), section)], true);
        }
        self.insert_entries(&layout, &new, false)
    }
}
