//! The chosen part of the table: every system with its answers.

use leptos::prelude::*;
use thalweg_protocol::validation::{KnownAnswer, KnownCase};

use super::{Part, words};
use crate::{
    kit::Prose,
    state::{Shared, app},
    text::answers as text,
};

#[component]
pub(super) fn Table(part: RwSignal<Part>) -> impl IntoView {
    let app = app();
    let cases = move || {
        part.with(|part| match part {
            Part::All => app.answers.with(|answers| answers.of_source(None)),
            Part::Source(source) => app.answers.with(|answers| answers.of_source(Some(source))),
            Part::Missing => Vec::new(),
        })
    };
    let is_missing = move || part.with(|part| *part == Part::Missing);
    view! {
        <section class="answers-list" tabindex="0" aria-label=text::TABLE>
            <For each=cases key=|case| case.id.clone() let:case><Case case /></For>
            <Show when=is_missing><Missing /></Show>
        </section>
    }
}

#[component]
fn Case(case: Shared<KnownCase>) -> impl IntoView {
    let rows: Vec<_> = case.answers.iter().map(|answer| view! { <Row answer=answer.clone() /> }).collect();
    view! {
        <article class="answers-case" data-test=format!("answers-case-{}", case.id)>
            <h3><span class="selectable">{case.title.clone()}</span><code class="selectable">{case.id.clone()}</code></h3>
            <p class="selectable">{case.source.clone()}</p>
            <table>
                <thead>
                    <tr>
                        <th>{text::WHAT}</th>
                        <th class="right">{text::EXACT}</th>
                        <th class="right">{text::SIMULATED}</th>
                        <th class="right">{text::INTERVAL}</th>
                        <th>{text::VERDICT}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </article>
    }
}

#[component]
fn Row(answer: KnownAnswer) -> impl IntoView {
    view! {
        <tr data-agrees=answer.agrees.to_string()>
            <td class="selectable">{answer.what.clone()}</td>
            <td class="right"><code class="selectable">{words::exact(&answer)}</code></td>
            <td class="right"><code class="selectable">{words::simulated(&answer)}</code></td>
            <td class="right"><code class="selectable">{words::interval(&answer)}</code></td>
            <td class="verdict selectable" class:bad=!answer.agrees>{words::verdict(&answer)}</td>
        </tr>
    }
}

/// Known answers that no flow can ask for, with what the model lacks.
#[component]
fn Missing() -> impl IntoView {
    let app = app();
    let rows = move || {
        let missing = app.answers.with(crate::state::Answers::missing);
        missing
            .into_iter()
            .map(|missing| {
                view! {
                    <tr>
                        <td class="selectable">{missing.what.clone()}</td>
                        <td class="selectable">{missing.source.clone()}</td>
                        <td class="selectable"><Prose text=missing.why.clone() /></td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <article class="answers-case">
            <h3>{text::MISSING}</h3>
            <p>{text::MISSING_WHAT}</p>
            <table class="answers-missing">
                <thead><tr><th>{text::WHAT}</th><th>{text::SOURCE}</th><th>{text::WHY}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </article>
    }
}
