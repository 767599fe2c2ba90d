//! Any text as a filter that is being written.

#![no_main]

#[path = "../filter.rs"]
mod filter;

libfuzzer_sys::fuzz_target!(|text: &str| filter::completes(text));
