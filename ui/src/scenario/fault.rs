//! The fields of the fault that is selected.

use leptos::{ev, prelude::*};
use thalweg_flow::{FaultName, scenario_edit};

use super::{
    desk::Desk,
    field::{PathField, word},
    plan::Bar,
};
use crate::text::scenario as text;

/// What the selected fault is, what it strikes, when, and how hard.
#[component]
pub(super) fn FaultFields(desk: Desk) -> impl IntoView {
    let bar = Memo::new(move |_| {
        let index = desk.selected.get()?;
        // What moves or stretches a bar does not make its fields anew.
        desk.plan.with(|plan| plan.bar(index).map(|bar| (index, bar.kind(), bar.target.clone())))
    });
    move || {
        let (index, kind, target) = bar.get()?;
        Some(view! { <Fields desk index kind target /> })
    }
}

#[component]
fn Fields(desk: Desk, index: usize, kind: FaultName, target: String) -> impl IntoView {
    let app = desk.app;
    let below = Signal::derive(move || scenario_edit::fault_path(&app.scenario_name(), index));
    let now = move || desk.plan.with_untracked(|plan| plan.bar(index).cloned());
    let can = app.document.with_untracked(|d| {
        let flow = d.as_ref().map(crate::state::OpenDocument::flow);
        FaultName::ALL.map(|kind| flow.is_some_and(|flow| !scenario_edit::targets(flow, kind).is_empty()))
    });
    let mut targets =
        app.document.with_untracked(|d| d.as_ref().map(|d| scenario_edit::targets(d.flow(), kind)).unwrap_or_default());
    // A target that does not fit is shown all the same: that is what has to be mended.
    if !targets.contains(&target) {
        targets.insert(0, target.clone());
    }
    let turn = move |event: ev::Event| {
        let word = event_target_value(&event);
        let Some(into) = FaultName::ALL.into_iter().find(|kind| kind.as_str() == word) else { return };
        let Some(Bar { fault, .. }) = now() else { return };
        let scenario = app.scenario_now();
        let edit = app.document.with_untracked(|d| {
            d.as_ref().and_then(|d| scenario_edit::turn_fault(d.document(), &scenario, index, &fault, into))
        });
        if let Some(edit) = edit {
            app.edit(&text::step_turn_fault(kind, into), &[edit]);
        }
    };
    let aim = move |event: ev::Event| {
        let to = event_target_value(&event);
        let edit = scenario_edit::retarget_fault(&app.scenario_now(), index, kind, &to);
        app.edit(&text::step_change_fault(kind, &to), &[edit]);
    };
    let what = StoredValue::new(target.clone());
    let remove = move |_| {
        desk.selected.set(None);
        app.remove_fault(index, &text::fault_on(kind, &what.get_value()));
    };
    let is_moment = scenario_edit::is_moment(kind);
    view! {
        <section class="fault-fields" data-test="fault-fields">
            <header>
                <h3 class="heading">{text::FAULT}</h3>
                <button class="small" data-test="fault-remove" title=text::REMOVE_FAULT on:click=remove>{text::REMOVE_FAULT}</button>
            </header>
            <label class="path-field">
                <span>{text::KIND}</span>
                <select data-test="fault-kind" on:change=turn>
                    {FaultName::ALL.into_iter().zip(can).filter(|(known, can)| *can || *known == kind).map(|(known, _)| view! {
                        <option value=known.as_str() selected=known == kind>{text::fault(known)}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="path-field">
                <span>{text::TARGET}</span>
                <select data-test="fault-target" on:change=aim>
                    {targets.into_iter().map(|known| {
                        let on = known == target;
                        let value = known.clone();
                        view! { <option value=value selected=on>{known}</option> }
                    }).collect_view()}
                </select>
            </label>
            <PathField desk below key="at" label=text::AT default=word(text::REQUIRED) />
            {(!is_moment).then(|| view! {
                <PathField desk below key="for" label=text::FOR default=word(text::UNTIL_THE_END) />
                <PathField desk below key="every" label=text::EVERY default=word(text::ONCE) />
            })}
            {scenario_edit::parameter(kind).map(|key| view! {
                <PathField desk below key label=text::parameter(key) default=word(text::parameter_default(key)) />
            })}
            <p class="note">{text::fault_sentence(kind)}</p>
        </section>
    }
}
