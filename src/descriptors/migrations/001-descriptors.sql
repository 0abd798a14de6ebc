-- Bodies by SHA-256 of their RFC 8785 form.
CREATE TABLE descriptors (
  number INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body TEXT NOT NULL,
  publisher TEXT NOT NULL
) STRICT;
CREATE INDEX descriptors_publisher ON descriptors (publisher);

-- The terms of each body, by its number (src/domain/search-terms.ts); the text itself is not kept twice.
CREATE VIRTUAL TABLE descriptor_search USING fts5(terms, content = '', detail = full);

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
