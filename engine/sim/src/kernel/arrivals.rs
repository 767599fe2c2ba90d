//! Producers: when they produce.

use super::Kernel;
use super::events::Event;
use super::state::Root;
use crate::plan::{Arrivals, Segment};
use crate::rng::Stream;
use crate::sample::{Ziggurat, whole};
use crate::slab::NIL;

impl Kernel<'_> {
    pub(super) fn begin_load(&mut self, producer: u32) {
        let plan = self.plan;
        let arrivals = &plan.producers[producer as usize].arrivals;
        if let Arrivals::Closed { users, think_time } = arrivals {
            for _ in 0..*users {
                let think = think_time.draw(&mut self.producers[producer as usize].stream, self.ziggurat);
                self.push_after(think, Event::Produce { producer });
            }
        } else {
            if let Arrivals::Bursts { on, off, .. } = arrivals {
                // In the stationary state it is on with probability on / (on + off); off is a time on that just ended.
                let state = &mut self.producers[producer as usize];
                let is_on = state.stream.unit() * (on + off) < *on;
                state.on_until = if is_on { on * self.ziggurat.exponential(&mut state.stream) } else { 0.0 };
            }
            self.next_arrival(producer);
        }
    }

    /// Puts the next arrival of an open load into the calendar.
    pub(super) fn next_arrival(&mut self, producer: u32) {
        let plan = self.plan;
        let state = &mut self.producers[producer as usize];
        let now = self.now;
        let at = match &plan.producers[producer as usize].arrivals {
            Arrivals::Never | Arrivals::Closed { .. } => None,
            Arrivals::Constant { period } => Some(((state.drawn + 1) as f64 * period).round() as u64),
            Arrivals::Poisson { gap } => Some(after(now, gap * self.ziggurat.exponential(&mut state.stream))),
            Arrivals::Varying(segments) => {
                let unit = self.ziggurat.exponential(&mut state.stream);
                varying(segments, &mut state.segment, now as f64, unit).map(|at| (at + 0.5) as u64)
            }
            Arrivals::Sine { mean, amplitude, period } => {
                let wave = Wave { mean: *mean, amplitude: *amplitude, period: *period };
                match wave.next(now as f64, &mut state.stream, self.ziggurat) {
                    Ok(at) => Some((at + 0.5) as u64),
                    Err(at) => return self.go_on_at(producer, at),
                }
            }
            Arrivals::Bursts { on, off, gap } => {
                let mut at = (now as f64).max(state.on_from);
                let mut steps = 0;
                loop {
                    let next = at + gap * self.ziggurat.exponential(&mut state.stream);
                    if next <= state.on_until {
                        break Some((next + 0.5) as u64);
                    }
                    // Memoryless: what was drawn beyond the end of the time on is drawn anew in the next.
                    at = state.on_until + off * self.ziggurat.exponential(&mut state.stream);
                    state.on_from = at;
                    state.on_until = at + on * self.ziggurat.exponential(&mut state.stream);
                    steps += 1;
                    if steps == STEPS || at > plan.duration as f64 {
                        return self.go_on_at(producer, at);
                    }
                }
            }
            Arrivals::Batch { every, .. } => Some(now.saturating_add(every.draw(&mut state.stream, self.ziggurat))),
            Arrivals::Replay(times) => times.get(state.drawn as usize).map(|(at, _)| *at),
        };
        state.drawn += 1;
        if let Some(at) = at {
            self.calendar.push(at.max(now), Event::Produce { producer });
        }
    }

    /// Nothing has come of many steps: looks up from it, so that the run can be watched and stopped, and goes on then.
    fn go_on_at(&mut self, producer: u32, at: f64) {
        self.calendar.push((at as u64).max(self.now), Event::Draw { producer });
    }

    #[inline]
    pub(super) fn produce(&mut self, producer: u32) {
        if let Arrivals::Poisson { gap } = &self.plan.producers[producer as usize].arrivals {
            let state = &mut self.producers[producer as usize];
            state.drawn += 1;
            let at = after(self.now, gap * self.ziggurat.exponential(&mut state.stream));
            self.calendar.push(at, Event::Produce { producer });
            self.produce_one(producer, None);
        } else {
            self.produce_otherwise(producer);
        }
    }

    /// By any other load than the most common one.
    fn produce_otherwise(&mut self, producer: u32) {
        let plan = self.plan;
        match &plan.producers[producer as usize].arrivals {
            Arrivals::Batch { size, .. } => {
                self.next_arrival(producer);
                for _ in 0..*size {
                    self.produce_one(producer, None);
                    if self.halt.is_some() {
                        return;
                    }
                }
            }
            Arrivals::Closed { .. } => self.produce_one(producer, None),
            Arrivals::Replay(times) => {
                // The arrival that is due was drawn before the one that is now put into the calendar.
                let event =
                    times.get(self.producers[producer as usize].drawn as usize - 1).and_then(|(_, event)| *event);
                self.next_arrival(producer);
                self.produce_one(producer, event);
            }
            _ => {
                self.next_arrival(producer);
                self.produce_one(producer, None);
            }
        }
    }

    /// One event with everything that it publishes; of a replayed event only what has its type.
    #[inline]
    fn produce_one(&mut self, producer: u32, event: Option<u32>) {
        self.flow.produced += 1;
        self.producers[producer as usize].counts.produced += 1;
        let root = Root { references: 1, producer, produced: self.now, followed: false };
        let root = self.roots.insert(|_| root);
        let plan = self.plan;
        if let Some(chooser) = &mut self.chooser {
            chooser.produced(self.now, root, self.flow.produced);
        }
        if let Some(follower) = &mut self.follower {
            follower.produced(self.now, root, self.flow.produced, producer);
        }
        for publish in plan.producers[producer as usize].publishes.clone() {
            let own = plan.publishes[publish as usize].event;
            if event.is_none() || own.is_none() || own == event {
                self.publish(publish, root, 0);
            }
        }
        self.release_root(root);
        self.check_room();
    }

    /// One thing less that keeps an event open; the last one ends it.
    #[inline]
    pub(super) fn release_root(&mut self, root: u32) {
        let place = &mut self.roots[root];
        place.references -= 1;
        if place.references == 0 {
            let ended = *place;
            self.root_ends(root, ended);
        }
    }

    #[inline]
    fn root_ends(&mut self, root: u32, ended: Root) {
        self.roots.remove(root);
        if ended.producer == NIL {
            return;
        }
        let lasted = self.now - ended.produced;
        if let Some(chooser) = &mut self.chooser {
            chooser.ended(root, lasted);
        }
        if let Some(follower) = &mut self.follower {
            follower.root_ended(root);
        }
        if ended.followed {
            self.end_to_end.record(lasted);
        }
        let plan = self.plan;
        if let Arrivals::Closed { think_time, .. } = &plan.producers[ended.producer as usize].arrivals {
            let stream = &mut self.producers[ended.producer as usize].stream;
            let think = think_time.draw(stream, self.ziggurat);
            self.push_after(think, Event::Produce { producer: ended.producer });
        }
    }
}

