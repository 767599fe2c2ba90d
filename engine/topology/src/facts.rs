//! What one span says: which part it plays with which message.

use std::hash::{Hash, Hasher};

use crate::destination::{Destination, destination};
use crate::names;
use crate::observed::{Attributes, Kind, Observed};
use crate::said::Said;

/// A span's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes a message that is sent later.
    Create,
    /// Sends one or more.
    Send,
    /// Fetches some.
    Receive,
    /// Handles one or more.
    Process,
    /// Says what became of one.
    Settle,
    /// Asks another and waits.
    Call,
    /// Answers another.
    Serve,
    /// Anything else.
    Other,
}

/// What a span says about messages.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) role: Role,
    pub(crate) destination: Option<Destination>,
    pub(crate) group: Option<String>,
    /// The attribute that names the group.
    pub(crate) group_said: Option<Said>,
    pub(crate) partition: Option<String>,
    /// How many messages.
    pub(crate) weight: u64,
    /// Whether it says itself that it is not the first delivery.
    pub(crate) redelivered: bool,
    /// Whether it says itself that the message was given up.
    pub(crate) given_up: bool,
    /// A key of the message by its id.
    pub(crate) message: Option<u64>,
    /// A key of the message by its place in a log.
    pub(crate) offset: Option<u64>,
}

impl Facts {
    pub(crate) fn of(span: &Observed<'_>) -> Self {
        let role = role(span);
        let mut facts = Self {
            role,
            destination: None,
            group: None,
            group_said: None,
            partition: None,
            weight: 1,
            redelivered: false,
            given_up: false,
            message: None,
            offset: None,
        };
        if !matches!(role, Role::Create | Role::Send | Role::Receive | Role::Process | Role::Settle) {
            return facts;
        }
        let sends = matches!(role, Role::Create | Role::Send);
        let attributes = &span.attributes;
        // In a batch what is one message's own stands on its link.
        let found = destination(attributes, sends).or_else(|| {
            let mut found =
                span.links.iter().find_map(|link| destination(&with_system(&link.attributes, attributes), sends))?;
            found.said.on_link = true;
            Some(found)
        });
        if let Some(found) = &found
            && !sends
        {
            let named = attributes.named(names::GROUP).or_else(|| attributes.named(names::SUBSCRIPTION));
            facts.group_said = named.map(|(key, name)| Said::new(key, name));
            facts.group = named.map(|(_, name)| name.to_owned());
            if let (None, Some(subscription)) = (&facts.group, &found.subscription) {
                facts.group = Some(subscription.clone());
                facts.group_said = Some(found.said.clone());
            }
        }
        facts.partition = word(attributes, names::PARTITION);
        let said = attributes.number(names::BATCH).unwrap_or(1);
        let linked = if sends || span.links.len() <= 1 { 1 } else { span.links.len() as u64 };
        // A number that no one can mean would outweigh all others.
        facts.weight = said.clamp(linked.max(1), MOST_AT_ONCE.max(linked));
        facts.redelivered = attributes.number(names::DELIVERIES).is_some_and(|deliveries| deliveries > 1);
        facts.given_up = attributes.text(names::DISPOSITION).is_some_and(|said| said.contains("dead"));
        if let Some(found) = &found {
            facts.message = message_key(attributes, found);
            facts.offset = offset_key(attributes, found, facts.partition.as_deref());
        }
        facts.destination = found;
        facts
    }

    /// Whether it is about messages and says where they are.
    pub(crate) fn channel(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }
}

/// More messages in one span than this are taken for a mistake.
const MOST_AT_ONCE: u64 = 1_000_000;

/// A link's attributes, with the system and address of its span where it says none.
fn with_system<'a>(link: &Attributes<'a>, span: &Attributes<'a>) -> Attributes<'a> {
    let mut both = link.clone();
    both.0.extend(span.0.iter().copied());
    both
}

/// The message of a link by its own id or place.
pub(crate) fn link_message(link: &Attributes<'_>, of: &Destination) -> Option<u64> {
    let partition = word(link, names::PARTITION);
    message_key(link, of).or_else(|| offset_key(link, of, partition.as_deref()))
}

fn message_key(attributes: &Attributes<'_>, of: &Destination) -> Option<u64> {
    let id = word(attributes, names::MESSAGE_ID)?;
    // An id holds within its system: brokers carry it from exchange to queue, from topic to subscription.
    Some(key(&("id", &of.system, id)))
}

fn offset_key(attributes: &Attributes<'_>, of: &Destination, partition: Option<&str>) -> Option<u64> {
    let offset = attributes.number(names::OFFSET)?;
    // Clients of one cluster know it by many addresses: the broker is left out.
    Some(key(&("offset", &of.system, &of.name, partition?, offset)))
}

/// Equal for equal values, on every machine.
pub(crate) fn key(value: &impl Hash) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash(&mut hasher);
    // Mixed once more: FNV's high bits are poor for short values (Stafford's mix 13).
    let mut mixed = hasher.finish();
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// FNV-1a.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn word(attributes: &Attributes<'_>, keys: &[&'static str]) -> Option<String> {
    let number = |key: &&'static str| attributes.number(&[key]).map(|number| number.to_string());
    keys.iter().find_map(|key| attributes.text(&[key]).map(str::to_owned).or_else(|| number(key)))
}

/// By what the span does (`messaging.operation.type`, or its older name), else by its kind.
fn role(span: &Observed<'_>) -> Role {
    let attributes = &span.attributes;
    let is_messaging = attributes.first(names::SYSTEM).is_some() || attributes.first(names::DESTINATION).is_some();
    let operation = attributes.text(names::OPERATION).or_else(|| attributes.text(names::OPERATION_NAME));
    let by_operation = operation.and_then(|operation| match operation.to_ascii_lowercase().as_str() {
        "create" => Some(Role::Create),
        "send" | "publish" | "produce" => Some(Role::Send),
        "receive" | "poll" | "fetch" | "pull" => Some(Role::Receive),
        "process" | "deliver" | "consume" | "handle" => Some(Role::Process),
        "settle" | "ack" | "nack" | "reject" | "complete" | "abandon" | "commit" | "dead_letter" => Some(Role::Settle),
        _ => None,
    });
    match (by_operation, span.kind) {
        (Some(role), _) if is_messaging => role,
        (_, Kind::Producer) if is_messaging => Role::Send,
        (_, Kind::Consumer) if is_messaging => Role::Process,
        (_, Kind::Client) => Role::Call,
        (_, Kind::Server) => Role::Serve,
        _ => Role::Other,
    }
}
