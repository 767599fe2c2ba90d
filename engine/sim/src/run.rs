//! Replications: in parallel, watched, merged in order.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::error::SimError;
use crate::kernel::{Chosen, Curves, Kernel, Outcome, Watch, assemble};
use crate::merge::Merger;
use crate::plan::Plan;
use crate::report::{Report, Series};
use crate::sample::Ziggurat;
use crate::traces::{self, SampledTrace};

/// How a run is carried out; none of it changes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// How many threads; 0 is one per core.
    pub threads: usize,
    /// How many events the run may take over all replications.
    pub event_budget: u64,
    /// How many events of the first replication are followed one by one ([`Report::traces`]); 0 is none. It takes up to
    /// one replication's time more.
    pub traces: u32,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions { threads: 0, event_budget: 1_000_000_000, traces: 0 }
    }
}

/// Watches a run. Called from the threads that simulate, a few times a second; must be quick.
pub trait Observer: Sync {
    /// How much of the run is done, 0 to 1.
    fn progress(&self, share: f64) {
        let _ = share;
    }

    /// The curves of the first replication so far, at most about ten times a second.
    fn series(&self, partial: &Series) {
        let _ = partial;
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
/// Time between two calls of [`Observer::progress`], and of [`Observer::series`].
const BETWEEN_CALLS: Duration = Duration::from_millis(100);
/// Replications that are under way or wait to be merged, per thread.
const WAVE: usize = 4;

/// Simulates a plan. The report is the same for every number of threads.
pub fn run(plan: &Plan, options: &RunOptions, observer: &dyn Observer) -> Result<Report, SimError> {
    refuse_too_large(plan, options)?;
    let began = Instant::now();
    let ziggurat = Ziggurat::new();
    let threads = if options.threads == 0 { available_threads() } else { options.threads };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| SimError::Threads { threads, reason: error.to_string() })?;
    let room = Room {
        plan,
        observer,
        stop: AtomicBool::new(false),
        done: AtomicU64::new(0),
        told: Mutex::new(began),
        wanted: options.traces,
        traces: Mutex::default(),
    };
    // Of every replication the same, so that where it runs out does not depend on the others.
    let budget = options.event_budget / u64::from(plan.replications);
    let mut merger = Merger::new(plan);
    let replications: Vec<u32> = (0..plan.replications).collect();
    pool.install(|| {
        for wave in replications.chunks(threads * WAVE) {
            let outcomes: Vec<Result<Outcome, SimError>> =
                wave.par_iter().map(|&replication| room.replicate(&ziggurat, replication, budget)).collect();
            // The first in order of replications, not of time. A replication that was stopped because another failed
            // says so last.
            let mut verdict = Ok(());
            for outcome in outcomes {
                match outcome {
                    Ok(outcome) if verdict.is_ok() => merger.add(outcome),
                    Ok(_) => {}
                    Err(error) => {
                        if !matches!(verdict, Err(ref earlier) if *earlier != SimError::Cancelled) {
                            verdict = Err(error);
                        }
                    }
                }
            }
            verdict?;
        }
        Ok(())
    })?;
    observer.progress(1.0);
    let mut report = merger.report(began.elapsed().as_secs_f64());
    report.traces = room.traces.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(report)
}

/// When the curves were last shown, at the start: a little less than a whole interval ago, so that the first come soon.
fn first_look() -> Instant {
    let now = Instant::now();
    now.checked_sub(BETWEEN_CALLS * 3 / 4).unwrap_or(now)
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

/// What all replications share.
struct Room<'a> {
    plan: &'a Plan,
    observer: &'a dyn Observer,
    /// One of them failed: the others need not go on.
    stop: AtomicBool,
    /// Sum over replications of the share that is done, in units of 2⁻³².
    done: AtomicU64,
    /// When the observer was last told.
    told: Mutex<Instant>,
    /// How many events shall be followed, and those that were.
    wanted: u32,
    traces: Mutex<Vec<SampledTrace>>,
}

const WHOLE: f64 = 4_294_967_296.0;

impl Room<'_> {
    fn replicate(&self, ziggurat: &Ziggurat, replication: u32, budget: u64) -> Result<Outcome, SimError> {
        let kernel = Kernel::new(self.plan, ziggurat, replication);
        let mut seat = Seat { room: self, replication, done: 0, shown: first_look() };
        let wanted = if replication == 0 { self.wanted } else { 0 };
        let outcome = kernel.choosing(wanted).run(budget, &mut seat).and_then(|mut outcome| {
            let chosen = std::mem::take(&mut outcome.chosen);
            if !chosen.is_empty() {
                let traces = self.follow(ziggurat, chosen)?;
                *self.traces.lock().unwrap_or_else(PoisonError::into_inner) = traces;
            }
            Ok(outcome)
        });
        if outcome.is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
        seat.reach(1.0);
        outcome
    }
}

impl Room<'_> {
    /// Runs the first replication again and follows the chosen events through it.
    fn follow(&self, ziggurat: &Ziggurat, chosen: Vec<Chosen>) -> Result<Vec<SampledTrace>, SimError> {
        let noted = Kernel::new(self.plan, ziggurat, 0).record(chosen, self.plan.duration, &mut Rerun(self))?;
        Ok(traces::assemble(self.plan, &noted))
    }

    fn shall_stop(&self) -> bool {
        self.observer.cancelled() || self.stop.load(Ordering::Relaxed)
    }
}

/// Watches the second run of a replication, which is no progress of its own.
struct Rerun<'a>(&'a Room<'a>);

impl Watch for Rerun<'_> {
    fn look(&mut self, _now: u64, _events: u64, _curves: &Curves) -> Result<(), SimError> {
        if self.0.shall_stop() { Err(SimError::Cancelled) } else { Ok(()) }
    }
}

/// One replication's place in the room.
struct Seat<'a> {
    room: &'a Room<'a>,
    replication: u32,
    done: u64,
    shown: Instant,
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
        if room.shall_stop() {
            return Err(SimError::Cancelled);
        }
        self.reach(now as f64 / room.plan.duration as f64);
        // Whoever finds the lock taken is told of by the one who has it.
        if let Ok(mut told) = room.told.try_lock()
            && told.elapsed() >= BETWEEN_CALLS
        {
            *told = Instant::now();
            let done = room.done.load(Ordering::Relaxed) as f64 / WHOLE;
            room.observer.progress((done / f64::from(room.plan.replications)).min(1.0));
        }
        if self.replication == 0 && self.shown.elapsed() >= BETWEEN_CALLS {
            self.shown = Instant::now();
            room.observer.series(&assemble(room.plan, curves.width(), &curves.columns));
        }
        Ok(())
    }
}
