//! The document's text, to be read and mended by hand. What is typed is taken over when the field is left or with
//! Ctrl+Enter, as one step that can be undone.

use leptos::{ev, prelude::*};

use crate::{
    state::{OpenDocument, app},
    text,
};

/// The text of the document.
#[component]
pub(super) fn YamlText() -> impl IntoView {
    let app = app();
    let written = move || app.document.with(|d| d.as_ref().map(|d| d.text().to_owned()).unwrap_or_default());
    let apply = move |typed: String| {
        if app.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.text() != typed)) {
            app.document.update(|d| {
                if let Some(d) = d {
                    OpenDocument::set_text(d, text::STEP_TEXT, typed);
                }
            });
            app.keep_selection();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.stop_propagation();
            event.prevent_default();
            apply(event_target_value(&event));
        }
    };
    view! {
        <textarea
            class="yaml"
            data-test="yaml"
            spellcheck="false"
            autocomplete="off"
            aria-label=text::YAML
            prop:value=written
            on:keydown=on_key
            on:change=move |event| apply(event_target_value(&event))
        ></textarea>
    }
}
