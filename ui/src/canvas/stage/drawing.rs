//! The drawing by numbers: where every box and line of a scene is, also while a hand moves some of them. Pure.
//!
//! Everything is found by going through flat lists: a thousand rectangles take microseconds, and a list needs no keeping
//! in step.

use thalweg_flow::{EdgeKind, NodeId};

use super::line::Line;
use crate::{
    canvas::{NODE_HEIGHT_FIGURES, Routes, Scene},
    state::{Offset, Rect, Settling, Shared},
};

/// What moves boxes from where the scene has them, and lines from their direct way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Live {
    /// Boxes in the hand.
    pub(super) offset: Option<Offset>,
    /// Boxes on their way to a new place.
    pub(super) settling: Option<Settling>,
    pub(super) routes: Shared<Routes>,
}

/// A scene with its geometry. Boxes and lines are numbered as in the scene.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    pub(super) scene: Shared<Scene>,
    /// Whether boxes have room for figures.
    pub(super) tall: bool,
    pub(super) rects: Vec<Rect>,
    pub(super) lines: Vec<Line>,
    /// A rectangle around each line.
    pub(super) reach: Vec<Rect>,
    /// The boxes at the ends of each line.
    ends: Vec<[u32; 2]>,
    /// The lines at each box.
    touching: Vec<Vec<u32>>,
    live: Live,
    /// The boxes that are not where the scene has them.
    away: Vec<u32>,
}

impl Drawing {
    pub(super) fn new(scene: Shared<Scene>, tall: bool, live: Live) -> Drawing {
        let number = |id: &NodeId| scene.nodes.get_index_of(id).unwrap_or_default() as u32;
        let ends: Vec<[u32; 2]> = scene.edges.iter().map(|edge| [number(&edge.from), number(&edge.to)]).collect();
        let mut touching = vec![Vec::new(); scene.nodes.len()];
        for (line, [from, to]) in ends.iter().enumerate() {
            touching[*from as usize].push(line as u32);
            if from != to {
                touching[*to as usize].push(line as u32);
            }
        }
        let rects = vec![Rect::default(); scene.nodes.len()];
        let mut drawing = Drawing {
            scene,
            tall,
            rects,
            lines: Vec::new(),
            reach: Vec::new(),
            ends,
            touching,
            live,
            away: Vec::new(),
        };
        drawing.away = drawing.held();
        drawing.lay_all();
        drawing
    }

    /// Takes in what moves boxes and lines now.
    pub(super) fn follow(&mut self, live: Live) {
        if self.live == live {
            return;
        }
        let before = std::mem::replace(&mut self.live, live);
        let same = |a: &Offset, b: &Offset| a.nodes == b.nodes;
        let settles = before.settling.is_some() || self.live.settling.is_some();
        let kept = match (&before.offset, &self.live.offset) {
            (Some(before), Some(now)) => same(before, now) && !settles,
            _ => false,
        };
        let mut moved = self.away.clone();
        if !kept {
            self.away = self.held();
            moved.extend(&self.away);
        }
        if settles || before.routes != self.live.routes {
            self.lay_all();
            return;
        }
        for node in &moved {
            self.rects[*node as usize] = self.place(*node as usize);
        }
        let mut lines: Vec<u32> = moved.iter().flat_map(|node| &self.touching[*node as usize]).copied().collect();
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let way = self.way(line as usize);
            self.reach[line as usize] = way.bounds();
            self.lines[line as usize] = way;
        }
    }

    /// The boxes that are not where the scene has them: those in the hand, or all that are on their way.
    pub(super) fn away(&self) -> &[u32] {
        &self.away
    }

    /// A rectangle around those and the lines at them.
    pub(super) fn around_away(&self) -> Option<Rect> {
        let boxes = self.away.iter().map(|node| self.rects[*node as usize]);
        let lines = self.away.iter().flat_map(|node| &self.touching[*node as usize]);
        boxes.chain(lines.map(|line| self.reach[*line as usize])).reduce(Rect::union)
    }

    fn held(&self) -> Vec<u32> {
        let nodes = &self.scene.nodes;
        match &self.live {
            Live { settling: Some(_), .. } => (0..nodes.len() as u32).collect(),
            Live { offset: Some(offset), .. } => {
                offset.nodes.iter().filter_map(|id| nodes.get_index_of(id)).map(|i| i as u32).collect()
            }
            _ => Vec::new(),
        }
    }

    fn lay_all(&mut self) {
        self.rects = (0..self.rects.len()).map(|node| self.place(node)).collect();
        self.lines = (0..self.ends.len()).map(|line| self.way(line)).collect();
        self.reach = self.lines.iter().map(Line::bounds).collect();
    }

    /// Where a box is: with room for figures where they are shown, and where the hand or a change of the layout has it.
    fn place(&self, node: usize) -> Rect {
        let Some((id, node)) = self.scene.nodes.get_index(node) else { return Rect::default() };
        let mut rect = node.rect;
        if let Some(settling) = &self.live.settling {
            [rect.x, rect.y] = settling.place(id, [rect.x, rect.y]);
        }
        if let Some(offset) = self.live.offset.as_ref().filter(|offset| offset.nodes.contains(id)) {
            rect.x += offset.by[0];
            rect.y += offset.by[1];
        }
        Rect { height: if self.tall { NODE_HEIGHT_FIGURES } else { rect.height }, ..rect }
    }

    /// The topmost box at a point.
    pub(super) fn box_at(&self, point: [f64; 2]) -> Option<usize> {
        let point = Rect::between(point, point);
        self.rects.iter().rposition(|rect| rect.touches(point))
    }

    /// The line nearest to a point, at most `slack` away.
    pub(super) fn line_at(&self, point: [f64; 2], slack: f64) -> Option<usize> {
        let around = Rect::between(point, point).grown(slack);
        let near = self.reach.iter().enumerate().filter(|(_, reach)| reach.touches(around));
        near.map(|(line, _)| (line, self.lines[line].distance(point)))
            .filter(|(_, far)| *far <= slack)
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(line, _)| line)
    }

    fn way(&self, line: usize) -> Line {
        let edge = &self.scene.edges[line];
        let [from, to] = self.ends[line].map(|node| self.rects[node as usize]);
        Line::between(from, to, lane(edge.kind), self.live.routes.between(edge, from, to))
    }
}

