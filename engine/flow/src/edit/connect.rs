//! Connecting nodes: which connections have a meaning, and writing them down.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::EditError;
use super::patch::Editor;
use crate::check::with_article;
use crate::model::{Edge, EdgeKind, Flow, NodeKind};
use crate::path::Path;
use crate::read::{Reader, shown};
use crate::tree::{Source, Yaml};

/// What a connection between two nodes would mean.
///
/// # Errors
/// A sentence why there can be none.
pub fn can_connect(flow: &Flow, from: &str, to: &str) -> Result<EdgeKind, String> {
    let node = |id: &str| flow.nodes.get(id).ok_or_else(|| format!("there is no node `{}`", shown(id)));
    let (source, target) = (&node(from)?.kind, &node(to)?.kind);
    if from == to {
        return Err(format!("`{from}` cannot be connected to itself"));
    }
    let kind = meaning(from, source, to, target)?;
    let edge = Edge { from: from.to_owned(), to: to.to_owned(), kind };
    if flow.edges().contains(&edge) {
        return Err(format!("`{from}` is connected to `{to}` already"));
    }
    match source {
        NodeKind::Queue(queue) if kind == EdgeKind::DeadLetter => match &queue.dead_letter {
            Some(other) => Err(format!("`{from}` gives its messages up to `{other}` already; remove that edge first")),
            None => Ok(kind),
        },
        _ => Ok(kind),
    }
}

fn meaning(from: &str, source: &NodeKind, to: &str, target: &NodeKind) -> Result<EdgeKind, String> {
    let publishes = matches!(source, NodeKind::Producer(_)) || handles(source);
    match (source, target) {
        (_, channel) if publishes && channel.is_channel() => Ok(EdgeKind::Publish),
        (NodeKind::Topic(_) | NodeKind::Queue(_), target) if handles(target) => Ok(EdgeKind::Subscribe),
        (NodeKind::Consumer(_) | NodeKind::Workflow(_), NodeKind::Service(_) | NodeKind::Store(_)) => {
            Ok(EdgeKind::Call)
        }
        (NodeKind::Exchange(_), NodeKind::Queue(_) | NodeKind::Topic(_) | NodeKind::Exchange(_)) => Ok(EdgeKind::Route),
        (NodeKind::Bus(_), target) if target.is_channel() || handles(target) => Ok(EdgeKind::Route),
        (NodeKind::Queue(_), target) if target.is_channel() => Ok(EdgeKind::DeadLetter),
        (NodeKind::Store(_), target) if target.is_channel() || matches!(target, NodeKind::Store(_)) => {
            Ok(EdgeKind::Project)
        }
        (_, NodeKind::Producer(_)) => Err(format!("`{to}` is a producer: it takes nothing in")),
        (NodeKind::Service(_), _) => Err(format!(
            "`{from}` is a service: it only answers. Connect the consumer that calls it, from the consumer"
        )),
        (NodeKind::Exchange(_), target) if handles(target) => {
            Err("an exchange keeps nothing: put a queue between it and its consumer".to_owned())
        }
        (NodeKind::Topic(_), target) if target.is_channel() => {
            Err("a topic passes nothing on by itself: put a consumer between the two".to_owned())
        }
        (source, target) if publishes && handles(target) => {
            Err(format!("put a topic or queue between a {} and {}", source.name(), with_article(target.name())))
        }
        (NodeKind::Producer(_), _) => {
            Err("a producer publishes to channels; a consumer can call services and stores".to_owned())
        }
        (NodeKind::Stream(_), _) => {
            Err("a stream publishes to channels; a consumer can call services and stores".to_owned())
        }
        (source, target) => {
            Err(format!("{} has nothing to give to {}", with_article(source.name()), with_article(target.name())))
        }
    }
}

fn handles(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Consumer(_) | NodeKind::Workflow(_) | NodeKind::Stream(_))
}

