//! The rows, by broker. Every value that is not a vendor's or measured says that it is assumed.

use super::Setting as S;
use super::Source::{Assumption, Measured, Vendor};
use super::{Entry, Setting, Source, Value};
use crate::model::BrokerKind::{Eventbridge, Eventgrid, Kafka, Nats, Pubsub, Rabbitmq, Sns, Sqs};
use crate::model::{BrokerKind, Duration, Jitter, Size};

const fn ms(millis: u64) -> Duration {
    Duration::from_nanos(millis * 1_000_000)
}

const fn s(seconds: u64) -> Duration {
    ms(seconds * 1000)
}

const fn time(time: Duration) -> Value {
    Value::Time(time)
}

const fn us_latency(p50: u64, p99: u64) -> Value {
    Value::Latency { p50: Duration::from_nanos(p50 * 1000), p99: Duration::from_nanos(p99 * 1000) }
}

const fn exponential(first: Duration, max: Duration, jitter: Jitter) -> Value {
    Value::Exponential { first, factor: 2.0, max, jitter }
}

const fn row(broker: BrokerKind, setting: Setting, value: Value, source: Source) -> Entry {
    Entry { broker, variant: "", setting, value, source }
}

const fn of(broker: BrokerKind, variant: &'static str, setting: Setting, value: Value, source: Source) -> Entry {
    Entry { broker, variant, setting, value, source }
}

const DAY: Duration = s(86_400);
const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

const KAFKA_CONSUMER: Source = Vendor("Apache Kafka 4.0, ConsumerConfig");
const KAFKA_PRODUCER: Source = Vendor("Apache Kafka 4.0, ProducerConfig");
const KAFKA_BROKER: Source = Vendor("Apache Kafka 4.0, GroupCoordinatorConfig, ServerLogConfigs");
const KAFKA_SHARE: Source = Vendor("kafka.apache.org, Group Configs (share groups)");
const RABBIT_CONSUMERS: Source = Vendor("rabbitmq.com, Consumers");
const RABBIT_QUORUM: Source = Vendor("rabbitmq.com, Quorum Queues");
const RABBIT_3_10: Source = Measured("RabbitMQ 3.10.8");
const RABBIT_LENGTH: Source = Vendor("rabbitmq.com, Queue Length Limit");
const SQS_API: Source = Vendor("AWS API model, SQS");
const EVENTBRIDGE_API: Source = Vendor("AWS API model, EventBridge (PutTargets, RetryPolicy)");
const EVENTBRIDGE_V2: Source = Vendor("AWS API model, EventBridge custom event bus (2025-05-15)");
const EVENTBRIDGE_QUOTAS: Source = Vendor("Amazon EventBridge quotas, us-east-1");
const SNS_RETRIES: Source = Vendor("Amazon SNS message delivery retries");
const PUBSUB_API: Source = Vendor("Google Cloud Pub/Sub API, Subscription");
const PUBSUB_CLIENT: Source = Vendor("google-cloud-pubsub 2.44 for Python, FlowControl");
const GRID_RETRY: Source = Vendor("Azure Event Grid delivery and retry");
const GRID_NAMESPACE: Source = Vendor("Azure Event Grid namespace delivery and retry");
const NATS_CONSUMER: Source = Vendor("docs.nats.io, JetStream Consumers");
const NATS_2_9: Source = Measured("NATS 2.9.10");
const NATS_STREAM: Source = Vendor("docs.nats.io, JetStream Streams");
const TYPICAL: Source = Assumption("a usual figure of a lightly loaded broker in one region; set your own");

/// SNS to SQS, Lambda, Firehose: 3 at once, 2 after 1 s, 10 exponentially from 1 s to 20 s, then every 20 s.
const SNS_MANAGED: &[Duration] = &[
    ms(0),
    ms(0),
    ms(0),
    s(1),
    s(1),
    ms(1000),
    ms(1395),
    ms(1946),
    ms(2714),
    ms(3786),
    ms(5282),
    ms(7368),
    ms(10_278),
    ms(14_337),
    s(20),
];

/// The published steps of Event Grid; the last one repeats.
const GRID_STEPS: &[Duration] =
    &[s(10), s(30), s(60), s(300), s(600), s(1800), s(3600), s(10_800), s(21_600), s(43_200)];

