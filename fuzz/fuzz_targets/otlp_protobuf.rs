//! Any bytes as OTLP in protobuf: traces, logs and metrics.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| thalweg_telemetry::probe::protobuf(bytes));
