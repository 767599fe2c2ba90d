//! Handlers as consumers.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};
use thalweg_flow::free_name;

use super::fit::{fit, share};
use super::{Drawing, MOST_CALLS, RARE, per_message, spans, with};
use crate::map::{Form, Handler};

impl Drawing<'_> {
    pub(super) fn finish_handlers(&mut self) {
        let map = self.map;
        let mut groups: BTreeSet<(usize, String)> = BTreeSet::new();
        for (index, handler) in map.handlers.iter().enumerate() {
            let id = self.consumers[index].clone();
            let mut fields: Vec<(&str, Value)> = Vec::new();
            let fitted = fit(handler.own.or(handler.busy));
            let mut summary = format!("{} messages in {}", handler.messages, spans(handler.handlings));
            if let Some(fitted) = &fitted {
                let _ = write!(summary, "; own time {}", fitted.evidence);
            }
            if handler.redelivered > 0 {
                let _ = write!(summary, "; {} redelivered", handler.redelivered);
            }
            let from = self.source(index);
            let is_pushed = self.nodes.iter().any(|node| node.id == from && node.kind == "bus");
            let mut subscription = json!({ "from": from });
            if map.nodes[handler.channel].form == Some(Form::Topic)
                && let Some(group) = &handler.group
            {
                let name = free_name(group, |name| groups.contains(&(handler.channel, name.to_owned())));
                if name != *group {
                    self.notes
                        .push(format!("{id} shares the group {group} with another service; it is drawn with its own."));
                }
                groups.insert((handler.channel, name.clone()));
                subscription["group"] = json!(name);
            }
            fields.push(("summary", json!(summary + ".")));
            if !is_pushed {
                fields.push(("subscribes", json!([subscription])));
            }
            self.places(index, handler, &mut fields);
            if let Some(fitted) = fitted {
                fields.push(("service_time", fitted.value));
            }
            if handler.errors > 0 {
                let part = handler.errors as f64 / handler.handlings as f64;
                fields.push(("failure", json!({ "rate": share(part) })));
                fields.push(("retry", json!({ "attempts": handler.most_attempts.clamp(1, 1000) })));
            }
            if let Some(dead) = handler.dead_letters.and_then(|node| self.ids.get(&node).cloned()) {
                fields.push(("dead_letter", json!(dead)));
            }
            let calls = self.calls(handler);
            if !calls.is_empty() {
                fields.push(("calls", json!(calls)));
            }
            let publishes: Vec<Value> = (handler.sends.iter())
                .filter(|sends| Some(sends.channel) != handler.dead_letters)
                .flat_map(|sends| {
                    let succeeded = handler.messages.saturating_sub(handler.errors).max(1);
                    self.publish(sends.channel, sends.messages as f64 / succeeded as f64)
                })
                .collect();
            if !publishes.is_empty() {
                fields.push(("publishes", json!(publishes)));
            }
            self.add(&id, "consumer", fields);
        }
    }

    fn places(&self, index: usize, handler: &Handler, fields: &mut Vec<(&str, Value)>) {
        let (at_once, instances) = (self.at_once[index], self.map.nodes[handler.service].instances.max(1));
        if instances > 1 {
            fields.push(("instances", json!(instances)));
        }
        let each = at_once.div_ceil(instances);
        if each > 1 {
            fields.push(("concurrency", json!(each)));
        }
    }

    fn calls(&self, handler: &Handler) -> Vec<Value> {
        let mut all = Vec::new();
        for calls in &handler.calls {
            let part = per_message(handler, calls.calls);
            let id = self.called.get(&calls.node).filter(|_| part >= RARE);
            let Some(id) = id else { continue };
            let call = json!({ "service": id });
            if part < 0.995 {
                all.push(with(&call, "probability", json!(share(part))));
            } else {
                let times = (part.round() as u64).clamp(1, MOST_CALLS);
                all.extend((0..times).map(|_| call.clone()));
            }
        }
        all
    }
}
