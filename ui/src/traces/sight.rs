//! What the traces lens shows below the filter: one trace after the other, or what all of them show together.

use leptos::prelude::*;

use crate::{kit::tab, state::app, text::surveys as text};

/// What the traces lens shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The list, and one trace of it.
    List,
    /// What operations take.
    Operations,
    /// The map: who sends what to whom.
    Map,
}

/// Switches between the sights.
#[component]
pub(super) fn SightSwitch() -> impl IntoView {
    let sight = app().observing.sight;
    view! {
        <div class="tabs trace-sights" role="tablist" aria-label=text::SIGHTS>
            {tab(sight, Sight::List, "sight-list", text::LIST)}
            {tab(sight, Sight::Operations, "sight-operations", text::OPERATIONS)}
            {tab(sight, Sight::Map, "sight-map", text::MAP)}
        </div>
    }
}
