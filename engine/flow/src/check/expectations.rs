//! Expectations against the flow: whether their subjects exist and fit the metric.

use super::Check;
use super::scenarios::is_handler;
use crate::model::{Flow, Metric, NodeKind, Scenario, Subject};
use crate::path::Path;
use crate::suggest;

impl Check<'_, '_> {
    pub(super) fn expectations(&mut self, at: &Path, scenario: &Scenario) {
        for (i, expectation) in scenario.expect.iter().enumerate() {
            let path = self.item(at, i);
            if !self.subject_exists(&path, &expectation.subject) {
                continue;
            }
            if let Some(help) = misfit(self.flow, expectation.metric, &expectation.subject) {
                let message = if expectation.subject == Subject::Flow {
                    format!("`{}` does not say where", expectation.metric.name())
                } else {
                    format!("`{}` cannot be measured at `{}`", expectation.metric.name(), expectation.subject)
                };
                self.error(path, "expectation", message, help);
            } else if expectation.metric == Metric::Recovered && scenario.faults.is_empty() {
                let message = "`recovered` measures nothing: the scenario has no faults".to_owned();
                self.warning(path, "expectation", message, "add a fault, or remove the expectation");
            }
        }
    }

    fn subject_exists(&mut self, path: &Path, subject: &Subject) -> bool {
        match subject {
            Subject::Flow | Subject::EndToEnd => true,
            Subject::Node(node) => self.node(path, node).is_some(),
            Subject::Group { channel, group } => {
                if self.node(path, channel).is_none() {
                    return false;
                }
                let groups = self.flow.groups(channel);
                if groups.iter().any(|g| g == group) {
                    return true;
                }
                let known: Vec<&str> = groups.iter().map(String::as_str).collect();
                let message = format!("`{channel}` has no group `{}`", crate::read::shown(group));
                self.error(path.clone(), "unknown-group", message, suggest::sentence(group, &known));
                false
            }
        }
    }
}

/// Whether a metric can be measured there.
pub(crate) fn can_measure(flow: &Flow, metric: Metric, subject: &Subject) -> bool {
    misfit(flow, metric, subject).is_none()
}

/// Why a metric cannot be measured there: what to write instead.
fn misfit(flow: &Flow, metric: Metric, subject: &Subject) -> Option<&'static str> {
    let node = match subject {
        Subject::Node(node) => flow.nodes.get(node).map(|n| &n.kind),
        _ => None,
    };
    let channel = node.is_some_and(NodeKind::is_channel);
    let group = matches!(subject, Subject::Group { .. });
    let handler = node.is_some_and(is_handler);
    let answers = node.is_some_and(|n| matches!(n, NodeKind::Service(_) | NodeKind::Store(_)));
    let whole = *subject == Subject::Flow;
    let (fits, help) = match metric {
        Metric::Mean | Metric::P50 | Metric::P90 | Metric::P95 | Metric::P99 | Metric::P999 | Metric::Max => (
            *subject == Subject::EndToEnd || whole || channel || group || handler || answers,
            "a latency is that of `end_to_end`, a handler, a service, a channel or `channel/group`",
        ),
        Metric::Throughput => (true, ""),
        Metric::Lag => {
            (whole || channel || group || handler, "lag is that of `channel/group`, a channel, a handler, or of all")
        }
        Metric::Depth => (whole || channel, "depth is that of a queue, or of all"),
        Metric::DeadLetters => (
            whole || channel || handler,
            "dead letters are counted in all, at their channel, or at the handler that gives up",
        ),
        Metric::Retries => {
            (whole || handler || group, "retries are counted in all, at a handler or at `channel/group`")
        }
        Metric::Duplicates => {
            (whole || handler || group, "duplicates are counted in all, at a handler or at `channel/group`")
        }
        Metric::Lost => (*subject != Subject::EndToEnd, "losses are counted in all, at a node or at `channel/group`"),
        Metric::Utilization => (handler || answers, "utilization is that of a handler, service or store"),
        Metric::Cost => (whole || node.is_some(), "cost is that of the flow or of a node"),
        Metric::Recovered => (
            whole || group || channel || handler,
            "recovery is that of `channel/group`, a channel, a handler, or of all",
        ),
    };
    (!fits).then_some(help)
}
