//! What the user's guide says about sending a first trace, run as it stands there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::Cli;
use thalweg_tests::programs;
use thalweg_tests::receiver::Receiver;

/// The blocks of code under a heading: language and text.
fn blocks(heading: &str) -> Result<Vec<(String, String)>> {
    let page = fs::read_to_string(programs::root().join("docs/guide/traces.md"))?;
    let section = page.split_once(&format!("\n### {heading}\n")).with_context(|| format!("no section {heading}"))?.1;
    let section = section.split("\n## ").next().and_then(|rest| rest.split("\n### ").next()).unwrap_or_default();
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in section.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    Ok(found)
}

/// The program of a section.
fn program(heading: &str, language: &str) -> Result<String> {
    let found = blocks(heading)?.into_iter().find(|(of, _)| of == language);
    Ok(found.with_context(|| format!("{heading} has no block of {language}"))?.1)
}

/// Runs a program with the variables that the page names, and looks at what arrived.
fn arrives(run: impl FnOnce(&mut dyn FnMut(&mut Command) -> Result<()>) -> Result<()>) -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let endpoint = format!("http://{}", receiver.http);
    run(&mut |command| {
        command
            .env("OTEL_SERVICE_NAME", "shop")
            // The page's own is the port by convention, which is not for tests.
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
            .env("NO_PROXY", "127.0.0.1");
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        ensure!(
            output.status.success(),
            "{command:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    })?;
    let database = cli.database().display().to_string();
    let listed = cli.run(&["traces", "list", "--format", "json", "--db", &database])?.expect_code(0)?.json()?;
    let [trace] = listed.as_array().map(Vec::as_slice).unwrap_or_default() else { anyhow::bail!("{listed}") };
    ensure!(trace["root"] == "place order" && trace["service"] == "shop" && trace["spans"] == 2, "{trace}");
    let id = trace["trace_id"].as_str().context("no id")?;
    let shown = cli.run(&["traces", "show", id, "--format", "json", "--db", &database])?.expect_code(0)?.json()?;
    let text = shown.to_string();
    ensure!(text.contains("charge card") && text.contains("order.items"), "{text}");
    Ok(())
}

#[test]
fn python() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("shop.py");
    fs::write(&script, program("Python", "python")?)?;
    arrives(|run| run(Command::new(programs::python()?).arg(&script)))
}

#[test]
fn node() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("shop.js");
    fs::write(&script, program("JavaScript (Node)", "js")?)?;
    arrives(|run| run(Command::new("node").arg(&script).env("NODE_PATH", programs::node_modules()?)))
}

/// Built where its parts stay built, with the versions of this checkout.
#[test]
fn rust() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shop = folder.path().join("shop");
    fs::create_dir_all(shop.join("src"))?;
    fs::write(shop.join("src/main.rs"), program("Rust", "rust")?)?;
    fs::write(shop.join("Cargo.toml"), manifest(&added()?)?)?;
    fs::copy(programs::root().join("Cargo.lock"), shop.join("Cargo.lock"))?;
    let target = target()?;
    arrives(|run| {
        let mut command = Command::new("cargo");
        command.args(["run", "--quiet"]).current_dir(&shop).env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS");
        run(&mut command)
    })
}

/// Beside what else was built.
fn target() -> Result<PathBuf> {
    let artifacts = programs::artifacts()?;
    Ok(artifacts.parent().unwrap_or(Path::new(".")).join("guide"))
}

/// The packages that the page adds.
fn added() -> Result<Vec<String>> {
    let all = blocks("Rust")?;
    let line = all.iter().flat_map(|(_, text)| text.lines()).find_map(|line| line.strip_prefix("cargo add "));
    Ok(line.context("the page adds no packages")?.split_whitespace().map(str::to_owned).collect())
}

/// The manifest as `cargo new` and `cargo add` leave it, at the versions of this checkout: a new release of theirs must not
/// make a test of ours red.
fn manifest(packages: &[String]) -> Result<String> {
    let text = fs::read_to_string(programs::root().join("Cargo.toml"))?;
    let workspace: toml::Table = text.parse().context("the checkout's manifest")?;
    let known = workspace["workspace"]["dependencies"].as_table().context("no dependencies")?;
    let mut lines =
        vec!["[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n".to_owned()];
    for package in packages {
        let entry = known.get(package).with_context(|| format!("{package} is not of this checkout"))?;
        let version = entry.as_str().or_else(|| entry.get("version").and_then(toml::Value::as_str));
        lines.push(format!("{package} = \"{}\"\n", version.context("no version")?));
    }
    lines.push("\n[workspace]\n".to_owned());
    Ok(lines.concat())
}

/// What cannot be run here says at least what every SDK reads.
#[test]
fn every_language_names_its_service() -> Result<()> {
    for heading in ["Python", "JavaScript (Node)", "Rust", "Java", "Go"] {
        let all = blocks(heading)?;
        let commands: String = all.iter().filter(|(of, _)| of == "sh").map(|(_, text)| text.as_str()).collect();
        ensure!(commands.contains("OTEL_SERVICE_NAME=shop"), "{heading}: {commands}");
    }
    for heading in ["Java", "Go"] {
        let all: String = blocks(heading)?.into_iter().map(|(_, text)| text).collect();
        ensure!(all.contains("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"), "{heading}: {all}");
    }
    Ok(())
}
