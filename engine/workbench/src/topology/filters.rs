//! What finds the spans of a node or a connection of a map again, in the language of filters.

use thalweg_spans::filter::{Expr, Field, Op, Relation, Scope, Value};
use thalweg_topology::{Edge, EdgeKind, Map, Node, NodeKey, Said};

/// What finds the spans of a node.
pub(super) fn of_node(map: &Map, node: &Node) -> String {
    node_spans(map, node).to_string()
}

/// What finds the spans of a connection: those of the side that tells most of it.
pub(super) fn of_edge(map: &Map, edge: &Edge) -> String {
    let (Some(from), Some(to)) = (map.nodes.get(edge.from), map.nodes.get(edge.to)) else { return String::new() };
    let spans = |node: &Node| node_spans(map, node);
    let both = || Expr::all([spans(from), spans(to)]);
    let expr = match edge.kind {
        // The span names the channel itself; a group's name alone may be that of other channels too.
        EdgeKind::Deliver if matches!(to.key, NodeKey::Group { .. }) => spans(to),
        EdgeKind::Deliver => Expr::all([spans(to), spans(from)]),
        EdgeKind::Route | EdgeKind::DeadLetter => spans(to),
        EdgeKind::Call if matches!(to.key, NodeKey::Service { .. }) => {
            Expr::Related(Box::new(spans(from)), Relation::Child, Box::new(spans(to)))
        }
        EdgeKind::Publish | EdgeKind::Handle | EdgeKind::Call => both(),
    };
    expr.to_string()
}

fn node_spans(map: &Map, node: &Node) -> Expr {
    match &node.key {
        NodeKey::Service { namespace, name } => {
            let is_other = |other: &Node| {
                other.key != node.key && matches!(&other.key, NodeKey::Service { name: known, .. } if known == name)
            };
            let service = is(Field::Service, name);
            if namespace.is_empty() || !map.nodes.iter().any(is_other) {
                return service;
            }
            let field = Field::Attribute(Scope::Resource, "service.namespace".to_owned());
            Expr::all([service, is(field, namespace)])
        }
        NodeKey::Group { system, broker, channel, .. } => {
            let channel_key =
                NodeKey::Channel { system: system.clone(), broker: broker.clone(), name: channel.clone() };
            let group = named(node, "messaging.consumer.group.name");
            let of = map.nodes.iter().find(|other| other.key == channel_key);
            match of.map(|of| named(of, DESTINATION)) {
                // A subscription that stands within the channel's name finds it by itself.
                Some(channel) if channel != group => Expr::all([channel, group]),
                _ => group,
            }
        }
        NodeKey::Channel { .. } => named(node, DESTINATION),
        NodeKey::Peer { .. } => named(node, "server.address"),
    }
}

const DESTINATION: &str = "messaging.destination.name";

/// By the attributes that name it; `usual` is the one that others only say it has.
fn named(node: &Node, usual: &str) -> Expr {
    if node.said.is_empty() {
        let field = Field::Attribute(Scope::Any, usual.to_owned());
        return Expr::Compare(field, Op::Contains, Value::Text(node.key.name().to_owned()));
    }
    Expr::any(node.said.iter().map(said))
}

fn said(said: &Said) -> Expr {
    let scope = if said.on_link { Scope::Link } else { Scope::Any };
    let field = Field::Attribute(scope, said.key.to_owned());
    match (said.is_part, said.value.as_str()) {
        (true, _) => Expr::Compare(field, Op::Contains, Value::Text(said.value.clone())),
        (false, "true") => Expr::Compare(field, Op::Equal, Value::Bool(true)),
        (false, _) => is(field, &said.value),
    }
}

fn is(field: Field, value: &str) -> Expr {
    Expr::Compare(field, Op::Equal, Value::Text(value.to_owned()))
}
