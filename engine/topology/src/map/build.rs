//! From what is remembered to what is shown. Everything is put together by names in their order, never by the order in which it came.

use std::collections::{BTreeMap, BTreeSet};

use super::unify::unify;
use super::{Calls, Edge, EdgeKind, Form, Handler, Map, Node, NodeKey, Sends};
use crate::destination::is_dead_letters;
use crate::fold::Topology;
use crate::pairing::{Evidence, FanOut, Moved, Tally};
use crate::said::Ways;
use crate::tables::{At, Callee, Caused, Passed, Subscribed, Tables};
use crate::times::Sketch;

/// Azure Service Bus: the queue below a queue or subscription that what was given up goes to.
const AZURE_DEAD_LETTERS: &str = "/$DeadLetterQueue";

impl Map {
    pub(crate) fn of(topology: &Topology) -> Self {
        let tally = topology.messages.tally();
        let mut build = Build::new(&topology.tables, &tally);
        build.publishers();
        build.subscribers();
        build.routes();
        build.dead_letters();
        build.calls();
        build.nodes_without_edges();
        let (from, until) = topology.window.unwrap_or((0, 0));
        let mut map = Map {
            traces: topology.traces,
            spans: topology.spans,
            from,
            until,
            nodes: Vec::new(),
            edges: Vec::new(),
            handlers: Vec::new(),
            forgotten: topology.messages.forgotten,
            left_out: topology.tables.left_out + tally.left_out,
        };
        build.finish(&mut map);
        map
    }
}

struct Build<'a> {
    tables: &'a Tables,
    tally: &'a Tally,
    services: Vec<NodeKey>,
    /// Of each channel of the tables: the node that stands for it.
    channels: Vec<NodeKey>,
    /// Pub/Sub: a subscription that was named like a channel, and its topic.
    subscriptions: BTreeMap<NodeKey, NodeKey>,
    /// Services that are known by this name or address.
    peers: Vec<NodeKey>,
    nodes: BTreeMap<NodeKey, Node>,
    /// How each is named, of those that are not named by their service.
    said: BTreeMap<NodeKey, Ways>,
    edges: BTreeMap<(NodeKey, NodeKey, EdgeKind), Sum>,
    handlers: BTreeMap<(NodeKey, Option<String>, NodeKey), Work>,
    /// Of each publisher of the tables.
    fan_out: BTreeMap<NodeKey, FanOut>,
}

struct Sum {
    passed: Passed,
    wait: Sketch,
    skewed: u64,
    evidence: Evidence,
    again: u64,
    fan_out: FanOut,
    of_itself: u64,
}

impl Sum {
    fn new() -> Self {
        Self {
            passed: Passed::new(),
            wait: Sketch::new(),
            skewed: 0,
            evidence: Evidence::default(),
            again: 0,
            fan_out: FanOut::default(),
            of_itself: 0,
        }
    }
}

struct Work {
    handled: Passed,
    received: Passed,
    own: Sketch,
    given_up: u64,
    said_again: u64,
    /// How the group is named.
    group: Ways,
    again: u64,
    most_attempts: u64,
    wait: Sketch,
    skewed: u64,
    evidence: Evidence,
    sends: BTreeMap<NodeKey, Caused>,
    calls: BTreeMap<NodeKey, Passed>,
    dead_letters: Option<NodeKey>,
}

impl Work {
    fn new() -> Self {
        Self {
            handled: Passed::new(),
            received: Passed::new(),
            own: Sketch::new(),
            given_up: 0,
            said_again: 0,
            group: Ways::default(),
            again: 0,
            most_attempts: 0,
            wait: Sketch::new(),
            skewed: 0,
            evidence: Evidence::default(),
            sends: BTreeMap::new(),
            calls: BTreeMap::new(),
            dead_letters: None,
        }
    }

    fn add(&mut self, subscribed: &Subscribed) {
        self.handled.add(&subscribed.handled);
        self.received.add(&subscribed.received);
        self.own.add(&subscribed.own);
        self.given_up += subscribed.given_up;
        self.said_again += subscribed.said_again;
        self.group.add(&subscribed.group);
    }

    /// Handling tells more than fetching; both tell of the same messages.
    fn passed(&self) -> &Passed {
        if self.handled.spans > 0 { &self.handled } else { &self.received }
    }

    fn redelivered(&self) -> u64 {
        self.again.max(self.said_again)
    }
}

