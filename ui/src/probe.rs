//! Measures the page from inside, for `cargo xtask bench window [--traces]`; only in builds with the feature `probe`.
//!
//! It does what a hand does, by the same events, and tells what it measured through the page's title, which the shell of
//! such a build prints. It knows nothing of how the canvas is drawn.

mod traces;

use js_sys::Promise;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, PointerEvent, PointerEventInit};

use crate::state::{App, Leave, Viewport};

/// Frames of each gesture that count, and those before that do not.
const FRAMES: usize = 240;
const WARM_UP: usize = 20;
/// Undone and done again so often.
const STEPS: usize = 7;
/// Pixels of the canvas element that a dragging hand covers from the middle to either side.
const REACH: f64 = 160.0;

/// Measures everything once the document is there, or the traces lens once a trace is, then says `probe done`.
pub(crate) fn start(app: App) {
    spawn_local(async move {
        while document().body().is_none_or(|body| body.dataset().get("ready").is_none()) {
            frame().await;
        }
        after_paint().await;
        say("painted").await;
        tell_address(app).await;
        let path = loop {
            after_paint().await;
            if app.traces.with_untracked(|traces| !traces.list.is_empty()) {
                traces::measure(app).await;
                return say("done").await;
            }
            if let Some(path) = app.document.with_untracked(|d| d.as_ref().and_then(|d| d.path().map(str::to_owned))) {
                break path;
            }
        };
        opening(app, &path).await;
        app.fit();
        let fitted = app.viewport.get_untracked();
        for (name, zoom) in [("fit", fitted.zoom), ("25%", 0.25), ("50%", 0.5), ("100%", 1.0)] {
            look(app, zoom);
            settle().await;
            gesture(&format!("pan at {name}"), 1, &middle_of_ground(app)).await;
            look(app, zoom);
            settle().await;
            if let Some(at) = middle_of_box(app) {
                gesture(&format!("drag at {name}"), 0, &at).await;
                settle().await;
                app.undo();
            }
        }
        app.viewport.set(fitted);
        app.select(app.scene.get_untracked().nodes.keys().cloned().collect());
        settle().await;
        if let Some(at) = middle_of_box(app) {
            gesture("drag all at fit", 0, &at).await;
            settle().await;
            let mut times = Vec::new();
            for _ in 0..STEPS {
                let (back, again) = (timed(|| app.undo()).await, timed(|| app.redo()).await);
                times.extend([back, again]);
            }
            say(&format!("times | undo a move of all | {}", list(&times))).await;
            app.undo();
        }
        app.select(Vec::new());
        app.add_node_somewhere("queue");
        settle().await;
        let mut times = Vec::new();
        for _ in 0..STEPS {
            let (back, again) = (timed(|| app.undo()).await, timed(|| app.redo()).await);
            times.extend([back, again]);
        }
        say(&format!("times | undo a new box | {}", list(&times))).await;
        app.undo();
        settle().await;
        playback(app, fitted).await;
        say("done").await;
    });
}

/// Tells where traces are received, once they are.
async fn tell_address(app: App) {
    let known = || {
        app.receiver.with_untracked(|receiver| {
            receiver.as_ref().map(|receiver| (receiver.grpc.clone(), receiver.error.is_some()))
        })
    };
    loop {
        match known() {
            Some((Some(grpc), _)) => return say(&format!("receives | {grpc}")).await,
            Some((None, true)) => return,
            _ => after_paint().await,
        }
    }
}

/// Opens the file again and waits until it is drawn.
async fn opening(app: App, path: &str) {
    let mut times = Vec::new();
    for _ in 0..3 {
        let before = app.opening.get_untracked();
        let began = now();
        app.go(Leave::OpenRecent(path.to_owned()));
        while app.opening.get_untracked() == before {
            frame().await;
        }
        after_paint().await;
        times.push(now() - began);
        settle().await;
    }
    say(&format!("times | open | {}", list(&times))).await;
}

/// Simulates the flow and plays the run, near and from afar.
async fn playback(app: App, fitted: Viewport) {
    app.simulate();
    while app.results.with_untracked(Option::is_none) {
        after_paint().await;
    }
    app.playback.speed.set(10);
    for (name, zoom) in [("fit", fitted.zoom), ("25%", 0.25), ("50%", 0.5), ("100%", 1.0)] {
        look(app, zoom);
        app.show_moment(1.0);
        settle().await;
        app.toggle_playing();
        let (mut between, mut busy) = (Vec::new(), Vec::new());
        let mut last = frame().await;
        for i in 0..FRAMES + WARM_UP {
            message().await;
            let stamp = frame().await;
            message().await;
            if i >= WARM_UP {
                between.push(stamp - last);
                busy.push(now() - stamp);
            }
            last = stamp;
        }
        app.playback.stop();
        tell_frames(&format!("play at {name}"), &between, &busy).await;
    }
}

/// Presses at a place, moves to and fro, one step a frame, and lets go.
async fn gesture(name: &str, button: i16, at: &[f64; 2]) {
    let step = |i: usize| {
        let turn = i as f64 / 40.0 * std::f64::consts::TAU;
        [at[0] + REACH * turn.sin(), at[1] + REACH / 2.0 * (1.0 - turn.cos())]
    };
    point("pointerdown", button, *at);
    let frames = each_frame(|i| point("pointermove", button, step(i))).await;
    point("pointerup", button, *at);
    tell_frames(name, &frames.0, &frames.1).await;
}

