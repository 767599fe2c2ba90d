//! The flow itself, while nothing is selected: its name, its sentence, its scenarios.

use leptos::prelude::*;
use serde_json::{Value, json};
use thalweg_flow::{Edit, Scenario};

use crate::{
    state::{App, OpenDocument, app},
    text,
};

/// The panel of the flow.
#[component]
pub(super) fn FlowPanel() -> impl IntoView {
    let app = app();
    let title = move || app.document.with(|d| d.as_ref().map(OpenDocument::title).unwrap_or_default());
    let scenarios = move || {
        app.document.with(|d| {
            d.as_ref().map(|d| d.flow().scenarios.clone().into_iter().collect::<Vec<_>>()).unwrap_or_default()
        })
    };
    view! {
        <header class="panel-head"><b>{title}</b><span class="sub">{text::FLOW}</span></header>
        <h3 class="heading">{text::ABOUT}</h3>
        <FlowField key="name" label=text::field::NAME />
        <FlowField key="summary" label=text::field::SUMMARY />
        <FlowField key="owner" label=text::field::OWNER />
        <h3 class="heading">{text::SCENARIOS}</h3>
        {move || {
            let scenarios = scenarios();
            if scenarios.is_empty() {
                return view! { <p class="note">{text::NO_SCENARIOS}</p> }.into_any();
            }
            scenarios.into_iter().map(|(name, scenario)| view! { <ScenarioCard name scenario /> }).collect_view().into_any()
        }}
        <p class="note">{text::SELECT_SOMETHING}</p>
    }
}

/// A text of the flow itself.
#[component]
fn FlowField(key: &'static str, label: &'static str) -> impl IntoView {
    let app = app();
    let written = Memo::new(move |_| {
        app.document
            .with(|d| d.as_ref().and_then(|d| d.value(key)))
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    });
    let change = move |typed: String| {
        let typed = typed.trim().to_owned();
        if typed == written.get_untracked() {
            return;
        }
        let path = key.to_owned();
        let edit = if typed.is_empty() { Edit::Unset { path } } else { Edit::Set { path, value: json!(typed) } };
        app.edit(&text::step_set_flow(key), &[edit]);
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <span class="input-box">
                <input
                    class="input"
                    data-test=format!("field-{key}")
                    placeholder=text::field::NOT_SET
                    prop:value=move || written.get()
                    on:change=move |event| change(event_target_value(&event))
                />
            </span>
        </label>
    }
}

/// A scenario: what it does and expects; a click chooses it.
#[component]
fn ScenarioCard(name: String, scenario: Scenario) -> impl IntoView {
    let app = app();
    let (chosen, compared) = (name.clone(), name.clone());
    let on = move || is_chosen(app, &compared);
    let test = format!("scenario-card-{name}");
    let mut facts = Vec::new();
    facts.extend(scenario.duration.map(|d| d.to_string()));
    facts.push(text::many(scenario.faults.len(), text::noun::FAULT));
    facts.push(text::many(scenario.expect.len(), text::noun::EXPECTATION));
    view! {
        <button
            class="scenario-card"
            class:on=on
            data-test=test
            on:click=move |_| app.choose_scenario(&chosen)
        >
            <b>{name}</b>
            <small>{facts.join(" · ")}</small>
            {scenario.summary.map(|summary| view! { <span>{summary}</span> })}
            {scenario.expect.into_iter().map(|e| view! { <code>{e.text}</code> }).collect_view()}
        </button>
    }
}

fn is_chosen(app: App, name: &str) -> bool {
    app.scenario.with(|s| s.as_deref().unwrap_or(text::DEFAULT_SCENARIO) == name)
}
