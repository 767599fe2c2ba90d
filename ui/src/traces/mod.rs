//! The traces lens: the list of what arrived over OTLP, and the waterfall of one trace.

use leptos::prelude::*;

/// The whole lens.
#[component]
pub(crate) fn TracesPage() -> impl IntoView {
    view! { <div class="traces" data-test="traces"></div> }
}
