//! The order in which a flow is compiled.

use thalweg_flow::{
    Broker, BrokerKind, Duration, EventType, Flow, Node, NodeKind, Resolved, Scenario, Settings, Warmup,
};

use super::channels::kind_name;
use super::express::Express;
use super::faults::Struck;
use super::names::Compiler;
use super::scaling::mark_watched;
use super::traffic::Traffic;
use super::{Consumer, Files, Plan, PlannedNode, Prediction, Producer, Service};
use crate::error::Refusal;

impl Plan {
    /// Compiles a flow as one scenario runs it. Whatever is not simulated yet, and whatever makes no sense, is refused,
    /// all of it at once.
    pub fn compile(resolved: &Resolved, files: &Files) -> Result<Plan, Vec<Refusal>> {
        let Resolved { scenario_name, flow, settings, scenario } = resolved;
        let Settings { duration, warmup, seed, replications } = *settings;
        let mut c = Compiler::new(flow, files, scenario_name);
        c.check_settings(settings);
        c.refuse_unsimulated(flow);
        let edges = c.number_edges();

        let mut channels = c.channels();
        let groups = c.groups(&mut channels);
        let services = c.services();
        let mut lists = Lists::default();
        let producers = c.producers(&mut lists);
        let mut consumers = c.consumers(&groups.subscriptions, &mut lists);
        c.push_to(&mut consumers);
        let Scenario {
            summary: _,
            duration: _,
            warmup: _,
            seed: _,
            replications: _,
            load: _,
            set: _,
            faults,
            chaos,
            expect,
        } = scenario;
        let struck = Struck { channels: &channels, consumers: &consumers, edges: &edges };
        let faults = c.faults(faults, struck);
        let mut group_list = groups.list;
        let expectations = c.expectations(expect, &channels, &mut group_list, &consumers);
        c.lanes(&channels, &mut group_list);
        c.windows(&channels, &mut group_list, &groups.rules, &mut consumers);
        mark_watched(&mut group_list, &consumers);
        c.unacked(&channels, &mut group_list);
        let memories = c.memories(&mut channels);
        let pushes = c.pushes(&channels, &|bus, consumer| groups.pushed.get(&(bus, consumer)).copied());
        let routing = c.routing(&channels, &groups.filters, &pushes);

        let nodes = flow.nodes.keys();
        let nodes = nodes.filter_map(|name| Some(PlannedNode { name: name.clone(), place: c.place(name)? })).collect();
        let mut plan = Plan {
            flow: flow.name.clone(),
            scenario: scenario_name.clone(),
            seed,
            replications,
            duration: duration.as_nanos(),
            warmup: warmup.fixed().map_or(0, Duration::as_nanos),
            warmup_auto: warmup == Warmup::Auto,
            nodes,
            producers,
            channels,
            groups: group_list,
            consumers,
            rules: groups.rules,
            logs: 0,
            memories,
            sized: false,
            services,
            publishes: lists.publishes,
            routing,
            pushes,
            push_rules: std::mem::take(&mut c.push_rules),
            is_routed: c.routed,
            calls: lists.calls,
            edges,
            faults,
            events: c.events_numbered(),
            expectations,
            drawn: Vec::new(),
            notes: Vec::new(),
            prediction: Prediction::default(),
            express: Express::default(),
        };
        if !c.refusals.is_empty() {
            return Err(c.refusals.into_vec());
        }
        let traffic = Traffic::of(&plan);
        plan.prediction = traffic.predict(&plan);
        c.chaos(chaos.as_ref(), &mut plan, &traffic);
        c.room(&mut plan, &traffic);
        c.check_replays(&plan, &traffic);
        if !c.refusals.is_empty() {
            return Err(c.refusals.into_vec());
        }
        c.note_brokers(&plan);
        c.note_batches(&plan);
        plan.notes = c.notes;
        plan.express = Express::of(&plan);
        Ok(plan)
    }
}

/// What several nodes share one list of.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) publishes: Vec<super::Publish>,
    pub(crate) calls: Vec<super::Call>,
    pub(crate) instances: u32,
    pub(crate) breakers: u32,
    pub(crate) bulkheads: u32,
    pub(crate) budgets: u32,
}

