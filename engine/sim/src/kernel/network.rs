//! Edges that faults strike: what is cut, what takes longer, and what waits meanwhile.
//!
//! A cut does what a network partition does. Publishes and dead letters wait with their sender, in order. Deliveries stop; work
//! in hand goes on and is acknowledged. Calls get no answer.

use std::collections::VecDeque;

use thalweg_flow::EdgeKind;

use super::Kernel;
use super::events::Event;
use super::state::{CallState, Held, Kind, Pending};
use super::streams::Account;
use crate::plan::{Plan, Strike};

/// One edge; kept only when a fault of the plan strikes edges.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// Faults that cut it.
    pub(crate) cuts: Vec<u32>,
    /// Faults that make it slow.
    pub(crate) latencies: Vec<u32>,
    /// What waits with its sender for the end of a cut.
    held: VecDeque<Held>,
    /// Calls and answers that wait for the end of a cut.
    pub(crate) calls: Vec<u32>,
    /// When the last of what is on its way arrives: nothing overtakes.
    arrives: u64,
}

/// A delivery on its way to a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) group: u32,
    pub(crate) partition: u32,
    pub(crate) root: u32,
    pub(crate) kind: Kind,
    pub(crate) class: u32,
    pub(crate) id: u64,
    pub(crate) key: u64,
    pub(crate) poison: bool,
    /// The span of its publish, while spans are noted.
    pub(crate) span: u32,
    pub(crate) account: Account,
}

impl Link {
    /// Whether nothing of a fault is left.
    pub(crate) fn is_clean(&self) -> bool {
        self.cuts.is_empty() && self.latencies.is_empty() && self.held.is_empty() && self.calls.is_empty()
    }
}

/// One for each edge, if a fault of the plan strikes edges.
pub(super) fn links(plan: &Plan) -> Vec<Link> {
    let on_edges = |strike: &Strike| matches!(strike, Strike::Cut(_) | Strike::LatencyEdges { .. });
    let any = plan.faults.iter().any(|fault| on_edges(&fault.strike));
    plan.edges.iter().filter(|_| any).map(|_| Link::default()).collect()
}

