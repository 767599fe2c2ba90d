//! Events that cause themselves without end.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Check;
use crate::model::{Flow, NodeKind, Publish};
use crate::path::Path;

impl Check<'_, '_> {
    /// A cycle in which every event surely causes the next never ends. Cycles with a probability below 1 are feedback,
    /// and retries and dead letters are bounded by their own rules: both are legal.
    pub(super) fn cycles(&mut self) {
        let graph = sure_edges(self.flow);
        // Kosaraju's algorithm does not recurse: a chain of 100,000 nodes must not overflow the stack.
        let mut components = kosaraju_scc(&graph);
        components.retain(|c| c.len() > 1 || c.iter().any(|n| graph.contains_edge(*n, *n)));
        let mut cycles: Vec<Vec<&str>> = components.iter().map(|c| shortest_cycle(&graph, c)).collect();
        cycles.sort_by_key(|cycle| cycle.first().map(|id| self.flow.nodes.get_index_of(*id)));
        for cycle in cycles {
            let Some(publisher) =
                cycle.iter().find(|id| self.flow.nodes.get(**id).is_some_and(|n| !n.kind.is_channel()))
            else {
                let Some(first) = cycle.first() else { continue };
                let message = format!("events are routed in a circle without end: {}", told(&cycle));
                self.error(
                    Path::of(["nodes", first, "routes"]),
                    "endless-cycle",
                    message,
                    "give one route a `pattern`, or remove it",
                );
                continue;
            };
            let message = format!("every event in this cycle causes the next, without end: {}", told(&cycle));
            let help = "give one `publishes` of the cycle a `probability` below 1, or remove it";
            self.error(Path::of(["nodes", publisher, "publishes"]), "endless-cycle", message, help);
        }
    }
}

fn told(cycle: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<&str> = cycle.iter().copied().take(SHOWN).collect();
    if cycle.len() > SHOWN {
        names.push("…");
    }
    names.extend(cycle.first());
    names.join(" → ")
}

/// The edges over which one event surely leads to another.
fn sure_edges(flow: &Flow) -> DiGraph<&str, ()> {
    let mut graph = DiGraph::new();
    let indices: HashMap<&str, NodeIndex> =
        flow.nodes.keys().map(|id| (id.as_str(), graph.add_node(id.as_str()))).collect();
    let mut edge = |from: &str, to: &str| {
        if let (Some(from), Some(to)) = (indices.get(from), indices.get(to)) {
            graph.update_edge(*from, *to, ());
        }
    };
    let sure = |publish: &&Publish| publish.probability.is_none_or(|p| p.as_fraction() >= 1.0);
    for (id, node) in &flow.nodes {
        match &node.kind {
            // A window answers once for many events.
            NodeKind::Stream(n) if n.window.is_some() => {}
            kind => kind.publishes().iter().filter(sure).for_each(|p| edge(id, &p.to)),
        }
        for subscription in node.kind.subscribes().iter().filter(|s| s.filter.is_none()) {
            edge(&subscription.from, id);
        }
        match &node.kind {
            NodeKind::Exchange(n) => n.routes.iter().filter(|r| r.pattern.is_none()).for_each(|r| edge(id, &r.to)),
            NodeKind::Bus(n) => n.routes.iter().filter(|r| r.pattern.is_none()).for_each(|r| edge(id, &r.to)),
            _ => {}
        }
    }
    graph
}

/// A shortest cycle through the first node (in document order) of a component.
fn shortest_cycle<'f>(graph: &DiGraph<&'f str, ()>, component: &[NodeIndex]) -> Vec<&'f str> {
    let inside: HashSet<NodeIndex> = component.iter().copied().collect();
    let Some(start) = component.iter().copied().min() else { return Vec::new() };
    let mut before: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in graph.neighbors(at).filter(|n| inside.contains(n)) {
            if next == start {
                let mut cycle = vec![at];
                while let Some(previous) = cycle.last().and_then(|n| before.get(n)) {
                    cycle.push(*previous);
                }
                cycle.reverse();
                return cycle.iter().filter_map(|n| graph.node_weight(*n).copied()).collect();
            }
            if next != start && !before.contains_key(&next) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    Vec::new()
}
