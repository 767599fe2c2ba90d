//! What else changes when a node comes between two others, or goes from between them.

use std::collections::{HashMap, HashSet};

use super::EditError;
use super::connect::Connections;
use super::editor::Editor;
use crate::model::{Edge, EdgeKind, Flow, NodeId};

/// Connections that would close the gaps when some nodes go: from what came before them to what came behind them, where
/// such a connection means something. Calls and dead letters are no way that messages go on.
pub fn reconnections(flow: &Flow, gone: &[NodeId]) -> Vec<Edge> {
    let gone: HashSet<&str> = gone.iter().map(String::as_str).collect();
    let goes_on = |edge: &Edge| !matches!(edge.kind, EdgeKind::Call | EdgeKind::DeadLetter);
    let edges: Vec<Edge> = flow.edges().into_iter().filter(goes_on).collect();
    let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
    for edge in &edges {
        next.entry(&edge.from).or_default().push(&edge.to);
    }
    let connections = Connections::of(flow);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let entries = edges.iter().filter(|edge| !gone.contains(edge.from.as_str()) && gone.contains(edge.to.as_str()));
    for Edge { from, to, .. } in entries {
        let mut ways = vec![to.as_str()];
        let mut visited = HashSet::new();
        while let Some(at) = ways.pop() {
            if !visited.insert(at) {
                continue;
            }
            if gone.contains(at) {
                ways.extend(next.get(at).into_iter().flatten().rev());
                continue;
            }
            match connections.can(from, at) {
                Ok(kind) if kind != EdgeKind::DeadLetter && seen.insert((from.as_str(), at)) => {
                    found.push(Edge { from: from.clone(), to: at.to_owned(), kind });
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether a node may come between the two ends of an edge so that messages still take the same way through it.
///
/// # Errors
/// A sentence why not.
pub fn can_splice(flow: &Flow, edge: &Edge, node: &str) -> Result<(), String> {
    let connections = Connections::of(flow);
    let first = connections.can(&edge.from, node)?;
    let second = connections.can(node, &edge.to)?;
    // Given-up messages go another way than the others.
    let same = |kind| (kind == EdgeKind::DeadLetter) == (edge.kind == EdgeKind::DeadLetter);
    if same(first) && (edge.kind == EdgeKind::DeadLetter || same(second)) {
        return Ok(());
    }
    Err(format!("`{node}` between `{}` and `{}` would get dead letters only", edge.from, edge.to))
}

impl Editor<'_> {
    /// Puts a node between the ends of an edge. What the edge says besides its ends stays where it is written.
    pub(super) fn splice(&mut self, edge: &Edge, node: &str) -> Result<(), EditError> {
        let flow = self.flow()?;
        can_splice(&flow, edge, node).map_err(EditError)?;
        let places = self.places_of(&edge.from, &edge.to, edge.kind)?;
        let Some(place) = places.first() else {
            return Err(EditError(format!("`{}` and `{}` are not connected in this way", edge.from, edge.to)));
        };
        let key = match edge.kind {
            EdgeKind::Publish | EdgeKind::Route => Some("to"),
            EdgeKind::Subscribe => Some("from"),
            EdgeKind::Call => Some("service"),
            EdgeKind::DeadLetter | EdgeKind::Project => None,
        };
        let place = match key {
            Some(key) => place.clone().key(key),
            None => place.clone(),
        };
        self.set(&place, &node.into())?;
        let (from, to) = match edge.kind {
            // The subscription is written at its end: the beginning is what is missing.
            EdgeKind::Subscribe => (edge.from.as_str(), node),
            _ => (node, edge.to.as_str()),
        };
        self.connect(&[super::Edit::Connect { from: from.to_owned(), to: to.to_owned() }])
    }
}
