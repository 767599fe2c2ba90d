//! Taking an address to listen on.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::guard::Door;
use crate::holder;

/// The sockets of one address.
#[derive(Debug)]
pub struct Bound {
    /// The address that was asked for, with the port the system chose.
    pub address: SocketAddr,
    /// One, or two where `::1` is listened on beside 127.0.0.1.
    pub listeners: Vec<TcpListener>,
}

impl Bound {
    /// Where requests come in.
    pub fn door(&self) -> Door {
        Door { port: self.address.port(), beyond_loopback: !self.address.ip().is_loopback() }
    }
}

/// Why an address was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// Not an address of this machine's loopback interface, and no token is asked for.
    #[error("{address} can be reached from other machines")]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
    },
    /// Somebody else listens there.
    #[error("port {} is taken by {holder}", address.port())]
    Taken {
        /// What was asked for.
        address: SocketAddr,
        /// Who: a program's name and process, or "another program" where that cannot be found out.
        holder: String,
    },
    /// The system refused.
    #[error("cannot listen on {address}: {detail}")]
    System {
        /// What was asked for.
        address: SocketAddr,
        /// The system's words.
        detail: String,
    },
}

/// Listens on an address; without a token (`guarded`) on the loopback interface only. Port 0 takes a free one. With 127.0.0.1,
/// `::1` is listened on too where it can be. `protocol` is named in the log.
pub async fn bind(asked: SocketAddr, guarded: bool, protocol: &str) -> Result<Bound, BindError> {
    if !guarded && !asked.ip().is_loopback() {
        return Err(BindError::NotLoopback { address: asked });
    }
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            let holder = holder::of_port(asked.port()).unwrap_or_else(|| "another program".to_owned());
            BindError::Taken { address: asked, holder }
        }
        _ => BindError::System { address: asked, detail: error.to_string() },
    };
    let listener = TcpListener::bind(asked).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut listeners = vec![listener];
    if asked.ip() == Ipv4Addr::LOCALHOST {
        // Some clients resolve `localhost` to ::1 and try nothing else.
        match TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                tracing::warn!(%error, port = address.port(), "{protocol} is heard on 127.0.0.1 but not on ::1");
            }
        }
    }
    Ok(Bound { address, listeners })
}
