-- 'THLE': events, as the data file is 'THLW'.
PRAGMA application_id = 1414024261;
-- The format's version. Equal to the number of the newest migration: every migration sets it.
PRAGMA user_version = 1;

-- Topics. What is in `settings` is the caller's affair.
CREATE TABLE topic (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    settings   BLOB    NOT NULL,
    duplicates INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The partitions of topics, each an append-only log. What it holds is counted here, so that nothing has to be counted at opening.
CREATE TABLE log (
    id        INTEGER PRIMARY KEY,
    topic     INTEGER NOT NULL REFERENCES topic (id),
    part      INTEGER NOT NULL,
    first     INTEGER NOT NULL, -- the oldest offset that is kept
    next      INTEGER NOT NULL, -- the offset that comes next
    events    INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    compacted INTEGER NOT NULL, -- offsets below are of one event for each key
    UNIQUE (topic, part)
) STRICT;

-- What one commit brought to one log. `id` is log << 40 | first offset, so that a log is one range and grows at its right edge.
CREATE TABLE batch (
    id      INTEGER PRIMARY KEY,
    next    INTEGER NOT NULL, -- the offset after its last
    events  INTEGER NOT NULL,
    from_ms INTEGER NOT NULL, -- when its first and last were stored
    to_ms   INTEGER NOT NULL,
    bytes   INTEGER NOT NULL, -- of `data`
    data    BLOB    NOT NULL
) STRICT;

-- The identities of events that repeats are recognised by, 16 bytes each; one row for each commit and topic.
CREATE TABLE seen (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    topic INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    ids   BLOB    NOT NULL
) STRICT;

CREATE TABLE consumer_group (
    id       INTEGER PRIMARY KEY,
    topic    INTEGER NOT NULL REFERENCES topic (id),
    name     TEXT    NOT NULL,
    settings BLOB    NOT NULL,
    UNIQUE (topic, name)
) STRICT;

-- How far a group is in a log: everything below `below` is done, and of what is above the ranges in `done`.
CREATE TABLE cursor (
    consumer_group INTEGER NOT NULL,
    log            INTEGER NOT NULL,
    below          INTEGER NOT NULL,
    done           BLOB    NOT NULL,
    acked          INTEGER NOT NULL,
    failed         INTEGER NOT NULL,
    dead           INTEGER NOT NULL,
    expired        INTEGER NOT NULL,
    redriven       INTEGER NOT NULL,
    purged         INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, log)
) STRICT, WITHOUT ROWID;

-- Events whose attempts failed and that are owed another one.
CREATE TABLE waiting (
    consumer_group INTEGER NOT NULL,
    log            INTEGER NOT NULL,
    at             INTEGER NOT NULL, -- offset
    failures       INTEGER NOT NULL,
    due_ms         INTEGER NOT NULL,
    delay_ms       INTEGER NOT NULL, -- how long it was to wait
    key            INTEGER NOT NULL, -- what orders it; 0 for none
    dead_letter    INTEGER,          -- the one it was redriven from
    history        BLOB    NOT NULL, -- opaque here
    PRIMARY KEY (consumer_group, log, at)
) STRICT, WITHOUT ROWID;

-- Events that were given up. A redriven one stays until it is handled. AUTOINCREMENT: a number never means another one later.
CREATE TABLE dead_letter (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    consumer_group INTEGER NOT NULL,
    is_redriven    INTEGER NOT NULL, -- 1: owed to its group again
    redriven       INTEGER NOT NULL, -- how often
    log            INTEGER NOT NULL,
    at             INTEGER NOT NULL, -- offset
    dead_ms        INTEGER NOT NULL,
    story          BLOB    NOT NULL, -- opaque here, as is the event
    event          BLOB    NOT NULL
) STRICT;

CREATE INDEX dead_letter_of_group ON dead_letter (consumer_group, is_redriven, id);

-- Events whose time has not come.
CREATE TABLE scheduled (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    topic  INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    event  BLOB    NOT NULL
) STRICT;

CREATE INDEX scheduled_by_time ON scheduled (due_ms, id);
