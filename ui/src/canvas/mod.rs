//! The canvas: the flow as boxes and lines.

use leptos::prelude::*;

/// The drawing of the open flow.
#[component]
pub(crate) fn Canvas() -> impl IntoView {
    view! { <div class="canvas" data-test="canvas"></div> }
}
