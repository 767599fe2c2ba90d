//! Names of channels as instrumentations write them, and what they mean.

use crate::names;
use crate::observed::Attributes;
use crate::said::Said;

/// What temporary channels of a system are called together.
pub(crate) const TEMPORARY: &str = "(temporary)";

/// Which channel a span is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The system, in the spelling of the current conventions.
    pub(crate) system: String,
    /// A cluster's id or the address of a broker; nothing when no one said.
    pub(crate) broker: String,
    /// Its name, or the template of many.
    pub(crate) name: String,
    /// The exchange before a queue, where a consumer says so.
    pub(crate) exchange: Option<String>,
    /// Whether the name is an exchange's for sure.
    pub(crate) is_exchange: bool,
    /// The name it had before many were taken for one.
    pub(crate) collapsed: Option<String>,
    /// A subscription that stood within the name.
    pub(crate) subscription: Option<String>,
    /// The attribute that names it.
    pub(crate) said: Said,
}

/// The channel that attributes name. `sends` tells sides apart where they name the same thing differently.
pub(crate) fn destination(attributes: &Attributes<'_>, sends: bool) -> Option<Destination> {
    let system = attributes.text(names::SYSTEM).map(system_name);
    let raw = attributes.named(names::DESTINATION).or_else(|| attributes.named(names::TOPIC_ARN));
    let raw = raw.or_else(|| attributes.named(names::QUEUE_NAME)).or_else(|| attributes.named(names::QUEUE_URL));
    let routing_key = attributes.named(names::ROUTING_KEY);
    // The default exchange has no name: what is published there goes to the queue of the routing key.
    let (said_by, raw) = raw.or(routing_key.filter(|_| sends))?;
    let system = system.unwrap_or_else(|| "unknown".to_owned());
    let mut found = Destination {
        broker: broker(attributes),
        name: raw.to_owned(),
        exchange: None,
        is_exchange: false,
        collapsed: None,
        subscription: None,
        said: Said::new(said_by, raw),
        system,
    };
    match found.system.as_str() {
        "rabbitmq" => split_rabbitmq(&mut found, routing_key, sends),
        "servicebus" => split_servicebus(&mut found),
        "aws_sqs" | "aws_sns" => found.name = last_of(&found.name, &['/', ':']).to_owned(),
        "gcp_pubsub" => {
            let is_subscription = found.name.contains("/subscriptions/");
            found.name = last_of(&found.name, &['/']).to_owned();
            found.subscription = is_subscription.then(|| found.name.clone());
        }
        _ => {}
    }
    if let Some((key, template)) = attributes.named(names::TEMPLATE) {
        found.collapse(template.to_owned(), Said::new(key, template));
    } else if let Some(key) = attributes.is(names::TEMPORARY) {
        found.collapse(TEMPORARY.to_owned(), Said::new(key, "true"));
    } else if let Some(prefix) = generated(&found.name) {
        let said = Said::part(found.said.key, prefix);
        found.collapse(TEMPORARY.to_owned(), said);
    } else if let Some(pattern) = without_ids(&found.name) {
        let literal = pattern.split('*').max_by_key(|part| part.len()).unwrap_or_default().to_owned();
        // Nothing but an id: whatever else names it would find all there are.
        let said = if literal.is_empty() { found.said.clone() } else { Said::part(found.said.key, &literal) };
        found.collapse(pattern, said);
    }
    Some(found)
}

impl Destination {
    fn collapse(&mut self, into: String, said: Said) {
        self.collapsed = Some(std::mem::replace(&mut self.name, into));
        self.said = said;
    }
}

