//! Attribute names: the current one first, then those of older conventions that SDKs still send
//! (<https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/>; the older ones by the release that had them).

pub(crate) const SYSTEM: &[&str] = &["messaging.system"];
pub(crate) const DESTINATION: &[&str] = &["messaging.destination.name", "messaging.destination"];
pub(crate) const TEMPLATE: &[&str] = &["messaging.destination.template"];
/// Not `messaging.temp_destination` of 1.16 and before: the Python instrumentation of RabbitMQ sets it on every message it sends.
pub(crate) const TEMPORARY: &[&str] = &["messaging.destination.temporary", "messaging.destination.anonymous"];
pub(crate) const PARTITION: &[&str] = &[
    "messaging.destination.partition.id",
    "messaging.kafka.destination.partition",
    "messaging.kafka.partition",
    "messaging.kafka.source.partition",
    "messaging.eventhubs.partition.id",
];
pub(crate) const GROUP: &[&str] = &[
    "messaging.consumer.group.name",
    "messaging.kafka.consumer.group",
    "messaging.kafka.consumer_group",
    "messaging.rocketmq.client_group",
    "messaging.eventhubs.consumer.group",
    "messaging.nats.consumer.name",
];
pub(crate) const SUBSCRIPTION: &[&str] = &[
    "messaging.destination.subscription.name",
    "messaging.servicebus.destination.subscription_name",
    "messaging.eventhubs.subscription.name",
    "messaging.servicebus.subscription.name",
    "messaging.gcp_pubsub.subscription.name",
];
pub(crate) const OPERATION: &[&str] = &["messaging.operation.type", "messaging.operation"];
pub(crate) const OPERATION_NAME: &[&str] = &["messaging.operation.name"];
pub(crate) const MESSAGE_ID: &[&str] = &["messaging.message.id", "messaging.message_id"];
pub(crate) const OFFSET: &[&str] =
    &["messaging.kafka.offset", "messaging.kafka.message.offset", "messaging.kafka.message_offset"];
pub(crate) const BATCH: &[&str] = &["messaging.batch.message_count", "messaging.batch_size"];
pub(crate) const CLUSTER: &[&str] = &["messaging.kafka.cluster.id"];
pub(crate) const ROUTING_KEY: &[&str] =
    &["messaging.rabbitmq.destination.routing_key", "messaging.rabbitmq.routing_key"];
/// A message that comes again says so itself.
pub(crate) const DELIVERIES: &[&str] = &[
    "messaging.servicebus.message.delivery_count",
    "messaging.gcp_pubsub.message.delivery_attempt",
    "messaging.nats.message.delivered_count",
];
pub(crate) const DISPOSITION: &[&str] = &["messaging.servicebus.disposition_status"];
pub(crate) const QUEUE_URL: &[&str] = &["aws.sqs.queue.url", "aws.queue.url", "aws.queue_url"];
pub(crate) const QUEUE_NAME: &[&str] = &["aws.queue.name", "aws.queue_name"];
pub(crate) const TOPIC_ARN: &[&str] = &["aws.sns.topic.arn"];
pub(crate) const URL: &[&str] = &["messaging.url"];
pub(crate) const ADDRESS: &[&str] =
    &["server.address", "net.peer.name", "network.peer.address", "net.sock.peer.addr", "net.peer.ip"];
pub(crate) const PORT: &[&str] = &["server.port", "net.peer.port", "network.peer.port", "net.sock.peer.port"];

pub(crate) const PEER_SERVICE: &[&str] = &["service.peer.name", "peer.service"];
pub(crate) const DB_SYSTEM: &[&str] = &["db.system.name", "db.system"];
pub(crate) const DB_NAME: &[&str] = &["db.namespace", "db.name", "db.instance"];
pub(crate) const RPC_SYSTEM: &[&str] = &["rpc.system.name", "rpc.system"];
pub(crate) const RPC_SERVICE: &[&str] = &["rpc.service"];
pub(crate) const HTTP: &[&str] = &["http.request.method", "http.method"];
pub(crate) const HTTP_HOST: &[&str] = &["http.host"];
pub(crate) const HTTP_URL: &[&str] = &["url.full", "http.url"];
