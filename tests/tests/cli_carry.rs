//! `thalweg traces export` and `import`: what the official clients sent goes out into a file that official types read, and comes
//! back as it was.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::Cli;
use thalweg_tests::receiver::Receiver;
use thalweg_tests::{http, otlp, programs};

/// Runs `traces` with a data file.
fn traces(cli: &Cli, arguments: &[&str], code: i32) -> Result<thalweg_tests::cli::Finished> {
    let database = cli.database().display().to_string();
    cli.run(&[&["traces"], arguments, &["--db", &database]].concat())?.expect_code(code)
}

fn send_with_python(receiver: &Receiver) -> Result<Value> {
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/send.py"))
        .args(["http", "none", &format!("http://{}", receiver.http), "1"])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot start Python")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("the Python client printed something else than JSON")
}

/// The spans of a file as the official protobuf types see them.
fn read_with_python(file: &Path) -> Result<Vec<Value>> {
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/read_lines.py"))
        .arg(file)
        .output()
        .context("cannot start Python")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn what_was_sent_goes_out_and_comes_back() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let sent = otlp::spans(&send_with_python(&receiver)?)?;
    receiver.interrupt()?;
    let folder = tempfile::tempdir()?;
    for name in ["all.jsonl", "all.jsonl.gz"] {
        let file = folder.path().join(name);
        let path = file.display().to_string();
        traces(&cli, &["export", "-o", &path], 0)?;
        let mut read = read_with_python(&file)?;
        read.sort_by_key(|span| span["span_id"].to_string());
        let mut known: Vec<_> =
            sent.iter().map(|span| (&span.span_id, &span.trace_id, &span.name, span.kind)).collect();
        known.sort();
        ensure!(read.len() == known.len(), "{read:?}");
        for (read, (span_id, trace_id, name, kind)) in read.iter().zip(known) {
            let same = read["span_id"] == **span_id && read["trace_id"] == **trace_id;
            ensure!(same && read["name"] == **name && read["kind"] == kind, "{read}");
        }
        // A second time it is not replaced unasked.
        let refused = traces(&cli, &["export", "-o", &path], 2)?;
        ensure!(refused.stderr.contains("already there"), "{}", refused.stderr);
        traces(&cli, &["export", "-o", &path, "--force"], 0)?;

        let other = Cli::new()?;
        let told = traces(&other, &["import", &path], 0)?;
        ensure!(told.stdout.contains("3 spans stored"), "{}", told.stdout);
        let id = &sent[0].trace_id;
        let shown = traces(&other, &["show", id, "--format", "json"], 0)?.json()?;
        ensure!(otlp::spans(&shown)? == sent, "{shown}");
        let again = traces(&other, &["import", &path], 0)?;
        ensure!(again.stdout.contains("nothing stored, 3 known already"), "{}", again.stdout);
    }
    Ok(())
}

#[test]
fn a_filter_and_an_id_choose_and_standard_output_is_the_default() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    for number in 1..=3_u64 {
        let request =
            otlp::request(&format!("{number:032x}"), &format!("{number:016x}"), &format!("op {number}"), number);
        let answer = http::post(
            receiver.http,
            "/v1/traces",
            &[("Content-Type", "application/json")],
            request.to_string().as_bytes(),
        )?;
        ensure!(answer.status == 200, "{}", answer.head);
    }
    receiver.interrupt()?;
    let names = |text: &str| -> Result<Vec<String>> {
        let lines = text.lines().map(|line| otlp::spans(&serde_json::from_str(line)?));
        Ok(lines.collect::<Result<Vec<_>>>()?.into_iter().flatten().map(|span| span.name).collect())
    };
    ensure!(names(&traces(&cli, &["export"], 0)?.stdout)? == ["op 3", "op 2", "op 1"]);
    ensure!(names(&traces(&cli, &["export", "name = \"op 2\""], 0)?.stdout)? == ["op 2"]);
    let (one, three) = (format!("{:032x}", 1), format!("{:032x}", 3));
    ensure!(names(&traces(&cli, &["export", "--trace", &one, "--trace", &three], 0)?.stdout)? == ["op 1", "op 3"]);
    let none = traces(&cli, &["export", "--trace", &format!("{:032x}", 9)], 2)?;
    ensure!(none.stderr.contains("no trace"), "{}", none.stderr);
    traces(&cli, &["export", "name ="], 2)?;
    let nowhere = traces(&cli, &["export", "-o", "no/such/folder/x.jsonl"], 2)?;
    ensure!(nowhere.stderr.contains("folder"), "{}", nowhere.stderr);
    Ok(())
}

#[test]
fn what_is_wrong_with_a_line_is_told_and_the_others_are_stored() -> Result<()> {
    let cli = Cli::new()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mixed.jsonl");
    let line = |number: u64, span: &str| otlp::request(&format!("{number:032x}"), span, "op", number).to_string();
    let logs =
        json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": "hello" } }] }] }] });
    let mut out = fs::File::create(&file)?;
    for text in [&line(1, "0000000000000001"), "{\"resourceSpans\": [", &line(2, ""), "word", &logs.to_string()] {
        writeln!(out, "{text}")?;
    }
    let path = file.display().to_string();
    let told = traces(&cli, &["import", &path], 2)?;
    ensure!(
        told.stdout.contains("1 span and 1 log record stored, 1 refused, 2 lines could not be read"),
        "{}",
        told.stdout
    );
    for (number, reason) in [(2, "JSON"), (3, "1 span refused"), (4, "no JSON object")] {
        let begins = format!("{path}:{number}: ");
        let line = told.stderr.lines().find(|line| line.starts_with(&begins));
        ensure!(line.is_some_and(|line| line.contains(reason)), "{}", told.stderr);
    }
    let json = traces(&cli, &["import", "--format", "json", &path], 2)?.json()?;
    ensure!(json[0]["spans"] == json!({ "stored": 0, "known": 1, "refused": 1 }) && json[0]["unread"] == 2, "{json}");
    let missing = traces(&cli, &["import", "no-such-file.jsonl"], 2)?;
    ensure!(missing.stderr.contains("There is no file"), "{}", missing.stderr);
    Ok(())
}