/// A system as the current conventions spell it.
pub(crate) fn system_name(text: &str) -> String {
    let lower = text.to_ascii_lowercase().replace(['.', '-', ' '], "_");
    match lower.as_str() {
        "aws_sqs" | "amazonsqs" | "amazon_sqs" | "sqs" => "aws_sqs",
        "aws_sns" | "amazonsns" | "amazon_sns" | "sns" => "aws_sns",
        "gcp_pubsub" | "pubsub" | "google_pubsub" | "googlepubsub" => "gcp_pubsub",
        "servicebus" | "azure_servicebus" | "azureservicebus" | "microsoft_servicebus" => "servicebus",
        "eventhubs" | "azure_eventhubs" | "microsoft_eventhubs" => "eventhubs",
        "eventgrid" | "azure_eventgrid" | "microsoft_eventgrid" => "eventgrid",
        "apache_kafka" | "kafka" => "kafka",
        "rabbit" | "rabbitmq" | "amqp" => "rabbitmq",
        "nats" | "jetstream" | "nats_jetstream" => "nats",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// The broker: a cluster's id is the same whoever asks; an address is what the client was given.
fn broker(attributes: &Attributes<'_>) -> String {
    if let Some(cluster) = attributes.text(names::CLUSTER) {
        return format!("cluster {cluster}");
    }
    match (attributes.text(names::ADDRESS), attributes.number(names::PORT)) {
        (Some(address), Some(port)) => format!("{address}:{port}"),
        (Some(address), None) => address.to_owned(),
        (None, _) => attributes.text(names::URL).and_then(host_of).unwrap_or_default(),
    }
}

/// Host and port of a URL, of an address, or of the first in a list of them. Never what stands before `@`.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let first = url.trim_start_matches(['[', '"', ' ', '\'']);
    let rest = first.split_once("://").map_or(first, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', ',', '"', '\'']).next()?;
    let host = authority.rsplit('@').next()?.trim_end_matches(']');
    (!host.is_empty()).then(|| host.to_owned())
}

/// The conventions name `{exchange}:{routing key}` where a message is sent, `{exchange}:{routing key}:{queue}` where it is received,
/// leaving out what is empty and a queue that is called like its routing key.
fn split_rabbitmq(found: &mut Destination, routing_key: Option<(&'static str, &str)>, sends: bool) {
    let Some((said_by, key)) = routing_key else { return };
    let name = found.name.clone();
    let is_default = |exchange: &str| matches!(exchange, "" | "amq.default" | "default" | "<default>" | "(default)");
    let exchange_before =
        |rest: &str| rest.strip_suffix(key).and_then(|rest| rest.strip_suffix(':')).map(str::to_owned);
    if sends {
        let exchange = exchange_before(&name).unwrap_or_else(|| name.clone());
        // Named like its key: the default exchange, which the conventions leave out.
        if is_default(&exchange) || exchange == key {
            key.clone_into(&mut found.name);
            found.said = Said::new(said_by, key);
        } else {
            found.name = exchange;
            found.is_exchange = true;
        }
        return;
    }
    let (exchange, queue) = if let Some(exchange) = exchange_before(&name) {
        (exchange, key.to_owned())
    } else if let Some(queue) = name.strip_prefix(key).and_then(|rest| rest.strip_prefix(':')) {
        (String::new(), queue.to_owned())
    } else if let Some((exchange, queue)) = name.split_once(&format!(":{key}:")) {
        (exchange.to_owned(), queue.to_owned())
    } else {
        return;
    };
    found.name = queue;
    found.exchange = Some(exchange).filter(|exchange| !is_default(exchange));
}

/// `orders/Subscriptions/billing` is a subscription of `orders`.
fn split_servicebus(found: &mut Destination) {
    let lower = found.name.to_ascii_lowercase();
    if let Some(at) = lower.find("/subscriptions/") {
        let rest = &found.name[at + "/subscriptions/".len()..];
        let subscription = rest.split('/').next().unwrap_or(rest).to_owned();
        let tail = rest.get(subscription.len()..).unwrap_or_default().to_owned();
        found.name = found.name[..at].to_owned() + &tail;
        found.subscription = Some(subscription);
    }
}

fn last_of<'a>(text: &'a str, separators: &[char]) -> &'a str {
    text.trim_end_matches('/').rsplit(separators).next().filter(|last| !last.is_empty()).unwrap_or(text)
}

/// The beginning of names that brokers and clients make up for one connection.
fn generated(name: &str) -> Option<&'static str> {
    let prefixes = ["amq.gen-", "amq.rabbitmq.reply-to", "_INBOX.", "spring.gen-", "aq."];
    prefixes.into_iter().find(|prefix| name.starts_with(prefix))
}

/// Bytes of a name in which ids are looked for. Kafka takes 249, RabbitMQ 255, Service Bus 260.
const MOST_NAMED: usize = 512;

/// The name with a `*` for each part that is an id (a UUID, or sixteen or more hexadecimal digits); nothing when there is none.
fn without_ids(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    // No broker takes longer names, and every place of one is looked at anew.
    if bytes.len() > MOST_NAMED {
        return None;
    }
    let mut out = String::new();
    let mut changed = false;
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b'-').count();
        let word = &name[at..at + run];
        let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
        let starts = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let ends = bytes.get(at + run).is_none_or(|next| !next.is_ascii_alphanumeric());
        let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
        if run > 0 && starts && ends && has_digit && is_id(word, digits) {
            out.push('*');
            changed = true;
            at += run;
        } else {
            let step = name[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&name[at..at + step]);
            at += step;
        }
    }
    changed.then_some(out)
}

fn is_id(word: &str, digits: usize) -> bool {
    let dashes = word.bytes().filter(|byte| *byte == b'-').count();
    let is_uuid = word.len() == 36 && dashes == 4 && [8, 13, 18, 23].iter().all(|at| word.as_bytes()[*at] == b'-');
    is_uuid || (dashes == 0 && digits >= 16)
}

