//! Whom a call goes to, where no span of the other side tells.

use crate::destination::host_of;
use crate::names;
use crate::observed::Attributes;

/// What someone is who is only known from being called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerKind {
    /// A database.
    Database,
    /// Called over HTTP.
    Http,
    /// Called by another protocol.
    Rpc,
    /// Called in a way that no attribute tells.
    Other,
}

impl PeerKind {
    /// The word for it in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Http => "http",
            Self::Rpc => "rpc",
            Self::Other => "other",
        }
    }
}

/// Someone who is only known from being called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PeerKey {
    pub(crate) kind: PeerKind,
    /// `postgresql` of a database, else nothing.
    pub(crate) system: String,
    /// What it is called.
    pub(crate) name: String,
}

/// The peer of a CLIENT span; nothing when it names none.
pub(crate) fn peer(attributes: &Attributes<'_>) -> Option<PeerKey> {
    let named = attributes.text(names::PEER_SERVICE).map(str::to_owned);
    if let Some(system) = attributes.text(names::DB_SYSTEM) {
        let database = attributes.text(names::DB_NAME).map(str::to_owned);
        let name = named.or(database).or_else(|| address(attributes)).unwrap_or_else(|| system.to_owned());
        return Some(PeerKey { kind: PeerKind::Database, system: system.to_owned(), name });
    }
    let is_rpc = attributes.first(names::RPC_SYSTEM).is_some();
    let is_http = attributes.first(names::HTTP).is_some() || attributes.first(names::HTTP_URL).is_some();
    let kind = match (is_rpc, is_http) {
        (true, _) => PeerKind::Rpc,
        (_, true) => PeerKind::Http,
        _ => PeerKind::Other,
    };
    let service = || attributes.text(names::RPC_SERVICE).filter(|_| is_rpc).map(str::to_owned);
    let name = named.or_else(|| address(attributes)).or_else(service)?;
    Some(PeerKey { kind, system: String::new(), name })
}

/// The address a call goes to, without the ports that everyone has.
fn address(attributes: &Attributes<'_>) -> Option<String> {
    let host = attributes.text(names::ADDRESS).map(str::to_owned);
    let usual = |port: u64| matches!(port, 80 | 443);
    match (host, attributes.number(names::PORT)) {
        (Some(host), Some(port)) if !usual(port) => Some(format!("{host}:{port}")),
        (Some(host), _) => Some(host),
        (None, _) => {
            let host =
                attributes.text(names::HTTP_HOST).or_else(|| attributes.text(names::HTTP_URL)).and_then(host_of)?;
            let bare = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80"));
            Some(bare.unwrap_or(&host).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observed::Field;

    #[test]
    fn peers_by_what_is_said() {
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[("db.system", "postgresql"), ("db.name", "shop"), ("net.peer.name", "pg")], "database shop"),
            (
                &[("db.system.name", "redis"), ("server.address", "cache"), ("server.port", "6379")],
                "database cache:6379",
            ),
            (&[("http.request.method", "GET"), ("server.address", "api"), ("server.port", "443")], "http api"),
            (&[("http.method", "GET"), ("http.url", "https://u:p@card.example:443/charge")], "http card.example"),
            (&[("rpc.system", "grpc"), ("rpc.service", "shop.Cart")], "rpc shop.Cart"),
            (&[("peer.service", "legacy")], "other legacy"),
        ];
        for (pairs, expected) in cases {
            let fields = pairs.iter().map(|(key, value)| (*key, Field::Text(value))).collect();
            let found = peer(&Attributes(fields)).expect("a peer");
            assert_eq!(format!("{} {}", found.kind.as_str(), found.name), expected);
        }
        assert_eq!(peer(&Attributes::default()), None);
    }
}
