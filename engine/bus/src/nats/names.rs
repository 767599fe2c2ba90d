//! How topics, groups and deliveries are named on a NATS server.
//!
//! A name becomes one token of a subject: letters of ASCII, digits, `-` and `_` stay, every other byte is `=` and two digits. What
//! would be too long for the name of a file is cut and gets its hash. `==` is in no token, so that it parts two of them.

use std::fmt::Write as _;

/// The longest token, in bytes: a stream's name has two at most, and a server keeps a stream in a folder of its name.
const TOKEN: usize = 100;

/// What all streams of Thalweg begin with.
pub(super) const STREAMS: &str = "THALWEG_";
/// What the streams of groups begin with.
pub(super) const LETTERS: &str = "THALWEG_DLQ_";
/// The consumer of a group's stream that gives redriven dead letters.
pub(super) const AGAIN: &str = "again";

pub(super) fn token(name: &str) -> String {
    let mut token = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            token.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(token, "={byte:02X}");
        }
    }
    if token.len() > TOKEN {
        let hash = xxhash_rust::xxh3::xxh3_128(name.as_bytes());
        // `h` is no digit of base 16: no other name gives this token.
        let mut kept = token[..TOKEN - 34].to_owned();
        // No half of a byte before the hash.
        while kept.ends_with('=') || kept[..kept.len() - 1].ends_with('=') {
            kept.pop();
        }
        token = format!("{kept}=h{hash:032x}");
    }
    token
}

/// The stream of a topic.
pub(super) fn topic_stream(topic: &str) -> String {
    format!("{STREAMS}{}", token(topic))
}

/// The subject of a partition.
pub(super) fn partition_subject(topic: &str, partition: u32) -> String {
    format!("thalweg.{}.{partition}", token(topic))
}

/// The subjects of a topic.
pub(super) fn topic_subjects(topic: &str) -> String {
    format!("thalweg.{}.*", token(topic))
}

/// The partition that a subject of a topic ends with.
pub(super) fn partition_of(subject: &str) -> u32 {
    subject.rsplit('.').next().and_then(|part| part.parse().ok()).unwrap_or(0)
}

/// The stream of a group: its dead letters, those that were redriven, and the failures of events in hand.
pub(super) fn group_stream(topic: &str, group: &str) -> String {
    format!("{LETTERS}{}=={}", token(topic), token(group))
}

/// The subjects of a group's stream begin with this.
pub(super) fn group_subject(topic: &str, group: &str) -> String {
    format!("thalweg-dlq.{}.{}", token(topic), token(group))
}

/// Where a delivery comes from, as its acknowledgement's subject says it
/// (<https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    pub(super) stream: &'a str,
    pub(super) consumer: &'a str,
    pub(super) delivered: u64,
    pub(super) sequence: u64,
}

impl<'a> Reply<'a> {
    /// Reads `$JS.ACK.[domain.account.]stream.consumer.delivered.sequence.serial.time.pending[.more]`.
    pub(super) fn parse(subject: &'a str) -> Option<Self> {
        if subject.len() > 1000 || subject.contains(['*', '>', ' ', '\t', '\r', '\n']) {
            return None;
        }
        let parts: Vec<&str> = subject.split('.').collect();
        let at = match parts.len() {
            9 => 2,
            11.. => 4,
            _ => return None,
        };
        let number = |place: usize| parts.get(at + place)?.parse::<u64>().ok();
        let is_whole = (2..7).all(|place| number(place).is_some());
        let is_ack = parts.first() == Some(&"$JS") && parts.get(1) == Some(&"ACK");
        (is_ack && is_whole).then_some(Self {
            stream: parts.get(at)?,
            consumer: parts.get(at + 1)?,
            delivered: number(2)?,
            sequence: number(3)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_tokens_that_differ_as_they_do() {
        assert_eq!(token("orders"), "orders");
        assert_eq!(token("a.b/c:d"), "a=2Eb=2Fc=3Ad");
        assert_eq!(token("größe"), "gr=C3=B6=C3=9Fe");
        assert_ne!(group_stream("a_b", "c"), group_stream("a", "b_c"));
        let long = |last: char| token(&format!("{}{last}", "ü".repeat(199)));
        assert!(long('a').len() <= TOKEN);
        assert_ne!(long('a'), long('b'));
    }

    #[test]
    fn replies_of_both_kinds_are_read() {
        let whole = Reply { stream: "S", consumer: "C", delivered: 2, sequence: 30 };
        assert_eq!(Reply::parse("$JS.ACK.S.C.2.30.31.1700000000000000000.5"), Some(whole.clone()));
        assert_eq!(Reply::parse("$JS.ACK._.hash.S.C.2.30.31.1700000000000000000.5.x"), Some(whole));
        for none in ["", "nothing", "$JS.ACK.S.C.2.x.31.1.5", "$JS.API.S.C.2.30.31.1.5", "$JS.ACK.S.C.2.30.31.1.>"] {
            assert_eq!(Reply::parse(none), None, "{none}");
        }
    }
}
