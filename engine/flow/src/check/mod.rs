//! What only the whole can tell: whether names lead somewhere, whether events go round without end, whether scenarios
//! fit the flow. Style and design advice is not here (lint will be).

mod cycles;
mod expectations;
mod patterns;
mod references;
mod scenarios;

pub(crate) use expectations::can_measure;
pub(crate) use scenarios::may_strike;

use crate::model::{Flow, Node, NodeKind};
use crate::path::Path;
use crate::problem::{Noted, Severity};
use crate::read::{Reader, shown};
use crate::suggest;
use crate::tree::Yaml;

/// Checks a flow that was read from `tree`.
pub(crate) fn check(flow: &Flow, tree: &Yaml, reader: &mut Reader<'_>) {
    let mut check = Check { flow, tree, reader };
    check.references();
    check.groups();
    check.layout();
    check.comments();
    check.patterns();
    check.cycles();
    check.scenarios();
}

struct Check<'c, 't> {
    flow: &'c Flow,
    tree: &'c Yaml,
    reader: &'c mut Reader<'t>,
}

/// Kinds of nodes that may stand in a place, and what to say about others.
#[derive(Clone, Copy)]
struct Wanted {
    /// Whether a kind fits.
    fits: fn(&NodeKind) -> bool,
    /// What is wanted, such as "a channel (topic, queue, exchange or bus)".
    what: &'static str,
    /// What to do with one that does not fit.
    help: &'static str,
}

impl Check<'_, '_> {
    fn error(&mut self, path: Path, code: &'static str, message: String, help: impl Into<String>) -> Noted<'_> {
        let place = self.tree.place(&path);
        self.reader.problem_at(place, path, Severity::Error, code, message, Some(help.into()))
    }

    fn warning(&mut self, path: Path, code: &'static str, message: String, help: impl Into<String>) -> Noted<'_> {
        let place = self.tree.place(&path);
        self.reader.problem_at(place, path, Severity::Warning, code, message, Some(help.into()))
    }

    /// An entry of a list, where the text has it.
    fn item(&self, list: &Path, index: usize) -> Path {
        list.clone().index(self.reader.written_index(list, index))
    }

    /// The node of a name. `None` after telling that there is none, or silently when it is written but could not be
    /// read (its own error is told already).
    fn node(&mut self, path: &Path, name: &str) -> Option<&Node> {
        if !self.flow.nodes.contains_key(name) && !self.reader.node_names.contains(name) {
            let flow = self.flow;
            // The name may be a key, or a part of a longer text.
            let is_value = self.tree.at(path).and_then(Yaml::scalar).is_some_and(|s| s.text == name);
            let (help, near) = if self.reader.is_full() {
                (String::new(), None)
            } else {
                let known: Vec<&str> = flow.nodes.keys().map(String::as_str).collect();
                (suggest::sentence(name, &known), suggest::nearest(name, known.iter().copied()))
            };
            self.error(path.clone(), "unknown-node", format!("there is no node `{}`", shown(name)), help).offer_word(
                name,
                near.filter(|_| is_value),
                path,
            );
        }
        self.flow.nodes.get(name)
    }

    /// Checks that a name leads to a node of a wanted kind.
    fn refer(&mut self, path: Path, name: &str, wanted: Wanted) {
        let Some(node) = self.node(&path, name) else { return };
        if (wanted.fits)(&node.kind) {
            return;
        }
        let message = format!("`{name}` is {}, not {}", with_article(node.kind.name()), wanted.what);
        self.error(path, "wrong-kind", message, wanted.help);
    }

    fn comments(&mut self) {
        let flow = self.flow;
        for (name, comment) in &flow.comments {
            if let Some(about) = &comment.about {
                self.node(&Path::of(["comments", name, "about"]), about);
            }
        }
    }

    fn layout(&mut self) {
        let unknown: Vec<String> =
            self.flow.layout.keys().filter(|id| !self.reader.node_names.contains(*id)).cloned().collect();
        for id in unknown {
            let message = format!("`{}` has a position but is no node", shown(&id));
            let path = Path::of(["layout", &id]);
            let place = self.tree.key_place(&path);
            let help = Some("remove the position, or name the node as it is".to_owned());
            self.reader
                .problem_at(place, path.clone(), Severity::Warning, "unknown-node", message, help)
                .offer_removal(format!("Remove the position of `{}`", shown(&id)), &path);
        }
    }
}

pub(crate) fn with_article(kind: &str) -> String {
    if kind.starts_with('e') { format!("an {kind}") } else { format!("a {kind}") }
}
