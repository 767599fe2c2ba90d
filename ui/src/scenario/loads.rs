//! Rows of loads: each producer's rate over the run, with points that can be taken hold of.

use std::fmt::Write as _;

use leptos::{ev, prelude::*};
use thalweg_flow::scenario_edit::{self, DRAWN_LOADS, HandleKind, LoadHandle, LoadSource};

use super::{
    desk::{Desk, Hand},
    hold,
    plan::{LoadRow, curve},
};
use crate::{format, text::scenario as text};

/// Width of a curve's own coordinates.
const WIDTH: f64 = 1000.0;
/// Height of a curve's own coordinates.
const HEIGHT: f64 = 100.0;

/// A curve, and the points that can be taken hold of.
type Shown = (Vec<(f64, f64)>, Vec<LoadHandle>);

/// All rows.
#[component]
pub(super) fn Loads(desk: Desk) -> impl IntoView {
    let loads = Memo::new(move |_| desk.plan.with(|plan| (plan.loads.clone(), plan.duration_s)));
    move || {
        let (loads, duration) = loads.get();
        if loads.is_empty() {
            return view! { <p class="note">{text::NO_PRODUCER}</p> }.into_any();
        }
        loads.into_iter().map(|row| view! { <Row desk row duration /> }).collect_view().into_any()
    }
}

#[component]
fn Row(desk: Desk, row: LoadRow, duration: f64) -> impl IntoView {
    let producer = row.producer.clone();
    let held = {
        let producer = producer.clone();
        Memo::new(move |_| {
            desk.hand.with(|hand| match hand {
                Hand::Point(point) if point.producer == producer && point.moved => {
                    Some((point.kind, point.at_s, point.rate))
                }
                _ => None,
            })
        })
    };
    let (load, top, count) = (row.load.clone(), row.top, row.handles.len());
    let is_silent = row.curve.is_empty();
    // What the hand makes of it, before it lets go.
    let shown = {
        let (load, still) = (load.clone(), row.curve.clone());
        Memo::new(move |_| match (&load, held.get()) {
            (Some(load), Some((kind, at_s, rate))) => {
                let taken = scenario_edit::with_handle(load, kind, at_s, rate);
                (curve(&taken, duration), scenario_edit::handles(&taken))
            }
            _ => (still.clone(), row.handles.clone()),
        })
    };
    let path = move || shown.with(|(curve, _)| line(curve, duration, top));
    let area = move || shown.with(|(curve, _)| filled(curve, duration, top));
    let silent = match &load {
        None => Some(text::NO_LOAD),
        Some(_) if is_silent => Some(text::ONLY_A_RUN_TELLS),
        Some(_) => None,
    };
    let add_step = {
        let (load, producer, source) = (load.clone(), producer.clone(), row.source);
        move |event: ev::MouseEvent| {
            let (Some(load), Some(at_s)) = (&load, desk.moment(&event)) else { return };
            let path = source.path(&desk.plan.with_untracked(|plan| plan.scenario.clone()), &producer);
            if let Some(edit) = scenario_edit::add_step(&path, load, at_s) {
                desk.app.edit(&text::step_load(&producer), &[edit]);
            }
        }
    };
    let points = {
        let (producer, load, source) = (producer.clone(), load.clone(), row.source);
        (0..count)
            .map(|index| {
                let remove = remove_step(desk, &producer, load.clone(), source);
                view! { <Handle desk producer=producer.clone() index shown top duration remove load=load.clone() source /> }
            })
            .collect_view()
    };
    let top_text = (silent.is_none()).then(|| format::rate(top));
    view! {
        <div class="row load" data-test=format!("load-{producer}")>
            <div class="name">
                <span title=producer.clone()>{producer.clone()}</span>
                <Kind desk row=(producer.clone(), load.clone(), row.source) />
            </div>
            <div class="track" on:dblclick=add_step>
                <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
                    <path class="area" d=area />
                    <path class="line" d=path />
                </svg>
                {silent.map(|silent| view! { <span class="silent">{silent}</span> })}
                <span class="top figure">{top_text}</span>
                {points}
            </div>
        </div>
    }
}

/// The kind of a load, and whether the scenario has its own.
#[component]
fn Kind(desk: Desk, row: (String, Option<thalweg_flow::Load>, LoadSource)) -> impl IntoView {
    let (producer, load, source) = row;
    let word = load.as_ref().map_or("", scenario_edit::load_word);
    let is_drawn = DRAWN_LOADS.contains(&word);
    let own = source == LoadSource::Scenario;
    let (turned, toggled) = (producer.clone(), producer.clone());
    let turn = move |event: ev::Event| desk.app.turn_load(&turned, &event_target_value(&event));
    view! {
        <span class="load-kind">
            <select data-test=format!("load-kind-{producer}") aria-label=text::LOAD_KIND title=text::LOAD_KIND on:change=turn>
                {(!is_drawn).then(|| view! { <option value=word selected=true>{text::load(word)}</option> })}
                {DRAWN_LOADS.map(|known| view! {
                    <option value=known selected=known == word>{text::load(known)}</option>
                }).collect_view()}
            </select>
            <button
                class="own"
                class:on=own
                aria-pressed=own.to_string()
                disabled=load.is_none()
                data-test=format!("load-own-{producer}")
                title=if own { text::OWN_LOAD } else { text::PRODUCERS_LOAD }
                on:click=move |_| desk.app.own_load(&toggled, !own)
            >
                {if own { text::OWN } else { text::SHARED }}
            </button>
        </span>
    }
}

