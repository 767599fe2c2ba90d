//! Where the programs under test lie. `cargo xtask test` tells by environment variables.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// The command `thalweg`.
pub fn thalweg() -> Result<PathBuf> {
    from("THALWEG_BIN")
}

/// The desktop app.
pub fn desktop() -> Result<PathBuf> {
    from("THALWEG_DESKTOP_BIN")
}

/// A Python with the official OpenTelemetry packages.
pub fn python() -> Result<PathBuf> {
    from("THALWEG_PYTHON")
}

/// The script of axe-core, which examines a page for people who see, hear or move in other ways.
pub fn axe() -> Result<PathBuf> {
    from("THALWEG_AXE")
}

/// The folder of npm's packages: axe-core, and the official OpenTelemetry SDK for Node.
pub fn node_modules() -> Result<PathBuf> {
    let axe = axe()?;
    let folder = axe.ancestors().find(|folder| folder.ends_with("node_modules"));
    folder.map(Path::to_path_buf).with_context(|| format!("{} is in no node_modules", axe.display()))
}

/// The folder for screenshots and logs of what failed; it exists.
pub fn artifacts() -> Result<PathBuf> {
    let folder = variable("THALWEG_ARTIFACTS")?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// The root of the checkout.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// How many times as much the repeating tests shall do: 1, or what `cargo xtask soak` asks for.
pub fn soak_factor() -> u32 {
    env::var("THALWEG_SOAK").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

/// Whether pictures are taken anew instead of compared with those that are kept, as `cargo xtask pictures` asks.
pub fn takes_pictures() -> bool {
    env::var_os("THALWEG_PICTURES").is_some_and(|wanted| wanted == "take")
}

fn from(variable_name: &str) -> Result<PathBuf> {
    let path = variable(variable_name)?;
    ensure!(path.is_file(), "{variable_name} names {}, where nothing is: run `cargo xtask test`", path.display());
    Ok(path)
}

fn variable(name: &str) -> Result<PathBuf> {
    env::var_os(name).map(PathBuf::from).with_context(|| {
        format!("{name} is not set: these tests start real programs; run them with `cargo xtask test --only e2e`")
    })
}
