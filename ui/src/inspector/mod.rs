//! The inspector: what is selected, with its fields in the design lens and its figures in the simulate lens.

mod absent;
mod choice;
mod density;
mod expectations;
mod faults;
mod field;
mod figures;
mod flow_panel;
mod group;
mod line_panel;
mod lists;
mod many_panel;
mod names;
mod node_panel;
mod part_panel;
mod place;
mod preview;
mod sampled;
mod spec;
mod tabs;
mod theory;
mod value;

pub(crate) use figures::{Row, node_rows};
use leptos::prelude::*;

use crate::{
    state::{Lens, app},
    text,
};

/// The panel at the right.
#[component]
pub(crate) fn Inspector() -> impl IntoView {
    let app = app();
    // What is selected, once the drawing shows it.
    let selection = Memo::new(move |_| {
        app.drawn.track();
        app.selection.get_untracked()
    });
    let edge = Memo::new(move |_| {
        app.drawn.track();
        app.selected_edge.get_untracked()
    });
    let kind = Memo::new(move |_| {
        app.drawn.track();
        let id = selection.with(|ids| if ids.len() == 1 { ids.first().cloned() } else { None })?;
        app.scene.with_untracked(|scene| scene.nodes.get(&id).map(|node| (id, node.kind)))
    });
    let many = Memo::new(move |_| selection.with(|ids| if ids.len() > 1 { ids.clone() } else { Vec::new() }));
    let figures = Memo::new(move |_| app.shows_figures());
    // Whoever selects something looks at that.
    Effect::new(move |_| {
        if selection.with(|ids| !ids.is_empty()) || edge.with(Option::is_some) {
            app.inspected.set(None);
        }
    });
    let tab = RwSignal::new(tabs::Tab::Properties);
    view! {
        <div class="inspector" data-test="inspector">
            {move || {
                if figures.get() {
                    return view! { <figures::Figures node=kind.get().map(|(id, _)| id) /> }.into_any();
                }
                if app.lens.get() == Lens::Simulate && app.results.with(Option::is_none) {
                    return view! { <NotSimulated /> }.into_any();
                }
                view! {
                    <tabs::Tabs shown=tab />
                    <Show when=move || tab.get() == tabs::Tab::Properties fallback=|| view! { <tabs::SideText /> }>
                        <div class="properties">
                            {move || {
                                if let Some(edge) = edge.get() {
                                    return view! { <line_panel::LinePanel edge /> }.into_any();
                                }
                                if let Some((id, kind)) = kind.get() {
                                    return view! { <node_panel::NodePanel id kind /> }.into_any();
                                }
                                let ids = many.get();
                                if !ids.is_empty() {
                                    return view! { <many_panel::ManyPanel ids /> }.into_any();
                                }
                                match app.inspected.get() {
                                    Some(part) => view! { <part_panel::PartPanel part /> }.into_any(),
                                    None => view! { <flow_panel::FlowPanel /> }.into_any(),
                                }
                            }}
                        </div>
                    </Show>
                }
                .into_any()
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
