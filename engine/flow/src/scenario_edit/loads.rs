//! Loads under the hand: the points of a load's curve that can be taken hold of, and what taking one elsewhere makes of
//! the load.

use serde_json::{Value, json};

use crate::edit::Edit;
use crate::model::{Duration, Flow, Load, LoadStep, NodeKind, Rate};
use crate::path::Path;

/// Where a producer's load is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadSource {
    /// At the producer itself: every scenario has it that does not bring its own.
    Producer,
    /// In this scenario alone.
    Scenario,
}

impl LoadSource {
    /// The path of the load.
    pub fn path(self, scenario: &str, producer: &str) -> String {
        match self {
            LoadSource::Producer => Path::of(["nodes", producer, "load"]),
            LoadSource::Scenario => Path::of(["scenarios", scenario, "load", producer]),
        }
        .to_string()
    }
}

/// The load that a producer has in a scenario, and where it is written. None for other nodes and without any load.
pub fn load_of<'f>(flow: &'f Flow, scenario: &str, producer: &str) -> Option<(&'f Load, LoadSource)> {
    if let Some(load) = flow.scenarios.get(scenario).and_then(|scenario| scenario.load.get(producer)) {
        return Some((load, LoadSource::Scenario));
    }
    match &flow.nodes.get(producer)?.kind {
        NodeKind::Producer(producer) => producer.load.as_ref().map(|load| (load, LoadSource::Producer)),
        _ => None,
    }
}

/// What a point of the curve stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleKind {
    /// The one rate that the load has.
    Rate,
    /// The rate that a ramp begins with.
    From,
    /// The rate that a ramp reaches, and when.
    To,
    /// The rate before and after a spike.
    Base,
    /// When a spike begins, and how high it is.
    Peak,
    /// When a spike ends, and how high it is.
    End,
    /// A step, by its position.
    Step(usize),
    /// The mean of a wave.
    Mean,
    /// The crest of a wave: how far it is from the mean, and when it comes.
    Crest,
}

/// A point of a load's curve that can be taken hold of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadHandle {
    /// What it stands for.
    pub kind: HandleKind,
    /// Where it stands, in seconds from the start of the run.
    pub at_s: f64,
    /// Its rate, per second.
    pub rate: f64,
    /// Whether it can be moved in time; its rate always can.
    pub in_time: bool,
}

/// The points of a load that can be taken hold of, in the order of time. Loads without a curve have none.
pub fn handles(load: &Load) -> Vec<LoadHandle> {
    let handle = |kind, at: Duration, rate: Rate, in_time| LoadHandle {
        kind,
        at_s: at.as_secs_f64(),
        rate: rate.as_per_second(),
        in_time,
    };
    match load {
        Load::Constant(rate) | Load::Poisson(rate) | Load::Bursts { rate, .. } => {
            vec![handle(HandleKind::Rate, Duration::ZERO, *rate, false)]
        }
        Load::Ramp { from, to, over } => {
            vec![handle(HandleKind::From, Duration::ZERO, *from, false), handle(HandleKind::To, *over, *to, true)]
        }
        Load::Spike { base, peak, at, length } => {
            let end = Duration::from_nanos(at.as_nanos().saturating_add(length.as_nanos()));
            vec![
                handle(HandleKind::Base, Duration::ZERO, *base, false),
                handle(HandleKind::Peak, *at, *peak, true),
                handle(HandleKind::End, end, *peak, true),
            ]
        }
        Load::Steps(steps) => steps
            .iter()
            .enumerate()
            .map(|(index, step)| handle(HandleKind::Step(index), step.at, step.rate, true))
            .collect(),
        Load::Sine { mean, amplitude, period } => {
            let crest = Rate::per_second(mean.as_per_second() + amplitude.as_per_second());
            let quarter = Duration::from_nanos(period.as_nanos() / 4);
            vec![
                handle(HandleKind::Mean, Duration::ZERO, *mean, false),
                handle(HandleKind::Crest, quarter, crest, true),
            ]
        }
        Load::Batch { .. } | Load::Closed { .. } | Load::Replay(_) => Vec::new(),
    }
}

