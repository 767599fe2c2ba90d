//! Playing a run: whether, how fast, and what one dot on the drawing stands for then.

use leptos::prelude::*;
use thalweg_protocol::{Series, traffic::Passed};

use super::Shared;
use crate::{canvas::Pace, timeline::moment::DEFAULT_SPEED};

/// Playing; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Playback {
    /// Which turn of playing is under way; none while it stands.
    pub(crate) playing: RwSignal<Option<u32>>,
    /// How many times faster than the run's own time.
    pub(crate) speed: RwSignal<u32>,
    /// What a dot stands for; none without a run.
    pub(crate) pace: Memo<Option<Pace>>,
    /// Whether the key to the drawing is shown.
    pub(crate) key: RwSignal<bool>,
    /// The expectation at whose breaking the drawing was last, by its place in the report.
    pub(crate) broken: RwSignal<Option<usize>>,
}

impl Playback {
    pub(super) fn new(series: Memo<Option<Shared<Series>>>) -> Playback {
        let speed = RwSignal::new(DEFAULT_SPEED);
        let busiest = Memo::new(move |_| {
            series.with(|series| series.as_ref().map(|series| [false, true].map(|dead| busiest_per_s(series, dead))))
        });
        Playback {
            playing: RwSignal::new(None),
            speed,
            pace: Memo::new(move |_| busiest.get().map(|[all, dead]| Pace::new(all, dead, speed.get()))),
            key: RwSignal::new(false),
            broken: RwSignal::new(None),
        }
    }

    /// Whether it plays; reactive.
    pub(crate) fn is_playing(self) -> bool {
        self.playing.with(Option::is_some)
    }

    /// Stops where it is.
    pub(crate) fn stop(self) {
        self.playing.try_set(None);
    }
}

/// What the busiest edge of a run carries at most; of those of dead letters, or of the others.
fn busiest_per_s(series: &Series, dead: bool) -> f64 {
    let edges = series.edges.iter().filter(|edge| (edge.kind == "dead-letter") == dead);
    let of = |per_s: &Vec<f32>| Passed::of_rates(series.bucket_s, per_s.iter().copied()).busiest();
    edges.map(|edge| of(&edge.per_s)).fold(0.0, f64::max)
}
