//! A button that puts a text on the clipboard.

use leptos::prelude::*;

use crate::{
    state::{App, app},
    text::traces as text,
};

/// A small button beside a value.
#[component]
pub(crate) fn Copy(
    /// What is copied.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let app = app();
    view! {
        <button class="copy" title=text::COPY aria-label=text::COPY on:click=move |_| copy(app, &value)>
            <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M4 4V1.5h6.5V8H8M1.5 4H8v6.5H1.5z" /></svg>
        </button>
    }
}

/// Puts a text on the clipboard and tells how it went.
pub(crate) fn copy(app: App, value: &str) {
    app.copy_text(value);
}
