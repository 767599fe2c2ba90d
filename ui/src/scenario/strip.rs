//! The planned faults above the curves of a run: each as a small bar that moves and stretches as on the scenario timeline.

use leptos::{html, prelude::*};
use thalweg_charts::Window;

use super::{
    bars::BarView,
    desk::{Desk, InHand},
};
use crate::state::app;

/// Bars over the part of the run that is seen; a double click opens their fields.
#[component]
pub(crate) fn Strip(window: Signal<Window>) -> impl IntoView {
    let app = app();
    let track = NodeRef::<html::Div>::new();
    let desk = Desk::new(app, track, Some(window));
    let bars = move || {
        let duration = desk.plan.with(|plan| plan.duration_s);
        let bars = desk.plan.with(|plan| {
            plan.lanes.iter().flat_map(|lane| lane.bars.iter().map(|(_, bar)| bar.clone())).collect::<Vec<_>>()
        });
        bars.into_iter().map(|bar| view! { <BarView desk line=0 bar duration /> }).collect_view()
    };
    view! {
        <div class="planned-strip" data-test="planned" node_ref=track on:dblclick=move |_| app.scenario_wanted.set(true)>
            {bars}
        </div>
        <InHand desk />
    }
}
