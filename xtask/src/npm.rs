//! What the end-to-end tests take from npm: axe-core, and OpenTelemetry's SDK for Node. Exactly the versions of the lock file; no package's scripts run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::process;

/// Where the wanted packages and their lock file stand, from the root of the checkout.
const WANTED: &str = "tests/npm";
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The script of axe-core, whether it was brought yet or not.
pub(crate) fn axe(checkout: &Checkout) -> PathBuf {
    folder(checkout).join("node_modules/axe-core/axe.min.js")
}

/// Installs the packages, or leaves them alone when they are what is asked for.
pub(crate) fn bring(checkout: &Checkout) -> Result<()> {
    let folder = folder(checkout);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut same = axe(checkout).is_file();
    for name in FILES {
        let wanted = checkout.root.join(WANTED).join(name);
        let text = fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
        let there = folder.join(name);
        if fs::read_to_string(&there).ok().as_ref() != Some(&text) {
            same = false;
            fs::write(&there, text).with_context(|| format!("cannot write {}", there.display()))?;
        }
    }
    if same {
        return Ok(());
    }
    let mut install = Command::new("npm");
    let outcome =
        process::run(install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder));
    if outcome.is_err() {
        // Otherwise the next attempt would take what is half there for whole.
        let _: std::io::Result<()> = fs::remove_file(folder.join(FILES[0]));
    }
    outcome
}

fn folder(checkout: &Checkout) -> PathBuf {
    checkout.target.join("npm")
}