impl<'a> Build<'a> {
    fn new(tables: &'a Tables, tally: &'a Tally) -> Self {
        let services: Vec<NodeKey> = (tables.services.keys())
            .map(|key| NodeKey::Service { namespace: key.namespace.clone(), name: key.name.clone() })
            .collect();
        let stands_for = unify(tables, tally);
        let channel = |index: &usize| {
            let (key, _) = tables.channels.get_index(*index)?;
            let (system, broker, name) = (key.system.clone(), key.broker.clone(), key.name.clone());
            Some(NodeKey::Channel { system, broker, name })
        };
        let channels: Vec<NodeKey> = stands_for.iter().filter_map(channel).collect();
        let mut build = Self {
            tables,
            tally,
            subscriptions: BTreeMap::new(),
            peers: Vec::new(),
            nodes: BTreeMap::new(),
            said: BTreeMap::new(),
            edges: BTreeMap::new(),
            handlers: BTreeMap::new(),
            fan_out: BTreeMap::new(),
            services,
            channels,
        };
        build.find_subscriptions();
        build.peers = (0..tables.peers.len()).map(|peer| build.peer(peer)).collect();
        build
    }

    /// Google's clients name the subscription where others name the topic it belongs to.
    fn find_subscriptions(&mut self) {
        let sent: BTreeSet<&NodeKey> =
            self.tables.published.keys().map(|(_, channel)| &self.channels[*channel]).collect();
        for (from, to) in self.tally.moved.keys() {
            let (topic, subscription) = (&self.channels[*from], &self.channels[*to]);
            let is_google = matches!(subscription, NodeKey::Channel { system, .. } if system == "gcp_pubsub");
            if is_google && topic != subscription && !sent.contains(subscription) {
                self.subscriptions.entry(subscription.clone()).or_insert_with(|| topic.clone());
            }
        }
    }

    /// The service that answers there, if one is known, else what the call says.
    fn peer(&self, peer: usize) -> NodeKey {
        let answers = self.tables.answered.iter().filter(|((asked, _), _)| *asked == peer);
        let most = answers.max_by_key(|((_, service), count)| (**count, std::cmp::Reverse(&self.services[*service])));
        if let Some(((_, service), _)) = most {
            return self.services[*service].clone();
        }
        let key = &self.tables.peers.keys()[peer];
        NodeKey::Peer { kind: key.kind, system: key.system.clone(), name: key.name.clone() }
    }

    fn callee(&self, callee: Callee) -> NodeKey {
        match callee {
            Callee::Service(service) => self.services[service].clone(),
            Callee::Peer(peer) => self.peers[peer].clone(),
        }
    }

    fn edge(&mut self, from: &NodeKey, to: &NodeKey, kind: EdgeKind) -> &mut Sum {
        self.edges.entry((from.clone(), to.clone(), kind)).or_insert_with(Sum::new)
    }

    fn publishers(&mut self) {
        for (index, ((service, channel), published)) in self.tables.published.iter().enumerate() {
            let (service, channel) = (self.services[*service].clone(), self.channels[*channel].clone());
            // What is only made is sent by spans that nobody makes.
            let only_made = published.sent.spans == 0;
            let passed = if only_made { &published.created } else { &published.sent };
            let fan_out = self.tally.fan_out.get(&index).copied().unwrap_or_default();
            let all = self.fan_out.entry(channel.clone()).or_default();
            all.most = all.most.max(fan_out.most);
            let edge = self.edge(&service, &channel, EdgeKind::Publish);
            edge.passed.add(passed);
            edge.of_itself += if only_made { passed.messages } else { published.of_itself };
            edge.fan_out.messages += fan_out.messages;
            edge.fan_out.receivers += fan_out.receivers;
        }
    }

