//! The user interface of Thalweg: a page in wasm that draws flows, runs and traces.
//!
//! It asks the engine through [`bridge`] and shows what it answers; it computes nothing that the engine knows, except what
//! must react while one types, and that comes from the same crate, `thalweg-flow`. State is in [`state`], what the user
//! can do in [`commands`] and [`actions`], every word in [`text`].

#![allow(unreachable_pub, reason = "the component macro makes the properties of every component `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "components own their properties")]
#![allow(clippy::large_types_passed_by_value, reason = "`App` is a bundle of handles, copied like the handles")]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

mod actions;
mod answers;
mod bridge;
mod canvas;
mod commands;
mod find;
mod format;
mod inspector;
mod kit;
mod logs;
mod metrics;
mod preferences;
#[cfg(feature = "probe")]
mod probe;
mod problems;
mod runs;
mod scenario;
mod shell;
mod state;
mod text;
mod timeline;
mod tour;
mod traces;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(shell::Window);
}
