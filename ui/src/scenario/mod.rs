//! The scenario timeline: a scenario's loads as curves with handles, its faults as bars that move, stretch and attach to
//! nodes, its expectations as sentences. It shows the document and changes nothing but the document, each change one step.
//!
//! Pure parts ([`plan`], [`hold`]) are tested natively. Not here: what a run measured (`timeline`), which edits a change
//! is (`thalweg_flow::scenario_edit`).

mod bars;
mod desk;
mod expect;
mod fault;
mod field;
mod head;
mod hold;
mod loads;
mod palette;
mod plan;
mod strip;

use leptos::{html, prelude::*};
use thalweg_charts::Window;

use crate::{format, kit::measure, state::app, text::scenario as text, timeline::splitter};
use desk::Desk;
pub(crate) use plan::Bar;
pub(crate) use strip::Strip;

/// The panel.
#[component]
pub(crate) fn ScenarioTimeline() -> impl IntoView {
    let app = app();
    let track = NodeRef::<html::Div>::new();
    let desk = Desk::new(app, track, None);
    let height = splitter::height();
    view! {
        <div class="scenario" data-test="scenario-timeline" style:height=move || format!("{}px", height.get())>
            <splitter::Splitter height />
            <head::Head desk />
            <div class="scenario-body">
                <div class="scenario-rows" data-test="scenario-rows">
                    <palette::Palette desk />
                    <div class="rows" on:pointerdown=move |event| desk.press_ground(&event)>
                        <loads::Loads desk />
                        <bars::Lanes desk />
                    </div>
                    <Axis desk />
                </div>
                <div class="scenario-side">
                    <fault::FaultFields desk />
                    <expect::Expectations desk />
                </div>
            </div>
            <desk::InHand desk />
        </div>
    }
}

/// The time axis, below all rows; every row's track has its width.
#[component]
fn Axis(desk: Desk) -> impl IntoView {
    let size = measure(desk.track);
    let warm_up = move || desk.plan.with(|plan| plan.warmup_s);
    let ticks = move || {
        let duration = desk.plan.with(|plan| plan.duration_s);
        Window::whole(duration).ticks(size.get()[0])
    };
    let ticks = move || {
        let width = size.get()[0];
        ticks()
            .into_iter()
            .map(|(x, word)| {
                let class = match x {
                    x if x < 16.0 => "tick first",
                    x if x > width - 16.0 => "tick last",
                    _ => "tick",
                };
                view! { <span class=class style:left=format!("{x:.1}px")>{word}</span> }
            })
            .collect_view()
    };
    view! {
        <div class="axis figure">
            <span class="name">{move || text::of_run(&format::span(desk.plan.with(|plan| plan.duration_s)))}</span>
            <div class="track" node_ref=desk.track>
                <i class="warm-up" title=text::WARM_UP style:width=move || format!("{:.3}%", desk.percent(warm_up()))></i>
                {ticks}
            </div>
        </div>
    }
}
