//! What the parts of the scenario timeline share, and the hand: what is held, where it would land.

use leptos::{ev, html, prelude::*};
use thalweg_charts::Window;
use thalweg_flow::{
    Duration, Edit, FaultName,
    scenario_edit::{self, HandleKind},
};
use wasm_bindgen::JsCast as _;

use super::{
    hold::{self, Grip, Span},
    plan::Plan,
};
use crate::{state::App, text::scenario as text};

/// Pixels that the pointer may tremble before a press becomes a drag.
const TREMBLE: f64 = 3.0;
/// How long a new fault lasts: this share of the run, rounded to what reads well.
const NEW_LENGTH: f64 = 1.0 / 15.0;
/// Where a fault begins that is added without a place.
const NEW_AT: f64 = 0.4;

/// What the parts share; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) app: App,
    /// What is shown.
    pub(super) plan: Memo<Plan>,
    /// The fault whose fields are shown, by its position in the document.
    pub(super) selected: RwSignal<Option<usize>>,
    /// What is held.
    pub(super) hand: RwSignal<Hand>,
    /// The time axis; every row's track has its place and width.
    pub(super) track: NodeRef<html::Div>,
    /// The part of the run that the tracks show.
    pub(super) window: Signal<Window>,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Hand {
    /// Nothing.
    #[default]
    Free,
    /// A fault's bar.
    Bar(Held),
    /// A fault from the palette.
    New(Fresh),
    /// A point of a load's curve.
    Point(Point),
}

/// A bar that is held.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) index: usize,
    pub(super) kind: FaultName,
    pub(super) grip: Grip,
    /// As it is written.
    pub(super) before: Span,
    /// As it would be.
    pub(super) span: Span,
    /// Where the pointer pressed and is, in pixels of the window.
    pressed: [f64; 2],
    pub(super) at: [f64; 2],
    pub(super) moved: bool,
    pub(super) drop: Drop,
    /// What joins presses of keys to one step; none for a hand.
    nudge: Option<String>,
}

/// A fault that is brought from the palette.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fresh {
    pub(super) kind: FaultName,
    pressed: [f64; 2],
    pub(super) at: [f64; 2],
    /// When it would begin, in seconds.
    pub(super) at_s: f64,
    pub(super) drop: Drop,
}

impl Fresh {
    /// Whether it was dragged, not clicked.
    fn is_far(&self) -> bool {
        (self.at[0] - self.pressed[0]).hypot(self.at[1] - self.pressed[1]) > TREMBLE
    }
}

impl Held {
    /// A bar that keys have moved.
    pub(super) fn still(index: usize, kind: FaultName, grip: Grip, before: Span, span: Span) -> Held {
        let at = [0.0, 0.0];
        let nudge = Some(format!("fault-{index}-{grip:?}"));
        Held { index, kind, grip, before, span, pressed: at, at, moved: true, drop: Drop::Open, nudge }
    }
}

/// Where what is held would land.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Drop {
    /// Nowhere in particular.
    #[default]
    Open,
    /// On something that it may strike.
    On(String),
    /// On something that it cannot strike.
    Refused(String),
}

/// A point of a curve that is held.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) producer: String,
    pub(super) kind: HandleKind,
    /// Where the axis of its row ends.
    top: f64,
    /// Upper edge and height of its row in pixels of the window.
    row: [f64; 2],
    pressed: [f64; 2],
    pub(super) moved: bool,
    pub(super) at_s: f64,
    pub(super) rate: f64,
}

impl Desk {
    /// What the chosen scenario plans, over an axis that is seen in part or whole.
    pub(super) fn new(app: App, track: NodeRef<html::Div>, window: Option<Signal<Window>>) -> Desk {
        let plan = Memo::new(move |_| {
            let scenario = app.scenario_name();
            app.document.with(|d| d.as_ref().map(|d| Plan::new(d, &scenario)).unwrap_or_default())
        });
        let whole = Signal::derive(move || Window::whole(plan.with(|plan| plan.duration_s)));
        let (selected, hand) = (RwSignal::new(None), RwSignal::new(Hand::Free));
        let desk = Desk { app, plan, selected, hand, track, window: window.unwrap_or(whole) };
        // Another scenario, other faults.
        Effect::new(move |before: Option<String>| {
            let name = app.scenario_name();
            if before.is_some_and(|before| before != name) {
                selected.set(None);
            }
            name
        });
        desk.listen();
        desk
    }

