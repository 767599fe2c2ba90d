//! Tidying the drawing: the engine says where boxes stand, the document gets it as one step, the boxes walk there.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};
use thalweg_flow::{Edit, NodeId};
use thalweg_protocol::{Command, Reply};

use crate::{
    bridge,
    canvas::{NODE_HEIGHT_FIGURES, Scene, drawing},
    state::App,
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
        let is_there = |[x, y]: [f64; 2], place: [f64; 2]| (x - place[0]).abs() + (y - place[1]).abs() < 0.5;
        let stays = scene.nodes.values().zip(places).all(|(node, place)| is_there([node.rect.x, node.rect.y], *place));
        if stays {
            self.tell(text::IS_TIDY.now());
        }
        if !moves.is_empty() {
            self.gliding(|| self.edit(&step, &moves));
        }
    }
}
