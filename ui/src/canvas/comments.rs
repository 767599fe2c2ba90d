//! Comments on the drawing: dragged, resized, written in place, removed.

use leptos::{ev, html, prelude::*};
use serde_json::{Value, json};
use thalweg_flow::{Comment, Edit, Section, free_name};
use wasm_bindgen::JsCast as _;

use crate::{
    actions::edit::quoted,
    state::{App, Lens, app},
    text::hands as text,
};

/// Size of a comment that says none, and the least one, in canvas units.
const USUAL: [f64; 2] = [180.0, 64.0];
const LEAST: [f64; 2] = [80.0, 32.0];

/// What a pointer does with a comment.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grip {
    /// Where it was pressed, in pixels of the window.
    from: [f64; 2],
    /// How far it came, in canvas units.
    by: [f64; 2],
    /// It changes the size.
    resizes: bool,
}

impl App {
    /// Adds a comment where the pointer is, else in the middle of what is seen; it is written at once.
    pub(crate) fn add_comment(self) {
        let [width, height] = self.canvas_size.get_untracked();
        let middle = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
        let at = self.pointer.get_untracked().unwrap_or(middle).map(f64::round);
        let about =
            self.selection.with_untracked(|ids| if let [only] = ids.as_slice() { Some(only.clone()) } else { None });
        let name = self.document.with_untracked(|d| {
            let flow = d.as_ref()?.flow();
            Some(free_name("note", |name| flow.comments.contains_key(name)))
        });
        let Some(name) = name else { return };
        let mut value = json!({ "text": text::NEW_COMMENT.now(), "at": at.map(|p| p as i64) });
        if let (Some(about), Some(map)) = (about, value.as_object_mut()) {
            map.insert("about".to_owned(), about.into());
        }
        let edit = Edit::Set { path: format!("comments.{name}"), value };
        if self.edit(&text::step_add_comment(), &[edit]) {
            self.hands.comment_edited.set(Some(name));
        }
    }

    fn set_comment(self, name: &str, key: &str, value: Value) {
        let path = format!("comments.{}.{key}", quoted(name));
        self.edit(&text::step_change_comment(), &[Edit::Set { path, value }]);
    }

    fn remove_comment(self, name: &str) {
        let edit = Edit::RemoveNamed { section: Section::Comments, name: name.to_owned() };
        self.edit(&text::step_remove_comment(), &[edit]);
    }
}

/// All comments.
#[component]
pub(crate) fn Comments() -> impl IntoView {
    let app = app();
    let names = Memo::new(move |_| {
        app.document.with(|d| {
            let names = d.as_ref().map(|d| d.flow().comments.keys().cloned().collect::<Vec<_>>());
            names.unwrap_or_default()
        })
    });
    view! { <For each=move || names.get() key=Clone::clone let:name><CommentBox name /></For> }
}

