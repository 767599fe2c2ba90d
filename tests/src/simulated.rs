//! The simulated side of a comparison: what `thalweg simulate` says of a small flow.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::cli::Cli;

/// A report of `thalweg simulate --format json`.
#[derive(Debug)]
pub struct Simulated(Value);

impl Simulated {
    /// Simulates the scenario `default` of a flow document.
    pub fn run(flow: &str) -> Result<Self> {
        Self::run_at(flow, &[])
    }

    /// The same; the document finds these times of arrivals, in milliseconds, as `times.csv`.
    pub fn run_at(flow: &str, times_ms: &[u64]) -> Result<Self> {
        let cli = Cli::new()?;
        cli.write("flow.yaml", flow)?;
        cli.write("times.csv", times_ms.iter().map(u64::to_string).collect::<Vec<_>>().join("\n"))?;
        Ok(Self(cli.run(&["simulate", "flow.yaml", "--format", "json"])?.expect_code(0)?.json()?))
    }

    /// The number at a path of keys.
    pub fn number(&self, path: &[&str]) -> Result<f64> {
        let found = path.iter().try_fold(&self.0, |value, key| value.get(key));
        found.and_then(Value::as_f64).with_context(|| format!("no number at {path:?} in {}", self.0))
    }

    /// A count at a path of keys.
    pub fn count(&self, path: &[&str]) -> Result<u64> {
        Ok(self.number(path)?.round() as u64)
    }
}

/// How long each message stays, from its arrival until it is done, when servers that become free at the given times
/// take messages in the given order and work for `service` on each; all in milliseconds. `order` holds places in
/// `arrivals`. Returned in ascending order, as a report tells them.
///
/// This is how the order that a broker showed is found again in a report that knows quantiles only: another order gives
/// other times.
pub fn sojourns_in_order(order: &[usize], arrivals: &[u64], free: &[u64], service: u64) -> Vec<u64> {
    let mut free = free.to_vec();
    let mut sojourns = Vec::new();
    for message in order {
        let Some(server) = (0..free.len()).min_by_key(|server| free[*server]) else { return Vec::new() };
        free[server] += service;
        sojourns.push(free[server].saturating_sub(arrivals[*message]));
    }
    sojourns.sort_unstable();
    sojourns
}

#[cfg(test)]
mod tests {
    use super::sojourns_in_order;

    #[test]
    fn another_order_gives_other_times() {
        let arrivals = [0, 100, 200];
        assert_eq!(sojourns_in_order(&[0, 1, 2], &arrivals, &[1_000], 1_000), [2_000, 2_900, 3_800]);
        assert_eq!(sojourns_in_order(&[1, 2, 0], &arrivals, &[1_000], 1_000), [1_900, 2_800, 4_000]);
        assert_eq!(sojourns_in_order(&[2, 0, 1], &arrivals, &[100, 300], 500), [400, 800, 1_000]);
    }
}
