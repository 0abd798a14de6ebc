-- HTTP writes by their idempotency key: the same key of the same tenant is answered by the same operations.
CREATE TABLE requests (
  tenant TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  first_position INTEGER NOT NULL,
  operations INTEGER NOT NULL,
  PRIMARY KEY (tenant, idempotency_key)
) WITHOUT ROWID;

-- Signed bytes. They are stored before they are sent, and sent until they, or others with their nonce, are in a block.
CREATE TABLE transactions (
  id INTEGER PRIMARY KEY,
  nonce INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  raw BLOB,                         -- NULL once it is final for long
  estimated_gas INTEGER NOT NULL,   -- by size, before what was measured corrects it
  state TEXT NOT NULL CHECK (state IN ('signed', 'broadcast', 'mined', 'final', 'abandoned')),
  block_number INTEGER,
  block_hash TEXT,
  was_final INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL       -- Unix milliseconds, like all times here
);
CREATE INDEX transactions_under_way ON transactions (nonce) WHERE state IN ('signed', 'broadcast', 'mined');

CREATE TABLE operations (
  position INTEGER PRIMARY KEY,     -- the order of acceptance
  tag TEXT NOT NULL,                -- random, so that an id of a lost database never names another operation
  tenant TEXT NOT NULL,
  asset_id TEXT,
  command TEXT NOT NULL,            -- JSON, without the review
  review TEXT,                      -- JSON
  awaits_review INTEGER NOT NULL,
  transaction_id INTEGER REFERENCES transactions (id),
  attempts INTEGER NOT NULL DEFAULT 0,
  refusal TEXT,                     -- JSON {code, facts}
  already_done INTEGER NOT NULL DEFAULT 0,
  accepted_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX operations_ready ON operations (position)
  WHERE transaction_id IS NULL AND awaits_review = 0 AND refusal IS NULL;
CREATE INDEX operations_in_review ON operations (position) WHERE awaits_review = 1 AND refusal IS NULL;
CREATE INDEX operations_by_transaction ON operations (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX operations_by_asset ON operations (asset_id) WHERE asset_id IS NOT NULL;
