//! Moments as a person reads them, in the language of the window.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::text::Language;

/// A day and a time, such as `Nov 29, 2026, 11:56 PM`.
pub(crate) fn moment(unix_ms: u64) -> String {
    let style = Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // A browser without styles writes the date in its own way.
        drop(Reflect::set(&style, &key.into(), &value.into()));
    }
    Date::new(&JsValue::from_f64(unix_ms as f64)).to_locale_string(Language::now().tag(), &style).into()
}
