//! The small line on a box: what one wants to know of it at a glance.

use thalweg_flow::{Attempts, Distribution, Exchange, ExchangeType, Load, Node, NodeKind, Overflow, Store, Window};

use crate::{
    format,
    text::{self, noun},
};

/// A few words about a node's settings.
pub(crate) fn facts(node: &Node, holds_dead_letters: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    match &node.kind {
        NodeKind::Producer(n) => {
            let to = n.publishes.first().map(|p| p.event.as_ref().unwrap_or(&p.to));
            let load = n.load.as_ref().map_or_else(|| text::NO_LOAD.now().to_owned(), load);
            parts.push(to.map_or_else(|| load.clone(), |to| format!("{load} → {to}")));
        }
        NodeKind::Topic(n) => {
            if holds_dead_letters {
                parts.push(text::DEAD_LETTERS.now().to_owned());
            } else {
                parts.push(text::many(n.partitions.unwrap_or(1) as usize, noun::PARTITION));
            }
            parts.extend(n.retention.map(|d| d.to_string()));
        }
        NodeKind::Queue(n) => {
            if holds_dead_letters {
                parts.push(text::DEAD_LETTERS.now().to_owned());
            }
            if let Some(max) = n.max_length {
                parts.push(format!("max {}", format::count(max as f64)));
                parts.push(overflow(n.overflow.unwrap_or(Overflow::DropHead)).to_owned());
            }
            parts.extend(n.message_ttl.as_ref().map(|d| format!("ttl {d}")));
            parts.extend(n.delivery_limit.map(|limit| text::many(limit as usize, noun::DELIVERY_ATTEMPT)));
        }
        NodeKind::Exchange(n) => parts.push(exchange(n)),
        NodeKind::Bus(n) => parts.push(text::many(n.routes.len(), noun::RULE)),
        NodeKind::Consumer(n) => {
            parts.push(format!("{} × {}", n.instances.unwrap_or(1), n.concurrency.unwrap_or(1)));
            parts.extend(n.service_time.as_ref().map(distribution));
            parts.extend(n.retry.as_ref().map(|retry| match retry.attempts {
                Attempts::AtMost(attempts) => format!("retry {attempts}"),
                Attempts::Unlimited => "retry ∞".to_owned(),
            }));
        }
        NodeKind::Service(n) => {
            parts.extend(n.concurrency.map(|c| format!("{c} at once")));
            parts.extend(n.rate_limit.map(|rate| rate.to_string()));
            parts.extend(n.latency.as_ref().filter(|_| parts.len() < 2).map(distribution));
        }
        NodeKind::Store(n) => parts.extend(store(n)),
        NodeKind::Workflow(n) => parts.push(text::many(n.steps.len(), noun::STEP)),
        NodeKind::Stream(n) => {
            parts.extend(n.window.map(|window| match window {
                Window::Tumbling(size) => format!("tumbling {size}"),
                Window::Sliding { size, every } => format!("sliding {size} / {every}"),
                Window::Session(gap) => format!("session {gap}"),
            }));
            parts.push(text::many(n.parallelism.unwrap_or(1) as usize, noun::TASK));
        }
    }
    parts.join(" · ")
}

/// A load in a few words: `poisson 120/s`.
pub(crate) fn load(load: &Load) -> String {
    match load {
        Load::Constant(rate) => format!("constant {rate}"),
        Load::Poisson(rate) => format!("poisson {rate}"),
        Load::Ramp { from, to, .. } => format!("ramp {from} → {to}"),
        Load::Steps(steps) => text::many(steps.len(), noun::STEP),
        Load::Spike { base, peak, .. } => format!("spike {base} → {peak}"),
        Load::Sine { mean, period, .. } => format!("sine {mean} per {period}"),
        Load::Bursts { rate, .. } => format!("bursts of {rate}"),
        Load::Batch { size, every } => format!("{size} every {}", mean(every)),
        Load::Closed { users, .. } => text::many(*users as usize, noun::USER),
        Load::Replay(path) => format!("replay {path}"),
    }
}

/// A distribution in a few words: `lognormal 18ms`.
pub(crate) fn distribution(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Const(_) => mean(distribution),
        other => format!("{} {}", distribution_name(other), mean(other)),
    }
}

/// The word of the document.
pub(crate) fn distribution_name(distribution: &Distribution) -> &'static str {
    match distribution {
        Distribution::Const(_) => "const",
        Distribution::Exponential(_) => "exponential",
        Distribution::Uniform { .. } => "uniform",
        Distribution::Normal { .. } => "normal",
        Distribution::Lognormal { .. } => "lognormal",
        Distribution::Gamma { .. } => "gamma",
        Distribution::Erlang { .. } => "erlang",
        Distribution::Weibull { .. } => "weibull",
        Distribution::Pareto { .. } => "pareto",
        Distribution::Hyperexponential(_) => "hyperexponential",
        Distribution::Empirical(_) => "empirical",
    }
}

fn mean(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Const(mean)
        | Distribution::Exponential(mean)
        | Distribution::Normal { mean, .. }
        | Distribution::Lognormal { mean, .. }
        | Distribution::Gamma { mean, .. }
        | Distribution::Erlang { mean, .. }
        | Distribution::Weibull { mean, .. }
        | Distribution::Pareto { mean, .. } => mean.to_string(),
        Distribution::Uniform { low, high } => format!("{low}–{high}"),
        Distribution::Hyperexponential(phases) => text::many(phases.len(), noun::PHASE),
        Distribution::Empirical(_) => String::new(),
    }
}

/// The word of the document.
fn overflow(overflow: Overflow) -> &'static str {
    match overflow {
        Overflow::DropHead => "drop-head",
        Overflow::RejectPublish => "reject-publish",
        Overflow::RejectPublishDlx => "reject-publish-dlx",
    }
}

fn exchange(exchange: &Exchange) -> String {
    let kind = match exchange.exchange_type {
        ExchangeType::Direct => "direct",
        ExchangeType::Topic => "topic",
        ExchangeType::Fanout => "fanout",
        ExchangeType::Headers => "headers",
    };
    format!("{kind} · {}", text::many(exchange.routes.len(), noun::ROUTE))
}

fn store(store: &Store) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(store.write_time.as_ref().map(|d| format!("write {}", distribution(d))));
    parts.extend(store.read_time.as_ref().map(|d| format!("read {}", distribution(d))));
    if parts.is_empty() {
        parts.extend(store.concurrency.map(|c| format!("{c} at once")));
    }
    parts
}
