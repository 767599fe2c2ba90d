//! Running other programs, and what a failure means for the exit code.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

use anyhow::{Context as _, Result, bail};

/// A failure whose exit code is not 1.
#[derive(Debug)]
pub(crate) struct Trouble {
    text: String,
    code: u8,
}

impl Trouble {
    /// The command was called wrongly: exit code 2.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: 2 }
    }

    /// The machine lacks something: exit code 3.
    pub(crate) fn machine(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: 3 }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Trouble {}

/// The exit code that tells `error` to a script.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    error.downcast_ref::<Trouble>().map_or(1, |trouble| trouble.code)
}

/// The `cargo` that runs us, so that a toolchain chosen with `cargo +…` stays chosen.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str());
    std::iter::once(name).chain(command.get_args()).map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains([' ', '\'', '"', '$', '*']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.into_owned()
    }
}

/// Shows the command, runs it with our own input and output, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Like [`run`], and hands every line of standard output to `see` besides printing it.
pub(crate) fn run_watching(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    announce(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
    let output = child.stdout.take().context("a child's standard output was not a pipe")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("cannot read what `{}` prints", shown(command)))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    let status = child.wait().with_context(|| format!("cannot wait for `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Standard output of a command that is expected to succeed; its standard error stays visible.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command can be started and ends well; prints nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The full path of a program, searched as a shell would.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&paths).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

fn announce(command: &Command) {
    println!("$ {}", shown(command));
    // What the child prints must not overtake this line; a closed pipe shows itself in the child.
    let _: io::Result<()> = io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_would_be_typed() {
        let mut command = Command::new("/usr/bin/apt-get");
        command.args(["install", "two words", "it's"]);
        assert_eq!(shown(&command), r"apt-get install 'two words' 'it'\''s'");
    }

    #[test]
    fn exit_codes_tell_usage_and_machine_from_failed_checks() {
        assert_eq!(exit_code(&Trouble::usage("x").into()), 2);
        let wrapped = anyhow::Error::from(Trouble::machine("x")).context("while preparing");
        assert_eq!(exit_code(&wrapped), 3);
        assert_eq!(exit_code(&anyhow::anyhow!("x")), 1);
    }

    #[test]
    fn a_failing_program_is_an_error_and_a_missing_one_too() {
        assert!(run(&mut Command::new("/nonexistent/program")).is_err());
        assert!(!succeeds(&mut Command::new("/nonexistent/program")));
    }
}
