-- Bodies by SHA-256 of their RFC 8785 form.
CREATE TABLE descriptors (
  hash BLOB PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

-- Bodies that another gateway keeps and this one has yet to fetch.
CREATE TABLE descriptors_wanted (
  hash BLOB PRIMARY KEY,
  registrar TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0 -- milliseconds since 1970
) STRICT;
CREATE INDEX descriptors_wanted_next ON descriptors_wanted (registrar, next_at);

-- How far the registrations on the ledger have been looked at: one row.
CREATE TABLE descriptors_position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  block INTEGER NOT NULL,
  log_index INTEGER NOT NULL,
  block_hash TEXT NOT NULL
) STRICT;
