//! The command line: commands and options, with the words of `--help`, the completions and the manual page.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use thalweg_workbench::{LIVE_HTTP, OtlpAddress};

mod observe;

pub(crate) use self::observe::*;

/// Heading of the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Most messages that `--traces` samples: their spans are held in memory until they are sent.
const MOST_TRACES: i64 = 10_000;

/// Not a doc comment: its addresses are no links.
const OTLP_HELP: &str =
    "Also send sampled messages as traces: http://HOST:4318 is OTLP/HTTP, grpc://HOST:4317 is OTLP/gRPC";

/// Design event-driven systems as text, simulate them, and look at their traces.
#[derive(Debug, Parser)]
#[command(name = "thalweg", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 all well, 1 the flow does not hold what it should, 2 wrong usage or unreadable \
    input, 3 the environment failed, 130 stopped by Ctrl-C.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The data file, which holds traces [default: in the user's data directory]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) db: Option<PathBuf>,
    /// Say nothing beside results and errors
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// Say what happens inside, on standard error
    #[arg(long, short, global = true, help_heading = EVERYWHERE, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented starter flow, another template, or one of the examples
    New(NewArgs),
    /// Tell what is wrong with flow documents
    Check(CheckArgs),
    /// Arrange the boxes of a flow document from left to right
    Layout(LayoutArgs),
    /// Run a scenario of a flow in virtual time
    Simulate(Box<SimulateArgs>),
    /// Tell what two results of a simulation differ in, and what of it may be chance
    Compare(CompareArgs),
    /// Compare this build with the known answers of queueing theory
    Validate(ValidateArgs),
    /// Run a flow's channels live on this machine, and answer over HTTP
    Run(RunArgs),
    /// Receive traces, logs and metrics over OTLP and keep them
    Receive(ReceiveArgs),
    /// Look at stored traces
    Traces(TracesArgs),
    /// Draw the stored traces as a flow document: services, channels, measured rates and times
    Discover(DiscoverArgs),
    /// Look at stored log records, the newest first
    Logs(LogsArgs),
    /// Look at stored metrics
    Metrics(MetricsArgs),
    /// Print the JSON Schema of the flow document
    Schema,
    /// Print a shell's completions
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// `thalweg run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The flow document; `-` is standard input. With `--db` its events are in that file [default: one of the flow's own in the
    /// user's data directory]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Where to answer over HTTP; port 0 takes any free one. Every request shows a token: the environment's
    /// (`THALWEG_TOKEN`), or one that is made and told
    #[arg(long, value_name = "ADDR", default_value_t = LIVE_HTTP)]
    pub(crate) http: SocketAddr,
    /// Run it on a broker instead of the embedded engine: nats://HOST:PORT, amqp://USER:PASSWORD@HOST:PORT, or tls:// and
    /// amqps://
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "db")]
    pub(crate) on: Option<String>,
    /// End after this time [default: Ctrl-C ends]
    #[arg(long = "for", value_name = "DURATION", value_parser = live_time)]
    pub(crate) length: Option<thalweg_flow::Duration>,
}

impl RunArgs {
    pub(crate) fn duration(&self) -> Option<std::time::Duration> {
        self.length.map(|length| std::time::Duration::from_nanos(length.as_nanos()))
    }
}

fn live_time(text: &str) -> Result<thalweg_flow::Duration, String> {
    text.parse().map_err(|error: thalweg_flow::text::ValueError| error.to_string())
}

/// `thalweg new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The file to write; `-` is standard output [default: the template's name in this folder]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) path: Option<PathBuf>,
    /// Begin with a template or an example; `--list` shows them
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,
    /// List the templates
    #[arg(long, conflicts_with_all = ["path", "template", "force"])]
    pub(crate) list: bool,
    /// Replace a file that is already there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `thalweg check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Flow documents; `-` is standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Answer with exit code 1 when there are any
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: CheckFormat,
}

/// What `--deny` forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Anything that is not an error
    Warnings,
}

/// Formats of `thalweg check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people: source lines with the place underlined
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// `thalweg layout`.
#[derive(Debug, Args)]
pub(crate) struct LayoutArgs {
    /// Flow documents, changed in place; `-` reads standard input and writes standard output
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Write nothing; answer with exit code 1 when a document is not tidy
    #[arg(long)]
    pub(crate) check: bool,
    /// A node that stays where the document puts it; repeatable
    #[arg(long, value_name = "NODE")]
    pub(crate) pin: Vec<String>,
}

