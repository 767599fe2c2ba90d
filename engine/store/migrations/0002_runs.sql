PRAGMA user_version = 2;

-- Simulations that were run, by document. What stands in the texts and blobs is the caller's affair; `flow` and `result` come
-- compressed and stand last: a row is read from its beginning, so that listing never touches their pages.
-- AUTOINCREMENT: a window may hold the number of a run that is gone, and it must not mean another one then.
CREATE TABLE run (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    document        TEXT    NOT NULL, -- its path, or a name for as long as it was never saved
    name            TEXT    NOT NULL DEFAULT '',
    pinned          INTEGER NOT NULL DEFAULT 0,
    deleted_unix_ms INTEGER,          -- when it was taken out of the list; it goes for good some time later
    started_unix_ms INTEGER NOT NULL,
    took_ms         INTEGER NOT NULL,
    version         TEXT    NOT NULL,
    scenario        TEXT    NOT NULL,
    seed            INTEGER NOT NULL, -- u64 as i64, bit by bit
    replications    INTEGER NOT NULL,
    settings        TEXT    NOT NULL,
    figures         TEXT    NOT NULL, -- what a list says of it
    bytes           INTEGER NOT NULL, -- of `flow` and `result`
    flow            BLOB    NOT NULL,
    result          BLOB    NOT NULL
) STRICT;

CREATE INDEX run_of_document ON run (document, id);
