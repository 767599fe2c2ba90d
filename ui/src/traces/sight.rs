//! What the page of traces shows below the filter: one trace after the other, or all of them together.

use leptos::prelude::*;

use crate::{kit::tab, state::app, text::surveys as text};

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The list, and one trace of it.
    List,
    /// What operations take.
    Operations,
}

/// The switch between them.
#[component]
pub(super) fn SightSwitch() -> impl IntoView {
    let sight = app().surveys.sight;
    view! {
        <div class="tabs trace-sights" role="tablist" aria-label=text::SIGHTS>
            {tab(sight, Sight::List, "sight-list", text::LIST)}
            {tab(sight, Sight::Operations, "sight-operations", text::OPERATIONS)}
        </div>
    }
}
