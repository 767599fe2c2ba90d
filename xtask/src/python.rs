//! Python virtual environments: the official OpenTelemetry clients that send to us in tests, and the peers of the
//! benchmarks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::process;

/// One environment and what is in it.
pub(crate) struct Environment {
    /// Where it lies.
    pub(crate) folder: PathBuf,
    /// Where the pinned versions stand, from the root of the checkout.
    pub(crate) requirements: &'static str,
}

/// The environment of the tests.
pub(crate) fn of_tests(checkout: &Checkout) -> Environment {
    Environment { folder: checkout.target.join("python"), requirements: "tests/python/requirements.txt" }
}

impl Environment {
    /// The interpreter of the environment, whether it was brought yet or not.
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Makes the environment, or leaves it alone when it already holds what is asked for.
    pub(crate) fn bring(&self, checkout: &Checkout) -> Result<()> {
        let wanted = checkout.root.join(self.requirements);
        let wanted_text = fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", self.requirements))?;
        let stamp = self.folder.join("requirements.installed");
        if is_current(&stamp, &wanted_text) && process::succeeds(Command::new(self.interpreter()).arg("--version")) {
            return Ok(());
        }
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&self.folder))?;
        process::run(
            Command::new(self.interpreter())
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(&wanted),
        )?;
        fs::write(&stamp, wanted_text).with_context(|| format!("cannot write {}", stamp.display()))
    }
}

fn is_current(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|installed| installed == wanted)
}
