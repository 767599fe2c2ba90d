PRAGMA user_version = 4;

-- Log records and metrics. Their senders are kept apart from those of spans: each is thrown away with what refers to it.
CREATE TABLE signal_resource (
    id      INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    body    BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE signal_scope (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL UNIQUE
) STRICT;

-- Digests of the batches written last: neither a log record nor a point has an identity, so a batch that is sent again, because
-- its answer was lost, is known by its content. Newest last; the oldest go.
CREATE TABLE signal_batch (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE
) STRICT;

-- How often something was removed: a writer that remembers ids forgets them when another one removed their rows.
CREATE TABLE signal_state (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    removals INTEGER NOT NULL
) STRICT;
INSERT INTO signal_state (only, removals) VALUES (1, 0);

-- By arrival. Times are u64 nanoseconds shifted by 2^63 into i64, as those of spans.
CREATE TABLE log_record (
    id         INTEGER PRIMARY KEY,
    time_ns    INTEGER NOT NULL,
    severity   INTEGER NOT NULL,
    resource   INTEGER NOT NULL,
    scope      INTEGER NOT NULL,
    trace_id   BLOB,
    span_id    INTEGER,
    event_name TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    body       BLOB    NOT NULL -- everything else, opaque here
) STRICT;

CREATE INDEX log_by_time ON log_record (time_ns, id);
-- Warnings and worse are few among many: without an index of their own a page of them would look through all the others.
CREATE INDEX log_grave ON log_record (time_ns, id) WHERE severity >= 13;
CREATE INDEX log_of_trace ON log_record (trace_id, time_ns, id) WHERE trace_id IS NOT NULL;

-- What a point belongs to. AUTOINCREMENT: whoever holds the number of a series that is gone must not mean another one.
CREATE TABLE metric_series (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    unit       TEXT    NOT NULL,
    kind       INTEGER NOT NULL,
    resource   INTEGER NOT NULL,
    scope      INTEGER NOT NULL,
    attributes BLOB    NOT NULL,
    about      BLOB    NOT NULL, -- what may change without making it another series, opaque here
    -- Of what is packed.
    points     INTEGER NOT NULL DEFAULT 0,
    first_ns   INTEGER NOT NULL DEFAULT 0,
    last_ns    INTEGER NOT NULL DEFAULT 0,
    last       BLOB,
    UNIQUE (name, unit, kind, resource, scope, attributes)
) STRICT;

-- The points of one commit each, by arrival and as they are: written at the end of one table, however many series they are of.
CREATE TABLE metric_fresh (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- The points of one series each, compressed; made of many fresh ones now and then.
CREATE TABLE metric_chunk (
    id       INTEGER PRIMARY KEY,
    series   INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns  INTEGER NOT NULL,
    points   INTEGER NOT NULL,
    data     BLOB    NOT NULL
) STRICT;

CREATE INDEX metric_chunk_of_series ON metric_chunk (series, last_ns);
