//! Texts that a crash left behind, each with the ways to restore it and to throw it away.

use leptos::prelude::*;
use thalweg_protocol::Recovered;

use crate::{kit::moment, state::app, text::shell as text};

/// All of them.
#[component]
pub(super) fn RecoveredList() -> impl IntoView {
    let app = app();
    let all = move || app.start.with(|s| s.as_ref().map(|s| s.recovered.clone()).unwrap_or_default());
    view! {
        <ul class="recent recovered">
            <For each=all key=|kept| kept.id.clone() let:kept><Entry kept /></For>
        </ul>
    }
}

#[component]
fn Entry(kept: Recovered) -> impl IntoView {
    let app = app();
    let Recovered { id, name, path, kept_unix_ms } = kept;
    let (restored, discarded) = (id.clone(), id);
    let place = path.unwrap_or_else(|| text::NEVER_SAVED.to_string());
    let (test_restore, test_discard) = (format!("restore-{name}"), format!("throw-away-{name}"));
    view! {
        <li>
            <span class="open selectable">
                <b>{name}</b>
                <span class="path">{place}</span>
                <span class="when">{text::kept_at(&moment(kept_unix_ms))}</span>
            </span>
            <button class="button" data-test=test_discard on:click=move |_| app.discard_recovered(&discarded)>
                {text::THROW_AWAY}
            </button>
            <button class="button primary" data-test=test_restore on:click=move |_| app.restore(restored.clone())>
                {text::RESTORE}
            </button>
        </li>
    }
}
