//! The text of a drawing.

use serde_json::{Map as Fields, Value, json};
use thalweg_flow::{Document, Edit, EditError};

use super::fit::{duration, share};
use super::{BUSY, Drawing, Node};

/// Most messages that the first scenario is made for, and fewest.
const MESSAGES: (f64, f64) = (300_000.0, 1000.0);

impl Drawing<'_> {
    pub(super) fn text(&mut self, name: &str) -> Result<String, EditError> {
        let map = self.map;
        let head = format!(
            "# Drawn from {} traces of {} spans{}.\n\
             # Measured: loads, service times, failures, what leads to what; the summaries say from how much.\n\
             # Chosen: as many at once as keep a handler busy {} of the time; look at `instances`, `concurrency`, `retry`.\n\
             thalweg: 1\nname: Untitled\n",
            map.traces,
            map.spans,
            if map.window_s() > 0.0 { format!(" over {}", duration(map.window_s() * 1000.0)) } else { String::new() },
            share(BUSY),
        );
        let mut document = Document::open(head);
        let mut edits = vec![Edit::Set { path: "name".to_owned(), value: json!(name) }];
        let brokers: Fields<String, Value> =
            self.brokers.iter().map(|(name, kind)| (name.clone(), json!({ "kind": kind }))).collect();
        if !brokers.is_empty() {
            edits.push(Edit::Set { path: "brokers".to_owned(), value: Value::Object(brokers) });
        }
        // Those who begin first, then in the order in which messages pass.
        let rank = |node: &Node| match node.kind {
            "producer" => 0,
            "consumer" => 2,
            "service" | "store" => 3,
            _ => 1,
        };
        self.nodes.sort_by_key(rank);
        let total: f64 = map.edges.iter().map(|edge| edge.of_itself).map(|messages| self.rate(messages)).sum();
        edits.extend(self.nodes.iter().map(|node| Edit::AddNode {
            id: node.id.clone(),
            kind_name: node.kind.to_owned(),
            fields: node.fields.clone(),
            position: None,
        }));
        let scenario = scenario(total);
        edits.push(Edit::Set { path: "scenarios".to_owned(), value: json!({ "default": scenario }) });
        document.apply("Draw", &edits)?;
        Ok(document.text().to_owned())
    }
}

/// As long as it takes to see enough, and no longer.
fn scenario(per_s: f64) -> Value {
    let lengths =
        [("10s", 10.0, "1s"), ("1m", 60.0, "5s"), ("10m", 600.0, "1m"), ("2h", 7200.0, "10m"), ("1d", 86_400.0, "1h")];
    let usual = lengths[2];
    let enough = |(_, seconds, _): &&(&str, f64, &str)| seconds * per_s >= MESSAGES.1;
    let few = |(_, seconds, _): &&(&str, f64, &str)| seconds * per_s <= MESSAGES.0;
    let chosen = if usual.1 * per_s > MESSAGES.0 {
        lengths.iter().take(2).rev().find(few).unwrap_or(&lengths[0])
    } else {
        lengths.iter().skip(2).find(enough).unwrap_or(lengths.last().unwrap_or(&usual))
    };
    json!({ "duration": chosen.0, "warmup": chosen.2, "seed": 1, "replications": 4 })
}

/// Where each message surely leads to the next, for ever, one in a hundred does not: what was seen ended too.
pub(super) fn without_endless_cycles(text: String) -> Result<String, EditError> {
    let mut document = Document::open(text);
    for _ in 0..100 {
        let cycle = document.problems().iter().find(|problem| problem.code == "endless-cycle");
        let Some(path) = cycle.map(|problem| problem.path.clone()) else { break };
        let Some(Value::Array(mut publishes)) = document.value(&path) else { break };
        for publish in &mut publishes {
            if let Value::Object(fields) = publish {
                fields.entry("probability").or_insert(json!("99%"));
            }
        }
        document.apply("Open", &[Edit::Set { path, value: Value::Array(publishes) }])?;
    }
    Ok(document.text().to_owned())
}
