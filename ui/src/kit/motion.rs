//! Time for what moves, and whether anything should.

use leptos::prelude::window;

/// Whether the system asks for little motion.
pub(crate) fn is_calm() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches())
}

/// Milliseconds on a clock that never goes back.
pub(crate) fn now_ms() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |clock| clock.now())
}