/// Whether a name says that what was given up goes there.
pub(crate) fn is_dead_letters(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = |word: &str| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
    ["dlq", "dlt", "dlx", "deadletter", "deadletters"].iter().any(|word| words(word))
        || ["dead-letter", "dead_letter", "dead.letter", "$deadletterqueue"].iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observed::Field;

    fn read(pairs: &[(&'static str, &'static str)], sends: bool) -> Destination {
        let fields = pairs.iter().map(|(key, value)| (*key, Field::Text(value))).collect();
        destination(&Attributes(fields), sends).expect("a destination")
    }

    #[test]
    fn rabbitmq_names_are_taken_apart() {
        const NAME: &str = "messaging.destination.name";
        const KEY: &str = "messaging.rabbitmq.destination.routing_key";
        // name, routing key, sends: queue or exchange, exchange before it
        let cases = [
            ("shop:order.placed", "order.placed", true, "shop", None),
            ("mails", "mails", true, "mails", None),
            ("amq.default", "mails", true, "mails", None),
            ("shop:order.placed:invoices", "order.placed", false, "invoices", Some("shop")),
            ("shop:invoices", "invoices", false, "invoices", Some("shop")),
            ("order.placed:invoices", "order.placed", false, "invoices", None),
            ("invoices", "order.placed", false, "invoices", None),
        ];
        for (name, key, sends, expected, exchange) in cases {
            let found = read(&[("messaging.system", "rabbitmq"), (NAME, name), (KEY, key)], sends);
            assert_eq!((found.name.as_str(), found.exchange.as_deref()), (expected, exchange), "{name}");
        }
    }

    #[test]
    fn many_names_become_one() {
        let cases = [
            ("amq.gen-JzTY20BRgKO-HjmUJj0wLg", TEMPORARY),
            ("_INBOX.8ZQk2.1", TEMPORARY),
            ("replies.0af76519-16cd-43dd-8448-eb211c80319c", "replies.*"),
            ("tenant/0af7651916cd43dd8448eb211c80319c/orders", "tenant/*/orders"),
            ("0af7651916cd43dd8448eb211c80319c", "*"),
            ("orders-2026-11-30", "orders-2026-11-30"),
            ("façade", "façade"),
            ("deadbeefdeadbeefdeadbeef", "deadbeefdeadbeefdeadbeef"),
        ];
        for (name, expected) in cases {
            let found = read(&[("messaging.destination", name)], true);
            assert_eq!(found.name, expected);
            // Whoever searches for it finds this one again.
            assert_eq!(found.said.key, "messaging.destination");
            assert!(name.contains(&found.said.value) && (found.said.is_part || found.said.value == name));
            assert!(!found.said.value.is_empty());
        }
    }

    /// Behind the default exchange it is the routing key that names a queue, of many too.
    #[test]
    fn queues_of_the_default_exchange_are_found_by_their_key() {
        const KEY: &str = "messaging.rabbitmq.destination.routing_key";
        let cases = [
            ("amq.gen-JzTY20BRgKO-HjmUJj0wLg", TEMPORARY, "amq.gen-", true),
            ("replies.0af76519-16cd-43dd-8448-eb211c80319c", "replies.*", "replies.", true),
            ("0af76519-16cd-43dd-8448-eb211c80319c", "*", "0af76519-16cd-43dd-8448-eb211c80319c", false),
        ];
        for (key, name, value, is_part) in cases {
            let exchange =
                [("messaging.system", "rabbitmq"), ("messaging.destination.name", "amq.default"), (KEY, key)];
            let found = read(&exchange, true);
            assert_eq!((found.name.as_str(), found.said.key), (name, KEY));
            assert_eq!((found.said.value.as_str(), found.said.is_part), (value, is_part));
        }
    }

    #[test]
    fn clouds_write_paths() {
        let cases = [
            ("AmazonSQS", "https://sqs.eu-central-1.amazonaws.com/1234/orders", "orders", None),
            ("aws_sns", "arn:aws:sns:eu-central-1:1234:orders", "orders", None),
            ("gcp_pubsub", "projects/shop/topics/orders", "orders", None),
            ("gcp_pubsub", "projects/shop/subscriptions/billing", "billing", Some("billing")),
            ("servicebus", "orders/Subscriptions/billing", "orders", Some("billing")),
            ("servicebus", "orders/Subscriptions/billing/$DeadLetterQueue", "orders/$DeadLetterQueue", Some("billing")),
        ];
        for (system, name, expected, subscription) in cases {
            let found = read(&[("messaging.system", system), ("messaging.destination.name", name)], false);
            assert_eq!((found.name.as_str(), found.subscription.as_deref()), (expected, subscription));
        }
    }

    #[test]
    fn addresses_keep_no_secrets() {
        assert_eq!(host_of("amqp://guest:secret@rabbit:5672/%2f").as_deref(), Some("rabbit:5672"));
        assert_eq!(host_of(r#"["kafka-1:9092", "kafka-2:9092"]"#).as_deref(), Some("kafka-1:9092"));
        assert_eq!(host_of("localhost:9092").as_deref(), Some("localhost:9092"));
        assert_eq!(host_of(""), None);
    }

    #[test]
    fn dead_letters_by_name() {
        for name in ["orders-dlq", "orders.DLT", "orders_dead_letter", "orders/$DeadLetterQueue", "DLQ"] {
            assert!(is_dead_letters(name), "{name}");
        }
        assert!(!is_dead_letters("orders") && !is_dead_letters("sdlqx"));
    }
}
