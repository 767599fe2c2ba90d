//! `thalweg`, the headless face: the same engine for terminals, pipelines and machines without a display.
//!
//! Here are the command line itself, what is printed, and the files of a report. What a command *does* is a function of
//! `thalweg-workbench`, which the window calls too.
//!
//! Results go to standard output, everything else to standard error. Exit codes: [`failure`].

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "texts of a terminal are short, and a `write!` into a text would carry an error that cannot happen"
)]

mod args;
mod check;
mod compare;
mod discover;
mod failure;
mod input;
mod layout;
mod new;
mod receive;
mod report;
mod run;
mod shell;
mod signals;
mod simulate;
mod summary;
mod table;
mod terminal;
mod traces;
mod validate;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::{Cli, Command},
    failure::{Failure, Verdict},
    terminal::Terminal,
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version arrive here too, with exit code 0; a closed pipe is no reason to complain.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(failure::USAGE));
        }
    };
    log_to_stderr(cli.global.verbose);
    let terminal = Terminal::detect(cli.global.quiet);
    match run(cli, &terminal) {
        Ok(verdict) => ExitCode::from(verdict.exit_code()),
        Err(failure) => {
            terminal.error(&failure);
            ExitCode::from(failure.exit_code)
        }
    }
}

fn run(cli: Cli, terminal: &Terminal) -> Result<Verdict, Failure> {
    match cli.command {
        Command::New(args) => new::run(&args, terminal),
        Command::Check(args) => check::run(&args, terminal),
        Command::Layout(args) => layout::run(&args, terminal),
        Command::Simulate(args) => simulate::run(&args, terminal),
        Command::Compare(args) => compare::run(&args, terminal),
        Command::Validate(args) => validate::run(&args, terminal),
        Command::Run(args) => run::run(&args, cli.global.db, terminal),
        Command::Receive(args) => receive::run(&args, cli.global.db, terminal),
        Command::Traces(args) => traces::run(&args, cli.global.db, terminal),
        Command::Discover(args) => discover::run(&args, cli.global.db, terminal),
        Command::Logs(args) => signals::logs(&args, cli.global.db, terminal),
        Command::Metrics(args) => signals::metrics(&args, cli.global.db, terminal),
        Command::Schema => shell::schema(terminal),
        Command::Completions { shell } => shell::completions(shell, terminal),
        Command::Man => shell::man(terminal),
    }
}

/// Messages of the engine's own, for `--verbose` and for `RUST_LOG`.
fn log_to_stderr(verbose: bool) {
    use tracing_subscriber::EnvFilter;
    let default = if verbose { "thalweg=debug,info" } else { "error" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}

/// Ends the process without waiting for anything: the answer to a second Ctrl-C.
fn end_at_once(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
