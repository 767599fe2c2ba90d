//! What the scenario timeline shows of a document: loads as curves, faults as bars in lanes. Pure; made anew after each
//! edit.

use thalweg_charts::scale;
use thalweg_flow::{
    Distribution, Fault, FaultName, Load, NodeKind,
    scenario_edit::{self, LoadHandle, LoadSource, PlannedFault},
};

use crate::state::OpenDocument;

/// Most repetitions of one fault that are drawn.
const MOST_REPEATS: usize = 200;
/// Points of a load's curve.
const POINTS: usize = 240;

/// A scenario as it is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    /// Its name.
    pub(super) scenario: String,
    /// Length of its run, in seconds.
    pub(super) duration_s: f64,
    /// Time at the start that is not measured, in seconds, when somebody decided it.
    pub(super) warmup_s: f64,
    /// A row for each producer.
    pub(super) loads: Vec<LoadRow>,
    /// A lane for each target, in the order of the document.
    pub(super) lanes: Vec<Lane>,
    /// Expectations as they are written.
    pub(super) expectations: Vec<String>,
    /// Entries of the fault list that cannot be read.
    pub(super) unreadable: usize,
}

/// A producer's load.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LoadRow {
    /// The producer.
    pub(super) producer: String,
    /// What it produces; none when nothing is written.
    pub(super) load: Option<Load>,
    /// Where that is written.
    pub(super) source: LoadSource,
    /// The rates over the run, each at its moment; empty where only a run can tell.
    pub(super) curve: Vec<(f64, f64)>,
    /// Where the row's axis ends, events per second.
    pub(super) top: f64,
    /// The points that can be taken hold of.
    pub(super) handles: Vec<LoadHandle>,
}

/// What strikes one target.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lane {
    /// The node, broker, edge or event type.
    pub(super) target: String,
    /// Bars with the line they stand on, so that none lies on another.
    pub(super) bars: Vec<(usize, Bar)>,
    /// How many lines there are; at least 1.
    pub(super) lines: usize,
}

/// A fault on the time axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    /// Its position in the document's list.
    pub(crate) index: usize,
    /// What it is.
    pub(crate) fault: Fault,
    /// What it strikes.
    pub(crate) target: String,
    /// When it begins, in seconds; a mean where chance decides.
    pub(crate) at_s: f64,
    /// How long it lasts, in seconds; none is until the end of the run.
    pub(crate) length_s: Option<f64>,
    /// Whether chance decides when it begins.
    pub(crate) at_by_chance: bool,
    /// Whether chance decides how long it lasts.
    pub(crate) length_by_chance: bool,
    /// Later strikes: begin and end in seconds.
    pub(crate) repeats: Vec<(f64, f64)>,
}

impl Bar {
    /// Its kind.
    pub(crate) fn kind(&self) -> FaultName {
        self.fault.kind.word()
    }

    /// When it ends, in seconds.
    pub(crate) fn until_s(&self, duration_s: f64) -> f64 {
        match self.length_s {
            _ if scenario_edit::is_moment(self.kind()) => self.at_s,
            Some(length) => self.at_s + length,
            None => duration_s,
        }
    }

    fn new(planned: PlannedFault, duration_s: f64) -> Bar {
        let PlannedFault { index, fault } = planned;
        let is_drawn = |times: &Distribution| !matches!(times, Distribution::Const(_));
        let at_s = scenario_edit::mean_s(&fault.at).unwrap_or_default();
        let length_s = fault.length.as_ref().map(|length| scenario_edit::mean_s(length).unwrap_or_default());
        Bar {
            index,
            target: scenario_edit::target_of(&fault.kind),
            at_s,
            length_s,
            at_by_chance: is_drawn(&fault.at),
            length_by_chance: fault.length.as_ref().is_some_and(is_drawn),
            repeats: repeats(&fault, at_s, length_s, duration_s),
            fault,
        }
    }
}

