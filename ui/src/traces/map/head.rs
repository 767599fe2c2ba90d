//! The map of many traces: of what it is, how far it is, what can be done with it.

use leptos::prelude::*;

use super::{Chart, Manner, drawing::MapBody};
use crate::{
    kit::tab,
    state::{App, Made},
    text::{self as words, topology as text},
};

/// The middle of the lens while the map of many traces is shown.
#[component]
pub(in crate::traces) fn MapOfMany(chart: Chart) -> impl IntoView {
    let app = chart.app;
    follow_filter(app);
    let made = app.observing.map;
    let is_there = Memo::new(move |_| made.with(|made| made.shown().is_some()));
    let was_stopped = Memo::new(move |_| made.with(Made::was_stopped));
    let waits = move || if was_stopped.get() { text::MAP_STOPPED.now() } else { text::READING.now() };
    view! {
        <section class="topo-many" data-test="map" aria-label=text::MAP>
            <div class="waterfall-head">
                <p class="topo-of" data-test="map-of">
                    {move || made.with(|made| made.shown().map(|(filter, map)| text::of_what(map, filter)))}
                </p>
                <Progress app />
                <Acts app />
                {manners(chart)}
            </div>
            <Show when=move || is_there.get() fallback=move || view! { <div class="empty">{waits}</div> }>
                <MapBody chart />
            </Show>
        </section>
    }
}

/// Makes a map of what is asked for in the line above, unless that came from the map itself.
fn follow_filter(app: App) {
    Effect::new(move |_| {
        let asked = app.filtering.asked.with(|asked| asked.filter.trim().to_owned());
        let is_clicked = app.observing.clicked.with_untracked(|clicked| clicked.as_ref() == Some(&asked));
        if !is_clicked && !app.observing.map.with_untracked(|map| map.knows(&asked)) {
            app.make_map(asked);
        } else if is_clicked && app.observing.map.with_untracked(|map| map.shown().is_none() && map.running().is_none())
        {
            app.make_map(String::new());
        }
    });
}

/// How many traces were read, and the way to stop.
#[component]
fn Progress(app: App) -> impl IntoView {
    let read = Memo::new(move |_| app.observing.map.with(|map| map.running().map(|(_, _, read)| *read)));
    view! {
        <Show when=move || read.get().is_some()>
            <span class="topo-read" data-test="map-progress" role="status">
                {move || text::read(read.get().unwrap_or_default())}
            </span>
            <button class="button" data-test="map-cancel" on:click=move |_| app.cancel_map()>{words::CANCEL}</button>
        </Show>
    }
}

#[component]
fn Acts(app: App) -> impl IntoView {
    let made = app.observing.map;
    let is_running = Memo::new(move |_| made.with(|made| made.running().is_some()));
    // What is shown, else what was stopped before anything was.
    let filter = move || {
        let asked = app.filtering.asked.with_untracked(|asked| asked.filter.trim().to_owned());
        made.with_untracked(|made| made.shown().map_or(asked, |(filter, _)| filter.clone()))
    };
    view! {
        <Show when=move || !is_running.get()>
            <button
                class="button"
                data-test="map-again"
                title=text::AGAIN_WHY
                on:click=move |_| app.make_map(filter())
            >
                {text::AGAIN}
            </button>
        </Show>
        <button class="button" data-test="map-draw" on:click=move |_| app.discover_in(filter())>{text::DRAW}</button>
    }
}

/// As a drawing or as a table.
pub(super) fn manners(chart: Chart) -> impl IntoView {
    view! {
        <div class="tabs trace-faces" role="tablist" aria-label=text::HOW_SHOWN>
            {tab(chart.manner, Manner::Drawing, "map-as-drawing", text::DRAWING)}
            {tab(chart.manner, Manner::Table, "map-as-table", text::TABLE)}
        </div>
    }
}
