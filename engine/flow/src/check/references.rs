//! Names that lead to nodes and event types.

use std::collections::HashMap;

use super::{Check, Wanted};
use crate::model::{Call, NodeId, NodeKind, Publish, Subscription};
use crate::path::Path;
use crate::read::shown;
use crate::suggest;

pub(super) const CHANNEL: Wanted = Wanted {
    fits: NodeKind::is_channel,
    what: "a channel",
    help: "events go to a topic, queue, exchange or bus; a service or store is called with `calls`",
};

const DEAD_LETTER: Wanted = Wanted {
    fits: NodeKind::is_channel,
    what: "a channel",
    help: "given-up messages go to a topic, queue, exchange or bus",
};

const SOURCE: Wanted = Wanted {
    fits: |kind| matches!(kind, NodeKind::Topic(_) | NodeKind::Queue(_)),
    what: "a topic or queue",
    help: "subscribe to a topic or queue; an exchange and a bus name their targets themselves, under `routes`",
};

const CALLED: Wanted = Wanted {
    fits: |kind| matches!(kind, NodeKind::Service(_) | NodeKind::Store(_)),
    what: "a service or store",
    help: "call a service or store; to a channel, publish",
};

const BOUND: Wanted = Wanted {
    fits: |kind| matches!(kind, NodeKind::Queue(_) | NodeKind::Topic(_) | NodeKind::Exchange(_)),
    what: "a queue, topic or exchange",
    help: "an exchange routes to queues, topics and exchanges; a consumer subscribes to the queue",
};

const BUS_TARGET: Wanted = Wanted {
    fits: |kind| {
        kind.is_channel() || matches!(kind, NodeKind::Consumer(_) | NodeKind::Workflow(_) | NodeKind::Stream(_))
    },
    what: "a channel or a handler",
    help: "a bus pushes to channels, consumers, workflows and streams",
};

const PROJECTED: Wanted = Wanted {
    fits: |kind| kind.is_channel() || matches!(kind, NodeKind::Store(_)),
    what: "a store or a channel",
    help: "a store projects to a store or a channel",
};

impl Check<'_, '_> {
    pub(super) fn references(&mut self) {
        let flow = self.flow;
        for (id, node) in &flow.nodes {
            let at = Path::of(["nodes", id]);
            self.publishes(&at, node.kind.publishes());
            self.subscribes(&at, node.kind.subscribes());
            match &node.kind {
                NodeKind::Consumer(n) => {
                    for (i, call) in n.calls.iter().enumerate() {
                        let at = self.item(&at.clone().key("calls"), i);
                        self.call(&at, call);
                    }
                    self.dead_letter(&at, id, n.dead_letter.as_ref());
                }
                NodeKind::Queue(n) => self.dead_letter(&at, id, n.dead_letter.as_ref()),
                NodeKind::Exchange(n) => {
                    for (i, route) in n.routes.iter().enumerate() {
                        let at = self.item(&at.clone().key("routes"), i);
                        self.refer(at.key("to"), &route.to, BOUND);
                    }
                }
                NodeKind::Bus(n) => {
                    for (i, route) in n.routes.iter().enumerate() {
                        let at = self.item(&at.clone().key("routes"), i);
                        self.refer(at.clone().key("to"), &route.to, BUS_TARGET);
                        self.dead_letter(&at, id, route.dead_letter.as_ref());
                    }
                }
                NodeKind::Store(n) => {
                    for (i, to) in n.projects_to.iter().enumerate() {
                        let at = self.item(&at.clone().key("projects_to"), i);
                        self.refer(at, to, PROJECTED);
                    }
                }
                NodeKind::Workflow(n) => {
                    for (i, step) in n.steps.iter().enumerate() {
                        let at = self.item(&at.clone().key("steps"), i);
                        self.call(&at, &step.call);
                        if let Some(to) = &step.compensation {
                            self.refer(at.key("compensation"), to, CALLED);
                        }
                    }
                    for (i, timer) in n.timers.iter().enumerate() {
                        let at = self.item(&at.clone().key("timers"), i);
                        self.timer(&at.key("before"), &timer.before, n);
                    }
                }
                NodeKind::Producer(_) | NodeKind::Topic(_) | NodeKind::Service(_) | NodeKind::Stream(_) => {}
            }
        }
    }

    fn publishes(&mut self, at: &Path, publishes: &[Publish]) {
        for (i, publish) in publishes.iter().enumerate() {
            let at = self.item(&at.clone().key("publishes"), i);
            if let Some(event) = &publish.event {
                self.event(&at.clone().key("event"), event);
            }
            self.refer(at.key("to"), &publish.to, CHANNEL);
        }
    }