/// How many draws for one arrival are made in one go.
const STEPS: u32 = 1000;

/// `now` plus a time drawn in fractions of nanoseconds.
fn after(now: u64, nanos: f64) -> u64 {
    now.saturating_add(whole(nanos))
}

/// The next arrival of a Poisson process whose rate is a chain of straight lines: the time at which the integral of the
/// rate from `now` on reaches a unit exponential (inversion, Çinlar 1975).
fn varying(segments: &[Segment], index: &mut usize, now: f64, mut unit: f64) -> Option<f64> {
    let mut at = now;
    loop {
        let end = segments.get(*index + 1).map_or(f64::INFINITY, |next| next.start);
        if at >= end {
            *index += 1;
            continue;
        }
        let segment = segments.get(*index)?;
        let rate = (segment.rate + segment.slope * (at - segment.start)).max(0.0);
        let length = end - at;
        let area = if length.is_finite() {
            length * (rate + segment.slope * length / 2.0)
        } else if rate > 0.0 {
            f64::INFINITY
        } else {
            return None;
        };
        if unit < area {
            // rate·x + slope/2·x² = unit, in the form that is stable for small slopes.
            let root = libm::sqrt((rate * rate + 2.0 * segment.slope * unit).max(0.0));
            return Some(at + 2.0 * unit / (rate + root));
        }
        unit -= area;
        at = end;
    }
}

/// A rate that swings.
struct Wave {
    mean: f64,
    amplitude: f64,
    period: f64,
}

impl Wave {
    /// The next arrival by thinning (Lewis and Shedler 1979), or the time until which there is none.
    fn next(&self, mut at: f64, stream: &mut Stream, ziggurat: &Ziggurat) -> Result<f64, f64> {
        let most = self.mean + self.amplitude;
        for _ in 0..STEPS {
            at += ziggurat.exponential(stream) / most;
            let phase = 2.0 * core::f64::consts::PI * (at / self.period - libm::floor(at / self.period));
            if stream.unit() * most < self.mean + self.amplitude * libm::sin(phase) {
                return Ok(at);
            }
        }
        Err(at)
    }
}
