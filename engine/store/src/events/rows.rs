//! What is written to a file of events and read from it.

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Opaque here.
    pub settings: Vec<u8>,
    /// Repeated events that were not stored again.
    pub duplicates: u64,
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Its number, below [`MOST_LOGS`].
    pub id: u32,
    /// The topic's number.
    pub topic: u32,
    /// Which partition, from 0.
    pub part: u32,
    /// The oldest offset that is kept.
    pub first: u64,
    /// The offset that comes next, at most [`MOST_OFFSET`].
    pub next: u64,
    /// Events that are kept.
    pub events: u64,
    /// Bytes of their batches.
    pub bytes: u64,
    /// Offsets below are of one event for each key.
    pub compacted: u64,
}

/// How many logs a file can have.
pub const MOST_LOGS: u32 = 1 << 22;
/// How far offsets go.
pub const MOST_OFFSET: u64 = (1 << 40) - 1;

/// What one commit brought to one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRow {
    /// Whose it is.
    pub log: u32,
    /// Its first offset.
    pub first: u64,
    /// The offset after its last; those in between may be gone.
    pub next: u64,
    /// How many events it has.
    pub events: u64,
    /// When its first and its last were stored, milliseconds since 1970.
    pub from_ms: u64,
    /// When its first and its last were stored, milliseconds since 1970.
    pub to_ms: u64,
    /// Opaque here.
    pub data: Vec<u8>,
}

/// Who reads a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Its number.
    pub id: u32,
    /// The topic's number.
    pub topic: u32,
    /// Its name.
    pub name: String,
    /// Opaque here.
    pub settings: Vec<u8>,
}

/// How far a group is in a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CursorRow {
    /// The group's number.
    pub group: u32,
    /// The log's number.
    pub log: u32,
    /// Everything below is done.
    pub below: u64,
    /// What is done of the rest, opaque here.
    pub done: Vec<u8>,
    /// Events acknowledged.
    pub acked: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Events given up.
    pub dead: u64,
    /// Events that retention took before.
    pub expired: u64,
    /// Dead letters given to the group again.
    pub redriven: u64,
    /// Dead letters thrown away.
    pub purged: u64,
}

/// An event that is owed another attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// The group's number.
    pub group: u32,
    /// The log's number.
    pub log: u32,
    /// Its offset.
    pub at: u64,
    /// Attempts that failed.
    pub failures: u32,
    /// When the next is due, milliseconds since 1970.
    pub due_ms: u64,
    /// How long it was to wait.
    pub delay_ms: u64,
    /// What orders it.
    pub key: Option<u64>,
    /// The dead letter that it is redriven from.
    pub dead_letter: Option<u64>,
    /// Opaque here.
    pub history: Vec<u8>,
}

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterRow {
    /// Its number.
    pub id: u64,
    /// The group's number.
    pub group: u32,
    /// The group is owed it again.
    pub is_redriven: bool,
    /// How often that was.
    pub redriven: u32,
    /// Where it was.
    pub log: u32,
    /// Where it was.
    pub at: u64,
    /// When it was given up, milliseconds since 1970.
    pub dead_ms: u64,
    /// Opaque here.
    pub story: Vec<u8>,
    /// Opaque here.
    pub event: Vec<u8>,
}

/// An event whose time has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRow {
    /// Its number.
    pub id: u64,
    /// The topic's number.
    pub topic: u32,
    /// When it is due, milliseconds since 1970.
    pub due_ms: u64,
    /// Opaque here.
    pub event: Vec<u8>,
}

/// The numbers that were given last; the next is one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Of topics.
    pub topic: u32,
    /// Of logs.
    pub log: u32,
    /// Of groups.
    pub group: u32,
    /// Of dead letters.
    pub dead_letter: u64,
    /// Of scheduled events.
    pub scheduled: u64,
    /// Of batches of identities.
    pub seen: u64,
}

/// One change; several are committed together ([`super::EventFile::commit`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Makes a topic, or changes its settings and count.
    Topic(TopicRow),
    /// Makes a log, or changes what it counts.
    Log(LogRow),
    /// Appends a batch.
    Batch(BatchRow),
    /// Removes a batch.
    DropBatch {
        /// Of which log.
        log: u32,
        /// Its first offset.
        first: u64,
    },
    /// Keeps identities.
    Seen {
        /// Its number.
        id: u64,
        /// The topic's number.
        topic: u32,
        /// When, milliseconds since 1970.
        at_ms: u64,
        /// 16 bytes each.
        ids: Vec<u8>,
    },
    /// Forgets the identities of a topic up to a number.
    ForgetSeen {
        /// The topic's number.
        topic: u32,
        /// The last one's number.
        up_to: u64,
    },
    /// Makes a group, or changes its settings.
    Group(GroupRow),
    /// Makes or moves a cursor.
    Cursor(CursorRow),
    /// Lets an event wait, or wait again.
    Wait(WaitingRow),
    /// An event waits no longer.
    Waited {
        /// The group's number.
        group: u32,
        /// The log's number.
        log: u32,
        /// Its offset.
        at: u64,
    },
    /// Nothing of a group waits any longer; dead letters that were redriven and not handled are dead again.
    ForgetWaiting {
        /// The group's number.
        group: u32,
    },
    /// Makes or changes a dead letter.
    DeadLetter(DeadLetterRow),
    /// Removes a dead letter.
    DropDeadLetter {
        /// Its number.
        id: u64,
    },
    /// Keeps an event until its time.
    Schedule(ScheduledRow),
    /// Its time has come.
    Unschedule {
        /// Its number.
        id: u64,
    },
}
