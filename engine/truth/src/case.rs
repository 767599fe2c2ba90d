//! A flow, and what is known about it.

use crate::measure::Measure;

/// A flow with the answers that are known for it, or a function with its known values.
pub struct Case {
    /// Name in lists and filters, such as `mm1-80`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where the answers come from.
    pub source: &'static str,
    pub(crate) flow: Option<Flow>,
    pub(crate) rows: Vec<Row>,
}

/// The document of a case, without its expectations.
pub(crate) struct Flow {
    /// Sections before the nodes, as lines.
    pub(crate) head: String,
    pub(crate) nodes: String,
    pub(crate) scenario: String,
}

/// One known answer.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) exact: f64,
    /// The interval's half width may be at most this share of the exact value.
    pub(crate) width: f64,
    /// What the value may be off by beyond its interval, for a reason that stands beside the row.
    pub(crate) slack: f64,
    pub(crate) look: Look,
}

/// How the value is come by.
pub(crate) enum Look {
    /// From the report of the case's flow.
    Report(Measure),
    /// From a function of the simulator.
    Function(f64),
}

impl Case {
    /// A case whose flow has these nodes, as lines of YAML indented by two.
    pub(crate) fn of_nodes(
        id: impl Into<String>,
        title: impl Into<String>,
        source: &'static str,
        nodes: impl Into<String>,
    ) -> Self {
        let flow = Flow { head: String::new(), nodes: nodes.into(), scenario: String::new() };
        Case { id: id.into(), title: title.into(), source, flow: Some(flow), rows: Vec::new() }
    }

    /// A source, a queue `line` and a `server`; the settings of the two begin with a comma if there are any.
    pub(crate) fn station(
        id: impl Into<String>,
        title: impl Into<String>,
        source: &'static str,
        load: &str,
        line: &str,
        server: &str,
    ) -> Self {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue{line} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{server} }}
"
        );
        Case::of_nodes(id, title, source, nodes)
    }

    /// A case without a flow.
    pub(crate) fn of_functions(id: impl Into<String>, title: impl Into<String>, source: &'static str) -> Self {
        Case { id: id.into(), title: title.into(), source, flow: None, rows: Vec::new() }
    }

    /// Event types, as entries of a map.
    #[must_use]
    pub(crate) fn events(self, entries: &str) -> Self {
        self.section("events", entries)
    }

    /// Declared brokers, as entries of a map.
    #[must_use]
    pub(crate) fn brokers(self, entries: &str) -> Self {
        self.section("brokers", entries)
    }

    fn section(mut self, name: &str, entries: &str) -> Self {
        if let Some(flow) = &mut self.flow {
            flow.head.extend([name, ": { ", entries, " }\n"]);
        }
        self
    }

    /// Settings of the scenario, separated by semicolons: duration, warm-up, replications, faults. The seed comes from the id.
    #[must_use]
    pub(crate) fn runs(mut self, scenario: impl Into<String>) -> Self {
        if let Some(flow) = &mut self.flow {
            flow.scenario = scenario.into();
        }
        self
    }

    /// A random value, whose 99 % interval may be at most `width` of it to either side.
    #[must_use]
    pub(crate) fn row(self, what: impl Into<String>, measure: Measure, exact: f64, width: f64) -> Self {
        self.push(Row {
            what: what.into(),
            exact,
            width,
            slack: measure.grain * exact.abs(),
            look: Look::Report(measure),
        })
    }

    /// A value that may be off by `slack`: what is not random, or what is itself known to so much only.
    #[must_use]
    pub(crate) fn within(self, what: impl Into<String>, measure: Measure, exact: f64, slack: f64, width: f64) -> Self {
        self.push(Row { what: what.into(), exact, width, slack, look: Look::Report(measure) })
    }

    /// A value of a function, which must agree to a relative 10⁻⁶ or to the digits that are known.
    #[must_use]
    pub(crate) fn function(self, what: impl Into<String>, value: f64, exact: f64, slack: f64) -> Self {
        self.push(Row { what: what.into(), exact, width: 0.0, slack, look: Look::Function(value) })
    }

    fn push(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// How many answers are known.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing is known, which no case of [`crate::cases`] is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The flow as a document, if the case has one.
    pub fn document(&self) -> Option<String> {
        let flow = self.flow.as_ref()?;
        let mut metrics: Vec<&str> = Vec::new();
        for row in &self.rows {
            if let Look::Report(measure) = &row.look {
                metrics.extend(measure.metrics.iter().map(String::as_str));
            }
        }
        metrics.sort_unstable();
        metrics.dedup();
        let mut scenario = String::new();
        for line in flow.scenario.split(';') {
            scenario.extend(["    ", line.trim(), "\n"]);
        }
        if !metrics.is_empty() {
            scenario.push_str("    expect:\n");
        }
        for metric in metrics {
            scenario.extend(["      - ", metric, "\n"]);
        }
        let Flow { head, nodes, .. } = flow;
        Some(format!("thalweg: 1\nname: {:?}\n{head}nodes:\n{nodes}scenarios:\n  default:\n{scenario}", self.title))
    }
}
