//! Who may speak to what listens here: programs on this machine, and the web pages and senders that the user allowed.
//!
//! Any page a browser shows can send requests to a port of the loopback interface (cross-site request forgery), and a page
//! whose name is made to resolve to 127.0.0.1 can even read the answers (DNS rebinding). So the `Host` a request names must
//! be one of ours with our port, and whatever a browser adds on behalf of a page (`Origin`, `Sec-Fetch-Site`) is refused, unless
//! the user named that page's origin. Only such a page is sent a CORS header.
//!
//! On an address that other machines reach, no name can be expected; there the token is what keeps others out, and without one
//! nothing listens there.

use hyper::HeaderMap;
use hyper::Uri;
use hyper::header::{HOST, HeaderValue, ORIGIN};

use crate::access::{Origin, Token};
use crate::barred::Barred;

/// Names of this machine that a request may use.
const OUR_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whom the user lets in beyond the defaults.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// What everybody must show.
    pub token: Option<Token>,
    /// Web pages that may send.
    pub origins: Vec<Origin>,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// The port.
    pub port: u16,
    /// Whether other machines reach it.
    pub beyond_loopback: bool,
}

impl Access {
    /// The origin of a request's page, if it is one that the user allowed.
    pub fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut shown = headers.get_all(ORIGIN).iter();
        let (Some(origin), None) = (shown.next(), shown.next()) else { return None };
        self.origins.iter().any(|allowed| allowed.is(origin.as_bytes())).then(|| origin.clone())
    }

    /// Lets a request pass or says why not. The token is asked for apart, as a browser asks without it first.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap, door: Door) -> Result<(), Barred> {
        if self.allowed_origin(headers).is_none() {
            if headers.contains_key(ORIGIN) {
                return Err(Barred::Page);
            }
            for site in headers.get_all("sec-fetch-site") {
                if !matches!(site.as_bytes(), b"none" | b"same-origin") {
                    return Err(Barred::OtherSite);
                }
            }
        }
        check_host(uri, headers, door)
    }

    /// Asks for the token, if there is one.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), Barred> {
        self.token.as_ref().map_or(Ok(()), |token| token.check(headers))
    }
}

fn check_host(uri: &Uri, headers: &HeaderMap, Door { port, beyond_loopback }: Door) -> Result<(), Barred> {
    let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let (host, second) = (hosts.next(), hosts.next());
    // HTTP/2's `:authority`, or a request line with a whole URI.
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    if second.is_some() || (host.is_none() && authority.is_none()) {
        return Err(Barred::Hosts);
    }
    if beyond_loopback || [host, authority].into_iter().flatten().all(|name| is_ours(name, port)) {
        Ok(())
    } else {
        Err(Barred::OtherHost { port })
    }
}

