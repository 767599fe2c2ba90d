//! The short way through stations where nothing special can happen ([`crate::plan::Express`]).
//!
//! Everything here does what `publishing`, `messages`, `attempts` and `lanes` do, in the same order, so that a run takes the same
//! course to the last digit; a test sends random flows both ways. It is not taken while spans are noted.

use super::Kernel;
use super::attempts::Setback;
use super::events::Event;
use super::state::{Attempt, Message, Whereabouts};
use crate::MAX_IN_FLIGHT;
use crate::plan::{ExpressWay, Station};
use crate::slab::NIL;

impl Kernel<'_> {
    /// What instances do takes the long way, as do publishes while somebody follows. Before anything has happened.
    pub(super) fn take_the_long_way(&mut self) {
        self.instances.iter_mut().for_each(|instance| instance.express = NIL);
    }

    /// A message is published to a channel whose groups all have stations.
    #[inline]
    pub(super) fn publish_express(&mut self, index: u32, way: &ExpressWay, root: u32, cause_key: u64) {
        let key = if way.is_keyed { self.draw_key(index, cause_key) } else { cause_key };
        let owed = way.groups.end - way.groups.start;
        self.flow.owed += u64::from(owed);
        let place = &mut self.roots[root];
        place.followed = true;
        place.references += owed;
        self.edges[way.edge as usize] += 1;
        self.channels[way.channel as usize].counts.published += 1;
        let mut last = 0;
        for group in way.groups.clone() {
            if let Some(station) = &self.plan.express.stations[group as usize] {
                last = self.enter_express(group, station, root, key).max(last);
            }
        }
        // Places are used again: only where more are taken than there may be is there one so far back. The looks at every
        // 4096th event would come too late for what wide topics can take in between.
        if last as usize >= MAX_IN_FLIGHT {
            self.check_room();
        }
    }

    /// Gives the place of the message.
    #[inline]
    fn enter_express(&mut self, group: u32, station: &Station, root: u32, key: u64) -> u32 {
        let now = self.now;
        let state = &mut self.groups[group as usize];
        state.counts.entered += 1;
        state.lag.add(now);
        let lane = &mut self.lanes[station.lane as usize];
        let tail = lane.tail;
        let message = self
            .messages
            .insert(|before| Message { previous: tail, ..Message::new(before, root, group, station.lane, key, now) });
        if tail == NIL {
            if let Some(instance) = self.idle_express(station) {
                self.start_express(station, instance, message, NIL);
                return message;
            }
            let lane = &mut self.lanes[station.lane as usize];
            lane.head = message;
            lane.tail = message;
            lane.length += 1;
        } else {
            lane.tail = message;
            lane.length += 1;
            self.messages[tail].next = message;
        }
        if station.is_queue {
            self.channels[station.channel as usize].depth.add(now);
        }
        message
    }

    #[inline(never)]
    fn draw_key(&mut self, index: u32, cause_key: u64) -> u64 {
        let state = &mut self.publishes[index as usize];
        let key = self.plan.publishes[index as usize].key.as_ref();
        key.map_or(cause_key, |key| key.draw(&mut state.key, &mut state.unique))
    }

    /// An instance with a free server; instances take turns.
    #[inline]
    fn idle_express(&mut self, station: &Station) -> Option<u32> {
        if station.instance != NIL {
            // It stands in the list of idle ones, whether or not it is one.
            let is_free = self.instances[station.instance as usize].busy < station.concurrency;
            return is_free.then_some(station.instance);
        }
        let consumer = &mut self.consumers[station.consumer as usize];
        while let Some(&instance) = consumer.idle.front() {
            let place = &mut self.instances[instance as usize];
            if place.busy < station.concurrency {
                return Some(instance);
            }
            place.listed = false;
            consumer.idle.pop_front();
        }
        None
    }

    /// An instance takes a message that is in no list. `attempt` is one of this instance that has just ended, or `NIL`: the next
    /// one takes its place.
    #[inline]
    fn start_express(&mut self, station: &Station, instance: u32, message: u32, attempt: u32) {
        let now = self.now;
        if station.instance == NIL {
            self.occupy(instance);
        } else {
            self.instances[instance as usize].busy += 1;
            self.consumers[station.consumer as usize].busy.add(now);
        }
        self.edges[station.edge as usize] += 1;
        let consumer = &mut self.consumers[station.consumer as usize];
        let place = &mut self.messages[message];
        debug_assert!(!place.again && !place.poison && place.pins == 0, "a message that needs the long way");
        place.whereabouts = Whereabouts::InHand;
        place.attempts += 1;
        consumer.counts.attempts += 1;
        let is_first = !std::mem::replace(&mut place.begun, true);
        if is_first {
            consumer.counts.arrivals += 1;
            consumer.wait.record(now - place.available);
        } else {
            consumer.counts.retries += 1;
            self.flow.retries += 1;
            if let Some(chooser) = &mut self.chooser {
                chooser.retried(place.root);
            }
        }
        let work = station.service_time.draw(&mut consumer.service, self.ziggurat);
        let (attempt, generation) = if attempt == NIL {
            let mut generation = 0;
            let attempt = self.attempts.insert(|before| {
                generation = before.map_or(0, |attempt| attempt.generation.wrapping_add(1));
                Attempt::new(generation, message, instance, now)
            });
            (attempt, generation)
        } else {
            let place = &mut self.attempts[attempt];
            place.generation = place.generation.wrapping_add(1);
            place.message = message;
            place.started = now;
            (attempt, place.generation)
        };
        self.push_after(work, Event::WorkDone { attempt, generation });
    }

    /// The work of an attempt is done, at a consumer whose only group has a station.
    #[inline]
    pub(super) fn work_done_express(&mut self, group: u32, station: &Station, attempt: u32) {
        let now = self.now;
        let consumer = &mut self.consumers[station.consumer as usize];
        if station.failure > 0.0 && consumer.failure.unit() < 1.0 - (1.0 - station.failure) {
            self.attempt_failed(attempt, Setback::Failed);
            return;
        }
        let Attempt { message, instance, .. } = self.attempts[attempt];
        self.instances[instance as usize].busy -= 1;
        consumer.busy.sub(now);
        let place = &mut self.messages[message];
        place.completed = true;
        let Message { root, key, available, .. } = *place;
        let sojourn = now - available;
        consumer.counts.completed += 1;
        consumer.sojourn.record(sojourn);
        let state = &mut self.groups[group as usize];
        state.counts.completed += 1;
        if let Some(recorder) = &mut state.sojourn {
            recorder.record(sojourn);
        }
        self.flow.completed += 1;
        for publish in station.publishes.clone() {
            self.publish(publish, root, key);
        }
        let state = &mut self.groups[group as usize];
        state.lag.sub(now);
        state.spent += u128::from(sojourn);
        let lag = state.lag.value();
        self.recovery.note(group, now, lag);
        let place = &mut self.messages[message];
        place.whereabouts = Whereabouts::Done;
        place.generation = place.generation.wrapping_add(1);
        self.messages.remove(message);
        self.release_root(root);
        self.find_work_express(station, instance, attempt);
    }

    /// Gives the free servers of an instance what waits for them; the last attempt of one of them has just ended.
    #[inline]
    fn find_work_express(&mut self, station: &Station, instance: u32, mut attempt: u32) {
        while self.instances[instance as usize].busy < station.concurrency {
            let lane = &mut self.lanes[station.lane as usize];
            let message = lane.head;
            if message == NIL {
                self.list_idle(instance);
                break;
            }
            let next = self.messages[message].next;
            lane.head = next;
            lane.length -= 1;
            if lane.returned == message {
                lane.returned = NIL;
            }
            if next == NIL {
                lane.tail = NIL;
            } else {
                self.messages[next].previous = NIL;
            }
            if station.is_queue {
                self.channels[station.channel as usize].depth.sub(self.now);
            }
            self.start_express(station, instance, message, attempt);
            attempt = NIL;
        }
        if attempt != NIL {
            let place = &mut self.attempts[attempt];
            place.active = false;
            place.generation = place.generation.wrapping_add(1);
            self.attempts.remove(attempt);
        }
    }
}
