//! NATS with JetStream, one for all tests of a program.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::Value;

use super::server::Server;

/// A running nats-server.
#[derive(Debug)]
pub struct Nats {
    // Held for its end.
    _server: Server,
    address: String,
}

impl Nats {
    /// The one of this program; started when first asked for.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Nats, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("no NATS: {error}"))
    }

    /// Where clients connect: `nats://127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn start() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        let mut command = Command::new(super::find("nats-server", &[])?);
        // It picks a free port itself and writes it to a file.
        command
            .args(["--addr", "127.0.0.1", "--port", "-1", "--jetstream"])
            .arg("--store_dir")
            .arg(folder.path().join("data"))
            .arg("--ports_file_dir")
            .arg(folder.path());
        let server = Server::start(folder, &command)?;
        let address = server.wait_for("NATS to open a port", || address_in(server.folder()))?;
        let greeting = server.wait_for("NATS to answer", || greeting(&address))?;
        ensure!(greeting["jetstream"] == true, "NATS runs without JetStream: {greeting}");
        Ok(Self { _server: server, address })
    }
}

/// What the file `*.ports` in the folder says, once it is whole.
fn address_in(folder: &Path) -> Option<String> {
    let file = fs::read_dir(folder).ok()?.flatten().find(|e| e.path().extension().is_some_and(|e| e == "ports"))?;
    let ports: Value = serde_json::from_slice(&fs::read(file.path()).ok()?).ok()?;
    Some(ports["nats"][0].as_str()?.to_owned())
}

/// The line `INFO {…}` with which a server begins.
fn greeting(address: &str) -> Option<Value> {
    let stream = TcpStream::connect(address.strip_prefix("nats://")?).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    serde_json::from_str(line.strip_prefix("INFO ")?).ok()
}
