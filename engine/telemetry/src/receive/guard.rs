//! Who may speak to the receiver: programs on this machine, not web pages.
//!
//! Any page a browser shows can send requests to a port of the loopback interface (cross-site request forgery), and a page
//! whose name is made to resolve to 127.0.0.1 can even read the answers (DNS rebinding). So the `Host` a request names must
//! be one of ours with our port, and whatever a browser adds on behalf of a page (`Origin`, `Sec-Fetch-Site`) is refused.
//! No CORS header is ever sent.

use hyper::HeaderMap;
use hyper::Uri;
use hyper::header::{HOST, HeaderValue, ORIGIN};

use super::refusal::Refusal;

/// Names of this machine that a request may use.
const OUR_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Lets a request pass or says why not. `port` is the one it came in on.
pub(crate) fn check(uri: &Uri, headers: &HeaderMap, port: u16) -> Result<(), Refusal> {
    if headers.contains_key(ORIGIN) {
        return Err(Refusal::forbidden("requests of web pages are not accepted (the request has an Origin)"));
    }
    for site in headers.get_all("sec-fetch-site") {
        if !matches!(site.as_bytes(), b"none" | b"same-origin") {
            return Err(Refusal::forbidden("requests of other sites' pages are not accepted (Sec-Fetch-Site)"));
        }
    }
    let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let (host, second) = (hosts.next(), hosts.next());
    // HTTP/2's `:authority`, or a request line with a whole URI.
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    if second.is_some() || (host.is_none() && authority.is_none()) {
        return Err(Refusal::malformed("a request needs exactly one Host"));
    }
    if [host, authority].into_iter().flatten().all(|name| is_ours(name, port)) {
        Ok(())
    } else {
        Err(Refusal::forbidden(format!(
            "only localhost:{port}, 127.0.0.1:{port} and [::1]:{port} are accepted as Host"
        )))
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
    use hyper::StatusCode;

    use super::*;

    fn judged(uri: &str, headers: &[(&'static str, &[u8])]) -> Option<StatusCode> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        check(&uri.parse().unwrap(), &map, 4318).err().map(|refusal| refusal.http)
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
            assert_eq!(judged("/v1/traces", &[("host", host.as_bytes())]), Some(StatusCode::FORBIDDEN), "{host}");
        }
        assert_eq!(judged("/", &[("host", &[0xff, 0xfe])]), Some(StatusCode::FORBIDDEN));
        let long = "a".repeat(60_000);
        assert_eq!(judged("/", &[("host", long.as_bytes())]), Some(StatusCode::FORBIDDEN));
    }

    #[test]
    fn a_request_names_one_host() {
        assert_eq!(judged("/", &[]), Some(StatusCode::BAD_REQUEST));
        let twice: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("host", b"evil.example")];
        assert_eq!(judged("/", &twice), Some(StatusCode::BAD_REQUEST));
        assert_eq!(judged("http://evil.example/", &[("host", b"localhost:4318")]), Some(StatusCode::FORBIDDEN));
        assert_eq!(judged("http://localhost:4318/", &[("host", b"evil.example")]), Some(StatusCode::FORBIDDEN));
    }

    #[test]
    fn pages_are_refused_even_our_own() {
        for origin in ["null", "http://evil.example", "http://localhost:4318", "https://127.0.0.1:4318", ""] {
            let headers: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("origin", origin.as_bytes())];
            assert_eq!(judged("/", &headers), Some(StatusCode::FORBIDDEN), "{origin}");
        }
        for site in ["cross-site", "same-site", "NONE", ""] {
            let headers: [(_, &[u8]); 2] = [("host", b"localhost:4318"), ("sec-fetch-site", site.as_bytes())];
            assert_eq!(judged("/", &headers), Some(StatusCode::FORBIDDEN), "{site}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_the_guard_panic(host: Vec<u8>) {
            if let Ok(value) = HeaderValue::from_bytes(&host) {
                let mut headers = HeaderMap::new();
                headers.insert(HOST, value);
                check(&Uri::from_static("/"), &headers, 4318).ok();
            }
        }
    }
}
