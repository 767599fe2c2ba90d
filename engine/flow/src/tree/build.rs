//! From events to the tree, within the budget.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::source::CharMap;
use super::{Entry, Key, Kind, Scalar, Yaml};
use crate::limits::{MAX_ALIASES, MAX_BYTES, MAX_DEPTH, MAX_PROBLEMS, MAX_TREE_NODES};

/// Why there is no tree, or not all of it: a place, a code, a sentence and what to do.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) place: Range<usize>,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Fault {
    fn new(place: Range<usize>, code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Fault { place, code, message: message.into(), help: Some(help.into()) }
    }
}

#[cfg(test)]
thread_local! {
    static PARSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many texts this thread has parsed.
#[cfg(test)]
pub(crate) fn parses() -> usize {
    PARSES.with(std::cell::Cell::get)
}

/// Reads a text into a tree. Faults that leave a tree (duplicate keys, tags) come with it; others end it.
pub(crate) fn parse(text: &str) -> (Option<Yaml>, Vec<Fault>) {
    #[cfg(test)]
    PARSES.with(|count| count.set(count.get() + 1));
    if let Err(fault) = check_text(text) {
        return (None, vec![fault]);
    }
    let mut builder = Builder {
        text,
        chars: CharMap::new(text),
        stack: Vec::new(),
        anchors: HashMap::new(),
        faults: Vec::new(),
        nodes: 0,
        aliases: 0,
        root: None,
    };
    if let Err(fault) = builder.run() {
        builder.faults.push(fault);
        return (None, builder.faults);
    }
    (builder.root, builder.faults)
}

/// What is not text at all is told apart before YAML's own errors make a riddle of it.
fn check_text(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_BYTES {
        let megabytes = text.len() / (1024 * 1024);
        return Err(Fault::new(
            0..0,
            "too-large",
            format!("the file has {megabytes} MiB, more than the 10 MiB that a flow may have"),
            "split it into several flows",
        ));
    }
    let control = text.char_indices().find(|(_, c)| c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t'));
    match control {
        Some((at, '\0')) => Err(Fault::new(
            at..at + 1,
            "not-text",
            "there is a NUL byte: this is not a text file",
            "a flow is a UTF-8 text file in YAML",
        )),
        Some((at, c)) => Err(Fault::new(
            at..at + 1,
            "not-text",
            format!("there is a control character (U+{:04X}) that YAML does not allow", c as u32),
            "remove it, or write it as an escape in double quotes",
        )),
        None => Ok(()),
    }
}

/// A map or list that is not finished.
struct Open {
    start: usize,
    anchor: usize,
    flow: bool,
    end: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Yaml>),
    Map { entries: Vec<Entry>, seen: HashMap<String, usize>, key: Option<Key> },
}

struct Builder<'t> {
    text: &'t str,
    chars: CharMap<'t>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Yaml>,
    faults: Vec<Fault>,
    nodes: usize,
    aliases: usize,
    root: Option<Yaml>,
}

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        let mut parser = Parser::new_from_str(self.text);
        let mut documents = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(|error| self.scan_fault(&error))?;
            let place = self.range(span);
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(Fault::new(
                            place,
                            "several-documents",
                            "a second document begins here",
                            "a flow file holds one document: remove the `---`, or make two files",
                        ));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_tag(tag.is_some(), &place);
                    let plain = matches!(style, ScalarStyle::Plain);
                    let kind = Kind::Scalar(Scalar { text: text.into_owned(), plain });
                    let span = match style {
                        ScalarStyle::SingleQuoted => self.quoted(place, '\''),
                        ScalarStyle::DoubleQuoted => self.quoted(place, '"'),
                        _ => place,
                    };
                    self.add(Yaml { span, kind, aliased: false }, anchor)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_tag(tag.is_some(), &place);
                    self.open(place, anchor, Content::Seq(Vec::new()), '[')?;
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_tag(tag.is_some(), &place);
                    let content = Content::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                    self.open(place, anchor, content, '{')?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(place.start)?,
                Event::Alias(anchor) => self.alias(anchor, place)?,
            }
        }
        Ok(())
    }

    fn range(&self, span: saphyr_parser::Span) -> Range<usize> {
        let start = self.chars.byte(span.start.index());
        start..self.chars.byte(span.end.index()).max(start)
    }

    /// The scanner lets quoted scalars end behind the blanks and comments that follow them: cut at the closing quote.
    fn quoted(&self, place: Range<usize>, quote: char) -> Range<usize> {
        let written = self.text.get(place.clone()).unwrap_or("");
        let mut chars = written.char_indices().skip_while(|(_, c)| *c != quote).skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            let doubled = quote == '\'' && c == quote && chars.peek().is_some_and(|(_, next)| *next == quote);
            if doubled || (quote == '"' && c == '\\') {
                chars.next();
            } else if c == quote {
                return place.start..place.start + i + 1;
            }
        }
        place
    }

    fn refuse_tag(&mut self, tagged: bool, place: &Range<usize>) {
        if tagged {
            self.faults.push(Fault::new(
                place.clone(),
                "tag",
                "tags (`!…`) are not used in flow documents",
                "remove the tag; quotes make a text of a value",
            ));
        }
    }

    fn count(&mut self, more: usize, place: &Range<usize>) -> Result<(), Fault> {
        self.nodes += more;
        if self.nodes <= MAX_TREE_NODES {
            return Ok(());
        }
        Err(Fault::new(
            place.clone(),
            "too-large",
            "the document has more than a million values (copies made by aliases included)",
            "split it into several flows",
        ))
    }

    fn open(&mut self, place: Range<usize>, anchor: usize, content: Content, bracket: char) -> Result<(), Fault> {
        self.count(1, &place)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(Fault::new(
                place,
                "too-deep",
                format!("maps and lists are nested more than {MAX_DEPTH} deep"),
                "no part of a flow needs that: take the nesting apart",
            ));
        }
        let flow = self.text.get(place.clone()).is_some_and(|t| t.trim_end().ends_with(bracket));
        self.stack.push(Open { start: place.start, anchor, flow, end: place.end, content });
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), Fault> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let end = if open.flow { at + 1 } else { open.end };
        let kind = match open.content {
            Content::Seq(items) => Kind::Seq { items, flow: open.flow },
            Content::Map { entries, .. } => Kind::Map { entries, flow: open.flow },
        };
        self.place_value(Yaml { span: open.start..end.max(open.start), kind, aliased: false }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, place: Range<usize>) -> Result<(), Fault> {
        self.aliases += 1;
        if self.aliases > MAX_ALIASES {
            return Err(Fault::new(
                place,
                "too-many-aliases",
                format!("there are more than {MAX_ALIASES} aliases (`*name`)"),
                "write the values out",
            ));
        }
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Fault::new(
                place,
                "alias",
                "this alias stands inside the value that it names",
                "a value cannot hold itself: write it out",
            ));
        };
        let size = size(anchored);
        let (kind, depth) = (anchored.kind.clone(), depth(anchored));
        self.count(size, &place)?;
        if self.stack.len() + depth > MAX_DEPTH {
            return Err(Fault::new(
                place,
                "too-deep",
                format!("with this alias, maps and lists are nested more than {MAX_DEPTH} deep"),
                "write the value out without the nesting",
            ));
        }
        self.place_value(Yaml { span: place, kind, aliased: true }, 0)
    }

    fn add(&mut self, value: Yaml, anchor: usize) -> Result<(), Fault> {
        self.count(1, &value.span)?;
        self.place_value(value, anchor)
    }

    /// Puts a finished value where it belongs: into the open map or list, or as the root.
    fn place_value(&mut self, value: Yaml, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.count(size(&value), &value.span)?;
            self.anchors.insert(anchor, value.clone());
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        open.end = open.end.max(value.span.end);
        match &mut open.content {
            Content::Seq(items) => items.push(value),
            Content::Map { entries, seen, key } => match key.take() {
                None => *key = Some(key_of(value)?),
                Some(key) => {
                    open.end = open.end.max(key.span.end + 1);
                    if let Some(first) = seen.get(&key.text) {
                        // Telling the line of the first costs a pass over the text: not for a million of them.
                        if self.faults.len() < MAX_PROBLEMS {
                            self.faults.push(duplicate(self.text, &key, *first));
                        }
                    } else if key.text == "<<" {
                        self.faults.push(Fault::new(
                            key.span.clone(),
                            "merge-key",
                            "merge keys (`<<`) are not used in flow documents",
                            "write the values out, or use an alias for a whole value",
                        ));
                    } else {
                        seen.insert(key.text.clone(), key.span.start);
                        entries.push(Entry { key, value });
                    }
                }
            },
        }
        Ok(())
    }

    fn scan_fault(&self, error: &ScanError) -> Fault {
        let info = error.info();
        let mut at = self.chars.byte(error.marker().index());
        if info.contains("tab") {
            // The scanner points at what the tab follows.
            at += self.text.get(at..).and_then(|rest| rest.find('\t')).unwrap_or(0);
        }
        let help = if info.contains("tab") {
            "indent with spaces"
        } else if info.contains("anchor") {
            "an alias `*name` needs an anchor `&name` before it"
        } else {
            "look at the indentation, the brackets and the quotes here and just above"
        };
        Fault::new(at..at, "yaml", format!("this is not YAML: {info}"), help)
    }
}

