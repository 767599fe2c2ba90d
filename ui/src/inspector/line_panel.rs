//! A line between two nodes.

use leptos::prelude::*;
use thalweg_flow::EdgeKind;

use crate::{canvas::EdgeKey, state::app, text};

/// The panel of one line.
#[component]
pub(super) fn LinePanel(edge: EdgeKey) -> impl IntoView {
    let app = app();
    let meaning = match edge.kind {
        EdgeKind::Publish => text::edge::PUBLISH,
        EdgeKind::Subscribe => text::edge::SUBSCRIBE,
        EdgeKind::Call => text::edge::CALL,
        EdgeKind::Route => text::edge::ROUTE,
        EdgeKind::DeadLetter => text::edge::DEAD_LETTER,
        EdgeKind::Project => text::edge::PROJECT,
    };
    // A line belongs to the node that names the other one.
    let owner = if edge.kind == EdgeKind::Subscribe { edge.to.clone() } else { edge.from.clone() };
    let chosen = owner.clone();
    view! {
        <header class="panel-head"><b>{format!("{} → {}", edge.from, edge.to)}</b></header>
        <p class="note">{meaning}</p>
        <div class="panel-buttons">
            <button class="button" data-test="edge-owner" on:click=move |_| app.select(vec![chosen.clone()])>
                {text::edge::settings_of(&owner)}
            </button>
            <button class="button danger" data-test="edge-delete" on:click=move |_| app.delete_selection()>
                {text::edge::DELETE}
            </button>
        </div>
    }
}
