//! The known answers: whether this build reproduces what queueing theory, published experiments and a pencil know.
//!
//! The engine simulates and judges; here its table is shown as it grows, by source. Pure: [`words`].

mod table;
mod words;

use leptos::prelude::*;

use crate::{
    format,
    state::{Answers, App, Stage, app},
    text::answers as text,
};

/// What is shown of the table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Part {
    /// Everything.
    #[default]
    All,
    /// One source.
    Source(String),
    /// What no flow can ask for.
    Missing,
}

/// The whole page.
#[component]
pub(crate) fn AnswersPage() -> impl IntoView {
    let app = app();
    let part = RwSignal::new(Part::default());
    let begun = Memo::new(move |_| app.answers.with(|answers| answers.stage() != Stage::None));
    view! {
        <div class="answers" data-test="answers">
            <Head part />
            <Show when=move || begun.get() fallback=|| view! { <Empty /> }>
                <div class="answers-body">
                    <Sources part />
                    <table::Table part />
                </div>
            </Show>
        </div>
    }
}

/// The sum in a sentence, and the way to run and stop it.
#[component]
fn Head(part: RwSignal<Part>) -> impl IntoView {
    let app = app();
    let filter = RwSignal::new(String::new());
    let sentence = move || app.answers.with(words::sentence);
    let bad = move || app.answers.with(|answers| !answers.sum().is_whole());
    let whole = move || app.answers.with(|answers| answers.stage() == Stage::Whole && answers.sum().is_whole());
    let run = move || {
        part.set(Part::All);
        app.validate(&filter.get_untracked());
    };
    view! {
        <header class="answers-head">
            <p class="sum" class:bad=bad class:good=whole role="status" data-test="answers-sum">{sentence}</p>
            <span class="grow"></span>
            <input
                data-test="answers-filter"
                placeholder=text::FILTER
                aria-label=text::FILTER
                on:input=move |event| filter.set(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Enter" && !is_running(app) {
                        run();
                    }
                }
            />
            <Show
                when=move || is_running(app)
                fallback=move || view! {
                    <button class="button primary" data-test="answers-run" on:click=move |_| run()>{text::RUN}</button>
                }
            >
                <Progress />
                <button class="button" data-test="answers-cancel" on:click=move |_| app.cancel_validation()>
                    {crate::text::CANCEL}
                </button>
            </Show>
        </header>
    }
}

fn is_running(app: App) -> bool {
    app.answers.with(|answers| answers.running().is_some())
}

#[component]
fn Progress() -> impl IntoView {
    let app = app();
    let share = move || app.answers.with(Answers::running).map_or(0.0, |running| running.share);
    view! {
        <div class="run-progress" data-test="answers-progress" role="progressbar" aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", share() * 100.0)>
            <span class="bar" style:transform=move || format!("scaleX({:.3})", share())></span>
            {move || format::share((share() * 100.0).floor() / 100.0)}
        </div>
    }
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <div class="empty answers-empty" data-test="answers-empty">
            <h2>{text::EMPTY_TITLE}</h2>
            <p>{text::EMPTY_WHAT}</p>
            <p>{text::EMPTY_HOW}</p>
        </div>
    }
}

/// Where the answers are from.
#[component]
fn Sources(part: RwSignal<Part>) -> impl IntoView {
    let app = app();
    let sources = Memo::new(move |_| app.answers.with(Answers::sources));
    let sum = Memo::new(move |_| app.answers.with(Answers::sum));
    let missing = Memo::new(move |_| app.answers.with(|answers| answers.missing().len()));
    view! {
        <nav class="answers-sources" aria-label=text::SOURCES>
            <Entry part own=Part::All name=text::ALL.now().to_owned() sum=Signal::derive(move || Some(sum.get())) test="answers-all" />
            <For each=move || sources.with(|sources| sources.iter().map(|(source, _)| source.clone()).collect::<Vec<_>>())
                key=Clone::clone let:source>
                {
                    let own = source.clone();
                    let of = Signal::derive(move || {
                        sources.with(|all| all.iter().find(|(name, _)| *name == own).map(|(_, sum)| *sum))
                    });
                    view! { <Entry part own=Part::Source(source.clone()) name=source sum=of /> }
                }
            </For>
            <Show when=move || { missing.get() > 0 }>
                <button
                    class="answers-source"
                    class:on=move || part.with(|part| *part == Part::Missing)
                    data-test="answers-missing"
                    on:click=move |_| part.set(Part::Missing)
                >
                    <span>{text::MISSING}</span>
                    <code>{move || missing.get()}</code>
                </button>
            </Show>
        </nav>
    }
}

#[component]
fn Entry(
    part: RwSignal<Part>,
    own: Part,
    name: String,
    sum: Signal<Option<crate::state::Sum>>,
    /// Name for tests.
    #[prop(optional)]
    test: Option<&'static str>,
) -> impl IntoView {
    let (chosen, title) = (own.clone(), name.clone());
    let on = move || part.with(|part| *part == own);
    let bad = move || sum.get().is_some_and(|sum| !sum.is_whole());
    let counts = move || sum.get().map(|sum| text::of(sum.reproduced, sum.known));
    view! {
        <button
            class="answers-source"
            class:on=on
            title=title
            data-test=test
            on:click=move |_| part.set(chosen.clone())
        >
            <span>{name}</span>
            <code class:bad=bad>{counts}</code>
        </button>
    }
}