    pub(super) fn event(&mut self, path: &Path, event: &str) {
        let written = self.tree.get("events").is_some_and(|events| events.get(event).is_some());
        if self.flow.events.contains_key(event) || written {
            return;
        }
        let flow = self.flow;
        let known: Vec<&str> = flow.events.keys().map(String::as_str).collect();
        let help = if known.is_empty() {
            format!("declare it: `events: {{ {event}: {{ version: 1.0.0 }} }}`")
        } else {
            suggest::sentence(event, &known)
        };
        let near = suggest::nearest(event, known.iter().copied());
        let declared = Path::of(["events", event, "version"]);
        let message = format!("there is no event type `{}`", shown(event));
        self.error(path.clone(), "unknown-event", message, help).offer_word(event, near, path).offer_value(
            format!("Declare the event type `{}`", shown(event)),
            &declared,
            "1.0.0",
        );
    }

    fn subscribes(&mut self, at: &Path, subscribes: &[Subscription]) {
        for (i, subscription) in subscribes.iter().enumerate() {
            let at = self.item(&at.clone().key("subscribes"), i);
            self.refer(at.key("from"), &subscription.from, SOURCE);
        }
    }

    fn call(&mut self, at: &Path, call: &Call) {
        self.refer(at.clone().key("service"), &call.service, CALLED);
        let is_store = matches!(self.flow.nodes.get(&call.service).map(|n| &n.kind), Some(NodeKind::Store(_)));
        if call.operation.is_some() && !is_store && self.flow.nodes.contains_key(&call.service) {
            let message = format!("`{}` is no store, so `operation` means nothing here", call.service);
            let path = at.clone().key("operation");
            self.error(path.clone(), "wrong-kind", message, "remove `operation`")
                .offer_removal("Remove `operation`".to_owned(), &path);
        }
    }

    fn dead_letter(&mut self, at: &Path, owner: &NodeId, to: Option<&NodeId>) {
        let Some(to) = to else { return };
        let path = at.clone().key("dead_letter");
        if to == owner {
            let message = format!("`{owner}` gives its messages up to itself");
            self.error(path.clone(), "loop", message, "name another channel")
                .offer_removal("Remove `dead_letter`".to_owned(), &path);
            return;
        }
        self.refer(path, to, DEAD_LETTER);
    }

    fn timer(&mut self, path: &Path, before: &str, workflow: &crate::model::Workflow) {
        if workflow.steps.iter().any(|s| s.name == before) {
            return;
        }
        let known: Vec<&str> = workflow.steps.iter().map(|s| s.name.as_str()).collect();
        let message = format!("there is no step `{}`", shown(before));
        let near = suggest::nearest(before, known.iter().copied());
        self.error(path.clone(), "unknown-step", message, suggest::sentence(before, &known))
            .offer_word(before, near, path);
    }

    /// On a topic every group reads everything once: two subscriptions of one group would share it unseen.
    pub(super) fn groups(&mut self) {
        let flow = self.flow;
        let mut first: HashMap<(&str, &str), &str> = HashMap::new();
        for (id, node) in &flow.nodes {
            for (i, subscription) in node.kind.subscribes().iter().enumerate() {
                let group = subscription.group.as_deref().unwrap_or(id);
                let channel = flow.nodes.get(&subscription.from).map(|n| &n.kind);
                let path = self.item(&Path::of(["nodes", id, "subscribes"]), i);
                if matches!(channel, Some(NodeKind::Queue(_))) {
                    let twice = node.kind.subscribes()[..i].iter().any(|s| s.from == subscription.from);
                    if twice {
                        let message = format!("`{id}` subscribes to `{}` twice", subscription.from);
                        let help = "keep one of the two; raise `concurrency` for more";
                        self.error(path.clone(), "duplicate-subscription", message, help)
                            .offer_removal("Remove the second one".to_owned(), &path);
                    }
                    continue;
                }
                if let Some(other) = first.insert((&subscription.from, group), id) {
                    let message = format!("group `{group}` of `{}` is already that of `{other}`", subscription.from);
                    let help = "give each its own `group`; for more of the same handler, raise `instances`";
                    let known = flow.groups(&subscription.from);
                    let free = crate::edit::free(id, |name| known.iter().any(|group| group == name));
                    self.error(path.clone(), "duplicate-group", message, help).offer_value(
                        format!("Name its group `{free}`"),
                        &path.key("group"),
                        free,
                    );
                }
            }
        }
    }
}
