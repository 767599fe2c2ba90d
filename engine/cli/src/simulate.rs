//! `thalweg simulate`: a scenario of a flow in virtual time.

use std::{sync::Mutex, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use thalweg_protocol::{ApiError, ErrorCode, Run, RunSettings, Series};
use thalweg_workbench::{
    CancelFlag, OtlpAddress, Progress, SimulateError, Simulated, SimulationRequest, Trace, send_traces, simulate,
};

use crate::{
    args::{Format, SimulateArgs},
    failure::{Failure, INTERRUPTED, Verdict},
    input::{self, Source},
    report,
    summary::{self, problems},
    terminal::{Look, Terminal, plain},
};

/// How many messages are sampled for `--otlp`, unless it is said.
const TRACES: u32 = 50;

/// Runs the scenario and tells its results.
pub(crate) fn run(args: &SimulateArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    let source = input::read(&args.file)?;
    if let Some(folder) = &args.report {
        // Said before the work is done, not after.
        report::may_write(folder, args.force)?;
    }
    let cancel = CancelFlag::default();
    stop_on_ctrl_c(cancel.clone())?;
    let watch = Watch::new(cancel, terminal);
    let outcome = simulate(&request(args, &source), &watch);
    watch.finish();
    let Simulated { run, traces, .. } = match outcome {
        Ok(simulated) => simulated,
        Err(error) => return refused(error, &source, terminal),
    };
    match args.format {
        Format::Human => terminal.print(&summary::render(&run, terminal.out()))?,
        Format::Json => terminal.print(&json(&run)?)?,
    }
    if let Some(folder) = &args.report {
        let page = report::write(folder, &run)?;
        terminal.note(&format!("The report is {}", page.display()));
    }
    if let Some(to) = &args.otlp {
        if traces.is_empty() && watch.is_cancelled() {
            terminal.note("Stopped before messages were followed, so there are no traces to send.");
        } else {
            send(to, &traces, terminal)?;
        }
    }
    if run.report.statistics.stopped_early.is_some() {
        let exit_code = if watch.is_cancelled() { INTERRUPTED } else { Verdict::DoesNotHold.exit_code() };
        return Err(Failure {
            exit_code,
            message: "The run ended before its time; the results are what there was until then.".to_owned(),
            help: None,
        });
    }
    let all_held = run.report.expectations.iter().all(|expectation| expectation.held);
    Ok(if all_held { Verdict::Well } else { Verdict::DoesNotHold })
}

/// Sends the sampled messages; what the receiver did not take is a failure of the environment.
fn send(to: &OtlpAddress, traces: &[Trace], terminal: &Terminal) -> Result<(), Failure> {
    if traces.is_empty() {
        terminal.note("Nothing was produced, so there are no traces to send.");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("No connection could be made: {error}.")))?;
    let sent = runtime.block_on(send_traces(to, traces))?;
    let said = sent.message.map_or_else(String::new, |message| format!(": {}", plain(&message)));
    if sent.refused > 0 {
        let all = sent.spans + sent.refused;
        return Err(Failure::environment(format!("{to} took {} of {all} spans{said}.", sent.spans)));
    }
    terminal.note(&format!("Sent {} traces with {} spans to {to}{said}", traces.len(), sent.spans));
    Ok(())
}

/// The documented JSON of a run.
pub(crate) fn json(run: &Run) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(&run.report)
        .map_err(|error| Failure::environment(format!("The results could not be written as JSON: {error}.")))?;
    Ok(text + "\n")
}

fn request(args: &SimulateArgs, source: &Source) -> SimulationRequest {
    SimulationRequest {
        text: source.text.clone(),
        folder: source.folder.clone(),
        settings: RunSettings {
            scenario: args.scenario.clone(),
            seed: args.seed,
            replications: args.replications,
            set: args.set.clone(),
            until_ci: args.until_ci.clone(),
        },
        duration: args.duration.clone(),
        threads: args.threads.map(std::num::NonZeroUsize::get),
        event_budget: args.budget,
        traces: args.otlp.as_ref().map_or(0, |_| args.traces.unwrap_or(TRACES)),
        keep_partial: true,
    }
}

/// Tells why there are no results, each reason with its place.
fn refused(error: SimulateError, source: &Source, terminal: &Terminal) -> Result<Verdict, Failure> {
    let look = terminal.err();
    match error {
        SimulateError::Flow(found) => {
            terminal.complain(problems::render(&source.name, &source.text, &found, look).trim_end());
            let counts = problems::counted(&found).unwrap_or_default();
            Err(Failure::usage(format!("{} cannot be simulated: {counts}.", source.name)))
        }
        SimulateError::NotSimulated(refusals) => {
            for refusal in &refusals {
                terminal.complain(&refusal_line(&refusal.path, &refusal.message, refusal.help.as_deref(), look));
            }
            Err(Failure::usage(format!("{} holds what cannot be simulated; nothing was run.", source.name)))
        }
        SimulateError::Other(ApiError { code: ErrorCode::Cancelled, .. }) => Err(Failure {
            exit_code: INTERRUPTED,
            message: "The simulation was cancelled; there are no results.".to_owned(),
            help: None,
        }),
        SimulateError::Other(error) => Err(error.into()),
    }
}

fn refusal_line(path: &str, message: &str, help: Option<&str>, look: Look) -> String {
    let help = help.map_or_else(String::new, |help| format!(" ({help})"));
    format!("{} {}: {}{}", look.sign("✕", "X"), plain(path), plain(message), plain(&help))
}

/// The first Ctrl-C asks the run to stop, which it does within milliseconds; the second ends the process.
pub(crate) fn stop_on_ctrl_c(cancel: CancelFlag) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("No thread could be started: {error}.")))?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                cancel.cancel();
                if tokio::signal::ctrl_c().await.is_ok() {
                    crate::end_at_once(INTERRUPTED);
                }
            }
        });
    });
    Ok(())
}

/// Shows how far a run is, to those who watch.
pub(crate) struct Watch {
    cancel: CancelFlag,
    bar: Mutex<Option<ProgressBar>>,
}

/// Steps of the bar; finer than any terminal is wide.
const STEPS: u64 = 1000;

impl Watch {
    pub(crate) fn new(cancel: CancelFlag, terminal: &Terminal) -> Self {
        let bar = terminal.is_watched().then(|| {
            let bar = ProgressBar::new(STEPS);
            let template = if terminal.err().unicode {
                "{spinner} simulating {wide_bar} {percent:>3}%  {eta} left"
            } else {
                "simulating [{wide_bar:.}] {percent:>3}%  {eta} left"
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let signs = if terminal.err().unicode { "━╸ " } else { "#> " };
            bar.set_style(style.progress_chars(signs));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Watch { cancel, bar: Mutex::new(bar) }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = self.bar.lock().ok().and_then(|mut bar| bar.take()) {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Watch {
    fn share(&self, share: f64) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.set_position((share.clamp(0.0, 1.0) * STEPS as f64) as u64);
        }
    }

    fn curves(&self, share: f64, _series: Series) {
        // A terminal shows the finished curves.
        self.share(share);
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
