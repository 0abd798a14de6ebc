-- The secret itself is nowhere: 256 random bits need no salt and no slow hash.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL UNIQUE,
  party TEXT NOT NULL,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL, -- separated by spaces
  created_at INTEGER NOT NULL, -- milliseconds since 1970, as all instants here
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_party ON api_keys (party);
