//! Playing a run, stepping through it, and going to the moments that matter.

use std::cell::Cell;

use leptos::prelude::*;

use crate::{
    kit::motion::{is_calm, now_ms},
    state::{App, Lens},
    timeline::moment::{self, SPEEDS},
};

thread_local! {
    static TURNS: Cell<u32> = const { Cell::new(0) };
}

impl App {
    /// Plays from the moment that is shown, or from the start when that is the end; stops when it plays.
    pub(crate) fn toggle_playing(self) {
        if self.playback.playing.with_untracked(Option::is_some) {
            self.playback.stop();
            return;
        }
        if self.scrubber.get_untracked() >= self.run_s() {
            self.scrubber.set(0.0);
        }
        // A frame asked for by an earlier turn must not go on in this one.
        let turn = TURNS.with(|turns| {
            turns.set(turns.get().wrapping_add(1));
            turns.get()
        });
        self.playback.playing.set(Some(turn));
        frame(self, turn, now_ms());
    }

    /// Plays faster or slower by a step.
    pub(crate) fn change_speed(self, faster: bool) {
        self.playback.speed.update(|speed| *speed = moment::next_speed(&SPEEDS, *speed, faster));
    }

    /// Shows a moment and stays there.
    pub(crate) fn show_moment(self, second: f64) {
        self.playback.stop();
        self.scrubber.set(second.clamp(0.0, self.run_s()));
    }

    /// Goes to the next bucket of the curves, or back.
    pub(crate) fn step_bucket(self, forwards: bool) {
        let bucket = self.series.with_untracked(|series| series.as_ref().map_or(0.0, |series| series.bucket_s));
        let now = self.scrubber.get_untracked();
        self.show_moment(if forwards { now + bucket } else { now - bucket });
    }

    /// Goes to where the next fault begins or ends, or back to the last.
    pub(crate) fn go_to_fault(self, forwards: bool) {
        let now = self.scrubber.get_untracked();
        let next = self.series.with_untracked(|series| {
            let faults = series.iter().flat_map(|series| &series.faults);
            moment::next_of(faults.flat_map(|fault| [fault.from_s, fault.until_s]), now, forwards)
        });
        if let Some(second) = next {
            self.show_moment(second);
        }
    }

    /// Goes to the moment and the node where an expectation of the last run broke.
    pub(crate) fn go_to_broken(self, index: usize) {
        let broke = self.results.with_untracked(|run| run.as_ref()?.report.expectations.get(index)?.broke.clone());
        let Some(broke) = broke else { return };
        self.lens.set(Lens::Simulate);
        self.playback.broken.set(Some(index));
        self.show_moment(broke.at_s);
        if let Some(node) = broke.node.filter(|node| self.scene.with_untracked(|s| s.nodes.contains_key(node))) {
            self.select(vec![node.clone()]);
            self.show_node(&node);
        }
    }

    /// Goes to where the next expectation broke, in the order of time; after the last comes the first again.
    pub(crate) fn go_to_next_broken(self) {
        let mut all = self.broken_moments();
        all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let now = self.playback.broken.get_untracked();
        let at = all.iter().position(|(index, _)| Some(*index) == now);
        if let Some((index, _)) = at.and_then(|at| all.get(at + 1)).or(all.first()) {
            self.go_to_broken(*index);
        }
    }

    /// The broken expectations whose moment is known: place in the report and second.
    pub(crate) fn broken_moments(self) -> Vec<(usize, f64)> {
        self.results.with(|run| {
            let all = run.iter().flat_map(|run| run.report.expectations.iter().enumerate());
            all.filter_map(|(i, e)| Some((i, e.broke.as_ref()?.at_s))).collect()
        })
    }

    /// Length of the run that is shown, in seconds.
    fn run_s(self) -> f64 {
        self.series.with_untracked(|series| series.as_ref().map_or(0.0, |series| series.duration_s))
    }
}

/// Moves the moment in the next frame, and so on until the end or until it is stopped.
fn frame(app: App, turn: u32, last_ms: f64) {
    request_animation_frame(move || {
        if app.playback.playing.try_get_untracked().flatten() != Some(turn) {
            return;
        }
        let now = now_ms();
        let passed = (now - last_ms) / 1e3;
        if is_calm() && passed < moment::CALM_STEP_S {
            return frame(app, turn, last_ms);
        }
        let (Some(at), Some(speed)) = (app.scrubber.try_get_untracked(), app.playback.speed.try_get_untracked()) else {
            return;
        };
        let (at, ended) = moment::after_frame(at, passed, speed, app.run_s());
        app.scrubber.try_set(at);
        if ended {
            app.playback.stop();
        } else {
            frame(app, turn, now);
        }
    });
}