#[component]
fn CommentBox(name: String) -> impl IntoView {
    let app = app();
    let test = format!("comment-{name}");
    let name = StoredValue::new(name);
    let comment = Memo::new(move |_| -> Option<Comment> {
        app.document.with(|d| name.with_value(|name| d.as_ref()?.flow().comments.get(name).cloned()))
    });
    let grip = RwSignal::new(None::<Grip>);
    let text = move || comment.with(|c| c.as_ref().map(|c| c.text.clone()).unwrap_or_default());
    let edited =
        Memo::new(move |_| app.hands.comment_edited.with(|e| name.with_value(|name| e.as_ref() == Some(name))));
    let designs = move || app.lens.get_untracked() == Lens::Design;
    // Left, top, width, height in canvas units, with what the hand does.
    let rect = Memo::new(move |_| {
        let (at, size) = comment.with(|c| c.as_ref().map(|c| (c.at, c.size)).unwrap_or_default());
        let (at, size) = (at, size.unwrap_or(USUAL));
        match grip.get() {
            Some(Grip { by, resizes: true, .. }) => {
                let size = [(size[0] + by[0]).max(LEAST[0]), (size[1] + by[1]).max(LEAST[1])];
                (at, size)
            }
            Some(Grip { by, .. }) => ([at[0] + by[0], at[1] + by[1]], size),
            None => (at, size),
        }
    });
    let place = move || {
        let view = app.viewport.get();
        let ([x, y], _) = rect.get();
        format!("translate({}px,{}px) scale({})", x * view.zoom + view.x, y * view.zoom + view.y, view.zoom)
    };
    let press = move |event: &ev::PointerEvent, resizes: bool| {
        if event.button() != 0 || !designs() || edited.get_untracked() {
            return;
        }
        event.stop_propagation();
        if let Some(element) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) {
            // Without it the gesture ends at the comment's edge, no more.
            drop(element.set_pointer_capture(event.pointer_id()));
        }
        let from = [f64::from(event.client_x()), f64::from(event.client_y())];
        grip.set(Some(Grip { from, by: [0.0, 0.0], resizes }));
    };
    let drag = move |event: ev::PointerEvent| {
        let zoom = app.viewport.with_untracked(|view| view.zoom);
        grip.update(|grip| {
            if let Some(grip) = grip {
                let at = [f64::from(event.client_x()), f64::from(event.client_y())];
                grip.by = [(at[0] - grip.from[0]) / zoom, (at[1] - grip.from[1]) / zoom];
            }
        });
    };
    let release = move |_: ev::PointerEvent| {
        let (at, size) = rect.get_untracked();
        let Some(Grip { by, resizes, .. }) = grip.try_update(Option::take).flatten() else { return };
        if by == [0.0, 0.0] {
            return;
        }
        let (key, value) = if resizes { ("size", size) } else { ("at", at) };
        name.with_value(|name| app.set_comment(name, key, json!(value.map(|p| p.round() as i64))));
    };
    let write = move || {
        if designs() {
            app.hands.comment_edited.set(Some(name.get_value()));
        }
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" | "F2" => {
            event.prevent_default();
            write();
        }
        "Delete" | "Backspace" if designs() => {
            event.prevent_default();
            event.stop_propagation();
            name.with_value(|name| app.remove_comment(name));
        }
        _ => {}
    };
    view! {
        <div
            class="comment"
            data-test=test
            role="note"
            tabindex="0"
            title=text::COMMENT_HELP
            style:transform=place
            style:width=move || format!("{}px", rect.get().1[0])
            style:min-height=move || format!("{}px", rect.get().1[1])
            on:pointerdown=move |event| press(&event, false)
            on:pointermove=drag
            on:pointerup=release
            on:dblclick=move |event| {
                event.stop_propagation();
                write();
            }
            on:keydown=on_key
        >
            {move || comment.with(|c| c.as_ref().and_then(|c| c.about.clone())).map(|about| view! { <i>{about}</i> })}
            <Show when=move || edited.get() fallback=move || view! { <p>{text}</p> }>
                <CommentText name=name.get_value() text=text() />
            </Show>
            <span class="comment-corner" on:pointerdown=move |event| press(&event, true)></span>
        </div>
    }
}

/// The text of a comment, being written in place. Ctrl+Enter or leaving it is done; Escape leaves it as it was.
#[component]
fn CommentText(name: String, text: String) -> impl IntoView {
    let app = app();
    let area = NodeRef::<html::Textarea>::new();
    area.on_load(|area| {
        drop(area.focus());
        request_animation_frame(move || area.select());
    });
    let done = StoredValue::new(false);
    let name = StoredValue::new(name);
    let finish = move |text: Option<String>| {
        if done.try_update_value(|done| std::mem::replace(done, true)) != Some(false) {
            return;
        }
        app.hands.comment_edited.set(None);
        match text {
            Some(text) if text.trim().is_empty() => name.with_value(|name| app.remove_comment(name)),
            Some(text) => name.with_value(|name| app.set_comment(name, "text", text.trim_end().into())),
            None => {}
        }
    };
    view! {
        <textarea
            data-test="comment-text"
            aria-label=text::COMMENT
            node_ref=area
            prop:value=text
            on:pointerdown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
            on:keydown=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" if event.ctrl_key() || event.meta_key() => finish(Some(event_target_value(&event))),
                    "Escape" => finish(None),
                    _ => {}
                }
            }
            on:blur=move |event| finish(Some(event_target_value(&event)))
        ></textarea>
    }
}
