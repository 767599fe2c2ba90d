//! `thalweg receive` under hostile input, taken ports, strange data files, failing disks and kills.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::http::{self, Answer};
use thalweg_tests::mangle::{Random, mangled};
use thalweg_tests::otlp;
use thalweg_tests::process::Running;
use thalweg_tests::programs;
use thalweg_tests::receiver::{Receiver, free_address};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const NOW: u64 = 1_800_000_000_000_000_000;

fn post_json(to: SocketAddr, body: &Value) -> Result<Answer> {
    http::post(to, "/v1/traces", &[JSON], body.to_string().as_bytes())
}

/// A request with one span in a trace of its own, numbered.
fn numbered(number: u64) -> Value {
    otlp::request(&trace_id(number), &format!("{:016x}", number + 1), "numbered", NOW + number)
}

fn trace_id(number: u64) -> String {
    format!("{:032x}", u128::from(number) + 1)
}

fn listed(cli: &Cli) -> Result<BTreeSet<String>> {
    let database = cli.database().display().to_string();
    let arguments = ["traces", "list", "--limit", "1000000", "--format", "json", "--db", &*database];
    let listed = cli.run(&arguments)?.expect_code(0)?.json()?;
    let traces = listed.as_array().context("no array")?;
    let ids: BTreeSet<String> =
        traces.iter().filter_map(|trace| trace["trace_id"].as_str()).map(String::from).collect();
    ensure!(ids.len() == traces.len(), "a trace is listed twice");
    Ok(ids)
}

/// After whatever happened, the next good request is taken and kept.
fn still_works(cli: &Cli, to: SocketAddr, number: u64) -> Result<()> {
    let answer = post_json(to, &numbered(number))?;
    ensure!(answer.status == 200, "a good request after bad ones got {}", answer.head);
    ensure!(listed(cli)?.contains(&trace_id(number)), "it was acknowledged and is not there");
    Ok(())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish().context("cannot compress")
}

/// What it is, its path, headers and body, and the status codes that may answer it.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], &'a [u16]);

#[test]
fn malformed_requests_are_refused_with_the_right_status() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let protobuf = ("Content-Type", "application/x-protobuf");
    let good = numbered(1).to_string();
    let deep = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"a","value":{}{}}}]}}}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(2_000),
        "]}}".repeat(2_000)
    );
    let bomb = gzip(&vec![b' '; 200 << 20])?;
    let large = vec![b' '; 70 << 20];
    let cases: &[Case<'_>] = &[
        ("JSON that is none", "/v1/traces", &[JSON], b"{\"resourceSpans\":[", &[400]),
        ("JSON of another shape", "/v1/traces", &[JSON], b"{\"resourceSpans\":7}", &[400]),
        ("protobuf that is none", "/v1/traces", &[protobuf], b"\xff\xff\xff\xff\xff", &[400]),
        ("nesting without end", "/v1/traces", &[JSON], deep.as_bytes(), &[400]),
        ("gzip that is none", "/v1/traces", &[JSON, ("Content-Encoding", "gzip")], good.as_bytes(), &[400]),
        ("a gzip bomb", "/v1/traces", &[JSON, ("Content-Encoding", "gzip")], &bomb, &[413]),
        ("a huge body", "/v1/traces", &[JSON], &large, &[413]),
        ("an unknown encoding", "/v1/traces", &[JSON, ("Content-Encoding", "br")], good.as_bytes(), &[415]),
        ("a form", "/v1/traces", &[("Content-Type", "text/plain")], good.as_bytes(), &[415]),
        ("another path", "/v1/trace", &[JSON], good.as_bytes(), &[404]),
        (
            "a page of another origin",
            "/v1/traces",
            &[JSON, ("Origin", "https://evil.example")],
            good.as_bytes(),
            &[403],
        ),
        ("a rebound name", "/v1/traces", &[JSON, ("Host", "evil.example:4318")], good.as_bytes(), &[400, 403, 421]),
    ];
    for (what, path, headers, body, wanted) in cases {
        let answer = http::post(receiver.http, path, headers, body).with_context(|| format!("{what}: no answer"))?;
        ensure!(wanted.contains(&answer.status), "{what}: {}", answer.head);
    }
    let get = format!("GET /v1/traces HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", receiver.http);
    let answer = http::send(receiver.http, get.as_bytes())?;
    ensure!(answer.status == 405, "GET: {}", answer.head);
    ensure!(listed(&cli)?.is_empty(), "something was stored");
    still_works(&cli, receiver.http, 9)
}

