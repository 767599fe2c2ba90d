//! What editors and shells ask for: the schema of the document, completions, the manual page.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    args::Cli,
    failure::{Failure, Verdict},
    terminal::Terminal,
};

/// Prints the JSON Schema of the flow document.
pub(crate) fn schema(terminal: &Terminal) -> Result<Verdict, Failure> {
    let schema = serde_json::to_string_pretty(&thalweg_flow::schema())
        .map_err(|error| Failure::environment(format!("The schema could not be written as JSON: {error}.")))?;
    terminal.print(&format!("{schema}\n"))?;
    Ok(Verdict::Well)
}

/// Prints a shell's completions.
pub(crate) fn completions(shell: Shell, terminal: &Terminal) -> Result<Verdict, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "thalweg", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Well)
}

/// Prints the manual page: the command itself, then each of its commands.
pub(crate) fn man(terminal: &Terminal) -> Result<Verdict, Failure> {
    let mut page = Vec::new();
    render_man(&mut page).map_err(|error| Failure::environment(format!("The manual page failed: {error}.")))?;
    terminal.print(&String::from_utf8_lossy(&page))?;
    Ok(Verdict::Well)
}

fn render_man(page: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = Cli::command();
    // Without this the subcommands do not know their full names.
    command.build();
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    let mut waiting: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    waiting.reverse();
    while let Some(command) = waiting.pop() {
        if command.get_name() == "help" {
            continue;
        }
        let name = command.get_bin_name().unwrap_or(command.get_name()).to_uppercase();
        page.extend(format!(".SH \"{name}\"\n").bytes());
        let mut below: Vec<clap::Command> = command.get_subcommands().cloned().collect();
        below.reverse();
        waiting.extend(below);
        let section = clap_mangen::Man::new(command);
        let mut text = Vec::new();
        section.render_synopsis_section(&mut text)?;
        section.render_description_section(&mut text)?;
        section.render_options_section(&mut text)?;
        // Below one heading per command these are smaller ones.
        page.extend(String::from_utf8_lossy(&text).replace(".SH ", ".SS ").bytes());
    }
    man.render_version_section(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_page_names_every_command() {
        let mut page = Vec::new();
        render_man(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        for name in
            ["NEW", "CHECK", "SIMULATE", "RECEIVE", "TRACES LIST", "TRACES SHOW", "SCHEMA", "COMPLETIONS", "MAN"]
        {
            assert!(page.contains(&format!(".SH \"THALWEG {name}\"")), "{name}");
        }
    }
}
