//! The command line: commands and options, with the words of `--help`, the completions and the manual page.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use thalweg_workbench::{OTLP_GRPC, OTLP_HTTP, Origin, OtlpAddress};

/// Heading of the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Most messages that `--traces` samples: their spans are held in memory until they are sent.
const MOST_TRACES: i64 = 10_000;

/// Not a doc comment: its addresses are no links.
const OTLP_HELP: &str =
    "Also send sampled messages as traces: http://HOST:4318 is OTLP/HTTP, grpc://HOST:4317 is OTLP/gRPC";

/// Not a doc comment: its address is no link.
const ORIGIN_HELP: &str = "Let web pages of this origin send, such as http://localhost:3000; repeatable";

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

/// `thalweg receive`.
#[derive(Debug, Args)]
pub(crate) struct ReceiveArgs {
    /// Where to answer OTLP over gRPC; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value_t = OTLP_GRPC)]
    pub(crate) grpc: SocketAddr,
    /// Where to answer OTLP over HTTP; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value_t = OTLP_HTTP)]
    pub(crate) http: SocketAddr,
    /// Take requests only with the token in this file, as `Authorization: Bearer TOKEN`; with one, the addresses may be such as
    /// other machines reach
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) token_file: Option<PathBuf>,
    #[arg(long, value_name = "ORIGIN", value_hint = ValueHint::Url, help = ORIGIN_HELP)]
    pub(crate) allow_origin: Vec<Origin>,
}

/// `thalweg discover`.
#[derive(Debug, Args)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) seen: SeenArgs,
    /// What the flow is called
    #[arg(long, value_name = "NAME", default_value = "Discovered")]
    pub(crate) name: String,
    /// The file to write; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Replace a file that is already there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Which traces to look at.
#[derive(Debug, Args)]
pub(crate) struct SeenArgs {
    /// Only traces that began so long ago or later, such as 15m [default: all]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(crate) since: Option<String>,
    /// Only traces that this service takes part in; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,
}

/// `thalweg traces`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct TracesArgs {
    #[command(subcommand)]
    pub(crate) command: TracesCommand,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum TracesCommand {
    /// The newest traces
    List {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// One trace: a waterfall, or OTLP JSON
    Show {
        /// Its id, 32 hexadecimal digits
        #[arg(value_name = "TRACE_ID", value_parser = trace_id)]
        trace_id: String,
        /// How to tell it; json is OTLP JSON
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// What all traces show together: services, channels and groups, and what passes between them
    Map {
        #[command(flatten)]
        seen: SeenArgs,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// One message's way through channels, groups, retries and dead letters, over all of its traces
    Journey {
        /// A trace of it, 32 hexadecimal digits
        #[arg(value_name = "TRACE_ID", value_parser = trace_id)]
        trace_id: String,
        /// The span that sends or receives it, 16 hexadecimal digits [default: all of the trace]
        #[arg(value_name = "SPAN_ID")]
        span_id: Option<String>,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Where the time of one trace went: its critical path
    Critical {
        /// Its id, 32 hexadecimal digits
        #[arg(value_name = "TRACE_ID", value_parser = trace_id)]
        trace_id: String,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Traces that a filter finds
    Search(SearchArgs),
    /// Answer whether traces of a shape exist, are quick enough and without errors: exit code 0 or 1
    Assert(AssertArgs),
}

/// `thalweg traces search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to find, such as 'service = payment and duration > 200ms and status = error'
    #[arg(value_name = "FILTER")]
    pub(crate) filter: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// What stands first
    #[arg(long, value_name = "ORDER", default_value = "newest")]
    pub(crate) order: Order,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: SearchFormat,
}

/// What stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// The newest
    Newest,
    /// The longest duration
    Slowest,
    /// Most errors
    Errors,
}

/// Formats of `thalweg traces search`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// The whole traces as one document of OTLP JSON
    OtlpJson,
}

/// `thalweg traces assert`.
#[derive(Debug, Args)]
pub(crate) struct AssertArgs {
    /// Which traces are meant, such as 'name = "POST /checkout" and service = shop'
    #[arg(value_name = "FILTER")]
    pub(crate) filter: String,
    /// How many there must be, such as 3, '>=1' or '<=10'; 0 is none at all
    #[arg(long, value_name = "COUNT", default_value = ">=1", value_parser = CountRange::from_str)]
    pub(crate) count: CountRange,
    /// Wait so long for them to arrive
    #[arg(long, value_name = "D", default_value = "30s", value_parser = span_of_time)]
    pub(crate) within: Duration,
    /// Only traces that began at most so long before this command [default: all that are stored]
    #[arg(long, value_name = "D", value_parser = span_of_time)]
    pub(crate) since: Option<Duration>,
    /// None of them may take longer
    #[arg(long, value_name = "D", value_parser = span_of_time)]
    pub(crate) max_duration: Option<Duration>,
    /// None of them may have a span with an error
    #[arg(long)]
    pub(crate) no_errors: bool,
    /// Before anything is judged that a late span could turn, the traces must have been at rest for so long
    #[arg(long, value_name = "D", default_value = "2s", value_parser = span_of_time)]
    pub(crate) settle: Duration,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// How many traces there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountRange {
    pub(crate) least: u64,
    pub(crate) most: Option<u64>,
}

impl FromStr for CountRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let sign = text.trim_end_matches(|c: char| !matches!(c, '<' | '>' | '='));
        let number: u64 =
            text[sign.len()..].trim().parse().map_err(|_| "write a whole number, such as 3, >=1 or <=10".to_owned())?;
        let range = |least, most| Ok(CountRange { least, most });
        match sign {
            "" | "=" | "==" => range(number, Some(number)),
            ">=" => range(number, None),
            ">" => range(number.saturating_add(1), None),
            "<=" => range(0, Some(number)),
            "<" if number > 0 => range(0, Some(number - 1)),
            _ => Err("write a whole number, such as 3, >=1 or <=10".to_owned()),
        }
    }
}

