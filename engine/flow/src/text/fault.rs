//! Faults as one line of the document: `{ at: 5m, for: 30s, outage: mailer }`.

use std::fmt;

use crate::model::{Distribution, EdgeRef, Empirical, Fault, FaultKind, FaultTarget, Phase, Spread};

impl fmt::Display for EdgeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.from, self.to)
    }
}

impl fmt::Display for FaultTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultTarget::Node(name) | FaultTarget::Broker(name) => f.write_str(name),
            FaultTarget::Edge(edge) => edge.fmt(f),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name())?;
        match self {
            FaultKind::Crash { node, instances: Some(instances) } => write!(f, "{node}, instances: {instances}"),
            FaultKind::Crash { node, instances: None }
            | FaultKind::Rebalance { node }
            | FaultKind::Deploy { node }
            | FaultKind::Replay { node, back: None }
            | FaultKind::SchemaBreak { event: node } => f.write_str(node),
            FaultKind::Slow { node, factor } => write!(f, "{node}, factor: {factor}"),
            FaultKind::Errors { node, rate } => write!(f, "{node}, rate: {rate}"),
            FaultKind::Outage { target } | FaultKind::Full { target } => target.fmt(f),
            FaultKind::Cut { edge } => edge.fmt(f),
            FaultKind::Latency { target, add } => write!(f, "{target}, add: {add}"),
            FaultKind::Duplicate { node, share } | FaultKind::Poison { node, share } => {
                write!(f, "{node}, share: {share}")
            }
            FaultKind::Replay { node, back: Some(back) } => write!(f, "{node}, back: {back}"),
            FaultKind::Throttle { node, limit } => write!(f, "{node}, limit: {limit}"),
        }
    }
}

/// Reads back as the same fault.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{ at: {}, ", self.at)?;
        if let Some(length) = &self.length {
            write!(f, "for: {length}, ")?;
        }
        if let Some(every) = &self.every {
            write!(f, "every: {every}, ")?;
        }
        write!(f, "{} }}", self.kind)
    }
}

/// As the document writes it.
impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distribution::Const(time) => time.fmt(f),
            Distribution::Exponential(mean) => write!(f, "{{ exponential: {mean} }}"),
            Distribution::Uniform { low, high } => write!(f, "{{ uniform: [{low}, {high}] }}"),
            Distribution::Normal { mean, sd } => write!(f, "{{ normal: {{ mean: {mean}, sd: {sd} }} }}"),
            Distribution::Lognormal { mean, spread: Spread::P99(p99) } => {
                write!(f, "{{ lognormal: {{ mean: {mean}, p99: {p99} }} }}")
            }
            Distribution::Lognormal { mean, spread: Spread::Cv(cv) } => {
                write!(f, "{{ lognormal: {{ mean: {mean}, cv: {cv} }} }}")
            }
            Distribution::Gamma { mean, cv } => write!(f, "{{ gamma: {{ mean: {mean}, cv: {cv} }} }}"),
            Distribution::Erlang { mean, k } => write!(f, "{{ erlang: {{ mean: {mean}, k: {k} }} }}"),
            Distribution::Weibull { mean, shape } => write!(f, "{{ weibull: {{ mean: {mean}, shape: {shape} }} }}"),
            Distribution::Pareto { mean, shape } => write!(f, "{{ pareto: {{ mean: {mean}, shape: {shape} }} }}"),
            Distribution::Hyperexponential(phases) => {
                let phase = |Phase { share, mean }: &Phase| format!("{{ share: {share}, mean: {mean} }}");
                write!(f, "{{ hyperexponential: [{}] }}", phases.iter().map(phase).collect::<Vec<_>>().join(", "))
            }
            Distribution::Empirical(Empirical::Path(path)) => write!(f, "{{ empirical: {path:?} }}"),
            Distribution::Empirical(Empirical::Values(values)) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "{{ empirical: [{}] }}", values.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Overrides, resolve};

    #[test]
    fn a_fault_reads_back_as_it_was_written() {
        let lines = [
            "{ at: 5m, for: 30s, crash: a, instances: 2 }",
            "{ at: 0s, for: { exponential: 5s }, every: { uniform: [1s, 2s] }, crash: a }",
            "{ at: { normal: { mean: 5s, sd: 1s } }, slow: a, factor: 2.5 }",
            "{ at: { lognormal: { mean: 5s, p99: 20s } }, errors: a, rate: 12.5% }",
            "{ at: { lognormal: { mean: 5s, cv: 2 } }, outage: q }",
            "{ at: { gamma: { mean: 5s, cv: 2 } }, outage: mq }",
            "{ at: { erlang: { mean: 5s, k: 3 } }, outage: q -> a }",
            "{ at: { weibull: { mean: 5s, shape: 2 } }, cut: q -> a }",
            "{ at: { pareto: { mean: 5s, shape: 2 } }, latency: q -> a, add: 250ms }",
            "{ at: { hyperexponential: [{ share: 50%, mean: 1s }, { share: 50%, mean: 3s }] }, duplicate: q, share: 1% }",
            "{ at: { empirical: [1s, 2s] }, poison: q, share: 1% }",
            "{ at: { empirical: \"times.csv\" }, schema_break: order.placed }",
            "{ at: 1s, throttle: q, limit: 30/min }",
            "{ at: 1s, full: mq }",
            "{ at: 1s, rebalance: a }",
            "{ at: 1s, deploy: a }",
        ];
        for line in lines {
            let text = format!(
                "thalweg: 1\nname: F\nbrokers: {{ mq: {{ kind: generic }} }}\nevents: {{ order.placed: {{ version: 1.0.0 }} }}\n\
                 nodes:\n  q: {{ kind: queue, broker: mq }}\n  a: {{ kind: consumer, subscribes: [{{ from: q }}] }}\n\
                 scenarios:\n  default: {{ faults: [{line}] }}\n"
            );
            let resolved = resolve(&text, None, &Overrides::default()).unwrap_or_else(|p| panic!("{p:#?}"));
            assert_eq!(resolved.scenario.faults[0].to_string(), line);
        }
    }
}
