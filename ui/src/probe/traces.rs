//! The traces lens with one large trace: how long until it is seen, what scrolling it costs, and how late the open list shows what
//! arrives.

use std::collections::HashSet;

use js_sys::Date;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::{FRAMES, after_paint, each_frame, list, now, point, say, settle, tell_frames, timed};
use crate::state::{App, Lens};

/// Opened so often.
const OPENINGS: usize = 5;
/// What did not grow for so many frames is whole.
const QUIET: usize = 120;
/// Pixels by which a step of a quick wheel scrolls.
const NOTCH: f64 = 120.0;
/// Rows of the list that are in sight in any window.
const IN_SIGHT: usize = 8;
/// `WebKit` keeps no more than a thousand characters of a title.
const PORTION: usize = 100;

/// Measures the trace that arrives.
pub(super) async fn measure(app: App) {
    app.lens.set(Lens::Traces);
    let trace_id = whole(app).await;
    let mut times = Vec::new();
    for _ in 0..OPENINGS {
        app.select_trace(None);
        settle().await;
        let began = now();
        click(&format!("trace-row-{trace_id}"));
        until("[data-test=waterfall-row]").await;
        times.push(now() - began);
        settle().await;
    }
    tell("open a large trace", &times).await;
    scroll("scroll by the wheel", |_| NOTCH).await;
    scroll("scroll by the bar", |most| most / FRAMES as f64).await;
    let flame = timed(|| click("trace-flame")).await;
    tell("open its flame graph", &[flame]).await;
    look_around().await;
    click("trace-waterfall");
    app.select_trace(None);
    settle().await;
    tail(app).await;
}

/// Waits until a trace is there and grows no more; gives its id.
async fn whole(app: App) -> String {
    let newest =
        || app.traces.with_untracked(|traces| traces.list.first().map(|trace| (trace.trace_id.clone(), trace.spans)));
    let (mut known, mut quiet) = (None, 0);
    loop {
        after_paint().await;
        let now = newest();
        quiet = if now == known { quiet + 1 } else { 0 };
        known = now;
        if let Some((trace_id, _)) = known.as_ref().filter(|_| quiet >= QUIET) {
            return trace_id.clone();
        }
    }
}

fn find(css: &str) -> Option<Element> {
    document().query_selector(css).ok().flatten()
}

fn click(test: &str) {
    if let Some(element) = find(&format!("[data-test='{test}']")).and_then(|found| found.dyn_into::<HtmlElement>().ok())
    {
        element.click();
    }
}

/// Waits until something is painted.
async fn until(css: &str) {
    while find(css).is_none() {
        after_paint().await;
    }
    after_paint().await;
}

/// Scrolls the waterfall from its top, a step a frame.
async fn scroll(name: &str, step: impl Fn(f64) -> f64) {
    let Some(rows) = find(".waterfall-rows") else { return };
    let most = f64::from(rows.scroll_height() - rows.client_height()).max(1.0);
    let step = step(most);
    rows.set_scroll_top(0);
    settle().await;
    let (between, busy) = each_frame(|i| rows.set_scroll_top((step * i as f64 % most) as i32)).await;
    tell_frames(name, &between, &busy).await;
}

/// Moves over the flame graph, which is painted anew with each bar that the pointer comes to.
async fn look_around() {
    let Some(area) = find("[data-test=flame]").map(|flame| flame.get_bounding_client_rect()) else { return };
    let (between, busy) = each_frame(|i| {
        let turn = i as f64 / 40.0 * std::f64::consts::TAU;
        let share = [0.5 + 0.4 * turn.sin(), 0.5 + 0.4 * (turn * 1.3).cos()];
        point("pointermove", 0, [area.left() + share[0] * area.width(), area.top() + share[1] * area.height()]);
    })
    .await;
    tell_frames("over the flame graph", &between, &busy).await;
}

/// How late traces are seen in the open list that were sent the moment they say they started.
async fn tail(app: App) {
    let listed = || {
        app.traces.with_untracked(|traces| {
            let listed = traces.listed().iter().take(IN_SIGHT);
            listed.map(|trace| (trace.trace_id.clone(), trace.start_unix_nano as f64 / 1e6)).collect::<Vec<_>>()
        })
    };
    let mut seen: HashSet<String> = listed().into_iter().map(|(id, _)| id).collect();
    say("tail").await;
    let (mut late, mut quiet) = (Vec::new(), 0);
    while quiet < QUIET {
        after_paint().await;
        let now = Date::now();
        let before = late.len();
        late.extend(listed().into_iter().filter(|(id, _)| seen.insert(id.clone())).map(|(_, sent)| now - sent));
        quiet = if late.len() > before || late.is_empty() { 0 } else { quiet + 1 };
    }
    tell("seen after it was sent", &late).await;
}

async fn tell(name: &str, times: &[f64]) {
    for times in times.chunks(PORTION) {
        say(&format!("times | {name} | {}", list(times))).await;
    }
}
