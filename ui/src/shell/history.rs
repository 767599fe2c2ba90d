//! The undo button, with the list of steps that were made and taken back: choose how far to go.

use leptos::prelude::*;

use super::topbar::Keys;
use crate::{
    commands::edit::{REDO, UNDO},
    kit::{Menu, MenuState},
    state::{OpenDocument, app},
    text::playback as text,
};

/// So many steps are listed each way; further ones are reached by going there first.
const LISTED: usize = 40;

/// Undo, and the menu beside it.
#[component]
pub(super) fn History() -> impl IntoView {
    let app = app();
    view! {
        <Show when=move || app.document.with(Option::is_some)>
            <div class="history">
                <button
                    class="small"
                    data-test="undo"
                    title=move || app.document.with(|d| d.as_ref().and_then(OpenDocument::undo_name)).unwrap_or_default()
                    aria-label=UNDO.label
                    disabled=move || !UNDO.is_enabled(app)
                    on:click=move |_| UNDO.run(app)
                >
                    "↶"
                </button>
                <Menu label=|| "▾" class="small" test="history" title=text::HISTORY.now() open=app.history_open><Steps /></Menu>
            </div>
        </Show>
    }
}

/// What would be made again, farthest first; where one is; what would be taken back, the last one first.
#[component]
fn Steps() -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let steps = move || app.document.with(|d| d.as_ref().map(OpenDocument::steps).unwrap_or_default());
    let entry = move |name: String, steps: i32| {
        let test = if steps < 0 { format!("history-back-{}", -steps) } else { format!("history-forth-{steps}") };
        let class = if steps > 0 { "undone" } else { "" };
        let go = move |_| {
            menu.close();
            app.walk_history(steps);
        };
        view! { <button role="menuitem" class=class data-test=test on:click=go>{name}</button> }
    };
    let numbered = move |names: Vec<String>, sign: i32| {
        let names = names.into_iter().take(LISTED);
        (1..).zip(names).map(|(number, name): (i32, String)| (name, number * sign)).collect::<Vec<_>>()
    };
    move || {
        let [done, undone] = steps();
        let is_empty = done.is_empty() && undone.is_empty();
        let forth = numbered(undone, 1).into_iter().rev().map(|(name, steps)| entry(name, steps));
        let back = numbered(done, -1).into_iter().map(|(name, steps)| entry(name, steps));
        view! {
            <div class="history-steps" data-test="history-steps">
                {is_empty.then(|| view! { <p class="note">{text::HISTORY_EMPTY}</p> })}
                {forth.collect_view()}
                {(!is_empty).then(|| view! { <p class="here" data-test="history-now">{text::HISTORY_NOW}</p> })}
                {back.collect_view()}
            </div>
            <hr />
            <p class="history-keys"><span>{UNDO.label}<Keys command=&UNDO /></span><span>{REDO.label}<Keys command=&REDO /></span></p>
        }
    }
}
