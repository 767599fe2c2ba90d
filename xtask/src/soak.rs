//! `cargo xtask soak`: the long forms of the end-to-end tests.

use anyhow::Result;

use crate::process::Trouble;

/// `cargo xtask soak [--hours N]`
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    Err(Trouble::usage("soak is not built yet").into())
}
