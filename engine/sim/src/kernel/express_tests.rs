//! The short way and the long one are the same way: random flows, with stations of both kinds, sent both ways.

use std::fmt::Write as _;

use proptest::prelude::*;
use thalweg_flow::{Overrides, resolve};

use super::{Curves, Kernel, Outcome, Watch};
use crate::error::SimError;
use crate::plan::{Files, Plan};
use crate::sample::Ziggurat;
use crate::slab::NIL;

struct Nobody;

impl Watch for Nobody {
    fn look(&mut self, _: u64, _: u64, _: &Curves) -> Result<(), SimError> {
        Ok(())
    }
}

/// One station: what its channel is, and what its consumer does.
fn station() -> impl Strategy<Value = (String, String)> {
    let channel = prop_oneof![
        6 => Just("queue"),
        3 => Just("topic"),
        1 => Just("queue, max_length: 3"),
        1 => Just("topic, partitions: 3"),
        1 => Just("queue, discipline: lifo"),
    ];
    let extra = prop_oneof![
        4 => Just(""),
        3 => Just(", failure: { rate: 20% }, retry: { attempts: 3 }"),
        2 => Just(", failure: { rate: 20% }, retry: { attempts: unlimited, backoff: 5ms, requeue: back }"),
        1 => Just(", timeout: 30ms"),
        1 => Just(", rate_limit: 60/s"),
    ];
    let service = prop_oneof![3 => Just("{ exponential: 9ms }"), 1 => Just("9ms")];
    (channel, 1_u32..4, 1_u32..3, service, extra).prop_map(|(channel, instances, concurrency, service, extra)| {
        let handler = format!("instances: {instances}, concurrency: {concurrency}, service_time: {service}{extra}");
        (channel.to_owned(), handler)
    })
}

/// A Poisson load, or two messages at a time, at the same moment.
fn load() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("poisson: 80/s"), 1 => Just("batch: { size: 2, every: 25ms }")]
}

fn fault() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just(""),
        1 => Just("{ crash: c1, at: 5s, for: 2s }"),
        1 => Just("{ outage: q0, at: 4s, for: 1s }"),
        1 => Just("{ slow: c0, factor: 3, at: 3s, for: 2s }"),
        1 => Just("{ duplicate: q1, share: 10%, at: 2s, for: 3s }"),
        1 => Just("{ cut: q0 -> c0, at: 3s, for: 2s }"),
        1 => Just("{ cut: c0 -> q1, at: 3s, for: 2s }"),
        1 => Just("{ latency: source -> q0, add: { exponential: 3ms }, at: 3s, for: 2s }"),
    ]
}

/// Stations in a row; the first publish is keyed, every third is by chance, and the last station feeds the second again.
fn flow(load: &str, stations: &[(String, String)], fault: &str) -> String {
    let mut nodes = format!(
        "  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: q0, key: {{ uniform: {{ keys: 20 }} }} }}] }}\n"
    );
    for (i, (channel, handler)) in stations.iter().enumerate() {
        let publishes = match i + 1 {
            next if next < stations.len() && i % 3 == 2 => format!("[{{ to: q{next}, probability: 70% }}]"),
            next if next < stations.len() => format!("[{{ to: q{next} }}]"),
            _ => "[{ to: q1, probability: 20% }]".to_owned(),
        };
        let _ = writeln!(nodes, "  q{i}: {{ kind: {channel} }}");
        let _ = writeln!(
            nodes,
            "  c{i}: {{ kind: consumer, subscribes: [{{ from: q{i} }}], {handler}, publishes: {publishes} }}"
        );
    }
    format!(
        "thalweg: 1\nname: Ways\nnodes:\n{nodes}scenarios:\n  default: {{ duration: 12s, warmup: 1s, seed: 5, replications: 1, \
         faults: [{fault}] }}\n"
    )
}

fn run(plan: &Plan) -> Outcome {
    let ziggurat = Ziggurat::new();
    Kernel::new(plan, &ziggurat, 0).run(u64::MAX, false, &mut Nobody).unwrap_or_else(|error| panic!("{error}"))
}

/// The same plan without any short way.
fn long(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.express.publishes.fill(None);
    plan.express.stations.fill(None);
    plan.express.groups.fill(NIL);
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_are_one(load in load(), stations in prop::collection::vec(station(), 2..5), fault in fault()) {
        let text = flow(load, &stations, fault);
        let resolved = resolve(&text, None, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
        let (short, long) = (run(&plan), run(&long(&plan)));
        prop_assert_eq!(short.events, long.events);
        prop_assert_eq!(&short.counts, &long.counts);
        prop_assert_eq!(&short.means, &long.means);
        prop_assert_eq!(&short.histograms, &long.histograms);
        prop_assert_eq!((&short.lag_max, &short.depth_max), (&long.lag_max, &long.depth_max));
        prop_assert_eq!(&short.batches, &long.batches);
    }
}

#[test]
fn the_short_way_is_taken_where_it_can_be() {
    let free = ("queue".to_owned(), "service_time: { exponential: 5ms }".to_owned());
    let limited = ("queue, max_length: 3".to_owned(), free.1.clone());
    let text = flow("poisson: 80/s", &[free.clone(), limited, free], "");
    let resolved = resolve(&text, None, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
    let taken: Vec<bool> = plan.express.stations.iter().map(Option::is_some).collect();
    assert_eq!(taken, [true, false, true]);
}
