//! What is wrong with the flow and where, with what would mend it; and the document's text. A panel below the canvas, and
//! parts of it for the inspector.

mod lines;
mod yaml;

use leptos::prelude::*;
use thalweg_flow::{Fix, Problem, Severity, Span};

use crate::{
    canvas::node_of_path,
    kit::{self, Prose},
    scenario::ScenarioTimeline,
    state::{App, OpenDocument, Part, app},
    text,
};

pub(crate) use yaml::YamlText;

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
    view! {
        <div class="problems" data-test="problems">
            <div class="tabs" role="tablist">
                {kit::tab(tab, Tab::Problems, "tab-problems", move || text::problems_tab(count()))}
                {kit::tab(tab, Tab::Yaml, "tab-yaml", text::YAML)}
                {kit::tab(tab, Tab::Scenario, "tab-scenario", text::scenario::TAB)}
            </div>
            <Show when=move || tab.get() == Tab::Problems>
                <ProblemList show_text />
            </Show>
            <Show when=move || tab.get() == Tab::Scenario>
                <ScenarioTimeline />
            </Show>
            <Show when=move || tab.get() == Tab::Yaml>
                <YamlText place test="yaml" />
            </Show>
        </div>
    }
}

#[component]
fn ProblemList(show_text: Callback<Span>) -> impl IntoView {
    let app = app();
    let problems =
        Memo::new(move |_| app.document.with(|d| d.as_ref().map(|d| d.problems().to_vec()).unwrap_or_default()));
    view! {
        <div class="problem-list">
            {move || {
                let problems = problems.get();
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
        <div class="problem-line">
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
            <Fixes test=format!("fix-{index}") fixes=problem.fixes />
        </div>
    }
}

/// What would mend a problem: each is made with a click, as one step.
#[component]
fn Fixes(test: String, fixes: Vec<Fix>) -> impl IntoView {
    let app = app();
    fixes
        .into_iter()
        .enumerate()
        .map(|(i, fix)| {
            let label = fix.label.clone();
            view! {
                <button
                    class="fix"
                    data-test=format!("{test}-{i}")
                    on:click=move |_| { app.edit(&fix.label, &fix.edits); }
                >
                    <Prose text=label />
                    " →"
                </button>
            }
        })
        .collect_view()
}

/// The problems of what a panel of the inspector shows.
#[component]
pub(crate) fn PanelProblems(
    /// Whether a path belongs to it.
    is_mine: Callback<String, bool>,
) -> impl IntoView {
    let app = app();
    let problems = Memo::new(move |_| {
        app.document.with(|d| {
            let mine = |p: &&Problem| is_mine.run(p.path.clone());
            d.as_ref().map(|d| d.problems().iter().filter(mine).cloned().collect::<Vec<_>>()).unwrap_or_default()
        })
    });
    move || {
        problems
            .get()
            .into_iter()
            .enumerate()
            .map(|(i, problem)| {
                view! {
                    <div class="panel-problem" class:bad=problem.severity == Severity::Error>
                        <Prose text=problem.message />
                        <Fixes test=format!("panel-fix-{i}") fixes=problem.fixes />
                    </div>
                }
            })
            .collect_view()
    }
}

/// Selects what a problem is about and brings it into view; false when it is nothing that is shown.
fn select_place(app: App, path: &str) -> bool {
    let scene = app.scene.get_untracked();
    if let Some(node) = node_of_path(path).and_then(|id| scene.nodes.get(id)) {
        app.select(vec![node.id.clone()]);
        app.show_node(&node.id);
        return true;
    }
    let part = app.document.with_untracked(|d| d.as_ref().and_then(|d| part_of_path(d, path)));
    part.is_some_and(|part| {
        app.inspect(part);
        true
    })
}

/// The broker or event type that a path leads to or into.
fn part_of_path(document: &OpenDocument, path: &str) -> Option<Part> {
    let flow = document.flow();
    let leads = |section: &str, name: &str| {
        let root = format!("{section}.{}", crate::actions::edit::quoted(name));
        path.strip_prefix(&root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let broker = flow.brokers.keys().find(|name| leads("brokers", name)).cloned().map(Part::Broker);
    broker.or_else(|| flow.events.keys().find(|name| leads("events", name)).cloned().map(Part::Event))
}

/// A line of the text, counted from 1.
fn source_line(text: &str, line: usize) -> Option<String> {
    Some(text.lines().nth(line.checked_sub(1)?)?.trim().to_owned())
}
