//! Messages that a service can never do anything with: every call for one of them fails, however often it is repeated.

use super::Kernel;
use super::publishing::poisoned;
use crate::plan::{Plan, Strike};
use crate::rng::{Purpose, Stream};
use crate::slab::NIL;

/// What is kept of them; nothing when the plan has none.
pub(super) struct Unfit {
    /// Whether the plan has any.
    pub(super) any: bool,
    /// By service.
    dice: Vec<Stream>,
    /// By message.
    known: Vec<Known>,
}

/// What was drawn for one message, a bit for each service: its place in the list of the consumer's calls.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    drawn: u32,
    unfit: u32,
}

impl Unfit {
    pub(super) fn new(plan: &Plan, replication: u32) -> Self {
        let any = plan.services.iter().any(|service| service.poison > 0.0)
            || plan.faults.iter().any(|fault| matches!(fault.strike, Strike::PoisonService { .. }));
        let stream = |service: &crate::plan::Service| {
            Stream::new(plan.seed, replication, &service.name, Purpose::ServicePoison, 0)
        };
        Unfit {
            any,
            dice: if any { plan.services.iter().map(stream).collect() } else { Vec::new() },
            known: Vec::new(),
        }
    }

    /// A place is taken by another message.
    #[cold]
    pub(super) fn forget(&mut self, message: u32) {
        if let Some(known) = self.known.get_mut(message as usize) {
            *known = Known::default();
        }
    }
}

impl Kernel<'_> {
    /// Whether a call must fail because its service can do nothing with a message that it is made for. `more` says whether
    /// its attempt still holds all messages of a batch together.
    #[cold]
    pub(super) fn is_unfit(&mut self, message: u32, call: u32, more: bool) -> bool {
        let mut any = false;
        let mut at = message;
        while at != NIL {
            any |= self.is_one_unfit(at, call);
            at = if more { self.messages[at].next } else { NIL };
        }
        any
    }

    /// The verdict is drawn with the first answer to a call for the message.
    fn is_one_unfit(&mut self, message: u32, call: u32) -> bool {
        let plan = self.plan;
        let service = plan.calls[call as usize].service;
        let group = &plan.groups[self.messages[message].group as usize];
        let owner = group.members.iter().map(|&m| &plan.consumers[m as usize]).find(|c| c.calls.contains(&call));
        let Some(calls) = owner.map(|consumer| consumer.calls.clone()) else { return false };
        // Several calls of one service share its verdict.
        let first = calls.clone().find(|&c| plan.calls[c as usize].service == service).unwrap_or(call);
        let bit = 1_u32 << (first - calls.start);
        let at = message as usize;
        if self.unfit.known.len() <= at {
            self.unfit.known.resize(at + 1, Known::default());
        }
        if self.unfit.known[at].drawn & bit == 0 {
            self.unfit.known[at].drawn |= bit;
            let share = plan.services[service as usize].poison;
            let mut unfit = share > 0.0 && self.unfit.dice[service as usize].unit() < share;
            unfit |= poisoned(&self.services[service as usize].trouble.poisons, plan, &mut self.faults);
            if unfit {
                self.unfit.known[at].unfit |= bit;
            }
        }
        self.unfit.known[at].unfit & bit != 0
    }
}
