//! The problems panel: what is wrong with the flow, and where.

use leptos::prelude::*;

/// The panel below the canvas in the design lens.
#[component]
pub(crate) fn Problems() -> impl IntoView {
    view! { <div class="problems" data-test="problems"></div> }
}
