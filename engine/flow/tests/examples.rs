//! The examples and the templates: clean, whole, drawn without overlaps, resolvable in every scenario.

use thalweg_flow::*;

fn stories_and_brokers() -> impl Iterator<Item = (&'static str, &'static str)> {
    examples().iter().chain(broker_examples()).copied()
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    stories_and_brokers().chain(templates().iter().copied())
}

#[test]
fn every_example_reads_without_a_problem_and_resolves_in_every_scenario() {
    for (name, text) in all() {
        let reading = read(text);
        let told: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}: {told:#?}");
        for scenario in reading.flow.scenarios.keys() {
            resolve(text, Some(scenario), &Overrides::default()).unwrap_or_else(|p| panic!("{name}/{scenario}: {p:?}"));
        }
    }
}

#[test]
fn every_example_tells_a_story_with_failures() {
    for (name, text) in stories_and_brokers() {
        let flow = read(text).flow;
        assert!(text.starts_with("# ") && text.contains("# What to notice"), "{name} has no story");
        assert!(flow.summary.is_some() && flow.owner.is_some(), "{name}");
        assert!(!flow.scenarios["default"].expect.is_empty(), "{name}");
        assert!(flow.scenarios["default"].faults.is_empty(), "{name}");
        let failing = flow.scenarios.values().filter(|s| !s.faults.is_empty()).count();
        assert!(failing >= 1 && flow.scenarios.len() >= 3, "{name} has {failing} scenarios with faults");
        assert!(flow.scenarios.values().all(|s| s.summary.is_some() && !s.expect.is_empty()), "{name}");
        for (event, contract) in &flow.events {
            assert!(contract.version.is_some() && contract.size.is_some(), "{name}: {event}");
        }
    }
}

#[test]
fn every_template_shows_a_pattern_and_a_failure() {
    for (name, text) in templates() {
        let flow = read(text).flow;
        assert!(text.starts_with("# ") && flow.summary.is_some(), "{name} does not say what it is");
        assert!(!flow.scenarios["default"].expect.is_empty(), "{name}");
        assert!(flow.scenarios.values().any(|s| !s.faults.is_empty() && s.summary.is_some()), "{name}");
    }
}

#[test]
fn examples_are_drawn_whole_from_left_to_right_without_overlaps() {
    for (name, text) in all() {
        let flow = read(text).flow;
        let positions = layout::positions(&flow);
        for id in flow.nodes.keys() {
            assert!(flow.layout.contains_key(id), "{name}: {id} has no position");
        }
        for (i, (a, p)) in positions.iter().enumerate() {
            for (b, q) in positions.iter().skip(i + 1) {
                let apart = (p[0] - q[0]).abs() >= layout::NODE[0] || (p[1] - q[1]).abs() >= layout::NODE[1];
                assert!(apart, "{name}: {a} and {b} overlap");
            }
        }
        for edge in flow.edges() {
            assert!(
                positions[&edge.from][0] < positions[&edge.to][0],
                "{name}: {} -> {} goes back",
                edge.from,
                edge.to
            );
        }
    }
}
