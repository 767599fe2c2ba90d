//! The whole flow in small, with the part that is seen; pressing and dragging there moves the view.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::CanvasRenderingContext2d as Context;

use super::{
    figures::is_hurt,
    scene::Hue,
    stage::{Stage, transform},
};
use crate::{
    state::{App, Rect, Viewport, app},
    text,
};

/// Width and height in pixels, as the style sheet has them, and the margin inside.
const SIZE: [f64; 2] = [132.0, 76.0];
const MARGIN: f64 = 8.0;
/// A flow of few boxes is not drawn larger than this share of its size.
const LARGEST: f64 = 0.12;
/// Nothing is smaller than so many pixels.
const SMALLEST: f64 = 1.5;

/// The minimap at the bottom right.
#[component]
pub(super) fn Minimap(stage: Stage) -> impl IntoView {
    let app = app();
    let canvas = NodeRef::<html::Canvas>::new();
    let whole = Memo::new(move |_| app.scene.with(|scene| scene.bounds()).map(shown));
    let held = RwSignal::new(false);
    Effect::new(move |_| {
        app.light.track();
        app.selected.track();
        if app.shows_figures() {
            app.overlay.track();
        }
        let (Some(canvas), Some(view)) = (canvas.get(), whole.get()) else { return };
        let context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into::<Context>().ok());
        if let Some(context) = context {
            let ratio = window().device_pixel_ratio().max(1.0);
            let [width, height] = SIZE.map(|pixels| (pixels * ratio) as u32);
            canvas.set_width(width);
            canvas.set_height(height);
            paint(app, stage, &context, view, ratio);
        }
    });
    let seen = Memo::new(move |_| whole.get().map(|small| part(small, app.viewport.get(), app.canvas_size.get())));
    let to = move |event: &web_sys::PointerEvent| {
        let small = whole.get_untracked()?;
        let element = canvas.get_untracked()?.get_bounding_client_rect();
        let [x, y] =
            small.to_canvas(f64::from(event.client_x()) - element.left(), f64::from(event.client_y()) - element.top());
        let [width, height] = app.canvas_size.get_untracked();
        app.viewport
            .update(|view| view.pan(width / 2.0 - x * view.zoom - view.x, height / 2.0 - y * view.zoom - view.y));
        Some(())
    };
    let press = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            event.prevent_default();
            held.set(true);
            to(&event);
        }
    };
    let moved = window_event_listener(ev::pointermove, move |event| {
        if held.try_get_untracked() == Some(true) {
            to(&event);
        }
    });
    let released = window_event_listener(ev::pointerup, move |_| drop(held.try_set(false)));
    on_cleanup(move || {
        moved.remove();
        released.remove();
    });
    view! {
        <Show when=move || whole.get().is_some()>
            <div class="minimap" data-test="minimap" title=text::stage::MINIMAP aria-hidden="true" on:pointerdown=press>
                <canvas node_ref=canvas></canvas>
                <div
                    class="minimap-view"
                    data-test="minimap-view"
                    style:transform=move || {
                        let Rect { x, y, .. } = seen.get().unwrap_or_default();
                        format!("translate({x:.1}px,{y:.1}px)")
                    }
                    style:width=move || format!("{:.1}px", seen.get().unwrap_or_default().width)
                    style:height=move || format!("{:.1}px", seen.get().unwrap_or_default().height)
                ></div>
            </div>
        </Show>
    }
}

/// From where the minimap looks at a flow that fills these bounds.
fn shown(bounds: Rect) -> Viewport {
    let [width, height] = SIZE;
    let free = [width - 2.0 * MARGIN, height - 2.0 * MARGIN];
    let zoom = (free[0] / bounds.width.max(1.0)).min(free[1] / bounds.height.max(1.0)).min(LARGEST);
    Viewport {
        x: (width - bounds.width * zoom) / 2.0 - bounds.x * zoom,
        y: (height - bounds.height * zoom) / 2.0 - bounds.y * zoom,
        zoom,
    }
}

/// The part of the minimap that the canvas shows; kept inside it.
fn part(small: Viewport, view: Viewport, [width, height]: [f64; 2]) -> Rect {
    let pixel = |x: f64, y: f64| {
        let [x, y] = view.to_canvas(x, y);
        [x * small.zoom + small.x, y * small.zoom + small.y]
    };
    let inside = |[x, y]: [f64; 2]| [x.clamp(2.0, SIZE[0] - 2.0), y.clamp(2.0, SIZE[1] - 2.0)];
    Rect::between(inside(pixel(0.0, 0.0)), inside(pixel(width, height)))
}

fn paint(app: App, stage: Stage, on: &Context, view: Viewport, ratio: f64) {
    let ink = stage.ink();
    let scene = app.scene.get_untracked();
    let selected = app.selected.get_untracked();
    let overlay = untrack(|| app.shows_figures()).then(|| app.overlay.get_untracked()).flatten();
    let hurt = |id: &str| overlay.as_ref().and_then(|o| o.nodes.get(id)).is_some_and(is_hurt);
    transform(on, ratio, 0.0, 0.0);
    // What is told in colour comes last, so that it is not covered.
    let mut layers = [(&ink.block, Vec::new()), (&ink.dead, Vec::new()), (&ink.accent, Vec::new())];
    for node in scene.nodes.values() {
        let layer = if selected.contains(&node.id) {
            2
        } else {
            usize::from(node.hue == Hue::Dead || hurt(&node.id) || node.problems.0 > 0)
        };
        layers[layer].1.push(node.rect);
    }
    for (colour, rects) in &layers {
        on.set_fill_style_str(colour);
        on.begin_path();
        for rect in rects {
            let (x, y) = (rect.x * view.zoom + view.x, rect.y * view.zoom + view.y);
            on.rect(x, y, (rect.width * view.zoom).max(SMALLEST), (rect.height * view.zoom).max(SMALLEST));
        }
        on.fill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_stands_in_the_middle_of_the_minimap() {
        let view = shown(Rect { x: -100.0, y: 50.0, width: 5000.0, height: 400.0 });
        assert!((view.x - 100.0 * view.zoom - MARGIN).abs() < 1e-9);
        assert!(((50.0 + 200.0) * view.zoom + view.y - SIZE[1] / 2.0).abs() < 1e-9);
        assert_eq!(shown(Rect { x: 0.0, y: 0.0, width: 150.0, height: 54.0 }).zoom, LARGEST);
    }

    #[test]
    fn the_part_that_is_seen_stays_inside() {
        let small = shown(Rect { x: 0.0, y: 0.0, width: 5000.0, height: 2000.0 });
        let near = part(small, Viewport { x: -1000.0, y: -500.0, zoom: 1.0 }, [1000.0, 600.0]);
        assert!((near.width - 1000.0 * small.zoom).abs() < 1e-9 && (near.height - 600.0 * small.zoom).abs() < 1e-9);
        let far = part(small, Viewport { x: 0.0, y: 0.0, zoom: 0.05 }, [1000.0, 600.0]);
        assert!(far.x >= 2.0 && far.x + far.width <= SIZE[0] - 2.0 + 1e-9);
    }
}
