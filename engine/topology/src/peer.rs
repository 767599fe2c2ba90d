//! Whom a call goes to, where no span of the other side tells.

use crate::destination::host_of;
use crate::names;
use crate::observed::Attributes;
use crate::said::Said;

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

/// The peer of a CLIENT span, with the attribute that names it; nothing when it names none.
pub(crate) fn peer(attributes: &Attributes<'_>) -> Option<(PeerKey, Said)> {
    let by_name = |(key, name): (&'static str, &str)| (name.to_owned(), Said::new(key, name));
    let named = attributes.named(names::PEER_SERVICE).map(by_name);
    if let Some((key, system)) = attributes.named(names::DB_SYSTEM) {
        let database = || attributes.named(names::DB_NAME).map(by_name);
        let found = named.or_else(database).or_else(|| address(attributes));
        let (name, said) = found.unwrap_or_else(|| by_name((key, system)));
        return Some((PeerKey { kind: PeerKind::Database, system: system.to_owned(), name }, said));
    }
    let is_rpc = attributes.first(names::RPC_SYSTEM).is_some();
    let is_http = attributes.first(names::HTTP).is_some() || attributes.first(names::HTTP_URL).is_some();
    let kind = match (is_rpc, is_http) {
        (true, _) => PeerKind::Rpc,
        (_, true) => PeerKind::Http,
        _ => PeerKind::Other,
    };
    let service = || attributes.named(names::RPC_SERVICE).filter(|_| is_rpc).map(by_name);
    let (name, said) = named.or_else(|| address(attributes)).or_else(service)?;
    Some((PeerKey { kind, system: String::new(), name }, said))
}

/// The address a call goes to, without the ports that everyone has.
fn address(attributes: &Attributes<'_>) -> Option<(String, Said)> {
    let host = attributes.named(names::ADDRESS);
    let usual = |port: u64| matches!(port, 80 | 443);
    match (host, attributes.number(names::PORT)) {
        (Some((key, host)), Some(port)) if !usual(port) => Some((format!("{host}:{port}"), Said::new(key, host))),
        (Some((key, host)), _) => Some((host.to_owned(), Said::new(key, host))),
        (None, _) => {
            let (key, text) = attributes.named(names::HTTP_HOST).or_else(|| attributes.named(names::HTTP_URL))?;
            let host = host_of(text)?;
            let bare = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(&host);
            let said = if text == bare { Said::new(key, bare) } else { Said::part(key, bare) };
            Some((bare.to_owned(), said))
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
            let (found, said) = peer(&Attributes(fields)).expect("a peer");
            assert_eq!(format!("{} {}", found.kind.as_str(), found.name), expected);
            let stands = pairs.iter().find(|(key, _)| *key == said.key).expect("an attribute that names it").1;
            assert!(if said.is_part { stands.contains(&said.value) } else { stands == said.value });
        }
        assert_eq!(peer(&Attributes::default()), None);
    }
}
