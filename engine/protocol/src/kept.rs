//! Runs that are kept, and what two of them differ in.

use serde::{Deserialize, Serialize};

use crate::{
    command::RunSettings,
    report::{Run, RunReport},
};

/// A run in the list of those that are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    /// Its number in the data file; never given twice.
    pub id: u64,
    /// What the user called it; empty while it has no name.
    pub name: String,
    /// Whether it stays however many follow.
    pub pinned: bool,
    /// When it began, in milliseconds since 1970.
    pub started_unix_ms: u64,
    /// How long it took, in seconds.
    pub took_s: f64,
    /// The version of Thalweg that ran it.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs.
    pub replications: u32,
    /// What was asked for.
    pub settings: RunSettings,
    /// What it found out, in short.
    pub figures: RunFigures,
}

/// What a list says of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunFigures {
    /// Messages acknowledged per second of the measured window, in one replication.
    pub throughput_per_s: Option<f64>,
    /// Median of the end-to-end latency.
    pub p50_ms: Option<f64>,
    /// 99th percentile of the same.
    pub p99_ms: Option<f64>,
    /// Messages given up into dead letter channels, over all replications.
    pub dead_letters: u64,
    /// Expectations that held in every replication.
    pub kept: u32,
    /// Expectations that did not.
    pub broken: u32,
    /// Hash of the results: equal ones mean the same run.
    pub digest: String,
}

impl RunFigures {
    /// Of a finished run.
    pub fn of(report: &RunReport) -> Self {
        let kept = report.expectations.iter().filter(|expectation| expectation.held).count();
        RunFigures {
            throughput_per_s: report.per_replication.map(|each| each.throughput_per_s.mean),
            p50_ms: report.end_to_end_ms.p50,
            p99_ms: report.end_to_end_ms.p99,
            dead_letters: report.totals.dead_lettered,
            kept: kept as u32,
            broken: (report.expectations.len() - kept) as u32,
            digest: report.digest.clone(),
        }
    }
}

/// A kept run with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedRun {
    /// As the list has it.
    pub kept: KeptRun,
    /// The document's text as it was run.
    pub text: String,
    /// Figures and curves.
    pub run: Run,
}

/// What two runs differ in: `before` is the baseline, `after` what is compared with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Figures that both or one of the two have: of the whole flow first, then by node in document order.
    pub differences: Vec<Difference>,
    /// Why no difference has an interval; none when they have.
    pub no_intervals: Option<NoIntervals>,
    /// Expectations that were kept in one of the two and broken, or not there, in the other.
    pub turned: Vec<TurnedExpectation>,
    /// Settings that are not the same.
    pub settings: Vec<DifferentSetting>,
    /// What differs in the documents' texts; none when a text is not known.
    pub text: Option<TextDifference>,
}

/// Why two runs cannot be told apart with confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoIntervals {
    /// The baseline has a single replication.
    OneReplicationBefore,
    /// What is compared with it has a single replication.
    OneReplicationAfter,
    /// Both have.
    OneReplicationEach,
}

/// A figure in two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What is measured.
    pub measure: Measure,
    /// The node that it is measured at; none is the whole flow.
    pub node: Option<String>,
    /// The group on that node whose lag it is.
    pub group: Option<String>,
    /// The value in the baseline.
    pub before: Option<f64>,
    /// The value in the other run.
    pub after: Option<f64>,
    /// `after - before`.
    pub difference: Option<f64>,
    /// `difference / before`; null where the baseline is 0.
    pub share: Option<f64>,
    /// 95% confidence interval of the difference: Welch's, of two independent means.
    pub ci95: Option<[f64; 2]>,
    /// What can be said.
    pub verdict: Verdict,
}

/// What a difference is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Messages acknowledged per second, end to end.
    ThroughputPerS,
    /// Mean of a latency.
    MeanMs,
    /// Its median.
    P50Ms,
    /// Its 95th percentile.
    P95Ms,
    /// Its 99th percentile.
    P99Ms,
    /// Messages given up into dead letter channels, per replication.
    DeadLetters,
    /// Attempts after the first, per replication.
    Retries,
    /// Messages not yet acknowledged, over time.
    Lag,
    /// Messages waiting, over time.
    Depth,
    /// Share of servers busy, over time.
    Utilization,
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More of it.
    More,
    /// Less of it.
    Less,
    /// It depends.
    Neither,
}

impl Measure {
    /// Which way is good.
    pub fn better(self) -> Better {
        match self {
            Measure::ThroughputPerS => Better::More,
            Measure::Utilization => Better::Neither,
            _ => Better::Less,
        }
    }
}

/// What can be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is above 0.
    Higher,
    /// The whole interval is below 0.
    Lower,
    /// The interval includes 0: chance alone may be the reason.
    CannotTell,
    /// The values are equal, and nothing varies.
    Same,
    /// There is no interval.
    NoInterval,
}

impl Difference {
    /// Whether it is a change for the better (true) or the worse (false); none when that cannot be said.
    pub fn is_better(&self) -> Option<bool> {
        let rises = match self.verdict {
            Verdict::Higher => true,
            Verdict::Lower => false,
            Verdict::CannotTell | Verdict::Same | Verdict::NoInterval => return None,
        };
        match self.measure.better() {
            Better::More => Some(rises),
            Better::Less => Some(!rises),
            Better::Neither => None,
        }
    }
}

/// An expectation that turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedExpectation {
    /// As it was written.
    pub text: String,
    /// Whether it was kept in the baseline; none when it was not there.
    pub before: Option<bool>,
    /// What was measured there, as people write it.
    pub before_text: Option<String>,
    /// Whether it was kept in the other run; none when it was not there.
    pub after: Option<bool>,
    /// What was measured there.
    pub after_text: Option<String>,
}

/// A setting of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The scenario's name.
    Scenario,
    /// Seed of the random numbers.
    Seed,
    /// How many independent runs.
    Replications,
    /// Virtual time of each, in seconds.
    Duration,
    /// Virtual time at the start that was not measured, in seconds.
    Warmup,
    /// The version of Thalweg.
    Version,
    /// A value of the document that was replaced, by its path.
    Set(String),
}

/// A setting that is not the same in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferentSetting {
    /// Which.
    pub setting: Setting,
    /// In the baseline; none when it was not set.
    pub before: Option<String>,
    /// In the other run.
    pub after: Option<String>,
}

/// What differs in two texts, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextDifference {
    /// Lines in order; between two stretches of them lines that are the same are left out.
    pub lines: Vec<DifferentLine>,
    /// How many differing lines are not among them because there are too many.
    pub left_out: u64,
}

/// A line that is not the same in two texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferentLine {
    /// Whether the other run has it (true) or the baseline (false).
    pub added: bool,
    /// Its number in the text that has it, from 1.
    pub number: u64,
    /// The line.
    pub text: String,
}
