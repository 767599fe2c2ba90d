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
