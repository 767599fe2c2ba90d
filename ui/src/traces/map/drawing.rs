//! A map as boxes and lines: panned, magnified, chosen from.

use leptos::{ev, html, prelude::*};

use super::{
    Chart, Manner, Thing,
    picture::{self, Direction, Picture},
    table::MapTable,
};
use crate::{
    canvas::Line,
    kit::measure,
    state::{Rect, Shared},
    text::topology as text,
};

/// How much a step of the wheel or a key magnifies.
const ZOOM_STEP: f64 = 1.25;
/// Pixels by which an arrow key moves.
const MOVE_STEP: f64 = 60.0;
/// Height of what is written on a line, for each of its rows.
const WRITTEN: f64 = 13.0;

/// A map in the manner that is chosen.
#[component]
pub(super) fn MapBody(chart: Chart) -> impl IntoView {
    let is_empty = move || chart.map.with(|map| map.as_ref().is_some_and(|map| map.edges.is_empty()));
    view! {
        <Show when=move || !is_empty() fallback=|| view! { <div class="empty" data-test="map-empty">{text::MAP_EMPTY}</div> }>
            <Show
                when=move || chart.manner.get() == Manner::Drawing
                fallback=move || view! { <MapTable chart /> }
            >
                <Drawn chart />
            </Show>
        </Show>
    }
}

#[component]
fn Drawn(chart: Chart) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    // The first time that there is room, all of it is shown.
    Effect::new(move |_| {
        let now = size.get();
        let before = chart.size.get_untracked();
        chart.size.set(now);
        if before[0] <= 0.0 && now[0] > 0.0 {
            chart.fit();
        }
    });
    on_cleanup(move || {
        chart.size.try_set([0.0, 0.0]);
    });
    let held = StoredValue::new(None::<[f64; 2]>);
    let place = |event: &ev::PointerEvent| [f64::from(event.client_x()), f64::from(event.client_y())];
    let press = move |event: ev::PointerEvent| {
        if event.button() > 1 {
            return;
        }
        held.set_value(Some(place(&event)));
        if let Some(ground) = event.current_target() {
            let ground: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(ground);
            // A pointer that is gone already moves nothing.
            drop(ground.set_pointer_capture(event.pointer_id()));
        }
    };
    let drag = move |event: ev::PointerEvent| {
        if let Some(from) = held.get_value() {
            let to = place(&event);
            held.set_value(Some(to));
            chart.viewport.update(|view| view.pan(to[0] - from[0], to[1] - from[1]));
        }
    };
    let world = move || chart.viewport.with(|v| format!("translate({}px,{}px) scale({})", v.x, v.y, v.zoom));
    let picture = move || chart.picture.get();
    view! {
        <div
            class="topo"
            data-test="topo"
            role="group"
            aria-label=text::MAP_KEYS
            node_ref=element
            on:wheel=move |event| wheel(chart, element, &event)
            on:keydown=move |event| {
                if key(chart, &event) {
                    event.prevent_default();
                    event.stop_propagation();
                }
            }
        >
            <div
                class="topo-ground"
                on:pointerdown=press
                on:pointermove=drag
                on:pointerup=move |_| held.set_value(None)
                on:pointercancel=move |_| held.set_value(None)
                on:click=move |_| chart.selected.set(None)
            ></div>
            {move || picture().is_none().then(|| view! { <p class="topo-told" role="status">{text::ARRANGING}</p> })}
            <div class="world" style:transform=world>
                {move || picture().map(|picture| view! { <Lines chart picture=picture.clone() /> })}
                {move || picture().map(|picture| {
                    (0..picture.boxes.len()).map(|at| node(chart, &picture, at)).collect_view()
                })}
            </div>
            <button class="button topo-fit" data-test="map-fit" title=text::FIT on:click=move |_| chart.fit()>"⤢"</button>
        </div>
    }
}

/// Wheel: moves; with Ctrl or ⌘ closer and further around the pointer.
fn wheel(chart: Chart, element: NodeRef<html::Div>, event: &ev::WheelEvent) {
    event.prevent_default();
    if event.ctrl_key() || event.meta_key() {
        let Some(element) = element.get_untracked() else { return };
        let area = element.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()) - area.left(), f64::from(event.client_y()) - area.top());
        chart.viewport.update(|view| view.zoom_at(x, y, ZOOM_STEP.powf(-event.delta_y() / 100.0)));
    } else {
        chart.viewport.update(|view| view.pan(-event.delta_x(), -event.delta_y()));
    }
}

fn key(chart: Chart, event: &ev::KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return false;
    }
    let pan = |x: f64, y: f64| chart.viewport.update(|view| view.pan(x, y));
    match event.key().as_str() {
        "+" | "=" => chart.zoom(ZOOM_STEP),
        "-" => chart.zoom(1.0 / ZOOM_STEP),
        "f" | "F" => chart.fit(),
        "ArrowLeft" => pan(MOVE_STEP, 0.0),
        "ArrowRight" => pan(-MOVE_STEP, 0.0),
        "ArrowUp" => pan(0.0, MOVE_STEP),
        "ArrowDown" => pan(0.0, -MOVE_STEP),
        "Escape" if chart.selected.get_untracked().is_some() => chart.selected.set(None),
        _ => return false,
    }
    true
}

