//! What may wait until a change of a large flow is drawn: the panels beside the drawing, whose fields take longer than the drawing itself.

use leptos::prelude::*;

use crate::canvas::LARGE_FROM;
use crate::state::{App, OpenDocument};

impl App {
    /// Tells that a change of the document or of what is selected is drawn: of a small flow at once, of a large one when it is, and then
    /// several in one frame once.
    pub(crate) fn keep_drawn(self) {
        let waiting = StoredValue::new(false);
        let tell = move || {
            waiting.try_set_value(false);
            self.tell_drawn();
        };
        Effect::new(move |_| {
            self.document.track();
            self.selection.track();
            self.selected_edge.track();
            if self.scene.with_untracked(|scene| scene.nodes.len()) <= LARGE_FROM {
                self.tell_drawn();
            } else if waiting.try_update_value(|waiting| std::mem::replace(waiting, true)) == Some(false) {
                // What is done in a frame comes before its painting: in the next one this change is to be seen.
                request_animation_frame(move || request_animation_frame(tell));
            }
        });
    }

    /// Lets the panels look at the document and what is selected now.
    pub(crate) fn tell_drawn(self) {
        self.drawn.try_update(|count| *count = count.wrapping_add(1));
    }

    /// Reads the document; what reads it so is told of changes when they are drawn.
    pub(crate) fn document_drawn<T>(self, read: impl FnOnce(Option<&OpenDocument>) -> T) -> T {
        self.drawn.track();
        self.document.with_untracked(|document| read(document.as_ref()))
    }
}
