//! Which line lies below a box. Pure.

use crate::{
    canvas::{EdgeKey, Scene, stage::Line},
    state::Rect,
};

/// How near the middle of a box must come to a line, in canvas units.
const NEAR: f64 = 20.0;

/// The line that is nearest to the middle of a box, if it is near.
pub(crate) fn below(scene: &Scene, rect: Rect) -> Option<&EdgeKey> {
    let middle = [rect.x + rect.width / 2.0, rect.y + rect.height / 2.0];
    let distance = |edge: &EdgeKey| {
        let (from, to) = (scene.nodes.get(&edge.from)?.rect, scene.nodes.get(&edge.to)?.rect);
        // Most lines are far away: the curve stays near the rectangle around both boxes.
        let point = Rect { x: middle[0], y: middle[1], width: 0.0, height: 0.0 };
        if !from.union(to).grown(NEAR).touches(point) {
            return None;
        }
        Some(Line::between(from, to, 0.0, None).distance(middle))
    };
    let near = scene.edges.iter().filter_map(|edge| Some((distance(edge)?, edge)));
    near.filter(|(distance, _)| *distance <= NEAR).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, edge)| edge)
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    #[test]
    fn the_line_below_a_box_is_found() {
        let flow = read(
            "thalweg: 1\nname: T\nnodes:\n  shop: { kind: producer, publishes: [{ to: orders }] }\n  orders: { kind: topic }\n  \
             free: { kind: exchange }\nlayout: { shop: [0, 0], orders: [400, 0], free: [900, 900] }\n",
        )
        .flow;
        let scene = Scene::new(&flow, &layout::positions(&flow), &[]);
        let held = |x, y| Rect { x, y, width: 150.0, height: 54.0 };
        assert_eq!(below(&scene, held(200.0, 10.0)).map(|e| e.to.as_str()), Some("orders"));
        assert_eq!(below(&scene, held(200.0, 60.0)), None);
    }
}
