//! Bad input gets a sentence that says what and where, a non-zero exit code, an end, and nothing is lost.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::flows::{SMALL, station};

/// Requires a refusal: an exit code for `codes`, words on standard error, and no result on standard output.
fn refused(finished: &Finished, codes: &[i32], words: &[&str]) -> Result<()> {
    ensure!(codes.contains(&finished.code), "the exit code is none of {codes:?}: {finished}");
    let told = format!("{}{}", finished.stdout, finished.stderr).to_lowercase();
    for word in words {
        ensure!(told.contains(&word.to_lowercase()), "`{word}` is not said: {finished}");
    }
    Ok(())
}

/// Both commands that read a flow refuse the file `name` and name it.
fn both_refuse(cli: &Cli, name: &str, words: &[&str]) -> Result<()> {
    let words = [words, &[name]].concat();
    refused(&cli.run(&["check", name])?, &[1, 2], &words)?;
    let finished = cli.run(&["simulate", name, "--format", "json"])?;
    ensure!(finished.stdout.is_empty(), "a result in spite of bad input: {finished}");
    refused(&finished, &[1, 2], &words)
}

/// A change to the small flow is refused at the line where it was made.
fn broken(change: (&str, &str), words: &[&str]) -> Result<()> {
    let cli = Cli::new()?;
    let text = SMALL.replacen(change.0, change.1, 1);
    ensure!(text != SMALL, "`{}` is not in the small flow", change.0);
    let line = SMALL[..SMALL.find(change.0).unwrap_or(0)].matches('\n').count() + 1;
    let file = cli.write("flow.flow.yaml", &text)?;
    both_refuse(&cli, "flow.flow.yaml", &[words, &[&format!("flow.flow.yaml:{line}")]].concat())?;
    ensure!(std::fs::read_to_string(file)? == text, "the file was changed");
    Ok(())
}

#[test]
fn a_missing_file() -> Result<()> {
    both_refuse(&Cli::new()?, "nowhere.flow.yaml", &[])
}

#[test]
fn a_folder() -> Result<()> {
    let cli = Cli::new()?;
    std::fs::create_dir(cli.folder().join("folder.flow.yaml"))?;
    both_refuse(&cli, "folder.flow.yaml", &[])
}

#[test]
fn binary() -> Result<()> {
    let cli = Cli::new()?;
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    cli.write("binary.flow.yaml", bytes)?;
    both_refuse(&cli, "binary.flow.yaml", &[])
}

#[test]
fn an_empty_file() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("empty.flow.yaml", "")?;
    both_refuse(&cli, "empty.flow.yaml", &[])
}

#[test]
fn fifty_megabytes() -> Result<()> {
    let cli = Cli::new()?;
    let line = "  # a line of a file that nobody wrote by hand, sixty-four bytes\n";
    cli.write("huge.flow.yaml", format!("{SMALL}{}", line.repeat(50_000_000 / line.len())))?;
    both_refuse(&cli, "huge.flow.yaml", &["10"])
}

#[test]
fn nesting_without_end() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("deep.flow.yaml", format!("thalweg: 1\nname: {}x{}\n", "[".repeat(100_000), "]".repeat(100_000)))?;
    both_refuse(&cli, "deep.flow.yaml", &["deep"])?;
    let blocks: Vec<String> = (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    cli.write("blocks.flow.yaml", blocks.concat())?;
    both_refuse(&cli, "blocks.flow.yaml", &[])
}

#[test]
fn an_alias_bomb() -> Result<()> {
    let cli = Cli::new()?;
    let level = |level: u32| {
        let below = if level == 0 { "x".to_owned() } else { format!("*a{}", level - 1) };
        format!("a{level}: &a{level} [{}]\n", vec![below; 9].join(", "))
    };
    let levels: Vec<String> = (0..12).map(level).collect();
    cli.write("bomb.flow.yaml", format!("thalweg: 1\n{}", levels.concat()))?;
    both_refuse(&cli, "bomb.flow.yaml", &["alias"])
}

#[test]
fn broken_yaml() -> Result<()> {
    broken(("partitions: 2 }", "partitions: 2 ]"), &[])
}

#[test]
fn a_dangling_reference() -> Result<()> {
    broken(("to: ticks", "to: tocks"), &["tocks", "ticks"])
}

#[test]
fn a_negative_rate() -> Result<()> {
    broken(("constant: 10/s", "constant: -1/s"), &["-1/s"])
}

#[test]
fn a_service_time_of_zero() -> Result<()> {
    broken(("service_time: 5ms", "service_time: 0"), &["service_time"])
}

#[test]
fn an_unknown_kind() -> Result<()> {
    broken(("kind: consumer", "kind: cosumer"), &["cosumer", "consumer"])
}

#[test]
fn a_newer_format() -> Result<()> {
    broken(("thalweg: 1", "thalweg: 2"), &["2"])
}

/// Each handled event causes another of its kind, for ever: such a run would never end.
#[test]
fn a_cycle() -> Result<()> {
    let cli = Cli::new()?;
    cli.write(
        "cycle.flow.yaml",
        SMALL.replace("    service_time: 5ms", "    service_time: 5ms\n    publishes: [{ to: ticks, event: tick }]"),
    )?;
    refused(&cli.run(&["simulate", "cycle.flow.yaml"])?, &[1, 2], &["handler", "ticks"])
}

#[test]
fn a_year_at_a_million_a_second() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("year.flow.yaml", station("1000000/s", 1, "1us", 1).replace("duration: 1h", "duration: 365d"))?;
    let finished = cli.run(&["simulate", "year.flow.yaml", "--format", "json"])?;
    ensure!(finished.stdout.is_empty(), "{finished}");
    // It says how much that would be.
    refused(&finished, &[1, 2], &["events"])
}

#[test]
fn what_is_not_simulated_yet_is_refused_by_name() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("workflow.flow.yaml", SMALL.replace("scenarios:", "  saga: { kind: workflow, steps: [] }\nscenarios:"))?;
    refused(&cli.run(&["simulate", "workflow.flow.yaml"])?, &[1, 2], &["saga"])
}

#[test]
fn a_report_that_cannot_be_written() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("small.flow.yaml", SMALL)?;
    cli.write("taken", "a file where the folder should be")?;
    refused(&cli.run(&["simulate", "small.flow.yaml", "--report", "taken/report"])?, &[2, 3], &["taken"])?;
    ensure!(std::fs::read_to_string(cli.folder().join("taken"))? == "a file where the folder should be");
    Ok(())
}

/// No text however mangled makes the reader panic, hang or change the file. The seed is in the message.
#[test]
fn mangled_documents() -> Result<()> {
    let cli = Cli::new()?;
    let base = std::fs::read(thalweg_tests::flows::example("checkout")).context("cannot read the example")?;
    for seed in 0..60 * u64::from(thalweg_tests::programs::soak_factor()) {
        let text = thalweg_tests::mangle::mangled(&base, seed);
        let file = cli.write("mangled.flow.yaml", &text)?;
        let finished = cli.run(&["check", "mangled.flow.yaml"]).with_context(|| format!("seed {seed}"))?;
        ensure!((0..=2).contains(&finished.code), "seed {seed}: {finished}");
        ensure!(std::fs::read(file)? == text, "seed {seed}: the file was changed");
    }
    Ok(())
}
