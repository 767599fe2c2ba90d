//! Taking values out: one, or many at once with what they leave empty.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};

use super::EditError;
use super::editor::{Editor, Patch};
use crate::path::{Path, Step};
use crate::tree::{Kind, Yaml};

/// Sections whose entries have names of their own.
const NAMED: [&str; 5] = ["nodes", "scenarios", "brokers", "events", "comments"];

/// Whether a map stays as `{}` when its last entry goes: `nodes`, and whatever has a name of its own.
fn stays_empty(map: &[Step]) -> bool {
    match map {
        [Step::Key(section)] => section == "nodes",
        [Step::Key(section), Step::Key(_)] => NAMED.contains(&section.as_str()),
        _ => false,
    }
}

impl Editor<'_> {
    /// Removes the value at a path, if there is one. A map or list that would be left empty goes as well, except for
    /// those that stay as `{}`.
    pub(super) fn unset(&mut self, path: &Path) -> Result<(), EditError> {
        self.settle(path)?;
        if self.found(path)?.is_none() {
            return Ok(());
        }
        let Some((last, above)) = path.0.split_last() else {
            return Err(EditError::new("the whole document cannot be removed"));
        };
        let parent_path = Path(above.to_vec());
        let Some(parent) = self.tree().at(&parent_path) else { return Ok(()) };
        if parent.entries().len() + parent.items().len() == 1 {
            if stays_empty(above) {
                return self.replace(&parent_path, &Value::Object(Map::new()));
            }
            if !above.is_empty() {
                return self.unset(&parent_path);
            }
        }
        let Some(index) = position(parent, last) else { return Ok(()) };
        let change = self.removal(&self.ranges(parent)?, index, is_flow(parent));
        self.queue(path, vec![change]);
        Ok(())
    }

    /// Removes the values at all paths that exist, whatever lies in whatever, as [`Editor::unset`] does one after the
    /// other from the end.
    pub(super) fn unset_all(&mut self, paths: Vec<Path>) -> Result<(), EditError> {
        self.flush()?;
        let mut gone: IndexSet<Vec<Step>> = IndexSet::new();
        for path in paths {
            if path.0.is_empty() {
                return Err(EditError::new("the whole document cannot be removed"));
            }
            if self.found(&path)?.is_some() {
                gone.insert(path.0);
            }
        }
        let emptied = self.emptied(&mut gone);
        let covered =
            |path: &[Step]| (1..path.len()).any(|end| gone.contains(&path[..end]) || emptied.contains(&path[..end]));
        let mut rest: Vec<Vec<Step>> = gone.iter().filter(|path| !covered(path)).cloned().collect();
        let mut bare: Vec<Vec<Step>> = emptied.iter().filter(|path| !covered(path)).cloned().collect();
        while !rest.is_empty() || !bare.is_empty() {
            for map in std::mem::take(&mut bare) {
                // Nothing else is removed from or around it.
                self.replace(&Path(map), &Value::Object(Map::new()))?;
            }
            self.flush()?;
            rest = self.round(&rest)?;
            self.flush()?;
        }
        Ok(())
    }

    /// Lets containers go that lose everything; gives those that stay as `{}` instead.
    fn emptied(&self, gone: &mut IndexSet<Vec<Step>>) -> IndexSet<Vec<Step>> {
        let mut emptied = IndexSet::new();
        loop {
            let mut lost: IndexMap<&[Step], usize> = IndexMap::new();
            for path in gone.iter() {
                *lost.entry(&path[..path.len() - 1]).or_default() += 1;
            }
            let all = |(parent, count): (&[Step], usize)| {
                let known = gone.contains(parent) || emptied.contains(parent) || parent.is_empty();
                let size = |y: &Yaml| y.entries().len() + y.items().len();
                let whole = !known && self.tree().at(&Path(parent.to_vec())).is_some_and(|y| size(y) == count);
                whole.then(|| parent.to_vec())
            };
            let new: Vec<Vec<Step>> = lost.into_iter().filter_map(all).collect();
            if new.is_empty() {
                return emptied;
            }
            for parent in new {
                if stays_empty(&parent) {
                    emptied.insert(parent);
                } else {
                    gone.insert(parent);
                }
            }
        }
    }

    /// Queues the removal of as many paths as can be written together; gives the others as they are called afterwards.
    fn round(&mut self, paths: &[Vec<Step>]) -> Result<Vec<Vec<Step>>, EditError> {
        let mut siblings: IndexMap<&[Step], Vec<&Vec<Step>>> = IndexMap::new();
        for path in paths {
            siblings.entry(&path[..path.len() - 1]).or_default().push(path);
        }
        let mut batches: Vec<Batch<'_>> = Vec::new();
        for (parent_path, paths) in siblings {
            let Some(parent) = self.tree().at(&Path(parent_path.to_vec())) else { continue };
            let ranges = self.ranges(parent)?;
            let mut found: Vec<(usize, &Vec<Step>)> =
                paths.into_iter().filter_map(|path| Some((position(parent, path.last()?)?, path))).collect();
            found.sort_unstable_by_key(|(index, _)| *index);
            let flow = is_flow(parent);
            if flow || !found.iter().all(|(index, _)| self.has_own_lines(&ranges[*index])) {
                // The last one first: what the others need to know stays true.
                found.drain(..found.len().saturating_sub(1));
            }
            let patches = found.iter().map(|(index, _)| self.removal(&ranges, *index, flow)).collect();
            batches.push(Batch { parent: parent_path, found, patches });
        }
        keep_disjoint(&mut batches);
        let done: HashSet<&Vec<Step>> = batches.iter().flat_map(|b| b.found.iter().map(|(_, path)| *path)).collect();
        let removed: HashMap<&[Step], Vec<usize>> =
            batches.iter().map(|b| (b.parent, b.found.iter().map(|(index, _)| *index).collect())).collect();
        let rest = paths.iter().filter(|path| !done.contains(path)).map(|path| shifted(path, &removed)).collect();
        let patches: Vec<Patch> = batches.into_iter().flat_map(|b| b.patches).collect();
        self.queue(&Path::default(), patches);
        Ok(rest)
    }

    /// The ranges of a map's or list's entries.
    fn ranges(&self, parent: &Yaml) -> Result<Vec<Range<usize>>, EditError> {
        match &parent.kind {
            Kind::Map { entries, .. } => Ok(entries.iter().map(|e| e.key.span.start..self.end_of(e)).collect()),
            Kind::Seq { items, .. } => items.iter().map(|item| self.item_range(item, parent)).collect(),
            Kind::Scalar(_) => Ok(Vec::new()),
        }
    }

    /// Whether an entry of block style begins its line and ends with a line break of its own.
    fn has_own_lines(&self, range: &Range<usize>) -> bool {
        let start = self.line_start(range.start);
        let first = self.text().get(start..range.start).unwrap_or_default().trim().is_empty();
        first && self.line_end(range.end) < self.text().len()
    }

    /// The patch that takes one of several neighbours out. `ranges` are those of the neighbours themselves.
    fn removal(&self, ranges: &[Range<usize>], index: usize, flow: bool) -> Patch {
        let range = ranges[index].clone();
        if !flow {
            return self.line_removal(ranges, index);
        }
        if let Some(next) = ranges.get(index + 1) {
            return Patch::new(range.start..next.start, "");
        }
        let previous = index.checked_sub(1).map_or(range.start, |i| ranges[i].end);
        let between = self.text().get(previous..range.start).unwrap_or_default();
        if between.contains('#') {
            // A comment ends with its line: the line break must stay. The comma may (YAML allows it at the end).
            return Patch::new(range, "");
        }
        match between.rfind('\n') {
            Some(newline) => {
                let cut = if between[..newline].ends_with('\r') { newline - 1 } else { newline };
                Patch::new(previous + cut..range.end, "")
            }
            None => Patch::new(previous..range.end, ""),
        }
    }

    fn line_removal(&self, ranges: &[Range<usize>], index: usize) -> Patch {
        let range = ranges[index].clone();
        let start = self.line_start(range.start);
        let first_on_line = self.text().get(start..range.start).unwrap_or_default().trim().is_empty();
        if !first_on_line {
            // Behind the dash of a list: the next one takes its place.
            let end = ranges.get(index + 1).map_or(range.end, |next| next.start);
            return Patch::new(range.start..end, "");
        }
        let end = self.line_end(range.end);
        let rest = self.text().get(end..).unwrap_or_default();
        let line_break = if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
        if line_break == 0 && start > 0 {
            // The last line of a text that does not end with a line break.
            let before = self.text().get(..start).unwrap_or_default();
            return Patch::new(before.trim_end_matches(['\n', '\r']).len()..end, "");
        }
        Patch::new(start..end + line_break, "")
    }
}

