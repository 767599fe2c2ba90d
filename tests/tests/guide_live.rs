//! The guide's page on running a flow live, done as it is written: its shell lines in one shell, its service as a program.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use thalweg_tests::cli::Cli;
use thalweg_tests::receiver::{answers, free_address};
use thalweg_tests::wait::{GENEROUS, wait_for};

const GUIDE: &str = include_str!("../../docs/guide/live.md");

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    GUIDE.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_guide_leads_from_the_checkout_to_a_service_of_ones_own() -> Result<()> {
    let cli = Cli::new()?;
    let (shell, python) = (blocks("sh"), blocks("python"));
    let [start, do_it @ ..] = &shell[..] else { anyhow::bail!("the guide has no shell lines") };
    ensure!(python.len() == 1, "the guide has one service");
    std::fs::write(cli.folder().join("payment.py"), python[0])?;

    // The first block starts the engine; only its address and file are this test's own.
    ensure!(start.ends_with("thalweg run checkout.flow.yaml"), "the first block starts the engine: {start}");
    let address = free_address()?;
    let flow = cli.folder().join("checkout.flow.yaml");
    cli.run(&["new", &flow.display().to_string(), "--template", "checkout"])?.expect_code(0)?;
    let mut command = cli.command(&["run", &flow.display().to_string(), "--http", &address.to_string()]);
    command.arg("--db").arg(cli.folder().join("events.db")).env("THALWEG_TOKEN", "a-token-of-your-own");
    let mut engine = thalweg_tests::process::Running::start(command, &cli.folder().join("run.log"))?;
    wait_for("the engine to listen", || {
        if let Err(error) = engine.require_running() {
            return Some(Err(error));
        }
        answers(&address).then_some(Ok(()))
    })??;

    let usual = "http://127.0.0.1:4320/v1";
    let script = do_it.join("\necho\n").replace(usual, &format!("http://{address}/v1"));
    ensure!(script.contains(&address.to_string()), "the guide names the usual address");
    // Every line must succeed; what runs in the background ends with the shell.
    let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\nexport LIVE=http://{address}/v1\n{script}\n");
    let said = bash(cli.folder(), &script)?;
    let [stored, handed_out, acknowledged, started, desk, dead, redriven] = &said_by_blocks(&said)[..] else {
        anyhow::bail!("the guide's blocks said: {said}");
    };
    ensure!(stored.contains(r#"{"stored":1,"duplicates":0}"#), "{stored}");
    ensure!(handed_out.contains(r#""id":"order-1""#) && handed_out.contains(r#""attempt":1"#), "{handed_out}");
    ensure!(acknowledged.contains("done"), "{acknowledged}");
    ensure!(!started.contains("Traceback"), "{started}");
    ensure!(desk.contains(r#"{"stored":2,"duplicates":0}"#) && desk.contains("payment.captured"), "{desk}");
    ensure!(dead.contains("an order without a total"), "{dead}");
    ensure!(redriven.contains('1'), "{redriven}");

    engine.signal(Signal::INT)?;
    engine.wait_for_end(GENEROUS)?;
    let printed = engine.printed();
    ensure!(printed.contains("payments-dlq"), "{printed}");
    ensure!(!printed.contains("a-token-of-your-own"), "a token that was named is not told");
    Ok(())
}

/// What was said between the empty lines that stand between the blocks.
fn said_by_blocks(said: &str) -> Vec<String> {
    said.split('\u{1}').map(str::to_owned).collect()
}

fn bash(folder: &Path, script: &str) -> Result<String> {
    let script = script.replace("\necho\n", "\nprintf '\\001'\n");
    let mut command = Command::new("bash");
    command.current_dir(folder).arg("-c").arg(script).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("bash does not start")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "the guide's lines ended with {}: {said}", output.status);
    Ok(said)
}
