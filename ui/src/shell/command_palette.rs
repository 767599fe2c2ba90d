//! The command palette: every command, found by typing.

use leptos::{ev, html, prelude::*};

use super::topbar::Keys;
use crate::{
    commands::{self, Command},
    state::app,
    text,
};

/// The palette, while it is open.
#[component]
pub(super) fn CommandPalette() -> impl IntoView {
    let app = app();
    view! { <Show when=move || app.palette.get()><PaletteBox /></Show> }
}

/// A command in the list; two are the same when they have the same name.
#[derive(Clone, Copy)]
struct Listed(&'static Command);

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

#[component]
fn PaletteBox() -> impl IntoView {
    let app = app();
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let query = query.get();
        let hit = |c: &&Command| c.id != commands::window::PALETTE.id && c.is_enabled(app) && matches(&c.label, &query);
        commands::all().filter(hit).map(Listed).collect::<Vec<_>>()
    });
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| drop(input.focus()));
    let run = move |Listed(command): Listed| {
        app.palette.set(false);
        command.run(app);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(command) = found.with_untracked(|f| f.get(at.get_untracked()).copied()) {
                    run(command);
                }
            }
            "Escape" => app.palette.set(false),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="veil" on:pointerdown=move |_| app.palette.set(false)>
            <div class="palette-box" on:pointerdown=|event| event.stop_propagation() on:keydown=on_key>
                <input
                    node_ref=input
                    data-test="palette-input"
                    placeholder=text::SEARCH
                    aria-label=text::SEARCH
                    on:input=move |event| {
                        at.set(0);
                        query.set(event_target_value(&event));
                    }
                />
                <ul role="listbox" aria-label=text::SEARCH>
                    {move || found.get().into_iter().enumerate().map(|(i, listed @ Listed(command))| view! {
                        <li role="presentation">
                            <button
                                role="option"
                                class:on=move || at.get() == i
                                data-test=format!("palette-{}", command.id)
                                on:click=move |_| run(listed)
                            >
                                {command.label}
                                <Keys command />
                            </button>
                        </li>
                    }).collect_view()}
                    <Show when=move || found.with(Vec::is_empty)><li class="none" role="option" aria-disabled="true">{text::NO_COMMAND}</li></Show>
                </ul>
            </div>
        </div>
    }
}

/// Whether every word of the query stands in the label.
fn matches(label: &str, query: &str) -> bool {
    let label = label.to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| label.contains(word))
}
