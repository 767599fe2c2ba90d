//! Playing: the button, the clock and the speed.

use leptos::{ev, prelude::*};

use super::{Board, moment};
use crate::{format, text::timeline as text};

/// The corner above the names of the rows.
#[component]
pub(super) fn Transport(board: Board) -> impl IntoView {
    let app = board.app;
    let playing = move || app.playback.is_playing();
    let label = move || if playing() { text::PAUSE.now() } else { text::PLAY.now() };
    let whole = move || board.model.with(|m| m.as_ref().map(|m| text::of_whole(&format::clock(m.duration_s))));
    let choose = move |event: ev::Event| {
        if let Ok(speed) = event_target_value(&event).parse() {
            app.playback.speed.set(speed);
        }
    };
    view! {
        <div class="transport">
            <button class="play" data-test="play" title=label aria-label=label on:click=move |_| app.toggle_playing()>
                <svg viewBox="0 0 12 12" aria-hidden="true">
                    <path d=move || if playing() { "M3 2h2v8H3zM7 2h2v8H7z" } else { "M3 1.5 10.5 6 3 10.5z" } />
                </svg>
            </button>
            <span class="moment figure" data-test="clock" title=text::SCRUBBER_HINT>{move || format::clock(app.scrubber.get())}</span>
            <span class="whole figure">{whole}</span>
            <select class="speed figure" data-test="speed" title=text::SPEED aria-label=text::SPEED on:change=choose>
                {moment::SPEEDS
                    .map(|speed| view! {
                        <option value=speed.to_string() selected=move || app.playback.speed.get() == speed>
                            {text::times(speed)}
                        </option>
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
