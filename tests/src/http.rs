//! HTTP/1.1 by hand, so that a test can send what no client library would.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, Result};

use crate::wait::GENEROUS;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The bytes after the head, as sent.
    pub body: Vec<u8>,
}

/// Posts `body` and reads the answer until the other side closes.
pub fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
    let names_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = if names_host { String::new() } else { format!("Host: {to}\r\n") };
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{host}{headers}\r\n");
    send(to, &[head.as_bytes(), body].concat())
}

/// Sends raw bytes and reads the answer until the other side closes.
pub fn send(to: SocketAddr, bytes: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    stream.set_read_timeout(Some(GENEROUS))?;
    // A receiver may refuse early and close while we still write; its answer is read all the same.
    let written = stream.write_all(bytes).and_then(|()| stream.flush());
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    if answer.is_empty() {
        written.and(read).context("no answer")?;
    }
    parse(&answer)
}

fn parse(answer: &[u8]) -> Result<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("an answer without a head")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without a status")?;
    Ok(Answer { status, head, body: answer[end + 4..].to_vec() })
}
