//! A node: its name and its fields.

use leptos::{ev, prelude::*};

use super::{
    group::{FieldGroup, Sections},
    lists::EntryLists,
    place::{Place, Subject},
    spec::{COMMON, sections},
};
use crate::{
    canvas::node_of_path,
    problems::PanelProblems,
    state::app,
    text::{self, field as t},
};

/// The panel of one node.
#[component]
pub(super) fn NodePanel(id: String, kind: &'static str) -> impl IntoView {
    let app = app();
    let place = Place::new(&Subject::nodes(std::slice::from_ref(&id)), "");
    let of_node = id.clone();
    let rename = id.clone();
    view! {
        <NameHead
            name=id.clone()
            test="rename-node"
            sub=kind.to_owned()
            rename=Callback::new(move |to: String| app.rename_node(&rename, &to))
        />
        <PanelProblems is_mine=Callback::new(move |path: String| node_of_path(&path) == Some(of_node.as_str())) />
        <Sections place sections=sections(kind) />
        <EntryLists id kind />
        <h3 class="heading">{text::ABOUT}</h3>
        <FieldGroup place fields=COMMON.to_vec() />
    }
}

/// The name of what is shown, which can be changed, and what it is.
#[component]
pub(super) fn NameHead(
    name: String,
    test: &'static str,
    sub: String,
    /// Gives it another name; false when that cannot be.
    rename: Callback<String, bool>,
) -> impl IntoView {
    let old = name.clone();
    let change = move |event: web_sys::Event| {
        // A refused name is put back, so that the field does not say what is not.
        if !rename.run(event_target_value(&event)) {
            event_target::<web_sys::HtmlInputElement>(&event).set_value(&old);
        }
    };
    let on_key = |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            // Leaving the field takes the name over.
            drop(event_target::<web_sys::HtmlElement>(&event).blur());
        }
    };
    view! {
        <header class="panel-head">
            <input
                class="title-input"
                data-test=test
                aria-label=t::NAME
                spellcheck="false"
                value=name
                on:change=change
                on:keydown=on_key
            />
            <span class="sub">{sub}</span>
        </header>
    }
}
