//! Prefetch: messages that a broker pushes to instances before these have a free server.
//!
//! A message is pushed as soon as an instance has room in its window, round robin. It travels for the broker's delivery
//! latency, waits in the instance's buffer, whoever else idles, and holds its place in the window until its acknowledgement has
//! travelled back. When the connection is lost, everything that was pushed over it comes back.

use std::collections::VecDeque;

use super::Kernel;
use super::events::Event;
use super::state::Whereabouts;
use crate::plan::{AtLimit, Plan, Position};
use crate::rng::{Purpose, Stream};
use crate::slab::{NIL, Slab};

/// What is kept of windows and of latencies; empty when the plan has none.
pub(super) struct Windows {
    /// By instance.
    own: Vec<Window>,
    pushes: Slab<Push>,
    /// By consumer: whose turn it is, counted from its first instance.
    turns: Vec<u32>,
    /// By channel: random numbers of its delivery latency.
    latency: Vec<Stream>,
    /// By group: when the last delivery arrives, where nothing overtakes.
    arrives: Vec<u64>,
}

#[derive(Debug, Clone, Default)]
struct Window {
    unacked: u32,
    /// Pushes that arrived.
    buffer: VecDeque<u32>,
    /// Tells acknowledgements of a lost connection from those of the next.
    session: u32,
}

/// A message that was pushed and is not worked on yet.
#[derive(Debug, Clone, Copy)]
struct Push {
    message: u32,
    instance: u32,
    generation: u32,
    active: bool,
}

impl Windows {
    pub(super) fn new(plan: &Plan, replication: u32) -> Self {
        let any = plan.consumers.iter().any(|consumer| consumer.window > 0);
        let instances = plan.consumers.last().map_or(0, |consumer| consumer.instances.end as usize);
        let late = plan.channels.iter().any(|channel| channel.delivery_latency.is_some());
        let stream =
            |c: &crate::plan::Channel| Stream::new(plan.seed, replication, &c.name, Purpose::DeliveryLatency, 0);
        Windows {
            own: if any { vec![Window::default(); instances] } else { Vec::new() },
            pushes: Slab::new(),
            turns: vec![0; plan.consumers.len()],
            latency: if late { plan.channels.iter().map(stream).collect() } else { Vec::new() },
            arrives: if late { vec![0; plan.groups.len()] } else { Vec::new() },
        }
    }
}

