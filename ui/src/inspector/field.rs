//! One field: shows what is written or what holds without it, judges while one types, and changes the document when the
//! field is left or Enter is pressed. What the document's reader refuses is not applied.

use leptos::{ev, prelude::*};
use serde_json::{Value, json};
use thalweg_flow::Edit;
use thalweg_protocol::limits::DOCUMENT_BYTES;

use super::{spec::Input, value};
use crate::{
    actions::edit::quoted,
    kit::Prose,
    state::{App, app},
    text,
};

/// Documents above this size are judged when a field is left, not at every key.
const JUDGE_WHILE_TYPING: usize = DOCUMENT_BYTES / 20;

/// A value of a node.
#[derive(Clone, Copy)]
pub(super) struct Place {
    node: StoredValue<String>,
    field: StoredValue<String>,
}

impl Place {
    /// The value at `field`, below the node.
    pub(super) fn new(node: &str, field: impl Into<String>) -> Self {
        Place { node: StoredValue::new(node.to_owned()), field: StoredValue::new(field.into()) }
    }

    /// The field's path below the node.
    pub(super) fn field(self) -> String {
        self.field.get_value()
    }

    /// A place below this one.
    pub(super) fn below(self, path: &str) -> Place {
        let field = self.field();
        Place {
            node: self.node,
            field: StoredValue::new(if path.is_empty() { field } else { format!("{field}.{path}") }),
        }
    }

    fn node_path(self) -> String {
        format!("nodes.{}", quoted(&self.node.get_value()))
    }

    fn path(self) -> String {
        format!("{}.{}", self.node_path(), self.field())
    }

    /// What is written there; reactive.
    pub(super) fn value(self, app: App) -> Option<Value> {
        app.document.with(|d| d.as_ref().and_then(|d| d.value(&self.path())))
    }

    /// Writes a value there, or removes what is written.
    pub(super) fn write(self, app: App, value: Option<Value>) -> bool {
        app.set_field(&self.node.get_value(), &self.field(), value)
    }

    /// Why a value may not be written there.
    fn refusal(self, app: App, field: &str, value: Value) -> Option<String> {
        let edit = Edit::Set { path: format!("{}.{field}", self.node_path()), value };
        app.document.with_untracked(|d| d.as_ref().and_then(|d| d.trial(edit, &self.node_path()).err()))
    }
}

/// A line of text.
#[component]
pub(super) fn TextField(
    place: Place,
    #[prop(into)] label: String,
    #[prop(into)] default: String,
    #[prop(into)] hint: String,
    /// The map above it and the other keys that it needs, when it may be missing.
    #[prop(optional)]
    within: Option<(String, &'static [(&'static str, &'static str)])>,
) -> impl IntoView {
    let app = app();
    let written = Memo::new(move |_| place.value(app));
    let shown = Memo::new(move |_| written.with(|w| w.as_ref().and_then(value::shown).unwrap_or_default()));
    // A value that has no short text is not edited here.
    let elsewhere = move || written.with(|w| w.as_ref().is_some_and(|w| value::shown(w).is_none()));
    let within = StoredValue::new(within);
    let draft = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<String>);
    let edit = move |typed: &str| -> (String, Option<Value>) {
        let typed = typed.trim();
        if typed.is_empty() {
            return (place.field(), None);
        }
        let value = value::typed(typed, written.get_untracked().as_ref());
        match within.get_value() {
            Some((map, others)) if written.with_untracked(Option::is_none) && !has(app, place, &map) => {
                (map, Some(whole_map(&place.field(), value, others)))
            }
            _ => (place.field(), Some(value)),
        }
    };
    let judge = move |typed: &str| match edit(typed) {
        (field, Some(value)) => place.refusal(app, &field, value),
        (_, None) => None,
    };
    let small =
        move || app.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.text().len() < JUDGE_WHILE_TYPING));
    let commit = move || {
        let Some(typed) = draft.get_untracked() else { return };
        if typed.trim() == shown.get_untracked() {
            draft.set(None);
            error.set(None);
            return;
        }
        let refusal = judge(&typed);
        if refusal.is_none() {
            let (field, value) = edit(&typed);
            app.set_field(&place.node.get_value(), &field, value);
            draft.set(None);
        }
        error.set(refusal);
    };
    // A command (save, simulate, close, …) is about what is typed, not about what was there before.
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => commit(),
        _ if crate::kit::is_command(&event) => commit(),
        "Escape" => {
            event.stop_propagation();
            draft.set(None);
            error.set(None);
        }
        _ => {}
    };
    let field = place.field();
    let test = format!("field-{field}");
    let error_test = format!("field-error-{field}");
    let placeholder = text::field::default(&default);
    let unset = move || written.with(Option::is_none) && draft.with(Option::is_none);
    view! {
        <label class="field">
            <span title=label.clone()>{label.clone()}</span>
            <span class="input-box" class:unset=unset>
                <input
                    class="input"
                    class:invalid=move || error.with(Option::is_some)
                    data-test=test
                    spellcheck="false"
                    autocomplete="off"
                    aria-invalid=move || error.with(Option::is_some).to_string()
                    placeholder=placeholder
                    disabled=elsewhere
                    title=move || if elsewhere() { text::field::IN_YAML } else { "" }
                    prop:value=move || draft.get().unwrap_or_else(|| shown.get())
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        if small() {
                            error.set(judge(&typed));
                        }
                        draft.set(Some(typed));
                    }
                    on:keydown=on_key
                    on:blur=move |_| commit()
                />
                <i>{move || if unset() { String::new() } else { hint.clone() }}</i>
            </span>
            {move || error.get().map(|error| view! { <em data-test=error_test.clone() role="alert"><Prose text=error /></em> })}
        </label>
    }
}

