//! A button that puts a text on the clipboard.

use js_sys::Reflect;
use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, ErrorCode};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

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
    let navigator = window().navigator();
    // Pages outside of a secure context have no clipboard.
    let has_clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|found| found.is_truthy());
    let written = has_clipboard.then(|| navigator.clipboard().write_text(value));
    spawn_local(async move {
        let done = match written {
            Some(written) => JsFuture::from(written).await.is_ok(),
            None => false,
        };
        if done {
            app.tell(text::COPIED);
        } else {
            app.fail(&ApiError::new(ErrorCode::Internal, text::COPY_FAILED));
        }
    });
}
