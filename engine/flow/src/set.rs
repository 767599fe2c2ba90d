//! Values set by path (`payment.instances: 8`): where they lead, and putting them into a tree.

use crate::path::{self, Path, Step};
use crate::suggest;
use crate::text::ValueError;
use crate::tree::{Entry, Key, Kind, Yaml};

/// Sections whose parts may be set when the first word is no node.
const SECTIONS: [&str; 3] = ["nodes", "brokers", "events"];

/// The place that a written path means: below a node when it begins with a node's name, else below a section.
pub(crate) fn target(tree: &Yaml, text: &str) -> Result<Path, ValueError> {
    let words = path::words(text).ok_or_else(|| {
        ValueError::new(
            format!("`{}` is not a path", crate::read::shown(text)),
            "write words with dots, such as `payment.instances`",
        )
    })?;
    let first = words.first().map_or("", String::as_str);
    let is_node = tree.get("nodes").is_some_and(|nodes| nodes.get(first).is_some());
    let full: Vec<String> = if is_node {
        std::iter::once("nodes".to_owned()).chain(words).collect()
    } else if SECTIONS.contains(&first) {
        words
    } else {
        let nodes = tree.get("nodes").map_or(&[][..], Yaml::entries);
        let known: Vec<&str> = nodes.iter().map(|e| e.key.text.as_str()).collect();
        return Err(ValueError::new(
            format!("there is no node `{}`", crate::read::shown(first)),
            suggest::sentence(first, &known),
        ));
    };
    let path = path::fit(tree, &full);
    if path.0.len() < 3 {
        return Err(ValueError::new(
            format!("`{}` names no setting", crate::read::shown(text)),
            "write the setting behind the name, such as `payment.instances`",
        ));
    }
    let owner = Path(path.0[..2].to_vec());
    if tree.at(&owner).is_none() {
        return Err(ValueError::new(format!("there is no `{owner}`"), "set what the document has"));
    }
    Ok(path)
}

/// Puts a value at a path; maps on the way are made where they are missing.
pub(crate) fn put(tree: &mut Yaml, path: &Path, value: Yaml) -> Result<(), ValueError> {
    let Some((last, way)) = path.0.split_last() else { return Ok(()) };
    let mut at = tree;
    for step in way {
        at = child(at, step)?;
    }
    *child(at, last)? = value;
    Ok(())
}

fn child<'y>(at: &'y mut Yaml, step: &Step) -> Result<&'y mut Yaml, ValueError> {
    let span = at.span.clone();
    match (&mut at.kind, step) {
        (Kind::Map { entries, .. }, Step::Key(key)) => {
            let position = entries.iter().position(|e| e.key.text == *key).unwrap_or_else(|| {
                let value = Yaml { span: span.clone(), kind: empty_map(), aliased: false };
                entries.push(Entry { key: Key { text: key.clone(), span }, value });
                entries.len() - 1
            });
            Ok(&mut entries[position].value)
        }
        (Kind::Seq { items, .. }, Step::Index(index)) => {
            let length = items.len();
            items.get_mut(*index).ok_or_else(|| {
                ValueError::new(
                    format!("there is no list entry {index}"),
                    format!("entries are counted from 0; the list has {length}"),
                )
            })
        }
        (Kind::Seq { .. }, Step::Key(key)) => {
            Err(ValueError::new(format!("`{key}` is asked of a list"), "write the number of the entry, counted from 0"))
        }
        (Kind::Scalar(scalar), Step::Key(key)) => Err(ValueError::new(
            format!("`{key}` is asked of `{}`, which is a single value", crate::read::shown(&scalar.text)),
            "set the value as a whole",
        )),
        (_, Step::Index(index)) => {
            Err(ValueError::new(format!("entry {index} is asked of something that is no list"), "look at the path"))
        }
    }
}

fn empty_map() -> Kind {
    Kind::Map { entries: Vec::new(), flow: true }
}

/// Takes the places out of a tree that was parsed from another text.
pub(crate) fn unplaced(mut value: Yaml) -> Yaml {
    value.span = 0..0;
    match &mut value.kind {
        Kind::Scalar(_) => {}
        Kind::Seq { items, .. } => {
            for item in items {
                *item = unplaced(std::mem::replace(item, Yaml { span: 0..0, kind: empty_map(), aliased: false }));
            }
        }
        Kind::Map { entries, .. } => {
            for entry in entries {
                entry.key.span = 0..0;
                let hole = Yaml { span: 0..0, kind: empty_map(), aliased: false };
                entry.value = unplaced(std::mem::replace(&mut entry.value, hole));
            }
        }
    }
    value
}
