//! Where everything that is published ends up, worked out before the run.
//!
//! What a route or a filter looks at is known of each `publishes` entry beforehand: its event type, its routing key and its
//! attributes. Entries that are alike in all of them are one class. For every class and every channel that routes or
//! filters there is one [`Way`]; the kernel looks it up and sees no patterns.

use std::collections::{BTreeMap, HashMap};

use thalweg_flow::pattern::{Facts, Matcher};
use thalweg_flow::{self as flow, EdgeKind, Flow, NodeKind, Pattern};

use super::names::Compiler;
use super::{Channel, Hub, Push, PushTo, Target};
use crate::slab::NIL;

/// How many ways there may be: classes times channels that route or filter.
const MAX_WAYS: usize = 10_000_000;

/// The class of what nothing is known of.
pub(crate) const NO_CLASS: u32 = 0;

/// All ways of a plan; empty when nothing routes or filters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Routing {
    /// By channel; [`NIL`] when it gives everything to all its groups.
    rows: Vec<u32>,
    classes: u32,
    ways: Vec<Way>,
    targets: Vec<Target>,
    groups: Vec<u32>,
}

/// What becomes of the messages of one class at one channel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    /// How many messages of groups it comes to; 1 when it is dropped as unroutable.
    pub(crate) owed: u32,
    passes: (u32, u32),
    targets: (u32, u32),
    groups: (u32, u32),
}

impl Routing {
    /// The way of a publish, if its channel routes or filters.
    #[inline]
    pub(crate) fn way(&self, to: Target) -> Option<&Way> {
        match self.rows.get(to.channel as usize) {
            None | Some(&NIL) => None,
            Some(row) => self.ways.get((row * self.classes + to.class) as usize),
        }
    }

    /// To how many groups of a topic a message goes at most; `None` when nothing filters there.
    pub(crate) fn most_groups(&self, channel: u32) -> Option<usize> {
        let row = *self.rows.get(channel as usize).filter(|row| **row != NIL)?;
        let own = self.ways.get((row * self.classes) as usize..((row + 1) * self.classes) as usize)?;
        own.iter().map(|way| self.groups(way).len()).max()
    }

    /// Exchanges that it goes through on the way, each with the edge that leads to it.
    pub(crate) fn passes(&self, way: &Way) -> &[Target] {
        &self.targets[way.passes.0 as usize..way.passes.1 as usize]
    }

    /// Channels that get a copy.
    pub(crate) fn targets(&self, way: &Way) -> &[Target] {
        &self.targets[way.targets.0 as usize..way.targets.1 as usize]
    }

    /// The groups that it is let through to, in ascending order.
    pub(crate) fn groups(&self, way: &Way) -> &[u32] {
        &self.groups[way.groups.0 as usize..way.groups.1 as usize]
    }
}

/// The classes met so far, each by one entry that is of it.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    list: Vec<(String, flow::Publish)>,
    numbers: HashMap<String, u32>,
}

impl Classes {
    /// The class of what a node publishes by an entry.
    pub(crate) fn number(&mut self, source: &str, publish: &flow::Publish) -> u32 {
        *self.numbers.entry(Facts::of(source, publish).identity()).or_insert_with(|| {
            self.list.push((source.to_owned(), publish.clone()));
            self.list.len() as u32
        })
    }
}

/// Whether anything of a flow routes or filters.
pub(crate) fn is_routed(flow: &Flow) -> bool {
    flow.nodes.values().any(|node| {
        matches!(node.kind, NodeKind::Exchange(_) | NodeKind::Bus(_))
            || node.kind.subscribes().iter().any(|entry| entry.filter.is_some())
    })
}

