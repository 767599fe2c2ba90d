//! Boxes that walk to where the document puts them: after tidying, and when a step that only moved boxes is taken back.

use std::collections::HashMap;

use leptos::prelude::*;
use thalweg_flow::NodeId;

use crate::{
    canvas::{Scene, SceneNode},
    kit::motion::{is_calm, now_ms},
    state::{App, Settling, Shared},
};

impl App {
    /// Makes a change, and draws boxes on their way when it did nothing but move them. A drawing that was seen whole is
    /// seen whole again.
    pub(crate) fn gliding<T>(self, change: impl FnOnce() -> T) -> T {
        let before = self.scene.get_untracked();
        let from = self.places_drawn(&before);
        let was_fitted = self.fitted.get_untracked().1 == self.viewport.get_untracked();
        let done = change();
        if self.scene.with_untracked(|after| only_moved(&before, after)) {
            if was_fitted {
                self.fit();
                self.fitted.update(|fitted| fitted.1 = self.viewport.get_untracked());
            }
            self.glide(from);
        }
        done
    }

    /// Where boxes are drawn now: some may still be on their way.
    fn places_drawn(self, scene: &Scene) -> HashMap<NodeId, [f64; 2]> {
        self.settling.with_untracked(|settling| {
            let place = |id: &NodeId, at| settling.as_ref().map_or(at, |settling| settling.place(id, at));
            scene.nodes.iter().map(|(id, node)| (id.clone(), place(id, [node.rect.x, node.rect.y]))).collect()
        })
    }

    /// Draws boxes on their way from where they stood, where the system likes motion.
    fn glide(self, from: HashMap<NodeId, [f64; 2]>) {
        if is_calm() {
            return;
        }
        let settling = Settling { from: Shared::new(from), share: 0.0 };
        self.settling.set(Some(settling.clone()));
        step(self, settling, now_ms());
    }
}

/// Whether boxes and lines say the same, and some box stands elsewhere.
fn only_moved(before: &Scene, after: &Scene) -> bool {
    let pairs = || before.nodes.values().zip(after.nodes.values());
    let same = |a: &SceneNode, b: &SceneNode| a.id == b.id && a.title == b.title && a.facts == b.facts;
    before.nodes.len() == after.nodes.len()
        && before.edges == after.edges
        && pairs().all(|(a, b)| same(a, b))
        && pairs().any(|(a, b)| a.rect != b.rect)
}

fn step(app: App, settling: Settling, began_ms: f64) {
    request_animation_frame(move || {
        // Another one may have begun.
        let mine = app.settling.try_with_untracked(|now| now.as_ref().is_some_and(|now| now.from == settling.from));
        if mine != Some(true) {
            return;
        }
        let share = (now_ms() - began_ms) / Settling::MS;
        if share >= 1.0 {
            app.settling.try_set(None);
            return;
        }
        let next = Settling { share, ..settling };
        app.settling.try_set(Some(next.clone()));
        step(app, next, began_ms);
    });
}

#[cfg(test)]
mod tests {
    use thalweg_flow::read;

    use super::*;

    fn scene(text: &str, x: f64) -> Scene {
        let flow = read(text).flow;
        let positions = flow.nodes.keys().map(|id| (id.clone(), [x, 0.0])).collect();
        Scene::new(&flow, &positions, &[])
    }

    #[test]
    fn a_step_that_changes_more_than_places_moves_nothing() {
        let one = "thalweg: 1\nname: a\nnodes:\n  q: { kind: queue }\n";
        let two = format!("{one}  r: {{ kind: queue }}\n");
        assert!(only_moved(&scene(one, 0.0), &scene(one, 40.0)));
        assert!(!only_moved(&scene(one, 0.0), &scene(one, 0.0)));
        assert!(!only_moved(&scene(one, 0.0), &scene(&two, 40.0)));
        assert!(!only_moved(&scene(one, 0.0), &scene(&one.replace("q:", "p:"), 40.0)));
    }
}
