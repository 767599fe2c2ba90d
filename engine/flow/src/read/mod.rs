//! Reading: from text to model, collecting every error with its exact place.
//!
//! [`read`] always gives a flow as far as it could be understood; what was not understood is missing from it and told by
//! a problem. Whether the parts fit together (references, cycles, expectations) is looked at by [`crate::check`], which
//! is part of every reading.

mod channel;
mod contract;
mod distribution;
mod document;
mod fault;
mod fields;
mod handler;
mod load;
mod scenario;
mod source;
mod values;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(crate) use contract::is_name;
pub(crate) use document::NODE_KINDS;
pub(crate) use fault::FAULTS;
pub(crate) use fields::Fields;
pub(crate) use scenario::MAX_REPLICATIONS;

use crate::limits::MAX_PROBLEMS;
use crate::model::Flow;
use crate::path::{Path, Step};
use crate::problem::{Noted, Problem, Severity};
use crate::tree::{self, Entry, Fault, Source, Yaml};

/// What reading a text gave.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The flow as far as it could be read.
    pub flow: Flow,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// Whether the flow cannot be used as it is.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.problems)
    }
}

pub(crate) fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}

/// Reads a flow document and checks it.
pub fn read(text: &str) -> Reading {
    let parsed = parse(text);
    Reading { flow: parsed.flow, problems: parsed.problems }
}

/// Takes the bytes of a file for text, or says why they are none: too large, UTF-16, or not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, Box<Problem>> {
    source::decode(bytes)
}

/// A reading with its tree, for those who go on from there (resolving, editing).
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub(crate) tree: Option<Yaml>,
    pub(crate) flow: Flow,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) fn parse(text: &str) -> Parsed {
    let (tree, faults) = tree::parse(text);
    parse_tree(text, tree, faults)
}

/// Reads a text whose tree is known already.
pub(crate) fn parse_tree(text: &str, tree: Option<Yaml>, faults: Vec<Fault>) -> Parsed {
    let source = Source::new(text);
    let mut reader = Reader::new(&source);
    for fault in faults {
        reader.error(fault.place, fault.code, fault.message, fault.help);
    }
    let flow = tree.as_ref().map(|tree| read_tree(&mut reader, tree)).unwrap_or_default();
    if tree.is_none() && reader.problems.is_empty() {
        let help = Some("begin with `thalweg: 1` and `name:`".to_owned());
        reader.error(0..0, "empty", "the file is empty", help);
    }
    Parsed { flow, problems: reader.finish(), tree }
}

/// Reads a tree that may have been changed since it was parsed, and checks the result.
pub(crate) fn read_tree(reader: &mut Reader<'_>, tree: &Yaml) -> Flow {
    let flow = reader.document(tree);
    crate::check::check(&flow, tree, reader);
    flow
}

/// The flow of a text whose tree is known, without looking whether it fits together.
pub(crate) fn flow_of(text: &str, tree: &Yaml) -> Flow {
    let source = Source::new(text);
    Reader::new(&source).document(tree)
}

/// Reads values and collects problems; knows where it is.
pub(crate) struct Reader<'t> {
    source: &'t Source<'t>,
    path: Path,
    problems: Vec<Problem>,
    is_cut: bool,
    /// Which entries of a list could be read, for lists in which not all could: places are found by position.
    gaps: HashMap<Path, Vec<usize>>,
    /// Names under `brokers:`, whether or not they could be read.
    pub(crate) broker_names: HashSet<String>,
    /// Names under `nodes:`, whether or not they could be read.
    pub(crate) node_names: HashSet<String>,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(source: &'t Source<'t>) -> Self {
        Reader {
            source,
            path: Path::default(),
            problems: Vec::new(),
            is_cut: false,
            gaps: HashMap::new(),
            broker_names: HashSet::new(),
            node_names: HashSet::new(),
        }
    }

    /// The problems in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|p| (p.span.start, p.severity != Severity::Error));
        if self.is_cut {
            self.problems.push(Problem {
                severity: Severity::Error,
                code: "too-many-problems",
                message: format!("there are more problems than these {MAX_PROBLEMS}"),
                span: self.source.span(0..0),
                path: String::new(),
                help: Some("mend the ones above first".to_owned()),
                fixes: Vec::new(),
            });
        }
        self.problems
    }

    /// Whether further problems are not noted, so that costly sentences can be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Notes a problem at a place, under the current path.
    pub(crate) fn problem(
        &mut self,
        severity: Severity,
        place: Range<usize>,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) -> Noted<'_> {
        if self.is_full() {
            self.is_cut = true;
            return Noted(None);
        }
        let span = self.source.span(place);
        let path = self.path.to_string();
        self.problems.push(Problem { severity, code, message, span, path, help, fixes: Vec::new() });
        Noted(self.problems.last_mut())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Notes an error at a place, under the current path.
    pub(crate) fn error(
        &mut self,
        place: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Noted<'_> {
        self.problem(Severity::Error, place, code, message.into(), help)
    }

    /// Notes a problem at a place of a path that is not the current one.
    pub(crate) fn problem_at(
        &mut self,
        place: Range<usize>,
        path: Path,
        severity: Severity,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) -> Noted<'_> {
        let before = std::mem::replace(&mut self.path, path);
        let noted = self.problem(severity, place, code, message, help).0.is_some();
        self.path = before;
        Noted(self.problems.last_mut().filter(|_| noted))
    }

    /// What would be wrong with a node, were it written so. Noted nowhere.
    pub(crate) fn try_node(&self, entry: &Entry) -> Vec<Problem> {
        let mut reader = Reader::new(self.source);
        reader.broker_names.clone_from(&self.broker_names);
        reader.path = Path::of(["nodes", &entry.key.text]);
        reader.node(entry);
        reader.finish()
    }

    /// Remembers which entries of the list at the current path could be read.
    pub(crate) fn note_gaps(&mut self, kept: Vec<usize>) {
        self.gaps.insert(self.path.clone(), kept);
    }

    /// Where the entry of a list that was read as the n-th stands in the text.
    pub(crate) fn written_index(&self, list: &Path, index: usize) -> usize {
        self.gaps.get(list).and_then(|kept| kept.get(index)).copied().unwrap_or(index)
    }

    /// Reads something one step further down.
    pub(crate) fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.0.push(step);
        let value = read(self);
        self.path.0.pop();
        value
    }

    /// The text as written in a place.
    pub(crate) fn written(&self, place: Range<usize>) -> &'t str {
        self.source.text().get(place).unwrap_or("")
    }
}

/// A text of the document as shown in a message: cut when long, control characters escaped.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