impl Compiler<'_> {
    /// The filter of a subscription, parsed.
    pub(crate) fn filter(&mut self, path: &str, from: &str, filter: Option<&Pattern>) -> Option<Matcher> {
        let filter = filter?;
        let Some(NodeKind::Topic(topic)) = self.flow.nodes.get(from).map(|node| &node.kind) else {
            let message = "a queue gives each message to one of its consumers, whatever these would filter";
            let help = "filter before the queue: by an exchange, a bus or a topic";
            self.refusals.add(format!("{path}.filter"), message, help);
            return None;
        };
        let broker = topic.broker.as_ref();
        match Matcher::of_filter(self.flow.broker_kind(broker), filter) {
            Ok(matcher) => Some(matcher),
            Err(error) => {
                self.refusals.add(format!("{path}.filter"), error.message, error.help);
                None
            }
        }
    }

    /// Works out all ways.
    pub(crate) fn routing(&mut self, channels: &[Channel], filters: &[Option<Matcher>], pushes: &[Push]) -> Routing {
        if !self.routed {
            return Routing::default();
        }
        let mut rows = vec![NIL; channels.len()];
        let mut count = 0;
        for (row, channel) in rows.iter_mut().zip(channels) {
            let filters = channel.groups.clone().any(|group| filters[group as usize].is_some());
            if channel.hub != Hub::No || filters {
                *row = count;
                count += 1;
            }
        }
        let named = std::mem::take(&mut self.classes.list);
        let known = named.iter().map(|(source, publish)| Facts::of(source, publish));
        let classes: Vec<Facts<'_>> = std::iter::once(Facts::nothing()).chain(known).collect();
        if count as usize * classes.len() > MAX_WAYS {
            let message = format!(
                "more than {MAX_WAYS} ways: {count} channels that route or filter, {} classes of messages",
                classes.len()
            );
            self.refusals.add("nodes", message, "publish fewer different events, or route by fewer exchanges");
            return Routing::default();
        }
        let mut maker = Maker {
            bindings: self.bindings(channels),
            channels,
            filters,
            pushes,
            made: Routing::default(),
            circle: None,
        };
        let mut ways = vec![Way::default(); count as usize * classes.len()];
        for (channel, &row) in (0_u32..).zip(&rows).filter(|(_, row)| **row != NIL) {
            for (class, of) in classes.iter().enumerate() {
                ways[row as usize * classes.len() + class] = maker.way(channel, of);
            }
        }
        let (made, circle) = (maker.made, maker.circle);
        if let Some(bus) = circle {
            let message = "its events come back to it over its own rules";
            self.refusals.add(
                format!("nodes.{}.routes", channels[bus as usize].name),
                message,
                "narrow a pattern of the circle",
            );
        }
        Routing { rows, classes: classes.len() as u32, ways, ..made }
    }

    /// The bindings of every exchange.
    fn bindings(&mut self, channels: &[Channel]) -> BTreeMap<u32, Vec<(Matcher, Target)>> {
        let mut bindings = BTreeMap::new();
        for (index, channel) in (0_u32..).zip(channels) {
            let Some(NodeKind::Exchange(exchange)) = self.flow.nodes.get(&channel.name).map(|node| &node.kind) else {
                continue;
            };
            let mut own = Vec::new();
            for (i, route) in exchange.routes.iter().enumerate() {
                let path = format!("nodes.{}.routes.{i}", channel.name);
                let target = self.target(&format!("{path}.to"), &channel.name, &route.to, EdgeKind::Route);
                match Matcher::of_binding(exchange.exchange_type, route.pattern.as_ref()) {
                    Ok(matcher) => own.extend(target.map(|target| (matcher, target))),
                    Err(error) => self.refusals.add(format!("{path}.pattern"), error.message, error.help),
                }
            }
            bindings.insert(index, own);
        }
        bindings
    }

    pub(crate) fn exchange(&mut self, name: &str, exchange: &flow::Exchange) -> Channel {
        let flow::Exchange { broker, exchange_type: _, routes: _ } = exchange;
        Channel { hub: Hub::Exchange, ..self.plain_channel(name, broker.as_ref()) }
    }
}

struct Maker<'m> {
    bindings: BTreeMap<u32, Vec<(Matcher, Target)>>,
    channels: &'m [Channel],
    filters: &'m [Option<Matcher>],
    pushes: &'m [Push],
    made: Routing,
    /// A bus whose events come back to it.
    circle: Option<u32>,
}

