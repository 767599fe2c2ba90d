//! A flow made ready to run: one scenario chosen, nothing left open.

use crate::model::{Flow, Scenario, ScenarioId, Settings};

/// A flow as one scenario runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The scenario's name.
    pub scenario_name: ScenarioId,
    /// The flow with the scenario's loads and values applied.
    pub flow: Flow,
    /// How long, from which seed, how often.
    pub settings: Settings,
    /// The scenario, for its faults and expectations.
    pub scenario: Scenario,
}