    /// Hears moving and releasing, wherever the pointer is.
    fn listen(self) {
        let moved = window_event_listener(ev::pointermove, move |event| self.drag(&event));
        let released = window_event_listener(ev::pointerup, move |_| self.release());
        let lost = window_event_listener(ev::pointercancel, move |_| self.let_go());
        let escaped = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" && self.hand.try_with_untracked(|hand| *hand != Hand::Free) == Some(true) {
                event.prevent_default();
                self.let_go();
            }
        });
        on_cleanup(move || {
            moved.remove();
            released.remove();
            lost.remove();
            escaped.remove();
        });
    }

    fn let_go(self) {
        self.hand.try_set(Hand::Free);
    }

    /// A press beside all bars.
    pub(super) fn press_ground(self, event: &ev::PointerEvent) {
        let bar = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if bar.and_then(|element| element.closest("button, input, select").ok()).flatten().is_none() {
            self.selected.set(None);
        }
    }

    /// A press on a bar.
    pub(super) fn press_bar(self, event: &ev::PointerEvent, index: usize, grip: Grip) {
        if event.button() != 0 {
            return;
        }
        event.stop_propagation();
        self.selected.set(Some(index));
        let held = self.plan.with_untracked(|plan| {
            let bar = plan.bar(index)?;
            let span = Span { at_s: bar.at_s, length_s: bar.length_s };
            let at = place(event);
            Some(Held {
                index,
                kind: bar.kind(),
                grip,
                before: span,
                span,
                pressed: at,
                at,
                moved: false,
                drop: Drop::Open,
                nudge: None,
            })
        });
        if let Some(held) = held {
            self.hand.set(Hand::Bar(held));
        }
    }

    /// A press on a kind of the palette.
    pub(super) fn press_kind(self, event: &ev::PointerEvent, kind: FaultName) {
        if event.button() == 0 {
            let at = place(event);
            self.hand.set(Hand::New(Fresh { kind, pressed: at, at, at_s: 0.0, drop: Drop::Open }));
        }
    }

    /// A press on a point of a curve.
    pub(super) fn press_point(self, event: &ev::PointerEvent, producer: &str, kind: HandleKind) {
        let row = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(row) = row.and_then(|point| point.parent_element()).map(|row| row.get_bounding_client_rect()) else {
            return;
        };
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        let point = self.plan.with_untracked(|plan| {
            let load = plan.loads.iter().find(|load| load.producer == producer)?;
            let handle = load.handles.iter().find(|handle| handle.kind == kind)?;
            Some(Point {
                producer: producer.to_owned(),
                kind,
                top: load.top,
                row: [row.top(), row.height()],
                pressed: place(event),
                moved: false,
                at_s: handle.at_s,
                rate: handle.rate,
            })
        });
        if let Some(point) = point {
            self.hand.set(Hand::Point(point));
        }
    }

    fn drag(self, event: &web_sys::PointerEvent) {
        let Some(hand) = self.hand.try_get_untracked() else { return };
        let at = [f64::from(event.client_x()), f64::from(event.client_y())];
        let far = |pressed: [f64; 2]| (at[0] - pressed[0]).hypot(at[1] - pressed[1]) > TREMBLE;
        let Some([left, width]) = self.track_place() else { return };
        let duration = self.duration_s();
        let window = self.window.get_untracked();
        let per_pixel = window.length() / width.max(1.0);
        let step = if event.alt_key() { 1.0_f64.min(duration / 1000.0) } else { hold::step(per_pixel) };
        match hand {
            Hand::Free => {}
            Hand::Bar(mut held) => {
                held.moved |= far(held.pressed);
                if !held.moved {
                    return;
                }
                let by = (at[0] - held.pressed[0]) * per_pixel;
                held.at = at;
                let under = (held.grip == Grip::Whole).then(|| self.target_under(at, held.kind)).flatten();
                // Beside the tracks the time stays: a bar that is dropped on a node only gets another target.
                let on_tracks =
                    at[0] >= left - 40.0 && at[0] <= left + width + 40.0 && !matches!(under, Some((_, true)));
                held.span = if on_tracks { self.taken(&held, by, step) } else { held.before };
                held.drop = under.map(|(drop, _)| drop).unwrap_or_default();
                self.hand.set(Hand::Bar(held));
            }
            Hand::New(mut fresh) => {
                fresh.at = at;
                let under = self.target_under(at, fresh.kind);
                let on_tracks = at[0] >= left && at[0] <= left + width && !matches!(under, Some((_, true)));
                let at_s = if on_tracks { window.second(at[0] - left, width) } else { duration * NEW_AT };
                fresh.at_s = hold::rounded(at_s, step);
                fresh.drop = under.map(|(drop, _)| drop).unwrap_or_default();
                self.hand.set(Hand::New(fresh));
            }
            Hand::Point(mut point) => {
                point.moved |= far(point.pressed);
                if !point.moved {
                    return;
                }
                let [top, height] = point.row;
                let share = 1.0 - (at[1] - top) / height.max(1.0);
                point.at_s = hold::rounded(window.second(at[0] - left, width), step);
                point.rate = hold::rounded_rate((share * point.top).max(0.0), point.top);
                self.hand.set(Hand::Point(point));
            }
        }
    }

    /// Times that chance decides are not moved by hand: that would make a constant of them unasked.
    fn taken(self, held: &Held, by: f64, step: f64) -> Span {
        let by_chance = self.plan.with_untracked(|plan| {
            plan.bar(held.index).is_some_and(|bar| match held.grip {
                Grip::Whole => bar.at_by_chance,
                Grip::Begin => bar.at_by_chance || bar.length_by_chance,
                Grip::End => bar.length_by_chance,
            })
        });
        if by_chance { held.before } else { hold::taken(held.before, held.grip, by, step, self.duration_s()) }
    }

    fn release(self) {
        let Some(hand) = self.hand.try_get_untracked() else { return };
        self.hand.try_set(Hand::Free);
        match hand {
            Hand::Bar(held) if held.moved => self.put_down(&held),
            Hand::New(fresh) => {
                let far = fresh.is_far();
                match fresh.drop {
                    _ if !far => self.add(fresh.kind),
                    Drop::On(target) => self.add_at(fresh.kind, &target, fresh.at_s),
                    Drop::Open if is_over_rows(fresh.at) => {
                        if let Some(target) = self.likely_target(fresh.kind) {
                            self.add_at(fresh.kind, &target, fresh.at_s);
                        }
                    }
                    Drop::Open | Drop::Refused(_) => {}
                }
            }
            Hand::Point(point) if point.moved => self.put_point(&point),
            Hand::Free | Hand::Bar(_) | Hand::Point(_) => {}
        }
    }

    /// Writes what a hand made of a bar, as one step.
    pub(super) fn put_down(self, held: &Held) {
        let scenario = self.plan.with_untracked(|plan| plan.scenario.clone());
        let Some(bar) = self.plan.with_untracked(|plan| plan.bar(held.index).cloned()) else { return };
        let mut edits = Vec::new();
        if differs(held.span.at_s, held.before.at_s) {
            edits.push(scenario_edit::move_fault(&scenario, held.index, Duration::from_secs_f64(held.span.at_s)));
        }
        if let Some(length) = held.span.length_s.filter(|now| held.before.length_s.is_none_or(|old| differs(*now, old)))
        {
            edits.push(scenario_edit::stretch_fault(&scenario, held.index, Duration::from_secs_f64(length)));
        }
        if let Drop::On(target) = &held.drop
            && *target != bar.target
        {
            edits.push(scenario_edit::retarget_fault(&scenario, held.index, held.kind, target));
        }
        if edits.is_empty() {
            return;
        }
        let step = text::step_change_fault(bar.kind(), &bar.target);
        match &held.nudge {
            // Presses of a key that follow each other are one step.
            Some(key) => self.keep(self.app.edit_joined(&step, key, &edits), held.index),
            None => self.write(&step, &edits, held.index),
        }
    }

    /// Makes edits of a fault as one step; the fault stays selected and keeps the focus.
    pub(super) fn write(self, step: &str, edits: &[Edit], index: usize) {
        self.keep(self.app.edit(step, edits), index);
    }

    fn keep(self, done: bool, index: usize) {
        if done {
            self.selected.set(Some(index));
            focus_bar(index);
        }
    }

    fn put_point(self, point: &Point) {
        let scenario = self.plan.with_untracked(|plan| plan.scenario.clone());
        let row = self.plan.with_untracked(|plan| plan.loads.iter().find(|l| l.producer == point.producer).cloned());
        let Some((load, source)) = row.and_then(|row| Some((row.load?, row.source))) else { return };
        let after = scenario_edit::with_handle(&load, point.kind, point.at_s, point.rate);
        self.app.write_load(&point.producer, &source.path(&scenario, &point.producer), &load, &after);
    }

    /// Adds a fault where it can strike: on the selected node if that is one.
    pub(super) fn add(self, kind: FaultName) {
        match self.likely_target(kind) {
            Some(target) => {
                let at_s = self.duration_s() * NEW_AT;
                self.add_at(kind, &target, at_s);
            }
            None => self.app.tell(text::nothing_to_strike(kind)),
        }
    }

    fn add_at(self, kind: FaultName, target: &str, at_s: f64) {
        let duration = self.duration_s();
        let length = duration * NEW_LENGTH;
        // Ten steps of what reads well in this run.
        let length = hold::rounded(length, hold::step(length / 30.0)).max(1e-3);
        let at_s = hold::rounded(at_s, hold::step(duration / 3000.0)).clamp(0.0, duration);
        if let Some(index) = self.app.add_fault(kind, target, at_s, length) {
            self.selected.set(Some(index));
            focus_bar(index);
        }
    }

    fn likely_target(self, kind: FaultName) -> Option<String> {
        let selection = self.app.selection.get_untracked();
        self.app.document.with_untracked(|d| {
            let flow = d.as_ref()?.flow();
            let chosen = selection.iter().find_map(|id| scenario_edit::target_at(flow, kind, id));
            chosen.or_else(|| scenario_edit::targets(flow, kind).into_iter().next())
        })
    }

    /// What is under the pointer and whether that is the drawing; none over anything else.
    fn target_under(self, [x, y]: [f64; 2], kind: FaultName) -> Option<(Drop, bool)> {
        let under = document().element_from_point(x as f32, y as f32)?;
        let (target, on_drawing) = if let Some(lane) = under.closest("[data-target]").ok().flatten() {
            (lane.get_attribute("data-target")?, false)
        } else {
            let canvas = under.closest("[data-test=\"canvas\"]").ok().flatten()?.get_bounding_client_rect();
            let [x, y] = self.app.viewport.with_untracked(|view| view.to_canvas(x - canvas.left(), y - canvas.top()));
            (self.app.scene.get_untracked().node_at([x, y], 0.0)?.id.clone(), true)
        };
        let strikes = self.app.document.with_untracked(|d| {
            let flow = d.as_ref()?.flow();
            if scenario_edit::can_strike(flow, kind, &target) {
                return Some(target.clone());
            }
            scenario_edit::target_at(flow, kind, &target)
        });
        Some((strikes.map_or(Drop::Refused(target), Drop::On), on_drawing))
    }

    /// Whether a bar would go on striking what it strikes.
    fn stays(self, held: &Held) -> bool {
        match &held.drop {
            Drop::Open => true,
            Drop::On(target) => self.plan.with_untracked(|p| p.bar(held.index).is_some_and(|b| b.target == *target)),
            Drop::Refused(_) => false,
        }
    }

    /// Length of the run, in seconds.
    pub(super) fn duration_s(self) -> f64 {
        self.plan.with_untracked(|plan| plan.duration_s)
    }

    /// Left edge and width of the tracks in pixels of the window.
    fn track_place(self) -> Option<[f64; 2]> {
        let rect = self.track.try_get_untracked().flatten()?.get_bounding_client_rect();
        Some([rect.left(), rect.width()])
    }

    /// The step of arrow keys, in seconds.
    pub(super) fn key_step(self) -> f64 {
        self.track_place().map_or(1.0, |[_, width]| hold::step(self.window.get_untracked().length() / width.max(1.0)))
    }

    /// The moment of a place in a track.
    pub(super) fn moment(self, event: &ev::MouseEvent) -> Option<f64> {
        let [left, width] = self.track_place()?;
        let second = self.window.get_untracked().second(f64::from(event.client_x()) - left, width);
        Some(hold::rounded(second, self.key_step()))
    }

    /// A moment as a share of the track, in percent.
    pub(super) fn percent(self, second: f64) -> f64 {
        self.window.get().x(second, 100.0)
    }
}

