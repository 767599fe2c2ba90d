//! The command line of what was received: `receive`, `traces`, `discover`, `logs`, `metrics`.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use thalweg_workbench::{OTLP_GRPC, OTLP_HTTP, Origin};

use super::{Format, duration};

/// Not a doc comment: its address is no link.
const ORIGIN_HELP: &str = "Let web pages of this origin send, such as http://localhost:3000; repeatable";

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
    /// Only traces with a span that this filter finds, such as 'status = error'
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
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
    /// What the operations of services take: rate, errors, percentiles, share of all time
    Operations {
        /// Count only the spans for which it holds, such as 'service = payment' [default: all]
        #[arg(value_name = "FILTER", default_value = "", hide_default_value = true)]
        filter: String,
        /// At most so many, those that take most time
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// In which attributes traces of a set differ from others
    Compare {
        /// The set that is asked about, such as 'trace.duration > 1s'
        #[arg(long, value_name = "FILTER")]
        set: String,
        /// What it is compared with [default: all other traces]
        #[arg(long, value_name = "FILTER")]
        against: Option<String>,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Two traces beside each other, their spans matched by service and operation
    Diff {
        /// The first, 32 hexadecimal digits
        #[arg(value_name = "TRACE_ID", value_parser = trace_id)]
        before: String,
        /// The second
        #[arg(value_name = "OTHER_ID", value_parser = trace_id)]
        after: String,
        /// How to tell it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Traces that a filter finds
    Search(SearchArgs),
    /// Write traces into a file of OTLP JSON, a line each, as the Collector's file exporter does
    Export(ExportArgs),
    /// Store traces, logs and metrics of files of OTLP JSON, such as the Collector's file exporter writes
    Import(ImportArgs),
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

/// `thalweg traces export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Only traces that this finds, such as 'status = error' [default: all]
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Only the trace of this id, 32 hexadecimal digits; repeatable
    #[arg(long, value_name = "TRACE_ID", value_parser = trace_id, conflicts_with = "filter")]
    pub(crate) trace: Vec<String>,
    /// The file to write; a name that ends in .gz or .zst has it compressed; `-` is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Replace a file that is already there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `thalweg traces import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Files with a document of OTLP JSON in each line, or with one document; plain, or compressed with gzip or zstd; `-` is
    /// standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// How to tell what became of them
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
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
    /// At most so many; of a trace all are shown
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
    /// For which this filter holds, such as 'card.brand = visa and not resource.host.name = db-1'
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Of this trace, oldest first
    #[arg(
        long,
        value_name = "TRACE_ID",
        value_parser = trace_id,
        conflicts_with_all = ["severity", "service", "text", "filter"]
    )]
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
        /// Only those whose name, unit, description or service holds this, in whatever case
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
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

fn span_of_time(text: &str) -> Result<Duration, String> {
    text.parse::<thalweg_flow::Duration>()
        .map(|duration| Duration::from_nanos(duration.as_nanos()))
        .map_err(|error| error.to_string())
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
    use super::*;

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
