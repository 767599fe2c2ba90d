//! Any text as a filter.

#![no_main]

#[path = "../filter.rs"]
mod filter;

libfuzzer_sys::fuzz_target!(|text: &str| filter::reads(text));
