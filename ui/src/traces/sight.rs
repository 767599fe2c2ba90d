//! What the traces lens shows, and the switch for it at the head of the page.

use leptos::prelude::*;

use crate::{kit::tab, state::app, text::traces as text};

/// What the traces lens shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Traces, and one of them.
    List,
    /// What they show together.
    Map,
}

/// Switches between the sights.
#[component]
pub(super) fn SightSwitch() -> impl IntoView {
    let sight = app().observing.sight;
    view! {
        <div class="tabs sights" role="tablist" aria-label=text::SIGHTS>
            {tab(sight, Sight::List, "sight-list", text::SIGHT_LIST)}
            {tab(sight, Sight::Map, "sight-map", text::SIGHT_MAP)}
        </div>
    }
}
