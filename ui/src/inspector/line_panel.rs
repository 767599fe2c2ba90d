//! A line between two nodes: what it means, and the fields of the entry that it is drawn from.

use leptos::prelude::*;
use thalweg_flow::EdgeKind;

use super::{
    lists::Entries,
    place::Subject,
    spec::{EntryList, LISTS},
};
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
    let (owner, other) = if edge.kind == EdgeKind::Subscribe { (&edge.to, &edge.from) } else { (&edge.from, &edge.to) };
    let kind = app.scene.with_untracked(|scene| scene.nodes.get(owner).map(|node| node.kind)).unwrap_or_default();
    let subject = StoredValue::new(Subject::nodes(std::slice::from_ref(owner)));
    let (chosen, settings) = (owner.clone(), text::edge::settings_of(owner));
    let other = other.clone();
    view! {
        <header class="panel-head"><b>{format!("{} → {}", edge.from, edge.to)}</b></header>
        <p class="note">{meaning}</p>
        {list_of(edge.kind, kind).map(|list| view! { <Entries subject list only=Some(other) /> })}
        <div class="panel-buttons">
            <button class="button" data-test="edge-owner" on:click=move |_| app.select(vec![chosen.clone()])>
                {settings}
            </button>
            <button class="button danger" data-test="edge-delete" on:click=move |_| app.delete_selection()>
                {text::edge::DELETE}
            </button>
        </div>
    }
}

/// The list of its owner that a line is drawn from, when its entries have fields.
fn list_of(kind: EdgeKind, owner: &str) -> Option<&'static EntryList> {
    let key = match kind {
        EdgeKind::Publish => "publishes",
        EdgeKind::Subscribe => "subscribes",
        EdgeKind::Call if owner == "workflow" => "steps",
        EdgeKind::Call => "calls",
        EdgeKind::Route => "routes",
        EdgeKind::DeadLetter | EdgeKind::Project => return None,
    };
    LISTS.iter().find(|list| list.key == key && list.kinds.contains(&owner))
}