impl Kernel<'_> {
    /// When what sets out over an edge now arrives; `None` is at once.
    fn arrival(&mut self, edge: u32) -> Option<u64> {
        let plan = self.plan;
        let now = self.now;
        let link = &mut self.links[edge as usize];
        if link.latencies.is_empty() && link.arrives <= now {
            return None;
        }
        let mut at = now;
        for &fault in &link.latencies {
            let state = &mut self.faults[fault as usize];
            state.touched += 1;
            if let Some(add) = plan.faults[fault as usize].strike.added() {
                at = at.saturating_add(add.draw(&mut state.dice, self.ziggurat));
            }
        }
        link.arrives = at.max(link.arrives);
        Some(link.arrives)
    }

    /// Whether something is kept from its channel for a while, by a cut or a slow edge.
    pub(super) fn is_delayed(&mut self, held: Held) -> bool {
        let groups = self.plan.owed_to(held.to);
        let link = &mut self.links[held.to.edge as usize];
        if link.cuts.is_empty() && link.held.is_empty() {
            return self.sets_out(held);
        }
        for &fault in &link.cuts {
            self.faults[fault as usize].touched += 1;
        }
        link.held.push_back(held);
        self.held_back += groups;
        self.roots[held.root].references += 1;
        true
    }

    /// Whether something is on its way for a while.
    fn sets_out(&mut self, held: Held) -> bool {
        let Some(at) = self.arrival(held.to.edge) else { return false };
        let Held { to, root, key, dead_letter, span } = held;
        self.held_back += self.plan.owed_to(to);
        self.roots[root].references += 1;
        let pending = self.pendings.insert(|_| Pending { to, root, key, dead_letter, span });
        self.calendar.push(at, Event::Arrive { pending });
        true
    }

    /// What was on its way is there.
    pub(super) fn arrives(&mut self, pending: u32) {
        let Pending { to, root, key, dead_letter, span } = self.pendings[pending];
        self.pendings.remove(pending);
        self.goes_on(span);
        self.held_back -= self.plan.owed_to(to);
        self.knock(to, root, key, dead_letter);
        self.release_root(root);
    }

    /// Whether a delivery to a group is on its way for a while.
    pub(super) fn travels(&mut self, delivery: Delivery) -> bool {
        let latest = self.delivery_arrival(delivery.group);
        let slowed = self.slowed(delivery.group).unwrap_or(self.now);
        let at = latest.saturating_add(slowed - self.now);
        if at <= self.now {
            return false;
        }
        self.held_back += 1;
        self.roots[delivery.root].references += 1;
        let delivery = self.deliveries.insert(|_| delivery);
        self.calendar.push(at, Event::Deliver { delivery });
        true
    }

    /// When what sets out to a group now arrives by an edge that a fault made slow.
    fn slowed(&mut self, group: u32) -> Option<u64> {
        if self.links.is_empty() {
            return None;
        }
        let members = &self.plan.groups[group as usize].members;
        // Several members are several edges; those are refused.
        let [only] = members[..] else { return None };
        let own = self.plan.consumers[only as usize].subscriptions.iter().find(|s| s.group == group)?;
        self.arrival(own.edge)
    }

    pub(super) fn delivered(&mut self, delivery: u32) {
        let Delivery { group, partition, root, kind, class, id, key, poison, span, account } =
            self.deliveries[delivery];
        self.deliveries.remove(delivery);
        self.goes_on(span);
        self.held_back -= 1;
        self.streams.announce(account);
        let message = self.enter(group, partition, root, key, kind);
        self.messages[message].poison |= poison;
        self.note_class(message, class);
        self.note_id(message, id);
        self.release_root(root);
    }

    /// Whether a call's way is cut; the faults that cut it are told.
    pub(super) fn call_is_cut(&mut self, edge: u32) -> bool {
        let Some(link) = self.links.get(edge as usize) else { return false };
        for &fault in &link.cuts {
            self.faults[fault as usize].touched += 1;
        }
        !link.cuts.is_empty()
    }

    /// When a call that is made now reaches its service; `None` is at once.
    pub(super) fn call_arrival(&mut self, edge: u32) -> Option<u64> {
        if self.links.is_empty() { None } else { self.arrival(edge) }
    }

    pub(super) fn cut(&mut self, fault: u32, edge: u32) {
        self.links[edge as usize].cuts.push(fault);
        if self.plan.edges[edge as usize].kind == EdgeKind::Subscribe {
            let plan = self.plan;
            for (consumer, planned) in (0_u32..).zip(&plan.consumers) {
                for subscription in planned.subscriptions.iter().filter(|s| s.edge == edge) {
                    let group = subscription.group;
                    let lanes = plan.groups[group as usize].lanes.clone();
                    let waiting: u64 = lanes.map(|lane| u64::from(self.lanes[lane as usize].length)).sum();
                    self.faults[fault as usize].touched += waiting;
                    self.groups[group as usize].cuts.push(fault);
                    let state = &mut self.consumers[consumer as usize];
                    state.deaf_to.push(group);
                    state.restrained = true;
                }
            }
        }
    }

    pub(super) fn mend(&mut self, fault: u32, edge: u32) {
        let plan = self.plan;
        let link = &mut self.links[edge as usize];
        remove_one(&mut link.cuts, fault);
        let is_whole = link.cuts.is_empty();
        match plan.edges[edge as usize].kind {
            EdgeKind::Subscribe => {
                for (consumer, planned) in (0_u32..).zip(&plan.consumers) {
                    for subscription in planned.subscriptions.iter().filter(|s| s.edge == edge) {
                        remove_one(&mut self.groups[subscription.group as usize].cuts, fault);
                        let state = &mut self.consumers[consumer as usize];
                        remove_one(&mut state.deaf_to, subscription.group);
                        state.restrain();
                        self.wake(consumer);
                    }
                }
            }
            EdgeKind::Call if is_whole => {
                let calls = std::mem::take(&mut self.links[edge as usize].calls);
                self.let_through(calls);
            }
            _ if is_whole => {
                while let Some(held) = self.links[edge as usize].held.pop_front() {
                    self.held_back -= plan.owed_to(held.to);
                    self.goes_on(held.span);
                    if !self.sets_out(held) {
                        self.knock(held.to, held.root, held.key, held.dead_letter);
                    }
                    self.release_root(held.root);
                }
            }
            _ => {}
        }
    }

    /// A call that took its time reaches the service.
    pub(super) fn call_arrives(&mut self, index: u32) {
        let service = self.plan.calls[self.callings[index].call as usize].service;
        if self.services[service as usize].crashes.is_empty() {
            self.take_call(service, index);
        } else {
            self.callings[index].state = CallState::Broken;
            self.call_done(index);
        }
    }
}

/// Takes one entry out; the same thing may be listed more than once.
pub(crate) fn remove_one(list: &mut Vec<u32>, what: u32) {
    if let Some(at) = list.iter().position(|&f| f == what) {
        list.remove(at);
    }
}