/// Whether a point of the window is over the rows.
fn is_over_rows([x, y]: [f64; 2]) -> bool {
    let under = document().element_from_point(x as f32, y as f32);
    under.and_then(|under| under.closest(".scenario-rows .rows").ok()).flatten().is_some()
}

/// The focus goes to a bar once it is drawn anew.
fn focus_bar(index: usize) {
    focus(format!("fault-{index}"));
}

/// The focus goes to an element, by its `data-test` name, once it is drawn anew.
pub(super) fn focus(name: String) {
    request_animation_frame(move || {
        let found = document().query_selector(&format!("[data-test=\"{name}\"]")).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            // What cannot take the focus was changed all the same.
            drop(element.focus());
        }
    });
}

fn differs(a: f64, b: f64) -> bool {
    (a - b).abs() > 1e-9
}

fn place(event: &ev::PointerEvent) -> [f64; 2] {
    [f64::from(event.client_x()), f64::from(event.client_y())]
}

/// What is held, beside the pointer: what it is and what it would strike.
#[component]
pub(super) fn InHand(desk: Desk) -> impl IntoView {
    move || {
        let (kind, at, drop) = match desk.hand.get() {
            Hand::New(fresh) if fresh.is_far() => (fresh.kind, fresh.at, fresh.drop),
            Hand::Bar(held) if held.moved && !desk.stays(&held) => (held.kind, held.at, held.drop),
            _ => return None,
        };
        let refused = matches!(drop, Drop::Refused(_));
        let words = match drop {
            Drop::Open => String::new(),
            Drop::On(target) => text::strikes(&target),
            Drop::Refused(target) => text::cannot_strike(&target),
        };
        Some(view! {
            <div class="scenario-ghost" class:refused=refused style:left=format!("{}px", at[0] + 12.0) style:top=format!("{}px", at[1] + 8.0)>
                <b>{text::fault(kind)}</b>
                <span>{words}</span>
            </div>
        })
    }
}
