//! The stage: one canvas below the boxes with everything that need not be an element of the page.
//!
//! Views of it are reactive only as far as to say that a new frame is due; one animation frame then draws whatever is the
//! case, and moves the elements of boxes in the hand, so that a drag or a pan wakes nothing per box. Elements are kept for
//! the boxes that are near ([`near`]) and, for keyboards, screen readers and tests, for lines ([`lines`]).

mod boxes;
mod dots;
mod drawing;
mod grid;
mod ink;
mod line;
mod moving;
mod near;
mod paint;

use std::collections::HashMap;

use leptos::{html, prelude::*};
use thalweg_flow::NodeId;
use thalweg_protocol::{Overlay, Series, traffic::EdgeOverlay};
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement, HtmlElement};

pub(crate) use dots::Pace;
pub(crate) use ink::Ink;
pub(crate) use line::Line;
pub(crate) use near::LARGE_FROM;
pub(super) use near::{LineHandle, is_large, lines, near};
pub(super) use paint::transform;

use super::EdgeKey;
use crate::{
    kit::{
        brush,
        motion::{is_calm, now_ms},
    },
    state::{App, Gesture, Rect, Shared, Viewport, app},
};
use drawing::{Drawing, Live};
use moving::{Moment, Traffic};

/// How near to a line the pointer means it, in pixels.
const GRIP: f64 = 6.0;
/// Pixels of the page that the canvas reaches beyond what is seen on each side, so that panning moves it instead of painting it.
const BEYOND: f64 = 64.0;
/// How long dots fade that stand for another number of messages than before, in milliseconds.
const FADE_MS: f64 = 260.0;

/// What is drawn where; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Stage(StoredValue<Inner, LocalStorage>);

#[derive(Default)]
struct Inner {
    canvas: Option<(HtmlCanvasElement, Context)>,
    drawing: Option<Drawing>,
    ink: Ink,
    grid: grid::Grid,
    /// What the frame that is asked for has to show, if one is.
    due: Option<Change>,
    /// Where the view stood when the canvas was painted last, and what it reaches; none when all must be painted.
    painted: Option<(Viewport, [f64; 2])>,
    /// A rectangle around the boxes in the hand and their lines, as painted last.
    in_hand: Option<Rect>,
    hovered: Option<usize>,
    /// Whether boxes are painted below elements that came since: nothing is to be seen of them until the elements move or fade.
    covered: bool,
    /// The elements of boxes, and those of them that are not where the scene has them.
    elements: HashMap<NodeId, HtmlElement>,
    displaced: Vec<NodeId>,
    /// Messages per second by line, and what they were taken from.
    rates: Vec<f32>,
    rated: Option<Shared<Overlay>>,
    traffic: Option<Traffic>,
    /// How dots are shown, and what fades away since that changed, with the time at which it did.
    pace: Option<Pace>,
    fading: Option<(Pace, f64)>,
    /// How many dots were painted last.
    dots: usize,
}

/// What is not as it was painted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Where the view stands.
    View,
    /// Where the boxes in the hand are.
    Hand,
    /// Anything.
    All,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// A box.
    Box(NodeId),
    /// A line.
    Line(EdgeKey),
}

impl Stage {
    pub(super) fn new() -> Stage {
        Stage(StoredValue::new_local(Inner::default()))
    }

    /// Asks for a new frame.
    fn mark(self, app: App, change: Change) {
        let asked = self.0.try_update_value(|inner| {
            let before = inner.due;
            inner.due = Some(if before.is_none_or(|before| before == change) { change } else { Change::All });
            before
        });
        if asked == Some(None) {
            request_animation_frame(move || {
                if self.0.try_update_value(|inner| inner.frame(app)) == Some(true) {
                    self.mark(app, Change::All);
                }
            });
        }
    }

