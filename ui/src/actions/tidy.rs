//! Tidying the drawing: the engine says where boxes stand, the document gets it as one step, the boxes walk there.

use std::collections::{HashMap, HashSet};

use leptos::{prelude::*, task::spawn_local};
use thalweg_flow::{Edit, NodeId};
use thalweg_protocol::{Command, Reply};

use crate::{
    bridge,
    canvas::{NODE_HEIGHT_FIGURES, Scene, drawing},
    kit::motion::{is_calm, now_ms},
    state::{App, Settling, Shared},
    text::tidy as text,
};

impl App {
    /// Arranges the selected boxes, or all of them when fewer than two are selected.
    pub(crate) fn tidy(self) {
        let scene = self.scene.get_untracked();
        let selected: HashSet<NodeId> = self.selection.get_untracked().into_iter().collect();
        let some = selected.len() > 1;
        // Boxes keep room for figures, so that the drawing is right under every lens.
        let drawing = self.document.with_untracked(|d| {
            d.as_ref().map(|d| drawing(&scene, d.flow(), NODE_HEIGHT_FIGURES, |id| some && !selected.contains(id)))
        });
        let Some(drawing) = drawing else { return };
        spawn_local(async move {
            match bridge::call(Command::Layout(drawing)).await {
                // What was changed meanwhile was changed by a hand, which knows better.
                Ok(Reply::Layout(places)) if self.scene.try_get_untracked().as_ref() == Some(&scene) => {
                    self.settle(
                        &scene,
                        &places,
                        if some { text::step_some(selected.len()) } else { text::STEP.to_string() },
                    );
                }
                Ok(_) => {}
                Err(error) => self.fail(&error),
            }
        });
    }

    fn settle(self, scene: &Scene, places: &[[f64; 2]], step: String) {
        let moves: Vec<Edit> = self.document.with_untracked(|d| {
            let given = d.as_ref().map(|d| &d.flow().layout);
            let pairs = scene.nodes.keys().zip(places);
            let new = pairs.filter(|(id, place)| given.and_then(|given| given.get(*id)) != Some(place));
            new.map(|(id, place)| Edit::Move { id: id.clone(), position: *place }).collect()
        });
        let from: HashMap<NodeId, [f64; 2]> =
            scene.nodes.values().map(|node| (node.id.clone(), [node.rect.x, node.rect.y])).collect();
        let is_there = |[x, y]: [f64; 2], place: [f64; 2]| (x - place[0]).abs() + (y - place[1]).abs() < 0.5;
        let stays = scene.nodes.values().zip(places).all(|(node, place)| is_there([node.rect.x, node.rect.y], *place));
        if stays {
            self.tell(text::IS_TIDY.now());
        }
        let was_fitted = self.fitted.get_untracked().1 == self.viewport.get_untracked();
        if !moves.is_empty() && self.edit(&step, &moves) && !stays {
            if was_fitted {
                self.fit();
                self.fitted.update(|fitted| fitted.1 = self.viewport.get_untracked());
            }
            self.glide(from);
        }
    }

    /// Draws boxes on their way from where they stood, where the system likes motion.
    pub(crate) fn glide(self, from: HashMap<NodeId, [f64; 2]>) {
        if is_calm() {
            return;
        }
        let settling = Settling { from: Shared::new(from), share: 0.0 };
        self.settling.set(Some(settling.clone()));
        step(self, settling, now_ms());
    }
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
