//! What is known, but cannot be asked of a flow yet.

/// A known answer that no flow can ask for yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// What is known.
    pub what: &'static str,
    /// Where it is known from.
    pub source: &'static str,
    /// What the model lacks.
    pub why: &'static str,
}

const fn missing(what: &'static str, source: &'static str, why: &'static str) -> Missing {
    Missing { what, source, why }
}

const KLEINROCK: &str = "Kleinrock, Queueing Systems (1975)";

const NOT_EXPRESSED: &[Missing] = &[
    missing("M/M/1: busy period, mean 5 and variance 225", KLEINROCK, "busy periods are not measured"),
    missing(
        "M/M/1, processor sharing: W 5 for any service law",
        KLEINROCK,
        "a server works on one message at a time, it is not shared",
    ),
    missing(
        "two priority classes with preemption: W 1.667 and 8.333",
        "Kleinrock, Queueing Systems II (1976), 3.6",
        "work in hand is never interrupted",
    ),
    missing(
        "vacations of another law than the service: Wq 6, 5, 6, 3.5",
        "Takagi, Queueing Analysis (1991)",
        "a handler has one service time, so that its vacations are as long as its services",
    ),
    missing(
        "N clients and one row, five kinds of backoff, N = 10 … 200",
        "AWS Architecture Blog, Exponential Backoff And Jitter (2015)",
        "a write cannot depend on whether others wrote since the read (optimistic concurrency)",
    ),
    missing(
        "latency that grows with the number in flight, with and without backoff",
        "Brooker, simple_collapse_sim (2021)",
        "a service's latency does not depend on its load",
    ),
    missing(
        "retry storm with stale work dropped, or last come first served: 17 s, 492 s, 0 s",
        "Bronson et al. (HotOS 2021)",
        "a service works off calls in the order of their coming, also those that nobody waits for; only queues have disciplines",
    ),
    missing(
        "tries over three and five layers: 27, 64, 243",
        "Amazon Builders' Library",
        "services do not call services: there are two layers, a handler and its calls",
    ),
    missing("hedged requests: p99 and p99.9", "Dean and Barroso (2013)", "calls are not hedged"),
];

/// Known answers that are not in [`crate::cases`], each with the reason.
pub fn not_expressed() -> &'static [Missing] {
    NOT_EXPRESSED
}