/// The load when one of its points is taken to another moment (in seconds) and rate (per second). What would be no load
/// any more (a ramp of no length, steps out of order) stops just before.
#[must_use]
pub fn with_handle(load: &Load, kind: HandleKind, at_s: f64, rate: f64) -> Load {
    let (at, rate) = (Duration::from_secs_f64(at_s.max(0.0)), Rate::per_second(rate.max(0.0)));
    let mut load = load.clone();
    match (&mut load, kind) {
        (Load::Constant(now) | Load::Poisson(now) | Load::Bursts { rate: now, .. }, HandleKind::Rate) => *now = rate,
        (Load::Ramp { from, .. }, HandleKind::From) => *from = rate,
        (Load::Ramp { to, over, .. }, HandleKind::To) => (*to, *over) = (rate, at.max(LEAST)),
        (Load::Spike { base, .. }, HandleKind::Base) => *base = rate,
        (Load::Spike { peak, at: begin, .. }, HandleKind::Peak) => (*peak, *begin) = (rate, at),
        (Load::Spike { peak, at: begin, length, .. }, HandleKind::End) => {
            let left = Duration::from_nanos(at.as_nanos().saturating_sub(begin.as_nanos()));
            (*peak, *length) = (rate, left.max(LEAST));
        }
        (Load::Steps(steps), HandleKind::Step(index)) => move_step(steps, index, at, rate),
        (Load::Sine { mean, .. }, HandleKind::Mean) => *mean = rate,
        (Load::Sine { mean, amplitude, period }, HandleKind::Crest) => {
            *amplitude = Rate::per_second((rate.as_per_second() - mean.as_per_second()).max(0.0));
            *period = Duration::from_nanos(at.as_nanos().saturating_mul(4)).max(LEAST);
        }
        _ => {}
    }
    load
}

/// Shortest time that a hand leaves between two points.
const LEAST: Duration = Duration::from_nanos(1_000_000_000);

fn move_step(steps: &mut [LoadStep], index: usize, at: Duration, rate: Rate) {
    let earliest = match index.checked_sub(1).and_then(|before| steps.get(before)) {
        Some(before) => before.at.as_nanos().saturating_add(LEAST.as_nanos()),
        None => 0,
    };
    let latest = steps.get(index + 1).map_or(u64::MAX, |next| next.at.as_nanos().saturating_sub(LEAST.as_nanos()));
    if let Some(step) = steps.get_mut(index) {
        // Steps nearer than a second to each other leave no room: then this one stays where it is.
        if earliest <= latest {
            step.at = Duration::from_nanos(at.as_nanos().clamp(earliest, latest));
        }
        step.rate = rate;
    }
}

/// The edits that make one load of another of the same kind: only values that differ are written, so that everything
/// else stays as somebody wrote it. The whole load is written when the kind is another one.
pub fn load_edits(path: &str, before: &Load, after: &Load) -> Vec<Edit> {
    let (before, after) = (numbers(before), numbers(after));
    after
        .into_iter()
        .filter(|number| !before.contains(number))
        .map(|(below, value)| Edit::Set { path: format!("{path}.{below}"), value })
        .collect()
}

