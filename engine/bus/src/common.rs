//! What all brokers do alike: what they take and refuse, how an event is known again, how a dead letter tells its story.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::BusError;
use crate::event::{Event, Extension, MAX_EVENT_BYTES};
use crate::plan::GroupPlan;

/// Events that one publish may have.
pub const MAX_PUBLISH: usize = 10_000;
/// Bytes that one publish may have.
pub const MAX_PUBLISH_BYTES: usize = 16 << 20;

/// The most events a group may have unacknowledged.
const MOST_IN_FLIGHT: u32 = 100_000;
/// The most characters that the reason of a dead letter takes in an event's attribute.
const REASON: usize = 500;

/// Names of topics and groups.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), BusError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/');
    if name.is_empty() || name.chars().count() > 200 || !name.chars().all(fits) {
        return Err(BusError::BadName { what, name: name.chars().take(200).collect() });
    }
    Ok(())
}

/// What no broker can do for a group; `leases` are those that this one has.
pub(crate) fn check_group(group: &GroupPlan, leases: &RangeInclusive<Duration>) -> Result<(), BusError> {
    check_name("group", &group.name)?;
    let refuse = |detail: String| Err(BusError::BadPlan { detail });
    if !leases.contains(&group.lease) {
        return refuse(format!(
            "group `{}`: a lease of {} ms; it may be {} s to {} s",
            group.name,
            group.lease.as_millis(),
            leases.start().as_secs(),
            leases.end().as_secs()
        ));
    }
    if group.max_in_flight == 0 || group.max_in_flight > MOST_IN_FLIGHT {
        return refuse(format!(
            "group `{}`: {} events in flight; it may be 1 to {MOST_IN_FLIGHT}",
            group.name, group.max_in_flight
        ));
    }
    if group.retry.attempts == Some(0) {
        return refuse(format!("group `{}`: no attempt at all; at least 1 is made", group.name));
    }
    Ok(())
}

/// Whether events can be taken together.
pub(crate) fn check_events(events: &[Event]) -> Result<(), BusError> {
    if events.len() > MAX_PUBLISH {
        let detail = format!("{} events at once; at most {MAX_PUBLISH} are taken", events.len());
        return Err(BusError::TooMuch { detail });
    }
    let mut bytes = 0;
    for (place, event) in events.iter().enumerate() {
        event.check(MAX_EVENT_BYTES).map_err(|error| BusError::BadEvent { place, error })?;
        bytes += event.size();
    }
    if bytes > MAX_PUBLISH_BYTES {
        let detail = format!("{bytes} bytes at once; at most {MAX_PUBLISH_BYTES} are taken: publish fewer together");
        return Err(BusError::TooMuch { detail });
    }
    Ok(())
}

/// What an event is known by: a hash of 128 bits of source and id.
pub(crate) fn identity(event: &Event) -> u128 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    // The length keeps ("ab", "c") from ("a", "bc").
    hasher.update(&(event.source.len() as u64).to_le_bytes());
    hasher.update(event.source.as_bytes());
    hasher.update(event.id.as_bytes());
    hasher.digest128()
}

/// Why an event was given up, and where it was.
pub(crate) struct End<'a> {
    pub(crate) reason: &'a str,
    pub(crate) attempts: u32,
    pub(crate) topic: &'a str,
    pub(crate) group: &'a str,
    /// Partition and offset, where the broker has such.
    pub(crate) place: Option<(u32, u64)>,
}

/// An event with the story of its end, as a topic of dead letters gets it.
pub(crate) fn with_end(event: &Event, end: &End<'_>) -> Event {
    let mut told = event.clone();
    let mut tell = |name: &str, value: Extension| told.extensions.insert(name.to_owned(), value);
    let number = |number: u32| Extension::Number(i32::try_from(number).unwrap_or(i32::MAX));
    let reason = end.reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON).collect();
    tell("deadletterreason", Extension::Text(reason));
    tell("deadletterattempts", number(end.attempts));
    tell("deadlettertopic", Extension::Text(end.topic.to_owned()));
    tell("deadlettergroup", Extension::Text(end.group.to_owned()));
    if let Some((part, offset)) = end.place {
        tell("deadletterpart", number(part));
        // An offset may be more than the 32 bits that a number has.
        tell("deadletteroffset", Extension::Text(offset.to_string()));
    }
    told
}
