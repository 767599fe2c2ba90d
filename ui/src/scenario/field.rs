//! A short text of the document at a path: judged while one types, written when it is left.

use leptos::{ev, prelude::*};
use serde_json::{Value, json};
use thalweg_flow::Edit;

use super::desk::Desk;
use crate::{
    kit::{Prose, is_command},
    text::{Word, scenario as text},
};

/// A text field for `below.key`; left empty it takes the value away.
#[component]
pub(super) fn PathField(
    desk: Desk,
    /// The path of the map.
    below: Signal<String>,
    /// The key in it.
    key: &'static str,
    label: Word,
    /// What holds when nothing is written.
    default: Signal<String>,
) -> impl IntoView {
    let app = desk.app;
    let path = move || format!("{}.{key}", below.get_untracked());
    let written = Memo::new(move |_| {
        let path = format!("{}.{key}", below.get());
        app.document.with(|d| d.as_ref().and_then(|d| d.value(&path)))
    });
    let shown = Memo::new(move |_| written.with(|value| value.as_ref().map(shown).unwrap_or_default()));
    let draft = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<String>);
    let edit = move |typed: &str| match typed.trim() {
        "" => Edit::Unset { path: path() },
        typed => Edit::Set { path: path(), value: value(typed, written.get_untracked().as_ref()) },
    };
    let judge = move |typed: &str| {
        let edit = edit(typed);
        app.document.with_untracked(|d| d.as_ref().and_then(|d| d.trial(&[edit], &below.get_untracked()).err()))
    };
    let commit = move || {
        let Some(typed) = draft.try_get_untracked().flatten() else { return };
        if typed.trim() == shown.get_untracked() {
            draft.set(None);
            error.set(None);
            return;
        }
        let refusal = judge(&typed);
        if refusal.is_none() && app.edit(&text::step_set(label), &[edit(&typed)]) {
            draft.set(None);
        }
        error.set(refusal);
    };
    let key_down = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => commit(),
        _ if is_command(&event) => commit(),
        "Escape" => {
            event.stop_propagation();
            draft.set(None);
            error.set(None);
        }
        _ => {}
    };
    view! {
        <label class="path-field">
            <span>{label}</span>
            <input
                class="input"
                class:invalid=move || error.with(Option::is_some)
                data-test=format!("scenario-field-{key}")
                spellcheck="false"
                autocomplete="off"
                aria-invalid=move || error.with(Option::is_some).to_string()
                placeholder=move || default.get()
                prop:value=move || draft.get().unwrap_or_else(|| shown.get())
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    error.set(judge(&typed));
                    draft.set(Some(typed));
                }
                on:keydown=key_down
                on:blur=move |_| commit()
            />
            {move || error.get().map(|error| view! { <em role="alert"><Prose text=error /></em> })}
        </label>
    }
}

/// A word as what holds when nothing is written.
pub(super) fn word(word: Word) -> Signal<String> {
    Signal::derive(move || word.now().to_owned())
}

/// A value as one edits it: texts bare, everything else as JSON, which is YAML too.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What was typed, as the document means it: numbers as numbers, maps as maps, the rest as text.
fn value(typed: &str, before: Option<&Value>) -> Value {
    if before.is_some_and(Value::is_string) && !typed.starts_with('{') {
        return json!(typed);
    }
    match serde_json::from_str::<Value>(typed) {
        Ok(value @ (Value::Number(_) | Value::Object(_) | Value::Array(_) | Value::Bool(_))) => value,
        _ => json!(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_means_what_the_document_would_mean() {
        assert_eq!(value("90s", None), json!("90s"));
        assert_eq!(value("3", None), json!(3));
        assert_eq!(value("3", Some(&json!("a"))), json!("3"));
        assert_eq!(value("{\"exponential\":\"3m\"}", Some(&json!("3m"))), json!({ "exponential": "3m" }));
        assert_eq!(shown(&json!({ "exponential": "3m" })), "{\"exponential\":\"3m\"}");
    }
}
