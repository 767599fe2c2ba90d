//! The key to the drawing in the simulate lens: what dots, widths, bars and colours say.

use leptos::prelude::*;

use crate::{
    format,
    state::{App, app},
    text::playback as text,
};

/// The button that shows it, and the key itself.
#[component]
pub(super) fn Key() -> impl IntoView {
    let app = app();
    let shown = app.playback.key;
    view! {
        <Show when=move || app.shows_figures()>
            <div class="drawing-key" data-test="drawing-key">
                <button
                    class="small"
                    data-test="drawing-key-toggle"
                    aria-expanded=move || shown.get().to_string()
                    title=text::SHOW_KEY
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {text::KEY}
                    <span class="figure" data-test="per-dot">{move || per_dot(app)}</span>
                </button>
                <Show when=move || shown.get()><Entries /></Show>
            </div>
        </Show>
    }
}

/// `1 dot = 10 messages, 1 of dead letters, at 60×`.
fn per_dot(app: App) -> Option<String> {
    let pace = app.playback.pace.get()?;
    let speed = app.playback.speed.get();
    Some(text::dot(&format::count(pace.each), &format::count(pace.each_dead), speed))
}

#[component]
fn Entries() -> impl IntoView {
    let line = |width: &'static str, y: u32| view! { <line x1="2" x2="34" y1=y y2=y stroke-width=width /> };
    view! {
        <dl>
            <dt><svg viewBox="0 0 36 16" class="dots" aria-hidden="true">
                <line x1="2" x2="34" y1="8" y2="8" stroke-width="1.8" /><circle cx="12" cy="8" r="3.2" /><circle cx="25" cy="8" r="3.2" />
            </svg></dt>
            <dd>{text::KEY_MESSAGE}</dd>
            <dt><svg viewBox="0 0 36 16" class="again" aria-hidden="true">
                <line x1="2" x2="34" y1="8" y2="8" stroke-width="1.8" /><circle cx="18" cy="8" r="3.4" />
            </svg></dt>
            <dd>{text::KEY_AGAIN}</dd>
            <dt><svg viewBox="0 0 36 16" class="failed" aria-hidden="true">
                <line x1="2" x2="34" y1="8" y2="8" stroke-width="1.8" /><path d="M13 8l5-5 5 5-5 5z" />
            </svg></dt>
            <dd>{text::KEY_FAILED}</dd>
            <dt><svg viewBox="0 0 36 16" class="stream" aria-hidden="true">{line("7", 8)}</svg></dt>
            <dd>{text::KEY_STREAM}</dd>
            <dt><svg viewBox="0 0 36 16" class="widths" aria-hidden="true">{line("1.6", 3)}{line("2.9", 8)}{line("4.4", 13)}</svg></dt>
            <dd>{text::KEY_WIDTH}<span class="figure">" 1/s, 100/s, 10k/s"</span></dd>
            <dt><svg viewBox="0 0 36 16" class="dead" aria-hidden="true">{line("1.8", 8)}</svg></dt>
            <dd>{text::KEY_DEAD}</dd>
            <dt><i class="level"><i></i></i></dt>
            <dd>{text::KEY_LEVEL}</dd>
            <dt class="figure">"▲▼─"</dt>
            <dd>{text::KEY_TREND}</dd>
            <dt><i class="box hurt"></i></dt>
            <dd>{text::KEY_HURT}</dd>
            <dt class="figure bad">"12 +3/s"</dt>
            <dd>{text::KEY_GROWTH}</dd>
        </dl>
    }
}
