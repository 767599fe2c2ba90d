//! The inspector: what is selected, with its fields and figures.

use leptos::prelude::*;

/// The panel at the right.
#[component]
pub(crate) fn Inspector() -> impl IntoView {
    view! { <div class="inspector" data-test="inspector"></div> }
}