impl Maker<'_> {
    fn way(&mut self, channel: u32, facts: &Facts<'_>) -> Way {
        match self.channels[channel as usize].hub {
            Hub::No => self.filtered(channel, facts),
            Hub::Exchange => self.exchanged(channel, facts),
            Hub::Bus => self.pushed(channel, facts),
        }
    }

    /// Which groups a topic's filters let a message through to.
    fn let_through(&self, channel: u32, facts: &Facts<'_>) -> impl Iterator<Item = u32> {
        let passes = |group: &u32| self.filters[*group as usize].as_ref().is_none_or(|filter| filter.matches(facts));
        self.channels[channel as usize].groups.clone().filter(passes)
    }

    fn filtered(&mut self, channel: u32, facts: &Facts<'_>) -> Way {
        let start = self.made.groups.len() as u32;
        let groups: Vec<u32> = self.let_through(channel, facts).collect();
        self.made.groups.extend(&groups);
        Way { owed: groups.len() as u32, groups: (start, start + groups.len() as u32), ..Way::default() }
    }

    /// Each rule that matches is a push of its own.
    fn pushed(&mut self, bus: u32, facts: &Facts<'_>) -> Way {
        let start = self.made.groups.len() as u32;
        let all = (0_u32..).zip(self.pushes);
        let matched = all.filter(|(_, push)| push.bus == bus && push.matcher.matches(facts)).map(|(index, _)| index);
        self.made.groups.extend(matched);
        let owed = self.owed(bus, facts, &mut Vec::new());
        Way { owed: owed as u32, groups: (start, self.made.groups.len() as u32), ..Way::default() }
    }

    /// How many messages of groups an event comes to at a channel; `above` are the buses that it came from.
    fn owed(&mut self, channel: u32, facts: &Facts<'_>, above: &mut Vec<u32>) -> usize {
        match self.channels[channel as usize].hub {
            Hub::No => self.let_through(channel, facts).count(),
            Hub::Exchange => {
                let (_, targets) = self.reached(channel, facts);
                let owed: usize = targets.iter().map(|target| self.let_through(target.channel, facts).count()).sum();
                if targets.is_empty() { 1 } else { owed }
            }
            Hub::Bus if above.contains(&channel) => {
                self.circle = Some(channel);
                0
            }
            Hub::Bus => {
                above.push(channel);
                let mut owed = 0;
                for push in self.pushes.iter().filter(|push| push.bus == channel && push.matcher.matches(facts)) {
                    owed += match push.to {
                        PushTo::Group(_) => 1,
                        PushTo::Channel(target) => self.owed(target.channel, facts, above),
                    };
                }
                above.pop();
                owed
            }
        }
    }

    /// Every queue and topic that is reached gets one copy, however many bindings lead to it; exchanges are gone through
    /// once, so that circles among them end (RabbitMQ, "Exchange to Exchange Bindings").
    fn reached(&self, channel: u32, facts: &Facts<'_>) -> (Vec<Target>, Vec<Target>) {
        let (mut passes, mut targets) = (Vec::new(), Vec::new());
        let mut seen = vec![channel];
        let mut next = std::collections::VecDeque::from([channel]);
        while let Some(exchange) = next.pop_front() {
            for (matcher, target) in self.bindings.get(&exchange).map_or(&[][..], Vec::as_slice) {
                if seen.contains(&target.channel) || !matcher.matches(facts) {
                    continue;
                }
                seen.push(target.channel);
                if self.channels[target.channel as usize].hub == Hub::Exchange {
                    passes.push(*target);
                    next.push_back(target.channel);
                } else {
                    targets.push(*target);
                }
            }
        }
        (passes, targets)
    }

    fn exchanged(&mut self, channel: u32, facts: &Facts<'_>) -> Way {
        let (passes, targets) = self.reached(channel, facts);
        Way {
            owed: self.owed(channel, facts, &mut Vec::new()) as u32,
            passes: self.keep(passes),
            targets: self.keep(targets),
            ..Way::default()
        }
    }

    fn keep(&mut self, targets: Vec<Target>) -> (u32, u32) {
        let start = self.made.targets.len() as u32;
        self.made.targets.extend(targets);
        (start, self.made.targets.len() as u32)
    }
}