/// Enter and Space choose what has the focus.
fn chooses(chart: Chart, thing: Thing, event: &ev::KeyboardEvent) {
    if matches!(event.key().as_str(), "Enter" | " ") {
        event.prevent_default();
        event.stop_propagation();
        chart.choose(thing);
    }
}

fn node(chart: Chart, picture: &Picture, at: usize) -> Option<impl IntoView + use<>> {
    let (rect, node) = (*picture.boxes.get(at)?, picture.map.nodes.get(at)?);
    let Rect { x, y, width, height } = rect;
    let (thing, has_failed) = (Thing::Box(at), node.errors > 0);
    let is = move |what: RwSignal<Option<Thing>>| what.get() == Some(thing);
    Some(view! {
        <div
            class=format!("node topo-node {}", picture::hue(&picture.map, at).class())
            class:selected=move || is(chart.selected)
            class:hurt=has_failed
            data-test=format!("map-node-{}", node.name)
            role="button"
            tabindex="0"
            aria-pressed=move || is(chart.selected).to_string()
            title=text::node_label(node)
            style:transform=format!("translate({x}px,{y}px)")
            style:width=format!("{width}px")
            style:height=format!("{height}px")
            on:click=move |_| chart.choose(thing)
            on:keydown=move |event| chooses(chart, thing, &event)
            on:pointerenter=move |_| chart.hovered.set(Some(thing))
            on:pointerleave=move |_| chart.hovered.set(None)
            on:focus=move |_| chart.show(thing)
        >
            <div class="node-head"><b>{node.name.clone()}</b><i>{text::kind(node)}</i></div>
            <small>{text::facts(node)}</small>
        </div>
    })
}

#[component]
fn Lines(chart: Chart, picture: Shared<Picture>) -> impl IntoView {
    let lines = (0..picture.lines.len()).map(|at| line(chart, &picture, at)).collect_view();
    // Over all lines: none crosses out what is written on another.
    let words =
        picture.lines.iter().zip(&picture.map.edges).map(|(way, edge)| {
            written(way, picture.direction, picture::health(edge), &text::on_line(edge, chart.of_one))
        });
    view! {
        <svg class="topo-lines" width="1" height="1">
            {lines}
            <g aria-hidden="true">{words.collect_view()}</g>
        </svg>
    }
}

fn line(chart: Chart, picture: &Picture, at: usize) -> Option<impl IntoView + use<>> {
    let (way, edge) = (picture.lines.get(at)?, picture.map.edges.get(at)?);
    let name = |at: usize| picture.map.nodes.get(at).map(|node| node.name.as_str()).unwrap_or_default();
    let thing = Thing::Line(at);
    let is = move |what: RwSignal<Option<Thing>>| what.get() == Some(thing);
    let (path, wide) = (way.path(), picture::thickness(&picture.map, edge));
    Some(view! {
        <g
            class=format!("topo-line topo-{} {}", edge.kind, picture::health(edge))
            class:on=move || is(chart.selected)
            data-test=format!("map-line-{}-{}-{}", name(edge.from), edge.kind, name(edge.to))
            role="button"
            tabindex="0"
            aria-label=text::edge_label(&picture.map, edge, chart.of_one)
            aria-pressed=move || is(chart.selected).to_string()
            on:click=move |_| chart.choose(thing)
            on:keydown=move |event| chooses(chart, thing, &event)
            on:pointerenter=move |_| chart.hovered.set(Some(thing))
            on:pointerleave=move |_| chart.hovered.set(None)
            on:focus=move |_| chart.show(thing)
        >
            <path class="grip" d=path.clone() />
            <path class="way" d=path style:stroke-width=format!("{wide:.2}px") />
            <path class="head" d=head(way, wide) />
        </g>
    })
}

/// The head of a line: of a wide one larger.
fn head(way: &Line, wide: f64) -> String {
    let [tip, left, right] = way.head();
    let grown = |point: [f64; 2]| {
        let factor = 1.0 + (wide - 1.5).max(0.0) * 0.18;
        [0, 1].map(|axis| tip[axis] + (point[axis] - tip[axis]) * factor)
    };
    let (left, right) = (grown(left), grown(right));
    format!("M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z", tip[0], tip[1], left[0], left[1], right[0], right[1])
}

/// What is written on a line: above its middle, or beside it, over the ground's colour.
fn written(way: &Line, direction: Direction, health: &'static str, rows: &[String]) -> impl IntoView + use<> {
    let [x, y] = way.at(0.5);
    let (x, first, anchor) = match direction {
        Direction::Across => (x, y - 6.0 - WRITTEN * (rows.len() as f64 - 1.0), "middle"),
        Direction::Down => (x + 8.0, y + 4.0 - WRITTEN * (rows.len() as f64 - 1.0) / 2.0, "start"),
    };
    rows.iter()
        .enumerate()
        .map(|(i, row)| {
            let y = first + WRITTEN * i as f64;
            let class = match i {
                0 => health,
                _ if row.starts_with('⚠') => "clocks",
                _ => "",
            };
            view! {
                <text class=class x=format!("{x:.1}") y=format!("{y:.1}") text-anchor=anchor>
                    {row.clone()}
                </text>
            }
        })
        .collect_view()
}
