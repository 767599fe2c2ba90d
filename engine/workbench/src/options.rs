//! Where the data file is and where the receiver listens.

use std::{
    env, fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use thalweg_protocol::{ApiError, ErrorCode};
use thalweg_telemetry::OtlpAddress;

use crate::{links::Wanted, recovery::digest};

/// The port that OTLP over gRPC has by convention (OTLP specification, "OTLP/gRPC Default Port").
pub const OTLP_GRPC: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4317);
/// The port that OTLP over HTTP has by convention (OTLP specification, "OTLP/HTTP Default Port").
pub const OTLP_HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4318);

/// What the desktop starts with.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// What the first window opens.
    pub file: Option<Wanted>,
    /// The data file.
    pub db: PathBuf,
    /// Where OTLP over gRPC is received; none leaves it to the preferences.
    pub grpc: Option<SocketAddr>,
    /// Where OTLP over HTTP is received; none leaves it to the preferences.
    pub http: Option<SocketAddr>,
    /// Where our own spans are sent; none leaves it to the settings.
    pub send_to: Option<OtlpAddress>,
}

impl StartOptions {
    /// From `THALWEG_DB`, `THALWEG_OTLP_GRPC`, `THALWEG_OTLP_HTTP` and `THALWEG_OTLP`.
    ///
    /// # Errors
    /// When an address is not one, or the user has no data directory and names no data file.
    pub fn from_environment(file: Option<Wanted>) -> Result<Self, ApiError> {
        Ok(StartOptions {
            file,
            db: default_db_path()?,
            grpc: address("THALWEG_OTLP_GRPC")?,
            http: address("THALWEG_OTLP_HTTP")?,
            send_to: own_address()?,
        })
    }

    /// A name that processes with the same data file share and others do not: letters and digits.
    pub fn instance(&self) -> String {
        let db = std::path::absolute(&self.db).unwrap_or_else(|_| self.db.clone());
        format!("d{:016x}", digest(&db.to_string_lossy()))
    }
}

/// The data file: `THALWEG_DB`, or `thalweg.db` in the user's data directory.
///
/// # Errors
/// When there is neither.
pub fn default_db_path() -> Result<PathBuf, ApiError> {
    if let Some(path) = env::var_os("THALWEG_DB").filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    directories::ProjectDirs::from("dev", "Thalweg", "thalweg")
        .map(|dirs| dirs.data_dir().join("thalweg.db"))
        .ok_or_else(|| {
            ApiError::new(ErrorCode::Store, "There is no home directory to keep the data file in.")
                .with_help("Name one with --db PATH or the variable THALWEG_DB.")
        })
}

/// Where our own spans are sent, by `THALWEG_OTLP`; none when it says nothing.
///
/// # Errors
/// When it is no address.
pub fn own_address() -> Result<Option<OtlpAddress>, ApiError> {
    match env::var("THALWEG_OTLP") {
        Ok(text) if !text.is_empty() => {
            let address = text.parse();
            address.map(Some).map_err(|error: thalweg_telemetry::OtlpAddressError| {
                ApiError::new(ErrorCode::Usage, format!("THALWEG_OTLP: {error}."))
            })
        }
        _ => Ok(None),
    }
}

fn address(variable: &str) -> Result<Option<SocketAddr>, ApiError> {
    match env::var(variable) {
        Ok(text) if !text.is_empty() => {
            let address = text.parse();
            address.map(Some).map_err(|error: std::net::AddrParseError| not_an_address(variable, &text, &error))
        }
        _ => Ok(None),
    }
}

fn not_an_address(variable: &str, text: &str, error: &dyn fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Usage, format!("{variable} is {text:?}, which is no address: {error}."))
        .with_help("Write an IP address and a port, such as 127.0.0.1:4317; port 0 takes any free one.")
}
