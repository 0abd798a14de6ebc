import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { PartyId } from "../domain/ids.ts";
import type { Database } from "../storage/database.ts";
import type { Scope } from "./scopes.ts";

/** Who asks: a tenant of the gateway, by one of its keys. */
export interface Principal {
  readonly keyId: string;
  readonly party: PartyId;
  readonly scopes: ReadonlySet<Scope>;
}

export interface ApiKey {
  readonly id: string;
  readonly party: PartyId;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt?: number;
}

export interface ApiKeyWish {
  readonly party: PartyId;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970; a year from now where it is left out. */
  readonly expiresAt?: number;
}

/** API keys: 256 random bits, shown once, kept as SHA-256. */
export interface ApiKeys {
  /** The secret is in this answer and nowhere else. */
  create(wish: ApiKeyWish): { readonly key: ApiKey; readonly secret: string };
  /** Nothing for a key that is unknown, expired or revoked; a revocation by another process counts within a second. */
  verify(secret: string): Principal | undefined;
  /** @returns The key, or nothing where `party` (if given) has none of that id. Repeating it changes nothing. */
  revoke(id: string, party?: PartyId): ApiKey | undefined;
  list(party?: PartyId): readonly ApiKey[];
}

const YEAR = 365 * 86_400_000;
/** For so long a verified key is taken without asking the database again. */
const TRUSTED_FOR = 1_000;
/** A bound for the memory that verified keys take; there are rarely more in use. */
const MOST_REMEMBERED = 10_000;
const SECRET = /^dd_[A-Za-z0-9_-]{43}$/;

interface Remembered {
  readonly principal: Principal;
  readonly expiresAt: number;
  readonly readAt: number;
}

/** @param clock Milliseconds since 1970. */
export function createApiKeys(database: Database, clock: () => number): ApiKeys {
  database.migrate("auth", join(import.meta.dirname, "migrations"));
  const insert = database.prepare(
    `INSERT INTO api_keys (id, secret_hash, party, label, scopes, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const bySecret = database.prepare("SELECT * FROM api_keys WHERE secret_hash = ?");
  const byId = database.prepare("SELECT * FROM api_keys WHERE id = ?");
  const all = database.prepare(
    "SELECT * FROM api_keys WHERE (?1 IS NULL OR party = ?1) ORDER BY created_at, id",
  );
  const end = database.prepare("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
  const remembered = new Map<string, Remembered>();

  function read(secret: string, now: number): Remembered | undefined {
    const row = bySecret.get(hashOf(secret));
    if (row === undefined || row.revoked_at !== null) return undefined;
    const key = keyOf(row);
    const principal = { keyId: key.id, party: key.party, scopes: new Set(key.scopes) };
    return { principal, expiresAt: key.expiresAt, readAt: now };
  }

  return {
    create({ party, label, scopes, expiresAt }) {
      const now = clock();
      const key: ApiKey = {
        id: `key_${randomBytes(9).toString("base64url")}`,
        party,
        label,
        scopes,
        createdAt: now,
        expiresAt: expiresAt ?? now + YEAR,
      };
      const secret = `dd_${randomBytes(32).toString("base64url")}`;
      insert.run(key.id, hashOf(secret), party, label, scopes.join(" "), now, key.expiresAt);
      return { key, secret };
    },
    verify(secret) {
      const now = clock();
      let known = remembered.get(secret);
      if (known === undefined || now - known.readAt >= TRUSTED_FOR || now < known.readAt) {
        remembered.delete(secret);
        known = SECRET.test(secret) ? read(secret, now) : undefined;
        if (known === undefined) return undefined;
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(secret, known);
      }
      return now < known.expiresAt ? known.principal : undefined;
    },
    revoke(id, party) {
      const row = byId.get(id);
      if (row === undefined || (party !== undefined && row.party !== party)) return undefined;
      end.run(clock(), id);
      remembered.clear();
      return keyOf(byId.get(id)!);
    },
    list: (party) => all.all(party ?? null).map(keyOf),
  };
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

function keyOf(row: Record<string, unknown>): ApiKey {
  return {
    id: row.id as string,
    party: row.party as PartyId,
    label: row.label as string,
    scopes: (row.scopes as string).split(" ") as Scope[],
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at as number }),
  };
}
