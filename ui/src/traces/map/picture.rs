//! A map of traces as it is drawn: what is written on boxes, how wide and of which colour lines are. Pure.

use thalweg_protocol::{
    Drawing, DrawnBox, DrawnLine, Route, TopologyMap,
    topology::{TopologyEdge, TopologyKind, TopologyNode},
};

use crate::{
    canvas::{Hue, Line, NODE_HEIGHT},
    state::{Rect, Shared},
    text::topology as text,
};

/// Room for a box's name beside its kind, and for the line below, as on the canvas.
const WIDTHS: std::ops::RangeInclusive<f64> = 120.0..=240.0;
const TITLE_LETTER: f64 = 7.9;
const KIND_LETTER: f64 = 5.6;
const FACTS_LETTER: f64 = 5.5;
/// Where lines run from left to right so much is free at both sides of a box: what is written on lines has room there.
const ROOM: f64 = 24.0;
/// Widths of lines: of a single message, and of the most there are.
const THIN: f64 = 1.4;
const WIDE: f64 = 5.5;
/// A share of failures from which a line says so in red.
const MANY_FAILED: f64 = 0.05;

/// Which way messages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From left to right, as on the canvas.
    Across,
    /// From top to bottom: where that is larger, since a map has less room beside a list than a canvas.
    Down,
}

impl Direction {
    /// A point as the engine counts it, which arranges everything from left to right; and back.
    fn turn(self, [x, y]: [f64; 2]) -> [f64; 2] {
        match self {
            Direction::Across => [x, y],
            Direction::Down => [y, x],
        }
    }

    /// Free at both sides of a box.
    fn room(self) -> f64 {
        match self {
            Direction::Across => ROOM,
            Direction::Down => 0.0,
        }
    }
}

/// A map that was arranged.
#[derive(Debug)]
pub(in crate::traces) struct Picture {
    pub(in crate::traces) map: Shared<TopologyMap>,
    pub(in crate::traces) boxes: Vec<Rect>,
    pub(in crate::traces) lines: Vec<Line>,
    /// The rectangle around everything.
    pub(in crate::traces) bounds: Rect,
    pub(super) direction: Direction,
}

impl Picture {
    /// From where the engine put the boxes and how it ran the lines.
    pub(super) fn new(
        map: Shared<TopologyMap>,
        direction: Direction,
        places: &[[f64; 2]],
        routes: &[Option<Route>],
    ) -> Picture {
        let boxes: Vec<Rect> = map
            .nodes
            .iter()
            .zip(places)
            .map(|(node, place)| {
                let [x, y] = direction.turn(*place);
                Rect { x: x + direction.room(), y, width: width(node), height: NODE_HEIGHT }
            })
            .collect();
        let lines: Vec<Line> = map
            .edges
            .iter()
            .enumerate()
            .filter_map(|(i, edge)| {
                let (from, to) = (*boxes.get(edge.from)?, *boxes.get(edge.to)?);
                let route = routes.get(i).and_then(Option::as_ref).map(|route| match direction {
                    Direction::Across => joined(route, from, to),
                    Direction::Down => route.iter().map(|point| direction.turn(*point)).collect(),
                });
                Some(Line::between(from, to, 10.0, route.as_deref()))
            })
            .collect();
        let around = boxes.iter().copied().chain(lines.iter().map(Line::bounds)).reduce(Rect::union);
        Picture { map, boxes, lines, bounds: around.unwrap_or_default(), direction }
    }
}

/// A way that begins and ends at the room around boxes goes on to the boxes themselves.
fn joined(route: &Route, from: Rect, to: Rect) -> Route {
    let (Some(first), Some(last)) = (route.first().copied(), route.last().copied()) else { return Vec::new() };
    let mut way = Vec::with_capacity(route.len() + 6);
    let right = from.x + from.width;
    if first[0] > right && (from.y..=from.y + from.height).contains(&first[1]) {
        way.push([right, first[1]]);
        way.extend(straight([right, first[1]], first));
    } else {
        way.push(first);
    }
    way.extend(&route[1..]);
    if last[0] < to.x && (to.y..=to.y + to.height).contains(&last[1]) {
        way.extend(straight(last, [to.x - 2.0, last[1]]));
    }
    way
}

/// A straight piece of a way.
fn straight(from: [f64; 2], to: [f64; 2]) -> [[f64; 2]; 3] {
    let at = |share: f64| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share);
    [at(1.0 / 3.0), at(2.0 / 3.0), to]
}

/// What the engine is asked to arrange; with where boxes stand once that is known.
pub(super) fn drawing(map: &TopologyMap, direction: Direction, places: Option<&[[f64; 2]]>) -> Drawing {
    let boxes = map.nodes.iter().enumerate().map(|(i, node)| DrawnBox {
        at: places.and_then(|places| places.get(i).copied()),
        size: direction.turn([width(node) + 2.0 * direction.room(), NODE_HEIGHT]),
        pinned: false,
        frame: None,
    });
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let lines = map.edges.iter().map(|edge| DrawnLine {
        from: number(edge.from),
        to: number(edge.to),
        weak: edge.kind == "dead-letter",
    });
    Drawing { boxes: boxes.collect(), lines: lines.collect() }
}

fn width(node: &TopologyNode) -> f64 {
    let chars = |text: &str| text.chars().count() as f64;
    let title = chars(&node.name) * TITLE_LETTER + 8.0 + chars(text::kind(node)) * KIND_LETTER;
    let facts = chars(&text::facts(node)) * FACTS_LETTER;
    (title.max(facts) + 25.0).clamp(*WIDTHS.start(), *WIDTHS.end()).ceil()
}

