//! `cargo xtask test`: every check, in the order in which a failure is cheapest to find.
//!
//! Native crates are built with one set of features in one target folder, whether linted, tested or started by the
//! end-to-end tests: on a small machine building twice is what takes the time.

use std::process::Command;

use anyhow::{Result, bail};

use crate::checkout::Checkout;
use crate::needs;
use crate::npm;
use crate::process::{self, Trouble};
use crate::python;
use crate::steps::{self, Counts, Step};
use crate::tidy;
use crate::ui::{self, Profile};

/// The crates that are built natively together: all but the interface (wasm), this one (it is running) and the
/// end-to-end tests (they only start what was built).
const NATIVE: &[&str] = &[
    "--workspace",
    "--exclude=thalweg-ui",
    "--exclude=xtask",
    "--exclude=thalweg-tests",
    "--features=thalweg-desktop/custom-protocol",
];

const WASM: &[&str] = &["--package=thalweg-ui", "--target=wasm32-unknown-unknown"];

/// `cargo xtask test [--only STEP] [-- ARGS]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut own = arguments;
    let mut passed_on: &[String] = &[];
    if let Some(at) = arguments.iter().position(|argument| argument == "--") {
        (own, passed_on) = (&arguments[..at], &arguments[at + 1..]);
    }
    let only = match own {
        [] => None,
        [option, step] if option == "--only" => Some(step.as_str()),
        _ => return Err(Trouble::usage("`cargo xtask test` takes `--only STEP` and `-- ARGS`").into()),
    };
    let checkout = Checkout::find()?;
    let counts = steps::run(&all(&checkout, passed_on), only)?;
    if counts.passed == 0 && only.is_none() {
        bail!("no test ran");
    }
    if counts != Counts::default() {
        println!("\n{} passed, {} failed", counts.passed, counts.failed);
    }
    Ok(())
}

fn all<'a>(checkout: &'a Checkout, end_to_end_arguments: &'a [String]) -> Vec<Step<'a>> {
    let step = |name, about, needs, work: Box<dyn Fn() -> Result<()> + 'a>| Step {
        name,
        about,
        needs,
        work: Box::new(move || work().map(|()| Counts::default())),
    };
    vec![
        step("fmt", "the code is formatted", &[], Box::new(|| process::run(cargo(checkout).args(["fmt", "--check"])))),
        step("tidy", "the rules of the house", &[], Box::new(|| tidy::check(checkout))),
        step("system", "what the machine must have", &[], Box::new(bring)),
        step(
            "python",
            "the official Python clients",
            &["system"],
            Box::new(|| python::of_tests(checkout).bring(checkout)),
        ),
        step("npm", "axe-core, which examines the page", &["system"], Box::new(|| npm::bring(checkout))),
        step("ui-lint", "clippy on the interface", &["system"], Box::new(|| lint_ui(checkout))),
        step("ui", "the interface, built and bound", &["system"], Box::new(|| ui::build(checkout, Profile::Dev))),
        step("lint", "clippy on everything else", &["ui"], Box::new(|| lint(checkout))),
        step("build", "the command, the window and the tests", &["ui"], Box::new(|| build(checkout))),
        Step {
            name: "unit",
            about: "unit and integration tests of every crate",
            needs: &["build"],
            work: Box::new(|| unit_tests(checkout)),
        },
        Step {
            name: "e2e",
            about: "the command as a process, real OTLP clients and brokers, the window through WebDriver",
            needs: &["python", "npm", "build"],
            work: Box::new(|| end_to_end(checkout, end_to_end_arguments)),
        },
    ]
}

fn cargo(checkout: &Checkout) -> Command {
    let mut command = process::cargo();
    command.current_dir(&checkout.root);
    command
}

fn bring() -> Result<()> {
    needs::bring_for_tests()?;
    needs::bring_wasm_target()
}

fn lint_ui(checkout: &Checkout) -> Result<()> {
    process::run(
        cargo(checkout)
            .args(["clippy", "--all-targets"])
            .args(WASM)
            .arg("--target-dir")
            .arg(checkout.wasm_target())
            .args(["--", "--deny", "warnings"]),
    )
}

fn lint(checkout: &Checkout) -> Result<()> {
    process::run(
        cargo(checkout)
            .args(["clippy", "--workspace", "--exclude=thalweg-ui", "--features=thalweg-desktop/custom-protocol"])
            .args(["--all-targets", "--", "--deny", "warnings"]),
    )
}

/// Binaries and tests in one go, since the tests' own dependencies may switch features on.
fn build(checkout: &Checkout) -> Result<()> {
    process::run(cargo(checkout).arg("build").args(NATIVE).args(["--bins", "--tests"]))
}

/// The command and the window alone, as the end-to-end tests start them.
pub(crate) fn build_programs(checkout: &Checkout) -> Result<()> {
    process::run(cargo(checkout).arg("build").args(NATIVE).arg("--bins"))
}

fn unit_tests(checkout: &Checkout) -> Result<Counts> {
    let mut counts = Counts::default();
    // The interface's pure parts (reducers, scales, formats) are tested natively, without a browser.
    for selection in [NATIVE, &["--package=xtask"], &["--package=thalweg-ui"]] {
        process::run_watching(cargo(checkout).arg("test").args(selection), |line| counts.add_line(line))?;
    }
    Ok(counts)
}

fn end_to_end(checkout: &Checkout, arguments: &[String]) -> Result<Counts> {
    let mut counts = Counts::default();
    process::run_watching(end_to_end_command(checkout).args(arguments), |line| counts.add_line(line))?;
    Ok(counts)
}

/// Runs the end-to-end tests against the debug build; arguments for the test programs may be added after `--`.
pub(crate) fn end_to_end_command(checkout: &Checkout) -> Command {
    let mut command = cargo(checkout);
    command
        .args(["test", "--package=thalweg-tests", "--no-fail-fast"])
        // An error tells what failed; the frames above it are the test runner's.
        .env("RUST_BACKTRACE", "0")
        .env("THALWEG_BIN", checkout.executable("debug", "thalweg"))
        .env("THALWEG_DESKTOP_BIN", checkout.executable("debug", "thalweg-desktop"))
        .env("THALWEG_PYTHON", python::of_tests(checkout).interpreter())
        .env("THALWEG_AXE", npm::axe(checkout))
        .env("THALWEG_ARTIFACTS", checkout.target.join("test-artifacts"));
    command
}
