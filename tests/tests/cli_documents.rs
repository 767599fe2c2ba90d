//! `thalweg new`, `check` and `schema`: documents are written, judged and described.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::{BROKER_EXAMPLES, EXAMPLES, SMALL, example};

/// The schema judges examples as the reader does.
fn validator(cli: &Cli) -> Result<jsonschema::Validator> {
    let schema = cli.run(&["schema"])?.expect_code(0)?.json()?;
    jsonschema::validator_for(&schema).map_err(|error| anyhow::anyhow!("the schema is not one: {error}"))
}

#[test]
fn examples_and_starter_are_without_a_word_of_blame() -> Result<()> {
    let cli = Cli::new()?;
    for name in EXAMPLES.iter().chain(BROKER_EXAMPLES) {
        let file = example(name).display().to_string();
        let finished = cli.run(&["check", "--deny", "warnings", &file])?.expect_code(0)?;
        ensure!(!finished.stderr.contains("error"), "{finished}");
    }
    cli.run(&["new", "shop.flow.yaml"])?.expect_code(0)?;
    cli.run(&["check", "--deny", "warnings", "shop.flow.yaml"])?.expect_code(0).map(|_| ())
}

#[test]
fn new_never_overwrites_and_takes_every_example_as_template() -> Result<()> {
    let cli = Cli::new()?;
    let mine = cli.write("mine.flow.yaml", "mine")?;
    let finished = cli.run(&["new", "mine.flow.yaml"])?;
    ensure!(finished.code != 0, "{finished}");
    finished.expect_complaint(&["mine.flow.yaml"])?;
    ensure!(std::fs::read_to_string(&mine)? == "mine", "the file was overwritten");

    for name in EXAMPLES.iter().chain(BROKER_EXAMPLES) {
        let path = format!("{name}-copy.flow.yaml");
        cli.run(&["new", &path, "--template", name])?.expect_code(0)?;
        let (copy, original) = (std::fs::read(cli.folder().join(&path))?, std::fs::read(example(name))?);
        ensure!(copy == original, "the template `{name}` differs from the example");
    }
    let finished = cli.run(&["new", "x.flow.yaml", "--template", "checkuot"])?.expect_code(2)?;
    finished.expect_complaint(&["checkuot", "checkout"])
}

#[test]
fn the_schema_accepts_what_is_right_and_refuses_what_is_wrong() -> Result<()> {
    let cli = Cli::new()?;
    let validator = validator(&cli)?;
    // The examples' numbers as JSON: what an editor with a YAML plug-in hands to the schema.
    let small: Value = serde_json::json!({
        "thalweg": 1, "name": "Small",
        "nodes": {
            "clock": { "kind": "producer", "load": { "constant": "10/s" }, "publishes": [{ "to": "ticks" }] },
            "ticks": { "kind": "topic", "partitions": 2 },
            "handler": { "kind": "consumer", "subscribes": [{ "from": "ticks" }], "service_time": "5ms" }
        },
        "scenarios": { "default": { "duration": "10s" } }
    });
    let errors: Vec<String> = validator.iter_errors(&small).map(|error| error.to_string()).collect();
    ensure!(errors.is_empty(), "a right document is refused: {errors:?}");
    let mut wrong = small.clone();
    wrong["nodes"]["ticks"]["partitons"] = Value::from(2);
    ensure!(!validator.is_valid(&wrong), "an unknown key is accepted");
    let mut wrong = small;
    wrong["nodes"]["clock"]["kind"] = Value::from("prodcer");
    ensure!(!validator.is_valid(&wrong), "an unknown kind is accepted");
    Ok(())
}

#[test]
fn all_errors_are_told_at_once_with_their_places() -> Result<()> {
    let cli = Cli::new()?;
    let text = SMALL
        .replace("partitions: 2", "partitons: 2")
        .replace("service_time: 5ms", "service_time: 5 parsecs")
        .replace("from: ticks, group", "from: tikcs, group");
    cli.write("broken.flow.yaml", &text)?;
    let finished = cli.run(&["check", "broken.flow.yaml"])?;
    ensure!(finished.code == 1 || finished.code == 2, "{finished}");
    let told = format!("{}{}", finished.stdout, finished.stderr);
    for (what, place) in [("partitons", "7"), ("parsecs", "11"), ("tikcs", "10")] {
        ensure!(told.contains(what), "`{what}` is not told: {finished}");
        ensure!(told.contains(&format!("broken.flow.yaml:{place}:")), "line {place} is not told: {finished}");
    }
    // The nearest right names.
    for suggestion in ["partitions", "ticks"] {
        ensure!(told.contains(suggestion), "`{suggestion}` is not suggested: {finished}");
    }
    Ok(())
}

#[test]
fn check_speaks_json() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("broken.flow.yaml", SMALL.replace("partitions: 2", "partitons: 2"))?;
    let document = cli.run(&["check", "--format", "json", "broken.flow.yaml"])?.json()?;
    let text = document.to_string();
    ensure!(text.contains("partitons") && text.contains("broken.flow.yaml"), "{text}");
    let right = example("checkout").display().to_string();
    cli.run(&["check", "--format", "json", &right])?.expect_code(0)?.json().context("for a right file").map(|_| ())
}

#[test]
fn wrong_usage_is_exit_code_two() -> Result<()> {
    let cli = Cli::new()?;
    for arguments in [&["chekc"][..], &["check"], &["check", "--format", "xml", "a"], &["simulate"]] {
        let finished = cli.run(arguments)?.expect_code(2)?;
        ensure!(!finished.stderr.trim().is_empty() && finished.stdout.is_empty(), "{finished}");
    }
    let finished = cli.run(&["--help"])?.expect_code(0)?;
    for command in ["check", "new", "schema", "simulate", "receive", "traces"] {
        ensure!(finished.stdout.contains(command), "`{command}` is not in the help");
    }
    cli.run(&["--version"])?.expect_code(0).map(|_| ())
}