pub(super) const TABLE: &[Entry] = &[
    // Apache Kafka. The variant `share` is a share group (KIP-932), `consumer` the group protocol of KIP-848.
    row(Kafka, S::PublishLatency, us_latency(2000, 6400), TYPICAL),
    row(Kafka, S::DeliveryLatency, us_latency(2000, 10_000), TYPICAL),
    row(Kafka, S::Partitions, Value::Count(1), KAFKA_BROKER),
    row(Kafka, S::MaxPollRecords, Value::Count(500), KAFKA_CONSUMER),
    row(Kafka, S::MaxPollInterval, time(s(300)), KAFKA_CONSUMER),
    row(Kafka, S::SessionTimeout, time(s(45)), KAFKA_CONSUMER),
    row(Kafka, S::HeartbeatInterval, time(s(3)), KAFKA_CONSUMER),
    of(Kafka, "consumer", S::SessionTimeout, time(s(45)), KAFKA_BROKER),
    of(Kafka, "consumer", S::HeartbeatInterval, time(s(5)), KAFKA_BROKER),
    row(Kafka, S::AutoCommitInterval, time(s(5)), KAFKA_CONSUMER),
    row(Kafka, S::InitialRebalanceDelay, time(s(3)), KAFKA_BROKER),
    row(Kafka, S::Rebalance, Value::Word("eager"), KAFKA_CONSUMER),
    of(Kafka, "consumer", S::Rebalance, Value::Word("cooperative"), Vendor("Apache Kafka, KIP-848")),
    row(
        Kafka,
        S::RebalanceTime,
        time(s(3)),
        Assumption("members learn of a rebalance with their next heartbeat, every 3 s"),
    ),
    row(Kafka, S::OffsetReset, Value::Word("latest"), KAFKA_CONSUMER),
    row(Kafka, S::BatchWait, time(ms(500)), KAFKA_CONSUMER),
    row(Kafka, S::Linger, time(ms(5)), Vendor("Apache Kafka, KIP-1030")),
    row(Kafka, S::DeliveryTimeout, time(s(120)), KAFKA_PRODUCER),
    row(Kafka, S::ResponseTimeout, time(s(30)), KAFKA_PRODUCER),
    row(Kafka, S::MinInsyncReplicas, Value::Count(1), KAFKA_BROKER),
    row(Kafka, S::Retention, time(Duration::from_nanos(7 * DAY.as_nanos())), KAFKA_BROKER),
    row(Kafka, S::MaxMessageSize, Value::Size(Size::from_bytes(MB + 12)), KAFKA_BROKER),
    row(Kafka, S::MaxDeliveries, Value::Unlimited, KAFKA_CONSUMER),
    of(Kafka, "share", S::AckDeadline, time(s(30)), KAFKA_SHARE),
    of(Kafka, "share", S::MaxDeliveries, Value::Count(5), KAFKA_SHARE),
    of(Kafka, "share", S::MaxAckPending, Value::Count(2000), KAFKA_SHARE),
    // RabbitMQ. The variants are the types of queues.
    of(Rabbitmq, "classic", S::PublishLatency, us_latency(1000, 10_240), TYPICAL),
    of(Rabbitmq, "quorum", S::PublishLatency, us_latency(2400, 17_300), RABBIT_3_10),
    of(Rabbitmq, "classic", S::DeliveryLatency, us_latency(320, 5500), RABBIT_3_10),
    of(Rabbitmq, "quorum", S::DeliveryLatency, us_latency(4100, 16_900), RABBIT_3_10),
    row(Rabbitmq, S::QueueType, Value::Word("classic"), Vendor("rabbitmq.com, Queues")),
    row(Rabbitmq, S::Prefetch, Value::Unlimited, Vendor("rabbitmq.com, Consumer Prefetch")),
    of(
        Rabbitmq,
        "quorum",
        S::PrefetchCap,
        Value::Count(2000),
        Vendor("rabbitmq.com, Consumer Acknowledgements and Publisher Confirms"),
    ),
    row(Rabbitmq, S::ConsumerTimeout, time(s(1800)), RABBIT_CONSUMERS),
    row(Rabbitmq, S::ConsumerTimeoutCheck, time(s(60)), RABBIT_CONSUMERS),
    row(Rabbitmq, S::NackDelay, time(ms(0)), RABBIT_3_10),
    of(Rabbitmq, "classic", S::Requeue, Value::Word("original"), RABBIT_3_10),
    of(Rabbitmq, "quorum", S::Requeue, Value::Word("tail"), RABBIT_3_10),
    of(Rabbitmq, "quorum with a limit", S::Requeue, Value::Word("head"), RABBIT_QUORUM),
    row(
        Rabbitmq,
        S::MaxDeliveries,
        Value::Unlimited,
        Vendor("rabbitmq.com, Quorum Queues 3.13 (from 4.0 a quorum queue has a delivery limit of 20)"),
    ),
    row(Rabbitmq, S::Overflow, Value::Word("drop-head"), RABBIT_LENGTH),
    row(
        Rabbitmq,
        S::MemoryWatermark,
        Value::Share(0.6),
        Vendor("rabbitmq.com, Memory Threshold and Limit (0.4 up to 3.13)"),
    ),
    row(Rabbitmq, S::MaxMessageSize, Value::Size(Size::from_bytes(16 * MB)), Vendor("rabbitmq.com, Limits")),
    row(Rabbitmq, S::HeartbeatInterval, time(s(60)), Vendor("rabbitmq.com, Heartbeats")),
    // Amazon EventBridge. The variant `custom` is the custom event bus of 2025; all others are the classic bus.
    row(Eventbridge, S::PublishLatency, us_latency(15_000, 60_600), TYPICAL),
    row(
        Eventbridge,
        S::DeliveryLatency,
        us_latency(60_000, 130_000),
        Assumption("p90 of 80 ms in the AWS Architecture Blog (2026)"),
    ),
    row(
        Eventbridge,
        S::Backoff,
        exponential(s(1), s(488), Jitter::Full),
        Assumption("published is only \"24 hours, 185 times, exponential backoff and jitter\"; fitted to it"),
    ),
    // 185 retries after the first attempt.
    row(Eventbridge, S::MaxDeliveries, Value::Count(186), EVENTBRIDGE_API),
    row(Eventbridge, S::MaxAge, time(DAY), EVENTBRIDGE_API),
    row(Eventbridge, S::Throttle, Value::Rate(18_750.0), EVENTBRIDGE_QUOTAS),
    of(Eventbridge, "api-destination", S::Throttle, Value::Rate(300.0), EVENTBRIDGE_QUOTAS),
    of(Eventbridge, "publish", S::Throttle, Value::Rate(10_000.0), EVENTBRIDGE_QUOTAS),
    of(Eventbridge, "custom", S::MaxDeliveries, Value::Count(6), EVENTBRIDGE_V2),
    of(Eventbridge, "custom", S::MaxAge, time(s(300)), EVENTBRIDGE_V2),
    of(Eventbridge, "custom", S::Batch, Value::Count(10), EVENTBRIDGE_V2),
    of(Eventbridge, "custom", S::DeduplicationWindow, time(s(300)), EVENTBRIDGE_V2),
    row(Eventbridge, S::MaxMessageSize, Value::Size(Size::from_bytes(MB)), EVENTBRIDGE_API),
    // Amazon SQS. The variant `fifo` is a FIFO queue.
    row(Sqs, S::PublishLatency, us_latency(10_000, 64_300), TYPICAL),
    row(Sqs, S::DeliveryLatency, us_latency(10_000, 100_000), TYPICAL),
    row(Sqs, S::VisibilityTimeout, time(s(30)), SQS_API),
    row(Sqs, S::LateAck, Value::Switch(false), Vendor("Amazon SQS DeleteMessage: the latest receipt handle counts")),
    row(Sqs, S::MaxAckPending, Value::Count(120_000), SQS_API),
    row(Sqs, S::MaxDeliveries, Value::Unlimited, SQS_API),
    of(Sqs, "redrive", S::MaxDeliveries, Value::Count(10), SQS_API),
    row(Sqs, S::Batch, Value::Count(1), SQS_API),
    row(Sqs, S::BatchWait, time(ms(0)), SQS_API),
    row(Sqs, S::Retention, time(Duration::from_nanos(4 * DAY.as_nanos())), SQS_API),
    row(Sqs, S::MaxMessageSize, Value::Size(Size::from_bytes(MB)), SQS_API),
    of(Sqs, "fifo", S::DeduplicationWindow, time(s(300)), SQS_API),
    of(Sqs, "fifo", S::Throttle, Value::Rate(300.0), Vendor("Amazon SQS message quotas (calls per second)")),
    // Amazon SNS. The variants are the kinds of endpoints: `http`, and `customer` for mail, SMS and mobile push.
    row(Sns, S::PublishLatency, us_latency(15_000, 60_600), TYPICAL),
    row(Sns, S::DeliveryLatency, us_latency(30_000, 120_000), TYPICAL),
    row(Sns, S::Backoff, Value::Delays(SNS_MANAGED), SNS_RETRIES),
    // 100 015 retries after the first attempt, over 23 days.
    row(Sns, S::MaxDeliveries, Value::Count(100_016), SNS_RETRIES),
    row(Sns, S::MaxAge, time(Duration::from_nanos(23 * DAY.as_nanos())), SNS_RETRIES),
    of(Sns, "http", S::Backoff, time(s(20)), SNS_RETRIES),
    of(Sns, "http", S::MaxDeliveries, Value::Count(4), SNS_RETRIES),
    of(Sns, "http", S::MaxAge, time(s(3600)), SNS_RETRIES),
    of(
        Sns,
        "customer",
        S::Backoff,
        Value::Delays(&[
            s(10),
            s(10),
            ms(10_000),
            ms(15_761),
            ms(24_840),
            ms(39_149),
            ms(61_701),
            ms(97_244),
            ms(153_262),
            ms(241_550),
            ms(380_697),
            s(600),
        ]),
        SNS_RETRIES,
    ),
    of(Sns, "customer", S::MaxDeliveries, Value::Count(51), SNS_RETRIES),
    of(Sns, "customer", S::MaxAge, time(s(6 * 3600)), SNS_RETRIES),
    row(Sns, S::MaxMessageSize, Value::Size(Size::from_bytes(256 * KB)), Vendor("AWS API model, SNS")),
    // Google Cloud Pub/Sub. The variant `dead-letter` is a subscription that has a dead letter topic.
    row(Pubsub, S::PublishLatency, us_latency(20_000, 102_000), TYPICAL),
    row(Pubsub, S::DeliveryLatency, us_latency(40_000, 200_000), TYPICAL),
    row(Pubsub, S::AckDeadline, time(s(10)), PUBSUB_API),
    row(Pubsub, S::MaxLease, time(s(3600)), PUBSUB_CLIENT),
    row(Pubsub, S::LateAck, Value::Switch(true), PUBSUB_API),
    of(
        Pubsub,
        "exactly-once",
        S::LateAck,
        Value::Switch(false),
        Vendor("Google Cloud Pub/Sub, Exactly-once delivery: only the latest acknowledgement id counts"),
    ),
    row(Pubsub, S::Prefetch, Value::Count(1000), PUBSUB_CLIENT),
    row(Pubsub, S::NackDelay, time(ms(0)), PUBSUB_API),
    of(Pubsub, "retry-policy", S::NackDelay, exponential(s(10), s(600), Jitter::None), PUBSUB_API),
    row(Pubsub, S::MaxDeliveries, Value::Unlimited, PUBSUB_API),
    of(Pubsub, "dead-letter", S::MaxDeliveries, Value::Count(5), PUBSUB_API),
    row(Pubsub, S::Retention, time(Duration::from_nanos(7 * DAY.as_nanos())), PUBSUB_API),
    row(Pubsub, S::MaxMessageSize, Value::Size(Size::from_bytes(10 * MB)), Vendor("Google Cloud Pub/Sub quotas")),
    // Azure Event Grid. The variant `namespace` is a namespace topic that pushes.
    row(Eventgrid, S::PublishLatency, us_latency(30_000, 307_000), TYPICAL),
    row(Eventgrid, S::DeliveryLatency, us_latency(100_000, 1_000_000), TYPICAL),
    row(Eventgrid, S::Backoff, Value::Delays(GRID_STEPS), GRID_RETRY),
    row(Eventgrid, S::MaxDeliveries, Value::Count(30), GRID_RETRY),
    row(Eventgrid, S::MaxAge, time(DAY), GRID_RETRY),
    row(Eventgrid, S::ResponseTimeout, time(s(30)), GRID_RETRY),
    row(Eventgrid, S::DeadLetterDelay, time(s(300)), GRID_RETRY),
    row(Eventgrid, S::Batch, Value::Count(1), GRID_RETRY),
    row(Eventgrid, S::Throttle, Value::Rate(5000.0), Vendor("Azure Event Grid quotas (2020)")),
    row(Eventgrid, S::MaxMessageSize, Value::Size(Size::from_bytes(MB)), Vendor("Azure Event Grid quotas (2020)")),
    of(Eventgrid, "namespace", S::Backoff, Value::Delays(&[s(0), s(10), s(30), s(60), s(300)]), GRID_NAMESPACE),
    of(Eventgrid, "namespace", S::MaxDeliveries, Value::Count(10), GRID_NAMESPACE),
    of(Eventgrid, "namespace", S::MaxAge, time(Duration::from_nanos(7 * DAY.as_nanos())), GRID_NAMESPACE),
    // NATS JetStream.
    row(Nats, S::PublishLatency, us_latency(220, 3970), NATS_2_9),
    row(Nats, S::DeliveryLatency, us_latency(300, 4000), TYPICAL),
    row(Nats, S::AckDeadline, time(s(30)), NATS_CONSUMER),
    row(Nats, S::LateAck, Value::Switch(true), NATS_CONSUMER),
    row(Nats, S::NackDelay, time(ms(0)), NATS_2_9),
    row(Nats, S::Requeue, Value::Word("head"), NATS_2_9),
    row(Nats, S::MaxDeliveries, Value::Unlimited, NATS_CONSUMER),
    row(Nats, S::MaxAckPending, Value::Count(1000), NATS_CONSUMER),
    row(Nats, S::DeduplicationWindow, time(s(120)), NATS_2_9),
    row(Nats, S::Discard, Value::Word("old"), NATS_STREAM),
    row(Nats, S::RetentionPolicy, Value::Word("limits"), NATS_STREAM),
    row(Nats, S::MaxMessageSize, Value::Size(Size::from_bytes(MB)), NATS_STREAM),
];
