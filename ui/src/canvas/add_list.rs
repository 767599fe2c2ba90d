//! The type-to-find list of node kinds: at the pointer, or where a line was dropped into the void.

use leptos::{ev, html, prelude::*};

use super::kinds;
use crate::{
    state::{AddList, app},
    text,
};

/// The list, while it is open.
#[component]
pub(super) fn AddListBox() -> impl IntoView {
    let app = app();
    move || app.add_list.get().map(|list| view! { <OpenList list /> })
}

#[component]
fn OpenList(list: AddList) -> impl IntoView {
    let app = app();
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let offered: Vec<&'static str> = match &list.from {
        Some(from) => {
            app.document.with_untracked(|d| d.as_ref().map(|d| kinds::may_follow(d.flow(), from))).unwrap_or_default()
        }
        None => kinds::all().collect(),
    };
    let hint = list.from.as_ref().map_or_else(|| text::ADD_WHAT.now().to_owned(), |from| text::what_follows(from));
    let nothing = if offered.is_empty() { text::NOTHING_FOLLOWS } else { text::NO_KIND };
    let found = Memo::new(move |_| {
        let query = query.get().to_lowercase();
        offered
            .iter()
            .copied()
            .filter(|kind| text::kind(kind).to_lowercase().contains(query.trim()))
            .collect::<Vec<_>>()
    });
    let view = app.viewport.get_untracked();
    let [width, height] = app.canvas_size.get_untracked();
    // Inside the canvas, whatever the pointer's place.
    let left = (list.at[0] * view.zoom + view.x + 2.0).clamp(8.0, (width - 222.0).max(8.0));
    let top = (list.at[1] * view.zoom + view.y - 14.0).clamp(8.0, (height - 280.0).max(8.0));
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| drop(input.focus()));
    let list = StoredValue::new(list);
    let choose = move |kind: &'static str| {
        let AddList { at: [x, y], from } = list.get_value();
        app.add_list.set(None);
        app.add_node(kind, app.free_place([x, y - super::NODE_HEIGHT / 2.0]), from);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(kind) = found.with_untracked(|f| f.get(at.get_untracked()).copied()) {
                    choose(kind);
                }
            }
            "Escape" => app.add_list.set(None),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div
            class="add-list"
            data-test="add-list"
            style:left=format!("{left}px")
            style:top=format!("{top}px")
            on:keydown=on_key
            on:pointerdown=|event| event.stop_propagation()
        >
            <input
                class="input"
                data-test="add-input"
                node_ref=input
                placeholder=hint.clone()
                aria-label=hint
                on:input=move |event| {
                    at.set(0);
                    query.set(event_target_value(&event));
                }
            />
            {move || found.get().into_iter().enumerate().map(|(i, kind)| view! {
                <button
                    class:on=move || at.get() == i
                    data-test=format!("add-list-{kind}")
                    on:click=move |_| choose(kind)
                >
                    {text::kind(kind)}
                    <small>{text::kind_sentence(kind)}</small>
                </button>
            }).collect_view()}
            <Show when=move || found.with(Vec::is_empty)><p>{nothing}</p></Show>
        </div>
    }
}
