//! What is drawn above the canvas while hands are at work: guides, and what letting go would do.

use leptos::prelude::*;

use super::brokers::FrameLabels;
use crate::{
    canvas::{comments::Comments, gestures::Element},
    find::Find,
    state::{Lens, app},
    text::hands as text,
};

/// Guides of a drag, the hint of what letting go would do, labels of frames, the field for finding.
#[component]
pub(crate) fn Overlays(canvas: Element) -> impl IntoView {
    view! {
        <Comments />
        <FrameLabels canvas />
        <Guides />
        <DropHint />
        <NothingDrawn />
        <Find />
    }
}

#[component]
fn Guides() -> impl IntoView {
    let app = app();
    move || {
        let guides = app.hands.guides.get();
        if guides.is_empty() {
            return None;
        }
        let view = app.viewport.get();
        let pixel = |[x, y]: [f64; 2]| [x * view.zoom + view.x, y * view.zoom + view.y].map(|p| p.round() + 0.5);
        let lines = guides.into_iter().map(move |guide| {
            let ([x1, y1], [x2, y2]) = (pixel(guide.from), pixel(guide.to));
            view! { <line class:gap=guide.gap x1=x1 y1=y1 x2=x2 y2=y2 /> }
        });
        Some(view! { <svg class="guides" data-test="guides" aria-hidden="true">{lines.collect_view()}</svg> })
    }
}

/// What letting go would do.
#[component]
fn DropHint() -> impl IntoView {
    let app = app();
    move || {
        let line = app.hands.splice.with(|line| line.as_ref().map(|line| text::drop_to_splice(&line.from, &line.to)));
        let told = line.or_else(|| app.hands.frame.with(|broker| broker.as_deref().map(text::drop_into)))?;
        Some(view! { <div class="drop-hint" data-test="drop-hint" role="status">{told}</div> })
    }
}

/// The next step on a drawing without nodes.
#[component]
fn NothingDrawn() -> impl IntoView {
    let app = app();
    let nothing = Memo::new(move |_| {
        let is_flow = app.document.with(|d| d.as_ref().is_some_and(|d| d.flow().nodes.is_empty()));
        is_flow && app.lens.get() == Lens::Design && app.add_list.with(Option::is_none)
    });
    let add = move |_| {
        app.pointer.set(None);
        app.ask_what_to_add();
    };
    view! {
        <Show when=move || nothing.get()>
            <div class="nothing-drawn" data-test="nothing-drawn">
                <p>{text::NOTHING_DRAWN}</p>
                <button class="button primary" data-test="add-first" on:click=add>{text::ADD_FIRST}</button>
            </div>
        </Show>
    }
}
