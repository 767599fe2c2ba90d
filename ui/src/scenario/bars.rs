//! Lanes of faults: one for each thing that is struck, with a bar for each fault.

use leptos::{ev, prelude::*};

use super::{
    desk::{Desk, Drop, Hand, Held},
    hold::{Grip, Span},
    plan::{Bar, Lane},
};
use crate::text::scenario as text;

/// Height of one line of bars, in pixels.
const LINE: usize = 20;

/// All lanes, and the place where a new fault can be dropped.
#[component]
pub(super) fn Lanes(desk: Desk) -> impl IntoView {
    let lanes = Memo::new(move |_| desk.plan.with(|plan| (plan.lanes.clone(), plan.duration_s)));
    // Selected nodes have a lane too, so that something can be dropped there without aiming at the drawing.
    let waiting = move || {
        let selection = desk.app.selection.get();
        lanes.with(|(lanes, _)| {
            let is_new = |id: &&String| !lanes.iter().any(|lane| lane.target == **id);
            selection.iter().filter(is_new).take(4).cloned().collect::<Vec<_>>()
        })
    };
    let broken = move || {
        let count = desk.plan.with(|plan| plan.unreadable);
        (count > 0).then(|| view! { <p class="note">{text::unreadable(count)}</p> })
    };
    view! {
        {move || {
            let (lanes, duration) = lanes.get();
            lanes.into_iter().map(|lane| view! { <LaneRow desk lane duration /> }).collect_view()
        }}
        {move || waiting().into_iter().map(|target| {
            let name = target.clone();
            view! {
                <div class="row lane waiting" data-target=target>
                    <span class="name">{name}</span>
                    <div class="track"></div>
                </div>
            }
        }).collect_view()}
        {broken}
        <p class="drop-here">{move || {
            if desk.plan.with(|plan| plan.lanes.is_empty()) { text::NO_FAULTS.now() } else { text::DROP_HERE.now() }
        }}</p>
    }
}

#[component]
fn LaneRow(desk: Desk, lane: Lane, duration: f64) -> impl IntoView {
    let target = lane.target.clone();
    let aimed = {
        let target = target.clone();
        move || {
            desk.hand.with(|hand| match hand {
                Hand::New(fresh) => fresh.drop == Drop::On(target.clone()),
                Hand::Bar(held) => held.moved && held.drop == Drop::On(target.clone()),
                _ => false,
            })
        }
    };
    let shown = target.clone();
    let show = move |_| {
        if desk.app.scene.with_untracked(|scene| scene.nodes.contains_key(&shown)) {
            desk.app.select(vec![shown.clone()]);
            desk.app.show_node(&shown);
        }
    };
    let name = target.clone();
    view! {
        <div class="row lane" class:aimed=aimed data-target=target>
            <button class="name" title=text::SHOW_TARGET on:click=show>{name}</button>
            <div class="track" style:height=format!("{}px", lane.lines * LINE)>
                {lane.bars.into_iter().map(|(line, bar)| view! { <BarView desk line bar duration /> }).collect_view()}
            </div>
        </div>
    }
}

#[component]
pub(super) fn BarView(desk: Desk, line: usize, bar: Bar, duration: f64) -> impl IntoView {
    let index = bar.index;
    let kind = bar.kind();
    let is_moment = thalweg_flow::scenario_edit::is_moment(kind);
    let held = Memo::new(move |_| {
        desk.hand.with(|hand| match hand {
            Hand::Bar(held) if held.index == index && held.moved => Some(held.span),
            _ => None,
        })
    });
    let written = Span { at_s: bar.at_s, length_s: bar.length_s };
    let until = bar.until_s(duration);
    let span = move || {
        let span = held.get().unwrap_or(written);
        let until = if is_moment { span.at_s } else { span.length_s.map_or(duration, |length| span.at_s + length) };
        (span.at_s, until.min(duration))
    };
    let left = move || format!("{:.3}%", desk.percent(span().0.min(duration)));
    let width = move || format!("{:.3}%", (desk.percent(span().1) - desk.percent(span().0)).max(0.0));
    let (name, words) = (text::fault(kind), text::fault_in_words(&bar));
    let label = words.clone();
    let times = move || {
        let span = held.get()?;
        Some(text::span(span.at_s, span.length_s.filter(|_| !is_moment)))
    };
    let what = bar.fault.kind.to_string();
    let key = {
        let bar = bar.clone();
        move |event: ev::KeyboardEvent| on_key(desk, &bar, &what, &event)
    };
    let ghosts = bar.repeats.iter().map(|(from, until)| {
        let (from, until) = (*from, until.min(duration));
        let left = move || format!("{:.3}%", desk.percent(from));
        let width = move || format!("{:.3}%", desk.percent(until) - desk.percent(from));
        view! { <i class="repeat" style:left=left style:width=width></i> }
    });
    let late = until > duration;
    let chance = bar.at_by_chance || bar.length_by_chance;
    let class = if kind.stops() { "bar stops" } else { "bar hinders" };
    let grip = move |grip: Grip| move |event: ev::PointerEvent| desk.press_bar(&event, index, grip);
    view! {
        <div class=class style:top=format!("{}px", line * LINE + 1)>
            {ghosts.collect_view()}
            <button
                class="fault-bar"
                class:on=move || desk.selected.get() == Some(index)
                class:held=move || held.with(Option::is_some)
                class:chance=chance
                class:open=bar.length_s.is_none() && !is_moment
                class:moment=is_moment
                class:late=late
                data-test=format!("fault-{index}")
                data-at=format!("{}", bar.at_s)
                data-for=format!("{}", bar.length_s.unwrap_or_default())
                title=words
                aria-label=label
                style:left=left
                style:width=width
                on:pointerdown=grip(Grip::Whole)
                on:focus=move |_| desk.selected.set(Some(index))
                on:keydown=key
            >
                <span>{chance.then_some("≈ ")}{name}</span>
                <em>{times}</em>
                {(!is_moment).then(|| view! {
                    <i class="grip begin" on:pointerdown=grip(Grip::Begin)></i>
                    <i class="grip end" data-test=format!("fault-end-{index}") on:pointerdown=grip(Grip::End)></i>
                })}
            </button>
        </div>
    }
}

/// Arrows move a bar by a step, with Shift its end; Delete removes it.
fn on_key(desk: Desk, bar: &Bar, what: &str, event: &ev::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let step = desk.key_step();
    let by = match event.key().as_str() {
        "ArrowRight" => step,
        "ArrowLeft" => -step,
        "Delete" | "Backspace" => {
            event.prevent_default();
            event.stop_propagation();
            desk.selected.set(None);
            desk.app.remove_fault(bar.index, what);
            return;
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let grip = if event.shift_key() { Grip::End } else { Grip::Whole };
    desk.nudge(bar, grip, by, step);
}

impl Desk {
    fn nudge(self, bar: &Bar, grip: Grip, by: f64, step: f64) {
        let before = Span { at_s: bar.at_s, length_s: bar.length_s };
        let by_chance = match grip {
            Grip::Whole => bar.at_by_chance,
            Grip::Begin | Grip::End => bar.length_by_chance || thalweg_flow::scenario_edit::is_moment(bar.kind()),
        };
        if by_chance {
            return;
        }
        let span = super::hold::taken(before, grip, by, step, self.duration_s());
        self.put_down(&Held::still(bar.index, bar.kind(), grip, before, span));
    }
}
