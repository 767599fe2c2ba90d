//! What frames rows along a time line, those of a waterfall and of a journey: the ruler above them that stays, its lines behind them,
//! and which of them are in sight.

use leptos::{ev, html, prelude::*};

use super::ruler::{PARTS, in_sight, scroll_to};
use crate::{kit::measure, text::Word};

/// Height of a row and of the ruler in pixels; the styles say the same.
pub(super) const ROW: f64 = 28.0;
const RULER: f64 = 26.0;

/// Signals of a frame; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    element: NodeRef<html::Div>,
    size: RwSignal<[f64; 2]>,
    scroll_top: RwSignal<f64>,
}

impl Frame {
    pub(super) fn new() -> Self {
        let element = NodeRef::<html::Div>::new();
        Frame { element, size: measure(element), scroll_top: RwSignal::new(0.0) }
    }

    /// The first of so many rows that is on the page, and the one behind the last; reactive.
    pub(super) fn in_sight(self, count: usize) -> (usize, usize) {
        in_sight(self.scroll_top.get(), (self.size.get()[1] - RULER).max(0.0), ROW, count)
    }

    /// Rows that are seen at once.
    pub(super) fn page(self) -> usize {
        ((self.size.get_untracked()[1] / ROW) as usize).max(1)
    }

    /// Brings a row into sight.
    pub(super) fn show(self, place: usize) {
        let height = (self.size.get_untracked()[1] - RULER).max(0.0);
        let target = scroll_to(place, ROW, self.scroll_top.get_untracked(), height);
        if let (Some(element), Some(target)) = (self.element.get_untracked(), target) {
            element.set_scroll_top(target as i32);
        }
    }
}

/// The frame with its rows.
#[component]
pub(super) fn RowFrame(
    frame: Frame,
    /// What the rows are to those who hear them.
    role: &'static str,
    label: Word,
    /// The element that the keys are at.
    #[prop(into)]
    active: Signal<Option<String>>,
    /// What stands at the edges of the ruler's parts.
    #[prop(into)]
    marks: Signal<Vec<String>>,
    /// How many rows there are.
    #[prop(into)]
    count: Signal<usize>,
    key: Callback<ev::KeyboardEvent>,
    /// What stands below the last row.
    below: AnyView,
    /// Those in sight.
    children: Children,
) -> impl IntoView {
    let Frame { element, scroll_top, .. } = frame;
    let lines = (0..=PARTS).map(|i| view! { <i style:left=format!("{}%", i * 100 / PARTS)></i> }).collect_view();
    let ruler = move || {
        let marks = marks.get().into_iter().enumerate();
        marks
            .map(|(i, mark)| view! { <span style:left=format!("{}%", i as u32 * 100 / PARTS)>{mark}</span> })
            .collect_view()
    };
    view! {
        <div class="waterfall-area">
            // Behind the rows and drawn once: a background of every row would be painted with each step of scrolling.
            <div class="time-lines" aria-hidden="true"><div>{lines}</div></div>
            <div
                class="waterfall-rows"
                role=role
                aria-label=label
                aria-activedescendant=move || active.get()
                tabindex="0"
                node_ref=element
                on:scroll=move |_| {
                    if let Some(element) = element.get_untracked() {
                        scroll_top.set(f64::from(element.scroll_top()));
                    }
                }
                on:keydown=move |event| key.run(event)
            >
                <div class="ruler" aria-hidden="true"><div class="marks">{ruler}</div></div>
                <div class="rows" role="presentation" style:height=move || format!("{}px", count.get() as f64 * ROW)>
                    {children()}
                </div>
                {below}
            </div>
        </div>
    }
}
