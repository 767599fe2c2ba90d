//! The head of the scenario timeline: which scenario, and what can be done with it as a whole.

use leptos::{ev, html, prelude::*};

use super::{desk::Desk, field::PathField};
use crate::{
    format,
    kit::{Menu, MenuState},
    state::OpenDocument,
    text::scenario as text,
};

/// Scenarios to choose from, their verbs, and how long the run is.
#[component]
pub(super) fn Head(desk: Desk) -> impl IntoView {
    let app = desk.app;
    let renaming = RwSignal::new(false);
    let names = Memo::new(move |_| app.document.with(|d| d.as_ref().map(OpenDocument::scenarios).unwrap_or_default()));
    let chosen = Memo::new(move |_| app.scenario_name());
    let below = Signal::derive(move || thalweg_flow::scenario_edit::scenario_path(&app.scenario_name()));
    // What a scenario leaves open it takes from `default`.
    let duration = Signal::derive(move || format::span(desk.plan.with(|plan| plan.duration_s)));
    let warm_up = Signal::derive(move || match desk.plan.with(|plan| plan.warmup_s) {
        none if none <= 0.0 => text::NONE.now().to_owned(),
        warm_up => format::span(warm_up),
    });
    let list = move || {
        names
            .get()
            .into_iter()
            .map(|(name, summary)| {
                let (test, compared, picked) = (format!("scenario-tab-{name}"), name.clone(), name.clone());
                let on = Memo::new(move |_| chosen.get() == compared);
                let edits = move || on.get() && renaming.get();
                let shown = name.clone();
                view! {
                    <Show
                        when=edits
                        fallback=move || {
                            let (picked, shown) = (picked.clone(), shown.clone());
                            view! {
                                <button
                                    role="tab"
                                    data-test=test.clone()
                                    title=summary.clone()
                                    aria-selected=move || on.get().to_string()
                                    on:click=move |_| app.choose_scenario(&picked)
                                    on:dblclick=move |_| renaming.set(app.owns_scenario())
                                >
                                    {shown}
                                </button>
                            }
                        }
                    >
                        <NameField desk renaming />
                    </Show>
                }
            })
            .collect_view()
    };
    view! {
        <div class="scenario-head">
            <div class="scenario-tabs" role="tablist" aria-label=text::SCENARIOS>{list}</div>
            <button class="small" data-test="scenario-add" title=text::ADD aria-label=text::ADD on:click=move |_| app.add_scenario()>"+"</button>
            <Menu label=|| view! { "⋯" } class="small" test="scenario-menu" title=text::MORE.now()>
                <Verbs desk renaming />
            </Menu>
            <span class="gap"></span>
            <PathField desk below key="duration" label=text::DURATION default=duration />
            <PathField desk below key="warmup" label=text::WARM_UP default=warm_up />
        </div>
    }
}

#[component]
fn Verbs(desk: Desk, renaming: RwSignal<bool>) -> impl IntoView {
    let app = desk.app;
    let menu = expect_context::<MenuState>();
    view! {
        <button
            role="menuitem"
            data-test="scenario-rename"
            disabled=move || !app.owns_scenario()
            on:click=move |_| {
                menu.close();
                renaming.set(true);
            }
        >
            {text::RENAME}
        </button>
        <button
            role="menuitem"
            data-test="scenario-copy"
            disabled=move || !app.has_scenario()
            on:click=move |_| {
                menu.close();
                app.copy_scenario();
            }
        >
            {text::COPY}
        </button>
        <button
            role="menuitem"
            data-test="scenario-remove"
            disabled=move || !app.has_scenario()
            on:click=move |_| {
                menu.close();
                app.remove_scenario();
            }
        >
            {text::REMOVE}
        </button>
    }
}

/// The name in place; Enter or leaving takes it over, Escape leaves it.
#[component]
fn NameField(desk: Desk, renaming: RwSignal<bool>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| {
        // Without the focus the name can still be clicked.
        request_animation_frame(move || {
            drop(input.focus());
            input.select();
        });
    });
    let take = move |event: &ev::Event| {
        if renaming.try_get_untracked() == Some(true) {
            renaming.set(false);
            desk.app.rename_scenario(&event_target_value(event));
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" => take(&event),
            "Escape" => renaming.set(false),
            _ => {}
        }
    };
    view! {
        <input
            class="input"
            node_ref=input
            data-test="scenario-name"
            spellcheck="false"
            autocomplete="off"
            aria-label=text::RENAME
            prop:value=desk.app.scenario.get_untracked().unwrap_or_default()
            on:keydown=key
            on:blur=move |event| take(&event)
        />
    }
}