fn key_of(value: Yaml) -> Result<Key, Fault> {
    match value.kind {
        Kind::Scalar(scalar) => Ok(Key { text: scalar.text, span: value.span }),
        _ => Err(Fault::new(value.span, "key", "a key is a map or a list", "keys are plain words")),
    }
}

fn duplicate(text: &str, key: &Key, first: usize) -> Fault {
    let line = 1 + text.get(..first).unwrap_or("").matches('\n').count();
    Fault::new(
        key.span.clone(),
        "duplicate-key",
        format!("`{}` is written twice; the first is on line {line}", crate::read::shown(&key.text)),
        "keep one of the two",
    )
}

fn size(value: &Yaml) -> usize {
    match &value.kind {
        Kind::Scalar(_) => 1,
        Kind::Seq { items, .. } => 1 + items.iter().map(size).sum::<usize>(),
        Kind::Map { entries, .. } => 1 + entries.iter().map(|e| 1 + size(&e.value)).sum::<usize>(),
    }
}

fn depth(value: &Yaml) -> usize {
    match &value.kind {
        Kind::Scalar(_) => 0,
        Kind::Seq { items, .. } => 1 + items.iter().map(depth).max().unwrap_or(0),
        Kind::Map { entries, .. } => 1 + entries.iter().map(|e| depth(&e.value)).max().unwrap_or(0),
    }
}