/// `thalweg simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// The flow document; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Which scenario [default: the one named `default`]
    #[arg(long, value_name = "NAME")]
    pub(crate) scenario: Option<String>,
    /// Seed of the random numbers [default: the scenario's]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many independent runs [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) replications: Option<u32>,
    /// Add runs until the 95% interval of the end-to-end mean is as narrow as this share of it, such as 1%; of a
    /// quantile p50:1%, p95:2% or p99:2%
    #[arg(long, value_name = "PRECISION", value_parser = precision)]
    pub(crate) until_ci: Option<String>,
    /// Length of each run in virtual time, such as 10m [default: the scenario's]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(crate) duration: Option<String>,
    /// Replace a value of the document, such as payment.instances=8; repeatable
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
    /// How to tell the results
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
    /// Also write a page with plots, tables and data into this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) report: Option<PathBuf>,
    /// Write the report into a folder that holds other files
    #[arg(long, requires = "report")]
    pub(crate) force: bool,
    /// How many threads; the results do not depend on it [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Most events to simulate; beyond it the run is refused before it begins [default: the simulator's own limit]
    #[arg(long, value_name = "EVENTS", value_parser = events)]
    pub(crate) budget: Option<u64>,
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help = OTLP_HELP)]
    pub(crate) otlp: Option<OtlpAddress>,
    /// How many messages to sample for --otlp [default: 50]
    #[arg(long, value_name = "N", requires = "otlp", value_parser = clap::value_parser!(u32).range(1..=MOST_TRACES))]
    pub(crate) traces: Option<u32>,
}

/// `thalweg compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Results of `thalweg simulate --format json`: the baseline
    #[arg(value_name = "BEFORE", value_hint = ValueHint::FilePath)]
    pub(crate) before: PathBuf,
    /// Results that are compared with it
    #[arg(value_name = "AFTER", value_hint = ValueHint::FilePath)]
    pub(crate) after: PathBuf,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// Formats of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON document
    Json,
}

/// `thalweg validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Only cases with this in their name, such as mm1 or fork
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: ValidateFormat,
    /// How many threads; the results do not depend on it [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// Formats of `thalweg validate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidateFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// The page docs/truth.md
    Markdown,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.trim().to_owned())),
        _ => Err("write PATH=VALUE, such as payment.instances=8".to_owned()),
    }
}

/// Checked here for the message, passed on as it is.
fn duration(text: &str) -> Result<String, String> {
    text.parse::<thalweg_flow::Duration>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// Checked here for the message, passed on as it is.
fn precision(text: &str) -> Result<String, String> {
    text.parse::<thalweg_workbench::Until>().map(|_| text.to_owned())
}

/// A whole number; `5e9`, `200M` and `1_000` are numbers too.
fn events(text: &str) -> Result<u64, String> {
    let no_number = || "write a whole number, such as 200000000, 200M or 2e8".to_owned();
    let digits = text.replace('_', "");
    let (digits, factor) = match digits.strip_suffix(['k', 'M', 'G']) {
        Some(rest) => (
            rest,
            if digits.ends_with('k') {
                1e3
            } else if digits.ends_with('M') {
                1e6
            } else {
                1e9
            },
        ),
        None => (digits.as_str(), 1.0),
    };
    let value = digits.parse::<f64>().map_err(|_| no_number())? * factor;
    // Beyond 2^53 a double no longer counts one by one, and no machine simulates so much.
    let is_whole = value.is_finite() && value.fract() == 0.0 && (1.0..=9_007_199_254_740_992.0).contains(&value);
    if is_whole { Ok(value as u64) } else { Err(no_number()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_hold_what_was_written() {
        assert_eq!(assignment("payment.instances=8"), Ok(("payment.instances".into(), "8".into())));
        assert_eq!(assignment("a.load={ poisson: 1/s }"), Ok(("a.load".into(), "{ poisson: 1/s }".into())));
        assert_eq!(assignment("a.b=c=d"), Ok(("a.b".into(), "c=d".into())));
        assert!(assignment("=8").is_err() && assignment("payment").is_err());
    }

    #[test]
    fn budgets_are_numbers() {
        for (text, value) in [("1", 1), ("1_000", 1000), ("200M", 200_000_000), ("5e9", 5_000_000_000), ("2k", 2000)] {
            assert_eq!(events(text), Ok(value));
        }
        for text in ["0", "-1", "1.5", "M", "", "nan", "inf", "1e30"] {
            assert!(events(text).is_err(), "{text}");
        }
    }
}
