//! Counters of each kind of thing. They only ever grow; a window is the difference of two readings.

macro_rules! counts {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: u64,)+
        }

        impl $name {
            /// What was counted after an earlier reading.
            pub(crate) fn since(&self, earlier: &Self) -> Self {
                $name { $($field: self.$field - earlier.$field,)+ }
            }

            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)+
            }

            /// Every count, in a fixed order.
            pub(crate) fn all(&self) -> Vec<u64> {
                vec![$(self.$field,)+]
            }
        }
    };
}

counts! {
    /// Of the whole flow: events produced, messages that groups should have received (`owed`) and how these ended.
    FlowCounts { produced, owed, completed, dead_lettered, lost, deduplicated, retries, duplicates, failed_attempts }
}
counts! {
    /// Of a producer.
    ProducerCounts { produced, rejected }
}
counts! {
    /// Of a channel; `lost` is what it rejected, dropped, let expire or could not route without a dead letter channel.
    ChannelCounts { published, dead_letters, rejected, dropped, expired, lost, delivery_limit, exhausted, routed, unroutable, filtered, delayed, pushes,
        failed_pushes, given_up, deduplicated,
    }
}
counts! {
    /// Of a group: messages that entered it and how they left, and those that its filter kept out.
    GroupCounts { entered, completed, dead_lettered, lost, rebalances, filtered }
}
counts! {
    /// Of a group: for how long it had as many messages unacknowledged as it may have, in nanoseconds.
    PlaceCounts { full }
}
counts! {
    /// Of a channel: messages that it let go of before a group had handled them.
    LimitCounts { trimmed }
}
counts! {
    /// Of a broker's memory: for how long its alarm was on, in nanoseconds, and publishes that had to wait for its end.
    MemoryCounts { alarmed, blocked }
}
counts! {
    /// Of a consumer.
    ConsumerCounts {
        arrivals, attempts, completed, failed_attempts, timed_out, retries, redelivered, dead_lettered, lost,
        duplicates, expired_leases, late_acks,
    }
}
counts! {
    /// Of a service.
    ServiceCounts { calls, completed, failed, throttled, timed_out }
}
