//! The timeline of a run: curves on one time axis, faults as bands, and the scrubber that moves the whole drawing to a
//! moment.
//!
//! What is shown is a [`thalweg_charts::Timeline`], the same that reports draw; here it is drawn as elements of the page
//! that answer the pointer. Pure parts ([`lanes`], [`axis`], [`curve`], [`layout`], [`moment`]) are tested natively.

mod axis;
mod curve;
mod lanes;
mod layout;
mod moment;
mod plot;
mod rows;
mod scrubber;
mod splitter;
mod transport;

use leptos::prelude::*;
use thalweg_charts::{Hue, Lane, Line, Unit};

use crate::{
    commands,
    kit::measure,
    state::{App, Shared, app},
    text,
};
use axis::Window;
use layout::Row;

/// What the parts of the timeline share; cheap to copy.
#[derive(Clone, Copy)]
struct Board {
    app: App,
    /// What is drawn; none before the first curves.
    model: Memo<Option<Shared<thalweg_charts::Timeline>>>,
    /// The part chosen by zooming; none is the whole run.
    zoom: RwSignal<Option<Window>>,
    /// The part that is seen.
    window: Memo<Window>,
    /// Width and height of the plot in pixels.
    size: RwSignal<[f64; 2]>,
    /// The moment under the pointer.
    hover: RwSignal<Option<f64>>,
    /// Which turn of playing is under way; none while it stands.
    playing: RwSignal<Option<u32>>,
    /// How many times faster than the run's own time.
    speed: RwSignal<u32>,
}

/// The panel below the canvas in the simulate lens.
#[component]
pub(crate) fn Timeline() -> impl IntoView {
    let app = app();
    let has_curves = Memo::new(move |_| app.series.with(Option::is_some));
    let height = splitter::height();
    view! {
        <section class="timeline" data-test="timeline" aria-label=text::timeline::TIMELINE style:height=move || format!("{}px", height.get())>
            <splitter::Splitter height />
            <Show when=move || has_curves.get() fallback=|| view! { <Empty /> }>
                <Curves />
            </Show>
        </section>
    }
}

#[component]
fn Curves() -> impl IntoView {
    let app = app();
    let model = Memo::new(move |_| {
        let selection = app.selection.get();
        app.series.with(|series| series.as_ref().map(|series| Shared::new(lanes::timeline(series, &selection))))
    });
    let zoom = RwSignal::new(None::<Window>);
    let duration = Memo::new(move |_| model.with(|m| m.as_ref().map_or(0.0, |m| m.duration_s)));
    // Another run, another axis.
    Effect::new(move |before: Option<f64>| {
        let duration = duration.get();
        if before.is_some_and(|before| (before - duration).abs() > f64::EPSILON) {
            zoom.set(None);
        }
        duration
    });
    let plot = NodeRef::<leptos::html::Div>::new();
    let board = Board {
        app,
        model,
        zoom,
        window: Memo::new(move |_| zoom.get().unwrap_or_else(|| Window::whole(duration.get()))),
        size: measure(plot),
        hover: RwSignal::new(None),
        playing: RwSignal::new(None),
        speed: RwSignal::new(moment::DEFAULT_SPEED),
    };
    on_cleanup(move || {
        board.playing.try_set(None);
    });
    view! {
        <transport::Transport board />
        <rows::RowNames board />
        <div class="plot" node_ref=plot>
            <plot::Plot board />
            <rows::Readings board />
            <scrubber::Scrubber board />
        </div>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let app = app();
    let running = move || app.running.with(Option::is_some);
    let keys = || {
        let shortcut = commands::run::RUN.keys.first();
        let keys = shortcut.map(|shortcut| shortcut.keys()).unwrap_or_default();
        keys.into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect_view()
    };
    view! {
        <div class="empty">
            <Show
                when=running
                fallback=move || view! {
                    <p>{text::timeline::EMPTY}</p>
                    <p class="try">
                        <button class="button primary" on:click=move |_| commands::run::RUN.run(app)>{text::RUN}</button>
                        <span>{text::timeline::OR_PRESS}</span>
                        {keys()}
                    </p>
                }
            >
                <p>{text::timeline::FIRST_CURVES}</p>
            </Show>
        </div>
    }
}

impl Board {
    /// Length of the whole run, in seconds.
    fn duration_s(self) -> f64 {
        self.model.with_untracked(|model| model.as_ref().map_or(0.0, |model| model.duration_s))
    }

    /// Length of a bucket, in seconds.
    fn bucket_s(self) -> f64 {
        self.model.with_untracked(|model| model.as_ref().map_or(0.0, |model| model.bucket_s))
    }

    /// Lanes with their place; reactive.
    fn lanes(self) -> Vec<(Lane, Row)> {
        let [_, height] = self.size.get();
        self.model.with(|model| {
            let lanes = model.as_ref().map(|model| model.lanes.clone()).unwrap_or_default();
            let rows = layout::rows(lanes.len(), height);
            lanes.into_iter().zip(rows).collect()
        })
    }
}

/// The class that gives a line its colour.
fn hue_class(hue: Hue) -> &'static str {
    match hue {
        Hue::Accent => "hue-accent",
        Hue::Producer => "hue-producer",
        Hue::Channel => "hue-channel",
        Hue::Consumer => "hue-consumer",
        Hue::Service => "hue-service",
        Hue::Dead => "hue-dead",
    }
}

/// A line's value in words.
fn reading(unit: Unit, line: &Line, bucket_s: f64, second: f64) -> String {
    let value = curve::value_at(line, bucket_s, second);
    value.map_or_else(|| crate::format::UNKNOWN.to_owned(), |value| curve::say(unit, value))
}
