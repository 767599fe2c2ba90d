//! Copying nodes as text, taking them in again, and doubling them.
//!
//! The system's clipboard is reached through the window's own copy, cut and paste events: what is copied here can be
//! pasted into a chat, and the text of a flow from anywhere can be pasted here.

use leptos::{ev, prelude::*};
use thalweg_flow::{Edit, NodeId, layout, read};
use wasm_bindgen::JsCast as _;

use crate::{
    state::{App, Lens, Rect},
    text::hands as text,
};

/// Size of a box that is not drawn yet, in canvas units.
const BOX: [f64; 2] = [160.0, 54.0];
/// How far beside one that stands there already a pasted box is put.
const STEP: f64 = 24.0;

impl App {
    /// Hears the window's copy, cut and paste.
    pub(crate) fn listen_clipboard(self) {
        let copied = window_event_listener(ev::copy, move |event| self.put_into(&event, false));
        let cut = window_event_listener(ev::cut, move |event| self.put_into(&event, true));
        let pasted = window_event_listener(ev::paste, move |event| {
            if self.has_clipboard(&event)
                && let Some(data) = event.clipboard_data()
                && let Ok(text) = data.get_data("text/plain")
            {
                event.prevent_default();
                self.take_in(text);
            }
        });
        // Without a selection of text WebKit asks first whether there is anything to copy.
        let asked = ["beforecopy", "beforecut", "beforepaste"].map(|name| {
            window_event_listener(ev::Custom::<web_sys::Event>::new(name), move |event| {
                if self.has_clipboard(&event) {
                    event.prevent_default();
                }
            })
        });
        on_cleanup(move || {
            copied.remove();
            cut.remove();
            pasted.remove();
            for handle in asked {
                handle.remove();
            }
        });
    }

    /// Whether a clipboard event is for the canvas: a flow is shown, and no text is being edited or marked.
    fn has_clipboard(self, event: &web_sys::Event) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let types = target.is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        let marked = window().get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
        !types && !marked && self.lens.get_untracked() == Lens::Design && self.dialog.with_untracked(Option::is_none)
    }

    fn put_into(self, event: &web_sys::ClipboardEvent, cut: bool) {
        if !self.has_clipboard(event) {
            return;
        }
        let (Some(text), Some(data)) = (self.selected_text(), event.clipboard_data()) else { return };
        if data.set_data("text/plain", &text).is_ok() {
            event.prevent_default();
            self.hands.clipboard.set(Some(text));
            if cut {
                self.delete_as(text::step_cut);
            }
        }
    }

    /// The selected nodes as text.
    fn selected_text(self) -> Option<String> {
        let ids = self.selection.get_untracked();
        self.document.with_untracked(|d| d.as_ref().and_then(|d| d.copy(&ids)))
    }

    /// Copies the selected nodes.
    pub(crate) fn copy(self) {
        self.ask_for_event("copy");
    }

    /// Copies the selected nodes and removes them.
    pub(crate) fn cut(self) {
        self.ask_for_event("cut");
    }

    /// Has the window raise the event that a key would have raised.
    #[expect(clippy::unused_self, reason = "an action like the others")]
    fn ask_for_event(self, name: &str) {
        if let Some(page) = document().dyn_ref::<web_sys::HtmlDocument>() {
            // Where the window does not allow it, its keys still work.
            drop(page.exec_command(name));
        }
    }

    /// Pastes what was copied here last. (What lies in the system's clipboard comes with the keys.)
    pub(crate) fn paste(self) {
        if let Some(text) = self.hands.clipboard.get_untracked() {
            self.take_in(text);
        }
    }

    /// Takes the nodes of a text in, where the pointer is, else beside where they stood.
    pub(crate) fn take_in(self, text: String) {
        let at = self.pointer.get_untracked().and_then(|middle| self.place_of(&text, middle));
        self.paste_as(text::PASTE.now(), text, at);
    }

    /// Where the upper left corner of a text's nodes comes so that their middle is at a point and none covers another.
    fn place_of(self, text: &str, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let positions = layout::positions(&read(text).flow);
        let rect = |[x, y]: &[f64; 2]| Rect { x: *x, y: *y, width: BOX[0], height: BOX[1] };
        let all = positions.values().map(rect).reduce(Rect::union)?;
        let mut at = [x - all.width / 2.0, y - all.height / 2.0].map(f64::round);
        let scene = self.scene.get_untracked();
        let first = positions.values().next()?;
        let taken = |[x, y]: [f64; 2]| {
            let place = [x + first[0] - all.x, y + first[1] - all.y];
            scene.nodes.values().any(|n| (n.rect.x - place[0]).abs() < 8.0 && (n.rect.y - place[1]).abs() < 8.0)
        };
        while taken(at) {
            at = at.map(|p| p + STEP);
        }
        Some(at)
    }

    /// Doubles the selected nodes, a little beside them.
    pub(crate) fn duplicate(self) {
        self.duplicate_at(None);
    }

    /// Doubles the selected nodes; the upper left corner of the new ones is at a point.
    pub(crate) fn duplicate_at(self, at: Option<[f64; 2]>) {
        if let Some(copied) = self.selected_text() {
            let ids = self.selection.get_untracked();
            self.paste_as(&text::step_duplicate(&ids), copied, at);
        }
    }

    /// Pastes and selects what came in.
    fn paste_as(self, step: &str, text: String, at: Option<[f64; 2]>) {
        let before = self.scene.get_untracked();
        let mut edits = self.pins(&std::collections::HashSet::new());
        edits.push(Edit::Paste { text, at });
        if self.edit(step, &edits) {
            let scene = self.scene.get_untracked();
            let new: Vec<NodeId> = scene.nodes.keys().filter(|id| !before.nodes.contains_key(*id)).cloned().collect();
            self.select(new);
        }
    }
}
