//! The corpus of the fuzz targets, and bytes made of it from a seed: what `cargo xtask fuzz` does for long, for a moment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../../../fuzz/changes.rs"]
mod changes;

use changes::run;
use thalweg_telemetry::probe;

#[test]
fn any_bytes_are_protobuf_or_refused() {
    run("otlp_protobuf", 20, 150, probe::protobuf);
}

#[test]
fn any_bytes_are_json_or_refused() {
    run("otlp_json", 20, 60, probe::json);
}

#[test]
fn any_body_is_unpacked_or_refused() {
    run("bodies", 20, 40, probe::body);
}

#[test]
fn any_file_is_read_or_refused() {
    run("import", 15, 60, probe::file);
}