/// Every value of a load that a hand can change, with its path below the load.
fn numbers(load: &Load) -> Vec<(String, Value)> {
    let rate = |path: &str, rate: &Rate| (path.to_owned(), json!(rate.to_string()));
    let time = |path: &str, time: &Duration| (path.to_owned(), json!(time.to_string()));
    match load {
        Load::Constant(value) => vec![rate("constant", value)],
        Load::Poisson(value) => vec![rate("poisson", value)],
        Load::Ramp { from, to, over } => vec![rate("ramp.from", from), rate("ramp.to", to), time("ramp.over", over)],
        Load::Spike { base, peak, at, length } => {
            vec![rate("spike.base", base), rate("spike.peak", peak), time("spike.at", at), time("spike.for", length)]
        }
        Load::Sine { mean, amplitude, period } => {
            vec![rate("sine.mean", mean), rate("sine.amplitude", amplitude), time("sine.period", period)]
        }
        Load::Bursts { rate: value, .. } => vec![rate("bursts.rate", value)],
        Load::Steps(steps) => steps
            .iter()
            .enumerate()
            .flat_map(|(i, step)| {
                [time(&format!("steps.{i}.at"), &step.at), rate(&format!("steps.{i}.rate"), &step.rate)]
            })
            .collect(),
        Load::Batch { .. } | Load::Closed { .. } | Load::Replay(_) => Vec::new(),
    }
}

/// The words of loads that a hand can draw, in the order of the format.
pub const DRAWN_LOADS: [&str; 6] = ["constant", "poisson", "ramp", "steps", "spike", "sine"];

/// The word of a load.
pub fn load_word(load: &Load) -> &'static str {
    match load {
        Load::Constant(_) => "constant",
        Load::Poisson(_) => "poisson",
        Load::Ramp { .. } => "ramp",
        Load::Steps(_) => "steps",
        Load::Spike { .. } => "spike",
        Load::Sine { .. } => "sine",
        Load::Bursts { .. } => "bursts",
        Load::Batch { .. } => "batch",
        Load::Closed { .. } => "closed",
        Load::Replay(_) => "replay",
    }
}

/// A load of another kind that begins where this one does and fits a run of this length; none for kinds that are not
/// drawn by hand.
pub fn turn_load(load: Option<&Load>, into: &str, duration: Duration) -> Option<Value> {
    let now = load.and_then(|load| load.rate_at(0.0)).filter(|rate| *rate > 0.0).unwrap_or(10.0);
    let rate = |per_s: f64| json!(Rate::per_second(per_s).to_string());
    // Whole seconds read well.
    let part =
        |share: f64| json!(Duration::from_secs_f64((duration.as_secs_f64() * share).round().max(1.0)).to_string());
    let value = match into {
        "constant" | "poisson" => rate(now),
        "ramp" => json!({ "from": rate(now), "to": rate(now * 2.0), "over": part(0.5) }),
        "steps" => json!([{ "at": "0s", "rate": rate(now) }, { "at": part(0.5), "rate": rate(now * 2.0) }]),
        "spike" => json!({ "base": rate(now), "peak": rate(now * 3.0), "at": part(0.4), "for": part(0.1) }),
        "sine" => json!({ "mean": rate(now), "amplitude": rate(now / 2.0), "period": part(0.5) }),
        _ => return None,
    };
    Some(json!({ into: value }))
}

/// The edit that adds a step at a moment with the rate that holds there; none for other loads and where a step is.
pub fn add_step(path: &str, load: &Load, at_s: f64) -> Option<Edit> {
    let Load::Steps(steps) = load else { return None };
    let at = Duration::from_secs_f64(at_s);
    if steps.iter().any(|step| step.at.as_nanos().abs_diff(at.as_nanos()) < LEAST.as_nanos()) {
        return None;
    }
    let mut steps = steps.clone();
    steps.push(LoadStep { at, rate: Rate::per_second(load.rate_at(at_s).unwrap_or_default()) });
    steps.sort_by_key(|step| step.at);
    let written: Vec<Value> =
        steps.iter().map(|s| json!({ "at": s.at.to_string(), "rate": s.rate.to_string() })).collect();
    Some(Edit::Set { path: format!("{path}.steps"), value: Value::Array(written) })
}

/// The edit that takes a step away; none for other loads and for the last step.
pub fn remove_step(path: &str, load: &Load, index: usize) -> Option<Edit> {
    let Load::Steps(steps) = load else { return None };
    (steps.len() > 1 && index < steps.len()).then(|| Edit::Unset { path: format!("{path}.steps.{index}") })
}
