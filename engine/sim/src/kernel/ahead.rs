//! Looks at what the next events will need, before they need it.
//!
//! With many messages in flight or many stations most of what an event touches is in no cache, and one thing leads to the next:
//! attempt, message, root. When a bucket of events comes into the calendar's heap they are all followed together, so that the
//! processor waits for many things at a time. Nothing here changes anything, and small flows never come here.

use std::hint::black_box;

use super::Kernel;
use super::events::Event;

/// At most so many events are followed.
const AHEAD: usize = 32;

impl Kernel<'_> {
    #[inline]
    pub(super) fn look_ahead(&mut self) {
        if self.calendar.is_fresh() {
            self.follow_upcoming();
        }
    }

    #[cold]
    fn follow_upcoming(&self) {
        // (message, instance) of those whose work is done soon, then their (root, consumer, group).
        let (mut hands, mut rest) = ([(0_u32, 0_u32); AHEAD], [(0_u32, 0_u32, 0_u32); AHEAD]);
        let mut many = 0;
        for event in self.calendar.upcoming().take(AHEAD) {
            match event {
                Event::WorkDone { attempt, .. } => {
                    let attempt = &self.attempts[attempt];
                    hands[many] = (attempt.message, attempt.instance);
                    many += 1;
                }
                Event::Produce { producer } => {
                    black_box(self.producers[producer as usize].drawn);
                    let publishes = &self.plan.producers[producer as usize].publishes;
                    if let Some(way) =
                        self.plan.express.publishes.get(publishes.start as usize).and_then(Option::as_ref)
                    {
                        black_box(self.edges[way.edge as usize]);
                        black_box(self.channels[way.channel as usize].counts.published);
                        self.touch_group(way.groups.start);
                    }
                }
                _ => {}
            }
        }
        for ((message, instance), rest) in hands[..many].iter().zip(&mut rest) {
            let message = &self.messages[*message];
            *rest = (message.root, self.instances[*instance as usize].consumer, message.group);
        }
        for &(root, consumer, group) in &rest[..many] {
            black_box(self.roots.places().get(root as usize).map(|root| root.references));
            let consumer = &self.consumers[consumer as usize];
            black_box((consumer.counts.completed, consumer.sojourn.count, consumer.busy.value()));
            self.touch_group(group);
        }
    }

    #[inline]
    fn touch_group(&self, group: u32) {
        let Some(state) = self.groups.get(group as usize) else { return };
        black_box((state.lag.value(), state.counts.entered, state.spent));
        if let Some(Some(station)) = self.plan.express.stations.get(group as usize) {
            black_box(self.lanes[station.lane as usize].head);
            let consumer = &self.consumers[station.consumer as usize];
            black_box((consumer.wait.count, consumer.counts.attempts, consumer.busy.value()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use thalweg_flow::{Overrides, resolve};

    use super::super::Kernel;
    use crate::plan::{Files, Plan};
    use crate::sample::Ziggurat;

    /// How often a flow of so many stations looks ahead in its first events. That it does changes nothing else that a test
    /// could see, and a large flow that no longer did would only be slow.
    fn looks(stations: usize) -> usize {
        let mut nodes = String::new();
        for i in 0..stations {
            let _ =
                writeln!(nodes, "  p{i}: {{ kind: producer, load: {{ poisson: 10/s }}, publishes: [{{ to: q{i} }}] }}");
            let _ = writeln!(nodes, "  q{i}: {{ kind: queue }}");
            let _ = writeln!(nodes, "  c{i}: {{ kind: consumer, subscribes: [{{ from: q{i} }}], service_time: 50ms }}");
        }
        let text = format!("thalweg: 1\nname: Many\nnodes:\n{nodes}scenarios:\n  default: {{ duration: 60s }}\n");
        let resolved = resolve(&text, None, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
        let ziggurat = Ziggurat::new();
        let mut kernel = Kernel::new(&plan, &ziggurat, 0);
        let mut looks = 0;
        for _ in 0..20_000 {
            let Some((time, event)) = kernel.calendar.pop_before(plan.duration) else { break };
            kernel.now = time;
            if kernel.calendar.is_fresh() {
                looks += 1;
                kernel.follow_upcoming();
            }
            kernel.happen(event);
        }
        looks
    }

    #[test]
    fn large_flows_look_ahead_and_small_ones_do_not() {
        assert!(looks(1_500) > 3);
        assert_eq!(looks(10), 0);
    }
}
