//! The inspector: what is selected, with its fields in the design lens and its figures in the simulate lens.

mod choice;
mod faults;
mod field;
mod figures;
mod flow_panel;
mod line_panel;
mod lists;
mod node_panel;
mod sampled;
mod spec;
mod theory;
mod value;

use leptos::prelude::*;

use crate::{
    state::{Lens, app},
    text,
};

/// The panel at the right.
#[component]
pub(crate) fn Inspector() -> impl IntoView {
    let app = app();
    let node = Memo::new(move |_| app.selection.with(|ids| if ids.len() == 1 { ids.first().cloned() } else { None }));
    let kind = Memo::new(move |_| {
        let id = node.get()?;
        app.scene.with(|scene| scene.nodes.get(&id).map(|node| (id, node.kind)))
    });
    let many = Memo::new(move |_| app.selection.with(Vec::len));
    let edge = Memo::new(move |_| app.selected_edge.get());
    let figures = Memo::new(move |_| app.shows_figures());
    view! {
        <div class="inspector" data-test="inspector">
            {move || {
                if figures.get() {
                    return view! { <figures::Figures node=kind.get().map(|(id, _)| id) /> }.into_any();
                }
                if app.lens.get() == Lens::Simulate && app.results.with(Option::is_none) {
                    return view! { <NotSimulated /> }.into_any();
                }
                if let Some(edge) = edge.get() {
                    return view! { <line_panel::LinePanel edge /> }.into_any();
                }
                match (kind.get(), many.get()) {
                    (Some((id, kind)), _) => view! { <node_panel::NodePanel id kind /> }.into_any(),
                    (None, 0 | 1) => view! { <flow_panel::FlowPanel /> }.into_any(),
                    (None, many) => view! { <p class="note">{text::many_selected(many)}</p> }.into_any(),
                }
            }}
        </div>
    }
}

/// The simulate lens before the first run: the next step.
#[component]
fn NotSimulated() -> impl IntoView {
    let app = app();
    let running = move || app.running.with(Option::is_some);
    view! {
        <p class="note">{move || if running() { text::RUN_BEGINS.now() } else { text::NOT_SIMULATED.now() }}</p>
        <Show when=move || !running()>
            <button class="button primary" data-test="simulate-first" on:click=move |_| app.simulate()>
                {text::RUN}
            </button>
        </Show>
    }
}
