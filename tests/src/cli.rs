//! The command `thalweg`, run to its end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::process::Running;
use crate::programs;

/// A run must end within this time: bad input never hangs.
const DEADLINE: Duration = Duration::from_mins(2);

/// The command in a folder of its own, with a data file of its own.
#[derive(Debug)]
pub struct Cli {
    program: PathBuf,
    folder: tempfile::TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Finished {
    /// The arguments, for messages.
    pub arguments: String,
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Cli {
    /// The command, ready in an empty folder.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        Ok(Self { program: programs::thalweg()?, folder })
    }

    /// The folder in which it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data file that [`Self::command`] names.
    pub fn database(&self) -> PathBuf {
        self.folder().join("thalweg.db")
    }

    /// Writes a file into the folder and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.folder().join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// A command that touches nothing of the person who runs the tests: home and data folders are the temporary one.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env("HOME", self.folder())
            .env("XDG_DATA_HOME", self.folder().join("data"))
            .env("XDG_CONFIG_HOME", self.folder().join("config"))
            .env("NO_COLOR", "1")
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        command
    }

    /// Runs it to the end. Fails only when it cannot be started, hangs, panics or dies by a signal.
    pub fn run(&self, arguments: &[&str]) -> Result<Finished> {
        self.finish(self.command(arguments), arguments)
    }

    /// Runs a prepared command to the end, as [`Self::run`] does.
    pub fn finish(&self, command: Command, arguments: &[&str]) -> Result<Finished> {
        let arguments = arguments.join(" ");
        let out = tempfile::NamedTempFile::new()?;
        let err = tempfile::NamedTempFile::new()?;
        let mut command = command;
        let mut child = command
            .stdout(out.reopen()?)
            .stderr(err.reopen()?)
            .spawn()
            .with_context(|| format!("cannot start `thalweg {arguments}`"))?;
        let status = wait_until(&mut child, DEADLINE)
            .with_context(|| format!("`thalweg {arguments}` did not end within {DEADLINE:?}"))?;
        let read = |file: &tempfile::NamedTempFile| -> Result<String> {
            Ok(String::from_utf8_lossy(&std::fs::read(file.path())?).into_owned())
        };
        let finished =
            Finished { arguments, code: status.code().unwrap_or(-1), stdout: read(&out)?, stderr: read(&err)? };
        ensure!(finished.code != -1, "{finished} died by a signal ({status})");
        ensure!(!finished.stderr.contains("panicked at"), "{finished} panicked");
        Ok(finished)
    }

    /// Starts it and leaves it running; what it prints goes to `NAME.log` in the folder.
    pub fn start(&self, name: &str, arguments: &[&str]) -> Result<Running> {
        Running::start(self.command(arguments), &self.folder().join(format!("{name}.log")))
    }
}

fn wait_until(child: &mut std::process::Child, deadline: Duration) -> Result<std::process::ExitStatus> {
    let begun = std::time::Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("it was killed");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Finished {
    /// Requires an exit code.
    pub fn expect_code(self, code: i32) -> Result<Self> {
        ensure!(self.code == code, "{self} ended with {} instead of {code}", self.code);
        Ok(self)
    }

    /// The one JSON document on standard output.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("{self} did not print exactly one JSON document"))
    }

    /// Requires that standard error holds all of `words`, and that standard output holds no half result.
    pub fn expect_complaint(&self, words: &[&str]) -> Result<()> {
        for word in words {
            ensure!(self.stderr.contains(word), "{self} does not say `{word}` on standard error");
        }
        Ok(())
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |text: &str| -> String { text.chars().take(2_000).collect() };
        writeln!(f, "`thalweg {}`, exit code {}", self.arguments, self.code)?;
        writeln!(f, "--- standard output\n{}\n--- standard error\n{}\n---", short(&self.stdout), short(&self.stderr))
    }
}
