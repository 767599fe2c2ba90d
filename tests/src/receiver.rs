//! `thalweg receive` on ports of its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use crate::cli::Cli;
use crate::process::Running;
use crate::wait::{GENEROUS, wait_for};

/// A receiver that accepts connections.
#[derive(Debug)]
pub struct Receiver {
    running: Running,
    /// Where it takes OTLP over gRPC.
    pub grpc: SocketAddr,
    /// Where it takes OTLP over HTTP.
    pub http: SocketAddr,
}

impl Receiver {
    /// Starts one over the data file of `cli` and waits until both ports answer.
    pub fn start(cli: &Cli) -> Result<Self> {
        let (grpc, http) = (free_address()?, free_address()?);
        let database = cli.database().display().to_string();
        let arguments =
            ["receive", "--grpc", &grpc.to_string(), "--http", &http.to_string(), "--db", &database].map(String::from);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut running = cli.start("receive", &arguments)?;
        wait_for("the receiver to listen", || {
            if let Err(error) = running.require_running() {
                return Some(Err(error));
            }
            [grpc, http].iter().all(answers).then_some(Ok(()))
        })??;
        Ok(Self { running, grpc, http })
    }

    /// Ends it as Ctrl-C does, and waits for it.
    pub fn interrupt(&mut self) -> Result<()> {
        self.running.signal(Signal::INT)?;
        self.running.wait_for_end(GENEROUS).map(|_| ())
    }

    /// Ends it as a power cut would: no chance to tidy up.
    pub fn kill(&mut self) -> Result<()> {
        self.running.signal(Signal::KILL)?;
        self.running.wait_for_end(GENEROUS).map(|_| ())
    }

    /// What it printed.
    pub fn printed(&self) -> String {
        self.running.printed()
    }
}

/// An address on which nobody listens, so far as one can know beforehand.
pub fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?)
}

/// Whether somebody accepts connections there.
pub fn answers(address: &SocketAddr) -> bool {
    TcpStream::connect_timeout(address, Duration::from_secs(1)).is_ok()
}
