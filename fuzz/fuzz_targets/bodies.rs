//! Any bytes as the body of a request: plain, gzip, zstd, each over HTTP and gRPC.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| thalweg_telemetry::probe::body(bytes));
