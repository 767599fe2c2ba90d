//! How near the canvas looks: buttons, fitting, and the size of the element.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};

use super::gestures::Element;
use crate::{
    state::{App, Lens, Rect, Viewport, app},
    text,
};

/// Room around a fitted drawing, and at the left for the palette.
const MARGIN: f64 = 44.0;
const PALETTE: f64 = 150.0;
/// One press of a zoom button.
const STEP: f64 = 1.25;

impl App {
    /// Shows the whole flow.
    pub(crate) fn fit(self) {
        let Some(bounds) = self.scene.with_untracked(|scene| scene.bounds()) else { return };
        let [width, height] = self.canvas_size.get_untracked();
        let left = if self.lens.get_untracked() == Lens::Design { PALETTE } else { 0.0 };
        let free =
            Rect { x: left + MARGIN, y: MARGIN, width: width - left - 2.0 * MARGIN, height: height - 2.0 * MARGIN };
        self.viewport.update(|view| view.fit(bounds, free));
    }

    /// Brings a box into view, if it is not there already.
    pub(crate) fn show_node(self, id: &str) {
        let scene = self.scene.get_untracked();
        let Some(node) = scene.nodes.get(id) else { return };
        let [width, height] = self.canvas_size.get_untracked();
        self.viewport.update(|view| {
            let (x, y) = (node.rect.x * view.zoom + view.x, node.rect.y * view.zoom + view.y);
            let inside = x >= PALETTE && y >= 0.0 && x + node.rect.width * view.zoom <= width && y + 60.0 <= height;
            if !inside {
                view.pan(width / 2.0 - x - node.rect.width / 2.0 * view.zoom, height / 2.0 - y);
            }
        });
    }

    /// Looks at a box from where it can be read.
    pub(crate) fn come_near(self, id: &str) {
        let scene = self.scene.get_untracked();
        let Some(node) = scene.nodes.get(id) else { return };
        let [width, height] = self.canvas_size.get_untracked();
        let (x, y) = (node.rect.x + node.rect.width / 2.0, node.rect.y + node.rect.height / 2.0);
        self.viewport.set(Viewport { x: (width / 2.0 - x).round(), y: (height / 2.0 - y).round(), zoom: 1.0 });
    }

    /// Zooms by a factor around the middle.
    pub(crate) fn zoom_by(self, factor: f64) {
        let [width, height] = self.canvas_size.get_untracked();
        self.viewport.update(|view| view.zoom_at(width / 2.0, height / 2.0, factor));
    }

    /// Zooms to 100%.
    pub(crate) fn zoom_to_actual_size(self) {
        self.zoom_by(1.0 / self.viewport.get_untracked().zoom);
    }

    /// Zooms in by a step.
    pub(crate) fn zoom_in(self) {
        self.zoom_by(STEP);
    }

    /// Zooms out by a step.
    pub(crate) fn zoom_out(self) {
        self.zoom_by(1.0 / STEP);
    }
}

/// Keeps the size of the canvas element known, and fits a document when it is first seen.
pub(super) fn measure(app: App, element: Element) {
    let observer = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn FnMut()>)>);
    element.on_load(move |element| {
        let watched = element.clone();
        let changed = Closure::<dyn FnMut()>::new(move || {
            let size = [f64::from(watched.client_width()), f64::from(watched.client_height())];
            app.canvas_size.try_set(size);
        });
        app.canvas_size.set([f64::from(element.client_width()), f64::from(element.client_height())]);
        if let Ok(watch) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            watch.observe(&element);
            observer.set_value(Some((watch, changed)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((watch, _))) = observer.try_update_value(Option::take) {
            watch.disconnect();
        }
    });
    // A newly opened document is shown whole once the canvas has a size, and stays so while the window's size changes,
    // until a hand moves the view.
    Effect::new(move |_| {
        let opening = app.opening.get();
        let [width, height] = app.canvas_size.get();
        let (fitted, view) = app.fitted.get_untracked();
        if width * height >= 1.0 && (fitted != opening || view == app.viewport.get_untracked()) {
            app.fit();
            app.fitted.set((opening, app.viewport.get_untracked()));
        }
    });
}

/// The buttons at the bottom left.
#[component]
pub(super) fn ZoomButtons() -> impl IntoView {
    let app = app();
    let level = move || format!("{:.0}%", app.viewport.with(|v| v.zoom) * 100.0);
    view! {
        <div class="zoom">
            <button data-test="zoom-out" title=text::ZOOM_OUT aria-label=text::ZOOM_OUT on:click=move |_| app.zoom_out()>
                "−"
            </button>
            <button data-test="zoom-level" title=text::ACTUAL_SIZE on:click=move |_| app.zoom_to_actual_size()>
                {level}
            </button>
            <button data-test="zoom-in" title=text::ZOOM_IN aria-label=text::ZOOM_IN on:click=move |_| app.zoom_in()>
                "+"
            </button>
            <button data-test="zoom-fit" on:click=move |_| app.fit()>{text::FIT}</button>
            <button data-test="tidy" title=text::tidy::TIP on:click=move |_| app.tidy()>{text::tidy::TIDY}</button>
        </div>
    }
}
