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

/// The time, such as `11:56:07 PM`, with the day before it when that is not today.
pub(crate) fn recent(unix_ms: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_ms as f64));
    let now = Date::new_0();
    let today = [date.get_full_year(), date.get_month(), date.get_date()]
        == [now.get_full_year(), now.get_month(), now.get_date()];
    let style = Object::new();
    let day = if today { None } else { Some(("dateStyle", "short")) };
    for (key, value) in day.into_iter().chain([("timeStyle", "medium")]) {
        // A browser without styles writes the date in its own way.
        drop(Reflect::set(&style, &key.into(), &value.into()));
    }
    date.to_locale_string(Language::now().tag(), &style).into()
}
