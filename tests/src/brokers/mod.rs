//! Real message brokers, started for the tests of one program and ended with it.
//!
//! They run in a temporary folder, on loopback and on free ports, with nothing of an installed service: neither its
//! configuration nor its user nor its data.

use std::path::PathBuf;

use anyhow::{Result, bail};

pub mod nats;
pub mod rabbitmq;
mod server;

/// A server program. Distributions keep servers in folders that the path of an ordinary user leaves out.
fn find(name: &str, folders: &[&str]) -> Result<PathBuf> {
    let known = folders.iter().map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = known.chain(std::env::split_paths(&path)).collect();
    places.push("/usr/sbin".into());
    match places.iter().map(|folder| folder.join(name)).find(|file| file.is_file()) {
        Some(file) => Ok(file),
        None => bail!("there is no {name}; `cargo xtask test` brings it, or says how"),
    }
}