    fn subscribers(&mut self) {
        let homes = self.homes();
        for (index, (subscribed, home)) in self.tables.subscribed.values().zip(&homes).enumerate() {
            let work = self.handlers.entry(home.clone()).or_insert_with(Work::new);
            work.add(subscribed);
            if let Some(waited) = self.tally.waited.get(&index) {
                work.again += waited.again;
                work.most_attempts = work.most_attempts.max(waited.most_attempts);
                work.wait.add(&waited.wait);
                work.skewed += waited.skewed;
                work.evidence.add(waited.evidence);
            }
        }
        for ((subscriber, channel), caused) in &self.tables.caused {
            let work = self.handlers.entry(homes[*subscriber].clone()).or_insert_with(Work::new);
            let sends = work.sends.entry(self.channels[*channel].clone()).or_default();
            sends.messages += caused.messages;
            sends.after_success += caused.after_success;
            sends.after_failure += caused.after_failure;
        }
        for ((subscriber, callee), passed) in &self.tables.handlers_called {
            let callee = self.callee(*callee);
            let work = self.handlers.entry(homes[*subscriber].clone()).or_insert_with(Work::new);
            work.calls.entry(callee).or_insert_with(Passed::new).add(passed);
        }
        let handlers = std::mem::take(&mut self.handlers);
        for ((channel, group, service), work) in &handlers {
            let passed = work.passed();
            if passed.spans == 0 {
                continue;
            }
            let to = match (group, channel) {
                (Some(name), NodeKey::Channel { system, broker, name: channel }) => NodeKey::Group {
                    system: system.clone(),
                    broker: broker.clone(),
                    channel: channel.clone(),
                    name: name.clone(),
                },
                _ => service.clone(),
            };
            let edge = self.edge(channel, &to, EdgeKind::Deliver);
            edge.passed.add(passed);
            edge.wait.add(&work.wait);
            edge.skewed += work.skewed;
            edge.evidence.add(work.evidence);
            edge.again += work.redelivered();
            if to != *service {
                self.edge(&to, service, EdgeKind::Handle).passed.add(passed);
            }
        }
        self.handlers = handlers;
    }

    /// Of each subscription of the tables: its channel, group and service. A span that names no group belongs to the only one its
    /// service has there.
    fn homes(&self) -> Vec<(NodeKey, Option<String>, NodeKey)> {
        let mut homes: Vec<(NodeKey, Option<String>, NodeKey)> = Vec::new();
        for key in self.tables.subscribed.keys() {
            let mut channel = &self.channels[key.channel];
            let mut group = key.group.clone();
            if let Some(topic) = self.subscriptions.get(channel) {
                group = Some(channel.name().to_owned());
                channel = topic;
            }
            homes.push((channel.clone(), group, self.services[key.service].clone()));
        }
        let mut named: BTreeMap<(NodeKey, NodeKey), BTreeSet<String>> = BTreeMap::new();
        for (channel, group, service) in &homes {
            let groups = named.entry((channel.clone(), service.clone())).or_default();
            groups.extend(group.clone());
        }
        for (channel, group, service) in &mut homes {
            let groups = named.get(&(channel.clone(), service.clone()));
            if let (None, Some(groups)) = (&group, groups.filter(|groups| groups.len() == 1)) {
                *group = groups.first().cloned();
            }
        }
        homes
    }

    /// What was sent to one channel and received from another was handed on by the broker, unless a handler did it.
    fn routes(&mut self) {
        let forwarded: BTreeSet<NodeKey> = self.handlers.values().flat_map(|work| work.sends.keys().cloned()).collect();
        let mut moved: BTreeMap<(NodeKey, NodeKey), Moved> = BTreeMap::new();
        for ((from, to), seen) in &self.tally.moved {
            let (from, to) = (self.channels[*from].clone(), self.channels[*to].clone());
            let sum = moved.entry((from, to)).or_default();
            sum.messages += seen.messages;
            sum.after_failure += seen.after_failure;
        }
        for ((from, to), seen) in moved {
            if from == to || forwarded.contains(&to) || self.subscriptions.contains_key(&to) {
                continue;
            }
            let given_up = seen.after_failure > 0
                && (is_dead_letters(to.name()) || seen.after_failure.saturating_mul(2) >= seen.messages);
            let kind = if given_up { EdgeKind::DeadLetter } else { EdgeKind::Route };
            if given_up {
                for ((channel, _, _), work) in &mut self.handlers {
                    if *channel == from && work.handled.errors > 0 {
                        work.dead_letters.get_or_insert_with(|| to.clone());
                    }
                }
            }
            self.edge(&from, &to, kind).passed.messages = seen.messages;
        }
        for ((exchange, queue), messages) in &self.tables.bound {
            let (exchange, queue) = (self.channels[*exchange].clone(), self.channels[*queue].clone());
            if exchange != queue {
                let edge = self.edge(&exchange, &queue, EdgeKind::Route);
                edge.passed.messages = edge.passed.messages.max(*messages);
            }
        }
    }

