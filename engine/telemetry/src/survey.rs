//! What many traces show together: where they lie in time and duration, what their operations take, in what two sets differ.
//!
//! The store folds columns. Traces of which only the whole tells whether a filter finds them are read, the newest first, up to
//! [`SPANS_PER_SURVEY`] spans; what is not decided then is left out and counted.

use std::time::{Duration, Instant};

use thalweg_spans::block::Truth;
use thalweg_spans::filter::Filter;
use thalweg_spans::survey::{Contrast, Density, Difference, FILTERS, Of, Operations, Piece, sets, wholes};
use thalweg_store::Store;

use crate::ids::TraceId;
use crate::query::{QueryError, get_trace};
use crate::search::matching;

/// Spans of whole traces that one survey reads.
const SPANS_PER_SURVEY: u64 = 100_000;
/// What there is so far is told at most so often, and takes no more than a part of the time.
const PACE: Duration = Duration::from_millis(300);
const PART: u32 = 5;
/// Traces of one set that are compared; of more an even part is. Shares are within a third of a per cent then, and what traces in
/// several parts were seen to have takes no more than some megabytes.
const MOST_OF_A_SET: usize = 100_000;

/// Traces in time and duration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DensityFound {
    /// Where they lie.
    pub density: Density,
    /// Traces that could not be decided on.
    pub undecided: u64,
    /// Whether the oldest were left out because there are too many.
    pub cut: bool,
}

/// In what two sets of traces differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContrastFound {
    /// Traces that were compared, of the set that is asked about, and of the others.
    pub traces: [u32; 2],
    /// How many there are of each: more, when only an even part was compared.
    pub there: [u32; 2],
    /// What more of these have, the greatest difference of shares first.
    pub differences: Vec<Difference>,
    /// Keys whose values name things one by one.
    pub too_many_values: Vec<Of>,
    /// Traces that could not be decided on.
    pub undecided: u64,
    /// Whether the oldest were left out because there are too many.
    pub cut: bool,
}

/// Which sets of traces are compared.
#[derive(Debug, Clone, Copy)]
pub struct Contrasted<'a> {
    /// Both are among these.
    pub within: &'a Filter,
    /// The set that is asked about.
    pub these: &'a Filter,
    /// The others; without, all that are not in the first.
    pub others: Option<&'a Filter>,
}

/// Tells now and then.
struct Pace {
    last: Instant,
    wait: Duration,
}

impl Pace {
    fn new() -> Self {
        Self { last: Instant::now(), wait: PACE }
    }

    /// Does it when it is time.
    fn now(&mut self, tell: impl FnOnce()) {
        let begun = Instant::now();
        if begun.duration_since(self.last) >= self.wait {
            tell();
            self.last = Instant::now();
            self.wait = PACE.max((self.last - begun) * PART);
        }
    }
}

/// Where the traces lie that a filter finds. `told` hears now and then how far it is, with what there is so far.
///
/// # Errors
/// When the data file cannot be read, or a trace in it not decoded.
pub async fn density(
    store: &Store,
    filter: &Filter,
    mut told: impl FnMut(f64, Density),
) -> Result<DensityFound, QueryError> {
    let mut pace = Pace::new();
    let (_, of_trace) = filter.apart();
    let is_found = |trace: &&Piece| {
        let holds = of_trace.as_ref().is_none_or(|asked| asked.holds(trace.start_ns, trace.duration_ns()));
        trace.held[0] == Truth::Yes && holds
    };
    let so_far = |share, pieces: &[Piece]| {
        pace.now(|| told(share, Density::of(wholes(pieces.to_vec()).iter().filter(is_found))));
    };
    let mut found = store.survey([Some(filter), None, None], so_far).await?;
    let undecided = decide(store, &mut found.traces, [Some(filter), None, None]).await?;
    let density = Density::of(found.traces.iter().filter(|trace| trace.held[0] == Truth::Yes));
    Ok(DensityFound { density, undecided, cut: found.cut })
}

/// What the operations take of all spans for which a filter holds. `told` hears now and then how far it is, with what there is so far.
///
/// # Errors
/// When the data file cannot be read.
pub async fn operations(
    store: &Store,
    filter: &Filter,
    mut told: impl FnMut(f64, &Operations),
) -> Result<Operations, QueryError> {
    let mut pace = Pace::new();
    Ok(store.operations(filter, |share, found| pace.now(|| told(share, found))).await?)
}

/// In what two sets of traces differ. `told` hears now and then how far it is, with what there is so far.
///
/// # Errors
/// When the data file cannot be read, or a trace in it not decoded.
pub async fn contrast(
    store: &Store,
    asked: Contrasted<'_>,
    mut told: impl FnMut(f64, ContrastFound),
) -> Result<ContrastFound, QueryError> {
    let filters = [Some(asked.within), Some(asked.these), asked.others];
    let mut found = store.survey(filters, |_, _| {}).await?;
    let undecided = decide(store, &mut found.traces, filters).await?;
    let cut = found.cut;
    let (both, there) = sets(&found.traces, MOST_OF_A_SET);
    let traces = there.map(|there| there.min(MOST_OF_A_SET as u32));
    let whole = |contrast: &Contrast, traces: [u32; 2]| {
        let (differences, too_many_values) = contrast.differences(traces);
        ContrastFound { traces, there, differences, too_many_values, undecided, cut }
    };
    let mut pace = Pace::new();
    let contrast =
        store.contrast(both, |share, so_far| pace.now(|| told(share, whole(so_far, so_far.traces())))).await?;
    Ok(whole(&contrast, traces))
}

/// Decides on the traces of which only the whole tells, the newest first; gives how many are left.
async fn decide(store: &Store, traces: &mut [Piece], filters: [Option<&Filter>; FILTERS]) -> Result<u64, QueryError> {
    let is_open = |trace: &Piece| trace.held[0] != Truth::No && trace.held.contains(&Truth::Unknown);
    let mut open: Vec<usize> = (0..traces.len()).filter(|at| is_open(&traces[*at])).collect();
    open.sort_unstable_by_key(|at| std::cmp::Reverse(traces[*at].start_ns));
    let (mut read, mut left) = (0, 0);
    for at in open {
        if read >= SPANS_PER_SURVEY {
            left += 1;
            continue;
        }
        let piece = &mut traces[at];
        // What is removed meanwhile is not found.
        let Some(trace) = get_trace(store, TraceId(piece.trace_id)).await? else {
            piece.held = [Truth::No; FILTERS];
            continue;
        };
        read += trace.spans.len() as u64;
        for (held, filter) in piece.held.iter_mut().zip(filters) {
            if let Some(filter) = filter.filter(|_| *held == Truth::Unknown) {
                *held = if matching(filter, &trace).is_empty() { Truth::No } else { Truth::Yes };
            }
        }
    }
    Ok(left)
}
