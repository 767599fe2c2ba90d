//! Traces over time and duration, above the list: how many lie where, and with which errors. A part of it that is dragged over, or
//! chosen by keys, becomes conditions of the filter; the plot keeps showing what lies around it.

mod paint;
mod plot;
mod region;

use leptos::{ev, html, prelude::*};
use thalweg_protocol::survey::TraceDensity;
use web_sys::HtmlCanvasElement;

use self::{
    paint::Inks,
    plot::{Place, Plot},
};
pub(crate) use self::{plot::slow_from, region::Region};
use super::when;
use crate::{
    format,
    kit::{brush, measure},
    state::{App, Shared, app},
    text::surveys as text,
};

/// Signals of the plot; cheap to copy.
#[derive(Clone, Copy)]
struct Density {
    app: App,
    found: Memo<Option<Shared<TraceDensity>>>,
    size: RwSignal<[f64; 2]>,
    /// Where a drag or the keys began, and where they are.
    grip: RwSignal<Option<(Place, Place)>>,
    /// Whether the pointer is pressed.
    pressed: RwSignal<bool>,
    /// The part that the filter asks for.
    region: Memo<Option<Region>>,
}

/// The whole plot.
#[component]
pub(super) fn DensityPlot() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let parts = Memo::new(move |_| app.filtering.asked.with(|asked| Region::apart(&asked.filter)));
    let plot = Density {
        app,
        found: Memo::new(move |_| app.surveys.density.with(|density| density.found.clone())),
        size: measure(element),
        grip: RwSignal::new(None),
        pressed: RwSignal::new(false),
        region: Memo::new(move |_| parts.with(|(_, region)| *region)),
    };
    let rest = Memo::new(move |_| parts.with(|(rest, _)| rest.clone()));
    Effect::new(move |_| {
        rest.track();
        plot.grip.set(None);
        app.ask_density();
    });
    let inks = Memo::new(move |_| {
        app.light.track();
        Shared::new(Inks::of_page())
    });
    Effect::new(move |_| {
        if let (Some(canvas), Some(found)) = (canvas.get(), plot.found.get()) {
            plot.paint(&canvas, &found, &inks.get());
        }
    });
    view! {
        <section class="density" data-test="density" aria-label=text::DENSITY>
            <div
                class="density-area"
                data-test="density-area"
                role="application"
                aria-label=text::DENSITY_KEYS
                aria-describedby="density-said"
                tabindex="0"
                node_ref=element
                data-traces=move || plot.found.with(|found| found.as_ref().map_or(0, |found| found.traces)).to_string()
                on:pointerdown=move |event| plot.press(&event)
                on:pointermove=move |event| plot.move_to(&event)
                on:pointerup=move |_| plot.release()
                on:pointercancel=move |_| plot.let_go()
                on:keydown=move |event| {
                    if plot.key(&event) {
                        event.prevent_default();
                        event.stop_propagation();
                    }
                }
            >
                <canvas class="density-canvas" node_ref=canvas aria-hidden="true"></canvas>
                {move || plot.frame()}
                {move || plot.cursor()}
            </div>
            <p class="density-said" id="density-said" data-test="density-said" role="status">{move || plot.said()}</p>
        </section>
    }
}

