//! `cargo xtask bench receivers [--small]`: the receiver beside its peers, in one run and in turns.
//!
//! Every one gets the same spans over OTLP/gRPC from the same sender, on loopback ports, with an empty data file of its own in each
//! round. Slow ones get fewer of them, which the table says: what counts is a rate. When a request is acknowledged is each
//! receiver's own choice; the table says that too.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::telemetry::{Flood, LARGE, Load, SMALL, peak_memory};
use super::{compiler, machine, section};
use crate::checkout::Checkout;
use crate::process;
use crate::python::Environment;

/// Measured so often; medians are told.
const ROUNDS: u64 = 3;
/// A receiver must take connections within this time: Phoenix imports for a while.
const PATIENCE: Duration = Duration::from_mins(3);
/// With `--small` everyone gets so many times fewer spans, once.
const SMALLER: u64 = 20;

/// The version that is measured.
const OTELITE: &str = "0.1.156";

/// A receiver.
struct Peer {
    name: &'static str,
    /// When it says that a request was well.
    acknowledges: &'static str,
    /// It gets so many times fewer spans than we do, in batches of each size: as many as keep it busy for a while, because one
    /// that acknowledges before it stores takes a few at any rate.
    fewer: [u64; 2],
    start: fn(&Programs, &Path, &Ports) -> Command,
}

const PEERS: &[Peer] = &[
    Peer {
        name: "**Thalweg**",
        acknowledges: "after the commit",
        fewer: [1, 1],
        start: |programs, folder, ports| {
            let mut command = Command::new(&programs.thalweg);
            command.arg("receive").arg(format!("--grpc=127.0.0.1:{}", ports.grpc));
            command.arg(format!("--http=127.0.0.1:{}", ports.http)).arg("--db").arg(folder.join("thalweg.db"));
            command
        },
    },
    Peer {
        name: "Otelite 0.1.156",
        acknowledges: "after storing",
        fewer: [20, 20],
        start: |programs, folder, ports| {
            let mut command = Command::new(&programs.otelite);
            command.arg("serve").arg(format!("--addr=127.0.0.1:{}", ports.page)).arg("--storage-path").arg(folder);
            command.env("OTELITE_OTLP_GRPC_PORT", ports.grpc.to_string());
            command.env("OTELITE_OTLP_HTTP_PORT", ports.http.to_string());
            command
        },
    },
    Peer {
        name: "Arize Phoenix 20.26.1",
        acknowledges: "before storing",
        fewer: [50, 10],
        start: |programs, folder, ports| {
            let mut command = Command::new(&programs.python);
            command.args(["-m", "phoenix.server.main", "serve"]);
            command.env("PHOENIX_WORKING_DIR", folder).env("PHOENIX_HOST", "127.0.0.1");
            command.env("PHOENIX_PORT", ports.http.to_string()).env("PHOENIX_GRPC_PORT", ports.grpc.to_string());
            // Nothing of a measurement leaves this machine.
            command.env("PHOENIX_TELEMETRY_ENABLED", "false").env("PHOENIX_ALLOW_EXTERNAL_RESOURCES", "false");
            command
        },
    },
];

struct Programs {
    thalweg: PathBuf,
    otelite: PathBuf,
    python: PathBuf,
    flood: Flood,
}

struct Ports {
    grpc: u16,
    http: u16,
    page: u16,
}

/// What was measured of one peer at one load: spans a second, and the most memory in bytes.
type Figures = (f64, u64);

/// Brings what is measured, measures, and writes the table.
pub(super) fn run(small: bool) -> Result<()> {
    let checkout = Checkout::find()?;
    let programs = Programs::bring(&checkout)?;
    let folder = checkout.target.join("bench-receivers");
    let rounds = if small { 1 } else { ROUNDS };
    let mut all = vec![[Vec::<Figures>::new(), Vec::new()]; PEERS.len()];
    for round in 1..=rounds {
        for (peer, figures) in PEERS.iter().zip(&mut all) {
            for ((load, fewer), figures) in [LARGE, SMALL].iter().zip(peer.fewer).zip(figures) {
                if folder.exists() {
                    fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
                }
                fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
                let spans = spans(load, fewer, small);
                println!("round {round}, {}, {spans} spans in batches of {}", peer.name, load.batch);
                figures.push(measure(&programs, peer, &folder, load, spans, round)?);
            }
        }
    }
    let table = table(&all, small);
    println!("\n{table}");
    if small {
        println!("Not written: with --small everyone gets too few spans for a record.");
        return Ok(());
    }
    section::put(&checkout, "receivers", &table)
}

