//! The panel below the canvas in the design lens: what is wrong with the flow and where, and the document's text.

mod yaml;

use leptos::prelude::*;
use thalweg_flow::{Problem, Severity, Span};

use crate::{
    canvas::node_of_path,
    kit::Prose,
    scenario::ScenarioTimeline,
    state::{App, OpenDocument, app},
    text,
};

/// Which tab is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Problems,
    Yaml,
    Scenario,
}

/// The panel.
#[component]
pub(crate) fn Problems() -> impl IntoView {
    let app = app();
    let tab = RwSignal::new(Tab::Problems);
    let place = RwSignal::new(None::<Span>);
    let show_text = Callback::new(move |span: Span| {
        place.set(Some(span));
        tab.set(Tab::Yaml);
    });
    // A text of which nothing could be read has nothing to draw: it is mended as text.
    Effect::new(move |_| {
        app.opening.track();
        let unreadable = |d: &OpenDocument| d.flow().nodes.is_empty() && !d.problems().is_empty();
        let unreadable = app.document.with_untracked(|d| d.as_ref().is_some_and(unreadable));
        tab.set(if unreadable { Tab::Yaml } else { Tab::Problems });
    });
    Effect::new(move |_| {
        if app.scenario_wanted.get() {
            app.scenario_wanted.set(false);
            tab.set(Tab::Scenario);
        }
    });
    let count = move || app.document.with(|d| d.as_ref().map_or(0, |d| d.problems().len()));
    let button = move |which: Tab, test: &'static str, label: Signal<String>| {
        view! {
            <button
                role="tab"
                data-test=test
                aria-selected=move || (tab.get() == which).to_string()
                on:click=move |_| tab.set(which)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="problems" data-test="problems">
            <div class="tabs" role="tablist">
                {button(Tab::Problems, "tab-problems", Signal::derive(move || text::problems_tab(count())))}
                {button(Tab::Yaml, "tab-yaml", Signal::derive(|| text::YAML.now().to_owned()))}
                {button(Tab::Scenario, "tab-scenario", Signal::derive(|| text::scenario::TAB.now().to_owned()))}
            </div>
            <Show when=move || tab.get() == Tab::Problems>
                <ProblemList show_text />
            </Show>
            <Show when=move || tab.get() == Tab::Scenario>
                <ScenarioTimeline />
            </Show>
            <Show when=move || tab.get() == Tab::Yaml>
                <yaml::YamlText place />
            </Show>
        </div>
    }
}

#[component]
fn ProblemList(show_text: Callback<Span>) -> impl IntoView {
    let app = app();
    let problems = move || app.document.with(|d| d.as_ref().map(|d| d.problems().to_vec()).unwrap_or_default());
    view! {
        <div class="problem-list">
            {move || {
                let problems = problems();
                if problems.is_empty() {
                    return view! { <p class="fine">{text::NO_PROBLEMS}</p> }.into_any();
                }
                problems.into_iter().enumerate().map(|(i, problem)| view! { <Line index=i problem show_text /> }).collect_view().into_any()
            }}
        </div>
    }
}

#[component]
fn Line(index: usize, problem: Problem, show_text: Callback<Span>) -> impl IntoView {
    let app = app();
    let place = if problem.span.is_in_text() {
        text::line_and_column(problem.span.line, problem.span.column)
    } else {
        String::new()
    };
    let bad = problem.severity == Severity::Error;
    let source = app.document.with_untracked(|d| d.as_ref().and_then(|d| source_line(d.text(), problem.span.line)));
    let (path, span) = (problem.path.clone(), problem.span);
    view! {
        <button
            class="problem"
            data-test=format!("problem-{index}")
            title=source.unwrap_or_default()
            on:click=move |_| {
                if !select_place(app, &path) {
                    show_text.run(span);
                }
            }
            on:dblclick=move |_| show_text.run(span)
        >
            <span class="sign" class:bad=bad>"!"</span>
            <code>{problem.code}</code>
            <span class="what">
                <b>{problem.path.strip_prefix("nodes.").unwrap_or(&problem.path).to_owned()}</b>
                " "
                <Prose text=problem.message />
                {problem.help.map(|help| view! { <span class="help">" — "<Prose text=help /></span> })}
            </span>
            <span class="place">{place}</span>
        </button>
    }
}

/// Selects the node of a problem and brings it into view; false when the problem is not in a node that is drawn.
fn select_place(app: App, path: &str) -> bool {
    let scene = app.scene.get_untracked();
    let Some(node) = node_of_path(path).and_then(|id| scene.nodes.get(id)) else { return false };
    app.select(vec![node.id.clone()]);
    app.show_node(&node.id);
    true
}

/// A line of the text, counted from 1.
fn source_line(text: &str, line: usize) -> Option<String> {
    Some(text.lines().nth(line.checked_sub(1)?)?.trim().to_owned())
}
