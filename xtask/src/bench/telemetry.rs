//! `cargo xtask bench telemetry [MILLIONS]`: how many spans a second the receiver acknowledges, what they take in memory and on disk,
//! and how fast questions are answered once there are so many million of them.
//!
//! Sender and receiver are release builds in processes of their own on this machine, over loopback. Nothing fails for being slow.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::process::{self, Trouble};

/// Measured so often; medians are told.
const ROUNDS: u64 = 3;
const CONNECTIONS: u64 = 4;

/// How requests are sent: spans each, how many under way on each connection, spans a round.
pub(super) struct Load {
    pub(super) batch: u64,
    in_flight: u64,
    pub(super) spans: u64,
}

pub(super) const LARGE: Load = Load { batch: 512, in_flight: 2, spans: 1_000_000 };
pub(super) const SMALL: Load = Load { batch: 10, in_flight: 8, spans: 200_000 };

/// How many million spans an argument asks for.
pub(super) fn millions(argument: &str) -> Result<u64> {
    match argument.parse() {
        Ok(millions @ 1..=1000) => Ok(millions),
        _ => Err(Trouble::usage(format!("`{argument}` is not a number of millions; 1 to 1000")).into()),
    }
}

/// Builds, measures, and prints what came of it.
pub(super) fn run(millions: u64) -> Result<()> {
    let checkout = Checkout::find()?;
    let programs = Programs::build(&checkout)?;
    let folder = checkout.target.join("bench-telemetry");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    println!("{} · {}", super::machine(), super::compiler());
    for load in [LARGE, SMALL] {
        let file = folder.join(format!("batches-of-{}.db", load.batch));
        let receiver = Receiver::start(&programs.thalweg, &file)?;
        let mut rates = Vec::new();
        for seed in 1..=ROUNDS {
            rates.push(programs.flood.run(&receiver.grpc, &load, load.spans, seed)?);
        }
        let memory = peak_memory(receiver.child.id())?;
        receiver.stop()?;
        rates.sort_by(f64::total_cmp);
        println!(
            "batches of {}: {:.0} spans/s acknowledged, {:.1} bytes a span on disk, {} MB at most",
            load.batch,
            rates[rates.len() / 2],
            bytes(&file)? as f64 / (load.spans * ROUNDS) as f64,
            memory >> 20
        );
    }
    let file = folder.join("many.db");
    let receiver = Receiver::start(&programs.thalweg, &file)?;
    let rate = programs.flood.run(&receiver.grpc, &LARGE, millions * 1_000_000, 7)?;
    let memory = peak_memory(receiver.child.id())?;
    receiver.stop()?;
    println!(
        "{millions} million spans: {rate:.0} spans/s, {:.1} bytes a span, {} MB at most",
        bytes(&file)? as f64 / (millions * 1_000_000) as f64,
        memory >> 20
    );
    let mut questions = process::cargo();
    questions
        .current_dir(&checkout.root)
        .args(["bench", "--package=thalweg-store", "--bench=questions", "--"])
        .arg(&file);
    process::run(&mut questions)
}

/// What the file and its log take.
fn bytes(file: &Path) -> Result<u64> {
    let log = file.with_extension("db-wal");
    let size = fs::metadata(file).with_context(|| format!("cannot look at {}", file.display()))?.len();
    Ok(size + fs::metadata(log).map_or(0, |log| log.len()))
}

struct Programs {
    thalweg: PathBuf,
    flood: Flood,
}

impl Programs {
    fn build(checkout: &Checkout) -> Result<Self> {
        process::run(process::cargo().current_dir(&checkout.root).args(["build", "--release", "--package=thalweg"]))?;
        Ok(Self { thalweg: checkout.executable("release", "thalweg"), flood: Flood::build(checkout)? })
    }
}

/// The sender.
pub(super) struct Flood(PathBuf);

impl Flood {
    pub(super) fn build(checkout: &Checkout) -> Result<Self> {
        let target = checkout.target.join("flood");
        let mut flood = process::cargo();
        flood
            .current_dir(checkout.root.join("benches/flood"))
            .args(["build", "--release", "--target-dir"])
            .arg(&target);
        process::run(&mut flood)?;
        Ok(Self(target.join("release/thalweg-flood")))
    }

    /// Sends one trace there.
    pub(super) fn one_trace(&self, to: &str, spans: u64, seed: u64) -> Result<()> {
        self.send(to, "trace", &[spans, seed])
    }

    /// Sends small traces there for so many seconds, so many spans a second.
    pub(super) fn steady(&self, to: &str, rate: u64, seconds: u64, seed: u64) -> Result<()> {
        self.send(to, "steady", &[rate, seconds, seed])
    }

    fn send(&self, to: &str, what: &str, numbers: &[u64]) -> Result<()> {
        let numbers = numbers.iter().map(u64::to_string);
        let line = process::output(Command::new(&self.0).args([to, what]).args(numbers))?;
        println!("  {what}: {}", line.trim());
        Ok(())
    }

    /// Sends there, and gives the spans acknowledged a second.
    pub(super) fn run(&self, to: &str, load: &Load, spans: u64, seed: u64) -> Result<f64> {
        let numbers = [CONNECTIONS, load.in_flight, load.batch, spans, seed].map(|number| number.to_string());
        let line = process::output(Command::new(&self.0).arg(to).args(numbers))?;
        println!("  {}", line.trim());
        let field = |name: &str| -> Option<f64> {
            line.split_once(&format!("\"{name}\": "))?.1.split([',', '}']).next()?.parse().ok()
        };
        let rate = field("spans").zip(field("seconds")).map(|(spans, seconds)| spans / seconds);
        rate.with_context(|| format!("the sender printed: {line}"))
    }
}

/// `thalweg receive`, until it is stopped.
struct Receiver {
    child: Child,
    grpc: String,
}

impl Receiver {
    fn start(program: &Path, file: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["receive", "--grpc=127.0.0.1:0", "--http=127.0.0.1:0", "--db"]).arg(file);
        let mut child = command.stderr(Stdio::piped()).spawn().context("cannot start the receiver")?;
        let stderr = child.stderr.take().context("the receiver's standard error was not a pipe")?;
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let grpc = lines.find_map(|line| line.strip_prefix("OTLP/gRPC: ").map(str::to_owned));
        let Some(grpc) = grpc else { bail!("the receiver did not say where it listens") };
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(|line| println!("  {line}")));
        Ok(Self { child, grpc })
    }

    fn stop(mut self) -> Result<()> {
        process::run(Command::new("kill").arg(self.child.id().to_string()))?;
        let status = self.child.wait().context("cannot wait for the receiver")?;
        if status.success() { Ok(()) } else { bail!("the receiver ended with {status}") }
    }
}

/// The most memory that a process ever had, where the system tells.
pub(super) fn peak_memory(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map(|kib| kib << 10).with_context(|| format!("{path} names no peak of memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millions_are_read() {
        assert_eq!(millions("10").unwrap(), 10);
        assert!(millions("0").is_err() && millions("many").is_err());
    }
}