#[test]
fn good_spans_are_kept_when_their_neighbours_are_bad() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let mut request = numbered(1);
    let spans = &mut request["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let mut bad = spans[0].clone();
    bad["traceId"] = json!("00000000000000000000000000000000");
    let mut short = spans[0].clone();
    short["spanId"] = json!("01");
    spans.as_array_mut().context("no spans")?.extend([bad, short]);
    let answer = post_json(receiver.http, &request)?;
    let body: Value = serde_json::from_slice(&answer.body).context("the answer is no JSON")?;
    ensure!(answer.status == 200, "{}", answer.head);
    let rejected = &body["partialSuccess"]["rejectedSpans"];
    ensure!(*rejected == json!("2") || *rejected == json!(2), "{body}");
    ensure!(body["partialSuccess"]["errorMessage"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    ensure!(listed(&cli)? == BTreeSet::from([trace_id(1)]));
    Ok(())
}

/// Times that no clock shows survive: they are somebody's bug that a person wants to see.
#[test]
fn extreme_numbers_come_back_as_they_were() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let mut request = numbered(1);
    let span = &mut request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    span["startTimeUnixNano"] = json!(u64::MAX.to_string());
    span["endTimeUnixNano"] = json!("0");
    span["attributes"] = json!([{ "key": "n", "value": { "intValue": i64::MIN.to_string() } },
        { "key": "inf", "value": { "doubleValue": "Infinity" } }, { "key": "key <script>", "value": {} }]);
    let answer = post_json(receiver.http, &request)?;
    ensure!(answer.status == 200, "{}", answer.head);
    let database = cli.database().display().to_string();
    let shown = cli.run(&["traces", "show", &trace_id(1), "--format", "json", "--db", &database])?;
    ensure!(otlp::spans(&shown.expect_code(0)?.json()?)? == otlp::spans(&request)?, "a span changed");
    listed(&cli).map(|_| ())
}

/// Whatever bytes come, each request is answered without a fault of ours, and good ones still pass.
#[test]
fn mangled_requests() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let good = numbered(1).to_string();
    for seed in 0..300 * u64::from(programs::soak_factor()) {
        let body = mangled(good.as_bytes(), seed);
        for kind in ["application/json", "application/x-protobuf"] {
            let answer = http::post(receiver.http, "/v1/traces", &[("Content-Type", kind)], &body)
                .with_context(|| format!("seed {seed} as {kind}"))?;
            ensure!(answer.status < 500, "seed {seed} as {kind}: {}", answer.head);
        }
    }
    still_works(&cli, receiver.http, u64::from(u32::MAX))
}

fn receive(cli: &Cli, grpc: SocketAddr, http: SocketAddr, database: &str) -> Result<Finished> {
    cli.run(&["receive", "--grpc", &grpc.to_string(), "--http", &http.to_string(), "--db", database])
}

#[test]
fn a_taken_port_is_named() -> Result<()> {
    let cli = Cli::new()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?;
    let database = cli.database().display().to_string();
    receive(&cli, port, free_address()?, &database)?.expect_code(3)?.expect_complaint(&[&port.port().to_string()])?;
    receive(&cli, free_address()?, port, &database)?.expect_code(3)?.expect_complaint(&[&port.port().to_string()])
}

/// What other machines reach is listened on only with a token, and neither it nor an origin is taken in half.
#[test]
fn beyond_loopback_only_with_a_token() -> Result<()> {
    let cli = Cli::new()?;
    let database = cli.database().display().to_string();
    let all = ["receive", "--grpc", "127.0.0.1:0", "--http", "0.0.0.0:0", "--db", &*database];
    cli.run(&all)?.expect_code(3)?.expect_complaint(&["0.0.0.0", "--token-file"])?;
    cli.write("token", "short\n")?;
    let weak = [&all[..], &["--token-file", "token"]].concat();
    cli.run(&weak)?.expect_code(2)?.expect_complaint(&["token", "16 characters"])?;
    let missing = [&all[..], &["--token-file", "none"]].concat();
    cli.run(&missing)?.expect_code(2)?.expect_complaint(&["none"])?;
    let anybody = [&all[..], &["--allow-origin", "*"]].concat();
    cli.run(&anybody)?.expect_code(2)?.expect_complaint(&["origin"])
}

