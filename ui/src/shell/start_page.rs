//! What is shown while no flow is open: where to begin.

use leptos::prelude::*;
use thalweg_protocol::RecentFile;

use crate::{
    commands,
    kit::Logo,
    state::{Leave, app},
    text,
};

/// The start page.
#[component]
pub(super) fn StartPage() -> impl IntoView {
    let app = app();
    let recent = move || app.start.with(|s| s.as_ref().map(|s| s.recent.clone()).unwrap_or_default());
    let examples = move || app.start.with(|s| s.as_ref().map(|s| s.examples.clone()).unwrap_or_default());
    view! {
        <div class="start" data-test="start-page">
            <div class="start-inner">
                <div>
                    <h1><Logo />{text::APP}</h1>
                    <p class="lead">{text::START_LEAD}</p>
                    <div class="actions">
                        <button class="button primary" data-test="start-new" on:click=move |_| commands::file::NEW.run(app)>
                            {text::NEW_FLOW}
                        </button>
                        <button class="button" data-test="start-open" on:click=move |_| commands::file::OPEN.run(app)>
                            {text::OPEN_FILE}
                        </button>
                        <button
                            class="button"
                            data-test="start-answers"
                            on:click=move |_| commands::view::ANSWERS.run(app)
                        >
                            {text::answers::TITLE}
                        </button>
                    </div>
                </div>
                <Show when=move || !recent().is_empty()>
                    <section>
                        <h2 class="heading">{text::RECENT}</h2>
                        <ul class="recent">
                            <For each=recent key=|file| file.path.clone() let:file><RecentEntry file /></For>
                        </ul>
                    </section>
                </Show>
                <section>
                    <h2 class="heading">{text::EXAMPLES}</h2>
                    <div class="cards">
                        <For each=examples key=|(name, _)| name.clone() let:example>
                            <ExampleCard name=example.0 sentence=example.1 />
                        </For>
                    </div>
                </section>
            </div>
        </div>
    }
}

#[component]
fn RecentEntry(file: RecentFile) -> impl IntoView {
    let app = app();
    let name = file.path.rsplit(['/', '\\']).next().unwrap_or(&file.path).to_owned();
    let (open, forget) = (file.path.clone(), file.path.clone());
    let test = format!("recent-{name}");
    view! {
        <li>
            <button
                class="open"
                data-test=test
                on:click=move |_| app.leave(Leave::OpenRecent(open.clone()))
            >
                {name}
                <span class="path">{file.path}</span>
            </button>
            <button
                class="forget"
                title=text::FORGET
                aria-label=text::FORGET
                on:click=move |_| app.forget_recent(&forget)
            >
                "×"
            </button>
        </li>
    }
}

#[component]
fn ExampleCard(name: String, sentence: String) -> impl IntoView {
    let app = app();
    let (test, open) = (format!("example-{name}"), name.clone());
    view! {
        <button class="card" data-test=test on:click=move |_| app.leave(Leave::OpenExample(open.clone()))>
            <b>{name}</b>
            <span>{sentence}</span>
        </button>
    }
}
