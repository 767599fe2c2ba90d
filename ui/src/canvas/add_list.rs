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
    let offered: Vec<(&'static str, String)> = match &list.from {
        Some(other) => {
            let may = if list.before { kinds::may_precede } else { kinds::may_follow };
            let say = if list.before { text::hands::would_precede } else { text::hands::would_follow };
            let found = app.document.with_untracked(|d| d.as_ref().map(|d| may(d.flow(), other))).unwrap_or_default();
            found.into_iter().map(|(kind, edge)| (kind, say(edge, kind))).collect()
        }
        None => kinds::all().map(|kind| (kind, text::kind_sentence(kind).to_string())).collect(),
    };
    let hint = match &list.from {
        None => text::ADD_WHAT.to_string(),
        Some(other) if list.before => text::hands::what_precedes(other),
        Some(other) => text::what_follows(other),
    };
    let nothing = if offered.is_empty() { text::NOTHING_FOLLOWS } else { text::NO_KIND };
    let found = Memo::new(move |_| {
        let query = query.get().to_lowercase();
        // What the sentence says counts, too: "push" finds the bus.
        let holds = |text: &str| query.split_whitespace().all(|word| text.to_lowercase().contains(word));
        let fits = |(kind, sentence): &&(&'static str, String)| {
            holds(&format!("{} {sentence} {}", text::kind(kind), text::kind_sentence(kind)))
        };
        let mut found: Vec<_> = offered.iter().filter(fits).cloned().collect();
        // Names before sentences.
        found.sort_by_key(|(kind, _)| !text::kind(kind).to_lowercase().starts_with(query.trim()));
        found
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
        let AddList { at: [x, y], from, before } = list.get_value();
        app.add_list.set(None);
        let left = if before { x - 150.0 } else { x };
        app.add_node(kind, app.free_place([left, y - super::NODE_HEIGHT / 2.0]), from, before);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(kind) = found.with_untracked(|f| f.get(at.get_untracked()).map(|(kind, _)| *kind)) {
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
            {move || found.get().into_iter().enumerate().map(|(i, (kind, sentence))| view! {
                <button
                    class:on=move || at.get() == i
                    data-test=format!("add-list-{kind}")
                    on:click=move |_| choose(kind)
                >
                    {text::kind(kind)}
                    <small>{sentence}</small>
                </button>
            }).collect_view()}
            <Show when=move || found.with(Vec::is_empty)><p>{nothing}</p></Show>
        </div>
    }
}