#[test]
fn strange_data_files_are_refused_and_left_alone() -> Result<()> {
    let cli = Cli::new()?;
    cli.write("text.db", "this is a letter, not a database; ".repeat(100))?;
    std::fs::create_dir(cli.folder().join("folder.db"))?;
    for (name, said) in [
        ("text.db", "text.db"),
        ("folder.db", "folder.db"),
        ("text.db/thalweg.db", "text.db"),
        ("/proc/thalweg.db", "/proc"),
    ] {
        let refused = receive(&cli, free_address()?, free_address()?, name)?;
        ensure!(refused.code == 2 || refused.code == 3, "{refused}");
        refused.expect_complaint(&[said])?;
        let refused = cli.run(&["traces", "list", "--db", name])?;
        ensure!(refused.code != 0, "{refused}");
    }
    let letter = std::fs::read_to_string(cli.folder().join("text.db"))?;
    ensure!(letter.starts_with("this is a letter"), "the file was changed");
    Ok(())
}

/// Runs SQL on the data file with the SQLite of Python, which is not the one under test.
fn sql(cli: &Cli, statement: &str) -> Result<String> {
    let script =
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nprint(c.execute(sys.argv[2]).fetchall())\nc.commit()";
    let output = Command::new(programs::python()?).args(["-c", script]).arg(cli.database()).arg(statement).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_newer_data_file_is_refused_and_left_alone() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    still_works(&cli, receiver.http, 1)?;
    receiver.interrupt()?;
    sql(&cli, "PRAGMA user_version = 9999")?;
    let before = std::fs::read(cli.database())?;
    let database = cli.database().display().to_string();
    for refused in
        [receive(&cli, free_address()?, free_address()?, &database)?, cli.run(&["traces", "list", "--db", &database])?]
    {
        ensure!(refused.code == 2 || refused.code == 3, "{refused}");
        refused.expect_complaint(&["newer", "thalweg.db"])?;
    }
    ensure!(std::fs::read(cli.database())? == before, "the file was changed");
    Ok(())
}

#[test]
fn a_damaged_data_file_is_told() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    for number in 0..200 {
        post_json(receiver.http, &numbered(number))?;
    }
    receiver.interrupt()?;
    let mut bytes = std::fs::read(cli.database())?;
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0x5a);
    std::fs::write(cli.database(), &bytes)?;
    let database = cli.database().display().to_string();
    let finished = cli.run(&["traces", "list", "--db", &database])?;
    ensure!(finished.code == 2 || finished.code == 3, "{finished}");
    finished.expect_complaint(&["thalweg.db"])
}

/// A disk that takes no more (here: a limit on the size of files): what was acknowledged stays, the rest is refused.
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    still_works(&cli, receiver.http, 0)?;
    receiver.interrupt()?;
    drop(receiver);

    let (grpc, http) = (free_address()?, free_address()?);
    let mut command = Command::new("sh");
    command
        // 512-byte blocks: 1 MiB for each file.
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh"])
        .arg(programs::thalweg()?)
        .args(["receive", "--grpc", &grpc.to_string(), "--http", &http.to_string(), "--db"])
        .arg(cli.database())
        .env("HOME", cli.folder());
    let mut limited = Running::start(command, &cli.folder().join("limited.log"))?;
    thalweg_tests::wait::wait_for("the limited receiver to listen", || {
        if let Err(error) = limited.require_running() {
            return Some(Err(error));
        }
        thalweg_tests::receiver::answers(&http).then_some(Ok(()))
    })??;
    let mut acknowledged = BTreeSet::from([trace_id(0)]);
    let mut refused = None;
    let padding = "x".repeat(50_000);
    for number in 1..200 {
        let mut request = numbered(number);
        request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] =
            json!([{ "key": "padding", "value": { "stringValue": format!("{number}{padding}") } }]);
        let answer = post_json(http, &request)?;
        if answer.status == 200 {
            acknowledged.insert(trace_id(number));
        } else {
            refused = Some(answer);
        }
    }
    let refused = refused.context("10 MB went into files of 1 MiB")?;
    ensure!((500..600).contains(&refused.status), "{}", refused.head);
    limited.require_running()?;
    drop(limited);

    let mut receiver = Receiver::start(&cli)?;
    still_works(&cli, receiver.http, 1_000)?;
    receiver.interrupt()?;
    let kept = listed(&cli)?;
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    ensure!(lost.is_empty(), "{} of {} acknowledged traces are lost", lost.len(), acknowledged.len());
    ensure!(sql(&cli, "PRAGMA integrity_check")?.contains("ok"), "the data file is damaged");
    Ok(())
}