impl Density {
    fn with<T>(self, ask: impl FnOnce(Plot<'_>) -> T) -> Option<T> {
        let found = self.found.get()?;
        Some(ask(Plot { density: &found, size: self.size.get() }))
    }

    fn with_untracked<T>(self, ask: impl FnOnce(Plot<'_>) -> T) -> Option<T> {
        let found = self.found.get_untracked()?;
        Some(ask(Plot { density: &found, size: self.size.get_untracked() }))
    }

    fn paint(self, canvas: &HtmlCanvasElement, found: &TraceDensity, inks: &Inks) {
        let size = self.size.get();
        let ratio = window().device_pixel_ratio().max(0.5);
        let [width, height] = size.map(|pixels| (pixels * ratio).round() as u32);
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        if let Some(context) = brush(canvas) {
            Plot { density: found, size }.paint(&context, inks, ratio);
        }
    }

    fn place(self, event: &web_sys::PointerEvent) -> Option<Place> {
        let target = event.current_target()?;
        let area = wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok()?.get_bounding_client_rect();
        let point = [f64::from(event.client_x()) - area.left(), f64::from(event.client_y()) - area.top()];
        self.with_untracked(|plot| plot.at(point)).flatten()
    }

    fn press(self, event: &ev::PointerEvent) {
        if event.button() != 0 {
            return;
        }
        if let Some(place) = self.place(event) {
            self.grip.set(Some((place, place)));
            self.pressed.set(true);
            let area = event
                .current_target()
                .and_then(|target| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
            if let Some(area) = area {
                // Without it, a drag ends at the plot's edge.
                drop(area.set_pointer_capture(event.pointer_id()));
            }
        }
    }

    fn move_to(self, event: &ev::PointerEvent) {
        if !self.pressed.get_untracked() {
            return;
        }
        if let Some(to) = self.place(event) {
            self.grip.update(|grip| {
                if let Some((_, at)) = grip {
                    *at = to;
                }
            });
        }
    }

    /// A drag over several cells selects them; a press on one leaves the cursor there.
    fn release(self) {
        if !self.pressed.get_untracked() {
            return;
        }
        self.pressed.set(false);
        if self.grip.get_untracked().is_some_and(|(from, to)| from != to) {
            self.select();
        }
    }

    fn let_go(self) {
        self.pressed.set(false);
        self.grip.set(None);
    }

    fn select(self) {
        let Some((from, to)) = self.grip.get_untracked() else { return };
        let region = self.with_untracked(|plot| plot.region(from, to));
        self.grip.set(None);
        self.app.select_region(region);
    }

    /// Arrows move the cursor, with Shift they extend from where it was; Enter selects, Escape gives up.
    fn key(self, event: &ev::KeyboardEvent) -> bool {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let key = event.key();
        let step = match key.as_str() {
            "ArrowLeft" => (-1, 0),
            "ArrowRight" => (1, 0),
            "ArrowUp" => (0, 1),
            "ArrowDown" => (0, -1),
            "Enter" => {
                self.select();
                return true;
            }
            "Escape" if self.grip.get_untracked().is_some() => {
                self.let_go();
                return true;
            }
            "Escape" if self.region.get_untracked().is_some() => {
                self.app.select_region(None);
                return true;
            }
            _ => return false,
        };
        let moved = self.with_untracked(|plot| {
            let bounded =
                |at: u32, by: i64, count: u32| (i64::from(at) + by).clamp(0, i64::from(count.max(1)) - 1) as u32;
            let Some((from, at)) = self.grip.get_untracked() else { return plot.fullest().map(|at| (at, at)) };
            let to = (bounded(at.0, step.0, plot.density.columns), bounded(at.1, step.1, plot.rows()));
            Some((if event.shift_key() { from } else { to }, to))
        });
        self.grip.set(moved.flatten());
        true
    }

    /// The part that the filter asks for.
    fn frame(self) -> Option<impl IntoView + use<>> {
        let region = self.region.get()?;
        let [left, top, width, height] = self.with(|plot| plot.rect_of(region)).flatten()?;
        let app = self.app;
        Some(view! {
            <div
                class="density-frame"
                data-test="density-frame"
                style:left=format!("{left:.1}px")
                style:top=format!("{top:.1}px")
                style:width=format!("{width:.1}px")
                style:height=format!("{height:.1}px")
            >
                <button
                    class="density-clear"
                    data-test="density-clear"
                    title=text::CLEAR_REGION
                    aria-label=text::CLEAR_REGION
                    // Pressed here, nothing is dragged.
                    on:pointerdown=|event| event.stop_propagation()
                    on:click=move |_| app.select_region(None)
                >
                    "×"
                </button>
            </div>
        })
    }

    /// What is being dragged over, or where the keys are.
    fn cursor(self) -> Option<impl IntoView + use<>> {
        let (from, to) = self.grip.get()?;
        let [left, top, width, height] = self.with(|plot| plot.rect(from, to))?;
        Some(view! {
            <div
                class="density-cursor"
                data-test="density-cursor"
                style:left=format!("{left:.1}px")
                style:top=format!("{top:.1}px")
                style:width=format!("{width:.1}px")
                style:height=format!("{height:.1}px")
            ></div>
        })
    }

    /// In words: what the cursor is on, else all of it.
    fn said(self) -> String {
        let Some(found) = self.found.get() else { return text::DENSITY_WAIT.now().to_owned() };
        if let Some((from, to)) = self.grip.get()
            && let Some((region, counted)) = self.with(|plot| (plot.region(from, to), plot.counted(from, to)))
        {
            return text::density_part(&moments(region), &lengths(region), counted);
        }
        let share = self.app.surveys.density.with(|density| density.is_under_way().then_some(density.share));
        let share = share.filter(|share| *share > 0.0).map(format::share);
        text::density_all(
            [found.traces, found.with_errors, found.outside, found.undecided],
            found.cut,
            share.as_deref(),
        )
    }
}

fn moments(region: Region) -> String {
    let moment = |nanos: Option<u64>| nanos.map(when::local).unwrap_or_default();
    format!("{} – {}", moment(region.from), moment(region.before))
}

fn lengths(region: Region) -> String {
    match (region.least, region.below) {
        (Some(least), Some(below)) => format!("{} – {}", format::nanos(least), format::nanos(below)),
        (Some(least), None) => format!("≥ {}", format::nanos(least)),
        (None, Some(below)) => format!("< {}", format::nanos(below)),
        (None, None) => text::ANY_DURATION.now().to_owned(),
    }
}
