//! The timeline of a run: curves on one time axis, faults as bands, and the scrubber.

use leptos::prelude::*;

/// The panel below the canvas in the simulate lens.
#[component]
pub(crate) fn Timeline() -> impl IntoView {
    view! { <div class="timeline" data-test="timeline"></div> }
}
