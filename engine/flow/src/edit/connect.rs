//! Connecting nodes: which connections have a meaning, and writing them down.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::editor::Editor;
use super::nodes::free;
use super::{Edit, EditError};
use crate::check::with_article;
use crate::model::{Edge, EdgeKind, Flow, NodeId, NodeKind};
use crate::path::Path;
use crate::read::shown;
use crate::tree::Yaml;

/// What a connection between two nodes would mean.
///
/// # Errors
/// A sentence why there can be none.
pub fn can_connect(flow: &Flow, from: &str, to: &str) -> Result<EdgeKind, String> {
    Connections::of(flow).can(from, to)
}

/// The connections of a flow, looked at once, for those who ask about many.
#[derive(Debug, Clone)]
pub struct Connections<'f> {
    flow: Cow<'f, Flow>,
    made: HashSet<Edge>,
    /// Queues that give their messages up to some channel.
    gives_up: HashMap<NodeId, NodeId>,
}

impl<'f> Connections<'f> {
    /// Those of a flow as it is.
    pub fn of(flow: &'f Flow) -> Self {
        Self::new(Cow::Borrowed(flow))
    }

    fn new(flow: Cow<'f, Flow>) -> Self {
        let made: HashSet<Edge> = flow.edges().into_iter().collect();
        let queue = |edge: &&Edge| {
            edge.kind == EdgeKind::DeadLetter && flow.nodes.get(&edge.from).is_some_and(|n| n.kind.is_channel())
        };
        let gives_up = made.iter().filter(queue).map(|edge| (edge.from.clone(), edge.to.clone())).collect();
        Connections { flow, made, gives_up }
    }

    /// What a connection between two nodes would mean.
    ///
    /// # Errors
    /// A sentence why there can be none.
    pub fn can(&self, from: &str, to: &str) -> Result<EdgeKind, String> {
        let node = |id: &str| self.flow.nodes.get(id).ok_or_else(|| format!("there is no node `{}`", shown(id)));
        let (source, target) = (&node(from)?.kind, &node(to)?.kind);
        if from == to {
            return Err(format!("`{from}` cannot be connected to itself"));
        }
        let kind = meaning(from, source, to, target)?;
        if self.made.contains(&Edge { from: from.to_owned(), to: to.to_owned(), kind }) {
            return Err(format!("`{from}` is connected to `{to}` already"));
        }
        match (source, self.gives_up.get(from)) {
            (NodeKind::Queue(_), Some(other)) if kind == EdgeKind::DeadLetter => {
                Err(format!("`{from}` gives its messages up to `{other}` already; remove that edge first"))
            }
            _ => Ok(kind),
        }
    }

    /// Takes in that a connection was made.
    fn make(&mut self, from: &str, to: &str) -> Result<EdgeKind, String> {
        let kind = self.can(from, to)?;
        if kind == EdgeKind::DeadLetter {
            self.gives_up.insert(from.to_owned(), to.to_owned());
        }
        self.made.insert(Edge { from: from.to_owned(), to: to.to_owned(), kind });
        Ok(kind)
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

/// The name that a group gets which subscribes to a channel beside others: without one it would be the handler's, and a
/// handler that is renamed would begin to read anew.
fn group_name(flow: &Flow, channel: &str, handler: &str) -> Option<String> {
    match flow.nodes.get(channel).map(|n| &n.kind) {
        Some(NodeKind::Topic(_)) => Some(free(handler, |name| flow.groups(channel).iter().any(|g| g == name))),
        _ => None,
    }
}

impl Editor<'_> {
    /// Makes the connections of edits that are all [`Edit::Connect`].
    pub(super) fn connect(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        let mut connections = Connections::new(self.flow()?);
        let at = |id: &str, key: &str| Path::of(["nodes", id, key]);
        for edit in edits {
            let Edit::Connect { from, to } = edit else { continue };
            let kind = connections.make(from, to).map_err(EditError)?;
            let flow = &connections.flow;
            match kind {
                EdgeKind::Publish => {
                    let mut entry = json!({ "to": to });
                    if let (Some(event), Some(map)) = (usual_event(flow, to), entry.as_object_mut()) {
                        map.insert("event".to_owned(), event.into());
                    }
                    self.add(&at(from, "publishes"), &entry)?;
                }
                EdgeKind::Subscribe => {
                    let mut entry = json!({ "from": from });
                    if let (Some(group), Some(map)) = (group_name(flow, from, to), entry.as_object_mut()) {
                        map.insert("group".to_owned(), group.into());
                    }
                    self.add(&at(to, "subscribes"), &entry)?;
                }
                EdgeKind::Call if matches!(flow.nodes.get(from).map(|n| &n.kind), Some(NodeKind::Workflow(_))) => {
                    self.add(&at(from, "steps"), &json!({ "name": to, "service": to }))?;
                }
                EdgeKind::Call => self.add(&at(from, "calls"), &json!({ "service": to }))?,
                EdgeKind::Route => self.add(&at(from, "routes"), &json!({ "to": to }))?,
                EdgeKind::DeadLetter => self.set(&at(from, "dead_letter"), &to.as_str().into())?,
                EdgeKind::Project => self.add(&at(from, "projects_to"), &to.as_str().into())?,
            }
        }
        Ok(())
    }

    /// Appends to a list, which is made when it is missing.
    fn add(&mut self, list: &Path, value: &Value) -> Result<(), EditError> {
        self.settle(&list.clone().index(0))?;
        self.settle(list)?;
        match self.found(list)? {
            Some(y) if y.is_null() => self.replace(list, &Value::Array(vec![value.clone()])),
            Some(_) => self.append(list, value),
            None => self.set(list, &Value::Array(vec![value.clone()])),
        }
    }

    /// Takes the edges away of edits that are all [`Edit::Disconnect`].
    pub(super) fn disconnect(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        self.flush()?;
        let mut gone = Vec::new();
        let mut seen = HashSet::new();
        for edit in edits {
            let Edit::Disconnect { from, to, kind } = edit else { continue };
            let paths = self.places_of(from, to, *kind)?;
            if paths.is_empty() || !seen.insert((from, to, kind)) {
                return Err(EditError(format!("`{from}` and `{to}` are not connected in this way")));
            }
            gone.extend(paths);
        }
        self.unset_all(gone)
    }

    /// What is written down of an edge.
    pub(super) fn places_of(&self, from: &str, to: &str, kind: EdgeKind) -> Result<Vec<Path>, EditError> {
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
        Ok(gone)
    }
}
