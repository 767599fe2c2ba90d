-- 'THLW': how a foreign SQLite file is told from ours before anything is written to it.
PRAGMA application_id = 1414024279;
-- The data format's version. Equal to the number of the newest migration: every migration sets it.
PRAGMA user_version = 1;

-- What a batch says about its sender, kept once. `body` is opaque here and equal bodies are one row.
CREATE TABLE resource (
    id      INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    body    BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE scope (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL UNIQUE
) STRICT;

-- One row per trace: its summary, kept up to date by the writer, so that listing never counts spans.
-- Times are u64 nanoseconds shifted by 2^63 into i64, which keeps both every value and the order.
CREATE TABLE trace (
    id            INTEGER PRIMARY KEY,
    trace_id      BLOB    NOT NULL UNIQUE,
    start_ns      INTEGER NOT NULL,
    end_ns        INTEGER NOT NULL,
    spans         INTEGER NOT NULL,
    errors        INTEGER NOT NULL,
    root_rank     INTEGER NOT NULL, -- 0: has no parent; 1: the earliest of those that have one
    root_start_ns INTEGER NOT NULL,
    root_span_id  INTEGER NOT NULL,
    root_name     TEXT    NOT NULL,
    root_resource INTEGER NOT NULL REFERENCES resource (id)
) STRICT;

CREATE INDEX trace_newest ON trace (start_ns, id);

-- Clustered by the trace's small number, which grows with arrival: new spans land at the right edge of one B-tree, and a
-- trace is read as one range. No foreign keys: the writer makes the referenced rows in the same transaction, and a check
-- per span would cost more than the insert.
CREATE TABLE span (
    trace     INTEGER NOT NULL,
    span_id   INTEGER NOT NULL,
    parent_id INTEGER,
    resource  INTEGER NOT NULL,
    scope     INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    kind      INTEGER NOT NULL,
    start_ns  INTEGER NOT NULL,
    end_ns    INTEGER NOT NULL,
    error     INTEGER NOT NULL,
    body      BLOB    NOT NULL, -- everything else, opaque here
    PRIMARY KEY (trace, span_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trace_resource (
    trace    INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (trace, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE recent_file (
    path           TEXT    PRIMARY KEY,
    opened_unix_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE preference (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
