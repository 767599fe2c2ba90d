//! The size of an element, kept known while it lives.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};

/// Width and height of an element's content in pixels; `[0, 0]` before it is on the page.
pub(crate) fn measure(element: NodeRef<html::Div>) -> RwSignal<[f64; 2]> {
    let size = RwSignal::new([0.0, 0.0]);
    let observer = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn FnMut()>)>);
    element.on_load(move |element| {
        let read = {
            let element = element.clone();
            move || [f64::from(element.client_width()), f64::from(element.client_height())]
        };
        size.set(read());
        let changed = Closure::<dyn FnMut()>::new(move || {
            size.try_set(read());
        });
        if let Ok(watch) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            watch.observe(&element);
            observer.set_value(Some((watch, changed)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((watch, _))) = observer.try_update_value(Option::take) {
            watch.disconnect();
        }
    });
    size
}
