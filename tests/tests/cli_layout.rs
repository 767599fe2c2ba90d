//! `thalweg layout`: positions written into a document, and nothing else of it touched.

use anyhow::{Result, ensure};
use thalweg_tests::{
    cli::Cli,
    flows::{BROKER_EXAMPLES, EXAMPLES, SMALL, example},
};

#[test]
fn a_file_gets_positions_once_and_is_tidy_then() -> Result<()> {
    let cli = Cli::new()?;
    let text = format!("# A comment that stays\n{SMALL}");
    let file = cli.write("small.flow.yaml", &text)?;
    cli.run(&["layout", "--check", "small.flow.yaml"])?.expect_code(1)?;
    ensure!(std::fs::read_to_string(&file)? == text, "--check wrote into the file");

    cli.run(&["layout", "small.flow.yaml"])?.expect_code(0)?;
    let tidied = std::fs::read_to_string(&file)?;
    let added = tidied.strip_prefix(text.trim_end()).or_else(|| tidied.strip_prefix(&text));
    ensure!(added.is_some_and(|added| added.contains("layout:")), "more than positions was changed:\n{tidied}");

    cli.run(&["layout", "--check", "small.flow.yaml"])?.expect_code(0)?;
    cli.run(&["layout", "small.flow.yaml"])?.expect_code(0)?;
    ensure!(std::fs::read_to_string(&file)? == tidied, "a tidy file was changed");
    cli.run(&["check", "small.flow.yaml"])?.expect_code(0).map(|_| ())
}

#[test]
fn every_example_can_be_tidied_and_remains_the_same_flow() -> Result<()> {
    let cli = Cli::new()?;
    for name in EXAMPLES.iter().chain(BROKER_EXAMPLES) {
        let file = cli.write("example.flow.yaml", std::fs::read(example(name))?)?;
        cli.run(&["layout", "example.flow.yaml"])?.expect_code(0)?;
        cli.run(&["layout", "--check", "example.flow.yaml"])?.expect_code(0)?;
        let without = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.contains(": [") || line.contains('{')).map(str::to_owned).collect()
        };
        let (before, after) = (std::fs::read_to_string(example(name))?, std::fs::read_to_string(&file)?);
        ensure!(without(&before) == without(&after), "{name}: more than positions was changed:\n{after}");
    }
    Ok(())
}

#[test]
fn wrong_use_is_answered_in_words_and_nothing_is_written() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("small.flow.yaml", SMALL)?;
    cli.run(&["layout", "--pin", "nobody", "small.flow.yaml"])?.expect_code(2)?.expect_complaint(&["nobody"])?;
    cli.write("broken.flow.yaml", "a: [")?;
    cli.run(&["layout", "broken.flow.yaml"])?.expect_code(2)?.expect_complaint(&["broken.flow.yaml"])?;
    ensure!(std::fs::read_to_string(cli.folder().join("broken.flow.yaml"))? == "a: [", "the broken file was changed");
    Ok(())
}
