//! Simulating a flow: resolve, compile, run, convert.

use std::{
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use thalweg_flow::{Overrides, Problem, Resolved, Severity};
use thalweg_protocol::{ApiError, ErrorCode, Run, RunSettings, SampledTrace, Series};
use thalweg_sim::{Files, Observer, Plan, Refusal, RunOptions, SimError};
use thalweg_telemetry::Trace;

use crate::{convert, files::read_side_files, sampled};

/// What to simulate.
#[derive(Debug, Clone, Default)]
pub struct SimulationRequest {
    /// The document's text.
    pub text: String,
    /// Where the CSV files that it names are; none for a text that has no file.
    pub folder: Option<PathBuf>,
    /// Scenario, seed, replications, values.
    pub settings: RunSettings,
    /// Replaces the scenario's duration, such as `10m`.
    pub duration: Option<String>,
    /// Threads; none is one per core. The figures do not depend on it.
    pub threads: Option<usize>,
    /// Most events to simulate over all replications; none is the simulator's own limit.
    pub event_budget: Option<u64>,
    /// How many events are followed one by one, into [`Simulated::traces`]; up to one replication's time more.
    pub traces: u32,
    /// Whether a run that is stopped gives what it has.
    pub keep_partial: bool,
}

/// What a simulation gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Figures and curves.
    pub run: Run,
    /// Which events were followed.
    pub sampled: Vec<SampledTrace>,
    /// These events with everything that follows from them, laid so that the run ends now.
    pub traces: Vec<Trace>,
}

/// Who is told how far a run is, and may stop it.
pub trait Progress: Sync {
    /// The share done, from 0 to 1.
    fn share(&self, share: f64);
    /// The same with the curves of the first replication so far, while that is under way.
    fn curves(&self, share: f64, partial: Series);
    /// The results, before events are followed; who stops the run from here on has them all.
    fn results(&self, run: &Run) {
        let _ = run;
    }
    /// Whether to stop; asked often.
    fn is_cancelled(&self) -> bool;
}

/// Why there are no results.
#[derive(Debug, Clone, PartialEq)]
pub enum SimulateError {
    /// The document has errors; each with its place.
    Flow(Vec<Problem>),
    /// The document is right but holds what is not simulated yet.
    NotSimulated(Vec<Refusal>),
    /// Anything else.
    Other(ApiError),
}

impl From<ApiError> for SimulateError {
    fn from(error: ApiError) -> Self {
        SimulateError::Other(error)
    }
}

impl From<SimulateError> for ApiError {
    /// The first error in words, and how many more there are.
    fn from(error: SimulateError) -> Self {
        match error {
            SimulateError::Flow(problems) => {
                let errors: Vec<_> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
                let first = errors.first().map_or_else(|| "The flow has errors.".to_owned(), ToString::to_string);
                with_more(ApiError::new(ErrorCode::InvalidFlow, first), errors.len())
            }
            SimulateError::NotSimulated(refusals) => {
                let first = refusals.first().map_or_else(String::new, |r| format!("{}: {}", r.path, r.message));
                let mut error = ApiError::new(ErrorCode::NotSimulated, first);
                error.help = refusals.first().and_then(|refusal| refusal.help.clone());
                with_more(error, refusals.len())
            }
            SimulateError::Other(error) => error,
        }
    }
}

fn with_more(mut error: ApiError, count: usize) -> ApiError {
    if count > 1 {
        error.message = format!("{} (and {} more)", error.message, count - 1);
    }
    error
}

/// Runs a scenario of a flow, on this thread and the simulator's own.
///
/// # Errors
/// [`SimulateError`], in words with places.
pub fn simulate(request: &SimulationRequest, progress: &dyn Progress) -> Result<Simulated, SimulateError> {
    let settings = &request.settings;
    let overrides = Overrides {
        set: settings.set.clone(),
        seed: settings.seed,
        replications: settings.replications,
        duration: match &request.duration {
            Some(text) => {
                Some(text.parse().map_err(|error| usage(format!("The duration {text:?} is not one: {error}.")))?)
            }
            None => None,
        },
        ..Overrides::default()
    };
    let resolved =
        thalweg_flow::resolve(&request.text, settings.scenario.as_deref(), &overrides).map_err(SimulateError::Flow)?;
    let plan = compile(request, &resolved)?;
    let mut options = RunOptions {
        threads: request.threads.unwrap_or(0),
        traces: request.traces,
        keep_partial: request.keep_partial,
        ..RunOptions::default()
    };
    if let Some(text) = &settings.until_ci {
        let until = text.parse().map_err(|error: String| ApiError::new(ErrorCode::Usage, convert::sentence(&error)))?;
        options.until = Some(until);
    }
    if let Some(budget) = request.event_budget {
        options.event_budget = budget;
    }
    let watch = Watch(progress);
    let mut report = thalweg_sim::run(&plan, &options, &watch).map_err(|error| run_error(&error))?;
    let (ended, to_follow) = (unix_now(), std::mem::take(&mut report.to_follow));
    let run = convert::run(report, &resolved);
    progress.results(&run);
    // It fails only when it is stopped.
    let followed = thalweg_sim::follow(&plan, to_follow, &watch).unwrap_or_default();
    let traces = sampled::traces(&run.report, &followed, ended);
    let sampled = sampled::lines(&followed, &traces);
    Ok(Simulated { run, sampled, traces })
}

fn compile(request: &SimulationRequest, resolved: &Resolved) -> Result<Plan, SimulateError> {
    let files: Files = read_side_files(&resolved.flow.files(), request.folder.as_deref())?.into_iter().collect();
    Plan::compile(resolved, &files).map_err(SimulateError::NotSimulated)
}

/// Nanoseconds since 1970.
fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn usage(message: String) -> SimulateError {
    ApiError::new(ErrorCode::Usage, message).with_help("Write a number with a unit, such as 90s, 10m or 2h.").into()
}

fn run_error(error: &SimError) -> SimulateError {
    let code = match error {
        SimError::TooLarge { .. } | SimError::OverBudget { .. } | SimError::Backlog { .. } | SimError::Stuck { .. } => {
            ErrorCode::TooLarge
        }
        SimError::Cancelled => ErrorCode::Cancelled,
        SimError::Threads { .. } => ErrorCode::Usage,
        SimError::Bug(_) => ErrorCode::Internal,
    };
    ApiError::new(code, convert::sentence(&error.to_string())).into()
}

/// The simulator's observer in front of a face's progress.
struct Watch<'a>(&'a dyn Progress);

impl Observer for Watch<'_> {
    fn progress(&self, share: f64) {
        self.0.share(share);
    }

    fn series(&self, share: f64, partial: &thalweg_sim::Series) {
        self.0.curves(share, convert::series(partial));
    }

    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
