//! Moments in the viewer's own time zone.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// A moment of today as `14:17:52`, of another day as `2026-11-22 14:17:52`.
pub(super) fn local(unix_nano: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    let time = format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds());
    if date.to_date_string() == Date::new_0().to_date_string() {
        return time;
    }
    format!("{:04}-{:02}-{:02} {time}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

/// The same with milliseconds and always with its day.
pub(super) fn exact(unix_nano: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds(),
        date.get_milliseconds()
    )
}
