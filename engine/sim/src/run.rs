//! Replications: in parallel, watched, merged in order.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::error::SimError;
use crate::follow::ToFollow;
use crate::kernel::{Curves, Kernel, Outcome, Watch, assemble};
use crate::merge::Merger;
use crate::plan::Plan;
use crate::precision::{PrecisionEnd, PrecisionReport, Until};
use crate::report::{Report, Series, WarmupFrom};
use crate::sample::Ziggurat;
use crate::warmup;

/// How a run is carried out. But for `until`, none of it changes its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunOptions {
    /// How many threads; 0 is one per core.
    pub threads: usize,
    /// How many events the run may take over all replications.
    pub event_budget: u64,
    /// How many events of the first replication are chosen to be followed one by one ([`Report::to_follow`]); 0 is none.
    pub traces: u32,
    /// Adds replications, beyond those of the scenario, until the result is as precise as this.
    pub until: Option<Until>,
    /// Whether a run that is cancelled gives what it has, instead of [`SimError::Cancelled`].
    pub keep_partial: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions { threads: 0, event_budget: 1_000_000_000, traces: 0, until: None, keep_partial: false }
    }
}

/// Watches a run. Called from the threads that simulate, about twice a second; must be quick.
pub trait Observer: Sync {
    /// How much of the run is done, 0 to 1.
    fn progress(&self, share: f64) {
        let _ = share;
    }

    /// Like [`Observer::progress`], with the curves of the first replication so far. Comes soon after the start, and
    /// instead of the other while that replication is under way: who draws both draws once.
    fn series(&self, share: f64, partial: &Series) {
        let _ = (share, partial);
    }

    /// Whether the run shall stop; asked every few thousand events.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Observer for () {}

/// Events per second and thread that a modest machine reaches, for telling people how long a run would take.
const EVENTS_PER_SECOND: f64 = 5e6;
/// Time between two calls of the observer. A window without a graphics card redraws at each, for 40 ms (progress) to
/// 110 ms (curves) of one core, which the run then lacks: a tenth of two cores at most.
const BETWEEN_CALLS: Duration = Duration::from_millis(500);
/// After so long the first curves are shown: they make the run visible, and their beginning says what a flow is at.
const FIRST_CURVES: Duration = Duration::from_millis(10);
/// A curve has at least so many buckets.
const FEWEST_BUCKETS: usize = 2;
/// How many times longer than it takes to put the curves together is waited before that is done again.
const PAUSES: u32 = 20;
/// Replications that are under way or wait to be merged, per thread.
const WAVE: usize = 4;

/// Simulates a plan. The report is the same for every number of threads.
///
/// A backlog beyond memory ends the run with what there was until then, as
/// [`Statistics::stopped_early`](crate::Statistics::stopped_early) says: the report is then of the first replication
/// that came so far, alone.
pub fn run(plan: &Plan, options: &RunOptions, observer: &dyn Observer) -> Result<Report, SimError> {
    let mut plan = Cow::Borrowed(plan);
    if options.until.is_some() && plan.replications < Until::FEWEST {
        // Per replication nothing is predicted otherwise than before.
        let more = f64::from(Until::FEWEST) / f64::from(plan.replications);
        let plan = plan.to_mut();
        plan.prediction.events *= more;
        plan.replications = Until::FEWEST;
    }
    refuse_too_large(&plan, options)?;
    let began = Instant::now();
    let threads = if options.threads == 0 { available_threads() } else { options.threads };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| SimError::Threads { threads, reason: error.to_string() })?;
    let ziggurat = Ziggurat::new();
    let report = pool.install(|| {
        let mut warmup_from = WarmupFrom::default();
        if plan.warmup_auto {
            let pilots = RunOptions { traces: 0, ..*options };
            let (warmup, from) = Room::new(&plan, &pilots, observer, &ziggurat, began).settle(threads)?;
            plan.to_mut().warmup = warmup;
            warmup_from = from;
        }
        let room = Room::new(&plan, options, observer, &ziggurat, began);
        let outcome = room.run(threads)?;
        let wall_s = || began.elapsed().as_secs_f64();
        let mut report = match outcome {
            Ended::Whole(merger, precision) => merger.report(wall_s(), warmup_from, precision, None),
            Ended::Early { merged, cut_off: Some(outcome), error }
                if merged.count == 0 || error != SimError::Cancelled =>
            {
                let mut shorter = plan.clone().into_owned();
                shorter.replications = 1;
                shorter.duration = outcome.stopped.as_ref().map_or(shorter.duration, |(at, _)| *at).max(1);
                if shorter.warmup >= shorter.duration {
                    shorter.warmup = 0;
                }
                let mut merger = Merger::new(&shorter);
                merger.add(*outcome);
                merger.report(wall_s(), warmup_from, None, Some(&error))
            }
            Ended::Early { merged, error, .. } if merged.count == 0 => return Err(error),
            Ended::Early { merged, error, .. } => merged.report(wall_s(), warmup_from, None, Some(&error)),
        };
        report.to_follow = room.to_follow.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(report)
    })?;
    observer.progress(1.0);
    Ok(report)
}

fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

fn refuse_too_large(plan: &Plan, options: &RunOptions) -> Result<(), SimError> {
    let (predicted_events, budget) = (plan.prediction.events, options.event_budget as f64);
    if predicted_events <= budget {
        return Ok(());
    }
    let times = predicted_events / budget;
    let advice = if f64::from(plan.replications) >= times {
        format!(
            "Ask for {} replications instead of {}.",
            (f64::from(plan.replications) / times) as u32,
            plan.replications
        )
    } else {
        format!("Shorten the duration, lower the loads or ask for fewer replications: {times:.1} times less in all.")
    };
    Err(SimError::TooLarge { predicted_events, seconds: predicted_events / EVENTS_PER_SECOND, budget, advice })
}

/// How a run came to its end.
enum Ended<'p> {
    Whole(Merger<'p>, Option<PrecisionReport>),
    /// Before its time: what was merged until then, and the first replication, in their order, that did not get
    /// through, as far as it came.
    Early {
        merged: Merger<'p>,
        cut_off: Option<Box<Outcome>>,
        error: SimError,
    },
}

/// What all replications share.
struct Room<'a> {
    plan: &'a Plan,
    observer: &'a dyn Observer,
    ziggurat: &'a Ziggurat,
    until: Option<Until>,
    keep_partial: bool,
    /// Of every replication the same, so that where it runs out does not depend on the others.
    budget: u64,
    all_budget: u64,
    /// The first replication that did not get through: those after it need not go on, those before it must, so that
    /// it does not depend on the threads which one is told.
    stop: AtomicU32,
    /// How many replications there will be, as far as known.
    goal: AtomicU32,
    /// Sum over replications of the share that is done, in units of 2⁻³².
    done: AtomicU64,
    /// When the observer was last told.
    told: Mutex<Instant>,
    /// Whether the first replication has still to end: it tells of all, so that share and curves come together.
    first_tells: AtomicBool,
    /// How many events shall be chosen to be followed, and those that were.
    wanted: u32,
    to_follow: Mutex<ToFollow>,
}

const WHOLE: f64 = 4_294_967_296.0;

impl<'a> Room<'a> {
    fn new(
        plan: &'a Plan,
        options: &RunOptions,
        observer: &'a dyn Observer,
        ziggurat: &'a Ziggurat,
        began: Instant,
    ) -> Self {
        Room {
            plan,
            observer,
            ziggurat,
            until: options.until,
            keep_partial: options.keep_partial,
            budget: options.event_budget / u64::from(plan.replications),
            all_budget: options.event_budget,
            stop: AtomicU32::new(u32::MAX),
            goal: AtomicU32::new(plan.replications),
            done: AtomicU64::new(0),
            told: Mutex::new(began),
            first_tells: AtomicBool::new(true),
            wanted: options.traces,
            to_follow: Mutex::default(),
        }
    }

    /// How long the warm-up is, from pilot runs.
    fn settle(&self, threads: usize) -> Result<(u64, WarmupFrom), SimError> {
        let (mut present, mut width): (Vec<f64>, u64) = (Vec::new(), 0);
        let pilots = warmup::pilots(self.plan);
        self.goal.store(pilots, Ordering::Relaxed);
        let replications: Vec<u32> = (0..pilots).collect();
        for wave in replications.chunks(threads * WAVE) {
            let outcomes: Vec<_> = wave.par_iter().map(|&replication| self.replicate(replication)).collect();
            for outcome in outcomes {
                let outcome = outcome?;
                // A pilot that does not get through has nothing to say; the run itself will tell why.
                if let Some((_, error)) = outcome.stopped {
                    if error == SimError::Cancelled {
                        return Err(error);
                    }
                    return Ok(warmup::find(&[], 0, self.plan.duration));
                }
                width = outcome.curves.width();
                let lag = assemble(self.plan, width, &outcome.curves.columns).flow.lag;
                present.resize(lag.len(), 0.0);
                for (sum, value) in present.iter_mut().zip(lag) {
                    *sum += f64::from(value);
                }
            }
        }
        Ok(warmup::find(&present, width, self.plan.duration))
    }

