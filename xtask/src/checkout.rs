//! Where things lie in this checkout.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folders that every task needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    /// The workspace root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder for native builds.
    pub(crate) target: PathBuf,
}

impl Checkout {
    /// Finds the checkout that this run of `cargo xtask` belongs to.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets it for what it runs; without Cargo, the current folder tells.
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(manifest) => PathBuf::from(manifest),
            None => env::current_dir().context("cannot tell the current folder")?,
        };
        let root = start.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file()).map(Path::to_path_buf);
        let root = root.context("not inside a checkout of Thalweg: run `cargo xtask` from its folder")?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => root.join(target),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The target folder of wasm builds. A folder of its own, so that neither kind of build throws the other away
    /// and both may be cleaned alone.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.target.join("ui")
    }

    /// An executable as a native build of `profile` (its folder name: `debug` or `release`) leaves it.
    pub(crate) fn executable(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}
