//! The flame graph of a trace: time from left to right, what a span caused below it. Painted on one canvas, so that a trace of
//! a hundred thousand spans moves as one of ten. The waterfall is the same trace for keyboards and screen readers; this view
//! has keys as well, and what is chosen here is chosen there.

mod lanes;
mod paint;

use leptos::{ev, html, prelude::*};
use web_sys::HtmlCanvasElement;

use self::{
    lanes::{Lanes, Window},
    paint::{Inks, Picture},
};
use super::{
    ruler::{PARTS, marks_between},
    sheet::Sheet,
    tree::Tree,
};
use crate::{
    format,
    kit::{brush, measure},
    state::Shared,
    text::traces as text,
};

/// Height of a lane in pixels, with the space to the next.
const LANE: f64 = 20.0;
/// Pixels beside a bar that still mean it.
const GRIP: f64 = 3.0;
/// How much a step of the wheel or a key magnifies, and by which share of the window a key moves.
const ZOOM_STEP: f64 = 1.25;
const MOVE_STEP: f64 = 0.1;

/// Signals of the view; cheap to copy.
#[derive(Clone, Copy)]
struct Flame {
    sheet: Sheet,
    lanes: Memo<Option<Shared<Lanes>>>,
    window: RwSignal<Window>,
    top: RwSignal<f64>,
    hovered: RwSignal<Option<usize>>,
    size: RwSignal<[f64; 2]>,
}

/// The flame graph of the trace that is shown.
#[component]
pub(super) fn FlameGraph(sheet: Sheet) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let lanes = Memo::new(move |_| sheet.tree.with(|tree| Some(Shared::new(Lanes::new(&tree.as_ref()?.1.view.rows)))));
    let flame = Flame {
        sheet,
        lanes,
        window: RwSignal::new(Window::whole(1)),
        top: RwSignal::new(0.0),
        hovered: RwSignal::new(None),
        size: measure(element),
    };
    // Another trace, or more of this one: all of it is shown.
    let total = Memo::new(move |_| (sheet.app.traces.with(|t| t.selected.clone()), flame.total()));
    Effect::new(move |_| {
        flame.window.set(Window::whole(total.get().1));
        flame.top.set(0.0);
        flame.hovered.set(None);
    });
    let inks = Memo::new(move |_| {
        sheet.app.light.track();
        Shared::new(Inks::of_page())
    });
    Effect::new(move |_| {
        if let (Some(canvas), Some(lanes)) = (canvas.get(), flame.lanes.get()) {
            flame.paint(&canvas, &lanes, &inks.get());
        }
    });
    let ruler = move || {
        let window = flame.window.get();
        marks_between(window.from as u64, window.until as u64)
            .into_iter()
            .enumerate()
            .map(|(i, mark)| view! { <span style:left=format!("{}%", i as u32 * 100 / PARTS)>{mark}</span> })
            .collect_view()
    };
    view! {
        <div class="flame">
            <div class="flame-ruler" aria-hidden="true"><div class="marks">{ruler}</div></div>
            <div
                class="flame-area"
                data-test="flame"
                role="application"
                aria-label=text::FLAME_KEYS
                aria-describedby="flame-said"
                tabindex="0"
                node_ref=element
                on:pointermove=move |event| flame.hovered.set(flame.under(&event))
                on:pointerleave=move |_| flame.hovered.set(None)
                on:click=move |event| {
                    if let Some(row) = flame.under(&event) {
                        flame.choose(row);
                    }
                }
                on:dblclick=move |event| flame.enlarge(flame.under(&event))
                on:wheel=move |event| flame.wheel(&event)
                on:keydown=move |event| {
                    if flame.key(&event) {
                        event.prevent_default();
                    }
                }
            >
                <canvas class="flame-canvas" node_ref=canvas aria-hidden="true"></canvas>
                {move || flame.readout()}
            </div>
            <p id="flame-said" class="flame-said" data-test="flame-said" aria-live="polite">{move || flame.said()}</p>
        </div>
    }
}

impl Flame {
    fn total(self) -> u64 {
        self.sheet.tree.with(|tree| tree.as_ref().map_or(1, |(_, tree)| tree.total_nano))
    }

    fn with<T>(self, read: impl FnOnce(&Tree, &Lanes) -> Option<T>) -> Option<T> {
        let lanes = self.lanes.get_untracked()?;
        self.sheet.tree.with_untracked(|tree| read(&tree.as_ref()?.1, &lanes))
    }

    fn paint(self, canvas: &HtmlCanvasElement, lanes: &Lanes, inks: &Inks) {
        let size = self.size.get();
        let ratio = window().device_pixel_ratio().max(0.5);
        let [width, height] = size.map(|pixels| (pixels * ratio).round() as u32);
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        let (window, top) = (self.window.get(), self.top.get());
        let (chosen, hovered) = (self.sheet.chosen_index.get(), self.hovered.get());
        self.sheet.tree.with(|tree| {
            let (Some((_, tree)), Some(context)) = (tree, brush(canvas)) else { return };
            Picture { tree, lanes, inks, window, top, size, ratio, chosen, hovered }.paint(&context);
        });
    }

    /// The row that the pointer is over.
    fn under(self, event: &web_sys::MouseEvent) -> Option<usize> {
        let target = event.current_target()?;
        let area = wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok()?.get_bounding_client_rect();
        let [width, _] = self.size.get_untracked();
        let lane = (f64::from(event.client_y()) - area.top() + self.top.get_untracked()) / LANE;
        let window = self.window.get_untracked();
        let nano_per_pixel = window.length() / width.max(1.0);
        let nano = window.from + (f64::from(event.client_x()) - area.left()) * nano_per_pixel;
        if lane < 0.0 {
            return None;
        }
        self.with(|tree, lanes| lanes.at(&tree.view.rows, lane as usize, nano, GRIP * nano_per_pixel))
    }

