//! Any bytes as packed spans, and as a batch in the log.

#![no_main]

#[path = "../blocks.rs"]
mod blocks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blocks::reads(bytes));
