//! `cargo xtask bench`: the simulator beside its peers in one run, written to `docs/benchmarks.md`; with `window`, the
//! window instead, with `telemetry` the receiver, with `receivers` the receiver beside its peers.
//!
//! Every figure is the median of several rounds in which all engines take turns, so that a machine that is slow for a
//! while is slow for all of them. What counts are the ratios.

mod page;
mod receivers;
mod section;
mod telemetry;
mod traces;
mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::process::{self, Trouble};
use crate::python::Environment;

/// Rounds without `--rounds`.
const ROUNDS: u32 = 5;

/// Every engine with what of it is simulated in a round: fast ones more, so that each takes about a second.
const ENGINES: &[(&str, u64)] = &[
    ("hand", 5_000_000),
    ("house", 5_000_000),
    ("desque", 2_000_000),
    ("odem-rs", 2_000_000),
    ("nexosim", 1_000_000),
    ("simpy", 100_000),
    ("ciw", 40_000),
];
const MODELS: &[&str] = &["mm1", "mm3", "tandem3"];

/// Further measurements of the house: arguments of the benchmark program.
const FURTHER: &[&[&str]] = &[
    &["house-timers", "constant", "10000000"],
    &["radix-timers", "constant", "10000000"],
    &["house-timers", "random", "10000000"],
    &["radix-timers", "random", "10000000"],
    &["house-in-flight", "2000000"],
    &["house-scale", "10"],
    &["house-scale", "1000"],
    &["house-scale", "10000"],
    &["house-threads", "1"],
    &["house-threads", "2"],
    &["house-flow", "examples/checkout.flow.yaml"],
];
/// Measured once: it takes long, and memory does not vary.
const MEMORY: &[&str] = &["house-memory", "100000000"];

/// What one run printed.
#[derive(Debug, Clone, Copy)]
struct Sample {
    cpu_s: f64,
    done: f64,
    check: f64,
}

/// Every sample by what was run.
type Samples = BTreeMap<String, Vec<Sample>>;

/// `cargo xtask bench [--rounds N]`, `cargo xtask bench window [--traces] [--dev]`, `cargo xtask bench telemetry [MILLIONS]`,
/// `cargo xtask bench receivers [--small]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["window"] => return window::run(false),
        ["window", "--dev"] => return window::run(true),
        ["window", "--traces"] => return traces::run(false),
        ["window", "--traces", "--dev"] => return traces::run(true),
        ["telemetry"] => return telemetry::run(1),
        ["receivers"] => return receivers::run(false),
        ["receivers", "--small"] => return receivers::run(true),
        ["telemetry", millions] => return telemetry::run(telemetry::millions(millions)?),
        _ => {}
    }
    let rounds = rounds(arguments)?;
    let checkout = Checkout::find()?;
    let programs = Programs::bring(&checkout)?;
    let mut samples = Samples::new();
    for round in 1..=rounds {
        println!("round {round} of {rounds}");
        for model in MODELS {
            for (engine, customers) in ENGINES {
                let sample = programs.measure(&[engine, model, &customers.to_string()])?;
                samples.entry(format!("{engine} {model}")).or_default().push(sample);
            }
        }
        for arguments in FURTHER {
            samples.entry(arguments.join(" ")).or_default().push(programs.measure(arguments)?);
        }
    }
    samples.insert(MEMORY.join(" "), vec![programs.measure(MEMORY)?]);
    let path = checkout.root.join("docs/benchmarks.md");
    // What other commands wrote at its end stays.
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    std::fs::write(&path, section::keep(&old, &page::write(&samples, rounds)?))
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("written: {}", path.display());
    Ok(())
}

fn rounds(arguments: &[String]) -> Result<u32> {
    match arguments {
        [] => Ok(ROUNDS),
        [option, number] if option == "--rounds" => match number.parse() {
            Ok(rounds) if rounds > 0 => Ok(rounds),
            _ => Err(Trouble::usage(format!("`{number}` is not a number of rounds; at least 1")).into()),
        },
        _ => Err(Trouble::usage(
            "`cargo xtask bench` takes `window [--traces] [--dev]`, `telemetry [MILLIONS]`, `--rounds N` or nothing",
        )
        .into()),
    }
}

/// What measures.
struct Programs {
    root: PathBuf,
    rust: PathBuf,
    python: PathBuf,
    script: PathBuf,
}

impl Programs {
    fn bring(checkout: &Checkout) -> Result<Self> {
        let folder = checkout.root.join("benches");
        let target = checkout.target.join("benches");
        process::run(
            process::cargo().current_dir(&folder).args(["build", "--release"]).arg("--target-dir").arg(&target),
        )?;
        let environment = Environment {
            folder: checkout.target.join("python-benches"),
            requirements: "benches/python/requirements.txt",
        };
        environment.bring(checkout)?;
        Ok(Self {
            root: checkout.root.clone(),
            rust: target.join("release/thalweg-benches"),
            python: environment.interpreter(),
            script: folder.join("python/peers.py"),
        })
    }

    fn measure(&self, arguments: &[&str]) -> Result<Sample> {
        let mut command = if matches!(arguments[0], "simpy" | "ciw") {
            let mut command = Command::new(&self.python);
            command.arg(&self.script);
            command
        } else {
            Command::new(&self.rust)
        };
        let began = Instant::now();
        let printed = process::output(command.current_dir(&self.root).args(arguments))?;
        println!("  {:<40} {:6.1} s", arguments.join(" "), began.elapsed().as_secs_f64());
        let sample = parse(&printed).with_context(|| format!("`{}` printed: {printed}", arguments.join(" ")))?;
        if let [engine, model, _] = arguments
            && MODELS.contains(model)
        {
            check(engine, model, sample)?;
        }
        Ok(sample)
    }
}

/// Mean time in system of each model in units of the mean service time: 1/(μ−λ), Erlang C, three M/M/1 in a row.
fn exact(model: &str) -> f64 {
    match model {
        "mm3" => 2.078_651_69,
        "tandem3" => 15.0,
        _ => 5.0,
    }
}

/// A fast engine with wrong answers is not a peer. Short runs of slow engines scatter widely.
fn check(engine: &str, model: &str, sample: Sample) -> Result<()> {
    let off = (sample.check / exact(model) - 1.0).abs();
    if off > 0.2 {
        bail!("{engine} says {} for {model}, which is {}", sample.check, exact(model));
    }
    Ok(())
}

fn parse(line: &str) -> Option<Sample> {
    let field = |name: &str| -> Option<f64> {
        let rest = line.split_once(&format!("\"{name}\":"))?.1;
        rest.split([',', '}']).next()?.trim().parse().ok()
    };
    Some(Sample { cpu_s: field("cpu_s")?, done: field("done")?, check: field("check")? })
}

/// The machine in a few words.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    format!("{}, {cores} cores", model.unwrap_or("unknown processor"))
}

/// The compiler's own line about itself.
fn compiler() -> String {
    process::output(Command::new("rustc").arg("--version")).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read() {
        let sample = parse("{\"cpu_s\": 0.5, \"done\": 1000, \"check\": 5.01}\n").unwrap();
        assert!((sample.cpu_s - 0.5).abs() < 1e-12 && (sample.done - 1000.0).abs() < 1e-9);
        assert!((sample.check - 5.01).abs() < 1e-12);
        assert!(parse("{}").is_none());
    }

    #[test]
    fn wrong_answers_are_not_measured() {
        let sample = |check| Sample { cpu_s: 1.0, done: 1.0, check };
        assert!(check("fast", "mm1", sample(5.1)).is_ok());
        assert!(check("fast", "mm1", sample(1.0)).is_err());
    }
}
