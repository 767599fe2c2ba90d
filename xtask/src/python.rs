//! The Python virtual environment with the official OpenTelemetry clients that send to us in tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::process;

/// Where the pinned versions stand.
const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The interpreter of the environment, whether it was brought yet or not.
pub(crate) fn interpreter(checkout: &Checkout) -> PathBuf {
    environment(checkout).join("bin/python")
}

/// Makes the environment, or leaves it alone when it already holds what is asked for.
pub(crate) fn bring(checkout: &Checkout) -> Result<()> {
    let wanted = checkout.root.join(REQUIREMENTS);
    let wanted_text = fs::read_to_string(&wanted).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let environment = environment(checkout);
    let stamp = environment.join("requirements.installed");
    if is_current(&stamp, &wanted_text) && process::succeeds(Command::new(interpreter(checkout)).arg("--version")) {
        return Ok(());
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    process::run(
        Command::new(interpreter(checkout))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&wanted),
    )?;
    fs::write(&stamp, wanted_text).with_context(|| format!("cannot write {}", stamp.display()))
}

fn environment(checkout: &Checkout) -> PathBuf {
    checkout.target.join("python")
}

fn is_current(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|installed| installed == wanted)
}
