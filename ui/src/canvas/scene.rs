//! What the canvas draws of a flow: boxes, lines, frames. Pure; made anew after each edit.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use thalweg_flow::{BrokerRef, EdgeKind, Flow, NodeId, NodeKind, Problem, Severity};

use super::{facts::facts, frames::frames};
use crate::state::Rect;

/// A flow as it is drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scene {
    /// Boxes in document order.
    pub(crate) nodes: IndexMap<NodeId, SceneNode>,
    /// Lines; parallel ones of the same meaning are one.
    pub(crate) edges: Vec<EdgeKey>,
    /// Channels by the declared broker that owns them: name, kind, channels.
    pub(crate) brokers: Vec<(String, &'static str, Vec<NodeId>)>,
}

/// A line by what makes it one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EdgeKey {
    /// Where messages come from.
    pub(crate) from: NodeId,
    /// Where they go.
    pub(crate) to: NodeId,
    /// What it means.
    pub(crate) kind: EdgeKind,
}

/// A box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SceneNode {
    /// The node's name in the document.
    pub(crate) id: NodeId,
    /// What is written on it.
    pub(crate) title: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// What colours it.
    pub(crate) hue: Hue,
    /// A few words about its settings.
    pub(crate) facts: String,
    /// Left, top, width, height in canvas units.
    pub(crate) rect: Rect,
    /// How many errors and warnings it has.
    pub(crate) problems: (usize, usize),
}

/// What a box's colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hue {
    /// Produces.
    Producer,
    /// Carries.
    Channel,
    /// Handles.
    Consumer,
    /// Is called.
    Service,
    /// Keeps.
    Store,
    /// Holds what was given up.
    Dead,
}

/// Height of a box.
pub(crate) const NODE_HEIGHT: f64 = 54.0;
/// Height of a box with a line of figures.
pub(crate) const NODE_HEIGHT_FIGURES: f64 = 72.0;
/// Facts that need more are cut; the tip shows them whole.
const FACTS_WIDTH: f64 = 165.0;
const NODE_WIDTHS: std::ops::RangeInclusive<f64> = 150.0..=214.0;

impl Hue {
    /// All of them, in their order.
    pub(crate) const ALL: [Hue; 6] = [Hue::Producer, Hue::Channel, Hue::Consumer, Hue::Service, Hue::Store, Hue::Dead];

    /// The token that holds the colour.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Hue::Producer => "--producer",
            Hue::Channel => "--channel",
            Hue::Consumer => "--consumer",
            Hue::Service => "--service",
            Hue::Store => "--store",
            Hue::Dead => "--dead",
        }
    }

    /// The class that colours it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Hue::Producer => "hue-producer",
            Hue::Channel => "hue-channel",
            Hue::Consumer => "hue-consumer",
            Hue::Service => "hue-service",
            Hue::Store => "hue-store",
            Hue::Dead => "hue-dead",
        }
    }

    /// The colour of a node kind.
    pub(crate) fn of_kind(kind: &str) -> Hue {
        match kind {
            "producer" => Hue::Producer,
            "topic" | "queue" | "exchange" | "bus" => Hue::Channel,
            "service" => Hue::Service,
            "store" => Hue::Store,
            _ => Hue::Consumer,
        }
    }
}

impl Scene {
    /// A flow at given positions, with its problems.
    pub(crate) fn new(flow: &Flow, positions: &IndexMap<NodeId, [f64; 2]>, problems: &[Problem]) -> Scene {
        let mut seen = HashSet::new();
        let edges: Vec<EdgeKey> = flow
            .edges()
            .into_iter()
            .filter(|e| flow.nodes.contains_key(&e.from) && flow.nodes.contains_key(&e.to))
            .map(|e| EdgeKey { from: e.from, to: e.to, kind: e.kind })
            .filter(|e| seen.insert(e.clone()))
            .collect();
        let dead: HashSet<&str> =
            edges.iter().filter(|e| e.kind == EdgeKind::DeadLetter).map(|e| e.to.as_str()).collect();
        let counts = problem_counts(problems);
        let nodes = flow.nodes.iter().map(|(id, node)| {
            let title = node.title.clone().unwrap_or_else(|| id.clone());
            let kind = node.kind.name();
            let is_dead = dead.contains(id.as_str());
            let [x, y] = positions.get(id).copied().unwrap_or_default();
            let facts = facts(node, is_dead);
            let scene = SceneNode {
                rect: Rect { x, y, width: width(&title, kind, &facts), height: NODE_HEIGHT },
                id: id.clone(),
                kind,
                hue: if is_dead { Hue::Dead } else { Hue::of_kind(kind) },
                facts,
                problems: counts.get(id.as_str()).copied().unwrap_or_default(),
                title,
            };
            (id.clone(), scene)
        });
        Scene { nodes: nodes.collect(), edges, brokers: brokers(flow) }
    }

    /// Dashed frames around the channels of each broker: label and rectangle.
    pub(crate) fn frames(&self, rect: impl Fn(&SceneNode) -> Rect) -> Vec<(String, Rect)> {
        let all: Vec<(&str, Rect)> = self.nodes.values().map(|node| (node.id.as_str(), rect(node))).collect();
        let mut result = Vec::new();
        for (name, kind, members) in &self.brokers {
            let label = if name == kind { name.clone() } else { format!("{name} · {kind}") };
            result.extend(frames(&all, members).into_iter().map(|rect| (label.clone(), rect)));
        }
        result
    }