/// When a fault that comes again strikes after the first time.
fn repeats(fault: &Fault, at_s: f64, length_s: Option<f64>, duration_s: f64) -> Vec<(f64, f64)> {
    let every = fault.every.as_ref().and_then(scenario_edit::mean_s);
    let (Some(every), Some(length)) = (every.filter(|every| *every > 0.0), length_s) else { return Vec::new() };
    let begins = (1..=MOST_REPEATS).map(|i| at_s + i as f64 * (length + every));
    begins.take_while(|from| *from < duration_s).map(|from| (from, from + length)).collect()
}

impl Plan {
    /// What a scenario of a document says; of one that is not written, what holds without it.
    pub(super) fn new(document: &OpenDocument, scenario: &str) -> Plan {
        let flow = document.flow();
        let duration_s = scenario_edit::duration_of(flow, scenario).as_secs_f64();
        let written = flow.scenarios.get(scenario);
        let warmup = written.and_then(|s| s.warmup).or_else(|| flow.scenarios.get("default").and_then(|s| s.warmup));
        let producers = flow.nodes.iter().filter(|(_, node)| matches!(node.kind, NodeKind::Producer(_)));
        let planned = scenario_edit::planned_faults(document.document(), scenario);
        let list = |key: &str| document.value(&format!("{}.{key}", scenario_edit::scenario_path(scenario)));
        let written_faults = list("faults").as_ref().and_then(|l| l.as_array()).map_or(0, Vec::len);
        let expectations = list("expect");
        let expectations = expectations.as_ref().and_then(|list| list.as_array()).map_or(&[][..], Vec::as_slice);
        Plan {
            scenario: scenario.to_owned(),
            duration_s,
            warmup_s: warmup.and_then(thalweg_flow::Warmup::fixed).map_or(0.0, thalweg_flow::Duration::as_secs_f64),
            loads: producers.map(|(id, _)| LoadRow::new(flow, scenario, id, duration_s)).collect(),
            unreadable: written_faults.saturating_sub(planned.len()),
            lanes: lanes(planned.into_iter().map(|fault| Bar::new(fault, duration_s)), duration_s),
            expectations: expectations.iter().map(|e| e.as_str().unwrap_or_default().to_owned()).collect(),
        }
    }

    /// The bar of a fault.
    pub(super) fn bar(&self, index: usize) -> Option<&Bar> {
        self.lanes.iter().flat_map(|lane| &lane.bars).map(|(_, bar)| bar).find(|bar| bar.index == index)
    }
}

impl LoadRow {
    fn new(flow: &thalweg_flow::Flow, scenario: &str, producer: &str, duration_s: f64) -> LoadRow {
        let found = scenario_edit::load_of(flow, scenario, producer);
        let (load, source) = found.map_or((None, LoadSource::Producer), |(load, source)| (Some(load.clone()), source));
        let curve = load.as_ref().map(|load| curve(load, duration_s)).unwrap_or_default();
        LoadRow {
            producer: producer.to_owned(),
            top: top(&curve),
            handles: load.as_ref().map(scenario_edit::handles).unwrap_or_default(),
            source,
            curve,
            load,
        }
    }
}

/// The rates of a load over a run: evenly, and on both sides of every point where it may jump.
pub(super) fn curve(load: &Load, duration_s: f64) -> Vec<(f64, f64)> {
    let corners = scenario_edit::handles(load).into_iter().flat_map(|handle| [handle.at_s, handle.at_s.next_down()]);
    let even = (0..=POINTS).map(|i| duration_s * i as f64 / POINTS as f64);
    let mut moments: Vec<f64> = even.chain(corners).filter(|s| (0.0..=duration_s).contains(s)).collect();
    moments.sort_by(f64::total_cmp);
    moments.dedup();
    moments.into_iter().map_while(|second| load.rate_at(second).map(|rate| (second, rate))).collect()
}

