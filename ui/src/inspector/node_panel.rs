//! A node: its name and its fields.

use leptos::{ev, prelude::*};
use thalweg_flow::Severity;

use super::{
    field::SpecField,
    lists::EntryLists,
    spec::{COMMON, sections},
};
use crate::{canvas::node_of_path, kit::Prose, state::app, text};

/// The panel of one node.
#[component]
pub(super) fn NodePanel(id: String, kind: &'static str) -> impl IntoView {
    let app = app();
    let rename = {
        let id = id.clone();
        move |event: &web_sys::Event| {
            // A refused name is put back, so that the field does not say what is not.
            if !app.rename_node(&id, &event_target_value(event))
                && let Some(input) = event.target()
            {
                wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlInputElement>(input).set_value(&id);
            }
        }
    };
    let on_key = |event: ev::KeyboardEvent| {
        if event.key() == "Enter"
            && let Some(target) = event.target()
        {
            // Leaving the field takes the name over.
            drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(target).blur());
        }
    };
    let of_node = id.clone();
    let problems = move || {
        app.document.with(|d| {
            let mine = |p: &&thalweg_flow::Problem| node_of_path(&p.path) == Some(of_node.as_str());
            d.as_ref().map(|d| d.problems().iter().filter(mine).cloned().collect::<Vec<_>>()).unwrap_or_default()
        })
    };
    view! {
        <header class="panel-head">
            <input
                class="title-input"
                data-test="rename-node"
                aria-label=text::field::NAME
                spellcheck="false"
                value=id.clone()
                on:change=move |event| rename(&event)
                on:keydown=on_key
            />
            <span class="sub">{kind}</span>
        </header>
        {move || problems().into_iter().map(|problem| view! {
            <p class="panel-problem" class:bad=problem.severity == Severity::Error><Prose text=problem.message /></p>
        }).collect_view()}
        {sections(kind).iter().map(|section| view! {
            <h3 class="heading">{section.heading}</h3>
            {section.fields.iter().map(|field| view! { <SpecField node=id.clone() field=*field /> }).collect_view()}
        }).collect_view()}
        {sections(kind).is_empty().then(|| view! { <p class="note">{text::FIELDS_IN_YAML}</p> })}
        <EntryLists id=id.clone() />
        <h3 class="heading">{text::ABOUT}</h3>
        {COMMON.iter().map(|field| view! { <SpecField node=id.clone() field=*field /> }).collect_view()}
    }
}
