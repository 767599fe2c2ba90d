//! Places that fields show: one value, or the same setting of several things at once; and what writing there means.

use leptos::prelude::*;
use serde_json::{Map, Value};
use thalweg_flow::{BrokerKind, Edit, defaults::Supplied};

use super::spec::{needed, others};
use crate::{
    actions::edit::quoted,
    state::{App, OpenDocument},
    text,
};

/// What a panel shows: one or several things of the same sort.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    /// Their paths; empty text is the document itself.
    pub(super) roots: Vec<String>,
    /// What a step calls them.
    pub(super) name: String,
}

impl Subject {
    /// One thing of a section of the document.
    pub(super) fn one(section: &str, id: &str) -> Self {
        Subject { roots: vec![format!("{section}.{}", quoted(id))], name: id.to_owned() }
    }

    /// Nodes.
    pub(super) fn nodes(ids: &[String]) -> Self {
        let roots = ids.iter().map(|id| format!("nodes.{}", quoted(id))).collect();
        let name = match ids {
            [only] => only.clone(),
            many => text::many(many.len(), text::noun::NODE),
        };
        Subject { roots, name }
    }

    /// The document itself.
    pub(super) fn flow() -> Self {
        Subject { roots: vec![String::new()], name: text::FLOW.now().to_owned() }
    }
}

/// What is written at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// Nothing.
    Nothing,
    /// The same everywhere.
    One(Value),
    /// Not the same everywhere.
    Several,
}

impl Held {
    fn of(values: impl IntoIterator<Item = Option<Value>>) -> Held {
        let mut values = values.into_iter();
        let first = values.next().flatten();
        if values.any(|other| other != first) {
            return Held::Several;
        }
        first.map_or(Held::Nothing, Held::One)
    }

    /// The value, when it is one.
    pub(super) fn one(&self) -> Option<&Value> {
        match self {
            Held::One(value) => Some(value),
            Held::Nothing | Held::Several => None,
        }
    }
}

/// A setting of what a panel shows.
#[derive(Clone, Copy)]
pub(super) struct Place {
    subject: StoredValue<Subject>,
    field: StoredValue<String>,
}

impl Place {
    /// The setting at `field` of the subject.
    pub(super) fn new(subject: &Subject, field: impl Into<String>) -> Self {
        Place { subject: StoredValue::new(subject.clone()), field: StoredValue::new(field.into()) }
    }

    /// Its path below the subject.
    pub(super) fn field(self) -> String {
        self.field.get_value()
    }

    /// A place below this one.
    pub(super) fn below(self, path: &str) -> Place {
        Place { subject: self.subject, field: StoredValue::new(join(&self.field(), path)) }
    }

    /// Another setting of the same subject.
    pub(super) fn beside(self, field: &str) -> Place {
        Place { subject: self.subject, field: StoredValue::new(field.to_owned()) }
    }

    fn paths(self) -> Vec<String> {
        let field = self.field();
        self.subject.with_value(|s| s.roots.iter().map(|root| join(root, &field)).collect())
    }

    /// What is written there; reactive.
    pub(super) fn held(self, app: App) -> Held {
        app.document_drawn(|d| match d {
            Some(d) => Held::of(self.paths().iter().map(|path| d.value(path))),
            None => Held::Nothing,
        })
    }

    /// The only value that is written there; reactive.
    pub(super) fn value(self, app: App) -> Option<Value> {
        self.held(app).one().cloned()
    }

    /// What the broker supplies where nothing is written; none where several brokers say different things. Reactive.
    pub(super) fn supplied(self, app: App) -> Option<Supplied> {
        app.document_drawn(|d| {
            let d = d?;
            let mut all = self.paths().into_iter().map(|path| d.supplied(&path));
            let first = all.next().flatten()?;
            all.all(|other| other == Some(first)).then_some(first)
        })
    }

    /// The broker that has a say here, as far as fields are sorted by it.
    pub(super) fn broker(self, app: App) -> BrokerKind {
        app.document.with_untracked(|d| {
            let (Some(d), Some(path)) = (d.as_ref(), self.paths().into_iter().next()) else {
                return BrokerKind::Generic;
            };
            broker_at(d, &path)
        })
    }

    /// Makes edits that write a value there, or with none remove it.
    pub(super) fn edits(self, document: &OpenDocument, value: Option<&Value>, instead_of: &str) -> Vec<Edit> {
        let field = self.field();
        let roots = self.subject.with_value(|s| s.roots.clone());
        roots.iter().flat_map(|root| edits(document, root, &field, value, instead_of)).collect()
    }

    /// Writes a value there, or removes what is written, in one step.
    pub(super) fn write(self, app: App, value: Option<Value>, instead_of: &str) -> bool {
        let edits = app.document.with_untracked(|d| d.as_ref().map(|d| self.edits(d, value.as_ref(), instead_of)));
        let (field, name) = (self.field(), self.subject.with_value(|s| s.name.clone()));
        let step = if value.is_some() { text::step_set(&name, &field) } else { text::step_unset(&name, &field) };
        let done = edits.is_some_and(|edits| edits.is_empty() || app.edit(&step, &edits));
        // A field must not show the value before once more until this one is drawn.
        app.tell_drawn();
        done
    }

