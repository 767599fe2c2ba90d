//! Playing: the button, the clock and the speed, and the frames in which the moment moves.

use leptos::{ev, prelude::*};

use super::{Board, moment};
use crate::{
    format,
    kit::motion::{is_calm, now_ms},
    text::timeline as text,
};

/// The corner above the names of the rows.
#[component]
pub(super) fn Transport(board: Board) -> impl IntoView {
    let app = board.app;
    let playing = move || board.playing.with(Option::is_some);
    let label = move || if playing() { text::PAUSE.now() } else { text::PLAY.now() };
    let whole = move || board.model.with(|m| m.as_ref().map(|m| text::of_whole(&format::clock(m.duration_s))));
    let choose = move |event: ev::Event| {
        if let Ok(speed) = event_target_value(&event).parse() {
            board.speed.set(speed);
        }
    };
    view! {
        <div class="transport">
            <button class="play" data-test="play" title=label aria-label=label on:click=move |_| board.toggle_playing()>
                <svg viewBox="0 0 12 12" aria-hidden="true">
                    <path d=move || if playing() { "M3 2h2v8H3zM7 2h2v8H7z" } else { "M3 1.5 10.5 6 3 10.5z" } />
                </svg>
            </button>
            <span class="moment figure" data-test="clock" title=text::SCRUBBER_HINT>{move || format::clock(app.scrubber.get())}</span>
            <span class="whole figure">{whole}</span>
            <select class="speed figure" data-test="speed" title=text::SPEED aria-label=text::SPEED on:change=choose>
                {moment::SPEEDS
                    .map(|speed| view! {
                        <option value=speed.to_string() selected=move || board.speed.get() == speed>
                            {text::times(speed)}
                        </option>
                    })
                    .collect_view()}
            </select>
        </div>
    }
}

impl Board {
    /// Plays from the moment that is shown, or from the start when that is the end; stops when it plays.
    pub(super) fn toggle_playing(self) {
        if self.playing.with_untracked(Option::is_some) {
            self.playing.set(None);
            return;
        }
        if self.app.scrubber.get_untracked() >= self.duration_s() {
            self.app.scrubber.set(0.0);
        }
        // A frame asked for by an earlier turn must not go on in this one.
        let turn = TURNS.with(|turns| {
            turns.set(turns.get().wrapping_add(1));
            turns.get()
        });
        self.playing.set(Some(turn));
        frame(self, turn, now_ms());
    }
}

thread_local! {
    static TURNS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Moves the moment in the next frame, and so on until the end or until it is stopped.
fn frame(board: Board, turn: u32, last_ms: f64) {
    request_animation_frame(move || {
        if board.playing.try_get_untracked().flatten() != Some(turn) {
            return;
        }
        let now = now_ms();
        let passed = (now - last_ms) / 1e3;
        if is_calm() && passed < moment::CALM_STEP_S {
            return frame(board, turn, last_ms);
        }
        let (Some(at), Some(speed)) = (board.app.scrubber.try_get_untracked(), board.speed.try_get_untracked()) else {
            return;
        };
        let (at, ended) = moment::after_frame(at, passed, speed, board.duration_s());
        board.app.scrubber.try_set(at);
        if ended {
            board.playing.try_set(None);
        } else {
            frame(board, turn, now);
        }
    });
}
