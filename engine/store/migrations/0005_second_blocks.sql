PRAGMA user_version = 5;

-- Blocks have a second form from here on: an older program must not meet it.

-- What cannot be read of packed spans and of the log. It stays where it is, left out of every question, packing and retention.
CREATE TABLE set_aside (
    part   TEXT    NOT NULL, -- 'log' or 'block'
    id     INTEGER NOT NULL, -- the row of span_log or block
    detail TEXT    NOT NULL, -- what is wrong with it
    PRIMARY KEY (part, id)
) STRICT, WITHOUT ROWID;

-- The last log record that a sender or scope was named by: once that one is removed it has none.
ALTER TABLE signal_resource ADD COLUMN last_log INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signal_scope ADD COLUMN last_log INTEGER NOT NULL DEFAULT 0;
UPDATE signal_resource SET last_log = coalesce((SELECT max(id) FROM log_record), 0);
UPDATE signal_scope SET last_log = coalesce((SELECT max(id) FROM log_record), 0);
