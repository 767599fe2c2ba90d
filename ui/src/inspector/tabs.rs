//! Fields, or the text of the same thing beside the drawing.

use leptos::prelude::*;

use crate::{problems::YamlText, text::inspector as t};

/// Which is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Properties,
    Yaml,
}

/// The two to choose from.
#[component]
pub(super) fn Tabs(tab: RwSignal<Tab>) -> impl IntoView {
    let button = move |which: Tab, test: &'static str, label: crate::text::Word| {
        view! {
            <button
                role="tab"
                data-test=test
                aria-selected=move || (tab.get() == which).to_string()
                on:click=move |_| tab.set(which)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="tabs side-tabs" role="tablist">
            {button(Tab::Properties, "inspect-properties", t::PROPERTIES)}
            {button(Tab::Yaml, "inspect-yaml", t::YAML)}
        </div>
    }
}

/// The document's text, at what is selected.
#[component]
pub(super) fn SideText() -> impl IntoView {
    view! {
        <div class="side-text">
            <YamlText place=RwSignal::new(None) test="side-yaml" />
        </div>
    }
}
