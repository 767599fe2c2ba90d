//! One event to one address, and what its answer means.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper::header::{HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};

use crate::broker::{Delivery, Outcome};
use crate::clock::Clock;
use crate::http::binding;

/// Says the how many-th attempt it is.
const ATTEMPT: &str = "thalweg-attempt";

/// Where events are pushed to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    host: String,
    port: u16,
    /// As the request names it.
    authority: HeaderValue,
    /// Path and query.
    path: String,
    own: SocketAddr,
    beyond_loopback: bool,
}

impl Target {
    /// Reads a URL; an error is a sentence.
    pub(super) fn of(uri: &Uri, own: SocketAddr, beyond_loopback: bool) -> Result<Self, String> {
        if uri.scheme_str() != Some("http") {
            return Err("webhooks are reached by plain HTTP: write `url` like http://127.0.0.1:8080/events".to_owned());
        }
        let authority = uri.authority().ok_or("`url` names no host")?;
        if authority.as_str().contains('@') {
            return Err("`url` has a user's name in it; leave it out".to_owned());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("`url` names no host".to_owned());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let named = HeaderValue::from_str(authority.as_str()).map_err(|_| "`url` names no host".to_owned())?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self { host, port, authority: named, path, own, beyond_loopback })
    }

    /// Where it is now, all addresses being allowed.
    pub(super) async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<SocketAddr> =
            found.map_err(|error| format!("`{}` has no address: {error}", self.host))?.collect();
        for address in &found {
            self.judge(*address)?;
        }
        if found.is_empty() { Err(format!("`{}` has no address", self.host)) } else { Ok(found) }
    }

    fn judge(&self, address: SocketAddr) -> Result<(), String> {
        let ip = address.ip().to_canonical();
        if ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::from([255; 4]) {
            return Err(format!("{ip} is no address of one machine, so nothing is pushed there"));
        }
        if !ip.is_loopback() && !self.beyond_loopback {
            return Err(format!(
                "{ip} is another machine, and webhooks are on this one unless the engine is told otherwise: use 127.0.0.1"
            ));
        }
        let own = self.own.ip().to_canonical();
        // Listening everywhere, any address may be ours.
        let may_be_ours = ip == own || ip.is_loopback() || own.is_unspecified();
        if address.port() == self.own.port() && may_be_ours {
            return Err(format!("{address} is this engine itself: a webhook is somebody else"));
        }
        Ok(())
    }

    /// Sends one event, and says what became of it.
    pub(super) async fn push(&self, delivery: &Delivery, clock: &Clock) -> Outcome {
        let left = Duration::from_millis(delivery.leased_until_ms.saturating_sub(clock.now_ms()));
        // A tenth is left to say what became of it.
        let patience = left.mul_f64(0.9);
        match tokio::time::timeout(patience, self.send(delivery)).await {
            Ok(Ok(status)) => outcome(status),
            Ok(Err(detail)) => nack(detail),
            Err(_) => {
                nack(format!("the webhook did not answer within {} ms, before its lease ends", patience.as_millis()))
            }
        }
    }

    async fn send(&self, delivery: &Delivery) -> Result<StatusCode, String> {
        let addresses = self.addresses().await?;
        let failed = |error: &dyn std::fmt::Display| format!("the webhook cannot be reached: {error}");
        let stream = TcpStream::connect(&addresses[..]).await.map_err(|error| failed(&error))?;
        stream.set_nodelay(true).ok();
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
        let event = &delivery.stored.event;
        let mut request = Request::new(Full::new(event.data.clone().unwrap_or_default()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.path.parse().map_err(|error| failed(&error))?;
        *request.headers_mut() = binding::headers_of(event);
        request.headers_mut().insert(HOST, self.authority.clone());
        request.headers_mut().insert(ATTEMPT, delivery.attempt.into());
        let answering = sender.send_request(request);
        let mut connection = std::pin::pin!(connection);
        let mut answering = std::pin::pin!(answering);
        // The connection has to be driven for the answer to come; an answer may be there when it ends.
        let answer = tokio::select! {
            biased;
            answer = answering.as_mut() => answer,
            ended = connection.as_mut() => {
                ended.map_err(|error| format!("the webhook broke off: {error}"))?;
                answering.await
            }
        };
        // Only the status counts: the rest of the answer is not read.
        answer.map(|answer| answer.status()).map_err(|error| format!("the webhook broke off: {error}"))
    }
}

fn nack(reason: String) -> Outcome {
    Outcome::Nack { delay: None, reason }
}

/// What an answer means for the event.
fn outcome(status: StatusCode) -> Outcome {
    let reason = format!("the webhook answered {status}");
    match status.as_u16() {
        200..300 => Outcome::Ack,
        300..400 => nack(format!("{reason}; redirects are not followed")),
        408 | 425 | 429 => nack(reason),
        400..500 => Outcome::Reject { reason },
        _ => nack(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, beyond_loopback: bool) -> Result<Target, String> {
        Target::of(&url.parse().unwrap(), "127.0.0.1:7000".parse().unwrap(), beyond_loopback)
    }

    #[tokio::test]
    async fn only_addresses_that_are_allowed_are_pushed_to() {
        for good in ["http://127.0.0.1:8080/x?y=1", "http://[::1]:8080", "http://127.9.9.9:7001/"] {
            assert!(target(good, false).unwrap().addresses().await.is_ok(), "{good}");
        }
        for bad in [
            "http://192.0.2.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:192.0.2.1]:80/",
            "http://0.0.0.0:8080/",
            "http://127.0.0.1:7000/v1/topics",
            "http://[::1]:7000/",
            "http://[::ffff:127.0.0.1]:7000/",
            "http://127.0.0.2:7000/",
        ] {
            assert!(target(bad, false).unwrap().addresses().await.is_err(), "{bad}");
        }
        assert!(target("http://192.0.2.1/", true).unwrap().addresses().await.is_ok());
        assert!(target("http://0.0.0.0:7000/", true).unwrap().addresses().await.is_err());
        for no_url in ["https://127.0.0.1/", "ftp://127.0.0.1/", "/only/a/path", "http://user@127.0.0.1/"] {
            assert!(target(no_url, true).is_err(), "{no_url}");
        }
    }

    #[test]
    fn an_answer_says_what_became_of_the_event() {
        let of = |status: u16| outcome(StatusCode::from_u16(status).unwrap());
        assert!([200, 202, 204, 299].iter().all(|status| of(*status) == Outcome::Ack));
        assert!([301, 302, 308, 408, 425, 429, 500, 503].iter().all(|s| matches!(of(*s), Outcome::Nack { .. })));
        assert!([400, 401, 404, 410, 422].iter().all(|status| matches!(of(*status), Outcome::Reject { .. })));
    }
}