    /// A channel that only failed handlings send to, or one that is called so.
    fn dead_letters(&mut self) {
        let mut found: BTreeMap<(NodeKey, NodeKey), u64> = BTreeMap::new();
        for ((channel, _, _), work) in &mut self.handlers {
            for (to, sends) in &work.sends {
                let only_failures = sends.after_success == 0 && sends.after_failure > 0;
                if to != channel && (only_failures || is_dead_letters(to.name())) {
                    work.dead_letters.get_or_insert_with(|| to.clone());
                    *found.entry((channel.clone(), to.clone())).or_default() += sends.messages;
                }
            }
        }
        let received: BTreeMap<NodeKey, u64> =
            (self.handlers.iter()).map(|((channel, _, _), work)| (channel.clone(), work.passed().messages)).collect();
        for (channel, messages) in received {
            let NodeKey::Channel { system, broker, name } = &channel else { continue };
            if let Some(above) = name.strip_suffix(AZURE_DEAD_LETTERS) {
                let above = NodeKey::Channel { system: system.clone(), broker: broker.clone(), name: above.to_owned() };
                for ((from, _, _), work) in &mut self.handlers {
                    if *from == above {
                        work.dead_letters.get_or_insert_with(|| channel.clone());
                    }
                }
                if self.channels.contains(&above) {
                    *found.entry((above, channel.clone())).or_default() += messages;
                }
            }
        }
        for ((from, to), messages) in found {
            // The same messages may have been seen to move.
            let passed = &mut self.edge(&from, &to, EdgeKind::DeadLetter).passed;
            passed.messages = passed.messages.max(messages);
        }
    }

    fn calls(&mut self) {
        for ((service, callee), passed) in &self.tables.called {
            let (service, callee) = (self.services[*service].clone(), self.callee(*callee));
            if service != callee {
                self.edge(&service, &callee, EdgeKind::Call).passed.add(passed);
            }
        }
    }

    fn node(&mut self, key: &NodeKey) -> &mut Node {
        self.nodes.entry(key.clone()).or_insert_with(|| Node {
            key: key.clone(),
            spans: 0,
            errors: 0,
            form: None,
            brokers: Vec::new(),
            partitions: 0,
            collapsed: 0,
            instances: 0,
            requests: 0,
            orphan: false,
            ghost: false,
            dead_letters: false,
            said: Vec::new(),
        })
    }

    /// What spans say of the nodes themselves. A subscription that was named like a channel is none.
    fn nodes_without_edges(&mut self) {
        for (index, seen) in self.tables.services.values().enumerate() {
            let key = self.services[index].clone();
            let node = self.node(&key);
            node.spans += seen.spans;
            node.errors += seen.errors;
            node.requests += seen.requests;
            node.instances = node.instances.max(seen.instances.count());
        }
        for (index, (key, seen)) in self.tables.channels.iter().enumerate() {
            let node_key = self.channels[index].clone();
            if self.subscriptions.contains_key(&node_key) {
                continue;
            }
            self.said.entry(node_key.clone()).or_default().add(&seen.said);
            let node = self.node(&node_key);
            node.spans += seen.spans;
            node.partitions = node.partitions.max(seen.partitions.count());
            node.collapsed += seen.collapsed.count();
            if seen.is_exchange {
                node.form = Some(Form::Exchange);
            }
            if !key.broker.is_empty() && !node.brokers.contains(&key.broker) {
                node.brokers.push(key.broker.clone());
                node.brokers.sort();
            }
        }
        let ends: BTreeSet<NodeKey> = self.edges.keys().flat_map(|(from, to, _)| [from.clone(), to.clone()]).collect();
        for key in &ends {
            self.node(key);
        }
        for ((channel, group, service), work) in &self.handlers {
            if let (Some(name), NodeKey::Channel { system, broker, name: of }) = (group, channel)
                && work.passed().spans > 0
            {
                let key = NodeKey::Group {
                    system: system.clone(),
                    broker: broker.clone(),
                    channel: of.clone(),
                    name: name.clone(),
                };
                if let Some(node) = self.nodes.get_mut(&key) {
                    node.spans += work.passed().spans;
                    node.errors += work.passed().errors;
                    self.said.entry(key).or_default().add(&work.group);
                }
            }
            debug_assert!(self.nodes.contains_key(service) || work.passed().spans == 0);
        }
        for (peer, said) in self.tables.peers.values().enumerate() {
            // Of a service it is known by its name.
            if matches!(self.peers[peer], NodeKey::Peer { .. }) {
                self.said.entry(self.peers[peer].clone()).or_default().add(said);
            }
        }
        for (key, node) in &mut self.nodes {
            node.said = self.said.get(key).map(|said| said.shown(key.name())).unwrap_or_default();
        }
        self.judge_channels();
    }

    /// For each node the newest span that sent to it, received from it or called it.
    fn newest(&self) -> BTreeMap<&NodeKey, At> {
        let mut newest = BTreeMap::new();
        for ((from, to, _), sum) in &self.edges {
            if let Some(at) = sum.passed.newest {
                for key in [from, to] {
                    let known = newest.entry(key).or_insert(at);
                    *known = at.max(*known);
                }
            }
        }
        newest
    }