impl Compiler<'_> {
    fn check_settings(&mut self, settings: &Settings) {
        let Settings { duration, warmup, seed: _, replications } = *settings;
        if duration.as_nanos() == 0 {
            self.refusals.add(self.setting("duration"), "a run of no length says nothing", "give a duration above 0");
        } else if let Some(warmup) = warmup.fixed().filter(|&warmup| warmup >= duration) {
            self.refusals.add(
                self.setting("warmup"),
                format!("the warm-up of {warmup} leaves nothing of the {duration} to measure"),
                "make the warm-up shorter than the duration",
            );
        }
        if duration.as_nanos() > MAX_DURATION {
            self.refusals.add(
                self.setting("duration"),
                format!("{duration} is beyond the calendar"),
                "stay below 100 years",
            );
        }
        if replications == 0 {
            self.refusals.add(self.setting("replications"), "no replication, no result", "ask for at least 1");
        }
        if replications > MAX_REPLICATIONS {
            let message = format!("{replications} replications are more than {MAX_REPLICATIONS}");
            self.refusals.add(self.setting("replications"), message, "ask for fewer; hundreds are plenty");
        }
    }

    fn setting(&self, name: &str) -> String {
        format!("scenarios.{}.{name}", self.scenario)
    }

    /// Looks at every part of the document but the settings of simulated nodes.
    fn refuse_unsimulated(&mut self, flow: &Flow) {
        // What has no say in a simulation is named here, so that a new field cannot be forgotten.
        let Flow { name: _, summary: _, owner: _, brokers, events, nodes, layout: _, comments: _, scenarios: _ } = flow;
        for (name, broker) in brokers {
            let Broker { kind, publish_latency: _, delivery_latency: _, memory_limit, summary: _ } = broker;
            if memory_limit.is_some() && !matches!(kind, BrokerKind::Rabbitmq | BrokerKind::Generic) {
                let message = format!("{} knows no `memory_limit`", kind_name(*kind));
                self.refusals.add(format!("brokers.{name}.memory_limit"), message, "leave `memory_limit` out");
            }
        }
        for event in events.values() {
            let EventType { version: _, schema: _, compatibility: _, size: _, personal_data: _, summary: _ } = event;
        }
        for (name, node) in nodes {
            let Node { title: _, summary: _, owner: _, kind } = node;
            match kind {
                NodeKind::Producer(_)
                | NodeKind::Topic(_)
                | NodeKind::Queue(_)
                | NodeKind::Exchange(_)
                | NodeKind::Bus(_)
                | NodeKind::Consumer(_)
                | NodeKind::Service(_)
                | NodeKind::Store(_) => {}
                NodeKind::Workflow(_) | NodeKind::Stream(_) => {
                    self.refusals.not_yet(format!("nodes.{name}"), &format!("a node of kind `{}`", kind.name()));
                }
            }
        }
    }

    fn producers(&mut self, lists: &mut Lists) -> Vec<Producer> {
        self.sorted()
            .filter_map(|(name, node)| match &node.kind {
                NodeKind::Producer(producer) => Some((name, producer)),
                _ => None,
            })
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(name, producer)| self.producer(name, producer, lists))
            .collect()
    }

    /// Services and stores, by name.
    fn services(&mut self) -> Vec<Service> {
        let nodes: Vec<_> = self.sorted().collect();
        let compiled = nodes.into_iter().filter_map(|(name, node)| match &node.kind {
            NodeKind::Service(service) => Some(self.compile_service(name, service)),
            NodeKind::Store(store) => Some(self.compile_store(name, store)),
            _ => None,
        });
        compiled.collect()
    }

    fn consumers(&mut self, subscriptions: &[Vec<super::Subscription>], lists: &mut Lists) -> Vec<Consumer> {
        let nodes: Vec<_> = self
            .sorted()
            .filter_map(|(name, node)| match &node.kind {
                NodeKind::Consumer(consumer) => Some((name, consumer)),
                _ => None,
            })
            .collect();
        nodes.into_iter().zip(subscriptions).map(|((name, node), own)| self.consumer(name, node, own, lists)).collect()
    }
}

impl<'a> Compiler<'a> {
    /// Nodes by name.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.sorted.clone().into_iter()
    }
}

/// A hundred years in nanoseconds: sums of two times stay far from the end of `u64`.
const MAX_DURATION: u64 = 100 * 366 * 86_400 * 1_000_000_000;
const MAX_REPLICATIONS: u32 = 10_000;
