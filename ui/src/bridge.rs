//! The only way to the engine: [`call`] asks, [`listen`] hears.
//!
//! Both sides speak `thalweg_protocol` as JSON bytes written and read by Rust, so that 64-bit values keep all their
//! digits. Nothing here knows what a command means.

use js_sys::{ArrayBuffer, Function, JSON, Object, Promise, Reflect, Uint8Array};
use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Reply, decode, encode};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::text;

/// Asks the engine.
pub(crate) async fn call(command: Command) -> Result<Reply, ApiError> {
    let text = String::from_utf8(encode(&command)).map_err(|error| internal(&error.to_string()))?;
    let arguments = Object::new();
    Reflect::set(&arguments, &"command".into(), &text.into()).map_err(|error| foreign(&error))?;
    let answer = JsFuture::from(invoke("call", &arguments)?).await.map_err(|error| foreign(&error))?;
    decode::<Answer>(&bytes(&answer)?)?
}

/// Hears what happens from now on, for as long as the page lives.
pub(crate) async fn listen(mut hear: impl FnMut(Result<Event, ApiError>) + 'static) -> Result<(), ApiError> {
    let class = core("Channel")?;
    let channel = Reflect::construct(&class, &js_sys::Array::new()).map_err(|error| foreign(&error))?;
    let on_message = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
        hear(bytes(&message).and_then(|bytes| decode::<Event>(&bytes)));
    });
    Reflect::set(&channel, &"onmessage".into(), on_message.as_ref()).map_err(|error| foreign(&error))?;
    // The channel lives as long as the page, so the closure may never be dropped.
    on_message.forget();
    let arguments = Object::new();
    Reflect::set(&arguments, &"events".into(), &channel).map_err(|error| foreign(&error))?;
    JsFuture::from(invoke("listen", &arguments)?).await.map_err(|error| foreign(&error))?;
    Ok(())
}

fn invoke(command: &str, arguments: &Object) -> Result<Promise, ApiError> {
    core("invoke")?
        .call2(&JsValue::UNDEFINED, &command.into(), arguments)
        .and_then(JsCast::dyn_into::<Promise>)
        .map_err(|error| foreign(&error))
}

/// A function of the shell's script interface.
fn core(name: &str) -> Result<Function, ApiError> {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok().filter(JsValue::is_truthy);
    get(&js_sys::global(), "__TAURI__")
        .and_then(|tauri| get(&tauri, "core"))
        .and_then(|core| get(&core, name))
        .and_then(|function| function.dyn_into::<Function>().ok())
        .ok_or_else(|| internal(text::NO_SHELL.now()))
}

/// Raw bytes arrive as an `ArrayBuffer`; small ones may arrive as a JSON array of numbers.
fn bytes(value: &JsValue) -> Result<Vec<u8>, ApiError> {
    if value.is_instance_of::<ArrayBuffer>() || js_sys::Array::is_array(value) || value.is_instance_of::<Uint8Array>() {
        return Ok(Uint8Array::new(value).to_vec());
    }
    if let Some(text) = value.as_string() {
        return Ok(text.into_bytes());
    }
    Err(foreign(value))
}

/// What came from JavaScript instead of an answer.
fn foreign(value: &JsValue) -> ApiError {
    let message = value
        .as_string()
        .or_else(|| value.dyn_ref::<js_sys::Error>().map(|error| error.message().into()))
        .or_else(|| JSON::stringify(value).ok().map(String::from))
        .unwrap_or_default();
    internal(&message)
}

fn internal(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("{}: {message}", text::BRIDGE_FAILED)).with_help(text::RESTART)
}