    fn judge_channels(&mut self) {
        // Once over all edges, not once for every channel.
        let (mut incoming, mut outgoing) = (BTreeSet::new(), BTreeSet::new());
        let mut to_groups = BTreeSet::new();
        for (from, to, kind) in self.edges.keys() {
            incoming.insert((to, *kind));
            outgoing.insert((from, *kind));
            if *kind == EdgeKind::Deliver && matches!(to, NodeKey::Group { .. }) {
                to_groups.insert(from);
            }
        }
        let has_in = |key, kinds: &[EdgeKind]| kinds.iter().any(|kind| incoming.contains(&(key, *kind)));
        let has_out = |key, kinds: &[EdgeKind]| kinds.iter().any(|kind| outgoing.contains(&(key, *kind)));
        let mut judged = Vec::new();
        for (key, node) in &self.nodes {
            let NodeKey::Channel { system, .. } = key else { continue };
            let fed = has_in(key, &[EdgeKind::Publish, EdgeKind::Route, EdgeKind::DeadLetter]);
            let taken = has_out(key, &[EdgeKind::Deliver, EdgeKind::Route]);
            let grouped = to_groups.contains(key);
            let copied = self.fan_out.get(key).is_some_and(|fan_out| fan_out.most > 1);
            let routes = has_out(key, &[EdgeKind::Route]);
            let form = node.form.unwrap_or(match system.as_str() {
                "kafka" | "eventhubs" | "eventgrid" | "aws_sns" | "gcp_pubsub" | "nats" | "pulsar" => Form::Topic,
                "rabbitmq" if routes || copied => Form::Exchange,
                "rabbitmq" | "aws_sqs" => Form::Queue,
                _ if grouped || copied => Form::Topic,
                _ => Form::Queue,
            });
            let dead = has_in(key, &[EdgeKind::DeadLetter]) || is_dead_letters(key.name());
            judged.push((key.clone(), form, fed && !taken, taken && !fed, dead));
        }
        for (key, form, orphan, ghost, dead) in judged {
            let node = self.node(&key);
            node.form = Some(form);
            (node.orphan, node.ghost, node.dead_letters) = (orphan, ghost, dead);
        }
    }

    fn finish(self, map: &mut Map) {
        let newest: BTreeMap<NodeKey, At> = self.newest().into_iter().map(|(key, at)| (key.clone(), at)).collect();
        let index: BTreeMap<NodeKey, usize> = self.nodes.keys().cloned().zip(0..).collect();
        let at = |key: &NodeKey| index.get(key).copied();
        map.nodes = self.nodes.into_values().collect();
        for ((from, to_key, kind), sum) in &self.edges {
            let (Some(from), Some(to)) = (at(from), at(to_key)) else { continue };
            let fan_out = sum.fan_out;
            map.edges.push(Edge {
                from,
                to,
                kind: *kind,
                messages: sum.passed.messages,
                spans: sum.passed.spans,
                errors: sum.passed.errors,
                per_s: map.per_second(sum.passed.messages),
                latency: sum.passed.latency.times(),
                wait: sum.wait.times(),
                skewed: sum.skewed,
                evidence: sum.evidence,
                redelivered: sum.again,
                of_itself: sum.of_itself,
                newest: sum.passed.newest.or_else(|| newest.get(to_key).copied()).map(|(_, trace, span)| (trace, span)),
                fan_out: (fan_out.receivers > 0).then(|| fan_out.receivers as f64 / fan_out.messages as f64),
            });
        }
        for ((channel, group, service), work) in &self.handlers {
            let (Some(channel), Some(service)) = (at(channel), at(service)) else { continue };
            let passed = work.passed();
            if passed.spans == 0 {
                continue;
            }
            let sends = work.sends.iter().filter_map(|(to, caused)| {
                let handlings = caused.after_success + caused.after_failure;
                Some(Sends { channel: at(to)?, messages: caused.messages, handlings })
            });
            let calls = work.calls.iter().filter_map(|(to, calls)| {
                let (errors, latency) = (calls.errors, calls.latency.times());
                Some(Calls { node: at(to)?, calls: calls.messages, errors, latency })
            });
            map.handlers.push(Handler {
                channel,
                group: group.clone(),
                service,
                messages: passed.messages,
                handlings: passed.spans,
                errors: passed.errors,
                busy: work.handled.latency.times(),
                own: work.own.times(),
                redelivered: work.redelivered(),
                most_attempts: work.most_attempts,
                sends: sends.collect(),
                calls: calls.collect(),
                dead_letters: work.dead_letters.as_ref().and_then(at),
            });
        }
    }
}
