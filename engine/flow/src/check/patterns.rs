//! Patterns of routes and filters: whether they can be read, and whether anything that is published can match them.

use std::collections::{HashMap, HashSet};

use super::Check;
use crate::model::{Flow, NodeKind, Pattern};
use crate::path::{Path, Step};
use crate::pattern::{Facts, Matcher, PatternError};
use crate::problem::Severity;
use crate::read::shown;
use crate::tree::Yaml;

/// How many steps from node to node are followed to find what a pattern can match; beyond them nothing is said.
const STEPS: usize = 2_000_000;

/// A pattern and what became of it.
struct Written<'f> {
    /// The exchange, the bus, or the channel that is subscribed to.
    channel: &'f str,
    path: Path,
    /// `None`: no pattern, or one that cannot be read.
    matcher: Option<Matcher>,
    /// Where what it lets through goes on to.
    onward: Vec<&'f str>,
    matched: bool,
}

impl<'f> Check<'f, '_> {
    pub(super) fn patterns(&mut self) {
        let mut written = self.written_patterns();
        if written.iter().all(|entry| entry.matcher.is_none()) {
            return;
        }
        let Some(reached) = follow(self.flow, &mut written) else { return };
        for entry in written.iter().filter(|entry| entry.matcher.is_some() && !entry.matched) {
            let Some(keys) = reached.get(entry.channel).filter(|keys| !keys.is_empty()) else { continue };
            let message = format!("nothing that is published to `{}` can match this", entry.channel);
            let key = match entry.path.0.last() {
                Some(Step::Key(key)) => key.clone(),
                _ => String::new(),
            };
            self.warning(entry.path.clone(), "matches-nothing", message, format!("what comes there: {}", told(keys)))
                .offer_removal(format!("Remove `{key}`: let everything through"), &entry.path);
        }
    }

    /// Everything that lets messages through, with or without a pattern; tells about patterns that are none.
    fn written_patterns(&mut self) -> Vec<Written<'f>> {
        let flow = self.flow;
        let mut written = Vec::new();
        for (id, node) in &flow.nodes {
            let at = Path::of(["nodes", id]);
            match &node.kind {
                NodeKind::Exchange(exchange) => {
                    for (i, route) in exchange.routes.iter().enumerate() {
                        let path = self.item(&at.clone().key("routes"), i).key("pattern");
                        let read = Matcher::of_binding(exchange.exchange_type, route.pattern.as_ref());
                        let matcher = self.read_pattern(&path, route.pattern.as_ref(), read);
                        written.push(Written { channel: id, path, matcher, onward: vec![&route.to], matched: false });
                    }
                }
                NodeKind::Bus(bus) => {
                    for (i, route) in bus.routes.iter().enumerate() {
                        let path = self.item(&at.clone().key("routes"), i).key("pattern");
                        let read = Matcher::of_rule(route.pattern.as_ref());
                        let matcher = self.read_pattern(&path, route.pattern.as_ref(), read);
                        let onward = [&route.to].into_iter().chain(&route.dead_letter).map(String::as_str).collect();
                        written.push(Written { channel: id, path, matcher, onward, matched: false });
                    }
                }
                kind => {
                    for (i, subscription) in kind.subscribes().iter().enumerate() {
                        let path = self.item(&at.clone().key("subscribes"), i).key("filter");
                        let broker = match flow.nodes.get(&subscription.from).map(|node| &node.kind) {
                            Some(NodeKind::Topic(topic)) => topic.broker.as_ref(),
                            Some(NodeKind::Queue(queue)) => queue.broker.as_ref(),
                            _ => continue,
                        };
                        let filter = subscription.filter.as_ref();
                        let read = filter.map_or(Ok(Matcher::Everything), |filter| {
                            Matcher::of_filter(flow.broker_kind(broker), filter)
                        });
                        let matcher = self.read_pattern(&path, filter, read);
                        let onward = match kind {
                            NodeKind::Consumer(consumer) => consumer.dead_letter.iter().map(String::as_str).collect(),
                            _ => Vec::new(),
                        };
                        written.push(Written { channel: &subscription.from, path, matcher, onward, matched: false });
                    }
                }
            }
        }
        written
    }

    fn read_pattern(
        &mut self,
        path: &Path,
        pattern: Option<&Pattern>,
        read: Result<Matcher, PatternError>,
    ) -> Option<Matcher> {
        match read {
            Ok(matcher) => pattern.map(|_| matcher),
            Err(PatternError { message, help, at, path: inner }) => {
                let path = down(self.tree, path.clone(), &inner);
                let place = match self.tree.at(&path) {
                    Some(y) if inner.is_empty() => character(y, at),
                    _ => None,
                };
                let place = place.unwrap_or_else(|| self.tree.place(&path));
                self.reader.problem_at(place, path, Severity::Error, "pattern", message, Some(help));
                None
            }
        }
    }
}

