//! Copying, pasting, and closing or filling gaps.

use serde_json::json;
use thalweg_flow::*;

const FLOW: &str = "\
thalweg: 1
name: Shop
brokers:
  log: { kind: kafka } # the log
events:
  order.placed: { version: 1.0.0 }
nodes:
  shop: { kind: producer, load: { poisson: 10/s }, publishes: [{ to: orders, event: order.placed, key: unique }] }
  orders: { kind: topic, broker: log, partitions: 3 }

  # takes the money
  pay:
    kind: consumer # one of many
    service_time: 20ms
    subscribes:
      - { from: orders, group: pay }
    publishes: [{ to: paid }]
    calls: [{ service: bank }]
  paid: { kind: queue }
  bank: { kind: service, latency: 10ms }
  mail: { kind: consumer, service_time: 1ms, subscribes: [{ from: paid }] }
layout:
  shop: [0, 0]
  orders: [260, 0]
  pay: [520, 0]
  paid: [780, 0]
  bank: [520, 120]
  mail: [1040, 0]
";

fn ids(names: &[&str]) -> Vec<NodeId> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn copied(names: &[&str]) -> String {
    Document::open(FLOW).copy(&ids(names)).unwrap_or_else(|| panic!("there is none of {names:?}"))
}

fn pasted(into: &str, text: &str, at: Option<[f64; 2]>) -> Document {
    let mut document = Document::open(into);
    let done = document.apply("Paste", &[Edit::Paste { text: text.into(), at }]);
    assert!(done.is_ok(), "{done:?}");
    let told: Vec<String> = document.problems().iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:?}\n{}", document.text());
    document
}

#[test]
fn a_copy_is_a_document_with_what_its_nodes_need() {
    let text = copied(&["shop", "orders"]);
    assert_eq!(
        text,
        "thalweg: 1\nname: Shop\n\nbrokers:\n  log: { kind: kafka } # the log\n\nevents:\n  order.placed: { version: 1.0.0 }\n\n\
         nodes:\n  shop: { kind: producer, load: { poisson: 10/s }, publishes: [{ to: orders, event: order.placed, key: unique }] }\n  \
         orders: { kind: topic, broker: log, partitions: 3 }\n\nlayout:\n  shop: [0, 0]\n  orders: [260, 0]\n"
    );
    assert!(read(&text).problems.is_empty());
    assert_eq!(Document::open(FLOW).copy(&ids(&["nobody"])), None);
}

#[test]
fn pasting_beside_the_original_gives_new_names_and_keeps_how_it_is_written() {
    let document = pasted(FLOW, &copied(&["pay", "paid"]), None);
    let flow = document.flow();
    let new: Vec<&String> = flow.nodes.keys().skip(6).collect();
    assert_eq!(new, ["pay-2", "paid-2"]);
    assert!(document.text().contains("  pay-2:\n    kind: consumer # one of many\n"), "{}", document.text());
    // Inside the copy names lead to the copy, outside of it to what was there; the group is a new one.
    let edges: Vec<String> = flow
        .edges()
        .iter()
        .filter(|e| e.from.ends_with("-2") || e.to.ends_with("-2"))
        .map(|e| format!("{} {}", e.from, e.to))
        .collect();
    assert_eq!(edges, ["pay-2 paid-2", "pay-2 bank", "orders pay-2"]);
    assert_eq!(document.value("nodes.pay-2.subscribes.0.group"), Some(json!("pay-2")));
    assert_eq!((flow.layout["pay-2"], flow.layout["paid-2"]), ([552.0, 32.0], [812.0, 32.0]));
}

#[test]
fn pasting_into_another_flow_brings_brokers_and_leaves_what_is_not_there() {
    let empty = "thalweg: 1\nname: New\n";
    let document = pasted(empty, &copied(&["orders", "pay"]), Some([100.0, 200.0]));
    assert_eq!(document.flow().brokers["log"].kind, BrokerKind::Kafka);
    assert_eq!(document.flow().edges().len(), 1, "{}", document.text());
    assert_eq!((document.flow().layout["orders"], document.flow().layout["pay"]), ([100.0, 200.0], [360.0, 200.0]));
    let again = pasted("thalweg: 1\nname: New\nnodes: { a: { kind: queue } }\n", &copied(&["mail", "paid"]), None);
    assert_eq!(again.flow().nodes.len(), 3);
}

