//! How exchanges and queues are called, and how long a waiting queue holds what is in it.
//!
//! A topic is the exchange `thalweg.<topic>`; a group the queue `thalweg.<topic>.<group>`, beside it `….dead` for its dead letters
//! and `….wait.<ms>` for each delay. A dot within a name becomes `~`, which no name has, so that topic `a.b` with group `c` and
//! topic `a` with group `b.c` are not the same queue, and no group is taken for the dead letters of another.

use std::time::Duration;

use lapin::types::ShortString;

use crate::clock::millis;
use crate::error::BusError;

/// What AMQP 0-9-1 gives a name (a short string has one byte for its length).
const LONGEST: usize = 255;
/// The longest suffix of a queue: `.wait.` and the greatest delay.
const SUFFIX: usize = ".wait.".len() + 10;
/// The greatest `x-message-ttl` that RabbitMQ takes is 2³² − 1 ms (<https://www.rabbitmq.com/docs/ttl>).
const LONGEST_WAIT_MS: u64 = u32::MAX as u64;

/// The names of a group.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) exchange: ShortString,
    pub(super) queue: ShortString,
    pub(super) dead: ShortString,
}

impl Names {
    /// None if they would be too long.
    pub(super) fn of(topic: &str, group: &str) -> Result<Self, BusError> {
        let queue = format!("thalweg.{}.{}", segment(topic), segment(group));
        if queue.len() + SUFFIX > LONGEST {
            let detail = format!(
                "topic `{topic}` and group `{group}`: their names take {} bytes together; RabbitMQ has room for {}",
                topic.len() + group.len(),
                LONGEST - SUFFIX - "thalweg..".len()
            );
            return Err(BusError::BadPlan { detail });
        }
        Ok(Self { exchange: exchange(topic)?, dead: short(&format!("{queue}.dead")), queue: short(&queue) })
    }

    /// The queue in which messages wait so long.
    pub(super) fn wait(&self, wait_ms: u64) -> ShortString {
        short(&format!("{}.wait.{wait_ms}", self.queue))
    }
}

/// The exchange of a topic.
pub(super) fn exchange(topic: &str) -> Result<ShortString, BusError> {
    ShortString::try_new(format!("thalweg.{}", segment(topic))).map_err(|_| BusError::BadPlan {
        detail: format!("topic `{topic}`: the name is too long for RabbitMQ, which has room for {LONGEST} bytes"),
    })
}

/// The longest beginning that has room, for what need not be whole.
pub(super) fn short(text: &str) -> ShortString {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    ShortString::from(&text[..end])
}

fn segment(name: &str) -> String {
    name.replace('.', "~")
}

/// How long a message waits that is to wait `delay`: each time is a queue of its own, so times are rounded up, to four steps an
/// octave, unless they are few. Never sooner, at most a quarter later.
pub(super) fn wait_ms(delay: Duration, is_one_of_few: bool) -> u64 {
    let wait_ms = millis(delay).min(LONGEST_WAIT_MS);
    if is_one_of_few || wait_ms <= 4 {
        return wait_ms;
    }
    let unit = 1 << (wait_ms.ilog2() - 2);
    (wait_ms.div_ceil(unit) * unit).min(LONGEST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_groups_share_a_queue() {
        let queue = |topic, group| Names::of(topic, group).map(|names| names.queue.to_string()).unwrap_or_default();
        assert_eq!(queue("orders", "billing"), "thalweg.orders.billing");
        assert_ne!(queue("a.b", "c"), queue("a", "b.c"));
        let dead = Names::of("a", "b").map(|names| names.dead.to_string()).unwrap_or_default();
        assert_eq!(dead, "thalweg.a.b.dead");
        assert_ne!(queue("a", "b.dead"), dead);
        assert!(matches!(Names::of(&"t".repeat(200), &"g".repeat(100)), Err(BusError::BadPlan { .. })));
    }

    #[test]
    fn waits_are_rounded_up_and_few() {
        let waits: Vec<u64> =
            [0, 3, 5, 9, 600, 1000, 1025, 60_000].map(|ms| wait_ms(Duration::from_millis(ms), false)).into();
        assert_eq!(waits, [0, 3, 5, 10, 640, 1024, 1280, 65_536]);
        assert_eq!(wait_ms(Duration::from_millis(600), true), 600);
        let all: std::collections::BTreeSet<u64> =
            (0..100_000).map(|ms| wait_ms(Duration::from_millis(ms), false)).collect();
        assert!(all.len() < 70, "{} queues", all.len());
        assert_eq!(wait_ms(Duration::from_hours(24 * 365), false), LONGEST_WAIT_MS);
    }
}