    /// The rectangle around everything.
    pub(crate) fn bounds(&self) -> Option<Rect> {
        self.nodes.values().map(|node| node.rect).reduce(Rect::union)
    }

    /// The topmost box at a point.
    pub(crate) fn node_at(&self, [x, y]: [f64; 2], slack: f64) -> Option<&SceneNode> {
        let point = Rect { x, y, width: 0.0, height: 0.0 };
        self.nodes.values().rev().find(|node| node.rect.grown(slack).touches(point))
    }
}

/// Room for the title beside the kind (13 px semibold, 10 px), and for the facts below (10.5 px); measured on Inter's
/// average advance, with some slack for hinted text.
fn width(title: &str, kind: &str, facts: &str) -> f64 {
    let chars = |text: &str| text.chars().count() as f64;
    let head = chars(title) * 8.0 + chars(kind) * 5.6 + 10.0;
    (head.max((chars(facts) * 5.6).min(FACTS_WIDTH)) + 25.0).clamp(*NODE_WIDTHS.start(), *NODE_WIDTHS.end()).ceil()
}

/// Errors and warnings by the node that their path names.
fn problem_counts(problems: &[Problem]) -> HashMap<&str, (usize, usize)> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for problem in problems {
        if let Some(id) = node_of_path(&problem.path) {
            let entry = counts.entry(id).or_default();
            match problem.severity {
                Severity::Error => entry.0 += 1,
                Severity::Warning => entry.1 += 1,
            }
        }
    }
    counts
}

/// The node that a path of a problem lies in.
pub(crate) fn node_of_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("nodes.")?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split('.').next(),
    }
}

fn brokers(flow: &Flow) -> Vec<(String, &'static str, Vec<NodeId>)> {
    let owner = |kind: &NodeKind| match kind {
        NodeKind::Topic(n) => n.broker.clone(),
        NodeKind::Queue(n) => n.broker.clone(),
        NodeKind::Exchange(n) => n.broker.clone(),
        NodeKind::Bus(n) => n.broker.clone(),
        _ => None,
    };
    let mut result: IndexMap<String, (&'static str, Vec<NodeId>)> = IndexMap::new();
    for (id, node) in &flow.nodes {
        if let Some(broker) = owner(&node.kind) {
            let kind = flow.broker_kind(Some(&broker)).name();
            let name = match broker {
                BrokerRef::Declared(name) => name,
                BrokerRef::Kind(_) => kind.to_owned(),
            };
            result.entry(name).or_insert_with(|| (kind, Vec::new())).1.push(id.clone());
        }
    }
    result.into_iter().map(|(name, (kind, members))| (name, kind, members)).collect()
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    fn scene(text: &str) -> Scene {
        let reading = read(text);
        Scene::new(&reading.flow, &layout::positions(&reading.flow), &reading.problems)
    }

    const FLOW: &str = "
thalweg: 1
name: T
brokers: { log: { kind: kafka } }
nodes:
  shop: { kind: producer, load: { poisson: 10/s }, publishes: [{ to: orders }, { to: orders }] }
  orders: { kind: topic, broker: log, partitions: 3 }
  dlq: { kind: topic, broker: log }
  pay: { kind: consumer, subscribes: [{ from: orders }], dead_letter: dlq, instances: 2 }
  lost: { kind: consumer, subscribes: [{ from: nowhere }] }
";

    #[test]
    fn boxes_and_lines_follow_the_document() {
        let scene = scene(FLOW);
        assert_eq!(scene.nodes.len(), 5);
        let lines: Vec<_> = scene.edges.iter().map(|e| (e.from.as_str(), e.to.as_str(), e.kind)).collect();
        assert_eq!(
            lines,
            [
                ("shop", "orders", EdgeKind::Publish),
                ("pay", "dlq", EdgeKind::DeadLetter),
                ("orders", "pay", EdgeKind::Subscribe),
            ]
        );
        assert_eq!((scene.nodes["dlq"].hue, scene.nodes["orders"].hue), (Hue::Dead, Hue::Channel));
        assert_eq!(scene.nodes["orders"].facts, "3 partitions");
        assert_eq!(scene.nodes["lost"].problems.0, 1);
        assert_eq!(scene.brokers, [("log".to_owned(), "kafka", vec!["orders".to_owned(), "dlq".to_owned()])]);
    }

    #[test]
    fn the_node_of_a_path_may_have_a_quoted_name() {
        assert_eq!(node_of_path("nodes.pay.retry.attempts"), Some("pay"));
        assert_eq!(node_of_path("nodes.\"a.b\".kind"), Some("a.b"));
        assert_eq!(node_of_path("events.x"), None);
    }

    #[test]
    fn the_box_under_a_point_is_found() {
        let scene = scene(FLOW);
        let rect = scene.nodes["pay"].rect;
        assert_eq!(scene.node_at([rect.x + 5.0, rect.y + 5.0], 0.0).map(|n| n.id.as_str()), Some("pay"));
        assert!(scene.node_at([-900.0, -900.0], 10.0).is_none());
    }
}