#[test]
fn what_is_no_flow_is_not_pasted() {
    let mut document = Document::open(FLOW);
    for text in ["hello", "", "nodes: []", "a: [", "nodes: { end_to_end: { kind: queue } }"] {
        assert!(document.apply("Paste", &[Edit::Paste { text: text.into(), at: None }]).is_err(), "{text}");
    }
    assert_eq!(document.text(), FLOW);
}

#[test]
fn gaps_close_where_messages_can_go_on() {
    let flow = read(FLOW).flow;
    let close = |names: &[&str]| -> Vec<String> {
        reconnections(&flow, &ids(names)).iter().map(|e| format!("{} {} {:?}", e.from, e.to, e.kind)).collect()
    };
    assert_eq!(close(&["orders", "pay"]), ["shop paid Publish"]);
    assert_eq!(close(&["pay", "paid"]), ["orders mail Subscribe"]);
    // From a topic to a queue nothing goes by itself, and a service passes nothing on.
    assert_eq!((close(&["pay"]).len(), close(&["bank"]).len(), close(&["mail"]).len()), (0, 0, 0));
}

#[test]
fn a_node_comes_between_and_what_the_edge_said_stays() {
    let text =
        format!("{}  fan: [100, 100]\n", FLOW.replace("nodes:\n", "nodes:\n  fan: { kind: exchange, type: fanout }\n"));
    let edge = |from: &str, to: &str, kind| Edge { from: from.into(), to: to.into(), kind };
    let mut document = Document::open(text);
    let orders = edge("shop", "orders", EdgeKind::Publish);
    document.apply("Insert", &[Edit::Splice { node: "fan".into(), edge: orders }]).expect("fits");
    assert_eq!(document.value("nodes.shop.publishes.0.key"), Some(json!("unique")));
    let edges = document.flow().edges();
    assert!(
        edges.contains(&edge("shop", "fan", EdgeKind::Publish))
            && edges.contains(&edge("fan", "orders", EdgeKind::Route))
    );
    let calls = edge("pay", "bank", EdgeKind::Call);
    assert!(can_splice(document.flow(), &calls, "fan").is_err());
}

#[test]
fn brokers_and_events_are_renamed_and_removed_everywhere() {
    let text = format!(
        "{FLOW}scenarios:\n  bad:\n    set: {{ brokers.log.publish_latency: 2ms, \"events.\\\"order.placed\\\".size\": 2kB }}\n    \
         faults: [{{ at: 1s, for: 2s, outage: log }}, {{ at: 1s, schema_break: order.placed }}]\n"
    );
    let mut document = Document::open(text.clone());
    let before = document.problems().len();
    let rename = |section, from: &str, to: &str| Edit::RenameNamed { section, from: from.into(), to: to.into() };
    document
        .apply(
            "Rename",
            &[rename(Section::Brokers, "log", "events"), rename(Section::Events, "order.placed", "ordered")],
        )
        .expect("renames");
    assert_eq!(document.problems().len(), before, "{:?}", document.problems());
    assert!(!document.text().contains("order.placed") && !document.text().contains("log:"), "{}", document.text());
    assert!(document.apply("Rename", &[rename(Section::Brokers, "nobody", "x")]).is_err());
    let remove = |section, name: &str| Edit::RemoveNamed { section, name: name.into() };
    document
        .apply("Remove", &[remove(Section::Brokers, "events"), remove(Section::Events, "ordered")])
        .expect("removes");
    assert_eq!(document.problems().len(), before, "{:?}", document.problems());
    assert_eq!((document.value("brokers"), document.value("nodes.orders.broker")), (None, None));
    document.undo();
    document.undo();
    assert_eq!(document.text(), text);
}
