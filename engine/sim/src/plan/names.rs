//! From names to indices.

use std::collections::{BTreeMap, HashMap};

use thalweg_flow::{self as flow, EdgeKind, Flow, Node, NodeKind};

use super::limits::DEFAULT_SIZE;
use super::pushes::PushRule;
use super::refusals::Refusals;
use super::routes::{Classes, is_routed};
use super::{Edge, Files, NO_CLASS, NO_EVENT, Place, Target};

/// Everything that compiling a flow needs to know while it goes on.
pub(crate) struct Compiler<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) files: &'a Files,
    /// The scenario's name.
    pub(crate) scenario: &'a str,
    /// All nodes, by name.
    pub(crate) sorted: Vec<(&'a str, &'a Node)>,
    /// Consumers by their index.
    consumers: Vec<(&'a str, &'a flow::Consumer)>,
    /// Rules of buses by the consumer that they push to: bus, place of the rule, the bus.
    pub(crate) pushed: HashMap<&'a str, Vec<(&'a str, usize, &'a flow::Bus)>>,
    pub(crate) refusals: Refusals,
    pub(crate) notes: Vec<String>,
    places: HashMap<&'a str, Place>,
    edges: HashMap<(&'a str, &'a str, EdgeKind), u32>,
    events: BTreeMap<String, u32>,
    pub(crate) classes: Classes,
    /// Whether anything routes or filters.
    pub(crate) routed: bool,
    pub(crate) push_rules: Vec<PushRule>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(flow: &'a Flow, files: &'a Files, scenario: &'a str) -> Self {
        let mut sorted: Vec<_> = flow.nodes.iter().map(|(name, node)| (name.as_str(), node)).collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let (mut places, mut pushed) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        let mut consumers = Vec::new();
        let (mut producers, mut channels, mut services) = (0, 0, 0);
        for &(name, node) in &sorted {
            if let NodeKind::Bus(bus) = &node.kind {
                for (index, route) in bus.routes.iter().enumerate() {
                    pushed.entry(route.to.as_str()).or_default().push((name, index, bus));
                }
            }
            let place = match &node.kind {
                NodeKind::Producer(_) => Place::Producer(next(&mut producers)),
                NodeKind::Topic(_) | NodeKind::Queue(_) | NodeKind::Exchange(_) | NodeKind::Bus(_) => {
                    Place::Channel(next(&mut channels))
                }
                NodeKind::Consumer(consumer) => {
                    consumers.push((name, consumer));
                    Place::Consumer(consumers.len() as u32 - 1)
                }
                NodeKind::Service(_) | NodeKind::Store(_) => Place::Service(next(&mut services)),
                // Refused by `compile`; without a place.
                NodeKind::Workflow(_) | NodeKind::Stream(_) => continue,
            };
            places.insert(name, place);
        }
        let (refusals, notes) = (Refusals::default(), Vec::new());
        let (edges, events) = (HashMap::new(), BTreeMap::new());
        let (classes, routed) = (Classes::default(), is_routed(flow));
        Compiler {
            flow,
            files,
            scenario,
            sorted,
            consumers,
            pushed,
            refusals,
            notes,
            places,
            edges,
            events,
            classes,
            routed,
            push_rules: Vec::new(),
        }
    }

    /// Numbers the edges, each pair once per kind, in document order.
    pub(crate) fn number_edges(&mut self) -> Vec<Edge> {
        let mut list = Vec::new();
        for edge in self.flow.edges() {
            let (Some((from, _)), Some((to, _))) =
                (self.flow.nodes.get_key_value(&edge.from), self.flow.nodes.get_key_value(&edge.to))
            else {
                continue;
            };
            let producer = match self.places.get(from.as_str()) {
                Some(Place::Producer(producer)) => Some(*producer),
                _ => None,
            };
            self.edges.entry((from, to, edge.kind)).or_insert_with(|| {
                list.push(Edge { from: edge.from, to: edge.to, kind: edge.kind, producer });
                (list.len() - 1) as u32
            });
        }
        list
    }

    pub(crate) fn edge(&self, from: &str, to: &str, kind: EdgeKind) -> u32 {
        // Every edge that is asked for comes from the same node lists that `Flow::edges` reads.
        self.edges.get(&(from, to, kind)).copied().unwrap_or(0)
    }

    /// The consumers of these indices, with their names.
    pub(crate) fn members(&self, members: &[u32]) -> Vec<(&'a str, &'a flow::Consumer)> {
        members.iter().filter_map(|&member| self.consumers.get(member as usize).copied()).collect()
    }

    pub(crate) fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    /// The channel of that name, or a refusal at `path`.
    pub(crate) fn channel(&mut self, path: &str, name: &str) -> Option<u32> {
        match self.place(name) {
            Some(Place::Channel(channel)) => return Some(channel),
            Some(_) => self.refusals.add(path, format!("`{name}` is no topic or queue"), "name a topic or a queue"),
            None => self.missing(path, name),
        }
        None
    }

    /// The service or store of that name, or a refusal at `path`.
    pub(crate) fn service(&mut self, path: &str, name: &str) -> Option<u32> {
        match self.place(name) {
            Some(Place::Service(service)) => return Some(service),
            Some(_) => self.refusals.add(path, format!("`{name}` is no service or store"), "name a service or store"),
            None => self.missing(path, name),
        }
        None
    }

    /// The target of an edge that `from` has to a channel.
    pub(crate) fn target(&mut self, path: &str, from: &str, name: &str, kind: EdgeKind) -> Option<Target> {
        let channel = self.channel(path, name)?;
        Some(Target {
            channel,
            edge: self.edge(from, name, kind),
            event: NO_EVENT,
            class: NO_CLASS,
            priority: 0,
            size: DEFAULT_SIZE,
            id: 0,
        })
    }

    /// A name that leads nowhere. Nodes of kinds that are refused as a whole are not complained about twice.
    pub(crate) fn missing(&mut self, path: &str, name: &str) {
        if !self.flow.nodes.contains_key(name) {
            self.refusals.add(path, format!("there is no node `{name}`"), "correct the name or add the node");
        }
    }

    /// The number of an event type; types are numbered as they are met.
    pub(crate) fn event_number(&mut self, event: &str) -> u32 {
        let next = self.events.len() as u32;
        *self.events.entry(event.to_owned()).or_insert(next)
    }

    pub(crate) fn events_numbered(&self) -> u32 {
        self.events.len() as u32
    }
}

fn next(counter: &mut u32) -> u32 {
    let index = *counter;
    *counter += 1;
    index
}
