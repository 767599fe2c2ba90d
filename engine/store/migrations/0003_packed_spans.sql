PRAGMA user_version = 3;

-- What was received and not packed yet, a row for each commit, in the order of commits. Numbers are never given twice: other
-- processes tell by them what they know already.
CREATE TABLE span_log (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    data BLOB    NOT NULL
) STRICT;

-- Packed spans: what a block says of itself. Blocks are in the order of the log; of a span that is in several the last counts.
CREATE TABLE block (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    log_to         INTEGER NOT NULL, -- the last row of the log that is in it
    packed_unix_ms INTEGER NOT NULL,
    bytes          INTEGER NOT NULL, -- of header and columns
    header         BLOB    NOT NULL
) STRICT;

-- The columns of blocks, one a row, so that a question reads only those it is about. `id` is block << 12 | column.
CREATE TABLE block_column (
    id   INTEGER PRIMARY KEY,
    data BLOB    NOT NULL
) STRICT;

-- How far the log is packed, and a number that grows when blocks or rows of the log go otherwise than by being packed.
CREATE TABLE span_state (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    packed_to INTEGER NOT NULL,
    removals  INTEGER NOT NULL
) STRICT;

INSERT INTO span_state (id, packed_to, removals) VALUES (1, 0, 0);

-- One row a span, until each is moved into the log (`src/traces/old.rs`).
DROP TABLE trace_resource;
DROP INDEX trace_newest;
ALTER TABLE trace RENAME TO old_trace;
ALTER TABLE span RENAME TO old_span;
ALTER TABLE resource RENAME TO old_resource;
ALTER TABLE scope RENAME TO old_scope;
