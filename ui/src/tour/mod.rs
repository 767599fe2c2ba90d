//! The tour of the window: five steps, each beside what it tells of, left at any time by Escape.

use leptos::{ev, html, prelude::*};

use crate::{kit::hold_focus, state::app, text::shell as text};

/// What each step stands beside, by its mark; see the texts for what is told.
const ANCHORS: [&str; text::TOUR_STEPS.len()] = ["palette", "inspector", "problems", "simulate", "search"];

/// Room between a step and what it stands beside, in pixels.
const APART: f64 = 14.0;
/// Width and height of a step, in pixels, for keeping it in the window; see the style.
const SIZE: [f64; 2] = [320.0, 190.0];

/// The step that is shown, if the tour is on.
#[component]
pub(crate) fn Tour() -> impl IntoView {
    let app = app();
    let on = Memo::new(move |_| app.tour.get().is_some());
    view! { <Show when=move || on.get()><Steps /></Show> }
}

#[component]
fn Steps() -> impl IntoView {
    let app = app();
    let last = text::TOUR_STEPS.len() - 1;
    let at = Memo::new(move |_| app.tour.get().unwrap_or(0).min(last));
    let step = move || text::TOUR_STEPS[at.get()];
    let go = move |to: usize| app.tour.set(Some(to));
    // What a step stands beside is measured once it is on the page, and again when the window changes its size.
    let place = RwSignal::new(Place::default());
    let measure = move || {
        if let Some(at) = at.try_get_untracked() {
            place.try_set(Place::beside(anchor(ANCHORS[at]), window_size()));
        }
    };
    Effect::new(move |_| {
        at.track();
        app.document.track();
        request_animation_frame(measure);
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let on_key = move |event: ev::KeyboardEvent| {
        let at = at.get_untracked();
        match event.key().as_str() {
            "Escape" => app.end_tour(),
            "ArrowRight" if at < last => go(at + 1),
            "ArrowLeft" if at > 0 => go(at - 1),
            _ => return,
        }
        event.stop_propagation();
        event.prevent_default();
    };
    let frame = NodeRef::<html::Div>::new();
    hold_focus(frame);
    view! {
        <div class="tour-veil" on:keydown=on_key>
            <div
                class="tour-light"
                style:left=move || format!("{}px", place.get().light[0])
                style:top=move || format!("{}px", place.get().light[1])
                style:width=move || format!("{}px", place.get().light[2])
                style:height=move || format!("{}px", place.get().light[3])
            ></div>
            <div
                class="tour"
                role="dialog"
                aria-modal="true"
                aria-label=text::TOUR
                aria-describedby="tour-text"
                data-test="tour"
                node_ref=frame
                style:left=move || format!("{}px", place.get().at[0])
                style:top=move || format!("{}px", place.get().at[1])
            >
                <small data-test="tour-step">{move || text::tour_step(at.get() + 1, last + 1)}</small>
                <h2>{move || step().0.now()}</h2>
                <p id="tour-text" aria-live="polite">{move || step().1.now()}</p>
                <div class="buttons">
                    <button class="link" data-test="tour-leave" on:click=move |_| app.end_tour()>
                        {text::TOUR_LEAVE}
                    </button>
                    <span class="grow"></span>
                    <Show when=move || at.get() != 0>
                        <button class="button" data-test="tour-back" on:click=move |_| go(at.get_untracked() - 1)>
                            {text::TOUR_BACK}
                        </button>
                    </Show>
                    <button
                        class="button primary"
                        data-test="tour-next"
                        on:click=move |_| {
                            let at = at.get_untracked();
                            if at < last { go(at + 1) } else { app.end_tour() }
                        }
                    >
                        {move || if at.get() < last { text::TOUR_NEXT.now() } else { text::TOUR_DONE.now() }}
                    </button>
                </div>
            </div>
        </div>
    }
}

/// Where a step stands and what it lights, in pixels of the window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Place {
    /// Left and top of the step.
    at: [f64; 2],
    /// Left, top, width, height of what it tells of.
    light: [f64; 4],
}

impl Place {
    /// Beside an element: to its right, left, below or above, wherever there is room; in the middle without one.
    fn beside(anchor: Option<[f64; 4]>, [width, height]: [f64; 2]) -> Place {
        let Some([x, y, w, h]) = anchor else {
            return Place { at: [(width - SIZE[0]) / 2.0, (height - SIZE[1]) / 2.0], light: [0.0; 4] };
        };
        let inside = |at: f64, size: f64, all: f64| at.clamp(APART, (all - size - APART).max(APART));
        let [left, top] = [inside(x, SIZE[0], width), inside(y, SIZE[1], height)];
        let at = if x + w + APART + SIZE[0] <= width - APART {
            [x + w + APART, top]
        } else if x - APART - SIZE[0] >= APART {
            [x - APART - SIZE[0], top]
        } else if y + h + APART + SIZE[1] <= height - APART {
            [left, y + h + APART]
        } else {
            [left, inside(y - APART - SIZE[1], SIZE[1], height)]
        };
        Place { at, light: [x, y, w, h] }
    }
}

fn anchor(mark: &str) -> Option<[f64; 4]> {
    let element = document().query_selector(&format!("[data-test='{mark}']")).ok().flatten()?;
    let rect = element.get_bounding_client_rect();
    Some([rect.left(), rect.top(), rect.width(), rect.height()])
}

fn window_size() -> [f64; 2] {
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or_default()
    };
    [size(window().inner_width()), size(window().inner_height())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: [f64; 2] = [1440.0, 900.0];

    #[test]
    fn a_step_stands_beside_what_it_tells_of_and_never_on_it() {
        for anchor in [
            [52.0, 60.0, 92.0, 400.0],
            [1132.0, 44.0, 308.0, 830.0],
            [52.0, 680.0, 1080.0, 190.0],
            [1330.0, 8.0, 100.0, 28.0],
            [560.0, 8.0, 270.0, 28.0],
        ] {
            let Place { at: [x, y], light } = Place::beside(Some(anchor), WINDOW);
            assert_eq!(light, anchor);
            assert!(x >= APART && x + SIZE[0] <= WINDOW[0] && y >= APART && y + SIZE[1] <= WINDOW[1], "{x} {y}");
            let [ax, ay, w, h] = anchor;
            let apart = x >= ax + w || x + SIZE[0] <= ax || y >= ay + h || y + SIZE[1] <= ay;
            assert!(apart, "{anchor:?}: {x} {y}");
        }
    }

    #[test]
    fn without_its_element_a_step_stands_in_the_middle() {
        assert_eq!(Place::beside(None, WINDOW).at, [560.0, 355.0]);
    }
}
