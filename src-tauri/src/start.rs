//! What is settled before a window exists: arguments, the display, and how a failure is told without one.

use std::{ffi::OsString, path::Path, process::ExitCode};

use thalweg_workbench::StartOptions;

/// Exit code for a wrong command line, as in the command's own table.
const USAGE: u8 = 2;
/// Exit code for an environment that does not allow it.
const ENVIRONMENT: u8 = 3;

const HELP: &str = "\
The Thalweg window.

Usage: thalweg-desktop [FILE | LINK]

FILE is a flow document (NAME.flow.yaml) to open, or a file of traces, logs or metrics (OTLP JSON) to import.
LINK is a link to a trace: thalweg://trace/TRACE_ID or thalweg://trace/TRACE_ID/span/SPAN_ID.

Environment:
  THALWEG_DB         the data file (traces, recent files); default in the user's data directory
  THALWEG_OTLP_GRPC  where OTLP over gRPC is received; default 127.0.0.1:4317
  THALWEG_OTLP_HTTP  where OTLP over HTTP is received; default 127.0.0.1:4318
  THALWEG_OTLP       where spans of Thalweg's own are sent, such as http://127.0.0.1:4318; default nowhere

Without a display use the command line: thalweg --help";

/// Reads the arguments and the environment; `Err` is the exit code when there is nothing to open.
pub(crate) fn arguments(given: impl Iterator<Item = OsString>) -> Result<StartOptions, ExitCode> {
    let mut file = None;
    for argument in given {
        match argument.to_str() {
            Some("-h" | "--help") => {
                say(HELP);
                return Err(ExitCode::SUCCESS);
            }
            Some("-V" | "--version") => {
                say(concat!("thalweg-desktop ", env!("CARGO_PKG_VERSION")));
                return Err(ExitCode::SUCCESS);
            }
            Some(option) if option.starts_with('-') && option.len() > 1 => {
                complain(&format!("There is no option {option}. Try --help."));
                return Err(ExitCode::from(USAGE));
            }
            _ if file.is_some() => {
                complain("One window opens one thing; give one FILE or one LINK. Try --help.");
                return Err(ExitCode::from(USAGE));
            }
            _ => file = Some(crate::windows::wanted(&argument, Path::new(""))),
        }
    }
    let options = StartOptions::from_environment(file).map_err(|error| {
        complain(&error.to_string());
        ExitCode::from(USAGE)
    })?;
    Ok(options)
}

/// The window's toolkit ends the process with a line about itself when there is no display; this says what to do instead.
pub(crate) fn need_display() -> Result<(), ExitCode> {
    let missing = cfg!(all(unix, not(target_os = "macos")))
        && ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .all(|name| std::env::var_os(name).is_none_or(|value| value.is_empty()));
    let reason = if missing {
        "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    } else if display_is_closed() {
        "The display that DISPLAY or WAYLAND_DISPLAY names cannot be reached"
    } else {
        return Ok(());
    };
    complain(&format!(
        "{reason}, so no window can be opened.\n\
         The same engine without one: thalweg simulate examples/checkout.flow.yaml --scenario card-outage"
    ));
    Err(ExitCode::from(ENVIRONMENT))
}

#[cfg(target_os = "linux")]
fn display_is_closed() -> bool {
    gtk::init().is_err()
}

#[cfg(not(target_os = "linux"))]
fn display_is_closed() -> bool {
    false
}

/// Tells a failure and gives its exit code.
pub(crate) fn fail(message: &str) -> ExitCode {
    complain(message);
    ExitCode::from(ENVIRONMENT)
}

#[expect(clippy::print_stdout, reason = "the answer to --help and --version")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "there is no window yet to say it in")]
fn complain(text: &str) {
    eprintln!("thalweg-desktop: {text}");
}
