//! One field: shows what is written or what holds without it, judges while one types, and changes the document when the
//! field is left or Enter is pressed. What the document's reader refuses is not applied.

use leptos::{ev, prelude::*};
use thalweg_protocol::limits::DOCUMENT_BYTES;

use super::{
    absent::{Standing, footnote, standing},
    names,
    place::{Held, Place},
    spec::{Field, Input},
    value,
};
use crate::{kit::Prose, state::app, text::field as t};

/// Documents above this size are judged when a field is left, not at every key.
const JUDGE_WHILE_TYPING: usize = DOCUMENT_BYTES / 20;

/// The field that a table asks for, below a place.
pub(super) fn spec_field(base: Place, field: Field) -> AnyView {
    let place = base.below(field.path);
    match field.input {
        Input::Text | Input::Value(_) | Input::Values(_) | Input::Free(_) => {
            view! { <TextField place field /> }.into_any()
        }
        Input::Words(_) | Input::Switch | Input::Name(_) => view! { <WordField place field /> }.into_any(),
        Input::Choice(choice) => view! { <super::choice::ChoiceField place field choice /> }.into_any(),
    }
}

/// What a field tells when the pointer rests on it: what may be typed, and where its default comes from.
fn told(field: Field, standing: &Standing) -> String {
    let accepts = field.accepts();
    [accepts.now(), &standing.because].iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join("\n")
}

/// A line of text.
#[component]
fn TextField(place: Place, field: Field) -> impl IntoView {
    let app = app();
    let held = Memo::new(move |_| place.held(app));
    let shown =
        Memo::new(move |_| held.with(|h| h.one().and_then(|v| value::shown(field.input, v)).unwrap_or_default()));
    // A value that has no short text is not edited here.
    let elsewhere = move || held.with(|h| h.one().is_some_and(|v| value::shown(field.input, v).is_none()));
    let standing = standing(app, place, field);
    let draft = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<String>);
    let meant = move |typed: &str| (!typed.trim().is_empty()).then(|| value::typed(field.input, typed));
    let judge = move |typed: &str| meant(typed).and_then(|value| place.refusal(app, &value, field.instead_of));
    let small =
        move || app.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.text().len() < JUDGE_WHILE_TYPING));
    let commit = move || {
        let Some(typed) = draft.get_untracked() else { return };
        if typed.trim() == shown.get_untracked() && held.with_untracked(|h| *h != Held::Several) {
            draft.set(None);
            error.set(None);
            return;
        }
        if typed.trim().is_empty() && !field.may_go() {
            // What cannot be without it keeps it.
            draft.set(None);
            error.set(None);
            return;
        }
        let refusal = judge(&typed);
        if refusal.is_none() {
            place.write(app, meant(&typed), field.instead_of);
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
    let path = place.field();
    let (error_test, source_test) = (format!("field-error-{path}"), format!("source-{path}"));
    let unset = move || held.with(|h| h.one().is_none()) && draft.with(Option::is_none);
    let behind =
        move || if unset() { footnote(standing, source_test.clone()).into_any() } else { field.hint.now().into_any() };
    let title = move || if elsewhere() { t::IN_YAML.to_string() } else { standing.with(|s| told(field, s)) };
    view! {
        <label class="field" title=title>
            <span>{field.label}</span>
            <span class="input-box" class:unset=unset>
                <input
                    class="input"
                    class:invalid=move || error.with(Option::is_some)
                    data-test=format!("field-{path}")
                    spellcheck="false"
                    autocomplete="off"
                    aria-invalid=move || error.with(Option::is_some).to_string()
                    placeholder=move || standing.with(|s| s.value.clone())
                    disabled=elsewhere
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
                <i>{behind}</i>
            </span>
            {move || error.get().map(|error| view! { <em data-test=error_test.clone() role="alert"><Prose text=error /></em> })}
        </label>
    }
}

/// One of some words; the first entry takes away what is written.
#[component]
fn WordField(place: Place, field: Field) -> impl IntoView {
    let app = app();
    let shown = Memo::new(move |_| place.value(app).and_then(|v| value::shown(field.input, &v)).unwrap_or_default());
    let words = Signal::derive(move || match field.input {
        Input::Words(words) => words.iter().map(|word| Offer::word(word)).collect(),
        Input::Switch => vec![Offer::new("true", &t::YES), Offer::new("false", &t::NO)],
        Input::Name(names) => names::offered(app, names, place).iter().map(|name| Offer::word(name)).collect(),
        _ => Vec::new(),
    });
    let choose = move |word: String| {
        if word != shown.get_untracked() {
            let value = (!word.is_empty()).then(|| value::typed(field.input, &word));
            place.write(app, value, field.instead_of);
        }
    };
    let standing = standing(app, place, field);
    view! {
        <label class="field" title=move || standing.with(|s| told(field, s))>
            <span>{field.label}</span>
            <Select place may_go=field.may_go() standing shown=shown.into() words choose />
        </label>
    }
}

/// An entry of a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    value: String,
    label: String,
}

impl Offer {
    fn new(value: &str, label: &str) -> Self {
        Offer { value: value.to_owned(), label: label.to_owned() }
    }

    /// A word that stands for itself.
    pub(super) fn word(word: &str) -> Self {
        Offer::new(word, word)
    }
}

/// A list to choose from; the empty word stands for what holds without a choice.
#[component]
pub(super) fn Select(
    place: Place,
    /// Whether nothing may be chosen.
    may_go: bool,
    standing: Memo<Standing>,
    shown: Signal<String>,
    words: Signal<Vec<Offer>>,
    choose: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let options = move || {
        let mut words = words.get();
        let now = shown.get();
        // What is written but unknown stays visible.
        if !now.is_empty() && !words.iter().any(|word| word.value == now) {
            words.push(Offer::word(&now));
        }
        words
            .into_iter()
            .map(|Offer { value, label }| {
                let compared = value.clone();
                view! { <option value=value selected=move || shown.get() == compared>{label}</option> }
            })
            .collect_view()
    };
    let unset = move || shown.with(String::is_empty);
    let path = place.field();
    let source_test = format!("source-{path}");
    view! {
        <span class="input-box" class:unset=unset>
            <select
                class="input"
                data-test=format!("field-{path}")
                prop:value=move || shown.get()
                on:change=move |event| choose(event_target_value(&event))
            >
                {move || (may_go || unset()).then(|| view! {
                    <option value="" selected=unset>{move || standing.with(|s| s.value.clone())}</option>
                })}
                {options}
            </select>
            <i class="of-select">{move || unset().then(|| footnote(standing, source_test.clone()))}</i>
        </span>
    }
}
