//! The project's own automation: `cargo xtask app`, `cargo xtask test` and what they are made of.
//!
//! It brings what a machine lacks, builds the parts in the right order and runs the checks. It knows how to build
//! Thalweg; it knows nothing about flows, simulations or traces.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks through its output")]

mod app;
mod bench;
mod checkout;
mod fuzz;
mod needs;
mod npm;
mod pictures;
mod process;
mod python;
mod soak;
mod steps;
mod system;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

use process::Trouble;

const HELP: &str = "\
The automation of Thalweg.

Usage: cargo xtask COMMAND

  app [--dev] [FILE]     bring what is missing, build the desktop app, open its window on FILE
                         (without FILE: examples/checkout.flow.yaml); --dev builds faster and runs slower
  test [--only STEP] [-- ARGS]
                         bring what the tests need and run every check, as CI does;
                         --only runs one step and those it stands on; ARGS go to the end-to-end tests
  tidy                   check the rules of the house
  soak [--times N]       the repeating tests (mangled documents and requests, kills), N times as long as in
                         `test`; 100 times without --times
  fuzz [TARGET…] [--minutes N]
                         bytes that nobody would send, made for N minutes a target (1 without --minutes) and guided by what
                         they reach in the code; corpus in fuzz/, findings in target/fuzz
  pictures               take the pictures of the window for the README and the user guide, in both themes;
                         `test` compares the window with them
  bench [--rounds N]     the simulator beside its peers; writes docs/benchmarks.md (an idle machine, some 15 minutes)
  bench window --traces [--dev]
                         how soon a trace of 100,000 spans is seen, what scrolling it costs, how late the open list is;
  bench window [--dev]   how smoothly the window draws a large flow, how fast it opens, undoes and starts;
                         --dev with a shell that is built faster and starts slower
  bench telemetry [N]    spans a second that the receiver acknowledges, what they take, and questions to N million of them
                         (1 without N)
  bench receivers [--small]
                         the receiver beside Otelite and Arize Phoenix, which it brings; writes a part of
                         docs/benchmarks.md; --small tries it with few spans and writes nothing
  ui [--release]         build the user interface into ui/dist
  help                   show this text

Exit codes: 0 all well, 1 a check or a build failed, 2 wrong usage, 3 this machine lacks something.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::from(process::exit_code(&error))
        }
    }
}

fn dispatch(arguments: &[String]) -> anyhow::Result<()> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "app" => app::run(rest),
        "bench" => bench::run(rest),
        "test" => test::run(rest),
        "tidy" => tidy::run(rest),
        "pictures" => pictures::run(rest),
        "soak" => soak::run(rest),
        "fuzz" => fuzz::run(rest),
        "ui" => ui::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Trouble::usage(format!("there is no command `{other}`; `cargo xtask help` lists them")).into()),
    }
}