/// What a box's colour means: as on the canvas.
pub(super) fn hue(map: &TopologyMap, at: usize) -> Hue {
    let Some(node) = map.nodes.get(at) else { return Hue::Service };
    let edges = |kinds: &[&str], comes_in: bool| {
        let end = |edge: &TopologyEdge| if comes_in { edge.to } else { edge.from };
        map.edges.iter().any(|edge| end(edge) == at && kinds.contains(&edge.kind.as_str()))
    };
    match node.kind {
        TopologyKind::Channel if node.dead_letters => Hue::Dead,
        TopologyKind::Channel => Hue::Channel,
        TopologyKind::Group => Hue::Consumer,
        TopologyKind::Database => Hue::Store,
        TopologyKind::Service if edges(&["deliver", "handle"], true) => Hue::Consumer,
        TopologyKind::Service if edges(&["publish"], false) => Hue::Producer,
        _ => Hue::Service,
    }
}

/// The class that colours a line by how much of it failed.
pub(super) fn health(edge: &TopologyEdge) -> &'static str {
    match edge.errors as f64 / edge.spans.max(1) as f64 {
        _ if edge.kind == "dead-letter" => "dead",
        0.0 => "well",
        share if share < MANY_FAILED => "some",
        _ => "many",
    }
}

/// How wide a line is among those of its map.
pub(super) fn thickness(map: &TopologyMap, edge: &TopologyEdge) -> f64 {
    let most = map.edges.iter().map(|edge| edge.messages).max().unwrap_or(1).max(1) as f64;
    THIN + (WIDE - THIN) * (edge.messages as f64).ln_1p() / most.ln_1p()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::traces::map) fn node(kind: TopologyKind, name: &str) -> TopologyNode {
        TopologyNode { kind, name: name.into(), spans: 4, ..TopologyNode::default() }
    }

    pub(in crate::traces::map) fn edge(from: usize, to: usize, kind: &str, messages: u64, errors: u64) -> TopologyEdge {
        TopologyEdge { from, to, kind: kind.into(), messages, spans: messages, errors, ..TopologyEdge::default() }
    }

    pub(in crate::traces::map) fn map() -> TopologyMap {
        TopologyMap {
            traces: 2,
            spans: 9,
            from_unix_nano: 0,
            until_unix_nano: 1,
            cut: false,
            forgotten: 0,
            left_out: 0,
            nodes: vec![
                node(TopologyKind::Service, "shop"),
                node(TopologyKind::Channel, "orders"),
                node(TopologyKind::Service, "payment"),
                TopologyNode { dead_letters: true, ..node(TopologyKind::Channel, "orders-dlq") },
            ],
            edges: vec![
                edge(0, 1, "publish", 100, 0),
                edge(1, 2, "deliver", 100, 1),
                edge(2, 3, "publish", 10, 0),
                edge(1, 3, "dead-letter", 10, 0),
            ],
        }
    }

    #[test]
    fn colours_say_what_boxes_are_and_how_lines_fare() {
        let map = map();
        let hues: Vec<Hue> = (0..4).map(|at| hue(&map, at)).collect();
        assert_eq!(hues, [Hue::Producer, Hue::Channel, Hue::Consumer, Hue::Dead]);
        let healths: Vec<&str> = map.edges.iter().map(health).collect();
        assert_eq!(healths, ["well", "some", "well", "dead"]);
        assert_eq!(health(&edge(0, 1, "call", 10, 1)), "many");
    }

    #[test]
    fn the_busiest_line_is_the_widest() {
        let map = map();
        assert!((thickness(&map, &map.edges[0]) - WIDE).abs() < 1e-9);
        assert!(thickness(&map, &map.edges[2]) < thickness(&map, &map.edges[0]));
        assert!((thickness(&map, &edge(0, 1, "publish", 0, 0)) - THIN).abs() < 1e-9);
    }

    #[test]
    fn lines_reach_from_box_to_box() {
        let map = Shared::new(map());
        let asked = drawing(&map, Direction::Across, None);
        assert_eq!((asked.boxes.len(), asked.lines.len()), (4, 4));
        assert!(asked.lines[3].weak && asked.boxes.iter().all(|drawn| drawn.at.is_none()));
        let places = [[0.0, 0.0], [400.0, 0.0], [800.0, 0.0], [800.0, 200.0]];
        let wide = asked.boxes[0].size[0];
        let route = vec![[wide, 27.0], [wide + 9.0, 27.0], [390.0, 27.0], [398.0, 27.0]];
        let picture = Picture::new(map.clone(), Direction::Across, &places, &[Some(route), None]);
        let [shop, orders] = [picture.boxes[0], picture.boxes[1]];
        assert_eq!(picture.lines[0].start, [shop.x + shop.width, 27.0]);
        assert_eq!(picture.lines[0].end(), [orders.x - 2.0, 27.0]);
        assert_eq!(picture.lines.len(), 4);
        assert!(picture.bounds.touches(shop) && picture.bounds.width > 700.0);

        // From top to bottom the engine counts what is beside each other as below each other.
        let asked = drawing(&map, Direction::Down, None);
        assert_eq!(asked.boxes[0].size, [NODE_HEIGHT, width(&map.nodes[0])]);
        let route = vec![[54.0, 60.0], [90.0, 60.0], [110.0, 60.0], [152.0, 60.0]];
        let places = [[0.0, 0.0], [154.0, 0.0], [308.0, 0.0], [308.0, 200.0]];
        let picture = Picture::new(map, Direction::Down, &places, &[Some(route)]);
        assert_eq!((picture.lines[0].start, picture.lines[0].end()), ([60.0, 54.0], [60.0, 152.0]));
        assert_eq!([picture.boxes[3].x, picture.boxes[3].y], [200.0, 308.0]);
    }
}
