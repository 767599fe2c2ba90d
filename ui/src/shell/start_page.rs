//! What is shown while no flow is open: where to begin.

use leptos::prelude::*;
use thalweg_protocol::{FlowCard, RecentFile, Recovered};

use super::{recovered::RecoveredList, thumbnail::Thumbnail};
use crate::{
    commands,
    kit::{Logo, moment},
    state::{Leave, StartInfo, app},
    text,
};

/// The start page.
#[component]
pub(super) fn StartPage() -> impl IntoView {
    let app = app();
    let recent = move || app.start.with(|s| s.as_ref().map(|s| s.recent.clone()).unwrap_or_default());
    let recovered: Signal<Vec<Recovered>> =
        Signal::derive(move || app.start.with(|s| s.as_ref().map(|s| s.recovered.clone()).unwrap_or_default()));
    // Before the preferences are there nobody is new.
    let is_new = move || app.start.with(Option::is_some) && !app.preferences.with(|chosen| chosen.toured);
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
                <Show when=is_new>
                    <section class="welcome" data-test="welcome">
                        <span>{text::shell::WELCOME}</span>
                        <span class="grow"></span>
                        <button class="button" data-test="tour-not-now" on:click=move |_| app.end_tour()>
                            {text::shell::NOT_NOW}
                        </button>
                        <button class="button primary" data-test="start-tour" on:click=move |_| app.begin_tour()>
                            {text::shell::TAKE_TOUR}
                        </button>
                    </section>
                </Show>
                <Show when=move || !recovered.with(Vec::is_empty)>
                    <section data-test="start-recovered">
                        <h2 class="heading">{text::shell::RECOVERED_TITLE}</h2>
                        <RecoveredList />
                    </section>
                </Show>
                <Show when=move || !recent().is_empty()>
                    <section>
                        <h2 class="heading">{text::RECENT}</h2>
                        <ul class="recent">
                            <For each=recent key=|file| file.path.clone() let:file><RecentEntry file /></For>
                        </ul>
                    </section>
                </Show>
                <Cards title=text::EXAMPLES.to_string() of=|start| &start.stories mark="example" open=Leave::OpenExample />
                <Cards title=text::shell::TEMPLATES.to_string() of=|start| &start.templates mark="template" open=Leave::OpenTemplate />
                <Cards title=text::shell::EXAMPLE_BROKERS.to_string() of=|start| &start.brokers mark="example" open=Leave::OpenExample />
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
                <span class="when">{moment(file.opened_unix_ms)}</span>
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

/// Flows of one sort, each with its drawing and its story.
#[component]
fn Cards(
    /// What they are.
    title: String,
    /// Which.
    of: fn(&StartInfo) -> &Vec<FlowCard>,
    /// How their names for tests begin.
    mark: &'static str,
    /// What opens one.
    open: fn(String) -> Leave,
) -> impl IntoView {
    let app = app();
    let cards = move || app.start.with(|start| start.as_ref().map(|start| of(start).clone()).unwrap_or_default());
    view! {
        <section>
            <h2 class="heading">{title}</h2>
            <div class="cards">
                <For each=cards key=|card| card.name.clone() let:card><Card card mark open /></For>
            </div>
        </section>
    }
}

#[component]
fn Card(card: FlowCard, mark: &'static str, open: fn(String) -> Leave) -> impl IntoView {
    let app = app();
    let FlowCard { name, text } = card;
    let (test, opened) = (format!("{mark}-{name}"), name.clone());
    let story = summary(&text);
    view! {
        <button class="card" data-test=test on:click=move |_| app.leave(open(opened.clone()))>
            <Thumbnail text />
            <b>{name}</b>
            <span>{story}</span>
        </button>
    }
}

/// The sentence that a flow says of itself. Looked for in the text: reading eighteen flows whole would delay the page.
fn summary(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("summary:"));
    line.map(|line| line.split(" #").next().unwrap_or(line).trim().trim_matches('"').to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_one_that_the_reader_reads() {
        let all = thalweg_flow::examples().iter().chain(thalweg_flow::broker_examples());
        for (name, text) in all.chain(thalweg_flow::templates()) {
            assert_eq!(Some(summary(text)), thalweg_flow::read(text).flow.summary, "{name}");
        }
    }
}