    /// What is at a place, given in canvas units: the topmost box, else the nearest line.
    pub(crate) fn find(self, app: App, at: [f64; 2]) -> Option<Found> {
        let slack = GRIP / app.viewport.get_untracked().zoom.min(1.0);
        self.with(app, |drawing| {
            let scene = &drawing.scene;
            match drawing.box_at(at) {
                Some(node) => scene.nodes.get_index(node).map(|(id, _)| Found::Box(id.clone())),
                None => drawing.line_at(at, slack).map(|line| Found::Line(scene.edges[line].clone())),
            }
        })
    }

    /// Takes in that the pointer is at a place over the ground, or nowhere; true when it is over a line.
    pub(super) fn hover(self, app: App, at: Option<[f64; 2]>) -> bool {
        let slack = GRIP / app.viewport.get_untracked().zoom.min(1.0);
        let line = at.and_then(|at| {
            self.with(app, |drawing| drawing.box_at(at).is_none().then(|| drawing.line_at(at, slack))?)
        });
        let before = self.0.try_update_value(|inner| std::mem::replace(&mut inner.hovered, line));
        if before.is_some_and(|before| before != line) {
            self.mark(app, Change::All);
        }
        line.is_some()
    }

    /// Where a line is, by its place in the scene.
    pub(super) fn middle_of(self, app: App, line: usize) -> Option<[f64; 2]> {
        self.with(app, |drawing| drawing.lines.get(line).map(|line| line.at(0.5)))
    }

    /// What passes a line at the moment that is shown.
    pub(super) fn passing(self, app: App, edge: &EdgeKey) -> Option<EdgeOverlay> {
        let overlay = app.overlay.get()?;
        self.0.try_with_value(|inner| {
            let line = inner.drawing.as_ref()?.scene.edges.iter().position(|other| other == edge)?;
            inner.traffic.as_ref()?.of_line(line, &overlay.edges)
        })?
    }

    /// The colours of the theme that is on.
    pub(super) fn ink(self) -> Ink {
        self.0.try_with_value(|inner| inner.ink.clone()).unwrap_or_default()
    }

    /// Takes in the element of a box, which is moved from now on while it is in the hand.
    pub(super) fn add(self, app: App, id: NodeId, element: HtmlElement) {
        self.0.try_update_value(|inner| {
            inner.elements.insert(id, element);
            inner.covered = true;
        });
        self.mark(app, Change::View);
    }

    /// Forgets the element of a box, which goes with the box or when it is beyond what the canvas reaches: nothing is to be painted for it.
    pub(super) fn remove(self, id: &NodeId) {
        self.0.try_update_value(|inner| {
            inner.elements.remove(id);
            if inner.displaced.contains(id) {
                // The hand holds it in sight while its place is not.
                inner.painted = None;
            }
        });
    }

    fn with<T>(self, app: App, read: impl FnOnce(&Drawing) -> Option<T>) -> Option<T> {
        self.0.try_update_value(|inner| read(inner.drawing(app))).flatten()
    }
}

impl Inner {
    /// The drawing as the scene and the hand have it now.
    fn drawing(&mut self, app: App) -> &Drawing {
        let scene = app.scene.get_untracked();
        let tall = untrack(|| app.shows_figures());
        let live = Live {
            offset: app.offset.get_untracked(),
            settling: app.settling.get_untracked(),
            routes: app.routes.get_untracked(),
        };
        let drawing = match self.drawing.take() {
            Some(mut drawing) if drawing.scene == scene && drawing.tall == tall => {
                drawing.follow(live);
                drawing
            }
            _ => {
                self.rated = None;
                self.hovered = None;
                Drawing::new(scene, tall, live)
            }
        };
        self.drawing.insert(drawing)
    }

