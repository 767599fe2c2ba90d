//! A value that has several forms (a distribution, a load, a backoff): the form, and a field for each of its values.

use leptos::prelude::*;
use thalweg_flow::BrokerKind;

use super::{
    field::{Place, Select, TextField, WordField},
    value::{Choice, leaves, tag},
};
use crate::{
    state::{App, app},
    text,
};

/// The form and its values.
#[component]
pub(super) fn ChoiceField(place: Place, label: &'static str, default: &'static str, choice: Choice) -> impl IntoView {
    let app = app();
    let written = Memo::new(move |_| place.value(app));
    let shown = Memo::new(move |_| {
        written.with(|w| w.as_ref().and_then(|w| tag(w, choice.plain())).unwrap_or_default().to_owned())
    });
    let words = Signal::derive(move || choice.words().iter().map(|w| (*w).to_owned()).collect());
    let choose = move |word: String| {
        if word != shown.get_untracked() {
            let old = written.get_untracked();
            place.write(app, (!word.is_empty()).then(|| choice.template(&word, old.as_ref())));
        }
    };
    // Only the names of the values decide which fields there are: typing in one must not make it anew.
    let fields =
        Memo::new(move |_| written.with(|w| w.as_ref().filter(|w| !w.is_null()).map(leaves).unwrap_or_default()));
    let test = format!("field-{}", place.field());
    view! {
        <label class="field">
            <span>{label}</span>
            <Select test default=text::field::default(default) shown=shown.into() words choose />
        </label>
        <div class="subfields">
        {move || fields.get().into_iter().filter(|leaf| !(choice == Choice::Key && leaf.path.is_empty())).map(|leaf| {
            let label = leaf.label.split_once(' ').map_or(leaf.label.clone(), |(_, rest)| rest.to_owned());
            let label = if leaf.path.is_empty() || !leaf.path.contains('.') { plain_label(choice) } else { label };
            if leaf.path.ends_with("jitter") {
                let words = Signal::derive(|| ["none", "full", "equal", "decorrelated"].map(String::from).to_vec());
                return view! { <WordField place=place.below(&leaf.path) label default="none" words /> }.into_any();
            }
            view! { <TextField place=place.below(&leaf.path) label default="" hint="" /> }.into_any()
        }).collect_view()}
        </div>
    }
}

/// What the only value of a form is called.
fn plain_label(choice: Choice) -> String {
    match choice {
        Choice::Distribution => "mean",
        Choice::Load => "rate",
        Choice::Backoff => "delay",
        Choice::Window => "length",
        Choice::Key => "keys",
    }
    .to_owned()
}

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

/// Whether events wait or are routed at a node of this kind.
pub(super) fn is_channel(kind: &str) -> bool {
    matches!(kind, "topic" | "queue" | "exchange" | "bus")
}

/// What may own a channel: the declared brokers, then the kinds.
pub(super) fn brokers(app: App) -> Vec<String> {
    let mut names: Vec<String> =
        app.document.with(|d| d.as_ref().map(|d| d.flow().brokers.keys().cloned().collect()).unwrap_or_default());
    for kind in BROKERS {
        let name = kind.name().to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
