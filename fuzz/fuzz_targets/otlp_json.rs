//! Any bytes as OTLP in JSON: traces, logs and metrics.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| thalweg_telemetry::probe::json(bytes));