/// Compares whole, so there is nothing to parse and nothing to get wrong.
fn is_ours(name: &[u8], port: u16) -> bool {
    OUR_NAMES.iter().any(|ours| {
        name.split_at_checked(ours.len()).is_some_and(|(host, rest)| {
            host.eq_ignore_ascii_case(ours.as_bytes()) && rest == format!(":{port}").as_bytes()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Barred = Barred::OtherHost { port: 4318 };

    fn allowing(origins: &[&str]) -> Access {
        Access { token: None, origins: origins.iter().map(|origin| origin.parse().unwrap()).collect() }
    }

    fn judged(uri: &str, headers: &[(&'static str, &[u8])]) -> Option<Barred> {
        judged_allowing(&[], uri, headers)
    }

    fn judged_allowing(origins: &[&str], uri: &str, headers: &[(&'static str, &[u8])]) -> Option<Barred> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let door = Door { port: 4318, beyond_loopback: false };
        allowing(origins).check(&uri.parse().unwrap(), &map, door).err()
    }

    #[test]
    fn our_own_names_pass() {
        for host in ["localhost:4318", "LocalHost:4318", "127.0.0.1:4318", "[::1]:4318"] {
            assert_eq!(judged("/v1/traces", &[("host", host.as_bytes())]), None, "{host}");
            // HTTP/2 and whole URIs carry the name in the URI.
            assert_eq!(judged(&format!("http://{host}/v1/traces"), &[]), None, "{host}");
        }
        assert_eq!(judged("/", &[("host", b"localhost:4318"), ("sec-fetch-site", b"none")]), None);
    }

    #[test]
    fn every_other_name_is_refused() {
        for host in [
            "",
            "localhost",
            "localhost:",
            "localhost:80",
            "localhost:04318",
            "localhost:43180",
            "localhost.:4318",
            "127.0.0.1",
            "127.0.0.1.nip.io:4318",
            "127.1:4318",
            "2130706433:4318",
            "0.0.0.0:4318",
            "[::]:4318",
            "[::ffff:127.0.0.1]:4318",
            "::1:4318",
            "user@localhost:4318",
            "localhost:4318@evil.example",
            "localhost:4318 ",
            "localhost:4318,evil.example",
            "evil.example",
            "evil.example:4318",
            "xlocalhost:4318",
            "localhost:4318/",
            "\u{212a}localhost:4318",
            "lоcalhost:4318",
        ] {
            assert_eq!(judged("/v1/traces", &[("host", host.as_bytes())]), Some(OTHER), "{host}");
        }
        assert_eq!(judged("/", &[("host", &[0xff, 0xfe])]), Some(OTHER));
        let long = "a".repeat(60_000);
        assert_eq!(judged("/", &[("host", long.as_bytes())]), Some(OTHER));
    }

    #[test]
    fn a_request_names_one_host() {
        assert_eq!(judged("/", &[]), Some(Barred::Hosts));
        let twice: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("host", b"evil.example")];
        assert_eq!(judged("/", &twice), Some(Barred::Hosts));
        assert_eq!(judged("http://evil.example/", &[("host", b"localhost:4318")]), Some(OTHER));
        assert_eq!(judged("http://localhost:4318/", &[("host", b"evil.example")]), Some(OTHER));
    }

    #[test]
    fn pages_are_refused_even_our_own() {
        for origin in ["null", "http://evil.example", "http://localhost:4318", "https://127.0.0.1:4318", ""] {
            let headers: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("origin", origin.as_bytes())];
            assert_eq!(judged("/", &headers), Some(Barred::Page), "{origin}");
        }
        for site in ["cross-site", "same-site", "NONE", ""] {
            let headers: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("sec-fetch-site", site.as_bytes())];
            assert_eq!(judged("/", &headers), Some(Barred::OtherSite), "{site}");
        }
    }

    #[test]
    fn only_the_origins_that_the_user_allowed_pass() {
        let ours: (_, &[u8]) = ("host", b"localhost:4318");
        let judged = |origin: &[u8]| {
            let headers = [ours, ("origin", origin), ("sec-fetch-site", b"cross-site")];
            judged_allowing(&["http://localhost:3000"], "/", &headers)
        };
        assert_eq!(judged(b"http://localhost:3000"), None);
        for other in
            [&b"http://localhost:3001"[..], b"https://localhost:3000", b"http://localhost:3000.evil.example", b"null"]
        {
            assert_eq!(judged(other), Some(Barred::Page));
        }
        // An origin that is allowed makes no other name ours, and a second one is one too many.
        let rebound = [("host", &b"evil.example:4318"[..]), ("origin", b"http://localhost:3000")];
        assert_eq!(judged_allowing(&["http://localhost:3000"], "/", &rebound), Some(OTHER));
        let twice = [ours, ("origin", b"http://localhost:3000"), ("origin", b"http://evil.example")];
        assert_eq!(judged_allowing(&["http://localhost:3000"], "/", &twice), Some(Barred::Page));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_the_guard_panic(host: Vec<u8>) {
            if let Ok(value) = HeaderValue::from_bytes(&host) {
                let mut headers = HeaderMap::new();
                headers.insert(HOST, value);
                let door = Door { port: 4318, beyond_loopback: false };
                Access::default().check(&Uri::from_static("/"), &headers, door).ok();
            }
        }
    }
}