/// Neighbours that are removed together.
struct Batch<'p> {
    parent: &'p [Step],
    found: Vec<(usize, &'p Vec<Step>)>,
    patches: Vec<Patch>,
}

/// Drops batches that write where another one does, but never all.
fn keep_disjoint(batches: &mut Vec<Batch<'_>>) {
    batches.sort_unstable_by_key(|b| b.patches.first().map_or(usize::MAX, |p| p.range.start));
    let mut all: Vec<(Range<usize>, usize)> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        all.extend(batch.patches.iter().map(|p| (p.range.clone(), at)));
    }
    all.sort_unstable_by_key(|(range, _)| (range.start, range.end));
    let mut end = 0;
    let mut late: HashSet<usize> = HashSet::new();
    for (range, at) in all {
        if range.start < end {
            late.insert(at);
        } else {
            end = range.end;
        }
    }
    if late.len() == batches.len() {
        late.remove(&0);
    }
    let mut at = 0;
    batches.retain(|_| {
        at += 1;
        !late.contains(&(at - 1))
    });
}

/// A path as it is called when entries of lists on its way were removed.
fn shifted(path: &[Step], removed: &HashMap<&[Step], Vec<usize>>) -> Vec<Step> {
    let step = |(at, step): (usize, &Step)| match step {
        Step::Index(index) => {
            let gone = removed.get(&path[..at]).map_or(0, |gone| gone.iter().filter(|g| *g < index).count());
            Step::Index(index - gone)
        }
        Step::Key(_) => step.clone(),
    };
    path.iter().enumerate().map(step).collect()
}

fn position(parent: &Yaml, step: &Step) -> Option<usize> {
    match step {
        Step::Key(key) => parent.entries().iter().position(|e| e.key.text == *key),
        Step::Index(index) => (*index < parent.items().len()).then_some(*index),
    }
}

fn is_flow(y: &Yaml) -> bool {
    matches!(y.kind, Kind::Map { flow: true, .. } | Kind::Seq { flow: true, .. })
}