impl Kernel<'_> {
    /// A latency of a group's channel, one way; 0 without one.
    fn delivery_latency(&mut self, group: u32) -> u64 {
        let channel = self.plan.groups[group as usize].channel as usize;
        let latency = self.plan.channels[channel].delivery_latency.as_ref();
        latency.map_or(0, |latency| latency.draw(&mut self.windows.latency[channel], self.ziggurat))
    }

    /// When what is delivered to a group without windows now arrives. Where the broker keeps an order nothing overtakes.
    pub(super) fn delivery_arrival(&mut self, group: u32) -> u64 {
        let planned = &self.plan.groups[group as usize];
        let channel = &self.plan.channels[planned.channel as usize];
        if channel.delivery_latency.is_none() || self.is_windowed(group) {
            return self.now;
        }
        let at = self.now.saturating_add(self.delivery_latency(group));
        if !channel.keeps_order {
            return at;
        }
        let last = &mut self.windows.arrives[group as usize];
        *last = at.max(*last);
        *last
    }

    #[inline]
    pub(super) fn is_windowed(&self, group: u32) -> bool {
        self.plan.groups[group as usize].windowed
    }

    /// Whether a window of the group has room, and whose it is; instances take turns.
    fn window_with_room(&mut self, group: u32) -> Option<u32> {
        let plan = self.plan;
        let &consumer = plan.groups[group as usize].members.first()?;
        if !self.hears(consumer, group) {
            return None;
        }
        let planned = &plan.consumers[consumer as usize];
        let instances = planned.instances.clone();
        let turn = self.windows.turns[consumer as usize];
        let has_room = |instance: &u32| {
            self.instances[*instance as usize].down == 0
                && self.windows.own[*instance as usize].unacked < planned.window
        };
        let from = |first: u32| first + turn % (instances.end - first).max(1);
        let start = from(instances.start);
        (start..instances.end).chain(instances.start..start).find(has_room)
    }

    pub(super) fn has_room_in_a_window(&mut self, group: u32) -> bool {
        self.window_with_room(group).is_some()
    }

    /// Pushes what waits into windows with room.
    pub(super) fn push_out(&mut self, group: u32) {
        let lane = self.plan.groups[group as usize].lanes.start;
        loop {
            self.purge(lane);
            let message = self.lanes[lane as usize].head;
            if message == NIL || !self.is_open(group) {
                return;
            }
            let Some(instance) = self.window_with_room(group) else { return };
            let consumer = self.instances[instance as usize].consumer;
            let first = self.plan.consumers[consumer as usize].instances.start;
            self.windows.turns[consumer as usize] = instance - first + 1;
            self.unlink(message);
            self.messages[message].whereabouts = Whereabouts::Pushed;
            self.windows.own[instance as usize].unacked += 1;
            let latency = self.delivery_latency(group);
            let push = self.windows.pushes.insert(|before| Push {
                message,
                instance,
                generation: before.map_or(0, |push| push.generation.wrapping_add(1)),
                active: true,
            });
            if latency > 0 {
                let generation = self.windows.pushes[push].generation;
                self.push_after(latency, Event::Pushed { push, generation });
            } else {
                self.push_arrives(push);
            }
        }
    }

    pub(super) fn pushed(&mut self, push: u32, generation: u32) {
        let place = self.windows.pushes[push];
        if place.active && place.generation == generation {
            self.push_arrives(push);
        }
    }

    fn push_arrives(&mut self, push: u32) {
        let instance = self.windows.pushes[push].instance;
        self.windows.own[instance as usize].buffer.push_back(push);
        self.work_off_buffer(instance);
    }

    /// Free servers of an instance take what its buffer holds.
    pub(super) fn work_off_buffer(&mut self, instance: u32) {
        let consumer = self.instances[instance as usize].consumer;
        let concurrency = self.plan.consumers[consumer as usize].concurrency;
        loop {
            let place = &self.instances[instance as usize];
            if place.down > 0 {
                return self.rests(instance);
            }
            if place.busy >= concurrency {
                return;
            }
            if self.consumers[consumer as usize].restrained && !self.has_token(consumer) {
                return;
            }
            let Some(push) = self.windows.own[instance as usize].buffer.pop_front() else { return };
            let message = self.windows.pushes[push].message;
            self.unpush(push);
            self.start(instance, message);
        }
    }

    fn unpush(&mut self, push: u32) {
        self.windows.pushes[push].active = false;
        self.windows.pushes.remove(push);
    }

    /// An instance acknowledges or rejects a message: its place in the window is free when the broker hears of it.
    pub(super) fn settle(&mut self, instance: u32, group: u32) {
        let latency = self.delivery_latency(group);
        let session = self.windows.own[instance as usize].session;
        if latency > 0 {
            self.push_after(latency, Event::Settled { instance, group, session });
        } else {
            self.settled(instance, group, session);
        }
    }

    pub(super) fn settled(&mut self, instance: u32, group: u32, session: u32) {
        let window = &mut self.windows.own[instance as usize];
        if window.session == session {
            window.unacked -= 1;
            self.push_out(group);
        }
    }

    /// The connection of an instance is lost: what was pushed over it and not begun comes back, each one delivered once more
    /// than before.
    pub(super) fn lose_window(&mut self, consumer: u32, instance: u32) {
        let Some(window) = self.windows.own.get_mut(instance as usize) else { return };
        window.session = window.session.wrapping_add(1);
        self.recall(consumer, instance);
        self.windows.own[instance as usize].unacked = 0;
    }

    /// What was pushed to an instance and not begun comes back; what it works on stays with it.
    pub(super) fn recall(&mut self, consumer: u32, instance: u32) {
        let plan = self.plan;
        let Some(window) = self.windows.own.get_mut(instance as usize) else { return };
        window.buffer.clear();
        let mut lost: Vec<u32> = (0_u32..)
            .zip(self.windows.pushes.places())
            .filter(|(_, push)| push.active && push.instance == instance)
            .map(|(index, _)| index)
            .collect();
        // The youngest first, so that the oldest ends at the front.
        lost.sort_by_key(|&push| {
            let message = self.windows.pushes[push].message;
            std::cmp::Reverse((self.messages[message].available, push))
        });
        for push in lost {
            let message = self.windows.pushes[push].message;
            self.unpush(push);
            let window = &mut self.windows.own[instance as usize];
            window.unacked = window.unacked.saturating_sub(1);
            let subscription = self.subscription(consumer, self.messages[message].group);
            let rules = plan.rules.get(subscription.rules as usize);
            self.messages[message].attempts += 1;
            if self.messages[message].attempts >= subscription.deliveries
                && rules.is_none_or(|rules| rules.limit == AtLimit::AtOnce)
            {
                let channel = plan.groups[self.messages[message].group as usize].channel;
                self.channels[channel as usize].counts.delivery_limit += 1;
                self.give_up(message, consumer);
            } else if rules.is_some() {
                self.link_again(message, Position::Original);
            } else {
                self.link_front(message);
            }
        }
    }

    /// How many messages are pushed and not begun, for the audit.
    pub(super) fn pushed_out(&self) -> u64 {
        self.windows.pushes.places().iter().filter(|push| push.active).count() as u64
    }

    /// Whether no message waits while a window has room.
    pub(super) fn windows_are_used(&self) -> bool {
        (0_u32..).zip(&self.plan.groups).filter(|(_, planned)| planned.windowed).all(|(group, planned)| {
            let head = self.lanes[planned.lanes.start as usize].head;
            // What was given back is pushed when the broker hears of it.
            let late = self.plan.channels[planned.channel as usize].delivery_latency.is_some();
            let heard_of = head != NIL && !(late && self.messages[head].attempts > 0);
            let waits = heard_of && self.is_open(group);
            let room = planned.members.iter().any(|&consumer| {
                let planned = &self.plan.consumers[consumer as usize];
                self.hears(consumer, group)
                    && planned.instances.clone().any(|i| {
                        self.instances[i as usize].down == 0 && self.windows.own[i as usize].unacked < planned.window
                    })
            });
            !(waits && room)
        })
    }
}