    /// All replications, and more until they are as precise as was asked.
    fn run(&self, threads: usize) -> Result<Ended<'a>, SimError> {
        let mut merger = Merger::new(self.plan);
        let (mut next, mut goal) = (0, self.plan.replications);
        loop {
            self.goal.store(goal, Ordering::Relaxed);
            let replications: Vec<u32> = (next..goal).collect();
            for wave in replications.chunks(threads * WAVE) {
                let outcomes: Vec<_> = wave.par_iter().map(|&replication| self.replicate(replication)).collect();
                for outcome in outcomes {
                    match outcome {
                        Ok(outcome) => match &outcome.stopped {
                            None => merger.add(outcome),
                            Some((_, error)) => {
                                let error = error.clone();
                                return Ok(Ended::Early { merged: merger, cut_off: Some(Box::new(outcome)), error });
                            }
                        },
                        Err(SimError::Cancelled) if self.keep_partial => {
                            return Ok(Ended::Early { merged: merger, cut_off: None, error: SimError::Cancelled });
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            next = goal;
            let Some(asked) = self.until else { return Ok(Ended::Whole(merger, None)) };
            let reached = merger.precision(asked.of);
            let ended = |ended| Some(PrecisionReport { asked, reached, ended });
            let each = (merger.events / u64::from(next)).max(1);
            let affordable = u32::try_from(self.all_budget / each).unwrap_or(u32::MAX);
            if reached.is_some_and(|reached| reached <= asked.share) {
                return Ok(Ended::Whole(merger, ended(PrecisionEnd::Reached)));
            } else if reached.is_none() {
                return Ok(Ended::Whole(merger, ended(PrecisionEnd::NothingMeasured)));
            } else if next >= Until::MOST {
                return Ok(Ended::Whole(merger, ended(PrecisionEnd::Replications)));
            } else if next >= affordable {
                return Ok(Ended::Whole(merger, ended(PrecisionEnd::Budget)));
            }
            goal = asked.next_goal(next, reached).min(affordable);
        }
    }

    fn replicate(&self, replication: u32) -> Result<Outcome, SimError> {
        if self.shall_stop(replication) {
            return Err(SimError::Cancelled);
        }
        let kernel = Kernel::new(self.plan, self.ziggurat, replication);
        let mut seat = Seat { room: self, replication, done: 0, shown: Instant::now(), pause: FIRST_CURVES };
        // Of those that were cancelled the first shows how far it came.
        let keep_partial = self.keep_partial && replication == 0;
        let wanted = if replication == 0 { self.wanted } else { 0 };
        let mut outcome = kernel.choosing(wanted).run(self.budget, keep_partial, &mut seat);
        if wanted > 0
            && let Ok(outcome) = &mut outcome
        {
            self.keep_chosen(outcome);
        }
        if outcome.as_ref().map_or(true, |outcome| outcome.stopped.is_some()) {
            self.stop.fetch_min(replication, Ordering::Relaxed);
        }
        seat.reach(1.0);
        if replication == 0 {
            self.first_tells.store(false, Ordering::Relaxed);
        }
        outcome
    }
}

impl Room<'_> {
    fn keep_chosen(&self, outcome: &mut Outcome) {
        let chosen = std::mem::take(&mut outcome.chosen);
        let until = match &outcome.stopped {
            // Who cancels does not want to wait for the events to be followed.
            Some((_, SimError::Cancelled)) => return,
            Some((at, _)) => *at,
            None => self.plan.duration,
        };
        *self.to_follow.lock().unwrap_or_else(PoisonError::into_inner) = ToFollow { chosen, until };
    }

    /// How much of the run is done, 0 to 1.
    fn share(&self) -> f64 {
        let done = self.done.load(Ordering::Relaxed) as f64 / WHOLE;
        (done / f64::from(self.goal.load(Ordering::Relaxed))).min(1.0)
    }

    fn shall_stop(&self, replication: u32) -> bool {
        self.observer.cancelled() || self.stop.load(Ordering::Relaxed) < replication
    }
}

/// One replication's place in the room.
struct Seat<'a> {
    room: &'a Room<'a>,
    replication: u32,
    done: u64,
    shown: Instant,
    /// Until the curves are shown again: those of a large flow take long to put together.
    pause: Duration,
}

impl Seat<'_> {
    fn reach(&mut self, share: f64) {
        let done = (share * WHOLE) as u64;
        self.room.done.fetch_add(done.saturating_sub(self.done), Ordering::Relaxed);
        self.done = done;
    }
}

impl Watch for Seat<'_> {
    fn look(&mut self, now: u64, _events: u64, curves: &Curves) -> Result<(), SimError> {
        let room = self.room;
        if room.shall_stop(self.replication) {
            return Err(SimError::Cancelled);
        }
        self.reach(now as f64 / room.plan.duration as f64);
        if self.replication != 0 && room.first_tells.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Whoever finds the lock taken is told of by the one who has it.
        let Ok(mut told) = room.told.try_lock() else { return Ok(()) };
        if self.replication == 0 && self.shown.elapsed() >= self.pause && curves.buckets() >= FEWEST_BUCKETS {
            let began = Instant::now();
            room.observer.series(room.share(), &assemble(room.plan, curves.width(), &curves.columns));
            self.shown = Instant::now();
            self.pause = BETWEEN_CALLS.max((self.shown - began) * PAUSES);
            *told = self.shown;
        } else if told.elapsed() >= BETWEEN_CALLS {
            *told = Instant::now();
            room.observer.progress(room.share());
        }
        Ok(())
    }
}
