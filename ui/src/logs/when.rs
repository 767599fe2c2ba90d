//! Moments between fields and the viewer's clock.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// What a field of date and time holds, in the viewer's own time zone, as nanoseconds since 1970; none for an empty one.
pub(super) fn of_field(value: &str) -> Option<u64> {
    let ms = Date::parse(value);
    (ms.is_finite() && ms >= 0.0).then_some(ms as u64 * 1_000_000)
}

/// The inverse of [`of_field`].
pub(super) fn to_field(unix_nano: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}
