//! Maps: the services, channels, groups and peers of one trace or of many, as boxes and lines that look like those of the canvas. The
//! engine folds the traces and arranges the boxes; here it is drawn, looked at and asked.
//!
//! What is drawn can be read as a table too: every line with what was measured.

mod details;
mod drawing;
mod head;
mod one;
mod picture;
mod table;

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{
    ApiError, Command, Reply, TopologyMap,
    topology::{TopologyEdge, TopologyNode},
};

use self::picture::{Direction, Picture};
pub(super) use self::{
    details::MapDetails,
    head::MapOfMany,
    one::{MapOfOne, map_of_trace},
};
use crate::{
    actions::events::unexpected,
    bridge,
    state::{App, Asked, Rect, Shared, Viewport},
};

/// A box or a line of a map, by its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Box(usize),
    Line(usize),
}

/// How a map is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Drawing,
    Table,
}

/// Signals of a map that is shown; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Chart {
    app: App,
    /// Whether it is that of one trace.
    of_one: bool,
    map: Signal<Option<Shared<TopologyMap>>>,
    /// The map once it is arranged.
    picture: RwSignal<Option<Shared<Picture>>>,
    manner: RwSignal<Manner>,
    selected: RwSignal<Option<Thing>>,
    hovered: RwSignal<Option<Thing>>,
    viewport: RwSignal<Viewport>,
    size: RwSignal<[f64; 2]>,
}

impl Chart {
    /// A map of these, arranged anew whenever it changes.
    pub(super) fn new(app: App, of_one: bool, map: Signal<Option<Shared<TopologyMap>>>) -> Self {
        let chart = Chart {
            app,
            of_one,
            map,
            picture: RwSignal::new(None),
            manner: RwSignal::new(Manner::Drawing),
            selected: RwSignal::new(None),
            hovered: RwSignal::new(None),
            viewport: RwSignal::new(Viewport::default()),
            size: RwSignal::new([0.0, 0.0]),
        };
        Effect::new(move |_| {
            let map = chart.map.get();
            chart.selected.set(None);
            chart.hovered.set(None);
            match map {
                Some(map) => chart.arrange(map),
                None => chart.picture.set(None),
            }
        });
        chart
    }

    /// Whether there is a map to ask.
    pub(super) fn has_map(self) -> bool {
        self.map.with(Option::is_some)
    }

    /// Has the engine arrange a map; the one before stays until that is done.
    fn arrange(self, map: Shared<TopologyMap>) {
        spawn_local(async move {
            let arranged = best(map.clone(), self.size.try_get_untracked().unwrap_or_default()).await;
            if self.map.try_get_untracked().flatten().as_ref() != Some(&map) {
                return;
            }
            match arranged {
                Ok(picture) => {
                    self.picture.try_set(Some(Shared::new(picture)));
                    self.fit();
                }
                Err(error) => {
                    // What cannot be drawn can be read.
                    self.picture.try_set(None);
                    self.manner.try_set(Manner::Table);
                    self.app.fail(&error);
                }
            }
        });
    }

    /// Shows all of it.
    fn fit(self) {
        /// Room around it.
        const MARGIN: f64 = 28.0;
        let Some(bounds) = self.picture.try_with_untracked(|p| p.as_ref().map(|p| p.bounds)).flatten() else { return };
        let [width, height] = self.size.try_get_untracked().unwrap_or_default();
        let free = Rect { x: MARGIN, y: MARGIN, width: width - 2.0 * MARGIN, height: height - 2.0 * MARGIN };
        self.viewport.try_update(|view| view.fit(bounds, free));
    }

    fn zoom(self, factor: f64) {
        let [width, height] = self.size.get_untracked();
        self.viewport.update(|view| view.zoom_at(width / 2.0, height / 2.0, factor));
    }

    /// Brings what has the focus into sight.
    fn show(self, thing: Thing) {
        let Some(rect) = self.picture.with_untracked(|picture| {
            let picture = picture.as_ref()?;
            match thing {
                Thing::Box(at) => picture.boxes.get(at).copied(),
                Thing::Line(at) => picture.lines.get(at).map(|line| Rect::between(line.at(0.5), line.at(0.5))),
            }
        }) else {
            return;
        };
        let [width, height] = self.size.get_untracked();
        self.viewport.update(|view| {
            let (x, y) = (rect.x * view.zoom + view.x, rect.y * view.zoom + view.y);
            let is_seen =
                x >= 0.0 && y >= 0.0 && x + rect.width * view.zoom <= width && y + rect.height * view.zoom <= height;
            if !is_seen {
                view.pan(width / 2.0 - x - rect.width / 2.0 * view.zoom, height / 2.0 - y);
            }
        });
    }

    /// Chooses a box or a line; of many traces those are listed that have a span of it.
    fn choose(self, thing: Thing) {
        self.selected.set(Some(thing));
        if !self.of_one
            && let Some(filter) = self.filter_of(thing)
        {
            self.list(filter);
        }
    }

    /// Lists the traces that a filter finds, beside the map as it is.
    fn list(self, filter: String) {
        self.app.observing.clicked.set(Some(filter.clone()));
        let order = self.app.filtering.asked.with_untracked(|asked| asked.order);
        self.app.search_for(Asked { filter, order });
    }

    fn filter_of(self, thing: Thing) -> Option<String> {
        let filter = match thing {
            Thing::Box(at) => self.with_node(at, |_, node| node.filter.clone())?,
            Thing::Line(at) => self.with_edge(at, |_, edge| edge.filter.clone())?,
        };
        (!filter.is_empty()).then_some(filter)
    }

    fn with_node<T>(self, at: usize, look: impl FnOnce(&TopologyMap, &TopologyNode) -> T) -> Option<T> {
        self.map.with_untracked(|map| {
            let map = map.as_ref()?;
            Some(look(map, map.nodes.get(at)?))
        })
    }

    fn with_edge<T>(self, at: usize, look: impl FnOnce(&TopologyMap, &TopologyEdge) -> T) -> Option<T> {
        self.map.with_untracked(|map| {
            let map = map.as_ref()?;
            Some(look(map, map.edges.get(at)?))
        })
    }
}

/// Maps with more boxes are arranged in one way only.
const BOTH_WAYS: usize = 500;
/// The room for a map before it is measured: that of a window of the usual size.
const USUAL: [f64; 2] = [690.0, 740.0];

/// Arranged in the way in which it is seen larger.
async fn best(map: Shared<TopologyMap>, size: [f64; 2]) -> Result<Picture, ApiError> {
    let size = if size[0] > 0.0 { size } else { USUAL };
    let zoom = |picture: &Picture| (size[0] / picture.bounds.width).min(size[1] / picture.bounds.height).min(1.0);
    let across = arranged(map.clone(), Direction::Across).await?;
    if zoom(&across) >= 1.0 || map.nodes.len() > BOTH_WAYS {
        return Ok(across);
    }
    let down = arranged(map, Direction::Down).await?;
    Ok(if zoom(&down) > zoom(&across) { down } else { across })
}

/// Where the engine puts boxes, and how it runs lines past them.
async fn arranged(map: Shared<TopologyMap>, direction: Direction) -> Result<Picture, ApiError> {
    let places = match bridge::call(Command::Layout(picture::drawing(&map, direction, None))).await? {
        Reply::Layout(places) => places,
        other => return Err(unexpected(&other)),
    };
    let routes = match bridge::call(Command::Routes(picture::drawing(&map, direction, Some(&places)))).await? {
        Reply::Routes(routes) => routes,
        other => return Err(unexpected(&other)),
    };
    Ok(Picture::new(map, direction, &places, &routes))
}
