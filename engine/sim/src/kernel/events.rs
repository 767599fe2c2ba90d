//! What can happen, and who is told of it.

use super::Kernel;
use crate::slab::NIL;

/// What can happen. Generations tell a thing from a later one in the same place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Produce {
        producer: u32,
    },
    Draw {
        producer: u32,
    },
    Publish {
        pending: u32,
    },
    /// A bus may make a push, for the first time or again.
    Push {
        pushing: u32,
    },
    WorkDone {
        attempt: u32,
        generation: u32,
    },
    AttemptTimeout {
        attempt: u32,
        generation: u32,
    },
    CallDone {
        call: u32,
        generation: u32,
    },
    CallTimeout {
        call: u32,
        generation: u32,
    },
    CallAgain {
        attempt: u32,
        generation: u32,
    },
    RetryDue {
        message: u32,
        generation: u32,
    },
    Expire {
        lane: u32,
    },
    /// A message's own patience is over.
    LosePatience {
        message: u32,
        generation: u32,
    },
    /// A publish that was on its way is there.
    Arrive {
        pending: u32,
    },
    /// A delivery that was on its way is there.
    Deliver {
        delivery: u32,
    },
    CallArrives {
        call: u32,
        generation: u32,
    },
    /// A consumer may have a token again, a limited channel room for a publish.
    Wake {
        consumer: u32,
    },
    /// A relay looks into its outbox.
    Relay {
        producer: u32,
    },
    Admit {
        channel: u32,
    },
    FaultBegins {
        fault: u32,
    },
    FaultEnds {
        fault: u32,
    },
    SessionEnds {
        group: u32,
        member: u32,
        session: u32,
    },
    RebalanceEnds {
        group: u32,
        round: u32,
    },
    PollDue {
        lane: u32,
    },
    LeaseEnds {
        timer: u32,
    },
    BatchDue {
        lane: u32,
    },
    Started {
        fault: u32,
        instance: u32,
    },
    /// An autoscaler looks at the lag.
    Scale {
        consumer: u32,
    },
    /// An instance has started.
    Up {
        instance: u32,
        start: u32,
    },
    /// A message that was pushed reaches its instance.
    Pushed {
        push: u32,
        generation: u32,
    },
    /// A group may have one more message unacknowledged.
    Places {
        group: u32,
    },
    /// What a broker's queues hold may be below its limit again.
    MemoryFalls {
        memory: u32,
    },
    /// The broker hears of an acknowledgement.
    Settled {
        instance: u32,
        group: u32,
        session: u32,
    },
}