/// Removes a step of a load in steps.
fn remove_step(
    desk: Desk,
    producer: &str,
    load: Option<thalweg_flow::Load>,
    source: LoadSource,
) -> Callback<HandleKind> {
    let producer = producer.to_owned();
    Callback::new(move |kind| {
        let (Some(load), HandleKind::Step(index)) = (&load, kind) else { return };
        let path = source.path(&desk.plan.with_untracked(|plan| plan.scenario.clone()), &producer);
        if let Some(edit) = scenario_edit::remove_step(&path, load, index) {
            desk.app.edit(&text::step_load(&producer), &[edit]);
        }
    })
}

/// A point that can be taken hold of: a slider of the rate, arrow keys left and right move it in time.
#[component]
fn Handle(
    desk: Desk,
    producer: String,
    index: usize,
    shown: Memo<Shown>,
    top: f64,
    duration: f64,
    remove: Callback<HandleKind>,
    load: Option<thalweg_flow::Load>,
    source: LoadSource,
) -> impl IntoView {
    let at = move || shown.with(|(_, handles)| handles.get(index).copied());
    let visible = move || at().is_some_and(|handle| handle.at_s <= duration);
    let left = move || at().map(|handle| format!("{:.3}%", handle.at_s / duration * 100.0)).unwrap_or_default();
    let bottom =
        move || at().map(|handle| format!("{:.2}%", (handle.rate / top).clamp(0.0, 1.0) * 100.0)).unwrap_or_default();
    let words = move || at().map(|handle| text::handle(handle.kind, handle.at_s, handle.rate)).unwrap_or_default();
    let in_time = move || at().is_some_and(|handle| handle.in_time);
    let held = {
        let producer = producer.clone();
        Memo::new(move |_| {
            let kind = at().map(|handle| handle.kind);
            desk.hand.with(
                |hand| matches!(hand, Hand::Point(p) if p.moved && p.producer == producer && Some(p.kind) == kind),
            )
        })
    };
    let press = {
        let producer = producer.clone();
        move |event: ev::PointerEvent| {
            if let Some(handle) = at() {
                desk.press_point(&event, &producer, handle.kind);
            }
        }
    };
    let test = format!("load-point-{producer}-{index}");
    let key = {
        let test = test.clone();
        move |event: ev::KeyboardEvent| {
            let (Some(handle), Some(load)) = (at(), &load) else { return };
            let (rate_step, time_step) = (hold::rounded_rate(top / 50.0, top).max(top / 200.0), desk.key_step());
            let (at_s, rate) = match event.key().as_str() {
                "ArrowUp" => (handle.at_s, handle.rate + rate_step),
                "ArrowDown" => (handle.at_s, handle.rate - rate_step),
                "ArrowRight" if handle.in_time => (handle.at_s + time_step, handle.rate),
                "ArrowLeft" if handle.in_time => (handle.at_s - time_step, handle.rate),
                "Delete" | "Backspace" => {
                    event.prevent_default();
                    event.stop_propagation();
                    remove.run(handle.kind);
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let after = scenario_edit::with_handle(load, handle.kind, at_s, hold::rounded_rate(rate, top));
            let path = source.path(&desk.plan.with_untracked(|plan| plan.scenario.clone()), &producer);
            desk.app.write_load(&producer, &path, load, &after);
            super::desk::focus(test.clone());
        }
    };
    view! {
        <button
            class="load-point"
            class:held=move || held.get()
            class:in-time=in_time
            class:away=move || !visible()
            role="slider"
            data-test=test
            aria-valuemin="0"
            aria-valuenow=move || at().map(|handle| handle.rate.to_string())
            aria-valuetext=words
            aria-label=words
            title=words
            style:left=left
            style:bottom=bottom
            on:pointerdown=press
            on:keydown=key
        >
            <em>{move || held.get().then(words)}</em>
        </button>
    }
}

/// A curve as an SVG path.
fn line(curve: &[(f64, f64)], duration: f64, top: f64) -> String {
    let mut path = String::new();
    for (i, (second, rate)) in curve.iter().enumerate() {
        let (x, y) = (second / duration * WIDTH, HEIGHT - (rate / top).clamp(0.0, 1.0) * HEIGHT);
        // Writing into a string cannot fail.
        let _ = write!(path, "{}{x:.2} {y:.2}", if i == 0 { 'M' } else { 'L' });
    }
    path
}

/// The area below a curve.
fn filled(curve: &[(f64, f64)], duration: f64, top: f64) -> String {
    if curve.is_empty() {
        return String::new();
    }
    format!("{}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z", line(curve, duration, top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_fills_its_row() {
        let curve = [(0.0, 0.0), (30.0, 5.0), (60.0, 10.0)];
        assert_eq!(line(&curve, 60.0, 10.0), "M0.00 100.00L500.00 50.00L1000.00 0.00");
        assert_eq!(filled(&[], 60.0, 10.0), "");
        assert!(filled(&curve, 60.0, 10.0).ends_with("L1000 100L0 100Z"));
    }
}