/// `thalweg logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// At least as grave
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,
    /// Of this service
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
    /// With this in what they say
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Of this trace, oldest first
    #[arg(long, value_name = "TRACE_ID", value_parser = trace_id, conflicts_with_all = ["severity", "service", "text"])]
    pub(crate) trace: Option<String>,
    /// How to tell it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// How grave a log record is, in OTLP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    /// 1 to 4
    Trace,
    /// 5 to 8
    Debug,
    /// 9 to 12
    Info,
    /// 13 to 16
    Warn,
    /// 17 to 20
    Error,
    /// 21 to 24
    Fatal,
}

impl Severity {
    /// The least of its numbers.
    pub(crate) fn number(self) -> u8 {
        4 * self as u8 + 1
    }
}

/// `thalweg metrics`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct MetricsArgs {
    #[command(subcommand)]
    pub(crate) command: MetricsCommand,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum MetricsCommand {
    /// Which metrics there are
    List {
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// The series of one metric
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
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

fn span_of_time(text: &str) -> Result<Duration, String> {
    text.parse::<thalweg_flow::Duration>()
        .map(|duration| Duration::from_nanos(duration.as_nanos()))
        .map_err(|error| error.to_string())
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

fn trace_id(text: &str) -> Result<String, String> {
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("a trace id has 32 hexadecimal digits; `thalweg traces list` shows those that are stored".to_owned())
    }
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

    #[test]
    fn counts_are_ranges() {
        let range = |least, most| Ok(CountRange { least, most });
        for (text, expected) in [
            ("3", range(3, Some(3))),
            ("= 3", range(3, Some(3))),
            (">=1", range(1, None)),
            ("> 0", range(1, None)),
            ("<=10", range(0, Some(10))),
            ("<1", range(0, Some(0))),
            ("0", range(0, Some(0))),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
        for text in ["", ">=", "<0", "-1", "1..2", "=>1", "many"] {
            assert!(text.parse::<CountRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn trace_ids_have_32_digits() {
        assert_eq!(trace_id("0AF7651916CD43DD8448EB211C80319C").unwrap(), "0af7651916cd43dd8448eb211c80319c");
        assert!(trace_id("0af7").is_err() && trace_id(&"g".repeat(32)).is_err());
    }
}
