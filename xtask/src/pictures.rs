//! `cargo xtask pictures`: takes the pictures of the window that the README and the user guide show.
//!
//! The end-to-end test that compares the window with them takes them, so that both see the same scenes.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::needs;
use crate::process::{self, Trouble};
use crate::steps::Counts;
use crate::test;
use crate::ui::{self, Profile};

/// Where they are kept.
const FOLDER: &str = "docs/pictures";
/// All of them together, in bytes: every clone of the repository carries every version of each.
const MOST: u64 = 3_000_000;

/// `cargo xtask pictures`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(Trouble::usage("`cargo xtask pictures` takes nothing").into());
    }
    let checkout = Checkout::find()?;
    needs::bring_for_tests()?;
    needs::bring_wasm_target()?;
    ui::build(&checkout, Profile::Dev)?;
    test::build_programs(&checkout)?;
    let mut counts = Counts::default();
    let mut command = test::end_to_end_command(&checkout);
    command.env("THALWEG_PICTURES", "take").args(["--test", "window_pictures"]);
    process::run_watching(&mut command, |line| counts.add_line(line))?;
    if counts.passed == 0 {
        bail!("no picture was taken");
    }
    let (number, bytes) = size(&checkout)?;
    println!(
        "\n{number} pictures in {FOLDER}, {:.2} MB; review what changed: git diff --stat {FOLDER}",
        bytes as f64 / 1e6
    );
    if bytes > MOST {
        bail!("{FOLDER} holds {bytes} bytes, {MOST} at most");
    }
    Ok(())
}

/// How many files there are, and how large they are together.
fn size(checkout: &Checkout) -> Result<(usize, u64)> {
    let folder = checkout.root.join(FOLDER);
    let (mut number, mut bytes) = (0, 0);
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        number += 1;
        bytes += entry?.metadata()?.len();
    }
    Ok((number, bytes))
}
