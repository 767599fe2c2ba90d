//! The user interface: built for wasm32, bound to JavaScript, laid out in `ui/dist` for the shell to embed.
//!
//! The binding runs in this process through `wasm-bindgen-cli-support`, so that there is no tool to install whose
//! version could differ from the library's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::checkout::Checkout;
use crate::needs;
use crate::process::{self, Trouble};

/// How the wasm is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build; ten times slower and larger.
    Dev,
    /// The workspace's profile `wasm`.
    Small,
}

/// What the page consists of besides the bound wasm; folders are taken whole.
const STATIC: &[&str] = &["index.html", "boot.js", "styles", "fonts", "icons"];

/// `cargo xtask ui [--release]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let profile = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Profile::Dev,
        ["--release"] => Profile::Small,
        _ => return Err(Trouble::usage("`cargo xtask ui` takes `--release` or nothing").into()),
    };
    needs::bring_wasm_target()?;
    build(&Checkout::find()?, profile)
}

/// Builds the interface small, with what measures it from inside, into `ui/dist`.
pub(crate) fn build_probed(checkout: &Checkout) -> Result<()> {
    lay_out(checkout, Profile::Small, &["--features", "probe"])
}

/// Builds the interface into `ui/dist`.
pub(crate) fn build(checkout: &Checkout, profile: Profile) -> Result<()> {
    lay_out(checkout, profile, &[])
}

/// Compiles, binds and puts into `ui/dist`. Files whose content stays the same are not touched, so that the shell is
/// not rebuilt in vain.
fn lay_out(checkout: &Checkout, profile: Profile, features: &[&str]) -> Result<()> {
    let wasm = compile(checkout, profile, features)?;
    let fresh = checkout.wasm_target().join("dist");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("cannot clear {}", fresh.display()))?;
    }
    bind(&wasm, &fresh, profile)?;
    for name in STATIC {
        let from = checkout.root.join("ui").join(name);
        if from.exists() {
            copy(&from, &fresh.join(name))?;
        }
    }
    if !fresh.join("index.html").is_file() {
        bail!("ui/index.html is missing: there is no page to load the interface into");
    }
    mirror(&fresh, &checkout.root.join("ui/dist"))
}

/// Compiles the crate and returns the wasm file that Cargo names.
fn compile(checkout: &Checkout, profile: Profile, features: &[&str]) -> Result<PathBuf> {
    let mut command = process::cargo();
    command
        .current_dir(&checkout.root)
        .args(["build", "--package", "thalweg-ui", "--target", "wasm32-unknown-unknown"])
        .args(features)
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(checkout.wasm_target());
    if profile == Profile::Small {
        command.args(["--profile", "wasm"]);
    }
    println!("$ {}", process::shown(&command));
    let messages = process::output(command.stderr(Stdio::inherit()))?;
    wasm_artifact(&messages).context("building thalweg-ui gave no .wasm file: it must be a binary or a cdylib")
}

/// The `.wasm` file of `thalweg-ui` in Cargo's messages.
fn wasm_artifact(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| matches!(message["target"]["name"].as_str(), Some("thalweg-ui" | "thalweg_ui")))
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .rfind(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

fn bind(wasm: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let dev = profile == Profile::Dev;
    Bindgen::new()
        .input_path(wasm)
        .out_name("thalweg-ui")
        .web(true)?
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(!dev)
        .remove_producers_section(!dev)
        .generate(folder)
        .with_context(|| format!("cannot bind {}", wasm.display()))
}

/// Copies a file, or a folder with all it holds.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
        for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display())).map(|_| ())
}

/// Makes `to` hold exactly what `from` holds, writing only what differs.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            mirror(&entry.path(), &target)?;
        } else {
            let content = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            if fs::read(&target).ok().as_ref() != Some(&content) {
                fs::write(&target, content).with_context(|| format!("cannot write {}", target.display()))?;
            }
        }
        names.insert(entry.file_name());
    }
    for entry in fs::read_dir(to).with_context(|| format!("cannot read {}", to.display()))? {
        let entry = entry?;
        if names.contains(&entry.file_name()) {
            continue;
        }
        let stale = entry.path();
        if stale.is_dir() { fs::remove_dir_all(&stale) } else { fs::remove_file(&stale) }
            .with_context(|| format!("cannot remove {}", stale.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wasm_file_is_the_one_cargo_names() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"filenames":["/t/libserde.rlib"]}
{"reason":"compiler-artifact","target":{"name":"thalweg_ui"},"filenames":["/t/libthalweg_ui.rlib","/t/thalweg_ui.wasm"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(wasm_artifact(messages), Some(PathBuf::from("/t/thalweg_ui.wasm")));
        assert_eq!(wasm_artifact("not json\n"), None);
    }

    #[test]
    fn mirroring_removes_what_is_stale_and_leaves_what_is_equal() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("deep")).unwrap();
        fs::write(from.join("same"), "1").unwrap();
        fs::write(from.join("deep/new"), "2").unwrap();
        fs::create_dir_all(to.join("gone")).unwrap();
        fs::write(to.join("gone/file"), "3").unwrap();
        fs::write(to.join("same"), "1").unwrap();
        let before = fs::metadata(to.join("same")).unwrap().modified().unwrap();

        mirror(&from, &to).unwrap();

        assert_eq!(fs::metadata(to.join("same")).unwrap().modified().unwrap(), before);
        assert_eq!(fs::read_to_string(to.join("deep/new")).unwrap(), "2");
        assert!(!to.join("gone").exists());
    }
}