/// Whether a map of the node is written.
fn has(app: App, place: Place, map: &str) -> bool {
    let path = format!("{}.{map}", place.node_path());
    app.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.value(&path).is_some()))
}

/// A map with one value that was typed and others that it needs. `field` is `map.key` or `list.0.map.key`.
fn whole_map(field: &str, value: Value, others: &[(&str, &str)]) -> Value {
    let key = field.rsplit('.').next().unwrap_or(field);
    let mut map = serde_json::Map::from_iter([(key.to_owned(), value)]);
    map.extend(others.iter().map(|(key, value)| ((*key).to_owned(), value::typed(value, None))));
    Value::Object(map)
}

/// One of some words; the first entry takes away what is written.
#[component]
pub(super) fn WordField(
    place: Place,
    #[prop(into)] label: String,
    #[prop(into)] default: String,
    words: Signal<Vec<String>>,
) -> impl IntoView {
    let app = app();
    let shown = Memo::new(move |_| place.value(app).as_ref().and_then(value::shown).unwrap_or_default());
    let choose = move |word: String| {
        if word != shown.get_untracked() {
            place.write(app, (!word.is_empty()).then(|| json!(word)));
        }
    };
    let default = text::field::default(&default);
    view! {
        <label class="field">
            <span>{label}</span>
            <Select test=format!("field-{}", place.field()) default shown=shown.into() words choose />
        </label>
    }
}

/// A list to choose from; the empty word stands for what holds without a choice.
#[component]
pub(super) fn Select(
    test: String,
    default: String,
    shown: Signal<String>,
    words: Signal<Vec<String>>,
    choose: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let options = move || {
        let mut words = words.get();
        let now = shown.get();
        // What is written but unknown stays visible.
        if !now.is_empty() && !words.contains(&now) {
            words.push(now);
        }
        words
            .into_iter()
            .map(|word| {
                let (value, compared) = (word.clone(), word.clone());
                view! { <option value=value selected=move || shown.get() == compared>{word}</option> }
            })
            .collect_view()
    };
    view! {
        <span class="input-box" class:unset=move || shown.with(String::is_empty)>
            <select
                class="input"
                data-test=test
                prop:value=move || shown.get()
                on:change=move |event| choose(event_target_value(&event))
            >
                <option value="" selected=move || shown.with(String::is_empty)>{default}</option>
                {options}
            </select>
        </span>
    }
}

/// The field that a specification asks for; `words` are what the flow has to choose from.
#[component]
pub(super) fn SpecField(
    node: String,
    field: super::spec::Field,
    /// The path of the list entry that the field is in.
    #[prop(optional, into)]
    within_entry: String,
) -> impl IntoView {
    let app = app();
    let place = Place::new(&node, format!("{within_entry}{}", field.path));
    let (label, default) = (field.label, field.default);
    match field.input {
        Input::Text => view! { <TextField place label default hint=field.hint /> }.into_any(),
        Input::Within(map, others) => {
            let map = format!("{within_entry}{map}");
            view! { <TextField place label default hint=field.hint within=(map, others) /> }.into_any()
        }
        Input::Words(words) => {
            let words = Signal::derive(move || words.iter().map(|w| (*w).to_owned()).collect());
            view! { <WordField place label default words /> }.into_any()
        }
        Input::Channel => {
            let words = Signal::derive(move || {
                app.scene.with(|s| {
                    s.nodes.values().filter(|n| super::choice::is_channel(n.kind)).map(|n| n.id.clone()).collect()
                })
            });
            view! { <WordField place label default words /> }.into_any()
        }
        Input::Broker => {
            let words = Signal::derive(move || super::choice::brokers(app));
            view! { <WordField place label default words /> }.into_any()
        }
        Input::Choice(choice) => view! { <super::choice::ChoiceField place label default choice /> }.into_any(),
    }
}