/// Lines of different meaning leave a side at different points.
fn lane(kind: EdgeKind) -> f64 {
    match kind {
        EdgeKind::DeadLetter => -12.0,
        EdgeKind::Call => 22.0,
        _ => 10.0,
    }
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    fn drawing() -> Drawing {
        let text = "
thalweg: 1
name: T
nodes:
  shop: { kind: producer, publishes: [{ to: orders }] }
  orders: { kind: queue }
  pay: { kind: consumer, subscribes: [{ from: orders }] }
layout: { shop: [0, 0], orders: [300, 0], pay: [600, 200] }
";
        let reading = read(text);
        let scene = Scene::new(&reading.flow, &layout::positions(&reading.flow), &reading.problems);
        Drawing::new(Shared::new(scene), false, still())
    }

    fn still() -> Live {
        Live { offset: None, settling: None, routes: Shared::new(Routes::default()) }
    }

    /// The same drawing with boxes in the hand.
    fn held(live: &Live, ids: &[&str], by: [f64; 2]) -> Live {
        let nodes = Shared::new(ids.iter().map(|id| (*id).to_owned()).collect());
        Live { offset: Some(Offset { nodes, by }), ..live.clone() }
    }

    #[test]
    fn boxes_and_lines_are_found_where_they_are() {
        let drawing = drawing();
        assert_eq!(drawing.box_at([10.0, 10.0]), Some(0));
        assert_eq!(drawing.box_at([10.0, 300.0]), None);
        let middle = drawing.lines[0].at(0.5);
        assert_eq!(drawing.line_at(middle, 1.0), Some(0));
        assert_eq!(drawing.line_at([middle[0], middle[1] + 5.0], 6.0), Some(0));
        assert_eq!(drawing.line_at([middle[0], middle[1] + 50.0], 6.0), None);
        let end = drawing.lines[1].at(0.9);
        assert_eq!(drawing.line_at(end, 6.0), Some(1));
    }

    #[test]
    fn what_is_lifted_takes_its_lines_along_and_back() {
        let mut drawing = drawing();
        let before = drawing.clone();
        let free = before.live.clone();
        drawing.follow(held(&free, &["pay"], [10.0, -20.0]));
        assert_eq!((drawing.rects[2].x, drawing.rects[2].y), (610.0, 180.0));
        assert_eq!(drawing.away(), [2]);
        assert_eq!(drawing.lines[0], before.lines[0]);
        assert_eq!(drawing.lines[1].end(), [608.0, 207.0]);

        // Another box in the hand: the first one is where it was.
        drawing.follow(held(&free, &["shop"], [5.0, 0.0]));
        assert_eq!((drawing.rects[2], drawing.rects[0].x), (before.rects[2], 5.0));
        drawing.follow(free);
        assert_eq!((drawing.rects, drawing.lines, drawing.reach), (before.rects, before.lines, before.reach));
    }

    #[test]
    fn boxes_walk_to_their_new_places_with_their_lines() {
        let mut drawing = drawing();
        let before = drawing.clone();
        let from = Shared::new([("pay".to_owned(), [600.0, 500.0])].into_iter().collect());
        drawing.follow(Live { settling: Some(Settling { from, share: 0.0 }), ..before.live.clone() });
        assert_eq!((drawing.rects[2].y, drawing.lines[1].end()), (500.0, [598.0, 527.0]));
        assert_eq!(drawing.away().len(), 3);
        drawing.follow(before.live.clone());
        assert_eq!((drawing.rects, drawing.lines, drawing.away.len()), (before.rects, before.lines, 0));
    }

    #[test]
    fn boxes_with_figures_are_taller() {
        let low = drawing();
        let tall = Drawing::new(low.scene.clone(), true, still());
        assert_eq!(tall.rects[0].height, NODE_HEIGHT_FIGURES);
        assert!(tall.lines[0].start[1] > low.lines[0].start[1]);
    }
}