/// Where the axis of a curve ends: with some room above it, so that its points can be lifted.
fn top(curve: &[(f64, f64)]) -> f64 {
    let max = curve.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    scale::top(thalweg_charts::Unit::PerSecond, (max > 0.0).then_some(max * 1.25))
}

fn lanes(bars: impl Iterator<Item = Bar>, duration_s: f64) -> Vec<Lane> {
    let mut lanes: Vec<(Lane, Vec<f64>)> = Vec::new();
    for bar in bars {
        let at = lanes.iter().position(|(lane, _)| lane.target == bar.target).unwrap_or_else(|| {
            lanes.push((Lane { target: bar.target.clone(), bars: Vec::new(), lines: 1 }, Vec::new()));
            lanes.len() - 1
        });
        let (lane, ends) = &mut lanes[at];
        let last = bar.repeats.last().map_or(bar.at_s, |(_, until)| *until).max(bar.until_s(duration_s));
        let row = ends.iter().position(|end| *end <= bar.at_s).unwrap_or(ends.len());
        if row == ends.len() {
            ends.push(0.0);
        }
        // A moment takes room too.
        ends[row] = last.max(bar.at_s + duration_s / 60.0);
        lane.bars.push((row, bar));
        lane.lines = ends.len();
    }
    lanes.into_iter().map(|(lane, _)| lane).collect()
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::OpenedFile;

    use super::*;

    const TEXT: &str = "\
thalweg: 1
name: F
nodes:
  shop: { kind: producer, load: { spike: { base: 10/s, peak: 90/s, at: 2m, for: 30s } } }
  batch: { kind: producer, load: { closed: { users: 5, think_time: 1s } } }
  card: { kind: service }
  bank: { kind: service }
scenarios:
  default: { duration: 10m, warmup: 30s }
  bad:
    faults:
      - { at: 1m, for: 1m, outage: card }
      - { at: 90s, for: 30s, every: 2m, slow: card, factor: 2 }
      - { at: never, crash: bank }
      - { at: { exponential: 3m }, outage: bank }
    expect: [lost == 0, nonsense]
";

    fn plan(scenario: &str) -> Plan {
        let file = OpenedFile { document: 1, path: None, name: "t".into(), text: TEXT.into() };
        Plan::new(&OpenDocument::open(file), scenario)
    }

    #[test]
    fn faults_stand_in_the_lane_of_what_they_strike() {
        let plan = plan("bad");
        assert_eq!((plan.duration_s, plan.warmup_s, plan.unreadable), (600.0, 30.0, 1));
        let names: Vec<_> = plan.lanes.iter().map(|lane| (lane.target.as_str(), lane.lines)).collect();
        assert_eq!(names, [("card", 2), ("bank", 1)]);
        let slow = plan.bar(1).unwrap();
        assert_eq!(slow.repeats, [(240.0, 270.0), (390.0, 420.0), (540.0, 570.0)]);
        let outage = plan.bar(3).unwrap();
        assert_eq!((outage.at_s, outage.at_by_chance, outage.until_s(600.0)), (180.0, true, 600.0));
    }

    #[test]
    fn expectations_are_shown_as_they_are_written() {
        assert_eq!(plan("bad").expectations, ["lost == 0", "nonsense"]);
        assert_eq!(plan("gone").expectations, [""; 0]);
    }

    #[test]
    fn a_curve_keeps_its_corners() {
        let plan = plan("bad");
        let shop = &plan.loads[0];
        let jump = shop.curve.windows(2).find(|pair| pair[0].1 < 50.0 && pair[1].1 > 50.0).unwrap();
        assert!(jump[1].0 == 120.0 && jump[0].0 > 119.999);
        assert_eq!((shop.top, shop.handles.len()), (150.0, 3));
        assert!(plan.loads[1].curve.is_empty() && plan.loads[1].handles.is_empty());
    }
}
