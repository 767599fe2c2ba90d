//! Fields, or the text of the same thing beside the drawing.

use leptos::prelude::*;

use crate::{kit::tab, problems::YamlText, text::inspector as t};

/// Which is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Properties,
    Yaml,
}

/// The two to choose from.
#[component]
pub(super) fn Tabs(shown: RwSignal<Tab>) -> impl IntoView {
    view! {
        <div class="tabs side-tabs" role="tablist">
            {tab(shown, Tab::Properties, "inspect-properties", t::PROPERTIES)}
            {tab(shown, Tab::Yaml, "inspect-yaml", t::YAML)}
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
