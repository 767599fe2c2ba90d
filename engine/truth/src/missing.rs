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
const DISCIPLINES: &str = "queues are served first come, first served";
const NO_VARIANCE: &str = "a report has means and quantiles, no variances";

const NOT_EXPRESSED: &[Missing] = &[
    missing("M/M/1: variance of L 20, simulated deviations of W and Wq", KLEINROCK, NO_VARIANCE),
    missing("M/M/1: busy period, mean 5 and variance 225", KLEINROCK, "busy periods are not measured"),
    missing("M/M/c: simulated share that waits", "Erlang (1917)", "a report does not count those who did not wait"),
    missing("M/M/1, processor sharing: W 5 for any service law", KLEINROCK, DISCIPLINES),
    missing("M/M/1, last come first served or random order: E[Wq²] 200 and 66.7", KLEINROCK, DISCIPLINES),
    missing("two priority classes, with and without preemption", "Cobham (1954)", "messages have no priority"),
    missing(
        "Erlang-A: five cases of exponential patience",
        "Palm (1957)",
        "patience is not random: `message_ttl` is constant",
    ),
    missing(
        "breakdowns only while serving: W 5, 5.143, 3.556",
        "Avi-Itzhak and Naor (1963)",
        "faults strike by the clock, idle or busy",
    ),
    missing(
        "vacations: Wq 6, 5, 6, 3.5",
        "Takagi, Queueing Analysis (1991)",
        "a server does not leave when it is idle",
    ),
    missing("forming batches: mean wait (b − 1)/(2λ)", "Poisson arrivals", "`batch` of a consumer is not simulated"),
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
        "services work off what nobody waits for, first come, first served",
    ),
    missing(
        "tries over three and five layers: 27, 64, 243",
        "Amazon Builders' Library",
        "services do not call services",
    ),
    missing(
        "prefetch over 50 ms of network: 1, 5, 13, 26, 51 messages",
        "RabbitMQ blog (2012-05-11)",
        "`delivery_latency` of a broker is not simulated",
    ),
    missing("hedged requests: p99 and p99.9", "Dean and Barroso (2013)", "calls are not hedged"),
];

/// Known answers that are not in [`crate::cases`], each with the reason.
pub fn not_expressed() -> &'static [Missing] {
    NOT_EXPRESSED
}