/// The place of one character of a scalar, when it is written as it is read.
fn character(y: &Yaml, at: usize) -> Option<std::ops::Range<usize>> {
    let text = &y.scalar().filter(|_| !y.aliased)?.text;
    let quotes = y.span.len().checked_sub(text.len())?;
    let first = text.get(at..)?.chars().next()?;
    let start = y.span.start + quotes / 2 + at;
    matches!(quotes, 0 | 2).then_some(start..start + first.len_utf8())
}

/// Words of a pattern as steps of the document.
fn down(tree: &Yaml, mut path: Path, words: &[String]) -> Path {
    for word in words {
        let is_list = tree.at(&path).is_some_and(|y| !y.items().is_empty());
        match word.parse() {
            Ok(index) if is_list => path.0.push(Step::Index(index)),
            _ => path.0.push(Step::Key(word.clone())),
        }
    }
    path
}

/// Lets everything that is published go its ways and marks the patterns that let any of it through. By channel: what
/// came there. `None` when that cannot be told: a store's changes go there too, or it would take too long.
fn follow<'f>(flow: &'f Flow, written: &mut [Written<'f>]) -> Option<HashMap<&'f str, Vec<&'f str>>> {
    let mut by_channel: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in written.iter().enumerate() {
        by_channel.entry(entry.channel).or_default().push(index);
    }
    let projects = |kind: &NodeKind| matches!(kind, NodeKind::Store(store) if !store.projects_to.is_empty());
    if flow.nodes.values().any(|node| projects(&node.kind)) {
        return None;
    }
    let mut reached: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut steps = 0;
    for (id, node) in &flow.nodes {
        for publish in node.kind.publishes() {
            let facts = Facts::of(id, publish);
            let mut seen = HashSet::new();
            let mut next = vec![publish.to.as_str()];
            while let Some(channel) = next.pop() {
                if !seen.insert(channel) {
                    continue;
                }
                steps += 1;
                reached.entry(channel).or_default().push(facts.key());
                if let Some(NodeKind::Queue(queue)) = flow.nodes.get(channel).map(|node| &node.kind) {
                    next.extend(queue.dead_letter.as_deref());
                }
                for &index in by_channel.get(channel).map_or(&[][..], Vec::as_slice) {
                    steps += 1;
                    let entry = &mut written[index];
                    if entry.matcher.as_ref().is_none_or(|matcher| matcher.matches(&facts)) {
                        entry.matched = true;
                        next.extend(&entry.onward);
                    }
                }
                if steps > STEPS {
                    return None;
                }
            }
        }
    }
    Some(reached)
}

/// Some of the keys, for telling people.
fn told(keys: &[&str]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let name = if key.is_empty() { "events without a type or key".to_owned() } else { format!("`{}`", shown(key)) };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let text = names.join(", ");
    if more > 0 {
        return format!("{text} and {more} more");
    }
    text
}
