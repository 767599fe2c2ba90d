//! The sheet of shortcuts: every command that has keys, and what hands can do beside commands.

use leptos::{ev, html, prelude::*};

use crate::{
    commands::{self, Command},
    state::app,
    text::find as text,
};

/// The sheet, while it is open.
#[component]
pub(crate) fn ShortcutSheet() -> impl IntoView {
    let app = app();
    view! { <Show when=move || app.hands.sheet.get()><Sheet /></Show> }
}

#[component]
fn Sheet() -> impl IntoView {
    let app = app();
    let sheet = NodeRef::<html::Div>::new();
    sheet.on_load(|sheet| drop(sheet.focus()));
    let close = move || app.hands.sheet.set(false);
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    view! {
        <div class="veil" on:pointerdown=move |_| close()>
            <div
                class="sheet"
                data-test="sheet"
                role="dialog"
                aria-modal="true"
                aria-label=text::SHORTCUTS
                tabindex="-1"
                node_ref=sheet
                on:keydown=on_key
                on:pointerdown=|event| event.stop_propagation()
            >
                <h2>{text::SHORTCUTS}</h2>
                <h3>{text::WITH_HANDS}</h3>
                <dl>
                    {text::GESTURES.iter().map(|(what, how)| view! {
                        <div class="row"><dt>{*what}</dt><dd>{*how}</dd></div>
                    }).collect_view()}
                </dl>
                <h3>{text::WITH_KEYS}</h3>
                <dl>
                    {commands::all().filter(|command| !command.keys.is_empty()).map(|command| view! {
                        <div class="row"><dt>{command.label}</dt><dd>{keys(command)}</dd></div>
                    }).collect_view()}
                </dl>
            </div>
        </div>
    }
}

/// All the keys of a command.
fn keys(command: &'static Command) -> impl IntoView {
    let chord = |keys: Vec<String>| keys.into_iter().map(|key| view! { <kbd>{key}</kbd>" " }).collect_view();
    command.keys.iter().map(|shortcut| view! { <span class="keys">{chord(shortcut.keys())}</span> }).collect_view()
}
