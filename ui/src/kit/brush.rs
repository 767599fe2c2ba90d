//! The brush of a canvas element.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The 2D context of a canvas, in memory: a page that may read its canvas back (`willReadFrequently`, HTML "The canvas element")
/// is painted by the processor. `WebKitGTK`'s other way loads its shaders anew for each page and, on machines without a graphics card,
/// now and then ends the page with it ("Unable to load module `sksl_frag`").
pub(crate) fn brush(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &JsValue::from_str("willReadFrequently"), &JsValue::TRUE).ok()?;
    let context = canvas.get_context_with_context_options("2d", &options).ok().flatten()?;
    context.dyn_into().ok()
}