    /// Draws what is the case; true when another frame must follow at once.
    fn frame(&mut self, app: App) -> bool {
        let change = self.due.take().unwrap_or(Change::All);
        self.drawing(app);
        self.displace();
        let shown = untrack(|| app.shows_figures());
        let ratio = window().device_pixel_ratio().max(0.5);
        let seen = app.viewport.get_untracked();
        let size = app.canvas_size.get_untracked().map(|pixels| pixels + 2.0 * BEYOND);
        if change == Change::View && self.shift(seen, size, ratio) {
            return false;
        }
        let overlay = shown.then(|| app.overlay.get_untracked()).flatten();
        self.follow_traffic(shown.then(|| app.series.get_untracked()).flatten());
        self.rate(overlay.as_ref());
        let paces = self.paces(app.playback.pace.get_untracked());
        let (Some((canvas, context)), Some(drawing)) = (&self.canvas, &self.drawing) else { return false };
        let [width, height] = size.map(|pixels| (pixels * ratio).round() as u32);
        // Setting the size clears the canvas, even to the same one.
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
            self.painted = None;
        }
        let in_hand = drawing.around_away();
        let moved = [self.in_hand, in_hand].into_iter().flatten().reduce(Rect::union);
        let only_hand =
            change == Change::Hand && !self.covered && overlay.is_none() && self.painted == Some((seen, size));
        let within = moved.filter(|_| only_hand);
        if !only_hand {
            shift_to(canvas, [0.0; 2]);
        }
        self.painted = Some((seen, size));
        self.in_hand = in_hand;
        self.covered = false;
        // The canvas begins before what is seen does.
        let view = Viewport { x: seen.x + BEYOND, y: seen.y + BEYOND, ..seen };
        let selected = app.selected.get_untracked();
        let picture = paint::Picture {
            drawing,
            ink: &self.ink,
            view,
            size,
            ratio,
            within,
            rates: overlay.as_ref().map(|_| &self.rates[..]),
            hovered: self.hovered,
            selected_line: app.selected_edge.with_untracked(|edge| {
                edge.as_ref().and_then(|edge| drawing.scene.edges.iter().position(|e| e == edge))
            }),
            boxes: boxes::Looks { elements: &self.elements, selected: &selected, overlay: overlay.as_deref() },
        };
        let (traffic, ink, second) = (&mut self.traffic, &self.ink, app.scrubber.get_untracked());
        let grid = &mut self.grid;
        let mut dots = 0;
        picture.paint(context, grid, |on, seen| {
            let Some(traffic) = traffic else { return };
            let moment = Moment { drawing, ink, zoom: view.zoom, seen, second, calm: is_calm() };
            for (pace, strength) in &paces {
                dots = traffic.paint(on, &moment, *pace, *strength);
            }
        });
        if std::mem::replace(&mut self.dots, dots) != dots {
            // For tests, which cannot look into a canvas.
            drop(canvas.set_attribute("data-dots", &dots.to_string()));
        }
        self.fading.is_some()
    }

    /// Moves the canvas as it is to where the view stands now; false when it must be painted anew. Only by whole pixels of the screen:
    /// between them it would be blurred.
    fn shift(&self, view: Viewport, size: [f64; 2], ratio: f64) -> bool {
        let (Some((canvas, _)), Some((painted, reach))) = (&self.canvas, &self.painted) else { return false };
        let by = [view.x - painted.x, view.y - painted.y];
        let is_whole = |by: &f64| (by * ratio - (by * ratio).round()).abs() < 1e-6;
        let fits = same(*reach, size) && canvas.width() == (size[0] * ratio).round() as u32;
        let near = by.iter().all(|by| by.abs() <= BEYOND && is_whole(by));
        if !fits || !near || !same([view.zoom; 2], [painted.zoom; 2]) {
            return false;
        }
        shift_to(canvas, by);
        true
    }

    /// How dots are shown, each with its strength, the present way last: what dots stand for changes with the speed, and dots
    /// that stand for something else fade in over the others, so that none jumps.
    fn paces(&mut self, pace: Option<Pace>) -> Vec<(Pace, f64)> {
        if self.pace != pace {
            self.fading = self.pace.filter(|_| !is_calm()).map(|before| (before, now_ms()));
            self.pace = pace;
        }
        let Some(pace) = pace else { return Vec::new() };
        let share = self.fading.map_or(1.0, |(_, since)| (now_ms() - since) / FADE_MS);
        match self.fading {
            Some((before, _)) if share < 1.0 => vec![(before, 1.0 - share), (pace, share)],
            _ => {
                self.fading = None;
                vec![(pace, 1.0)]
            }
        }
    }

    fn follow_traffic(&mut self, series: Option<Shared<Series>>) {
        let (Some(series), Some(drawing)) = (series, &self.drawing) else {
            self.traffic = None;
            return;
        };
        if !self.traffic.as_ref().is_some_and(|traffic| traffic.is_of(&series, &drawing.scene)) {
            self.traffic = Some(Traffic::new(series, drawing.scene.clone()));
            self.rated = None;
        }
    }

    /// Puts the elements of boxes where the hand or a change of the layout has them, and those back that are at home again.
    fn displace(&mut self) {
        let Some(drawing) = &self.drawing else { return };
        let place = |id: &NodeId, rect: Rect| {
            if let Some(element) = self.elements.get(id) {
                drop(element.style().set_property("transform", &translation(rect)));
            }
        };
        let nodes = &drawing.scene.nodes;
        let away = drawing.away();
        for id in self.displaced.drain(..) {
            if let Some(number) = nodes.get_index_of(&id).filter(|number| !away.contains(&(*number as u32))) {
                place(&id, drawing.rects[number]);
            }
        }
        for number in away {
            if let Some((id, _)) = nodes.get_index(*number as usize).filter(|(id, _)| self.elements.contains_key(*id)) {
                place(id, drawing.rects[*number as usize]);
                self.displaced.push(id.clone());
            }
        }
    }

    /// Takes the rates of lines from what a run lays over the drawing.
    fn rate(&mut self, overlay: Option<&Shared<Overlay>>) {
        if self.rated.as_ref() == overlay {
            return;
        }
        self.rated = overlay.cloned();
        self.rates.clear();
        let (Some(overlay), Some(drawing)) = (overlay, &self.drawing) else { return };
        let Some(traffic) = &self.traffic else { return };
        let rates = (0..drawing.scene.edges.len()).map(|line| traffic.of_line(line, &overlay.edges));
        self.rates.extend(rates.map(|edge| edge.map_or(f32::NAN, |edge| edge.per_s)));
    }
}

