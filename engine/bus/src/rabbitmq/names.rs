//! How exchanges and queues are called.
//!
//! A topic is the exchange `thalweg.<topic>`; a group the queue `thalweg.<topic>.<group>`, beside it `….dead` for its dead letters
//! and `….wait` for what waits for its next attempt. A dot within a name becomes `~`, which no name has, so that topic `a.b` with group `c` and
//! topic `a` with group `b.c` are not the same queue, and no group is taken for the dead letters of another.

use lapin::types::ShortString;

use crate::error::BusError;

/// What AMQP 0-9-1 gives a name (a short string has one byte for its length).
const LONGEST: usize = 255;
/// The longest suffix of a queue.
const SUFFIX: usize = ".wait".len();

/// The names of a group.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) exchange: ShortString,
    pub(super) queue: ShortString,
    pub(super) dead: ShortString,
    pub(super) wait: ShortString,
}

impl Names {
    /// An error if they would be too long.
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
        Ok(Self {
            exchange: exchange(topic)?,
            dead: short(&format!("{queue}.dead")),
            wait: short(&format!("{queue}.wait")),
            queue: short(&queue),
        })
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
}
