//! Why a plan could not be made or a run did not end with a report.

use std::fmt;

/// One thing about a flow that cannot be simulated, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it stands in the document, such as `nodes.payment.calls.0.breaker`.
    pub path: String,
    /// What the matter is, one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// Why a run did not end with a report.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SimError {
    /// Refused before it began.
    #[error(
        "this run would take about {predicted_events:.2e} events, some {seconds:.0} s of computing; the budget is \
         {budget:.2e} events. {advice}"
    )]
    TooLarge {
        /// Events over all replications, as predicted.
        predicted_events: f64,
        /// Seconds of computing, estimated.
        seconds: f64,
        /// How many events were allowed.
        budget: f64,
        /// What to change.
        advice: String,
    },
    /// More happened than was predicted: retries or loops multiplied.
    #[error(
        "stopped at {at_s:.3} s of virtual time: this replication reached its budget of {budget} events, more than the flow's \
         loads explain; look for retries without limit or for messages that cause each other in a circle"
    )]
    OverBudget {
        /// How many events one replication was allowed: its part of the run's budget.
        budget: u64,
        /// Where in virtual time it stopped, seconds.
        at_s: f64,
    },
    /// The backlog outgrew memory.
    #[error(
        "stopped at {at_s:.3} s of virtual time: {in_flight} messages or timers are under way, the most at `{channel}`, \
         and the limit is {limit}; the flow is not stable: give its consumers more capacity, bound the channel \
         (max_length) or shorten the run"
    )]
    Backlog {
        /// The channel that holds most of them.
        channel: String,
        /// How many messages were under way.
        in_flight: u64,
        /// How many are allowed.
        limit: u64,
        /// Where in virtual time it stopped, seconds.
        at_s: f64,
    },
    /// Endless work without any time passing.
    #[error(
        "stopped at {at_s:.3} s of virtual time: {events} events followed each other without any time passing, the \
         last at `{node}`; give its work, its retries or its think time a duration above 0"
    )]
    Stuck {
        /// Where in virtual time it stopped, seconds.
        at_s: f64,
        /// How many events happened in that one moment.
        events: u64,
        /// The node of the last of them.
        node: String,
    },
    /// The observer asked for it.
    #[error("the simulation was cancelled")]
    Cancelled,
    /// The machine could not start the threads.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// The audit at the end of a replication found numbers that contradict each other.
    #[error("the simulator contradicts itself, which is a bug of Thalweg, please report it with the flow: {0}")]
    Bug(String),
}
