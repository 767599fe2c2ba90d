//! The whole document and its nodes.

use indexmap::IndexMap;

use super::{Reader, shown};
use crate::limits::MAX_FLOW_NODES;
use crate::model::{Comment, Flow, Node, NodeKind};
use crate::tree::{Entry, Kind, Yaml};

/// The words of node kinds.
pub(crate) const NODE_KINDS: [&str; 10] =
    ["producer", "topic", "queue", "exchange", "bus", "consumer", "service", "store", "workflow", "stream"];

/// Largest distance of a node from the canvas' origin, in canvas units.
const FARTHEST: f64 = 10_000_000.0;

/// Largest width or height of a comment, in canvas units.
const LARGEST: f64 = 10_000.0;

impl Reader<'_> {
    /// Reads everything but what only the whole can tell (see [`crate::check`]).
    pub(super) fn document(&mut self, tree: &Yaml) -> Flow {
        let Some(mut f) = self.fields(tree, "a flow document: a map that begins with `thalweg: 1`") else {
            return Flow::default();
        };
        self.broker_names = names(tree, "brokers").collect();
        self.node_names = names(tree, "nodes").collect();
        f.req(self, "thalweg", "1", Self::format_version);
        let flow = Flow {
            name: f.req(self, "name", "NAME", Self::word_of_text).unwrap_or_default(),
            summary: f.opt(self, "summary", Self::text),
            owner: f.opt(self, "owner", Self::word_of_text),
            brokers: f
                .opt(self, "brokers", |r, y| Some(r.named(y, "a map of brokers by name", Self::broker)))
                .unwrap_or_default(),
            events: f
                .opt(self, "events", |r, y| Some(r.named(y, "a map of event types by name", Self::event_type)))
                .unwrap_or_default(),
            nodes: f.opt(self, "nodes", |r, y| Some(r.nodes(y))).unwrap_or_default(),
            layout: f
                .opt(self, "layout", |r, y| Some(r.named(y, "a map of positions by node", |r, e| r.position(&e.value))))
                .unwrap_or_default(),
            comments: f
                .opt(self, "comments", |r, y| Some(r.named(y, "a map of comments by name", Self::comment)))
                .unwrap_or_default(),
            scenarios: f
                .opt(self, "scenarios", |r, y| Some(r.named(y, "a map of scenarios by name", Self::scenario)))
                .unwrap_or_default(),
        };
        f.done(self, "a flow");
        flow
    }

    fn format_version(&mut self, y: &Yaml) -> Option<()> {
        let text = self.text(y)?;
        if text == "1" {
            return Some(());
        }
        let newer = text.split('.').next().and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n > 1);
        let (message, help) = if newer {
            let message = format!("this document is of format version {}; this Thalweg reads version 1", shown(&text));
            (message, "use a newer Thalweg")
        } else {
            (format!("`{}` is not a format version", shown(&text)), "write `thalweg: 1`")
        };
        self.error(y.span.clone(), "format-version", message, Some(help.to_owned()));
        None
    }

    fn nodes(&mut self, y: &Yaml) -> IndexMap<String, Node> {
        if y.entries().len() > MAX_FLOW_NODES {
            let message = format!("there are {} nodes, more than {MAX_FLOW_NODES}", y.entries().len());
            let help = Some("split the flow into several".to_owned());
            self.error(y.span.start..y.span.start, "too-large", message, help);
            return IndexMap::new();
        }
        self.named(y, "a map of nodes by name", Self::node)
    }

    pub(crate) fn node(&mut self, entry: &Entry) -> Option<Node> {
        self.check_name(entry, "node");
        if entry.key.text == "end_to_end" {
            let help = Some("choose another name: expectations use this word for the whole way".to_owned());
            self.error(entry.key.span.clone(), "name", "`end_to_end` cannot name a node", help);
        }
        let mut f = self.fields(&entry.value, "a node: a map with `kind`")?;
        let kind = f.req(self, "kind", "consumer", |r, y| {
            let known = NODE_KINDS.map(|name| (name, name));
            r.one_of(y, "a kind of node", &known)
        })?;
        let title = f.opt(self, "title", Self::text);
        let summary = f.opt(self, "summary", Self::text);
        let owner = f.opt(self, "owner", Self::word_of_text);
        let node_kind = match kind {
            "producer" => NodeKind::Producer(self.producer(&mut f)),
            "topic" => NodeKind::Topic(self.topic(&mut f)),
            "queue" => NodeKind::Queue(self.queue(&mut f)),
            "exchange" => NodeKind::Exchange(self.exchange(&mut f)),
            "bus" => NodeKind::Bus(self.bus(&mut f)),
            "consumer" => NodeKind::Consumer(self.consumer(&mut f)),
            "service" => NodeKind::Service(self.service(&mut f)),
            "store" => NodeKind::Store(self.store(&mut f)),
            "workflow" => NodeKind::Workflow(self.workflow(&mut f)),
            _ => NodeKind::Stream(self.stream(&mut f)),
        };
        let article = if kind == "exchange" { "an" } else { "a" };
        f.done(self, &format!("{article} {kind}"));
        Some(Node { title, summary, owner, kind: node_kind })
    }

    fn comment(&mut self, entry: &Entry) -> Option<Comment> {
        self.check_name(entry, "comment");
        let mut f = self.fields(&entry.value, "a comment: a map with `text` and `at`")?;
        let text = f.req(self, "text", "Why this is so", Self::text);
        let at = f.req(self, "at", "[0, 0]", Self::position);
        let size = f.opt(self, "size", Self::extent);
        let about = f.opt(self, "about", Self::word_of_text);
        f.done(self, "a comment");
        Some(Comment { text: text?, at: at?, size, about })
    }

    fn extent(&mut self, y: &Yaml) -> Option<[f64; 2]> {
        let Kind::Seq { items, .. } = &y.kind else {
            self.expected(y, "a size, written `[WIDTH, HEIGHT]`");
            return None;
        };
        let [width, height] = items.as_slice() else {
            self.expected(y, "a size of two numbers, written `[WIDTH, HEIGHT]`");
            return None;
        };
        let (width, height) = (self.between(width, 1.0, LARGEST), self.between(height, 1.0, LARGEST));
        Some([width?, height?])
    }

    fn position(&mut self, y: &Yaml) -> Option<[f64; 2]> {
        let Kind::Seq { items, .. } = &y.kind else {
            self.expected(y, "a position, written `[LEFT, TOP]`");
            return None;
        };
        let [left, top] = items.as_slice() else {
            self.expected(y, "a position of two numbers, written `[LEFT, TOP]`");
            return None;
        };
        let (left, top) = (self.between(left, -FARTHEST, FARTHEST), self.between(top, -FARTHEST, FARTHEST));
        Some([left?, top?])
    }
}

fn names<'y>(tree: &'y Yaml, section: &str) -> impl Iterator<Item = String> + 'y {
    tree.get(section).into_iter().flat_map(|y| y.entries().iter().map(|e| e.key.text.clone()))
}