/// Never without a transform, also by nothing: letters would look another way with one than without.
fn shift_to(canvas: &HtmlCanvasElement, by: [f64; 2]) {
    drop(HtmlElement::style(canvas).set_property("transform", &format!("translate({}px,{}px)", by[0], by[1])));
}

fn same(a: [f64; 2], b: [f64; 2]) -> bool {
    a.map(f64::to_bits) == b.map(f64::to_bits)
}

/// Where a box's element stands, as a value of `transform`.
pub(super) fn translation(rect: Rect) -> String {
    format!("translate({}px,{}px)", rect.x, rect.y)
}

/// The canvas itself.
#[component]
pub(super) fn Ground(stage: Stage) -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Canvas>::new();
    element.on_load(move |canvas| {
        let context = brush(&canvas);
        stage.0.try_update_value(|inner| inner.canvas = context.map(|context| (canvas, context)));
        stage.mark(app, Change::All);
    });
    Effect::new(move |_| {
        app.light.track();
        stage.0.try_update_value(|inner| inner.ink = Ink::of_page());
        stage.mark(app, Change::All);
    });
    // Then boxes fade at which a line may not end.
    let connecting = Memo::new(move |_| app.gesture.with(|gesture| matches!(gesture, Gesture::Connect { .. })));
    Effect::new(move |_| {
        app.viewport.track();
        stage.mark(app, Change::View);
    });
    Effect::new(move |_| {
        app.offset.track();
        stage.mark(app, Change::Hand);
    });
    Effect::new(move |_| {
        app.scene.track();
        app.settling.track();
        app.routes.track();
        app.canvas_size.track();
        app.selected.track();
        app.selected_edge.track();
        connecting.track();
        if app.shows_figures() {
            app.overlay.track();
            app.scrubber.track();
            app.playback.pace.track();
        }
        stage.mark(app, Change::All);
    });
    view! { <canvas class="ink" data-test="drawing" node_ref=element aria-hidden="true"></canvas> }
}
