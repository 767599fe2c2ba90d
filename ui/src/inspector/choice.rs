//! A value that has several forms (a distribution, a load, a backoff): the form, and a field for each of its values.

use leptos::prelude::*;
use serde_json::Value;

use super::{
    absent::standing,
    field::{Offer, Select, spec_field},
    place::Place,
    preview::Preview,
    spec::{Choice, Field, Form, Shape},
};
use crate::{state::app, text::field as t};

/// What fields there are: the form, where its values stand, and how many rows it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outline {
    word: &'static str,
    below: &'static str,
    rows: usize,
}

fn outline(choice: Choice, value: &Value) -> Option<Outline> {
    let form = choice.form(value)?;
    let below = choice.below(form, value);
    let rows = if below.is_empty() { value } else { value.get(below).unwrap_or(&Value::Null) };
    let rows = if matches!(form.shape, Shape::Rows(_)) { rows.as_array().map_or(0, Vec::len) } else { 0 };
    Some(Outline { word: form.word, below, rows })
}

/// The form and its values.
#[component]
pub(super) fn ChoiceField(place: Place, field: Field, choice: Choice) -> impl IntoView {
    let app = app();
    let written = Memo::new(move |_| place.value(app));
    // Only the form decides which fields there are: typing in one must not make it anew.
    let outline = Memo::new(move |_| written.with(|w| w.as_ref().and_then(|w| outline(choice, w))));
    let shown = Memo::new(move |_| match outline.get() {
        Some(outline) => outline.word.to_owned(),
        // What has no form of its own stays visible.
        None => written.with(|w| w.as_ref().map(|_| t::IN_YAML.to_string()).unwrap_or_default()),
    });
    let words = Signal::derive(move || choice.forms().iter().map(|form| Offer::word(form.word)).collect());
    let choose = move |word: String| {
        if word != shown.get_untracked() && word != t::IN_YAML.now() {
            let old = written.get_untracked();
            place.write(app, (!word.is_empty()).then(|| choice.template(&word, old.as_ref())), field.instead_of);
        }
    };
    let standing = standing(app, place, field);
    let title = move || standing.with(|s| s.because.clone());
    view! {
        <label class="field" title=title>
            <span>{field.label}</span>
            <Select place may_go=field.may_go() standing shown=shown.into() words choose />
        </label>
        <div class="subfields">
            {move || outline.get().and_then(|now| {
                let form = choice.forms().iter().find(|form| form.word == now.word)?;
                Some(values(place, form, now))
            })}
            {matches!(choice, Choice::Distribution | Choice::Load).then(|| view! { <Preview choice written /> })}
        </div>
    }
}

/// A field for each value of a form.
fn values(place: Place, form: &Form, outline: Outline) -> AnyView {
    let base = if outline.below.is_empty() { place } else { place.below(outline.below) };
    match form.shape {
        Shape::Bare => ().into_any(),
        // Its path is the word's, or that of it all.
        Shape::One(field) => spec_field(base, field.here()),
        Shape::Pair(one, other) => [one, other].map(|field| spec_field(base, field)).collect_view().into_any(),
        Shape::Map(fields) => fields.iter().map(|field| spec_field(base, *field)).collect_view().into_any(),
        Shape::Rows(fields) => {
            let rows = (0..outline.rows).map(|row| view! { <Row base row fields alone=outline.rows == 1 /> });
            view! { {rows.collect_view()} <AddRow base rows=outline.rows /> }.into_any()
        }
    }
}

/// One row of a list of values.
#[component]
fn Row(base: Place, row: usize, fields: &'static [Field], alone: bool) -> impl IntoView {
    let app = app();
    let place = base.below(&row.to_string());
    view! {
        <div class="value-row">
            <div>{fields.iter().map(|field| spec_field(place, *field)).collect_view()}</div>
            <button
                class="mini"
                disabled=alone
                title=t::REMOVE
                aria-label=t::REMOVE
                data-test=format!("remove-{}", place.field())
                on:click=move |_| { place.write(app, None, ""); }
            >
                "×"
            </button>
        </div>
    }
}

/// Adds a row like the last one.
#[component]
fn AddRow(base: Place, rows: usize) -> impl IntoView {
    let app = app();
    let add = move |_| {
        let last = base.below(&rows.saturating_sub(1).to_string());
        if let Some(value) = last.value(app) {
            base.below(&rows.to_string()).write(app, Some(value), "");
        }
    };
    view! {
        <button class="mini add-row" data-test=format!("add-{}", base.field()) on:click=add>{t::ADD_ROW}</button>
    }
}
