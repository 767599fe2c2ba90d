//! Names that the flow has, for fields that name something.

use serde_json::Value;
use thalweg_flow::{BrokerKind, Flow, NodeKind};

use super::{place::Place, spec::Names};
use crate::state::App;

const BROKERS: [BrokerKind; 9] = [
    BrokerKind::Kafka,
    BrokerKind::Rabbitmq,
    BrokerKind::Eventbridge,
    BrokerKind::Sqs,
    BrokerKind::Sns,
    BrokerKind::Pubsub,
    BrokerKind::Eventgrid,
    BrokerKind::Nats,
    BrokerKind::Generic,
];

/// What is offered at a place; reactive.
pub(super) fn offered(app: App, names: Names, place: Place) -> Vec<String> {
    if names == Names::Steps {
        // `timers.0.before` stands beside `steps`.
        return step_names(place.beside("steps").value(app).as_ref());
    }
    app.document_drawn(|d| d.map(|d| of_flow(d.flow(), names)).unwrap_or_default())
}

/// The names of a workflow's steps, as written.
pub(super) fn step_names(steps: Option<&Value>) -> Vec<String> {
    let steps = steps.and_then(Value::as_array).into_iter().flatten();
    steps.filter_map(|step| step.get("name")?.as_str().map(str::to_owned)).collect()
}

/// The names of a flow that may stand in such a place.
pub(super) fn of_flow(flow: &Flow, names: Names) -> Vec<String> {
    let nodes = |fits: fn(&NodeKind) -> bool| {
        flow.nodes.iter().filter(|(_, node)| fits(&node.kind)).map(|(id, _)| id.clone()).collect()
    };
    match names {
        Names::Channels => nodes(NodeKind::is_channel),
        Names::Sources => nodes(|kind| matches!(kind, NodeKind::Topic(_) | NodeKind::Queue(_))),
        Names::Called => nodes(|kind| matches!(kind, NodeKind::Service(_) | NodeKind::Store(_))),
        Names::Targets => nodes(|kind| {
            kind.is_channel() || matches!(kind, NodeKind::Consumer(_) | NodeKind::Workflow(_) | NodeKind::Stream(_))
        }),
        Names::Projected => nodes(|kind| kind.is_channel() || matches!(kind, NodeKind::Store(_))),
        Names::Events => flow.events.keys().cloned().collect(),
        Names::Brokers => {
            let mut all: Vec<String> = flow.brokers.keys().cloned().collect();
            let kinds = BROKERS.iter().map(|kind| kind.name().to_owned());
            all.extend(kinds.filter(|kind| !flow.brokers.contains_key(kind)));
            all
        }
        Names::Steps => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_stand_there_is_offered() {
        let text = "thalweg: 1\nname: T\nbrokers: { log: { kind: kafka } }\nevents: { a.b: { version: 1.0.0 } }\nnodes:\n  t: { kind: topic }\n  x: { kind: exchange }\n  s: { kind: store }\n  c: { kind: consumer }\n";
        let flow = thalweg_flow::read(text).flow;
        assert_eq!(of_flow(&flow, Names::Channels), ["t", "x"]);
        assert_eq!(of_flow(&flow, Names::Sources), ["t"]);
        assert_eq!(of_flow(&flow, Names::Called), ["s"]);
        assert_eq!(of_flow(&flow, Names::Targets), ["t", "x", "c"]);
        assert_eq!(of_flow(&flow, Names::Projected), ["t", "x", "s"]);
        assert_eq!(of_flow(&flow, Names::Events), ["a.b"]);
        assert_eq!(of_flow(&flow, Names::Brokers)[..2], ["log", "kafka"]);
    }
}