    fn choose(self, row: usize) {
        self.sheet.chosen.set(self.with(|tree, _| tree.key(row)));
    }

    /// Shows the time of a row only; without one all of the trace.
    fn enlarge(self, row: Option<usize>) {
        let total = self.total();
        let window = row.and_then(|row| self.with(|tree, _| Some(Window::around(tree.row(row)?, total))));
        self.window.set(window.unwrap_or_else(|| Window::whole(total)));
    }

    fn zoom(self, factor: f64, at: f64) {
        let total = self.total();
        self.window.update(|window| *window = window.zoomed(factor, at, total));
    }

    fn pan(self, share: f64) {
        let total = self.total();
        self.window.update(|window| *window = window.moved(share, total));
    }

    fn scroll(self, pixels: f64) {
        let most = self.with(|_, lanes| Some(lanes.count() as f64 * LANE)).unwrap_or_default();
        let most = (most - self.size.get_untracked()[1]).max(0.0);
        self.top.update(|top| *top = (*top + pixels).clamp(0.0, most));
    }

    /// Wheel: through the lanes, and sideways through time; with Ctrl or ⌘ closer and further around the pointer.
    fn wheel(self, event: &ev::WheelEvent) {
        event.prevent_default();
        let width = self.size.get_untracked()[0].max(1.0);
        if event.ctrl_key() || event.meta_key() {
            let at = f64::from(event.offset_x()) / width;
            self.zoom(ZOOM_STEP.powf(-event.delta_y() / 100.0), at.clamp(0.0, 1.0));
        } else {
            self.pan(event.delta_x() / width);
            self.scroll(event.delta_y());
        }
    }

    /// Up to what a span is below, down to the first below it, to the spans before and after it in its lane; closer, further.
    fn key(self, event: &ev::KeyboardEvent) -> bool {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let chosen = self.sheet.chosen_index.get_untracked();
        match event.key().as_str() {
            "+" | "=" => self.zoom(ZOOM_STEP, 0.5),
            "-" => self.zoom(1.0 / ZOOM_STEP, 0.5),
            "a" => self.pan(-MOVE_STEP),
            "d" => self.pan(MOVE_STEP),
            "Enter" => self.enlarge(chosen),
            "Escape" => self.enlarge(None),
            key @ ("ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight") => {
                let to = self.with(|tree, lanes| match (chosen, key) {
                    (None, _) => Some(0),
                    (Some(row), "ArrowUp") => tree.parent(row),
                    (Some(row), "ArrowDown") => (tree.descendants(row) > 0).then_some(row + 1),
                    (Some(row), "ArrowLeft") => lanes.beside(row, false),
                    (Some(row), _) => lanes.beside(row, true),
                });
                if let Some(to) = to {
                    self.choose(to);
                    self.bring_into_sight(to);
                }
            }
            _ => return false,
        }
        true
    }

    fn bring_into_sight(self, row: usize) {
        let [_, height] = self.size.get_untracked();
        let total = self.total();
        let Some((y, from, until)) = self.with(|tree, lanes| {
            let at = tree.row(row)?;
            let until = at.start_nano.saturating_add(at.duration_nano) as f64;
            Some((lanes.of(row)? as f64 * LANE, at.start_nano as f64, until))
        }) else {
            return;
        };
        let top = self.top.get_untracked();
        if y < top {
            self.scroll(y - top);
        } else if y + LANE > top + height {
            self.scroll(y + LANE - top - height);
        }
        let window = self.window.get_untracked();
        if until < window.from || from > window.until {
            self.window.set(window.moved((from - window.from) / window.length() - MOVE_STEP, total));
        }
    }

    /// What is said of the row under the pointer.
    fn readout(self) -> Option<impl IntoView + use<>> {
        let row = self.hovered.get()?;
        let (window, top) = (self.window.get(), self.top.get());
        let lanes = self.lanes.get()?;
        let says = self.describe(row)?;
        let (y, share) = self.sheet.tree.with(|tree| {
            let at = tree.as_ref()?.1.row(row)?;
            Some((lanes.of(row)? as f64 * LANE - top + LANE + 4.0, window.share(at.start_nano as f64)))
        })?;
        let right = share > 0.6;
        let percent = if right { (1.0 - share).max(0.0) } else { share.max(0.0) } * 100.0;
        Some(view! {
            <div
                class="flame-readout"
                style:top=format!("{y}px")
                style:left=(!right).then(|| format!("{percent:.2}%"))
                style:right=right.then(|| format!("{:.2}%", percent.min(60.0)))
            >
                {says}
            </div>
        })
    }

    /// The chosen row in words, for those who hear it and below the graph.
    fn said(self) -> String {
        let chosen = self.sheet.chosen_index.get().and_then(|row| self.describe(row));
        chosen.unwrap_or_else(|| text::FLAME_HOW.now().to_owned())
    }

    fn describe(self, row: usize) -> Option<String> {
        self.sheet.tree.with(|tree| {
            let (_, tree) = tree.as_ref()?;
            let row = tree.row(row)?;
            let own = row.span.as_ref().map(|_| format::nanos(row.self_nano));
            let share = format::share(row.duration_nano as f64 / tree.total_nano as f64);
            Some(text::flame_row(&row.name, &row.service, &format::nanos(row.duration_nano), &share, own.as_deref()))
        })
    }
}
