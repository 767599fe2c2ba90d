//! `thalweg layout`: boxes of a flow document from left to right, written into it.

use std::path::Path;

use thalweg_workbench::{Tidied, tidied, write_flow_file};

use crate::{
    args::LayoutArgs,
    failure::{Failure, Verdict},
    input,
    terminal::Terminal,
};

/// Tidies documents, or tells which are not tidy.
pub(crate) fn run(args: &LayoutArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    let mut all_tidy = true;
    for path in &args.files {
        let source = input::read(path)?;
        let found = tidied(&source.text, &args.pin).map_err(|mut error| {
            error.message = format!("{}: {}", source.name, error.message);
            error
        })?;
        all_tidy &= found.moved == 0;
        if !args.check {
            if path == Path::new("-") {
                terminal.print(&found.text)?;
            } else if found.text != source.text {
                write_flow_file(path, &found.text)?;
            }
        }
        terminal.note(&told(&source.name, &found, args.check));
    }
    Ok(if args.check && !all_tidy { Verdict::DoesNotHold } else { Verdict::Well })
}

fn told(name: &str, found: &Tidied, check: bool) -> String {
    match (found.moved, check) {
        (0, _) => format!("{name} is tidy."),
        (moved, true) => format!("{name} is not tidy: {moved} of {} boxes would move.", found.nodes),
        (moved, false) => format!("Tidied {name}: {moved} of {} boxes moved.", found.nodes),
    }
}