fn spans(load: &Load, fewer: u64, small: bool) -> u64 {
    // A request for each connection and each under way, at least.
    (load.spans / fewer / if small { SMALLER } else { 1 }).max(load.batch * 64)
}

fn measure(programs: &Programs, peer: &Peer, folder: &Path, load: &Load, spans: u64, seed: u64) -> Result<Figures> {
    let [grpc, http, page] = [free_port()?, free_port()?, free_port()?];
    let log = fs::File::create(folder.join("log.txt")).context("cannot write a log")?;
    let mut command = (peer.start)(programs, folder, &Ports { grpc, http, page });
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let child = command.spawn().with_context(|| format!("cannot start {}", peer.name))?;
    let mut running = Running { child, name: peer.name };
    running.wait_for(grpc)?;
    let rate = programs.flood.run(&format!("127.0.0.1:{grpc}"), load, spans, seed)?;
    let memory = peak_memory(running.child.id())?;
    Ok((rate, memory))
}

/// A receiver that ends with this.
struct Running {
    child: Child,
    name: &'static str,
}

impl Running {
    fn wait_for(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}; see log.txt in target/bench-receivers", self.name);
            }
            if begun.elapsed() > PATIENCE {
                bail!("{} does not listen; see log.txt in target/bench-receivers", self.name);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

impl Programs {
    fn bring(checkout: &Checkout) -> Result<Self> {
        let flood = Flood::build(checkout)?;
        process::run(process::cargo().current_dir(&checkout.root).args(["build", "--release", "--package=thalweg"]))?;
        let root = checkout.target.join("peers/otelite");
        let otelite = root.join("bin/otelite");
        let there = otelite.is_file()
            && process::output(Command::new(&otelite).arg("--version")).is_ok_and(|said| said.contains(OTELITE));
        if !there {
            let version = format!("--version={OTELITE}");
            let mut install = process::cargo();
            install.args(["install", "otelite", "--locked", "--force", &version, "--root"]).arg(&root);
            install.arg("--target-dir").arg(checkout.target.join("peers/build"));
            process::run(&mut install)?;
        }
        let phoenix = Environment {
            folder: checkout.target.join("peers/phoenix"),
            requirements: "benches/telemetry/requirements.txt",
        };
        phoenix.bring(checkout)?;
        let thalweg = checkout.executable("release", "thalweg");
        Ok(Self { thalweg, otelite, python: phoenix.interpreter(), flood })
    }
}

fn table(all: &[[Vec<Figures>; 2]], small: bool) -> String {
    let rounds = if small { 1 } else { ROUNDS };
    let mut lines = vec![format!(
        "## Receiving spans\n\nWritten by `cargo xtask bench receivers`; medians of {rounds} rounds in turns. {}; {}.\n\
         The same spans for all (twelve attributes, 4 connections, OTLP/gRPC), fewer for slow ones, each time into an empty data file.\n\n\
         | receiver | acknowledges | batches of {}: spans/s | memory | batches of {}: spans/s | memory | spans sent |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
        machine(),
        compiler(),
        LARGE.batch,
        SMALL.batch
    )];
    for (peer, [large, little]) in PEERS.iter().zip(all) {
        let [(large_rate, large_memory), (small_rate, small_memory)] = [median(large), median(little)];
        let sent = [(&LARGE, peer.fewer[0]), (&SMALL, peer.fewer[1])];
        let sent = sent.map(|(load, fewer)| thousands(spans(load, fewer, small) as f64));
        lines.push(format!(
            "| {} | {} | {} | {} MB | {} | {} MB | {} |\n",
            peer.name,
            peer.acknowledges,
            thousands(large_rate),
            large_memory >> 20,
            thousands(small_rate),
            small_memory >> 20,
            sent.join(" and ")
        ));
    }
    lines.concat()
}

fn median(figures: &[Figures]) -> Figures {
    let mut rates: Vec<f64> = figures.iter().map(|(rate, _)| *rate).collect();
    rates.sort_by(f64::total_cmp);
    let memory = figures.iter().map(|(_, memory)| *memory).max().unwrap_or(0);
    (rates.get(rates.len() / 2).copied().unwrap_or(0.0), memory)
}

/// `12,345`.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_a_table() {
        let figures = vec![[vec![(1234.6, 5 << 20), (99.0, 9 << 20), (4000.0, 1 << 20)], vec![(10.0, 1 << 20)]]; 3];
        let table = table(&figures, false);
        let line = table.lines().find(|line| line.contains("Otelite")).unwrap();
        assert!(line.contains("| 1,235 | 9 MB | 10 | 1 MB | 50,000 and 10,000 |"), "{line}");
        assert_eq!((thousands(1.0), thousands(1_234_567.0)), ("1".to_owned(), "1,234,567".to_owned()));
    }
}
