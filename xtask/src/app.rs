//! `cargo xtask app`: from a fresh checkout to the open window.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::needs;
use crate::process::{self, Trouble};
use crate::system::System;
use crate::ui::{self, Profile};

const EXAMPLE: &str = "examples/checkout.flow.yaml";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    dev: bool,
    file: Option<PathBuf>,
}

/// `cargo xtask app [--dev] [FILE]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let request = parse(arguments)?;
    let checkout = Checkout::find()?;
    let file = match request.file {
        Some(file) => env::current_dir().context("cannot tell the current folder")?.join(file),
        None => checkout.root.join(EXAMPLE),
    };
    if !file.is_file() {
        return Err(Trouble::usage(format!("there is no file {}", file.display())).into());
    }
    require_display(System::detect(), |name| env::var_os(name).is_some_and(|value| !value.is_empty()))?;

    needs::bring_for_app()?;
    needs::bring_wasm_target()?;
    println!("Building; the first time takes some minutes.");
    ui::build(&checkout, if request.dev { Profile::Dev } else { Profile::Small })?;
    let mut build = process::cargo();
    build.current_dir(&checkout.root).args(["build", "--package", "thalweg-desktop", "--features", "custom-protocol"]);
    if !request.dev {
        build.arg("--release");
    }
    process::run(&mut build)?;
    let program = checkout.executable(if request.dev { "debug" } else { "release" }, "thalweg-desktop");
    process::run(Command::new(program).arg(file))
}

fn parse(arguments: &[String]) -> Result<Request> {
    let mut request = Request { dev: false, file: None };
    for argument in arguments {
        match argument.as_str() {
            "--dev" => request.dev = true,
            option if option.starts_with('-') => {
                return Err(Trouble::usage(format!("`cargo xtask app` has no option `{option}`")).into());
            }
            file if request.file.is_none() => request.file = Some(PathBuf::from(file)),
            extra => return Err(Trouble::usage(format!("one file at a time: `{extra}` is one too many")).into()),
        }
    }
    Ok(request)
}

/// Without a display GTK would end with a message that helps nobody, after minutes of building.
fn require_display(system: System, is_set: impl Fn(&str) -> bool) -> Result<()> {
    if !system.needs_display_variable() || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(Trouble::machine(format!(
        "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.\n\
         The same engine runs headless:\n\n    \
         cargo run --release -p thalweg -- simulate {EXAMPLE} --scenario card-outage\n"
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn arguments_are_a_file_and_dev_in_any_order() {
        assert_eq!(parse(&[]).unwrap(), Request { dev: false, file: None });
        let both = Request { dev: true, file: Some("a.flow.yaml".into()) };
        assert_eq!(parse(&words("--dev a.flow.yaml")).unwrap(), both);
        assert_eq!(parse(&words("a.flow.yaml --dev")).unwrap(), both);
        assert_eq!(process::exit_code(&parse(&words("--fast")).unwrap_err()), 2);
        assert_eq!(process::exit_code(&parse(&words("a b")).unwrap_err()), 2);
    }

    #[test]
    fn without_a_display_the_headless_command_is_named() {
        let error = require_display(System::Debian, |_| false).unwrap_err();
        assert_eq!(process::exit_code(&error), 3);
        assert!(error.to_string().contains("simulate examples/checkout.flow.yaml --scenario card-outage"));
        assert!(require_display(System::Debian, |name| name == "WAYLAND_DISPLAY").is_ok());
        assert!(require_display(System::MacOs, |_| false).is_ok());
    }
}