    /// Why a value may not be written there.
    pub(super) fn refusal(self, app: App, value: &Value, instead_of: &str) -> Option<String> {
        let below = self.subject.with_value(|s| s.roots.first().cloned().unwrap_or_default());
        app.document.with_untracked(|d| {
            let d = d.as_ref()?;
            d.trial(&self.edits(d, Some(value), instead_of), &below).err()
        })
    }
}

fn join(root: &str, field: &str) -> String {
    match (root, field) {
        ("", field) => field.to_owned(),
        (root, "") => root.to_owned(),
        (root, field) => format!("{root}.{field}"),
    }
}

/// The broker of a node that is a channel, or of the channel that an entry of `subscribes` names.
fn broker_at(document: &OpenDocument, path: &str) -> BrokerKind {
    let flow = document.flow();
    let mut words = path.split('.').skip(1);
    let id = words.next().unwrap_or_default();
    let channel = match (words.next(), words.next()) {
        (Some("subscribes"), Some(index)) => {
            let from = document.value(&format!("nodes.{id}.subscribes.{index}.from"));
            from.as_ref().and_then(Value::as_str).and_then(|from| flow.nodes.get(from))
        }
        _ => flow.nodes.get(id),
    };
    channel.map_or(BrokerKind::Generic, |channel| flow.broker_of(&channel.kind))
}

/// What writing a value at a field of one thing means: a map that is missing is written with all that it needs, and a map
/// goes when what it needs goes. `instead_of` names a key beside the field that goes when this one comes.
pub(super) fn edits(
    document: &OpenDocument,
    root: &str,
    field: &str,
    value: Option<&Value>,
    instead_of: &str,
) -> Vec<Edit> {
    let (above, key) = field.rsplit_once('.').unwrap_or(("", field));
    let map = above.rsplit('.').next().unwrap_or_default();
    let is_needed = needed(map).iter().any(|(needed, _)| *needed == key);
    let above_path = join(root, above);
    let is_there = above.is_empty() || document.value(&above_path).is_some();
    let path = join(root, field);
    match value {
        None if is_needed => vec![Edit::Unset { path: above_path }],
        None => vec![Edit::Unset { path }],
        Some(value) if !is_there && !needed(map).is_empty() => {
            let mut whole: Map<String, Value> = Map::from_iter([(key.to_owned(), value.clone())]);
            whole.extend(others(map, key));
            vec![Edit::Set { path: above_path, value: Value::Object(whole) }]
        }
        Some(value) => {
            let mut edits = vec![Edit::Set { path, value: value.clone() }];
            let other = join(&above_path, instead_of);
            if !instead_of.is_empty() && document.value(&other).is_some() {
                edits.push(Edit::Unset { path: other });
            }
            edits
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use thalweg_flow::Remember;
    use thalweg_protocol::OpenedFile;

    use super::*;

    fn open() -> OpenDocument {
        let text = "thalweg: 1\nname: T\nnodes:\n  t: { kind: topic }\n  pay:\n    kind: consumer\n    subscribes: [{ from: t }]\n    \
                    service_time: { lognormal: { mean: 18ms, p99: 90ms } }\n    batch: { size: 5, wait: 1s }\n";
        OpenDocument::open(OpenedFile { document: 1, path: None, name: "t".into(), text: text.into() })
    }

    fn after(field: &str, value: Option<Value>, instead_of: &str) -> OpenDocument {
        let mut document = open();
        let edits = edits(&document, "nodes.pay", field, value.as_ref(), instead_of);
        document.apply(Remember::default(), &edits).unwrap();
        assert!(document.problems().is_empty(), "{:?}", document.problems());
        document
    }

    #[test]
    fn a_map_that_is_missing_comes_whole() {
        let document = after("retry.backoff", Some(json!("2s")), "");
        assert_eq!(document.value("nodes.pay.retry"), Some(json!({ "backoff": "2s", "attempts": 3 })));
        let document = after("idempotent.window", Some(json!("1h")), "");
        assert_eq!(document.value("nodes.pay.idempotent"), Some(json!({ "window": "1h", "key": "event_id" })));
        let document = after("failure.rate", Some(json!("1%")), "");
        assert_eq!(document.value("nodes.pay.failure"), Some(json!({ "rate": "1%" })));
    }

    #[test]
    fn a_map_goes_with_what_it_needs() {
        assert_eq!(after("batch.wait", None, "").value("nodes.pay.batch"), None);
        assert_eq!(after("batch.size", Some(json!(9)), "").value("nodes.pay.batch.size"), Some(json!(9)));
    }

    #[test]
    fn one_of_two_takes_the_place_of_the_other() {
        let document = after("service_time.lognormal.cv", Some(json!(1.5)), "p99");
        assert_eq!(document.value("nodes.pay.service_time.lognormal"), Some(json!({ "mean": "18ms", "cv": 1.5 })));
    }

    #[test]
    fn several_values_are_told_from_one() {
        let one = |text: &str| Some(json!(text));
        assert_eq!(Held::of([one("a"), one("a")]), Held::One(json!("a")));
        assert_eq!(Held::of([one("a"), None]), Held::Several);
        assert_eq!(Held::of([None, None]), Held::Nothing);
    }
}
