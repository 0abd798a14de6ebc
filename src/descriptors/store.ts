import { join } from "node:path";
import { fromHex, toHex } from "../domain/crypto.ts";
import { type Descriptor, plainText, searchableText } from "../domain/descriptor.ts";
import type { Hash, PartyId } from "../domain/ids.ts";
import { termsOf } from "../domain/search-terms.ts";
import type { Database } from "../storage/database.ts";

export interface SealedDescriptor {
  readonly hash: Hash;
  /** RFC 8785. */
  readonly body: string;
}

export interface Wanted {
  readonly hash: Hash;
  readonly attempts: number;
}

export interface Position {
  readonly block: number;
  readonly logIndex: number;
  readonly blockHash: Hash;
}

/** The statements on this folder's tables; nothing here begins or ends a transaction. */
export type DescriptorStore = ReturnType<typeof openDescriptorStore>;

export function openDescriptorStore(database: Database) {
  database.migrate("descriptors", join(import.meta.dirname, "migrations"));
  const insert = database.prepare(
    "INSERT OR IGNORE INTO descriptors (hash, body, publisher) VALUES (?, ?, ?)",
  );
  const index = database.prepare("INSERT INTO descriptor_search (rowid, terms) VALUES (?, ?)");
  const select = database.prepare("SELECT body FROM descriptors WHERE hash = ?");
  const want = database.prepare(
    `INSERT OR IGNORE INTO descriptors_wanted (hash, registrar)
     SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM descriptors WHERE hash = ?1)`,
  );
  const forget = database.prepare("DELETE FROM descriptors_wanted WHERE hash = ?");
  const postpone = database.prepare(
    "UPDATE descriptors_wanted SET attempts = attempts + 1, next_at = ? WHERE hash = ?",
  );
  const attempts = database.prepare("SELECT attempts FROM descriptors_wanted WHERE hash = ?");
  const registrars = database.prepare("SELECT DISTINCT registrar FROM descriptors_wanted WHERE next_at <= ?");
  const due = database.prepare(
    `SELECT hash, attempts FROM descriptors_wanted WHERE registrar = ? AND next_at <= ?
     ORDER BY next_at LIMIT ?`,
  );
  const position = database.prepare(
    "SELECT block, log_index, block_hash FROM descriptors_position WHERE id = 1",
  );
  const move = database.prepare(
    "INSERT OR REPLACE INTO descriptors_position (id, block, log_index, block_hash) VALUES (1, ?, ?, ?)",
  );
  return {
    insert(descriptors: readonly SealedDescriptor[]): void {
      for (const { hash, body } of descriptors) {
        const { publisher, terms } = findable(body);
        const { changes, lastInsertRowid } = insert.run(fromHex(hash), body, publisher);
        if (changes === 1) index.run(lastInsertRowid, terms);
      }
    },
    body: (hash: Hash): string | undefined => select.get(fromHex(hash))?.body as string | undefined,
    want: (hash: Hash, registrar: PartyId) => want.run(fromHex(hash), registrar),
    forget: (hash: Hash) => forget.run(fromHex(hash)),
    postpone: (hash: Hash, until: number) => postpone.run(until, fromHex(hash)),
    attemptsAt: (hash: Hash): number | undefined =>
      attempts.get(fromHex(hash))?.attempts as number | undefined,
    registrarsDue: (now: number): PartyId[] =>
      registrars.all(now).map(({ registrar }) => registrar as PartyId),
    due: (registrar: PartyId, now: number, limit: number): Wanted[] =>
      due.all(registrar, now, limit).map((row) => ({
        hash: toHex(row.hash as Uint8Array) as Hash,
        attempts: row.attempts as number,
      })),
    position(): Position | undefined {
      const row = position.get();
      if (row === undefined) return undefined;
      return {
        block: row.block as number,
        logIndex: row.log_index as number,
        blockHash: row.block_hash as Hash,
      };
    },
    move: (to: Position) => move.run(to.block, to.logIndex, to.blockHash),
  };
}

/** What a body is found by. A peer's may be any bytes of the right hash: what is no descriptor is kept, and not found. */
function findable(body: string): { readonly publisher: string; readonly terms: string } {
  try {
    const descriptor = JSON.parse(body) as Descriptor;
    return {
      publisher: String(plainText(descriptor.publisher.name)),
      terms: termsOf(searchableText(descriptor)),
    };
  } catch {
    return { publisher: "", terms: "" };
  }
}

/** Keeps bodies within the transaction of whoever calls: the outbox commits them together with its operations. */
export function insertDescriptors(database: Database): (descriptors: readonly SealedDescriptor[]) => void {
  return openDescriptorStore(database).insert;
}
