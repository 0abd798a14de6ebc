import { randomBytes } from "node:crypto";
import type { Command, ItemReview, RegisterAsset } from "../domain/commands.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { AssetId, Hash, PartyId } from "../domain/ids.ts";
import type { SignedTransaction } from "../ledger/transaction.ts";
import type { Database } from "../storage/database.ts";
import type {
  Acceptance,
  Operation,
  OperationFilter,
  OperationState,
  Refusal,
  WriteRequest,
} from "./operation.ts";

/** Every statement on the outbox's tables. Functions that change something run inside the caller's transaction. */

export type TransactionState = "signed" | "broadcast" | "mined" | "final" | "abandoned";

export interface StoredTransaction {
  readonly id: number;
  readonly nonce: number;
  readonly hash: Hash;
  readonly state: TransactionState;
  readonly block?: { readonly number: number; readonly hash: Hash };
  readonly estimatedGas: number;
  readonly wasFinal: boolean;
  readonly updatedAt: number;
}

/** An operation that can be signed now. */
export interface ReadyOperation {
  readonly position: number;
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly command: Command;
}

export type Store = ReturnType<typeof createStore>;

export function createStore(db: Database, clock: () => number) {
  const idOf = (position: number, tag: string): string => `op_${position.toString(36)}_${tag}`;

  /** The position in an id; nothing where it is no id of ours. */
  function positionOf(id: string): { position: number; tag: string } | undefined {
    const match = /^op_([0-9a-z]{1,10})_([0-9a-f]{8})$/.exec(id);
    return match === null ? undefined : { position: Number.parseInt(match[1]!, 36), tag: match[2]! };
  }

  const STATE = `CASE
    WHEN o.refusal IS NOT NULL AND (t.id IS NULL OR t.state = 'final') THEN 'rejected'
    WHEN o.awaits_review = 1 THEN 'in-review'
    WHEN t.id IS NULL THEN 'accepted'
    ELSE t.state END`;
  const SELECT = `SELECT o.*, ${STATE} AS state, t.hash, t.block_number, t.block_hash,
      max(o.updated_at, ifnull(t.updated_at, 0)) AS changed_at
    FROM operations o LEFT JOIN transactions t ON t.id = o.transaction_id`;

  function operationOf(row: Record<string, unknown>): Operation {
    const command = commandOf(row);
    const state = row.state as OperationState;
    return {
      id: idOf(row.position as number, row.tag as string),
      position: row.position as number,
      tenant: row.tenant as PartyId,
      command,
      state,
      alreadyDone: row.already_done === 1,
      acceptedAt: new Date(row.accepted_at as number).toISOString(),
      updatedAt: new Date(row.changed_at as number).toISOString(),
      ...(row.asset_id !== null && { assetId: row.asset_id as AssetId }),
      ...(row.hash !== null && { transactionHash: row.hash as Hash }),
      ...(row.block_number !== null && {
        block: { number: row.block_number as number, hash: row.block_hash as Hash },
      }),
      ...(state === "rejected" && { refusal: JSON.parse(row.refusal as string) as Refusal }),
    };
  }

  function commandOf(row: Record<string, unknown>): Command {
    const command = parseCommand(row.command as string);
    return row.review === null
      ? command
      : { ...(command as RegisterAsset), review: JSON.parse(row.review as string) as ItemReview };
  }

  function transactionOf(row: Record<string, unknown>): StoredTransaction {
    return {
      id: row.id as number,
      nonce: row.nonce as number,
      hash: row.hash as Hash,
      state: row.state as TransactionState,
      estimatedGas: row.estimated_gas as number,
      wasFinal: row.was_final === 1,
      updatedAt: row.updated_at as number,
      ...(row.block_number !== null && {
        block: { number: row.block_number as number, hash: row.block_hash as Hash },
      }),
    };
  }

  const TRANSACTION =
    "SELECT id, nonce, hash, state, block_number, block_hash, estimated_gas, was_final, updated_at FROM transactions";

  return {
    idOf,

    accept(request: WriteRequest): Acceptance {
      const earlier = this.earlier(request);
      if (earlier !== undefined) return earlier;
      const positions = request.commands.map((command) => this.insertOperation(request.tenant, command));
      db.prepare(
        "INSERT INTO requests (tenant, idempotency_key, request_hash, first_position, operations) VALUES (?, ?, ?, ?, ?)",
      ).run(
        request.tenant,
        request.idempotencyKey,
        request.requestHash,
        positions[0]?.position ?? 0,
        positions.length,
      );
      return { isNew: true, operations: positions };
    },

    earlier(
      request: Pick<WriteRequest, "tenant" | "idempotencyKey" | "requestHash">,
    ): Acceptance | undefined {
      const row = db
        .prepare("SELECT * FROM requests WHERE tenant = ? AND idempotency_key = ?")
        .get(request.tenant, request.idempotencyKey);
      if (row === undefined) return undefined;
      if (row.request_hash !== request.requestHash) {
        throw new DatadeedError("idempotency-key-reused", { idempotencyKey: request.idempotencyKey });
      }
      const operations = db
        .prepare(`${SELECT} WHERE o.position >= ? AND o.position < ? ORDER BY o.position`)
        .all(row.first_position!, (row.first_position as number) + (row.operations as number));
      return { isNew: false, operations: operations.map(operationOf) };
    },

    insertOperation(tenant: PartyId, command: Command): Operation {
      const isRegistration = command.kind === "register-asset";
      const review = isRegistration ? command.review : undefined;
      const stored = isRegistration ? { ...command, review: undefined } : command;
      const tag = nextTag();
      const now = clock();
      const { lastInsertRowid } = db
        .prepare(
          `INSERT INTO operations (tag, tenant, asset_id, command, review, awaits_review, accepted_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          tag,
          tenant,
          command.assetId ?? null,
          isRegistration ? JSON.stringify(stored) : JSON.stringify(stored, replaceNonce),
          review === undefined ? null : JSON.stringify(review),
          isRegistration && review === undefined ? 1 : 0,
          now,
          now,
        );
      const position = Number(lastInsertRowid);
      const time = new Date(now).toISOString();
      return {
        id: idOf(position, tag),
        position,
        tenant,
        command,
        state: isRegistration && review === undefined ? "in-review" : "accepted",
        alreadyDone: false,
        acceptedAt: time,
        updatedAt: time,
        ...(command.assetId !== undefined && { assetId: command.assetId }),
      };
    },

    operation(id: string): Operation | undefined {
      const wanted = positionOf(id);
      if (wanted === undefined) return undefined;
      const row = db.prepare(`${SELECT} WHERE o.position = ? AND o.tag = ?`).get(wanted.position, wanted.tag);
      return row === undefined ? undefined : operationOf(row);
    },

    list({ tenant, state, after = 0, limit }: OperationFilter): Operation[] {
      // Each state has its own text, so that SQLite can use the index of what waits for review.
      const where =
        state === undefined ? "" : `AND ${state === "in-review" ? IN_REVIEW : `${STATE} = '${state}'`}`;
      return db
        .prepare(
          `${SELECT} WHERE o.position > ? AND (? IS NULL OR o.tenant = ?) ${where} ORDER BY o.position LIMIT ?`,
        )
        .all(after, tenant ?? null, tenant ?? null, limit)
        .map(operationOf);
    },

    attachReview(id: string, review: ItemReview): boolean {
      const wanted = positionOf(id);
      if (wanted === undefined) return false;
      const { changes } = db
        .prepare(
          `UPDATE operations SET review = ?, awaits_review = 0, updated_at = ?
           WHERE position = ? AND tag = ? AND awaits_review = 1 AND refusal IS NULL`,
        )
        .run(JSON.stringify(review), clock(), wanted.position, wanted.tag);
      return changes === 1;
    },

    ready(limit: number): ReadyOperation[] {
      return db
        .prepare(
          `SELECT position, accepted_at, attempts, command, review FROM operations
           WHERE transaction_id IS NULL AND awaits_review = 0 AND refusal IS NULL ORDER BY position LIMIT ?`,
        )
        .all(limit)
        .map((row) => ({
          position: row.position as number,
          acceptedAt: row.accepted_at as number,
          attempts: row.attempts as number,
          command: commandOf(row),
        }));
    },

    /** The bytes and what they carry, before anything is sent. */
    saveSigned(
      signed: SignedTransaction,
      estimatedGas: number,
      positions: readonly number[],
    ): StoredTransaction {
      const now = clock();
      const { lastInsertRowid } = db
        .prepare(
          "INSERT INTO transactions (nonce, hash, raw, estimated_gas, state, updated_at) VALUES (?, ?, ?, ?, 'signed', ?)",
        )
        .run(signed.nonce, signed.hash, signed.raw, estimatedGas, now);
      const id = Number(lastInsertRowid);
      const carry = db.prepare(
        "UPDATE operations SET transaction_id = ?, attempts = attempts + 1 WHERE position = ?",
      );
      for (const position of positions) carry.run(id, position);
      return {
        id,
        nonce: signed.nonce,
        hash: signed.hash,
        state: "signed",
        estimatedGas,
        wasFinal: false,
        updatedAt: now,
      };
    },

    rawOf(transactionId: number): Uint8Array | undefined {
      const raw = db.prepare("SELECT raw FROM transactions WHERE id = ?").get(transactionId)?.raw;
      return (raw as Uint8Array | null) ?? undefined;
    },

    setBroadcast(transactionId: number): void {
      db.prepare(
        "UPDATE transactions SET state = 'broadcast', updated_at = ? WHERE id = ? AND state = 'signed'",
      ).run(clock(), transactionId);
    },

    setMined(transactionId: number, block: { number: number; hash: Hash }, isFinal: boolean): void {
      db.prepare(
        `UPDATE transactions SET state = ?, block_number = ?, block_hash = ?, was_final = max(was_final, ?), updated_at = ?
         WHERE id = ?`,
      ).run(isFinal ? "final" : "mined", block.number, block.hash, isFinal ? 1 : 0, clock(), transactionId);
    },

    /** Its block is not on the ledger any more: it goes out again, and what the block had decided is open again. */
    setVanished(transactionId: number): void {
      db.prepare(
        "UPDATE transactions SET state = 'broadcast', block_number = NULL, block_hash = NULL, updated_at = ? WHERE id = ?",
      ).run(clock(), transactionId);
      db.prepare("UPDATE operations SET refusal = NULL, already_done = 0 WHERE transaction_id = ?").run(
        transactionId,
      );
    },

    /** Its nonce was used by other bytes, or it failed as a whole: the operations can be signed again. */
    abandon(transactionId: number): void {
      db.prepare(
        "UPDATE operations SET transaction_id = NULL WHERE transaction_id = ? AND refusal IS NULL",
      ).run(transactionId);
      db.prepare("UPDATE transactions SET state = 'abandoned', raw = NULL, updated_at = ? WHERE id = ?").run(
        clock(),
        transactionId,
      );
    },

    refuse(position: number, refusal: Refusal): void {
      db.prepare("UPDATE operations SET refusal = ?, updated_at = ? WHERE position = ?").run(
        JSON.stringify(refusal),
        clock(),
        position,
      );
    },

    /** For an operation that waits for review; false where it no longer does. */
    refuseInReview(id: string, refusal: Refusal): boolean {
      const wanted = positionOf(id);
      if (wanted === undefined) return false;
      const { changes } = db
        .prepare(
          `UPDATE operations SET refusal = ?, updated_at = ?
           WHERE position = ? AND tag = ? AND awaits_review = 1 AND refusal IS NULL`,
        )
        .run(JSON.stringify(refusal), clock(), wanted.position, wanted.tag);
      return changes === 1;
    },

    setAlreadyDone(position: number): void {
      db.prepare("UPDATE operations SET already_done = 1 WHERE position = ?").run(position);
    },

    /** Without its bytes, in the order of nonces. */
    underWay(): StoredTransaction[] {
      return db
        .prepare(`${TRANSACTION} WHERE state IN ('signed', 'broadcast', 'mined') ORDER BY nonce`)
        .all()
        .map(transactionOf);
    },

    /** The newest final one below `transactionId`. */
    finalBefore(transactionId: number): StoredTransaction | undefined {
      const row = db
        .prepare(`${TRANSACTION} WHERE id < ? AND state = 'final' ORDER BY id DESC LIMIT 1`)
        .get(transactionId);
      return row === undefined ? undefined : transactionOf(row);
    },

    operationsOf(
      transactionId: number,
    ): { position: number; id: string; attempts: number; command: Command }[] {
      return db
        .prepare(
          "SELECT position, tag, attempts, command, review FROM operations WHERE transaction_id = ? ORDER BY position",
        )
        .all(transactionId)
        .map((row) => ({
          position: row.position as number,
          id: idOf(row.position as number, row.tag as string),
          attempts: row.attempts as number,
          command: commandOf(row),
        }));
    },

    /** Whether an earlier operation of ours registered this asset with these very values. */
    wasRegistered(position: number, { assetId, registration }: RegisterAsset): boolean {
      return db
        .prepare(
          `SELECT o.command FROM operations o JOIN transactions t ON t.id = o.transaction_id
           WHERE o.asset_id = ? AND o.position <> ? AND o.refusal IS NULL AND t.state IN ('mined', 'final')`,
        )
        .all(assetId, position)
        .map((row) => JSON.parse(row.command as string) as Command)
        .some(
          (command) =>
            command.kind === "register-asset" &&
            JSON.stringify(command.registration) === JSON.stringify(registration),
        );
    },

    /** Bytes of what is final since before `time` are no longer needed for sending again. */
    forgetBytes(time: number): void {
      db.prepare(
        "UPDATE transactions SET raw = NULL WHERE state = 'final' AND raw IS NOT NULL AND updated_at < ?",
      ).run(time);
    },

    backlog(): { ready: number; inReview: number; underWay: number } {
      const count = (sql: string) => db.prepare(sql).get()!.n as number;
      return {
        ready: count(
          "SELECT count(*) n FROM operations WHERE transaction_id IS NULL AND awaits_review = 0 AND refusal IS NULL",
        ),
        inReview: count("SELECT count(*) n FROM operations WHERE awaits_review = 1 AND refusal IS NULL"),
        underWay: count(
          "SELECT count(*) n FROM transactions WHERE state IN ('signed', 'broadcast', 'mined')",
        ),
      };
    },
  };
}

const IN_REVIEW = "o.awaits_review = 1 AND o.refusal IS NULL";

let tags = Buffer.alloc(0);
/** Random bytes are drawn in thousands: a draw costs as much as an insert. */
function nextTag(): string {
  if (tags.length === 0) tags = randomBytes(4096);
  const tag = tags.toString("hex", 0, 4);
  tags = tags.subarray(4);
  return tag;
}

/** A reviver triples the time of parsing, and registrations, the many, have no nonce. */
function parseCommand(json: string): Command {
  return json.includes('"$"') ? JSON.parse(json, reviveNonce) : JSON.parse(json);
}

/** JSON has no integers of 256 bits: nonces are kept as `{"$": "123"}`. */
function replaceNonce(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { $: value.toString() } : value;
}

function reviveNonce(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$" in value)) return value;
  return BigInt(value.$ as string);
}