/// The event type that everybody publishes to a channel, when it is one.
fn usual_event(flow: &Flow, channel: &str) -> Option<String> {
    let all = flow.nodes.values().flat_map(|n| n.kind.publishes()).filter(|p| p.to == channel);
    let events: BTreeSet<&str> = all.filter_map(|p| p.event.as_deref()).collect();
    match events.iter().collect::<Vec<_>>().as_slice() {
        [event] if flow.events.contains_key(**event) => Some((**event).to_owned()),
        [] if flow.events.len() == 1 => flow.events.keys().next().cloned(),
        _ => None,
    }
}

impl Editor {
    /// The flow of the text as it is now.
    fn flow(&self) -> Flow {
        let source = Source::new(self.text());
        let mut reader = Reader::new(&source);
        crate::read::read_tree(&mut reader, self.tree())
    }

    pub(super) fn connect(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        let flow = self.flow();
        let kind = can_connect(&flow, from, to).map_err(EditError)?;
        let at = |id: &str, key: &str| Path::of(["nodes", id, key]);
        match kind {
            EdgeKind::Publish => {
                let mut entry = json!({ "to": to });
                if let (Some(event), Some(map)) = (usual_event(&flow, to), entry.as_object_mut()) {
                    map.insert("event".to_owned(), event.into());
                }
                self.add(&at(from, "publishes"), &entry)
            }
            EdgeKind::Subscribe => self.add(&at(to, "subscribes"), &json!({ "from": from })),
            EdgeKind::Call if matches!(flow.nodes.get(from).map(|n| &n.kind), Some(NodeKind::Workflow(_))) => {
                self.add(&at(from, "steps"), &json!({ "name": to, "service": to }))
            }
            EdgeKind::Call => self.add(&at(from, "calls"), &json!({ "service": to })),
            EdgeKind::Route => self.add(&at(from, "routes"), &json!({ "to": to })),
            EdgeKind::DeadLetter => self.set(&at(from, "dead_letter"), &to.into()),
            EdgeKind::Project => self.add(&at(from, "projects_to"), &to.into()),
        }
    }

    /// Appends to a list, which is made when it is missing.
    fn add(&mut self, list: &Path, value: &Value) -> Result<(), EditError> {
        match self.found(list)? {
            Some(y) if y.is_null() => self.replace(list, &Value::Array(vec![value.clone()])),
            Some(_) => self.append(list, value),
            None => self.set(list, &Value::Array(vec![value.clone()])),
        }
    }

    pub(super) fn disconnect(&mut self, from: &str, to: &str, kind: EdgeKind) -> Result<(), EditError> {
        self.need_node(from)?;
        self.need_node(to)?;
        let (owner, other) = if kind == EdgeKind::Subscribe { (to, from) } else { (from, to) };
        let places: &[(&str, Option<&str>)] = match kind {
            EdgeKind::Publish => &[("publishes", Some("to"))],
            EdgeKind::Subscribe => &[("subscribes", Some("from"))],
            EdgeKind::Call => &[("calls", Some("service")), ("steps", Some("service"))],
            EdgeKind::Route => &[("routes", Some("to"))],
            EdgeKind::DeadLetter => &[("dead_letter", None), ("routes", Some("dead_letter"))],
            EdgeKind::Project => &[("projects_to", None)],
        };
        let named = |y: Option<&Yaml>| y.and_then(Yaml::scalar).is_some_and(|s| s.text == other);
        let mut gone = Vec::new();
        for (place, key) in places {
            let path = Path::of(["nodes", owner, place]);
            let Some(y) = self.tree().at(&path) else { continue };
            if named(Some(y)) {
                gone.push(path.clone());
            }
            for (i, item) in y.items().iter().enumerate() {
                let found = key.map_or(named(Some(item)), |key| named(item.get(key)));
                // A rule of a bus stays when only its dead letters have nowhere to go.
                let item_path = path.clone().index(i);
                match (found, kind, key) {
                    (true, EdgeKind::DeadLetter, Some(key)) => gone.push(item_path.key(key)),
                    (true, ..) => gone.push(item_path),
                    _ => {}
                }
            }
        }
        if gone.is_empty() {
            return Err(EditError(format!("`{from}` and `{to}` are not connected in this way")));
        }
        gone.iter().rev().try_for_each(|path| self.unset(path))
    }
}
