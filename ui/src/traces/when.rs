//! Moments in the viewer's own time zone.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// A moment of today as `14:17:52`, of another day as `2026-11-22 14:17:52`.
pub(crate) fn local(unix_nano: u64) -> String {
    let [day, time] = day_and_time(unix_nano);
    if day == today() { time } else { format!("{day} {time}") }
}

/// The day and the time of a moment: `2026-11-22` and `14:17:52`.
pub(crate) fn day_and_time(unix_nano: u64) -> [String; 2] {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    let time = format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds());
    [day(&date), time]
}

/// What day it is.
pub(crate) fn today() -> String {
    day(&Date::new_0())
}

fn day(date: &Date) -> String {
    format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date())
}

/// The same with milliseconds and always with its day.
pub(crate) fn exact(unix_nano: u64) -> String {
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

/// A moment of today as `14:17:52.123`, of another day as `11-22 14:17:52.123`.
pub(crate) fn fine(unix_nano: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    let time = format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", unix_nano / 1_000_000 % 1000);
    if date.to_date_string() == Date::new_0().to_date_string() {
        return time;
    }
    format!("{:02}-{:02} {time}", date.get_month() + 1, date.get_date())
}

/// With its day and all the digits there are.
pub(crate) fn fine_exact(unix_nano: u64) -> String {
    let date = Date::new(&JsValue::from_f64(unix_nano as f64 / 1e6));
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}.{:09}", unix_nano % 1_000_000_000)
}