/// Killed without warning, again and again, while four clients send: every acknowledged span is there afterwards.
#[test]
fn kills_lose_nothing_that_was_acknowledged() -> Result<()> {
    let cli = Cli::new()?;
    let mut random = Random(2026);
    let mut acknowledged = BTreeSet::new();
    let rounds = 8 * u64::from(programs::soak_factor());
    for round in 0..rounds {
        let mut receiver = Receiver::start(&cli)?;
        let over = AtomicBool::new(false);
        let address = receiver.http;
        let pause = Duration::from_millis(20 + random.below(380) as u64);
        let heard = std::thread::scope(|scope| -> Result<Vec<String>> {
            let senders: Vec<_> = (0..4)
                .map(|sender| {
                    let over = &over;
                    scope.spawn(move || {
                        let first = (round * 4 + sender) << 32;
                        let sent = (first..).take_while(|_| !over.load(Ordering::Relaxed));
                        let taken = |number: &u64| {
                            post_json(address, &numbered(*number)).is_ok_and(|answer| answer.status == 200)
                        };
                        sent.filter(taken).map(trace_id).collect::<Vec<String>>()
                    })
                })
                .collect();
            std::thread::sleep(pause);
            let killed = receiver.kill();
            over.store(true, Ordering::Relaxed);
            let heard = senders.into_iter().filter_map(|sender| sender.join().ok()).flatten().collect();
            killed.map(|()| heard)
        })?;
        acknowledged.extend(heard);
        let kept = listed(&cli)?;
        let lost = acknowledged.difference(&kept).count();
        ensure!(lost == 0, "round {round}: {lost} of {} acknowledged spans are lost", acknowledged.len());
    }
    ensure!(acknowledged.len() as u64 > rounds, "almost nothing was acknowledged: {}", acknowledged.len());
    ensure!(sql(&cli, "PRAGMA integrity_check")?.contains("ok"), "the data file is damaged");
    Ok(())
}

#[test]
fn lists_and_traces_for_people() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    for number in 0..3 {
        post_json(receiver.http, &numbered(number))?;
    }
    let database = cli.database().display().to_string();
    let finished = cli.run(&["traces", "list", "--limit", "2", "--db", &database])?.expect_code(0)?;
    // Newest first, two at most.
    ensure!(finished.stdout.contains(&trace_id(2)) && finished.stdout.contains(&trace_id(1)), "{finished}");
    ensure!(!finished.stdout.contains(&trace_id(0)), "{finished}");
    let finished = cli.run(&["traces", "show", &trace_id(0), "--db", &database])?.expect_code(0)?;
    ensure!(finished.stdout.contains("numbered"), "{finished}");
    let finished = cli.run(&["traces", "show", &trace_id(77), "--db", &database])?;
    ensure!(finished.code != 0, "{finished}");
    finished.expect_complaint(&[&trace_id(77)])?;
    cli.run(&["traces", "show", "not-an-id", "--db", &database])?.expect_code(2)?.expect_complaint(&["not-an-id"])
}

/// Ctrl-C ends it at once and says nothing of a fault.
#[test]
fn an_interrupt_ends_it_well() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    receiver.interrupt()?;
    ensure!(!receiver.printed().contains("panicked"), "{}", receiver.printed());
    Ok(())
}
