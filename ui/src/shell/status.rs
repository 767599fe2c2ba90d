//! The line at the bottom: what the flow has, what is wrong with it, what the last run was.

use leptos::prelude::*;
use thalweg_protocol::RunReport;

use crate::{
    format,
    state::{Lens, OpenDocument, Stage, app},
    text,
};

/// The bottom line.
#[component]
pub(super) fn StatusLine() -> impl IntoView {
    let app = app();
    let sizes = move || app.document.with(|d| d.as_ref().map(OpenDocument::sizes).unwrap_or_default());
    let problems = move || app.document.with(|d| d.as_ref().map(OpenDocument::problems_in_words).unwrap_or_default());
    let run = move || app.results.with(|run| run.as_ref().map(|run| summary(&run.report)).unwrap_or_default());
    let version = move || app.start.with(|s| s.as_ref().map(|s| format!("v{}", s.version)).unwrap_or_default());
    let is_of_signals = move || matches!(app.lens.get(), Lens::Traces | Lens::Logs | Lens::Metrics);
    let refused = move || {
        app.receiver.with(|r| {
            r.as_ref().map(|r| match app.lens.get() {
                Lens::Logs => text::logs::stored(r.stored_logs, r.refused_logs),
                Lens::Metrics => text::metrics::stored(r.stored_points, r.refused_points),
                _ => text::spans(r.stored_spans, r.refused_spans),
            })
        })
    };
    let answers = move || {
        app.answers.with(|answers| match answers.stage() {
            Stage::None => text::answers::TITLE.now().to_owned(),
            _ => text::answers::short(answers.sum().reproduced, answers.sum().known, answers.filter()),
        })
    };
    view! {
        <footer class="status">
            <Show
                when=move || !is_of_signals()
                fallback=move || view! { <span data-test="status-spans">{refused}</span> }
            >
                <span data-test="status-sizes">{sizes}</span>
                <span data-test="status-run">{run}</span>
                <Show when=move || app.stale.get() && app.results.with(Option::is_some)>
                    <span class="stale" data-test="status-stale">{text::STALE}</span>
                </Show>
            </Show>
            <span class="grow"></span>
            <Show when=move || app.document.with(Option::is_some)>
                <button data-test="status-problems" on:click=move |_| app.lens.set(Lens::Design)>{problems}</button>
            </Show>
            <button
                class:bad=move || app.answers.with(|answers| !answers.sum().is_whole())
                data-test="status-answers"
                on:click=move |_| app.lens.set(Lens::Answers)
            >
                {answers}
            </button>
            <span>{version}</span>
        </footer>
    }
}

/// A run in one line.
fn summary(report: &RunReport) -> String {
    let mut line = text::run_summary(
        &report.scenario,
        report.seed,
        report.replications,
        &format::count(report.events as f64),
        &format::millis(report.wall_s * 1e3),
    );
    if let (Some(mean), Some([low, high])) = (report.end_to_end_ms.mean, report.end_to_end_ms.ci95)
        && mean > 0.0
    {
        line.push_str(&text::mean_interval(&format::millis(mean), &format::share((high - low) / 2.0 / mean)));
    }
    line
}
