//! Flow documents that tests work on.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::programs;

/// The six examples that a user opens first.
pub const EXAMPLES: &[&str] =
    &["checkout", "seo-monitoring", "real-time-bidding", "user-journey", "reporting", "integrations"];

/// The examples that show a broker and its failures.
pub const BROKER_EXAMPLES: &[&str] = &["kafka", "rabbitmq", "sqs", "sns", "eventbridge", "pubsub", "eventgrid", "nats"];

/// The file of an example.
pub fn example(name: &str) -> PathBuf {
    let folder = if BROKER_EXAMPLES.contains(&name) { "examples/brokers" } else { "examples" };
    programs::root().join(folder).join(format!("{name}.flow.yaml"))
}

/// The names of the scenarios of a flow file, in order: the keys two blanks deep under `scenarios:`.
pub fn scenarios(file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let names: Vec<String> = text
        .lines()
        .skip_while(|line| !line.starts_with("scenarios:"))
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with([' ', '#']))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim().to_owned())
        .collect();
    ensure!(!names.is_empty(), "{} declares no scenarios", file.display());
    Ok(names)
}

/// A producer, a queue without a broker and `servers` servers: a plain queueing station.
///
/// `arrivals` is a rate such as `80/s`, `service` a mean time such as `10ms`, `duration` the measured time and a tenth
/// of it the warm-up.
pub fn station(arrivals: &str, servers: u32, service: &str, hours: u32) -> String {
    let warmup = hours * 6;
    format!(
        "thalweg: 1
name: Station
events:
  job: {{ version: 1.0.0 }}
nodes:
  source: {{ kind: producer, load: {{ poisson: {arrivals} }}, publishes: [{{ to: line, event: job }}] }}
  line: {{ kind: queue }}
  server:
    kind: consumer
    subscribes: [{{ from: line }}]
    concurrency: {servers}
    service_time: {{ exponential: {service} }}
scenarios:
  default: {{ duration: {hours}h, warmup: {warmup}m, seed: 42, replications: 4 }}
"
    )
}

/// A flow that is whole and small, to be broken by tests: each line is worth replacing.
pub const SMALL: &str = "\
thalweg: 1
name: Small
events:
  tick: { version: 1.0.0 }
nodes:
  clock: { kind: producer, load: { constant: 10/s }, publishes: [{ to: ticks, event: tick }] }
  ticks: { kind: topic, partitions: 2 }
  handler:
    kind: consumer
    subscribes: [{ from: ticks, group: handler }]
    service_time: 5ms
scenarios:
  default: { duration: 10s, warmup: 1s, seed: 1, replications: 2 }
";
