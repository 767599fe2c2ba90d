//! Any bytes as a file of telemetry.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| thalweg_telemetry::probe::file(bytes));
