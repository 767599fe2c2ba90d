//! `cargo xtask soak`: the long forms of the tests that repeat with another seed each time.
//!
//! A failure names its seed or its round, and the short form in `cargo xtask test` runs the first of the same ones.

use anyhow::Result;

use crate::checkout::Checkout;
use crate::needs;
use crate::process::{self, Trouble};
use crate::python;
use crate::steps::Counts;
use crate::test;

/// Parts of the names of the tests that repeat.
const REPEATING: &[&str] = &["mangled", "kills"];

/// As long as a night is, about.
const DEFAULT_TIMES: u32 = 100;

/// Rounds in the ordinary tests.
const KILLS: u32 = 200;

/// `cargo xtask soak [--times N]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let times = times(arguments)?;
    let checkout = Checkout::find()?;
    needs::bring_for_tests()?;
    python::of_tests(&checkout).bring(&checkout)?;
    // The debug build: it checks overflows and its own assertions.
    process::run(process::cargo().current_dir(&checkout.root).args(["build", "--package", "thalweg"]))?;
    let mut command = test::end_to_end_command(&checkout);
    command.env("THALWEG_SOAK", times.to_string()).arg("--").args(REPEATING);
    // Kills of a receiver that packs every few requests, and of an engine under load.
    for package in ["thalweg-telemetry", "thalweg-bus"] {
        let mut kills = process::cargo();
        kills.current_dir(&checkout.root).env("THALWEG_KILL_ROUNDS", (KILLS.saturating_mul(times)).to_string());
        process::run(kills.args(["test", "--package", package, "--test", "killed"]))?;
    }
    let mut counts = Counts::default();
    process::run_watching(&mut command, |line| counts.add_line(line))?;
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    Ok(())
}

fn times(arguments: &[String]) -> Result<u32> {
    match arguments {
        [] => Ok(DEFAULT_TIMES),
        [option, number] if option == "--times" => match number.parse() {
            Ok(times) if times > 0 => Ok(times),
            _ => Err(Trouble::usage(format!("`{number}` is not a number of times; at least 1")).into()),
        },
        _ => Err(Trouble::usage("`cargo xtask soak` takes `--times N` or nothing").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_a_positive_number() {
        let words = |text: &str| -> Vec<String> { text.split_whitespace().map(String::from).collect() };
        assert_eq!(times(&[]).unwrap(), DEFAULT_TIMES);
        assert_eq!(times(&words("--times 7")).unwrap(), 7);
        for wrong in ["--times 0", "--times many", "--hours 2", "--times"] {
            assert_eq!(process::exit_code(&times(&words(wrong)).unwrap_err()), 2, "{wrong}");
        }
    }
}
