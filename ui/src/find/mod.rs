//! Finding: a field on the canvas with what it finds and the way there, and the sheet of shortcuts.

mod query;
mod sheet;

use leptos::{ev, html, prelude::*};
pub(crate) use query::Target as FoundTarget;
use query::{Found, Target, find};
pub(crate) use sheet::ShortcutSheet;
use thalweg_flow::NodeId;

use crate::{
    state::{App, app},
    text::find as text,
};

/// So many results are listed; the count tells of the others.
const LISTED: usize = 40;

/// The field, while it is open.
#[component]
pub(crate) fn Find() -> impl IntoView {
    let app = app();
    view! { <Show when=move || app.hands.find.get()><FindBox /></Show> }
}

#[component]
fn FindBox() -> impl IntoView {
    let app = app();
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let scene = app.scene.get();
        app.document.with(|d| d.as_ref().map(|d| find(d.flow(), &scene, &query.get()))).unwrap_or_default()
    });
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| drop(input.focus()));
    let choose = move |index: usize| {
        if let Some(target) = found.with_untracked(|found| found.get(index).map(|f| f.to.clone())) {
            go_to(app, target);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        let count = found.with_untracked(Vec::len).clamp(1, LISTED);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" if event.ctrl_key() || event.meta_key() => {
                app.select(found.with_untracked(|found| nodes(found)));
                app.fit_selection();
                app.hands.find.set(false);
            }
            "Enter" => {
                choose(at.get_untracked());
                // The next Enter goes on.
                at.update(|at| *at = (*at + 1) % count);
            }
            "Escape" => app.hands.find.set(false),
            _ => return,
        }
        event.prevent_default();
    };
    let result = move |(i, one): (usize, Found)| {
        view! {
            <li>
                <button
                    role="option"
                    class:on=move || at.get() == i
                    aria-selected=move || (at.get() == i).to_string()
                    data-test=format!("found-{}", one.title)
                    on:click=move |_| choose(i)
                >
                    {one.title.clone()}
                    <small>{text::about(&one.to, &one.about)}</small>
                </button>
            </li>
        }
    };
    view! {
        <div class="find" data-test="find" role="search" on:keydown=on_key on:pointerdown=|event| event.stop_propagation()>
            <input
                class="input"
                data-test="find-input"
                node_ref=input
                placeholder=text::FIND_HINT
                aria-label=text::FIND
                on:input=move |event| {
                    at.set(0);
                    query.set(event_target_value(&event));
                }
            />
            <div class="find-count" data-test="find-count" role="status">
                {move || match (query.with(|q| q.trim().is_empty()), found.with(Vec::len)) {
                    (true, _) => text::FACETS.to_string(),
                    (_, count) => text::count(count),
                }}
            </div>
            <ul role="listbox" aria-label=text::FIND>
                {move || found.get().into_iter().take(LISTED).enumerate().map(result).collect_view()}
            </ul>
        </div>
    }
}

fn nodes(found: &[Found]) -> Vec<NodeId> {
    let node = |f: &Found| if let Target::Node(id) = &f.to { Some(id.clone()) } else { None };
    found.iter().filter_map(node).collect()
}

fn go_to(app: App, target: Target) {
    match target {
        Target::Node(id) => {
            app.select(vec![id.clone()]);
            app.show_node(&id);
        }
        Target::Event(ids) => {
            if let Some(first) = ids.first() {
                app.show_node(first);
            }
            app.select(ids);
        }
        Target::Scenario(name) => app.scenario.set(Some(name)),
    }
}