/// Does something in each of many frames; gives the milliseconds between frames and those of work for each.
async fn each_frame(act: impl Fn(usize)) -> (Vec<f64>, Vec<f64>) {
    let (mut between, mut busy) = (Vec::new(), Vec::new());
    let mut last = frame().await;
    for i in 0..FRAMES + WARM_UP {
        let began = now();
        act(i);
        // Behind the effects of what was done.
        message().await;
        let handled = now() - began;
        let stamp = frame().await;
        message().await;
        if i >= WARM_UP {
            between.push(stamp - last);
            busy.push(now() - stamp + handled);
        }
        last = stamp;
    }
    (between, busy)
}

/// Runs something and gives the milliseconds until it is painted.
async fn timed(run: impl FnOnce()) -> f64 {
    let began = now();
    run();
    after_paint().await;
    let took = now() - began;
    settle().await;
    took
}

/// Sends a pointer event to whatever is at a place, as the hand would.
fn point(kind: &str, button: i16, at: [f64; 2]) {
    let [x, y] = at.map(|pixel| pixel.round() as i32);
    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_client_x(x);
    init.set_client_y(y);
    init.set_button(button);
    init.set_pointer_id(1);
    let under = document().element_from_point(x as f32, y as f32);
    if let (Ok(event), Some(under)) = (PointerEvent::new_with_event_init_dict(kind, &init), under) {
        drop(under.dispatch_event(&event));
    }
}

/// Looks at the middle of the flow.
fn look(app: App, zoom: f64) {
    let Some(bounds) = app.scene.get_untracked().bounds() else { return };
    let [width, height] = app.canvas_size.get_untracked();
    let (cx, cy) = (bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0);
    app.viewport.set(Viewport { x: width / 2.0 - cx * zoom, y: height / 2.0 - cy * zoom, zoom });
}

fn middle_of_ground(app: App) -> [f64; 2] {
    let [left, top] = origin();
    let [width, height] = app.canvas_size.get_untracked();
    [left + width / 2.0, top + height / 2.0]
}

/// The middle of the box nearest to the middle of the canvas, in pixels of the window.
fn middle_of_box(app: App) -> Option<[f64; 2]> {
    let view = app.viewport.get_untracked();
    let [width, height] = app.canvas_size.get_untracked();
    let [left, top] = origin();
    let scene = app.scene.get_untracked();
    let pixel = |rect: crate::state::Rect| {
        [(rect.x + rect.width / 2.0) * view.zoom + view.x, (rect.y + rect.height / 2.0) * view.zoom + view.y]
    };
    let far = |[x, y]: [f64; 2]| (x - width / 2.0).hypot(y - height / 2.0);
    let nearest = scene.nodes.values().map(|node| pixel(node.rect)).min_by(|a, b| far(*a).total_cmp(&far(*b)))?;
    Some([left + nearest[0], top + nearest[1]])
}

fn origin() -> [f64; 2] {
    let canvas = document().query_selector("[data-test=canvas]").ok().flatten();
    canvas.map(|canvas| canvas.get_bounding_client_rect()).map_or([0.0, 0.0], |rect| [rect.left(), rect.top()])
}

fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// The time stamp of the next frame.
async fn frame() -> f64 {
    let next = Promise::new(&mut |resolve, _| {
        drop(window().request_animation_frame(&resolve));
    });
    JsFuture::from(next).await.ok().and_then(|stamp| stamp.as_f64()).unwrap_or_default()
}

thread_local! {
    /// One for all turns: `WebKit` tells another process of each channel, and a thousand of them that wait to be forgotten cost more than
    /// what is measured.
    static TURNS: Option<MessageChannel> = MessageChannel::new().ok();
}

/// Behind everything that waits for its turn now.
async fn message() {
    let next = Promise::new(&mut |resolve, _| {
        TURNS.with(|turns| {
            let Some(turns) = turns else { return };
            let heard = Closure::once_into_js(move || drop(resolve.call0(&JsValue::UNDEFINED)));
            turns.port1().set_onmessage(Some(heard.unchecked_ref()));
            drop(turns.port2().post_message(&JsValue::NULL));
        });
    });
    drop(JsFuture::from(next).await);
}

/// Behind the next frame and its painting.
async fn after_paint() {
    frame().await;
    message().await;
}

async fn settle() {
    for _ in 0..8 {
        after_paint().await;
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join(" ")
}

/// In portions: WebKit keeps no more than a thousand characters of a title.
async fn tell_frames(name: &str, between: &[f64], busy: &[f64]) {
    const PORTION: usize = 40;
    for (between, busy) in between.chunks(PORTION).zip(busy.chunks(PORTION)) {
        say(&format!("frames | {name} | {} | {}", list(between), list(busy))).await;
    }
}

/// Titles that follow each other at once may be told as one.
async fn say(line: &str) {
    document().set_title(&format!("probe {line}"));
    settle().await;
}
