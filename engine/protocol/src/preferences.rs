//! What a user chose once and finds again: kept by the engine, the same in every window.

use serde::{Deserialize, Serialize};

/// Every choice. What an older Thalweg did not know has its default; what this one does not know is let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light or dark; none follows the system.
    pub theme: Option<Theme>,
    /// The window's language; none follows the system.
    pub language: Option<Language>,
    /// What turning the wheel over the drawing does.
    pub wheel: Wheel,
    /// How durations are written.
    pub durations: Durations,
    /// The loopback port for OTLP over gRPC; none is the one of the convention.
    pub grpc_port: Option<u16>,
    /// The loopback port for OTLP over HTTP; none is the one of the convention.
    pub http_port: Option<u16>,
    /// Whether the tour of the window was taken or left.
    pub toured: bool,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark water.
    Dark,
    /// The same in daylight.
    Light,
}

/// A language that the window speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

/// What turning the wheel does; with Ctrl it always zooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wheel {
    /// It moves the drawing, as two fingers on a trackpad do.
    #[default]
    Pan,
    /// It zooms at the pointer.
    Zoom,
}

/// How durations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durations {
    /// In the unit that fits: `120 µs`, `41.3 s`, `3m 12s`.
    #[default]
    Fitting,
    /// In milliseconds.
    Milliseconds,
    /// In seconds.
    Seconds,
}

/// Who may send to the receiver beyond the programs of this machine, and where Thalweg's own spans go. Kept apart from
/// [`Preferences`]: a token is nothing that every window needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// What every sender must show, as `Authorization: Bearer …`; none lets every program of this machine send.
    pub token: Option<String>,
    /// Web pages that may send, by their origin, such as `http://localhost:3000`.
    pub origins: Vec<String>,
    /// Where our own spans are sent, such as `http://127.0.0.1:4318`; none sends none.
    pub send_to: Option<String>,
}
