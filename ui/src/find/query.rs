//! What a search on the canvas finds. Pure.
//!
//! Words are looked for in names, titles, kinds, facts and summaries; `kind:`, `owner:`, `broker:`, `event:` and `is:` ask
//! for one thing. All of them must hold.

use thalweg_flow::{EdgeKind, Flow, Node, NodeId};

use crate::canvas::{Scene, SceneNode};

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is called.
    pub(crate) title: String,
    /// What else there is to say.
    pub(crate) about: String,
    /// Where it leads.
    pub(crate) to: Target,
}

/// Where a result leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a node.
    Node(NodeId),
    /// To the nodes that publish an event type.
    Event(Vec<NodeId>),
    /// To a scenario.
    Scenario(String),
}

/// A part of a query.
#[derive(Debug, PartialEq, Eq)]
enum Term<'q> {
    Word(&'q str),
    Facet(&'q str, &'q str),
}

const FACETS: [&str; 5] = ["kind", "owner", "broker", "event", "is"];

fn terms(query: &str) -> Vec<Term<'_>> {
    let term = |word| match str::split_once(word, ':') {
        Some((facet, value)) if FACETS.contains(&facet) && !value.is_empty() => Term::Facet(facet, value),
        _ => Term::Word(word),
    };
    query.split_whitespace().map(term).collect()
}

/// Nodes first, then event types and scenarios, each in the order of the document. Nothing is found for nothing.
pub(crate) fn find(flow: &Flow, scene: &Scene, query: &str) -> Vec<Found> {
    let query = query.to_lowercase();
    let terms = terms(&query);
    if terms.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, drawn) in &scene.nodes {
        let Some(node) = flow.nodes.get(id) else { continue };
        if terms.iter().all(|term| holds(term, scene, id, node, drawn)) {
            let about = if drawn.title == *id { drawn.kind.to_owned() } else { format!("{id} · {}", drawn.kind) };
            found.push(Found { title: drawn.title.clone(), about, to: Target::Node(id.clone()) });
        }
    }
    // Whoever begins with what was typed comes first.
    found.sort_by_key(|f| !f.title.to_lowercase().starts_with(query.trim()));
    let words = |text: &str| {
        let text = text.to_lowercase();
        terms.iter().all(|term| matches!(term, Term::Word(word) if text.contains(word)))
    };
    for (name, event) in &flow.events {
        if words(&format!("{name} {}", event.summary.as_deref().unwrap_or_default())) {
            let publishes = |node: &Node| node.kind.publishes().iter().any(|p| p.event.as_ref() == Some(name));
            let ids = flow.nodes.iter().filter(|(_, node)| publishes(node)).map(|(id, _)| id.clone()).collect();
            let about = event.version.clone().unwrap_or_default();
            found.push(Found { title: name.clone(), about, to: Target::Event(ids) });
        }
    }
    for (name, scenario) in &flow.scenarios {
        let summary = scenario.summary.clone().unwrap_or_default();
        if words(&format!("{name} {summary}")) {
            found.push(Found { title: name.clone(), about: summary, to: Target::Scenario(name.clone()) });
        }
    }
    found
}

fn holds(term: &Term<'_>, scene: &Scene, id: &str, node: &Node, drawn: &SceneNode) -> bool {
    let has = |text: &str, part: &str| text.to_lowercase().contains(part);
    match term {
        Term::Word(word) => [id, &drawn.title, drawn.kind, &drawn.facts, node.summary.as_deref().unwrap_or_default()]
            .iter()
            .any(|text| has(text, word)),
        Term::Facet("kind", value) => drawn.kind.starts_with(value),
        Term::Facet("owner", value) => node.owner.as_deref().is_some_and(|owner| has(owner, value)),
        Term::Facet("broker", value) => scene
            .brokers
            .iter()
            .any(|(name, kind, members)| (has(name, value) || has(kind, value)) && members.iter().any(|m| m == id)),
        Term::Facet("event", value) => {
            node.kind.publishes().iter().any(|p| p.event.as_deref().is_some_and(|event| has(event, value)))
        }
        Term::Facet(_, value) => match *value {
            "error" => drawn.problems.0 > 0,
            "problem" => drawn.problems != (0, 0),
            "dead" => scene.edges.iter().any(|e| e.kind == EdgeKind::DeadLetter && e.to == id),
            "alone" => !scene.edges.iter().any(|e| e.from == id || e.to == id),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    const FLOW: &str = "
thalweg: 1
name: T
brokers: { log: { kind: kafka } }
events: { order.placed: { version: 1.0.0 } }
nodes:
  shop: { kind: producer, owner: web, load: { poisson: 10/s }, publishes: [{ to: orders, event: order.placed }] }
  orders: { kind: topic, broker: log, partitions: 3 }
  gone: { kind: queue }
  pay: { kind: consumer, title: Payment, subscribes: [{ from: orders }], dead_letter: gone }
  idle: { kind: service, retry: x }
scenarios: { outage: { summary: The orders stop } }
";

    fn found(query: &str) -> Vec<String> {
        let reading = read(FLOW);
        let scene = Scene::new(&reading.flow, &layout::positions(&reading.flow), &reading.problems);
        find(&reading.flow, &scene, query).into_iter().map(|f| f.title).collect()
    }

    #[test]
    fn words_find_names_titles_kinds_events_and_scenarios() {
        assert_eq!(found("pay"), ["Payment"]);
        assert_eq!(found("order"), ["orders", "shop", "order.placed", "outage"]);
        assert_eq!(found("topic partitions"), ["orders"]);
        assert!(found("nothing").is_empty() && found(" ").is_empty());
    }

    #[test]
    fn facets_ask_for_one_thing() {
        assert_eq!(found("kind:cons"), ["Payment"]);
        assert_eq!(found("owner:web"), ["shop"]);
        assert_eq!(found("broker:kafka"), ["orders"]);
        assert_eq!(found("event:placed"), ["shop"]);
        assert_eq!(
            (found("is:dead"), found("is:alone"), found("is:error")),
            (vec!["gone".into()], vec!["idle".into()], vec!["idle".into()])
        );
        assert!(found("kind:topic owner:web").is_empty());
    }
}
