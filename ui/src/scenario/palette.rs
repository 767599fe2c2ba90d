//! The palette of faults: a click adds one, dragging adds it where it is dropped.

use leptos::{ev, prelude::*};
use thalweg_flow::{FaultName, scenario_edit};

use super::desk::Desk;
use crate::text::scenario as text;

/// All fourteen kinds; those that have nothing to strike in this flow are quiet.
#[component]
pub(super) fn Palette(desk: Desk) -> impl IntoView {
    let strikes = Memo::new(move |_| {
        desk.app.document.with(|d| {
            let flow = d.as_ref().map(crate::state::OpenDocument::flow);
            FaultName::ALL.map(|kind| flow.is_some_and(|flow| !scenario_edit::targets(flow, kind).is_empty()))
        })
    });
    let entry = move |(i, kind): (usize, FaultName)| {
        let can = move || strikes.with(|all| all[i]);
        // Only the keyboard: a pointer's click is the end of a press that did not move.
        let click = move |event: ev::MouseEvent| {
            if event.detail() == 0 {
                desk.add(kind);
            }
        };
        let title = move || if can() { text::fault_sentence(kind).to_string() } else { text::nothing_to_strike(kind) };
        view! {
            <button
                class=if kind.stops() { "stops" } else { "hinders" }
                data-test=format!("add-fault-{}", kind.as_str())
                title=title
                disabled=move || !can()
                on:pointerdown=move |event| desk.press_kind(&event, kind)
                on:click=click
            >
                {text::fault(kind)}
            </button>
        }
    };
    view! {
        <div class="fault-palette" role="toolbar" aria-label=text::PALETTE>
            <span class="name">{text::PALETTE}</span>
            <div class="kinds">{FaultName::ALL.into_iter().enumerate().map(entry).collect_view()}</div>
        </div>
    }
}
