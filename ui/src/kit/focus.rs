//! The focus of a dialog: it goes in when the dialog opens, stays in while it is open, and goes back when it closes.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;

/// What can have the focus.
const FOCUSABLE: &str =
    "button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex='0']";

/// Holds the focus in a dialog's frame for as long as the dialog is mounted.
pub(crate) fn hold_focus(frame: NodeRef<html::Div>) {
    let before = document().active_element().and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    frame.on_load(move |_| {
        // After the children are mounted: one of them may have taken it.
        request_animation_frame(move || {
            if !has_focus(frame) {
                focus(frame, true);
            }
        });
    });
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.key() != "Tab" {
            return;
        }
        let elements = elements(frame);
        let active = document().active_element();
        let is = |element: Option<&web_sys::HtmlElement>| element.map(AsRef::as_ref) == active.as_ref();
        let leaves = if event.shift_key() { is(elements.first()) } else { is(elements.last()) };
        if leaves || !has_focus(frame) {
            event.prevent_default();
            focus(frame, !event.shift_key());
        }
    });
    on_cleanup(move || {
        handle.remove();
        if let Some(Some(before)) = before.try_get_value() {
            // What had it may be gone; then the page has it.
            drop(before.focus());
        }
    });
}

fn has_focus(frame: NodeRef<html::Div>) -> bool {
    let active = document().active_element();
    frame.try_get_untracked().flatten().is_some_and(|frame| frame.contains(active.as_ref().map(AsRef::as_ref)))
}

fn focus(frame: NodeRef<html::Div>, first: bool) {
    let elements = elements(frame);
    if let Some(element) = if first { elements.first() } else { elements.last() } {
        drop(element.focus());
    }
}

fn elements(frame: NodeRef<html::Div>) -> Vec<web_sys::HtmlElement> {
    let Some(list) = frame.try_get_untracked().flatten().and_then(|frame| frame.query_selector_all(FOCUSABLE).ok())
    else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}
