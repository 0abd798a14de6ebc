-- All of it can be rebuilt from the ledger.
CREATE TABLE blocks (
  number INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  timestamp INTEGER NOT NULL        -- Unix second
);

-- Blocks that vanished from the ledger, with the newest block that stayed: where a cursor of theirs goes on.
CREATE TABLE vanished_blocks (
  hash TEXT PRIMARY KEY,
  common_block INTEGER NOT NULL,
  common_hash TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
  place INTEGER PRIMARY KEY,        -- block × 2^20 + log index
  transaction_hash BLOB NOT NULL,
  contract TEXT NOT NULL,           -- as the deployment names it
  topics BLOB NOT NULL,             -- 32 bytes each
  data BLOB NOT NULL,
  name TEXT NOT NULL,
  asset_id BLOB                     -- of a log in an asset's history
);
CREATE INDEX events_by_asset ON events (asset_id, place) WHERE asset_id IS NOT NULL;

CREATE TABLE assets (
  place INTEGER PRIMARY KEY,        -- of its registration
  asset_id BLOB NOT NULL UNIQUE,
  content_root BLOB NOT NULL,
  descriptor_hash BLOB NOT NULL,
  transaction_hash BLOB NOT NULL,
  region TEXT NOT NULL,
  registrar TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  review_digest TEXT NOT NULL,
  holder TEXT NOT NULL,             -- named at registration
  kind INTEGER NOT NULL,
  rights INTEGER NOT NULL,          -- claimed at registration
  class INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  theme INTEGER NOT NULL,
  prohibited_uses INTEGER NOT NULL,
  persons INTEGER NOT NULL,
  sensitive_persons INTEGER NOT NULL,
  upstream_rate INTEGER NOT NULL,   -- published now
  parents TEXT NOT NULL,            -- JSON
  ancestors TEXT NOT NULL,          -- JSON
  notice_ends INTEGER NOT NULL,
  holds INTEGER NOT NULL DEFAULT 0, -- that stand
  is_retired INTEGER NOT NULL DEFAULT 0,
  hold_party TEXT,
  use_party TEXT,
  operate_party TEXT,
  history_head BLOB NOT NULL,
  history_length INTEGER NOT NULL
);
CREATE INDEX assets_by_region ON assets (region, class);
CREATE INDEX assets_by_descriptor ON assets (descriptor_hash);
CREATE INDEX assets_by_notice ON assets (notice_ends);
CREATE INDEX assets_held ON assets (place) WHERE holds > 0;
CREATE INDEX assets_retired ON assets (place) WHERE is_retired = 1;

-- Who has any right in what.
CREATE TABLE holdings (
  party TEXT NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (party, place)
) WITHOUT ROWID;

CREATE TABLE holds (
  asset_id BLOB NOT NULL,
  source TEXT NOT NULL,
  by_party TEXT NOT NULL,
  case_number TEXT NOT NULL,
  ground TEXT NOT NULL,
  PRIMARY KEY (asset_id, source)
) WITHOUT ROWID;

CREATE TABLE regions (
  number INTEGER PRIMARY KEY,
  region TEXT NOT NULL UNIQUE,
  regulator TEXT NOT NULL,
  is_halted INTEGER NOT NULL DEFAULT 0,
  notice_period INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE parties (
  party TEXT PRIMARY KEY,
  region INTEGER NOT NULL,
  sponsor TEXT NOT NULL,
  class INTEGER NOT NULL,
  roles INTEGER NOT NULL,
  scheme INTEGER NOT NULL,
  identifier TEXT,
  valid_until INTEGER NOT NULL,
  is_suspended INTEGER NOT NULL DEFAULT 0,
  controlling_group TEXT NOT NULL,
  key_epoch INTEGER NOT NULL DEFAULT 0,
  payout_address TEXT,
  next_payout_address TEXT,
  next_payout_at INTEGER,
  endpoint TEXT,
  recovery_key TEXT,
  recovery_completable_at INTEGER,
  recovery_objected INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX parties_by_sponsor ON parties (sponsor, party);

CREATE TABLE keys (
  key TEXT PRIMARY KEY,
  party TEXT NOT NULL,
  roles INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  is_revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX keys_by_party ON keys (party);
