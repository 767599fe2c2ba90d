//! One measurement of one engine: `thalweg-benches ENGINE MODEL CUSTOMERS` prints a line of JSON.
//!
//! `cargo xtask bench` runs it many times, in turns with the Python peers, and writes `docs/benchmarks.md`. Every engine
//! simulates the same models and reports the mean time in system, so that a fast but wrong one is seen.

mod desque_peer;
mod hand;
mod house;
mod nexosim_peer;
mod odem_peer;
mod timers;

use std::process::ExitCode;
use std::str::FromStr;

use timers::Delays;

/// A model that every engine can simulate: rates relative to a mean service time of 1.
#[derive(Debug, Clone, Copy)]
struct Model {
    /// Customers per unit of time.
    rate: f64,
    /// Servers at each station.
    servers: usize,
    /// Stations in series.
    stages: usize,
}

impl FromStr for Model {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "mm1" => Ok(Model { rate: 0.8, servers: 1, stages: 1 }),
            "mm3" => Ok(Model { rate: 2.4, servers: 3, stages: 1 }),
            "tandem3" => Ok(Model { rate: 0.8, servers: 1, stages: 3 }),
            _ => Err(format!("no model `{name}`: mm1, mm3, tandem3")),
        }
    }
}

/// What an engine found out.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    customers: u64,
    /// In units of the mean service time.
    mean_sojourn: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match measure(&arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn measure(arguments: &[String]) -> Result<String, String> {
    match arguments {
        [engine, number] if engine == "house-scale" => house::scale(parse(number)?),
        [engine, threads] if engine == "house-threads" => house::threads(parse(threads)?),
        [engine, file] if engine == "house-flow" => house::flow(file),
        [engine, customers] if engine == "house-memory" => house::memory(parse(customers)?),
        [engine, customers] if engine == "house-in-flight" => house::in_flight(parse(customers)?),
        [engine, delays, rounds] if engine == "house-timers" => Ok(timers::house(parse_delays(delays)?, parse(rounds)?)),
        [engine, delays, rounds] if engine == "radix-timers" => Ok(timers::radix(parse_delays(delays)?, parse(rounds)?)),
        [engine, model, customers] => {
            let model: Model = model.parse()?;
            let customers: u64 = parse(customers)?;
            let began = cpu_time::ProcessTime::now();
            let outcome = match engine.as_str() {
                "house" => house::run(model, customers)?,
                "hand" => hand::run(model, customers),
                "desque" => desque_peer::run(model, customers),
                "nexosim" => nexosim_peer::run(model, customers),
                "odem-rs" => odem_peer::run(model, customers),
                _ => return Err(format!("no engine `{engine}`")),
            };
            let seconds = began.elapsed().as_secs_f64();
            Ok(line(seconds, outcome.customers as f64, outcome.mean_sojourn))
        }
        _ => Err("usage: thalweg-benches ENGINE MODEL CUSTOMERS".to_owned()),
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn parse_delays(text: &str) -> Result<Delays, String> {
    match text {
        "constant" => Ok(Delays::Constant),
        "random" => Ok(Delays::Random),
        _ => Err(format!("`{text}` is neither `constant` nor `random`")),
    }
}

/// One measurement: seconds of CPU time, how much was done in them, and a figure that tells whether it was right.
fn line(cpu_s: f64, done: f64, check: f64) -> String {
    format!("{{\"cpu_s\":{cpu_s},\"done\":{done},\"check\":{check}}}")
}