impl Kernel<'_> {
    #[expect(clippy::inline_always, reason = "as in the calendar: events stay in registers")]
    #[inline(always)]
    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Produce { producer } => self.produce(producer),
            Event::WorkDone { attempt, generation } => {
                let place = &self.attempts[attempt];
                if place.generation == generation {
                    let group = self.instances[place.instance as usize].express;
                    match self.plan.express.stations.get(group as usize) {
                        Some(Some(station)) => self.work_done_express(group, station, attempt),
                        _ => self.work_done(attempt),
                    }
                }
            }
            other => self.happen_otherwise(other),
        }
    }

    /// What happens less often.
    fn happen_otherwise(&mut self, event: Event) {
        match event {
            Event::Produce { .. } | Event::WorkDone { .. } => {}
            Event::Draw { producer } => self.next_arrival(producer),
            Event::Publish { pending } => self.publish_pending(pending),
            Event::Push { pushing } => self.push_due(pushing),
            Event::AttemptTimeout { attempt, generation } => {
                if self.attempts[attempt].generation == generation {
                    self.attempt_timed_out(attempt);
                }
            }
            Event::CallDone { call, generation } => {
                if self.callings[call].generation == generation {
                    self.call_done(call);
                }
            }
            Event::CallTimeout { call, generation } => {
                if self.callings[call].generation == generation {
                    self.call_timed_out(call);
                }
            }
            Event::CallAgain { attempt, generation } => {
                if self.attempts[attempt].generation == generation {
                    self.begin_call(attempt);
                }
            }
            Event::RetryDue { message, generation } => {
                if self.messages[message].generation == generation {
                    self.retry_due(message);
                }
            }
            Event::Expire { lane } => self.look_for_expired(lane),
            Event::LosePatience { message, generation } => {
                if self.messages[message].generation == generation {
                    self.lose_patience(message);
                }
            }
            Event::Arrive { pending } => self.arrives(pending),
            Event::Deliver { delivery } => self.delivered(delivery),
            Event::CallArrives { call, generation } => {
                if self.callings[call].generation == generation {
                    self.call_arrives(call);
                }
            }
            Event::Wake { consumer } => self.wake(consumer),
            Event::Relay { producer } => self.relay(producer),
            Event::Admit { channel } => self.admit_held(channel),
            Event::SessionEnds { group, member, session } => self.session_ends(group, member, session),
            Event::RebalanceEnds { group, round } => self.rebalance_ends(group, round),
            Event::PollDue { lane } => self.poll_due(lane),
            Event::LeaseEnds { timer } => self.look_for_ended_leases(timer),
            Event::BatchDue { lane } => self.batch_due(lane),
            Event::Started { fault, instance } => self.started(fault, instance),
            Event::Scale { consumer } => self.scale(consumer),
            Event::Up { instance, start } => self.come_up(instance, start),
            Event::Pushed { push, generation } => self.pushed(push, generation),
            Event::Settled { instance, group, session } => self.settled(instance, group, session),
            Event::Places { group } => self.places_again(group),
            Event::MemoryFalls { memory } => self.memory_falls(memory),
            Event::FaultBegins { fault } => self.fault_begins(fault),
            Event::FaultEnds { fault } => self.fault_ends(fault),
        }
    }

    /// The node at which an event happened, for telling people.
    pub(super) fn whose(&self, event: Event) -> String {
        let channel_of = |group: u32| {
            let group = &self.plan.groups[group as usize];
            self.plan.channels[group.channel as usize].name.clone()
        };
        match event {
            Event::Produce { producer } | Event::Draw { producer } | Event::Relay { producer } => {
                self.plan.producers[producer as usize].name.clone()
            }
            Event::Publish { pending } | Event::Arrive { pending } => {
                self.plan.channels[self.pendings[pending].to.channel as usize].name.clone()
            }
            Event::WorkDone { attempt, .. }
            | Event::AttemptTimeout { attempt, .. }
            | Event::CallAgain { attempt, .. } => {
                let instance = &self.instances[self.attempts[attempt].instance as usize];
                self.plan.consumers[instance.consumer as usize].name.clone()
            }
            Event::CallDone { call, .. } | Event::CallTimeout { call, .. } | Event::CallArrives { call, .. } => {
                let call = &self.plan.calls[self.callings[call].call as usize];
                self.plan.services[call.service as usize].name.clone()
            }
            Event::RetryDue { message, .. } | Event::LosePatience { message, .. } => {
                channel_of(self.messages[message].group)
            }
            Event::Expire { lane } | Event::PollDue { lane } | Event::BatchDue { lane } => {
                channel_of(self.lanes[lane as usize].group)
            }
            Event::Push { pushing } => {
                let push = &self.plan.pushes[self.pushings[pushing].push as usize];
                self.plan.channels[push.bus as usize].name.clone()
            }
            Event::Deliver { delivery } => channel_of(self.deliveries[delivery].group),
            Event::Wake { consumer } | Event::Scale { consumer } => self.plan.consumers[consumer as usize].name.clone(),
            Event::Up { instance, .. } => {
                let consumer = self.instances[instance as usize].consumer;
                self.plan.consumers[consumer as usize].name.clone()
            }
            Event::Admit { channel } => self.plan.channels[channel as usize].name.clone(),
            Event::MemoryFalls { memory } => self.plan.memories[memory as usize].broker.clone(),
            Event::Pushed { .. } => String::new(),
            Event::Settled { group, .. }
            | Event::SessionEnds { group, .. }
            | Event::RebalanceEnds { group, .. }
            | Event::Places { group } => channel_of(group),
            Event::LeaseEnds { timer } => {
                let of = |rules: &crate::plan::Rules| {
                    (rules.timers..rules.timers + rules.leases.len() as u32).contains(&timer)
                };
                let rules = self.plan.rules.iter().position(of).map_or(NIL, |index| index as u32);
                let subscriber = self.plan.consumers.iter().find(|c| c.subscriptions.iter().any(|s| s.rules == rules));
                subscriber.map(|consumer| consumer.name.clone()).unwrap_or_default()
            }
            Event::FaultBegins { fault } | Event::FaultEnds { fault } | Event::Started { fault, .. } => {
                self.plan.faults[fault as usize].target.clone()
            }
        }
    }
}
